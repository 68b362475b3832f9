"""The columns of a run's table, alike in Markdown and on the page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from . import words
from .run import PERCENTILES, Percentile, Row, Run, Speedup
from .timing import Interval
from .ways import ONE_GRAPH, PUBLISHED

UNSPLIT = (PUBLISHED, ONE_GRAPH)  # their painter is the whole network


@dataclass(frozen=True)
class Cell:
    """One number of a row.

    Attributes:
        value: To sort by.
        words: As it is shown.
        bounds: Of its 95 % interval, as it is shown; "" where there is none.
        weak: It says less than it seems to: too few samples, or no difference beyond noise.
    """

    value: float
    words: str
    bounds: str = ""
    weak: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        heading: With the unit.
        about: What it is, a sentence.
        cell: Of a row; None where the row has none.
        brief: It belongs into a README's table, too.
    """

    heading: str
    about: str
    cell: Callable[[Row], Cell | None]
    brief: bool = True


def _bounds(found: Interval | Percentile | Speedup, form: Callable[[float], str] = words.number) -> str:
    return f"{form(found.low)}\N{EN DASH}{form(found.high)}"


def _percentile(name: str) -> Callable[[Row], Cell | None]:
    def cell(row: Row) -> Cell | None:
        found = row.latency.get(name)
        if found is None:
            return None
        bounds = _bounds(found, words.milliseconds)
        return Cell(found.value, words.milliseconds(found.value), bounds, not found.enough)

    return cell


def _part(name: str) -> Callable[[Row], Cell | None]:
    def cell(row: Row) -> Cell | None:
        found = None if row.backend in UNSPLIT else row.parts.get(name)
        return Cell(found.median, words.milliseconds(found.median)) if found else None

    return cell


def _images(row: Row) -> Cell | None:
    found = row.images_per_second
    if found is None:
        return None
    return Cell(found.value, words.number(found.value), _bounds(found))


def _speedup(row: Row) -> Cell | None:
    found = row.speedup
    if found is None:
        return None
    if found.against == row.title:
        return Cell(1.0, "reference")
    return Cell(found.value, words.times(found.value), _bounds(found), not found.significant)


def _floor(row: Row) -> Cell | None:
    found = row.floor
    if found is None:
        return None
    return Cell(found.times.value, words.times(found.times.value), _bounds(found.times))


def _cold(row: Row) -> Cell | None:
    return Cell(row.cold_start.total, words.duration(row.cold_start.total)) if row.cold_start else None


def _bytes(name: str) -> Callable[[Row], Cell | None]:
    def cell(row: Row) -> Cell | None:
        count = getattr(row, name)
        return None if count is None else Cell(count, words.size(count))

    return cell


def _psnr(row: Row) -> Cell | None:
    return Cell(row.accuracy.psnr, words.decibels(row.accuracy.psnr)) if row.accuracy else None


def _difference(row: Row) -> Cell | None:
    found = row.accuracy
    return Cell(found.max_difference, f"{found.max_difference:.1e}" if found.max_difference else "0") if found else None


def _ciede(row: Row) -> Cell | None:
    found = row.accuracy
    return Cell(found.ciede2000_mean, words.number(found.ciede2000_mean)) if found else None


BRIEF = ("p50", "p99")  # percentiles for a README
COLUMNS = (
    *(
        Column(
            f"{name}, ms",
            f"{name} of the latency; pale where too few samples lie above it",
            _percentile(name),
            name in BRIEF,
        )
        for name in PERCENTILES
    ),
    Column("encoder, ms", "median of the line encoder alone", _part("encoder"), False),
    Column("painter, ms", "median of the painter alone", _part("painter"), False),
    Column("GPU, ms", "median of the time on the device alone, by its own events", _part("device")),
    Column("images/s", "pictures over the mean duration; of a server, the highest rate that held", _images),
    Column("× eager fp32", "times faster than eager fp32 on the same device; pale where noise explains it", _speedup),  # noqa: RUF001
    Column("× the floor", "the median over the least time that the measured ceilings allow", _floor),  # noqa: RUF001
    Column("cold start", "a fresh process to its first picture: import, load, build, first picture", _cold),
    Column("memory", "most resident memory of its process", _bytes("peak_rss_bytes")),
    Column("VRAM", "most memory on the GPU", _bytes("peak_vram_bytes")),
    Column("on disk", "the model's files that it reads", _bytes("disk_bytes"), False),
    Column("PSNR", "of its colors against eager fp32 on real line art", _psnr),
    Column("max diff.", "largest difference of a color in [-1, 1] from eager fp32's", _difference, False),
    Column("CIEDE2000", "mean color difference from eager fp32's picture; under 1 is not seen", _ciede),
)


def used(rows: Sequence[Row]) -> list[Column]:
    """The columns in which at least one row has something."""
    return [column for column in COLUMNS if any(column.cell(row) for row in rows)]


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Rows that ran, the fastest first in each batch; then those that failed; then those that cannot run."""
    rank = {"ok": 0, "failed": 1, "cannot run": 2}

    def key(row: Row) -> tuple[int, int, float]:
        speed = row.images_per_second.value if row.images_per_second else 0.0
        return rank[row.status], row.batch, -speed

    return sorted(rows, key=key)


def panels(run: Run) -> Iterator[tuple[str, list[Row]]]:
    """Rows that are shown together, with the words for what they share: scenario, size, and model."""
    found: dict[tuple[str, str, tuple[int, int]], list[Row]] = {}
    for row in run.rows:
        found.setdefault((row.scenario, row.model, row.size), []).append(row)
    several = len({model for _, model, _ in found}) > 1
    for (scenario, model, (width, height)), rows in found.items():
        title = f"{scenario.replace('-', ' ')}, {width} x {height}"
        yield title + (f", {model}" if several else ""), ordered(rows)


def machine(run: Run) -> list[tuple[str, str]]:
    """What it was measured on, and how: names and values."""
    found = run.environment
    memory = found.get("memory_bytes")
    cpu = str(found.get("cpu") or "not known") + (" (virtual machine)" if found.get("virtual") else "")
    flags = found.get("flags") or {}
    versions = found.get("versions") or {}
    held = f", held to cores {_ranges(run.affinity)}" if run.affinity else ""
    rows = [
        ("processor", f"{cpu}, {found.get('cores')} cores"),
        ("instructions", " ".join(found.get("instructions") or ())),
        ("GPU", found.get("gpu") or "none"),
        ("memory", words.size(memory)),
        ("system", f"{found.get('system')}, {found.get('python')}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("revision", found.get("revision") or "not known"),
        ("settings", ", ".join(f"{name}={value}" for name, value in flags.items()) or "none"),
        ("threads", f"{run.threads} for each runtime{held}"),
        ("date", run.date),
        ("command", run.command),
    ]
    for name, model in run.models.items():
        weights = ", random weights" if model.random else ""
        rows.append((f"model {name}", f"width {model.width}{weights}, manifest SHA-256 {model.manifest_sha256[:16]}"))
    return [(name, str(value)) for name, value in rows if value]


def noise(run: Run) -> list[tuple[str, str]]:
    """How quiet the machine was: names and values."""
    found = run.noise
    rows = [("duration", words.duration(found.seconds))]
    if found.load_before is not None:
        rows.append(("load average before", f"{found.load_before:g}"))
    if found.others is not None:
        rows.append(("processors' time of other processes", words.percent(found.others)))
    if found.steal is not None:
        rows.append(("processors' time of other machines", words.percent(found.steal)))
    if found.clock_mhz:
        rows.append(("clock", f"{min(found.clock_mhz):.0f} to {max(found.clock_mhz):.0f} MHz"))
    if found.drift is not None:
        rows.append(("drift of the steadiest ceiling", words.percent(found.drift)))
    return rows


def warnings(run: Run) -> list[str]:
    """What a reader must know before the numbers: noise, and a run that was cut short."""
    found = [] if run.complete else ["the run was stopped early: rounds or rows are missing"]
    return [*found, *run.noise.flags]


def _ranges(cores: Sequence[int]) -> str:
    """0-3, 6."""
    parts: list[list[int]] = []
    for core in sorted(cores):
        if parts and core == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], core]
        else:
            parts.append([core])
    return ", ".join("-".join(map(str, part)) for part in parts)
