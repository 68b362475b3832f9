"""What one kernel for a whole ResNeXt bottleneck could save: predictions, by a roofline.

A kernel takes as long as its bytes at the memory's rate or its operations at the tensor
cores' rate, whichever is longer. Unfused, the three convolutions each read and write the memory; fused, only the
input and the output do. What the L2 cache keeps between kernels makes the real difference smaller, what a grouped
convolution wastes of the tensor cores makes it larger.

And the same for the kernel that there is (cu/bottleneck.cu), which computes the rims of its tiles and the zeros of its
blocks too, and has no more blocks than a small picture has tiles.
"""

from dataclasses import dataclass

BYTES = 2  # of an fp16 value
# Width and height of the tiles that the kernel is compiled for, by channels. A picture of 512 x 512 alone has few.
TILES = {
    32: ((16, 8), (8, 8)),
    64: ((16, 8), (8, 8)),
    128: ((8, 8), (8, 4)),
    256: ((8, 4), (4, 4)),
    512: ((8, 4), (4, 4)),
}
ROWS, COLUMNS, DEPTH = 16, 8, 16  # of one product of the tensor cores
TAP_PAIRS = 5  # products for the 9 taps of 8 channels


@dataclass(frozen=True)
class BottleneckStage:
    """Bottlenecks of one size.

    Attributes:
        name: Name in the generator.
        factor: Channels over the generator's width.
        scale: Pixels of the line art for one of a side.
        cardinality: Groups of the 3x3 convolution.
        count: Their number.
    """

    name: str
    factor: int
    scale: int
    cardinality: int
    count: int


STAGES = (
    BottleneckStage("stage4", 8, 16, 32, 20),
    BottleneckStage("stage3", 4, 8, 32, 8),
    BottleneckStage("stage2", 2, 4, 32, 8),
    BottleneckStage("stage1", 1, 2, 16, 5),
)


@dataclass(frozen=True)
class Rates:
    """What a GPU does at most; by default an H100 SXM in NVIDIA's data sheet, without sparsity.

    Attributes:
        memory: Bytes a second.
        compute: fp16 operations a second.
        multiprocessors: Their number.
    """

    memory: float = 3.35e12
    compute: float = 989e12
    multiprocessors: int = 132


@dataclass(frozen=True)
class Prediction:
    """One stage, all its bottlenecks, by three kernels and by one.

    Attributes:
        stage: The stage.
        unfused_bytes: Bytes that three kernels read and write.
        fused_bytes: Bytes that one reads and writes.
        operations: Multiplications and additions.
        unfused: Seconds by three kernels.
        fused: Seconds by one.
    """

    stage: BottleneckStage
    unfused_bytes: int
    fused_bytes: int
    operations: int
    unfused: float
    fused: float


@dataclass(frozen=True)
class KernelPrediction:
    """One stage by the kernel that there is, all its bottlenecks.

    Attributes:
        tile: Width and height.
        blocks: Blocks of one bottleneck.
        operations: Operations with rims, zeros and rows that nobody wants.
        cache_bytes: Bytes that all blocks read, most of it from the L2 cache, and write.
        seconds: By memory or tensor cores, of which only those work that have a block.
    """

    tile: tuple[int, int]
    blocks: int
    operations: int
    cache_bytes: int
    seconds: float


def predict(stage: BottleneckStage, width: int, side: tuple[int, int], rates: Rates) -> Prediction:
    """Predict a stage for a network of a width; `side` are width and height of the line art in it."""
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
    unfused_seconds = sum(max(size / rates.memory, operations / rates.compute) for size, operations in kernels)
    return Prediction(
        stage,
        stage.count * sum(size for size, _ in kernels),
        stage.count * fused[0],
        stage.count * fused[1],
        stage.count * unfused_seconds,
        stage.count * max(fused[0] / rates.memory, fused[1] / rates.compute),
    )


def count_products(channels: int, tile: tuple[int, int]) -> int:
    """Products of the tensor cores that one block of the kernel makes, each of 16 x 8 x 16."""
    inner, pixels = channels // 2, tile[0] * tile[1]
    tall = _over((tile[0] + 2) * (tile[1] + 2), ROWS)
    together = 3 if tall % 3 == 0 else 2  # rows of products that a warp makes at once
    around = _over(tall, together) * together
    reduce = around * (inner // COLUMNS) * (channels // DEPTH)
    grouped = pixels // ROWS * (inner // COLUMNS) * TAP_PAIRS
    expand = pixels // ROWS * (channels // COLUMNS) * (inner // DEPTH)
    return reduce + grouped + expand


def predict_kernel(
    stage: BottleneckStage, width: int, side: tuple[int, int], tile: tuple[int, int], rates: Rates
) -> KernelPrediction:
    """Predict a stage by the kernel, for one picture; dilations change nothing where they divide the sides."""
    channels = stage.factor * width
    across, down = (side[i] // stage.scale for i in (0, 1))
    blocks = _over(across, tile[0]) * _over(down, tile[1])
    operations = blocks * count_products(channels, tile) * 2 * ROWS * COLUMNS * DEPTH
    inner, around, pixels = channels // 2, (tile[0] + 2) * (tile[1] + 2), tile[0] * tile[1]
    weights = 2 * channels * inner + inner * TAP_PAIRS * DEPTH
    cached = blocks * BYTES * (weights + channels * (around + 2 * pixels))
    busy = blocks / (_over(blocks, rates.multiprocessors) * rates.multiprocessors)
    memory = predict(stage, width, side, rates).fused_bytes / rates.memory
    seconds = max(memory, stage.count * operations / (rates.compute * busy))
    return KernelPrediction(tile, blocks, stage.count * operations, stage.count * cached, seconds)


def find_best_tile(stage: BottleneckStage, width: int, side: tuple[int, int], rates: Rates) -> KernelPrediction:
    """The tile that should be fastest; of two alike, the one that reads less."""
    tiles = TILES[stage.factor * width]
    found = (predict_kernel(stage, width, side, tile, rates) for tile in tiles)
    return min(found, key=lambda one: (one.seconds, one.cache_bytes))


def _over(number: int, by: int) -> int:
    return -(-number // by)


def format_predictions(width: int, side: tuple[int, int], rates: Rates) -> str:
    """The predictions as a Markdown table, with their sum."""
    rows = [predict(stage, width, side, rates) for stage in STAGES]
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


def format_kernel_predictions(width: int, side: tuple[int, int], rates: Rates) -> str:
    """The kernel as it is: a Markdown table, with the sum."""
    rows = [find_best_tile(stage, width, side, rates) for stage in STAGES]
    lines = ["| stage | tile | blocks | GFLOP made | MB through L2 | us |", "|---|---|---:|---:|---:|---:|"]
    for stage, row in zip(STAGES, rows, strict=True):
        lines.append(
            f"| {stage.name} | {row.tile[0]} x {row.tile[1]} | {row.blocks} | {row.operations / 1e9:.1f} "
            f"| {row.cache_bytes / 1e6:.0f} | {1e6 * row.seconds:.0f} |"
        )
    lines.append(
        f"| all | | | {sum(row.operations for row in rows) / 1e9:.1f} "
        f"| {sum(row.cache_bytes for row in rows) / 1e6:.0f} | {1e6 * sum(row.seconds for row in rows):.0f} |"
    )
    return "\n".join(lines)
