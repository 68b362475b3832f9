"""Nothing leaves the machine: libraries that report how they are used are told not to, or kept from it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime 1.32 on Linux: a device number and a database below ~/.cache
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}
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

    Afterwards the reporter can be imported again, by whoever else in this process asks for it.
    """
    missing = object()
    before = sys.modules.get(OPENVINO_REPORTER, missing)
    sys.modules[OPENVINO_REPORTER] = None  # type: ignore[assignment]  # importing it raises ImportError
    try:
        yield
    finally:
        if before is missing:
            del sys.modules[OPENVINO_REPORTER]
        else:
            sys.modules[OPENVINO_REPORTER] = before  # type: ignore[assignment]
