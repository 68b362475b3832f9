"""The layers of a colored line art, before they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..imaging.compose import lay_lines
from ..renderer import Colored

Blend = Literal["normal", "multiply", "screen"]
Ends = NDArray[np.int64]
MAX_MASKS = 500  # a program with more layers than that is slow to open the file


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        name: What it shows.
        image: RGB or RGBA; of the picture's size where it is visible.
        blend: How it lies over those below.
        visible: Whether it is shown.
        place: x and y of its top left corner in the picture.
        group: The group that it belongs to; "" is none.
    """

    name: str
    image: Image.Image
    blend: Blend = "normal"
    visible: bool = True
    place: tuple[int, int] = (0, 0)
    group: str = ""


def stack_layers(colored: Colored, masks: bool = False) -> list[Layer]:
    """A colored line art in layers, from above: lines, trace lines, strokes (hidden), colors, flats.

    The visible layers, laid over each other, are the picture.

    Args:
        colored: The picture.
        masks: Whether to add a hidden group with a layer for each region, filled with the region's flat color, to
            select it by; of more than `MAX_MASKS` regions the largest.
    """
    drawing, look = colored.sheet.drawing, colored.look
    line_art = drawing.clean(colored.sheet.line_art) if look.clean_paper else colored.sheet.line_art
    blend: Blend = "screen" if drawing.inverted and not look.clean_paper else "multiply"
    layers = []
    shown = look.lines != "none"
    if drawing.trace is None:
        layers.append(Layer("lines", Image.fromarray(line_art).convert("RGB"), blend, shown))
    else:
        ink, trace = line_art.copy(), np.full_like(line_art, 255)
        ink[drawing.trace] = 255
        trace[drawing.trace] = line_art[drawing.trace]
        layers.append(Layer("lines", Image.fromarray(ink).convert("RGB"), blend, shown))
        layers.append(Layer("trace lines", Image.fromarray(trace).convert("RGB"), blend, look.lines == "multiply"))
    size = colored.sheet.geometry.width, colored.sheet.geometry.height
    drawn = colored.hints.draw(*size)
    if drawn[..., 3].any():
        layers.append(Layer("strokes", Image.fromarray(drawn), visible=False))
    layers.append(Layer("colors", Image.fromarray(colored.colors)))
    layers.append(Layer("flats", Image.fromarray(colored.flats)))
    return layers + _mask_regions(colored) if masks else layers


def _mask_regions(colored: Colored) -> list[Layer]:
    regions, flats = colored.sheet.regions, colored.flats
    height, width = flats.shape[:2]
    labels = regions.labels
    if regions.factor > 1:
        labels = labels.repeat(regions.factor, 0).repeat(regions.factor, 1)[:height, :width]
    largest = set(np.argsort(-regions.area, kind="stable")[:MAX_MASKS].tolist())
    # Boxes around all regions in one pass: where each number comes first and last along rows and columns.
    rows = [np.unique(line) for line in labels]
    columns = [np.unique(line) for line in labels.T]
    (top, bottom), (left, right) = _find_ends(rows, len(regions)), _find_ends(columns, len(regions))
    layers = []
    for number in sorted(largest):
        if top[number] < 0:
            continue
        box = np.s_[top[number] : bottom[number] + 1, left[number] : right[number] + 1]
        mask = (labels[box] == number) * np.uint8(255)
        seed = np.flatnonzero(mask & ~colored.sheet.drawing.walls[box] * np.uint8(255))
        y, x = np.divmod(seed[len(seed) // 2] if seed.size else int(mask.argmax()), mask.shape[1])
        fill = np.empty((*mask.shape, 4), np.uint8)
        fill[..., :3] = flats[box][y, x]
        fill[..., 3] = mask
        place = int(left[number]), int(top[number])
        layers.append(Layer(f"region {number}", Image.fromarray(fill), "normal", False, place, "regions"))
    return layers


def _find_ends(lines: list[np.ndarray[Any, np.dtype[np.int32]]], count: int) -> tuple[Ends, Ends]:
    """The first and the last of the lines that holds each number; -1 where none does."""
    first, last = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    for index, numbers in enumerate(lines):
        last[numbers] = index
    for index in range(len(lines) - 1, -1, -1):
        first[lines[index]] = index
    return first, last


def merge_layers(layers: Sequence[Layer]) -> Image.Image:
    """The visible layers over each other, RGB."""
    merged = Image.new("RGB", layers[0].image.size, "white")
    for layer in reversed(layers):
        if layer.visible:
            merged = _lay(merged, layer)
    return merged


def _lay(below: Image.Image, layer: Layer) -> Image.Image:
    if layer.blend == "normal":
        above = layer.image
        if above.mode == "RGBA":
            below = below.copy()
            below.paste(above, layer.place, above.getchannel("A"))
            return below
        return above
    return Image.fromarray(lay_lines(np.asarray(below), np.asarray(layer.image), layer.blend == "screen"))
