"""The small map of a frame's regions, at the drawing's size: borders lie in the lines that the drawing has there."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.drawing import WALL
from .segments import Numbers

Pixels = NDArray[np.uint8]
Labels = NDArray[np.uint8] | NDArray[np.uint16]
Mask = NDArray[np.bool_]

INK = 24  # levels under the paper: less is no line
STEPS = 2  # pixels of the small map that a label may be carried
CROSS, AROUND = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.ones((3, 3), np.uint8)


def find_lines(lines: Pixels, inverted: bool) -> Mask:
    """bool H,W: where line art, uint8 H,W or H,W,3, is as dark as a line; a look at its histogram."""
    upright = cv2.bitwise_not(lines) if inverted else lines
    level = upright if upright.ndim == 2 else np.asarray(upright.min(2))
    counts = np.cumsum(cv2.calcHist([level[::4, ::4].copy()], [0], None, [256], [0, 256]).astype(np.int64))
    paper = int(np.searchsorted(counts, 0.75 * counts[-1]))
    inked = counts[max(0, paper - INK)]
    ink = int(np.searchsorted(counts, 0.2 * inked)) if inked else 0
    return np.asarray(level < math.ceil(paper - max(INK, WALL * (paper - ink))))


def enlarge_labels(small: Numbers, walls: Mask) -> Labels:
    """The label of each pixel of a drawing, uint8 H,W where there are few, else uint16.

    A pixel of the small map is several of the drawing: near borders each takes the label of the side of the line that
    it lies on, step by step, never across a line; then labels go on into the lines, from both sides: borders are smooth
    where lines are pale.

    Args:
        small: int32 h,w, the labels of the small map, from 0 on.
        walls: bool H,W, the drawing's lines (see `find_lines`).
    """
    height, width = walls.shape
    few = small.max() < np.iinfo(np.uint8).max
    labels: Labels = small.astype(np.uint8) if few else small.astype(np.uint16)
    if small.shape == walls.shape:
        return labels
    border = (cv2.dilate(labels, AROUND) != cv2.erode(labels, AROUND)).view(np.uint8)
    left, top, across, down = cv2.boundingRect(border)
    steps = STEPS * -(-width // small.shape[1])
    labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    if across:  # what a label may reach
        rows, columns = (
            slice(start * side // own, -(-(start + count) * side // own))
            for start, count, side, own in ((top, down, height, small.shape[0]), (left, across, width, small.shape[1]))
        )
        inside = np.s_[max(0, rows.start - 1) : rows.stop + 1, max(0, columns.start - 1) : columns.stop + 1]
        near = cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST)[inside]
        labels[inside] = _settle_borders(labels[inside], near, walls.view(np.uint8)[inside], steps)
    return labels


def _settle_borders(labels: Labels, near: Pixels, walls: Pixels, steps: int) -> Labels:
    """See `enlarge_labels`: labels as they are but near borders; `near` and `walls` are 1 there and in lines."""
    none = int(np.iinfo(labels.dtype).max)
    found = np.full(labels.shape, none, labels.dtype)
    cv2.copyTo(labels, cv2.compare(cv2.bitwise_or(near, walls), 0, cv2.CMP_EQ), found)
    in_line = cv2.bitwise_and(near, walls)
    missing, least = np.empty(labels.shape, np.uint8), np.empty_like(labels)  # fresh memory takes longer than the work
    for open_, shape in ((cv2.subtract(near, in_line), CROSS), (in_line, AROUND)):
        before = -1
        for _ in range(steps):
            cv2.compare(found, none, cv2.CMP_EQ, dst=missing)
            cv2.bitwise_and(missing, open_, dst=missing)
            left = cv2.countNonZero(missing)
            if left in (0, before):
                break
            cv2.copyTo(cv2.erode(found, shape, dst=least), missing, found)
            before = left
    cv2.copyTo(labels, cv2.compare(found, none, cv2.CMP_EQ), found)
    return found
