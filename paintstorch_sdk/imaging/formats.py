"""Peculiarities of single file formats: their bounds, and what Pillow does not know of them.

The first bytes of a file tell its format. All that is read is bounded before it is decoded: nothing under the bounds
takes more than a few seconds of one core.
"""

import struct
from collections.abc import Collection
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageError

MAX_PIXELS = 72_000_000  # of one picture: A1 at 300 dpi has 69,600,000
MAX_SIDE = 2**17  # pixels, of one side
MAX_BYTES = 2**30  # of a file
MAX_SCANNED = 2**32  # pixels times scans of a progressive JPEG, or times frames up to the one that is wanted
MAX_PLAIN_PIXELS = 2**20  # of a PPM whose numbers are text, which are read a hundred times slower than bytes
# What Pillow may try to read. No vector formats: some of them start other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "TGA", "PSD")

# Chunks of a PNG
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
PROFILE = b"iCCP"

_PNG, _PSD = b"\x89PNG\r\n\x1a\n", b"8BPS"
_BLOCK = 2**20  # bytes
_ROWS = 256  # converted at a time: as floats they take four times the memory
_TIFF_BITS, _TIFF_COMPRESSION, _TIFF_PHOTOMETRIC, _TIFF_PLANES, _TIFF_SAMPLE_FORMAT = 258, 259, 262, 284, 339
_TIFF_GRAY_OR_RGB = (0, 1, 2)  # photometric interpretations: white is 0, black is 0, RGB
_TIFF_PREMULTIPLIED = 1  # kind of an extra sample
_MERGED_DATA = 1057  # the PSD resource that says whether the merged picture is real


def check_size(width: int, height: int, name: str) -> None:
    """Raise ImageError where a picture has no pixel, or is larger than any that is read."""
    if width < 1 or height < 1:
        raise ImageError(f"{name}: expected at least one pixel, received {width} x {height}")
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, received {width} x {height}; "
            f"scale it down or cut it"
        )
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f"{name}: expected sides of at most {MAX_SIDE} pixels, received {width} x {height}; cut it into parts"
        )


def check_work(file: BinaryIO, image: Image.Image, page: int, name: str) -> None:
    """Raise ImageError where a picture of a permitted size would still take minutes to decode."""
    pixels = image.width * image.height
    if image.format == "PPM" and _beginning(file, 2) in (b"P1", b"P2", b"P3") and pixels > MAX_PLAIN_PIXELS:
        raise ImageError(
            f"{name}: expected at most {MAX_PLAIN_PIXELS} pixels in a PPM of text, received {pixels}; save it as PNG"
        )
    if image.info.get("progressive") and (scans := _count(file, b"\xff\xda")) * pixels > MAX_SCANNED:
        raise ImageError(
            f"{name}: expected a JPEG of at most {MAX_SCANNED // pixels} scans at this size, received {scans}; "
            f"save it again"
        )
    if page * pixels > MAX_SCANNED and page > 1:
        raise ImageError(f"{name}: expected a page up to {MAX_SCANNED // pixels} at this size, received {page}")


def stripped_png(file: BinaryIO, without: Collection[bytes]) -> bytes:
    """A PNG without its chunks of some kinds."""
    file.seek(0)
    kept = [file.read(len(_PNG))]
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in without:
            file.seek(length + 4, 1)
        else:
            kept += [head, file.read(length + 4)]
    return b"".join(kept)


def has_true_alpha(file: BinaryIO, image: Image.Image) -> bool:
    """Whether the fourth channel that Pillow gives means transparency, as far as the file says.

    A TGA tells how many of its bits are alpha. In a PSD a channel more may be a saved selection: it is transparency
    only where the number of layers is negative.
    """
    if image.format == "TGA" and image.mode == "RGBA":
        return bool(_beginning(file, 18)[17] & 0x0F)
    if image.format == "PSD" and image.mode == "RGBA":
        return _psd_layers(file) < 0
    return True


def read_psd(file: BinaryIO, name: str) -> Image.Image | None:
    """The merged picture of a PSD that Pillow cannot read or reads wrong: not of 8 bits. None for any other file.

    Raises:
        ImageError: It is one, but psd-tools is missing, or it holds no merged picture.
    """
    head = _beginning(file, 26)
    if len(head) < 26 or not head.startswith(_PSD):
        return None
    height, width, bits = struct.unpack(">IIH", head[14:24])
    if bits == 8:
        return None
    check_size(width, height, name)
    try:
        from psd_tools import PSDImage
    except ImportError as error:
        raise ImageError(
            f"{name}: a PSD of {bits} bits a channel needs psd-tools; pip install psd-tools, or save it with 8 bits"
        ) from error
    file.seek(0)
    merged = PSDImage.open(file).topil(apply_icc=False)
    if merged is None:
        raise ImageError(f"{name}: a PSD without its merged picture; save it with 'maximize compatibility'")
    return merged


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow reads this page of a TIFF wrong: seen with 13.0, found by comparing with tifffile."""
    if image.format != "TIFF":
        return False
    tags = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(_TIFF_BITS, (1,))
    signed = tags.get(_TIFF_SAMPLE_FORMAT, (1,))[0] == 2
    planes = tags.get(_TIFF_PLANES) == 2 and (bits[0] > 8 or len(bits) == 2)
    swapped = bits[0] > (8 if signed else 16) and tags.prefix == b"MM" and tags.get(_TIFF_COMPRESSION, 1) != 1
    return (signed and bits[0] == 8) or planes or swapped


def read_tiff(file: BinaryIO, page: int, name: str) -> NDArray[Any] | None:
    """A page of a TIFF that Pillow does not read, such as of 64-bit numbers, or misreads. None for any other file.

    Returns:
        uint16 H,W or H,W,C.

    Raises:
        ImageError: It is one, but tifffile is missing, or does not read it either.
    """
    if _beginning(file, 4) not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return None
    try:
        import tifffile
    except ImportError as error:
        raise ImageError(
            f"{name}: a TIFF of a kind that needs tifffile; pip install tifffile, or save it with 8 or 16 bits"
        ) from error
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        if not 1 <= page <= len(tiff.pages):
            raise ImageError(f"{name}: expected a page from 1 to {len(tiff.pages)}, received {page}")
        found = tiff.pages[page - 1].aspage()
        check_size(found.imagewidth, found.imagelength, name)
        if found.size > 4 * MAX_PIXELS:
            raise ImageError(f"{name}: expected a TIFF of at most 4 channels, received {found.shape}")
        if found.photometric not in _TIFF_GRAY_OR_RGB:
            raise ImageError(f"{name}: expected a TIFF in gray or RGB at this depth, received {found.photometric.name}")
        values = found.asarray()
        if found.axes.startswith("S"):  # a plane for each channel
            values = np.moveaxis(values, 0, -1)
        if values.dtype.kind in "fb":
            values, white = values.astype(np.float32, copy=False), 1.0
        else:
            white = float(np.iinfo(values.dtype).max)
        inverted = found.photometric == 0
        if not (inverted and found.extrasamples):
            deep = _to_16_bits(values, white, inverted)
        else:
            deep = np.dstack([_to_16_bits(values[..., :-1], white, True), _to_16_bits(values[..., -1:], white, False)])
        if _TIFF_PREMULTIPLIED in found.extrasamples:
            alpha = np.maximum(deep[..., -1:], 1).astype(np.float32)
            deep[..., :-1] = np.minimum(deep[..., :-1] / alpha, 1.0) * 65535.0
        return deep


def check_merged(image: Image.Image, name: str) -> None:
    """Raise ImageError where a PSD was saved without its merged picture: what is there instead is blank."""
    for number, _, content in getattr(image, "resources", ()):
        if number == _MERGED_DATA and content[4:5] == b"\0":
            raise ImageError(f"{name}: a PSD without its merged picture; save it with 'maximize compatibility'")


def white_is_zero(image: Image.Image) -> bool:
    """Whether 0 is white in a gray TIFF of more than 8 bits, where Pillow leaves the values as they are."""
    return image.format == "TIFF" and image.tag_v2.get(_TIFF_PHOTOMETRIC) == 0  # type: ignore[attr-defined]


def deep_gray(image: Image.Image) -> NDArray[np.uint16]:
    """A gray picture of 12, 16 or 32-bit integers, of mode I;16 or I, as uint16 H,W, black 0 and white 65535.

    A TIFF says how many bits it has, whether they are signed (negative is black), and whether 0 is white.
    """
    values = np.asarray(image)
    white = 65535
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        bits, signed = int(tags.get(_TIFF_BITS, (16,))[0]), int(tags.get(_TIFF_SAMPLE_FORMAT, (1,))[0]) == 2
        white = 2 ** (bits - signed) - 1
        if bits == 32:
            values = values if signed else values.view(np.uint32)
            # 32 bits that hold a picture of 16: as 32 it would be all black.
            white = 65535 if values.max(initial=0) <= 65535 else white
    return _to_16_bits(values, white, white_is_zero(image))


def _to_16_bits(values: NDArray[Any], white: float, inverted: bool) -> NDArray[np.uint16]:
    """Numbers of any type, black 0, clipped; where inverted, white is 0."""
    deep = np.empty(values.shape, np.uint16)
    for row in range(0, len(values), _ROWS):
        part = np.clip(values[row : row + _ROWS] / white, 0.0, 1.0)
        deep[row : row + _ROWS] = np.rint((1.0 - part if inverted else part) * 65535.0)
    return deep


def _psd_layers(file: BinaryIO) -> int:
    """The number of layers of a PSD; negative where its first channel more is the merged picture's transparency."""
    file.seek(26)
    for _ in range(2):  # the sections of color modes and of resources
        file.seek(int.from_bytes(file.read(4), "big"), 1)
    sections, layers = (int.from_bytes(file.read(4), "big") for _ in range(2))
    return int.from_bytes(file.read(2), "big", signed=True) if sections and layers else 0


def _beginning(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    return file.read(size)


def _count(file: BinaryIO, what: bytes) -> int:
    """How often two bytes occur in a file."""
    file.seek(0)
    found, last = 0, b""
    while block := file.read(_BLOCK):
        found += block.count(what) + (last + block[:1] == what)
        last = block[-1:]
    return found
