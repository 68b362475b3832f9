"""The 41 bottlenecks in turns on a GPU: torch, torch.compile, TensorRT, and the kernel that fuses each into one.

Every way of a stage runs all its bottlenecks, one after the other, as the network does, and then the whole generator
runs each way: that decides. All but plain torch are recorded as CUDA graphs, so that what is timed is the device's
time and not Python's. Inputs stay where they are, so what fits into the L2 cache is found there, as it is in a network.
"""

import copy
import math
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.networks.generator import Bottleneck, Generator

from . import fusion, machine
from .bottleneck import Fused, compile_kernel
from .document import encode
from .fusion import STAGES, TILES, Rates, Stage
from .module_engine import ModuleEngine, build
from .timing import SEED, Interval, Samples, ratio

Run = Callable[[], Tensor]
Tile = tuple[int, int]

NETWORK = "network"
EAGER, RECORDED, COMPILED = "torch", "torch, recorded", "torch.compile"
FUSED = "fused"  # how the names of our ways begin
FLAVORS = ("tensorrt", "rtx")
SAMPLES, SAMPLE_SECONDS = 5, 2e-3  # of a way in a round; the least of one, of as many calls as that takes
_cuda: Any = torch.cuda  # some versions of torch give its classes no types
LIMIT = 0.01  # of the error: fp16 through 20 bottlenecks gives about 0.001


@dataclass(frozen=True)
class Part:
    """A stage's bottlenecks, or the whole generator.

    Attributes:
        name: Of the stage, or `NETWORK`.
        module: In fp16.
        inputs: Of it: fp16, channels last.
        expected: What it gives in fp32.
    """

    name: str
    module: nn.Module
    inputs: tuple[Tensor, ...]
    expected: Tensor

    def error(self, result: Tensor) -> float:
        """Norm of the difference from fp32 over the norm of fp32's result."""
        difference = torch.linalg.vector_norm(result.float() - self.expected)
        return float(difference / torch.linalg.vector_norm(self.expected))


@dataclass(frozen=True)
class Taken:
    """What one way took for one part.

    Attributes:
        part: Its name.
        way: Its name.
        samples: Seconds of one call; None where it does not run.
        error: See `Part.error`.
        traffic: Bytes that one call moved between the GPU and its memory; None where they were not counted.
        why: Why a number is missing.
    """

    part: str
    way: str
    samples: Samples | None = None
    error: float | None = None
    traffic: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Contest:
    """All that was measured, and on what."""

    width: int
    side: tuple[int, int]
    rates: Rates
    taken: tuple[Taken, ...]
    environment: Mapping[str, Any] = field(default_factory=dict)


def parts(width: int, side: tuple[int, int], device: str) -> list[Part]:
    """The four stages and the generator, with random weights and inputs; the seed is fixed."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(SEED)
        generator = Generator(width, feature_channels=8 * width).to(device).eval()
        columns, rows = side
        shapes = {stage.name: (stage.factor * width, rows // stage.scale, columns // stage.scale) for stage in STAGES}
        found = [
            _part(name, getattr(generator, name).body, [torch.randn(1, *shape)], device)
            for name, shape in shapes.items()
        ]
        network = [torch.rand(1, 1, rows, columns) * 2 - 1, torch.zeros(1, 4, rows // 4, columns // 4)]
        network.append(torch.rand(1, 8 * width, rows // 16, columns // 16))
        return [*found, _part(NETWORK, generator, network, device)]


def _part(name: str, module: nn.Module, inputs: Iterable[Tensor], device: str) -> Part:
    """The fp32 result is that of weights and inputs which fp16 has rounded already."""
    halves = tuple(tensor.to(device, torch.float16, memory_format=torch.channels_last) for tensor in inputs)
    half = copy.deepcopy(module).half().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    exact = copy.deepcopy(half).float()
    return Part(name, half, halves, exact(*(tensor.float() for tensor in halves)))


def fuse(module: nn.Module, library: Path, tiles: Mapping[int, Tile]) -> nn.Module:
    """A copy whose bottlenecks of these channels are the kernel, each with the tile of its channels."""
    fused = copy.deepcopy(module)
    for name, child in list(fused.named_modules()):
        if isinstance(child, Bottleneck) and child.reduce.in_channels in tiles:
            fused.set_submodule(name, Fused(child, library, tiles[child.reduce.in_channels]))
    return fused


def ways(part: Part, library: Path, target: str, tiles: Sequence[Mapping[int, Tile]]) -> dict[str, Callable[[], Run]]:
    """What makes each way ready, by its name; what it returns runs without being recorded.

    Args:
        part: To be run.
        library: Of the kernel.
        target: Compute capability: "sm90".
        tiles: Of the fused ways: channels -> tile.
    """
    module, inputs = part.module, part.inputs

    def compiled(module: nn.Module) -> Run:
        fast = torch.compile(module, dynamic=False)
        return lambda: fast(*inputs)

    def engine(flavor: str) -> Run:
        ready = ModuleEngine(flavor, build(flavor, module, inputs, target))
        return lambda: ready(*inputs)

    def fused(chosen: Mapping[int, Tile]) -> Run:
        changed = fuse(module, library, chosen)
        return lambda: changed(*inputs)

    def compiled_and_fused(chosen: Mapping[int, Tile]) -> Run:
        return compiled(fuse(module, library, chosen))

    found: dict[str, Callable[[], Run]] = {
        EAGER: lambda: lambda: module(*inputs),
        RECORDED: lambda: lambda: module(*inputs),
        COMPILED: lambda: compiled(module),
    }
    found |= {flavor: partial(engine, flavor) for flavor in FLAVORS}
    for chosen in tiles:
        title = f"{FUSED} {' '.join(f'{across}x{down}' for across, down in chosen.values())}"
        found[title] = partial(fused, chosen)
        if part.name == NETWORK:
            found[f"{title}, {COMPILED}"] = partial(compiled_and_fused, chosen)
    return found


def recorded(run: Run) -> Run:
    """A CUDA graph of a run; its result lies where it always lies."""
    stream = _cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = run()

    def replay() -> Tensor:
        graph.replay()
        return result

    return replay


def clocked(run: Run, calls: int) -> float:
    """Seconds of one of some calls, by the device's own events."""
    begin, end = (_cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(calls):
        run()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3 / calls


def contend(
    part: Part,
    openers: Mapping[str, Callable[[], Run]],
    rounds: int,
    record: Callable[[Run], Run] = recorded,
    clock: Callable[[Run, int], float] = clocked,
) -> list[Taken]:
    """Time the ways of a part in turns. One that does not run, or whose result is wrong, has no samples."""
    runs: dict[str, Run] = {}
    found: dict[str, Taken] = {}
    for way, opener in openers.items():
        try:
            run = opener() if way == EAGER else record(opener())
            error = part.error(run())
        except Exception as reason:  # of any library: an experiment notes it and goes on
            found[way] = Taken(part.name, way, why=_why(reason))
            continue
        right = error <= LIMIT  # NaN is not
        found[way] = Taken(part.name, way, error=error, why="" if right else f"wrong: its error is over {LIMIT}")
        if right:
            runs[way] = run
    calls = {way: max(1, min(500, math.ceil(SAMPLE_SECONDS / max(clock(run, 3), 1e-9)))) for way, run in runs.items()}
    order = random.Random(SEED)
    samples: dict[str, list[list[float]]] = {way: [] for way in runs}
    for _ in range(rounds):
        for way in order.sample([*runs], len(runs)):
            clock(runs[way], 2)
            samples[way].append([clock(runs[way], calls[way]) for _ in range(SAMPLES)])
    return [replace(one, samples=Samples.of(samples[way])) if way in runs else one for way, one in found.items()]


def _why(error: BaseException) -> str:
    """One line: torch's compilers wrap what happened into advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {' '.join(str(error).split()):.200}"


def hold(width: int, side: tuple[int, int], rates: Rates, rounds: int, keep: Callable[[Contest], None]) -> Contest:
    """Measure everything on the first GPU.

    Args:
        width: Of the generator.
        side: Width and height of its line art.
        rates: Of the predictions.
        rounds: Turns.
        keep: Given what there is after each part, so that nothing is lost with what comes after.

    Raises:
        BackendError: There is no GPU that torch can use, or no nvcc.
    """
    if not torch.cuda.is_available():
        raise BackendError("--measure: needs an NVIDIA GPU and torch with CUDA; torch finds none here")
    from . import traffic

    major, minor = torch.cuda.get_device_capability()
    target = f"sm{major}{minor}"
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    contest = Contest(width, side, rates, (), {**machine.environment(), "rounds": rounds})
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        library = Path(folder) / "bottleneck.so"
        compile_kernel(library, 10 * major + minor)
        for part in parts(width, side, "cuda"):
            tiles = [winners(contest.taken, width)] if part.name == NETWORK else tiles_of(part.name, width)
            taken = contend(part, ways(part, library, target, tiles), rounds)
            contest = replace(contest, taken=(*contest.taken, *taken))
            keep(contest)
        counted, why = traffic.count(width, side, library, target)
    contest = replace(
        contest,
        taken=tuple(
            replace(one, traffic=counted.get((one.part, one.way)), why=one.why or ("" if counted else why))
            for one in contest.taken
        ),
    )
    keep(contest)
    return contest


def tiles_of(stage: str, width: int) -> list[dict[int, Tile]]:
    """The kernel's tiles for a stage, one after the other: channels -> tile."""
    (channels,) = (one.factor * width for one in STAGES if one.name == stage)
    return [{channels: tile} for tile in TILES[channels]]


def winners(taken: Sequence[Taken], width: int) -> dict[int, Tile]:
    """Channels and tile of the stages that the kernel won; of all stages with its best tiles if it won none."""
    tiles: dict[int, Tile] = {}
    won: set[int] = set()
    for stage in STAGES:
        channels = stage.factor * width
        best = fastest(taken, stage.name, ours=True)
        other = fastest(taken, stage.name, ours=False)
        across, down = best.way.split()[1].split("x") if best else ("", "")
        tiles[channels] = (int(across), int(down)) if best else TILES[channels][0]
        if best and other and _ratio(best, other).high < 1:
            won.add(channels)
    return {channels: tile for channels, tile in tiles.items() if channels in won or not won}


def fastest(taken: Iterable[Taken], part: str, ours: bool) -> Taken | None:
    """The fastest way of a part, with our kernel or without."""
    running = [t for t in taken if t.part == part and t.samples and t.way.startswith(FUSED) == ours]
    return min(running, key=lambda one: one.samples.median if one.samples else math.inf, default=None)


def _ratio(one: Taken, other: Taken) -> Interval:
    assert one.samples is not None
    assert other.samples is not None
    return ratio(one.samples, other.samples)


def table(contest: Contest) -> str:
    """What was predicted and what was measured, in Markdown, and what follows from it."""
    lines = [
        "| part | way | us | 95 % | us predicted | MB predicted | MB measured | error |",
        "|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for one in contest.taken:
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
    missing = {one.why for one in contest.taken if one.samples and one.why}
    return "\n".join([*lines, "", *(f"- not measured: {why}" for why in sorted(missing)), *verdict(contest)])


def _predicted(contest: Contest, stage: Stage, way: str) -> tuple[float, int]:
    """Seconds and bytes."""
    whole = fusion.predict(stage, contest.width, contest.side, contest.rates)
    if not way.startswith(FUSED):
        return whole.unfused, whole.unfused_bytes
    across, down = way.split()[1].split("x")
    built = fusion.built(stage, contest.width, contest.side, (int(across), int(down)), contest.rates)
    return built.seconds, whole.fused_bytes


def verdict(contest: Contest) -> list[str]:
    """A line for each part, and the decision: the kernel stays only if the fastest network is one with it."""
    lines = []
    keep = False
    for name in (*(stage.name for stage in STAGES), NETWORK):
        ours, other = (fastest(contest.taken, name, ours=mine) for mine in (True, False))
        if ours is None or other is None:
            lines.append(f"- {name}: not both ran")
            continue
        part = _ratio(ours, other)
        keep = name == NETWORK and part.high < 1
        lines.append(f"- {name}: {ours.way} takes {part.value:.2f} [{part.low:.2f}, {part.high:.2f}] of {other.way}")
    return [*lines, f"- decision: {'keep: it wins end to end' if keep else 'drop: it does not win end to end'}"]


def record(contest: Contest) -> dict[str, Any]:
    """As JSON types, with the decision."""
    found: dict[str, Any] = encode(contest)
    return found | {"verdict": verdict(contest)}
