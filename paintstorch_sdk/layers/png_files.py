"""A picture in layers as PNG files: the picture, and beside it a folder with a file for each layer."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from ..errors import OutputError
from ..imaging.images import save
from .stack import Layer, merge_layers

SUFFIX = ".png"
FOLDER = ".layers"
HEAD = 2**17  # bytes of a picture, in which its EXIF data stands
_LAYERS = re.compile(rb"; (\d+) layers\0")


def save_layers(target: Path | BinaryIO, layers: Sequence[Layer], comment: str = "") -> None:
    """Write NAME.png, the picture, and NAME.layers/LAYER.png of the picture's size.

    Args:
        target: The path NAME.png; written last.
        layers: Layers from the top down, see `stack_layers`; their files are numbered in this order.
        comment: Comment of every file, as the software that made it.

    Raises:
        OutputError: A file cannot be written, or the target is a stream.
    """
    if not isinstance(target, Path):
        raise OutputError("png-layers: expected a file to write, received a stream; name one: -o")
    merged = merge_layers(layers)
    folder = target.with_suffix(FOLDER)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror}") from error
    for number, layer in enumerate(layers, 1):
        image = layer.image
        if image.size != merged.size:
            image = Image.new("RGBA", merged.size)
            image.paste(layer.image, layer.place)
        save(image, folder / f"{number:02}.{layer.name.replace(' ', '-')}.png", software=comment)
    save(merged, target, software=comment and f"{comment}; {len(layers)} layers")


def list_files(target: Path) -> list[Path] | None:
    """The files of the layers beside NAME.png; None where one of those that the picture says it has is missing."""
    files = sorted(target.with_suffix(FOLDER).glob("[0-9][0-9]*.png"))
    with target.open("rb") as file:
        said = _LAYERS.search(file.read(HEAD))
    numbers = {file.name.partition(".")[0].lstrip("0") for file in files}
    if said and not numbers.issuperset(map(str, range(1, int(said[1]) + 1))):
        return None
    return files
