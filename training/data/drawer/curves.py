"""Curves as float64 N,2 arrays of x, y points: splines, Bézier curves, ellipses, ribbons and ragged edges."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points: TypeAlias = NDArray[np.float64]
Rng: TypeAlias = np.random.Generator


def as_points(points: ArrayLike) -> Points:
    """The points as a float64 N,2 array."""
    return np.asarray(points, np.float64).reshape(-1, 2)


def spline(points: ArrayLike, steps: int = 12, closed: bool = False) -> Points:
    """A Catmull-Rom curve through the points, `steps` samples from one to the next."""
    knots = as_points(points)
    if closed:
        knots = np.vstack([knots[-1], knots, knots[0], knots[1]])
    elif len(knots) < 3:
        return line(knots[0], knots[-1], steps)
    else:
        knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    a, b, c, d = (knots[i : len(knots) - 3 + i, None] for i in range(4))
    curve = b + 0.5 * t * (c - a) + t**2 * (a - 2.5 * b + 2 * c - 0.5 * d) + 0.5 * t**3 * (3 * b - a - 3 * c + d)
    flat = curve.reshape(-1, 2)
    return flat if closed else np.vstack([flat, knots[-2]])


def splines(steps: int, *ways: ArrayLike) -> Points:
    """Several splines, each through its own points, as one way; a single point is a corner of it."""
    parts = [as_points(way) for way in ways]
    return np.vstack([spline(part, steps) if len(part) > 1 else part for part in parts])


def arch(x: float, half: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points that are symmetrical to the vertical at x.

    Args:
        x: Where the vertical stands.
        half: The first half: how far to the left, and the height; a last one at 0 is the middle and stands once.
    """
    back = half[:-1] if half[-1][0] == 0 else half
    return [(x - out, y) for out, y in half] + [(x + out, y) for out, y in reversed(back)]


def bezier(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, steps: int = 24) -> Points:
    """A cubic Bézier curve from a to d."""
    t = np.linspace(0.0, 1.0, steps)[:, None]
    a, b, c, d = (as_points(p) for p in (a, b, c, d))
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d


def line(a: ArrayLike, b: ArrayLike, steps: int = 8) -> Points:
    """Points on the straight way from a to b."""
    t = np.linspace(0.0, 1.0, steps)[:, None]
    return as_points(a) * (1 - t) + as_points(b) * t


def ellipse(
    x: float, y: float, rx: float, ry: float, steps: int = 40, turn: float = 0.0, square: float = 2.0
) -> Points:
    """An ellipse around x, y, turned by radians; `square` above 2 makes it a rounded rectangle."""
    angle = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    px = rx * np.sign(cos) * np.abs(cos) ** (2 / square)
    py = ry * np.sign(sin) * np.abs(sin) ** (2 / square)
    return rotate(np.stack([px, py], 1), turn) + (x, y)


def star(x: float, y: float, radius: float, rays: int = 5, inner: float = 0.45) -> Points:
    """A star with a ray upward."""
    angle = np.arange(2 * rays) * np.pi / rays - np.pi / 2
    reach = np.where(np.arange(2 * rays) % 2, radius * inner, radius)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], 1)


def heart(x: float, y: float, radius: float) -> Points:
    """A heart around x, y."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    px = np.sin(t) ** 3
    py = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    return np.stack([x + radius * px, y + radius * py], 1)


def rotate(points: ArrayLike, turn: float, pivot: ArrayLike = (0.0, 0.0)) -> Points:
    """The points turned by radians (clockwise, since y points down) around the pivot."""
    cos, sin = np.cos(turn), np.sin(turn)
    p = as_points(points) - as_points(pivot)
    return np.stack([p[:, 0] * cos - p[:, 1] * sin, p[:, 0] * sin + p[:, 1] * cos], 1) + as_points(pivot)


def mirror(points: ArrayLike, side: float) -> Points:
    """The points with x times `side` (1 or -1)."""
    return as_points(points) * (side, 1.0)


def normals(points: Points) -> Points:
    """Unit normals: the tangents turned clockwise by 90 degrees."""
    tangent = np.gradient(points, axis=0)
    tangent = tangent / (np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-9)
    return np.stack([-tangent[:, 1], tangent[:, 0]], 1)


def direction(a: ArrayLike, b: ArrayLike) -> Points:
    """The unit vector from a to b, shape 2."""
    d = np.asarray(b, np.float64) - np.asarray(a, np.float64)
    unit: Points = d / (np.hypot(d[0], d[1]) + 1e-9)
    return unit


def length(points: Points) -> float:
    """The length of the way along the points."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def resample(points: Points, step: float, least: int = 4) -> Points:
    """The same way in equal steps of about `step`, at least `least` points."""
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    if along[-1] < 1e-6:
        return points[:1].repeat(2, 0)
    u = np.linspace(0.0, along[-1], max(least, int(along[-1] / step) + 1))
    return np.stack([np.interp(u, along, points[:, 0]), np.interp(u, along, points[:, 1])], 1)


def ribbon(spine: Points, widths: ArrayLike) -> tuple[Points, Points]:
    """The two sides of a ribbon: the spine plus and minus its normals times the half widths (one, or one a point)."""
    half = np.broadcast_to(np.asarray(widths, np.float64), (len(spine),))[:, None] * normals(spine)
    return spine + half, spine - half


def tube(spine: Points, widths: Sequence[float], start_cap: float = 0.0, end_cap: float = 0.9) -> Points:
    """A closed tapered tube along the spine.

    Args:
        spine: N,2.
        widths: Half widths, spread evenly along the spine.
        start_cap: Height of the round cap at the start, in half widths; 0 cuts it straight.
        end_cap: Likewise at the end.
    """
    u = np.linspace(0, 1, len(spine))
    half = np.interp(u, np.linspace(0, 1, len(widths)), widths)
    left, right = ribbon(spine, half)
    parts = [left]
    turn = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1]
    for cap, at, tangent, width, last in (
        (end_cap, spine[-1], direction(spine[-2], spine[-1]), widths[-1], right[::-1]),
        (start_cap, spine[0], direction(spine[1], spine[0]), widths[0], None),
    ):
        if cap > 0:
            normal = np.array([-tangent[1], tangent[0]])
            round_end = np.outer(np.cos(turn), tangent * cap) + np.outer(np.sin(turn), normal)
            parts.append(at + width * round_end)
        if last is not None:
            parts.append(last)
    return np.vstack(parts)


def tufts(
    base: Points, heights: ArrayLike, lean: ArrayLike, depth: float = 0.0, round_out: float = 0.35
) -> list[Points]:
    """A ragged edge along a base line: for each tuft a curve from valley to tip and on to the next valley.

    Args:
        base: The valleys, N+1 points.
        heights: N lengths of the tufts, along the normal of the base.
        lean: N shifts of the tips along the base.
        depth: How much the valleys are drawn back against the normal.
        round_out: How much the sides bulge, in heights.

    Returns:
        N curves; together they are the edge.
    """
    count = len(base) - 1
    height = np.broadcast_to(np.asarray(heights, np.float64), (count,))
    shift = np.broadcast_to(np.asarray(lean, np.float64), (count,))
    out = []
    for i in range(count):
        a, b = base[i], base[i + 1]
        along = direction(a, b)
        normal = np.array([along[1], -along[0]])
        tip = (a + b) / 2 + normal * height[i] + along * shift[i]
        a2, b2 = a - normal * depth * (i > 0), b - normal * depth * (i < count - 1)
        bulge = normal * height[i] * round_out
        up = bezier(a2, a2 + (tip - a2) * 0.3 + bulge * 0.6, a2 + (tip - a2) * 0.75 + bulge * 0.3, tip, 9)
        down = bezier(tip, tip + (b2 - tip) * 0.3 + bulge * 0.1, tip + (b2 - tip) * 0.7 + bulge * 0.1, b2, 9)
        out.append(np.vstack([up, down[1:]]))
    return out


def wavy(points: Points, amount: float, waves: float, phase: float = 0.0) -> Points:
    """The way with a wave along it that grows from its start."""
    u = np.linspace(0, 1, len(points))
    shift = np.sin(u * 2 * np.pi * waves + phase) * amount * np.minimum(1.0, u * 2)
    return points + normals(points) * shift[:, None]
