"""The tables of docs/performance.md that `pts bench` does not show."""

from collections.abc import Callable, Sequence

from ...floor import CONVOLUTION, find_best
from ...report.numbers import format_bytes, format_fixed, format_milliseconds, format_number, format_percent
from ...report.table import Cell, Table, make_cell, make_table
from ...result import Result, SubjectOutcome
from ...timing import TimeSamples, estimate_ratio
from . import canvas, colorize, layers, startup, training
from .outcomes import divide_by_whole, find_outcomes, subtract_part

GIGA = 1e-9

Cells = list[Cell | str]


def find_ceiling(results: Sequence[Result], precision: str) -> float | None:
    """Operations a second of the fastest convolution of a precision, of any result."""
    found = [find_best(result.ceilings, CONVOLUTION, "cpu", precision) for result in results]
    return max((one.rate.value for one in found if one), default=None)


def make_layer_tables(result: Result, results: Sequence[Result]) -> list[Table]:
    """Time, operations and rate of each stage and of each kind of layer; the ceilings are those of all results."""
    tables = []
    for outcome in find_outcomes(result, layers.CASE):
        title = f"{outcome.subject}, {outcome.facts.get('precision')}"
        if outcome.error:
            tables.append(make_table(["stage"], [[f"failed: {outcome.error}"]], title=title))
            continue
        parts = {name.split("/", 1)[1]: s.median for name, s in outcome.samples.items() if "/" in name}
        stages, kinds = (_select(parts, axis) for axis in (layers.STAGE, layers.KIND))
        total, flops, ceiling = (
            sum(stages.values()),
            _find_flops(outcome),
            find_ceiling(results, outcome.facts["precision"]),
        )
        shares = {name: format_percent(seconds / total) for name, seconds in {**stages, **kinds}.items()}
        rows = [_describe_work(name, s, flops.get(name, 0), ceiling, shares[name]) for name, s in stages.items()]
        rows.append(_describe_work("all", total, sum(flops.values()), ceiling, ""))
        headings = ["stage", "ms", "of all", "GFLOP", "GFLOP/s", "of the ceiling", "ms over the floor"]
        tables.append(make_table(headings, rows, title=title))
        rows = [
            [name, format_milliseconds(seconds), format_percent(seconds / total)] for name, seconds in kinds.items()
        ]
        tables.append(make_table(["kind of layer", "ms", "of all"], rows))
    return tables


def _select(parts: dict[str, float], axis: str) -> dict[str, float]:
    """The parts of one axis by their names, the longest first."""
    found = {name.partition("/")[2]: s for name, s in parts.items() if name.startswith(f"{axis}/")}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _find_flops(outcome: SubjectOutcome) -> dict[str, int]:
    return {f"{graph}/{stage}": n for graph, own in outcome.facts["flops"].items() for stage, n in own.items()}


def _describe_work(name: str, seconds: float, flops: float, ceiling: float | None, share: str) -> list[str]:
    rate = flops / seconds if seconds else 0.0
    return [
        name.replace("/", ", ", 1),
        format_milliseconds(seconds),
        share,
        format_number(flops * GIGA),
        format_number(rate * GIGA) if rate else "",
        format_percent(rate / ceiling) if ceiling and rate else "",
        format_milliseconds(seconds - flops / ceiling) if ceiling else "",
    ]


def make_canvas_table(result: Result) -> Table:
    """A stroke against a picture."""

    def read(outcome: SubjectOutcome) -> list[Cells]:
        once, stroke = outcome.samples[canvas.ONE_SHOT], outcome.samples[canvas.STROKE]
        share = make_cell(estimate_ratio(stroke, once))
        return [[f"{outcome.subject} {outcome.facts['precision']}", _make_median(once), _make_median(stroke), share]]

    return _make_case_table(result, canvas.CASE, ["ms", "picture [95 %]", "stroke [95 %]", "stroke / picture"], read)


def make_colorize_table(result: Result) -> Table:
    """The network's part of a picture's time."""

    def read(outcome: SubjectOutcome) -> list[Cells]:
        rows: list[Cells] = []
        for call, whole in outcome.samples.items():
            inner = outcome.samples.get(f"{call}/{colorize.NETWORK}")
            if inner:
                rest = subtract_part(whole, inner)
                name = f"{outcome.subject}, {outcome.facts['backend']} {outcome.facts['precision']}, {call}"
                share = make_cell(divide_by_whole(rest, whole).interval().scaled(100), unit=" %")
                rows.append([name, *map(_make_median, (whole, inner, rest)), share])
        return rows

    headings = ["ms", "picture [95 %]", "network", "the rest", "share of the rest"]
    return _make_case_table(result, colorize.CASE, headings, read)


def make_startup_table(result: Result) -> Table:
    """Times of fresh processes, and what the import is made of."""

    def read(outcome: SubjectOutcome) -> list[Cells]:
        imported = outcome.samples.get(startup.IMPORT_CALL)
        return [[outcome.subject, _make_median(outcome.samples[startup.PROCESS]), _make_median(imported)]]

    facts = (o.facts.get("milliseconds_by_package") for o in find_outcomes(result, startup.CASE) if not o.error)
    shares = ", ".join(f"{name} {ms:.0f}" for found in facts if found for name, ms in found.items())
    note = f"The import loads none of {', '.join(startup.HEAVY)}."
    note += f" What it is made of (`python -X importtime`), ms: {shares}." if shares else ""
    headings = ["ms", "whole process [95 %]", "inside it [95 %]"]
    return _make_case_table(result, startup.CASE, headings, read, note)


def make_training_tables(result: Result) -> list[Table]:
    """A batch of samples, and the steps that it feeds."""

    def read(outcome: SubjectOutcome) -> list[Cells]:
        taken, facts = outcome.samples[training.CALL], outcome.facts
        size = f"{facts['batch']} of {facts['crop']} px" + (f", width {facts['width']}" if "width" in facts else "")
        rate = make_cell(taken.interval().inverse().scaled(facts["batch"]))
        return [[outcome.subject, size, _make_median(taken), rate, format_bytes(facts.get("peak_bytes"))]]

    headings = ["", "a batch", "ms [95 %]", "pictures/s [95 %]", "memory"]
    rows: list[Cells] = [
        [step, name, make_cell(times, format_fixed(1))] for step, name, times in training.compare_steps(result)
    ]
    return [
        _make_case_table(result, training.CASE, headings, read),
        make_table(["step", "samples", "batches made in the time of a step [95 %]"], rows, words=2),
    ]


def _make_case_table(
    result: Result, case: str, headings: Sequence[str], read: Callable[[SubjectOutcome], list[Cells]], note: str = ""
) -> Table:
    """The rows of all outcomes of a case; one that failed says why."""
    rows: list[Cells] = []
    for outcome in find_outcomes(result, case):
        failed: Cells = [outcome.subject, f"failed: {outcome.error}", *[""] * (len(headings) - 2)]
        rows += [failed] if outcome.error else read(outcome)
    return make_table(headings, rows, note=note)


def _make_median(samples: TimeSamples | None) -> Cell:
    return make_cell(samples.interval(), format_milliseconds) if samples else Cell()
