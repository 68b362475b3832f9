"""The tables of the report, in Markdown."""

from collections.abc import Sequence

from .cases import canvas as canvas_case
from .cases import ceilings as ceilings_case
from .cases import colorize as colorize_case
from .cases import layers as layers_case
from .cases import network as network_case
from .cases import startup as startup_case
from .cases import stream as stream_case
from .record import Entry, Record
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


def title(record: Record) -> str:
    """What the record was measured on, in a few words."""
    environment = record.facts["environment"]
    return f"{environment.get('gpu') or environment['cpu']}, {environment['cores']} cores"


def machine(record: Record) -> list[str]:
    """Machine, software, models, and how quiet it was."""
    facts = record.facts
    environment, noise = facts["environment"], facts["noise"]
    memory = environment["memory_bytes"]
    parts = [
        environment["cpu"] + (" (virtual machine)" if environment["virtual"] else ""),
        f"{environment['cores']} cores, {facts['threads']} threads for each runtime",
        f"{memory / 2**30:.0f} GiB" if memory else "",
        " ".join(environment["instructions"]),
    ]
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    rows = [
        ["machine", "; ".join(part for part in parts if part)],
        ["system", f"{environment['system']}, {environment['python']}"],
        ["versions", versions],
        ["revision", environment["revision"] or "not known"],
        ["date", facts["date"]],
        ["command", f"`{facts['command']}`; the samples are in `docs/measured/{record.name}.json`"],
    ]
    for name, bundle in facts["bundles"].items():
        rows.append([name, f"bundle {bundle['name']}, manifest SHA-256 {bundle['manifest_sha256'][:12]}"])
    effort = f"{facts['effort']['rounds']} rounds, {facts['effort']['seconds']:g} s of each call in each"
    rows += [["effort", effort], ["noise", _noise(noise)]]
    return [*table(["", "measured with"], rows)][:1] + ["| --- | --- |"] + [f"| {a} | {b} |" for a, b in rows]


def _noise(noise: dict[str, object]) -> str:
    if noise.get("others") is None:
        return "not known on this system"
    text = (
        f"load average {noise['load_before']} before; other processes had {_percent(noise['others'])} of the "
        f"processors' time, other machines {_percent(noise['steal'])}"
    )
    return text + ("; **noisy: trust the ratios more than the times**" if noise["noisy"] else "")


def _percent(share: object) -> str:
    return f"{100 * float(str(share)):.1f} %"


def fastest(record: Record, case: str) -> Entry | None:
    """The entry of a network's table with the shortest median."""
    whole = [entry for entry in record.case(case) if network_case.CALL in entry.samples]
    return min(whole, key=lambda entry: entry.samples[network_case.CALL].median, default=None)


def ceiling(record: Record, precision: str) -> float | None:
    """Operations a second of the fastest convolution of a precision."""
    rates = [
        entry.facts["flops"][call] / samples.median
        for entry in record.case(ceilings_case.CASE)
        if entry.facts.get("precision") == precision
        for call, samples in entry.samples.items()
        if call != ceilings_case.PRODUCT
    ]
    return max(rates, default=None)


def network(record: Record) -> list[str]:
    """One table for each width."""
    lines: list[str] = []
    for case in dict.fromkeys(entry.case for entry in record.entries if entry.case.startswith("network")):
        published = record.samples(case, network_case.PUBLISHED, network_case.CALL)
        flops = layers_case.operations(record, network_case.width(case))
        rows = [_network_row(record, entry, published, flops) for entry in record.case(case)]
        work = f", {flops * GIGA:.0f} GFLOP a picture" if flops else ""
        size = " x ".join(map(str, next(iter(record.case(case))).facts["size"]))
        headings = ["ms", "p50 [95 %]", "p90", "encoder", "painter", "published way / this", "of the ceiling"]
        lines += [f"**{case[0].upper()}{case[1:]}**, {size}{work}", ""]
        lines += [*table([*headings, "largest difference, PSNR", "peak memory"], rows), ""]
    return lines[:-1]


def _network_row(record: Record, entry: Entry, published: Samples | None, flops: float | None) -> list[str]:
    name = f"{entry.subject} ({entry.facts['how']})"
    taken = entry.samples.get(network_case.CALL)
    if taken is None:
        return [name, f"failed: {entry.error}", *[""] * 7]
    rate = ceiling(record, entry.facts["precision"])
    accuracy, peak = entry.facts["accuracy"], entry.facts["peak_bytes"]
    same = entry.subject == network_case.PUBLISHED
    return [
        name,
        milliseconds(taken),
        f"{taken.percentile(90) * MILLI:.0f}",
        milliseconds(entry.samples.get(f"{network_case.CALL}/encoder")),
        milliseconds(entry.samples.get(f"{network_case.CALL}/painter")),
        "1" if same else bounds(ratio(published, taken), "{:.2f}") if published else "",
        f"{100 * flops / taken.median / rate:.0f} %" if flops and rate else "",
        "" if same else f"{accuracy['max_difference']:.1e}, {accuracy['psnr']:.0f} dB",
        f"{peak * MIB:.0f} MiB" if peak else "",
    ]


def ceilings(record: Record) -> list[str]:
    """The best rates of each library."""
    rows = []
    for entry in record.case(ceilings_case.CASE):
        if entry.error:
            rows.append([entry.subject, "", f"failed: {entry.error}"])
            continue
        for unit, work in (("GFLOP/s", entry.facts.get("flops", {})), ("GB/s", entry.facts.get("bytes", {}))):
            rates = {call: entry.samples[call].interval().inverse().scaled(work[call] * GIGA) for call in work}
            products = {call for call in rates if call == ceilings_case.PRODUCT}
            best = max(rates.keys() - products, key=lambda call: rates[call].value, default=None)
            for call in [*products, *([best] if best else [])]:
                rows.append([entry.subject, call, f"{bounds(rates[call], '{:.0f}')} {unit}"])
    return table(["by", "what", "rate [95 %]"], rows) if rows else []


def layers(record: Record) -> list[str]:
    """Time, operations and rate of each stage and of each kind of layer."""
    lines: list[str] = []
    for entry in record.case(layers_case.CASE):
        if entry.error:
            lines += [f"{entry.subject}: failed: {entry.error}", ""]
            continue
        rate = ceiling(record, entry.facts["precision"])
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
                ]
            )
        headings = ["ms", "of all", "GFLOP", "GFLOP/s", "of the ceiling"]
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


def folder(record: Record) -> list[str]:
    """Frames a second."""
    rows = []
    for entry in record.case(stream_case.CASE):
        if entry.error:
            rows.append([entry.subject, f"failed: {entry.error}", "", ""])
        for call, whole in entry.samples.items():
            inner = entry.samples.get(f"{call}/{stream_case.NETWORK}")
            if inner is None:
                continue
            rate = whole.interval().inverse().scaled(entry.facts["frames"])
            size = " x ".join(map(str, entry.facts["size"]))
            name = f"{entry.subject}, {entry.facts['backend']} {entry.facts['precision']}, {size}, {call}"
            rows.append(
                [name, bounds(rate, "{:.1f}"), bounds(quotient(inner, whole).interval().scaled(100), "{:.0f} %")]
            )
    return table(["", "frames/s [95 %]", "network's share of the time"], rows) if rows else []


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
