"""The tables of the report, in Markdown."""

from collections.abc import Sequence

from . import words
from .cases import canvas as canvas_case
from .cases import colorize as colorize_case
from .cases import layers as layers_case
from .cases import startup as startup_case
from .cases import training as training_case
from .floor import CONVOLUTION, best
from .record import Record
from .run import Ceiling, Run
from .timing import Interval, Samples, difference, quotient, ratio

MILLI, GIGA, MIB = 1e3, 1e-9, 2.0**-20


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; all columns but the first are aligned to the right."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def bounds(interval: Interval, form: str) -> str:
    """An interval: the value, and its bounds in brackets, without their unit."""
    number = form.partition("}")[0] + "}"
    return f"{form.format(interval.value)} [{number.format(interval.low)}, {number.format(interval.high)}]"


def milliseconds(samples: Samples | None) -> str:
    """A median in milliseconds with its interval."""
    if samples is None:
        return ""
    interval = samples.interval().scaled(MILLI)
    return bounds(interval, "{:.0f}" if interval.value >= 100 else "{:.1f}")


def ceilings(run: Run) -> list[str]:
    """The best rate of each kind, by each library."""
    highest: dict[tuple[str, str, str, str], Ceiling] = {}
    for found in run.ceilings:
        key = (found.what, found.device, found.precision, found.by)
        if key not in highest or highest[key].rate.value < found.rate.value:
            highest[key] = found
    rows = [
        [
            f"{found.what}, {found.shape}",
            found.precision,
            f"{found.by}, {found.device}",
            f"{words.rate(found.rate.value, found.unit)} [{words.rate(found.rate.low, found.unit)}, "
            f"{words.rate(found.rate.high, found.unit)}]",
        ]
        for found in highest.values()
    ]
    return table(["what", "precision", "by", "rate [95 %]"], rows) if rows else []


def ceiling(runs: Sequence[Run], precision: str) -> float | None:
    """Operations a second of the fastest convolution of a precision, of any run."""
    found = [best(run.ceilings, CONVOLUTION, "cpu", precision) for run in runs]
    return max((one.rate.value for one in found if one), default=None)


def layers(record: Record, runs: Sequence[Run]) -> list[str]:
    """Time, operations and rate of each stage and of each kind of layer."""
    lines: list[str] = []
    for entry in record.case(layers_case.CASE):
        if entry.error:
            lines += [f"{entry.subject}: failed: {entry.error}", ""]
            continue
        rate = ceiling(runs, entry.facts["precision"])
        rows = []
        parts = {name.split("/", 1)[1]: s.median for name, s in entry.samples.items() if "/" in name}
        total = sum(seconds for name, seconds in parts.items() if name.startswith(f"{layers_case.STAGE}/"))
        for name, seconds in sorted(parts.items(), key=lambda item: -item[1]):
            axis, _, what = name.partition("/")
            if axis != layers_case.STAGE:
                continue
            graph, _, stage = what.partition("/")
            flops = entry.facts["flops"][graph].get(stage, 0)
            speed = flops / seconds if seconds else 0.0
            rows.append(
                [
                    f"{graph}, {stage}",
                    f"{seconds * MILLI:.1f}",
                    f"{100 * seconds / total:.0f} %",
                    f"{flops * GIGA:.2f}",
                    f"{speed * GIGA:.0f}" if flops else "",
                    f"{100 * speed / rate:.0f} %" if rate and flops else "",
                    f"{(seconds - flops / rate) * MILLI:.1f}" if rate else "",
                ]
            )
        flops = sum(sum(entry.facts["flops"][graph].values()) for graph in ("encoder", "painter"))
        over = f"{(total - flops / rate) * MILLI:.1f}" if rate else ""
        share = f"{100 * flops / total / rate:.0f} %" if rate and total else ""
        rows.append(
            ["all", f"{total * MILLI:.1f}", "", f"{flops * GIGA:.2f}", f"{flops / total * GIGA:.0f}", share, over]
        )
        headings = ["ms", "of all", "GFLOP", "GFLOP/s", "of the ceiling", "ms over the floor"]
        lines += [f"**{entry.subject}**, {entry.facts['precision']}", "", *table(["stage", *headings], rows), ""]
        lines += [*table(["kind of layer", *headings[:2]], _kinds(parts, total)), ""]
    return lines[:-1]


def _kinds(parts: dict[str, float], total: float) -> list[list[str]]:
    kinds = {name.partition("/")[2]: s for name, s in parts.items() if name.startswith(f"{layers_case.KIND}/")}
    ordered = sorted(kinds.items(), key=lambda item: -item[1])
    return [[name, f"{seconds * MILLI:.1f}", f"{100 * seconds / total:.0f} %"] for name, seconds in ordered]


def canvas(record: Record) -> list[str]:
    """A stroke against a picture."""
    rows = []
    for entry in record.case(canvas_case.CASE):
        if entry.error:
            rows.append([entry.subject, f"failed: {entry.error}", "", ""])
            continue
        once, stroke = entry.samples[canvas_case.ONE_SHOT], entry.samples[canvas_case.STROKE]
        name = f"{entry.subject} {entry.facts['precision']}"
        rows.append([name, milliseconds(once), milliseconds(stroke), bounds(ratio(stroke, once), "{:.2f}")])
    return table(["ms", "picture [95 %]", "stroke [95 %]", "stroke / picture"], rows) if rows else []


def colorize(record: Record) -> list[str]:
    """The network's part of a picture's time."""
    rows = []
    for entry in record.case(colorize_case.CASE):
        if entry.error:
            rows.append([entry.subject, f"failed: {entry.error}", "", "", ""])
        for call, whole in entry.samples.items():
            inner = entry.samples.get(f"{call}/{colorize_case.NETWORK}")
            if inner is None:
                continue
            rest = difference(whole, inner)
            name = f"{entry.subject}, {entry.facts['backend']} {entry.facts['precision']}, {call}"
            share = quotient(rest, whole).interval().scaled(100)
            rows.append([name, *map(milliseconds, (whole, inner, rest)), bounds(share, "{:.1f} %")])
    return table(["ms", "picture [95 %]", "network", "the rest", "share of the rest"], rows) if rows else []


def startup(record: Record) -> list[str]:
    """Seconds of fresh processes, and what the import is made of."""
    rows = []
    for entry in record.case(startup_case.CASE):
        if entry.error:
            rows.append([entry.subject, f"failed: {entry.error}", ""])
            continue
        imported = entry.samples.get(startup_case.IMPORT_CALL)
        rows.append([entry.subject, milliseconds(entry.samples[startup_case.PROCESS]), milliseconds(imported)])
    lines = table(["ms", "whole process [95 %]", "inside it [95 %]"], rows) if rows else []
    whole = record.entry(startup_case.CASE, startup_case.IMPORT)
    if whole and whole.samples:
        shares = ", ".join(f"{name} {ms:.0f}" for name, ms in whole.facts["milliseconds_by_package"].items())
        heavy = ", ".join(startup_case.HEAVY)
        lines += ["", f"The import loads none of {heavy}. What it is made of (`python -X importtime`), ms: {shares}."]
    return lines


def training(record: Record) -> list[str]:
    """A batch of samples, and the steps that it feeds."""
    rows = []
    for entry in record.case(training_case.CASE):
        if entry.error:
            rows.append([entry.subject, f"failed: {entry.error}", "", "", ""])
            continue
        taken, facts = entry.samples[training_case.CALL], entry.facts
        size = f"{facts['batch']} of {facts['crop']} px" + (f", width {facts['width']}" if "width" in facts else "")
        rate = bounds(taken.interval().inverse().scaled(facts["batch"]), "{:.1f}")
        peak = facts.get("peak_bytes")
        rows.append([entry.subject, size, milliseconds(taken), rate, f"{peak * MIB:.0f} MiB" if peak else ""])
    lines = table(["", "a batch", "ms [95 %]", "pictures/s [95 %]", "memory"], rows) if rows else []
    times = [[step, samples, bounds(found, "{:.1f}")] for step, samples, found in training_case.ratios(record)]
    if times:
        lines += ["", *table(["step", "samples", "batches made in the time of a step [95 %]"], times)]
    return lines
