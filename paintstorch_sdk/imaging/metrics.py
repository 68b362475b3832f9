"""Differences between pictures, and between a picture and its hints; all vectorized."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

FloatArray = NDArray[np.floating[Any]]

LINE = 200  # line art darker than this is line, when hint adherence is measured

# sRGB (IEC 61966-2-1): linear light of each of the 256 levels, and linear RGB -> XYZ relative to D65 white.
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
# White is exactly 1, 1, 1, so that grays get a = b = 0.
_TO_RELATIVE_XYZ = (_TO_XYZ / _TO_XYZ.sum(1, keepdims=True)).astype(np.float32)

_CHUNK = 1 << 14  # pixels at a time: the temporaries stay in the cache


def srgb_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE L*a*b* (D65, 2 degrees) of sRGB.

    Args:
        rgb: uint8 ...,3: red, green, blue.

    Returns:
        float32 ...,3: L in [0, 100], a and b. Grays have a = b = 0 but for rounding.

    Raises:
        InputError: `rgb` is of another type or shape.
    """
    if rgb.dtype != np.uint8 or rgb.ndim == 0 or rgb.shape[-1] != 3:
        raise InputError(f"colors: expected uint8 (..., 3), received {rgb.dtype} {rgb.shape}")
    xyz = _LINEAR[rgb] @ _TO_RELATIVE_XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * np.float32(841 / 108) + np.float32(4 / 29))
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(lab1: ArrayLike, lab2: ArrayLike) -> FloatArray:
    """Color difference CIEDE2000 with kL = kC = kH = 1; about 1 is the least that the eye sees.

    Source: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", Color Res. Appl. 30 (2005).

    Args:
        lab1: ...,3: L*, a*, b*.
        lab2: The same, of a shape that broadcasts with `lab1`'s.

    Returns:
        ... differences, not negative: float32 where both inputs are, float64 otherwise.

    Raises:
        InputError: The last axis of either is not L*, a*, b*, or the shapes do not go together.
    """
    first, second = np.asarray(lab1), np.asarray(lab2)
    dtype = np.float32 if first.dtype == second.dtype == np.float32 else np.float64
    try:
        first, second = np.broadcast_arrays(first.astype(dtype, copy=False), second.astype(dtype, copy=False))
    except ValueError:
        raise InputError(f"Lab colors: shapes {first.shape} and {second.shape} do not go together") from None
    if first.ndim == 0 or first.shape[-1] != 3:
        raise InputError(f"Lab colors: expected (..., 3), received {first.shape}")
    shape = first.shape[:-1]
    flat1, flat2 = first.reshape(-1, 3), second.reshape(-1, 3)
    out: FloatArray = np.empty(len(flat1), dtype)
    for i in range(0, len(out), _CHUNK):
        out[i : i + _CHUNK] = _ciede2000(flat1[i : i + _CHUNK].T, flat2[i : i + _CHUNK].T)
    return out.reshape(shape)


def _ciede2000(lab1: FloatArray, lab2: FloatArray) -> FloatArray:
    """The formula for 3,N arrays; the names are the paper's, the numbers in brackets its equations."""
    (l1, a1, b1), (l2, a2, b2) = lab1, lab2
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 1.5 - 0.5 * np.sqrt(c7 / (c7 + 25.0**7))  # 1 + G (4)
    a1, a2 = a1 * g, a2 * g
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = _hue(a1, b1), _hue(a2, b2)  # (7)
    chromatic = c1 * c2 > 0

    dl, dc = l2 - l1, c2 - c1
    dh = h2 - h1
    dh = np.where(dh > math.pi, dh - 2 * math.pi, np.where(dh < -math.pi, dh + 2 * math.pi, dh))
    dh = np.where(chromatic, dh, 0)  # (10)
    dh_length = 2 * np.sqrt(c1 * c2) * np.sin(dh / 2)  # (11)

    l_mean, c_mean = (l1 + l2) / 2, (c1 + c2) / 2
    # (14): the middle of the shorter arc, which starts at h1 and is dh long; a color without hue adds none.
    h_mean = np.where(chromatic, h1 + dh / 2, h1 + h2) % (2 * math.pi)
    t = (
        1
        - 0.17 * np.cos(h_mean - math.radians(30))
        + 0.24 * np.cos(2 * h_mean)
        + 0.32 * np.cos(3 * h_mean + math.radians(6))
        - 0.20 * np.cos(4 * h_mean - math.radians(63))
    )  # (15)
    d_theta = math.radians(30) * np.exp(-(((h_mean - math.radians(275)) / math.radians(25)) ** 2))  # (16)
    c7 = c_mean**7
    r_c = 2 * np.sqrt(c7 / (c7 + 25.0**7))  # (17)
    l50 = (l_mean - 50) ** 2
    s_l = 1 + 0.015 * l50 / np.sqrt(20 + l50)  # (18)
    s_c = 1 + 0.045 * c_mean  # (19)
    s_h = 1 + 0.015 * c_mean * t  # (20)
    r_t = -np.sin(2 * d_theta) * r_c  # (21)
    dl, dc, dh = dl / s_l, dc / s_c, dh_length / s_h
    difference: FloatArray = np.sqrt(np.maximum(dl * dl + dc * dc + dh * dh + r_t * dc * dh, 0))
    return difference


def _hue(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hue angle in [0, 2 pi)."""
    angle: FloatArray = np.arctan2(b, a)
    return angle % (2 * math.pi)


def psnr(a: NDArray[Any], b: NDArray[Any], peak: float = 255.0) -> float:
    """Peak signal-to-noise ratio.

    Args:
        a: uint8 or floating-point numbers of any shape.
        b: The same shape.
        peak: The width of the range of values: 255 for uint8, 2 for [-1, 1].

    Returns:
        Decibels; infinity where the two are equal.

    Raises:
        InputError: The shapes differ, there are no values, or the peak is not a positive number.
    """
    if a.shape != b.shape or not a.size:
        raise InputError(f"PSNR: expected two arrays of one shape, not empty, received {a.shape} and {b.shape}")
    if not 0 < peak < math.inf:
        raise InputError(f"PSNR: expected a positive peak, received {peak}")
    error = float(np.mean(np.square(np.subtract(a, b, dtype=np.float64))))
    return math.inf if error == 0 else 10 * math.log10(peak * peak / error)


def hint_adherence(
    image: NDArray[np.uint8], hint_rgba: NDArray[np.uint8], line_art: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Color differences between a picture and its hints: CIEDE2000 where a hint says the color outright.

    Counted are the pixels fully inside strokes (alpha 255) that are neither on a line (line art under 200)
    nor one of the 8 neighbors of one.

    Args:
        image: uint8 H,W,3 RGB, the colored picture.
        hint_rgba: uint8 H,W,4 RGBA, the strokes at the picture's size, not premultiplied.
        line_art: uint8 H,W, paper is 255.

    Returns:
        float32 N: one difference for each pixel counted, in row order; empty where there is none.

    Raises:
        InputError: A type or shape is another.
    """
    height, width = image.shape[:2] if image.ndim == 3 else (-1, -1)
    for name, array, shape in (
        ("picture", image, (height, width, 3)),
        ("hints", hint_rgba, (height, width, 4)),
        ("line art", line_art, (height, width)),
    ):
        if array.dtype != np.uint8 or array.shape != shape:
            expected = "(H, W, 3)" if height < 0 else str(shape)
            raise InputError(f"{name}: expected uint8 {expected}, received {array.dtype} {array.shape}")
    beside_lines = cv2.dilate((line_art < LINE).view(np.uint8), np.ones((3, 3), np.uint8))
    counted = (hint_rgba[..., 3] == 255) & (beside_lines == 0)
    where = np.flatnonzero(counted)
    wanted = hint_rgba.reshape(-1, 4)[where, :3]
    painted = image.reshape(-1, 3)[where]
    return ciede2000(srgb_to_lab(wanted), srgb_to_lab(painted)).astype(np.float32, copy=False)
