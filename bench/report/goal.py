"""A goal, whether it was reached, and the table that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..timing import Interval
from .numbers import Format, format_number
from .table import Cell, Table, Tone, make_cell, make_table

Verdict = Literal["met", "missed", "too close to tell", "not measured"]
TONES: dict[Verdict, Tone] = {"met": "good", "missed": "bad", "too close to tell": "weak", "not measured": "weak"}


@dataclass(frozen=True)
class Goal:
    """One goal.

    Attributes:
        name: What is to be reached.
        verdict: Whether it was.
        found: What was measured.
        bound: Bound of the measured value, in words; "" where the name says it.
        measured: Value with its interval, where there is one.
    """

    name: str
    verdict: Verdict
    found: Cell
    bound: str = ""
    measured: Interval | None = None


def judge_goal(
    name: str, bound: float, measured: Interval, form: Format = format_number, unit: str = "", at_least: bool = False
) -> Goal:
    """A goal that is met or missed where the whole interval lies on one side of the bound.

    Args:
        name: What is to be reached.
        bound: An upper bound, or a lower one.
        measured: The measured value, in the same unit.
        form: How numbers of this unit are written.
        unit: Written behind them.
        at_least: Whether the bound is a lower one.
    """
    below, above = measured.high <= bound, measured.low >= bound
    verdict: Verdict = "too close to tell"
    if below or above:
        verdict = "met" if (above if at_least else below) else "missed"
    bounded = f"at {'least' if at_least else 'most'} {form(bound)}{f' {unit}' if unit else ''}"
    return Goal(name, verdict, make_cell(measured, form, f" {unit}" if unit else ""), bounded, measured)


def make_goal_table(goals: Sequence[Goal], title: str = "Goals") -> Table:
    """Goals and what came of them."""
    bounded = any(goal.bound for goal in goals)
    rows: list[list[Cell | str]] = [
        [
            Cell(goal.verdict, tone=TONES[goal.verdict]),
            goal.name,
            *([goal.bound] if bounded else []),
            goal.found,
        ]
        for goal in goals
    ]
    headings = ["", "goal", *(["bound"] if bounded else []), "measured [95 %]"]
    return make_table(headings, rows, title=title, words=len(headings))


def summarize_goals(goals: Sequence[Goal]) -> str:
    """How many were met, of those that were measured."""
    known = [goal for goal in goals if goal.verdict != "not measured"]
    return f"{sum(goal.verdict == 'met' for goal in known)} of {len(known)}"
