"""The regions of a drawing: what its lines part, with the gaps of broken lines closed.

A region is where a large ball can roll: two places are one region, if the way between them is not much narrower than
the places themselves (a gap in a line is, the tip of a lock of hair is not). Ball sizes run from the widest place of
the drawing down to a pixel; where two regions first touch is the pass between them, and a pass narrower than `JOIN` of
the smaller region's own ball stays shut. Source of the idea: trapped-ball segmentation (Zhang et al., "Vectorizing
Cartoon Animations", IEEE TVCG 15, 2009), here with all ball sizes, relative to the regions.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .drawing import Drawing
from .geometry import measure_side
from .runs import Runs

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Places = NDArray[np.int64]

JOIN = 0.6  # of the smaller region's ball: a pass as wide as that is no border
MARGIN = 1 / 256  # of the long side: lines that come as near to the border go on to it,
END_MARGIN = 1 / 32  # and those that end as near
TOGETHER = 0.3  # of the smaller region's ball: regions with as wide a pass are one room
PAGE_TOGETHER = 0.06  # the same, for parts of the page
SAME_TONE = 16  # levels within which two tones are one
STEP = 1.35  # from one ball size to the next
LABELED = 9_000_000  # pixels: the label map of larger drawings is of a reduced size, walls kept
CELLS = 4.0  # of a coarse map: as small a ball still rolls on it, smaller ones on the next finer
ROLLED = 1024  # cells of the long side on which the balls roll


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of one drawing.

    Attributes:
        labels: int32 H,W, the region of each pixel, from 0 on; a pixel of a line belongs to the nearest region.
        walls: bool H,W, lines.
        factor: How many pixels of the drawing are one of `labels`: 1 but for very large drawings.
        area: int64 R, pixels of `labels` off the lines.
        radius: float32 R, the largest ball in each region, in pixels of `labels`.
        seeds: int64 R, a place in each region, in the flat map of `labels`: where its largest ball lies.
        tone: uint8 R, the level of paper or tone in each region.
        outer: bool R, whether the region reaches the border of the drawing.
        passes: Pairs of regions that touch without a line between them, int32 P,2, and the width of each pass,
            float32 P: radius of the largest ball that rolls through, in pixels of `labels`.
        page: bool R, the paper around the figure: along the drawing's border, as far as no line crosses that.
        rooms: int64 R, the smallest number among the regions that are one room with it: wide passes join them, page
            with page and figure with figure.
    """

    labels: Labels
    walls: Mask
    factor: int
    area: NDArray[np.int64]
    radius: Floats
    seeds: Places
    tone: NDArray[np.uint8]
    outer: Mask
    passes: tuple[Labels, Floats]
    page: Mask
    rooms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.area)

    @cached_property
    def runs(self) -> Runs:
        """The runs of each region's pixels off the lines."""
        return Runs.find(self.labels, ~self.walls, len(self))

    @cached_property
    def members(self) -> dict[int, Places]:
        """The regions of each room, sorted, by its number."""
        order = np.argsort(self.rooms, kind="stable")
        rooms, first = np.unique(self.rooms[order], return_index=True)
        return dict(zip(rooms.tolist(), np.split(order, first[1:]), strict=True))

    @cached_property
    def leads(self) -> dict[int, list[tuple[int, int, np.float32]]]:
        """The passes of each region, between those that do not reach the drawing's border: number, region, width."""
        pairs, widths = self.passes
        leads: dict[int, list[tuple[int, int, np.float32]]] = {}
        for number in np.flatnonzero(~self.outer[pairs].any(1)).tolist():
            a, b = pairs[number].tolist()
            leads.setdefault(a, []).append((number, b, widths[number]))
            leads.setdefault(b, []).append((number, a, widths[number]))
        return leads

    @cached_property
    def sheet_tone(self) -> int:
        """The level of the paper: the lightest that a good part of the drawing has."""
        order = np.argsort(self.tone)
        upper = np.cumsum(self.area[order]) >= 0.75 * self.area.sum()
        return int(self.tone[order][upper.argmax()])


def find_regions(drawing: Drawing, step: float = STEP, cells: float = CELLS) -> Regions:
    """Part a drawing.

    Args:
        drawing: Its walls part it; regions of different tones have no pass between them.
        step: From one ball size to the next; the larger, the faster and the coarser.
        cells: See `CELLS`; the fewer, the faster and the coarser.
    """
    return measure_regions(drawing, step, cells)[0]


def measure_regions(drawing: Drawing, step: float, cells: float) -> tuple[Regions, Floats]:
    """As `find_regions`; also float32 H,W: how far each pixel of `Regions.labels` is from a line."""
    walls = _reach_border(drawing.walls)
    factor = math.ceil(math.sqrt(walls.size / LABELED))
    if factor > 1:
        walls = _reduce_walls(walls, factor)
    free = (~walls).astype(np.uint8)
    cell = math.ceil(measure_side(walls.shape) / ROLLED)
    smallest = 1.0 if cell == 1 else 1.5 * cell  # a cell that a line crosses has no more on either side
    with ThreadPoolExecutor(1) as other_core:  # OpenCV lets go of the interpreter
        nearest = other_core.submit(_find_nearest, walls, smallest)
        if not walls.any():
            distance = np.full(walls.shape, float(measure_side(walls.shape)), np.float32)
        else:
            distance = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_5)
        reduced = _largest_of_cells(distance, cell)
        labels, radius, peaks = _roll_balls(reduced, smallest, step, cells)
        if not len(radius):  # nothing but lines
            labels, radius, peaks = np.zeros_like(labels), np.ones(1, np.float32), np.zeros(1, np.int64)
        full = labels if cell == 1 else _repeat(labels, cell)[: walls.shape[0], : walls.shape[1]]
        full, (missing, source) = np.ascontiguousarray(full), nearest.result()
    full.ravel()[missing] = full.take(source)
    y, x = np.divmod(peaks, reduced.shape[1])
    seeds = np.minimum(y * cell, walls.shape[0] - 1) * walls.shape[1] + np.minimum(x * cell, walls.shape[1] - 1)
    runs = Runs.find(full, free.view(bool), len(radius))
    area = runs.counts
    tone = runs.average(np.ascontiguousarray(drawing.even_tone[::factor, ::factor])).ravel().astype(np.uint8)
    passes = _find_passes(labels, reduced)
    alike = np.abs(np.diff(tone.astype(np.int16)[passes[0]], axis=1)).ravel() <= SAME_TONE
    passes = passes[0][alike], passes[1][alike]
    outer = np.zeros(len(radius), bool)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        outer[full[edge][free[edge].view(bool)]] = True
    page = _find_page(full, free.view(bool), len(radius))
    rooms = _join_rooms(passes, radius, page)
    regions = Regions(full, walls, factor, area, radius, seeds, tone, outer, passes, page, rooms)
    vars(regions)["runs"] = runs  # not to be found again
    return regions, distance


def _reach_border(walls: Mask) -> Mask:
    """Lines that end just short of the drawing's border, drawn on to it."""
    margin = max(1, round(measure_side(walls.shape) * MARGIN))
    if min(walls.shape) <= 2 * margin:
        return walls
    walls, ends = walls.copy(), round(measure_side(walls.shape) * END_MARGIN)
    for side in (walls, walls[::-1], walls.T, walls.T[::-1]):  # each with its edge on top
        side[:margin] |= side[margin]
        if len(side) > 2 * ends:
            _reach_up(side[: ends + 1])
    return walls


def _reach_up(band: Mask) -> None:
    """Draw lines that come into a band from below, head for its top and end before it, on to it, in place."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(band).view(np.uint8))
    entry = np.insert(parts[-1], 0, 0)
    entries = np.bincount(entry[1:][entry[1:] != entry[:-1]], minlength=count)
    for part in (np.flatnonzero((entries[1:] == 1) & (stats[1:, cv2.CC_STAT_TOP] > 0)) + 1).tolist():
        top = stats[part, cv2.CC_STAT_TOP]
        end, begin = (np.flatnonzero(row == part) for row in (parts[top], parts[-1]))
        depth, middle = len(band) - top, end[len(end) // 2]
        if len(begin) <= 2 * depth and abs(middle - begin[len(begin) // 2]) <= depth:
            band[:top, middle] = True


def _reduce_walls(walls: Mask, factor: int) -> Mask:
    """A wall in any pixel makes the cell a wall."""
    height, width = (-(-side // factor) * factor for side in walls.shape)
    padded = np.zeros((height, width), np.uint8)
    padded[: walls.shape[0], : walls.shape[1]] = walls
    rows = np.maximum.reduce([padded[i::factor] for i in range(factor)])
    reduced = np.maximum.reduce([rows[:, i::factor] for i in range(factor)])
    return np.ascontiguousarray(reduced.view(bool))


def _largest_of_cells(distance: Floats, cell: int) -> Floats:
    if cell == 1:
        return distance
    largest = cv2.dilate(distance, np.ones((cell, cell), np.uint8), anchor=(0, 0))  # of what is right and below, too
    return np.ascontiguousarray(largest[::cell, ::cell])


def _repeat(labels: Labels, times: int) -> Labels:
    """Each label as a square of so many pixels a side."""
    size = labels.shape[1] * times, labels.shape[0] * times
    repeated: Labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    return repeated


def _roll_balls(distance: Floats, smallest: float, step: float, cells: float) -> tuple[Labels, Floats, Places]:
    """Labels from 0 on, -1 where no ball fits; the largest ball of each region, and its place in the flat map.

    Large balls roll on a coarse map: its cells hold the farthest that any of their places is from a line.
    """
    levels = max(1, math.ceil(math.log(max(float(distance.max()) / smallest, 1.0)) / math.log(step)))
    sizes = [smallest * step**k for k in range(levels - 1, -1, -1)]
    pyramid = [distance]
    while min(pyramid[-1].shape) >= 64 and len(pyramid) < 5:
        pyramid.append(_largest_of_cells(pyramid[-1], 2))
    flood: _Flood | None = None
    last = math.inf
    for level in range(len(pyramid) - 1, -1, -1):
        flood = _Flood(pyramid[level]) if flood is None else flood.refine(pyramid[level], last)
        least = 0.0 if level == 0 else cells * 2**level
        while sizes and sizes[0] >= least:
            last = sizes.pop(0)
            flood.lower_to(last)
    assert flood is not None
    return flood.result()


class _Flood:
    """Regions that grow while the ball shrinks.

    Its maps have a row and a column more, where no ball fits: no place has to ask whether it lies on the border.

    Attributes:
        distance: float32 H+1,W+1, 0 in the last row and column.
        labels: int32 H+1,W+1, -1 where no region is yet.
        peaks: Place of the largest ball of each region, in the flat map.
        balls: Size of that ball, for each region.
        parent: Region that each one has joined, or itself.
    """

    def __init__(self, distance: Floats) -> None:
        height, width = distance.shape
        self.distance: Floats = np.zeros((height + 1, width + 1), np.float32)
        self.distance[:-1, :-1] = distance
        self.labels: Labels = np.full((height + 1, width + 1), -1, np.int32)
        self.peaks: Places = np.zeros(0, np.int64)
        self.balls: Floats = np.zeros(0, np.float32)
        self.parent: Labels = np.zeros(0, np.int32)

    def refine(self, distance: Floats, size: float) -> "_Flood":
        """The same flood on a map of twice the resolution; `size` is the ball that it has come down to."""
        finer = _Flood(distance)
        height, width = distance.shape
        labels = _repeat(self.labels[:-1, :-1], 2)[:height, :width]
        np.copyto(finer.labels[:-1, :-1], labels, where=distance > size)
        y, x = np.divmod(self.peaks, self.labels.shape[1])
        corners = [
            (np.minimum(2 * y + i, height - 1), np.minimum(2 * x + j, width - 1)) for i in (0, 1) for j in (0, 1)
        ]
        best = np.argmax([distance[corner] for corner in corners], 0)
        flat = np.array([cy * (width + 1) + cx for cy, cx in corners]).reshape(4, -1)
        finer.peaks = flat[best, np.arange(len(best))]
        finer.balls, finer.parent = self.balls, self.parent
        return finer

    def lower_to(self, size: float) -> None:
        """Let a smaller ball roll: regions grow, new ones come up, and what it can roll between joins."""
        fits = (self.distance > size).view(np.uint8)
        new = np.flatnonzero(fits.view(bool) & (self.labels < 0))
        if not new.size:
            return
        count, parts = cv2.connectedComponents(fits, connectivity=4, ltype=cv2.CV_32S)
        flat_parts, flat_labels = parts.ravel(), self.labels.ravel()
        roots = self._roots()
        held = flat_parts[self.peaks]
        owner = np.full(count, -1, np.int64)
        owner[held] = roots
        several = np.zeros(count, bool)
        several[held[owner[held] != roots]] = True
        part = flat_parts.take(new)
        fresh = owner.take(part) < 0
        self._found(new[fresh], part[fresh], owner)
        shared = several.take(part)
        flat_labels[new] = np.where(shared, -1, owner.take(part))
        if shared.any():
            places = new[shared]
            self._walk(places)
            self._join(places, size)

    def _walk(self, places: Places) -> None:
        """Carry labels on to these places of the flat map, step by step, so never across a line."""
        labels, width = self.labels.ravel(), self.labels.shape[1]
        around = np.array([[-width], [-1], [1], [width]]) + places
        while places.size:
            found = labels.take(around).max(0)
            labels[places] = found
            left = np.flatnonzero(found < 0)
            if left.size == places.size:
                return
            places, around = places.take(left), around.take(left, 1)

    def result(self) -> tuple[Labels, Floats, Places]:
        """See `_roll_balls`."""
        kept, number = np.unique(self._roots(), return_inverse=True)
        table = np.append(number, -1).astype(np.int32)
        y, x = np.divmod(self.peaks[kept], self.labels.shape[1])
        return table.take(self.labels[:-1, :-1], mode="wrap"), self.balls[kept], y * (self.labels.shape[1] - 1) + x

    def _found(self, fresh: Places, parts: Labels, owner: Places) -> None:
        """New regions: parts that no region holds, of these places."""
        if not fresh.size:
            return
        ball = self.distance.ravel().take(fresh)
        order = np.lexsort((-ball, parts))
        part, first = np.unique(parts[order], return_index=True)
        first = order[first]
        numbers = np.arange(len(self.peaks), len(self.peaks) + len(part))
        owner[part] = numbers
        self.peaks = np.concatenate([self.peaks, fresh[first]])
        self.balls = np.concatenate([self.balls, ball[first]])
        self.parent = np.concatenate([self.parent, numbers.astype(np.int32)])

    def _join(self, changed: Places, size: float) -> None:
        """Join the regions that a ball of nearly the smaller one's size rolls between."""
        pairs, widths = _passes_at(changed, self.labels, self.distance)
        parent, balls, least = self.parent.tolist(), self.balls.tolist(), (JOIN * self.balls).tolist()
        for (first, second), width in zip(pairs.tolist(), widths.tolist(), strict=True):
            a, b = _find_root(parent, first), _find_root(parent, second)
            if balls[a] < balls[b]:
                a, b = b, a
            if a != b and max(size, width) >= least[b]:
                parent[b] = a
        self.parent = np.array(parent, np.int32)

    def _roots(self) -> Labels:
        roots = self.parent
        while True:
            above = roots[roots]
            if np.array_equal(above, roots):
                return roots
            roots = above


def _find_nearest(walls: Mask, smallest: float) -> tuple[Places, Places]:
    """The places in the flat map where the smallest ball meets a wall, and for each the nearest where it does not."""
    reach = int(smallest)
    away = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    away[reach, reach] = 0
    ball = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5) <= smallest
    near = cv2.dilate(walls.view(np.uint8), ball.view(np.uint8))
    missing = np.flatnonzero(near)
    if len(missing) in (0, near.size):
        return missing, missing
    _, nearest = cv2.distanceTransformWithLabels(near, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    return missing, np.flatnonzero(near == 0).take(nearest.ravel().take(missing) - 1)  # they are numbered from 1 on


def _find_passes(labels: Labels, distance: Floats) -> tuple[Labels, Floats]:
    """Pairs of labels side by side, the smaller first, and the widest ball at any of their places; widest first."""
    labels, distance = (
        cv2.copyMakeBorder(one, 0, 1, 0, 1, cv2.BORDER_CONSTANT, value=-1) for one in (labels, distance)
    )
    border = np.zeros(labels.shape, bool)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=border[:, :-1])
    border[:-1] |= labels[1:] != labels[:-1]
    border &= labels >= 0
    return _passes_at(np.flatnonzero(border), labels, distance)


def _passes_at(places: Places, labels: Labels, distance: Floats) -> tuple[Labels, Floats]:
    """`_find_passes` between these places, of a flat map with a row and a column of -1 more, and their neighbors."""
    flat, balls, width, base = labels.ravel(), distance.ravel(), labels.shape[1], int(labels.max()) + 1
    own = flat.take(places)
    codes, widest = [], []
    for step in (1, width, -1, -width):
        other = flat.take(places + step)
        at = np.flatnonzero((own != other) & (other >= 0))
        a, b, here = own[at], other[at], places[at]
        codes.append(np.minimum(a, b).astype(np.int64) * base + np.maximum(a, b))
        widest.append(np.minimum(balls.take(here), balls.take(here + step)))
    code, ball = np.concatenate(codes), np.concatenate(widest)
    if not code.size:
        return np.zeros((0, 2), np.int32), ball
    order = np.argsort(code)
    code, ball = code[order], ball[order]
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    code, ball = code[first], np.maximum.reduceat(ball, first)
    order = np.argsort(-ball, kind="stable")
    return np.stack(np.divmod(code[order], base), 1).astype(np.int32), ball[order]


def _find_page(labels: Labels, free: Mask, count: int) -> Mask:
    """The regions along the longest part of the drawing's border that no line crosses."""
    page = np.zeros(count, bool)
    around: list[Any] = [np.s_[0], np.s_[1:, -1], np.s_[-1, -2::-1], np.s_[-2:0:-1, 0]]
    ring = np.concatenate([np.where(free[edge], labels[edge], -1) for edge in around])
    crossings = np.flatnonzero(ring < 0)
    if crossings.size == ring.size:
        return page
    if crossings.size:
        ring = np.roll(ring, -int(crossings[0]))
        bounds = np.append(np.flatnonzero(ring < 0), ring.size)
        longest = int(np.diff(bounds).argmax())
        ring = ring[bounds[longest] + 1 : bounds[longest + 1]]
    page[ring] = True
    return page


def _join_rooms(passes: tuple[Labels, Floats], radius: Floats, page: Mask) -> NDArray[np.int64]:
    """See `Regions.rooms`."""
    pairs, widths = passes
    parent, balls = [*range(len(radius))], radius.tolist()
    least = np.where(page, PAGE_TOGETHER, TOGETHER)
    joined = (page[pairs[:, 0]] == page[pairs[:, 1]]) & (widths >= least[pairs[:, 0]] * radius[pairs].min(1))
    of_region = least.tolist()
    for (a, b), width in zip(pairs[joined].tolist(), widths[joined].tolist(), strict=True):  # the widest first
        low, high = sorted((_find_root(parent, a), _find_root(parent, b)))
        if low == high or width < of_region[low] * min(balls[low], balls[high]):
            continue  # specks between the dots of a line do not join what lies on its sides
        parent[high] = low
        balls[low] = max(balls[low], balls[high])
    return np.array([_find_root(parent, region) for region in range(len(parent))], np.int64)


def _find_root(parent: list[int], index: int) -> int:
    while parent[index] != index:
        index = parent[index]
    return index
