"""Nothing leaves the machine: libraries that report how they are used are told not to, or kept from it."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime 1.32 on Linux: a device number and a database below ~/.cache
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}
OPENVINO_CONVERTER = "openvino.tools.ovc"
OPENVINO_REPORTER = "openvino_telemetry"  # on import OpenVINO looks an analytics host up, and writes below ~/intel


def switch_off() -> None:
    """Set the environment variables that switch reports off, for this process and those that it starts.

    What the user has set stays. Libraries read them when they are imported: call it before.
    """
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)


@contextmanager
def openvino_kept_quiet() -> Iterator[None]:
    """Import OpenVINO inside the block: its reporter cannot be imported there, so OpenVINO takes its own stub.

    Nor can its converter of models, which takes more than half of the import, and which nobody here calls. Afterwards
    both can be imported again, by whoever else in this process asks for them.
    """
    missing = object()
    before = {name: sys.modules.get(name, missing) for name in (OPENVINO_REPORTER, OPENVINO_CONVERTER)}
    for name, module in before.items():
        if module is missing or name == OPENVINO_REPORTER:
            sys.modules[name] = None  # type: ignore[assignment]  # importing it raises ImportError
    try:
        yield
    finally:
        for name, module in before.items():
            if module is missing:
                del sys.modules[name]
            else:
                sys.modules[name] = module  # type: ignore[assignment]
        if (openvino := sys.modules.get("openvino")) and not hasattr(openvino, "convert_model"):
            openvino.convert_model = _convert_model  # type: ignore[attr-defined]


def _convert_model(*arguments: Any, **options: Any) -> Any:
    return importlib.import_module(OPENVINO_CONVERTER).convert_model(*arguments, **options)
