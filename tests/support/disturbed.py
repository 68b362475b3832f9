"""`pts bench` with one way that is slow and one that paints wrong colors: `python -m support.disturbed bench ...`"""

import time
from dataclasses import replace

from paintstorch_sdk.bench.cases import scenarios
from paintstorch_sdk.bench.process import Call, Opened
from paintstorch_sdk.bench.ways import Way
from paintstorch_sdk.cli import main

SLOW, WRONG = "onnxruntime fp32", "openvino fp32"
TIMES = 5  # as long as it takes


def open_disturbed(way: Way, setting: scenarios.Setting, threads: int) -> Opened:
    """What `scenarios.open_scenario` opens, made worse."""
    opened = scenarios.open_scenario(way, setting, threads)
    result = opened.result
    if way.title == WRONG and result is not None:
        return replace(opened, result=lambda: -result())
    if way.title == SLOW:
        return replace(opened, calls={name: _slow_down(call) for name, call in opened.calls.items()})
    return opened


def _slow_down(call: Call) -> Call:
    def slow() -> None:
        begun = time.perf_counter()
        call()
        until = begun + TIMES * (time.perf_counter() - begun)
        while time.perf_counter() < until:
            pass

    return slow


if __name__ == "__main__":
    scenarios.OPENER = "support.disturbed:open_disturbed"
    raise SystemExit(main())
