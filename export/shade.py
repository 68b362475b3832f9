"""A bundle with a shade network in it: shadows within the flats."""

from pathlib import Path

from paintstorch_sdk.backends.onnxruntime import OrtShader
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.networks.checkpoint import load_weights
from paintstorch_sdk.networks.shade import ShadeNet

from .addition import add_graph


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
    network = ShadeNet()
    facts = load_weights(network, weights, "shade")
    size = ["batch", 1, "height", "width"]
    signature = {"inputs": {"line_art": size, "flats": ["batch", 3, *size[2:]]}, "outputs": {"logits": size}}
    return add_graph(
        source,
        out,
        "shade",
        network,
        signature,
        {"provenance": facts, "light": "upper left"},
        lambda bundle, inputs: OrtShader(bundle, device="cpu").find_logits(*inputs),
    )
