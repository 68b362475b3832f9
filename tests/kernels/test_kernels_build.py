"""The CUDA sources compile for every architecture, and the shipped PTX is theirs."""

import re
import shutil
import subprocess

import pytest

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.kernels import build

needs_nvcc = pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc of the CUDA toolkit on the path")


@needs_nvcc
@pytest.mark.parametrize("module", build.MODULES)
def test_compiles_for_every_architecture(module, tmp_path):
    targets = [f"-gencode=arch=compute_{sm},code=sm_{sm}" for sm in build.ARCHITECTURES]
    command = [build.nvcc(), *build.OPTIONS, *targets, "--threads", "2", "-fatbin", "-o", str(tmp_path / "out.fatbin")]
    done = subprocess.run([*command, str(build.SOURCES / f"{module}.cu")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or done.stdout
    assert (tmp_path / "out.fatbin").stat().st_size > 1000


def test_shipped_ptx_is_of_these_sources():
    assert build.manifest()["sources"] == build.fingerprint(), "run: make kernels"
    assert build.manifest()["architecture"] == "compute_75"
    for module in build.MODULES:
        assert b".target sm_75" in build.ptx(module)


def test_shipped_ptx_has_every_kernel():
    for module in build.MODULES:
        source = (build.SOURCES / f"{module}.cu").read_text("utf-8")
        names = set(re.findall(r"^(?:ROWS|COLUMNS|DIRECT|MAP|PICTURE)\((\w+)", source, re.MULTILINE))
        names |= set(re.findall(r"__launch_bounds__\(\w+\)\s+(?!NAME)(\w+)\(", source))
        assert names
        assert set(re.findall(rb"\.entry (\w+)\(", build.ptx(module))) == {name.encode() for name in names}


def test_no_fused_multiply_add_in_the_ptx():
    """They round once where the CPU path rounds twice. xdog's tanhf has its own, and its tolerance."""
    for module in ("color", "hints", "line_art"):
        assert not re.search(rb"\bfma\.", build.ptx(module))


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """The sources, in a folder where they were edited, and an empty cache."""
    folder = tmp_path / "cu"
    shutil.copytree(build.SOURCES, folder)
    with (folder / "pixel.cuh").open("a") as file:
        file.write("// edited\n")
    monkeypatch.setattr(build, "SOURCES", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_edited_sources_need_nvcc(edited, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackendError, match="sources were edited, and there is no nvcc"):
        build.ptx("color")


@needs_nvcc
def test_edited_sources_are_compiled_once(edited, tmp_path, monkeypatch):
    first = build.ptx("color")
    assert b".target sm_75" in first
    (cached,) = (tmp_path / "cache").rglob("*.ptx")
    cached.write_bytes(b"from the cache")
    assert build.ptx("color") == b"from the cache"
    with (edited / "color.cu").open("a") as file:
        file.write("// again\n")
    assert build.ptx("color") != b"from the cache"


@needs_nvcc
def test_a_mistake_is_named(edited):
    with (edited / "color.cu").open("a") as file:
        file.write("int unused_and_wrong = ;\n")
    with pytest.raises(BackendError, match=r"^kernels: nvcc cannot compile color.cu: .*error"):
        build.ptx("color")
    assert not list(edited.parent.rglob("*.partial"))
