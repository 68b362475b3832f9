"""What is known of a frame's regions when they are matched with the next frame's: small, and fit to be kept on disk."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..imaging.deflate import pack_map, unpack_map
from ..imaging.drawing import analyze
from ..imaging.geometry import measure_side
from ..imaging.regions import Regions, measure_regions

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]

SIDE = 704  # pixels of the long side of the map on which regions are found and matched
STEP = 2.2  # from one ball size to the next: 1.35 takes a fifth longer, and colors are no righter
BLUR = 0.3  # of the pixels of a drawing that one of the small map is: standard deviation
CELLS = 2.0  # see `regions.CELLS`: of its 4, regions take a seventh longer, and colors are no righter
MOST = 2**15 - 1  # regions of a frame
DENSE = 2**20  # pairs of regions that are counted in a table
REDUCED = 2  # times smaller than the small map: where flow is found
FIELD = 24.0  # pixels of that map: how far from a line the distance field tells places apart


@dataclass(frozen=True, eq=False)
class Segments:
    """The regions of one frame on a small map.

    Attributes:
        packed: uint8 N, `joined` in few bytes.
        area: float32 R, pixels of the small map off the lines; a region that none shows has a part of one.
        center: float32 R,2, x and y of the middle.
        spread: float32 R,3, second moments xx, yy and xy about the middle, square pixels.
        radius: float32 R, the largest ball in each, pixels.
        tone: uint8 R, level of the paper or tone.
        page: bool R, the paper around the figure.
        outer: bool R, whether it reaches the border of the frame.
        rooms: int64 R, see `Regions.rooms`.
        neighbors: int32 P,2, pairs of regions side by side, with or without a line between them, each pair once.
        field: uint8 h/2,w/2, see `measure_field`.
        inverted: bool, whether the lines are lighter than the paper.
        size: int64 2, width and height of the drawing, pixels.
    """

    packed: NDArray[np.uint8]
    area: Floats
    center: Floats
    spread: Floats
    radius: Floats
    tone: NDArray[np.uint8]
    page: NDArray[np.bool_]
    outer: NDArray[np.bool_]
    rooms: NDArray[np.int64]
    neighbors: Numbers
    field: NDArray[np.uint8]
    inverted: NDArray[np.bool_]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area)

    @classmethod
    def find(cls, lines: NDArray[np.uint8]) -> Self:
        """The segments of line art uint8 H,W or H,W,3.

        Raises:
            InputError: There are more regions than any drawing has.
        """
        height, width = lines.shape[:2]
        scale = min(1.0, SIDE / measure_side((height, width)))
        small = max(1, round(width * scale)), max(1, round(height * scale))
        drawing = analyze(lines if scale == 1.0 else reduce_lines(lines, small))
        regions, distance = measure_regions(drawing, STEP, CELLS)
        if len(regions) > MOST:
            raise InputError(f"line art: expected at most {MOST:,} regions, found {len(regions):,}: it is no line art")
        joined = regions.labels.astype(np.uint16)
        joined += joined
        joined += regions.walls
        found = cls(
            pack_map(joined),
            *_measure(regions),
            regions.radius,
            regions.tone,
            regions.page,
            regions.outer,
            regions.rooms,
            _find_neighbors(regions.labels, len(regions)),
            measure_field(distance, halve(regions.walls.shape)),
            np.array(drawing.inverted),
            np.array((width, height)),
        )
        vars(found).update(joined=joined, labels=regions.labels, walls=regions.walls)  # not to be unpacked here
        return found

    @cached_property
    def joined(self) -> NDArray[np.uint16]:
        """uint16 h,w, twice the label, and 1 on lines."""
        return np.asarray(unpack_map(self.packed), np.uint16)

    @cached_property
    def labels(self) -> Numbers:
        """int32 h,w, the region of each pixel; a pixel of a line belongs to the nearest."""
        return (self.joined >> 1).astype(np.int32)

    @cached_property
    def walls(self) -> NDArray[np.bool_]:
        """bool h,w, lines."""
        return (self.joined & 1).astype(bool)


def reduce_lines(lines: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Line art at a smaller size, width and height: in a quarter of the time of OpenCV's mean over areas.

    Blurred just as much as lines of one pixel need, lest they fall between the pixels that are read.
    """
    times = lines.shape[1] / size[0]
    side = 2 * round((times - 1) / 2) + 1
    blurred = cv2.GaussianBlur(lines, (side, side), BLUR * times)
    return np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR))


def halve(shape: tuple[int, ...]) -> tuple[int, int]:
    """The width and height at which optical flow is found, of a small map's shape."""
    return max(1, shape[1] // REDUCED), max(1, shape[0] // REDUCED)


def measure_field(distance: Floats, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Distance from the nearest line, 255 at `FIELD` pixels of the small map: what optical flow follows.

    Args:
        distance: float32 h,w, pixels.
        size: Width and height of the result.
    """
    field = cv2.convertScaleAbs(distance, alpha=255.0 / FIELD)
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA))


def _measure(regions: Regions) -> tuple[Floats, Floats, Floats]:
    """Area, middle and second moments of each region, off the lines: sums over runs of pixels."""
    count, width = len(regions), regions.labels.shape[1]
    runs = regions.runs
    y, x = (part.astype(np.float64) for part in np.divmod(runs.first, width + 1))
    length = (runs.last - runs.first).astype(np.float64)
    middle = x + (length - 1) / 2
    seen = runs.counts

    def mean(values: NDArray[np.float64]) -> NDArray[Any]:
        return np.bincount(runs.labels, values * length, count) / np.maximum(seen, 1)

    center = np.stack([mean(middle), mean(y)], 1)
    spread = np.stack([mean(middle**2 + (length**2 - 1) / 12), mean(y * y), mean(middle * y)], 1)
    spread -= np.stack([center[:, 0] ** 2, center[:, 1] ** 2, center[:, 0] * center[:, 1]], 1)
    hidden = seen == 0
    seed_y, seed_x = np.divmod(regions.seeds[hidden], width)
    center[hidden] = np.stack([seed_x, seed_y], 1)
    area = np.maximum(seen, 0.1)
    return area.astype(np.float32), center.astype(np.float32), spread.astype(np.float32)


def _find_neighbors(labels: Numbers, count: int) -> Numbers:
    found = []
    for here, beside in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        at = np.flatnonzero(here != beside)
        y, x = np.divmod(at, here.shape[1])
        a, b = here[y, x], beside[y, x]
        found.append(np.minimum(a, b).astype(np.int64) * count + np.maximum(a, b))
    codes = np.concatenate(found)
    pairs = np.flatnonzero(np.bincount(codes)) if count * count <= DENSE else np.unique(codes)
    return np.stack(np.divmod(pairs, max(count, 1)), 1).astype(np.int32)
