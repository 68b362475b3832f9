"""Shadows of a whole figure: what its parts cast on one another, and the side of its form that is turned away."""

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .curves import spline
from .design import chance
from .head import Head

HAIR = (Group.FRONT_HAIR, Group.SIDE_HAIR, Group.HAT)
CLOTHES = (Group.CLOTH, Group.COLLAR, Group.SLEEVE, Group.ARM, Group.BODY)
FORM = 0.45  # share of figures whose trunk and legs have a shadow side
HALF_FACE = 0.08  # share of faces with one half in shadow


@piece
def cast_shadows(cel: Cel) -> None:
    """Let head, hair, collars, hands and skirts cast their shadows."""
    rng = cel.rng
    away = -float(np.sign(cel.light[0]))
    near, chin = rng.uniform(0.06, 0.13), rng.uniform(0.28, 0.4)
    cel.cast([*HAIR, Group.ACCESSORY], [Group.FACE, Group.EAR], (away * 0.05, near), ["skin"])
    cel.cast([Group.FACE, Group.SIDE_HAIR], [Group.NECK], (away * 0.08, chin))
    cel.cast([Group.FACE, *HAIR, Group.TAIL], [*CLOTHES, Group.NECK], (away * 0.07, 0.11))
    cel.cast([Group.COLLAR], [Group.CLOTH, Group.NECK, Group.BODY], (away * 0.05, 0.06))
    cel.cast([Group.ACCESSORY, Group.HAT], [Group.FRONT_HAIR, Group.SIDE_HAIR, Group.TAIL], (away * 0.03, 0.06))
    cel.cast([Group.HAND, Group.FRONT_SLEEVE, Group.PROP], [*CLOTHES, Group.BOTTOM, Group.FACE], (away * 0.06, 0.1))
    cel.cast([Group.BOTTOM, Group.CLOTH], [Group.LEG], (away * 0.05, 0.16))


@piece
def shade_form(cel: Cel, body: Skeleton) -> None:
    """Shade the side of trunk and legs that is turned from the light, with a soft wavy border, in some figures."""
    rng, away = cel.rng, -cel.light_x
    if not chance(rng, FORM):
        return
    reach = body.shoulder_half * rng.uniform(0.1, 0.55)
    heights = np.linspace(body.neck + 0.2, body.sole + 0.2, 8)
    knots = np.stack([body.x + away * (reach + rng.normal(0, 0.1, 8) * body.shoulder_half), heights], 1)
    edge = spline(knots, 8)
    far = body.x + away * 6.0
    shape = np.vstack([edge, [(far, heights[-1]), (far, heights[0])]])
    cel.shade_shape(shape, [Group.CLOTH, Group.BOTTOM, Group.LEG], ["cloth"])


@piece
def shade_half_face(cel: Cel, head: Head) -> None:
    """Put the half of the face that is turned from the light into shadow, in a few figures."""
    if head.profile or head.back or not chance(cel.rng, HALF_FACE):
        return
    away, chin = -cel.light_x, head.design.face.chin
    x, y = head.across(0.0), head.nose_y
    edge = spline(
        [
            (x + 0.1 * away, -0.9),
            (x + 0.05 * away, -0.1),
            (x + 0.02 * away, y - 0.1),
            (x - 0.05 * away, y),
            (x + 0.12 * away, y + 0.12),
            (x + 0.08 * away, chin + 0.1),
        ],
        8,
    )
    shape = np.vstack([edge, [(x + 3 * away, chin + 0.1), (x + 3 * away, -0.9)]])
    cel.shade_shape(shape, [Group.FACE, Group.EAR], ["skin"])
