"""Facts about this machine: processor, memory, GPUs, installed libraries, and the revision of this package's source."""

import ctypes
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

GPU_LIBRARIES = ("tensorrt", "tensorrt-rtx", "onnxruntime-gpu", "pycuda", "cuda-bindings")
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of malloc.h
_CPUINFO = Path("/proc/cpuinfo")
_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86, x86 with tiles, Arm


def describe() -> dict[str, Any]:
    """Python, system, processor, memory and GPUs, for `pts doctor`; None where this cannot be found out here."""
    name, flags = find_processor()
    memory = find_memory_bytes()
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": name,
        "bf16": has_bf16(flags),
        "threads": count_threads(),
        "memory_gib": None if memory is None else round(memory / 2**30, 1),
        "gpus": find_gpus(),
        "gpu_libraries": {name: find_version(name) for name in GPU_LIBRARIES},
    }


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for the next picture, where it is glibc.

    Memory that goes back to the kernel comes again zeroed, page by page: a twelfth of a picture's time.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 2**25)  # the most that all versions take
        library.mallopt(_M_TRIM_THRESHOLD, 2**30)


def share_heap() -> None:
    """Let all threads take memory from one heap, where the C library is glibc: up to 17 MB less at 1680 x 1120."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def find_conflicts() -> list[str]:
    """Distributions installed over each other: what is wrong, and what to do."""
    both = [name for name in ("onnxruntime", "onnxruntime-gpu") if find_version(name)]
    if len(both) < 2:
        return []
    return [
        "onnxruntime and onnxruntime-gpu are installed over each other: pip uninstall -y onnxruntime onnxruntime-gpu, "
        "then install one of paintstorch-sdk[cpu] and paintstorch-sdk[gpu]"
    ]


def find_processor() -> tuple[str, set[str]]:
    """The processor's name and the instructions that it lists; none where the system does not list them."""
    fields: dict[str, str] = {}
    try:
        for line in _CPUINFO.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())  # of the first processor
    except OSError:
        pass
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    return fields.get("model name") or platform.processor() or platform.machine(), flags


def has_bf16(flags: set[str]) -> bool | None:
    """Whether a processor that lists these instructions computes in bfloat16; None where it lists none."""
    return bool(flags & _BF16_FLAGS) if flags else None


def count_threads() -> int:
    """Threads that this process may run at once."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def find_memory_bytes() -> int | None:
    """Memory of the machine, bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def find_gpus() -> list[str] | None:
    """The GPUs that nvidia-smi names, with memory and driver; None without nvidia-smi, empty if none answers."""
    if shutil.which("nvidia-smi") is None:
        return None
    rows = query_gpus("name,driver_version,memory.total")
    return [f"{name}, {memory}, driver {driver}" for name, driver, memory in rows]


def query_gpus(fields: str) -> list[list[str]]:
    """Fields of every GPU, as nvidia-smi names them; empty if none answers."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    query = [tool, f"--query-gpu={fields}", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.split(", ") for line in answer.stdout.splitlines()]
    return [row for row in rows if len(row) == fields.count(",") + 1]


def find_version(*distributions: str) -> str | None:
    """Version of the first of these distributions that is installed, without importing it; None where none is."""
    for distribution in distributions:
        with suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(distribution)
    return None


def find_revision() -> tuple[str, bool] | None:
    """The git revision of this package's source, and whether it was changed since; None outside of a clone."""
    git = ["git", "-C", str(Path(__file__).parent)]
    commands = (
        ["ls-files", "--error-unmatch", Path(__file__).name],  # an installed package may lie in somebody else's clone
        ["rev-parse", "--short=12", "HEAD"],
        ["status", "--porcelain", "--untracked-files=no"],
    )
    try:
        _, head, changed = (
            subprocess.run([*git, *command], capture_output=True, text=True, check=True, timeout=20).stdout.strip()
            for command in commands
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return head, bool(changed)
