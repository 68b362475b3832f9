"""What all backdrops are made of. One unit is the side of the drawing."""

import numpy as np

from .cel import Cel, Group
from .curves import Points, Rng, as_points
from .palette import Rgb, any_hue, hsv

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


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """A rectangle."""
    return as_points([(left, top), (right, top), (right, bottom), (left, bottom)])


def fill_below(cel: Cel, name: str, color: Rgb, edge: Points) -> None:
    """Everything below an edge that goes from left to right."""
    shape = np.vstack([edge, [(1.1, 1.1), (-0.1, 1.1)]])
    cel.fill(shape, cel.part(name, "backdrop", Group.BACKDROP, color))
    cel.stroke(edge, 0.9, 0, 0)


def fill_all(cel: Cel, name: str, color: Rgb) -> None:
    cel.fill(box(-0.1, -0.1, 1.1, 1.1), cel.part(name, "backdrop", Group.BACKDROP, color))


def pale_color(rng: Rng) -> Rgb:
    return hsv(any_hue(rng), rng.uniform(0.06, 0.4), rng.uniform(0.85, 1.0))
