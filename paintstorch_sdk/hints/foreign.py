"""Hints of other programs: style2paints' points, Krita's colorize masks, layers of OpenRaster and Krita files."""

import base64
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ..errors import HintError, InputError
from ..files import read_at_most
from ..imaging.formats import MAX_PIXELS
from ..imaging.images import load_layer
from .model import MAX_JSON_BYTES, MAX_POINTS, Hints, Stroke

Pixels = NDArray[np.uint8]

DOT = 1 / 64  # of the long side: the width of a point that has none
MAX_ENTRY = 2**28  # bytes of one file in an archive
TILE = 64  # pixels of the side of a tile of Krita's
INSIDE = 128  # of a colorize mask's coverage: from here on a pixel belongs to the stroke

_XML_LIMIT = 2**24  # bytes
# What Python's own readers raise of damaged files; NotImplementedError and RuntimeError of packed or locked archives.
_DAMAGE = (
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def read_hints(path: Path, size: tuple[int, int] | None = None, layer: str | None = None) -> Hints:
    """Hints from a file of another program.

    Args:
        path: style2paints' points (JSON), a Krita (.kra) or OpenRaster (.ora) file, or a picture, which `Hints.of`
            reads: that of PaintsTorch is one.
        size: (width, height) of the line art, which points are relative to.
        layer: Name of the layer in an OpenRaster file; None takes the one that is named like hints, or the only one.

    Raises:
        HintError: Not such a file, damaged, or something is missing to read it.
        ImageError: A picture that cannot be read.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in (".json", ".txt"):
            return _read_points(path, size)
        if suffix == ".kra":
            with zipfile.ZipFile(path) as archive:
                return Hints(layer=_read_colorize_mask(archive, path), name=str(path))
        if suffix == ".ora":
            with zipfile.ZipFile(path) as archive:
                return Hints(layer=_read_stack(archive, path, layer), name=str(path))
    except InputError:
        raise
    except OSError as error:
        raise HintError(f"{path}: cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise HintError(f"{path}: damaged, or not a {suffix} file ({error})") from error
    return Hints.of(path)


def _read_points(path: Path, size: tuple[int, int] | None) -> Hints:
    """style2paints: [[x, y, red, green, blue, kind], ...], or that as "points"; 0 to 1 from the lower left corner."""
    document = json.loads(read_at_most(path, MAX_JSON_BYTES).decode("utf-8-sig"))
    if isinstance(document, Mapping) and "version" in document:
        return Hints.of(path)
    points = document.get("points") if isinstance(document, Mapping) else document
    if not isinstance(points, list) or not all(isinstance(p, list) and len(p) >= 5 for p in points):
        raise HintError(f"{path}: expected points of style2paints, [[x, y, red, green, blue, kind], ...]")
    if len(points) > MAX_POINTS:
        raise HintError(f"{path}: expected at most {MAX_POINTS} points, received {len(points)}")
    if size is None:
        raise HintError(f"{path}: points are relative to the line art; name it: --line-art FILE")
    width, height = size
    brush = max(2.0, DOT * max(size))
    strokes = []
    for index, (x, y, *rest) in enumerate(points):
        try:
            strokes.append(Stroke(((x * width, (1 - y) * height),), tuple(rest[:3]), brush))
        except (HintError, TypeError) as error:
            raise HintError(f"{path}: point {index}: {error}") from error
    return Hints(tuple(strokes), name=str(path))


def _read_stack(archive: zipfile.ZipFile, path: Path, name: str | None) -> Pixels:
    """One layer of an OpenRaster file, on a canvas of the picture's size."""
    stack = _parse(archive, "stack.xml")
    found = {str(layer.get("name")): layer for layer in stack.iter("layer")}
    if name is None:
        alike = [known for known in found if any(word in known.lower() for word in ("hint", "stroke", "color mask"))]
        name = (alike or list(found) or [""])[0] if len(alike) == 1 or len(found) == 1 else None
    if not found:
        raise HintError(f"{path}: expected a file with layers, found none in it")
    if name not in found:
        raise HintError(f"{path}: expected --layer, one of {', '.join(found)}")
    layer = found[name]
    width, height = int(stack.get("w", 0)), int(stack.get("h", 0))
    _check_canvas(width, height, path)
    return _place(load_layer(_read(archive, str(layer.get("src")))), layer.get("x"), layer.get("y"), width, height)


def _read_colorize_mask(archive: zipfile.ZipFile, path: Path) -> Pixels:
    """The strokes of the colorize masks of a Krita file, RGBA."""
    image = _parse(archive, "maindoc.xml").find(".//{*}IMAGE")
    if image is None:
        raise HintError(f"{path}: expected a Krita file with a picture")
    width, height = int(image.get("width", 0)), int(image.get("height", 0))
    _check_canvas(width, height, path)
    masks = [entry for entry in archive.namelist() if entry.endswith(".colorizemask/content.xml")]
    if not masks:
        raise HintError(f"{path}: expected a layer with a colorize mask; export other layers as PNG or OpenRaster")
    canvas = np.zeros((height, width, 4), np.uint8)
    for mask in masks:
        for item in _parse(archive, mask).iter():
            if item.get("type") != "keystroke" or item.get("is-transparent") in ("1", "true"):
                continue
            data = next((value for key, value in item.attrib.items() if "color" in key.lower()), "")
            color = base64.b64decode(data, validate=True)
            if len(color) != 4:
                raise HintError(f"{path}: expected strokes of 8-bit RGB colors; convert the picture in Krita")
            folder = mask.removesuffix("content.xml")
            for left, top, tile in _read_tiles(_read(archive, folder + str(item.get("filename")))):
                box = np.s_[max(0, top) : max(0, top + TILE), max(0, left) : max(0, left + TILE)]
                part = canvas[box]
                inside = tile[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]] >= INSIDE
                part[inside] = (color[2], color[1], color[0], 255)  # Krita keeps blue first
    return canvas


def _read_tiles(data: bytes) -> Iterator[tuple[int, int, Pixels]]:
    """The tiles of a Krita paint device with one byte a pixel: x, y, and uint8 64,64.

    Source: Krita's tiled data manager, version 2: a header of text, then "x,y,LZF,length" and the bytes of each tile,
    the first of which says whether the others are packed.
    """
    file = io.BytesIO(data)
    header: dict[str, int] = {}
    while "DATA" not in header:
        key, _, value = file.readline().decode("ascii").partition(" ")
        header[key] = int(value)
    if (header.get("TILEWIDTH"), header.get("TILEHEIGHT"), header.get("PIXELSIZE")) != (TILE, TILE, 1):
        raise ValueError("tiles of another kind")
    for _ in range(header["DATA"]):
        left, top, _, length = file.readline().decode("ascii").split(",")
        packed = file.read(int(length))
        raw = _unpack(packed[1:], TILE * TILE) if packed[0] else packed[1:]
        yield int(left), int(top), np.frombuffer(raw, np.uint8, TILE * TILE).reshape(TILE, TILE)


def _unpack(packed: bytes, size: int) -> bytes:
    """LZF: runs of bytes as they are (control under 32), and copies of what came before."""
    out = bytearray()
    place = 0
    while place < len(packed) and len(out) < size:
        control = packed[place]
        place += 1
        if control < 32:
            out += packed[place : place + control + 1]
            place += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += packed[place]
            place += 1
        start = len(out) - ((control & 31) << 8 | packed[place]) - 1
        place += 1
        if start < 0:
            raise ValueError("a copy from before the beginning")
        for index in range(length + 2):
            out.append(out[start + index])
    return bytes(out)


def _place(layer: Pixels, x: str | None, y: str | None, width: int, height: int) -> Pixels:
    canvas = np.zeros((height, width, 4), np.uint8)
    left, top = int(x or 0), int(y or 0)
    part = canvas[max(0, top) : max(0, top + layer.shape[0]), max(0, left) : max(0, left + layer.shape[1])]
    part[:] = layer[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]]
    return canvas


def _check_canvas(width: int, height: int, path: Path) -> None:
    if not 0 < width * height <= MAX_PIXELS or width < 1:
        raise HintError(f"{path}: expected 1 to {MAX_PIXELS} pixels, received {width} x {height}")


def _parse(archive: zipfile.ZipFile, name: str) -> Any:
    text = _read(archive, name)
    if len(text) > _XML_LIMIT or b"<!ENTITY" in text:
        raise ValueError(f"{name} is no plain XML")
    return ElementTree.fromstring(text)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MAX_ENTRY:
        raise ValueError(f"{name} is larger than {MAX_ENTRY >> 20} MB")
    return archive.read(name)
