"""Train the shade network on drawings that know their flats and shadows (`pts data build`, source "drawer").

    python -m paintstorch_sdk.training.shade data -o runs/shade --steps 6000

Resumable: it goes on from OUT/state.pt. OUT/shade.safetensors is what `pts export --shade` takes.
"""

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from paintstorch_sdk.networks.checkpoint import load_weights
from paintstorch_sdk.networks.shade import ShadeNet

from . import linework
from .block_networks import Count, Course, DataFolder, OutFolder, Rate, begin_alone, train_network
from .layered import LAYERS, LayeredDrawings, Layers

Bytes = NDArray[np.uint8]

SCALE = (0.6, 1.5)  # of drawings of 512 px
WHITENED = 0.4  # most of a drawing's parts that have no color yet, as where no stroke tells of them
DECAY = 0.999
MEASURED = 64  # held-out drawings


def make_sample(drawing: Layers, crop: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """line art 1,S,S and flats 3,S,S in [-1, 1], shade 1,S,S in [0, 1] of a random crop."""
    height, width = drawing["lines"].shape
    side = round(crop / np.exp(rng.uniform(*np.log(SCALE))))
    x, y = int(rng.integers(0, max(1, width - side + 1))), int(rng.integers(0, max(1, height - side + 1)))
    window = np.s_[y : y + side, x : x + side]
    flats = _recolor(drawing["flats"][window], drawing["parts"][window], rng)
    size = (crop, crop)
    lines = cv2.resize(linework.fill_square(drawing["lines"][window], side), size, interpolation=cv2.INTER_AREA)
    lines = linework.fade_lines(linework.vary_lines(lines, rng), rng)
    flats = cv2.resize(linework.fill_square(flats, side), size, interpolation=cv2.INTER_AREA)
    shade = cv2.resize(
        255 - linework.fill_square(255 - drawing["shade"][window], side), size, interpolation=cv2.INTER_AREA
    )
    return (
        lines[None].astype(np.float32) / 127.5 - 1,
        flats.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1,
        shade[None].astype(np.float32) / 255,
    )


def _recolor(flats: Bytes, parts: NDArray[np.uint16], rng: np.random.Generator) -> Bytes:
    """Other colors, some none: shadows are where they are whatever the colors."""
    if rng.random() < 0.5:
        flats = flats[..., rng.permutation(3)]
    if rng.random() < 0.5:
        return flats
    white = rng.random(int(parts.max()) + 1) < rng.uniform(0, WHITENED)
    return np.where(white[parts][..., None], np.uint8(255), flats)


def loss_of(logits: Tensor, shade: Tensor) -> Tensor:
    """Cross entropy and what the areas do not share (1 - Dice)."""
    found = torch.sigmoid(logits)
    overlap = 2 * (found * shade).sum((1, 2, 3)) + 1
    return (
        F.binary_cross_entropy_with_logits(logits, shade)
        + 0.5 * (1 - overlap / (found.sum((1, 2, 3)) + shade.sum((1, 2, 3)) + 1)).mean()
    )


@torch.no_grad()
def measure(shader: ShadeNet, drawings: LayeredDrawings, crop: int) -> float:
    """Mean intersection over union of shadows on held-out drawings."""
    rng = np.random.default_rng(0)
    shared, either = 0, 0
    for index in range(min(len(drawings), MEASURED)):
        lines, flats, shade = (torch.from_numpy(a)[None] for a in make_sample(drawings[index], crop, rng))
        found, true = shader(lines, flats) > 0, shade > 0.5
        shared += int((found & true).sum())
        either += int((found | true).sum())
    return shared / max(either, 1)


def train(
    data: DataFolder,
    out: OutFolder,
    steps: Count = 6000,
    crop: Annotated[int, typer.Option(min=64)] = 256,
    batch: Count = 8,
    rate: Rate = 2e-3,
    threads: Count = 1,
    start: Annotated[Path | None, typer.Option(help="Weights of a shade network to begin with.")] = None,
) -> None:
    """Train the shade network, or go on with it."""
    begin_alone(threads)
    network = ShadeNet()
    if start is not None:
        load_weights(network, start, "shade")
    drawings, unseen = (LayeredDrawings(data, split, *LAYERS) for split in ("train", "test"))

    def compute_loss(shader: ShadeNet, rng: np.random.Generator) -> Tensor:
        samples = [make_sample(drawings.pick(rng), crop, rng) for _ in range(batch)]
        lines, flats, shade = (
            torch.from_numpy(np.stack(part)).contiguous(memory_format=torch.channels_last)
            for part in zip(*samples, strict=True)
        )
        with torch.autocast("cpu", torch.bfloat16):
            logits = shader(lines, flats)
        return loss_of(logits.float(), shade)

    def describe(shader: ShadeNet) -> str:
        return f"intersection over union of shadows {measure(shader, unseen, crop):.3f}"

    facts = {"drawings": str(len(drawings))}
    course = Course(out, steps, batch, rate, DECAY, threads)
    train_network(network, course, "shade", facts, compute_loss, describe)


if __name__ == "__main__":
    typer.run(train)
