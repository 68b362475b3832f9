"""Validation at each checkpoint: a few measures on held-out crops, and a grid to look at."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from paintstorch_sdk.files import write_file
from paintstorch_sdk.imaging.metrics import hint_adherence, psnr
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.networks.generator import Generator

from .pictures import Pictures, read_manifest
from .samples import FULL_SIDE, Sample, SampleConfig, TrainingSamples

ByteImage = NDArray[np.uint8]

SEED = 20191217  # of all held-out samples, so that checkpoints are measured on the same ones
GRID_ROWS = 12
WHITE = 245  # darkest channel from which a color counts as paper

Paint: TypeAlias = Callable[[Sample], ByteImage]  # a sample colored: uint8 S,S,3 RGB


class Model:
    """The networks as something that paints samples, with the lines laid over them as the runtime does it."""

    def __init__(self, generator: Generator, features: FeatureNet) -> None:
        self.generator, self.features = generator, features

    @torch.no_grad()
    def __call__(self, sample: Sample) -> ByteImage:
        device = next(self.generator.parameters()).device
        line_art = torch.from_numpy(sample.line_art)[None].to(device)
        hints = torch.from_numpy(sample.hints)[None].to(device)
        painted = to_bytes(self.generator(line_art, hints, self.features(line_art))[0].cpu().numpy())
        return ((painted * read_line_art(sample)[..., None].astype(np.uint16) + 127) // 255).astype(np.uint8)


def validation_samples(folder: Path, count: int, confidence: float, flats: bool = False) -> list[Sample]:
    """Held-out 256 px crops with strokes as users draw them: half in natural, half in random colors.

    Args:
        folder: The folder with the pictures.
        count: Number of samples.
        confidence: Confidence of colors that flow, as in training; 0 lets none flow.
        flats: Whether the target are flats, where they are known.
    """
    kinds = [_user_strokes(odd, (1, 120), 0.06, confidence, flats) for odd in (False, True)]
    sets = [_open_samples(folder, kind, 256, (0.5, 0.8), count) for kind in kinds]
    return [sets[i % 2][i] for i in range(count)]


def _open_samples(
    folder: Path, config: SampleConfig, crop: int, scale: tuple[float, float], count: int
) -> TrainingSamples:
    """Samples of the split "test", each source equally often."""
    entries = read_manifest(folder, "test")
    sizes = Counter(entry.source for entry in entries)
    weights = np.array([1.0 / sizes[entry.source] for entry in entries])
    pictures = Pictures(entries, FULL_SIDE, 0, config.flats)
    return TrainingSamples(pictures, config, crop, scale, range(count), (1.0, 1.0), SEED, weights)


def _user_strokes(odd: bool, count: tuple[int, int], empty: float, confidence: float, flats: bool) -> SampleConfig:
    share = 1.0 if odd else 0.0
    return SampleConfig(
        empty=(empty, empty),
        strokes=(1.0 - empty, 1.0 - empty),
        regions=(0.0, 0.0),
        count=count,
        crossing=0.0,
        flow=float(confidence > 0),
        confidence=confidence,
        faint=0.0,
        shift=0.0,
        recolor=share,
        bleach=1.0 if flats else share,
        flats=flats,
    )


def measure_model(paint: Paint, samples: Sequence[Sample]) -> dict[str, float]:
    """Measures over samples.

    Returns:
        psnr: mean, decibels, over the pixels off the lines; adherence: median CIEDE2000 inside solid colored
        hints off the lines; adherence_90: its 90th percentile; paper: mean of the darkest channel, 0..255, where the
        target is white, 255 is best. A measure that has nothing to measure is left out.
    """
    ratios, differences, paper = [], [np.zeros(0, np.float32)], []
    for sample in samples:
        image, truth, lines = paint(sample), to_bytes(sample.target), read_line_art(sample)
        off = lines > 200
        ratios.append(min(60.0, psnr(image[off], truth[off])))
        rgba = hint_pixels(sample)
        rgba[rgba[..., :3].min(2) > WHITE, 3] = 0  # a white hint on white paper is no test
        differences.append(hint_adherence(image, rgba, lines))
        blank = off & (truth.min(2) > WHITE)
        if blank.any():
            paper.append(float(image[blank].min(1).mean()))
    inside = np.concatenate(differences)
    scores = {"psnr": float(np.mean(ratios))}
    if inside.size:
        scores["adherence"] = float(np.median(inside))
        scores["adherence_90"] = float(np.percentile(inside, 90))
    if paper:
        scores["paper"] = float(np.mean(paper))
    return scores


def hint_pixels(sample: Sample) -> ByteImage:
    """The hint map at the size of the picture: uint8 S,S,4 RGBA, not premultiplied, in blocks of 4x4."""
    mask = np.clip(sample.hints[3], 0.0, 1.0)
    color = sample.hints[:3] / np.maximum(mask, 1e-3)
    rgba = np.dstack([to_bytes(color), np.where(mask > 0.99, 255, mask * 255.0).astype(np.uint8)])
    return np.repeat(np.repeat(rgba, 4, 0), 4, 1)


def draw_grid(path: Path, paint: Paint, samples: Sequence[Sample]) -> None:
    """Write a PNG of line art, hints, result and truth for the first samples, two to a row."""
    tiles = []
    for sample in samples[: 2 * GRID_ROWS]:
        lines = np.repeat(read_line_art(sample)[..., None], 3, 2)
        rgba = hint_pixels(sample).astype(np.float32)
        alpha = rgba[..., 3:] / 255.0
        hints = (rgba[..., :3] * alpha + (0.5 * lines + 110.0) * (1.0 - alpha)).clip(0, 255).astype(np.uint8)
        tiles.append(np.concatenate([lines, hints, paint(sample), to_bytes(sample.target)], 1))
    if len(tiles) % 2:
        tiles.append(np.full_like(tiles[0], 255))
    rows = [np.concatenate(tiles[i : i + 2], 1) for i in range(0, len(tiles), 2)]
    encoded = cv2.imencode(".png", np.concatenate(rows, 0)[..., ::-1])[1]
    write_file(path, encoded.tobytes())


def read_line_art(sample: Sample) -> ByteImage:
    """The line art of a sample: uint8 S,S."""
    return to_bytes(sample.line_art)[..., 0]


def to_bytes(tensor: NDArray[np.float32]) -> ByteImage:
    """C,H,W in [-1, 1] -> uint8 H,W,C."""
    return np.rint((tensor.transpose(1, 2, 0).clip(-1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)
