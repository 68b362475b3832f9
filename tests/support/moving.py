"""A short shot whose flats are known: a figure that walks, turns its arm across its body and blinks."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

COLORS = {
    "page": (255, 255, 255),
    "coat": (176, 48, 64),
    "belt": (60, 60, 90),
    "hair": (80, 96, 192),
    "face": (246, 213, 195),
    "eye": (48, 160, 96),
    "lid": (240, 200, 180),
    "arm": (200, 120, 40),
    "hand": (250, 220, 200),
}


@dataclass(frozen=True, eq=False)
class MovingFrame:
    """One frame: line art uint8 H,W, flats uint8 H,W,3, and the part of each pixel, uint8 H,W."""

    lines: Pixels
    flats: Pixels
    parts: Pixels


def draw_moving(count: int = 8, side: int = 192, step: float = 5.0) -> list[MovingFrame]:
    """The shot.

    Args:
        count: Frames.
        side: Height and width, pixels.
        step: Pixels of 192 that the figure walks from frame to frame.
    """
    return [_draw_frame(number, side, step) for number in range(count)]


def write_moving(folder: Path, frames: list[MovingFrame], name: str = "a") -> Path:
    """Write the line art as name.1001.png, name.1002.png and so on; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames, 1001):
        Image.fromarray(frame.lines).save(folder / f"{name}.{number}.png")
    return folder


def _draw_frame(number: int, side: int, step: float) -> MovingFrame:
    scale = side / 192
    lines = np.full((side, side), 255, np.uint8)
    flats = np.full((side, side, 3), 255, np.uint8)
    parts = np.zeros((side, side), np.uint8)
    x = 50 + step * number
    bob = 2 * np.sin(number)

    def lay(part: str, points: NDArray[np.float64]) -> None:
        fixed = np.rint(points * scale * 16).astype(np.int32)
        flat = np.rint(points * scale).astype(np.int32)
        cv2.fillPoly(flats, [flat], COLORS[part])
        cv2.fillPoly(parts, [flat], list(COLORS).index(part))
        cv2.fillPoly(lines, [fixed], 255, cv2.LINE_8, 4)
        cv2.polylines(lines, [fixed], True, 0, max(1, round(2 * scale)), cv2.LINE_AA, 4)

    def ellipse(cx: float, cy: float, a: float, b: float) -> NDArray[np.float64]:
        t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        return np.stack([cx + a * np.cos(t), cy + b * np.sin(t)], 1)

    lay("hair", ellipse(x, 58 + bob, 30, 32))
    lay("coat", np.array([(x - 20, 95.0), (x + 20, 95), (x + 32, 176), (x - 32, 176)]))
    lay("belt", np.array([(x - 27, 135.0), (x + 27, 135), (x + 29, 145), (x - 29, 145)]))
    lay("face", ellipse(x, 66 + bob, 20, 24))
    for eye in (-9, 9):
        lay("lid" if number % 5 == 3 else "eye", ellipse(x + eye, 62 + bob, 5, 1.8 if number % 5 == 3 else 4))
    angle = np.radians(150 - 9 * number)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    shoulder = np.array([x - 14.0, 104.0])
    lay(
        "arm",
        np.array(
            [
                shoulder + 6 * across,
                shoulder + 42 * along + 5 * across,
                shoulder + 42 * along - 5 * across,
                shoulder - 6 * across,
            ]
        ),
    )
    x, y = shoulder + 46 * along
    lay("hand", ellipse(x, y, 7, 6))
    return MovingFrame(lines, flats, parts)
