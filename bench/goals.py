"""What the project wants to reach, and whether what was measured reaches it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import tables
from .cases import canvas, colorize, startup, training
from .record import Record
from .run import Row, Run
from .timing import Interval, difference, quotient, ratio
from .ways import PUBLISHED

PAPER = 64  # width of the paper's network


@dataclass(frozen=True)
class Goal:
    """One goal against what was measured.

    Attributes:
        what: In words.
        bound: The goal.
        measured: In the same unit.
        form: How numbers of this unit are written.
        at_least: The goal is a lower bound; else an upper one.
    """

    what: str
    bound: float
    measured: Interval
    form: str
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """met, missed, or too close to tell."""
        below, above = self.measured.high <= self.bound, self.measured.low >= self.bound
        if not below and not above:
            return "too close to tell"
        return "met" if (above if self.at_least else below) else "**missed**"


def goals(records: Sequence[Record], runs: Sequence[Run] = ()) -> Iterator[Goal]:
    """Every goal that there are samples for."""
    for run in runs:
        yield from _of_run(run)
    for record in records:
        yield from _of_record(record)


def paper(run: Run) -> tuple[Row, Row] | None:
    """The published way and the fastest one, one picture after the other at the paper's width, of the same block."""
    rows = [
        row for row in run.rows if row.samples and (row.width, row.scenario, row.batch) == (PAPER, "single-stream", 1)
    ]
    published = next((row for row in rows if row.backend == PUBLISHED), None)
    alike = [row for row in rows if published and (row.model, row.size) == (published.model, published.size)]
    best = min(alike, key=lambda row: row.median or 0.0, default=None)
    return (published, best) if published and best else None


def section(records: Sequence[Record], runs: Sequence[Run]) -> list[str]:
    """The table of the report."""
    rows = [
        [
            goal.what,
            ("at least " if goal.at_least else "at most ") + goal.form.format(goal.bound),
            tables.bounds(goal.measured, goal.form),
            goal.verdict,
        ]
        for goal in goals(records, runs)
    ]
    return tables.table(["what", "goal", "measured [95 %]", ""], rows) if rows else []


def _of_run(run: Run) -> Iterator[Goal]:
    found = paper(run)
    if found is None:
        return
    published, best = found
    assert published.samples
    assert best.samples
    size = f"{best.size[0]} x {best.size[1]}"
    what = f"fastest way ({best.title}) against the published way, width {PAPER}, {size}"
    yield Goal(what, 3.3, ratio(published.samples, best.samples), "{:.2f} times", at_least=True)
    if best.floor:
        what = (
            f"fastest way ({best.title}) against the floor that convolutions of {best.precision} allow, width {PAPER}"
        )
        yield Goal(what, 1.25, best.floor.times, "{:.2f} times")


def _of_record(record: Record) -> Iterator[Goal]:
    imported = record.samples(startup.CASE, startup.IMPORT, startup.IMPORT_CALL)
    if imported:
        yield Goal("`import paintstorch_sdk`", 0.2, imported.interval(), "{:.3f} s")
    shell = record.samples(startup.CASE, startup.SHELL, startup.PROCESS)
    if shell:
        yield Goal("from the shell to a picture", 2.0, shell.interval(), "{:.2f} s")
    for entry in record.case(canvas.CASE):
        if entry.samples and f"width {PAPER}" in entry.subject:
            share = ratio(entry.samples[canvas.STROKE], entry.samples[canvas.ONE_SHOT])
            yield Goal(f"one more stroke against the whole picture, {entry.subject}", 0.72, share, "{:.2f}")
    for entry in record.case(colorize.CASE):
        for call, whole in entry.samples.items():
            inner = entry.samples.get(f"{call}/{colorize.NETWORK}")
            if inner:
                share = quotient(difference(whole, inner), whole).interval().scaled(100)
                what = f"share of pre- and postprocessing in `colorize()`, {entry.subject}, {call}"
                yield Goal(what, 15.0, share, "{:.1f} %")
    for step, samples, times in training.ratios(record):
        yield Goal(f"{step} against {samples} that feed it, by one worker", 1.0, times, "{:.1f} times", at_least=True)
