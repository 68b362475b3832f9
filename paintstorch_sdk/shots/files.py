"""Frames in and out."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..imaging.images import load_line_art, metadata, save

Pixels = NDArray[np.uint8]


def load_lines(path: Path) -> Pixels:
    """The line art of a frame, uint8 H,W or H,W,3 (see `images.load_line_art`)."""
    return load_line_art(path)


def save_picture(pixels: Pixels, path: Path, like: Path) -> None:
    """Write a frame's picture, atomically.

    Args:
        pixels: uint8 H,W,3, sRGB.
        path: Its ending tells the format.
        like: The frame's line art, whose dots per inch and profile it takes over.

    Raises:
        OutputError: It cannot be written.
    """
    save(Image.fromarray(pixels), path, like=metadata(like))
