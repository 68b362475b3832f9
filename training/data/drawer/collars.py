"""What lies on the trunk of a garment: collars, ties, lapels, hoods, aprons, straps and plates."""

from collections.abc import Callable

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_bow, draw_button
from .curves import arch, as_points, ellipse, line, spline, splines
from .design import Design, chance, choose
from .neckwear import Bust, draw_buttons, draw_roll, draw_shirt_collar, draw_tie
from .overlays import draw_apron, draw_armor, draw_dress_front, draw_jacket, draw_overalls, draw_straps, draw_vest


@piece
def draw_collar(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw what belongs to the top of the outfit."""
    kinds: dict[str, Callable[[Cel, Design, Bust], None]] = {
        "sailor": _sailor,
        "shirt": _shirt,
        "blazer": draw_jacket,
        "jacket": draw_jacket,
        "coat": draw_jacket,
        "hoodie": _hood,
        "kimono": _kimono,
        "sweater": _turtleneck,
        "gakuran": _gakuran,
        "dress": draw_dress_front,
        "maid": draw_dress_front,
        "camisole": draw_straps,
        "overalls": draw_overalls,
        "armor": draw_armor,
        "vest": draw_vest,
    }
    kind = kinds.get(design.outfit.top)
    if kind is not None:
        kind(cel, design, Bust(body))
    if design.outfit.apron:
        draw_apron(cel, design, Bust(body))


@piece
def draw_hood(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw the part of a hood that lies behind the neck."""
    x, y, s = body.neck_x, body.neck, body.shoulder_half / 1.23
    shape = spline(
        arch(x, [(0.95 * s, y + 0.55 * s), (1.12 * s, y + 0.05), (0.7 * s, y - 0.33 * s), (0, y - 0.4 * s)]),
        10,
    )
    cel.fill(shape, cloth_part(cel, design, "top", Group.CLOTH, 0), crescent=0.1)
    cel.stroke(shape, 1.1, 0.1, 0.1)
    cel.shade_shape(ellipse(x, y + 0.15, 0.75 * s, 0.42 * s), [Group.CLOTH])


def _shirt(cel: Cel, design: Design, bust: Bust) -> None:
    a, b = bust.at(0.03, 0.16), bust.at(0.05, 2.9, 1.0)
    cel.stroke(line(a, b, 12), 0.8, 0.05, 0.05)
    draw_buttons(cel, design, bust, 0.75, 0.55, 4)
    if design.outfit.pockets:
        x, y = bust.at(0.5, 1.2, 1.0)
        pocket = as_points([(-0.2, 0), (0.2, 0), (0.2, 0.32), (0, 0.4), (-0.2, 0.32)]) * bust.scale + (x, y)
        cel.outline(pocket, 0.7)
    draw_tie(cel, design, bust, 0.2)
    draw_shirt_collar(cel, design, bust, 3)


def _sailor(cel: Cel, design: Design, bust: Bust) -> None:
    body, rng, s = bust.body, cel.rng, bust.scale
    deep, nw, y = 0.95 * s, bust.nw, body.neck
    if chance(rng, 0.6):
        at = rng.uniform(0.3, 0.5) * s
        half = nw * 1.1 * (1 - at / deep) + 0.05
        x = body.neck_x * 0.7 + body.x * 0.3
        shape = splines(
            6, [(x - half, y + at), (x, y + at + 0.07), (x + half, y + at)], [(bust.at(0, 0)[0], y + deep + 0.05)]
        )
        cel.fill(shape, cloth_part(cel, design, "collar.inner", Group.COLLAR, 3))
        cel.stroke(shape[:-1], 0.8, 0, 0)
    part = cloth_part(cel, design, "collar", Group.COLLAR, 1)
    x, mx = body.neck_x, bust.at(0, 0)[0]
    wide = body.shoulder_half * 0.9
    lines = int(rng.integers(1, 3))
    for side in (-1, 1):
        outer = body.x * 0.6 + side * wide
        shape = np.vstack(
            [
                spline(
                    [
                        (x + side * nw * 1.05, y - 0.1),
                        (x + side * nw * 2.4, y + 0.12 * s),
                        (outer, body.shoulder + 0.1 * s),
                    ],
                    8,
                ),
                spline([(outer, body.shoulder + 0.1 * s), (outer - side * 0.1 * s, body.shoulder + 0.5 * s)], 4),
                spline(
                    [
                        (outer - side * 0.1 * s, body.shoulder + 0.5 * s),
                        (mx + side * 0.5 * s, body.shoulder + 0.66 * s),
                        (mx, y + deep + 0.12),
                    ],
                    8,
                ),
                spline([(mx, y + deep), (x + side * nw * 0.9, y + 0.2 * s), (x + side * nw * 1.05, y - 0.1)], 8),
            ]
        )
        cel.draw(shape, part, 1.0, 0.07)
        for k in range(lines):
            d = (0.08 + 0.06 * k) * s
            cel.curve(
                [
                    (outer - side * d, body.shoulder + 0.08 * s),
                    (outer - side * (0.1 * s + d), body.shoulder + 0.5 * s - d),
                    (mx + side * 0.5 * s, body.shoulder + 0.64 * s - d),
                    (mx + side * 0.06, y + deep + 0.05 - d),
                ],
                8,
                0.6,
                0,
                0,
            )
    bow = cloth_part(cel, design, "tie", Group.COLLAR, 2)
    if design.outfit.tie in ("bow", "none", "tie"):
        draw_bow(cel, bow, (mx, y + deep + 0.08), rng.uniform(0.32, 0.5) * s)
    else:
        draw_tie(cel, design, bust, 0.95)


def _hood(cel: Cel, design: Design, bust: Bust) -> None:
    part = cloth_part(cel, design, "hood", Group.COLLAR, 0)
    cord = cloth_part(cel, design, "cord", Group.COLLAR, 3)
    x, y, s, mx = bust.body.neck_x, bust.body.neck, bust.scale, bust.at(0, 0)[0]
    shape = splines(
        8,
        [
            (x - 0.98 * s, y + 0.57 * s),
            (x - 0.72 * s, y + 0.1),
            (x - 0.4 * s, y + 0.17 * s),
            (mx, y + 0.57 * s),
            (x + 0.4 * s, y + 0.17 * s),
            (x + 0.72 * s, y + 0.1),
            (x + 0.98 * s, y + 0.57 * s),
        ],
        [
            (x + 0.98 * s, y + 0.57 * s),
            (x + 0.5 * s, y + 0.83 * s),
            (mx, y + 0.95 * s),
            (x - 0.5 * s, y + 0.83 * s),
            (x - 0.98 * s, y + 0.57 * s),
        ],
    )
    cel.draw(shape, part, 1.1, 0.1)
    cel.stroke(line((mx, y + 0.58 * s), (mx, y + 0.95 * s), 5), 0.8, 0.1, 0.1)
    for side in (-1, 1):
        way = spline(
            [
                (mx + side * 0.22 * s, y + 0.83 * s),
                (mx + side * 0.26 * s, y + 1.15 * s),
                (mx + side * 0.2 * s, y + 1.5 * s),
            ],
            8,
        )
        draw_band(cel, cord, way, 0.04, weight=0.7)
    if design.outfit.pockets:
        body = bust.body
        pouch = as_points([(-0.5, 0), (0.5, 0), (0.75, 0.55), (0.75, 0.8), (-0.75, 0.8), (-0.75, 0.55)]) * s + (
            body.x,
            body.waist - 0.1,
        )
        cel.outline(pouch, 0.8)
    if chance(cel.rng, 0.4):
        cel.stroke(line((mx, y + 0.95 * s), (bust.body.x, bust.body.hip), 10), 0.9, 0, 0.05)


def _kimono(cel: Cel, design: Design, bust: Bust) -> None:
    body, nw, s = bust.body, bust.nw, bust.scale
    x, y, mx = body.neck_x, body.neck, bust.at(0, 0)[0]
    part = cloth_part(cel, design, "collar", Group.COLLAR, 1)
    for side in (1, -1):
        shape = splines(
            8,
            [
                (x + side * nw * 1.2, y - 0.12),
                (x + side * 0.42 * s, y + 0.25 * s),
                (mx + side * 0.1, y + 0.8 * s),
                (body.x - side * 0.62 * s, body.waist),
            ],
            [
                (body.x - side * 0.78 * s, body.waist - 0.15),
                (mx - side * 0.06, y + 0.66 * s),
                (x + side * 0.24 * s, y + 0.2 * s),
                (x + side * nw * 0.75, y - 0.1),
            ],
        )
        cel.draw(shape, part, 1.0, 0.05)
    sash = cloth_part(cel, design, "sash", Group.COLLAR, 2)
    top, low, half = body.waist - 0.45 * s, body.waist + 0.3 * s, body.waist_half * 1.1
    shape = splines(
        6,
        [(body.x - half, top), (body.x, top + 0.06), (body.x + half, top)],
        [(body.x + half * 1.04, low), (body.x, low + 0.06), (body.x - half * 1.04, low)],
    )
    cel.draw(shape, sash, 1.0, 0.12)
    cord = cloth_part(cel, design, "sash.cord", Group.COLLAR, 3)
    draw_band(cel, cord, line((body.x - half, (top + low) / 2), (body.x + half, (top + low) / 2), 8), 0.06)
    if chance(cel.rng, 0.4):
        draw_bow(cel, cord, (body.x, (top + low) / 2), 0.3 * s)


def _turtleneck(cel: Cel, design: Design, bust: Bust) -> None:
    rng, body, s = cel.rng, bust.body, bust.scale
    kind = choose(rng, "roll", "roll", "crew", "vee")
    if kind == "roll":
        draw_roll(cel, design, bust, 0 if chance(rng, 0.6) else 1)
    else:
        way = (
            spline([bust.at(-0.42, 0.0, 0.0), bust.at(0, 0.32), bust.at(0.42, 0.0, 0.0)], 8)
            if kind == "crew"
            else as_points([bust.at(-0.45, 0.0, 0.0), bust.at(0, 0.7), bust.at(0.45, 0.0, 0.0)])
        )
        if kind == "vee":
            inner = cloth_part(cel, design, "collar.inner", Group.COLLAR, 3)
            cel.fill(way, inner)
            draw_shirt_collar(cel, design, bust, 3)
        draw_band(cel, cloth_part(cel, design, "collar.band", Group.COLLAR, 1 if kind == "vee" else 0), way, 0.07)
    if chance(rng, 0.35):
        for x in (-0.45, 0.45):
            way = spline([bust.at(x * 0.8, 0.45, 0.7), bust.at(x, 1.1, 1.0), (body.x + x * 0.9 * s, body.hip)], 20)
            twist = 0.05 * np.sin(np.linspace(0, 50, len(way)))
            for sign in (-1, 1):
                cel.stroke(way + np.stack([sign * twist, 0 * twist], 1), 0.6, 0, 0)


def _gakuran(cel: Cel, design: Design, bust: Bust) -> None:
    x, y, nw, body = bust.body.neck_x, bust.body.neck, bust.nw, bust.body
    shape = splines(
        8,
        [(x - nw * 1.1, y - 0.26), (x, y - 0.14), (x + nw * 1.1, y - 0.26)],
        [(x + nw * 1.18, y + 0.06), (bust.at(0, 0)[0], y + 0.22), (x - nw * 1.18, y + 0.06)],
    )
    cel.draw(shape, cloth_part(cel, design, "collar", Group.COLLAR, 0), 1.0, 0.05)
    middle = spline([bust.at(0, -0.1, 0.3), bust.at(0, 0.4, 0.7), (body.x, body.hip + 0.2)], 10)
    cel.stroke(middle, 0.9, 0.02, 0.02)
    for i in range(5):
        draw_button(cel, design, bust.at(0, 0.4 + 0.5 * i, min(1.0, 0.6 + 0.1 * i)), 0.065)
