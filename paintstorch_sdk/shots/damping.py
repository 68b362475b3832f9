"""What the network adds to flats, averaged along the flow over the frames before and after: flicker is damped."""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from .flow import warp
from .propagation import Coloring
from .survey import Survey

Floats = NDArray[np.float32]

WINDOW = 3  # frames before and after


class Damper:
    """Averages a field of each frame with those of the frames around it.

    Args:
        survey: Survey of the shot.
        colorings: One of each frame.
        find: The field of a frame, float32 h,w or h,w,C at any size, by its place.
    """

    def __init__(self, survey: Survey, colorings: "list[Coloring | None]", find: Callable[[int], Floats]) -> None:
        self._survey, self._colorings, self._find = survey, colorings, find

    def damp(self, place: int) -> Floats:
        """The field of a frame; each pixel is averaged over frames where it has the same color."""
        own = self._find(place)
        total, weight = own.copy(), np.ones(own.shape[:2], np.float32)
        at = self._survey.readable.index(place)
        for way in (1, -1):
            steps = self._survey.readable[at::way][: WINDOW + 1]
            flow = np.zeros((*own.shape[:2], 2), np.float32)
            for nearer, farther in pairwise(steps):
                step = self._flow(farther, nearer, own.shape[:2])
                flow = flow + warp(step, flow).astype(np.float32)
                other = self._find(farther)
                if other.shape != own.shape:
                    break
                alike = self._colors(place, own.shape[:2]) == warp(
                    self._colors(farther, own.shape[:2]), flow, cv2.INTER_NEAREST
                )
                says = cv2.blur(alike.astype(np.float32), (3, 3)) * alike
                moved = warp(other, flow).astype(np.float32)
                total += moved * (says if own.ndim == 2 else says[..., None])
                weight += says
        return total / (weight if own.ndim == 2 else weight[..., None])

    def _flow(self, first: int, second: int, shape: tuple[int, ...]) -> Floats:
        """Where each pixel of the second frame was in the first, at a size."""
        flow = self._survey.matches(first, second).flow
        height, width = self._survey.segments(second).labels.shape
        scaled: Floats = cv2.resize(flow, shape[::-1], interpolation=cv2.INTER_LINEAR)
        return scaled * np.array([shape[1] / width, shape[0] / height], np.float32)

    def _colors(self, place: int, shape: tuple[int, ...]) -> Floats:
        coloring = self._colorings[place]
        assert coloring is not None
        colors = coloring.paint(self._survey.segments(place).labels).astype(np.float32)
        resized: Floats = cv2.resize(colors, shape[::-1], interpolation=cv2.INTER_NEAREST)
        return resized
