"""Hints as marks on a drawing: which stroke, or which part of a layer, covers a pixel on top."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import HintError
from .model import Hints
from .raster import covers, fill

Ids = NDArray[np.int32]

VISIBLE = 24  # alpha from which a layer's pixel is a hint: soft brushes count, the last haze of their rim does not
ALIKE = 3  # bits of a channel within which a layer's colors are one brush
MAX_BRUSHES = 256  # colors of a layer that are told apart; the rarest of more join the nearest
MAX_FILLED = 2**33  # pixels of a label map that the segments of all strokes fill, one by one


@dataclass(frozen=True, eq=False)
class Rim:
    """Where the color of a mark fades into that of its regions (see `exact`).

    Attributes:
        inside: int64, the mark's places in the flat map.
        own: int64, the regions in which it fades.
        places: int64 N, where it fades.
        weights: float32 N,1, how much of its color is there.
    """

    inside: NDArray[np.int64]
    own: NDArray[np.int64]
    places: NDArray[np.int64]
    weights: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of hints on the pixels of a label map.

    Attributes:
        top: int32 H,W, the number of the mark that lies on top, from 0 on; -1 where there is none.
        colors: uint8 M,3, red, green, blue of each mark.
        extents: float32 M, the largest way across each mark, pixels.
        widths: float32 M, the brush's width, pixels.
        strokes: How many of the marks, the last ones, are strokes, in their order; the others are parts of a layer.
        rims: Those that were found, by mark, for marks that follow these.
    """

    top: Ids
    colors: NDArray[np.uint8]
    extents: NDArray[np.float32]
    widths: NDArray[np.float32]
    strokes: int
    rims: dict[int, Rim] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.colors)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """int64 N: where marks lie, in the flat map of `top`."""
        return np.flatnonzero(self.top.ravel() >= 0)

    def shrink(self, size: tuple[int, int]) -> Ids:
        """int32 h,w: `top` at a smaller (width, height)."""
        top: NDArray[np.float32] = cv2.resize(self.top.view(np.float32), size, interpolation=cv2.INTER_NEAREST)
        return top.view(np.int32)  # moved, not computed with: OpenCV does not resize integers of 32 bits


def draw_marks(hints: Hints, size: tuple[int, int], scale: float, before: Marks | None = None) -> Marks:
    """Draw hints on a label map.

    Args:
        hints: See `Hints`.
        size: (width, height) of the label map.
        scale: Factor from line-art pixels to the label map's.
        before: Marks of hints that these follow: only what is new is drawn.

    Raises:
        HintError: The strokes would take too long to draw.
    """
    colors: list[tuple[int, int, int]] = []
    extents: list[float] = []
    widths: list[float] = []
    if before is None:
        top = np.full((size[1], size[0]), -1, np.int32)
        if hints.layer is not None:
            colors, extents, widths = _draw_layer(hints, top)
        first, strokes = len(colors), hints.strokes
    else:
        top, first, strokes = before.top.copy(), len(before), hints.strokes[before.strokes :]
    filled = 0.0
    for number, stroke in enumerate(strokes, first):
        points = np.asarray(stroke.points, np.float64) * scale
        width = max(1.0, stroke.width * scale)
        lengths = np.minimum(np.hypot(*np.diff(points, axis=0).T), sum(size)) + width
        filled += float(np.minimum(lengths * width, size[0] * size[1]).sum())
        if filled > MAX_FILLED and not covers(points, 0.5 * width, size):
            raise HintError(
                f"{hints.name}: expected strokes of at most {MAX_FILLED:,} pixels in all, each segment counted; give "
                f"fewer points to wide and long strokes"
            )
        fill(top, points, width, number)
        colors.append(stroke.rgb)
        extents.append(float(np.hypot(*np.ptp(points, axis=0))) + width)
        widths.append(width)
    table = np.array(colors, np.uint8).reshape(-1, 3)
    sizes = np.array([extents, widths], np.float32)
    if before is not None:
        table = np.concatenate([before.colors, table])
        sizes = np.concatenate([[before.extents, before.widths], sizes], 1)
    return Marks(top, table, sizes[0], sizes[1], len(hints.strokes), {} if before is None else before.rims)


def _draw_layer(hints: Hints, top: Ids) -> tuple[list[tuple[int, int, int]], list[float], list[float]]:
    """The parts of a layer: connected, of one color."""
    layer = hints.picture()
    height, width = top.shape
    if layer.shape[:2] != top.shape:
        shrinks = layer.shape[0] > height
        layer = cv2.resize(layer, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    seen = layer[..., 3] >= VISIBLE
    if not seen.any():
        return [], [], []
    rgb = layer[..., :3][seen]
    brush = _tell_brushes(rgb)
    of_brush = np.full(top.shape, -1, np.int32)
    of_brush[seen] = brush
    colors: list[tuple[int, int, int]] = []
    extents: list[float] = []
    widths: list[float] = []
    for number in range(int(brush.max()) + 1):
        mask = (of_brush == number).view(np.uint8)
        count, parts, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        if count == 1:
            continue
        color = np.median(rgb[brush == number], 0)
        inside = mask.view(bool)
        top[inside] = parts[inside] - 1 + len(colors)
        for part in range(1, count):
            box = boxes[part]
            reach = float(np.hypot(box[cv2.CC_STAT_WIDTH], box[cv2.CC_STAT_HEIGHT]))
            colors.append((int(color[0]), int(color[1]), int(color[2])))
            extents.append(reach)
            widths.append(float(box[cv2.CC_STAT_AREA]) / max(reach, 1.0))
    return colors, extents, widths


def _tell_brushes(rgb: NDArray[np.uint8]) -> Ids:
    """Number the colors of pixels, N,3: nearly equal ones are of one brush."""
    keys = (rgb >> ALIKE).astype(np.int32)
    key = keys[:, 0] << 10 | keys[:, 1] << 5 | keys[:, 2]
    values, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    order = np.argsort(-counts)
    chosen: list[int] = []
    number = np.zeros(len(values), np.int32)
    channels = np.stack([values >> 10, values >> 5 & 31, values & 31], 1)
    for index in order:
        if chosen:
            steps = np.abs(channels[chosen] - channels[index]).max(1)
            nearest = int(steps.argmin())
            if steps[nearest] <= 1 or len(chosen) == MAX_BRUSHES:
                number[index] = nearest
                continue
        number[index] = len(chosen)
        chosen.append(int(index))
    result: Ids = number[inverse.ravel()]
    return result
