"""Tables that the kernels read besides pixels: the weights of a resize, strokes, and Gaussians."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.xdog import XDoG

WEIGHT_BITS = 22  # of the fixed-point weights; kWeightBits in cu/pixel.cuh
REDUCING_GAP = 2.0  # of a layer's resize in hints/model.py
STROKE_FIELDS = 11  # of struct Stroke in cu/pixel.cuh


def resample_table(inputs: int, outputs: int, extent: float | None = None) -> NDArray[np.int32]:
    """The weights of Pillow's BILINEAR resize along one axis, bit for bit.

    Source: Pillow, libImaging/Resample.c (precompute_coeffs, normalize_coeffs_8bpc).

    Args:
        inputs: Pixels before, at least 1.
        outputs: Pixels after, at least 1.
        extent: How much of the inputs is resized, pixels from the first; None is all.

    Returns:
        int32 2 + K,outputs: the first input of each output, how many inputs it has, and K rows of weights, in
        units of 2^-22; weights past an output's own number are 0.
    """
    # Pillow takes the extent as a 32-bit float and computes in doubles.
    scale = float(np.float32(inputs if extent is None else extent)) / outputs
    support = max(scale, 1.0)
    center = (np.arange(outputs) + 0.5) * scale
    first = np.maximum((center - support + 0.5).astype(np.int64), 0)
    count = np.minimum((center + support + 0.5).astype(np.int64), inputs) - first
    taps = np.arange(int(count.max()))[:, None]
    weights = np.maximum(1.0 - np.abs((taps + first - center + 0.5) * (1.0 / support)), 0.0)
    weights[taps >= count] = 0.0
    total = np.add.accumulate(weights, axis=0)[-1]  # one after the other, as in C: np.sum may add pairs
    np.divide(weights, total, out=weights, where=total != 0.0)
    fixed = (0.5 + weights * (1 << WEIGHT_BITS)).astype(np.int32)
    return np.concatenate([first[None].astype(np.int32), count[None].astype(np.int32), fixed])


def reduction(width: int, height: int, geometry: Geometry) -> tuple[int, int]:
    """The whole factors (x, y) by which a layer is averaged before its resize to the working size."""
    working_width, working_height = geometry.working
    return int(width / working_width / REDUCING_GAP) or 1, int(height / working_height / REDUCING_GAP) or 1


def stroke_tables(
    strokes: Iterable[Stroke], scale: tuple[float, float], size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Strokes as the kernels read them.

    Args:
        strokes: Strokes in pixels of the line art, the last one on top.
        scale: x and y factors from line-art pixels to pixels of the hint map.
        size: (width, height) of the hint map.

    Returns:
        float64 S,11: box (left, top, right, bottom), first segment, number of segments, reach, weight, red, green,
        blue in [-1, 1]; strokes beside the map are left out. float64 T,4: x and y of each segment's two ends.
    """
    rows, segments, first = [np.empty((0, STROKE_FIELDS))], [np.empty((0, 4))], 0
    for stroke in strokes:
        xy = np.multiply(stroke.points, scale)
        radius = 0.5 * stroke.width * (scale[0] * scale[1]) ** 0.5
        reach = max(radius, 0.5) + 0.5
        left, top = np.maximum(np.floor(xy.min(0) - reach), 0.0)
        right, bottom = np.minimum(np.ceil(xy.max(0) + reach), size)
        if left >= right or top >= bottom:
            continue
        ends = np.concatenate([xy[:-1], xy[1:]], axis=1) if len(xy) > 1 else np.concatenate([xy, xy], axis=1)
        color = np.asarray(stroke.rgb, np.float32) / np.float32(127.5) - np.float32(1.0)
        weight = min(1.0, max(radius / 0.5, 0.25))
        rows.append(np.array([[left, top, right, bottom, first, len(ends), reach, weight, *color]], np.float64))
        segments.append(ends)
        first += len(ends)
    return np.concatenate(rows), np.concatenate(segments)


def gaussian_table(parameters: XDoG) -> tuple[NDArray[np.float32], int, int]:
    """Both Gaussians of xDoG, one after the other, each from its center outwards; and their radii, pixels."""
    kernels = []
    for sigma in (parameters.sigma, parameters.sigma * parameters.k):
        radius = max(1, int(4.0 * sigma + 0.5))
        kernel = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
        kernels.append((kernel / (kernel[0] + 2.0 * kernel[1:].sum())).astype(np.float32))
    return np.concatenate(kernels), len(kernels[0]) - 1, len(kernels[1]) - 1


def reduced_size(pixels: int, factor: int) -> int:
    """Pixels of an axis after it was averaged by a factor; the last one may be of fewer."""
    return math.ceil(pixels / factor)
