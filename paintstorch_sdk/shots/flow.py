"""Optical flow between line drawings: what moves is the distance to the nearest line, not gray levels."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .segments import Segments, halve

Flow = NDArray[np.float32]

FAR = 0.4  # of the sides: a shift of the whole picture is believed up to that


def find_flow(first: Segments, second: Segments) -> Flow:
    """Where each pixel of the second frame was in the first.

    Returns:
        float32 h,w,2: x and y to be added, pixels of the small map. Frames of different sizes are stretched.
    """
    height, width = second.labels.shape
    size, target = halve(second.labels.shape), second.field
    source = first.field
    if source.shape != target.shape:
        source = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
    start = np.zeros((*target.shape, 2), np.float32)
    shift, _ = cv2.phaseCorrelate(_lines(target), _lines(source))
    if 2.0 < max(map(abs, shift)) < FAR * min(size):
        panned = np.full_like(start, shift)
        if _miss(source, target, panned) < 0.9 * _miss(source, target, start):
            start = panned
    best = _follow(source, target, start)
    scale = np.array([width / size[0], height / size[1], 0.0, 0.0], np.float32)
    best = np.asarray(cv2.multiply(best, tuple(scale.tolist())), np.float32)
    flow: Flow = cv2.resize(best, (width, height), interpolation=cv2.INTER_LINEAR)
    return flow


def warp(
    picture: NDArray[Any], flow: Flow, interpolation: int = cv2.INTER_LINEAR, outside: int | None = None
) -> NDArray[Any]:
    """A picture of the first frame as it lies in the second, at the flow's size.

    Args:
        picture: Of any kind that OpenCV remaps.
        flow: See `find_flow`.
        interpolation: OpenCV's.
        outside: What came from outside the first frame; None carries its border on.
    """
    warped: NDArray[Any] = cv2.remap(
        picture,
        cv2.add(_find_places(*flow.shape[:2]), flow),
        None,
        interpolation,
        borderMode=cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT,
        borderValue=outside or 0,
    )
    return warped


@lru_cache(4)
def _find_places(height: int, width: int) -> Flow:
    """float32 height,width,2: x and y of each pixel."""
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2).astype(np.float32)


def _follow(source: NDArray[np.uint8], target: NDArray[np.uint8], start: Flow) -> Flow:
    if min(target.shape) < 24:  # too small for its patches
        return start
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow: Flow = finder.calc(target, source, start)
    return flow


def _lines(field: NDArray[np.uint8]) -> NDArray[np.float32]:
    return (255 - field).astype(np.float32)


def _miss(source: NDArray[np.uint8], target: NDArray[np.uint8], flow: Flow) -> float:
    return float(cv2.absdiff(warp(source, flow), target).mean())
