"""Rows of a result, made of raw outcomes: intervals, ratios, cold start, distance from the floor."""

from collections.abc import Mapping, Sequence
from typing import Any

from .cases import ceilings as ceilings_case
from .cases.scenarios import CALL, Setting
from .floor import CONVOLUTION, COPY, Work, find_floor
from .result import PERCENTILES, Ceiling, ColdStart, Percentile, Row, Server, Speedup, Status, SubjectOutcome, WarmUp
from .timing import Interval, TimeSamples, estimate_ratio
from .ways import Way

Facts = Mapping[str, Any]


def make_row(
    way: Way,
    setting: Setting,
    model: tuple[str, int],
    outcome: SubjectOutcome,
    reference: SubjectOutcome | None,
    work: Work | None,
    ceilings: Sequence[Ceiling],
) -> Row:
    """The row of one way.

    Args:
        way: What ran.
        setting: Setting that it ran in.
        model: Name of the model and width of its generator.
        outcome: What came of it.
        reference: What came of eager fp32, None where nothing did.
        work: Work of one sample, where it is known and comparable.
        ceilings: Ceilings of the same measurement.
    """
    facts, samples, server = outcome.facts, outcome.samples.get(CALL), outcome.server
    pictures = {"offline": setting.frames, "interactive": 1, "server": 1}.get(setting.scenario, setting.batch)
    return Row(
        backend=way.backend,
        device=way.device,
        precision=way.precision,
        model=model[0],
        width=model[1],
        size=setting.size,
        batch=setting.batch,
        scenario=setting.scenario,
        how=", ".join(filter(None, (way.how, facts.get("plan")))),
        status=_status(outcome),
        reason=outcome.error,
        version=str(facts.get("version", "")),
        pictures=pictures,
        samples=samples,
        parts={call.partition("/")[2]: s for call, s in outcome.samples.items() if call.startswith(f"{CALL}/")},
        latency=make_percentiles(samples) if samples and setting.scenario != "offline" else {},
        images_per_second=_throughput(samples, pictures, server) if samples else None,
        speedup=_speedup(outcome, reference) if samples and reference else None,
        cold_start=_cold_start(facts),
        warm_up=_warm_up(facts),
        peak_rss_bytes=facts.get("peak_bytes"),
        peak_vram_bytes=facts.get("peak_vram_bytes"),
        disk_bytes=facts.get("disk_bytes"),
        accuracy=outcome.accuracy if samples else None,
        floor=find_floor(work, samples, ceilings, way.device, way.precision) if samples and work else None,
        server=server if samples else None,
    )


def make_percentiles(samples: TimeSamples) -> dict[str, Percentile]:
    """The percentiles that are told, with their intervals."""
    found = samples.intervals(tuple(PERCENTILES.values()))
    count = len(samples.values)
    return {
        name: Percentile(i.value, i.low, i.high, count * (100 - percent) >= 100 - 1e-6)
        for (name, percent), i in zip(PERCENTILES.items(), found, strict=True)
    }


def make_ceilings(outcomes: Sequence[SubjectOutcome]) -> tuple[Ceiling, ...]:
    """The rates of the outcomes of the ceilings' case."""
    found = []
    for outcome in outcomes:
        for unit, work in (("FLOP/s", outcome.facts.get("flops", {})), ("B/s", outcome.facts.get("bytes", {}))):
            for call, amount in work.items():
                if call in outcome.samples:
                    found.append(_ceiling(outcome, call, unit, amount))
    return tuple(found)


def measure_drift(ceilings: Sequence[Ceiling]) -> float | None:
    """How far apart the fastest and the slowest round of the steadiest ceiling were: what the machine itself did."""
    spans = []
    for ceiling in ceilings:
        medians = [sorted(taken)[len(taken) // 2] for taken in ceiling.samples.rounds]
        if len(medians) > 1:
            spans.append((max(medians) - min(medians)) / ceiling.samples.median)
    return min(spans, default=None)


def _status(outcome: SubjectOutcome) -> Status:
    if not outcome.error:
        return "ok"
    return "cannot run" if outcome.facts.get("refused") else "failed"


def _throughput(samples: TimeSamples, pictures: int, server: Server | None) -> Interval:
    if server:
        return Interval(server.rate, server.rate, server.failed_rate)
    return samples.mean().inverse().scaled(pictures)


def _speedup(outcome: SubjectOutcome, reference: SubjectOutcome) -> Speedup | None:
    theirs = reference.samples.get(CALL)
    if theirs is None:
        return None
    ours, base = outcome.server, reference.server
    if outcome is reference:
        found = Interval(1.0, 1.0, 1.0)
    elif ours and base:
        if not base.rate:
            return None
        found = Interval(ours.rate / base.rate, ours.rate / base.failed_rate, ours.failed_rate / base.rate)
    else:
        found = estimate_ratio(theirs, outcome.samples[CALL])
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


def _ceiling(outcome: SubjectOutcome, call: str, unit: Any, amount: float) -> Ceiling:
    what = call if call in (ceilings_case.PRODUCT, COPY) else CONVOLUTION
    side = ceilings_case.MATRIX
    shapes = {ceilings_case.PRODUCT: f"{side} x {side}", COPY: f"{ceilings_case.COPY_BYTES / 2**20:.0f} MiB"}
    shape = shapes.get(what) or call.removeprefix("convolution of ")
    samples, facts = outcome.samples[call], outcome.facts
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
