"""The tables of `pts bench` and `pts bench compare` in a terminal."""

import itertools
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .accuracy import EQUAL
from .compare import Change, Comparison
from .run import PERCENTILES, Row, Run
from .timing import Interval

MILLI, MIB, MEGA, GIGA = 1e3, 2.0**20, 1e6, 1e9
UNSURE = "*"  # marks a percentile that the samples are too few for


def show(run: Run, console: Console) -> None:
    """Machine, a table of the rows of each block, and what one must know to read it."""
    console.print(_machine(run))
    for title, rows in itertools.groupby(run.rows, _block):
        console.print(Text(f"\n{title}", "bold cyan"))
        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("backend\n", min_width=22, overflow="fold")
        for heading, width in (
            ("ms: p50 [95 %]\np90, p99, p99.9", 20),
            ("images/s\n", 8),
            ("x eager fp32\n[95 %]", 12),
            ("cold start, s\nof which", 18),
            ("MiB\ndisk", 5),
            ("PSNR, max\nCIEDE2000, p99", 14),
            ("x floor\n", 7),
        ):
            table.add_column(heading, justify="right", min_width=width, overflow="fold")
        for row in rows:
            table.add_row(*_cells(row))
        console.print(table)
    console.print(*_reasons(run), sep="\n")
    for line in _notes(run):
        console.print(line)


def show_comparison(comparison: Comparison, console: Console) -> None:
    """The rows of two runs that changed, and how many did not."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("row", overflow="fold")
    for heading in ("B p50, ms", "B / A [95 %]", "p, corrected"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for change in comparison.changes:
        table.add_row(*_change(change))
    console.print(table)
    for warning in comparison.warnings:
        console.print(Text(warning, "yellow"))
    changed = [change for change in comparison.changes if change.changed]
    worse = sum(change.worse for change in changed)
    console.print(
        f"{len(changed)} of {len(comparison.changes)} rows changed beyond noise, {worse} for the worse; what counts is "
        f"a change of more than {comparison.margin:.1%} (the machine itself drifted by {comparison.drift:+.1%})"
    )


def _block(row: Row) -> str:
    return f"{row.scenario}, {row.model} (width {row.width}), {row.size[0]} x {row.size[1]}, batch {row.batch}"


def _machine(run: Run) -> Table:
    environment = run.environment
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    held = f", held to cores {', '.join(map(str, run.affinity))}" if run.affinity else ""
    instructions = " ".join(environment["instructions"])
    table.add_row("machine", f"{environment['cpu']}, {environment['cores']} cores, {environment['gpu'] or 'no GPU'}")
    table.add_row("", f"{instructions}; {run.threads} threads for each runtime{held}")
    versions = environment["versions"]
    table.add_row("versions", ", ".join(f"{name} {version}" for name, version in versions.items()))
    models = ", ".join(f"{m.name} (width {m.width}, manifest {m.manifest_sha256[:12]})" for m in run.models.values())
    table.add_row("models", f"{models}; revision {environment['revision'] or 'not known'}")
    best: dict[tuple[str, str, str], float] = {}
    for ceiling in run.ceilings:
        key = (ceiling.device, ceiling.what, ceiling.precision)
        best[key] = max(best.get(key, 0.0), ceiling.rate.value)
    rates = [
        f"{what} {precision} {rate / GIGA:.0f} G{'FLOP' if precision else 'B'}/s".replace("  ", " ")
        for (_, what, precision), rate in best.items()
    ]
    table.add_row("ceilings", ", ".join(rates) or "not measured")
    flags = "; ".join(run.noise.flags)
    table.add_row("noise", Text(f"not quiet: {flags}", "yellow") if flags else "quiet")
    return table


def _cells(row: Row) -> list[Text]:
    name = Text(row.title, "bold" if row.status == "ok" else "dim")
    if row.samples is None:
        return [name, Text(row.status, "red" if row.status == "failed" else "yellow")]
    return [
        name,
        _latency(row),
        _throughput(row),
        _speedup(row),
        _cold_start(row),
        Text(f"{row.peak_rss_bytes / MIB:.0f}\n" if row.peak_rss_bytes else "\n").append(
            f"{row.disk_bytes / MIB:.1f}" if row.disk_bytes else "", "dim"
        ),
        _accuracy(row),
        Text(f"{row.floor.times.value:.2f}" if row.floor else ""),
    ]


def _latency(row: Row) -> Text:
    if not row.latency:
        assert row.samples is not None
        return Text(f"{_bounds(row.samples.interval().scaled(MILLI))}\n").append("a folder", "dim")
    first, *rest = (row.latency[name] for name in PERCENTILES)
    text = Text(_bounds(Interval(first.value, first.low, first.high).scaled(MILLI)) + "\n")
    return text.append(" ".join(_number(p.value * MILLI) + ("" if p.enough else UNSURE) for p in rest), "dim")


def _throughput(row: Row) -> Text:
    if row.server:
        return Text(f"{row.server.rate:.3g} hold\n").append(f"{row.server.failed_rate:.3g} do not", "dim")
    return Text(f"{row.images_per_second.value:.3g}" if row.images_per_second else "")


def _speedup(row: Row) -> Text:
    if row.speedup is None:
        return Text("")
    style = ("green" if row.speedup.value > 1 else "red") if row.speedup.significant else "dim"
    bounds = f"[{row.speedup.low:.2f}, {row.speedup.high:.2f}]"
    return Text(f"{row.speedup.value:.2f}\n", style).append(bounds, "dim")


def _cold_start(row: Row) -> Text:
    cold = row.cold_start
    if cold is None:
        return Text("")
    stages = (cold.start, cold.imports, cold.load, cold.build, cold.first_image)
    return Text(f"{cold.total:.2f}\n").append(" ".join(f"{seconds:.1f}" for seconds in stages), "dim")


def _accuracy(row: Row) -> Text:
    found = row.accuracy
    if found is None:
        return Text("")
    first = "equal" if found.psnr >= EQUAL else f"{found.psnr:.0f} dB {found.max_difference:.1g}"
    return Text(f"{first}\n", "" if found.limit else "dim").append(
        f"{found.ciede2000_mean:.2f} {found.ciede2000_p99:.2f}", "dim"
    )


def _change(change: Change) -> Iterable[Text]:
    row, ratio = change.row, change.ratio
    style = "red" if change.worse else "green" if change.changed else "dim"
    median = row.median
    return (
        Text(f"{row.title}, {_block(row)}"),
        Text(_number(median * MILLI) if median else ""),
        Text(f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]" if ratio else ""),
        Text(f"{change.p:.2g}" if change.p is not None else ""),
        Text(change.verdict, style),
    )


def _reasons(run: Run) -> Iterable[Text]:
    """Why rows are missing; a reason that several blocks share is told once."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for row in run.rows:
        if row.status != "ok":
            told.setdefault((row.status, row.title, row.reason), []).append(_block(row))
    blocks = len(set(map(_block, run.rows)))
    for (status, title, reason), where in told.items():
        style = "red" if status == "failed" else "yellow"
        place = "" if len(where) == blocks else f" ({'; '.join(where)})"
        yield Text.assemble((f"{status}: {title}", style), f"{place}: {reason}")


def _notes(run: Run) -> Iterable[Text]:
    yield Text("cold start: interpreter, runtime's import, model loaded, model built, first picture", "dim")
    yield Text("accuracy: against eager fp32 on the package's line art", "dim")
    yield Text("floor: the time that FLOPs and bytes take at the ceilings' rates", "dim")
    for target in sorted({row.server.target for row in run.rows if row.server}):
        words = f"server: the highest rate of Poisson arrivals whose p99 holds {target * MILLI:.0f} ms, by bisection"
        yield Text(f"{words}; latencies are those at that rate", "dim")
    if any(not p.enough for row in run.rows for p in row.latency.values()):
        yield Text(f"{UNSURE} too few samples for that percentile: it is no more than the largest of them", "dim")
    if not run.complete:
        yield Text("interrupted: this is what was measured until then", "yellow")


def _bounds(interval: Interval) -> str:
    return f"{_number(interval.value)} [{_number(interval.low)}, {_number(interval.high)}]"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
