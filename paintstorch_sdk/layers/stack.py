"""The layers of a colored line art, before they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from ..imaging.compose import lay_lines
from ..renderer import Colored

Blend = Literal["normal", "multiply", "screen"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        name: What it shows.
        image: RGB or RGBA of the picture's size.
        blend: How it lies over those below.
        visible: Whether it is shown.
    """

    name: str
    image: Image.Image
    blend: Blend = "normal"
    visible: bool = True


def stack_layers(colored: Colored) -> list[Layer]:
    """A colored line art in layers, from above: lines, trace lines, strokes (hidden), colors, flats.

    The visible layers, laid over each other, are the picture.
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
    return layers


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
            below.paste(above, mask=above.getchannel("A"))
            return below
        return above
    return Image.fromarray(lay_lines(np.asarray(below), np.asarray(layer.image), layer.blend == "screen"))
