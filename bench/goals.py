"""What the project wants to reach, and whether a record reaches it."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import tables
from .cases import canvas, colorize, layers, network, startup
from .record import Record
from .timing import Interval, difference, quotient, ratio

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


def goals(record: Record) -> Iterator[Goal]:
    """Every goal that the record has samples for."""
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
    table = network.table(PAPER)
    published = record.samples(table, network.PUBLISHED, network.CALL)
    best = tables.fastest(record, table)
    if published and best:
        taken = best.samples[network.CALL]
        what = f"fastest way ({best.subject}) against the published way, width {PAPER}"
        yield Goal(what, 3.3, ratio(published, taken), "{:.2f} times", at_least=True)
        floor = tables.ceiling(record, str(best.facts.get("precision")))
        flops = layers.operations(record, PAPER)
        if floor and flops:
            what = f"fastest way ({best.subject}) against the floor that its convolutions allow, width {PAPER}"
            yield Goal(what, 1.25, taken.interval().scaled(floor / flops), "{:.2f} times")


def section(record: Record) -> list[str]:
    """The table of the report."""
    rows = [
        [
            goal.what,
            ("at least " if goal.at_least else "at most ") + goal.form.format(goal.bound),
            tables.bounds(goal.measured, goal.form),
            goal.verdict,
        ]
        for goal in goals(record)
    ]
    return tables.table(["what", "goal", "measured [95 %]", ""], rows) if rows else []
