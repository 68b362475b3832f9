"""The questions to a method: line art and hints, and the picture that they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.geometry import HINT_STEP

from .. import region_colors
from ..marks import Mark, Surface, draw_stroke
from .drawings import HeldOutDrawing, Lines

ByteImage = NDArray[np.uint8]
Colors = Literal["natural", "random", "saturated"]
Manner = Literal["tidy", "messy", "gaps", "pixels"]

SEED = 20191217
COUNTS = (4, 16, 64, 256)
FEW_AND_MANY = (16, 64)
# Strokes as PaintsTorch, section 3.2, draws them on a map of 128 pixels, a quarter of 512.
THICKNESS = (1.0, 4.0)
WAYPOINTS = (1, 5)
REACH = 10.0
GAPS = 24  # cut into the lines of a drawing
GAP = 2.0  # pixels by which a cut is wider, on either side, than the line is thick


@dataclass(frozen=True, order=True, slots=True)
class Condition:
    """Under what a method is measured.

    Attributes:
        lines: "xdog" or "drawn", see `HeldOutDrawing`.
        colors: "natural": the picture's own. "random": regions that a hint tells of get random colors, the
            others are white. "saturated": random colors of full saturation.
        manner: "tidy": each stroke stays within its region. "messy": strokes cross lines, as PaintsTorch draws them
            in training. "gaps": tidy strokes on lines with gaps. "pixels": single pixels of the hint map at random
            (AlacGAN's hints).
        strokes: Their number.
    """

    lines: Lines
    colors: Colors
    manner: Manner
    strokes: int


@dataclass(frozen=True)
class ColoringCase:
    """One thing to color.

    Attributes:
        drawing: What it is made from.
        condition: See `Condition`.
        line_art: uint8 H,W, what the method is given: with gaps where the condition says so.
        hints: What the method is given.
        truth: uint8 H,W,3 RGB.
        regions: int32 H,W: number of the region that the lines without gaps close, 0 on lines.
        told: bool, of each region: whether a hint takes its color from it.
    """

    drawing: HeldOutDrawing
    condition: Condition
    line_art: ByteImage
    hints: Hints
    truth: ByteImage
    regions: NDArray[np.int32]
    told: NDArray[np.bool_]


def conditions(lines: Lines) -> list[Condition]:
    """All that is measured on one kind of lines, in the order of the tables."""
    found = [Condition(lines, "natural", manner, n) for manner in ("messy", "tidy") for n in COUNTS]
    found += [Condition(lines, "random", "messy", n) for n in FEW_AND_MANY]
    found += [Condition(lines, "natural", "gaps", n) for n in FEW_AND_MANY]
    found += [Condition(lines, "natural", "pixels", 64), Condition(lines, "saturated", "tidy", COUNTS[-1])]
    return found


def cases(drawing: HeldOutDrawing, wanted: list[Condition], seed: int = SEED) -> Iterator[ColoringCase]:
    """The cases of one drawing; the fewer strokes of a manner are the first of the more.

    Args:
        drawing: One of `held_out`.
        wanted: Conditions with the drawing's kind of lines; those in natural colors are left out where the
            picture has none.
        seed: Source of chance, together with the drawing's name.
    """
    surface = Surface(drawing.picture.astype(np.float32), drawing.line_art > 128)
    marks: dict[bool, list[Mark]] = {}
    for tidy in (True, False):
        most = max((c.strokes for c in wanted if (c.manner == "messy") != tidy and c.manner != "pixels"), default=0)
        rng = drawing.rng(seed, int(tidy))
        marks[tidy] = [_mark(surface, tidy, rng) for _ in range(most)]
    dots = _dots(surface, max((c.strokes for c in wanted if c.manner == "pixels"), default=0), drawing.rng(seed, 2))
    broken = None
    for condition in wanted:
        if condition.colors == "natural" and not drawing.colored:
            continue
        chosen = dots if condition.manner == "pixels" else marks[condition.manner != "messy"]
        chosen = chosen[: condition.strokes]
        told = np.zeros(surface.count, bool)
        for mark in chosen:
            told[surface.label_at(mark.points[0])] = True
        told[0] = False
        truth = _truth(surface, told, condition.colors, drawing.rng(seed, 3))
        line_art = drawing.line_art
        if condition.manner == "gaps":
            broken = with_gaps(line_art, drawing.rng(seed, 4)) if broken is None else broken
            line_art = broken
        hints = _hints(surface, chosen, truth, condition.manner == "pixels")
        yield ColoringCase(drawing, condition, line_art, hints, truth, surface.labels, told)


def with_gaps(line_art: ByteImage, rng: np.random.Generator) -> ByteImage:
    """Line art with `GAPS` cuts across its lines, each a few pixels wider than a cell of the hint map."""
    inside = cv2.distanceTransform((line_art < 128).astype(np.uint8), cv2.DIST_L2, 3)
    ridge = np.flatnonzero((inside > 0) & (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8)) - 0.5))
    out = line_art.copy()
    if ridge.size:
        for at in rng.choice(ridge, GAPS):
            y, x = divmod(int(at), line_art.shape[1])
            cv2.circle(out, (x, y), round(float(inside[y, x]) + GAP), 255, -1)
    return out


def _mark(surface: Surface, tidy: bool, rng: np.random.Generator) -> Mark:
    low, high = np.log(THICKNESS)
    return draw_stroke(
        surface,
        thickness=float(np.exp(rng.uniform(low, high))),
        reach=rng.uniform(0.0, REACH),
        waypoints=int(rng.integers(WAYPOINTS[0], WAYPOINTS[1] + 1)),
        tidy=tidy,
        rng=rng,
    )


def _dots(surface: Surface, count: int, rng: np.random.Generator) -> list[Mark]:
    """Single cells of the hint map, each as likely."""
    height, width = surface.cell_labels.shape
    cells = rng.permutation(height * width)[:count]
    return [Mark(np.array([[cell % width + 0.5, cell // width + 0.5]]), 0.5) for cell in cells]


def _truth(surface: Surface, told: NDArray[np.bool_], colors: Colors, rng: np.random.Generator) -> ByteImage:
    """The picture that hints stand for: uint8 H,W,3."""
    if colors == "natural":
        return surface.picture.astype(np.uint8)
    leaders = region_colors.find_leaders(surface.picture, surface.labels, told)
    target = region_colors.bleach_regions(surface.picture, surface.labels, leaders)
    target = region_colors.recolor_regions(target, surface.labels, leaders, rng, share=1.0)
    if colors == "saturated":
        hsv = cv2.cvtColor(target / np.float32(255.0), cv2.COLOR_RGB2HSV)
        hsv[..., 1] = np.where((leaders > 0)[surface.labels] & (hsv[..., 1] > 0.05), 1.0, hsv[..., 1])
        target = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * np.float32(255.0)
    return np.rint(target).clip(0, 255).astype(np.uint8)


def _hints(surface: Surface, marks: list[Mark], truth: ByteImage, pixels: bool) -> Hints:
    """Marks as a user's strokes, in the colors of the truth under their starts; of single cells, their mean."""
    colors = truth
    if pixels:
        height, width = surface.cell_labels.shape
        cells = cv2.resize(truth, (width, height), interpolation=cv2.INTER_AREA)
        colors = cv2.resize(cells, truth.shape[1::-1], interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)
    strokes = []
    for mark in marks:
        points = tuple((float(x) * HINT_STEP, float(y) * HINT_STEP) for x, y in mark.points)
        red, green, blue = (int(c) for c in surface.color_at(mark.points[0], colors.astype(np.float32)))
        strokes.append(Stroke(points, (red, green, blue), 2.0 * mark.radius * HINT_STEP))
    return Hints(tuple(strokes))
