"""Anything image-like in, uint8 arrays out, and pictures back to files.

Files come from outside and are hostile: their kind and size are checked before a pixel is decoded.
"""

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageOps, UnidentifiedImageError

from ..errors import ImageError, OutputError
from ..files import replacing

ImageSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[Any]

MAX_PIXELS = 2**26  # of one picture: 8192 x 8192
# What Pillow may try to read. No vector formats: some of them start other programs.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "TGA", "PSD")
SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm", ".tga", ".psd")
)
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}


def load_line_art(source: ImageSource) -> NDArray[np.uint8]:
    """Read line art; transparent paper becomes white paper.

    Args:
        source: Path, bytes, binary file, PIL image of any mode, or array: H,W or H,W,C with 1 (gray), 2 (gray
            and alpha), 3 (RGB) or 4 (RGBA) channels; uint8, uint16, bool, or float in [0, 1].

    Returns:
        uint8 H,W where the lines are gray, or H,W,3 RGB where they are colored; read-only.

    Raises:
        ImageError: Not a picture, damaged, or over `MAX_PIXELS`.
    """
    image = load(source)
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("L", "LA") else "RGBA")
        paper = Image.new(image.mode[:-1], image.size, "white")
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
    """Read a layer of hints, whose transparent pixels are no hint.

    Returns:
        uint8 H,W,4 RGBA, not premultiplied; read-only.

    Raises:
        ImageError: As `load_line_art`, or the picture has no transparency at all.
    """
    image = load(source)
    if not image.has_transparency_data:
        raise ImageError(
            f"{name_of(source)}: expected hints with a transparent background (RGBA), received {image.mode} without "
            f"alpha; save the strokes on a transparent layer"
        )
    return np.asarray(image.convert("RGBA"))


def load(source: ImageSource) -> Image.Image:
    """Decode a picture, upright, of mode L, LA, RGB, RGBA or (with transparency) P.

    Returns:
        Not to be written to: it may be the image, or share the array, that was given.

    Raises:
        ImageError: Not a picture, damaged, or over `MAX_PIXELS`.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    name = name_of(source)
    try:
        if isinstance(source, Image.Image):
            return _upright(source, name)
        with _open(source, name) as image:
            return _upright(image, name)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: {_what_is_wrong(source)}; expected one of {', '.join(FORMATS)}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, its header claims far more; "
            f"scale it down or cut it"
        ) from error
    except Exception as error:  # damaged data makes Pillow's decoders raise almost anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name}: damaged or unreadable picture ({reason})") from error


def save(image: Image.Image, target: Path | BinaryIO, kind: str | None = None) -> None:
    """Write a picture to a file, atomically, or to a binary stream.

    Args:
        image: RGB or L.
        target: A path whose ending tells the format, or a stream.
        kind: Pillow's name of the format; None takes it from the path's ending (streams: PNG).

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
    try:
        if isinstance(target, Path):
            with replacing(target) as temporary, temporary.open("wb") as file:
                _encode(image, file, kind)
        else:
            _encode(image, target, kind)
    except ValueError as error:  # such as more pixels on a side than the format can count
        raise OutputError(
            f"{name_of(target)}: {kind} cannot hold this picture ({error}); choose another format"
        ) from error


def name_of(source: object) -> str:
    """A source's name for messages: its path, or what kind of thing it is."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    if isinstance(source, np.ndarray):
        return f"array {source.shape} {source.dtype}"
    if isinstance(source, Image.Image):
        return str(getattr(source, "filename", "")) or f"{source.mode} image"
    return str(getattr(source, "name", "")) or type(source).__name__


def _encode(image: Image.Image, file: BinaryIO, kind: str) -> None:
    # Level 1 writes a PNG several times as fast as Pillow's 6, for a tenth more bytes on colored line art.
    options: dict[str, Any] = {"PNG": {"compress_level": 1}, "JPEG": {"quality": 95}, "WEBP": {"quality": 95}}
    image.save(file, kind, **options.get(kind, {}))


def _open(source: str | os.PathLike[str] | bytes | BinaryIO, name: str) -> Image.Image:
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    if isinstance(stream, io.TextIOBase):
        raise ImageError(f"{name}: expected a file opened in binary mode, received one in text mode")
    if not isinstance(stream, str | os.PathLike) and not hasattr(stream, "read"):
        raise ImageError(f"expected a path, bytes, binary file, PIL image or array, received {type(source).__name__}")
    return Image.open(stream, formats=FORMATS)


def _upright(image: Image.Image, name: str) -> Image.Image:
    """Check the size, decode, turn as the EXIF tag says, and reduce to the modes of `load`."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, received {width} x {height}; "
            f"scale it down or cut it"
        )
    image.load()
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        image = ImageOps.exif_transpose(image)
    return _plain(image, name)


def _plain(image: Image.Image, name: str) -> Image.Image:
    """Reduce Pillow's many modes to L, LA, RGB, RGBA, or P with transparency."""
    mode = image.mode
    if mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if mode == "P":
        return image if image.has_transparency_data else image.convert("RGB")
    if mode.startswith("I;16"):
        gray = np.asarray(image).astype(np.uint16)
        clear = image.info.get("transparency")  # the one value of a PNG that is transparent
        if clear is not None:
            gray = np.stack([gray, np.where(gray == clear, 0, 65535).astype(np.uint16)], axis=-1)
        return _from_array(gray, name)
    if mode == "I":  # 32-bit integers that hold 16-bit pictures
        return _from_array(np.clip(np.asarray(image), 0, 65535).astype(np.uint16), name)
    if mode == "F":
        return _from_array(np.asarray(image), name)
    if mode == "1":
        return image.convert("L")
    if mode == "La":
        return image.convert("LA")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _from_array(array: NDArray[Any], name: str | None = None) -> Image.Image:
    name = name or name_of(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)) or array.size == 0:
        raise ImageError(f"{name}: expected height,width or height,width,channels with 1 to 4 channels")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise ImageError(f"{name}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels")
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


def _what_is_wrong(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        size = Path(source).stat().st_size
    elif isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.seek(0, os.SEEK_END)
        except (OSError, ValueError, AttributeError):
            return "not a picture"
    return "the file is empty" if size == 0 else "not a picture"
