"""The two networks of a bundle as ONNX graphs that point into one file of fp16 weights.

A graph depends on the architecture alone; which picture it paints is decided by the weights beside it.
"""

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from safetensors.torch import save
from torch import Tensor, nn

from paintstorch_sdk.bundle import ENCODER, PAINTER, SCALES, WEIGHTS
from paintstorch_sdk.geometry import HINT_STEP, MULTIPLE
from paintstorch_sdk.networks.split import LineEncoder, Painter, PartialSums

OPSET = 20


def write_graphs(encoder: LineEncoder, painter: Painter, folder: Path) -> None:
    """Write encoder.onnx, painter.onnx and weights.safetensors (fp16) into a folder.

    The weights are rounded to fp16 and cast to fp32 inside the graphs, so every runtime computes with the
    same numbers; ONNX Runtime, OpenVINO and TensorRT fold the casts when they load.

    Args:
        encoder: With its trained weights.
        painter: With its trained weights.
        folder: Exists.
    """
    tensors = {f"encoder.{name}": t for name, t in encoder.state_dict().items()}
    tensors |= {f"painter.{name}": t for name, t in painter.state_dict().items()}
    halves = {name: t.detach().cpu().to(torch.float16).contiguous() for name, t in tensors.items()}
    (folder / WEIGHTS).write_bytes(save(halves))  # save_file would let only its owner read it
    places = _places(folder / WEIGHTS)

    line_art = torch.zeros(2, 1, 2 * MULTIPLE, 3 * MULTIPLE)
    with torch.inference_mode():
        sums = encoder(line_art)
    hints = torch.zeros(2, 4, 2 * MULTIPLE // HINT_STEP, 3 * MULTIPLE // HINT_STEP)
    graph = _graph(encoder, (line_art,), ["line_art"], list(PartialSums._fields))
    _finish(graph, "encoder.", places, folder / ENCODER)
    graph = _graph(painter, (hints, *sums), ["hints", *PartialSums._fields], ["colour"])
    _finish(graph, "painter.", places, folder / PAINTER)


def _graph(module: nn.Module, arguments: Sequence[Tensor], inputs: list[str], outputs: list[str]) -> onnx.ModelProto:
    """Export with N, H and W dynamic."""
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    shapes = tuple(
        {0: batch, 2: (MULTIPLE // SCALES[name]) * rows, 3: (MULTIPLE // SCALES[name]) * columns} for name in inputs
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own deprecated calls
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            _with_dense_weights(module).eval(),
            tuple(arguments),
            dynamo=True,
            dynamic_shapes=shapes,
            input_names=inputs,
            output_names=outputs,
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def _with_dense_weights(module: nn.Module) -> nn.Module:
    """The module with arbitrary weights: the optimiser of the exporter must not fold what is zero in these."""
    clone = type(module)(*_arguments(module))
    generator = torch.Generator().manual_seed(0)
    for parameter in clone.parameters():
        parameter.data.normal_(std=0.1, generator=generator)
    return clone


def _arguments(module: nn.Module) -> tuple[int, ...]:
    if isinstance(module, LineEncoder):
        return module.enc1.out_channels, module.features.width
    assert isinstance(module, Painter)
    return (module.hint_stem.out_channels,)


def _finish(
    model: onnx.ModelProto,
    prefix: str,
    places: Mapping[str, tuple[int, int, list[int]]],
    path: Path,
) -> None:
    """Name the dynamic sizes, replace the weights by references into the weights file, check, write."""
    graph = model.graph
    for value in [*graph.input, *graph.output]:
        for index, size in zip((0, 2, 3), ("batch", "height", "width"), strict=True):
            dimension = value.type.tensor_type.shape.dim[index]
            scale = SCALES[value.name]
            dimension.dim_param = size if index == 0 or scale == 1 else f"{size}/{scale}"
    del graph.value_info[:]
    model.metadata_props.clear()
    for node in graph.node:
        node.metadata_props.clear()
        node.doc_string = ""

    casts = []
    kept = [t for t in graph.initializer if prefix + t.name not in places]
    for tensor in graph.initializer:
        if prefix + tensor.name not in places:
            continue
        offset, length, shape = places[prefix + tensor.name]
        assert list(tensor.dims) == shape, tensor.name
        half = TensorProto(
            name=f"{prefix}{tensor.name}",
            data_type=TensorProto.FLOAT16,
            dims=shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, text in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            half.external_data.add(key=key, value=text)
        kept.append(half)
        casts.append(
            helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT, name=f"{half.name}/cast")
        )
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    missing = {name for name in places if name.startswith(prefix)} - {t.name for t in kept}
    assert not missing, f"the exporter dropped {sorted(missing)}"
    path.write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(path), full_check=True)


def _places(path: Path) -> dict[str, tuple[int, int, list[int]]]:
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
