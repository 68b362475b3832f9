"""The ink layer: lines of varying width, as a style draws them, at twice the drawing's size."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from .curves import Points, Rng, normals, resample
from .line_styles import LineStyle

Mask: TypeAlias = NDArray[np.uint8]
Window: TypeAlias = tuple[slice, slice]

INK_SCALE = 2  # the line layer has this many pixels per pixel
FRACTION = 4  # bits of the fixed-point coordinates that OpenCV takes


class InkLayer:
    """Where ink is: `pixels`, uint8 S*2,S*2, 255 is full ink. All ways are points in pixels of the drawing.

    Args:
        size: Side of the drawing, pixels.
        style: Style of the lines.
        rng: Source of the lines' irregularities.
    """

    def __init__(self, size: int, style: LineStyle, rng: Rng) -> None:
        self.size, self.style, self.rng = size, style, rng
        self.pen = 1.0  # factor of all widths
        self.pixels = np.zeros((size * INK_SCALE, size * INK_SCALE), np.uint8)

    @property
    def scale(self) -> float:
        """Pixels per pixel of a picture of 512: styles are given for that."""
        return self.size / 512

    def draw_way(
        self,
        way: Points,
        weight: float = 1.0,
        start: float = 0.35,
        end: float = 0.35,
        clip: Mask | None = None,
        rough: bool = True,
        tip: float = 0.0,
    ) -> None:
        """Draw a line; the arguments are those of `Cel.stroke`, `clip` is uint8 S,S."""
        style, rng, scale = self.style, self.rng, self.scale
        extent = float(np.abs(np.diff(way, axis=0)).sum())
        way = resample(way, float(np.clip(extent / 14, 0.8, 3.2 * scale)))
        if extent < 1.0:
            return

        def draw(way: Points, weight: float, start: float, end: float) -> None:
            self._draw_ribbon(way, weight, start, end, clip, tip)

        for again in range(style.passes):
            drawn = way
            if again or (style.passes > 1 and rough):
                drawn = self._strayed(way, 0.9 * scale)
            if not rough or extent < 24 * scale:
                draw(drawn, weight, start, end)
                continue
            if rng.random() < style.overshoot and end > 0:
                on = drawn[-1] - drawn[-3]
                on = on / (np.hypot(*on) + 1e-9)
                drawn = np.vstack([drawn, drawn[-1] + on * np.linspace(1, rng.uniform(2, 6) * scale, 4)[:, None]])
            if rng.random() < style.again:
                a, b = int(len(way) * rng.uniform(0, 0.35)), int(len(way) * rng.uniform(0.65, 1))
                if b - a > 6:
                    draw(way[a:b] + rng.normal(0, 0.9 * scale, 2), weight * 0.7, 0.4, 0.4)
            if rng.random() < style.gap and extent > 40 * scale:
                middle, half = rng.uniform(0.2, 0.8), rng.uniform(1.5, 5) * scale / extent
                a, b = int((middle - half) * len(drawn)), int((middle + half) * len(drawn)) + 1
                if a > 4 and len(drawn) - b > 4:
                    draw(drawn[:a], weight, start, 0.25)
                    draw(drawn[b:], weight, 0.25, end)
                    continue
            draw(drawn, weight, start, end)

    def draw_outline(self, way: Points, weight: float, opens: Sequence[tuple[Points, float]]) -> None:
        """Draw a closed line, except in the circles `opens` (center, radius) and along the border of the drawing."""
        shown = np.ones(len(way), bool)
        for center, radius in opens:
            shown &= np.hypot(*(way - center).T) > radius
        low, high = way.min(0), way.max(0)
        margin = 2.0  # an outline along the border of the cel is no line
        shown &= (way > margin - 1).all(1) & (way < self.size - margin).all(1)
        if (high - low).max() < 2 or not shown.any():
            return
        if shown.all():
            start = int(self.rng.integers(len(way)))
            self.draw_way(np.vstack([way[start:], way[: start + 1]]), weight, 0.0, 0.0)
            return
        first = int(np.flatnonzero(~shown)[0])
        way, shown = np.roll(way, -first, 0), np.roll(shown, -first)
        edges = np.flatnonzero(np.diff(np.r_[0, shown.astype(int), 0]))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a > 6:
                self.draw_way(way[a:b], weight, 0.12, 0.12)

    def _strayed(self, way: Points, amount: float) -> Points:
        a = self.rng.normal(0, amount, (2, 2))
        u = np.linspace(0, 1, len(way))[:, None]
        strayed: Points = way + a[0] * (1 - u) + a[1] * u
        return strayed

    def _draw_ribbon(self, way: Points, weight: float, start: float, end: float, clip: Mask | None, tip: float) -> None:
        style, rng, scale = self.style, self.rng, self.scale
        count = len(way)
        u = np.linspace(0, 1, count)
        pressure = np.ones(count)
        if style.taper > 0:
            if start > 0:
                pressure = np.minimum(pressure, tip + (1 - tip) * np.clip(u / start, 0, 1) ** style.taper)
            if end > 0:
                pressure = np.minimum(pressure, tip + (1 - tip) * np.clip((1 - u) / end, 0, 1) ** style.taper)
        knots = max(3, count // 10 + 2)
        at = np.linspace(0, 1, knots)
        noise = np.interp(u, at, rng.normal(0, 1, knots))
        sway = np.interp(u, at, rng.normal(0, 1, knots))
        width = style.width * weight * self.pen * scale
        half = np.maximum(width * pressure * (1 + style.swell * noise), style.floor * scale) / 2
        normal = normals(way)
        middle = way + normal * (sway * style.wobble * scale)[:, None]
        left, right = middle + normal * half[:, None], middle - normal * half[:, None]
        target, origin = self.pixels, np.zeros(2)
        window = None
        if clip is not None:
            window = window_of(np.vstack([left, right]), self.size)
            if window is None:
                return
            origin = np.array((window[1].start, window[0].start), np.float64)
            high, wide = window[0].stop - window[0].start, window[1].stop - window[1].start
            target = np.zeros((high * INK_SCALE, wide * INK_SCALE), np.uint8)
        for i in range(0, count - 1, 7):  # pieces: one long polygon that crosses itself would have holes
            piece = np.vstack([left[i : i + 8], right[i : i + 8][::-1]])
            cv2.fillPoly(target, [_fine(piece - origin)], 255, cv2.LINE_AA, FRACTION)
        if clip is not None and window is not None:
            target &= enlarge(clip[window])
            area = self.pixels[_finer(window)]
            np.maximum(area, target, out=area)

    def fill(self, shape: Points, clip: Mask | None = None, value: int = 255) -> None:
        """Ink a whole shape, or with value 0 clear it."""
        if clip is None:
            cv2.fillPoly(self.pixels, [_fine(shape)], value, cv2.LINE_AA, FRACTION)
            return
        window = window_of(shape, self.size)
        if window is None:
            return
        origin = (window[1].start, window[0].start)
        high, wide = window[0].stop - origin[1], window[1].stop - origin[0]
        target = np.zeros((high * INK_SCALE, wide * INK_SCALE), np.uint8)
        cv2.fillPoly(target, [_fine(shape - origin)], 255, cv2.LINE_AA, FRACTION)
        target &= enlarge(clip[window])
        area = self.pixels[_finer(window)]
        if value:
            np.maximum(area, target, out=area)
        else:
            area[target > 0] = 0

    def clear(self, shapes: Sequence[Points]) -> None:
        """Remove all ink within outlines (even-odd)."""
        cv2.fillPoly(self.pixels, [_fine(shape) for shape in shapes], 0, shift=FRACTION)

    def clear_mask(self, fine: Mask, window: Window) -> None:
        """Remove all ink where a mask of a window, at the layer's own scale, is not 0."""
        self.pixels[_finer(window)][fine > 0] = 0

    def add(self, fine: Mask) -> None:
        """Lay more ink over it, uint8 S*2,S*2."""
        np.maximum(self.pixels, fine, out=self.pixels)


def window_of(pixels: Points, size: int, margin: int = 1) -> Window | None:
    """Rows and columns of a drawing that points reach over, or None where they are off it."""
    low = np.maximum(np.floor(pixels.min(0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(pixels.max(0)).astype(int) + margin + 1, size)
    if (high <= low).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def fill_mask(shapes: Sequence[Points], window: Window, scale: int = 1) -> Mask:
    """uint8 mask of a window, 255 within outlines (even-odd), with `scale` pixels per pixel."""
    origin = np.array((window[1].start, window[0].start))
    high, wide = window[0].stop - window[0].start, window[1].stop - window[1].start
    mask = np.zeros((high * scale, wide * scale), np.uint8)
    cv2.fillPoly(mask, [to_fixed((shape - origin) * scale + (scale - 1) / 2) for shape in shapes], 255, shift=FRACTION)
    return mask


def enlarge(mask: Mask) -> Mask:
    """A mask at the ink layer's scale."""
    return mask.repeat(INK_SCALE, 0).repeat(INK_SCALE, 1)


def smooth_outline(outline: Points) -> Points:
    """A closed outline of whole pixels, smoothed and thinned."""
    kernel = np.hanning(13)[1:-1]
    kernel /= kernel.sum()
    wrapped = np.vstack([outline[-5:], outline, outline[:5]])
    smooth = np.stack([np.convolve(wrapped[:, i], kernel, "valid") for i in range(2)], 1)
    return smooth[::2]


def to_fixed(pixels: Points) -> NDArray[np.int32]:
    """Pixel coordinates as OpenCV's fixed point; far ones are cut, since 32 bits overflow."""
    return np.rint(np.clip(pixels, -20000, 20000) * (1 << FRACTION)).astype(np.int32)


def _fine(pixels: Points) -> NDArray[np.int32]:
    """Pixels of the cel as fixed point pixels of the line layer: the center of a pixel stays where it is."""
    return to_fixed(pixels * INK_SCALE + (INK_SCALE - 1) / 2)


def _finer(window: tuple[slice, slice]) -> tuple[slice, slice]:
    rows, columns = window
    return (
        slice(rows.start * INK_SCALE, rows.stop * INK_SCALE),
        slice(columns.start * INK_SCALE, columns.stop * INK_SCALE),
    )
