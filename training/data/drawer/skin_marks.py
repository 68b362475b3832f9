"""What is on the skin of a face: blush, freckles, wrinkles, scars, beards."""

import numpy as np

from .cel import Cel, Group, piece
from .curves import ellipse, line, mirror, spline, splines
from .design import Design
from .head import Head
from .palette import shaded


@piece
def draw_marks(cel: Cel, design: Design, head: Head) -> None:
    """Blush, freckles, moles, scars, wrinkles and beards."""
    face, eyes, rng = design.face, design.eyes, cel.rng
    cheeks = [(head.across(-0.5), 1.0), (head.across(0.5), 1 - 0.3 * head.yaw)]
    if head.profile:
        cheeks = [(0.36, 0.8)]
    y = eyes.level + max(eyes.b, 0.15) + 0.14
    for x, narrow in cheeks:
        if face.blush:
            cel.add_blush((x, y), 0.24 * narrow, 0.12, 0.55 if face.blush == 1 else 1.0, [Group.FACE])
        if face.blush == 2:
            for k in range(3):
                at = x - 0.1 + 0.09 * k
                cel.stroke(line((at + 0.03, y - 0.05), (at - 0.03, y + 0.05), 4), 0.55, 0.3, 0.3)
        if face.freckles:
            for k in range(5):
                dot = ellipse(x + 0.07 * (k - 2) * narrow, y + (0.03 if k % 2 else -0.03), 0.012, 0.012, 8)
                cel.ink_shape(dot)
        if face.wrinkles:
            cel.stroke(spline([(x - 0.16, y - 0.1), (x, y - 0.04), (x + 0.14, y - 0.1)], 6), 0.55, 0.4, 0.4)
    if face.wrinkles and not head.profile:
        for side in (-1, 1):
            x = head.across(side * 0.3)
            cel.curve(
                [(x, head.nose_y + 0.02), (x + side * 0.08, head.nose_y + 0.14), (x + side * 0.09, head.mouth_y)],
                6,
                0.6,
                0.3,
                0.6,
            )
    if face.mole:
        cel.ink_shape(ellipse(cheeks[0][0] + 0.05, y - 0.02, 0.018, 0.018, 10))
    if face.scar:
        x, narrow = cheeks[0]
        cel.stroke(line((x - 0.1, y - 0.14), (x + 0.12, y + 0.12), 8), 0.8, 0.3, 0.3)
        for share in (0.3, 0.6):
            middle = np.array([x - 0.1 + 0.22 * share, y - 0.14 + 0.26 * share])
            cel.stroke(line(middle + (0.04, -0.05), middle - (0.04, -0.05), 4), 0.6, 0.3, 0.3)
    if face.beard:
        _draw_beard(cel, design, head)
    if rng.random() < 0.05:  # a plaster
        x, narrow = cheeks[-1]
        with cel.moved((x, y), 0.3):
            strip = ellipse(0, 0, 0.16 * narrow, 0.055, 30, square=5)
            cel.draw(strip, cel.part("plaster", "thing", Group.FACE, (240, 214, 176)), 0.7)
            cel.outline(ellipse(0, 0, 0.05 * narrow, 0.045, 20, square=5), 0.5)


def _draw_beard(cel: Cel, design: Design, head: Head) -> None:
    face, color = design.face, design.palette.hair
    if head.profile:
        return
    part = cel.part("beard", "hair", Group.FACE, shaded(color, 0.96))
    x, y, chin = head.across(0) + 0.03 * head.yaw, head.mouth_y, face.chin
    if face.beard == "stubble":
        for _ in range(26):
            angle = cel.rng.uniform(0.15, np.pi - 0.15)
            at = np.array([x + np.cos(angle) * 0.52, y - 0.04 + np.sin(angle) * (chin - y) * 0.82])
            cel.stroke(line(at, at + (0.0, 0.035), 3), 0.5, 0.2, 0.2)
        return
    if face.beard == "beard":
        far, near = head.contour()
        outer = np.vstack([near[22:], far[22:][::-1]]) + (0, 0.03)
        inner = spline(
            [
                far[22],
                (x + 0.4, y - 0.12),
                (x + 0.2, y - 0.16),
                (x, y - 0.1),
                (x - 0.2, y - 0.16),
                (x - 0.4, y - 0.12),
                near[22],
            ],
            8,
        )
        cel.fill(np.vstack([outer, inner]), part, crescent=0.05)
        cel.stroke(outer, 1.1, 0.1, 0.1)
        cel.stroke(inner, 0.8, 0.1, 0.1)
        lips = ellipse(x, y + 0.02, 0.2, 0.09, 20)
        cel.draw(lips, cel.part("skin.face", "skin", Group.FACE, design.palette.skin), 0.6)
    else:
        for side in (-1, 1):
            wing = splines(6, [(0, -0.12), (0.16, -0.13), (0.34, 0.0)], [(0.34, 0.0), (0.16, -0.02), (0, -0.05)])
            wing = mirror(wing, side) + (x, y)
            cel.draw(wing, part, 0.8)
