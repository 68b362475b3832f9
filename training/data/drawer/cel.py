"""The cel: exact layers that are painted from back to front, in the drawing's own units."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curves import Points, Rng, as_points, ellipse, spline
from .inking import INK_SCALE, InkLayer, Mask, Window, enlarge, fill_mask, smooth_outline, window_of
from .line_styles import LineStyle

if TYPE_CHECKING:
    from .acting import Action

P = ParamSpec("P")
R = TypeVar("R")

Color = tuple[int, int, int]
Shape = Points | Sequence[Points]

GROUPS = 64  # ids of groups per figure
CORNER = (slice(0, 1), slice(0, 1))


def piece(draw: Callable[Concatenate["Cel", P], R]) -> Callable[Concatenate["Cel", P], R]:
    """Give what a function draws random numbers of its own in the frames of a sequence.

    So it stays the same from frame to frame, whatever else takes more or fewer numbers than before.
    """

    @wraps(draw)
    def draw_piece(cel: "Cel", /, *args: P.args, **kwargs: P.kwargs) -> R:
        if cel.action is None:
            return draw(cel, *args, **kwargs)
        names = [draw.__qualname__, *(str(arg) for arg in args if isinstance(arg, str | int))]
        key = zlib.crc32(" ".join(names).encode())
        before, cel.rng = cel.rng, np.random.default_rng([cel.action.seed, cel.figure, key])
        try:
            return draw(cel, *args, **kwargs)
        finally:
            cel.rng = before

    return draw_piece


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
    """Where a shape came to lie: its mask within a window of the cel."""

    mask: Mask
    window: Window


class Cel:
    """Layers of one drawing.

    Shapes and lines are given in units; `frame` (2,3) takes them to pixels. Painting a shape hides what lies below:
    its parts, shadows and lines.

    Args:
        size: Side, pixels.
        style: Style of the lines.
        light: Unit vector toward the light, in pixels (y points down).
        rng: Source of what is drawn and of the lines' irregularities.
        action: What moves, for a frame of a sequence.
        before: An earlier frame of the sequence: its parts keep their ids.
    """

    def __init__(
        self,
        size: int,
        style: LineStyle,
        light: ArrayLike,
        rng: Rng,
        action: "Action | None" = None,
        before: "Cel | None" = None,
    ) -> None:
        self.size, self.style, self.rng = size, style, rng
        line_rng = np.random.default_rng(rng.integers(1 << 62))  # of its own: a seed draws the same at any size
        self.ink = InkLayer(size, style, line_rng)
        self.light: Points = np.asarray(light, np.float64)
        self.frame: NDArray[np.float64] = np.array([[1.0, 0, 0], [0, 1.0, 0]])
        self.figure = 0
        self.faces: dict[int, int] = {}  # pixels of each figure's face, before anything lay over it
        self.shadow = 1.0  # factor of all shadow widths
        self.action = action
        paper = Part("paper", "paper", 0, (255, 255, 255))
        self.table: list[Part] = [paper] if before is None else before.table
        self._ids: dict[tuple[int, str], int] = {} if before is None else before._ids
        self._bend_from: float | None = None  # height below which things sway
        self.parts = np.zeros((size, size), np.uint16)
        self.shade = np.zeros((size, size), np.uint8)
        self.highlight = np.zeros((size, size), np.uint8)
        self.blush = np.zeros((size, size), np.uint8)

    # frames

    @property
    def pen(self) -> float:
        """Factor of all line widths."""
        return self.ink.pen

    @pen.setter
    def pen(self, factor: float) -> None:
        self.ink.pen = factor

    @property
    def unit(self) -> float:
        """Pixels per unit."""
        zoom = 1.0 if self.action is None else self.action.zoom
        return float(np.sqrt(abs(np.linalg.det(self.frame[:, :2])))) * zoom

    @property
    def facing(self) -> float:
        """-1 where the frame mirrors, else 1."""
        return 1.0 if np.linalg.det(self.frame[:, :2]) > 0 else -1.0

    @property
    def light_x(self) -> float:
        """Side of the light in the frame's own units: -1 or 1."""
        return float(np.sign(self.light[0]) or 1.0) * self.facing

    def to_pixels(self, points: ArrayLike) -> Points:
        """Points in units to pixels of the cel."""
        points = as_points(points)
        if self.action is not None and self._bend_from is not None:
            points = self.action.bend(points, self._bend_from)
        placed: Points = points @ self.frame[:, :2].T + self.frame[:, 2]
        return placed if self.action is None else self.action.look(placed, self.size)

    @contextmanager
    def swaying(self, top: float) -> Iterator[None]:
        """Within the block what hangs below a height, in units, sways in the frames of a sequence."""
        before, self._bend_from = self._bend_from, top
        try:
            yield
        finally:
            self._bend_from = before

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

    def _chosen(self, groups: Iterable[int] | None, materials: Iterable[str] | None) -> NDArray[np.bool_]:
        """bool for each part's id: whether it is of these groups of the current figure and of these materials."""
        wanted = None if groups is None else {self.figure * GROUPS + group for group in groups}
        kinds = None if materials is None else set(materials)
        return np.array(
            [(wanted is None or p.group in wanted) and (kinds is None or p.material in kinds) for p in self.table]
        )

    def where(self, groups: Iterable[int] | None = None, materials: Iterable[str] | None = None) -> NDArray[np.bool_]:
        """bool S,S: the pixels of parts of these groups of the current figure and of these materials."""
        found: NDArray[np.bool_] = self._chosen(groups, materials)[self.parts]
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
            What was painted, or None where nothing was on the cel.
        """
        pixels = self._outlines(shape)
        window = self._window(pixels, 1)
        if window is None:
            return None
        mask = fill_mask(pixels, window)
        if clip is not None:
            mask &= clip[window]
        self._paint(Painted(mask, window), part, flat_only)
        if not flat_only:
            if clip is None:
                self.ink.clear(pixels)
            else:
                self.ink.clear_mask(enlarge(mask), window)
        painted = Painted(mask, window)
        if crescent:
            self.shade_side(painted, crescent)
        return painted

    def draw(self, shape: Points, part: int, weight: float = 1.0, crescent: float = 0.0) -> None:
        """Fill a shape and draw a line around it."""
        self.fill(shape, part, crescent)
        self.outline(shape, weight)

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
            weight: Weight of the line.
            crescent: As in `fill`.
            opens: Circles (x, y, radius, in units) where the outline is left out: joints to what is drawn already.
        """
        pixels = [self.to_pixels(shape) for shape in shapes]
        window = self._window(pixels, 3)
        if window is None:
            return None
        fine = fill_mask(pixels[:1], window, INK_SCALE)
        for outline in pixels[1:]:
            fine |= fill_mask([outline], window, INK_SCALE)
        mask = fine[::INK_SCALE, ::INK_SCALE].copy()
        painted = Painted(mask, window)
        self._paint(painted, part)
        self.ink.clear_mask(fine, window)
        if crescent:
            self.shade_side(painted, crescent)
        contours, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        origin = np.array((window[1].start, window[0].start))
        circles = [(self.to_pixels((x, y))[0], radius * self.unit) for x, y, radius in opens]
        for contour in contours:
            if len(contour) >= 12:
                way = smooth_outline(contour[:, 0].astype(np.float64)) / INK_SCALE + origin
                self.ink.draw_outline(way, weight, circles)
        return painted

    def _paint(self, painted: Painted, part: int, flat_only: bool = False) -> None:
        inside = painted.mask > 0
        self.parts[painted.window][inside] = part
        if flat_only:
            return
        self.shade[painted.window][inside] = 0
        self.highlight[painted.window][inside] = 0
        if self.table[part].material != "skin":
            self.blush[painted.window][inside] = 0

    def mask(self, shape: Shape) -> Mask:
        """uint8 S,S, 255 inside a shape given in units."""
        return fill_mask(self._outlines(shape), (slice(0, self.size), slice(0, self.size)))

    # shade and highlights

    def shade_side(self, painted: Painted, width: float) -> None:
        """Shade a painted shape along its side away from the light: the shape less its copy moved to the light."""
        right, down = (round(float(v)) for v in self.light * width * self.shadow * self.unit)
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
        light: bool = False,
    ) -> None:
        """Shade what lies under a shape and belongs to the groups (of the current figure) and materials.

        Args:
            shape: Outlines in units.
            groups: None takes all.
            materials: None takes all.
            clip: uint8 S,S: only where it is not 0.
            value: Strength of the shadow.
            light: Put a highlight there instead.
        """
        pixels = self._outlines(shape)
        window = window_of(np.vstack(pixels), self.size)
        if window is None:
            return
        inside = fill_mask(pixels, window) > 0
        inside &= self._chosen(groups, materials)[self.parts[window]]
        if clip is not None:
            inside &= clip[window] > 0
        (self.highlight if light else self.shade)[window][inside] = value

    def light_shape(
        self,
        shape: Shape,
        groups: Iterable[int] | None = None,
        materials: Iterable[str] | None = None,
        clip: Mask | None = None,
        value: int = 255,
    ) -> None:
        """Put a highlight on what lies under a shape; see `shade_shape`."""
        self.shade_shape(shape, groups, materials, clip, value, light=True)

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
        window = window_of(self.to_pixels(reach), self.size)
        if window is None:
            return
        x, y = self.to_pixels(center)[0]
        rows = (np.arange(window[0].start, window[0].stop) - y) / (ry * self.unit)
        columns = (np.arange(window[1].start, window[1].stop) - x) / (rx * self.unit)
        amount = np.exp(-1.3 * (rows[:, None] ** 2 + columns[None] ** 2)) * strength * 255
        chosen = self._chosen(groups, ["skin"])[self.parts[window]]
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
        self.ink.draw_way(way, weight, start, end, clip, rough, tip)

    def curve(self, points: ArrayLike, steps: int, weight: float, start: float, end: float) -> None:
        """Draw a smooth line through points in units; the arguments are those of `spline` and `stroke`."""
        self.stroke(spline(points, steps), weight, start, end)

    def outline(self, shape: Points, weight: float = 1.0, clip: Mask | None = None, rough: bool = True) -> None:
        """Draw a closed line around a shape."""
        self.stroke(np.vstack([shape, shape[:1]]), weight, 0.0, 0.0, clip, rough)

    def ink_shape(self, shape: Points, clip: Mask | None = None, value: int = 255) -> None:
        """Ink a whole shape (lashes, pupils, black areas), or with value 0 clear it of lines."""
        self.ink.fill(self.to_pixels(shape), clip, value)

    def _window(self, pixels: Sequence[Points], margin: int) -> Window | None:
        """As `window_of`; in a sequence a corner stands for what is out of view: it takes the same random numbers."""
        window = window_of(np.vstack(pixels), self.size, margin)
        return CORNER if window is None and self.action is not None else window

    def _outlines(self, shape: Shape) -> list[Points]:
        """The outlines of a shape in units, in pixels."""
        return [self.to_pixels(outline) for outline in ([shape] if isinstance(shape, np.ndarray) else shape)]
