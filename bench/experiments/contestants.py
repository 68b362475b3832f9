"""The bottlenecks of the generator, stage by stage, and the ways of running them on a GPU."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from paintstorch_sdk.networks.generator import Bottleneck, Generator

from ..timing import SEED
from .bottleneck import Fused
from .fusion import STAGES, TILES
from .module_engine import ModuleEngine, build_engine

Launch = Callable[[], Tensor]
Tile = tuple[int, int]

NETWORK = "network"
EAGER, RECORDED, COMPILED = "torch", "torch, recorded", "torch.compile"
FUSED = "fused"  # how the names of our ways begin
FLAVORS = ("tensorrt", "rtx")


@dataclass(frozen=True)
class NetworkPart:
    """A stage's bottlenecks, or the whole generator.

    Attributes:
        name: Name of the stage, or `NETWORK`.
        module: The module, in fp16.
        inputs: Its inputs: fp16, channels last.
        expected: Its result in fp32.
    """

    name: str
    module: nn.Module
    inputs: tuple[Tensor, ...]
    expected: Tensor

    def measure_error(self, result: Tensor) -> float:
        """Norm of the difference from fp32 over the norm of fp32's result."""
        difference = torch.linalg.vector_norm(result.float() - self.expected)
        return float(difference / torch.linalg.vector_norm(self.expected))


def make_parts(width: int, side: tuple[int, int], device: str) -> list[NetworkPart]:
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


def _part(name: str, module: nn.Module, inputs: Iterable[Tensor], device: str) -> NetworkPart:
    """The fp32 result is that of weights and inputs which fp16 has rounded already."""
    halves = tuple(tensor.to(device, torch.float16, memory_format=torch.channels_last) for tensor in inputs)
    half = copy.deepcopy(module).half().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    exact = copy.deepcopy(half).float()
    return NetworkPart(name, half, halves, exact(*(tensor.float() for tensor in halves)))


def fuse(module: nn.Module, library: Path, tiles: Mapping[int, Tile]) -> nn.Module:
    """A copy whose bottlenecks of these channels are the kernel, each with the tile of its channels."""
    fused = copy.deepcopy(module)
    for name, child in list(fused.named_modules()):
        if isinstance(child, Bottleneck) and child.reduce.in_channels in tiles:
            fused.set_submodule(name, Fused(child, library, tiles[child.reduce.in_channels]))
    return fused


def make_ways(
    part: NetworkPart, library: Path, target: str, tiles: Sequence[Mapping[int, Tile]]
) -> dict[str, Callable[[], Launch]]:
    """Openers of the ways, by name; what an opener returns runs without being recorded.

    Args:
        part: What is run.
        library: File of the compiled kernel.
        target: Compute capability: "sm90".
        tiles: Tiles of the fused ways: channels -> tile.
    """
    module, inputs = part.module, part.inputs

    def compiled(module: nn.Module) -> Launch:
        fast = torch.compile(module, dynamic=False)
        return lambda: fast(*inputs)

    def engine(flavor: str) -> Launch:
        ready = ModuleEngine(flavor, build_engine(flavor, module, inputs, target))
        return lambda: ready(*inputs)

    def fused(chosen: Mapping[int, Tile]) -> Launch:
        changed = fuse(module, library, chosen)
        return lambda: changed(*inputs)

    def compiled_and_fused(chosen: Mapping[int, Tile]) -> Launch:
        return compiled(fuse(module, library, chosen))

    found: dict[str, Callable[[], Launch]] = {
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


def list_tiles(stage: str, width: int) -> list[dict[int, Tile]]:
    """The kernel's tiles for a stage, one after the other: channels -> tile."""
    (channels,) = (one.factor * width for one in STAGES if one.name == stage)
    return [{channels: tile} for tile in TILES[channels]]
