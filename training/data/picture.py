"""A picture as the sources hand it to the builder, and the few array operations that all of them need."""

import io
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONG_SIDE = 512  # pixels
WHITE = (255, 255, 255)
LAYERS = ("flats", "shade", "parts")  # RGB without shadows; L, 255 in full shadow; I;16, ids of parts, 0 is paper

Color: TypeAlias = tuple[int, int, int]  # sRGB, 0..255
Tags: TypeAlias = dict[str, str | int | float | bool]


@dataclass(slots=True)
class SourcePicture:
    """One finished training picture.

    Attributes:
        color: RGB image, long side `LONG_SIDE` pixels.
        lines: Its true line drawing, an L image of the same size (0 line, 255 paper), where the source has one.
        author: Author, where the file itself names one; "" otherwise.
        tags: Known facts about the picture.
        layers: True layers of the same size, by `LAYERS`, where the source has them.
    """

    color: Image.Image
    lines: Image.Image | None = None
    author: str = ""
    tags: Tags = field(default_factory=dict)
    layers: dict[str, Image.Image] = field(default_factory=dict)


def scaled_size(width: int, height: int, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """Width and height in pixels of the same shape with the long side given."""
    scale = long_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def on_background(layer: Image.Image, background: Image.Image | Color = WHITE) -> Image.Image:
    """Flatten an RGBA layer on a color or on an RGB image of the same size; returns RGB."""
    if isinstance(background, tuple):
        background = Image.new("RGB", layer.size, background)
    canvas = background.convert("RGBA")
    canvas.alpha_composite(layer.convert("RGBA"))
    return canvas.convert("RGB")


def encode_png(image: Image.Image) -> bytes:
    """The content of a PNG file."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def is_useful(picture: Image.Image) -> bool:
    """Whether an RGB picture teaches coloring: it has colors, drawn things on it, and edges to draw.

    The limits were set by eye on the clip art: they drop blank, gray, line-only and noisy pictures.
    """
    small = picture.copy()
    small.thumbnail((128, 128))
    pixels = np.asarray(small).astype(np.int16)
    high, low = pixels.max(axis=2), pixels.min(axis=2)
    paper = float((low > 245).mean())
    colored = float(((high - low) > 0.16 * high).mean(where=high > 40)) if (high > 40).any() else 0.0
    edges = edge_share(pixels.mean(axis=2))
    return paper < 0.93 and colored > 0.04 and 0.01 < edges < 0.45


def edge_share(gray: NDArray[np.floating]) -> float:
    """Share of the pixels of gray H,W in [0, 255] that differ from the right or lower neighbor by over 24."""
    right = np.abs(np.diff(gray, axis=1))[:-1]
    down = np.abs(np.diff(gray, axis=0))[:, :-1]
    return float((np.maximum(right, down) > 24).mean())
