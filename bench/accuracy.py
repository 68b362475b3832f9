"""Whether a backend still paints the same picture, and how far it is from it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.imaging.metrics import ciede2000, psnr, srgb_to_lab

from .process import SubjectError
from .result import EQUAL, Accuracy

# How far colors in [-1, 1] may be from the reference's, by what the network computes in.
MAX_DIFFERENCE = 1e-4  # fp32
MIN_PSNR = {"bf16": 40.0, "fp16": 40.0, "int8": 40.0}  # dB


def measure_accuracy(
    pixels: NDArray[Any], reference: NDArray[Any], precision: str | None, same: bool = True
) -> Accuracy:
    """Measure how far colors are from the reference's.

    Args:
        pixels: float32 N,3,H,W in [-1, 1], what a subject painted.
        reference: float32 of the same shape.
        precision: What the subject computes in; None is fp32.
        same: It has to be the same picture. Else its distance is only measured.

    Raises:
        SubjectError: It is not the same picture.
    """
    if pixels.shape != reference.shape:
        raise SubjectError(f"wrong pixels: expected shape {reference.shape}, received {pixels.shape}")
    difference = float(np.abs(pixels - reference).max())
    noise = min(psnr(pixels, reference, peak=2.0), EQUAL)
    floor = MIN_PSNR.get(precision or "fp32")
    right = difference <= MAX_DIFFERENCE if floor is None else noise >= floor
    limit = f"at most {MAX_DIFFERENCE:g} apart" if floor is None else f"at least {floor:g} dB"
    if not (right if same else np.isfinite(difference)):  # NaN is never right
        raise SubjectError(f"wrong pixels: expected {limit}, received {difference:.2g} apart, {noise:.1f} dB")
    apart = _color_differences(pixels, reference)
    mean, p99 = float(apart.mean()), float(np.percentile(apart, 99))
    return Accuracy(len(pixels), noise, difference, mean, p99, limit if same else "")


def _color_differences(pixels: NDArray[Any], reference: NDArray[Any]) -> NDArray[Any]:
    """CIEDE2000 of each pixel; where the 8-bit colors are equal it is 0 without being computed."""
    ours, theirs = (_bytes(colors) for colors in (pixels, reference))
    apart = np.zeros(ours.shape[:-1], np.float32)
    where = (ours != theirs).any(-1)
    apart[where] = ciede2000(srgb_to_lab(ours[where]), srgb_to_lab(theirs[where]))
    return apart


def _bytes(colors: NDArray[Any]) -> NDArray[np.uint8]:
    """Colors N,3,H,W in [-1, 1] as uint8 N,H,W,3."""
    levels: NDArray[np.uint8] = np.rint(np.clip(colors, -1, 1).transpose(0, 2, 3, 1) * 127.5 + 127.5).astype(np.uint8)
    return levels
