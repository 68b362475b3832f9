"""A picture in layers: lines over colors, and the strokes, in one OpenRaster file for Krita, GIMP or MyPaint."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..arguments import checked
from ..errors import InputError
from ..files import replacing
from ..hints.model import Hints, HintSource
from ..imaging.images import load_line_art
from ..imaging.postprocess import multiply

SUFFIX = ".ora"
THUMBNAIL = 256  # pixels of its long side, as the format has it


class Layer(NamedTuple):
    """One layer: its name, its picture, how it lies over those below, and whether it is shown."""

    name: str
    image: Image.Image
    mode: str = "svg:src-over"
    shown: bool = True


@checked
def save_layers(
    target: Path | BinaryIO, color: Image.Image, line_art: NDArray[np.uint8], hints: HintSource = None
) -> None:
    """Write an OpenRaster file: from above the lines (multiplied), the strokes (hidden) and the colors.

    Equal pictures give equal bytes.

    Args:
        target: A path, replaced atomically, or a stream.
        color: RGB, painted with `lines="none"`.
        line_art: H,W or H,W,3 of that size, of a type that `images.load_line_art` reads.
        hints: What the colors came from; none leaves their layer out.

    Raises:
        InputError: The line art has another size, or is no picture.
        HintError: The hints cannot be read, or do not fit.
        OutputError: The file cannot be written.
    """
    color, lines = color.convert("RGB"), Image.fromarray(load_line_art(line_art))
    if lines.size != color.size:
        raise InputError(f"layers: expected line art of {color.width} x {color.height}, received {lines.size}")
    layers = [Layer("lines", lines.convert("RGB"), "svg:multiply")]
    drawn = Hints.of(hints).draw(*color.size)
    if drawn[..., 3].any():
        layers.append(Layer("strokes", Image.fromarray(drawn), shown=False))
    layers.append(Layer("colors", color))
    merged = multiply(color, lines)
    if not isinstance(target, Path):
        _write(target, layers, merged)
        return
    with replacing(target) as temporary, temporary.open("wb") as file:
        _write(file, layers, merged)


def _write(file: BinaryIO, layers: Sequence[Layer], merged: Image.Image) -> None:
    """The archive. Source of its layout: the OpenRaster specification, version 0.0.5."""
    stack = ElementTree.Element("image", version="0.0.5", w=str(merged.width), h=str(merged.height))
    below = ElementTree.SubElement(stack, "stack")
    thumbnail = merged.copy()
    thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
    parts = {"mergedimage.png": merged, "Thumbnails/thumbnail.png": thumbnail}
    for layer in layers:
        place = f"data/{layer.name}.png"
        parts[place] = layer.image
        ElementTree.SubElement(
            below,
            "layer",
            {
                "name": layer.name,
                "src": place,
                "composite-op": layer.mode,
                "visibility": "visible" if layer.shown else "hidden",
            },
        )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # PNG is packed already
        archive.writestr(zipfile.ZipInfo("mimetype"), "image/openraster")  # has to be the first
        archive.writestr(zipfile.ZipInfo("stack.xml"), ElementTree.tostring(stack, "utf-8", xml_declaration=True))
        for place, image in parts.items():
            encoded = io.BytesIO()
            image.save(encoded, "PNG", compress_level=1)
            archive.writestr(zipfile.ZipInfo(place), encoded.getvalue())
