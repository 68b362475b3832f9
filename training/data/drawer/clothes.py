"""Above the waist: trunks of garments and sleeves. What lies on them is in collars.py."""

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_fold, draw_print
from .curves import Points, arch, as_points, spline
from .design import Design, chance
from .palette import Rgb

OPEN_TOPS = ("blazer", "jacket", "coat")
COVERED = ("hoodie", "sweater", "gakuran", "shirt", "blazer", "jacket", "coat", "kimono", "vest", "armor")


def top_color(design: Design) -> int | Rgb:
    """The color of the trunk: the inner shirt's where a jacket is worn open."""
    if design.view == "back":
        return 0
    if design.outfit.top in OPEN_TOPS or design.outfit.top in ("vest", "overalls"):
        return 3
    return 0


def is_tucked(design: Design) -> bool:
    """Whether the bottom is drawn over the top."""
    return design.outfit.top in ("shirt", "camisole", "dress", "maid", "overalls", "vest", "kimono") or (
        design.outfit.belt and design.outfit.top in ("tee", "sailor", "sweater")
    )


def neckline(body: Skeleton, wide: float, deep: float, sharp: bool) -> Points:
    """From the left to the right side of the neck; `wide` in neck halves, `deep` below the neck."""
    x, half, y = body.neck_x, body.neck_half * wide, body.neck + 0.02 + 0.1 * max(0.0, wide - 1.3)
    middle = (x + body.x) / 2
    if sharp:
        return as_points([(x - half, y), (middle, body.neck + deep), (x + half, y)])
    return spline(
        [
            (x - half, y),
            (middle - half * 0.55, body.neck + deep * 0.7),
            (middle, body.neck + deep),
            (middle + half * 0.55, body.neck + deep * 0.7),
            (x + half, y),
        ],
        8,
    )


@piece
def draw_trunk(cel: Cel, design: Design, body: Skeleton) -> int:
    """Draw the body of the top, without sleeves and collar; returns its part."""
    outfit, rng = design.outfit, cel.rng
    top = outfit.top
    scale = body.shoulder_half / 1.23
    deep = {
        "sailor": 0.95,
        "tee": 0.4,
        "kimono": 0.8,
        "camisole": 0.75,
        "dress": 0.45,
        "maid": 0.3,
        "overalls": 0.3,
    }.get(top, 0.16) * scale
    wide = {"tee": 1.5, "camisole": 2.3, "dress": 1.7, "sailor": 1.25, "kimono": 1.2, "overalls": 1.3}.get(top, 1.14)
    neck = neckline(body, wide, deep, top in ("sailor", "kimono"))
    long = {
        "hoodie": body.hip + 0.1,
        "sweater": body.hip,
        "sailor": body.waist + 0.3 * scale,
        "tee": body.hip - 0.1,
        "gakuran": body.hip + 0.3,
    }.get(top, body.waist + 0.25)
    if is_tucked(design):
        long = body.waist + 0.15
    ease = {"hoodie": 0.16, "sweater": 0.1, "tee": 0.07, "gakuran": 0.06, "coat": 0.05}.get(top, 0.03) * scale
    part = cloth_part(cel, design, "top", Group.CLOTH, top_color(design))
    left, right = body.shoulders(-1), body.shoulders(1)
    half = abs(neck[0, 0] - body.neck_x)
    left, right = left[np.abs(left[:, 0] - body.neck_x) > half], right[np.abs(right[:, 0] - body.neck_x) > half]
    if top == "camisole":
        left = right = as_points(np.empty((0, 2)))
        y = body.shoulder + 0.25 * scale
        neck = spline(
            arch(body.x, [(body.bust_half * 1.02, y + 0.35 * scale), (body.bust_half * 0.6, y), (0, y + 0.28 * scale)]),
            8,
        )
    side_l, side_r = body.flank(-1, ease, long), body.flank(1, ease, long)
    if top == "camisole":
        side_l, side_r = side_l[side_l[:, 1] > neck[0, 1]], side_r[side_r[:, 1] > neck[-1, 1]]
    hem = spline([side_l[-1], ((side_l[-1, 0] + side_r[-1, 0]) / 2, long + 0.1 * scale), side_r[-1]], 8)
    cel.fill(np.vstack([neck, right, side_r, hem[::-1][1:-1], side_l[::-1], left[::-1]]), part, crescent=0.16)
    draw_print(
        cel,
        design,
        part,
        (body.x, (body.shoulder + long) / 2),
        (body.shoulder_half * 1.1, (long - body.shoulder) / 2 + 0.3),
    )
    cel.stroke(neck, 1.0, 0, 0)
    for shoulder, side in ((left, side_l), (right, side_r)):
        if len(shoulder):
            cel.stroke(shoulder, 1.15, 0.1, 0.2)
        cel.stroke(side[2:], 1.05, 0.2, 0.05)
    cel.stroke(hem, 1.0, 0.02, 0.02)
    if top == "sweater" or (top == "hoodie" and outfit.trim):
        for dy in (0.12, 0.2):
            cel.stroke(hem - (0, dy * scale), 0.6, 0.1, 0.1)
    if outfit.trim and top in ("tee", "camisole", "dress"):
        draw_band(cel, cloth_part(cel, design, "top.trim", Group.CLOTH, 2), neck + (0, 0.05), 0.045)
    _draw_folds(cel, body, part, hem, scale)
    if not design.male and design.age != "child" and design.view != "back" and design.heads > 4 and chance(rng, 0.75):
        _shade_chest(cel, body, part, scale)
    return part


def _draw_folds(cel: Cel, body: Skeleton, part: int, hem: Points, scale: float) -> None:
    """Folds where cloth is pulled: from the armpits, at the waist, and up from the hem."""
    rng = cel.rng
    for side in (-1, 1):
        raised = body.poses[side].upper > 60
        armpit = np.array([body.x * 0.8 + side * body.bust_half * 0.98, body.shoulder + 0.45 * scale])
        for _ in range(int(rng.integers(0, 3)) + raised):
            down = rng.uniform(0.5, 1.1) if raised else rng.uniform(0.1, 0.5)
            way = armpit + (0, rng.uniform(-0.1, 0.25) * scale)
            draw_fold(cel, part, way, np.array([-side * rng.uniform(0.3, 0.6), down]) * scale)
        for _ in range(int(rng.integers(0, 3))):
            at = np.array([body.x + side * body.waist_half * 1.02, body.waist + rng.uniform(-0.5, 0.15) * scale])
            draw_fold(cel, part, at, np.array([-side * rng.uniform(0.25, 0.7), rng.uniform(-0.2, 0.15)]) * scale)
    for _ in range(int(rng.integers(1, 4))):
        at = hem[int(rng.integers(1, len(hem) - 1))]
        draw_fold(cel, part, at, np.array([rng.normal(0, 0.15), -rng.uniform(0.25, 0.7)]) * scale)


def _shade_chest(cel: Cel, body: Skeleton, part: int, scale: float) -> None:
    """Shadows below the chest."""
    rng = cel.rng
    clip = (cel.parts == part).astype(np.uint8) * 255
    x, y, b = body.x, body.bust + 0.1 * scale, body.bust_half
    for sign in (-1, 1):
        upper = spline(
            [
                (x + sign * 0.95 * b, y - 0.2 * scale),
                (x + sign * 0.55 * b, y + 0.06 * scale),
                (x + sign * 0.08 * b, y - 0.08 * scale),
            ],
            8,
        )
        lower = spline(
            [
                (x + sign * 0.08 * b, y - 0.08 * scale),
                (x + sign * 0.55 * b, y + 0.24 * scale),
                (x + sign * b, y + 0.05 * scale),
            ],
            8,
        )
        cel.shade_shape(np.vstack([upper, lower]), clip=clip)
        if rng.random() < 0.5:
            cel.stroke(upper[4:13], 0.6, 0.4, 0.5, clip)
