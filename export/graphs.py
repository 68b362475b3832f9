"""The networks of a bundle as ONNX graphs that point into one file of fp16 weights.

A graph depends on the architecture alone; which picture it paints is decided by the weights beside it.
"""

import copy
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save
from torch import Tensor, nn

from paintstorch_sdk.bundle import ENCODER, G2, PAINTER, SCALES, WEIGHTS
from paintstorch_sdk.imaging.geometry import HINT_STEP, MULTIPLE
from paintstorch_sdk.networks.drawer import Drawer
from paintstorch_sdk.networks.split import LineEncoder, Painter

OPSET = 20


def write_graphs(encoder: LineEncoder, painter: Painter, folder: Path, drawer: Drawer | None = None) -> None:
    """Write encoder.onnx, painter.onnx, weights.safetensors (fp16), and g2.onnx if wanted, into a folder.

    The weights are rounded to fp16 and cast to fp32 inside the graphs, so every runtime computes with the
    same numbers; ONNX Runtime, OpenVINO and TensorRT fold the casts when they load.

    Args:
        encoder: The line encoder with its trained weights.
        painter: The painter with its trained weights.
        folder: Exists.
        drawer: G2 with its trained weights; its features are the encoder's, and stored with it.
    """
    networks = {"encoder": encoder, "painter": painter} | ({"g2": drawer.network} if drawer else {})
    tensors = {f"{key}.{name}": t for key, network in networks.items() for name, t in network.state_dict().items()}
    halves = {name: t.detach().cpu().to(torch.float16).contiguous() for name, t in tensors.items()}
    (folder / WEIGHTS).write_bytes(save(halves))  # save_file would let only its owner read it
    places = _read_offsets(folder / WEIGHTS)

    line_art = torch.zeros(2, 1, 2 * MULTIPLE, 3 * MULTIPLE)
    with torch.inference_mode():
        sums = encoder(line_art)
    hints = torch.zeros(2, 4, 2 * MULTIPLE // HINT_STEP, 3 * MULTIPLE // HINT_STEP)
    names = [name for name, value in sums._asdict().items() if value is not None]
    graph = _export_graph(encoder, (line_art,), ["line_art"], names)
    _write_graph(graph, {name: f"encoder.{name}" for name in encoder.state_dict()}, places, folder / ENCODER)
    given = [value for value in sums if value is not None]
    graph = _export_graph(painter, (hints, *given), ["hints", *names], ["color"])
    _write_graph(graph, {name: f"painter.{name}" for name in painter.state_dict()}, places, folder / PAINTER)
    if drawer is not None:
        picture = torch.zeros(2, 3, *line_art.shape[2:])
        graph = _export_graph(drawer, (picture, hints, line_art), ["picture", "hints", "line_art"], ["drawn"])
        stored = {name: f"encoder.{name}" for name in drawer.state_dict() if name.startswith("features.")}
        stored |= {f"network.{name}": f"g2.{name}" for name in drawer.network.state_dict()}
        _write_graph(graph, stored, places, folder / G2)


def _export_graph(
    module: nn.Module, arguments: Sequence[Tensor], inputs: list[str], outputs: list[str]
) -> onnx.ModelProto:
    """Export with N, H and W dynamic."""
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    shapes = tuple(
        {0: batch, 2: (MULTIPLE // SCALES[name]) * rows, 3: (MULTIPLE // SCALES[name]) * columns} for name in inputs
    )
    return to_onnx(_with_dense_weights(module).eval(), arguments, inputs, outputs, shapes)


def to_onnx(
    module: nn.Module,
    arguments: Sequence[Tensor],
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_shapes: tuple[Any, ...] | None = None,
) -> onnx.ModelProto:
    """A module as torch exports it, with what the exporter says of itself kept quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own deprecated calls
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            module,
            tuple(arguments),
            dynamo=True,
            dynamic_shapes=dynamic_shapes,
            input_names=[*inputs],
            output_names=[*outputs],
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def _with_dense_weights(module: nn.Module) -> nn.Module:
    """The module with arbitrary weights: the optimizer of the exporter must not fold what is zero in these."""
    clone = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(0)
    for parameter in clone.parameters():
        parameter.data.normal_(std=0.1, generator=generator)
    return clone


def _write_graph(
    model: onnx.ModelProto,
    stored: Mapping[str, str],
    places: Mapping[str, tuple[int, int, list[int]]],
    path: Path,
) -> None:
    """Name the dynamic sizes, replace the weights by references into the weights file, check, write.

    Args:
        model: The graph as the exporter made it.
        stored: A tensor's name in the network -> its name in the weights file.
        places: A tensor's name in the weights file -> its offset, length and shape there.
        path: The file to write.
    """
    graph = model.graph
    for value in [*graph.input, *graph.output]:
        for index, size in zip((0, 2, 3), ("batch", "height", "width"), strict=True):
            dimension = value.type.tensor_type.shape.dim[index]
            scale = SCALES[value.name]
            dimension.dim_param = size if index == 0 or scale == 1 else f"{size}/{scale}"
    clear_traces(model)

    casts = []
    kept = [t for t in graph.initializer if t.name not in stored]
    for tensor in graph.initializer:
        if tensor.name not in stored:
            continue
        offset, length, shape = places[stored[tensor.name]]
        assert list(tensor.dims) == shape, tensor.name
        half = TensorProto(
            name=stored[tensor.name],
            data_type=TensorProto.FLOAT16,
            dims=shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, text in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            half.external_data.add(key=key, value=text)
        kept.append(half)
        casts.append(_cast(half, tensor))
    _replace_weights(graph, kept, casts)
    missing = set(stored.values()) - {t.name for t in kept}
    assert not missing, f"the exporter dropped {sorted(missing)}"
    path.write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(path), full_check=True)


def halve_weights(model: onnx.ModelProto) -> None:
    """Store kernels and matrices as fp16, in place, cast to fp32 in the graph; those that were fp16 stay the same."""
    kept, casts = [], []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1:
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}/fp16")
            casts.append(_cast(half, tensor))
            kept.append(half)
        else:
            kept.append(tensor)
    _replace_weights(model.graph, kept, casts)


def _cast(half: TensorProto, tensor: TensorProto) -> onnx.NodeProto:
    return helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT, name=f"{half.name}/cast")


def _replace_weights(graph: onnx.GraphProto, kept: list[TensorProto], casts: list[onnx.NodeProto]) -> None:
    nodes = [*casts, *graph.node]
    for own, new in ((graph.initializer, kept), (graph.node, nodes)):
        del own[:]
        own.extend(new)


def clear_traces(model: onnx.ModelProto) -> None:
    """Take out, in place, what the exporter remembers of torch and of this machine's files.

    It differs from run to run, and a graph is known by its hash.
    """
    graph = model.graph
    del graph.value_info[:]
    model.metadata_props.clear()
    graph.metadata_props.clear()
    for value in [*graph.input, *graph.output]:
        value.metadata_props.clear()
    for node in graph.node:
        node.metadata_props.clear()
        node.doc_string = ""


def _read_offsets(path: Path) -> dict[str, tuple[int, int, list[int]]]:
    """Byte offset in the file, length and shape of every tensor of a safetensors file."""
    with path.open("rb") as file:
        length = int(np.frombuffer(file.read(8), "<u8")[0])
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    start = 8 + length
    return {
        name: (
            start + entry["data_offsets"][0],
            entry["data_offsets"][1] - entry["data_offsets"][0],
            entry["shape"],
        )
        for name, entry in header.items()
    }
