"""Lines of a rendered figure: where borders lie between pixels, and the ways that a pen draws along them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from ..drawer.curves import Points
from ..drawer.inking import INK_SCALE, InkLayer

Mask = NDArray[np.bool_]

CREASE = 0.45  # cosine of the angle between normals from which cloth has a line
SHORTEST = 10  # fine pixels: shorter ways are not drawn
SMOOTH = 9  # fine pixels: width of the window that smooths ways


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is seen in each of H,W pixels of a rendered figure.

    Attributes:
        seen: bool.
        parts: int64 ids of parts.
        sheets: int64: see `Person`.
        kinds: int8: see `Person`.
        inner: bool: the inner side of a sheet is seen.
        points: float32 H,W,3 in the camera's axes: x right, y down, z away; units of the head.
        normals: float32 H,W,3 likewise, toward the camera.
    """

    seen: Mask
    parts: NDArray[np.int64]
    sheets: NDArray[np.int64]
    kinds: NDArray[np.int8]
    inner: Mask
    points: NDArray[np.float32]
    normals: NDArray[np.float32]


def find_borders(surface: Seen, hair: int, skin: tuple[int, ...], cloth: int) -> tuple[Mask, Mask]:
    """The pixels beside which a line has to be: contours against what is behind the figure, and inner lines.

    Within one material a line is where one sheet lies before another (distances in units of the head), and where
    cloth is folded sharply; where parts of different color meet there is one always.
    """
    contour, inner = np.zeros_like(surface.seen), np.zeros_like(surface.seen)
    is_hair, is_skin = surface.kinds == hair, np.isin(surface.kinds, skin)
    limit = np.where(is_hair, 0.018, np.where(is_skin, 0.1, 0.07)).astype(np.float32)
    slack = np.abs(surface.normals[..., 2]).clip(0.15, 1)
    for axis in (0, 1):
        a = tuple(slice(None, -1) if k == axis else slice(None) for k in range(2))
        b = tuple(slice(1, None) if k == axis else slice(None) for k in range(2))
        both = surface.seen[a] & surface.seen[b]
        contour[a] |= surface.seen[a] != surface.seen[b]
        way = surface.points[b] - surface.points[a]
        gap = np.minimum(np.abs(_dot(way, surface.normals[a])), np.abs(_dot(way, surface.normals[b])))
        same_kind = (is_hair[a] & is_hair[b]) | (is_skin[a] & is_skin[b])
        differs = (surface.parts[a] != surface.parts[b]) & ~same_kind
        sheet = surface.sheets[a] != surface.sheets[b]
        before = np.where(sheet, limit[a], 2.0 * limit[a]) < gap
        before |= (surface.inner[a] != surface.inner[b]) & (surface.kinds[a] == cloth)
        bend = _dot(surface.normals[a], surface.normals[b])
        folded = (bend < CREASE) & (surface.kinds[a] == cloth) & (surface.kinds[b] == cloth) & ~sheet
        inner[a] |= both & (differs | before | (folded & (slack[a] > 0.2)))
    return contour, inner


def draw_borders(ink: InkLayer, contour: Mask, inner: Mask, weight: float, hair: Mask) -> None:
    """Draw lines along borders, as the pen of an ink layer draws.

    Args:
        ink: The layer, whose pixels are those of the masks.
        contour, inner: bool S*2,S*2.
        weight: Weight of contours, beside that of inner lines.
        hair: bool: where hair is; its inner lines are finer and taper.
    """
    for way, loose in trace(contour | inner):
        at = way.astype(np.int64)
        outer = contour[at[:, 1], at[:, 0]].mean() > 0.5
        strand = not outer and hair[at[:, 1], at[:, 0]].mean() > 0.5
        if strand and len(way) < 3 * SHORTEST:
            continue
        smooth = smooth_way(way)
        start, end = (0.3 if strand else 0.12) * loose[0], (0.3 if strand else 0.12) * loose[1]
        ink.draw_way(
            (smooth - (INK_SCALE - 1) / 2) / INK_SCALE, weight if outer else 0.8 if strand else 0.95, start, end
        )


def trace(mask: Mask) -> list[tuple[Points, tuple[bool, bool]]]:
    """The ways (x, y) along a mask's thin middle line, each with whether its ends are free, not at a junction."""
    line = np.pad(skeletonize(mask), 1).astype(np.uint8)  # type: ignore[no-untyped-call]
    line[0], line[-1] = 0, 0
    around = cv2.filter2D(
        line, -1, np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    fork = (line > 0) & (around > 2)
    chains = (line > 0) & ~fork
    count, labels = cv2.connectedComponents(chains.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(chains)
    order = np.argsort(labels[rows, columns], kind="stable")
    bounds = np.searchsorted(labels[rows, columns][order], np.arange(1, count + 1))
    ways = []
    for number in range(count - 1):
        chosen = order[bounds[number] : bounds[number + 1]]
        if len(chosen) < SHORTEST // 2:
            continue
        way = _walk_chain(list(zip(columns[chosen].tolist(), rows[chosen].tolist(), strict=True)))
        free = []
        for end in (0, -1):
            x, y = way[end]
            near = np.argwhere(fork[y - 1 : y + 2, x - 1 : x + 2])
            free.append(not len(near))
            if len(near):
                joint = (int(near[0][1]) + x - 1, int(near[0][0]) + y - 1)
                way = [joint, *way] if end == 0 else [*way, joint]
        if len(way) >= SHORTEST:
            ways.append((np.array(way, np.float64) - 1, (free[0], free[1])))
    return ways


def smooth_way(way: Points) -> Points:
    """A way of whole pixels without its steps; its ends stay."""
    half = min(SMOOTH, len(way) // 2)
    closed = len(way) > 30 and np.hypot(*(way[0] - way[-1])) < 3
    kernel = np.hanning(2 * half + 3)[1:-1]
    kernel /= kernel.sum()
    if closed:
        padded = np.vstack([way[-half:], way, way[:half]])
    else:  # mirrored at its ends
        padded = np.vstack([2 * way[0] - way[half:0:-1], way, 2 * way[-1] - way[-2 : -half - 2 : -1]])
    smooth = np.stack([np.convolve(padded[:, k], kernel, "valid") for k in range(2)], 1)
    return np.vstack([smooth, smooth[:1]]) if closed else smooth


def _walk_chain(pixels: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pixels of one chain in order, from one end to the other."""
    left = set(pixels)
    steps = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]

    def neighbors(at: tuple[int, int]) -> list[tuple[int, int]]:
        return [(at[0] + dx, at[1] + dy) for dx, dy in steps if (at[0] + dx, at[1] + dy) in left]

    at = next((pixel for pixel in pixels if len(neighbors(pixel)) < 2), pixels[0])
    way = [at]
    left.discard(at)
    while following := neighbors(at):
        at = following[0]
        left.discard(at)
        way.append(at)
    return way


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2])
