"""Synthetic shadows for flat drawings: a band on the side of every region that is turned from the light."""

import math
import random

import numpy as np
from PIL import Image, ImageFilter

TINTS = (
    (0.72, 0.70, 0.84),
    (0.80, 0.70, 0.74),
    (0.70, 0.76, 0.80),
    (0.78, 0.78, 0.78),
)  # of red, green, blue


def shade_drawing(drawing: Image.Image, rng: random.Random) -> tuple[Image.Image, str]:
    """Shade a flat RGBA drawing; returns it with the kind: "cel" (hard edge) or "soft"."""
    pixels = np.asarray(drawing)
    labels = np.zeros(pixels.shape[:2], np.int32)
    for channel in range(4):
        labels = labels * 8 + (pixels[..., channel] >> 5)
    angle = rng.uniform(0.15, 0.85) * math.pi  # from below right to below left: light falls from above
    width = round(rng.uniform(0.025, 0.075) * max(drawing.size))
    band = np.zeros(labels.shape, bool)
    for step in range(4, width, 3):
        band |= labels != _shift_labels(labels, round(step * math.cos(angle)), round(step * math.sin(angle)))
    kind = rng.choice(["cel", "cel", "soft"])
    mask = Image.fromarray(band.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(3 if kind == "cel" else 9))
    strength = np.asarray(mask, np.float32)[..., None] / 255.0
    if kind == "cel":
        strength = np.clip((strength - 0.5) * 6.0 + 0.5, 0.0, 1.0)
    tint = 1.0 - (1.0 - np.asarray(rng.choice(TINTS), np.float32)) * rng.uniform(0.7, 1.1)
    out = pixels.copy()
    out[..., :3] = np.rint(pixels[..., :3] * (1.0 - strength * (1.0 - tint)))
    return Image.fromarray(out), kind


def _shift_labels(labels: np.ndarray, right: int, down: int) -> np.ndarray:
    """The labels seen from each pixel at an offset; beyond the border the border's own are seen."""
    rows = np.clip(np.arange(labels.shape[0]) + down, 0, labels.shape[0] - 1)
    columns = np.clip(np.arange(labels.shape[1]) + right, 0, labels.shape[1] - 1)
    return labels[rows[:, None], columns[None]]
