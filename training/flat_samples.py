"""Samples of drawings that know their flats: strokes as people make them, and the colors that they mean.

Everything between the strokes and the hint map is the runtime's own (`painting.prepare_hints`), at the size of the
drawing; only the network's input is reduced. What a stroke means is known from the flats, so the target is exact: all
areas of a color that some stroke means have that color, the other strand of a head of hair too, and all others stay
paper.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.preprocess import line_art_tensor
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.painting import prepare_hints

from . import linework
from .region_colors import random_colors
from .strokes import LEAST, Areas, draw_details, draw_strokes

Pixels = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

FINISHED = 0.7  # share of drawings whose user has told nearly all colors: an area left out is then like another
MOST_COLORS = 32  # told in one sample; people stop before


class Told(NamedTuple):
    """A window of a drawing with strokes on it, and the colors they mean."""

    lines: Pixels  # H,W
    flats: Pixels  # H,W,3: the truth, white where nothing tells of a color
    hints: Hints


def tell_colors(
    flats: Pixels, lines: Pixels, cell: float, empty: float, recolor: float, bleach: float, rng: np.random.Generator
) -> Told:
    """Put a user's strokes on a drawing.

    Args:
        flats: uint8 H,W,3 RGB.
        lines: uint8 H,W, as drawn.
        cell: Pixels of the drawing that are one cell of the hint map.
        empty: Share of drawings without strokes.
        recolor: Share of drawings whose told colors become others, so that colors follow strokes and not habit.
        bleach: Share of drawings whose other colors become white; the rest keeps them.
        rng: Source of chance.
    """
    key: NDArray[np.int32] = flats.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    values, numbers = np.unique(key, return_inverse=True)
    colors: NDArray[np.int32] = numbers.reshape(flats.shape[:2]).astype(np.int32)
    table = np.stack([values >> 16, values >> 8 & 255, values & 255], 1).astype(np.uint8)
    areas = Areas.find(colors, lines)
    owner = np.zeros(len(areas.sizes), np.int64)  # the color of each area
    owner[areas.labels.ravel()] = colors.ravel()
    known = np.flatnonzero((areas.sizes >= LEAST) & (np.arange(len(areas.sizes)) > 0))
    colored = [c for c in np.unique(owner[known]).tolist() if table[c].min() < 255]
    told = np.zeros(len(table), bool)
    if colored and rng.random() >= empty:
        if rng.random() < FINISHED:
            count = (1.0 - rng.uniform(0.0, 0.3)) * len(colored)
        else:
            count = math.exp(rng.uniform(0.0, math.log(len(colored) + 1)))
        told[rng.permutation(colored)[: max(1, min(int(count), MOST_COLORS))]] = True
    if rng.random() < recolor:
        changed = told & (rng.random(len(table)) < rng.choice([0.3, 0.6, 0.9]))
        table[changed] = random_colors(len(table), rng)[changed].astype(np.uint8)
    strokes: list[Stroke] = []
    for color in np.flatnonzero(told).tolist():
        own = known[owner[known] == color]
        weights = np.sqrt(areas.sizes[own])
        many = min(len(own), 1 if rng.random() < 0.5 else int(rng.integers(1, 5)))
        chosen = rng.choice(own, many, replace=False, p=weights / weights.sum())
        strokes += draw_strokes(areas, chosen, _triple(table[color]), cell, rng)
        if rng.random() < 0.04:
            strokes += draw_details(areas, int(own[areas.sizes[own].argmax()]), cell, rng)
    white = [c for c in np.unique(owner[known]).tolist() if table[c].min() == 255]
    if white and strokes and rng.random() < 0.15:
        own = known[owner[known] == white[0]]
        strokes += draw_strokes(areas, rng.permutation(own)[:1], (255, 255, 255), cell, rng)
    if rng.random() < bleach:
        table[~told] = 255
    order = rng.permutation(len(strokes))
    return Told(lines, table[colors], Hints(tuple(strokes[i] for i in order)))


def _triple(color: NDArray[np.uint8]) -> tuple[int, int, int]:
    red, green, blue = color.tolist()
    return red, green, blue


def make_tensors(told: Told, crop: int, confidence: float) -> tuple[FloatImage, FloatImage, FloatImage]:
    """line art 1,S,S, hint map 4,S/4,S/4 and target 3,S,S of a square window at least as large as the crop."""
    side = told.lines.shape[0]
    geometry = Geometry.fit(side, side, crop)
    hints = prepare_hints(told.hints, find_regions(analyze(told.lines)), geometry, confidence).hint_map
    reduced = cv2.resize(told.flats, (crop, crop), interpolation=cv2.INTER_AREA)
    target: FloatImage = reduced.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return (
        line_art_tensor(told.lines, geometry)[0],
        hints,
        np.ascontiguousarray(target),
    )


def cut_window(flats: Pixels, lines: Pixels, side: int, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A random square of flats and varied lines, mirrored in half of the cases."""
    height, width = lines.shape
    x, y = int(rng.integers(0, max(1, width - side + 1))), int(rng.integers(0, max(1, height - side + 1)))
    window = np.s_[y : y + side, x : x + side]
    flats, lines = linework.fill_square(flats[window], side), linework.fill_square(lines[window], side)
    lines = linework.fade_lines(linework.vary_lines(lines, rng), rng)
    if rng.random() < 0.5:
        flats, lines = flats[:, ::-1], lines[:, ::-1]
    return np.ascontiguousarray(flats), np.ascontiguousarray(lines)
