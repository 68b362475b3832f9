"""Random recoloring of training pictures, so that colors follow the hints and not habit.

All functions take and return float32 H,W,3 RGB in [0, 255], and leave white white unless they say otherwise.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
Labels = NDArray[np.int32]

MIN_AREA = 12  # pixels; smaller regions keep their color
ALIKE = 30.0  # largest difference of a channel of the mean colors of regions that share a color
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def shift_colors(picture: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Permute channels or bend hue, saturation and lightness of a whole picture; lines stay dark."""
    if rng.random() < 0.25:
        picture = picture[..., rng.permutation(3)]
    if rng.random() < 0.75:
        hsv = cv2.cvtColor(picture / np.float32(255.0), cv2.COLOR_RGB2HSV)
        # A random map of hues, linear between a few nodes: regions of different hue move independently.
        nodes = rng.integers(1, 7)
        targets = rng.uniform(0.0, 360.0, nodes)
        bins = np.arange(360) * nodes // 360 if rng.random() < 0.5 else np.zeros(360, int)
        shift = np.where(bins >= 0, targets[bins % nodes], 0.0).astype(np.float32)
        hue = hsv[..., 0]
        hsv[..., 0] = (hue + shift[np.clip(hue.astype(np.int32), 0, 359)]) % 360.0
        hsv[..., 1] = hsv[..., 1] ** np.float32(np.exp(rng.uniform(-0.6, 0.5)))
        picture = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * np.float32(255.0)
    if rng.random() < 0.5:
        gamma = np.float32(np.exp(rng.uniform(-0.4, 0.5)))
        picture = (picture / np.float32(255.0)) ** gamma * np.float32(255.0)
    return picture


def random_colors(count: int, rng: np.random.Generator) -> FloatImage:
    """`count` colors, float32 count,3 in [0, 255]: all hues, from pastel to saturated, from dark to light."""
    hsv = np.empty((1, count, 3), np.float32)
    hsv[..., 0] = rng.uniform(0.0, 360.0, count)
    hsv[..., 1] = rng.beta(1.2, 1.2, count)
    hsv[..., 2] = 1.0 - 0.8 * rng.beta(1.0, 2.0, count)
    hsv[..., 1][0, rng.random(count) < 0.08] = 0.0
    colors: FloatImage = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0] * np.float32(255.0)
    return colors


def recolor_regions(
    picture: FloatImage,
    labels: Labels,
    leaders: NDArray[np.int64],
    rng: np.random.Generator,
    share: float | None = None,
) -> FloatImage:
    """Give random colors to regions that a hint tells of, keeping their shading; the others stay as they are.

    Args:
        picture: The picture, as the module says.
        labels: int32 H,W, 0 on lines, else the number of the region.
        leaders: The result of `find_leaders`; regions of one leader get one color.
        rng: Source of chance.
        share: Share of the leaders that get a random color; None is one of 0.3, 0.6 and 0.9 at random.
    """
    area, mean = region_statistics(picture @ LUMA, labels, len(leaders))
    luck = rng.random(len(leaders))
    chosen = (luck < (rng.choice([0.3, 0.6, 0.9]) if share is None else share))[leaders]
    chosen &= (leaders > 0) & (area >= MIN_AREA)
    if not chosen.any():
        return picture
    colors = random_colors(len(leaders), rng)[leaders]
    inside = chosen[labels]
    shade = ((picture @ LUMA)[inside] + 8.0) / (mean[labels[inside]].astype(np.float32) + 8.0)
    shade = np.clip(shade, 0.2, 1.3) ** np.float32(rng.uniform(0.4, 1.0))
    result = picture.copy()
    result[inside] = np.minimum(colors[labels[inside]] * shade[:, None], 255.0)
    return result


def bleach_regions(picture: FloatImage, labels: Labels, leaders: NDArray[np.int64]) -> FloatImage:
    """Turn regions without a hint white: regions that the user leaves alone stay paper."""
    area, _ = region_statistics(picture[..., 0], labels, len(leaders))
    chosen = (leaders == 0) & (area >= MIN_AREA)
    chosen[0] = False
    return np.where(chosen[labels][..., None], np.float32(255.0), picture)


def find_leaders(picture: FloatImage, labels: Labels, hinted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each region the hinted region whose color it shares: itself, or the nearest one like it; else 0.

    A stroke on one strand of hair colors the strands beside it, but not the whole picture: followers have
    nearly their leader's mean color, and lie within a third of the picture's side.
    """
    count = len(hinted)
    area, _ = region_statistics(picture[..., 0], labels, count)
    leaders = np.where(hinted, np.arange(count), 0)
    heads = np.flatnonzero(hinted)
    rest = np.flatnonzero(~hinted & (area >= MIN_AREA))
    rest = rest[rest > 0]
    if not len(heads) or not len(rest):
        return leaders
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]].astype(np.float32)
    place = np.stack([region_statistics(axis, labels, count)[1] for axis in (x, y)], 1)
    color = np.stack([region_statistics(picture[..., c], labels, count)[1] for c in range(3)], 1)
    distance = np.linalg.norm(place[rest, None] - place[None, heads], axis=2)
    alike = np.abs(color[rest, None] - color[None, heads]).max(2) < ALIKE
    distance[~alike | (distance > labels.shape[0] / 3.0)] = np.inf
    nearest = distance.argmin(1)
    leaders[rest] = np.where(np.isfinite(distance.min(1)), heads[nearest], 0)
    return leaders


def region_statistics(values: FloatImage, labels: Labels, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Area in pixels and mean of H,W values over each label."""
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count)
    return area, np.bincount(flat, values.ravel(), count) / np.maximum(area, 1)
