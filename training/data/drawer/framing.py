"""What backdrops are made of, and what is laid over a scene: panels, vignettes, tables. One unit is the side."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .cel import Cel, Group
from .curves import Points, Rng, as_points, ellipse, line, spline
from .design import chance, choose
from .inking import Mask
from .objects import draw_tabletop_object
from .palette import Rgb, any_hue, hsv
from .shapes import ShapePen, box

FRAMED = 0.07  # share of drawings in a panel's frame
CUT = 0.05  # share that end in a curve above the lower border
TABLES = 0.06  # share of busts and half figures behind a table


@contextmanager
def whole_sheet(cel: Cel) -> Iterator[None]:
    """Within the block one unit is the drawing's side, from its upper left corner."""
    before, pen = cel.frame, cel.pen
    cel.frame = np.array([[cel.size, 0.0, 0.0], [0.0, cel.size, 0.0]])
    cel.pen = 1.0
    try:
        yield
    finally:
        cel.frame, cel.pen = before, pen


def draw_frame(cel: Cel) -> str:
    """Put some drawings into a panel or cut them off in a curve; returns "panel", "cut" or "none"."""
    rng = cel.rng
    sheet = box(-0.05, -0.05, 1.05, 1.05)
    with whole_sheet(cel):
        if chance(rng, FRAMED):
            left, top, right, bottom = rng.uniform(0.02, 0.1, 4)
            panel = as_points([(left, top), (1 - right, top), (1 - right, 1 - bottom), (left, 1 - bottom)])
            if chance(rng, 0.4):
                panel = panel + rng.normal(0, 0.02, (4, 2))
            if chance(rng, 0.15):
                panel = ellipse(0.5, 0.5, 0.47 - left * 0.5, 0.47 - top * 0.5, 80)
            cel.fill([sheet, panel], 0)
            cel.outline(panel, rng.uniform(1.2, 2.2), rough=False)
            return "panel"
        if chance(rng, CUT):
            level = rng.uniform(0.78, 0.94)
            edge = spline([(-0.05, level - 0.02), (0.3, level + 0.03), (0.7, level + 0.03), (1.05, level - 0.02)], 12)
            below = np.vstack([edge, [(1.05, 1.05), (-0.05, 1.05)]])
            clip = cel.mask(below)
            drawn = (cel.parts[max(0, round((level - 0.03) * cel.size)) :] != 0).any()
            cel.fill(below, 0)
            if drawn and chance(rng, 0.7):
                cel.stroke(edge, 0.9, 0.02, 0.02, _figures_above(cel, clip))
            return "cut"
    return "none"


def _figures_above(cel: Cel, below: Mask) -> Mask:
    """uint8 S,S: a band around the upper edge of a mask, where something is drawn above it."""
    drawn = (cel.parts != 0).astype(np.uint8) * 255
    reach = max(2, round(0.012 * cel.size))
    near: Mask = np.zeros_like(drawn)
    for shift in range(reach):
        near[shift:] |= drawn[: len(drawn) - shift]
    near &= below | drawn
    return near


def draw_table(cel: Cel) -> None:
    """Draw a table across the foreground, with a thing or two on it."""
    rng = cel.rng
    color = choose(rng, *WOODS) if chance(rng, 0.7) else (244, 242, 238)
    with whole_sheet(cel):
        level = rng.uniform(0.82, 0.9)
        part = cel.part("table", "scenery", Group.PROP, color)
        cel.fill(box(-0.05, level, 1.05, 1.05), part)
        cel.stroke(line((-0.05, level), (1.05, level), 8), 1.1, 0, 0)
        cel.stroke(line((-0.05, level + 0.05), (1.05, level + 0.05), 8), 0.8, 0, 0)
        for _ in range(int(rng.integers(1, 3))):
            scale = rng.uniform(0.06, 0.1)
            at = (float(rng.choice([rng.uniform(0.08, 0.3), rng.uniform(0.7, 0.92)])), level + 0.025 - scale)
            draw_tabletop_object(ShapePen(cel, f"table.{round(at[0] * 100)}", at, scale))


WOODS: tuple[Rgb, ...] = ((178, 130, 88), (140, 96, 66), (206, 164, 116), (112, 78, 60))


WALLS: tuple[Rgb, ...] = (
    (238, 230, 214),
    (222, 232, 238),
    (240, 222, 214),
    (226, 236, 222),
    (232, 226, 240),
    (206, 214, 226),
)


GREENS: tuple[Rgb, ...] = ((122, 176, 96), (96, 152, 92), (150, 190, 104), (84, 132, 104))


def paint(
    cel: Cel, shape: Points, name: str, color: Rgb, weight: float = 0.9, crescent: float = 0.0, flat: bool = False
) -> int:
    """Fill and outline a shape of a backdrop; returns its part."""
    part = cel.part(name, "backdrop" if flat else "scenery", Group.BACKDROP, color)
    cel.fill(shape, part, crescent=crescent)
    if weight:
        cel.outline(shape, weight)
    return part


def fill_below(cel: Cel, name: str, color: Rgb, edge: Points) -> None:
    """Everything below an edge that goes from left to right."""
    shape = np.vstack([edge, [(1.1, 1.1), (-0.1, 1.1)]])
    cel.fill(shape, cel.part(name, "backdrop", Group.BACKDROP, color))
    cel.stroke(edge, 0.9, 0, 0)


def fill_all(cel: Cel, name: str, color: Rgb) -> None:
    cel.fill(box(-0.1, -0.1, 1.1, 1.1), cel.part(name, "backdrop", Group.BACKDROP, color))


def pale_color(rng: Rng) -> Rgb:
    return hsv(any_hue(rng), rng.uniform(0.06, 0.4), rng.uniform(0.85, 1.0))
