"""Garments over the trunk: vests, jackets, aprons, overalls, plates, and what is on a dress."""

import numpy as np

from .cel import Cel, Group
from .cloth import cloth_part, draw_band, draw_bow, draw_button, draw_fold, draw_ruffle
from .curves import arch, as_points, ellipse, line, mirror, spline, splines
from .design import Design, chance, choose
from .neckwear import Bust, draw_buttons, draw_roll, draw_shirt_collar, draw_tie
from .palette import Rgb


def draw_vest(cel: Cel, design: Design, bust: Bust) -> None:
    part = cloth_part(cel, design, "vest", Group.COLLAR, 0)
    body = bust.body
    low = body.waist + 0.25
    neck = as_points([bust.at(-0.42, -0.02), bust.at(0, 1.1, 0.8), bust.at(0.42, -0.02)])
    left, right = (
        spline(
            [
                bust.at(side * 0.42, -0.02),
                bust.at(side * 0.85, 0.25),
                bust.at(side * 0.8, 0.9, 0.8),
                (body.x + side * body.bust_half * 1.02, body.bust + 0.1),
            ],
            8,
        )
        for side in (-1, 1)
    )
    side_l, side_r = body.flank(-1, 0.05, low), body.flank(1, 0.05, low)
    side_l, side_r = side_l[side_l[:, 1] > body.bust + 0.1], side_r[side_r[:, 1] > body.bust + 0.1]
    shape = np.vstack([neck, right, side_r, side_l[::-1], left[::-1]])
    draw_shirt_collar(cel, design, bust, 3)
    draw_tie(cel, design, bust, 0.2)
    cel.draw(shape, part, 1.0, 0.14)
    if chance(cel.rng, 0.5):
        trim = cloth_part(cel, design, "vest.trim", Group.COLLAR, 2)
        draw_band(cel, trim, neck, 0.05)
    else:
        cel.stroke(line(neck[1], (body.x, low), 8), 0.8, 0, 0)
        draw_buttons(cel, design, bust, 1.3, 0.5, 3, 0.05)


def draw_jacket(cel: Cel, design: Design, bust: Bust) -> None:
    """Blazer, jacket or coat: two fronts over the shirt, with lapels."""
    outfit, body, rng, s = design.outfit, bust.body, cel.rng, bust.scale
    if outfit.top == "blazer":
        cel.stroke(line(bust.at(0.02, 0.2), bust.at(0.03, 1.7, 1.0), 8), 0.8, 0.05, 0.05)
        draw_tie(cel, design, bust, 0.2)
        draw_shirt_collar(cel, design, bust, 3)
    elif outfit.top == "coat" and chance(rng, 0.5):
        draw_roll(cel, design, bust, 3)
    closed = outfit.top == "blazer" or (outfit.top == "coat" and chance(rng, 0.5))
    gap = 0.05 if closed else rng.uniform(0.35, 0.6)
    low = {
        "blazer": body.hip + 0.15,
        "jacket": body.waist + 0.4,
        "coat": body.crotch + 0.35 * (body.sole - body.crotch),
    }[outfit.top]
    part = cloth_part(cel, design, "jacket", Group.CLOTH, 0)
    lapel = cloth_part(cel, design, "lapel", Group.COLLAR, 0 if not outfit.trim else 2)
    for side in (-1, 1):
        edge = spline(
            [
                (body.neck_x + side * bust.nw * 1.25, body.neck + 0.02),
                bust.at(side * (gap * 0.5 + 0.38), 0.8, 0.8),
                bust.at(side * gap, 1.7, 1.0),
                (body.x + side * gap * s * 1.1, low),
            ],
            10,
        )
        shoulder = body.shoulders(side)
        shoulder = shoulder[np.abs(shoulder[:, 0] - body.neck_x) > bust.nw * 1.25]
        flank = body.flank(side, 0.1 * s, low)
        if outfit.top == "coat":
            flank[:, 0] += side * np.clip((flank[:, 1] - body.waist) / 6, 0, 0.4)
        cel.fill(np.vstack([edge, flank[::-1], shoulder[::-1]]), part, crescent=0.16)
        for way, w in ((edge, 1.1), (shoulder, 1.15), (flank[2:], 1.05)):
            cel.stroke(way, w, 0.05, 0.08)
        cel.stroke(line(edge[-1], flank[-1], 8), 1.05, 0, 0)
        if outfit.top == "jacket" and chance(rng, 0.5):
            cel.stroke(line(edge[-1] + (0, -0.22), flank[-1] + (0, -0.22), 8), 0.7, 0, 0)
        fold = edge[: 20 if outfit.top != "coat" else 18]
        shape = np.vstack(
            [
                fold[:1],
                [bust.at(side * 0.62, 0.1, 0.2)],
                [bust.at(side * 0.84, 0.55, 0.5)],
                [bust.at(side * 0.64, 0.62, 0.5)],
                [bust.at(side * 0.76, 0.78, 0.6)],
                fold[::-1],
            ]
        )
        cel.draw(shape, lapel, 0.95, 0.05)
        for _ in range(3):
            draw_fold(
                cel,
                part,
                (
                    body.x + side * body.waist_half * rng.uniform(0.6, 1.05),
                    rng.uniform(body.bust, max(body.bust + 0.3, low - 0.3)),
                ),
                (-side * rng.uniform(0.2, 0.45), rng.uniform(0.0, 0.4)),
            )
        if outfit.pockets:
            x, y = body.x + side * body.waist_half * 0.62, body.waist + 0.1
            flap = as_points([(-0.22, 0), (0.22, 0), (0.21, 0.13), (-0.21, 0.13)]) * s + (x, y)
            cel.outline(flap, 0.75)
    if closed:
        for i in range(int(rng.integers(2, 4))):
            draw_button(cel, design, bust.at(-gap * 0.4, 1.75 + i * 0.5, 1.0), 0.06)
            if outfit.top == "coat":
                draw_button(cel, design, bust.at(0.4, 1.75 + i * 0.5, 1.0), 0.06)


def draw_dress_front(cel: Cel, design: Design, bust: Bust) -> None:
    rng, body, s = cel.rng, bust.body, bust.scale
    kind = choose(rng, "peter pan", "ruffle", "bow", "lace", "plain")
    if kind == "peter pan":
        part = cloth_part(cel, design, "collar", Group.COLLAR, 3)
        x, y, nw = body.neck_x, body.neck, bust.nw
        for side in (-1.0, 1.0):
            leaf = mirror(
                spline(
                    [(0.04, 0.2), (0.3, 0.5), (0.66, 0.42), (0.74, 0.1), (nw / s * 1.1, -0.12), (nw / s * 0.8, 0.08)],
                    8,
                    closed=True,
                ),
                side,
            ) * s + (x, y + 0.06)
            cel.draw(leaf, part, 0.95, 0.05)
        draw_bow(cel, cloth_part(cel, design, "tie", Group.COLLAR, 2), bust.at(0, 0.3), 0.22 * s)
    elif kind == "ruffle":
        way = spline(
            [
                bust.at(-0.55, 0.1, 0.2),
                bust.at(-0.3, 0.42),
                bust.at(0, 0.52),
                bust.at(0.3, 0.42),
                bust.at(0.55, 0.1, 0.2),
            ],
            8,
        )
        draw_ruffle(cel, cloth_part(cel, design, "collar", Group.COLLAR, 3), way, 0.18 * s, 0.17 * s)
    elif kind == "bow":
        draw_bow(
            cel, cloth_part(cel, design, "tie", Group.COLLAR, 2), bust.at(0, 0.75, 0.8), rng.uniform(0.25, 0.4) * s
        )
    elif kind == "lace":
        a, b = body.bust - 0.1, body.waist - 0.1
        for k in np.linspace(0, 1, 5)[:-1]:
            y, step = a + (b - a) * k, (b - a) / 4
            for sign in (-1, 1):
                cel.stroke(line((body.x - sign * 0.14 * s, y), (body.x + sign * 0.14 * s, y + step), 5), 0.7, 0, 0)
        for side in (-1, 1):
            cel.stroke(
                line((body.x + side * 0.15 * s, a - 0.1), (body.x + side * 0.15 * s, b + 0.1), 8), 0.8, 0.05, 0.05
            )
    if design.outfit.sleeves == "none":
        for side in (-1, 1):
            outer = body.x * 0.6 + side * body.shoulder_half
            cel.curve(
                [
                    (outer - side * 0.24 * s, body.shoulder - 0.1),
                    (outer - side * 0.3 * s, body.shoulder + 0.3),
                    (body.x + side * body.bust_half, body.bust),
                ],
                6,
                0.9,
                0.05,
                0.1,
            )


def draw_straps(cel: Cel, design: Design, bust: Bust) -> None:
    part = cloth_part(cel, design, "strap", Group.COLLAR, 0)
    body, s = bust.body, bust.scale
    for side in (-1, 1):
        way = line(
            (body.x + side * body.bust_half * 0.6, body.shoulder + 0.32 * s),
            (body.neck_x + side * bust.nw * 2.0, body.neck + 0.1),
            6,
        )
        draw_band(cel, part, way, 0.05 * s)
    if chance(cel.rng, 0.5):
        draw_bow(cel, cloth_part(cel, design, "tie", Group.COLLAR, 2), (body.x, body.shoulder + 0.6 * s), 0.22 * s)


def draw_overalls(cel: Cel, design: Design, bust: Bust) -> None:
    body, s = bust.body, bust.scale
    part = cloth_part(cel, design, "bib", Group.COLLAR, 1)
    for side in (-1, 1):
        way = spline(
            [
                (body.neck_x + side * bust.nw * 2.1, body.neck + 0.1),
                (body.x * 0.7 + side * 0.55 * s, body.shoulder + 0.4),
                (body.x + side * 0.5 * s, body.bust + 0.15),
            ],
            8,
        )
        draw_band(cel, part, way, 0.1 * s)
    top, low = body.bust, body.waist + 0.2
    half = body.waist_half
    bib = np.vstack(
        [
            spline([(body.x - 0.62 * s, top), (body.x, top + 0.04), (body.x + 0.62 * s, top)], 5),
            arch(body.x, [(-half * 0.8, low - 0.3), (-half * 1.08, low)]),
        ]
    )
    cel.draw(bib, part, 1.0, 0.1)
    pocket = as_points([(-0.3, 0), (0.3, 0), (0.28, 0.4), (-0.28, 0.4)]) * s + (body.x, top + 0.35 * s)
    cel.outline(pocket, 0.75)
    for side in (-1, 1):
        draw_button(cel, design, (body.x + side * 0.5 * s, top + 0.14), 0.07 * s)


def draw_armor(cel: Cel, design: Design, bust: Bust) -> None:
    body, s = bust.body, bust.scale
    metal: Rgb = design.palette.metal
    plate = cel.part("plate", "thing", Group.COLLAR, metal)
    half = body.bust_half
    shape = spline(
        [
            (body.x - half * 0.95, body.shoulder + 0.2 * s),
            (body.x, body.shoulder + 0.35 * s),
            (body.x + half * 0.95, body.shoulder + 0.2 * s),
            (body.x + half * 1.05, body.bust + 0.2 * s),
            (body.x + body.waist_half, body.waist),
            (body.x, body.waist + 0.25 * s),
            (body.x - body.waist_half, body.waist),
            (body.x - half * 1.05, body.bust + 0.2 * s),
        ],
        8,
        closed=True,
    )
    cel.draw(shape, plate, 1.15, 0.2)
    cel.stroke(line((body.x, body.shoulder + 0.35 * s), (body.x, body.waist + 0.25 * s), 10), 0.9, 0.05, 0.05)
    cel.curve(arch(body.x, [(half, body.bust + 0.35 * s), (0, body.bust + 0.6 * s)]), 8, 0.8, 0.1, 0.1)
    shape = ellipse(body.x + cel.light_x * half * 0.5, body.bust - 0.05, 0.12 * s, 0.3 * s, 20, turn=0.3 * cel.light_x)
    cel.light_shape(shape, [Group.COLLAR], ["thing"])
    for side in (-1, 1):
        outer = body.x * 0.6 + side * body.shoulder_half
        for k in (1, 0):
            cap = ellipse(
                outer - side * 0.02 * s,
                body.shoulder + (0.15 + 0.32 * k) * s,
                (0.52 - 0.1 * k) * s,
                0.36 * s,
                30,
                turn=side * 0.4,
            )
            cel.draw(cap, plate, 1.1, 0.1)
        cel.stroke(
            ellipse(outer, body.shoulder + 0.15 * s, 0.36 * s, 0.22 * s, 30, turn=side * 0.4)[15:], 0.7, 0.2, 0.2
        )


def draw_apron(cel: Cel, design: Design, bust: Bust) -> None:
    body, s, rng = bust.body, bust.scale, cel.rng
    part = cloth_part(cel, design, "apron", Group.COLLAR, 3)
    low = body.crotch + 0.12 * (body.sole - body.crotch)
    top = body.bust - 0.05
    skirt = splines(
        8,
        [
            (body.x - body.waist_half * 0.85, body.waist),
            (body.x - body.hip_half, body.hip),
            (body.x - body.hip_half * 0.95, low - 0.2),
        ],
        [(body.x - body.hip_half * 0.95, low - 0.2), (body.x, low + 0.15), (body.x + body.hip_half * 0.95, low - 0.2)],
        [
            (body.x + body.hip_half * 0.95, low - 0.2),
            (body.x + body.hip_half, body.hip),
            (body.x + body.waist_half * 0.85, body.waist),
        ],
    )
    if design.outfit.bottom == "flared" and body.span > 3:
        draw_ruffle(cel, part, skirt[17:34], 0.2 * s, 0.22 * s)
        cel.draw(skirt, part, 1.0, 0.1)
    bib = as_points(
        [
            (body.x - 0.55 * s, top),
            (body.x + 0.55 * s, top),
            (body.x + body.waist_half * 0.85, body.waist + 0.03),
            (body.x - body.waist_half * 0.85, body.waist + 0.03),
        ]
    )
    cel.draw(bib, part, 1.0, 0.08)
    for side in (-1, 1):
        way = spline(
            [
                (body.x + side * 0.5 * s, top + 0.05),
                (body.x * 0.7 + side * 0.62 * s, body.shoulder + 0.1),
                (body.neck_x + side * bust.nw * 2.3, body.neck + 0.12),
            ],
            8,
        )
        if chance(rng, 0.5):
            draw_ruffle(cel, part, way if side < 0 else way[::-1], 0.2 * s, 0.2 * s)
        draw_band(cel, part, way, 0.09 * s)
    belt = spline(arch(body.x, [(body.waist_half * 1.02, body.waist), (0, body.waist + 0.08)]), 8)
    draw_band(cel, part, belt, 0.1 * s)
