"""Spread strokes through the regions they lie in, before the network sees them.

The network learns from dense hints first and paints them exactly; sparse ones it has to carry over long
distances, and there it is weakest. Between lines the way is known: each stroke's colour flows from cell to cell
of the hint map, never through a cell that holds a line, until it meets another stroke or has gone `reach` cells.
So a gap in a line leaks no further than the reach, and not at all where the other side has its own stroke.
"""

import numpy as np
from numpy.typing import NDArray

from .geometry import HINT_STEP
from .strokes import FloatMap

LINE = 0.3  # line art in [-1, 1] darker than this is line
SOLID = 0.5  # mask from which a cell's colour flows
REACH = 48  # cells; 192 px of a line art


def walls(line_art: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which cells of the hint map hold a line: bool H/4,W/4 of line art float32 H,W in [-1, 1], paper is 1."""
    height, width = (side // HINT_STEP for side in line_art.shape)
    blocks = line_art[: height * HINT_STEP, : width * HINT_STEP].reshape(height, HINT_STEP, width, HINT_STEP)
    return np.asarray(blocks.min(axis=(1, 3)) < LINE)


def spread(hint_map: FloatMap, closed: NDArray[np.bool_], reach: int = REACH) -> FloatMap:
    """The hint map with solid hints grown through the open cells around them, nearest first.

    Paper stays paper: open cells that can be reached from the border of the map, but from no hint, get a white
    hint. A map without hints stays without.

    Args:
        hint_map: float32 4,H,W, see `strokes`.
        closed: bool H,W of `walls`: cells that nothing flows into or out of.
        reach: Farthest way of a colour, in cells; 0 leaves the map as it is.

    Returns:
        A new map; cells that were solid are unchanged, those reached have mask 1.
    """
    result = hint_map.copy()
    solid = (hint_map[3] >= SOLID) & ~closed
    if reach < 1 or not solid.any():
        return result
    told = _flow(solid, ~closed, solid.size) >= 0
    border = ~closed & ~told
    border[1:-1, 1:-1] = False
    result[:, _flow(border, ~closed, solid.size) >= 0] = 1.0
    origin = _flow(solid, ~closed, reach)
    reached = (origin >= 0) & ~solid
    flat = hint_map.reshape(4, -1)[:, origin[reached]]
    result[:3, reached] = flat[:3] / flat[3]
    result[3, reached] = 1.0
    return result


def _flow(start: NDArray[np.bool_], free: NDArray[np.bool_], reach: int) -> NDArray[np.int32]:
    """For each cell the number (in row order) of the start cell that reaches it first through free cells, or -1."""
    # One margin cell all around, closed, so that steps over the border need no special case.
    height, width = start.shape
    source = np.full((height + 2, width + 2), -1, np.int32)
    source[1:-1, 1:-1][start] = np.flatnonzero(start)
    is_free = np.zeros(source.shape, bool)
    is_free[1:-1, 1:-1] = free & ~start
    flat_source, flat_free = source.ravel(), is_free.ravel()
    front = np.flatnonzero(flat_source >= 0)
    for _ in range(reach):
        if not front.size:
            break
        grown = []
        for step in (-1, 1, -source.shape[1], source.shape[1]):
            into = front + step
            enter = flat_free[into]
            into = into[enter]
            flat_source[into] = flat_source[front[enter]]
            flat_free[into] = False
            grown.append(into)
        front = np.concatenate(grown)
    return source[1:-1, 1:-1]
