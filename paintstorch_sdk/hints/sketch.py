"""Strokes on a picture, as one sees them: opaque round brushes with anti-aliased edges."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from .raster import covers

Pixels = NDArray[np.uint8]

SUBPIXEL = 8  # fractional bits of OpenCV's coordinates
SPREAD = 0.6  # pixels by which OpenCV's anti-aliased shapes reach beyond their outline
THIN = 0.2  # pixels: the least half width that is drawn, so that a thin stroke does not vanish


def sketch_stroke(picture: Pixels, points: NDArray[np.float64], color: tuple[int, int, int], width: float) -> None:
    """Paint one stroke over a picture, in place.

    Args:
        picture: uint8 H,W,4 RGBA, premultiplied.
        points: K,2 x and y of the waypoints in pixels; (0, 0) is the picture's top left corner.
        color: Red, green, blue.
        width: Diameter of the brush, pixels.
    """
    radius = max(0.5 * width - SPREAD, THIN)
    ink = (*color, 255)
    if covers(points, radius, (picture.shape[1], picture.shape[0])):  # so wide that there is nothing to draw
        picture[:] = ink
        return
    fixed = np.rint((points - 0.5) * 2**SUBPIXEL).astype(np.int32)
    for corners in _outline_segments(points, radius):
        cv2.fillConvexPoly(picture, corners, ink, cv2.LINE_AA, SUBPIXEL)
    for x, y in _inside(fixed, width, picture.shape):
        cv2.circle(picture, (x, y), round(radius * 2**SUBPIXEL), ink, cv2.FILLED, cv2.LINE_AA, SUBPIXEL)


def unmultiply(picture: Pixels) -> Pixels:
    """RGBA not premultiplied, uint8 H,W,4, of a premultiplied one, which is overwritten."""
    alpha = picture[..., 3]
    rim = (alpha > 0) & (alpha < 255)
    mixed = picture[rim].astype(np.float32)
    picture[rim, :3] = np.minimum(np.rint(mixed[:, :3] * (255.0 / mixed[:, 3:])), 255).astype(np.uint8)
    return picture


def _outline_segments(points: NDArray[np.float64], radius: float) -> Iterable[NDArray[np.int32]]:
    """The rectangle around each segment, int32 4,2."""
    starts, ends = points[:-1], points[1:]
    along = ends - starts
    length = np.hypot(along[:, 0], along[:, 1])
    starts, ends, along, length = (values[length > 0] for values in (starts, ends, along, length))
    normal = np.stack([-along[:, 1], along[:, 0]], 1) * (radius / length)[:, None]
    corners = np.stack([starts + normal, ends + normal, ends - normal, starts - normal], 1)
    fixed: NDArray[np.int32] = np.rint((corners - 0.5) * 2**SUBPIXEL).astype(np.int32)
    return fixed


def _inside(fixed: NDArray[np.int32], width: float, shape: tuple[int, ...]) -> list[list[int]]:
    """The waypoints whose brush touches the picture."""
    reach = (width + 2) * 2**SUBPIXEL
    limits = np.array([shape[1], shape[0]]) * 2**SUBPIXEL
    touching: list[list[int]] = fixed[((fixed > -reach) & (fixed < limits + reach)).all(1)].tolist()
    return touching
