"""Optical flow between line drawings: what moves is the distance to the nearest line, not gray levels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .segments import Segments

Flow = NDArray[np.float32]

FAR = 0.4  # of the sides: a shift of the whole picture is believed up to that


def find_flow(first: Segments, second: Segments) -> Flow:
    """Where each pixel of the second frame was in the first.

    Returns:
        float32 h,w,2: x and y to be added, pixels of the small map. Frames of different sizes are stretched.
    """
    height, width = second.field.shape
    source = first.field
    if source.shape != second.field.shape:
        source = cv2.resize(source, (width, height), interpolation=cv2.INTER_LINEAR)
    best = _follow(source, second.field, None)
    shift, _ = cv2.phaseCorrelate(_lines(second.field), _lines(source))
    if 2.0 < max(abs(shift[0]) / width, abs(shift[1]) / height) * max(width, height) < FAR * min(width, height):
        panned = _follow(source, second.field, shift)
        if _miss(source, second.field, panned) < 0.9 * _miss(source, second.field, best):
            best = panned
    return best


def warp(picture: NDArray[np.generic], flow: Flow, interpolation: int = cv2.INTER_LINEAR) -> NDArray[np.generic]:
    """A picture of the first frame as it lies in the second, at the flow's size; the border is carried on."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    warped: NDArray[np.generic] = cv2.remap(picture, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return warped


def _follow(source: NDArray[np.uint8], target: NDArray[np.uint8], shift: tuple[float, float] | None) -> Flow:
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    start = None if shift is None else np.full((*target.shape, 2), shift, np.float32)
    if min(target.shape) < 24:  # too small for its patches
        return np.zeros((*target.shape, 2), np.float32) if start is None else start
    flow: Flow = finder.calc(target, source, start)
    return flow


def _lines(field: NDArray[np.uint8]) -> NDArray[np.float32]:
    return (255 - field).astype(np.float32)


def _miss(source: NDArray[np.uint8], target: NDArray[np.uint8], flow: Flow) -> float:
    return float(cv2.absdiff(warp(source, flow), target).mean())
