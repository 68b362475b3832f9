"""Line styles: how a hand's pen draws, and what its scan looks like."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from .curves import Rng

Ink: TypeAlias = tuple[int, int, int]
Layer: TypeAlias = NDArray[np.float32]

BLACK_INKS: tuple[Ink, ...] = ((20, 18, 22), (28, 24, 26), (0, 0, 0))
BRIGHT_INKS: tuple[Ink, ...] = ((60, 104, 190), (222, 128, 40), (190, 62, 66))  # pencils of other colors
COLORED_INKS: tuple[Ink, ...] = ((92, 52, 38), (64, 36, 66), (44, 58, 104), (112, 58, 70), (40, 66, 60), (120, 84, 60))


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How lines are drawn. Lengths are pixels of a picture of 512 pixels.

    Attributes:
        width: Width of a line of weight 1, in its middle.
        floor: Width of the thinnest part of a line.
        taper: Exponent of the pressure at the ends of a line; 0 is a line of one width, 1 falls evenly.
        swell: How much the width wanders along a line, as a share of it.
        wobble: How far the line wanders from its way.
        overshoot: Probability that a line goes on past its end.
        gap: Probability that a line is broken.
        again: Probability that a part of a line is drawn twice.
        passes: How often each line is drawn (sketches: more than once).
        contour: Weight of outer contours beside that of inner lines.
        grain: Grain of pencil or crayon, 0 none to 0.5 strong.
        darkness: Darkness of the darkest line, 0..1.
        aliased: Pixels are line or paper, nothing between.
        colored: Lines of the composed picture take a dark shade of what they border on.
        blacks: Probability that dark parts (black hair, shoes) are inked as black areas.
        guides: Probability of construction lines under the drawing.
        ink: Color of the lines.
    """

    width: float = 1.6
    floor: float = 0.5
    taper: float = 0.8
    swell: float = 0.08
    wobble: float = 0.15
    overshoot: float = 0.0
    gap: float = 0.0
    again: float = 0.0
    passes: int = 1
    contour: float = 1.1
    grain: float = 0.0
    darkness: float = 1.0
    aliased: bool = False
    colored: bool = False
    blacks: float = 0.0
    guides: float = 0.0
    ink: Ink = BLACK_INKS[0]


def finish_lines(coverage: NDArray[np.uint8], size: int, style: LineStyle, rng: Rng) -> NDArray[np.uint8]:
    """The line drawing as it would be scanned.

    Args:
        coverage: uint8 S*k,S*k, 255 where there is ink.
        size: S, pixels.
        style: Style of the lines.
        rng: Source of the grain.

    Returns:
        uint8 S,S; 255 is paper, 0 the darkest line.
    """
    ink: Layer = cv2.resize(coverage, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    if style.grain > 0:
        noise = _blur(rng.normal(0.0, 1.0, (size, size)).astype(np.float32), 0.8 * size / 512 + 0.2)
        noise = noise / noise.std()
        ink = _blur(ink, 0.55 * size / 512 + 0.1)
        core = _blur(cv2.erode(ink, np.ones((5, 5), np.uint8)).astype(np.float32), 1.5)
        ink = np.clip(ink - style.grain * np.abs(noise) * np.minimum(1.0, ink * 1.6) * (1.0 - 0.8 * core), 0.0, 1.0)
    if style.aliased:
        ink = (ink > 0.42).astype(np.float32)
    lines: NDArray[np.uint8] = np.rint(255.0 * (1.0 - ink * style.darkness)).astype(np.uint8)
    return lines


def _blur(layer: Layer, sigma: float) -> Layer:
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), np.float32)
