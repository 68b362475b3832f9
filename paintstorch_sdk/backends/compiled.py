"""Graphs as OpenVINO has compiled them, in the user's cache: the next process maps one into its memory.

It takes a fifth of the time of compiling, and the weights are not copied. A file belongs to one processor, version of
OpenVINO, model, graph, precision and packing, and is read by whoever loads the model; processes that write one at once
write the same. A folder that cannot be written is no error.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..bundle import Bundle
from ..errors import OutputError
from ..files import replacing, sweep
from ..telemetry import openvino_kept_quiet
from .tuning import cache_folder, describe_key

with openvino_kept_quiet():
    import openvino as ov

NO_CACHE = "PTS_NO_CACHE"  # environment variable: compile always, write nothing
ENDING = ".compiled"
MOST = 12  # files, some 20 MB each; the ones unused for longest go first
_MADE_BY = [Path(__file__).with_name(name) for name in ("openvino.py", "openvino_layers.py")]


def find_file(bundle: Bundle, availability: Any, *way: Any) -> Path | None:
    """Where a compiled graph is, or would be.

    Args:
        bundle: The model.
        availability: OpenVINO's.
        *way: All else that it depends on (JSON types).

    Returns:
        None where there is no cache: $PTS_NO_CACHE is set, or there is no home folder.
    """
    if os.environ.get(NO_CACHE):
        return None
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in _MADE_BY]
    key = json.dumps([describe_key(bundle, availability), code, way], sort_keys=True)
    try:
        return cache_folder("compiled") / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}{ENDING}"
    except OutputError:
        return None


def map_compiled(core: Any, path: Path, config: Mapping[str, Any]) -> Any | None:
    """The compiled graph in a file; None where there is none that this OpenVINO takes."""
    try:
        mapped = np.memmap(path, np.uint8, "c")
        compiled = core.import_model(ov.Tensor(mapped, shared_memory=True), "CPU", dict(config))
        compiled.mapped = mapped
        with suppress(OSError):
            os.utime(path)
    except (OSError, ValueError, RuntimeError):
        return None
    return compiled


def forget_pages(compiled: Any) -> None:
    """Give the pages of a mapped file back once its weights were packed as the processor likes them: 20 MB.

    Should they be read again, for a picture of another size, the system reads them again.
    """
    with suppress(AttributeError, OSError, ValueError):  # not mapped; no such call on Windows
        compiled.mapped._mmap.madvise(mmap.MADV_DONTNEED)


def keep_compiled(compiled: Any, path: Path) -> None:
    """Write a compiled graph for the next process, and delete those that nobody has used for long."""
    with suppress(OutputError, OSError, RuntimeError):
        content = compiled.export_model().getbuffer()
        with replacing(path) as temporary, temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave zeros under the final name
        files = sorted(path.parent.glob(f"*{ENDING}"), key=lambda one: one.stat().st_mtime, reverse=True)
        sweep(path.parent, [one.name for one in files])
        for old in files[MOST:]:
            old.unlink()
