"""Props in hands. A prop is drawn at a hand, upright, in units of the head."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .cel import Cel, piece
from .curves import as_points, ellipse, line, spline, splines, star
from .design import Design
from .palette import Rgb, shaded
from .shapes import ShapePen, box


class PropPen(ShapePen):
    """A pen for a prop, with the figure's two accent colors."""

    def __init__(self, cel: Cel, design: Design, at: ArrayLike, scale: float, turn: float) -> None:
        super().__init__(cel, "prop", at, scale, turn)
        self.color: Rgb = design.palette.second_accent
        self.second: Rgb = design.palette.accent
        self.metal: Rgb = design.palette.metal


@piece
def draw_prop(cel: Cel, design: Design, at: ArrayLike, scale: float) -> None:
    """Draw the design's prop at a hand."""
    makers: dict[str, Callable[[PropPen], None]] = {
        "book": _book,
        "cup": _cup,
        "phone": _phone,
        "flower": _flower,
        "sword": _sword,
        "umbrella": _umbrella,
        "ice cream": _ice_cream,
        "star wand": _wand,
        "paper": _paper,
        "microphone": _microphone,
        "balloon": _balloon,
        "plush": _plush,
    }
    turn = float(cel.rng.normal(0, 0.15))
    makers[design.prop](PropPen(cel, design, at, scale, turn))


def _book(pen: PropPen) -> None:
    pen.paint(box(-0.62, -0.75, 0.62, 0.25), "book", pen.color)
    for side in (-1, 1):
        page = splines(
            6,
            [(0, -0.68), (side * 0.3, -0.76), (side * 0.56, -0.7)],
            [(side * 0.56, 0.16)],
            [(side * 0.56, 0.16), (side * 0.3, 0.1), (0, 0.2)],
        )
        pen.paint(page, "page", (250, 246, 236), 0.8)
        for y in (-0.5, -0.35, -0.2, -0.05):
            pen.stroke(line((side * 0.12, y), (side * 0.46, y - 0.03), 4), 0.45)


def _cup(pen: PropPen) -> None:
    handle = [ellipse(0.33, -0.3, 0.17, 0.2, 24), ellipse(0.33, -0.3, 0.1, 0.13, 24)]
    pen.cel.fill([pen.put(ring) for ring in handle], pen.part("cup", pen.color))
    for ring in handle:
        pen.cel.outline(pen.put(ring), 0.8)
    shape = np.vstack([[(-0.32, -0.62)], [(0.32, -0.62)], spline([(0.28, -0.05), (0.0, 0.05), (-0.28, -0.05)], 6)])
    pen.paint(shape, "cup", pen.color)
    pen.paint(ellipse(0, -0.62, 0.32, 0.09, 30), "drink", (122, 82, 60), 0.8, 0)
    for k in (-0.1, 0.1):
        pen.stroke(spline([(k, -0.8), (k + 0.06, -0.95), (k - 0.04, -1.1)], 6), 0.5)


def _phone(pen: PropPen) -> None:
    pen.paint(ellipse(0, -0.35, 0.24, 0.46, 40, square=8), "phone", pen.second)
    pen.paint(ellipse(0, -0.37, 0.19, 0.37, 40, square=10), "screen", (188, 220, 236), 0.7, 0)


def _flower(pen: PropPen) -> None:
    rng = pen.cel.rng
    for k in range(int(rng.integers(1, 4))):
        x, y = 0.3 * (k - 1) * (k > 0), -0.95 - 0.15 * k
        stem = spline([(0, 0.2), (x * 0.3, -0.4), (x, y)], 8)
        half = 0.025
        pen.paint(np.vstack([stem - (half, 0), (stem + (half, 0))[::-1]]), "stem", (98, 150, 86), 0.7, 0)
        for i in range(6):
            angle = i * np.pi / 3 + k
            shape = ellipse(x + 0.16 * np.cos(angle), y + 0.16 * np.sin(angle), 0.15, 0.11, 18, turn=angle)
            pen.paint(shape, "petal", pen.color, 0.8, 0.03)
        pen.paint(ellipse(x, y, 0.08, 0.08, 14), "middle", (246, 212, 92), 0.8, 0)


def _sword(pen: PropPen) -> None:
    pen.paint(
        as_points([(-0.11, -0.35), (0.11, -0.35), (0.09, -2.7), (0, -2.95), (-0.09, -2.7)]), "blade", (222, 228, 236)
    )
    pen.stroke(line((0, -0.4), (0, -2.7), 8), 0.6)
    pen.paint(ellipse(0, -0.33, 0.36, 0.08, 24, square=4), "guard", pen.metal)
    pen.paint(box(-0.06, -0.26, 0.06, 0.4), "grip", pen.second)
    pen.paint(ellipse(0, 0.45, 0.09, 0.09, 16), "pommel", pen.metal)


def _umbrella(pen: PropPen) -> None:
    pen.paint(box(-0.03, -2.4, 0.03, 0.5), "stick", (120, 92, 76), 0.8, 0)
    rim = [spline([(-1.5 + 0.75 * i, -1.5), (-1.125 + 0.75 * i, -1.62), (-0.75 + 0.75 * i, -1.5)], 5) for i in range(4)]
    dome = np.vstack([spline([(1.5, -1.5), (1.1, -2.25), (0, -2.6), (-1.1, -2.25), (-1.5, -1.5)], 8), *rim])
    pen.paint(dome, "umbrella", pen.color, 1.1, 0.12)
    for x in (-0.75, 0.0, 0.75):
        pen.stroke(spline([(x, -1.5), (x * 0.7, -2.2), (0, -2.6)], 8), 0.8)


def _ice_cream(pen: PropPen) -> None:
    pen.paint(as_points([(-0.2, -0.4), (0.2, -0.4), (0.0, 0.35)]), "cone", (222, 172, 110))
    for k in (-0.08, 0.04):
        pen.stroke(line((k - 0.08, -0.38), (k + 0.08, -0.05), 4), 0.5)
        pen.stroke(line((k + 0.12, -0.38), (k - 0.02, -0.05), 4), 0.5)
    pen.paint(ellipse(0, -0.58, 0.26, 0.24, 28), "scoop", pen.color)
    pen.paint(ellipse(0.02, -0.88, 0.21, 0.2, 28), "scoop.top", pen.second)


def _wand(pen: PropPen) -> None:
    pen.paint(box(-0.04, -1.2, 0.04, 0.4), "stick", pen.second, 0.9, 0)
    pen.paint(star(0, -1.4, 0.38), "star", pen.color, 1.0, 0.06)


def _paper(pen: PropPen) -> None:
    pen.paint(as_points([(-0.4, -0.8), (0.38, -0.84), (0.42, 0.2), (-0.36, 0.22)]), "paper", (252, 252, 248))
    for y in (-0.6, -0.45, -0.3, -0.15):
        pen.stroke(line((-0.25, y), (0.27, y - 0.03), 4), 0.5)


def _microphone(pen: PropPen) -> None:
    pen.paint(as_points([(-0.1, -0.45), (0.1, -0.45), (0.06, 0.45), (-0.06, 0.45)]), "handle", pen.second)
    pen.paint(ellipse(0, -0.6, 0.2, 0.22, 28), "head", (176, 178, 188))
    pen.stroke(line((-0.17, -0.5), (0.17, -0.5), 4), 0.7)


def _balloon(pen: PropPen) -> None:
    pen.stroke(spline([(0, 0.3), (0.08, -0.6), (0, -1.5)], 10), 0.6)
    pen.paint(as_points([(-0.08, -1.45), (0.08, -1.45), (0, -1.6)]), "balloon", pen.color, 0.8, 0)
    pen.paint(ellipse(0, -2.15, 0.55, 0.65, 36), "balloon", pen.color, 1.0, 0.12)
    pen.shine(ellipse(0.2 * pen.cel.light_x, -2.4, 0.09, 0.16, 16, turn=0.5))


def _plush(pen: PropPen) -> None:
    fur = pen.color
    for side in (-1, 1):
        pen.paint(ellipse(side * 0.3, -0.98, 0.17, 0.17, 20), "plush", fur, 0.9, 0.03)
        pen.paint(ellipse(side * 0.3, 0.42, 0.18, 0.15, 20), "plush", fur, 0.9, 0.03)
    pen.paint(ellipse(0, 0.1, 0.4, 0.42, 30), "plush", fur, 1.0, 0.07)
    pen.paint(ellipse(0, 0.14, 0.24, 0.26, 30), "plush.belly", shaded(fur, 1.5), 0.7, 0)
    for side in (-1, 1):
        pen.paint(ellipse(side * 0.42, -0.08, 0.13, 0.22, 20, turn=side * -0.6), "plush", fur, 0.9, 0.03)
    pen.paint(ellipse(0, -0.6, 0.46, 0.4, 34), "plush", fur, 1.0, 0.07)
    pen.paint(ellipse(0, -0.48, 0.18, 0.14, 24), "plush.belly", shaded(fur, 1.5), 0.7, 0)
    for side in (-1, 1):
        pen.ink(ellipse(side * 0.2, -0.66, 0.045, 0.06, 14))
    pen.ink(ellipse(0, -0.53, 0.06, 0.04, 14))
