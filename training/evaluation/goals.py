"""Goals of the default model, and whether it reaches them: computed, never typed."""

from dataclasses import replace
from itertools import pairwise

from paintstorch_sdk.bench.report.goal import Goal
from paintstorch_sdk.bench.report.numbers import format_bounds, format_fixed
from paintstorch_sdk.bench.report.table import Cell

from .cases import COUNTS, FEW_AND_MANY, Condition
from .drawings import Lines
from .methods import BEFORE, BUCKET, PRODUCT
from .results import Mean, Results

LINES: tuple[Lines, ...] = ("xdog", "drawn")
LEAD = 3.0  # decibels over the bucket
ADHERENCE = {50: 0.5, 90: 1.0}  # CIEDE2000, by percentile: the exactness contract
ADHERENCE_PUBLISHED = 11.6  # median of the published PaintsTorch2 examples, by the same rule
LEAK = 0.25  # share of what leaked before
NAMES: dict[Lines, str] = {"xdog": "xDoG lines", "drawn": "drawn lines"}
ROWS = {  # what is better or equal in every row: name, sign of better, and what is no difference
    "psnr": ("PSNR", 1, 0.05),
    "regions_told": ("told regions right", 1, 0.005),
    "adherence": ("adherence", -1, 0.05),
    "bleeding": ("bleeding", -1, 0.005),
    "leak": ("leak", -1, 0.0005),
    "taken": ("regions with another's color", -1, 0.005),
}


def find_goals(results: Results) -> list[Goal]:
    """All goals of the default model; those that compare with what was before only where that was measured."""
    out = [_lead(results, Condition(lines, "natural", "messy", n)) for lines in LINES for n in FEW_AND_MANY]
    out += [_rise(results, lines) for lines in LINES]
    for percent, most in ADHERENCE.items():
        name = f"hint adherence, percentile {percent} of CIEDE2000 over all conditions, at most {most:g}"
        value = results.adherence(percent, PRODUCT, results.conditions)
        if value is None:
            out.append(_judge(name, None, Cell("no colored stroke")))
            continue
        published = f"(the published PaintsTorch2 examples: {ADHERENCE_PUBLISHED:g})" if percent == 50 else ""
        out.append(_judge(name, value <= most, Cell(f"{value:.2f}", value, published)))
    if BEFORE in results.methods:
        out += [_leak(results, lines) for lines in LINES]
        out += [_every_row(results, measure) for measure in ROWS]
    return out


def _lead(results: Results, condition: Condition) -> Goal:
    name = f"PSNR {LEAD:g} dB over the {BUCKET}: {NAMES[condition.lines]}, {condition.strokes} messy strokes"
    found = results.difference(condition, PRODUCT, BUCKET, "psnr")
    if found is None:
        return _judge(name, None, Cell("not measured"))
    cell = make_mean_cell(found, 1, sign=True)
    detail = ", ".join(filter(None, (cell.detail, f"n = {found.drawings}")))
    return _judge(name, found.value >= LEAD, replace(cell, text=f"{cell.text} dB", detail=detail))


def _rise(results: Results, lines: Lines) -> Goal:
    name = f"PSNR does not fall from {COUNTS[0]} to {COUNTS[-1]} tidy strokes: {NAMES[lines]}"
    means = [results.mean(Condition(lines, "natural", "tidy", n), PRODUCT, "psnr") for n in COUNTS]
    known = [mean.value for mean in means if mean is not None]
    if len(known) < len(means):
        return _judge(name, None, Cell("not measured"))
    rising = all(after >= before for before, after in pairwise(known))
    return _judge(name, rising, Cell(" -> ".join(f"{value:.1f}" for value in known) + " dB"))


def _leak(results: Results, lines: Lines) -> Goal:
    name = f"paper that got color, messy strokes, at most {LEAK:g} of before: {NAMES[lines]}"
    pairs = [
        (now.value, before.value)
        for condition in results.conditions
        if condition.lines == lines and condition.manner == "messy"
        if (now := results.mean(condition, PRODUCT, "leak"))
        if (before := results.mean(condition, BEFORE, "leak"))
    ]
    if not pairs:
        return _judge(name, None, Cell("not measured"))
    now, before = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    return _judge(name, now <= LEAK * before, Cell(f"{100 * before:.2f} -> {100 * now:.2f} %", now))


def _every_row(results: Results, measure: str) -> Goal:
    """Whether a measure is better than before or equal under every condition; where it is surely worse is said."""
    title, sign, same = ROWS[measure]
    found = {c: results.difference(c, PRODUCT, BEFORE, measure) for c in results.conditions}
    known = {condition: change for condition, change in found.items() if change is not None}
    worse = {condition: change for condition, change in known.items() if sign * change.value < -same}
    sure = [
        f"{describe_condition(condition, short=True)} {change.value:+.2g}"
        for condition, change in worse.items()
        if max(sign * bound for bound in change.bounds) < 0
    ]
    detail = f"beyond the 95 % interval worse: {'; '.join(sure) or 'none'}" if worse else ""
    cell = Cell(f"{len(known) - len(worse)} of {len(known)}", None, detail)
    return _judge(f"{title} better than before or equal in every row", not worse if known else None, cell)


def _judge(name: str, reached: bool | None, found: Cell) -> Goal:
    return Goal(name, "not measured" if reached is None else "met" if reached else "missed", found)


def describe_condition(condition: Condition, short: bool = False) -> str:
    """Colors and manner in words; short with lines and number."""
    if short:
        return f"{condition.lines} {condition.colors} {condition.manner} {condition.strokes}"
    manners = {"tidy": "tidy strokes", "messy": "messy strokes", "gaps": "lines with gaps", "pixels": "random pixels"}
    return f"{condition.colors} colors, {manners[condition.manner]}"


def make_mean_cell(found: Mean | None, digits: int, sign: bool = False) -> Cell:
    """A mean with its interval, where there is one."""
    if found is None:
        return Cell("-")
    form = format_fixed(digits, sign)
    return Cell(form(found.value), found.value, format_bounds(found, form) if found.bases > 1 else "")
