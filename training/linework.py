"""Line art for training: true drawings or xDoG, in the many ways in which users draw lines."""

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.imaging.xdog import XDoG, xdog

ByteImage = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

SIGMAS = (0.3, 0.4, 0.5, 0.6)  # of xDoG, pixels; the paper's are the first three
INK = 128  # line art darker than this hides what is beneath
PAPER = 250  # line art at least this light hides nothing


def draw_lines(picture: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Lines of a picture by xDoG with one of `SIGMAS`: uint8 H,W, 0 on lines, 255 on paper."""
    return xdog(picture, XDoG(sigma=float(rng.choice(SIGMAS))))


def vary_lines(lines: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Thicken, double, break, soften or harden lines at random: uint8 H,W, paper is 255."""
    if rng.random() < 0.2:
        side = int(rng.choice((2, 3, 4), p=(0.7, 0.2, 0.1)))
        lines = cv2.erode(lines, np.ones((side, side), np.uint8)).astype(np.uint8, copy=False)
    if rng.random() < 0.12:
        lines = _draw_again(lines, rng)
    if rng.random() < 0.15:
        lines = _break_lines(lines, rng)
    kind = rng.random()
    if kind < 0.3:
        soft = cv2.GaussianBlur(lines, (0, 0), rng.uniform(0.4, 0.8)).astype(np.float32)
        lines = np.clip(255.0 - (255.0 - soft) * rng.uniform(1.0, 1.6), 0.0, 255.0).astype(np.uint8)
    elif kind < 0.6:
        lines = np.where(lines > 140, 255, 0).astype(np.uint8)
    return lines


def fade_lines(lines: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Lighten lines towards paper at random, evenly or as pressure wanders, and dim the paper in a few cases.

    Half of the lines stay as they are. The published PaintsTorch fades by U(0.7, 1); scans of colored pencil
    are paler.
    """
    if rng.random() < 0.5:
        return lines
    left = rng.uniform(0.7, 1.0) if rng.random() < 0.7 else rng.uniform(0.3, 0.7)
    ink = (255.0 - lines.astype(np.float32)) * np.float32(left)
    if rng.random() < 0.3:
        ink *= 1.0 - np.float32(rng.uniform(0.2, 0.7)) * _wander(lines.shape, rng)
    paper = rng.uniform(0.9, 1.0) if rng.random() < 0.15 else 1.0  # what is darker, the runtime lightens
    return ((255.0 - ink) * np.float32(paper)).astype(np.uint8)


def fill_square(image: ByteImage, side: int) -> ByteImage:
    """A part of a drawing as a square, white where the drawing ends."""
    right, below = side - image.shape[1], side - image.shape[0]
    if not right and not below:
        return image
    padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(padded, np.uint8)


def _wander(shape: tuple[int, ...], rng: np.random.Generator) -> FloatImage:
    """Smooth noise within 0..1, float32 H,W: about eight waves along a side."""
    coarse = rng.random((8, 8)).astype(np.float32)
    smooth: FloatImage = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0.0, 1.0)


def _draw_again(lines: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Lines beside the lines, as a sketch has them: a paler copy, bent by a few pixels."""
    height, width = lines.shape
    reach = rng.uniform(2.0, 7.0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = (np.float32(reach) * (_wander(lines.shape, rng) - np.float32(0.5)) for _ in range(2))
    bent = cv2.remap(lines, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    pale = 255.0 - (255.0 - bent.astype(np.float32)) * rng.uniform(0.4, 1.0)
    both: ByteImage = np.minimum(lines, pale.astype(np.uint8))
    return both


def find_colors_beneath(picture: FloatImage, lines: ByteImage) -> FloatImage:
    """The colors that lie beneath the lines of a picture, so that multiplied by the lines they give it again.

    Where lines are lighter than `INK` the colors are divided by them; where they hide everything, it is the
    color of the nearest paper that is clear of them.

    Args:
        picture: float32 H,W,3 RGB in [0, 255].
        lines: uint8 H,W, paper is 255.
    """
    hidden = lines < INK
    clear = cv2.erode((lines >= PAPER).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    result: FloatImage = np.minimum(picture * (np.float32(255.0) / np.maximum(lines, INK))[..., None], 255.0)
    if hidden.any() and clear.any():
        _, nearest = cv2.distanceTransformWithLabels(
            (~clear).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        place = np.zeros(int(nearest.max()) + 1, np.intp)
        place[nearest[clear]] = np.flatnonzero(clear)
        result[hidden] = picture.reshape(-1, 3)[place[nearest[hidden]]]
    return result


def _break_lines(lines: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Small gaps in lines, as hand-drawn ones have."""
    ys, xs = np.nonzero(lines < 128)
    if len(ys) == 0:
        return lines
    lines = lines.copy()
    for i in rng.integers(0, len(ys), rng.integers(1, 9)):
        cv2.circle(lines, (int(xs[i]), int(ys[i])), int(rng.integers(1, 5)), 255, -1)
    return lines
