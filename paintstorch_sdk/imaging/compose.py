"""From what the network painted to a picture of the drawing's size, region by region.

The network paints at its working size, and mixes colors across lines there. Each pixel of the picture takes its color
from places of its own room alone (regions that wide passes join): the way from pixels to such places is found once per
drawing, and a picture is then one `cv2.remap`. Pixels of regions too narrow for the working size take their region's
own color.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry
from .regions import Regions

MAX_REMAP = 2**15 - 2  # pixels of a side that OpenCV maps at once
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SOFT = (4, 32)  # pixels of the working size: how far colors run into one another where no line is, least and most
CLEAR = 2  # pixels of the working size: what is as near to a line is mixed with what lies beyond it


@dataclass(frozen=True, eq=False)
class Enlarger:
    """Enlarges what the network painted.

    Attributes:
        labels: int32 h,w, the region of each pixel of the working size.
        clear: bool h,w, pixels that hold the color of their room alone.
        seams: int64 2,K, places side by side in the flat map of the working size: of two regions, which are one room
            and have no line between them there.
        rooms: int32 K, the room of each.
        seeds: int32 R, a place of each region in the flat map of the working size, for those without a clear pixel.
        ways: What `cv2.remap` reads: for each pixel of the label map its place in the source (see `enlarge`).
    """

    labels: NDArray[np.int32]
    clear: NDArray[np.bool_]
    seams: NDArray[np.int64]
    rooms: NDArray[np.int32]
    seeds: NDArray[np.int32]
    ways: tuple[NDArray[np.int16], NDArray[np.uint16]]

    @property
    def regions(self) -> int:
        """How many regions there are."""
        return len(self.seeds)

    @cached_property
    def clear_places(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """The clear pixels' places in the flat map, the region of each, and how many each region has."""
        places = np.flatnonzero(self.clear.ravel())
        labels = self.labels.ravel()[places]
        return places, labels, np.bincount(labels, minlength=self.regions)

    def enlarge(self, colors: Pixels, own: Pixels) -> Pixels:
        """A color layer of the label map's size.

        Args:
            colors: uint8 h,w,3 at the working size.
            own: uint8 R,3, the color of each region, where no pixel of it is clear.

        Returns:
            uint8 H,W,3.
        """
        width = colors.shape[1]
        strip = np.zeros((_count_rows(self.regions, width), width, 3), np.uint8)
        strip.reshape(-1, 3)[: self.regions] = own
        source = np.concatenate([colors, strip])
        height, across = self.ways[0].shape[:2]
        layer = np.empty((height, across, 3), np.uint8)
        for y in range(0, height, MAX_REMAP):
            for x in range(0, across, MAX_REMAP):
                part = np.s_[y : y + MAX_REMAP, x : x + MAX_REMAP]
                first, second = (np.ascontiguousarray(ways[part]) for ways in self.ways)
                layer[part] = cv2.remap(source, first, second, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return layer

    def soften(self, colors: Pixels) -> None:
        """Let colors that meet where no line is run into one another, in place.

        Args:
            colors: uint8 h,w,3 at the working size.
        """
        flat = colors.reshape(-1, 3)
        differ = (flat[self.seams[0]] != flat[self.seams[1]]).any(1)
        for room in np.unique(self.rooms[differ]):
            _soften_seam(colors, self.labels, self.seams[0][differ & (self.rooms == room)])


def find_ways(regions: Regions, geometry: Geometry) -> Enlarger:
    """Find for each pixel of the label map from where it takes its color.

    Args:
        regions: Regions of the drawing.
        geometry: Geometry of the drawing in the network.
    """
    width, height = geometry.working
    full_height, full_width = regions.labels.shape
    y = ((np.arange(height) + 0.5) * full_height / height).astype(np.int64)
    x = ((np.arange(width) + 0.5) * full_width / width).astype(np.int64)
    numbers = np.ascontiguousarray(regions.labels[np.ix_(y, x)])
    rooms = regions.rooms.astype(np.int32)
    labels = rooms[numbers]
    lines = cv2.resize(regions.walls.view(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA) > 0
    clear = _find_clear(labels, lines)
    source = _nearest_clear(labels, clear)
    # Bilinear interpolation reads a pixel's right, lower and diagonal neighbors, too.
    safe = clear.copy()
    for rows, columns in ((np.s_[1:], np.s_[:]), (np.s_[:], np.s_[1:]), (np.s_[1:], np.s_[1:])):
        moved = np.zeros_like(safe)
        other = np.full_like(labels, -1)
        moved[: clear[rows, columns].shape[0], : clear[rows, columns].shape[1]] = clear[rows, columns]
        other[: clear[rows, columns].shape[0], : clear[rows, columns].shape[1]] = labels[rows, columns]
        safe &= moved & (other == labels)
    u = ((np.arange(full_width, dtype=np.float32) + 0.5) * (width / full_width) - 0.5).astype(np.float32)
    v = ((np.arange(full_height, dtype=np.float32) + 0.5) * (height / full_height) - 0.5).astype(np.float32)
    across = np.broadcast_to(np.clip(u, 0, width - 1), regions.labels.shape).copy()
    down = np.broadcast_to(np.clip(v, 0, height - 1)[:, None], regions.labels.shape).copy()
    corner_x = np.clip(np.floor(u), 0, width - 1).astype(np.int32)
    corner_y = np.clip(np.floor(v), 0, height - 1).astype(np.int32)
    corner = corner_y[:, None] * width + corner_x
    plain = safe.ravel()[corner] & (labels.ravel()[corner] == rooms[regions.labels])
    rest = np.flatnonzero(~plain)
    at = (y_of := np.clip(np.rint(v), 0, height - 1).astype(np.int32))[rest // full_width] * width
    at += np.clip(np.rint(u), 0, width - 1).astype(np.int32)[rest % full_width]
    del y_of
    wanted = regions.labels.ravel()[rest]
    place = _places_of(rooms[wanted], at, labels, source, width)
    strip = place < 0
    place[strip] = height * width + wanted[strip]
    across.ravel()[rest] = place % width
    down.ravel()[rest] = place // width
    seams = _find_seams(numbers, labels, lines)
    return Enlarger(
        numbers,
        clear,
        seams,
        labels.ravel()[seams[0]],
        _find_seeds(regions, numbers),
        cv2.convertMaps(across, down, cv2.CV_16SC2),
    )


def _find_seams(labels: NDArray[np.int32], rooms: NDArray[np.int32], lines: NDArray[np.bool_]) -> NDArray[np.int64]:
    """See `Enlarger.seams`."""
    places = np.arange(labels.size).reshape(labels.shape)
    found = []
    for here, beside in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        seam = (labels[here] != labels[beside]) & (rooms[here] == rooms[beside]) & ~(lines[here] | lines[beside])
        found.append(np.stack([places[here][seam], places[beside][seam]]))
    return np.concatenate(found, 1)


def _soften_seam(colors: Pixels, labels: NDArray[np.int32], places: NDArray[np.int64]) -> None:
    """Blur the colors of regions that meet at these places, the nearer to them the more."""
    width = labels.shape[1]
    y, x = np.divmod(places, width)
    reach = float(np.clip(len(places), *SOFT))
    margin = math.ceil(2 * reach)
    box = np.s_[max(0, y.min() - margin) : y.max() + margin + 1, max(0, x.min() - margin) : x.max() + margin + 1]
    near, patch = labels[box], colors[box]
    away = np.ones(near.shape, np.uint8)
    away[y - box[0].start, x - box[1].start] = 0
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
    meeting = np.unique(np.concatenate([labels.ravel()[places], near[distance <= 1.5]]))
    inside = np.isin(near, meeting).astype(np.float32)
    total = cv2.GaussianBlur(patch * inside[..., None], (0, 0), 0.5 * reach, borderType=cv2.BORDER_CONSTANT)
    weight = cv2.GaussianBlur(inside, (0, 0), 0.5 * reach, borderType=cv2.BORDER_CONSTANT)
    blurred = total / np.maximum(weight, 1e-6)[..., None]
    share = (inside * np.maximum(1.0 - distance / reach, 0.0))[..., None]
    patch[...] = np.rint(patch + share * (blurred - patch)).astype(np.uint8)


def _find_clear(labels: NDArray[np.int32], lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels away from lines and from other regions; of a region without any, those off the lines."""
    border = lines.copy()
    border[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[:-1] |= labels[1:] != labels[:-1]
    border[1:] |= labels[1:] != labels[:-1]
    distance = cv2.distanceTransform((~border).view(np.uint8), cv2.DIST_L1, cv2.DIST_MASK_3)
    count = int(labels.max()) + 1
    clear: NDArray[np.bool_] = distance > CLEAR
    for fallback in (distance > 0, ~lines):
        without = np.bincount(labels[clear], minlength=count) == 0
        clear |= without[labels] & fallback
    return clear


def _nearest_clear(labels: NDArray[np.int32], clear: NDArray[np.bool_]) -> NDArray[np.int32]:
    """int32 h,w: the place in the flat map of the nearest clear pixel of the same region; -1 where none is near."""
    if not clear.any():
        return np.full(labels.shape, -1, np.int32)
    _, nearest = cv2.distanceTransformWithLabels(
        (~clear).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.flatnonzero(clear.ravel()).astype(np.int32)[nearest - 1]
    return np.where(labels.ravel()[place] == labels, place, np.int32(-1))


def _places_of(
    wanted: NDArray[np.int32],
    at: NDArray[np.int32],
    labels: NDArray[np.int32],
    source: NDArray[np.int32],
    width: int,
) -> NDArray[np.int32]:
    """For each pixel a clear place of its region, at its own place of the working size or beside it; or -1."""
    flat_labels, flat_source = labels.ravel(), source.ravel()
    result = np.full(len(wanted), -1, np.int32)
    open_ = np.arange(len(wanted))
    for step in (0, -1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1):
        beside = np.clip(at[open_] + step, 0, labels.size - 1)
        found = np.where(flat_labels[beside] == wanted[open_], flat_source[beside], -1)
        result[open_] = found
        open_ = open_[found < 0]
        if not open_.size:
            break
    return result


def _find_seeds(regions: Regions, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    seeds = np.zeros(len(regions), np.int32)
    height, width = labels.shape
    full_height, full_width = regions.labels.shape
    y, x = np.divmod(regions.seeds, full_width)
    seeds[:] = (y * height // full_height) * width + x * width // full_width
    return seeds


def _count_rows(regions: int, width: int) -> int:
    return math.ceil(regions / width)


def lay_lines(colors: Pixels, lines: Pixels, inverted: bool = False) -> Pixels:
    """Colors under lines: the product, or for light lines on dark paper the screen.

    Args:
        colors: uint8 H,W,3.
        lines: uint8 H,W or H,W,3 of the same size.
        inverted: Whether the lines are lighter than their paper.
    """
    if lines.ndim == 2:
        lines = cv2.merge([lines] * 3)
    picture: Pixels
    if inverted:
        picture = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(colors), cv2.bitwise_not(lines), scale=1 / 255))
    else:
        picture = cv2.multiply(colors, lines, scale=1 / 255)
    return picture
