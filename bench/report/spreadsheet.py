"""`pts bench --csv`: one line a row, durations in seconds, memory in bytes, without the raw samples."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from ..result import DIGITS, PERCENTILES, Result, Row

_PLAIN = ("scenario", "model", "width", "backend", "device", "precision", "batch", "status", "reason", "version")
_MEMORY = ("peak_rss_bytes", "peak_vram_bytes", "disk_bytes")
_COLD = ("start", "imports", "load", "build", "first_image", "total")
_ACCURACY = ("psnr", "max_difference", "ciede2000_mean", "ciede2000_p99")
_FLOOR = ("flops", "bytes", "seconds", "bound")
_BOUNDS = ("value", "low", "high")


def format_rows(result: Result) -> str:
    """All rows of a result as CSV, with everything but their raw samples."""
    rows = [dict(_list_fields(row)) for row in result.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else _PLAIN, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _list_fields(row: Row) -> Iterator[tuple[str, Any]]:
    yield from _read_fields(row, _PLAIN)
    yield from (("size_width", row.size[0]), ("size_height", row.size[1]))
    yield "samples", 0 if row.samples is None else len(row.samples.values)
    for name in PERCENTILES:
        yield from _read_fields(row.latency.get(name), _BOUNDS, f"{name}_")
    yield from _read_fields(row.images_per_second, _BOUNDS, "images_per_second_")
    yield from _read_fields(row.speedup, (*_BOUNDS, "significant"), "speedup_")
    yield from _read_fields(row.cold_start, _COLD, "cold_start_")
    yield from _read_fields(row, _MEMORY)
    yield from _read_fields(row.accuracy, _ACCURACY)
    yield from _read_fields(row.floor, _FLOOR, "floor_")
    yield from _read_fields(row.floor.times if row.floor else None, _BOUNDS, "times_floor_")
    yield from _read_fields(row.server, ("target", "rate", "failed_rate"), "server_")


def _read_fields(value: Any, names: tuple[str, ...], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in names:
        found = None if value is None else getattr(value, name)
        found = f"{found:.{DIGITS}g}" if isinstance(found, float) else found
        yield prefix + name, "" if found is None else found
