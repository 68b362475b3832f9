"""The one table that everything measured is shown in, whatever writes it: terminal, Markdown, CSV, or a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..timing import Interval
from .numbers import Format, format_bounds, format_number

Tone = Literal["", "weak", "good", "bad"]


@dataclass(frozen=True)
class Cell:
    """The content of one place.

    Attributes:
        text: Text that is shown.
        value: Number to sort by, as measured; None where there is none.
        detail: What is shown smaller, or in a second line: bounds of an interval, parts of a sum.
        tone: "weak" says less than it seems to: too few samples, or a ratio that noise explains.
    """

    text: str = ""
    value: float | None = None
    detail: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        heading: Name, with the unit.
        about: A sentence that says what it is.
        left: Whether it is words, aligned to the left.
        detailed: Whether a terminal, which has little room, shows the details of its cells.
    """

    heading: str
    about: str = ""
    left: bool = False
    detailed: bool = True


@dataclass(frozen=True)
class Missing:
    """A row without numbers: what it is, what became of it, and why, in one line; and of which batches.

    Attributes:
        title: Name of the row.
        status: What became of it.
        reason: Why, in one line.
        where: Batches that it stands for, where a table has several.
    """

    title: str
    status: str
    reason: str
    where: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under headings.

    Attributes:
        columns: Its columns.
        rows: A cell for each column.
        title: Heading of the whole.
        note: Paragraph that says how to read it.
        missing: Rows without numbers.
        brief: Whether it is for a terminal, too; else only for a report.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    note: str = ""
    missing: tuple[Missing, ...] = ()
    brief: bool = True

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.columns) for row in self.rows)


def make_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    *,
    title: str = "",
    note: str = "",
    words: int = 1,
    brief: bool = True,
) -> Table:
    """A table of cells and plain words; the first `words` columns are aligned to the left."""
    columns = tuple(Column(heading, left=index < words) for index, heading in enumerate(headings))
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)
    return Table(columns, cells, title, note, brief=brief)


def make_cell(found: Interval | None, form: Format = format_number, unit: str = "") -> Cell:
    """The cell of an interval; an empty one of None."""
    if found is None:
        return Cell()
    return Cell(f"{form(found.value)}{unit}", found.value, format_bounds(found, form))
