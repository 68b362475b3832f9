"""The tables of docs/performance.md that `pts bench` does not show."""

from collections.abc import Sequence

from ..cases import canvas as canvas_case
from ..cases import colorize as colorize_case
from ..cases import layers as layers_case
from ..cases import startup as startup_case
from ..cases import training as training_case
from ..floor import CONVOLUTION, find_best
from ..result import Ceiling, Outcome, Result
from ..timing import Samples, difference, quotient, ratio
from .numbers import format_bytes, format_fixed, format_milliseconds, format_number, format_percent, format_rate
from .table import Cell, Table, make_cell, make_table

GIGA = 1e-9


def make_ceiling_table(result: Result, every: bool = False) -> Table:
    """The best rate of each kind by each library; or every one that was measured."""
    highest: dict[tuple[str, ...], Ceiling] = {}
    for found in result.ceilings:
        key = (found.what, found.device, found.precision, found.by, found.shape if every else "")
        if key not in highest or highest[key].rate.value < found.rate.value:
            highest[key] = found
    rows: list[list[Cell | str]] = [
        [
            f"{found.what}, {found.shape}",
            found.precision,
            f"{found.by}, {found.device}",
            make_cell(found.rate, lambda rate, unit=found.unit: format_rate(rate, unit)),  # type: ignore[misc]
        ]
        for found in highest.values()
    ]
    return make_table(["what", "precision", "by", "rate [95 %]"], rows, words=3)


def find_ceiling(results: Sequence[Result], precision: str) -> float | None:
    """Operations a second of the fastest convolution of a precision, of any result."""
    found = [find_best(result.ceilings, CONVOLUTION, "cpu", precision) for result in results]
    return max((one.rate.value for one in found if one), default=None)


def make_layer_tables(result: Result, results: Sequence[Result]) -> list[Table]:
    """Time, operations and rate of each stage and of each kind of layer; the ceilings are those of all results."""
    tables = []
    for outcome in result.find_outcomes(layers_case.CASE):
        title = f"{outcome.subject}, {outcome.facts.get('precision')}"
        if outcome.error:
            tables.append(make_table(["stage"], [[f"failed: {outcome.error}"]], title=title))
            continue
        parts = {name.split("/", 1)[1]: s.median for name, s in outcome.samples.items() if "/" in name}
        tables.append(_make_stage_table(title, outcome, parts, find_ceiling(results, outcome.facts["precision"])))
        kinds, total = _select(parts, layers_case.KIND), sum(_select(parts, layers_case.STAGE).values())
        rows = [
            [name, format_milliseconds(seconds), format_percent(seconds / total)] for name, seconds in kinds.items()
        ]
        tables.append(make_table(["kind of layer", "ms", "of all"], rows))
    return tables


def _make_stage_table(title: str, outcome: Outcome, parts: dict[str, float], ceiling: float | None) -> Table:
    stages = _select(parts, layers_case.STAGE)
    flops = {f"{graph}/{stage}": n for graph, own in outcome.facts["flops"].items() for stage, n in own.items()}
    total = sum(stages.values())

    def make_row(name: str, seconds: float, operations: float, share: str) -> list[str]:
        row = [name, format_milliseconds(seconds), share, format_number(operations * GIGA)]
        row.append(format_number(operations / seconds * GIGA) if operations and seconds else "")
        row.append(format_percent(operations / seconds / ceiling) if ceiling and operations and seconds else "")
        return [*row, format_milliseconds(seconds - operations / ceiling) if ceiling else ""]

    rows = [
        make_row(name.replace("/", ", ", 1), seconds, flops.get(name, 0), format_percent(seconds / total))
        for name, seconds in stages.items()
    ]
    rows.append(make_row("all", total, sum(flops.values()), ""))
    headings = ["stage", "ms", "of all", "GFLOP", "GFLOP/s", "of the ceiling", "ms over the floor"]
    return make_table(headings, rows, title=title)


def _select(parts: dict[str, float], axis: str) -> dict[str, float]:
    """The parts of one axis by their names, the longest first."""
    found = {name.partition("/")[2]: s for name, s in parts.items() if name.startswith(f"{axis}/")}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def make_canvas_table(result: Result) -> Table:
    """A stroke against a picture."""
    rows: list[list[Cell | str]] = []
    for outcome in result.find_outcomes(canvas_case.CASE):
        if outcome.error:
            rows.append([outcome.subject, f"failed: {outcome.error}", "", ""])
            continue
        once, stroke = outcome.samples[canvas_case.ONE_SHOT], outcome.samples[canvas_case.STROKE]
        name = f"{outcome.subject} {outcome.facts['precision']}"
        rows.append([name, _make_median(once), _make_median(stroke), make_cell(ratio(stroke, once))])
    return make_table(["ms", "picture [95 %]", "stroke [95 %]", "stroke / picture"], rows)


def make_colorize_table(result: Result) -> Table:
    """The network's part of a picture's time."""
    rows: list[list[Cell | str]] = []
    for outcome in result.find_outcomes(colorize_case.CASE):
        if outcome.error:
            rows.append([outcome.subject, f"failed: {outcome.error}", "", "", ""])
        for call, whole in outcome.samples.items():
            inner = outcome.samples.get(f"{call}/{colorize_case.NETWORK}")
            if inner is None:
                continue
            rest = difference(whole, inner)
            name = f"{outcome.subject}, {outcome.facts['backend']} {outcome.facts['precision']}, {call}"
            share = make_cell(quotient(rest, whole).interval().scaled(100), unit=" %")
            rows.append([name, *map(_make_median, (whole, inner, rest)), share])
    return make_table(["ms", "picture [95 %]", "network", "the rest", "share of the rest"], rows)


def make_startup_table(result: Result) -> Table:
    """Times of fresh processes, and what the import is made of."""
    rows: list[list[Cell | str]] = []
    note = ""
    for outcome in result.find_outcomes(startup_case.CASE):
        if outcome.error:
            rows.append([outcome.subject, f"failed: {outcome.error}", ""])
            continue
        imported = outcome.samples.get(startup_case.IMPORT_CALL)
        rows.append([outcome.subject, _make_median(outcome.samples[startup_case.PROCESS]), _make_median(imported)])
        if outcome.subject == startup_case.IMPORT:
            shares = ", ".join(f"{name} {ms:.0f}" for name, ms in outcome.facts["milliseconds_by_package"].items())
            heavy = ", ".join(startup_case.HEAVY)
            note = f"The import loads none of {heavy}. What it is made of (`python -X importtime`), ms: {shares}."
    return make_table(["ms", "whole process [95 %]", "inside it [95 %]"], rows, note=note)


def make_training_tables(result: Result) -> list[Table]:
    """A batch of samples, and the steps that it feeds."""
    rows: list[list[Cell | str]] = []
    for outcome in result.find_outcomes(training_case.CASE):
        if outcome.error:
            rows.append([outcome.subject, f"failed: {outcome.error}", "", "", ""])
            continue
        taken, facts = outcome.samples[training_case.CALL], outcome.facts
        size = f"{facts['batch']} of {facts['crop']} px" + (f", width {facts['width']}" if "width" in facts else "")
        rate = make_cell(taken.interval().inverse().scaled(facts["batch"]))
        rows.append([outcome.subject, size, _make_median(taken), rate, format_bytes(facts.get("peak_bytes"))])
    steps: list[list[Cell | str]] = [
        [step, name, make_cell(times, format_fixed(1))] for step, name, times in training_case.compare_steps(result)
    ]
    return [
        make_table(["", "a batch", "ms [95 %]", "pictures/s [95 %]", "memory"], rows, words=2),
        make_table(["step", "samples", "batches made in the time of a step [95 %]"], steps, words=2),
    ]


def _make_median(samples: Samples | None) -> Cell:
    return make_cell(samples.interval(), format_milliseconds) if samples else Cell()
