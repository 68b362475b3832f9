"""Write a bundle: graphs, weights and manifest, verified before anybody can see it."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from paintstorch_sdk import __version__
from paintstorch_sdk.backends.onnxruntime import OrtBackend, OrtDrawer
from paintstorch_sdk.bundle import FILES, G2, SCHEMA, Bundle, partial_sums, sha256, write_manifest
from paintstorch_sdk.errors import InputError, ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.hints.model import Hints, HintSource
from paintstorch_sdk.imaging.geometry import HINT_STEP, MULTIPLE
from paintstorch_sdk.imaging.images import ImageSource
from paintstorch_sdk.imaging.metrics import psnr
from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint
from paintstorch_sdk.networks.drawer import Drawer
from paintstorch_sdk.networks.split import split_network
from paintstorch_sdk.sheet import Sheet

from .graphs import write_graphs

_LOG = logging.getLogger(__name__)

MAX_GRAPH_DIFFERENCE = 1e-4  # of the graphs from torch with the same rounded weights, colors in [-1, 1]
MIN_ROUNDING_PSNR = 45.0  # dB, of the fp16 weights against the checkpoint's own
MIN_IDLE_PSNR = 60.0  # dB, of pictures without F1 against those with it, to leave it out: as good as equal
VERIFY_SIZE = 256  # long side in pixels of what is compared

Example = tuple[ImageSource, HintSource]
FloatTensor = NDArray[np.float32]
Module = TypeVar("Module", bound=nn.Module)


def write_bundle(
    checkpoint: Checkpoint,
    out: Path,
    *,
    name: str,
    license: str,
    working_size: int,
    confidence: float | None = None,
    examples: Sequence[Example],
    quality: dict[str, Any] | None = None,
) -> Bundle:
    """Export a checkpoint to a bundle.

    Args:
        checkpoint: A G1 and its F1; its G2, where it has one, is exported too. An idle F1 is left out.
        out: The folder to make; it must not exist, or be empty.
        name: The model's name in the manifest.
        license: SPDX identifier of the weights' license.
        working_size: The long side in pixels up to which the model is meant to be run.
        confidence: Mask that the network is to see where colors flowed, 0 to 1 (0: none flow); None is as in training.
        examples: Line art with hints, on which the graphs are compared with torch.
        quality: Measures on pictures that the model never saw, for the manifest.

    Returns:
        The bundle.

    Raises:
        ModelError: The exported graphs do not paint what the network paints; nothing was written.
        OutputError: `out` exists and is not empty, or cannot be written.
    """
    if not examples:
        raise InputError("export: expected at least one line art to verify the graphs on")
    checkpoint, left_out = drop_idle_features(checkpoint, examples, working_size)
    encoder, painter = split_network(checkpoint.generator, checkpoint.features)
    drawer = Drawer.of(checkpoint.g2, checkpoint.features) if checkpoint.g2 else None
    with new_folder(out) as folder:
        write_graphs(encoder, painter, folder, drawer)
        files = (*FILES, G2) if drawer else FILES
        manifest = {
            "schema": SCHEMA,
            "name": name,
            "written_by": f"paintstorch-sdk {__version__}",
            "architecture": asdict(checkpoint.architecture),
            "working_size": working_size,
            "confidence": checkpoint.confidence if confidence is None else confidence,
            "size_multiple": MULTIPLE,
            "hint_step": HINT_STEP,
            "normalization": {
                "line_art": "gray in [-1, 1], paper is 1",
                "hints": "red, green, blue in [-1, 1] multiplied by the mask, and the mask in [0, 1]",
                "color": "red, green, blue in [-1, 1]",
            },
            "graphs": _describe_graphs(checkpoint.architecture, drawer is not None),
            "precisions": {"stored": "fp16", "computed": "fp32 or what the backend is asked for"},
            "files": {f: {"sha256": sha256(folder / f), "bytes": (folder / f).stat().st_size} for f in files},
            "engines": [],
            "license": license,
            "provenance": checkpoint.provenance,
            "quality": quality or {},
        } | left_out
        write_manifest(folder, manifest)
        manifest["verification"] = verify_bundle(checkpoint, Bundle.open(folder), examples)
        write_manifest(folder, manifest)
    return Bundle.open(out)


@torch.inference_mode()
def drop_idle_features(
    checkpoint: Checkpoint, examples: Sequence[Example], size: int
) -> tuple[Checkpoint, dict[str, Any]]:
    """Leave out an F1 that changes no picture, as one whose ReLUs died in training; it costs an eighth of the time.

    Args:
        checkpoint: The model.
        examples: Line art with hints, painted with F1 and without.
        size: Limit of its long side in the network, pixels.

    Returns:
        The model, without F1 if no picture changes by more than MIN_IDLE_PSNR; and what the manifest says of it.
    """
    if not checkpoint.features.width:
        return checkpoint, {}
    lean, worst = checkpoint.without_features(), float("inf")
    for line_art, hints in examples:
        sheet = Sheet.load(line_art, size)
        x = torch.from_numpy(sheet.tensor)
        h = torch.from_numpy(Hints.of(hints).rasterize(sheet.geometry)[np.newaxis])
        features, none = checkpoint.features(x), lean.features(x)
        whole = checkpoint.generator(x, h, features)
        pairs = [(whole, lean.generator(x, h, none))]
        if checkpoint.g2 and lean.g2:
            pairs.append((checkpoint.g2(whole, h, features), lean.g2(whole, h, none)))
        ratios = [psnr(one.numpy(), other.numpy(), peak=2.0) for one, other in pairs]
        if not min(ratios) >= MIN_IDLE_PSNR:  # NaN, too
            return checkpoint, {}
        worst = min(worst, *ratios)
    record = {"width": checkpoint.features.width, "pictures": len(examples), "psnr": round(min(worst, 200.0), 1)}
    _LOG.warning("F1 is left out: without it %d pictures stay at %.0f dB or more", len(examples), record["psnr"])
    return lean, {"features_left_out": record}


@torch.inference_mode()
def verify_bundle(checkpoint: Checkpoint, bundle: Bundle, examples: Sequence[Example]) -> dict[str, float]:
    """Compare a bundle's graphs, run by ONNX Runtime, with the networks in torch.

    Returns:
        max_difference of the graphs from torch with the rounded weights, and rounding_psnr, dB, of the
        rounded weights against the checkpoint's: of the worst example each. With G2, which draws the lines of
        what G1 paints here, the same of its line art as g2_max_difference and g2_rounding_psnr.

    Raises:
        ModelError: One is beyond its limit.
    """
    encoder, painter = (_round_weights(half) for half in split_network(checkpoint.generator, checkpoint.features))
    names = [Path(line_art).name if isinstance(line_art, str | Path) else "line art" for line_art, _ in examples]
    inputs, painted = [], []
    with OrtBackend(bundle, device="cpu") as backend:
        for line_art, hints in examples:
            sheet = Sheet.load(line_art, VERIFY_SIZE)
            hint_map = Hints.of(hints).rasterize(sheet.geometry)[np.newaxis]
            x, h = torch.from_numpy(sheet.tensor), torch.from_numpy(hint_map)
            graph = backend.paint(backend.encode(sheet.tensor), hint_map)
            exact = checkpoint.generator(x, h, checkpoint.features(x))
            inputs.append((exact, h, x))
            painted.append((graph, painter(h, *encoder(x)).numpy(), exact.numpy()))
    found = _within_limits(painted, names, "picture")
    if checkpoint.g2:
        exact_drawer = Drawer.of(checkpoint.g2, checkpoint.features)
        rounded_drawer = _round_weights(Drawer.of(checkpoint.g2, checkpoint.features))
        by_graph = OrtDrawer(bundle, device="cpu")
        drawn = [
            (by_graph.draw(*(t.numpy() for t in given)), rounded_drawer(*given).numpy(), exact_drawer(*given).numpy())
            for given in inputs
        ]
        found |= {f"g2_{key}": value for key, value in _within_limits(drawn, names, "G2's line art").items()}
    return found


def _round_weights(module: Module) -> Module:
    """The module with its weights rounded to fp16, in place."""
    module.load_state_dict({name: t.half().float() for name, t in module.state_dict().items()})
    return module


def _within_limits(results: Sequence[tuple[FloatTensor, ...]], names: Sequence[str], what: str) -> dict[str, float]:
    """The worst of (graph's, rounded network's, exact network's) results; raises ModelError beyond a limit."""
    differences = [np.abs(graph - rounded).max() for graph, rounded, _ in results]
    ratios = [psnr(graph, exact, peak=2.0) for graph, _, exact in results]
    # NumPy's extremes, unlike Python's, are NaN where one value is.
    worst_difference, worst_psnr = float(np.max(differences)), float(np.min(ratios))
    if not worst_difference <= MAX_GRAPH_DIFFERENCE:
        raise ModelError(
            f"export: the ONNX graphs differ from the network by {worst_difference:.2g}, expected at most "
            f"{MAX_GRAPH_DIFFERENCE:g}; nothing was written"
        )
    if not worst_psnr >= MIN_ROUNDING_PSNR:
        raise ModelError(
            f"export: rounding the weights to fp16 changes the {what} of {names[int(np.argmin(ratios))]} "
            f"({worst_psnr:.1f} dB PSNR, expected at least {MIN_ROUNDING_PSNR:g}); nothing was written"
        )
    return {"max_difference": worst_difference, "rounding_psnr": round(min(worst_psnr, 200.0), 1)}


def _describe_graphs(architecture: Architecture, g2: bool) -> dict[str, Any]:
    between = partial_sums(architecture.width, architecture.feature_width > 0)
    sums = {name: ["batch", channels, f"height/{s}", f"width/{s}"] for name, (channels, s) in between.items()}
    line_art = {"line_art": ["batch", 1, "height", "width"]}
    hints = {"hints": ["batch", 4, f"height/{HINT_STEP}", f"width/{HINT_STEP}"]}
    signature: dict[str, Any] = {
        "encoder": {"inputs": line_art, "outputs": sums},
        "painter": {"inputs": hints | sums, "outputs": {"color": ["batch", 3, "height", "width"]}},
    }
    if g2:
        picture = {"picture": ["batch", 3, "height", "width"]}
        drawn = {"drawn": ["batch", 1, "height", "width"]}
        signature["g2"] = {"inputs": picture | hints | line_art, "outputs": drawn}
    return signature
