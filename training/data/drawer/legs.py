"""Below the waist: legs, socks, shoes, skirts and trousers."""

import numpy as np

from .body import Point, Skeleton, limb_spine
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_fold, draw_print, draw_ruffle
from .curves import Points, as_points, bezier, direction, ellipse, line, spline, tube
from .design import Design, chance
from .palette import Rgb, shaded

SKIRTS = ("pleated", "flared", "long skirt", "hakama", "kimono")


def is_skirt(design: Design) -> bool:
    """Whether the figure wears one."""
    return design.outfit.bottom in SKIRTS


def draw_seat(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw what a sitting figure sits on: a box or a stool."""
    low = max(float(leg[2][1]) for leg in body.legs.values()) + body.ankle
    half, top = body.hip_half * 1.5, body.hip + 0.15
    part = cel.part("seat", "thing", Group.BEHIND, design.palette.second_accent)
    if chance(cel.rng, 0.5):
        box = as_points([(-half, top), (half, top), (half, low), (-half, low)]) + (body.x, 0)
        cel.draw(box, part, 1.1, 0.2)
        return
    for side in (-1, 1):
        leg = as_points([(half * 0.8, top), (half * 0.95, top), (half * 1.02, low), (half * 0.88, low)]) * (side, 1)
        cel.draw(leg + (body.x, 0), part, 1.0, 0.04)
    cushion = ellipse(body.x, top + 0.1, half, 0.3, 40, square=5)
    cel.draw(cushion, cel.part("seat.cushion", "cloth", Group.BEHIND, design.palette.accent), 1.1, 0.1)


@piece
def draw_legs(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw both legs with socks and shoes."""
    if design.pose == "sit":
        draw_seat(cel, design, body)
    for side in (1, -1) if design.pose != "run" else (-1, 1):
        _draw_leg(cel, design, body, side)


def _draw_leg(cel: Cel, design: Design, body: Skeleton, side: int) -> None:
    outfit, palette = design.outfit, design.palette
    joints = body.legs[side]
    hip = joints[0]
    if outfit.bottom in ("trousers", "jeans") and outfit.feet != "long boots":
        _draw_shoe(cel, design, body, side)
        return
    tights = outfit.legs == "tights"
    color = palette.legs if tights else palette.skin
    part = cel.part("tights" if tights else "skin.leg", "cloth" if tights else "skin", Group.LEG, color)
    way = limb_spine(joints)
    widths = [body.leg, body.leg * 0.9, body.knee, body.knee * 1.12, body.ankle]
    cel.fill_merged([tube(way, widths, 0.6, 0.3)], part, 1.05, 0.12, [(float(hip[0]), float(hip[1]), body.leg * 1.3)])
    knee = joints[1]
    if not tights and design.pose != "sit":
        cel.stroke(
            spline([knee + (-0.4 * body.knee, 0.1), knee + (0, 0.18), knee + (0.4 * body.knee, 0.1)], 6), 0.6, 0.4, 0.4
        )
    _draw_sock(cel, design, body, side, way, widths)
    _draw_shoe(cel, design, body, side)


def _draw_sock(cel: Cel, design: Design, body: Skeleton, side: int, way: Points, widths: list[float]) -> None:
    share = {"socks": 0.82, "knee": 0.6, "thigh": 0.34}.get(design.outfit.legs)
    if share is None:
        return
    start = int(share * (len(way) - 1))
    u = np.linspace(0, 1, len(way))[start:]
    half = np.interp(u, np.linspace(0, 1, len(widths)), widths) * 1.05
    part = cel.part("sock", "cloth", Group.LEG, design.palette.legs)
    shape = tube(way[start:], list(half[:: max(1, len(half) // 5)]), 0.0, 0.3)
    cel.fill_merged([shape], part, 1.0, 0.1)
    if design.outfit.trim and len(way) - start > 6:
        for k in (2, 4):
            across = np.stack(
                [way[start + k] - (half[k], 0), way[start + k] + (0, 0.03), way[start + k] + (half[k], 0)]
            )
            cel.stroke(spline(across, 6), 0.6, 0, 0)


def _draw_shoe(cel: Cel, design: Design, body: Skeleton, side: int) -> None:
    outfit, palette = design.outfit, design.palette
    _, knee, ankle = body.legs[side]
    wide = body.ankle
    down = direction(knee, ankle)
    tip = 0.0 if design.view == "turned" and design.stance < 0.3 else 0.8
    out = side * 0.45 * (1 - tip) + tip * 0.9
    toe = ankle + down * wide * 1.7 + np.array([out * wide * 1.5, 0.0])
    part = cel.part("shoe", "cloth", Group.LEG, palette.shoes)
    left, right = np.array([-wide * 1.12, 0]), np.array([wide * 1.12, 0])
    shape = spline(
        [
            ankle + left - down * 0.1,
            ankle + left * 1.1 + down * wide,
            toe + left * 1.12 + (0, wide * 0.25),
            toe + (0, wide * 0.55),
            toe + right * 1.12 + (0, wide * 0.25),
            ankle + right * 1.1 + down * wide,
            ankle + right - down * 0.1,
        ],
        8,
    )
    if outfit.feet in ("boots", "long boots"):
        top = knee + (ankle - knee) * (0.08 if outfit.feet == "long boots" else 0.6)
        shaft = tube(
            line(top, ankle, 10),
            [body.knee * 1.14 if outfit.feet == "long boots" else wide * 1.35, wide * 1.3],
            0.0,
            0.3,
        )
        cel.fill_merged([shaft, shape], part, 1.1, 0.1)
        cel.stroke(
            spline([top + left * 1.2 + down * 0.15, top + (0, 0.22), top + right * 1.2 + down * 0.15], 6), 0.7, 0.1, 0.1
        )
        return
    if outfit.feet == "sandals":
        skin = cel.part("skin.leg", "skin", Group.LEG, palette.skin)
        cel.fill_merged([shape], skin, 1.0, 0.06)
        strap = spline([ankle + left * 1.1 + down * wide * 0.9, (ankle + toe) / 2, toe], 8)
        draw_band(cel, part, strap, wide * 0.16)
        strap = spline([ankle + right * 1.1 + down * wide * 0.9, (ankle + toe) / 2, toe], 8)
        draw_band(cel, part, strap, wide * 0.16)
        return
    painted = cel.fill_merged([shape], part, 1.1, 0.06)
    if painted is None:
        return
    opening = ankle + down * wide * 0.75
    if outfit.feet == "loafers":
        skin = cel.part("sock.top", "cloth", Group.LEG, palette.legs if design.outfit.legs != "bare" else palette.skin)
        gap = ellipse(opening[0], opening[1], wide * 0.75, wide * 0.5, 20)
        cel.draw(gap, skin, 0.7)
    elif outfit.feet == "sneakers":
        sole = cel.part("shoe.sole", "cloth", Group.LEG, shaded(palette.clothes[3], 1.0))
        cap = spline(
            [
                toe + left * 1.1 + (0, wide * 0.2),
                toe + (0, -wide * 0.25),
                toe + right * 1.1 + (0, wide * 0.2),
                toe + (0, wide * 0.55),
            ],
            6,
            closed=True,
        )
        cel.draw(cap, sole, 0.75)
        for k in (0.25, 0.6):
            middle = ankle + (toe - ankle) * k
            cel.stroke(line(middle + left * 0.55, middle + right * 0.55, 5), 0.7, 0.1, 0.1)
    else:
        cel.stroke(spline([opening + left, opening + down * wide * 0.35, opening + right], 6), 0.8, 0.05, 0.05)


@piece
def draw_bottom(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw the skirt or trousers."""
    kind = design.outfit.bottom
    if kind in ("trousers", "jeans", "shorts"):
        _draw_trousers(cel, design, body)
    else:
        _draw_skirt(cel, design, body)
    if design.outfit.belt and design.outfit.top not in ("dress", "maid", "kimono", "overalls"):
        belt = cel.part("belt", "cloth", Group.BOTTOM, shaded(design.palette.shoes, 0.85))
        y = body.waist + 0.12
        half = body.waist_half * 1.06
        draw_band(cel, belt, spline([(body.x - half, y), (body.x, y + 0.08), (body.x + half, y)], 8), 0.09)
        buckle = ellipse(body.x, y + 0.08, 0.11, 0.1, 24, square=6)
        cel.draw(buckle, cel.part("buckle", "thing", Group.BOTTOM, design.palette.metal), 0.7)


def _draw_trousers(cel: Cel, design: Design, body: Skeleton) -> None:
    outfit, rng = design.outfit, cel.rng
    color: int | Rgb = 1 if outfit.bottom != "jeans" else (84, 108, 150)
    part = cloth_part(cel, design, "trousers", Group.BOTTOM, color)
    short = outfit.bottom == "shorts"
    x, low = body.x, body.crotch
    block = np.vstack([body.flank(-1, 0.04)[20:], body.flank(1, 0.04)[20:][::-1]])
    shapes: list[Points] = [block]
    wide = rng.uniform(1.08, 1.3)
    for side in (-1, 1):
        way = limb_spine(body.legs[side], 0.36 if short else 0.97)
        hem = body.leg * wide * 1.08 if short else body.ankle * rng.uniform(1.25, 1.9)
        shapes.append(
            tube(
                way,
                [body.leg * wide, body.leg * wide * 0.98, body.knee * wide * (1.6 if short else 1.1), hem][
                    : 2 if short else 4
                ]
                + ([hem] if short else []),
                0.5,
                0.1,
            )
        )
    cel.fill_merged(shapes, part, 1.1, 0.14)
    cel.stroke(spline([(x, body.hip - 0.3), (x + 0.04, low - 0.1), (x, low + 0.12)], 8), 0.8, 0.1, 0.3)
    for side in (-1, 1):
        knee = body.legs[side][1]
        draw_fold(cel, part, (x + side * 0.05, low + 0.05), (side * 0.4, 0.12))
        if not short:
            for _ in range(int(rng.integers(1, 4))):
                way = knee + (side * body.knee * 0.95, rng.uniform(-0.3, 0.3))
                draw_fold(cel, part, way, (-side * body.knee * rng.uniform(0.7, 1.3), rng.uniform(-0.1, 0.2)))
        if outfit.pockets:
            cel.curve(
                [
                    (x + side * body.hip_half * 0.5, body.waist + 0.35),
                    (x + side * body.hip_half * 0.8, body.waist + 0.55),
                    (x + side * body.hip_half * 1.0, body.hip - 0.1),
                ],
                6,
                0.7,
                0.1,
                0.1,
            )


def skirt_hem(body: Skeleton, design: Design) -> tuple[float, float]:
    """Height and half width of the skirt's hem."""
    kind = design.outfit.bottom
    knee = float(np.mean([leg[1][1] for leg in body.legs.values()]))
    legs = body.sole - body.crotch
    y = {"pleated": body.crotch + 0.14 * legs, "flared": body.crotch + 0.24 * legs}.get(kind, body.crotch + 0.72 * legs)
    if design.pose == "sit":
        y = min(y, knee + 0.3 * legs)
    half = body.hip_half * {"pleated": 1.42, "flared": 1.75, "kimono": 1.12}.get(kind, 1.6)
    spread = max(abs(float(leg[1][0]) - body.x) for leg in body.legs.values())
    return y, max(half, spread + body.knee * 1.2 if kind != "kimono" else half)


def _draw_skirt(cel: Cel, design: Design, body: Skeleton) -> None:
    outfit, rng = design.outfit, cel.rng
    one_piece = outfit.top in ("dress", "maid", "kimono")
    color = 0 if one_piece and outfit.bottom != "hakama" else 1
    part = cloth_part(cel, design, "skirt", Group.BOTTOM, color)
    x, waist = body.x, body.waist - 0.08
    y, half = skirt_hem(body, design)
    sway = rng.normal(0, 0.08) * half
    left = spline(
        [(x - body.waist_half * 1.02, waist), (x - body.hip_half * 1.1, body.hip - 0.1), (x - half + sway, y)], 10
    )
    right = spline(
        [(x + body.waist_half * 1.02, waist), (x + body.hip_half * 1.1, body.hip - 0.1), (x + half + sway, y)], 10
    )
    count = int(rng.integers(7, 12)) if outfit.bottom in ("pleated", "hakama") else int(rng.integers(4, 8))
    hem = _hem(x + sway, half, y, count, outfit.bottom in ("pleated", "hakama"), rng)
    cel.fill(np.vstack([left, hem, right[::-1]]), part, crescent=0.2)
    draw_print(cel, design, part, (x, (waist + y) / 2), (half, (y - waist) / 2), "print.skirt")
    if outfit.trim and outfit.bottom != "kimono":
        trim = cloth_part(cel, design, "skirt.trim", Group.BOTTOM, 2 if not outfit.apron else 3)
        draw_band(cel, trim, hem - (0, 0.16), 0.06)
    cel.stroke(left, 1.1, 0.1, 0.05)
    cel.stroke(right, 1.1, 0.1, 0.05)
    cel.stroke(hem, 1.05, 0, 0)
    steps = np.linspace(0, len(hem) - 1, count + 1).astype(int)
    for k, i in enumerate(steps[1:-1], 1):
        foot = hem[i]
        u = k / count * 2 - 1
        head = np.array([x + u * body.waist_half, waist + 0.05])
        bow = np.array([x + u * body.hip_half * 1.15, body.hip])
        way = bezier(foot, foot + (bow - foot) * 0.5, bow, head, 24)
        if outfit.bottom in ("pleated", "hakama"):
            cel.stroke(way, 0.8, 0.02, 0.15)
            side = -cel.light_x * 0.07 * half
            cel.shade_shape(
                np.vstack([way, (way + (side, 0) * np.linspace(1, 0, 24)[:, None])[::-1]]),
                clip=(cel.parts == part).astype(np.uint8) * 255,
            )
        elif outfit.bottom != "kimono":
            cel.stroke(way[: int(rng.integers(9, 18))], 0.75, 0.02, 0.7)
            clip = (cel.parts == part).astype(np.uint8) * 255
            shape = np.vstack(
                [way[:16], (way[:16] - (cel.light_x * 0.1 * half, 0) * np.linspace(1, 0, 16)[:, None])[::-1]]
            )
            cel.shade_shape(shape, clip=clip)
    if outfit.bottom == "kimono":
        cel.stroke(spline([(x + 0.1, waist), (x + 0.35 * half, body.crotch), (x + 0.15 * half, y)], 8), 0.9, 0.02, 0.02)
    if outfit.bottom == "flared" and outfit.trim and chance(rng, 0.5):
        draw_ruffle(cel, cloth_part(cel, design, "skirt.ruffle", Group.BOTTOM, 3), hem - (0, 0.05), 0.2, half / 7)
    band = spline([(x - body.waist_half * 1.03, waist), (x, waist + 0.07), (x + body.waist_half * 1.03, waist)], 8)
    part = cloth_part(cel, design, "skirt.band", Group.BOTTOM, color if not one_piece else 2)
    draw_band(cel, part, band, 0.1 if not one_piece else 0.14)


def _hem(x: float, half: float, y: float, count: int, stepped: bool, rng: np.random.Generator) -> Points:
    across = np.linspace(-1, 1, count + 1)
    bow = 0.14 * half * (1 - across**2)
    points: list[Point] = []
    for i in range(count):
        a = np.array([x + across[i] * half, y + bow[i]])
        b = np.array([x + across[i + 1] * half, y + bow[i + 1]])
        if stepped:
            points += [a + (0, 0.04 * half), (a + b) / 2 + (0, 0.035 * half), b - (0, 0.015 * half)]
        else:
            dip = rng.uniform(0.02, 0.1) * half * (1 if i % 2 else -1)
            points += list(spline([a, (a + b) / 2 + (0, dip), b], 5)[:-1])
    points.append(np.array([x + half, y]))
    return as_points(points)
