"""A rasterizer: triangles to the nearest one in each pixel, row by row, with NumPy alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mesh import Faces, Points3

EMPTY = np.uint64(2**64 - 1)
NEAREST = 0.05  # nothing nearer to the camera is drawn


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """What is seen in each of H,W pixels.

    Attributes:
        face: int64 H,W: number of the nearest triangle, -1 where there is none.
        inner: bool H,W: whether its inner side is seen.
        shares: float32 P,3: for each pixel with a triangle, in order, how much of its three corners is there.
    """

    face: NDArray[np.int64]
    inner: NDArray[np.bool_]
    shares: NDArray[np.float32]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """bool H,W: where there is a triangle."""
        return self.face >= 0


def rasterize(screen: Points3, faces: Faces, size: int, solid: NDArray[np.bool_]) -> Raster:
    """Find the nearest triangle in each pixel.

    Args:
        screen: float N,3: x and y in pixels (the middle of the first pixel is 0.5), distance from the camera.
        faces: int F,3; outer sides turn against the clock, seen with y downward they have a negative area.
        size: Height and width, pixels.
        solid: bool F: the inner side is not drawn.
    """
    corners = screen[faces]
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low, high = corners[..., :2].min(1), corners[..., :2].max(1)
    near = corners[..., 2].min(1) > NEAREST
    shown = near & (high > 0).all(1) & (low < size).all(1) & (np.abs(area) > 1e-9) & ~(solid & (area > 0))
    chosen = np.flatnonzero(shown)
    corners, area = corners[chosen], area[chosen]
    # one over the distance is linear on the screen
    depth = 1 / corners[..., 2]
    first = np.clip(np.ceil(low[chosen, 1] - 0.5), 0, size).astype(np.int64)
    last = np.clip(np.ceil(high[chosen, 1] - 0.5), 0, size).astype(np.int64)  # not included
    which, row = _expand(first, last)
    y = row + 0.5
    left, right = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        start, end = corners[which, a, :2], corners[which, b, :2]
        rise = end[:, 1] - start[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (y - start[:, 1]) / rise
            x = start[:, 0] + share * (end[:, 0] - start[:, 0])
        hit = (share >= 0) & (share <= 1) & (rise != 0)
        np.minimum(left, np.where(hit, x, np.inf), out=left)
        np.maximum(right, np.where(hit, x, -np.inf), out=right)
    starts = np.clip(np.ceil(np.where(np.isfinite(left), left, 0) - 0.5), 0, size).astype(np.int64)
    ends = np.clip(np.ceil(np.where(np.isfinite(right), right, 0) - 0.5), 0, size).astype(np.int64)
    # depth along a row: at its first pixel, and its step
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    rise1, rise2 = depth[:, 1] - depth[:, 0], depth[:, 2] - depth[:, 0]
    step_x = (rise1 * edge2[:, 1] - rise2 * edge1[:, 1]) / area
    step_y = (rise2 * edge1[:, 0] - rise1 * edge2[:, 0]) / area
    at_start = (
        depth[which, 0] + step_y[which] * (y - corners[which, 0, 1]) - step_x[which] * (corners[which, 0, 0] - 0.5)
    )
    span, column = _expand(starts, ends)
    value = at_start[span] + step_x[which[span]] * column
    # the bits of a positive float32 grow as it does: nearer is less, and the lower 32 bits say which triangle it is
    far = np.uint64(0xFFFFFFFF) - np.maximum(value, 0).astype(np.float32).view(np.uint32).astype(np.uint64)
    keys = (far << np.uint64(32)) | chosen[which[span]].astype(np.uint64)
    nearest = np.full(size * size, EMPTY)
    np.minimum.at(nearest, row[span] * size + column, keys)
    face = np.where(nearest == EMPTY, -1, (nearest & np.uint64(0xFFFFFFFF)).astype(np.int64)).reshape(size, size)
    inner, shares = _locate(screen, faces, face)
    return Raster(face, inner, shares)


def _locate(screen: Points3, faces: Faces, face: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which sides are seen, and the shares of the corners in each pixel that has a triangle."""
    rows, columns = np.nonzero(face >= 0)
    number = face[rows, columns]
    corners = screen[faces]
    edge1, edge2 = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    area = _cross(edge1, edge2)
    with np.errstate(divide="ignore", invalid="ignore"):  # triangles that are seen from the side are nowhere nearest
        steps = np.column_stack(
            [
                corners[:, 0, :2],
                np.stack([edge2[:, 1], -edge2[:, 0], -edge1[:, 1], edge1[:, 0]], 1) / area[:, None],
                1 / corners[..., 2],
            ]
        )
    x, y, second_x, second_y, third_x, third_y, *inverse = steps.astype(np.float32)[number].T
    dx, dy = (columns + 0.5).astype(np.float32) - x, (rows + 0.5).astype(np.float32) - y
    second, third = dx * second_x + dy * second_y, dx * third_x + dy * third_y
    shares = np.stack([(1 - second - third) * inverse[0], second * inverse[1], third * inverse[2]], 1)
    shares /= shares.sum(1, keepdims=True)
    inner = np.zeros(face.shape, bool)
    inner[rows, columns] = area[number] > 0
    return inner, shares


def _expand(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For ranges of numbers: which range each number is of, and the number."""
    count = np.maximum(last - first, 0)
    which = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return which, np.arange(len(which)) - before[which] + first[which]


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], np.float64)
