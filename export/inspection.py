"""Descriptions of bundles, graphs and engines."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto

from paintstorch_sdk.backends.registry import probe
from paintstorch_sdk.backends.tuning import find_tuning
from paintstorch_sdk.bundle import ENCODER, G2, PAINTER, Bundle, sha256
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.gpu.engine_cache import Cache
from paintstorch_sdk.gpu.engine_key import HALF, HALF_G2, list_engines

from .cost import NodeCost, half_share, node_costs, type_name

Document = dict[str, Any]
_OTHERS = (*HALF.values(), G2, *HALF_G2.values())  # graphs that a bundle may have beside encoder and painter


def describe_model(model: str, height: int, width: int) -> Document:
    """Describe a bundle (by name or folder), an .onnx file or an .engine file.

    Args:
        model: Which.
        height: Height of the line art in the network, pixels: operations are counted at this size, batch 1.
        width: Width of the line art in the network, pixels.

    Returns:
        JSON types; `kind` is "bundle", "onnx" or "engine".

    Raises:
        InputError: The size is no multiple of 32.
        ModelError: It is none of these, or damaged.
    """
    if model.endswith(".onnx"):
        return describe_graph(Path(model), height, width)
    if model.endswith(".engine"):
        return describe_engine(Path(model))
    return describe_bundle(Bundle.open(model), height, width)


def describe_bundle(bundle: Bundle, height: int, width: int) -> Document:
    """Architecture, parameters, operations of each stage, precisions, hashes, license, provenance."""
    manifest = bundle.manifest
    graphs = [describe_graph(bundle.file(name), height, width) for name in (ENCODER, PAINTER)]
    others = [describe_graph(bundle.file(name), height, width) for name in _OTHERS if name in manifest["files"]]
    operations = sum(graph["operations"] for graph in graphs)
    stages = [
        stage | {"share": stage["operations"] / operations, "graph": graph["graph"]}
        for graph in graphs
        for stage in graph["stages"]
    ]
    tuned = find_tuning(bundle, probe("openvino"))
    return {
        "kind": "bundle",
        "name": bundle.name,
        "folder": str(bundle.path),
        "architecture": manifest["architecture"],
        "working_size": bundle.working_size,
        "confidence": bundle.confidence,
        "bytes": bundle.bytes,
        "size": [height, width],
        "parameters": sum(graph["parameters"] for graph in graphs),
        "operations": operations,
        "stages": stages,
        "precisions": manifest.get("precisions", {})
        | {"graphs": ["fp32", *(name for name in ("fp16", "int8") if name in manifest)]},
        "graphs": graphs + others,
        "fp16": manifest.get("fp16"),
        "int8": manifest.get("int8"),
        "tuned": tuned and tuned.to_json(),
        "engines": list_engines(bundle),
        "files": manifest["files"],
        "license": manifest.get("license"),
        "provenance": manifest.get("provenance", {}),
        "quality": manifest.get("quality", {}),
        "verification": manifest.get("verification", {}),
    }


def describe_graph(path: Path, height: int, width: int) -> Document:
    """Inputs, outputs, parameters, operators, precisions, operations of each stage."""
    try:
        model = onnx.load(str(path), load_external_data=False)
        costs = node_costs(model, 1, height, width)
        if not costs:
            raise KeyError("no nodes")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except (DecodeError, KeyError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(
            f"{path}: expected a graph that pts export wrote, received another or a damaged one "
            f"({' '.join(str(error).split()):.120})"
        ) from error
    graph = model.graph
    operations = sum(cost.operations for cost in costs)
    return {
        "kind": "onnx",
        "graph": path.name,
        "sha256": sha256(path),
        "opset": max(entry.version for entry in model.opset_import),
        "inputs": {value.name: _describe_value(value) for value in graph.input},
        "outputs": {value.name: _describe_value(value) for value in graph.output},
        "nodes": len(graph.node),
        "operators": dict(Counter(node.op_type for node in graph.node).most_common()),
        "parameters": sum(int(np.prod(t.dims)) for t in graph.initializer if t.data_location == TensorProto.EXTERNAL),
        "size": [height, width],
        "operations": operations,
        "fp16_share": half_share(costs),
        "not_fp16": [cost.name for cost in costs if cost.precision != "fp16"] if half_share(costs) else [],
        "stages": _list_stages(costs, operations),
    }


def describe_engine(path: Path) -> Document:
    """The record of an engine in a bundle or in the user's cache, and whether it is that engine.

    The engine is not loaded: that would run its code, and needs its GPU.
    """
    record = _find_engine_record(path.resolve())
    found = sha256(path)
    if found != record["sha256"]:
        raise ModelError(
            f"{path}: expected SHA-256 {record['sha256'][:12]}..., received {found[:12]}...: the engine is damaged or "
            f"was changed; build it again with pts export"
        )
    return {"kind": "engine", "engine": path.name, **record}


def _find_engine_record(path: Path) -> Document:
    if not path.is_file():
        raise ModelError(f"{path}: expected an engine, found no such file")
    if path.parent == Cache().folder.resolve():
        for entry in Cache().entries():
            if entry.path.name == path.name:
                return entry.record
    else:
        for listed in list_engines(Bundle.read(path.parent)):
            if listed["file"] == path.name:
                return dict(listed)
    raise ModelError(f"{path}: listed neither in a manifest beside it nor in the cache; nothing is known of it")


def _list_stages(costs: Sequence[NodeCost], operations: int) -> list[Document]:
    stages: dict[str, list[NodeCost]] = {}
    for cost in costs:
        stages.setdefault(cost.stage, []).append(cost)
    return [
        {
            "stage": stage,
            "nodes": len(part),
            "operations": sum(cost.operations for cost in part),
            "share": sum(cost.operations for cost in part) / operations,
            "precisions": sorted({cost.precision for cost in part}),
        }
        for stage, part in stages.items()
    ]


def _describe_value(value: onnx.ValueInfoProto) -> Document:
    tensor = value.type.tensor_type
    return {
        "type": type_name(tensor.elem_type),
        "shape": [dimension.dim_param or dimension.dim_value for dimension in tensor.shape.dim],
    }
