"""A network that a bundle gains beside its painter: weights to a graph of its own, compared before it counts."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from paintstorch_sdk.bundle import Bundle, sha256, write_manifest
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.imaging.geometry import MULTIPLE

from .graphs import clear_traces, halve_weights, to_onnx

MAX_DIFFERENCE = 1e-3  # of what it gives, over the largest, graph against torch


def add_graph(
    source: Bundle,
    out: Path,
    kind: str,
    network: nn.Module,
    signature: dict[str, dict[str, list[Any]]],
    facts: Mapping[str, Any],
    run: Callable[[Bundle, list[NDArray[np.float32]]], NDArray[np.float32]],
) -> Bundle:
    """Copy a bundle and add KIND.onnx, compared with torch before it counts as written.

    Args:
        source: Verified.
        out: The folder to make; it must not exist, or be empty.
        kind: Its name in the manifest, and its file's.
        network: Takes the inputs in order; sides are multiples of 32. It is set to evaluation mode.
        signature: "inputs" and "outputs", of which there is one: the shape of each.
        facts: What the manifest says of it.
        run: Runs the graph of the new bundle on inputs N,C,H,W.

    Raises:
        ModelError: The graph computes something else; nothing was written.
        OutputError: `out` cannot be written.
    """
    network.eval()
    name = f"{kind}.onnx"
    channels = [shape[1] for shape in signature["inputs"].values()]
    with new_folder(out) as folder:
        for copied in source.manifest["files"]:
            shutil.copyfile(source.file(copied), folder / copied)
        _write_graph(network, channels, signature, folder / name)
        manifest = dict(source.manifest)
        entry = {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size}
        manifest["files"] = manifest["files"] | {name: entry}
        manifest["graphs"] = manifest["graphs"] | {kind: signature}
        manifest[kind] = dict(facts)
        write_manifest(folder, manifest)
        rng = np.random.default_rng(0)
        inputs = [rng.uniform(-1, 1, (2, count, 96, 64)).astype(np.float32) for count in channels]
        with torch.inference_mode():
            expected = network(*map(torch.from_numpy, inputs)).numpy()
        found = run(Bundle.open(folder), inputs)
        difference = float(np.abs(found - expected).max() / np.abs(expected).max())
        if not difference <= MAX_DIFFERENCE:
            raise ModelError(
                f"export: the {kind} graph differs from the network by {difference:.2g}, expected at most "
                f"{MAX_DIFFERENCE:g}; nothing was written"
            )
    return Bundle.open(out)


def _write_graph(network: nn.Module, channels: list[int], signature: dict[str, dict[str, Any]], path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    shape = {0: batch, 2: MULTIPLE * rows, 3: MULTIPLE * columns}
    arguments = tuple(torch.zeros(2, count, 2 * MULTIPLE, 3 * MULTIPLE) for count in channels)
    graph = to_onnx(network, arguments, [*signature["inputs"]], [*signature["outputs"]], (shape,) * len(arguments))
    clear_traces(graph)
    halve_weights(graph)
    path.write_bytes(graph.SerializeToString(deterministic=True))
