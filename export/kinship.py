"""A bundle with a kinship network in it: which regions are of one thing."""

from pathlib import Path

from paintstorch_sdk.backends.onnxruntime import open_kinship
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.hints.kinship import FEATURES
from paintstorch_sdk.networks.checkpoint import load_weights
from paintstorch_sdk.networks.kinship import KinshipNet

from .addition import add_graph

RATHER_PAPER = 0.3  # added to how likely a region is paper: a wrong color is worse than none


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
    network = KinshipNet()
    facts = load_weights(network, weights, "kinship")
    bias = network.exit.bias
    assert bias is not None
    bias.detach()[0] += RATHER_PAPER
    signature = {
        "inputs": {"line_art": ["batch", 1, "height", "width"]},
        "outputs": {"features": ["batch", FEATURES, "height/4", "width/4"]},
    }
    return add_graph(
        source,
        out,
        "kinship",
        network,
        signature,
        {"provenance": facts},
        lambda bundle, inputs: open_kinship(bundle, "auto", "cpu", None)(*inputs),
    )
