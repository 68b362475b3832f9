"""Make the pictures of docs/color.md: the way of a color, its layers and shade. Run in the root of the repository."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import paintstorch_sdk as pts

HERE = Path(__file__).parent
IMAGES = HERE.parent / "docs" / "images"
SCALE, GAP = 0.6, 12


def lay_over(below: Image.Image, layer: Image.Image) -> Image.Image:
    """A picture with a transparent layer on it."""
    picture = below.convert("RGB")
    picture.paste(layer.convert("RGB"), mask=layer.getchannel("A"))
    return picture


def join(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures of one size side by side."""
    small = [p.resize((round(p.width * SCALE), round(p.height * SCALE)), Image.Resampling.LANCZOS) for p in pictures]
    row = Image.new("RGB", (sum(p.width + GAP for p in small) - GAP, small[0].height), "white")
    for index, picture in enumerate(small):
        row.paste(picture, (index * (picture.width + GAP), 0))
    return row


def main() -> None:
    """Color Sylvie, and show how."""
    with pts.Colorizer() as colorizer:
        canvas = colorizer.canvas(HERE / "sylvie.png", HERE / "sylvie.hints.png")
        flat, paint, soft = (canvas.render(style=style) for style in ("flat", "paint", "soft"))
        shaded = [canvas.render(strength=strength) for strength in (0.0, 0.5, 1.0, 2.0)]
        shaded.append(canvas.render(light="right"))
        layers = {layer.name: layer.image for layer in canvas.layers()}
    lines, strokes = layers["lines"].convert("RGB"), layers["strokes"]
    shades = np.random.default_rng(3).integers(90, 250, (len(canvas.regions), 3)).astype(np.uint8)
    regions = Image.fromarray((shades[canvas.labels].astype(np.uint16) * np.asarray(lines) // 255).astype(np.uint8))
    way = join([lay_over(lines, strokes), regions, flat, paint, soft])
    way.save(IMAGES / "color_way.webp", quality=82)
    join(shaded).save(IMAGES / "color_shade.webp", quality=82)
    blank = Image.new("RGB", lines.size, "white")
    join([lines, lay_over(blank, strokes), layers["colors"], layers["flats"]]).save(
        IMAGES / "color_layers.webp", quality=82
    )


if __name__ == "__main__":
    main()
