"""What is shown of a result: the columns of its tables, defined once, and the facts beside them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..result import PERCENTILES, Result, Row
from ..ways import ONE_GRAPH, PUBLISHED
from .numbers import (
    format_bounds,
    format_bytes,
    format_decibels,
    format_duration,
    format_milliseconds,
    format_number,
    format_percent,
    format_ratio,
)
from .table import Cell, Column, Missing, Table, Tone, make_cell

UNSPLIT = (PUBLISHED, ONE_GRAPH)  # their painter is the whole network
RANK = {"ok": 0, "failed": 1, "cannot run": 2}


@dataclass(frozen=True)
class Panel:
    """Rows that are shown together.

    Attributes:
        title: What they share, in words: scenario, size, and model.
        rows: Those that ran, the fastest first in each batch; then those that failed; then those that cannot run.
    """

    title: str
    rows: list[Row]

    @property
    def first_batch(self) -> list[Row]:
        """The rows of the smallest batch."""
        least = min((row.batch for row in self.rows), default=1)
        return [row for row in self.rows if row.batch == least]

    @property
    def best(self) -> Row | None:
        """The fastest row of the smallest batch in which one ran."""
        ran = [row for row in self.rows if row.images_per_second]
        least = min((row.batch for row in ran), default=1)
        return next((row for row in ran if row.batch == least), None)


@dataclass(frozen=True)
class RowColumn:
    """A column of the tables of a result.

    Attributes:
        column: Heading and meaning.
        read: Cell of a row; None where the row has none.
        brief: Whether it belongs into a README and a terminal, too.
    """

    column: Column
    read: Callable[[Row], Cell | None]
    brief: bool = True


def _read_percentile(name: str) -> Callable[[Row], Cell | None]:
    def read(row: Row) -> Cell | None:
        found = row.latency.get(name)
        return make_cell(found, format_milliseconds, tone="" if found.enough else "weak") if found else None

    return read


def _read_part(name: str) -> Callable[[Row], Cell | None]:
    def read(row: Row) -> Cell | None:
        found = None if row.backend in UNSPLIT else row.parts.get(name)
        return Cell(format_milliseconds(found.median), found.median) if found else None

    return read


def _read_bytes(name: str) -> Callable[[Row], Cell | None]:
    def read(row: Row) -> Cell | None:
        count = getattr(row, name)
        return None if count is None else Cell(format_bytes(count), count)

    return read


def _read_images(row: Row) -> Cell | None:
    return make_cell(row.images_per_second) if row.images_per_second else None


def _read_speedup(row: Row) -> Cell | None:
    found = row.speedup
    if found is None:
        return None
    if found.against == row.title:
        return Cell("reference", 1.0)
    tone: Tone = "weak" if not found.significant else "good" if found.value > 1 else "bad"
    return replace(make_cell(found, format_ratio), detail=format_bounds(found), tone=tone)


def _read_floor(row: Row) -> Cell | None:
    found = row.floor
    return Cell(format_ratio(found.times.value), found.times.value, format_bounds(found.times)) if found else None


def _read_cold_start(row: Row) -> Cell | None:
    cold = row.cold_start
    if cold is None:
        return None
    stages = (cold.start, cold.imports, cold.load, cold.build, cold.first_image)
    return Cell(format_duration(cold.total), cold.total, "+".join(f"{seconds:.1f}" for seconds in stages))


def _read_psnr(row: Row) -> Cell | None:
    found = row.accuracy
    if found is None:
        return None
    detail = f"max {found.max_difference:.0e}" if found.max_difference else ""
    return Cell(format_decibels(found.psnr), found.psnr, detail)


def _read_ciede(row: Row) -> Cell | None:
    found = row.accuracy
    if found is None:
        return None
    return Cell(format_number(found.ciede2000_mean), found.ciede2000_mean, f"p99 {format_number(found.ciede2000_p99)}")


COLUMNS = (
    *(
        RowColumn(
            Column(
                f"{name}{' [95 %]' if name == 'p50' else ''}, ms",
                f"{name} of the latency with its 95 % interval; pale where too few samples lie above it",
                detailed=name == "p50",
            ),
            _read_percentile(name),
        )
        for name in PERCENTILES
    ),
    RowColumn(Column("encoder, ms", "median of the line encoder alone"), _read_part("encoder"), brief=False),
    RowColumn(Column("painter, ms", "median of the painter alone"), _read_part("painter"), brief=False),
    RowColumn(Column("GPU, ms", "median of the time on the device alone, by its own events"), _read_part("device")),
    RowColumn(
        Column("images/s", "pictures over the mean duration; of a server, the highest rate that held", detailed=False),
        _read_images,
    ),
    RowColumn(
        Column("x eager fp32", "times faster than eager fp32 on the same device; pale where noise explains it"),
        _read_speedup,
    ),
    RowColumn(
        Column("x floor", "the median over the least time that the measured ceilings allow", detailed=False),
        _read_floor,
    ),
    RowColumn(
        Column("cold start", "a fresh process to its first picture, s: start + imports + load + build + first picture"),
        _read_cold_start,
    ),
    RowColumn(Column("memory", "most resident memory of its process"), _read_bytes("peak_rss_bytes")),
    RowColumn(Column("VRAM", "most memory of its process on the GPU"), _read_bytes("peak_vram_bytes")),
    RowColumn(Column("on disk", "the model's files that it reads"), _read_bytes("disk_bytes"), brief=False),
    RowColumn(
        Column("PSNR", "of its colors against eager fp32 on real line art, and their largest difference in [-1, 1]"),
        _read_psnr,
    ),
    RowColumn(Column("CIEDE2000", "mean color difference from eager fp32's picture; under 1 is not seen"), _read_ciede),
)


def make_panels(result: Result) -> Iterator[Panel]:
    """The rows of a result by scenario, model and size."""
    found: dict[tuple[str, str, tuple[int, int]], list[Row]] = {}
    for row in result.rows:
        found.setdefault((row.scenario, row.model, row.size), []).append(row)
    several = len({model for _, model, _ in found}) > 1
    for (scenario, model, (width, height)), rows in found.items():
        title = f"{scenario.replace('-', ' ')}, {width} x {height}" + (f", {model}" if several else "")
        yield Panel(title[0].upper() + title[1:], sorted(rows, key=_order))


def make_tables(result: Result, brief: bool) -> list[Table]:
    """A table for each panel; `brief` leaves out the columns that a README and a terminal can miss."""
    return [make_table_of_rows(panel, brief) for panel in make_panels(result)]


def make_table_of_rows(panel: Panel, brief: bool) -> Table:
    """The table of a panel, with the columns in which at least one row has something."""
    ran = [row for row in panel.rows if row.status == "ok"]
    cells = {one: [one.read(row) for row in ran] for one in COLUMNS if one.brief or not brief}
    shown = {one: read for one, read in cells.items() if any(read)}
    several = len({row.batch for row in panel.rows}) > 1
    head = [Column("way", "what ran", left=True)] + ([Column("batch", "pictures that run together")] if several else [])
    rows = []
    for index, row in enumerate(ran):
        first = [Cell(row.title)] + ([Cell(str(row.batch), row.batch)] if several else [])
        rows.append((*first, *(read[index] or Cell() for read in shown.values())))
    missing: dict[tuple[str, str, str], list[str]] = {}  # alike ones of several batches are told once
    for row in panel.rows:
        if row.status != "ok":
            missing.setdefault((row.title, row.status, row.reason), []).append(str(row.batch))
    told = [Missing(*key, f"batch {', '.join(where)}" if several else "") for key, where in missing.items()]
    return Table((*head, *(one.column for one in shown)), tuple(rows), panel.title, missing=tuple(told))


def describe_machine(result: Result) -> list[tuple[str, str]]:
    """What it was measured on, and how: names and values."""
    found = result.environment
    cpu = str(found.get("cpu") or "not known") + (" (virtual machine)" if found.get("virtual") else "")
    held = f", held to cores {_format_ranges(result.affinity)}" if result.affinity else ""
    rows = [
        ("processor", f"{cpu}, {found.get('cores')} cores"),
        ("instructions", " ".join(found.get("instructions") or ())),
        ("GPU", found.get("gpu") or "none"),
        ("memory", format_bytes(found.get("memory_bytes"))),
        ("system", f"{found.get('system')}, {found.get('python')}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in (found.get("versions") or {}).items())),
        ("revision", found.get("revision") or "not known"),
        ("settings", ", ".join(f"{name}={value}" for name, value in (found.get("flags") or {}).items()) or "none"),
        ("threads", f"{result.threads} for each runtime{held}"),
        ("date", result.date),
        ("command", result.command),
        *((f"model {name}", text) for name, text in describe_models(result).items()),
    ]
    return [(name, str(value)) for name, value in rows if value]


def describe_models(result: Result) -> dict[str, str]:
    """Each model in words, by name."""
    return {
        name: f"width {model.width}{', random weights' if model.random else ''}, "
        f"manifest SHA-256 {model.manifest_sha256[:16]}"
        for name, model in result.models.items()
    }


def describe_noise(result: Result) -> list[tuple[str, str]]:
    """How quiet the machine was: names and values."""
    found = result.noise
    rows = [("duration", format_duration(found.seconds))]
    if found.load_before is not None:
        rows.append(("load average before", f"{found.load_before:g}"))
    if found.others is not None:
        rows.append(("processors' time of other processes", format_percent(found.others)))
    if found.steal is not None:
        rows.append(("processors' time of other machines", format_percent(found.steal)))
    if found.clock_mhz:
        rows.append(("clock", f"{min(found.clock_mhz):.0f} to {max(found.clock_mhz):.0f} MHz"))
    if found.drift is not None:
        rows.append(("drift of the steadiest ceiling", format_percent(found.drift)))
    return rows


def list_warnings(result: Result) -> list[str]:
    """What a reader must know before the numbers: noise, and a measurement that was cut short."""
    return [
        *([] if result.complete else ["the run was stopped early: rounds or rows are missing"]),
        *result.noise.flags,
    ]


def _order(row: Row) -> tuple[int, int, float]:
    return RANK[row.status], row.batch, -(row.images_per_second.value if row.images_per_second else 0.0)


def _format_ranges(cores: Sequence[int]) -> str:
    """0-3, 6."""
    parts: list[list[int]] = []
    for core in sorted(cores):
        if parts and core == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], core]
        else:
            parts.append([core])
    return ", ".join("-".join(map(str, part)) for part in parts)
