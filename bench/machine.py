"""What a run was measured on, and how quiet it was there. Names no host, no user and no path."""

import importlib.metadata
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paintstorch_sdk.bundle import MANIFEST, Bundle, sha256

DISTRIBUTIONS = (
    *("paintstorch-sdk", "numpy", "pillow", "openvino", "onnxruntime", "onnxruntime-gpu", "torch"),
    *("onnx", "safetensors", "tensorrt", "tensorrt-rtx", "pycuda"),
)
# What decides how fast convolutions run, of the names that Linux lists.
INSTRUCTIONS = (
    *("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8"),
    *("asimd", "bf16", "sve"),
)
NOISY_OTHERS, NOISY_STEAL = 0.05, 0.01  # shares of the processors' time from which a run is called noisy
# Environment variables that change what the runtimes do, by their beginnings.
SETTINGS = ("OMP_", "KMP_", "MKL_", "OPENBLAS_", "GOMP_", "TORCH", "PYTORCH_", "ORT_", "OV_", "CUDA_", "NVIDIA_")
PRIVATE = "/"  # what holds a path is left out


def environment() -> dict[str, Any]:
    """The machine and the software, as JSON types; what the system does not tell is None."""
    cpu = _cpuinfo()
    flags = cpu.get("flags", cpu.get("Features", "")).split()
    return {
        "cpu": cpu.get("model name") or platform.processor() or platform.machine(),
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "virtual": "hypervisor" in flags,
        "cores": cores(),
        "memory_bytes": _memory_bytes(),
        "gpu": _gpu(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": versions(),
        "revision": revision(),
        "flags": settings(),
    }


def settings() -> dict[str, str]:
    """Environment variables that change what the runtimes do, but those that hold a path."""
    found = {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    return {name: value[:100] for name, value in sorted(found.items()) if PRIVATE not in value and "\\" not in value}


def clocks() -> list[float]:
    """The processors' clocks now, MHz, where the system shows them."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
    return [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]


def throttled() -> list[str]:
    """Why the GPU runs slower than it could, as nvidia-smi names it; empty without one."""
    reasons = ("hw_slowdown", "hw_thermal_slowdown", "sw_thermal_slowdown", "hw_power_brake_slowdown", "sw_power_cap")
    query = ",".join(f"clocks_throttle_reasons.{reason}" for reason in reasons)
    try:
        lines = _output("nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader").splitlines()
    except (OSError, subprocess.SubprocessError):
        return []
    answers = lines[0].split(", ") if lines else []
    return [reason.replace("_", " ") for reason, answer in zip(reasons, answers, strict=False) if answer == "Active"]


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Versions of what is installed of the software that decides the times."""
    found = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def identity(bundle: Bundle) -> dict[str, Any]:
    """What tells a bundle from every other one."""
    return {
        "name": bundle.name,
        "width": bundle.width,
        "feature_width": bundle.feature_width,
        "working_size": bundle.working_size,
        "bytes": bundle.bytes,
        "manifest_sha256": sha256(bundle.path / MANIFEST),
    }


def revision() -> str | None:
    """The git revision of the sources, with a + where they were changed; None outside of a clone."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        head = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
        changed = _output("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if changed else "")


@contextmanager
def watched() -> Iterator[dict[str, Any]]:
    """Fill in, at the end of the block, how quiet the machine was while it ran.

    Its processes must have ended by then. seconds; load_before, the load average; others and steal, the shares
    of the processors' time that other processes and other machines on the same hardware had; noisy.
    """
    noise: dict[str, Any] = {"load_before": _load()}
    begun, before, own_before = time.perf_counter(), _ticks(), _own_seconds()
    yield noise
    noise["seconds"] = round(time.perf_counter() - begun, 1)
    after = _ticks()
    if before is None or after is None:
        noise |= {"others": None, "steal": None, "noisy": None}
        return
    busy, stolen, total = (b - a for a, b in zip(before, after, strict=True))
    capacity = max(total, 1e-9)
    others = max(0.0, busy - (_own_seconds() - own_before)) / capacity
    noise |= {"others": round(others, 4), "steal": round(stolen / capacity, 4)}
    noise["noisy"] = others > NOISY_OTHERS or stolen / capacity > NOISY_STEAL


def _cpuinfo() -> dict[str, str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def has_cuda() -> bool:
    """Whether a CUDA device answers nvidia-smi."""
    return _gpu() is not None


def _gpu() -> str | None:
    query = "--query-gpu=name,driver_version,memory.total"
    try:
        return _output("nvidia-smi", query, "--format=csv,noheader").splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return None


def available_bytes() -> int | None:
    """Memory that a new process may take now; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _load() -> float | None:
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


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
