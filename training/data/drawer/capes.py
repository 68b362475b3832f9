"""Cloaks, ponchos, and hoods over the head, plain or with animal ears."""

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_fold
from .curves import Points, arch, ellipse, mirror, spline, splines
from .design import Design, choose
from .head import Head
from .palette import shaded


@piece
def draw_poncho(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw a poncho: a wide drape over shoulders and arms, with a rolled collar."""
    rng, scale = cel.rng, body.shoulder_half / 1.23
    part = cloth_part(cel, design, "poncho", Group.COLLAR, 0)
    low = body.waist + rng.uniform(-0.2, 0.7) * scale
    half = body.shoulder_half * rng.uniform(1.35, 1.6)
    x, y, dip = body.x, body.neck, rng.uniform(0.2, 0.9) * scale
    left, right = (
        spline(
            [
                (body.neck_x + side * body.neck_half, y),
                (x + side * body.shoulder_half * 0.95, body.shoulder - 0.08),
                (x + side * half * 0.96, body.bust),
                (x + side * half, low),
            ],
            10,
        )
        for side in (-1, 1)
    )
    hem = spline(
        [left[-1], (x - half * 0.45, low + dip * 0.6), (x, low + dip), (x + half * 0.45, low + dip * 0.6), right[-1]], 8
    )
    cel.fill(np.vstack([left, hem, right[::-1]]), part, crescent=0.2)
    if design.outfit.trim:
        draw_band(cel, cloth_part(cel, design, "poncho.trim", Group.COLLAR, 2), hem - (0, 0.2 * scale), 0.06 * scale)
    for way in (left, hem, right):
        cel.stroke(way, 1.1, 0.03, 0.03)
    for _ in range(int(rng.integers(4, 8))):
        side = 1 if rng.random() < 0.5 else -1
        at = (x + side * half * rng.uniform(0.3, 0.9), rng.uniform(body.shoulder + 0.3, low))
        draw_fold(cel, part, at, (-side * rng.uniform(0.3, 0.9) * scale, rng.uniform(0.1, 0.6) * scale))
    nx, nw = body.neck_x, body.neck_half
    for k in (1, 0):
        ring = spline(
            [
                (nx - nw * 1.7, y - 0.05),
                (nx - nw, y - 0.3 * scale),
                (nx, y - 0.2 * scale),
                (nx + nw, y - 0.3 * scale),
                (nx + nw * 1.7, y - 0.05),
                (nx + nw, y + 0.3 * scale),
                (nx, y + 0.42 * scale),
                (nx - nw, y + 0.3 * scale),
            ],
            8,
            closed=True,
        )
        ring = ring + (0, 0.2 * scale * k)
        cel.draw(ring, part, 1.05, 0.1)
    inner = ellipse(nx, y - 0.08 * scale, nw * 1.12, 0.17 * scale, 30)
    cel.fill(inner[15:], cloth_part(cel, design, "poncho.inner", Group.COLLAR, shaded(design.palette.clothes[0], 0.7)))
    brooch = ellipse((nx + x) / 2, y + 0.5 * scale, 0.12 * scale, 0.12 * scale, 20)
    cel.draw(brooch, cel.part("brooch", "thing", Group.COLLAR, design.palette.metal), 0.8, 0.03)


@piece
def draw_cloak(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw a cloak over the shoulders, open in front."""
    rng = cel.rng
    part = cloth_part(cel, design, "cloak", Group.COLLAR, 0)
    low = rng.uniform(body.waist, body.sole - 1.0)
    for side in (-1, 1):
        out = body.x + side * body.shoulder_half * rng.uniform(1.35, 1.7)
        front = spline(
            [
                (body.neck_x + side * 0.1, body.neck + 0.25),
                (body.x + side * body.bust_half * 0.35, body.bust),
                (body.x + side * body.bust_half * 0.6, body.waist),
                (body.x + side * body.hip_half * 0.8, low),
            ],
            8,
        )
        outer = spline(
            [
                (body.neck_x + side * body.neck_half * 1.2, body.neck - 0.05),
                (body.x + side * body.shoulder_half * 0.9, body.shoulder - 0.12),
                (body.x + side * body.shoulder_half * 1.22, body.bust),
                (out, low - 0.1),
            ],
            8,
        )
        hem = spline([outer[-1], ((outer[-1, 0] + front[-1, 0]) / 2, low + 0.2), front[-1]], 6)
        cel.fill(np.vstack([outer, hem[1:], front[::-1]]), part, crescent=0.16)
        for edge in (outer, hem, front):
            cel.stroke(edge, 1.1, 0.03, 0.03)
        for _ in range(3):
            at = hem[int(rng.integers(1, len(hem) - 1))]
            draw_fold(cel, part, at, (side * -rng.uniform(0.0, 0.2), -rng.uniform(0.8, 2.0)))
        if design.outfit.trim:
            draw_band(cel, cloth_part(cel, design, "cloak.trim", Group.COLLAR, 2), front + (side * 0.08, 0), 0.06)
    brooch = ellipse((body.neck_x + body.x) / 2, body.neck + 0.25, 0.16, 0.16, 20)
    cel.draw(brooch, cel.part("brooch", "thing", Group.COLLAR, design.palette.metal), 0.9, 0.04)


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
