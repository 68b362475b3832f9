"""The cost of a graph: operations of each node at a size, and the type it computes in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.imaging.geometry import MULTIPLE

_NETWORK = re.compile(r"^(encoder|painter|g2)\.")
_TYPES = {"FLOAT": "fp32", "FLOAT16": "fp16", "BFLOAT16": "bf16"}


@dataclass(frozen=True)
class NodeCost:
    """One operator at one size.

    Attributes:
        name: The node's.
        operator: Conv, LeakyRelu ...
        part: Part it belongs to: the layer of its weights, or of the node before it; `features.input` for what is
            before the first layer.
        operations: Floating-point operations; a multiply-add counts two.
        precision: The type that it computes in.
    """

    name: str
    operator: str
    part: str
    operations: int
    precision: str

    @property
    def stage(self) -> str:
        """The part of the network at large: `features`, `enc0`, `stage4`, ..."""
        return self.part.split(".")[0]


def node_costs(model: onnx.ModelProto, batch: int, height: int, width: int) -> list[NodeCost]:
    """Operations and types of all nodes but casts.

    Args:
        model: An encoder, painter or G2; its weights need not be loaded.
        batch: Pictures in a run.
        height: Height of the line art in the network, pixels.
        width: Width of the line art in the network, pixels.

    Raises:
        InputError: The size is no multiple of 32.
    """
    if batch < 1 or height < MULTIPLE or width < MULTIPLE or height % MULTIPLE or width % MULTIPLE:
        raise InputError(
            f"size: expected a batch and sides of a multiple of {MULTIPLE}, received {batch, height, width}"
        )
    values = _infer_values(model, {"batch": batch, "height": height, "width": width})
    weights = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    weights |= {
        node.output[0]: weights[node.input[0]]
        for node in model.graph.node
        if node.op_type == "Cast" and node.input[0] in weights
    }
    parts = _name_layers(model)
    found = []
    for node in model.graph.node:
        if node.op_type == "Cast":
            continue
        shape, precision = values[node.output[0]]
        operations = int(np.prod(shape, dtype=np.int64))
        if node.op_type == "Conv":
            operations *= 2 * int(np.prod(weights[node.input[1]][1:]))
        found.append(NodeCost(node.name, node.op_type, parts[node.output[0]], operations, precision))
    return found


def _name_layers(model: onnx.ModelProto) -> dict[str, str]:
    """The layer that each value belongs to."""
    parts: dict[str, str] = {}
    before: list[str] = []  # what comes before the first layer: only the features have anything there
    for node in model.graph.node:
        if node.op_type == "Conv":
            layer = _NETWORK.sub("", node.input[1]).split(".weight")[0]
        else:
            layer = next((parts[name] for name in node.input if name in parts), "")
        for name in node.output:
            parts[name] = layer
            before += [name] if not layer else []
    return parts | dict.fromkeys(before, "features.input")


def type_name(element: int) -> str:
    """Name of an ONNX element type: fp32, fp16, bf16, or ONNX's own."""
    name = str(TensorProto.DataType.Name(element))
    return _TYPES.get(name, name.lower())


def half_share(costs: Sequence[NodeCost]) -> float:
    """Part of the operations that are computed in fp16, 0 to 1."""
    return sum(c.operations for c in costs if c.precision == "fp16") / sum(c.operations for c in costs)


def _infer_values(model: onnx.ModelProto, sizes: Mapping[str, int]) -> dict[str, tuple[list[int], str]]:
    """Shape and type of every value at one size."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    for value in fixed.graph.input:
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                size, _, scale = dimension.dim_param.partition("/")
                dimension.dim_value = sizes[size] // int(scale or 1)
    for value in fixed.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(fixed, check_type=True, strict_mode=True)
    values = {}
    for value in [*inferred.graph.value_info, *inferred.graph.output]:
        tensor = value.type.tensor_type
        values[value.name] = ([d.dim_value for d in tensor.shape.dim], type_name(tensor.elem_type))
    return values
