"""Hints on an opaque picture: strokes on white, on one color, or on a copy of the line art.

Programs without layers, JPEG and "flatten image" leave the strokes on a ground. The ground is no hint: the color
that most of the picture has, and whatever looks as the line art does at the same place.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

OPAQUE = 250  # alpha from which a pixel hides what is below
GROUND = 0.2  # of the picture: the ground covers at least as much
CLEAN, NOISY = 4, 24  # levels around the ground that are ground: in exact pictures, in JPEG and scans
EXACT = 0.9  # of the pixels near the ground are equal to it: an exact picture
NEAR = 2  # pixels around a place of the line art in which its levels are compared
RIM = 2  # pixels at a stroke's edge whose color is mixed with the ground
REACH = RIM + 2  # pixels from such a place to one of the stroke's own color


def is_opaque(rgba: Pixels) -> bool:
    """Whether a layer uint8 H,W,4 hides all that is below: its strokes are not apart from their ground."""
    return bool(rgba.size) and int(rgba[..., 3].min()) >= OPAQUE


def lift_strokes(rgb: Pixels) -> Pixels:
    """A transparent layer of what differs from the ground.

    Args:
        rgb: uint8 H,W,3, an opaque picture.

    Returns:
        uint8 H,W,4: the picture with an alpha of 0 or 255. A picture without a ground is a hint everywhere.
    """
    ground, share = _find_ground(rgb)
    if share < GROUND:
        return _with_alpha(rgb, np.ones(rgb.shape[:2], bool))
    apart = np.abs(rgb.astype(np.int16) - ground).max(2)
    near = apart <= NOISY
    clean = np.count_nonzero(apart == 0) >= EXACT * np.count_nonzero(near)
    strokes = apart > (CLEAN if clean else NOISY)
    if not clean:
        strokes = cv2.morphologyEx(strokes.view(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).view(bool)
    return _with_alpha(rgb, strokes)


def drop_line_art(layer: Pixels, line_art: Pixels) -> Pixels:
    """A layer without what looks as the line art does at the same place, its strokes of their own color to the rim.

    Args:
        layer: uint8 h,w,4, see `lift_strokes`.
        line_art: uint8 H,W or H,W,3 of the same aspect ratio.

    Returns:
        uint8 h,w,4, not premultiplied.
    """
    if not layer[..., 3].any():
        return layer
    size = layer.shape[1], layer.shape[0]
    if line_art.ndim == 2:
        line_art = cv2.merge([line_art] * 3)
    if line_art.shape[:2] != layer.shape[:2]:
        shrinks = line_art.shape[0] > layer.shape[0]
        line_art = cv2.resize(line_art, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    around = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    low, high = cv2.erode(line_art, around), cv2.dilate(line_art, around)
    rgb = layer[..., :3]
    alike: Mask = ((rgb >= cv2.subtract(low, NOISY)) & (rgb <= cv2.add(high, NOISY))).all(2)
    alike &= _chroma(rgb) <= cv2.add(cv2.dilate(_chroma(line_art), around), NOISY)
    strokes = (layer[..., 3] > 0) & ~alike
    # Crumbs where the two are not quite in register are no strokes.
    strokes = cv2.morphologyEx(strokes.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).view(bool)
    return _solidify(rgb, strokes)


def _find_ground(rgb: Pixels) -> tuple[NDArray[np.int16], float]:
    """The color that most of the picture has, and the share of its pixels that is near it."""
    sample = rgb[:: max(1, rgb.shape[0] // 1024), :: max(1, rgb.shape[1] // 1024)].reshape(-1, 3)
    keys = sample.astype(np.int32) >> 4
    counts = np.bincount(keys[:, 0] << 8 | keys[:, 1] << 4 | keys[:, 2], minlength=4096)
    most = int(counts.argmax())
    of_key = sample[(keys == (most >> 8, most >> 4 & 15, most & 15)).all(1)]
    ground = np.median(of_key, 0).astype(np.int16)
    return ground, float(np.mean(np.abs(sample.astype(np.int16) - ground).max(1) <= NOISY))


def _with_alpha(rgb: Pixels, strokes: Mask) -> Pixels:
    return np.dstack([rgb, strokes * np.uint8(255)])


def _solidify(rgb: Pixels, strokes: Mask) -> Pixels:
    """Strokes with their own color up to the rim, where the picture mixes it with the ground."""
    layer = _with_alpha(rgb, strokes)
    mask = strokes.view(np.uint8)
    core = cv2.erode(mask, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8), borderValue=1).view(bool)
    if core.all() or not core.any():
        return layer
    distance, nearest = cv2.distanceTransformWithLabels(
        (~core).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rim = strokes & ~core & (distance <= REACH * 1.5)
    own = rgb[core][nearest[rim] - 1].astype(np.int32)
    ground, _ = _find_ground(rgb)
    whole = np.abs(own - ground).max(1)
    mixed = np.abs(rgb[rim].astype(np.int32) - ground).max(1)
    layer[rim, :3] = own
    layer[rim, 3] = np.clip(255 * mixed // np.maximum(whole, 1), 0, 255)
    return layer


def _chroma(rgb: Pixels) -> Pixels:
    first, second, third = cv2.split(rgb)
    chroma: Pixels = cv2.subtract(cv2.max(cv2.max(first, second), third), cv2.min(cv2.min(first, second), third))
    return chroma
