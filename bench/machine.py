"""The machine of a result, and how quiet it was. Names no host, no user and no path."""

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paintstorch_sdk.machine import (
    count_threads,
    find_gpus,
    find_memory_bytes,
    find_processor,
    find_revision,
    find_version,
    query_gpus,
)

from .result import Noise

DISTRIBUTIONS = (
    *("paintstorch-sdk", "numpy", "pillow", "openvino", "onnxruntime", "onnxruntime-gpu", "torch"),
    *("onnx", "safetensors", "tensorrt", "tensorrt-rtx", "pycuda"),
)
# What decides how fast convolutions run, of the names that Linux lists.
INSTRUCTIONS = (
    *("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8"),
    *("asimd", "bf16", "sve"),
)
# From what a measurement is called noisy: shares of the processors' time, changes of the steadiest ceiling, load
# average a core, share of the highest clock.
NOISY_OTHERS, NOISY_STEAL, NOISY_DRIFT, NOISY_LOAD, NOISY_CLOCK = 0.05, 0.01, 0.1, 0.5, 0.9
# Environment variables that change what the runtimes do, by their beginnings.
SETTINGS = (
    *("OMP_", "KMP_", "MKL_", "OPENBLAS_", "GOMP_", "TORCH", "PYTORCH_", "ORT_", "OV_", "CUDA_", "NVIDIA_"),
    "PTS_NO_",
)


def describe_environment() -> dict[str, Any]:
    """The machine and the software, as JSON types; what the system does not tell is None."""
    name, flags = find_processor()
    revision = find_revision()
    return {
        "cpu": name,
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "virtual": "hypervisor" in flags,
        "cores": count_threads(),
        "memory_bytes": find_memory_bytes(),
        "gpu": next(iter(find_gpus() or ()), None),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: version for name in DISTRIBUTIONS if (version := find_version(name))},
        "revision": revision and revision[0] + ("+" if revision[1] else ""),
        "flags": find_settings(),
    }


def find_settings() -> dict[str, str]:
    """Environment variables that change what the runtimes do, but those that hold a path."""
    found = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    return {name: value[:100] for name, value in sorted(found.items()) if "/" not in value and "\\" not in value}


def has_cuda() -> bool:
    """Whether a CUDA device answers nvidia-smi."""
    return bool(find_gpus())


def read_clocks() -> list[float]:
    """The processors' clocks now, MHz, where the system shows them."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
    return [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]


def find_throttling() -> list[str]:
    """Why the GPU runs slower than it could, as nvidia-smi names it; empty without one."""
    reasons = ("hw_slowdown", "hw_thermal_slowdown", "sw_thermal_slowdown", "hw_power_brake_slowdown", "sw_power_cap")
    answers = query_gpus(",".join(f"clocks_throttle_reasons.{reason}" for reason in reasons))
    active = zip(reasons, answers[0], strict=True) if answers else ()
    return [reason.replace("_", " ") for reason, answer in active if answer == "Active"]


def find_available_bytes() -> int | None:
    """Memory that a new process may take now; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


@contextmanager
def watch_noise() -> Iterator[dict[str, Any]]:
    """Fill in, at the end of the block, how quiet the machine was while it ran; see `judge_noise`.

    Its processes must have ended by then. seconds; load_before, the load average; others and steal, the shares of the
    processors' time that other processes and other machines on the same hardware had.
    """
    noise: dict[str, Any] = {"load_before": _read_load(), "others": None, "steal": None}
    begun, before, own_before = time.perf_counter(), _ticks(), _own_seconds()
    yield noise
    noise["seconds"] = round(time.perf_counter() - begun, 1)
    after = _ticks()
    if before is None or after is None:
        return
    busy, stolen, total = (b - a for a, b in zip(before, after, strict=True))
    capacity = max(total, 1e-9)
    others = max(0.0, busy - (_own_seconds() - own_before)) / capacity
    noise |= {"others": round(others, 4), "steal": round(stolen / capacity, 4)}


def judge_noise(
    watched: Mapping[str, Any], clocks: Sequence[float] = (), drift: float | None = None, throttling: Sequence[str] = ()
) -> Noise:
    """How quiet the machine was, and what was less than quiet, in words.

    Args:
        watched: See `watch_noise`.
        clocks: Clocks of the processors between rounds, MHz.
        drift: See `summary.measure_drift`.
        throttling: See `find_throttling`.
    """
    others, steal, load = watched["others"], watched["steal"], watched["load_before"]
    span = (min(clocks), max(clocks)) if clocks else ()
    flags = [
        f"{what} had {share:.0%} of the processors' time"
        for what, share, limit in (
            ("other processes", others, NOISY_OTHERS),
            ("other machines on the same hardware", steal, NOISY_STEAL),
        )
        if share is not None and share > limit
    ]
    if load is not None and load > NOISY_LOAD * count_threads():
        flags.append(f"the load average was {load:g} before it began")
    if drift is not None and drift > NOISY_DRIFT:
        flags.append(f"even the steadiest ceiling changed by {drift:.0%} from round to round")
    if span and span[0] < NOISY_CLOCK * span[1]:
        flags.append(f"the clock changed between {span[0]:.0f} and {span[1]:.0f} MHz")
    flags += [f"the GPU was throttled: {reason}" for reason in throttling]
    return Noise(watched["seconds"], load, others, steal, span, drift, tuple(flags))


def _read_load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _ticks() -> tuple[float, float, float] | None:
    """Seconds of all processors since the start: busy, stolen, and all of them."""
    try:
        fields = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]
    except OSError:
        return None
    user, nice, system, idle, wait, irq, soft, steal = (int(f) / os.sysconf("SC_CLK_TCK") for f in fields)
    busy = user + nice + system + irq + soft
    return busy, steal, busy + idle + wait + steal


def _own_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
