"""Strokes on a hint map: the one definition of what the network sees of them, in use and in training.

A hint map is float32 4,H,W at a quarter of the network's resolution: red, green and blue in [-1, 1]
multiplied by the mask (so 0, mid gray, where there is no hint), and the mask in [0, 1].
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

SUBPIXEL = 4  # fractional bits of OpenCV's coordinates

FloatMap = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]


def empty_map(width: int, height: int) -> FloatMap:
    """A hint map without hints: zeros, float32 4,height,width."""
    return np.zeros((4, height, width), np.float32)


def draw(hint_map: FloatMap, points: ArrayLike, color: ArrayLike, radius: float) -> None:
    """Paint one round polyline over a hint map, in place, with anti-aliased edges.

    A pixel's coverage is clip(radius + 1/2 - d, 0, 1), d the distance from its center to the polyline.
    Radii under half a pixel are drawn as half a pixel with as much less coverage, so that a thin stroke
    keeps its weight instead of falling between the pixels.

    Args:
        hint_map: float32 4,H,W (see the module).
        points: K,2 x and y in hint-map pixels, K at least 1; (0, 0) is the top left corner of the map.
        color: 3 numbers in [-1, 1]: red, green, blue.
        radius: Half the stroke's width, in hint-map pixels.
    """
    height, width = hint_map.shape[1:]
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    weight = min(1.0, max(radius / 0.5, 0.25))
    reach = max(radius, 0.5) + 0.5
    left, top = _clip_low(xy.min(0) - reach, (width, height))
    right, bottom = _clip_high(xy.max(0) + reach, (width, height))
    if left >= right or top >= bottom:
        return
    coverage = np.zeros((bottom - top, right - left), np.float32)
    if covers(xy, radius - 0.5, (width, height)):  # so wide that there is nothing to compute
        coverage[:] = 1.0
        xy = xy[:0]
    for start, end in zip(xy, xy[1:] if len(xy) > 1 else xy, strict=False):
        x0, y0 = _clip_low(np.minimum(start, end) - reach, (width, height))
        x1, y1 = _clip_high(np.maximum(start, end) + reach, (width, height))
        if x0 >= x1 or y0 >= y1:
            continue
        box = coverage[y0 - top : y1 - top, x0 - left : x1 - left]
        distance = _distance(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5, start, end)
        np.maximum(box, np.clip(reach - distance, 0.0, 1.0), out=box)
    coverage *= weight
    patch = hint_map[:, top:bottom, left:right]
    patch *= 1.0 - coverage
    rgb = np.asarray(color, np.float32)
    patch[:3] += coverage * rgb[:, None, None]
    patch[3] += coverage


def fill(top: NDArray[np.int32], points: NDArray[np.float64], width: float, number: int) -> None:
    """Write a number where a stroke lies on a map, in place, without smooth edges.

    Args:
        top: int32 H,W.
        points: K,2 x and y in the map's pixels.
        width: Width of the stroke, the map's pixels.
        number: Number that is written.
    """
    height, wide = top.shape
    if covers(points, 0.5 * width, (wide, height)):
        top[:] = number
        return
    fixed = np.rint((points - 0.5) * 2**SUBPIXEL).astype(np.int32).reshape(-1, 1, 2)  # OpenCV clips in 64 bits
    radius = 0.5 * width
    if len(points) > 1:
        thickness = max(1, min(32767, round(width)))
        cv2.polylines(top, [fixed], False, number, thickness, cv2.LINE_8, SUBPIXEL)
    if len(points) == 1 or width < 3:
        for (point,) in fixed:
            cv2.circle(
                top, (int(point[0]), int(point[1])), round(radius * 2**SUBPIXEL), number, -1, cv2.LINE_8, SUBPIXEL
            )


def covers(points: Floats, radius: float, size: tuple[int, int]) -> bool:
    """Whether one segment of a polyline, K,2, of a radius covers a map of (width, height)."""
    if radius * radius < size[0] * size[1] / 4:
        return False
    starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
    way = ends - starts
    length2 = np.maximum((way * way).sum(1), 1e-12)
    near = np.ones(len(starts), bool)
    for corner in ((0, 0), (size[0], 0), (0, size[1]), size):  # what holds the corners holds what is between them
        t = np.clip(((corner - starts) * way).sum(1) / length2, 0.0, 1.0)
        near &= np.hypot(*(starts + t[:, None] * way - corner).T) <= radius
    return bool(near.any())


def count_pixels(size: tuple[int, ...], points: ArrayLike, radius: float) -> float:
    """How many pixels of a map of H,W `draw` looks at: those in the boxes around the segments."""
    height, width = size
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    starts, ends = (xy[:-1], xy[1:]) if len(xy) > 1 else (xy, xy)
    reach = max(radius, 0.5) + 0.5
    if covers(xy, radius - 0.5, (width, height)):
        return float(height * width)
    low = np.maximum(np.minimum(starts, ends) - reach, 0.0)
    high = np.minimum(np.maximum(starts, ends) + reach, (width, height))
    return float(np.prod(np.maximum(high - low, 0.0), axis=1).sum())


def over(above: FloatMap, below: FloatMap) -> FloatMap:
    """One hint map laid over another of the same shape (premultiplied "over")."""
    laid: FloatMap = above + below * (1.0 - above[3])
    return laid


def _distance(x: Floats, y: Floats, start: Floats, end: Floats) -> Floats:
    """Distances H,W from the grid y,x to the segment from start to end."""
    dx, dy = x[None, :] - start[0], y[:, None] - start[1]
    ux, uy = end - start
    length2 = ux * ux + uy * uy
    if length2 > 0.0:
        t = np.clip((dx * ux + dy * uy) / length2, 0.0, 1.0)
        dx, dy = dx - t * ux, dy - t * uy
    distance: Floats = np.sqrt(dx * dx + dy * dy)
    return distance


def _clip_low(xy: Floats, size: tuple[int, int]) -> tuple[int, int]:
    return max(0, math.floor(xy[0])), max(0, math.floor(xy[1]))


def _clip_high(xy: Floats, size: tuple[int, int]) -> tuple[int, int]:
    return min(size[0], math.ceil(xy[0])), min(size[1], math.ceil(xy[1]))
