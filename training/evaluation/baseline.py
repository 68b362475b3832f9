"""A method that needs no learning: each closed region in the color of its nearest stroke."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import Hints

ByteImage = NDArray[np.uint8]

PAPER = 128  # line art lighter than this belongs to a region


def nearest_stroke(line_art: ByteImage, hints: Hints) -> ByteImage:
    """Fill each closed region, every pixel in the color of the stroke nearest to it in the region.

    Regions without a stroke stay white. Lines are laid on top as the product does it.

    Args:
        line_art: uint8 H,W, paper is 255.
        hints: Hints as the product gets them.

    Returns:
        uint8 H,W,3 RGB.
    """
    height, width = line_art.shape
    marks = draw_marks(hints, (width, height), 1.0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((line_art > PAPER).astype(np.uint8), connectivity=4)
    solid = marks.top >= 0
    image = np.full((height, width, 3), 255, np.uint8)
    for label in np.unique(labels[solid]):
        if label == 0:
            continue
        x, y, w, h = stats[label, :4]
        box = np.s_[y : y + h, x : x + w]
        inside = labels[box] == label
        seeds = inside & solid[box]
        _, nearest = cv2.distanceTransformWithLabels(
            (~seeds).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        colors = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
        colors[nearest[seeds]] = marks.colors[marks.top[box][seeds]]
        image[box][inside] = colors[nearest[inside]]
    return ((image * line_art[..., None].astype(np.uint16) + 127) // 255).astype(np.uint8)
