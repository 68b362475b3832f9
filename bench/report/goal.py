"""A goal, whether it was reached, and the table that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .table import Cell, Table, Tone, make_table

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
    """

    name: str
    verdict: Verdict
    found: Cell
    bound: str = ""


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
    """Number of goals that were met, of those that were measured."""
    known = [goal for goal in goals if goal.verdict != "not measured"]
    return f"{sum(goal.verdict == 'met' for goal in known)} of {len(known)}"
