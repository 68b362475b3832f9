"""New colors for a shaded sprite: its regions are found by color and height, and each gets a color of its own.

Lines stay dark, shading stays, skin stays skin (of another tone). This turns one drawing into many.
"""

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .lab import to_lab, to_rgb

REGIONS = 7
SAMPLE = 3000  # opaque pixels that the regions are found on
SOFTNESS = 110.0  # squared color distance over which one region fades into the next
HEIGHT_WEIGHT = 20.0  # how far the top is from the bottom, in units of a or b: parts a skirt from a jacket
LIGHTNESS_WEIGHT = 0.45
LINE_TOP, LINE_BOTTOM = (
    12.0,
    40.0,
)  # lightness: below the first nothing is shifted, above the second all of it


@dataclass(frozen=True, slots=True)
class RegionChange:
    """Change of one region's colors: a turn and a scale of its (a, b), an added (a, b), a line for lightness."""

    turn: float = 0.0  # radians
    scale: float = 1.0
    tint: tuple[float, float] = (0.0, 0.0)
    lift: float = 0.0
    contrast: float = 1.0  # of lightness, around `pivot`
    pivot: float = 50.0
    dark: bool = False  # a black region: lifted to a color as a whole


def recolor_sprite(sprite: Image.Image, rng: random.Random, keep_skin: bool = True) -> Image.Image:
    """Recolor an RGBA sprite by region; its alpha stays. A sprite with hardly a pixel comes back as it is."""
    pixels = np.array(sprite.convert("RGBA"))
    rows, columns = np.nonzero(pixels[..., 3])
    if len(rows) < 500:
        return sprite
    lab = to_lab(pixels[rows, columns, :3])
    height = rows.astype(np.float32) * (HEIGHT_WEIGHT / pixels.shape[0])
    features = np.column_stack([lab[:, 0] * np.float32(LIGHTNESS_WEIGHT), lab[:, 1:], height])
    numbers = np.random.default_rng(rng.randrange(2**32))
    sample = features[numbers.choice(len(features), min(SAMPLE, len(features)), replace=False)]
    centers = find_centers(sample, REGIONS, numbers)
    weights = np.exp(measure_distances(features, centers) / np.float32(-SOFTNESS)) + np.float32(1e-9)
    weights /= weights.sum(axis=1, keepdims=True)
    changes = _draw_changes(centers, rng)
    out = np.zeros_like(lab)
    for change in dict.fromkeys(changes):  # regions that share a change are done at once
        weight = weights[:, [c == change for c in changes]].sum(axis=1, keepdims=True)
        out += weight * _apply_change(lab, change)
    if keep_skin:
        lift = rng.triangular(-40.0, 3.0, -3.0)
        warmth = max(0.0, -lift)  # darker skin is also more colored
        tone = RegionChange(scale=rng.uniform(0.9, 1.2), tint=(0.25 * warmth, 0.5 * warmth), lift=lift, pivot=85.0)
        out += rate_skin_likeness(lab)[:, None] * (_apply_change(lab, tone) - out)
    pixels[rows, columns, :3] = to_rgb(out)
    return Image.fromarray(pixels)


def measure_distances(points: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distances float32 N,K of points N,F to centers K,F."""
    squares = (points * points) @ np.ones(points.shape[1], np.float32)
    out: NDArray[np.float32] = squares[:, None] - 2.0 * (points @ centers.T) + (centers * centers).sum(axis=1)
    return out.clip(min=0.0)


def find_centers(sample: NDArray[np.float32], count: int, numbers: np.random.Generator) -> NDArray[np.float32]:
    """Centers count,F of a sample N,F by k-means++ and twelve rounds of Lloyd's algorithm."""
    centers: NDArray[np.float32] = sample[numbers.integers(len(sample))][None]
    for _ in range(count - 1):
        nearest = measure_distances(sample, centers).min(axis=1).astype(np.float64) + 1e-9
        centers = np.vstack([centers, sample[numbers.choice(len(sample), p=nearest / nearest.sum())]])
    for _ in range(12):
        nearest = measure_distances(sample, centers).argmin(axis=1)
        centers = np.stack(
            [sample[nearest == i].mean(axis=0) if (nearest == i).any() else c for i, c in enumerate(centers)]
        )
    return centers


def rate_skin_likeness(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Likeness of each pixel of L*a*b* N,3 to colors that illustrators give to skin: 0 to 1, float32 N."""
    lightness, chroma = lab[..., 0], np.sqrt(lab[..., 1] ** 2 + lab[..., 2] ** 2)
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    likeness: NDArray[np.float32] = _ramp_between(lightness, 58.0, 110.0, 8.0) * _ramp_between(chroma, 4.0, 36.0, 3.0)
    likeness *= _ramp_between(hue, 28.0, 88.0, 8.0)
    return likeness


def _ramp_between(values: NDArray[np.float32], low: float, high: float, ramp: float) -> NDArray[np.float32]:
    """1 well between the bounds, 0 outside, rising and falling over a ramp inside them."""
    inside: NDArray[np.float32] = ((values - low) / ramp).clip(0.0, 1.0) * ((high - values) / ramp).clip(0.0, 1.0)
    return inside


def _draw_changes(centers: NDArray[np.float32], rng: random.Random) -> list[RegionChange]:
    """One change a region; regions of one hue (the lit and the shaded side of hair) mostly share theirs."""
    changes: list[RegionChange] = []
    for i, center in enumerate(centers):
        kin = [j for j in range(i) if _are_kin(centers[j], center)]
        near = [j for j in kin if abs(centers[j][3] - center[3]) < 0.35 * HEIGHT_WEIGHT]
        if kin and rng.random() < (0.9 if near else 0.5):
            changes.append(changes[(near or kin)[0]])
        else:
            changes.append(_draw_change(center, rng))
    return changes


def _are_kin(first: NDArray[np.float32], second: NDArray[np.float32]) -> bool:
    """Whether two regions are of one kind, and close in color or in hue."""
    if _classify_center(first) != _classify_center(second):
        return False
    turn = math.atan2(first[2], first[1]) - math.atan2(second[2], second[1])
    hues_differ = abs(math.remainder(turn, 2.0 * math.pi)) > 0.6
    return not hues_differ or math.hypot(first[1] - second[1], first[2] - second[2]) < 18.0


def _classify_center(center: NDArray[np.float32]) -> str:
    lightness, chroma = center[0] / LIGHTNESS_WEIGHT, np.hypot(center[1], center[2])
    return "black" if lightness < 26.0 and chroma < 16.0 else "gray" if chroma < 9.0 else "color"


def _draw_change(center: NDArray[np.float32], rng: random.Random) -> RegionChange:
    lightness, kind = float(center[0]) / LIGHTNESS_WEIGHT, _classify_center(center)
    angle, strength = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(12.0, 48.0)
    tint = (strength * math.cos(angle), strength * math.sin(angle))
    if kind == "black":
        if rng.random() < 0.25:
            return RegionChange()
        return RegionChange(
            tint=tint,
            lift=rng.uniform(18.0, 52.0),
            contrast=rng.uniform(1.0, 1.5),
            pivot=lightness,
            dark=True,
        )
    if kind == "gray":
        if rng.random() < 0.4:
            return RegionChange(lift=rng.uniform(-6.0, 6.0))
        return RegionChange(tint=tint, lift=rng.uniform(-42.0, -6.0), contrast=rng.uniform(0.9, 1.3), pivot=lightness)
    scale = min(max(rng.uniform(10.0, 55.0) / math.hypot(center[1], center[2]), 0.35), 2.2)
    lift = min(max(rng.uniform(30.0, 85.0) - lightness, -28.0), 28.0)
    return RegionChange(turn=angle, scale=scale, lift=lift, contrast=rng.uniform(0.85, 1.3), pivot=lightness)


def _apply_change(lab: NDArray[np.float32], change: RegionChange) -> NDArray[np.float32]:
    low, high = (1.0, 9.0) if change.dark else (LINE_TOP, LINE_BOTTOM)
    free = np.clip((lab[..., 0] - low) / (high - low), 0.0, 1.0)  # 0 on lines, 1 on fills
    cos, sin = math.cos(change.turn) * change.scale, math.sin(change.turn) * change.scale
    out = np.empty_like(lab)
    shifted = change.pivot + (lab[..., 0] - change.pivot) * change.contrast + change.lift
    out[..., 0] = np.clip(lab[..., 0] + (shifted - lab[..., 0]) * free, 0.0, 100.0)
    out[..., 1] = lab[..., 1] * cos - lab[..., 2] * sin + change.tint[0] * free
    out[..., 2] = lab[..., 1] * sin + lab[..., 2] * cos + change.tint[1] * free
    return out
