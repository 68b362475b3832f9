"""Weights for an engine that was built without: one engine serves every model of its architecture.

It needs the GPU that the engine is for: the library loads the engine to do it.
"""

import time
from pathlib import Path
from typing import Any

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.gpu.engine_key import FLAVORS

from .engine_builder import BuiltEngine, import_tensorrt
from .monitor import Messages, make_logger


def refit_engine(engine: Path, record: dict[str, Any], graph: Path, flavor: str) -> BuiltEngine:
    """Fill a stripped engine.

    Args:
        engine: Without weights.
        record: Its record in the manifest.
        graph: The ONNX graph that it was built from, other weights beside it.
        flavor: "tensorrt" or "rtx".

    Returns:
        An engine with those weights, which can be refitted again.

    Raises:
        BackendError: The library cannot load the engine here, or the weights are not its own; its own words are in
            the message.
    """
    trt = import_tensorrt(flavor)
    start = time.monotonic()
    messages = Messages()
    log = make_logger(trt, messages)
    who = f"{FLAVORS[flavor]} {trt.__version__}"
    runtime = trt.Runtime(log)
    loaded = runtime.deserialize_cuda_engine(engine.read_bytes())
    if loaded is None:
        raise BackendError(
            f"{who} cannot load {engine.name} to put weights in: {messages.reason}; it has to be done on a "
            f"machine with the GPU that the engine is for"
        )
    refitter = trt.Refitter(loaded, log)
    parser = trt.OnnxParserRefitter(refitter, log)
    if not parser.refit_from_file(str(graph)) or not refitter.refit_cuda_engine():
        missing = ", ".join(refitter.get_missing_weights()) or "none"
        raise BackendError(
            f"{who} cannot put the weights of {graph} into {engine.name}: {messages.reason}; missing: {missing:.200}"
        )
    config = loaded.create_serialization_config()
    config.clear_flag(trt.SerializationFlag.EXCLUDE_WEIGHTS)
    filled = bytes(loaded.serialize_with_config(config))
    return BuiltEngine(filled, {**record, "seconds": round(time.monotonic() - start, 1)})
