"""uint8 pictures -> network tensors."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .geometry import Geometry
from .scaling import scaled

PAPER = 255
_UNIT = (np.arange(256, dtype=np.float32) / np.float32(127.5) - np.float32(1.0)).astype(np.float32)


def line_art_tensor(line_art: NDArray[np.uint8], geometry: Geometry) -> NDArray[np.float32]:
    """Scale line art to its working size and pad it with white paper.

    Scaling down averages (a triangle filter over all the pixels that one covers), so thin lines fade
    instead of breaking up; nothing is scaled up.

    Args:
        line_art: uint8 H,W gray or H,W,3 RGB.
        geometry: Geometry of this line art.

    Returns:
        float32 1,1,H,W in [-1, 1], paper is 1; H and W are multiples of 32.
    """
    image = Image.fromarray(line_art)
    if image.mode != "L":
        image = image.convert("L")
    if image.size != geometry.working:
        image = scaled(image, geometry.working)
    width, height = geometry.padded
    padded = np.full((1, 1, height, width), _UNIT[PAPER])
    padded[0, 0, : geometry.working_height, : geometry.working_width] = _UNIT.take(np.asarray(image))
    return padded
