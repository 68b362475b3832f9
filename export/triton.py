"""A model repository for NVIDIA Triton Inference Server: encoder, painter, and an ensemble of both.

Configurations follow `inference.ModelConfig` of Triton's model_config.proto, in protobuf's text format.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx

from paintstorch_sdk.bundle import ENCODER, PAINTER, SCALES, WEIGHTS, Bundle
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.gpu.engine_key import HALF, EngineKey, list_engines, verify_engine

from .cost import type_name

VERSION = "1"
GRAPH = "model.onnx"
MAX_BATCH = 8
QUEUE_DELAY = 2000  # microseconds that a request may wait for others of its size
WARM_UP = 512  # side of the line art in pixels

Tensor = tuple[str, str, list[int]]  # name, fp16 or fp32, dimensions without the batch; -1 is any


class Word(str):
    """Text that is written without quotes: one of an enumeration's values."""


def write_repository(bundle: Bundle, out: Path, name: str | None = None) -> None:
    """Write a model repository: NAME_encoder, NAME_painter and NAME, the ensemble from line art to color.

    The models are the bundle's TensorRT engines where it has those of flavor `tensorrt` (Triton does not load
    TensorRT-RTX engines) with weights in them, else its FP16 graphs, else its fp32 graphs.

    Args:
        bundle: Verified.
        out: The folder to make; it must not exist, or be empty.
        name: Name of the ensemble. Default: the bundle's.

    Raises:
        InputError: The name cannot name a folder.
        BundleError: An engine was changed.
        OutputError: `out` cannot be written.
    """
    name = name or bundle.name
    if not name or not all(c.isalnum() or c in "_-." for c in name) or name.startswith("."):
        raise InputError(f"Triton model name: expected letters, digits, _ - and ., received {name!r}")
    with new_folder(out) as folder:
        signatures = {}
        for graph in (ENCODER, PAINTER):
            model = f"{name}_{graph.removesuffix('.onnx')}"
            place = folder / model / VERSION
            place.mkdir(parents=True)
            path = _choose_graph(bundle, graph)
            signatures[model] = _read_signature(path)
            config = _model_config(model, *signatures[model]) | _write_model(bundle, graph, path, place)
            (folder / model / "config.pbtxt").write_text(format_message(config), "utf-8")
        (folder / name / VERSION).mkdir(parents=True)  # an ensemble has no file, but a version
        (folder / name / "config.pbtxt").write_text(format_message(_ensemble_config(name, signatures)), "utf-8")


def format_message(message: Mapping[str, Any], indent: str = "") -> str:
    """A message in protobuf's text format: mappings are messages, lists repeated fields."""
    lines = []
    for key, value in message.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                lines.append(f"{indent}{key} {{\n{format_message(item, indent + '  ')}{indent}}}\n")
            else:
                plain = item if isinstance(item, Word) else json.dumps(item)
                lines.append(f"{indent}{key}: {plain}\n")
    return "".join(lines)


def _choose_graph(bundle: Bundle, graph: str) -> Path:
    """The graph with the types that the model is served in."""
    return bundle.file(HALF[graph] if HALF[graph] in bundle.manifest["files"] else graph)


def _write_model(bundle: Bundle, graph: str, path: Path, place: Path) -> dict[str, Any]:
    """Copy the model's files; how Triton finds and runs them."""
    plans = {}
    for entry in list_engines(bundle):
        key = EngineKey(**entry["key"])
        if (key.graph, key.flavor) == (graph.removesuffix(".onnx"), "tensorrt") and not key.stripped:
            plans[key.target] = f"{key.target}.plan"
            shutil.copyfile(verify_engine(bundle, entry), place / plans[key.target])
    if plans:
        named = [{"key": _format_capability(target), "value": plan} for target, plan in plans.items()]
        return {
            "backend": "tensorrt",
            "default_model_filename": next(iter(plans.values())),
            "cc_model_filenames": named,
        }
    shutil.copyfile(path, place / GRAPH)
    shutil.copyfile(bundle.file(WEIGHTS), place / WEIGHTS)
    return {"backend": "onnxruntime", "default_model_filename": GRAPH}


def _format_capability(target: str) -> str:
    """sm89 -> 8.9, sm120 -> 12.0."""
    return f"{target[2:-1]}.{target[-1]}"


def _read_signature(path: Path) -> tuple[list[Tensor], list[Tensor]]:
    graph = onnx.load(str(path), load_external_data=False).graph
    return _read_tensors(graph.input), _read_tensors(graph.output)


def _read_tensors(values: Sequence[onnx.ValueInfoProto]) -> list[Tensor]:
    found = []
    for value in values:
        tensor = value.type.tensor_type
        dimensions = [-1 if d.dim_param else d.dim_value for d in tensor.shape.dim][1:]
        found.append((value.name, type_name(tensor.elem_type), dimensions))
    return found


def _model_config(name: str, inputs: list[Tensor], outputs: list[Tensor]) -> dict[str, Any]:
    return {
        "name": name,
        "max_batch_size": MAX_BATCH,
        "input": [_describe_tensor(value) for value in inputs],
        "output": [_describe_tensor(value) for value in outputs],
        "instance_group": {"count": 1, "kind": Word("KIND_AUTO")},
        "dynamic_batching": {"max_queue_delay_microseconds": QUEUE_DELAY},
        "model_warmup": {
            "name": f"{WARM_UP} px",
            "batch_size": 1,
            "inputs": [{"key": value[0], "value": _warm_up(value)} for value in inputs],
        },
    }


def _ensemble_config(name: str, signatures: Mapping[str, tuple[list[Tensor], list[Tensor]]]) -> dict[str, Any]:
    (encoder, (line_art, sums)), (painter, (painted_from, color)) = signatures.items()
    between = {value[0] for value in sums}
    return {
        "name": name,
        "platform": "ensemble",
        "max_batch_size": MAX_BATCH,
        "input": [_describe_tensor(value) for value in [*line_art, *painted_from] if value[0] not in between],
        "output": [_describe_tensor(value) for value in color],
        "ensemble_scheduling": {
            "step": [_ensemble_step(encoder, line_art, sums), _ensemble_step(painter, painted_from, color)],
        },
    }


def _ensemble_step(model: str, inputs: list[Tensor], outputs: list[Tensor]) -> dict[str, Any]:
    """A step whose tensors have the ensemble's names."""
    return {
        "model_name": model,
        "model_version": -1,
        "input_map": [{"key": name, "value": name} for name, _, _ in inputs],
        "output_map": [{"key": name, "value": name} for name, _, _ in outputs],
    }


def _describe_tensor(value: Tensor) -> dict[str, Any]:
    name, kind, dimensions = value
    return {"name": name, "data_type": Word(f"TYPE_{kind.upper()}"), "dims": dimensions}


def _warm_up(value: Tensor) -> dict[str, Any]:
    name, kind, dimensions = value
    side = WARM_UP // SCALES[name]
    return {
        "data_type": Word(f"TYPE_{kind.upper()}"),
        "dims": [side if size == -1 else size for size in dimensions],
        "zero_data": True,
    }
