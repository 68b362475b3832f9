"""What one kernel for a whole ResNeXt bottleneck could save: `python -m paintstorch_sdk.bench.fusion`.

A prediction, by a roofline: a kernel takes as long as its bytes at the memory's rate or its operations at the tensor
cores' rate, whichever is longer. Unfused, the three convolutions each read and write the memory; fused, only the
input and the output do. What the L2 cache keeps between kernels makes the real difference smaller, what a grouped
convolution wastes of the tensor cores makes it larger.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

BYTES = 2  # of an fp16 value


@dataclass(frozen=True)
class Stage:
    """Bottlenecks of one size.

    Attributes:
        name: As in the generator.
        factor: Channels over the generator's width.
        scale: Pixels of the line art for one of a side.
        cardinality: Groups of the 3x3 convolution.
        count: How many.
    """

    name: str
    factor: int
    scale: int
    cardinality: int
    count: int


STAGES = (
    Stage("stage4", 8, 16, 32, 20),
    Stage("stage3", 4, 8, 32, 8),
    Stage("stage2", 2, 4, 32, 8),
    Stage("stage1", 1, 2, 16, 5),
)


@dataclass(frozen=True)
class Prediction:
    """Of one stage, all its bottlenecks.

    Attributes:
        stage: Which.
        unfused_bytes: That three kernels read and write.
        fused_bytes: That one reads and writes.
        operations: Multiplications and additions.
        unfused: Seconds.
        fused: Seconds.
    """

    stage: Stage
    unfused_bytes: int
    fused_bytes: int
    operations: int
    unfused: float
    fused: float


def predict(stage: Stage, width: int, side: tuple[int, int], memory: float, compute: float) -> Prediction:
    """Predict a stage.

    Args:
        stage: Which.
        width: Of the generator.
        side: Width and height of the line art in the network.
        memory: Bytes a second.
        compute: fp16 operations a second.
    """
    pixels = side[0] // stage.scale * (side[1] // stage.scale)
    channels = stage.factor * width
    inner = channels // 2
    weights = [channels * inner, 9 * inner * inner // stage.cardinality, inner * channels]
    # Read and written by each: input and inner; inner and inner; inner, shortcut and output.
    values = [channels + inner, 2 * inner, inner + 2 * channels]
    kernels = [
        (BYTES * (v * pixels + w), 2 * w * pixels)
        for v, w in zip(values, weights, strict=True)  # bytes, operations
    ]
    fused = BYTES * (2 * channels * pixels + sum(weights)), sum(operations for _, operations in kernels)
    unfused_seconds = sum(max(size / memory, operations / compute) for size, operations in kernels)
    return Prediction(
        stage,
        stage.count * sum(size for size, _ in kernels),
        stage.count * fused[0],
        stage.count * fused[1],
        stage.count * unfused_seconds,
        stage.count * max(fused[0] / memory, fused[1] / compute),
    )


def table(width: int, side: tuple[int, int], memory: float, compute: float) -> str:
    """The predictions as a Markdown table, with their sum."""
    rows = [predict(stage, width, side, memory, compute) for stage in STAGES]
    lines = [
        "| stage | bottlenecks | channels | GFLOP | MB unfused | MB fused | us unfused | us fused |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            f"| {row.stage.name} | {row.stage.count} | {row.stage.factor * width} | {row.operations / 1e9:.1f} "
            f"| {row.unfused_bytes / 1e6:.0f} | {row.fused_bytes / 1e6:.0f} | {1e6 * row.unfused:.0f} "
            f"| {1e6 * row.fused:.0f} |"
        )
    total = [sum(getattr(row, name) for row in rows) for name in ("operations", "unfused_bytes", "fused_bytes")]
    seconds = [sum(getattr(row, name) for row in rows) for name in ("unfused", "fused")]
    lines.append(
        f"| all | {sum(row.stage.count for row in rows)} | | {total[0] / 1e9:.1f} | {total[1] / 1e6:.0f} "
        f"| {total[2] / 1e6:.0f} | {1e6 * seconds[0]:.0f} | {1e6 * seconds[1]:.0f} |"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; the rates are those of an H100 SXM in NVIDIA's data sheet, without sparsity."""
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.fusion")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--size", default="512x512", metavar="WxH")
    parser.add_argument("--memory", type=float, default=3.35e12, metavar="BYTES/S")
    parser.add_argument("--compute", type=float, default=989e12, metavar="FLOP/S")
    given = parser.parse_args(arguments)
    width, height = (int(part) for part in given.size.split("x"))
    sys.stdout.write(table(given.width, (width, height), given.memory, given.compute) + "\n")


if __name__ == "__main__":
    main()
