"""Hints as marks on a drawing: which stroke, or which part of a layer, covers a pixel on top."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import HintError
from .model import Hints, Stroke
from .raster import covers, fill

Ids = NDArray[np.int32]
Places = NDArray[np.int64]

VISIBLE = 24  # alpha from which a layer's pixel is a hint: soft brushes count, the last haze of their rim does not
ALIKE = 3  # bits of a channel within which a layer's colors are one brush
MAX_BRUSHES = 256  # colors of a layer that are told apart; the rarest of more join the nearest
MAX_FOLLOWING = 64  # strokes that are laid over marks one by one; more are drawn anew with all of them
MAX_FILLED = 2**33  # pixels of a label map that the segments of all strokes fill, one by one


@dataclass(frozen=True, eq=False)
class Rim:
    """Where the color of a mark fades into that of its regions (see `exact`).

    Attributes:
        places: int64 N, where it fades, in the flat map.
        weights: float32 4 * N, how much of each channel of its color is there.
    """

    places: Places
    weights: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Dab:
    """A mark as it is painted (see `exact`).

    Attributes:
        mark: Its number.
        places: int64 N, where it is solid, in the flat map.
        rim: Where it fades out, if it does.
        box: (left, top, right, bottom) of all that, the last two excluded.
    """

    mark: int
    places: Places
    rim: Rim | None
    box: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Laid:
    """A mark on the regions of a drawing; found once, and kept from one hints to those that follow.

    Attributes:
        places: The mark's (see `Marks.places`).
        labels: int32 N, the region of each place.
        regions: int64 K, the regions in which it lies off the lines, sorted.
        areas: int64 K, how many pixels of it lie in each.
        dabs: As it was painted last, by its own regions and those in which it fades.
    """

    places: Places
    labels: Ids
    regions: NDArray[np.int64]
    areas: NDArray[np.int64]
    dabs: dict[tuple[tuple[int, ...], tuple[int, ...]], Dab] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of hints on the pixels of a label map.

    Attributes:
        size: (width, height) of the label map.
        places: int64 of each mark, sorted: where it lies on top, in the flat label map.
        colors: uint8 M,3, red, green, blue of each mark.
        extents: float32 M, the largest way across each mark, pixels.
        widths: float32 M, the brush's width, pixels.
        starts: int64 M, where each stroke was begun, in the flat label map; -1 of parts of a layer, of strokes that go
            on where the one before ends, and of those that begin outside.
        strokes: How many of the marks, the last ones, are strokes, in their order; the others are parts of a layer.
        laid: What is known of them, by mark; marks that follow these share it.
        samples: Maps of the marks on top at rows and columns of the label map (see `sample`).
    """

    size: tuple[int, int]
    places: Sequence[Places]
    colors: NDArray[np.uint8]
    extents: NDArray[np.float32]
    widths: NDArray[np.float32]
    starts: Places
    strokes: int
    laid: dict[int, Laid] = field(default_factory=dict)
    samples: dict[bytes, tuple[Places, Places, Ids]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.colors)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """int64 M: pixels of each mark; 0 where it misses the drawing, or others cover it."""
        return np.array([*map(len, self.places)], np.int64)

    @cached_property
    def top(self) -> Ids:
        """int32 H,W: the number of the mark that lies on top, from 0 on; -1 where there is none."""
        top = np.full(self.size[::-1], -1, np.int32)
        for number, places in enumerate(self.places):
            top.ravel()[places] = number
        return top

    def sample(self, rows: Places, columns: Places) -> Ids:
        """int32 h,w: `top` at these rows and columns of the label map; not to be written to."""
        key = rows.tobytes() + columns.tobytes()
        if key not in self.samples:
            self.samples[key] = rows, columns, self.top[rows[:, None], columns]
        return self.samples[key][2]


def draw_marks(hints: Hints, size: tuple[int, int], scale: float, before: Marks | None = None) -> Marks:
    """Draw hints on a label map.

    Args:
        hints: See `Hints`.
        size: (width, height) of the label map.
        scale: Factor from line-art pixels to the label map's.
        before: Marks of hints that these follow: only what is new is drawn.

    Raises:
        HintError: The strokes would take too long to draw.
    """
    if before is not None and len(hints.strokes) - before.strokes > MAX_FOLLOWING:
        before = None
    colors: list[tuple[int, int, int]] = []
    extents: list[float] = []
    widths: list[float] = []
    top = np.full((size[1], size[0]), -1, np.int32) if before is None else np.zeros((0, 0), np.int32)
    if before is None and hints.layer is not None:
        colors, extents, widths = _draw_layer(hints, top)
    first = len(colors) if before is None else len(before)
    places = [] if before is None else [*before.places]
    samples = {} if before is None else {key: (*grid[:2], grid[2].copy()) for key, grid in before.samples.items()}
    known = 0 if before is None else before.strokes
    starts = np.full(first, -1, np.int64) if before is None else before.starts
    starts = np.concatenate([starts, _find_starts(hints.strokes, known, size, scale)])
    new = hints.strokes[known:]
    may_be_much = sum(len(stroke.points) for stroke in new) * size[0] * size[1] > MAX_FILLED
    filled = 0.0
    for number, stroke in enumerate(new, first):
        points = np.asarray(stroke.points, np.float64) * scale
        width = max(1.0, stroke.width * scale)
        if may_be_much:
            lengths = np.minimum(np.hypot(*np.diff(points, axis=0).T), sum(size)) + width
            filled += float(np.minimum(lengths * width, size[0] * size[1]).sum())
        if filled > MAX_FILLED and not covers(points, 0.5 * width, size):
            raise HintError(
                f"{hints.name}: expected strokes of at most {MAX_FILLED:,} pixels in all, each segment counted; give "
                f"fewer points to wide and long strokes"
            )
        if before is None:
            fill(top, points, width, number)
        else:
            _lay_over(places, samples.values(), points, width, size)
        colors.append(stroke.rgb)
        extents.append(float(np.hypot(*np.ptp(points, axis=0))) + width)
        widths.append(width)
    table = np.array(colors, np.uint8).reshape(-1, 3)
    sizes = np.array([extents, widths], np.float32)
    if before is None:
        return Marks(size, _split_marks(top, len(colors)), table, sizes[0], sizes[1], starts, len(hints.strokes))
    table = np.concatenate([before.colors, table])
    sizes = np.concatenate([[before.extents, before.widths], sizes], 1)
    return Marks(size, places, table, sizes[0], sizes[1], starts, len(hints.strokes), before.laid, samples)


def _find_starts(strokes: Sequence[Stroke], first: int, size: tuple[int, int], scale: float) -> Places:
    """See `Marks.starts`; of the strokes from a first one on."""
    starts = np.full(len(strokes) - first, -1, np.int64)
    for number, stroke in enumerate(strokes[first:], first):
        x, y = (math.floor(value * scale) for value in stroke.points[0])
        inside = 0 <= x < size[0] and 0 <= y < size[1]
        last = strokes[number - 1] if number else None  # a pen that is pressed harder goes on as another stroke
        goes_on = last is not None and last.points[-1] == stroke.points[0] and last.rgb == stroke.rgb
        if inside and not goes_on:
            starts[number - first] = y * size[0] + x
    return starts


def _split_marks(top: Ids, count: int) -> list[Places]:
    """The places of each mark."""
    places = np.flatnonzero(top.ravel() >= 0)
    numbers = top.ravel()[places]
    if count < 2**16:
        numbers = numbers.astype(np.uint16)  # sorted by their digits
    order = np.argsort(numbers, kind="stable")
    return np.split(places[order], np.searchsorted(numbers[order], np.arange(1, count))) if count else []


def _lay_over(
    places: list[Places],
    samples: Iterable[tuple[Places, Places, Ids]],
    points: NDArray[np.float64],
    width: float,
    size: tuple[int, int],
) -> None:
    """Draw one more stroke, in place: over the marks before it, and on maps of them."""
    wide = size[0]
    reach = 0.5 * width + 2.0
    ends = ((points.min(0) - reach).tolist(), math.floor), ((points.max(0) + reach).tolist(), math.ceil)
    (left, top), (right, bottom) = (
        [min(max(to_int(place), 0), side) for place, side in zip(end, size, strict=True)] for end, to_int in ends
    )
    patch = np.zeros((max(0, bottom - top), max(0, right - left)), np.uint8)
    if patch.size:
        fill(patch, points - (left, top), width, 1)
    drawn = patch.view(bool)
    for number, old in enumerate(places):
        if not (patch.size and old.size) or old[0] >= bottom * wide or old[-1] < top * wide:
            continue
        begin, end = np.searchsorted(old, (top * wide, bottom * wide)).tolist()
        if begin < end:
            y, x = np.divmod(old[begin:end], wide)
            covered = (x >= left) & (x < right)
            covered[covered] = drawn[y[covered] - top, x[covered] - left]
            if covered.any():
                places[number] = np.delete(old, begin + np.flatnonzero(covered))
    for rows, columns, numbers in samples:
        (first, last), (start, stop) = np.searchsorted(rows, (top, bottom)), np.searchsorted(columns, (left, right))
        if first < last and start < stop:
            under = drawn[rows[first:last, None] - top, columns[start:stop] - left]
            numbers[first:last, start:stop][under] = len(places)
    y, x = np.nonzero(patch)
    places.append((y + top) * wide + x + left)


def _draw_layer(hints: Hints, top: Ids) -> tuple[list[tuple[int, int, int]], list[float], list[float]]:
    """The parts of a layer: connected, of one color."""
    layer = hints.picture()
    height, width = top.shape
    if layer.shape[:2] != top.shape:
        shrinks = layer.shape[0] > height
        layer = cv2.resize(layer, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    seen = layer[..., 3] >= VISIBLE
    if not seen.any():
        return [], [], []
    rgb = layer[..., :3][seen]
    brush = _tell_brushes(rgb)
    rows, columns = np.nonzero(seen)
    blobs = cv2.connectedComponents(seen.view(np.uint8), connectivity=8)[1][rows, columns]
    order = np.lexsort((brush, blobs))  # within a blob, brush after brush: each is looked at where it lies
    ends = np.flatnonzero(np.diff(blobs[order]) | np.diff(brush[order])) + 1
    parts = [part for own in np.split(order, ends) for part in _part_brush(own, rows, columns)]
    parts.sort(key=lambda own: (brush[own[0]], own[0]))
    colors: list[tuple[int, int, int]] = []
    extents: list[float] = []
    widths: list[float] = []
    medians = [np.median(rgb[brush == number], 0) for number in range(int(brush.max()) + 1)]
    for number, own in enumerate(parts):
        y, x, color = rows[own], columns[own], medians[brush[own[0]]]
        reach = float(np.hypot(np.ptp(x) + 1, np.ptp(y) + 1))
        top[y, x] = number
        colors.append((int(color[0]), int(color[1]), int(color[2])))
        extents.append(reach)
        widths.append(len(own) / max(reach, 1.0))
    return colors, extents, widths


def _part_brush(own: Places, rows: Places, columns: Places) -> list[Places]:
    """The connected parts of some pixels, given and returned as places among `rows` and `columns`."""
    y, x = rows[own] - rows[own].min(), columns[own] - columns[own].min()
    mask = np.zeros((y.max() + 1, x.max() + 1), np.uint8)
    mask[y, x] = 1
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    label = labels[y, x]
    return [own] if count == 2 else [own[label == one] for one in range(1, count)]


def _tell_brushes(rgb: NDArray[np.uint8]) -> Ids:
    """Number the colors of pixels, N,3: nearly equal ones are of one brush."""
    keys = (rgb >> ALIKE).astype(np.int32)
    key = keys[:, 0] << 10 | keys[:, 1] << 5 | keys[:, 2]
    values, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    order = np.argsort(-counts)
    chosen: list[int] = []
    number = np.zeros(len(values), np.int32)
    channels = np.stack([values >> 10, values >> 5 & 31, values & 31], 1)
    for index in order:
        if chosen:
            steps = np.abs(channels[chosen] - channels[index]).max(1)
            nearest = int(steps.argmin())
            if steps[nearest] <= 1 or len(chosen) == MAX_BRUSHES:
                number[index] = nearest
                continue
        number[index] = len(chosen)
        chosen.append(int(index))
    result: Ids = number[inverse.ravel()]
    return result
