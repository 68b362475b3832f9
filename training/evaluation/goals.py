"""What the default model is asked to reach, and whether it does: computed, never typed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .cases import COUNTS, Condition
from .drawings import Lines
from .methods import FILL, PRODUCT
from .results import Interval, Results

LINES: tuple[Lines, ...] = ("xdog", "drawn")
LEAD = 2.0  # decibels over the baseline
LEAD_AT = (16, 64)  # strokes
ADHERENCE = 4.0  # CIEDE2000, median
ADHERENCE_PUBLISHED = 11.6  # of the published PaintsTorch2 examples, by the same rule
NAMES: dict[Lines, str] = {"xdog": "xDoG lines", "drawn": "drawn lines"}


class Goal(NamedTuple):
    """One goal.

    Attributes:
        name: What is asked.
        reached: Whether the measured value is there; None where it could not be measured.
        found: What was measured, in words.
    """

    name: str
    reached: bool | None
    found: str


def goals(results: Results, method: str = PRODUCT) -> list[Goal]:
    """All goals of the default model."""
    out = [_lead(results, method, Condition(lines, "natural", "tidy", n)) for lines in LINES for n in LEAD_AT]
    out += [_rise(results, method, lines) for lines in LINES]
    median = results.adherence(50, method, results.conditions)
    name = f"hint adherence, median CIEDE2000 over all conditions, at most {ADHERENCE:g}"
    if median is None:
        return [*out, Goal(name, None, "no colored stroke")]
    found = f"{median:.2f}; the published PaintsTorch2 examples: {ADHERENCE_PUBLISHED:g}"
    return [*out, Goal(name, median <= ADHERENCE, found)]


def _lead(results: Results, method: str, condition: Condition) -> Goal:
    name = f"PSNR {LEAD:g} dB over {FILL}: {NAMES[condition.lines]}, {condition.strokes} tidy strokes, natural colors"
    found = results.difference(condition, method, FILL, "psnr")
    if found is None:
        return Goal(name, None, "not measured")
    return Goal(name, found.value >= LEAD, f"{words(found, 1, sign=True)} dB, n = {found.drawings}")


def _rise(results: Results, method: str, lines: Lines) -> Goal:
    counts = COUNTS[1:]
    name = f"PSNR does not fall from {counts[0]} to {counts[-1]} strokes: {NAMES[lines]}"
    at = [Condition(lines, "natural", "tidy", n) for n in counts]
    means = [results.mean(condition, method, "psnr") for condition in at]
    known = [mean.value for mean in means if mean is not None]
    if len(known) < len(at):
        return Goal(name, None, "not measured")
    rising = all(after >= before for before, after in pairwise(known))
    return Goal(name, rising, " -> ".join(f"{value:.1f}" for value in known) + " dB")


def label(condition: Condition) -> str:
    """Colors and manner in words."""
    manners = {"tidy": "tidy strokes", "messy": "messy strokes", "gaps": "lines with gaps", "pixels": "random pixels"}
    return f"{condition.colors} colors, {manners[condition.manner]}"


def words(found: Interval | None, digits: int, *, sign: bool = False) -> str:
    """A mean with its interval."""
    if found is None:
        return "-"
    form = f"{'+' if sign else ''}.{digits}f"
    if found.bases < 2:
        return f"{found.value:{form}}"
    return f"{found.value:{form}} [{found.low:{form}}, {found.high:{form}}]"


def summary(found: Sequence[Goal]) -> str:
    """How many were reached."""
    known = [goal for goal in found if goal.reached is not None]
    return f"{sum(bool(goal.reached) for goal in known)} of {len(known)}"
