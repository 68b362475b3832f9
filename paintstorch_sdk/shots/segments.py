"""What is known of a frame's regions when they are matched with the next frame's: small, and fit to be kept on disk."""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..imaging.drawing import Drawing
from ..imaging.geometry import measure_side
from ..imaging.regions import Regions

Floats = NDArray[np.float32]

SIDE = 640  # pixels of the long side on which regions are matched
MOST = 2**16 - 1  # regions of a frame
FIELD = 24.0  # pixels of that map: how far from a line the distance field tells places apart


@dataclass(frozen=True, eq=False)
class Segments:
    """The regions of one frame on a small map.

    Attributes:
        labels: int32 h,w, the region of each pixel; its numbers are those of `Regions`.
        walls: bool h,w, lines.
        field: uint8 h,w, distance from the nearest line, 255 at `FIELD` pixels: what optical flow follows.
        area: float32 R, pixels of the small map off the lines; a region that none shows has a part of one.
        center: float32 R,2, x and y of the middle.
        spread: float32 R,3, second moments xx, yy and xy about the middle, square pixels.
        tone: uint8 R, level of the paper or tone.
        page: bool R, the paper around the figure.
        neighbors: int32 P,2, pairs of regions side by side, with or without a line between them, each pair once.
        full: uint8 N, the full-size label map as a PNG of 16 bits (see `read_labels`).
        inverted: bool, whether the lines are lighter than the paper.
        size: int64 2, width and height of the drawing, pixels.
    """

    labels: NDArray[np.int32]
    walls: NDArray[np.bool_]
    field: NDArray[np.uint8]
    area: Floats
    center: Floats
    spread: Floats
    tone: NDArray[np.uint8]
    page: NDArray[np.bool_]
    neighbors: NDArray[np.int32]
    full: NDArray[np.uint8]
    inverted: NDArray[np.bool_]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area)

    @classmethod
    def of(cls, regions: Regions, drawing: Drawing) -> Self:
        """The segments of a drawing's regions.

        Raises:
            InputError: There are more regions than any drawing has.
        """
        if len(regions) > MOST:
            raise InputError(f"line art: expected at most {MOST:,} regions, found {len(regions):,}: it is no line art")
        height, width = regions.labels.shape
        scale = min(1.0, SIDE / measure_side((height, width)))
        small = max(1, round(width * scale)), max(1, round(height * scale))
        y = ((np.arange(small[1]) + 0.5) * height / small[1]).astype(np.int64)
        x = ((np.arange(small[0]) + 0.5) * width / small[0]).astype(np.int64)
        labels = np.ascontiguousarray(regions.labels[np.ix_(y, x)])
        walls = cv2.resize(regions.walls.view(np.uint8) * 255, small, interpolation=cv2.INTER_AREA) > 96
        distance = cv2.distanceTransform((~walls).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        field = np.minimum(distance * (255.0 / FIELD), 255.0).astype(np.uint8)
        area, center, spread = _measure(labels, walls, regions, scale)
        full = cv2.imencode(".png", regions.labels.astype(np.uint16), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
        return cls(
            labels,
            walls,
            field,
            area,
            center,
            spread,
            regions.tone,
            regions.page,
            _find_neighbors(labels),
            np.asarray(full).ravel(),
            np.array(drawing.inverted),
            np.array(drawing.size),
        )

    def read_labels(self) -> NDArray[np.int32]:
        """The full-size label map, int32 H,W: see `Regions.labels`."""
        labels: NDArray[np.int32] = np.asarray(cv2.imdecode(self.full, cv2.IMREAD_UNCHANGED)).astype(np.int32)
        return labels


def _measure(
    labels: NDArray[np.int32], walls: NDArray[np.bool_], regions: Regions, scale: float
) -> tuple[Floats, Floats, Floats]:
    """Area, middle and second moments of each region, off the lines."""
    count, width = len(regions), labels.shape[1]
    places = np.flatnonzero(~walls)
    inside = labels.ravel()[places]
    y, x = (part.astype(np.float64) for part in np.divmod(places, width))
    seen = np.bincount(inside, minlength=count)

    def mean(values: NDArray[np.float64]) -> NDArray[Any]:
        return np.bincount(inside, values, count) / np.maximum(seen, 1)

    center = np.stack([mean(x), mean(y)], 1)
    spread = np.stack([mean(x * x), mean(y * y), mean(x * y)], 1)
    spread -= np.stack([center[:, 0] ** 2, center[:, 1] ** 2, center[:, 0] * center[:, 1]], 1)
    hidden = seen == 0
    seed_y, seed_x = np.divmod(regions.seeds[hidden], regions.labels.shape[1])
    center[hidden] = np.stack([seed_x, seed_y], 1) * scale
    area = np.maximum(seen, np.maximum(regions.area * scale**2, 0.1) * hidden)
    return area.astype(np.float32), center.astype(np.float32), spread.astype(np.float32)


def _find_neighbors(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    found = []
    for here, beside in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        differ = here != beside
        found.append(np.sort(np.stack([here[differ], beside[differ]], 1), axis=1))
    return np.unique(np.concatenate(found), axis=0)
