"""Models on the hub, against a stand-in of its API on this machine; huggingface_hub itself is the real one.

In processes of their own: huggingface_hub reads the hub's address and its cache's place when it is imported.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BundleError
from paintstorch_sdk.hub import HubAddress
from support.cli import PTS, QUICK
from support.hub import TOKEN, Hub, serving

pytest.importorskip("huggingface_hub", reason="the extra hub is not installed")

Run = subprocess.CompletedProcess[str]
Pts = Callable[..., Run]


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def pts(hub: Hub, tmp_path: Path) -> Iterator[Pts]:
    """The command line of somebody whose hub is the stand-in."""
    with serving(hub) as address:

        def run(*arguments: str, token: str = TOKEN, **more: str) -> Run:
            settings = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": token} | more
            command = [str(PTS), *arguments]
            return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=120)

        yield run


def files_of(bundle: Bundle) -> dict[str, bytes]:
    names = ["manifest.json", *bundle.manifest["files"]]
    return {name: bundle.file(name).read_bytes() for name in names}


def test_a_pushed_model_colors_from_its_address(pts: Pts, hub: Hub, tiny_bundle: Bundle, tmp_path: Path) -> None:
    pushed = pts("models", "push", str(tiny_bundle.path), "hf://studio/painter")
    assert pushed.returncode == 0, pushed.stderr
    commit = next(reversed(hub.repositories["studio/painter"]))
    assert commit in pushed.stdout
    card = hub.repositories["studio/painter"][commit]["README.md"].decode()
    assert card.startswith("---\nlibrary_name: paintstorch-sdk\n")

    lines = str(Path(__file__).parents[2] / "examples" / "sylvie.png")
    out = tmp_path / "out.png"
    for model in ("hf://studio/painter", f"hf://studio/painter@{commit}"):
        colored = pts("colorize", lines, "-m", model, "-o", str(out), *QUICK)
        assert colored.returncode == 0, colored.stderr
        assert out.is_file()
    assert not any("README" in path for path in hub.asked if "resolve" in path)  # the bundle's files, nothing else


def test_without_a_network_the_copy_serves(pts: Pts, hub: Hub, tiny_bundle: Bundle) -> None:
    hub.commit("studio/painter", files_of(tiny_bundle))
    assert pts("inspect", "hf://studio/painter").returncode == 0
    assert pts("inspect", "hf://studio/painter", HF_ENDPOINT="http://127.0.0.1:9").returncode == 0


def test_a_file_that_is_not_the_manifests_is_refused(pts: Pts, hub: Hub, tiny_bundle: Bundle) -> None:
    files = files_of(tiny_bundle)
    files["weights.safetensors"] = files["weights.safetensors"][:-1] + b"x"
    hub.commit("studio/painter", files)
    refused = pts("inspect", "hf://studio/painter")
    assert refused.returncode == 2
    assert "weights.safetensors: expected SHA-256" in refused.stderr


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("hf://studio/nobody", "hf://studio/nobody: cannot be fetched"),
        ("hf://studio/painter@v9", "hf://studio/painter@v9: cannot be fetched"),
        ("hf://studio/empty", "hf://studio/empty: cannot be fetched"),
    ],
)
def test_what_is_not_there_is_one_line(pts: Pts, hub: Hub, tiny_bundle: Bundle, model: str, said: str) -> None:
    hub.commit("studio/painter", files_of(tiny_bundle))
    hub.commit("studio/empty", {"README.md": b"soon"})
    refused = pts("inspect", model)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_pushing_without_leave_is_one_line(pts: Pts, hub: Hub, tiny_bundle: Bundle) -> None:
    refused = pts("models", "push", str(tiny_bundle.path), "hf://studio/painter", token="hf_wrong")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: hf://studio/painter: cannot be pushed")
    assert len(refused.stderr.splitlines()) == 1
    assert not hub.repositories


@pytest.mark.parametrize("text", ["hf://", "hf://owner", "hf://a/b/c", "hf://a/b@", "hf://a b/c", "hf://../x@y z"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="expected hf://owner/name"):
        HubAddress.parse(text)
