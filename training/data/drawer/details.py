"""Small things on clothes: badges, armbands, straps of bags, epaulettes, pockets with pens."""

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .cloth import draw_band
from .curves import as_points, direction, ellipse, heart, line, spline, star
from .design import Design, chance, choose
from .palette import shaded

SHARE = 0.35  # of figures that have any


@piece
def draw_details(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw one or two details on the trunk, below hair and hands."""
    rng = cel.rng
    if design.view == "back" or not chance(rng, SHARE):
        return
    scale = body.shoulder_half / 1.23
    first = choose(rng, "badge", "strap", "armband", "pen", "brooch")
    second = choose(rng, "badge", "strap", "armband", "pins")
    for kind in dict.fromkeys((first, second)):
        {"badge": _badge, "strap": _strap, "armband": _armband, "pen": _pen, "brooch": _brooch, "pins": _pins}[kind](
            cel, design, body, scale
        )


def _badge(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    x, y, size = body.x + 0.5 * body.bust_half, body.bust - 0.1, 0.13 * scale
    shape = choose(
        cel.rng,
        star(x, y, size * 1.2),
        heart(x, y, size),
        ellipse(x, y, size, size, 24),
        ellipse(x, y, size * 1.5, size * 0.7, 24, square=6),
    )
    cel.draw(shape, cel.part("badge", "thing", Group.COLLAR, design.palette.second_accent), 0.8, 0.02)


def _pins(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    for k in range(3):
        x, y = body.x - 0.5 * body.bust_half + 0.16 * k * scale, body.bust - 0.15
        pin = as_points(
            [
                (x - 0.06 * scale, y),
                (x + 0.06 * scale, y),
                (x + 0.06 * scale, y + 0.16 * scale),
                (x - 0.06 * scale, y + 0.16 * scale),
            ]
        )
        cel.draw(pin, cel.part(f"pin.{k}", "thing", Group.COLLAR, design.palette.clothes[k]), 0.7)


def _strap(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    """The strap of a shoulder bag, and the bag where it is in view."""
    side = 1 if cel.rng.random() < 0.5 else -1
    part = cel.part("strap", "cloth", Group.COLLAR, shaded(design.palette.shoes, 0.95))
    start = (body.neck_x + side * body.neck_half * 2.0, body.neck + 0.12)
    end = (body.x - side * body.hip_half * 1.02, body.hip)
    middle = (body.x + side * 0.1 * scale, (body.bust + body.waist) / 2)
    bag = ellipse(end[0] - side * 0.1 * scale, end[1] + 0.45 * scale, 0.6 * scale, 0.5 * scale, 36, square=5)
    cel.draw(bag, cel.part("bag", "cloth", Group.COLLAR, design.palette.shoes), 1.1, 0.1)
    cel.stroke(bag[:19] * (1, 0.5) + (0, (end[1] + 0.45 * scale) * 0.5), 0.7, 0.05, 0.05)
    draw_band(cel, part, spline([start, middle, end], 10), 0.08 * scale, crescent=0.03)


def _armband(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    if design.outfit.sleeves in ("none", "short", "puff"):
        return
    side = -1
    a, b, _ = body.arms[side]
    ahead = direction(a, b)
    middle, half = a + (b - a) * 0.55, body.arm * design.outfit.sleeve_width * 1.03
    across = np.array([-ahead[1], ahead[0]]) * half
    way = spline([middle - across, middle + ahead * 0.05, middle + across], 8)
    part = cel.part("armband", "cloth", Group.FRONT_SLEEVE, design.palette.second_accent)
    draw_band(cel, part, way, 0.2 * scale, crescent=0.05)


def _pen(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    x, y = body.x - 0.48 * body.bust_half, body.bust
    pen = as_points([(-0.03, -0.28), (0.03, -0.28), (0.03, 0.05), (-0.03, 0.05)]) * scale + (x, y)
    pocket = as_points([(-0.22, 0), (0.22, 0), (0.2, 0.4), (0, 0.46), (-0.2, 0.4)]) * scale + (x, y)
    cel.draw(pen, cel.part("pen", "thing", Group.COLLAR, design.palette.second_accent), 0.7)
    cel.outline(pocket, 0.8)
    cel.stroke(line(pocket[0] + (0, 0.08 * scale), pocket[1] + (0, 0.08 * scale), 5), 0.5, 0, 0)


def _brooch(cel: Cel, design: Design, body: Skeleton, scale: float) -> None:
    x, y = (body.neck_x + body.x) / 2, body.neck + 0.42 * scale
    for radius, name, color in (
        (0.14, "brooch.rim", design.palette.metal),
        (0.09, "brooch.gem", design.palette.second_accent),
    ):
        gem = ellipse(x, y, radius * scale, radius * 1.15 * scale, 24)
        cel.draw(gem, cel.part(name, "thing", Group.COLLAR, color), 0.8, 0.02)
