"""The hint map that the network sees: strokes, and colors that flowed from them over their regions."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import HINT_STEP, Geometry
from ..imaging.packed import Packed, pack, unpack
from ..imaging.regions import Regions
from .marks import Marks, Places
from .meaning import WHITE
from .raster import FloatMap
from .vote import NETWORK, PAPER, Votes

BLENDED = 128  # places of the long side at which a blend of colors is found


@dataclass(frozen=True, eq=False)
class Blend:
    """The colors that share a region, blended: kept for the next render.

    Attributes:
        box: Rows and columns around the region.
        inside: bool h,w, the region in the box.
        groups: Places of the marks of each color, of which `drawn` was made.
        drawn: uint8 h,w, which of the colors is drawn where, from 1 on.
        inks: uint8 K,3, those colors.
        weights: float32 of a reduced size, how much each of them counts.
        colors: uint32 h,w, the blend.
    """

    box: tuple[slice, slice]
    inside: NDArray[np.bool_]
    groups: list[list[Places]]
    drawn: NDArray[np.uint8]
    inks: NDArray[np.uint8]
    weights: list[FloatMap]
    colors: Packed


Blends = dict[int, Blend]  # by region


@dataclass(frozen=True, eq=False)
class Cells:
    """What lies under each cell of a hint map, padding left out.

    Attributes:
        places: int64 H and int64 W: row and column on the label map of the center of each cell.
        labels: int32 H,W, the region of each.
        lines: bool H,W, cells with any pixel of a line in them.
        regions: How many regions there are.
        blends: Blends of the regions that several colors share.
    """

    places: tuple[NDArray[np.int64], NDArray[np.int64]]
    labels: NDArray[np.int32]
    lines: NDArray[np.bool_]
    regions: int
    blends: Blends = field(default_factory=dict)


def find_cells(regions: Regions, geometry: Geometry) -> Cells:
    """The cells of the hint map of a drawing.

    Args:
        regions: Regions of the drawing.
        geometry: Where the drawing lies in the network's input.
    """
    rows, columns = (-(-side // HINT_STEP) for side in geometry.working[::-1])
    height, width = regions.labels.shape
    y = (np.arange(rows) + 0.5) * HINT_STEP * height / geometry.working_height
    x = (np.arange(columns) + 0.5) * HINT_STEP * width / geometry.working_width
    places = np.minimum(y, height - 1).astype(np.int64), np.minimum(x, width - 1).astype(np.int64)
    lines = regions.walls.view(np.uint8)
    if (height, width) != (rows, columns):
        lines = cv2.resize(lines * 255, (columns, rows), interpolation=cv2.INTER_AREA)
    return Cells(places, regions.labels[np.ix_(*places)], lines > 0, len(regions))


def flow_hints(hint_map: FloatMap, votes: Votes, marks: Marks, cells: Cells, confidence: float) -> FloatMap:
    """Strokes on a hint map, with the colors of their regions around them.

    Args:
        hint_map: float32 4,H,W, the strokes alone (see `raster`).
        votes: What they decided.
        marks: The same strokes on the label map.
        cells: Cells of the hint map.
        confidence: Mask of a color that flowed; a stroke's own is 1.

    Returns:
        A new map. Cells of lines, of regions that the network decides, and of padding have only what strokes left
        there; where a stroke spilled over, its region's color covers it. A map without hints stays without.
    """
    if not marks.sizes.any():  # no strokes, or none that meets the drawing
        return hint_map
    labels, top = cells.labels, marks.sample(*cells.places)
    rows, columns = labels.shape
    colors = region_colors(votes, marks, labels, top, cells.blends)
    known = (votes.reasons != NETWORK)[labels] & ~cells.lines
    strokes = hint_map[:, :rows, :columns]
    kept = strokes.copy()
    drawn = np.nonzero(top >= 0)
    keys = top[drawn].astype(np.int64) * cells.regions + labels[drawn]
    spilled = np.append(votes.owned, -1)[np.searchsorted(votes.owned, keys)] != keys
    kept[:, drawn[0][spilled], drawn[1][spilled]] = 0.0
    flowed = np.empty_like(kept)
    flowed[3] = known * np.float32(confidence)
    flowed[:3] = (colors.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - np.float32(1.0)) * flowed[3]
    result = hint_map.copy()
    result[:, :rows, :columns] = kept + flowed * (np.float32(1.0) - kept[3])
    return result


def region_colors(
    votes: Votes, marks: Marks, labels: NDArray[np.int32], top: NDArray[np.int32], known: Blends | None = None
) -> NDArray[np.uint8]:
    """uint8 H,W,3: the color that the votes give to places, by their regions; white is paper.

    Args: see `blend_shared`.
    """
    table = votes.colors.copy()
    table[votes.reasons == PAPER] = 255
    colors = pack(table).take(labels)
    blend_shared(colors, votes, marks, labels, top, known)
    return unpack(colors)


def blend_shared(
    colors: Packed,
    votes: Votes,
    marks: Marks,
    labels: NDArray[np.int32],
    top: NDArray[np.int32],
    known: Blends | None = None,
) -> None:
    """Blend the colors that share a region, in place: each place has of each as much as its strokes are near.

    Args:
        colors: uint32 H,W.
        votes: Votes on the drawing.
        marks: Marks of its hints.
        labels: int32 H,W, the region of each place.
        top: int32 H,W, the mark on top of each place, or -1.
        known: Blends of the regions of these labels that were found before; what is found now is added.
    """
    known = {} if known is None else known
    for region, groups in votes.rivals.items():
        found = known.get(region)
        if found is None:
            x, y, width, height = cv2.boundingRect((labels == region).view(np.uint8))
            box = np.s_[y : y + height, x : x + width]
            inside = labels[box] == region
        else:
            box, inside = found.box, found.inside
        if not inside.size:
            continue
        places = [[marks.places[mark] for mark in group.tolist()] for group in groups]
        inks = marks.colors[[int(group[0]) for group in groups]]
        if found is None or not _are_same(places, found.groups) or not np.array_equal(inks, found.inks):
            group_of = np.zeros(len(marks) + 1, np.uint8)  # the last one is that of places without a mark
            for number, group in enumerate(groups, 1):
                group_of[group] = number
            drawn = cv2.copyTo(group_of.take(top[box], mode="wrap"), inside.view(np.uint8))
            weights = [_weigh(drawn, number, found) for number in range(1, len(inks) + 1)]
            blend = _blend(weights, inks, drawn.shape)
            found = known[region] = Blend(box, inside, places, drawn, inks, weights, blend)
        cv2.copyTo(found.colors.view(np.int32), inside.view(np.uint8), colors[box].view(np.int32))


def _are_same(some: list[list[Places]], others: list[list[Places]]) -> bool:
    """Whether these are the very same marks: a mark that another covered in part has other places."""
    return [[*map(id, group)] for group in some] == [[*map(id, group)] for group in others]


def _weigh(drawn: NDArray[np.uint8], number: int, before: Blend | None) -> FloatMap:
    """How much an ink counts at each place: as much as its marks are near; at a reduced size, as that is smooth."""
    here = cv2.inRange(drawn, number, number)  # cv2.compare takes no single pixel
    if (
        before is not None
        and number <= len(before.weights)
        and np.array_equal(here, cv2.inRange(before.drawn, number, number))
    ):
        return before.weights[number - 1]
    factor = max(1, round(max(drawn.shape) / BLENDED))
    size = -(-drawn.shape[1] // factor), -(-drawn.shape[0] // factor)
    away = (cv2.resize(here, size, interpolation=cv2.INTER_AREA) == 0).view(np.uint8)
    if away.all():
        return np.zeros(away.shape, np.float32)
    weight: FloatMap = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
    weight += np.float32(0.5)
    np.reciprocal(cv2.multiply(weight, weight), out=weight)
    return weight


def _blend(weights: list[FloatMap], inks: NDArray[np.uint8], shape: tuple[int, int]) -> Packed:
    """uint32 of a shape: of each ink, uint8 K,3, as much as it counts; paper and colors part sooner than two colors."""
    if inks.min(1).max() >= WHITE:
        weights = [cv2.multiply(weight, weight) for weight in weights]
    planes, total = np.zeros((3, *weights[0].shape), np.float32), np.full(weights[0].shape, 1e-12, np.float32)
    for weight, ink in zip(weights, inks.tolist(), strict=True):
        total += weight
        for plane, level in zip(planes, ink, strict=True):
            cv2.scaleAdd(weight, level, plane, plane)
    planes /= total
    blend: NDArray[np.uint8] = cv2.merge([cv2.convertScaleAbs(plane) for plane in planes])
    return pack(blend if blend.shape[:2] == shape else cv2.resize(blend, shape[::-1], interpolation=cv2.INTER_LINEAR))
