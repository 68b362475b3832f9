"""The canvas: exact layers that are painted from back to front in the drawing's own units."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curves import Points, Rng, as_points, ellipse, normals, resample
from .line_styles import LineStyle

Mask = NDArray[np.uint8]
Color = tuple[int, int, int]
Shape = Points | Sequence[Points]

INK_SCALE = 2  # the line layer has this many pixels per pixel
FRACTION = 4  # bits of the fixed-point coordinates that OpenCV takes
GROUPS = 64  # ids of groups per figure


class Group(IntEnum):
    """What a part belongs to, where shadows are cast."""

    BACKDROP = 0
    BEHIND = 1
    BACK_HAIR = 2
    TAIL = 3
    NECK = 4
    BODY = 5
    LEG = 6
    ARM = 7
    CLOTH = 8
    BOTTOM = 9
    SLEEVE = 10
    COLLAR = 11
    FACE = 12
    EAR = 13
    EYE = 14
    MOUTH = 15
    SIDE_HAIR = 16
    FRONT_HAIR = 17
    ACCESSORY = 18
    HAT = 19
    PROP = 20
    HAND = 21
    FRONT_SLEEVE = 22


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a drawing: what has one flat color.

    Attributes:
        name: Such as "hair.front"; equal names of one figure are one part.
        material: "skin", "hair", "eye", "iris", "mouth", "cloth", "thing" or "backdrop".
        group: Figure times `GROUPS` plus a `Group`.
        color: RGB, 0..255.
    """

    name: str
    material: str
    group: int
    color: Color


@dataclass(slots=True)
class Painted:
    """Where a shape came to lie: its mask within a window of the canvas."""

    mask: Mask
    window: tuple[slice, slice]


class Canvas:
    """Layers of one drawing.

    Shapes and lines are given in units; `frame` (2,3) takes them to pixels. Painting a shape hides what lies below:
    its parts, shadows and lines.

    Args:
        size: Side, pixels.
        style: Of the lines.
        light: Unit vector toward the light, in pixels (y points down).
        rng: Of what is drawn and of the lines' irregularities.
    """

    def __init__(self, size: int, style: LineStyle, light: ArrayLike, rng: Rng) -> None:
        self.size, self.style, self.rng = size, style, rng
        self.line_rng = np.random.default_rng(
            rng.integers(1 << 62)
        )  # of its own: what is drawn is the same at any size
        self.light: Points = np.asarray(light, np.float64)
        self.frame: NDArray[np.float64] = np.array([[1.0, 0, 0], [0, 1.0, 0]])
        self.figure = 0
        self.faces: dict[int, int] = {}  # pixels of each figure's face, before anything lay over it
        self.pen = 1.0  # factor of all line widths
        self.shadow = 1.0  # factor of all shadow widths
        self.table: list[Part] = [Part("paper", "paper", 0, (255, 255, 255))]
        self._ids: dict[tuple[int, str], int] = {}
        self.ink = np.zeros((size * INK_SCALE, size * INK_SCALE), np.uint8)
        self.parts = np.zeros((size, size), np.uint16)
        self.shade = np.zeros((size, size), np.uint8)
        self.highlight = np.zeros((size, size), np.uint8)
        self.blush = np.zeros((size, size), np.uint8)

    # frames

    @property
    def unit(self) -> float:
        """Pixels per unit."""
        return float(np.sqrt(abs(np.linalg.det(self.frame[:, :2]))))

    @property
    def facing(self) -> float:
        """-1 where the frame mirrors, else 1."""
        return 1.0 if np.linalg.det(self.frame[:, :2]) > 0 else -1.0

    @property
    def light_x(self) -> float:
        """Side of the light in the frame's own units: -1 or 1."""
        return float(np.sign(self.light[0]) or 1.0) * self.facing

    def to_pixels(self, points: ArrayLike) -> Points:
        """Points in units to pixels of the canvas."""
        placed: Points = as_points(points) @ self.frame[:, :2].T + self.frame[:, 2]
        return placed

    @contextmanager
    def moved(
        self, move: ArrayLike = (0.0, 0.0), turn: float = 0.0, scale: float = 1.0, pivot: ArrayLike = (0.0, 0.0)
    ) -> Iterator[None]:
        """Within the block units are scaled and turned (radians) around the pivot, then moved."""
        before = self.frame
        cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
        around = np.asarray(pivot, np.float64)
        linear = np.array([[cos, -sin], [sin, cos]])
        offset = around - linear @ around + np.asarray(move, np.float64)
        self.frame = np.hstack([before[:, :2] @ linear, (before[:, :2] @ offset + before[:, 2])[:, None]])
        try:
            yield
        finally:
            self.frame = before

    # parts

    def part(self, name: str, material: str, group: int, color: ArrayLike) -> int:
        """The id of a part of the current figure; made where it is new."""
        key = (self.figure, name)
        if key not in self._ids:
            red, green, blue = (int(c) for c in np.clip(np.rint(np.asarray(color, np.float64)), 0, 255))
            self._ids[key] = len(self.table)
            self.table.append(Part(name, material, self.figure * GROUPS + group, (red, green, blue)))
        return self._ids[key]

    def where(
        self, groups: Iterable[int] | None = None, materials: Iterable[str] | None = None, figure: int | None = None
    ) -> NDArray[np.bool_]:
        """bool S,S: the pixels of parts of these groups of the current (or given) figure and of these materials."""
        own = (self.figure if figure is None else figure) * GROUPS
        wanted = None if groups is None else {own + group for group in groups}
        kinds = None if materials is None else set(materials)
        chosen = [(wanted is None or p.group in wanted) and (kinds is None or p.material in kinds) for p in self.table]
        found: NDArray[np.bool_] = np.array(chosen)[self.parts]
        return found

    # shapes

    def fill(
        self, shape: Shape, part: int, crescent: float = 0.0, clip: Mask | None = None, flat_only: bool = False
    ) -> Painted | None:
        """Paint a shape (one outline, or several: even-odd) as a part; its lines are drawn apart.

        Args:
            shape: Outlines in units.
            part: Id of the part.
            crescent: Width of the shadow along the side away from the light, in units.
            clip: uint8 S,S: paint only where it is not 0.
            flat_only: Change the part alone: lines, shadows and highlights below it stay.

        Returns:
            What was painted, or None where nothing was on the canvas.
        """
        outlines = [shape] if isinstance(shape, np.ndarray) else list(shape)
        pixels = [self.to_pixels(outline) for outline in outlines]
        window = self._window(np.vstack(pixels))
        if window is None:
            return None
        origin = (window[1].start, window[0].start)
        mask = np.zeros((window[0].stop - origin[1], window[1].stop - origin[0]), np.uint8)
        cv2.fillPoly(mask, [_fixed(p - origin) for p in pixels], 255, shift=FRACTION)
        if clip is not None:
            mask &= clip[window]
        self._paint(Painted(mask, window), part, flat_only)
        if not flat_only:
            if clip is None:
                cv2.fillPoly(self.ink, [_fine(p) for p in pixels], 0, shift=FRACTION)
            else:
                self._clear_ink(mask, window)
        painted = Painted(mask, window)
        if crescent:
            self.shade_side(painted, crescent)
        return painted

    def fill_merged(
        self,
        shapes: Sequence[Points],
        part: int,
        weight: float = 1.0,
        crescent: float = 0.0,
        opens: Sequence[tuple[float, float, float]] = (),
    ) -> Painted | None:
        """Paint overlapping shapes as one, with a line along their common outline.

        Args:
            shapes: Closed outlines in units.
            part: Id of the part.
            weight: Of the line.
            crescent: As in `fill`.
            opens: Circles (x, y, radius, in units) where the outline is left out: joints to what is drawn already.
        """
        pixels = [self.to_pixels(shape) for shape in shapes]
        window = self._window(np.vstack(pixels), margin=3)
        if window is None:
            return None
        origin = np.array((window[1].start, window[0].start))
        high = (window[0].stop - origin[1], window[1].stop - origin[0])
        fine = np.zeros((high[0] * INK_SCALE, high[1] * INK_SCALE), np.uint8)
        for p in pixels:
            cv2.fillPoly(fine, [_fine(p - origin)], 255, shift=FRACTION)
        mask = fine[::INK_SCALE, ::INK_SCALE].copy()
        painted = Painted(mask, window)
        self._paint(painted, part)
        area = self.ink[_finer(window)]
        area[fine > 0] = 0
        if crescent:
            self.shade_side(painted, crescent)
        outlines, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        circles = [(self.to_pixels((x, y))[0], radius * self.unit) for x, y, radius in opens]
        for outline in outlines:
            if len(outline) >= 12:
                way = _smooth(outline[:, 0].astype(np.float64)) / INK_SCALE + origin
                self._ink_outline(way, weight, circles)
        return painted

    def _ink_outline(self, way: Points, weight: float, circles: Sequence[tuple[Points, float]]) -> None:
        shown = np.ones(len(way), bool)
        for center, radius in circles:
            shown &= np.hypot(*(way - center).T) > radius
        low, high = way.min(0), way.max(0)
        margin = 2.0  # an outline along the border of the canvas is no line
        shown &= (way > margin - 1).all(1) & (way < self.size - margin).all(1)
        if (high - low).max() < 2 or not shown.any():
            return
        if shown.all():
            start = int(self.line_rng.integers(len(way)))
            self.ink_way(np.vstack([way[start:], way[: start + 1]]), weight, 0.0, 0.0)
            return
        first = int(np.flatnonzero(~shown)[0])
        way, shown = np.roll(way, -first, 0), np.roll(shown, -first)
        edges = np.flatnonzero(np.diff(np.r_[0, shown.astype(int), 0]))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a > 6:
                self.ink_way(way[a:b], weight, 0.12, 0.12)

    def _paint(self, painted: Painted, part: int, flat_only: bool = False) -> None:
        inside = painted.mask > 0
        self.parts[painted.window][inside] = part
        if flat_only:
            return
        self.shade[painted.window][inside] = 0
        self.highlight[painted.window][inside] = 0
        if self.table[part].material != "skin":
            self.blush[painted.window][inside] = 0

    def _clear_ink(self, mask: Mask, window: tuple[slice, slice]) -> None:
        fine = cv2.resize(mask, None, fx=INK_SCALE, fy=INK_SCALE, interpolation=cv2.INTER_NEAREST)
        self.ink[_finer(window)][fine > 0] = 0

    def _window(self, pixels: Points, margin: int = 1) -> tuple[slice, slice] | None:
        low = np.maximum(np.floor(pixels.min(0)).astype(int) - margin, 0)
        high = np.minimum(np.ceil(pixels.max(0)).astype(int) + margin + 1, self.size)
        if (high <= low).any():
            return None
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def mask(self, shape: Shape) -> Mask:
        """uint8 S,S, 255 inside a shape given in units."""
        outlines = [shape] if isinstance(shape, np.ndarray) else list(shape)
        mask = np.zeros((self.size, self.size), np.uint8)
        cv2.fillPoly(mask, [_fixed(self.to_pixels(outline)) for outline in outlines], 255, shift=FRACTION)
        return mask

    # shade and highlights

    def shade_side(self, painted: Painted, width: float) -> None:
        """Shade a painted shape along its side away from the light: the shape less its copy moved to the light."""
        right, down = (int(round(v)) for v in self.light * width * self.shadow * self.unit)
        window, mask = painted.window, painted.mask
        reach = abs(right) + abs(down) + 1
        ends = (window[0].start == 0, window[0].stop == self.size, window[1].start == 0, window[1].stop == self.size)
        top, bottom, left, side = (reach if end else 0 for end in ends)
        wide = cv2.copyMakeBorder(mask, top, bottom, left, side, cv2.BORDER_REPLICATE)
        move = np.array([[1, 0, right], [0, 1, down]], np.float32)
        border = cv2.BORDER_REPLICATE if any(ends) else cv2.BORDER_CONSTANT
        lit = cv2.warpAffine(wide, move, wide.shape[::-1], flags=cv2.INTER_NEAREST, borderMode=border)
        lit = lit[top : top + mask.shape[0], left : left + mask.shape[1]]
        self.shade[window][(mask > 0) & (lit == 0)] = 255

    def shade_shape(
        self,
        shape: Shape,
        groups: Iterable[int] | None = None,
        materials: Iterable[str] | None = None,
        clip: Mask | None = None,
        value: int = 255,
    ) -> None:
        """Shade what lies under a shape and belongs to the groups (current figure) and materials."""
        self._mark(self.shade, shape, groups, materials, clip, value)

    def light_shape(
        self,
        shape: Shape,
        groups: Iterable[int] | None = None,
        materials: Iterable[str] | None = None,
        clip: Mask | None = None,
        value: int = 255,
    ) -> None:
        """Put a highlight on what lies under a shape and belongs to the groups and materials."""
        self._mark(self.highlight, shape, groups, materials, clip, value)

    def _mark(
        self,
        layer: Mask,
        shape: Shape,
        groups: Iterable[int] | None,
        materials: Iterable[str] | None,
        clip: Mask | None,
        value: int,
    ) -> None:
        outlines = [shape] if isinstance(shape, np.ndarray) else list(shape)
        pixels = [self.to_pixels(outline) for outline in outlines]
        window = self._window(np.vstack(pixels))
        if window is None:
            return
        origin = (window[1].start, window[0].start)
        mask = np.zeros((window[0].stop - origin[1], window[1].stop - origin[0]), np.uint8)
        cv2.fillPoly(mask, [_fixed(p - origin) for p in pixels], 255, shift=FRACTION)
        inside = mask > 0
        own = self.figure * GROUPS
        wanted = None if groups is None else {own + group for group in groups}
        kinds = None if materials is None else set(materials)
        chosen = [(wanted is None or p.group in wanted) and (kinds is None or p.material in kinds) for p in self.table]
        inside &= np.array(chosen)[self.parts[window]]
        if clip is not None:
            inside &= clip[window] > 0
        layer[window][inside] = value

    def cast(
        self, sources: Iterable[int], targets: Iterable[int], offset: ArrayLike, materials: Iterable[str] | None = None
    ) -> None:
        """Let groups of the current figure cast a shadow on others, moved by an offset in pixels' axes, in units."""
        source = self.where(sources).astype(np.uint8)
        right, down = np.asarray(offset, np.float64) * self.unit
        move = np.array([[1, 0, right], [0, 1, down]], np.float32)
        moved = cv2.warpAffine(source, move, (self.size, self.size), flags=cv2.INTER_NEAREST) > 0
        self.shade[moved & self.where(targets, materials)] = 255

    def add_blush(self, center: ArrayLike, rx: float, ry: float, strength: float, groups: Iterable[int]) -> None:
        """A soft round blush, radii in units, strength 0..1, on the skin of groups of the current figure."""
        reach = ellipse(0, 0, rx * 2.4, ry * 2.4, 12) + as_points(center)
        window = self._window(self.to_pixels(reach))
        if window is None:
            return
        x, y = self.to_pixels(center)[0]
        rows = (np.arange(window[0].start, window[0].stop) - y) / (ry * self.unit)
        columns = (np.arange(window[1].start, window[1].stop) - x) / (rx * self.unit)
        amount = np.exp(-1.3 * (rows[:, None] ** 2 + columns[None] ** 2)) * strength * 255
        own = {self.figure * GROUPS + group for group in groups}
        chosen = np.array([p.group in own and p.material == "skin" for p in self.table])[self.parts[window]]
        area = self.blush[window]
        np.maximum(area, np.where(chosen, amount, 0).astype(np.uint8), out=area)

    # lines

    def stroke(
        self,
        points: ArrayLike,
        weight: float = 1.0,
        start: float = 0.35,
        end: float = 0.35,
        clip: Mask | None = None,
        rough: bool = True,
        tip: float = 0.0,
    ) -> None:
        """Draw a line along points in units.

        Args:
            points: N,2.
            weight: Width beside the style's.
            start: Share of the line over which it grows from `tip` to its width.
            end: Likewise at its end.
            clip: uint8 S,S: draw only where it is not 0.
            rough: Overshoots, gaps and second strokes may happen.
            tip: Width at the ends, as a share.
        """
        way = self.to_pixels(points)
        if ((way < -20) | (way > self.size + 20)).all(0).any():
            return
        self.ink_way(way, weight, start, end, clip, rough, tip)

    def outline(self, shape: Points, weight: float = 1.0, clip: Mask | None = None, rough: bool = True) -> None:
        """Draw a closed line around a shape."""
        self.stroke(np.vstack([shape, shape[:1]]), weight, 0.0, 0.0, clip, rough)

    def ink_way(
        self,
        way: Points,
        weight: float = 1.0,
        start: float = 0.35,
        end: float = 0.35,
        clip: Mask | None = None,
        rough: bool = True,
        tip: float = 0.0,
    ) -> None:
        """As `stroke`, with points in pixels."""
        style, rng = self.style, self.line_rng
        scale = self.size / 512
        extent = float(np.abs(np.diff(way, axis=0)).sum())
        way = resample(way, float(np.clip(extent / 14, 0.8, 3.2 * scale)))
        if extent < 1.0:
            return
        draw = lambda p, w, s, e: self._ink_ribbon(p, w, s, e, clip, tip)  # noqa: E731
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

    def _strayed(self, way: Points, amount: float) -> Points:
        a = self.line_rng.normal(0, amount, (2, 2))
        u = np.linspace(0, 1, len(way))[:, None]
        strayed: Points = way + a[0] * (1 - u) + a[1] * u
        return strayed

    def _ink_ribbon(self, way: Points, weight: float, start: float, end: float, clip: Mask | None, tip: float) -> None:
        style, rng, scale = self.style, self.line_rng, self.size / 512
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
        target, origin = self.ink, np.zeros(2)
        window = None
        if clip is not None:
            window = self._window(np.vstack([left, right]))
            if window is None:
                return
            origin = np.array((window[1].start, window[0].start), np.float64)
            high, wide = window[0].stop - window[0].start, window[1].stop - window[1].start
            target = np.zeros((high * INK_SCALE, wide * INK_SCALE), np.uint8)
        for i in range(0, count - 1, 7):  # pieces: one long polygon that crosses itself would have holes
            piece = np.vstack([left[i : i + 8], right[i : i + 8][::-1]])
            cv2.fillPoly(target, [_fine(piece - origin)], 255, cv2.LINE_AA, FRACTION)
        if clip is not None and window is not None:
            target &= cv2.resize(clip[window], target.shape[::-1], interpolation=cv2.INTER_NEAREST)
            area = self.ink[_finer(window)]
            np.maximum(area, target, out=area)

    def ink_shape(self, shape: Points, clip: Mask | None = None, value: int = 255) -> None:
        """Ink a whole shape (lashes, pupils, black areas), or with value 0 clear it of lines."""
        pixels = self.to_pixels(shape)
        if clip is None:
            cv2.fillPoly(self.ink, [_fine(pixels)], value, cv2.LINE_AA, FRACTION)
            return
        window = self._window(pixels)
        if window is None:
            return
        origin = (window[1].start, window[0].start)
        high, wide = window[0].stop - origin[1], window[1].stop - origin[0]
        target = np.zeros((high * INK_SCALE, wide * INK_SCALE), np.uint8)
        cv2.fillPoly(target, [_fine(pixels - origin)], 255, cv2.LINE_AA, FRACTION)
        target &= cv2.resize(clip[window], target.shape[::-1], interpolation=cv2.INTER_NEAREST)
        area = self.ink[_finer(window)]
        if value:
            np.maximum(area, target, out=area)
        else:
            area[target > 0] = 0


def _fixed(pixels: Points) -> NDArray[np.int32]:
    """Pixel coordinates as OpenCV's fixed point; far ones are cut, since 32 bits overflow."""
    return np.rint(np.clip(pixels, -20000, 20000) * (1 << FRACTION)).astype(np.int32)


def _fine(pixels: Points) -> NDArray[np.int32]:
    """Pixels of the canvas as fixed point pixels of the line layer: the center of a pixel stays where it is."""
    return _fixed(pixels * INK_SCALE + (INK_SCALE - 1) / 2)


def _finer(window: tuple[slice, slice]) -> tuple[slice, slice]:
    rows, columns = window
    return (
        slice(rows.start * INK_SCALE, rows.stop * INK_SCALE),
        slice(columns.start * INK_SCALE, columns.stop * INK_SCALE),
    )


def _smooth(outline: Points) -> Points:
    """A closed outline of whole pixels, smoothed and thinned."""
    kernel = np.hanning(13)[1:-1]
    kernel /= kernel.sum()
    wrapped = np.vstack([outline[-5:], outline, outline[:5]])
    smooth = np.stack([np.convolve(wrapped[:, i], kernel, "valid") for i in range(2)], 1)
    return smooth[::2]
