"""Which region of one frame is which of the next.

Two things say so: where a region's pixels were, by optical flow, and what a region is: its size, its shape, its tone,
its place among its neighbors. The first sees splits and merges, the second what moves farther than it is wide. One
assignment over all regions decides where they disagree.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from .flow import find_flow, warp
from .segments import Segments

Floats = NDArray[np.float32]

ASSIGNED = 1200  # regions of a frame that take part in the assignment, the largest; the others follow the flow
REACH = 0.03  # of the long side: how far from where the flow says a region may be found
TONES = 16  # levels: tones that differ by more are of different regions
MANY = 2**18  # neighbors of one region times those of another: more are counted a pair at a time
LEAST = 0.2  # of a score: worse pairs are none
HELD = 0.4  # of a score: a region that another has with as much is not elsewhere
ELSEWHERE = 0.4  # times: what the flow says of a region that is elsewhere: it was uncovered, or the flow is wrong
COARSE = 4  # times smaller: the map on which flow is kept
ROUNDS = 2  # of neighbors' say


@dataclass(frozen=True, eq=False)
class Matches:
    """What the regions of one frame say of the next one's.

    Attributes:
        pairs: int32 P,2, a region of the first frame and one of the second.
        weights: float32 P, how much the first says of the second: sums over a region of the second to at most 1.
        held: bool P, whether the first's pixels that flow into the second belong there: no other region has it.
        flow: float32 h,w,2, see `find_flow`, on a map `COARSE` times smaller.
        counts: int64 2, how many regions the frames have.
    """

    pairs: NDArray[np.int32]
    weights: Floats
    held: NDArray[np.bool_]
    flow: Floats
    counts: NDArray[np.int64]

    @classmethod
    def of_held(cls, segments: Segments) -> Self:
        """The match of a drawing and itself."""
        count, (height, width) = len(segments), segments.labels.shape
        pairs = np.arange(count, dtype=np.int32)[:, None].repeat(2, 1)
        flow = np.zeros((-(-height // COARSE), -(-width // COARSE), 2), np.float32)
        return cls(pairs, np.ones(count, np.float32), np.ones(count, bool), flow, np.array([count, count]))


def match_segments(first: Segments, second: Segments) -> Matches:
    """Match the regions of two frames, so that the first one's colors can be carried to the second."""
    flow = find_flow(first, second)
    common = _count_common(first, second, flow)
    scores, chosen = _assign(first, second, common, _carry_centers(second, flow))
    pairs = np.stack(np.nonzero((common > 0) | chosen), 1)
    one, other = pairs.T
    score, is_chosen = scores[one, other], chosen[one, other]
    share = np.minimum(common[one, other] / second.area[other], 1.0)
    taken: NDArray[np.bool_] = np.any(chosen & (scores >= HELD), axis=1)
    held = is_chosen | ~taken[one]
    weights = share * (0.2 + 0.6 * score) * np.where(held, 1.0, ELSEWHERE) + is_chosen * 0.6 * score
    total = np.bincount(other, weights, len(second))
    weights /= np.maximum(total, 1.0)[other]
    return Matches(
        pairs.astype(np.int32),
        weights.astype(np.float32),
        held,
        np.ascontiguousarray(flow[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE]),
        np.array([len(first), len(second)]),
    )


def _count_common(first: Segments, second: Segments, flow: Floats) -> Floats:
    """Pixels of the small map that each pair of regions has in common once the flow is undone, off the lines."""
    shape = len(first), len(second)
    if first.labels.shape != second.labels.shape:
        return np.zeros(shape, np.float32)
    came = warp(first.joined, flow, cv2.INTER_NEAREST, outside=1)  # as a line: it says nothing
    both = (came.astype(np.uint32) << 16 | second.joined).ravel()
    ends = np.append(np.flatnonzero(both[1:] != both[:-1]), both.size - 1)  # of runs, which may go on in the next row
    lengths, both = np.diff(ends, prepend=-1), both[ends].astype(np.int64)
    free = (both & 0x10001) == 0
    codes = (both[free] >> 17) * shape[1] + ((both[free] & 0xFFFF) >> 1)
    return np.bincount(codes, lengths[free], shape[0] * shape[1]).reshape(shape).astype(np.float32)


def _carry_centers(second: Segments, flow: Floats) -> Floats:
    """float32 R,2: where the middle of each region of the second frame was in the first."""
    every = np.s_[::4, ::4]  # pixels enough for a mean; the middle is for regions that have none of them
    inside = second.labels[every].ravel()
    seen = np.bincount(inside, minlength=len(second))
    x, y = np.rint(second.center).astype(np.int64).T
    middle = flow[y.clip(0, flow.shape[0] - 1), x.clip(0, flow.shape[1] - 1)]
    moved = [
        (np.bincount(inside, flow[..., axis][every].ravel(), len(second)) + middle[:, axis]) / (seen + 1)
        for axis in (0, 1)
    ]
    return second.center + np.stack(moved, 1).astype(np.float32)


def _assign(first: Segments, second: Segments, common: Floats, carried: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The score of each pair of regions, and the pairs of the one best assignment: both of shape R1,R2."""
    assign = load_solver()
    rows, columns = (np.sort(np.argsort(-one.area, kind="stable")[:ASSIGNED]) for one in (first, second))
    likeness = _compare(first, second, rows, columns, common, carried)
    beside = _Beside.find(first), _Beside.find(second)
    scores = np.zeros((len(first), len(second)), np.float32)
    chosen = np.zeros(scores.shape, bool)
    part = likeness
    for turn in range(ROUNDS + 1):
        one, other = assign(np.where(part >= LEAST, part, 0.0), maximize=True)
        kept = part[one, other] >= LEAST
        one, other = rows[one[kept]], columns[other[kept]]
        if turn < ROUNDS:
            part = likeness * (0.6 + 0.4 * _agree(*beside, one, other)[np.ix_(rows, columns)])
    chosen[one, other] = True
    scores[np.ix_(rows, columns)] = part
    return scores, chosen


def _compare(
    first: Segments,
    second: Segments,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    common: Floats,
    carried: Floats,
) -> Floats:
    """0 to 1 for each pair: how alike two regions are, each for itself."""
    area, other_area = first.area[rows][:, None], second.area[columns][None]
    overlap = common[np.ix_(rows, columns)]
    union = overlap / np.maximum(area + other_area - overlap, 1e-3)
    x, y = (first.center[rows, axis][:, None] - carried[columns, axis][None] for axis in (0, 1))
    reach = REACH * max(second.labels.shape) + 0.25 * np.sqrt(np.maximum(area, other_area))
    place = np.exp(-(x * x + y * y) / (reach * reach))
    size = np.minimum(area, other_area) / np.maximum(area, other_area)
    apart, both = np.zeros((2, *overlap.shape), np.float32)
    for moment, other_moment in zip(first.spread[rows].T, second.spread[columns].T, strict=True):
        apart += np.abs(moment[:, None] - other_moment[None])
        both += np.abs(moment)[:, None] + np.abs(other_moment)[None]
    differ = apart / both.clip(1.0)
    likeness = 0.45 * union + 0.25 * place + 0.15 * np.sqrt(size) + 0.15 * (1.0 - differ)
    tone = np.abs(first.tone[rows][:, None].astype(np.int16) - second.tone[columns][None])
    likeness *= np.where(tone <= TONES, np.float32(1.0), np.float32(0.4))
    likeness *= np.where(first.page[rows][:, None] == second.page[columns][None], np.float32(1.0), np.float32(0.6))
    likeness *= place > 0.02
    result: Floats = likeness.astype(np.float32)
    return result


@cache
def load_solver() -> Callable[..., Any]:
    """SciPy's `linear_sum_assignment` by itself: all of `scipy.optimize` takes a third of a second, in every worker."""
    package = importlib.util.find_spec("scipy")  # not of scipy.optimize, for which all of scipy is imported
    folders = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec("scipy.optimize._lsap", [f"{one}/optimize" for one in folders or ()])
    if spec is None or spec.loader is None:  # it is kept elsewhere, in another version
        from scipy.optimize import linear_sum_assignment

        return linear_sum_assignment  # type: ignore[no-any-return]
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.linear_sum_assignment  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class _Beside:
    """Which regions lie beside which.

    Attributes:
        numbers: int32 N, the neighbors of the first region, of the second, and so on.
        degrees: int64 R, how many each has.
    """

    numbers: NDArray[np.int32]
    degrees: NDArray[np.int64]

    @classmethod
    def find(cls, segments: Segments) -> Self:
        """The neighbors of each region."""
        both = np.concatenate([segments.neighbors, segments.neighbors[:, ::-1]])
        order = np.argsort(both[:, 0], kind="stable")
        return cls(both[order, 1], np.bincount(both[:, 0], minlength=len(segments)))


def _agree(first: _Beside, second: _Beside, one: NDArray[np.int64], other: NDArray[np.int64]) -> Floats:
    """float32 R1,R2: the share of the neighbors of both that are pairs themselves; `one` and `other` are pairs."""
    ends, other_ends = np.cumsum(first.degrees), np.cumsum(second.degrees)
    starts, other_starts = (ends - first.degrees)[one], (other_ends - second.degrees)[other]
    sizes = first.degrees[one] * second.degrees[other]  # every neighbor of one with every neighbor of the other
    large = sizes > MANY
    wide = np.where(large, 0, sizes)
    turn = np.arange(wide.sum()) - np.repeat(np.cumsum(wide) - wide, wide)
    row, column = np.divmod(turn, np.repeat(second.degrees[other], wide))
    row += np.repeat(starts, wide)
    column += np.repeat(other_starts, wide)
    shape = len(first.degrees), len(second.degrees)
    codes = first.numbers.take(row).astype(np.int64) * shape[1] + second.numbers.take(column)
    both = np.bincount(codes, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float32)
    for pair in np.flatnonzero(large):  # the page, with all that lies on it: a table of all these would take a gigabyte
        rows = first.numbers[starts[pair] : ends[one[pair]]]
        both[np.ix_(rows, second.numbers[other_starts[pair] : other_ends[other[pair]]])] += 1
    degrees = first.degrees.astype(np.float32)[:, None] + second.degrees
    agree: Floats = (2.0 * both / np.maximum(degrees, np.float32(1.0))).astype(np.float32)
    return agree
