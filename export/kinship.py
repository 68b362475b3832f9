"""A bundle with a kinship network in it: which regions are of one thing."""

import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from paintstorch_sdk.backends.onnxruntime import open_kinship
from paintstorch_sdk.bundle import KINSHIP, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import CheckpointError, ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.hints.kinship import FEATURES
from paintstorch_sdk.imaging.geometry import MULTIPLE
from paintstorch_sdk.networks.kinship import KinshipNet

from .graphs import clear_traces, to_onnx

RATHER_PAPER = 0.6  # added to how likely a region is paper: a wrong color is worse than none
MAX_DIFFERENCE = 1e-3  # of features, over the largest, graph against torch


def add_kinship(source: Bundle, weights: Path, out: Path) -> Bundle:
    """Copy a bundle and add kinship.onnx, compared with torch before it counts as written.

    Args:
        source: Verified, with a shade network.
        weights: What `training.kinship` wrote.
        out: The folder to make; it must not exist, or be empty.

    Raises:
        CheckpointError: The weights are of another network, or no safetensors.
        ModelError: The bundle has no shade network, or the graph computes something else; nothing was written.
        OutputError: `out` cannot be written.
    """
    if not source.has_shade:
        raise ModelError(f"model {source.name}: expected one with a shade network; add --shade FILE, too")
    network, facts = _load_weights(weights)
    with new_folder(out) as folder:
        for name in source.manifest["files"]:
            shutil.copyfile(source.file(name), folder / name)
        _write_graph(network, folder / KINSHIP)
        manifest = dict(source.manifest)
        entry = {"sha256": sha256(folder / KINSHIP), "bytes": (folder / KINSHIP).stat().st_size}
        manifest["files"] = manifest["files"] | {KINSHIP: entry}
        signature = {
            "inputs": {"line_art": ["batch", 1, "height", "width"]},
            "outputs": {"features": ["batch", FEATURES, "height/4", "width/4"]},
        }
        manifest["graphs"] = manifest["graphs"] | {"kinship": signature}
        manifest["kinship"] = {"provenance": facts}
        write_manifest(folder, manifest)
        _compare(network, Bundle.open(folder))
    return Bundle.open(out)


def _load_weights(path: Path) -> tuple[KinshipNet, dict[str, str]]:
    network = KinshipNet()
    try:
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        with safe_open(path, "pt") as file:
            facts = dict(file.metadata() or {})
    except (OSError, SafetensorError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: expected the weights of a kinship network: {why}") from error
    bias = network.exit.bias
    assert bias is not None
    bias.detach()[0] += RATHER_PAPER
    return network.eval(), facts


def _write_graph(network: KinshipNet, path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    shape = {0: batch, 2: MULTIPLE * rows, 3: MULTIPLE * columns}
    arguments = (torch.zeros(2, 1, 2 * MULTIPLE, 3 * MULTIPLE),)
    graph = to_onnx(network, arguments, ["line_art"], ["features"], (shape,))
    clear_traces(graph)
    path.write_bytes(graph.SerializeToString(deterministic=True))


@torch.inference_mode()
def _compare(network: KinshipNet, bundle: Bundle) -> None:
    line_art = np.random.default_rng(0).uniform(-1, 1, (1, 1, 96, 64)).astype(np.float32)
    expected = network(torch.from_numpy(line_art)).numpy()
    found = open_kinship(bundle, "auto", "cpu", None)(line_art)
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not difference <= MAX_DIFFERENCE:
        raise ModelError(
            f"export: the kinship graph differs from the network by {difference:.2g}, expected at most "
            f"{MAX_DIFFERENCE:g}; nothing was written"
        )
