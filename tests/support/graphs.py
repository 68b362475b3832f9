"""What tests ask of FP16 graphs and of the engines built from them."""

from collections.abc import Mapping
from typing import Any

import onnx


def needless_casts(model: onnx.ModelProto) -> list[str]:
    """Casts between operators of one type: of a value that was cast to its type from that same type."""
    origin = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Cast"}
    weights = {tensor.name for tensor in model.graph.initializer}
    return [result for result, source in origin.items() if source in origin or source in weights]


def half_layers(record: Mapping[str, Any]) -> float:
    """Share of a built engine's layers whose results are fp16, 0 to 1."""
    layers = record["layers"]
    return float(layers["output_types"].get("half", 0) / layers["count"]) if layers["count"] else 0.0
