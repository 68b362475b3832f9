"""From what was taken to what is told: rows with intervals, ratios, cold start, and their distance from the floor."""

from collections.abc import Mapping, Sequence
from typing import Any

from .cases import ceilings as ceilings_case
from .cases.scenarios import CALL, Setting
from .document import decode
from .floor import CONVOLUTION, COPY, Work, floor
from .record import Entry
from .rounds import SERVER
from .run import PERCENTILES, Accuracy, Ceiling, ColdStart, Percentile, Row, Server, Speedup, Status, WarmUp
from .timing import Interval, Samples, ratio
from .ways import Way

Facts = Mapping[str, Any]


def row(
    way: Way,
    setting: Setting,
    model: tuple[str, int],
    entry: Entry,
    reference: Entry | None,
    work: Work | None,
    ceilings: Sequence[Ceiling],
) -> Row:
    """The row of one way.

    Args:
        way: What ran.
        setting: In what.
        model: Its name and its generator's width.
        entry: What was taken of it.
        reference: What was taken of eager fp32, None where nothing was.
        work: Of one sample, where it is known and comparable.
        ceilings: Of the same run.
    """
    facts, samples = entry.facts, entry.samples.get(CALL)
    name, width = model
    server: Server | None = facts.get(SERVER)
    pictures = {"offline": setting.frames, "interactive": 1, "server": 1}.get(setting.scenario, setting.batch)
    return Row(
        backend=way.backend,
        device=way.device,
        precision=way.precision,
        model=name,
        width=width,
        size=setting.size,
        batch=setting.batch,
        scenario=setting.scenario,
        how=way.how,
        status=_status(entry),
        reason=entry.error,
        version=str(facts.get("version", "")),
        pictures=pictures,
        samples=samples,
        parts={call.partition("/")[2]: s for call, s in entry.samples.items() if call.startswith(f"{CALL}/")},
        latency=percentiles(samples) if samples and setting.scenario != "offline" else {},
        images_per_second=_throughput(samples, pictures, server) if samples else None,
        speedup=_speedup(entry, reference) if samples and reference else None,
        cold_start=_cold_start(facts),
        warm_up=_warm_up(facts),
        peak_rss_bytes=facts.get("peak_bytes"),
        peak_vram_bytes=facts.get("peak_vram_bytes"),
        disk_bytes=facts.get("disk_bytes"),
        accuracy=decode(Accuracy, facts["accuracy"]) if samples and "accuracy" in facts else None,
        floor=floor(work, samples, ceilings, way.device, way.precision) if samples and work else None,
        server=server if samples else None,
    )


def percentiles(samples: Samples) -> dict[str, Percentile]:
    """The percentiles that are told, with their intervals."""
    found = samples.intervals(tuple(PERCENTILES.values()))
    count = len(samples.values)
    return {
        name: Percentile(i.value, i.low, i.high, count * (100 - percent) >= 100 - 1e-6)
        for (name, percent), i in zip(PERCENTILES.items(), found, strict=True)
    }


def ceilings(entries: Sequence[Entry]) -> tuple[Ceiling, ...]:
    """The rates of the entries of the ceilings' case."""
    found = []
    for entry in entries:
        for unit, work in (("FLOP/s", entry.facts.get("flops", {})), ("B/s", entry.facts.get("bytes", {}))):
            for call, amount in work.items():
                if call in entry.samples:
                    found.append(_ceiling(entry, call, unit, amount))
    return tuple(found)


def drift(ceilings: Sequence[Ceiling]) -> float | None:
    """How far apart the fastest and the slowest round of the steadiest ceiling were: what the machine itself did."""
    spans = []
    for ceiling in ceilings:
        medians = [sorted(taken)[len(taken) // 2] for taken in ceiling.samples.rounds]
        if len(medians) > 1:
            spans.append((max(medians) - min(medians)) / ceiling.samples.median)
    return min(spans, default=None)


def _status(entry: Entry) -> Status:
    if not entry.error:
        return "ok"
    return "cannot run" if entry.facts.get("refused") else "failed"


def _throughput(samples: Samples, pictures: int, server: Server | None) -> Interval:
    if server:
        return Interval(server.rate, server.rate, server.failed_rate)
    return samples.mean().inverse().scaled(pictures)


def _speedup(entry: Entry, reference: Entry) -> Speedup | None:
    theirs = reference.samples.get(CALL)
    if theirs is None:
        return None
    ours, base = entry.facts.get(SERVER), reference.facts.get(SERVER)
    if entry is reference:
        found = Interval(1.0, 1.0, 1.0)
    elif ours and base:
        if not base.rate:
            return None
        found = Interval(ours.rate / base.rate, ours.rate / base.failed_rate, ours.failed_rate / base.rate)
    else:
        found = ratio(theirs, entry.samples[CALL])
    return Speedup(found.value, found.low, found.high, found.excludes(1.0), reference.subject)


def _cold_start(facts: Facts) -> ColdStart | None:
    stages, warm = facts.get("cold_start"), facts.get("warm_up", {}).get(CALL)
    if not stages or not warm:
        return None
    return ColdStart(
        start=facts["start_seconds"],
        imports=stages["imports"],
        load=stages["load"],
        build=stages["build"],
        first_image=warm["first"],
    )


def _warm_up(facts: Facts) -> WarmUp | None:
    warm = facts.get("warm_up", {}).get(CALL)
    return WarmUp(warm["calls"], warm["stable"]) if warm else None


def _ceiling(entry: Entry, call: str, unit: Any, amount: float) -> Ceiling:
    what = call if call in (ceilings_case.PRODUCT, COPY) else CONVOLUTION
    side = ceilings_case.MATRIX
    shapes = {ceilings_case.PRODUCT: f"{side} x {side}", COPY: f"{ceilings_case.COPY_BYTES / 2**20:.0f} MiB"}
    shape = shapes.get(what) or call.removeprefix("convolution of ")
    samples = entry.samples[call]
    facts = entry.facts
    return Ceiling(
        what=what,
        by=facts["by"],
        device=facts["device"],
        precision=facts.get("precision", ""),
        shape=shape,
        unit=unit,
        rate=samples.interval().inverse().scaled(amount),
        samples=samples,
    )
