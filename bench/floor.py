"""The least that a picture costs: its operations and bytes, and the time that the machine's ceilings allow for them.

The roofline model (Williams, Waterman, Patterson, CACM 52 (2009), doi 10.1145/1498765.1498785) with ceilings that
were measured: convolutions for the operations, copying for the bytes. Bytes are counted once: weights, what goes
in, what comes out; a runtime that writes what lies between layers to memory moves more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from paintstorch_sdk.bundle import ENCODER, PAINTER, Bundle
from paintstorch_sdk.imaging.geometry import HINT_STEP, Geometry

from .result import Ceiling, Floor
from .timing import TimeSamples

BYTES = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 1}  # of a number
CONVOLUTION, COPY = "convolution", "copy"


@dataclass(frozen=True)
class Work:
    """The work of one run of the network.

    Attributes:
        flops: Floating-point operations of the convolutions; a multiply-add counts two.
        bytes: Bytes that cross the memory at least.
    """

    flops: float
    bytes: float


def count_work(bundle: Bundle, size: tuple[int, int], batch: int, precision: str, stroke: bool) -> Work:
    """Count what a run of the network takes.

    Args:
        bundle: The model.
        size: (width, height) of the pictures; they are padded to multiples of 32.
        batch: Their number.
        precision: Precision of the numbers in memory.
        stroke: Whether only the painter runs: its line art was encoded before.

    Raises:
        ImportError: The package onnx is not installed.
    """
    width, height = Geometry(*size, *size).padded
    names = (PAINTER,) if stroke else (ENCODER, PAINTER)
    costs = [_cost(bundle, name, batch, height, width) for name in names]
    number = BYTES[precision]
    pixels = batch * height * width
    outside = 4 * pixels * (3 + 4 / HINT_STEP**2)  # colors and hint map, as fp32
    sums = number * sum(pixels // scale**2 * channels for channels, scale in bundle.partial_sums.values())
    inside = sums if stroke else 4 * pixels
    return Work(
        sum(flops.total() for flops, _ in costs), outside + inside + number * sum(weights for _, weights in costs)
    )


def count_flops(bundle: Bundle) -> dict[str, float]:
    """Floating-point operations of the line encoder and of the painter for one picture of 512 x 512.

    Raises:
        ImportError: The package onnx is not installed.
    """
    return {graph: float(sum(parts.values())) for graph, parts in count_stage_flops(bundle, (512, 512)).items()}


def find_floor(
    work: Work, samples: TimeSamples, ceilings: Sequence[Ceiling], device: str, precision: str
) -> Floor | None:
    """How far samples are from what the ceilings allow; None where they were not measured."""
    rate = find_best(ceilings, CONVOLUTION, device, precision)
    bandwidth = find_best(ceilings, COPY, device, "")
    if rate is None or bandwidth is None:
        return None
    compute, memory = work.flops / rate.rate.value, work.bytes / bandwidth.rate.value
    seconds = max(compute, memory)
    bound: Literal["compute", "memory"] = "compute" if compute >= memory else "memory"
    return Floor(work.flops, work.bytes, compute, memory, seconds, bound, samples.interval().scaled(1 / seconds))


def find_best(ceilings: Sequence[Ceiling], what: str, device: str, precision: str) -> Ceiling | None:
    """The highest ceiling of its kind."""
    found = [c for c in ceilings if (c.what, c.device, c.precision) == (what, device, precision)]
    return max(found, key=lambda ceiling: ceiling.rate.value, default=None)


def count_stage_flops(bundle: Bundle, size: tuple[int, int]) -> dict[str, dict[str, int]]:
    """Floating-point operations of the convolutions for one picture of (width, height) in the network.

    Returns:
        For "encoder" and "painter": those of each stage.

    Raises:
        ImportError: The package onnx is not installed.
    """
    names = {"encoder": ENCODER, "painter": PAINTER}
    return {graph: dict(_cost(bundle, name, 1, size[1], size[0])[0]) for graph, name in names.items()}


def _cost(bundle: Bundle, name: str, batch: int, height: int, width: int) -> tuple[Counter[str], int]:
    """Operations of the convolutions by stage, and numbers among the weights, of one graph."""
    import onnx

    from paintstorch_sdk.export.cost import node_costs

    model = onnx.load(bundle.file(name), load_external_data=False)
    operations: Counter[str] = Counter()
    for cost in node_costs(model, batch, height, width):
        if cost.operator == "Conv":
            operations[cost.stage] += cost.operations
    return operations, sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
