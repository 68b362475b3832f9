"""The site builds without a warning, and a page of it asks nobody else for anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MAPPED = ("examples", "export", "kernels", "training")  # folders at the top level that are packages of the wheel
# Elements that a browser loads by itself; a link that a reader may follow is none of them.
LOADS = re.compile(
    r"""<(?:script|img|iframe|source|link(?![^>]*rel="?canonical))\b[^>]*(?:src|href)="?(?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    package = folder / "packages" / "paintstorch_sdk"
    shutil.copytree(ROOT / "paintstorch_sdk", package, ignore=shutil.ignore_patterns("models", "__pycache__"))
    for name in MAPPED:
        shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "built")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PTS_DOCS_PACKAGE": str(package.parent)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "built"


def test_the_public_names_are_in_the_reference(site: Path) -> None:
    import paintstorch_sdk

    page = (site / "reference" / "python" / "index.html").read_text("utf-8")
    for name in paintstorch_sdk.__all__:
        if name != "__version__":
            assert re.search(rf'id="paintstorch_sdk\.(errors\.)?{name}"', page), name


def test_no_page_asks_another_server(site: Path) -> None:
    pages = [*site.rglob("*.html")]
    assert len(pages) >= 15
    for page in pages:
        assert not LOADS.search(page.read_text("utf-8")), page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(https?:)?//|@import", style.read_text("utf-8")), style


@pytest.mark.parametrize("page", ["canvas", "folder", "export", "train"])
def test_how_tos_show_the_scripts_that_they_name(page: str) -> None:
    text = (ROOT / "docs" / "howto" / f"{page}.md").read_text("utf-8")
    (name,) = set(re.findall(r"examples/\d\d_\w+\.py", text))
    _, code = (ROOT / name).read_text("utf-8").split('"""\n\n', 1)
    assert f"```python\n{code}```\n" in text
