"""Frames of the film industry: EXR, DPX, TIFF, TGA and PNG of any depth, their lines at full depth over the colors.

Source: OpenImageIO 3 (openimageio.readthedocs.io): pixels as float, alpha associated, the data window and all metadata
in the spec.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenImageIO as oiio  # noqa: N813
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageError, OutputError
from ..files import replacing
from ..imaging.color_profile import from_srgb
from ..imaging.formats import MAX_PIXELS

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SUFFIXES = frozenset((".exr", ".dpx", ".tif", ".tiff", ".tga"))
PROFILE = "ICCProfile"
DROPPED = ("oiio:SHA-1", "thumbnail_image", "thumbnail_width", "thumbnail_height")


@dataclass(frozen=True, eq=False)
class Plate:
    """A frame at its full depth.

    Attributes:
        pixels: float32 H,W,C of the data window; integers are scaled to 0..1.
        spec: Everything else that the file says: depth, channel names, windows, color space, metadata.
    """

    pixels: Floats
    spec: Any

    @property
    def is_linear(self) -> bool:
        """Whether its numbers are linear light, not sRGB."""
        space = self.spec.get_string_attribute("oiio:ColorSpace").lower()
        return "lin" in space or (not space and self.spec.format.basetype in (oiio.FLOAT, oiio.HALF))

    @property
    def alpha(self) -> Floats | None:
        """float32 H,W, or None."""
        channel = self.spec.alpha_channel
        return self.pixels[..., channel] if 0 <= channel < self.pixels.shape[2] else None

    @property
    def lines(self) -> Floats:
        """The line art over white paper, as sRGB: float32 H,W,3 in 0..1."""
        color = [
            index
            for index in range(self.pixels.shape[2])
            if index not in (self.spec.alpha_channel, self.spec.z_channel)
        ]
        rgb = self.pixels[..., color[:3] if len(color) >= 3 else color[:1] * 3]
        if self.alpha is not None:
            rgb = rgb + (1.0 - self.alpha[..., None])
        encoded = _encode(rgb) if self.is_linear else rgb
        return np.clip(np.nan_to_num(encoded), 0.0, 1.0).astype(np.float32)


def read_plate(path: Path) -> Plate:
    """Read a frame.

    Raises:
        ImageError: It cannot be read, or is too large.
    """
    file = oiio.ImageInput.open(str(path))
    if file is None:
        raise ImageError(f"{path}: cannot be read: {_first_line(oiio.geterror())}")
    try:
        spec = file.spec()
        if spec.width * spec.height > MAX_PIXELS or spec.deep:
            raise ImageError(
                f"{path}: expected at most {MAX_PIXELS:,} flat pixels, received {spec.width} x {spec.height}"
            )
        pixels = file.read_image(0, 0, 0, spec.nchannels, oiio.FLOAT)
        if pixels is None:
            raise ImageError(f"{path}: cannot be read: {_first_line(file.geterror())}")
        return Plate(np.asarray(pixels, np.float32).reshape(spec.height, spec.width, spec.nchannels), spec)
    finally:
        file.close()


def load_plate_lines(path: Path) -> Pixels:
    """The line art of a frame as 8-bit sRGB: uint8 H,W, or H,W,3 where the lines are colored."""
    lines: Pixels = np.rint(read_plate(path).lines * 255.0).astype(np.uint8)
    if (lines[..., 0] == lines[..., 1]).all() and (lines[..., 0] == lines[..., 2]).all():
        lines = np.ascontiguousarray(lines[..., 0])
    return lines


def save_plate(colors: Pixels, path: Path, like: Path, lines: bool, inverted: bool) -> None:
    """Write colors under the lines of a frame, at that frame's depth, with its windows and metadata.

    Args:
        colors: uint8 H,W,3, sRGB.
        path: Its ending is the frame's.
        like: The frame.
        lines: Whether its lines lie over the colors.
        inverted: Whether they are lighter than their paper.

    Raises:
        OutputError: It cannot be written.
    """
    plate = read_plate(like)
    paper, dropped = colors.min(2) == 255, [*DROPPED]
    profile = plate.spec.getattribute(PROFILE)
    if profile is not None and (converted := from_srgb(Image.fromarray(colors), bytes(profile))):
        colors = np.asarray(converted)
    else:  # its numbers would mean something else
        dropped.append(PROFILE)
    flats = colors.astype(np.float32) / np.float32(255.0)
    rgb = flats
    if lines and inverted:
        rgb = 1.0 - (1.0 - flats) * (1.0 - plate.lines)
    elif lines:
        rgb = flats * plate.lines
    rgb = _decode(rgb) if plate.is_linear else rgb
    channels, names = [*cv2.split(np.ascontiguousarray(rgb, np.float32))], ["R", "G", "B"]
    if plate.alpha is not None:
        alpha = np.where(paper, plate.alpha, 1.0).astype(np.float32)
        own = plate.pixels[..., :3] if plate.pixels.shape[2] >= 4 else plate.pixels[..., :1].repeat(3, 2)
        channels = [np.where(paper, own[..., i], channel) for i, channel in enumerate(channels)] + [alpha]
        names = [*names, "A"]
    spec = oiio.ImageSpec(plate.spec)
    spec.nchannels, spec.channelnames = len(names), names
    spec.alpha_channel = 3 if len(names) == 4 else -1
    spec.channelformats = ()
    for name in dropped:
        spec.erase_attribute(name)
    with replacing(path) as temporary:
        # OpenImageIO tells the format by the ending.
        shaped = temporary.with_name(temporary.name + path.suffix)
        try:
            _write(spec, np.stack(channels, 2).astype(np.float32), shaped)
            shaped.replace(temporary)
        finally:
            shaped.unlink(missing_ok=True)


def _write(spec: Any, pixels: Floats, path: Path) -> None:
    file = oiio.ImageOutput.create(str(path))
    if file is None or not file.open(str(path), spec) or not file.write_image(pixels) or not file.close():
        reason = oiio.geterror() if file is None else file.geterror()
        raise OutputError(f"{path}: cannot be written: {_first_line(reason)}; choose another place or format")


def _encode(linear: Floats) -> Floats:
    """sRGB of linear light (IEC 61966-2-1)."""
    safe = np.maximum(linear, 0.0)
    return np.where(safe <= 0.0031308, 12.92 * safe, 1.055 * safe ** (1 / 2.4) - 0.055).astype(np.float32)


def _decode(encoded: Floats) -> Floats:
    """Linear light of sRGB."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _first_line(text: str) -> str:
    return " ".join(text.split())[:200] or "unknown reason"
