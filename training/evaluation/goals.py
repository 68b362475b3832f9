"""Goals of the default model, and whether it reaches them: computed, never typed."""

from dataclasses import replace
from itertools import pairwise

from paintstorch_sdk.bench.report.goal import Goal
from paintstorch_sdk.bench.report.numbers import format_bounds, format_fixed
from paintstorch_sdk.bench.report.table import Cell

from .cases import COUNTS, Condition
from .drawings import Lines
from .methods import FILL, PRODUCT
from .results import Mean, Results

LINES: tuple[Lines, ...] = ("xdog", "drawn")
LEAD = 2.0  # decibels over the baseline
LEAD_AT = (16, 64)  # strokes
ADHERENCE = 4.0  # CIEDE2000, median
ADHERENCE_PUBLISHED = 11.6  # of the published PaintsTorch2 examples, by the same rule
NAMES: dict[Lines, str] = {"xdog": "xDoG lines", "drawn": "drawn lines"}


def find_goals(results: Results, method: str = PRODUCT) -> list[Goal]:
    """All goals of the default model."""
    out = [_lead(results, method, Condition(lines, "natural", "tidy", n)) for lines in LINES for n in LEAD_AT]
    out += [_rise(results, method, lines) for lines in LINES]
    median = results.adherence(50, method, results.conditions)
    name = f"hint adherence, median CIEDE2000 over all conditions, at most {ADHERENCE:g}"
    if median is None:
        return [*out, _judge(name, None, Cell("no colored stroke"))]
    found = Cell(f"{median:.2f}", median, f"(the published PaintsTorch2 examples: {ADHERENCE_PUBLISHED:g})")
    return [*out, _judge(name, median <= ADHERENCE, found)]


def _lead(results: Results, method: str, condition: Condition) -> Goal:
    name = f"PSNR {LEAD:g} dB over {FILL}: {NAMES[condition.lines]}, {condition.strokes} tidy strokes, natural colors"
    found = results.difference(condition, method, FILL, "psnr")
    if found is None:
        return _judge(name, None, Cell("not measured"))
    cell = make_mean_cell(found, 1, sign=True)
    detail = ", ".join(filter(None, (cell.detail, f"n = {found.drawings}")))
    return _judge(name, found.value >= LEAD, replace(cell, text=f"{cell.text} dB", detail=detail))


def _rise(results: Results, method: str, lines: Lines) -> Goal:
    counts = COUNTS[1:]
    name = f"PSNR does not fall from {counts[0]} to {counts[-1]} strokes: {NAMES[lines]}"
    at = [Condition(lines, "natural", "tidy", n) for n in counts]
    means = [results.mean(condition, method, "psnr") for condition in at]
    known = [mean.value for mean in means if mean is not None]
    if len(known) < len(at):
        return _judge(name, None, Cell("not measured"))
    rising = all(after >= before for before, after in pairwise(known))
    return _judge(name, rising, Cell(" -> ".join(f"{value:.1f}" for value in known) + " dB"))


def _judge(name: str, reached: bool | None, found: Cell) -> Goal:
    return Goal(name, "not measured" if reached is None else "met" if reached else "missed", found)


def describe_condition(condition: Condition) -> str:
    """Colors and manner in words."""
    manners = {"tidy": "tidy strokes", "messy": "messy strokes", "gaps": "lines with gaps", "pixels": "random pixels"}
    return f"{condition.colors} colors, {manners[condition.manner]}"


def make_mean_cell(found: Mean | None, digits: int, sign: bool = False) -> Cell:
    """A mean with its interval, where there is one."""
    if found is None:
        return Cell("-")
    form = format_fixed(digits, sign)
    return Cell(form(found.value), found.value, format_bounds(found, form) if found.bases > 1 else "")
