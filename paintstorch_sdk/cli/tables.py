"""Tables and lists of facts on stdout."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every command imports this file, most print nothing by rich
    from rich.text import Text


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values; a name that comes again is shown once."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for name, value in facts:
        table.add_row("" if name == before else name, Text(value))
        before = name
    Console().print(table)


def print_table(
    headings: Sequence[str], rows: "Iterable[Sequence[str | Text]]", *, right: Collection[str] = (), whole: int = 0
) -> None:
    """A table.

    Args:
        headings: Headings of its columns.
        rows: Cells by column; text is no markup.
        right: Headings of the columns that are aligned to the right.
        whole: Number of first columns whose cells are never folded.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for index, heading in enumerate(headings):
        justify = "right" if heading in right else "left"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=index < whole)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    Console().print(table)
