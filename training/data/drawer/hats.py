"""Hats, crowns and goggles."""

import numpy as np

from .cel import Cel, Group
from .cloth import draw_band
from .curves import arch, as_points, ellipse, spline, splines
from .design import Design
from .head import Head


def draw_hats(cel: Cel, design: Design, head: Head) -> None:
    worn, rng, palette = design.accessories, cel.rng, design.palette
    x, half, top = head.hair_x, head.half, head.top
    hat = cel.part("hat", "cloth", Group.HAT, palette.accent)
    ribbon = cel.part("hat.ribbon", "cloth", Group.HAT, palette.second_accent)
    s = -1.0 if head.profile or rng.random() < 0.5 else 1.0
    if "beret" in worn:
        shape = spline(
            [
                (x - s * 0.98, top * 0.55),
                (x - s * 0.75, top * 1.12),
                (x + s * 0.2, top * 1.36),
                (x + s * 1.2, top * 1.1),
                (x + s * 1.42, top * 0.62),
                (x + s * 0.95, top * 0.5),
                (x, top * 0.72),
            ],
            12,
            closed=True,
        )
        cel.draw(shape, hat, 1.25, 0.16)
        cel.stroke(
            spline([(x - s * 0.75, top * 0.68), (x + s * 0.1, top * 0.84), (x + s * 0.95, top * 0.6)], 8), 0.8, 0.3, 0.3
        )
        stem = as_points(
            [
                (x + s * 0.2 - 0.03, top * 1.34),
                (x + s * 0.25, top * 1.5),
                (x + s * 0.32, top * 1.48),
                (x + s * 0.28, top * 1.33),
            ]
        )
        cel.fill(stem, hat)
        cel.stroke(stem, 0.9, 0, 0)
    elif "witch hat" in worn:
        cone = spline(
            [
                (x - 0.95, top * 0.75),
                (x - 0.55, top * 1.4),
                (x - 0.1, top * 2.0),
                (x + s * 0.5, top * 2.2),
                (x + 0.25, top * 1.9),
                (x + 0.62, top * 1.4),
                (x + 0.95, top * 0.75),
            ],
            10,
        )
        cel.fill(cone, hat, crescent=0.16)
        cel.stroke(cone, 1.25, 0, 0)
        band = splines(
            8,
            [(x - 0.9, top * 0.86), (x, top * 0.74), (x + 0.9, top * 0.86)],
            [(x + 0.82, top * 1.05), (x, top * 0.95), (x - 0.82, top * 1.05)],
        )
        cel.draw(band, ribbon, 0.9)
        brim = spline(
            [
                (x - 1.9, top * 0.55),
                (x - 0.9, top * 0.82),
                (x, top * 0.72),
                (x + 0.9, top * 0.82),
                (x + 1.9, top * 0.55),
                (x + 0.9, top * 0.45),
                (x, top * 0.42),
                (x - 0.9, top * 0.45),
            ],
            8,
            closed=True,
        )
        cel.draw(brim, hat, 1.25, 0.08)
    elif "cap" in worn:
        dome = spline(
            [
                (x - half * 1.0, top * 0.42),
                (x - half * 0.9, top * 0.95),
                (x, top * 1.2),
                (x + half * 0.9, top * 0.95),
                (x + half * 1.0, top * 0.42),
                (x, top * 0.5),
            ],
            10,
            closed=True,
        )
        cel.draw(dome, hat, 1.2, 0.16)
        for k in (-0.45, 0.1, 0.6):
            cel.curve(
                [(x, top * 1.2), (x + k * half * 0.9, top * 0.95), (x + k * half * 1.1, top * 0.5)], 8, 0.7, 0.05, 0.05
            )
        reach = 1.0 if head.profile else 0.35 + 0.5 * head.yaw
        brim = spline(
            [
                (x - half * 0.7 * (not head.profile), top * 0.5),
                (x + reach * 0.4, top * 0.6),
                (x + half * 0.85 + reach * 0.3, top * 0.52),
                (x + half * 0.8 + reach * 0.8, top * 0.3),
                (x + reach * 0.6, top * 0.28),
                (x - half * 0.6 * (not head.profile), top * 0.34),
            ],
            8,
            closed=True,
        )
        cel.draw(brim, ribbon, 1.15, 0.06)
        draw_dot = ellipse(x, top * 1.2, 0.09, 0.06, 16)
        cel.draw(draw_dot, ribbon, 0.8)
    elif "straw hat" in worn:
        straw = cel.part("straw", "cloth", Group.HAT, (236, 206, 138))
        dome = spline(
            arch(x, [(0.85, top * 0.7), (0.72, top * 1.2), (0, top * 1.42)]),
            10,
        )
        cel.fill(dome, straw, crescent=0.16)
        cel.stroke(dome, 1.2, 0, 0)
        brim = ellipse(x, top * 0.66, 1.85, 0.36, 48)
        cel.draw(brim, straw, 1.2, 0.08)
        for k in (0.78, 0.9):
            cel.stroke(ellipse(x, top * 0.66, 1.85 * k, 0.36 * k, 48)[:25], 0.55, 0.1, 0.1)
        band = splines(
            8,
            [(x - 0.87, top * 0.78), (x, top * 0.66), (x + 0.87, top * 0.78)],
            [(x + 0.83, top * 0.95), (x, top * 0.84), (x - 0.83, top * 0.95)],
        )
        cel.draw(band, hat, 0.9)
    elif "crown" in worn:
        gold = cel.part("crown", "thing", Group.HAT, palette.metal)
        points = [(-0.5, 0.0), (-0.55, -0.42), (-0.25, -0.16), (0.0, -0.52), (0.25, -0.16), (0.55, -0.42), (0.5, 0.0)]
        crown = as_points(points) + (x, top * 0.92)
        lower = spline([(0.5, 0.0), (0.0, 0.12), (-0.5, 0.0)], 8) + (x, top * 0.92)
        cel.draw(np.vstack([crown, lower]), gold, 1.0, 0.06)
        gem = ellipse(x, top * 0.92 - 0.05, 0.08, 0.09, 16)
        cel.draw(gem, ribbon, 0.8)
    elif "goggles" in worn:
        strap = spline([(x - half * 0.99, top * 0.4), (x, top * 0.52), (x + half * 0.99, top * 0.4)], 10)
        draw_band(cel, hat, strap, 0.09)
        glass = cel.part("goggles.glass", "thing", Group.HAT, (168, 208, 222))
        for dx in (-0.36, 0.36) if not head.profile else (0.36,):
            rim = ellipse(head.face_x * 0.8 + dx, top * 0.55, 0.32, 0.25, 30)
            cel.draw(rim, hat, 1.1, 0.05)
            lens = ellipse(head.face_x * 0.8 + dx, top * 0.55, 0.22, 0.16, 26)
            cel.draw(lens, glass, 0.8, 0.04)
            cel.light_shape(ellipse(head.face_x * 0.8 + dx + 0.06, top * 0.58, 0.05, 0.1, 14, turn=0.6), [Group.HAT])
