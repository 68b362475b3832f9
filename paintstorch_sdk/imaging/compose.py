"""From what the network painted to a picture of the drawing's size, region by region.

The network paints at its working size, and mixes colors across lines there. Each pixel of the picture takes its color
from places of its own room alone (regions that wide passes join): such places are found once per drawing. A picture is
then what is painted there, enlarged, and beside lines, where enlarging mixes rooms, corrected place by place. Pixels of
regions too narrow for the working size take their region's own color.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import Geometry
from .packed import Packed, Pixels, as_bytes, pack
from .regions import Regions
from .runs import Runs

Floats = NDArray[np.float32]

SOFT = (4, 32)  # pixels of the working size: how far colors run into one another where no line is, least and most
BLUR = 8  # pixels of a reach: colors that run farther are blurred at a reduced size
SLIGHT = 1 / 512  # of a color: less is not mixed in
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
        source: int64 h,w: for each pixel of the working size the place in the flat map of the nearest clear one of
            its room; where none is near, h * w and the number of its region.
        rest: int64 N, places in the flat label map whose neighbors at the working size belong to several rooms.
        ways: int64 N, from where each of those takes its color, as `source`.
        size: (width, height) of the label map.
        blends: Blends of regions that several colors share, for the next render (see `flow.region_colors`).
    """

    labels: NDArray[np.int32]
    clear: NDArray[np.bool_]
    seams: NDArray[np.int64]
    rooms: NDArray[np.int32]
    seeds: NDArray[np.int32]
    source: NDArray[np.int64]
    rest: NDArray[np.int64]
    ways: NDArray[np.int64]
    size: tuple[int, int]
    blends: dict[int, Any] = field(default_factory=dict)
    _softened: dict[int, "_Seam"] = field(default_factory=dict)
    _last: dict[Any, tuple[Any, Any]] = field(default_factory=dict)  # what was found last, behind what it depends on

    @property
    def regions(self) -> int:
        """How many regions there are."""
        return len(self.seeds)

    @cached_property
    def _runs(self) -> Runs:
        return Runs.find(self.labels, self.clear, self.regions)

    def average(self, painted: Pixels) -> Floats:
        """float32 R,3: the mean color of each region where it is clear.

        Args:
            painted: uint8 h,w,3 at the working size.
        """
        means = self._runs.average(painted).astype(np.float32)
        hidden = self._runs.counts == 0  # too narrow for the working size
        means[hidden] = painted.reshape(-1, 3)[self.seeds[hidden]]
        return means

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """int64 h,w: `labels`, as NumPy takes by them without a copy."""
        return self.labels.astype(np.int64)

    def mask(self, numbers: NDArray[np.bool_]) -> Pixels:
        """uint8 h,w: 255 in some regions, bool R."""
        known = self._last.get("mask")
        if known is None or not np.array_equal(known[0], numbers):
            known = self._last["mask"] = numbers, np.where(numbers, 255, 0).astype(np.uint8).take(self.places)
        mask: Pixels = known[1]
        return mask

    def fade(self, beside: Pixels, reach: float) -> Pixels:
        """uint8 h,w: 0 where `beside`, uint8 h,w of 0 and 1, is 0, and up to 255 at a reach in pixels from there."""
        margin = math.ceil(reach) + 2
        known: tuple[Pixels, Pixels] | None = self._last.get(("fade", reach))
        before, faded = known or (np.ones_like(beside), np.full_like(beside, 255))
        x, y, width, height = cv2.boundingRect(cv2.bitwise_xor(before, beside))
        if width:
            left, top = max(0, x - margin), max(0, y - margin)
            from_x, from_y = max(0, left - margin), max(0, top - margin)
            around = beside[from_y : y + height + 2 * margin, from_x : x + width + 2 * margin]
            distance = cv2.distanceTransform(around, cv2.DIST_L2, cv2.DIST_MASK_5)
            distance = np.minimum(distance, reach)  # where there is nothing, it is as large as numbers get
            levels = cv2.convertScaleAbs(distance, alpha=255.0 / reach)[top - from_y :, left - from_x :]
            faded = faded.copy()
            part = faded[top : y + height + margin, left : x + width + margin]
            part[:] = levels[: part.shape[0], : part.shape[1]]
            self._last["fade", reach] = beside, faded
        return faded

    @cached_property
    def hidden(self) -> NDArray[np.int64]:
        """int64 2,K: which of `rest` have their region's own color, and the pixel of the working size at each."""
        height, width = self.labels.shape
        numbers = np.flatnonzero(self.ways >= height * width)
        y, x = np.divmod(self.rest[numbers], self.size[0])
        return np.stack([numbers, y * height // self.size[1] * width + x * width // self.size[0]])

    @cached_property
    def grids(self) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
        """Rows and columns of the label map that pixels of the working size stand for, and those of half of it."""
        height, width = self.labels.shape
        return tuple(
            (_choose_places(self.size[1], -(-height // part)), _choose_places(self.size[0], -(-width // part)))
            for part in (1, 2)
        )

    def spread(self, colors: Packed, own: Packed) -> tuple[Packed, Packed]:
        """The colors that are enlarged, each of its own room, and those of `rest`.

        Args:
            colors: uint32 h,w at the working size.
            own: uint32 R, the color of each region, where no pixel of it is clear.
        """
        known = np.concatenate([colors.ravel(), own])
        return known.take(self.source), known.take(self.ways)

    def soften(self, colors: Packed, own: Packed) -> None:
        """Let colors that meet where no line is run into one another, in place.

        Args:
            colors: uint32 h,w at the working size.
            own: uint32 R, the color of each region.
        """
        flat = colors.reshape(-1)
        differ = flat.take(self.seams[0]) != flat.take(self.seams[1])
        for room in np.unique(self.rooms[differ]).tolist():
            places = self.seams[0][differ & (self.rooms == room)]
            seam = self._softened.get(room)
            if seam is None or not np.array_equal(seam.between, places):
                seam = self._softened[room] = _find_seam(self.labels, places)
            seam.soften(flat, own)


def _choose_places(count: int, wanted: int) -> NDArray[np.int64]:
    """As many of so many places as OpenCV chooses to shrink them."""
    line = np.arange(count, dtype=np.float32)[None]
    chosen: NDArray[np.float32] = cv2.resize(line, (wanted, 1), interpolation=cv2.INTER_NEAREST)[0]
    return chosen.astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Seam:
    """Regions of one room that run into one another.

    Attributes:
        between: int64, the places in the flat map at which they meet.
        places: int64 K, the places at which they mix.
        kept: float32 K,1, how much of its color each of those keeps.
        numbers: int32 M, the regions.
        shares: float32 K,M, how much it takes of the colors of the others.
    """

    between: NDArray[np.int64]
    places: NDArray[np.int64]
    kept: Floats
    numbers: NDArray[np.int32]
    shares: Floats

    def soften(self, flat: Packed, own: Packed) -> None:
        """Mix the colors, uint32 N, in place; `own` are those of all regions."""
        mixed = as_bytes(flat.take(self.places))[:, :3] * self.kept
        mixed += self.shares @ as_bytes(own[self.numbers])[:, :3].astype(np.float32)
        flat[self.places] = pack(np.rint(mixed, out=mixed).astype(np.uint8))


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
    known = np.where(source < 0, height * width + numbers, source)
    # Bilinear interpolation reads a pixel's right, lower and diagonal neighbors, too.
    beside = np.pad(labels, ((0, 1), (0, 1)), "edge")
    uniform = (beside[:-1, 1:] == labels) & (beside[1:, :-1] == labels) & (beside[1:, 1:] == labels)
    u = np.clip((np.arange(full_width) + 0.5) * (width / full_width) - 0.5, 0, width - 1)
    v = np.clip((np.arange(full_height) + 0.5) * (height / full_height) - 0.5, 0, height - 1)
    plain = np.where(uniform, numbers, -1).take(u.astype(np.int64), axis=1).take(v.astype(np.int64), axis=0)
    rest = np.flatnonzero(plain != regions.labels)  # by region first: few are left to be looked at by room
    wanted, beside = regions.labels.take(rest), plain.take(rest)
    apart = (beside < 0) | (rooms[beside] != rooms[wanted])
    rest, wanted = rest[apart], wanted[apart]
    y, x = np.divmod(rest, full_width)
    at = (np.rint(v).astype(np.int32) * width)[y] + np.rint(u).astype(np.int32)[x]
    ways = _places_of(rooms[wanted], at, labels, source, width)
    ways = np.where(ways < 0, height * width + wanted, ways)
    seams = _find_seams(numbers, labels, lines)
    seeds = _find_seeds(regions, numbers)
    room_of = labels.ravel()[seams[0]]
    size = full_width, full_height
    return Enlarger(numbers, clear, seams, room_of, seeds, known.astype(np.int64), rest, ways.astype(np.int64), size)


def _find_seams(labels: NDArray[np.int32], rooms: NDArray[np.int32], lines: NDArray[np.bool_]) -> NDArray[np.int64]:
    """See `Enlarger.seams`."""
    places = np.arange(labels.size).reshape(labels.shape)
    found = []
    for here, beside in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        seam = (labels[here] != labels[beside]) & (rooms[here] == rooms[beside]) & ~(lines[here] | lines[beside])
        found.append(np.stack([places[here][seam], places[beside][seam]]))
    return np.concatenate(found, 1)


def _find_seam(labels: NDArray[np.int32], between: NDArray[np.int64]) -> _Seam:
    """How the colors of the regions mix that meet at these places: as if blurred, the nearer to them the more."""
    width = labels.shape[1]
    y, x = np.divmod(between, width)
    reach = float(np.clip(len(between), *SOFT))
    margin = math.ceil(2 * reach)
    top, left = max(0, int(y.min()) - margin), max(0, int(x.min()) - margin)
    near = labels[top : y.max() + margin + 1, left : x.max() + margin + 1]
    away = np.ones(near.shape, np.uint8)
    away[y - top, x - left] = 0
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
    numbers = np.unique(np.concatenate([labels.ravel()[between], near[distance <= 1.5]]))
    rows, columns = np.nonzero((distance < reach) & np.isin(near, numbers))
    factor = max(1, round(reach / BLUR))
    small = tuple(-(-side // factor) for side in near.shape[::-1])
    shares = np.empty((len(rows), len(numbers)), np.float32)
    for share, number in zip(shares.T, numbers, strict=True):
        part = cv2.resize((near == number).astype(np.float32), small, interpolation=cv2.INTER_AREA)
        part = cv2.GaussianBlur(part, (0, 0), 0.5 * reach / factor, borderType=cv2.BORDER_CONSTANT)
        share[:] = cv2.resize(part, near.shape[::-1], interpolation=cv2.INTER_LINEAR)[rows, columns]
    shares *= ((1.0 - distance[rows, columns] / reach) / np.maximum(shares.sum(1), 1e-6))[:, None]
    shares[near[rows, columns][:, None] == numbers] = 0.0
    taken = shares.sum(1)
    mixes = taken > SLIGHT
    places = (rows + top) * width + columns + left
    return _Seam(between, places[mixes], 1.0 - taken[mixes, None], numbers, shares[mixes])


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
        beside = np.clip(at + step, 0, labels.size - 1)
        found = np.where(flat_labels.take(beside) == wanted, flat_source.take(beside), np.int32(-1))
        result[open_] = found
        missing = np.flatnonzero(found < 0)
        open_, at, wanted = open_.take(missing), at.take(missing), wanted.take(missing)
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


def lay_lines(colors: Pixels, lines: Pixels, inverted: bool = False, out: Pixels | None = None) -> Pixels:
    """Colors under lines: the product, or for light lines on dark paper the screen.

    Args:
        colors: uint8 H,W,3, or H,W,4 with 255 as the last.
        lines: uint8 H,W or H,W,3 of the same size.
        inverted: Whether the lines are lighter than their paper.
        out: Where the picture is written; None is new memory.
    """
    code = {(2, 3): cv2.COLOR_GRAY2RGB, (2, 4): cv2.COLOR_GRAY2RGBA, (3, 4): cv2.COLOR_RGB2RGBA}
    way = code.get((lines.ndim, colors.shape[2]))
    lines = lines if way is None else cv2.cvtColor(lines, way)
    picture: Pixels
    if inverted:
        product = cv2.multiply(cv2.bitwise_not(colors), cv2.bitwise_not(lines), scale=1 / 255)
        picture = cv2.bitwise_not(product, dst=out)
    else:
        picture = cv2.multiply(colors, lines, dst=out, scale=1 / 255)
    return picture
