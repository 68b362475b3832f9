"""The small map of a frame's regions, at the drawing's size: borders lie in the lines that the drawing has there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.drawing import WALL
from .segments import Numbers, Segments

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

INK = 24  # levels under the paper: less is no line
NONE = 2**16 - 1  # a label that no region has
STEPS = 4  # pixels of the small map that a label may be carried


def find_lines(lines: Pixels, inverted: bool) -> Mask:
    """bool H,W: where line art, uint8 H,W or H,W,3, is as dark as a line; a look at its histogram."""
    upright = cv2.bitwise_not(lines) if inverted else lines
    level = upright if upright.ndim == 2 else np.asarray(upright.min(2))
    counts = np.cumsum(np.bincount(level[::4, ::4].ravel(), minlength=256))
    paper = int(np.searchsorted(counts, 0.75 * counts[-1]))
    inked = counts[max(0, paper - INK)]
    ink = int(np.searchsorted(counts, 0.2 * inked)) if inked else 0
    return np.asarray(level < paper - max(INK, WALL * (paper - ink)))


def enlarge_labels(segments: Segments, walls: Mask) -> Numbers:
    """The region of each pixel of a drawing, int32 H,W.

    A pixel of the small map is several of the drawing: near borders each takes the label of the side of the line that
    it lies on, step by step, never across a line.

    Args:
        segments: Segments of the drawing.
        walls: bool H,W, its lines (see `find_lines`).
    """
    height, width = walls.shape
    if segments.labels.shape == walls.shape:
        return segments.labels
    small = segments.labels.astype(np.uint16)
    around = np.ones((3, 3), np.uint8)
    border = (cv2.dilate(small, around) != cv2.erode(small, around)).view(np.uint8)
    labels = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    near = cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST).view(bool)
    padded = np.full((height + 2, width + 2), NONE, np.uint16)
    cv2.copyTo(labels, (~(walls | near)).view(np.uint8), padded[1:-1, 1:-1])
    for where in (near & ~walls, near & walls):  # then into the lines, from both sides: smooth where lines are pale
        places = np.flatnonzero(where)
        own, flat = labels.ravel()[places], padded.ravel()
        open_ = places + 2 * (places // width) + width + 3
        _carry(flat, open_, own, width + 2, STEPS * -(-width // small.shape[1]))
        reached = flat[open_]
        labels.ravel()[places] = np.where(reached == NONE, own, reached)
    return np.asarray(labels, np.int32)


def _carry(
    flat: NDArray[np.uint16], places: NDArray[np.int64], own: NDArray[np.uint16], width: int, steps: int
) -> None:
    """Carry labels on to places of a map with a rim, step by step; a place's own label goes before others."""
    for _ in range(steps):
        beside = [flat[places + step] for step in (-1, 1, -width, width)]
        found = np.minimum.reduce(beside)
        kept = (beside[0] == own) | (beside[1] == own) | (beside[2] == own) | (beside[3] == own)
        found[kept] = own[kept]
        done = found != NONE
        if not done.any():
            return
        flat[places[done]] = found[done]
        places, own = places[~done], own[~done]
