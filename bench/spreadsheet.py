"""The rows of a run as CSV: one line a row, without the raw samples."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paintstorch_sdk.files import replacing

from .document import encode
from .run import PERCENTILES, Row, Run

_PLAIN = ("scenario", "model", "width", "backend", "device", "precision", "batch", "status", "reason", "version")
_MEMORY = ("peak_rss_bytes", "peak_vram_bytes", "disk_bytes")
_COLD = ("start", "imports", "load", "build", "first_image", "total")
_ACCURACY = ("psnr", "max_difference", "ciede2000_mean", "ciede2000_p99")
_FLOOR = ("flops", "bytes", "seconds", "bound")
_BOUNDS = ("value", "low", "high")


def write(run: Run, path: Path) -> None:
    """Write a table of all rows; durations in seconds, memory in bytes.

    Raises:
        OutputError: It cannot be written.
    """
    text = io.StringIO()
    table = [dict(_columns(row)) for row in run.rows]
    writer = csv.DictWriter(text, fieldnames=list(table[0]) if table else list(_PLAIN), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), "utf-8")


def _columns(row: Row) -> Iterator[tuple[str, Any]]:
    yield from _fields(row, _PLAIN)
    yield from (("size_width", row.size[0]), ("size_height", row.size[1]))
    yield "samples", 0 if row.samples is None else len(row.samples.values)
    for name in PERCENTILES:
        yield from _fields(row.latency.get(name), _BOUNDS, f"{name}_")
    yield from _fields(row.images_per_second, _BOUNDS, "images_per_second_")
    yield from _fields(row.speedup, (*_BOUNDS, "significant"), "speedup_")
    yield from _fields(row.cold_start, _COLD, "cold_start_")
    yield from _fields(row, _MEMORY)
    yield from _fields(row.accuracy, _ACCURACY)
    yield from _fields(row.floor, _FLOOR, "floor_")
    yield from _fields(row.floor.times if row.floor else None, _BOUNDS, "times_floor_")
    yield from _fields(row.server, ("target", "rate", "failed_rate"), "server_")


def _fields(value: Any, names: tuple[str, ...], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in names:
        found = None if value is None else encode(getattr(value, name))
        yield prefix + name, "" if found is None else found
