"""Hoods over the head, plain or with animal ears."""

import numpy as np

from .cel import Cel, Group, piece
from .curves import Points, arch, ellipse, mirror, spline, splines
from .design import Design, choose
from .head import Head
from .palette import shaded


def _outer(head: Head, low: float) -> Points:
    """The hood's outline, from the left shoulder over the head to the right one."""
    x, half, top = head.hair_x, head.half + 0.22, head.top - 0.22
    return spline(
        arch(x, [(half * 0.78, low), (half * 1.04, 0.75), (half * 1.02, -0.2), (half * 0.7, top * 0.8), (0, top)]),
        10,
    )


@piece
def draw_hood_lining(cel: Cel, design: Design, head: Head) -> None:
    """Draw the inside of a raised hood, that lies behind the head."""
    if "hood" not in design.accessories:
        return
    color = shaded(design.palette.clothes[0], 0.66)
    outer = _outer(head, design.face.chin + 0.35)
    cel.fill(outer, cel.part("hood.lining", "cloth", Group.BACK_HAIR, color))
    cel.stroke(outer, 1.1, 0.05, 0.05)


@piece
def draw_raised_hood(cel: Cel, design: Design, head: Head) -> None:
    """Draw the front of a raised hood: all but the opening, through which face and bangs are seen."""
    if "hood" not in design.accessories:
        return
    rng, palette = cel.rng, design.palette
    part = cel.part("hood.front", "cloth", Group.HAT, palette.clothes[0])
    low = design.face.chin + 0.35
    outer = _outer(head, low)
    x, wide = 0.6 * head.face_x + 0.4 * head.hair_x, 0.93 * design.face.width + 0.08
    high = -0.82 + 0.1 * rng.random()
    inner = spline(
        arch(x, [(wide * 0.62, low), (wide, 0.7), (wide * 0.98, -0.1), (wide * 0.62, high * 0.82), (0, high)]),
        10,
    )
    ears = choose(rng, "", "", "cat", "bear", "rabbit")
    for side in (-1.0, 1.0) if ears else ():
        shape = {
            "cat": splines(6, [(1.0, -0.75), (1.12, -1.35), (1.0, -1.75)], [(1.0, -1.75), (0.6, -1.5), (0.3, -1.2)]),
            "bear": ellipse(0.8, -1.28, 0.3, 0.3, 24),
            "rabbit": spline([(0.3, -1.15), (0.3, -1.9), (0.5, -2.3), (0.72, -1.9), (0.66, -1.1)], 8),
        }[ears]
        ear = mirror(shape, side) * (1, -head.top / 1.2) + (head.hair_x, 0)
        cel.draw(ear, part, 1.1, 0.06)
        middle = ear.mean(0)
        inside = middle + (ear - middle) * 0.55
        cel.draw(inside, cel.part("hood.ear", "cloth", Group.HAT, palette.clothes[2]), 0.8)
    cel.fill(np.vstack([outer, inner[::-1]]), part, crescent=0.12)
    cel.stroke(outer, cel.style.contour, 0.03, 0.03)
    cel.stroke(inner, 1.0, 0.03, 0.03)
    rim = inner + (inner - inner.mean(0)) * 0.07
    cel.stroke(rim, 0.65, 0.1, 0.1)
