"""Frames in and out, whatever their kind."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from ..imaging.images import load_line_art, metadata, save

Pixels = NDArray[np.uint8]

DEEP = frozenset((".exr", ".dpx", ".tif", ".tiff", ".tga"))  # kinds that stay what they are
_PNG_DEPTH = 24  # place of the byte that tells how many bits a channel of a PNG has


def is_deep(path: Path) -> bool:
    """Whether a frame's picture is to be of the same kind and depth: EXR, DPX, TIFF, TGA, and PNG of 16 bits."""
    if path.suffix.lower() in DEEP:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_PNG_DEPTH + 1)
    except OSError:
        return False
    return head.startswith(b"\x89PNG") and head[_PNG_DEPTH:] == b"\x10"


def name_output(path: Path) -> str:
    """The name of a frame's picture: PNG, unless its kind stays."""
    return path.name if is_deep(path) else f"{path.stem}.png"


def load_lines(path: Path) -> Pixels:
    """The line art of a frame, uint8 H,W or H,W,3 (see `images.load_line_art`).

    Raises:
        ImageError: It cannot be read.
    """
    if not is_deep(path):
        return load_line_art(path)
    from .plates import load_plate_lines

    if not path.exists():
        raise ImageError(f"{path}: no such file")
    return load_plate_lines(path)


def save_picture(colors: Pixels, picture: Pixels, path: Path, like: Path, lines: bool, inverted: bool) -> None:
    """Write a frame's picture, atomically.

    Args:
        colors: uint8 H,W,3, sRGB, without lines.
        picture: The same under its lines: what an 8-bit file holds.
        path: File to write, named by `name_output`.
        like: The frame, whose depth and metadata it takes over.
        lines: Whether lines lie over the colors.
        inverted: Whether they are lighter than their paper.

    Raises:
        OutputError: It cannot be written.
    """
    if is_deep(like):
        from .plates import save_plate

        return save_plate(colors, path, like, lines, inverted)
    return save(picture, path, like=metadata(like))
