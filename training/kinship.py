"""Train the kinship network on drawings that know their flats (`pts data build`, sources "drawer" and "scenes").

    python -m paintstorch_sdk.training.kinship data -o runs/kinship --start shade.safetensors [--pictures flattened]

A sample is a drawing whose user has told the colors of some areas; the network is asked for those of the others: the
color of the told area that is most like it, or paper. Resumable: it goes on from OUT/state.pt. OUT/kinship.safetensors
is what `pts export --kinship` takes. `--pictures` takes what `training.data.flatten` wrote: other people's drawings.
"""

import math
from pathlib import Path
from typing import Annotated, NamedTuple

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from paintstorch_sdk.hints.kinship import BLOCK, KINDS, SIDE, STEP, weigh_tints
from paintstorch_sdk.imaging.metrics import srgb_to_lab
from paintstorch_sdk.networks.kinship import KinshipNet

from . import linework
from .block_networks import Count, Course, DataFolder, OutFolder, Rate, begin_alone, train_network
from .data.flatten import UNKNOWN
from .layered import LayeredDrawings, Layers

Bytes = NDArray[np.uint8]

LAYERS = ("lines", "flats")
CROP = SIDE  # pixels
SCALE = (0.45, 0.7)  # of drawings of 512 px; in use they are at half their size
CLOSE, CLOSER = (0.7, 1.3), 0.15  # the scale of heads and busts, and how often
PICTURES = 0.32  # of the samples, where there are pictures
MOST = 96  # areas of a sample
LEAST = 16  # pixels: smaller areas do not count
LINE = 170  # line art darker than this is line
WHITE = 0xFFFFFF
TOLD = (0.15, 0.85)  # share of the colored areas that a user tells of
ONCE, COLORS = 0.5, (0.5, 1.0)  # how often a user tells colors once each, and the share of the colors that are told
WAYS = 3  # users of each drawing
WILD = 0.2  # how often a user's colors are any, whatever they color
UNEVEN, CAST = 5.0, 6.0  # in L*a*b*, standard deviations: of each of a user's colors, and of all of them
DECAY = 0.998
MEASURED = 96  # held-out drawings


class PartedDrawing(NamedTuple):
    """One drawing; areas are those of one color that lines part, from the largest on."""

    line_art: NDArray[np.float32]  # 1,S,S in [-1, 1]
    areas: NDArray[np.int64]  # S/2,S/2, from 1 on; 0 is a line, or too small
    colors: NDArray[np.int64]  # MOST, of each area; -1 where there is none
    sizes: NDArray[np.float32]  # MOST, pixels


def make_sample(drawing: Layers, rng: np.random.Generator) -> PartedDrawing:
    """A random window of a drawing, its lines varied."""
    side = round(CROP / math.exp(rng.uniform(*np.log(CLOSE if rng.random() < CLOSER else SCALE))))
    x, y = (int(rng.integers(0, max(1, n - side + 1))) for n in drawing["lines"].shape[::-1])
    lines, flats = (linework.fill_square(drawing[own][y : y + side, x : x + side], side) for own in LAYERS)
    varied = linework.fade_lines(linework.vary_lines(lines, rng), rng)
    if rng.random() < 0.5:
        varied, lines, flats = (np.ascontiguousarray(a[:, ::-1]) for a in (varied, lines, flats))
    return part_drawing(varied, lines, flats)


def part_drawing(line_art: Bytes, lines: Bytes, flats: Bytes) -> PartedDrawing:
    """The areas of a square drawing: of its line art as people have it, and of its own lines and flats."""
    reduced = [cv2.resize(a, (CROP, CROP), interpolation=cv2.INTER_AREA) for a in (line_art, lines)]
    small = cv2.resize(flats, (CROP, CROP), interpolation=cv2.INTER_NEAREST)
    key: NDArray[np.int64] = small.astype(np.int64) @ np.array([65536, 256, 1])
    inside = (reduced[1] >= LINE) & (small.max(2) > UNKNOWN.max())
    inside[:, 1:] &= key[:, 1:] == key[:, :-1]
    inside[1:] &= key[1:] == key[:-1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=4)
    sizes = np.append(0, stats[1:, cv2.CC_STAT_AREA])
    owner = np.zeros(len(sizes), np.int64)
    owner[labels.ravel()] = key.ravel()
    order = [area for area in np.argsort(-sizes, kind="stable")[:MOST] if sizes[area] >= LEAST]
    numbers = np.zeros(len(sizes), np.int64)
    numbers[order] = np.arange(1, len(order) + 1)
    areas = numbers[labels][::STEP, ::STEP]
    seen = np.bincount(areas.ravel(), minlength=MOST + 1)[1:] > 0
    colors, weights = np.full(MOST, -1, np.int64), np.zeros(MOST, np.float32)
    colors[: len(order)], weights[: len(order)] = owner[order], sizes[order]
    colors[~seen] = -1
    return PartedDrawing(reduced[0][None].astype(np.float32) / 127.5 - 1, areas, colors, weights)


def tell_areas(sample: PartedDrawing, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The areas that a user tells of, rather the large ones: of some areas, or of some colors once each; bool MOST."""
    told = np.zeros(MOST, bool)
    known = np.flatnonzero((sample.colors >= 0) & (sample.colors != WHITE))
    if known.size:
        known = known[np.argsort(-(rng.random(len(known)) ** (1 / sample.sizes[known] ** 0.25)))]
        share = TOLD
        if rng.random() < ONCE:
            known, share = known[np.sort(np.unique(sample.colors[known], return_index=True)[1])], COLORS
        told[known[: max(1, round(rng.uniform(*share) * len(known)))]] = True
    return told


def average_areas(features: Tensor, areas: Tensor) -> Tensor:
    """N,MOST,C, the means of features N,C,S/4,S/4 over areas N,S/2,S/2."""
    count, channels = features.shape[:2]
    large = F.interpolate(features, scale_factor=BLOCK // STEP, mode="nearest").permute(0, 2, 3, 1)
    places = (areas + (MOST + 1) * torch.arange(count)[:, None, None]).flatten()
    sizes = torch.bincount(places, minlength=count * (MOST + 1))
    sums = large.new_zeros(len(sizes), channels).index_add(0, places, large.reshape(-1, channels))
    return (sums / sizes.clamp_min(1)[:, None]).view(count, MOST + 1, channels)[:, 1:]


def mix_colors(offers: NDArray[np.int64], rng: np.random.Generator | None) -> Tensor:
    """The tints K,T of colors as a user has them: near those of the drawing, seldom any; without chance the same."""
    lab = srgb_to_lab(np.stack([offers >> 16, offers >> 8 & 255, offers & 255], 1).astype(np.uint8))
    if rng is not None and rng.random() < WILD:
        lab = srgb_to_lab(rng.integers(0, 256, (len(offers), 3), np.uint8))
    elif rng is not None:
        lab += (rng.normal(0, UNEVEN, lab.shape) + rng.normal(0, CAST, 3)).astype(np.float32)
    return torch.from_numpy(weigh_tints(lab))


def score_offers(
    means: Tensor, colors: Tensor, told: Tensor, rng: np.random.Generator | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Scores of paper and of each told color for the areas that nobody told of, as `hints.kinship.choose_kin` has them.

    Args:
        means: MOST,C, see `average_areas`.
        colors: int64 MOST.
        told: bool MOST.
        rng: Of the colors that stand for the drawing's; without it those are offered.

    Returns:
        The areas' numbers A, scores A,1+K, and the place of the right one, A.
    """
    asked, given = torch.nonzero(~told & (colors >= 0))[:, 0], torch.nonzero(told)[:, 0]
    offers, numbers = torch.unique(colors[given], return_inverse=True)
    paper, kinds, suits = means[:, :1], means[:, 1 : 1 + KINDS], means[:, 1 + KINDS :]
    near = -(kinds[asked][:, None] - kinds[given][None]).square().sum(2)
    best = near.new_full((len(asked), len(offers)), -torch.inf)
    best = best.scatter_reduce(1, numbers.expand(len(asked), -1), near, "amax")
    tints = mix_colors(offers.numpy(), rng)
    usual = (suits[given] * tints[numbers]).sum(1).mean()
    best = best + suits[asked] @ tints.T * usual.sigmoid()
    same = colors[asked][:, None] == offers
    right = torch.where(same.any(1), same.int().argmax(1) + 1, 0)
    return asked, torch.cat([paper[asked], best], 1), right


def compute_loss(features: Tensor, samples: list[PartedDrawing], rng: np.random.Generator) -> Tensor:
    """Cross entropy of what is chosen, areas weighted by the root of their size."""
    means = average_areas(features, torch.from_numpy(np.stack([s.areas for s in samples])))
    total, weight = features.new_zeros(()), features.new_zeros(())
    for sample, own in zip(samples, means, strict=True):
        for _ in range(WAYS):
            told = torch.from_numpy(tell_areas(sample, rng))
            if told.any():
                asked, scores, right = score_offers(own, torch.from_numpy(sample.colors), told, rng)
                weights = torch.from_numpy(sample.sizes)[asked].sqrt()
                total = total + (F.cross_entropy(scores, right, reduction="none") * weights).sum()
                weight = weight + weights.sum()
    return total / weight.clamp_min(1)


@torch.no_grad()
def measure(network: KinshipNet, drawings: LayeredDrawings) -> dict[str, float]:
    """Shares of held-out areas that are right: those whose color another tells, others with a color, white ones."""
    chosen = np.random.default_rng(1).permutation(len(drawings))[:MEASURED].tolist()
    found: dict[str, list[Tensor]] = {"like": [], "kept": [], "white": []}
    for index in chosen:
        drawing = drawings[index]
        lines, flats = (linework.fill_square(drawing[own], max(drawing[own].shape)) for own in LAYERS)
        sample = part_drawing(lines, lines, flats)
        told = torch.from_numpy(tell_areas(sample, np.random.default_rng(index)))
        colors = torch.from_numpy(sample.colors)
        if told.any():
            means = average_areas(
                network(torch.from_numpy(sample.line_art)[None]), torch.from_numpy(sample.areas)[None]
            )
            asked, scores, right = score_offers(means[0], colors, told, None)
            hits, white = scores.argmax(1) == right, colors[asked] == WHITE
            for name, mask in (("like", right > 0), ("kept", (right == 0) & ~white), ("white", white)):
                found[name].append(hits[mask])
    return {name: float(torch.cat(hits).float().mean()) for name, hits in found.items() if hits}


def load_start(network: KinshipNet, path: Path) -> None:
    """Begin with a kinship network, or with what a shade network knows of drawings: all but its last layer, shown
    white flats.
    """
    weights = {name: value.float() for name, value in load_file(path).items()}
    entry = weights["entry.0.weight"]
    if entry.shape[1] > BLOCK**2:
        weights["entry.0.bias"] += entry[:, BLOCK**2 :].sum((1, 2, 3))
        weights["entry.0.weight"] = entry[:, : BLOCK**2].contiguous()
        weights = {name: value for name, value in weights.items() if not name.startswith("exit")}
    network.load_state_dict(weights, strict=False)


def train(
    data: DataFolder,
    out: OutFolder,
    steps: Count = 6000,
    batch: Count = 8,
    rate: Rate = 2e-3,
    threads: Count = 1,
    start: Annotated[Path | None, typer.Option(help="Weights of a shade or kinship network to begin with.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Pictures with flats (training.data.flatten).")] = None,
) -> None:
    """Train the kinship network, or go on with it."""
    begin_alone(threads)
    drawings, unseen = (LayeredDrawings(data, split, *LAYERS) for split in ("train", "test"))
    others = LayeredDrawings(pictures, "train", *LAYERS) if pictures is not None else None
    network = KinshipNet()
    if start is not None:
        load_start(network, start)

    def learn(network: KinshipNet, rng: np.random.Generator) -> Tensor:
        chosen = [others if others and rng.random() < PICTURES else drawings for _ in range(batch)]
        samples = [make_sample(own.pick(rng), rng) for own in chosen]
        line_art = torch.from_numpy(np.stack([sample.line_art for sample in samples]))
        with torch.autocast("cpu", torch.bfloat16):
            features = network(line_art.contiguous(memory_format=torch.channels_last))
        return compute_loss(features.float(), samples, rng)

    def describe(network: KinshipNet) -> str:
        return ", ".join(f"{name} {100 * share:.1f} %" for name, share in measure(network, unseen).items())

    facts = {"drawings": str(len(drawings) + (len(others) if others else 0))}
    train_network(network, Course(out, steps, batch, rate, DECAY, threads), "kinship", facts, learn, describe)


if __name__ == "__main__":
    typer.run(train)
