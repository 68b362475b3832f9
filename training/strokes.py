"""Strokes as people make them, on a drawing whose areas are known.

People say what they mean by a stroke, not where it ends: a blob is larger than the eye it colors, a line crosses an
outline, a scribble leaves half of a coat white, and most regions get nothing at all.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Color, Stroke

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

LINE = 128  # line art darker than this is line
LEAST = 12  # pixels: smaller areas are meant by nobody
CELLS = (1.0, 12.0)  # width of strokes, cells of the hint map
KINDS = ("dot", "line", "scribble", "crossing", "late")
SHARES = (0.25, 0.35, 0.2, 0.1, 0.1)  # of KINDS
BLUSH = ((244, 150, 150), (250, 180, 170), (225, 110, 120), (255, 160, 190))


@dataclass(frozen=True, slots=True)
class Areas:
    """The connected areas of one color of a drawing, off its lines.

    Attributes:
        labels: int32 H,W, 0 on lines.
        room: float32 H,W, pixels to the border of the area.
        boxes: int32 A,4, left, top, width, height of each; of 0, the whole.
        sizes: int64 A, pixels.
    """

    labels: NDArray[np.int32]
    room: NDArray[np.float32]
    boxes: NDArray[np.int32]
    sizes: NDArray[np.int64]

    @classmethod
    def find(cls, colors: NDArray[np.int32], lines: Pixels) -> "Areas":
        """Find the areas.

        Args:
            colors: H,W, the number of the color of each pixel.
            lines: uint8 H,W, paper is 255.
        """
        inside = lines >= LINE
        inside[:, 1:] &= colors[:, 1:] == colors[:, :-1]
        inside[1:] &= colors[1:] == colors[:-1]
        mask = inside.astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        room = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
        return cls(labels, np.asarray(room, np.float32), stats[:, :4], stats[:, cv2.CC_STAT_AREA].astype(np.int64))

    def place_in(self, area: int, rng: np.random.Generator) -> tuple[Points, float]:
        """A point in a wide part of an area, x and y, and the radius of the widest."""
        left, top, width, height = self.boxes[area]
        window = np.s_[top : top + height, left : left + width]
        room = np.where(self.labels[window] == area, self.room[window], 0.0)
        widest = float(room.max())
        places = np.flatnonzero(room >= rng.uniform(0.3, 0.9) * widest)
        y, x = divmod(int(places[rng.integers(len(places))]), int(width))
        return np.array([left + x + 0.5, top + y + 0.5]), widest


def draw_strokes(
    areas: Areas, chosen: NDArray[np.int64], color: Color, cell: float, rng: np.random.Generator
) -> list[Stroke]:
    """Strokes that mean some areas of one color.

    Args:
        areas: Areas of the drawing.
        chosen: The areas' numbers.
        color: What they are to have.
        cell: Pixels of the drawing that are one cell of the hint map.
        rng: Source of chance.
    """
    strokes = []
    for area in chosen.tolist():
        count = 1 if rng.random() < 0.8 else int(rng.integers(2, 6))
        for _ in range(count):
            strokes.append(_draw_stroke(areas, area, color, cell, rng))
    return strokes


def draw_details(areas: Areas, area: int, cell: float, rng: np.random.Generator) -> list[Stroke]:
    """Dots of blush within an area, which do not change what the area is."""
    color = BLUSH[rng.integers(len(BLUSH))]
    strokes = []
    for _ in range(int(rng.integers(1, 4))):
        place, widest = areas.place_in(area, rng)
        width = float(np.clip(rng.uniform(0.1, 0.4) * widest, 0.5 * cell, 3.0 * cell))
        strokes.append(Stroke(_listed(place[None]), color, width))
    return strokes


def _draw_stroke(areas: Areas, area: int, color: Color, cell: float, rng: np.random.Generator) -> Stroke:
    place, widest = areas.place_in(area, rng)
    kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
    low, high = np.log(CELLS)
    brush = cell * math.exp(rng.uniform(low, high))
    width = min(brush, widest * rng.uniform(1.0, 4.0))  # a brush is chosen for what it is to color, with little care
    width = max(width, 0.6 * cell)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    if kind == "dot":
        points = place[None]
    elif kind == "scribble":
        points = _scribble(place, widest, angle, rng)
    else:
        reach = widest * rng.uniform(0.5, 3.0) if kind == "line" else 2.0 * widest + 3.0 * cell
        points = _wander(place, reach, angle, rng)
        if kind == "line":
            points = points[: _first_outside(areas, area, points)]
        elif kind == "late":  # it began on the wrong side
            points = points[: max(2, len(points) // 2)][::-1]
    return Stroke(_listed(points), color, float(width))


def _wander(place: Points, reach: float, angle: float, rng: np.random.Generator) -> Points:
    """A line that bends, from a place on: 6,2."""
    angles = angle + np.cumsum(rng.normal(0.0, 0.4, 5))
    steps = rng.uniform(0.5, 1.5, 5)[:, None] * reach / 5.0
    ways = np.cumsum(steps * np.stack([np.cos(angles), np.sin(angles)], 1), 0)
    return np.concatenate([place[None], place + ways])


def _scribble(place: Points, widest: float, angle: float, rng: np.random.Generator) -> Points:
    """A zigzag about as wide as the area, sometimes over its borders."""
    turns = int(rng.integers(3, 9))
    along = np.linspace(-1.0, 1.0, turns) * widest * rng.uniform(0.5, 1.4)
    across = np.where(np.arange(turns) % 2, 1.0, -1.0) * widest * rng.uniform(0.4, 1.1, turns)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points: Points = place + np.stack([along, across], 1) @ turn
    return points


def _first_outside(areas: Areas, area: int, points: Points) -> int:
    """How many points come before the first that is not in an area, at least 1."""
    height, width = areas.labels.shape
    columns, rows = points.astype(int).T
    within = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
    inside = within & (areas.labels[rows.clip(0, height - 1), columns.clip(0, width - 1)] == area)
    return max(1, len(points) if inside.all() else int(inside.argmin()))


def _listed(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)
