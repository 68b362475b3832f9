"""Places where a simulated user puts hints: strokes, scattered points or filled regions, before they have colors.

Positions are in pixels of the hint map (a quarter of the crop's resolution). Source of the strokes' numbers:
PaintsTorch, section 3.2; see `SampleConfig`.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
Labels = NDArray[np.int32]

SAME = 40.0  # largest difference of a channel, 0..255, that a tidy stroke meets along its way


@dataclass(frozen=True, slots=True)
class Mark:
    """One stroke without its color: K,2 points x, y and the radius, in hint-map pixels."""

    points: NDArray[np.float64]
    radius: float


@dataclass(slots=True)
class SampleMarks:
    """All hints of one sample: `strokes`, and `cells`, bool H,W of the map cells that carry their own color.

    `flat` gives, for filled regions, the int32 H,W number of the region of each cell, or None.
    """

    cells: NDArray[np.bool_]
    strokes: list[Mark] = field(default_factory=list)
    flat: Labels | None = None


class Surface:
    """Surface for marks: a picture with its regions.

    Args:
        picture: float32 H,W,3 RGB in [0, 255].
        paper: bool H,W, False on lines.
    """

    def __init__(self, picture: FloatImage, paper: NDArray[np.bool_]) -> None:
        self.picture = picture
        count, labels = cv2.connectedComponents(paper.astype(np.uint8), connectivity=4)
        self.count: int = count
        self.labels: Labels = labels.astype(np.int32, copy=False)
        self.room = cv2.distanceTransform(paper.astype(np.uint8), cv2.DIST_L2, 3)  # pixels to the next line
        # The center of each map cell.
        self.cell_labels = self.labels[2::4, 2::4]

    def label_at(self, point: NDArray[np.float64]) -> int:
        x, y = self._nearest_pixel(point)
        return int(self.labels[y, x])

    def color_at(self, point: NDArray[np.float64], picture: FloatImage | None = None) -> FloatImage:
        """Color under a point, 3 numbers in 0..255, of this or of another picture of the same size."""
        x, y = self._nearest_pixel(point)
        color: FloatImage = (self.picture if picture is None else picture)[y, x]
        return color

    def room_at(self, point: NDArray[np.float64]) -> float:
        """Distance to the next line, in map pixels."""
        x, y = self._nearest_pixel(point)
        return float(self.room[y, x]) / 4.0

    def _nearest_pixel(self, point: NDArray[np.float64]) -> tuple[int, int]:
        height, width = self.labels.shape
        return min(max(int(point[0] * 4.0), 0), width - 1), min(max(int(point[1] * 4.0), 0), height - 1)


def scatter_cells(surface: Surface, density: float, rng: np.random.Generator) -> SampleMarks:
    """Single cells, each with the given probability; mostly off the lines."""
    cells = rng.random(surface.cell_labels.shape) < density
    if rng.random() < 0.8:
        cells &= surface.cell_labels > 0
    return SampleMarks(cells)


def fill_regions(surface: Surface, count: int, rng: np.random.Generator) -> SampleMarks:
    """Whole regions, or a random part of their cells, each of one color."""
    marks = SampleMarks(np.zeros(surface.cell_labels.shape, bool))
    present = np.unique(surface.cell_labels)
    present = present[present > 0]
    if len(present) == 0:
        return marks
    chosen = rng.permutation(present)[:count]
    marks.cells = np.isin(surface.cell_labels, chosen)
    if rng.random() < 0.5:
        marks.cells &= rng.random(marks.cells.shape) < rng.uniform(0.2, 1.0)
    marks.flat = surface.cell_labels
    return marks


def draw_stroke(
    surface: Surface,
    thickness: float,
    reach: float,
    waypoints: int,
    tidy: bool,
    rng: np.random.Generator,
) -> Mark:
    """One stroke.

    Args:
        surface: The surface that it is drawn on.
        thickness: Width in map pixels; a tidy stroke gets thinner where there is little room.
        reach: Width of the square around the start in which the waypoints lie, in map pixels.
        waypoints: Points besides the start.
        tidy: Stay within one region and near the color under the start.
        rng: Source of chance.
    """
    start = _choose_start(surface, rng)
    points = [start]
    label, color = surface.label_at(start), surface.color_at(start)
    for _ in range(waypoints):
        point = start + rng.uniform(-0.5, 0.5, 2) * reach
        if not tidy or all(
            surface.label_at(p) == label and np.abs(surface.color_at(p) - color).max() < SAME
            for p in (point, 0.5 * (point + points[-1]))
        ):
            points.append(point)
    radius = 0.5 * thickness
    if tidy:
        room = min(surface.room_at(p) for p in points)
        radius = min(radius, max(0.3, room + 0.3))
    return Mark(np.asarray(points), radius)


def _choose_start(surface: Surface, rng: np.random.Generator) -> NDArray[np.float64]:
    """A point off the lines, seldom on white, sometimes in a region chosen without regard to its size."""
    height, width = surface.cell_labels.shape
    if surface.count > 1 and rng.random() < 0.35:
        inside = np.flatnonzero(surface.labels == rng.integers(1, surface.count))
        y, x = divmod(int(rng.choice(inside)), surface.labels.shape[1])
        return np.array([(x + 0.5) / 4.0, (y + 0.5) / 4.0])
    point: NDArray[np.float64] = rng.uniform(0.0, 1.0, 2) * np.array((width, height))
    for _ in range(8):
        white = surface.color_at(point).min() > 245.0
        if surface.label_at(point) > 0 and not (white and rng.random() < 0.6):
            break
        point = rng.uniform(0.0, 1.0, 2) * (width, height)
    return point
