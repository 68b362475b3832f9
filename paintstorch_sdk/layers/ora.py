"""A picture in layers: lines over colors, and the strokes, in one OpenRaster file for Krita, GIMP or MyPaint."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from ..files import replacing
from ..imaging.png import encode_png
from .stack import Layer, merge_layers

SUFFIX = ".ora"
THUMBNAIL = 256  # pixels of its long side, as the format has it


_BLENDS = {"normal": "svg:src-over", "multiply": "svg:multiply", "screen": "svg:screen"}


def save_layers(target: Path | BinaryIO, layers: Sequence[Layer], comment: str = "") -> None:
    """Write an OpenRaster file; equal pictures give equal bytes.

    Args:
        target: A path, replaced atomically, or a stream.
        layers: Layers from the top down, see `stack_layers`.
        comment: Comment of the archive.

    Raises:
        OutputError: The file cannot be written.
    """
    if not isinstance(target, Path):
        _write(target, layers, merge_layers(layers), comment)
        return
    with replacing(target) as temporary, temporary.open("wb") as file:
        _write(file, layers, merge_layers(layers), comment)


def _write(file: BinaryIO, layers: Sequence[Layer], merged: Image.Image, comment: str) -> None:
    """The archive. Source of its layout: the OpenRaster specification, version 0.0.5."""
    from xml.etree import ElementTree  # here: nothing else needs it, and it takes a while

    stack = ElementTree.Element("image", version="0.0.5", w=str(merged.width), h=str(merged.height))
    below = ElementTree.SubElement(stack, "stack")
    thumbnail = merged.copy()
    thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
    parts = {"mergedimage.png": merged, "Thumbnails/thumbnail.png": thumbnail}
    groups: dict[str, ElementTree.Element] = {}
    for layer in layers:
        place = f"data/{layer.name.replace(' ', '_')}.png"
        parts[place] = layer.image
        shown = {"visibility": "visible" if layer.visible else "hidden"}
        parent = below
        if layer.group:
            if layer.group not in groups:
                groups[layer.group] = ElementTree.SubElement(below, "stack", {"name": layer.group, **shown})
            parent = groups[layer.group]
            shown = {"visibility": "visible"}  # a hidden group hides them
        left, top = layer.place
        place_of = {"x": str(left), "y": str(top)} if layer.place != (0, 0) else {}
        blend = {"composite-op": _BLENDS[layer.blend]}
        ElementTree.SubElement(parent, "layer", {"name": layer.name, "src": place, **blend, **shown, **place_of})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # PNG is packed already
        archive.comment = comment.encode()
        archive.writestr(zipfile.ZipInfo("mimetype"), "image/openraster")  # has to be the first
        archive.writestr(zipfile.ZipInfo("stack.xml"), ElementTree.tostring(stack, "utf-8", xml_declaration=True))
        for place, image in parts.items():
            archive.writestr(zipfile.ZipInfo(place), encode_png(np.asarray(image)))
