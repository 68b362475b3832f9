"""The picture at the drawing's size, composed anew only where something that it is made of changed."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .hints.exact import lay_dabs
from .hints.marks import Dab
from .imaging.compose import Enlarger, lay_lines
from .imaging.packed import Packed, Pixels, as_bytes, pack

TILE = 64  # pixels: what changed is composed anew by tiles of about that side
STEP = 8  # pixels of the working size: a tile's side is a multiple
MUCH = 0.8  # of the picture: more is enlarged at once
WASTE = 6  # tiles: boxes are joined that have no more between them
AROUND = np.ones((5, 5), np.uint8)  # pixels of the working size: what changed shows so far around it
SPARSE = 1 / 8  # of the picture: lines over less are laid place by place
ROWS = 64  # that lines are laid over at once: they are made as wide as colors are for that

_RUN = re.compile(rb"\x01+(?:\x00{1,3}\x01+)*")  # of tiles in a row, but for small gaps
Box = tuple[int, int, int, int]  # left, top, right and bottom, the last two excluded


@dataclass(frozen=True, eq=False)
class Recipe:
    """What the color layer of a picture is made of.

    Attributes:
        colors: uint32 h,w of the working size, to be enlarged.
        rest: uint32 N, the colors of `Enlarger.rest`; of none, where there is nothing to correct.
        dabs: The marks that are laid over that.
        inks: uint32 M, the colors of all marks.
        smooth: Whether the layer of a very large drawing is enlarged smoothly.
        mend: Changes the layer before marks are laid over it, uint8 H,W,4, in place.
    """

    colors: Packed
    rest: Packed
    dabs: list[Dab]
    inks: Packed
    smooth: bool
    mend: Callable[[Pixels], None] | None = None


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines that are laid over colors: uint8 H,W or H,W,3, and whether they are lighter than their paper."""

    pixels: Pixels
    inverted: bool

    @cached_property
    def ink(self) -> tuple[NDArray[np.int64], Pixels] | None:
        """Where they change the colors beneath, places in the flat map, and their levels there, uint8 1,N,C.

        None where that is much of the picture: all of it is then as fast.
        """
        bands = self.pixels.reshape(self.pixels.shape[0] * self.pixels.shape[1], -1)
        blank = np.uint8(0 if self.inverted else 255)
        marked = bands[:, 0] != blank if bands.shape[1] == 1 else pack(bands) != pack(np.full((1, 3), blank))
        if np.count_nonzero(marked) > SPARSE * len(bands):
            return None
        places = np.flatnonzero(marked)
        return places, bands.take(places, axis=0)[None]


class Composition:
    """One picture, and the recipe that it was made after. Belongs to one thread.

    Args:
        enlarger: Enlarges from the working size to the label map's.
        factor: How many pixels of the picture are one of the label map.
        size: (width, height) of the picture.
    """

    def __init__(self, enlarger: Enlarger, factor: int, size: tuple[int, int]) -> None:
        self._enlarger, self._factor, self._size = enlarger, factor, size
        self._layer = np.empty(enlarger.size[::-1], np.uint32)  # right within what was composed last
        self._picture = np.empty(size[::-1], np.uint32)
        self._made_of: tuple[Recipe, Lines | None] | None = None

    def compose(self, recipe: Recipe, lines: Lines | None) -> Packed:
        """The picture, uint32 H,W: to be copied, as the next one is written over it.

        Args:
            recipe: Its colors.
            lines: Laid over them; None leaves them alone. Other lines are another object.
        """
        boxes = self._find_changes(recipe, lines)
        self._made_of = None  # until all is done
        if boxes:
            whole = boxes == [(0, 0, *self._size)] and self._factor == 1
            layer = self._picture if whole else self._layer
            self._paint_layer(layer, recipe, boxes)
            if self._factor > 1:
                size = layer.shape[1] * self._factor, layer.shape[0] * self._factor
                way = cv2.INTER_LINEAR if recipe.smooth else cv2.INTER_NEAREST
                enlarged = cv2.resize(as_bytes(layer), size, interpolation=way)
                layer = np.ascontiguousarray(enlarged[: self._size[1], : self._size[0]]).view(np.uint32)[..., 0]
            if whole and lines is not None and lines.ink is not None:
                places, levels = lines.ink
                if places.size:
                    inked = lay_lines(as_bytes(layer.reshape(1, -1).take(places, axis=1)), levels, lines.inverted)
                    layer.reshape(-1)[places] = inked.view(np.uint32)[0, :, 0]
                boxes = []
            bands = ((first, box) for box in boxes for first in range(box[1], box[3], ROWS))
            for first, (left, _, right, bottom) in bands:
                box = np.s_[first : min(first + ROWS, bottom), left:right]
                if lines is not None:
                    lay_lines(as_bytes(layer)[box], lines.pixels[box], lines.inverted, as_bytes(self._picture)[box])
                elif not whole:
                    self._picture[box] = layer[box]
        self._made_of = recipe, lines
        return self._picture

    def _find_changes(self, recipe: Recipe, lines: Lines | None) -> list[Box]:
        """Where the picture is another one than the last."""
        whole = [(0, 0, *self._size)]
        if self._made_of is None or self._factor > 1 or lines is not self._made_of[1]:
            return whole
        old = self._made_of[0]
        if recipe.mend or old.mend or len(recipe.rest) != len(old.rest) or not len(recipe.rest):
            return whole  # what the painter paints changes nearly everywhere
        (height, width), (full_width, full_height) = recipe.colors.shape, self._size
        sides = (width, full_width), (height, full_height)
        if width > full_width:
            return whole
        changed = (recipe.colors != old.colors).view(np.uint8)
        if cv2.countNonZero(changed) > 0.5 * MUCH * changed.size:  # so many lie in most tiles
            return whole
        hidden = self._enlarger.hidden  # others of the rest have the colors of pixels beside them
        changed.ravel()[hidden[1][recipe.rest[hidden[0]] != old.rest[hidden[0]]]] = 1
        before, now = ({(dab, int(one.inks[dab.mark])) for dab in one.dabs} for one in (old, recipe))
        for dab, _ in before ^ now:
            left, top, right, bottom = dab.box
            rows = np.s_[top * height // full_height : (bottom - 1) * height // full_height + 1]
            changed[rows, left * width // full_width : (right - 1) * width // full_width + 1] = 1
        tile = max(STEP, TILE * width // full_width // STEP * STEP)
        padded = np.zeros([-(-side // tile) * tile for side in (height, width)], np.uint8)
        cv2.dilate(changed, AROUND, dst=padded[:height, :width])
        bands = np.logical_or.reduce(padded.reshape(-1, tile, padded.shape[1]), 1)
        tiles = np.logical_or.reduce(bands.reshape(len(bands), -1, tile), 2)
        x, y = ([min(-(-n * tile * full // side), full) for n in range(-(-side // tile) + 1)] for side, full in sides)
        return [(x[left], y[top], x[right], y[bottom]) for left, top, right, bottom in _join_tiles(tiles)]

    def _paint_layer(self, layer: Packed, recipe: Recipe, boxes: list[Box]) -> None:
        """Write the color layer, at least within boxes."""
        width = layer.shape[1]
        self._enlarge(layer, recipe.colors, boxes)
        dabs = recipe.dabs
        rest = self._enlarger.rest[: len(recipe.rest)]
        if self._factor > 1:
            layer.ravel()[rest] = recipe.rest
        else:
            rows = min(box[1] for box in boxes), max(box[3] for box in boxes)
            first, last = np.searchsorted(rest, np.multiply(rows, width))
            layer.ravel()[rest[first:last]] = recipe.rest[first:last]
            dabs = [dab for dab in dabs if any(_meet(dab.box, box) for box in boxes)]
        if recipe.mend:
            recipe.mend(as_bytes(layer))
        lay_dabs(layer, dabs, recipe.inks)

    def _enlarge(self, layer: Packed, colors: Packed, boxes: list[Box]) -> None:
        """Write enlarged colors, at least within boxes; the same numbers, however much is enlarged at once."""
        down, across = (_find_period(*sides) for sides in zip(layer.shape, colors.shape, strict=True))
        area = sum(map(_measure, boxes))
        if self._factor > 1 or down is None or across is None or area > MUCH * layer.size:
            cv2.resize(as_bytes(colors), layer.shape[::-1], dst=as_bytes(layer), interpolation=cv2.INTER_LINEAR)
            return
        (high, low), (wide, narrow) = down, across
        for left, top, right, bottom in boxes:
            first, start = max(0, top // high - 1), max(0, left // wide - 1)  # a period more, as edges read beyond
            part = as_bytes(colors)[
                first * low : (-(-bottom // high) + 1) * low, start * narrow : (-(-right // wide) + 1) * narrow
            ]
            size = part.shape[1] // narrow * wide, part.shape[0] // low * high
            enlarged = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR).view(np.uint32)[..., 0]
            y, x = first * high, start * wide
            layer[top:bottom, left:right] = enlarged[top - y : bottom - y, left - x : right - x]


def _join_tiles(tiles: NDArray[np.bool_]) -> list[Box]:
    """Boxes over the tiles, bool H,W, that are set; few, as each has a price, too."""
    boxes: list[Box] = []
    open_: list[Box] = []  # those that reach the row before
    for row, line in enumerate(tiles):
        above, open_ = open_, []
        for left, right in (run.span() for run in re.finditer(_RUN, line.tobytes())):
            box = left, row, right, row + 1
            for other in above:
                joined = min(left, other[0]), other[1], max(right, other[2]), row + 1
                if _measure(joined) <= _measure(box) + _measure(other) + WASTE:
                    above.remove(other)
                    box = joined
                    break
            open_.append(box)
        boxes += above
    return boxes + open_


def _measure(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _find_period(side: int, small: int) -> tuple[int, int] | None:
    """The pixels after which those of an enlarged side lie to the small one's as the first do, and the small one's.

    None where OpenCV's rounding could differ from period to period. It takes places in 24 bits and weights in 11: on a
    side of 512 a place is off by 1/32 of a weight's step at most, and of up to 15 places none is as near to its half.
    """
    common = math.gcd(side, small)
    return (side // common, small // common) if small <= 512 and side // common <= 15 else None


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
