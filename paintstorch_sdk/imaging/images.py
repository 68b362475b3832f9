"""Anything image-like in, uint8 arrays of sRGB out, and pictures back to files.

Files come from outside and are hostile: their kind, size and the work to decode them are checked before a pixel is
decoded.
"""

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops

from ..errors import OutputError, PaintsTorchWarning
from ..files import replacing
from . import color_profile
from .formats import FORMATS, MAX_PIXELS
from .picture_file import ImageSource, Page, from_array, name_of, read, upright
from .png import encode_png

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "SUFFIXES",
    "WRITABLE",
    "ImageSource",
    "Metadata",
    "Page",
    "load",
    "load_layer",
    "load_line_art",
    "metadata",
    "name_of",
    "save",
]


SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm", ".tga", ".psd")
)
WHITE_INK = 208  # level: lines on transparent paper that are all lighter cannot be seen on white
WHITE_INK_SHARE = 0.5  # of all pixels: more is a white picture, not lines
MAX_SIDES = {"JPEG": 65500, "WEBP": 16383}  # pixels that the formats can count
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """Facts that a picture made from another takes over from its file.

    Attributes:
        dpi: Dots per inch across and down; None is unknown.
        profile: ICC profile of its colors; None is sRGB.
    """

    dpi: tuple[float, float] | None = None
    profile: bytes | None = None


def load_line_art(source: ImageSource) -> NDArray[np.uint8]:
    """Read line art; transparent paper becomes white paper, or black paper under white lines; colors become sRGB.

    Args:
        source: Path, bytes, binary file, one `Page` of a file, PIL image of any mode, or array: H,W or H,W,C with 1
            (gray), 2 (gray and alpha), 3 (RGB) or 4 (RGBA) channels; uint8, uint16, bool, or float in [0, 1].

    Returns:
        uint8 H,W where the lines are gray, or H,W,3 RGB where they are colored; read-only.

    Raises:
        ImageError: Not a picture, damaged, or over the limits of `formats`.
    """
    image, has_alpha = _load(source)
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
        *bands, alpha = image.split()
        if not has_alpha or not _can_be_seen(bands, alpha, name_of(source)):
            image = Image.merge(image.mode[:-1], bands)
        else:
            paper = Image.new(image.mode[:-1], image.size, "black" if _is_white_ink(bands, alpha) else "white")
            paper.paste(image, mask=image)
            image = paper
    if image.mode != "L":
        image = image.convert("RGB")
        red, green, blue = image.split()
        if any(ImageChops.difference(red, band).getbbox() for band in (green, blue)):
            return np.asarray(image)
        image = red
    return np.asarray(image)


def load_layer(source: ImageSource) -> NDArray[np.uint8]:
    """Read a layer.

    Returns:
        uint8 H,W,4 RGBA, not premultiplied; read-only. Pictures without transparency are opaque.

    Raises:
        ImageError: As `load_line_art`.
    """
    return np.asarray(load(source).convert("RGBA"))


def load(source: ImageSource) -> Image.Image:
    """Decode a picture, upright, in sRGB, of mode L, LA, RGB, RGBA or (with transparency) P.

    Returns:
        Not to be written to: it may be the image, or share the array, that was given.

    Raises:
        ImageError: Not a picture, damaged, or over the limits of `formats`.
    """
    return _load(source)[0]


def metadata(source: ImageSource) -> Metadata:
    """Facts that a picture made from this one takes over; decodes no pixel.

    Raises:
        ImageError: Not a picture.
    """
    if isinstance(source, np.ndarray):
        return Metadata()
    return read(source, lambda image, _: _metadata(image))


def save(
    image: Image.Image | NDArray[np.uint8],
    target: Path | BinaryIO,
    kind: str | None = None,
    like: Metadata | None = None,
    software: str = "",
) -> None:
    """Write a picture to a file, atomically, or to a binary stream.

    Args:
        image: RGB, RGBA or L, in sRGB; an array is uint8 H,W,C.
        target: A path whose ending tells the format, or a stream.
        kind: Pillow's name of the format; None takes it from the path's ending (streams: PNG).
        like: Facts of the picture that it was made from: its dots per inch are kept, and an RGB picture's colors are
            converted to its profile, which is embedded.
        software: What is written in the picture's EXIF data as the software that made it.

    Raises:
        OutputError: An unknown ending or format, a picture that the format cannot hold, or the place cannot
            be written.
    """
    place = target if isinstance(target, Path) else None
    kind = kind or (WRITABLE.get(place.suffix.lower()) if place else "PNG")
    if kind is None:
        raise OutputError(f"{place}: expected a name that ends in {', '.join(WRITABLE)}")
    if kind not in WRITABLE.values():
        raise OutputError(f"format: expected one of {', '.join(sorted(set(WRITABLE.values())))}, received {kind!r}")
    height, width = image.shape[:2] if isinstance(image, np.ndarray) else image.size[::-1]
    if max(width, height) > (longest := MAX_SIDES.get(kind, max(width, height))):
        raise OutputError(
            f"{name_of(target)}: {kind} cannot hold this picture (at most {longest} pixels a side, received "
            f"{width} x {height}); choose another format"
        )
    try:
        if isinstance(target, Path):
            with replacing(target) as temporary, temporary.open("wb") as file:
                _encode(image, file, kind, like or Metadata(), software)
        else:
            _encode(image, target, kind, like or Metadata(), software)
    except ValueError as error:  # such as more pixels on a side than the format can count
        raise OutputError(
            f"{name_of(target)}: {kind} cannot hold this picture ({error}); choose another format"
        ) from error


def _can_be_seen(bands: list[Image.Image], alpha: Image.Image, name: str) -> bool:
    """Whether an alpha channel is to be believed: one that hides a whole drawing is not."""
    if alpha.getextrema() != (0, 0):
        return True
    if all(low == high for low, high in (cast(tuple[int, int], band.getextrema()) for band in bands)):
        warnings.warn(f"{name}: every pixel is transparent: a blank sheet", PaintsTorchWarning, stacklevel=4)
        return True
    warnings.warn(
        f"{name}: alpha is 0 at every pixel and there is a drawing: alpha was ignored", PaintsTorchWarning, stacklevel=4
    )
    return False


def _is_white_ink(bands: list[Image.Image], alpha: Image.Image) -> bool:
    """Whether all that can be seen is so light, and so little, that it is lines for dark paper."""
    ink = np.asarray(alpha) >= 128
    if not 0 < np.count_nonzero(ink) < WHITE_INK_SHARE * ink.size:
        return False
    darkest = np.minimum.reduce([np.asarray(band)[ink] for band in bands])
    return bool(np.percentile(darkest, 2) >= WHITE_INK)


def _metadata(image: Image.Image) -> Metadata:
    profile = image.info.get("icc_profile")
    usable = isinstance(profile, bytes) and 0 < len(profile) <= color_profile.MAX_BYTES
    return Metadata(_dots(image.info.get("dpi")), profile if usable else None)


def _dots(dpi: object) -> tuple[float, float] | None:
    """Dots per inch, if that is what a file gives; 1 stands for an aspect ratio."""
    try:
        across, down = (float(d) for d in cast(Any, dpi))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(math.isfinite(d) and 1 < d < 1e5 for d in (across, down)) else None


def _encode(image: Image.Image | NDArray[np.uint8], file: BinaryIO, kind: str, like: Metadata, software: str) -> None:
    profile = None
    if like.profile:
        image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        if converted := color_profile.from_srgb(image, like.profile):
            image, profile = converted, like.profile
    exif = Image.Exif()
    if software:
        exif[ExifTags.Base.Software] = software
    if kind == "PNG":
        file.write(encode_png(np.asarray(image), like.dpi, profile, exif.tobytes() if software else None))
        return
    chosen: dict[str, Any] = {} if kind == "TIFF" else {"quality": 95}
    if like.dpi:
        chosen["dpi"] = like.dpi
    if profile:
        chosen["icc_profile"] = profile
    if software:
        chosen["exif"] = exif if kind == "TIFF" else exif.tobytes()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, kind, **chosen)


def _load(source: ImageSource) -> tuple[Image.Image, bool]:
    """The picture, and whether its alpha, if it has any, means transparency."""
    if isinstance(source, np.ndarray):
        return from_array(source), True
    return read(source, lambda image, has_alpha: (upright(image, name_of(source)), has_alpha))
