"""A picture's file or array, opened with care: bounded before a pixel is decoded, upright, in sRGB, in few modes."""

import io
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from ..errors import ImageError, PaintsTorchWarning
from . import color_profile, formats
from .formats import FORMATS, MAX_PIXELS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a file with several: a TIFF's page, a frame of an animation.

    Attributes:
        source: The file, as a path, bytes or a binary file.
        number: Number of the page, from 1.
    """

    source: str | os.PathLike[str] | bytes | BinaryIO
    number: int


ImageSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | Page | Image.Image | NDArray[Any]

# EXIF's orientation -> what turns the picture upright
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def name_of(source: object) -> str:
    """A source's name for messages: its path, or what kind of thing it is."""
    if isinstance(source, Page):
        return f"{name_of(source.source)} page {source.number}"
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    if isinstance(source, np.ndarray):
        return f"array {source.shape} {source.dtype}"
    if isinstance(source, Image.Image):
        return str(getattr(source, "filename", "")) or f"{source.mode} image"
    return str(getattr(source, "name", "")) or type(source).__name__


def read(source: ImageSource, use: Callable[[Image.Image, bool], T]) -> T:
    """Open a picture, checked, and do something with it: decode it, or look at its header.

    Args:
        source: No array.
        use: Called with the picture, whose pixels were not decoded yet, and whether its alpha, if it has any, means
            transparency. It may be called again where a PNG's text turns out too large.

    Raises:
        ImageError: Not a picture, damaged, or over the limits of `formats`; also what `use` raises, but warnings.
    """
    name = name_of(source)
    with _errors(source):
        if isinstance(source, Image.Image):
            formats.check_size(*source.size, name)
            return use(source, True)
        page = source.number if isinstance(source, Page) else None
        with _file(source.source if isinstance(source, Page) else source) as file:
            # A text or a profile of a PNG that is too large for Pillow is left out: the picture itself may be small.
            for without in ((), formats.TEXTS, (*formats.TEXTS, formats.PROFILE)):
                kept = io.BytesIO(formats.stripped_png(file, without)) if without else file
                try:
                    with _opened(kept, page, name) as (image, has_alpha):
                        return use(image, has_alpha)
                except ValueError as error:
                    if "MAX_TEXT" not in str(error):
                        raise
            raise ImageError(f"{name}: a PNG with texts that cannot be left out; save it again without them")


def upright(image: Image.Image, name: str) -> Image.Image:
    """Decode, reduce to the modes of `load`, turn as the EXIF tag says, and convert to sRGB."""
    image.load()
    profile = image.info.get("icc_profile")
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if isinstance(profile, bytes) and 0 < len(profile) <= color_profile.MAX_BYTES:
        plain = _in_srgb(image, profile, name)
    else:
        plain = _plain(image, name)
    turn = _TURNS.get(orientation)
    return plain if turn is None else plain.transpose(turn)


@contextmanager
def _errors(source: ImageSource) -> Iterator[None]:
    """Raise whatever goes wrong with a source as ImageError."""
    try:
        yield
    except (ImageError, PaintsTorchWarning):
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{name_of(source)}: no such file") from error
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{name_of(source)}: {_what_is_wrong(source)}; expected one of {', '.join(FORMATS)}"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            f"{name_of(source)}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, its header claims far more; "
            f"scale it down or cut it"
        ) from error
    except Exception as error:  # damaged data makes Pillow's decoders raise almost anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name_of(source)}: damaged or unreadable picture ({reason:.200})") from error


def from_array(array: NDArray[Any], name: str | None = None) -> Image.Image:
    name = name or name_of(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)) or array.size == 0:
        raise ImageError(f"{name}: expected height,width or height,width,channels with 1 to 4 channels")
    formats.check_size(array.shape[1], array.shape[0], name)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # of either byte order
        array = ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        if not (float(array.min()) >= 0.0 and float(array.max()) <= 1.0):  # False for NaN as well
            raise ImageError(
                f"{name}: expected floats in [0, 1], received values from {array.min():g} to {array.max():g}"
            )
        array = np.rint(array * 255.0).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise ImageError(f"{name}: expected dtype uint8, uint16, bool or float")
    return Image.fromarray(np.ascontiguousarray(array))


@contextmanager
def _opened(file: BinaryIO, page: int | None, name: str) -> Iterator[tuple[Image.Image, bool]]:
    """A picture, checked but not decoded, and whether its alpha means transparency."""
    if (merged := formats.read_psd(file, name)) is not None:
        yield merged, True
        return
    more = page is None and _has_more(file)
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        gray_or_color = formats.read_tiff(file, page or 1, name)
        if gray_or_color is None:
            raise
        yield from_array(gray_or_color, name), True
        return
    with image:
        position = file.tell()
        formats.check_size(*image.size, name)
        formats.check_work(file, image, page or 1, name)
        formats.check_merged(image, name)
        has_alpha = formats.has_true_alpha(file, image)
        file.seek(position)
        if page is not None:
            _turn_to(image, page, name)
        elif more:
            warnings.warn(
                f"{name}: holds several pages or frames, the first was read; choose one with --page (Page)",
                PaintsTorchWarning,
                stacklevel=2,
            )
        if formats.is_misread(image):
            image = _read_better(file, image, page or 1, name)
        yield image, has_alpha


def _read_better(file: BinaryIO, image: Image.Image, page: int, name: str) -> Image.Image:
    """A page of a TIFF by another reader, with what Pillow knows of it."""
    made = from_array(cast(NDArray[Any], formats.read_tiff(file, page, name)), name)
    made.info |= image.info
    made.getexif()[ExifTags.Base.Orientation] = image.getexif().get(ExifTags.Base.Orientation, 1)
    return made


@contextmanager
def _file(source: object) -> Iterator[BinaryIO]:
    """A binary file at its beginning, which can be read from anywhere."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            yield _seekable(file, name_of(source))
        return
    if isinstance(source, io.TextIOBase):
        raise ImageError(f"{name_of(source)}: expected a file opened in binary mode, received one in text mode")
    if not hasattr(source, "read"):
        raise ImageError(f"expected a path, bytes, binary file, PIL image or array, received {type(source).__name__}")
    yield _seekable(cast(BinaryIO, source), name_of(source))


def _seekable(file: BinaryIO, name: str) -> BinaryIO:
    try:
        file.seek(0)
    except (OSError, ValueError, AttributeError):  # a pipe
        content = file.read(formats.MAX_BYTES + 1)
        if len(content) > formats.MAX_BYTES:
            raise ImageError(f"{name}: expected at most {formats.MAX_BYTES >> 20} MB") from None
        return io.BytesIO(content)
    return file


def _has_more(file: BinaryIO) -> bool:
    """Whether a file holds more than one page or frame; a PSD's layers and a phone's extra pictures do not count.

    Asked of a picture of its own: Pillow reads on for the answer, and damage there does not concern the first page.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            return image.format not in ("PSD", "MPO") and bool(getattr(image, "is_animated", False))
    except Exception:
        return False


def _turn_to(image: Image.Image, page: int, name: str) -> None:
    try:
        if page < 1:
            raise EOFError
        image.seek(page - 1)
    except EOFError as error:
        pages = getattr(image, "n_frames", 1)
        raise ImageError(f"{name}: expected a page from 1 to {pages}, received {page}") from error
    formats.check_size(*image.size, name)


def _in_srgb(image: Image.Image, profile: bytes, name: str) -> Image.Image:
    """The picture without its profile, whose colors are the same in sRGB."""
    plain = image if image.mode == "CMYK" else _plain(image, name)
    if plain.mode == "P":
        plain = plain.convert("RGBA")
    try:
        return color_profile.to_srgb(plain, profile)
    except (ImageCms.PyCMSError, ValueError) as error:
        warnings.warn(
            f"{name}: its color profile cannot be used ({' '.join(str(error).split()):.80}): taken for sRGB",
            PaintsTorchWarning,
            stacklevel=2,
        )
        return _plain(plain, name)


def _plain(image: Image.Image, name: str) -> Image.Image:
    """Reduce Pillow's many modes to L, LA, RGB, RGBA, or P with transparency."""
    mode = image.mode
    if mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if mode == "P":
        return image if image.has_transparency_data else image.convert("RGB")
    if mode == "I" or mode.startswith("I;16"):
        gray = formats.deep_gray(image)
        clear = image.info.get("transparency")  # the one value of a PNG that is transparent
        if clear is not None:
            gray = np.stack([gray, np.where(gray == clear, 0, 65535).astype(np.uint16)], axis=-1)
        return from_array(gray, name)
    if mode == "F":
        floats = np.asarray(image)
        return from_array(1.0 - floats if formats.white_is_zero(image) else floats, name)
    if mode == "1":
        return image.convert("L")
    if mode == "La":
        return image.convert("LA")
    if mode == "LAB":
        return color_profile.from_lab(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _what_is_wrong(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        status = Path(source).stat()
        size = status.st_size if stat.S_ISREG(status.st_mode) else -1
    elif isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.seek(0, os.SEEK_END)
        except (OSError, ValueError, AttributeError):
            return "not a picture"
    return "the file is empty" if size == 0 else "not a picture"
