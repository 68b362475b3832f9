"""The tables of `pts bench`, `pts bench compare` and `pts evaluate` in a terminal."""

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text

from ..result import Result, Row
from .columns import describe_machine, make_tables
from .numbers import format_interval, format_milliseconds, format_rate
from .table import Cell, Column, Missing, Table, make_table

if TYPE_CHECKING:  # it imports SciPy, which takes a while
    from ..compare import ResultComparison, RowChange

TONES = {"": "", "weak": "dim", "good": "green", "bad": "red"}
REFERENCE = "eager fp32"
UNSURE = "*"  # marks a number that says less than it seems to
NOTES = (
    "cold start, s: interpreter + runtime's import + model loaded + model built + first picture",
    "x floor: the median over the time that FLOPs and bytes take at the ceilings' rates",
    f"{UNSURE} too few samples for that percentile, or a ratio that noise explains",
)


def print_table(table: Table, console: Console) -> None:
    """A table under its title; rows without numbers, and the note, below it."""
    if table.title:
        console.print(Text(_escape(table.title), "bold cyan"))
    shown = RichTable(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for index, column in enumerate(table.columns):
        least = max((len(row[index].text) for row in table.rows), default=0)  # details may be folded, numbers not
        justify: JustifyMethod = "left" if column.left else "right"
        heading = column.heading.replace(", ", ",\n")
        shown.add_column(heading, justify=justify, overflow="fold", min_width=min(least, 24))
    for row in table.rows:
        shown.add_row(*(_format_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)))
    if table.rows:
        console.print(shown)
    for missing in table.missing:
        console.print(_format_missing(missing))
    if table.note:
        console.print(Text(_escape(table.note), "dim"))


def print_result(result: Result, console: Console) -> None:
    """Machine, a table for each scenario, model and size, and what one must know to read them."""
    facts = RichTable.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in describe_machine(result):
        facts.add_row(name, Text(_escape(value)))
    facts.add_row("ceilings", _describe_ceilings(result))
    flags = "; ".join(result.noise.flags)
    facts.add_row("noise", Text(f"not quiet: {flags}", "yellow") if flags else "quiet")
    console.print(facts)
    for table in make_tables(result, brief=True):
        console.print()
        print_table(table, console)
    for note in (_describe_reference(result), *NOTES):
        console.print(Text(note, "dim"))
    for target in sorted({row.server.target for row in result.rows if row.server}):
        words = f"server: the highest rate of Poisson arrivals whose p99 holds {target * 1e3:.0f} ms, by bisection"
        console.print(Text(f"{words}; latencies are those at that rate", "dim"))
    if not result.complete:
        console.print(Text("interrupted: this is what was measured until then", "yellow"))


def _describe_reference(result: Result) -> str:
    """The reference of all accuracies: eager fp32, or the first of those that can run here."""
    judged = [row.title for row in result.rows if row.accuracy]
    reference = next((title for title in judged if title.startswith(REFERENCE)), next(iter(judged), REFERENCE))
    why = "" if reference.startswith(REFERENCE) else f", as {REFERENCE} cannot run here"
    return f"PSNR, CIEDE2000: against {reference} on the package's line art{why}"


def print_comparison(comparison: "ResultComparison", console: Console) -> None:
    """The rows of two results, what changed in each, and how many changed."""
    headings = ("row", "B p50, ms", "B / A [95 %]", "p, corrected", "")
    print_table(make_table(headings, [_make_row(change) for change in comparison.changes]), console)
    for warning in comparison.warnings:
        console.print(Text(warning, "yellow"))
    changed = [change for change in comparison.changes if change.changed]
    worse = sum(change.worse for change in changed)
    console.print(
        f"{len(changed)} of {len(comparison.changes)} rows changed beyond noise, {worse} for the worse; what counts is "
        f"a change of more than {comparison.margin:.1%} (the machine itself drifted by {comparison.drift:+.1%})"
    )


def _make_row(change: "RowChange") -> list[Cell | str]:
    row, ratio = change.row, change.ratio
    tone = "bad" if change.worse else "good" if change.changed else "weak"
    return [
        f"{row.title}, {_describe_block(row)}",
        format_milliseconds(row.median) if row.median else "",
        format_interval(ratio, lambda value: f"{value:.3f}") if ratio else "",
        f"{change.p:.2g}" if change.p is not None else "",
        Cell(change.verdict, tone=tone),  # type: ignore[arg-type]
    ]


def _describe_block(row: Row) -> str:
    return f"{row.scenario}, {row.model} (width {row.width}), {row.size[0]} x {row.size[1]}, batch {row.batch}"


def _describe_ceilings(result: Result) -> str:
    best: dict[tuple[str, str, str], tuple[float, str]] = {}
    for ceiling in result.ceilings:
        key = (ceiling.device, ceiling.what, ceiling.precision)
        best[key] = max(best.get(key, (0.0, "")), (ceiling.rate.value, ceiling.unit))
    rates = [f"{what} {precision}".strip() + f" {format_rate(*rate)}" for (_, what, precision), rate in best.items()]
    return ", ".join(rates) or "not measured"


def _format_cell(column: Column, cell: Cell) -> Text:
    text = Text(
        _escape(cell.text) + (UNSURE if cell.tone == "weak" and cell.value is not None else ""), TONES[cell.tone]
    )
    return text.append(f"\n{cell.detail}", "dim") if cell.detail and column.detailed else text


def _format_missing(missing: Missing) -> Text:
    head = (f"{missing.status}: {_escape(missing.title)}", "red" if missing.status == "failed" else "yellow")
    return Text.assemble(head, f"{missing.where and f' ({missing.where})'}: {_escape(missing.reason)}")


def _escape(text: str) -> str:
    """Text with control characters escaped: names of models may hold any."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
