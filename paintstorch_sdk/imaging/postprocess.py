"""Network tensors -> a uint8 picture of the line art's size, with the lines on top."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import BackendError
from .geometry import Geometry


def color_image(
    color: NDArray[np.float32], geometry: Geometry, line_art: NDArray[np.uint8] | None = None
) -> Image.Image:
    """The colored picture.

    Args:
        color: float32 3,H,W in [-1, 1], what the painter gives, padded.
        geometry: Geometry of the line art.
        line_art: uint8 H,W or H,W,3 at the full size, multiplied onto the colors; None leaves the network's own lines.

    Returns:
        RGB image of the line art's size.

    Raises:
        BackendError: A color is NaN.
    """
    content = color[:, : geometry.working_height, : geometry.working_width]
    scaled = np.multiply(content, np.float32(127.5))
    scaled += np.float32(128.0)  # 127.5 to shift the range, 0.5 to round
    np.clip(scaled, 0.0, 255.0, out=scaled)
    try:
        with np.errstate(invalid="raise"):  # of the cast: NaN has no integer
            pixels = scaled.astype(np.uint8)
    except FloatingPointError as error:
        raise BackendError("the network produced NaN; try precision='fp32'") from error
    image = Image.merge("RGB", [Image.fromarray(channel) for channel in pixels])
    size = (geometry.width, geometry.height)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    return image if line_art is None else multiply(image, Image.fromarray(line_art))


def multiply(image: Image.Image, lines: Image.Image) -> Image.Image:
    """The product of two pictures, rounded; `lines` is of mode L or RGB."""
    if lines.mode == "RGB":
        bands = zip(image.split(), lines.split(), strict=True)
        return Image.merge("RGB", [multiply(band, line) for band, line in bands])
    # Pasted over black through the lines as a mask: 17 ms at 4K, where ImageChops.multiply takes 28 and
    # does not round.
    product = Image.new(image.mode, image.size)
    product.paste(image, mask=lines)
    return product
