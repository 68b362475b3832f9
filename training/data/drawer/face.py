"""Heads: the contour of the face from front to three-quarter view and profile, ears, nose, mouth and what is on skin.

Units: the middle of the skull is 0, 0; half the face's width is about 0.9. Turned heads look to the right."""

import numpy as np

from .cel import Cel, Group, piece
from .curves import ellipse, mirror, spline
from .design import Design
from .eyes import EyePlace, draw_brow, draw_eye
from .head import Head
from .mouth import draw_mouth, draw_nose, draw_profile_mouth
from .palette import luminance
from .skin_marks import draw_marks


@piece
def draw_face(cel: Cel, design: Design, head: Head) -> None:
    """Draw the head without hair: ears, face, nose, mouth and eyes."""
    skin = cel.part("skin.face", "skin", Group.FACE, design.palette.skin)
    if head.back:
        skull = ellipse(0, 0.1, 0.88, 1.0, 40)
        cel.draw(skull, skin)
        for side in (-1.0, 1.0):
            _draw_ear(cel, design, -0.9 * side, 0.3, -side)
        return
    ears = head.ear_places()
    if not head.profile and head.stance < 0.3:
        for ear in ears:
            _draw_ear(cel, design, *ear)
    far, near = head.contour()
    skull = ellipse(0 if not head.profile else -0.05, -0.35, 0.9 * design.face.width, 0.62, 30)[15:]
    painted = cel.fill(np.vstack([far, near[::-1], skull]), skin, crescent=0.055)
    if painted is not None:
        cel.faces[cel.figure] = int(np.count_nonzero(painted.mask))
    weight = cel.style.contour
    cel.stroke(far[0 if head.profile else 8 :], weight, 0.08, 0.05, tip=0.4)
    cel.stroke(near[8:], weight, 0.1, 0.05, tip=0.4)
    if head.profile or head.stance >= 0.3:
        for ear in ears:
            _draw_ear(cel, design, *ear)
    draw_marks(cel, design, head)
    if head.profile:
        draw_profile_mouth(cel, design, head)
    else:
        draw_nose(cel, design, head)
        draw_mouth(cel, design, head)
    for x, side, narrow in head.eyes:
        eyes = design.eyes
        place = EyePlace(x, eyes.level, side, eyes.a * narrow, eyes.b, eyes.slant)
        draw_eye(cel, design, place, "left" if side < 0 else "right", head.profile)


@piece
def draw_brows(cel: Cel, design: Design, head: Head) -> None:
    """Draw the brows; many hands draw them over the hair."""
    for x, side, narrow in head.eyes:
        draw_brow(cel, design, x + 0.03 * head.yaw, side, narrow * (0.8 if head.profile else 1.0))


def _draw_ear(cel: Cel, design: Design, x: float, y: float, side: float) -> None:
    size = design.face.ears
    part = cel.part("skin.ear", "skin", Group.EAR, design.palette.skin)
    if design.face.elf:
        shape = spline([(0, -0.2), (0.16, -0.3), (0.52, -0.42), (0.3, -0.02), (0.1, 0.18), (0, 0.24)], 8)
        inner = spline([(0.06, -0.14), (0.2, -0.2), (0.38, -0.3)], 6)
    else:
        shape = spline([(0, -0.22), (0.13, -0.3), (0.2, -0.08), (0.1, 0.18), (0, 0.24)], 8)
        inner = spline([(0.04, -0.16), (0.12, -0.15), (0.09, 0.04)], 6)
    if design.view == "profile":
        shape = spline(
            [(0.05, -0.2), (-0.02, -0.3), (-0.16, -0.24), (-0.17, -0.02), (-0.06, 0.2), (0.04, 0.24), (0.1, 0.05)], 8
        )
        shape, inner, side = shape * (1.1, 1), spline([(-0.0, -0.16), (-0.1, -0.14), (-0.08, 0.06)], 6) * (1.1, 1), 1.0
        if design.face.elf:
            shape = spline([(0.05, -0.15), (-0.2, -0.34), (-0.52, -0.44), (-0.24, 0.0), (-0.04, 0.22), (0.08, 0.1)], 8)
            inner = spline([(-0.02, -0.1), (-0.18, -0.22), (-0.36, -0.32)], 6)
    place = mirror(shape, side) * size + (x, y)
    cel.fill(place, part, crescent=0.04)
    cel.stroke(place, 1.0, 0.1, 0.15)
    cel.stroke(mirror(inner, side) * size + (x, y), 0.7, 0.3, 0.5)
    if "earrings" in design.accessories:
        ring = ellipse(x + side * 0.05, y + 0.31 * size, 0.06, 0.07, 18)
        cel.draw(ring, cel.part("earring", "thing", Group.ACCESSORY, design.palette.metal), 0.7, 0.02)


def is_dark(color: tuple[int, int, int]) -> bool:
    """Whether a hand that inks black areas would ink this color."""
    return luminance(color) < 0.24
