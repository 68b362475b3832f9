"""The contents of a result's report: the columns of its tables, defined once, and the facts beside them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from ..result import PERCENTILES, Ceiling, Result, Row
from ..timing import Interval
from ..ways import ONE_GRAPH, PUBLISHED
from .numbers import (
    Format,
    format_bounds,
    format_bytes,
    format_decibels,
    format_duration,
    format_milliseconds,
    format_number,
    format_percent,
    format_rate,
)
from .table import Cell, Column, Missing, Table, Tone, make_table

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


Found = Interval | float | int | None


@dataclass(frozen=True)
class RowColumn:
    """A column of the tables of a result.

    Attributes:
        heading: Name, with the unit.
        about: A sentence that says what it is.
        find: Number of a row, with its interval where it has one; None where the row has none.
        form: How the number is written.
        detail: What is shown smaller; "" is the bounds of the interval.
        tone: Tone of the cell.
        brief: Whether it belongs into a README and a terminal, too.
        detailed: Whether a terminal shows what is shown smaller.
    """

    heading: str
    about: str
    find: Callable[[Row], Found]
    form: Format = format_number
    detail: Callable[[Row], str] = lambda row: ""
    tone: Callable[[Row], Tone] = lambda row: ""
    brief: bool = True
    detailed: bool = True

    def read(self, row: Row) -> Cell | None:
        """The cell of a row; None where it has nothing to show."""
        found = self.find(row)
        if found is None:
            return None
        value = found.value if isinstance(found, Interval) else found
        bounds = format_bounds(found, self.form) if isinstance(found, Interval) else ""
        return Cell(self.form(value), value, self.detail(row) or bounds, self.tone(row))


def _tell_part(name: str) -> Callable[[Row], Found]:
    return lambda row: row.parts[name].median if name in row.parts and row.backend not in UNSPLIT else None


def _tell_stages(row: Row) -> str:
    return "+".join(f"{seconds:.1f}" for seconds in msgspec.structs.astuple(row.cold_start)) if row.cold_start else ""


def _judge_speedup(row: Row) -> Tone:
    found = row.speedup
    if found is None or found.against == row.title:
        return ""
    return "weak" if not found.significant else "good" if found.value > 1 else "bad"


COLUMNS = (
    *(
        RowColumn(
            f"{name}{' [95 %]' if name == 'p50' else ''}, ms",
            f"{name} of the latency with its 95 % interval; pale where too few samples lie above it",
            lambda row, name=name: row.latency.get(name),  # type: ignore[misc]
            format_milliseconds,
            tone=lambda row, name=name: "" if row.latency[name].enough else "weak",  # type: ignore[misc]
            detailed=name == "p50",
        )
        for name in PERCENTILES
    ),
    RowColumn(
        "encoder, ms", "median of the line encoder alone", _tell_part("encoder"), format_milliseconds, brief=False
    ),
    RowColumn("painter, ms", "median of the painter alone", _tell_part("painter"), format_milliseconds, brief=False),
    RowColumn(
        "GPU, ms",
        "median of the time on the device alone, by its own events",
        _tell_part("device"),
        format_milliseconds,
    ),
    RowColumn(
        "images/s",
        "pictures over the mean duration; of a server, the highest rate that held",
        lambda row: row.images_per_second,
        detailed=False,
    ),
    RowColumn(
        "x eager fp32",
        "times faster than eager fp32 on the same device; pale where noise explains it",
        lambda row: row.speedup,
        tone=_judge_speedup,
    ),
    RowColumn(
        "x floor",
        "the median over the least time that the measured ceilings allow",
        lambda row: row.floor.times if row.floor else None,
        detailed=False,
    ),
    RowColumn(
        "cold start",
        "a fresh process to its first picture, s: start + imports + load + build + first picture",
        lambda row: row.cold_start.total if row.cold_start else None,
        format_duration,
        _tell_stages,
    ),
    RowColumn("memory", "most resident memory of its process", lambda row: row.peak_rss_bytes, format_bytes),
    RowColumn("VRAM", "most memory of its process on the GPU", lambda row: row.peak_vram_bytes, format_bytes),
    RowColumn("on disk", "the model's files that it reads", lambda row: row.disk_bytes, format_bytes, brief=False),
    RowColumn(
        "PSNR",
        "PSNR of its colors against eager fp32 on real line art, and their largest difference in [-1, 1]",
        lambda row: row.accuracy.psnr if row.accuracy else None,
        format_decibels,
        lambda row: f"max {row.accuracy.max_difference:.0e}" if row.accuracy and row.accuracy.max_difference else "",
    ),
    RowColumn(
        "CIEDE2000",
        "mean color difference from eager fp32's picture; under 1 is not seen",
        lambda row: row.accuracy.ciede2000_mean if row.accuracy else None,
        detail=lambda row: f"p99 {format_number(row.accuracy.ciede2000_p99)}" if row.accuracy else "",
    ),
)


def describe_row(row: Row) -> str:
    """All numbers of a row in words, for a mark that stands for it."""
    cells = [(one.heading, one.read(row)) for one in COLUMNS]
    told = [f"{heading.replace(' [95 %]', '')} {cell.text} {cell.detail}".strip() for heading, cell in cells if cell]
    return f"{row.title}, batch {row.batch}: {'; '.join(told)}"


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
    columns = [Column(one.heading, one.about, detailed=one.detailed) for one in shown]
    return Table((*head, *columns), tuple(rows), panel.title, missing=tuple(told))


def make_ceiling_table(result: Result, every: bool = False) -> Table:
    """The best rate of each kind by each library; or every one that was measured."""
    highest: dict[tuple[str, ...], Ceiling] = {}
    for found in sorted(result.ceilings, key=lambda ceiling: ceiling.rate.value):
        highest[found.what, found.device, found.precision, found.by, found.shape if every else ""] = found
    rows: list[list[Cell | str]] = []
    for found in [found for found in result.ceilings if found in highest.values()]:
        low, high = (format_rate(bound, found.unit) for bound in (found.rate.low, found.rate.high))
        rate = Cell(format_rate(found.rate.value, found.unit), found.rate.value, f"[{low}, {high}]")
        rows.append([f"{found.what}, {found.shape}", found.precision, f"{found.by}, {found.device}", rate])
    return make_table(["what", "precision", "by", "rate [95 %]"], rows, words=3)


def describe_machine(result: Result) -> list[tuple[str, str]]:
    """Machine and conditions of a measurement: names and values."""
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
    """Warnings that a reader must know before the numbers: noise, and a measurement that was cut short."""
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
