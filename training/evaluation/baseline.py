"""Methods that need no learning: a bucket, and Krita's rule."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import Hints

ByteImage = NDArray[np.uint8]

LINE = 128  # line art darker than this is line


def fill_by_bucket(line_art: ByteImage, hints: Hints) -> ByteImage:
    """Fill, for each stroke in turn, what is connected with its first point; the rest stays white.

    Args:
        line_art: uint8 H,W, paper is 255.
        hints: Hints as the product gets them.

    Returns:
        uint8 H,W,3 RGB, without lines.
    """
    _, parts = cv2.connectedComponents((line_art >= LINE).astype(np.uint8), connectivity=4)
    filled = np.full((*line_art.shape, 3), 255, np.uint8)
    for stroke in hints.strokes:
        x, y = (min(max(int(v), 0), side - 1) for v, side in zip(stroke.points[0], line_art.shape[::-1], strict=True))
        if parts[y, x]:
            filled[parts == parts[y, x]] = stroke.rgb
    return filled


def fill_by_watershed(line_art: ByteImage, hints: Hints) -> ByteImage:
    """Krita's rule: water rises from each stroke, and from the page's border, and lines are its heights."""
    height, width = line_art.shape
    marks = draw_marks(hints, (width, height), 1.0)
    markers = np.ones((height + 4, width + 4), np.int32)  # OpenCV overwrites the outermost
    markers[2:-2, 2:-2] = np.where(marks.top >= 0, marks.top + 2, 0)
    page = np.pad(line_art, 2, constant_values=255)
    markers = cv2.watershed(cv2.merge([page] * 3), markers)[2:-2, 2:-2]
    colors = np.concatenate([np.full((2, 3), 255, np.uint8), marks.colors])
    filled: ByteImage = colors[np.maximum(markers, 0)]
    return filled


def lay_lines(line_art: ByteImage, filled: ByteImage) -> ByteImage:
    """Lines uint8 H,W over a picture uint8 H,W,3, as the product lays them."""
    return ((filled * line_art[..., None].astype(np.uint16) + 127) // 255).astype(np.uint8)


def paint_by_bucket(line_art: ByteImage, hints: Hints) -> ByteImage:
    """`fill_by_bucket` with the lines on top."""
    return lay_lines(line_art, fill_by_bucket(line_art, hints))


def paint_by_watershed(line_art: ByteImage, hints: Hints) -> ByteImage:
    """`fill_by_watershed` with the lines on top."""
    return lay_lines(line_art, fill_by_watershed(line_art, hints))
