"""Network tensors -> a uint8 picture of the line art's size, with the lines on top."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from .geometry import Geometry

Lines = Literal["multiply", "none"]
LINES: tuple[Lines, ...] = get_args(Lines)


def colour_image(
    colour: NDArray[np.float32], geometry: Geometry, line_art: NDArray[np.uint8], lines: Lines = "multiply"
) -> Image.Image:
    """The coloured picture.

    Args:
        colour: float32 3,H,W in [-1, 1], what the painter gives, padded.
        geometry: Of the line art.
        line_art: uint8 H,W or H,W,3 at the full size.
        lines: "multiply" lays the original lines over the colours at full resolution; "none" leaves the
            network's own.

    Returns:
        RGB image of the line art's size.
    """
    content = colour[:, : geometry.working_height, : geometry.working_width]
    scaled = np.multiply(content, np.float32(127.5))
    scaled += np.float32(128.0)  # 127.5 to shift the range, 0.5 to round
    np.clip(scaled, 0.0, 255.0, out=scaled)
    image = Image.merge("RGB", [Image.fromarray(channel) for channel in scaled.astype(np.uint8)])
    size = (geometry.width, geometry.height)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    if lines == "multiply":
        image = ImageChops.multiply(image, Image.fromarray(line_art).convert("RGB"))
    return image
