"""The kernels in NumPy: what each computes, pixel by pixel, and what the CPU path computes as well.

The CPU path itself runs on Pillow, which is faster; these twins follow Pillow's arithmetic bit for bit
(tests/kernels/test_kernels_reference.py compares them), and the kernels' pixel functions follow these.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import HINT_STEP, Geometry
from paintstorch_sdk.imaging.xdog import XDoG, gaussian, otsu

from .tables import WEIGHT_BITS, reduction, resample_table, stroke_tables

PAPER = 255

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.integer[Any]]
Precision: TypeAlias = type[np.float32] | type[np.float16]


def luma(rgb: Bytes) -> Bytes:
    """Gray uint8 H,W of uint8 H,W,3: Rec. 601 in 16-bit fixed point, as Pillow's convert("L")."""
    weighted = rgb.astype(np.int32) @ np.array([19595, 38470, 7471], np.int32)
    return ((weighted + 0x8000) >> 16).astype(np.uint8)


def product(a: Bytes, b: Bytes) -> Bytes:
    """a * b / 255, rounded, as Pillow's convert("RGBa") and its paste() through a mask."""
    exact = a.astype(np.int32) * b + 128
    return (((exact >> 8) + exact) >> 8).astype(np.uint8)


def premultiply(rgba: Bytes) -> Bytes:
    """uint8 H,W,4: red, green and blue times alpha / 255."""
    return np.concatenate([product(rgba[..., :3], rgba[..., 3:]), rgba[..., 3:]], axis=-1)


def mean8(sums: Ints, counts: Ints) -> Bytes:
    """Rounded means of `counts` 8-bit values, by a fixed-point reciprocal, as Pillow's reduce()."""
    means: Bytes = (((sums + counts // 2) * ((1 << 24) // counts)) >> 24).astype(np.uint8)
    return means


def unit(values: Bytes) -> Floats:
    """[0, 255] -> [-1, 1]."""
    return values.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def quantize(values: NDArray[np.floating[Any]]) -> Bytes:
    """[-1, 1] -> uint8, rounded and cut."""
    scaled = values.astype(np.float32) * np.float32(127.5) + np.float32(128.0)
    cut: Bytes = np.clip(scaled, 0.0, 255.0).astype(np.uint8)
    return cut


def reduce(picture: Bytes, factor_x: int, factor_y: int) -> Bytes:
    """Means of blocks of uint8 H,W,C; those at the right and lower border may be smaller."""
    height, width = picture.shape[:2]
    rows, columns = np.arange(0, height, factor_y), np.arange(0, width, factor_x)
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.int64), rows, axis=0), columns, axis=1)
    counts = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    return mean8(sums, counts[..., None])


def along_columns(picture: Bytes, table: NDArray[np.int32]) -> Bytes:
    """Resize the first axis of uint8 H,... with a table of `resample_table`; rounded to 8 bits."""
    first, count, weights = table[0], table[1], table[2:]
    sums = np.full((table.shape[1], *picture.shape[1:]), 1 << (WEIGHT_BITS - 1), np.int32)
    for tap, weight in enumerate(weights):
        rows = np.minimum(first + np.minimum(tap, count - 1), len(picture) - 1)
        sums += picture[rows] * weight.reshape(-1, *(1,) * (picture.ndim - 1))
    rounded: Bytes = np.clip(sums >> WEIGHT_BITS, 0, 255).astype(np.uint8)
    return rounded


def resize(picture: Bytes, size: tuple[int, int], extents: tuple[float, float] | None = None) -> Bytes:
    """Resize uint8 H,W or H,W,C as Pillow's BILINEAR: along the rows, rounded to 8 bits, along the columns.

    Args:
        picture: uint8.
        size: (width, height) after.
        extents: (x, y) pixels of the picture, from its top left corner, that are resized; None is all.
    """
    x, y = extents or (None, None)
    wide = along_columns(picture.swapaxes(0, 1), resample_table(picture.shape[1], size[0], x)).swapaxes(0, 1)
    return along_columns(wide, resample_table(picture.shape[0], size[1], y))


def pack_line_art(line_art: Bytes, geometry: Geometry, dtype: Precision = np.float32) -> NDArray[np.floating[Any]]:
    """Line art uint8 H,W or H,W,3 -> 1,1,H,W in [-1, 1], padded with paper: `preprocess.line_art_tensor`."""
    gray = line_art if line_art.ndim == 2 else luma(line_art)
    scaled = resize(gray, geometry.working)
    width, height = geometry.padded
    padded = np.full((1, 1, height, width), PAPER, np.uint8)
    padded[0, 0, : geometry.working_height, : geometry.working_width] = scaled
    return unit(padded).astype(dtype)


def pack_hints(
    layer: Bytes | None, strokes: Sequence[Stroke], geometry: Geometry, dtype: Precision = np.float32
) -> NDArray[np.floating[Any]]:
    """An RGBA layer uint8 H,W,4 and strokes -> the hint map 1,4,H/4,W/4: `Hints.rasterize`."""
    width, height = geometry.hint_map
    hint_map = np.zeros((4, height, width), np.float32)
    if layer is not None:
        premultiplied = premultiply(layer)
        own_height, own_width = layer.shape[:2]
        factor_x, factor_y = reduction(own_width, own_height, geometry)
        extents = own_width / factor_x, own_height / factor_y
        working = resize(reduce(premultiplied, factor_x, factor_y), geometry.working, extents)
        padded = np.zeros((geometry.padded[1], geometry.padded[0], 4), np.uint8)
        padded[: geometry.working_height, : geometry.working_width] = working
        hint_map = reduce(padded, HINT_STEP, HINT_STEP).transpose(2, 0, 1).astype(np.float32) / np.float32(255.0)
        hint_map[:3] = np.float32(2.0) * hint_map[:3] - hint_map[3]
    table, segments = stroke_tables(strokes, geometry.to_hint_map, geometry.hint_map)
    for stroke in table:
        covered = coverage(stroke, segments, width, height)
        hint_map *= np.float32(1.0) - covered
        hint_map[:3] += covered * stroke[8:].astype(np.float32)[:, None, None]
        hint_map[3] += covered
    return hint_map[None].astype(dtype)


def coverage(stroke: NDArray[np.float64], segments: NDArray[np.float64], width: int, height: int) -> Floats:
    """How much of each pixel of a hint map a stroke of `stroke_tables` covers: float32 height,width in [0, 1]."""
    x, y = np.arange(width)[None, :] + 0.5, np.arange(height)[:, None] + 0.5
    most = np.zeros((height, width))
    first, count = int(stroke[4]), int(stroke[5])
    for x0, y0, x1, y1 in segments[first : first + count]:
        dx, dy, ux, uy = x - x0, y - y0, x1 - x0, y1 - y0
        length2 = ux * ux + uy * uy
        if length2 > 0.0:
            along = np.clip((dx * ux + dy * uy) / length2, 0.0, 1.0)
            dx, dy = dx - along * ux, dy - along * uy
        np.maximum(most, np.clip(stroke[6] - np.sqrt(dx * dx + dy * dy), 0.0, 1.0), out=most)
    covered: Floats = most.astype(np.float32) * np.float32(stroke[7])
    return covered


def unpack_color(color: NDArray[np.floating[Any]], geometry: Geometry, line_art: Bytes | None) -> Bytes:
    """The painter's 3,H,W in [-1, 1] -> uint8 H,W,3 of the line art's size: `postprocess.color_image`."""
    content = quantize(color[:, : geometry.working_height, : geometry.working_width]).transpose(1, 2, 0)
    picture = resize(content, (geometry.width, geometry.height))
    if line_art is None:
        return picture
    return product(picture, line_art[..., None] if line_art.ndim == 2 else line_art)


def luminance(picture: Bytes) -> Floats:
    """Luminance float32 H,W in [0, 1]; added from red to blue, where `xdog.luminance` leaves the order to BLAS."""
    if picture.ndim == 2:
        return picture.astype(np.float32) / np.float32(255.0)
    red, green, blue = np.moveaxis(picture.astype(np.float32), -1, 0)
    weighted = red * np.float32(0.299) + green * np.float32(0.587) + blue * np.float32(0.114)
    scaled: Floats = weighted / np.float32(255.0)
    return scaled


def response(narrow: Floats, wide: Floats, parameters: XDoG) -> Floats:
    """xDoG's soft threshold of the two blurs, float32 in [0, 2]."""
    difference = narrow - np.float32(parameters.gamma) * wide
    soft = np.float32(1.0) - np.tanh(np.clip(np.float32(parameters.phi) * difference, -50.0, 50.0))
    soft[difference < np.float32(parameters.epsilon)] = 1.0
    return soft


def levels(responses: Floats) -> Bytes | None:
    """Responses as 256 levels between the lowest and the highest; None where there is no difference."""
    low, high = float(responses.min()), float(responses.max())
    if high - low < 1e-6:
        return None
    steps: Bytes = np.rint((responses - np.float32(low)) * np.float32(255.0 / (high - low))).astype(np.uint8)
    return steps


def xdog(picture: Bytes, parameters: XDoG | None = None) -> Bytes:
    """Lines of a picture uint8 H,W or H,W,3: `xdog.xdog`; where rounding decides, a pixel may differ."""
    p = parameters or XDoG()
    gray = luminance(picture)
    steps = levels(response(gaussian(gray, p.sigma), gaussian(gray, p.sigma * p.k), p))
    if steps is None:
        return np.full(gray.shape, PAPER, np.uint8)
    return np.where(steps > otsu(steps), 0, 255).astype(np.uint8)
