"""Colors of four bytes, red, green, blue and 255, in one number: moved several times as fast as three bytes are."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Packed = NDArray[np.uint32]
Pixels = NDArray[np.uint8]


def pack(colors: Pixels) -> Packed:
    """uint32 of any shape, of uint8 of that shape and 3 bands more."""
    shape = colors.shape[:-1]
    flat = np.ascontiguousarray(colors).reshape(1, -1, 3)
    return cv2.cvtColor(flat, cv2.COLOR_RGB2RGBA).view(np.uint32).reshape(shape) if flat.size else np.zeros(shape, "u4")


def unpack(packed: Packed) -> Pixels:
    """uint8 of a map's shape and 3 bands more, in memory of its own."""
    pixels: Pixels = cv2.cvtColor(as_bytes(packed.reshape(len(packed), -1)), cv2.COLOR_RGBA2RGB)
    return pixels.reshape(*packed.shape, 3)


def as_bytes(packed: Packed) -> Pixels:
    """uint8 of a map's shape and 4 bands more, on the same memory."""
    return packed.view(np.uint8).reshape(*packed.shape, 4)


def to_image(packed: Packed) -> Image.Image:
    """RGB picture of a map, in memory of its own."""
    size = packed.shape[1], packed.shape[0]
    image = Image.new("RGB", size, None)  # not filled first
    image.frombytes(packed, "raw", "RGBX")
    return image
