"""Goals of the project for its times, and whether the measurements reach them."""

from collections.abc import Iterator, Sequence

from ...report.goal import Goal, Verdict
from ...report.numbers import Format, format_fixed, format_number
from ...report.table import make_cell
from ...result import Result, Row
from ...timing import Interval, estimate_ratio
from ...ways import PUBLISHED
from . import canvas, colorize, startup, training
from .outcomes import divide_by_whole, find_outcomes, find_samples, subtract_part

PAPER = 64  # width of the paper's network


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
    return Goal(name, verdict, make_cell(measured, form, f" {unit}" if unit else ""), bounded)


def _judge_int8(rows: Sequence[Row]) -> Iterator[Goal]:
    """Int8 against fp32 where nothing is in bf16."""
    alone = {row.precision: row for row in rows if row.backend == "openvino" and row.scenario == "single-stream"}
    if set(alone) == {"fp32", "int8"}:
        full, small = alone["fp32"].samples, alone["int8"].samples
        if full and small:
            name = "int8 against fp32 on a processor without bf16, the bundled model, 512 x 512"
            yield judge_goal(name, 2.2, estimate_ratio(full, small), unit="times", at_least=True)


def find_goals(results: Sequence[Result]) -> Iterator[Goal]:
    """Every goal that there are samples for."""
    for result in results:
        yield from _judge_rows(result)
    for result in results:
        yield from _judge_outcomes(result)


def find_paper_rows(result: Result) -> tuple[Row, Row] | None:
    """The published way and the fastest one, one picture after the other at the paper's width, of the same block."""
    wanted = (PAPER, "single-stream", 1)
    rows = [row for row in result.rows if row.samples and (row.width, row.scenario, row.batch) == wanted]
    published = next((row for row in rows if row.backend == PUBLISHED), None)
    alike = [row for row in rows if published and (row.model, row.size) == (published.model, published.size)]
    best = min(alike, key=lambda row: row.median or 0.0, default=None)
    return (published, best) if published and best else None


def _judge_rows(result: Result) -> Iterator[Goal]:
    yield from _judge_int8(result.rows)
    found = find_paper_rows(result)
    if found is None:
        return
    published, best = found
    assert published.samples
    assert best.samples
    name = f"fastest way ({best.title}) against the published way, width {PAPER}, {best.size[0]} x {best.size[1]}"
    faster = estimate_ratio(published.samples, best.samples)
    yield judge_goal(name, 3.3, faster, unit="times", at_least=True)
    if best.floor:
        name = (
            f"fastest way ({best.title}) against the floor that convolutions of {best.precision} allow, width {PAPER}"
        )
        yield judge_goal(name, 1.25, best.floor.times, unit="times")


def _judge_outcomes(result: Result) -> Iterator[Goal]:
    imported = find_samples(result, startup.CASE, startup.IMPORT, startup.IMPORT_CALL)
    if imported:
        yield judge_goal("import paintstorch_sdk", 0.2, imported.interval(), unit="s")
    shell = find_samples(result, startup.CASE, startup.SHELL, startup.PROCESS)
    if shell:
        yield judge_goal("from the shell to a picture", 2.0, shell.interval(), unit="s")
    for outcome in find_outcomes(result, canvas.CASE):
        if outcome.samples and f"width {PAPER}" in outcome.subject:
            share = estimate_ratio(outcome.samples[canvas.STROKE], outcome.samples[canvas.ONE_SHOT])
            yield judge_goal(f"one more stroke against the whole picture, {outcome.subject}", 0.72, share)
    for outcome in find_outcomes(result, colorize.CASE):
        for call, whole in outcome.samples.items():
            inner = outcome.samples.get(f"{call}/{colorize.NETWORK}")
            if inner:
                share = divide_by_whole(subtract_part(whole, inner), whole).interval().scaled(100)
                name = f"share of pre- and postprocessing in colorize(), {outcome.subject}, {call}"
                yield judge_goal(name, 15.0, share, unit="%")
    for step, samples, times in training.compare_steps(result):
        name = f"{step} against {samples} that feed it, by one worker"
        yield judge_goal(name, 1.0, times, format_fixed(1), "times", at_least=True)
