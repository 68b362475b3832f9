"""Strokes that flow between the lines, before the network sees them.

A network learns from dense hints first and paints them exactly; sparse ones it has to carry over long distances, and
there it is weakest. Between lines the way is known. Where there is room, a color flows as far as the room goes, until
it meets another; through places too narrow for `GAP`, where a line may just be broken, it goes no further than its
reach, and from there into no large room. So a gap in an outline does not drown the paper behind it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import HINT_STEP
from .raster import FloatMap

LINE = 0.3  # line art in [-1, 1] darker than this is line
SOLID = 0.5  # mask from which a cell's color flows
REACH = 48  # cells; 192 px of a line art
GAP = 2  # cells between walls; a wider place belongs to a room
LARGE = 16  # a room of more than 1 / LARGE of all cells is entered by its own strokes alone

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Walls:
    """What a drawing's lines do to colors that flow, in cells of the hint map.

    Attributes:
        closed: bool H,W: cells that hold a line, which nothing flows into or out of.
        rooms: int32 H,W: the number of the room that a cell lies in, -1 where it is closed or narrow.
        large: bool, one a room, and at the end one for none: has more than 1 / `LARGE` of all cells.
        outer: bool, likewise: reaches the border of the map.
    """

    closed: NDArray[np.bool_]
    rooms: Labels
    large: NDArray[np.bool_]
    outer: NDArray[np.bool_]


def walls(line_art: NDArray[np.float32]) -> Walls:
    """The walls of line art, float32 H,W in [-1, 1], paper is 1; a rest of less than a cell is left out."""
    height, width = (side - side % HINT_STEP for side in line_art.shape)
    darkest = np.minimum.reduce([line_art[i:height:HINT_STEP, :width] for i in range(HINT_STEP)])
    darkest = np.minimum.reduce([darkest[:, i::HINT_STEP] for i in range(HINT_STEP)])
    return Walls(*_map(np.asarray(darkest < LINE)))


def spread(hint_map: FloatMap, between: Walls, reach: int = REACH) -> FloatMap:
    """The hint map with solid hints grown through the open cells around them, nearest first.

    Paper stays paper: rooms that reach the border of the map, and hold no hint, get a white one. A map without
    hints stays without.

    Args:
        hint_map: float32 4,H,W, see `strokes`.
        between: The walls of the drawing.
        reach: Farthest way of a color through narrow places, in cells; 0 leaves the map as it is.

    Returns:
        A new map; cells that were solid are unchanged, those reached have mask 1.
    """
    result = hint_map.copy()
    solid = (hint_map[3] >= SOLID) & ~between.closed
    if reach < 1 or not solid.any():
        return result
    size = solid.size
    source = np.where(solid, np.arange(size, dtype=np.int32).reshape(solid.shape), np.int32(-1))

    # A stroke along a line lies in no room: it belongs to the one it touches.
    inside = between.rooms >= 0
    touching = _flow(source, ~between.closed, GAP)
    source = np.where(solid, source, _flow(np.where(inside, touching, np.int32(-1)), inside, size))

    filled = np.zeros(len(between.large), bool)
    filled[between.rooms[inside & (source >= 0)]] = True
    paper = inside & (between.outer & ~filled)[between.rooms]
    shut = inside & (between.large & ~filled)[between.rooms]
    source[paper] = size
    source = _flow(source, ~between.closed & ~shut, reach)

    reached = (source >= 0) & ~solid
    colors = np.concatenate([hint_map.reshape(4, -1), np.ones((4, 1), np.float32)], 1)[:, source[reached]]
    result[:3, reached] = colors[:3] / colors[3]
    result[3, reached] = 1.0
    return result


def _map(closed: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Labels, NDArray[np.bool_], NDArray[np.bool_]]:
    """closed, rooms, large, outer: the fields of `Walls`."""
    near = closed.copy()
    near[1:] |= closed[:-1]
    near[:-1] |= closed[1:]
    near[:, 1:] |= closed[:, :-1]
    near[:, :-1] |= closed[:, 1:]
    rooms, count = _components(~near)
    area = np.bincount(rooms[rooms >= 0], minlength=count + 1)
    outer = np.zeros(count + 1, bool)
    for edge in (rooms[0], rooms[-1], rooms[:, 0], rooms[:, -1]):
        outer[edge[edge >= 0]] = True
    return closed, rooms, area * LARGE > closed.size, outer


def _components(free: NDArray[np.bool_]) -> tuple[Labels, int]:
    """Number the 4-connected parts of a map: int32 H,W, -1 where it is not free, and how many parts there are.

    Every run of free cells along a row, then along a column, takes the lowest number in it, until nothing changes.
    """
    height, width = free.shape
    labels = np.full(free.shape, -1, np.int32)
    # One more column and row, not free, so that no run goes on in the next line.
    y, x = np.nonzero(free)
    if not len(y):
        return labels, 0
    along_rows, along_columns = y * (width + 1) + x, x * (height + 1) + y
    order = np.argsort(along_columns)
    row_starts, row_of = _runs(along_rows)
    column_starts, column_of = _runs(along_columns[order])
    number = np.arange(len(y))
    while True:
        lowest = np.minimum.reduceat(number, row_starts)[row_of]
        lowest[order] = np.minimum.reduceat(lowest[order], column_starts)[column_of]
        lowest = lowest[lowest]  # a cell's number is a cell: take over what that one has found
        if np.array_equal(lowest, number):
            break
        number = lowest
    first, part = np.unique(number, return_inverse=True)
    labels[free] = part
    return labels, len(first)


def _runs(positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of consecutive positions start, and the run of each position."""
    first = np.ones(len(positions), bool)
    first[1:] = np.diff(positions) != 1
    return np.flatnonzero(first), np.cumsum(first) - 1


def _flow(source: Labels, free: NDArray[np.bool_], reach: int) -> Labels:
    """Carry numbers from cell to free cell, nearest first, up to `reach` cells; -1 is none yet, others stay."""
    # One margin cell all around, not free, so that steps over the border need no special case.
    height, width = source.shape
    padded = np.full((height + 2, width + 2), -1, np.int32)
    padded[1:-1, 1:-1] = source
    is_free = np.zeros(padded.shape, bool)
    is_free[1:-1, 1:-1] = free & (source < 0)
    flat_source, flat_free = padded.ravel(), is_free.ravel()
    front = np.flatnonzero(flat_source >= 0)
    for _ in range(reach):
        if not front.size:
            break
        grown = []
        for step in (-1, 1, -padded.shape[1], padded.shape[1]):
            into = front + step
            enter = flat_free[into]
            into = into[enter]
            flat_source[into] = flat_source[front[enter]]
            flat_free[into] = False
            grown.append(into)
        front = np.concatenate(grown)
    return padded[1:-1, 1:-1]
