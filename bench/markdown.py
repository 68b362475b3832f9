"""`pts bench --markdown`: the tables for a README, with what they were measured on and what could not run."""

import re
from collections.abc import Sequence
from pathlib import Path

from paintstorch_sdk.files import replacing

from . import columns
from .columns import Column
from .run import Row, Run
from .tables import table

WEAK = "°"  # after what says less than it seems to


def write(run: Run, path: Path) -> None:
    """Write the tables of a run.

    Raises:
        OutputError: It cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(text(run), "utf-8")


def text(run: Run, heading: str = "##") -> str:
    """The document; `heading` are the marks of its headings."""
    lines = [f"{heading} pts bench", ""]
    lines += [f"> **{escaped(warning)}**" for warning in columns.warnings(run)]
    lines += [""] if columns.warnings(run) else []
    lines += [
        *panels(run),
        "",
        f"Medians and percentiles of the latency with 95 % bootstrap intervals over rounds; each way in a process of "
        f"its own, all of them in turns. {WEAK} says less than it seems to: too few samples for the percentile, or a "
        "ratio that noise explains.",
        "",
    ]
    lines += [f"- {escaped(name)}: {escaped(value)}" for name, value in columns.machine(run) + columns.noise(run)]
    return "\n".join(lines) + "\n"


def panels(run: Run, brief: bool = True) -> list[str]:
    """The tables of a run, each with what could not run; `brief` is without the columns that a README can miss."""
    lines: list[str] = []
    for title, rows in columns.panels(run):
        lines += [f"**{escaped(title[0].upper() + title[1:])}**", "", *_table(rows, brief), "", *_absent(rows)]
    return lines[:-1]


def escaped(words: str) -> str:
    """Words from outside, of which nothing is markup: in a table, too."""
    return re.sub(r"([\\`*_|<>\[\]#&~])", r"\\\1", " ".join(words.split()))


def _table(rows: Sequence[Row], brief: bool) -> list[str]:
    ran = [row for row in rows if row.status == "ok"]
    shown = [column for column in columns.used(ran) if column.brief or not brief]
    several = len({row.batch for row in rows}) > 1
    if not ran:
        return ["Nothing ran."]
    headings = ["", *(["batch"] if several else []), *(column.heading for column in shown)]
    cells = [
        [escaped(row.title), *([str(row.batch)] if several else []), *(_cell(column, row) for column in shown)]
        for row in ran
    ]
    return table(headings, cells)


def _cell(column: Column, row: Row) -> str:
    cell = column.cell(row)
    if cell is None:
        return ""
    return cell.words + (f" ({cell.bounds})" if cell.bounds else "") + (WEAK if cell.weak else "")


def _absent(rows: Sequence[Row]) -> list[str]:
    """Rows that failed or cannot run, with their reasons; alike ones of several batches once."""
    found = {(row.title, row.status, row.reason): None for row in rows if row.status != "ok"}
    lines = [f"- {escaped(title)}: {status}: {escaped(reason)}" for title, status, reason in found]
    return [*lines, ""] if lines else []
