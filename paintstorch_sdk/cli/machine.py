"""What this machine is, for `pts doctor`."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

GPU_LIBRARIES = ("tensorrt", "tensorrt-rtx", "onnxruntime-gpu", "pycuda", "cuda-bindings")
_CPUINFO = Path("/proc/cpuinfo")
_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86, x86 with tiles, Arm


def describe() -> dict[str, Any]:
    """Python, system, processor, memory and GPUs; None where this cannot be found out here."""
    name, bf16 = _processor()
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": name,
        "bf16": bf16,
        "threads": _threads(),
        "memory_gib": _memory(),
        "gpus": gpus(),
        "gpu_libraries": {name: _version(name) for name in GPU_LIBRARIES},
    }


def gpus() -> list[str] | None:
    """The GPUs that nvidia-smi names, with driver and memory; None without nvidia-smi, empty if none answers."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run([tool, *query], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    gpus = []
    for line in answer.stdout.splitlines():
        name, _, rest = line.partition(", ")
        driver, _, memory = rest.partition(", ")
        gpus.append(f"{name}, {memory}, driver {driver}")
    return gpus


def conflicts() -> list[str]:
    """Distributions installed over each other: what is wrong, and what to do."""
    both = [name for name in ("onnxruntime", "onnxruntime-gpu") if _version(name)]
    if len(both) < 2:
        return []
    return [
        "onnxruntime and onnxruntime-gpu are installed over each other: pip uninstall -y onnxruntime onnxruntime-gpu, "
        "then install one of paintstorch-sdk[cpu] and paintstorch-sdk[gpu]"
    ]


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> tuple[str, bool | None]:
    """The processor's name, and whether it computes in bfloat16."""
    try:
        fields = _fields(_CPUINFO.read_text("utf-8", "replace"))
    except OSError:
        return platform.processor() or platform.machine(), None
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    name = fields.get("model name") or platform.processor() or platform.machine()
    return name, bool(flags & _BF16_FLAGS) if flags else None


def _fields(cpuinfo: str) -> dict[str, str]:
    """The fields of the first processor."""
    fields: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    return fields


def _threads() -> int:
    """Threads that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _memory() -> float | None:
    """Memory of the machine, GiB."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
