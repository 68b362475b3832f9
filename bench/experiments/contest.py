"""The 41 bottlenecks in turns on a GPU: torch, torch.compile, TensorRT, and the kernel that fuses each into one.

Every way of a stage runs all its bottlenecks, one after the other, as the network does, and then the whole generator
runs each way: that decides. All but plain torch are recorded as CUDA graphs, so that what is timed is the device's
time and not Python's. Inputs stay where they are, so what fits into the L2 cache is found there, as it is in a network.
"""

import math
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor

from paintstorch_sdk.errors import BackendError

from .. import machine
from ..timing import SEED, Interval, TimeSamples, estimate_ratio
from . import fusion, traffic
from .bottleneck import compile_kernel
from .contestants import EAGER, FUSED, NETWORK, Launch, NetworkPart, Tile, list_tiles, make_parts, make_ways
from .fusion import STAGES, TILES, BottleneckStage, Rates

SAMPLES, SAMPLE_SECONDS = 5, 2e-3  # of a way in a round; the least of one, of as many calls as that takes
_cuda: Any = torch.cuda  # some versions of torch give its classes no types
LIMIT = 0.01  # of the error: fp16 through 20 bottlenecks gives about 0.001


@dataclass(frozen=True)
class Timing:
    """The time that one way took for one part.

    Attributes:
        part: Its name.
        way: Its name.
        samples: Seconds of one call; None where it does not run.
        error: See `NetworkPart.measure_error`.
        traffic: Bytes that one call moved between the GPU and its memory; None where they were not counted.
        why: Why a number is missing.
    """

    part: str
    way: str
    samples: TimeSamples | None = None
    error: float | None = None
    traffic: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Contest:
    """All that was measured, and on what."""

    width: int
    side: tuple[int, int]
    rates: Rates
    timings: tuple[Timing, ...]
    environment: Mapping[str, Any] = field(default_factory=dict)


def record_graph(launch: Launch) -> Launch:
    """A CUDA graph of a launch; its result lies where it always lies."""
    stream = _cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            launch()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = launch()

    def replay() -> Tensor:
        graph.replay()
        return result

    return replay


def clock_calls(launch: Launch, calls: int) -> float:
    """Seconds of one of some calls, by the device's own events."""
    begin, end = (_cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(calls):
        launch()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3 / calls


def time_interleaved(
    part: NetworkPart,
    openers: Mapping[str, Callable[[], Launch]],
    rounds: int,
    record: Callable[[Launch], Launch] = record_graph,
    clock: Callable[[Launch, int], float] = clock_calls,
) -> list[Timing]:
    """Time the ways of a part in turns. One that does not run, or whose result is wrong, has no samples."""
    launches: dict[str, Launch] = {}
    found: dict[str, Timing] = {}
    for way, opener in openers.items():
        try:
            launch = opener() if way == EAGER else record(opener())
            error = part.measure_error(launch())
        except Exception as reason:  # of any library: an experiment notes it and goes on
            found[way] = Timing(part.name, way, why=_why(reason))
            continue
        right = error <= LIMIT  # NaN is not
        found[way] = Timing(part.name, way, error=error, why="" if right else f"wrong: its error is over {LIMIT}")
        if right:
            launches[way] = launch
    calls = {
        way: max(1, min(500, math.ceil(SAMPLE_SECONDS / max(clock(launch, 3), 1e-9))))
        for way, launch in launches.items()
    }
    order = random.Random(SEED)
    samples: dict[str, list[list[float]]] = {way: [] for way in launches}
    for _ in range(rounds):
        for way in order.sample([*launches], len(launches)):
            clock(launches[way], 2)
            samples[way].append([clock(launches[way], calls[way]) for _ in range(SAMPLES)])
    return [
        replace(one, samples=TimeSamples.of(samples[way])) if way in launches else one for way, one in found.items()
    ]


def _why(error: BaseException) -> str:
    """One line: torch's compilers wrap what happened into advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split()):.200}"


def run_contest(
    width: int, side: tuple[int, int], rates: Rates, rounds: int, keep: Callable[[Contest], None]
) -> Contest:
    """Measure everything on the first GPU.

    Args:
        width: Width of the generator.
        side: Width and height of its line art.
        rates: Rates of the predictions.
        rounds: Turns.
        keep: Given what there is after each part, so that nothing is lost with what comes after.

    Raises:
        BackendError: There is no GPU that torch can use, or no nvcc.
    """
    if not torch.cuda.is_available():
        raise BackendError("--measure: needs an NVIDIA GPU and torch with CUDA; torch finds none here")

    major, minor = torch.cuda.get_device_capability()
    target = f"sm{major}{minor}"
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    contest = Contest(width, side, rates, (), {**machine.describe_environment(), "rounds": rounds})
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        library = Path(folder) / "bottleneck.so"
        compile_kernel(library, 10 * major + minor)
        for part in make_parts(width, side, "cuda"):
            tiles = [find_winners(contest.timings, width)] if part.name == NETWORK else list_tiles(part.name, width)
            timings = time_interleaved(part, make_ways(part, library, target, tiles), rounds)
            contest = replace(contest, timings=(*contest.timings, *timings))
            keep(contest)
        counted, why = traffic.count_bytes(width, side, library, target)
    contest = replace(
        contest,
        timings=tuple(
            replace(one, traffic=counted.get((one.part, one.way)), why=one.why or ("" if counted else why))
            for one in contest.timings
        ),
    )
    keep(contest)
    return contest


def find_winners(timings: Sequence[Timing], width: int) -> dict[int, Tile]:
    """Channels and tile of the stages that the kernel won; of all stages with its best tiles if it won none."""
    tiles: dict[int, Tile] = {}
    won: set[int] = set()
    for stage in STAGES:
        channels = stage.factor * width
        best = find_fastest(timings, stage.name, ours=True)
        other = find_fastest(timings, stage.name, ours=False)
        across, down = best.way.split()[1].split("x") if best else ("", "")
        tiles[channels] = (int(across), int(down)) if best else TILES[channels][0]
        if best and other and _ratio(best, other).high < 1:
            won.add(channels)
    return {channels: tile for channels, tile in tiles.items() if channels in won or not won}


def find_fastest(timings: Iterable[Timing], part: str, ours: bool) -> Timing | None:
    """The fastest way of a part, with our kernel or without."""
    running = [t for t in timings if t.part == part and t.samples and t.way.startswith(FUSED) == ours]
    return min(running, key=lambda one: one.samples.median if one.samples else math.inf, default=None)


def _ratio(one: Timing, other: Timing) -> Interval:
    assert one.samples is not None
    assert other.samples is not None
    return estimate_ratio(one.samples, other.samples)


def format_contest(contest: Contest) -> str:
    """What was predicted and what was measured, in Markdown, and what follows from it."""
    lines = [
        "| part | way | us | 95 % | us predicted | MB predicted | MB measured | error |",
        "|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for one in contest.timings:
        stage = next((stage for stage in STAGES if stage.name == one.part), None)
        seconds, size = _predicted(contest, stage, one.way) if stage else (None, None)
        found = one.samples.interval() if one.samples else None
        cells = (
            f"{1e6 * found.value:.1f}" if found else "-",
            f"{1e6 * found.low:.1f} to {1e6 * found.high:.1f}" if found else one.why.replace("|", "/"),
            f"{1e6 * seconds:.0f}" if seconds else "",
            f"{size / 1e6:.0f}" if size else "",
            f"{one.traffic / 1e6:.0f}" if one.traffic is not None else "-",
            f"{one.error:.1e}" if one.error is not None else "-",
        )
        lines.append(f"| {one.part} | {one.way} | {' | '.join(cells)} |")
    missing = {one.why for one in contest.timings if one.samples and one.why}
    return "\n".join([*lines, "", *(f"- not measured: {why}" for why in sorted(missing)), *judge_contest(contest)])


def _predicted(contest: Contest, stage: BottleneckStage, way: str) -> tuple[float, int]:
    """Seconds and bytes."""
    whole = fusion.predict(stage, contest.width, contest.side, contest.rates)
    if not way.startswith(FUSED):
        return whole.unfused, whole.unfused_bytes
    across, down = way.split()[1].split("x")
    built = fusion.predict_kernel(stage, contest.width, contest.side, (int(across), int(down)), contest.rates)
    return built.seconds, whole.fused_bytes


def judge_contest(contest: Contest) -> list[str]:
    """A line for each part, and the decision: the kernel stays only if the fastest network is one with it."""
    lines = []
    keep = False
    for name in (*(stage.name for stage in STAGES), NETWORK):
        ours, other = (find_fastest(contest.timings, name, ours=mine) for mine in (True, False))
        if ours is None or other is None:
            lines.append(f"- {name}: not both ran")
            continue
        part = _ratio(ours, other)
        keep = name == NETWORK and part.high < 1
        lines.append(f"- {name}: {ours.way} takes {part.value:.2f} [{part.low:.2f}, {part.high:.2f}] of {other.way}")
    return [*lines, f"- decision: {'keep: it wins end to end' if keep else 'drop: it does not win end to end'}"]


def to_json_types(contest: Contest) -> dict[str, Any]:
    """As JSON types, with the decision."""
    found: dict[str, Any] = msgspec.to_builtins(contest)
    return found | {"verdict": judge_contest(contest)}
