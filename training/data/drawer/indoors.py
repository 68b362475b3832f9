"""Backdrops of rooms."""

import numpy as np

from .cel import Cel, Group
from .cloth import draw_band
from .curves import as_points, ellipse, line, spline, splines
from .design import chance, choose
from .framing import GREENS, WALLS, WOODS, fill_all, fill_below, paint, pale_color
from .outdoors import sky_color
from .palette import any_color, shaded
from .shapes import box


def draw_room(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "wall", choose(rng, *WALLS))
    level = rng.uniform(0.66, 0.85)
    wood = choose(rng, *WOODS)
    if chance(rng, 0.3):
        for x in np.arange(0.04, 1.0, rng.uniform(0.08, 0.16)):
            cel.stroke(line((x, -0.05), (x, level), 6), 0.5, 0, 0)
    fill_below(cel, "floor", wood, line((-0.05, level), (1.05, level), 6))
    for x in np.linspace(-0.3, 1.3, 9):
        cel.stroke(line((0.5 + (x - 0.5) * 0.8, level), (0.5 + (x - 0.5) * 1.8, 1.05), 6), 0.5, 0, 0)
    x = rng.uniform(0.02, 0.6)
    if chance(rng, 0.7):
        draw_window(cel, x, rng.uniform(0.1, 0.2), rng.uniform(0.28, 0.4), rng.uniform(0.3, 0.4))
        x = (x + 0.5) % 0.75
    for _ in range(int(rng.integers(0, 3))):
        a, b = rng.uniform(0.05, 0.8), rng.uniform(0.08, 0.3)
        paint(cel, box(a, b, a + 0.14, b + 0.1), "frame", choose(rng, *WOODS), 0.8)
        paint(cel, box(a + 0.015, b + 0.015, a + 0.125, b + 0.085), "picture", pale_color(rng), 0.6, flat=True)
    if chance(rng, 0.5):
        draw_shelf(cel, x, level)
    if chance(rng, 0.35):
        sofa = any_color(rng, (0.25, 0.6), (0.5, 0.9))
        a = rng.uniform(0.0, 0.5)
        paint(cel, ellipse(a + 0.25, level - 0.02, 0.28, 0.14, 40, square=5), "sofa", sofa, crescent=0.03)
        paint(cel, ellipse(a + 0.25, level + 0.1, 0.3, 0.08, 40, square=6), "sofa", sofa, crescent=0.02)
    if chance(rng, 0.4):
        a = rng.choice([0.07, 0.93])
        pot = as_points(
            [(a - 0.05, level - 0.02), (a + 0.05, level - 0.02), (a + 0.035, level + 0.08), (a - 0.035, level + 0.08)]
        )
        for k in np.linspace(-1, 1, 6):
            tip = (a + 0.14 * k, level - 0.2 - 0.08 * (1 - abs(k)))
            leaf = splines(
                6,
                [(a, level), (a + 0.05 * k - 0.015, level - 0.13), tip],
                [tip, (a + 0.05 * k + 0.03, level - 0.09), (a, level)],
            )
            paint(cel, leaf, "leaf", GREENS[1], 0.8)
        paint(cel, pot, "pot", (206, 128, 92), crescent=0.02)


def draw_window(cel: Cel, x: float, y: float, wide: float, high: float) -> None:
    rng = cel.rng
    paint(cel, box(x - 0.015, y - 0.015, x + wide + 0.015, y + high + 0.015), "window.frame", (250, 248, 244))
    paint(cel, box(x, y, x + wide, y + high), "window.glass", sky_color(rng), 0.8, flat=True)
    clip = cel.mask(box(x, y, x + wide, y + high))
    if chance(rng, 0.5):
        bush = ellipse(x + wide * 0.5, y + high, wide * 0.45, high * 0.3, 30)
        cel.fill(bush, cel.part("window.bush", "backdrop", Group.BACKDROP, GREENS[0]), clip=clip)
        cel.outline(bush, 0.7, clip)
    frame = cel.part("window.frame", "scenery", Group.BACKDROP, (250, 248, 244))
    for way in (
        line((x + wide / 2, y), (x + wide / 2, y + high), 4),
        line((x, y + high * 0.45), (x + wide, y + high * 0.45), 4),
    ):
        draw_band(cel, frame, way, 0.006, weight=0.7)
    if chance(rng, 0.6):
        color = any_color(rng, (0.15, 0.5), (0.7, 0.98))
        for side in (-1, 1):
            edge = x if side < 0 else x + wide
            shape = splines(
                6,
                [(edge + side * 0.05, y - 0.04)],
                [
                    (edge - side * 0.1, y - 0.04),
                    (edge - side * 0.07, y + high * 0.5),
                    (edge - side * 0.01, y + high * 0.7),
                    (edge - side * 0.03, y + high + 0.05),
                ],
                [(edge + side * 0.05, y + high + 0.05)],
            )
            paint(cel, shape, "curtain", color, crescent=0.015)
            for k in (-0.05, -0.01, 0.025):
                cel.curve(
                    [
                        (edge + side * k, y - 0.03),
                        (edge + side * (k + 0.02), y + high * 0.5),
                        (edge + side * (k + 0.03), y + high),
                    ],
                    6,
                    0.6,
                    0.1,
                    0.2,
                )


def draw_shelf(cel: Cel, x: float, level: float) -> None:
    rng = cel.rng
    wide, top = rng.uniform(0.2, 0.3), rng.uniform(0.25, 0.4)
    wood = choose(rng, *WOODS)
    paint(cel, box(x, top, x + wide, level + 0.02), "shelf", wood)
    rows = int(rng.integers(2, 4))
    for i in range(rows):
        a, b = top + (level - top) * (i + 0.08) / rows, top + (level - top) * (i + 0.94) / rows
        paint(cel, box(x + 0.012, a, x + wide - 0.012, b), "shelf.inside", shaded(wood, 0.6), 0.7)
        left = x + 0.016
        while left < x + wide - 0.05:
            thick, high = rng.uniform(0.015, 0.032), (b - a) * rng.uniform(0.55, 0.9)
            shape = box(left, b - high, left + thick, b)
            paint(cel, shape, f"book.{int(rng.integers(4))}", any_color(rng, (0.3, 0.7), (0.5, 0.9)), 0.65)
            left += thick + (0.02 if chance(rng, 0.15) else 0.001)


def draw_classroom(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "wall", choose(rng, *WALLS))
    top, low = 0.12, rng.uniform(0.5, 0.62)
    paint(cel, box(0.05, top - 0.02, 0.95, low + 0.02), "board.frame", choose(rng, *WOODS))
    paint(cel, box(0.07, top, 0.93, low), "board", (66, 104, 84), 0.8)
    level = low + 0.12
    fill_below(cel, "floor", choose(rng, *WOODS), line((-0.05, level), (1.05, level), 6))
    desk = choose(rng, *WOODS)
    for x in (0.02, 0.62):
        top_shape = as_points(
            [(x + 0.04, level + 0.08), (x + 0.3, level + 0.08), (x + 0.34, level + 0.15), (x, level + 0.15)]
        )
        for leg in (x + 0.02, x + 0.3):
            paint(cel, box(leg, level + 0.15, leg + 0.012, 1.05), "metal", (150, 150, 158), 0.7)
        paint(cel, top_shape, "desk", desk)
        paint(cel, box(x, level + 0.15, x + 0.34, level + 0.2), "desk", desk, crescent=0.01)


def draw_curtain(cel: Cel) -> None:
    rng = cel.rng
    color = any_color(rng, (0.4, 0.8), (0.4, 0.8))
    fill_all(cel, "curtain", color)
    for x in np.arange(-0.02, 1.05, rng.uniform(0.07, 0.13)):
        way = spline([(x, -0.05), (x + rng.normal(0, 0.012), 0.5), (x + rng.normal(0, 0.02), 1.05)], 10)
        cel.stroke(way, 0.8, 0, 0)
        part = cel.part("curtain.fold", "backdrop", Group.BACKDROP, shaded(color, 0.82))
        cel.fill(np.vstack([way, (way + (0.03, 0))[::-1]]), part, flat_only=True)
        cel.stroke(way + (0.03, 0), 0.5, 0, 0)
