"""A bundle with a shade network in it: shadows within the flats."""

import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from paintstorch_sdk.backends.onnxruntime import OrtShader
from paintstorch_sdk.bundle import SHADE, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import CheckpointError, ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.imaging.geometry import MULTIPLE
from paintstorch_sdk.networks.shade import ShadeNet

from .graphs import clear_traces, to_onnx

MAX_DIFFERENCE = 1e-3  # of logits, over the largest, graph against torch


def add_shade(source: Bundle, weights: Path, out: Path) -> Bundle:
    """Copy a bundle and add shade.onnx, compared with torch before it counts as written.

    Args:
        source: Verified.
        weights: What `training.shade` wrote.
        out: The folder to make; it must not exist, or be empty.

    Raises:
        CheckpointError: The weights are of another network, or no safetensors.
        ModelError: The graph computes something else; nothing was written.
        OutputError: `out` cannot be written.
    """
    network, facts = _load_weights(weights)
    with new_folder(out) as folder:
        for name in source.manifest["files"]:
            shutil.copyfile(source.file(name), folder / name)
        _write_graph(network, folder / SHADE)
        manifest = dict(source.manifest)
        entry = {"sha256": sha256(folder / SHADE), "bytes": (folder / SHADE).stat().st_size}
        manifest["files"] = manifest["files"] | {SHADE: entry}
        size = ["batch", 1, "height", "width"]
        signature = {"inputs": {"line_art": size, "flats": ["batch", 3, *size[2:]]}, "outputs": {"logits": size}}
        manifest["graphs"] = manifest["graphs"] | {"shade": signature}
        manifest["shade"] = {"provenance": facts, "light": "upper left"}
        write_manifest(folder, manifest)
        _compare(network, Bundle.open(folder))
    return Bundle.open(out)


def _load_weights(path: Path) -> tuple[ShadeNet, dict[str, str]]:
    network = ShadeNet()
    try:
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        with safe_open(path, "pt") as file:
            facts = dict(file.metadata() or {})
    except (OSError, SafetensorError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: expected the weights of a shade network: {why}") from error
    return network.eval(), facts


def _write_graph(network: ShadeNet, path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    shape = {0: batch, 2: MULTIPLE * rows, 3: MULTIPLE * columns}
    arguments = (torch.zeros(2, 1, 2 * MULTIPLE, 3 * MULTIPLE), torch.zeros(2, 3, 2 * MULTIPLE, 3 * MULTIPLE))
    graph = to_onnx(network, arguments, ["line_art", "flats"], ["logits"], (shape, shape))
    clear_traces(graph)
    path.write_bytes(graph.SerializeToString(deterministic=True))


@torch.inference_mode()
def _compare(network: ShadeNet, bundle: Bundle) -> None:
    rng = np.random.default_rng(0)
    line_art = rng.uniform(-1, 1, (2, 1, 96, 64)).astype(np.float32)
    flats = rng.uniform(-1, 1, (2, 3, 96, 64)).astype(np.float32)
    found = OrtShader(bundle, device="cpu").find_logits(line_art, flats)
    expected = network(torch.from_numpy(line_art), torch.from_numpy(flats)).numpy()
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise ModelError(
            f"export: the shade graph differs from the network by {difference:.2g}, expected at most "
            f"{MAX_DIFFERENCE:g}; nothing was written"
        )
