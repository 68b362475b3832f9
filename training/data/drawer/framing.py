"""What is laid over a finished scene: panel frames, vignettes, and tables in the foreground. One unit is the side."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .canvas import Group, InkCanvas
from .curves import as_points, ellipse, line, spline
from .design import chance, choose
from .inking import Mask
from .objects import draw_tabletop_object
from .scenery import WOODS
from .shapes import ShapePen, box

FRAMED = 0.07  # share of drawings in a panel's frame
CUT = 0.05  # share that end in a curve above the lower border
TABLES = 0.06  # share of busts and half figures behind a table


@contextmanager
def whole_sheet(canvas: InkCanvas) -> Iterator[None]:
    """Within the block one unit is the drawing's side, from its upper left corner."""
    before, pen = canvas.frame, canvas.pen
    canvas.frame = np.array([[canvas.size, 0.0, 0.0], [0.0, canvas.size, 0.0]])
    canvas.pen = 1.0
    try:
        yield
    finally:
        canvas.frame, canvas.pen = before, pen


def draw_frame(canvas: InkCanvas) -> str:
    """Put some drawings into a panel or cut them off in a curve; returns "panel", "cut" or "none"."""
    rng = canvas.rng
    sheet = box(-0.05, -0.05, 1.05, 1.05)
    with whole_sheet(canvas):
        if chance(rng, FRAMED):
            left, top, right, bottom = rng.uniform(0.02, 0.1, 4)
            panel = as_points([(left, top), (1 - right, top), (1 - right, 1 - bottom), (left, 1 - bottom)])
            if chance(rng, 0.4):
                panel = panel + rng.normal(0, 0.02, (4, 2))
            if chance(rng, 0.15):
                panel = ellipse(0.5, 0.5, 0.47 - left * 0.5, 0.47 - top * 0.5, 80)
            canvas.fill([sheet, panel], 0)
            canvas.outline(panel, rng.uniform(1.2, 2.2), rough=False)
            return "panel"
        if chance(rng, CUT):
            level = rng.uniform(0.78, 0.94)
            edge = spline([(-0.05, level - 0.02), (0.3, level + 0.03), (0.7, level + 0.03), (1.05, level - 0.02)], 12)
            below = np.vstack([edge, [(1.05, 1.05), (-0.05, 1.05)]])
            clip = canvas.mask(below)
            drawn = (canvas.parts[max(0, round((level - 0.03) * canvas.size)) :] != 0).any()
            canvas.fill(below, 0)
            if drawn and chance(rng, 0.7):
                canvas.stroke(edge, 0.9, 0.02, 0.02, _figures_above(canvas, clip))
            return "cut"
    return "none"


def _figures_above(canvas: InkCanvas, below: Mask) -> Mask:
    """uint8 S,S: a band around the upper edge of a mask, where something is drawn above it."""
    drawn = (canvas.parts != 0).astype(np.uint8) * 255
    reach = max(2, round(0.012 * canvas.size))
    near: Mask = np.zeros_like(drawn)
    for shift in range(reach):
        near[shift:] |= drawn[: len(drawn) - shift]
    near &= below | drawn
    return near


def draw_table(canvas: InkCanvas) -> None:
    """Draw a table across the foreground, with a thing or two on it."""
    rng = canvas.rng
    color = choose(rng, *WOODS) if chance(rng, 0.7) else (244, 242, 238)
    with whole_sheet(canvas):
        level = rng.uniform(0.82, 0.9)
        part = canvas.part("table", "scenery", Group.PROP, color)
        canvas.fill(box(-0.05, level, 1.05, 1.05), part)
        canvas.stroke(line((-0.05, level), (1.05, level), 8), 1.1, 0, 0)
        canvas.stroke(line((-0.05, level + 0.05), (1.05, level + 0.05), 8), 0.8, 0, 0)
        for _ in range(int(rng.integers(1, 3))):
            scale = rng.uniform(0.06, 0.1)
            at = (float(rng.choice([rng.uniform(0.08, 0.3), rng.uniform(0.7, 0.92)])), level + 0.025 - scale)
            draw_tabletop_object(ShapePen(canvas, f"table.{round(at[0] * 100)}", at, scale))
