"""Tables in Markdown, and `pts bench --markdown`: what goes into a README."""

import re

from ..result import Result
from .columns import describe_machine, describe_noise, list_warnings, make_tables
from .table import Cell, Table

WEAK = "°"  # after what says less than it seems to


def escape_markdown(words: str) -> str:
    """Words from outside as plain text in Markdown, in a table, too."""
    return re.sub(r"([\\`*_|<>\[\]#&~])", r"\\\1", " ".join(words.split()))


def format_table(table: Table) -> list[str]:
    """The lines of a table; details stand behind their values, rows without numbers in a list below."""
    headings = [column.heading for column in table.columns]
    rule = ["---" if column.left else "---:" for column in table.columns]
    rows = [[_format_cell(cell) for cell in row] for row in table.rows]
    lines = [f"| {' | '.join(line)} |" for line in (headings, rule, *rows)] if rows else []
    missing = [
        f"- {escape_markdown(one.title)}{one.where and f' ({one.where})'}: {one.status}: {escape_markdown(one.reason)}"
        for one in table.missing
    ]
    return [*lines, *([""] if lines and missing else []), *missing]


def format_tables(result: Result, brief: bool = True) -> list[str]:
    """The tables of a result under their titles; `brief` is without the columns that a README can miss."""
    lines: list[str] = []
    for table in make_tables(result, brief):
        lines += [f"**{escape_markdown(table.title)}**", "", *([] if table.rows else ["Nothing ran.", ""])]
        lines += [*format_table(table), ""]
    return lines[:-1]


def format_result(result: Result) -> str:
    """The document of `pts bench --markdown`."""
    warnings = [f"> **{escape_markdown(warning)}**" for warning in list_warnings(result)]
    facts = describe_machine(result) + describe_noise(result)
    lines = [
        "## pts bench",
        "",
        *(["\n>\n".join(warnings), ""] if warnings else []),
        *format_tables(result),
        "",
        "Medians and percentiles of the latency with 95 % bootstrap intervals over rounds; each way in a process of "
        f"its own, all of them in turns. {WEAK} says less than it seems to: too few samples for the percentile, or a "
        "ratio that noise explains.",
        "",
        *(f"- {escape_markdown(name)}: {escape_markdown(value)}" for name, value in facts),
    ]
    return "\n".join(lines) + "\n"


def _format_cell(cell: Cell) -> str:
    words = escape_markdown(cell.text)
    if cell.value is None:
        words = f"**{words}**" if cell.tone == "bad" else words
    detail = cell.detail if cell.detail[:1] in ("", "[", "(") else f"({cell.detail})"
    weak = WEAK if cell.tone == "weak" and cell.value is not None else ""
    return " ".join(filter(None, (words, detail))) + weak
