"""The hint map that the network sees: strokes, and colors that flowed from them over their regions."""

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import HINT_STEP, Geometry
from ..imaging.regions import Regions
from .marks import Marks
from .raster import FloatMap
from .vote import NETWORK, PAPER, Votes

FADE = 0.25  # how fast confidence falls with the way from a stroke, per cell: 1 / (1 + FADE * cells)


def flow_hints(
    hint_map: FloatMap, votes: Votes, marks: Marks, regions: Regions, geometry: Geometry, confidence: float
) -> FloatMap:
    """Strokes on a hint map, with the colors of their regions around them.

    Args:
        hint_map: float32 4,H,W, the strokes alone (see `raster`).
        votes: What they decided.
        marks: The same strokes on the label map.
        regions: Regions of the drawing.
        geometry: Geometry of the line art in the network.
        confidence: Mask of a color that flowed; a stroke's own is 1.

    Returns:
        A new map. Cells of lines, of regions that the network decides, and of padding have only what strokes left
        there; where a stroke spilled over, its region's color covers it. A map without hints stays without.
    """
    if not len(marks):
        return hint_map
    rows, columns = (-(-side // HINT_STEP) for side in geometry.working[::-1])
    places = cell_places(regions, geometry, rows, columns)
    labels, top = regions.labels[places], marks.top[places]
    colors = region_colors(votes, marks, labels, top)
    known = (votes.reasons != NETWORK)[labels] & ~_hold_lines(regions, geometry, rows, columns)
    strokes = hint_map[:, :rows, :columns]
    spilled = (top >= 0) & ~np.isin(top.astype(np.int64) * len(regions) + labels, votes.owned)
    kept = np.where(spilled, np.float32(0.0), strokes)
    flowed = np.empty_like(kept)
    flowed[3] = known * np.float32(confidence)
    flowed[:3] = (colors.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - np.float32(1.0)) * flowed[3]
    result = hint_map.copy()
    result[:, :rows, :columns] = kept + flowed * (np.float32(1.0) - kept[3])
    return result


def cell_places(
    regions: Regions, geometry: Geometry, rows: int, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column on the label map of the center of each cell of the hint map."""
    height, width = regions.labels.shape
    y = (np.arange(rows) + 0.5) * HINT_STEP * height / geometry.working_height
    x = (np.arange(columns) + 0.5) * HINT_STEP * width / geometry.working_width
    y_places, x_places = np.minimum(y, height - 1).astype(np.int64), np.minimum(x, width - 1).astype(np.int64)
    return np.ix_(y_places, x_places)


def region_colors(votes: Votes, marks: Marks, labels: NDArray[np.int32], top: NDArray[np.int32]) -> NDArray[np.uint8]:
    """uint8 ...,3: the color that the votes give to places, by their regions; white is paper.

    Where several colors share a region, each place has a blend of them, the nearer the more.

    Args:
        votes: Votes on the drawing.
        marks: Marks of its hints.
        labels: int32 H,W, the region of each place.
        top: int32 H,W, the mark on top of each place, or -1.
    """
    table = votes.colors.copy()
    table[votes.reasons == PAPER] = 255
    colors: NDArray[np.uint8] = table[labels]
    for region, groups in votes.rivals.items():
        inside = labels == region
        if inside.any():
            rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
            box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            colors[inside] = _blend(groups, marks, inside[box], top[box])
    return colors


def _blend(
    groups: list[NDArray[np.int64]], marks: Marks, inside: NDArray[np.bool_], top: NDArray[np.int32]
) -> NDArray[np.float32]:
    import cv2  # here: the others of this module do without

    total = np.zeros((np.count_nonzero(inside), 3), np.float32)
    weights = np.zeros((len(total), 1), np.float32)
    for group in groups:
        here = np.isin(top, group) & inside
        if not here.any():
            continue
        distance = cv2.distanceTransform((~here).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)[inside]
        weight = (1.0 / np.square(distance + 0.5))[:, None]
        total += weight * marks.colors[int(group[0])].astype(np.float32)
        weights += weight
    blend: NDArray[np.float32] = np.rint(total / np.maximum(weights, 1e-12))
    return blend


def _hold_lines(regions: Regions, geometry: Geometry, rows: int, columns: int) -> NDArray[np.bool_]:
    """Cells with any pixel of a line in them."""
    import cv2

    walls = regions.walls.view(np.uint8)
    height, width = walls.shape
    if (height, width) != (rows, columns):
        size = (columns, rows)
        walls = cv2.resize(walls * 255, size, interpolation=cv2.INTER_AREA)
    return walls > 0
