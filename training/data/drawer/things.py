"""Made things. They stand at y = 1; one unit is about half their height."""

import numpy as np

from .curves import arch, as_points, ellipse, heart, line, spline, splines, tube
from .design import chance, choose
from .palette import Rgb, any_color, hsv, shaded
from .shapes import ShapePen, box, rounded, spread
from .vehicles import GLASS, STEEL, TIRE, bright_color


def draw_lamp(pen: ShapePen) -> None:
    rng = pen.rng
    pen.paint(box(-0.05, -0.2, 0.05, 0.85), "stand", STEEL, 0.9, 0.02)
    pen.paint(ellipse(0, 0.92, 0.5, 0.1, 30), "foot", shaded(STEEL, 0.8), 1.0, 0.02)
    shape = as_points([(-0.35, -1.0), (0.35, -1.0), (0.75, -0.15), (-0.75, -0.15)])
    pen.paint(shape, "shade", hsv(rng.random(), 0.3, 0.96), 1.2, 0.12)
    pen.stroke(line((-0.71, -0.25), (0.71, -0.25), 6), 0.7)


def draw_gift(pen: ShapePen) -> None:
    rng = pen.rng
    color, band = bright_color(rng), bright_color(rng)
    pen.paint(box(-0.8, 0.0, 0.8, 1.0), "box", color, 1.1, 0.12)
    pen.paint(box(-0.9, -0.25, 0.9, 0.05), "lid", shaded(color, 0.85), 1.1, 0.05)
    pen.paint(box(-0.14, -0.25, 0.14, 1.0), "band", band, 0.9, 0)
    for side in (-1, 1):
        shape = spline([(0, -0.28), (side * 0.3, -0.75), (side * 0.7, -0.6), (side * 0.4, -0.3)], 6, closed=True)
        pen.paint(shape, "band", band, 1.0, 0.04)
    pen.paint(ellipse(0, -0.32, 0.13, 0.11, 18), "band", band, 0.9, 0)


def draw_robot(pen: ShapePen) -> None:
    rng = pen.rng
    color, second = any_color(rng, (0.1, 0.6), (0.6, 0.95)), bright_color(rng)
    for side in (-1, 1):
        pen.paint(box(side * 0.3 - 0.13, 0.5, side * 0.3 + 0.13, 0.9), "limb", shaded(STEEL, 0.8), 1.0, 0.03)
        pen.paint(rounded(side * 0.3 - 0.22, 0.84, side * 0.3 + 0.22, 1.02), "foot", color, 1.0, 0.03)
        shape = tube(spline([(side * 0.55, -0.05), (side * 0.85, 0.2), (side * 0.8, 0.5)], 8), [0.1, 0.1], 0.5, 0.5)
        pen.paint(shape, "limb", shaded(STEEL, 0.8), 1.0, 0.03)
        pen.paint(ellipse(side * 0.8, 0.58, 0.15, 0.15, 22), "fist", color, 1.0, 0.03)
    pen.paint(rounded(-0.6, -0.2, 0.6, 0.6), "body", color, 1.2, 0.1)
    pen.paint(rounded(-0.35, 0.0, 0.35, 0.3), "panel", shaded(color, 0.7), 0.8, 0)
    for x in spread(3, 0.2):
        pen.paint(ellipse(x, 0.15, 0.06, 0.06, 16), "button", second, 0.7, 0)
    pen.stroke(line((0, -0.95), (0, -1.2), 4), 1.2, 0, 0)
    pen.paint(ellipse(0, -1.24, 0.08, 0.08, 18), "button", second, 0.9, 0)
    pen.paint(rounded(-0.5, -0.95, 0.5, -0.25), "head", color, 1.2, 0.08)
    for side in (-1, 1):
        pen.paint(ellipse(side * 0.22, -0.65, 0.13, 0.13, 24), "eye", (252, 246, 200), 1.0, 0)
        pen.ink(ellipse(side * 0.22, -0.64, 0.06, 0.06, 16))
    pen.paint(rounded(-0.22, -0.44, 0.22, -0.34), "mouth", shaded(color, 0.6), 0.8, 0)


def draw_castle(pen: ShapePen) -> None:
    rng = pen.rng
    stone, roof = choose(rng, (206, 200, 196), (222, 206, 180), (178, 182, 196)), bright_color(rng)
    for x, wide, top in ((-0.85, 0.24, -0.5), (0.85, 0.24, -0.5), (0.0, 0.34, -0.8)):
        pen.paint(box(x - wide, top, x + wide, 0.9), "stone", stone, 1.1, 0.06)
        pen.paint(
            as_points([(x - wide * 1.25, top), (x, top - wide * 2.0), (x + wide * 1.25, top)]), "roof", roof, 1.1, 0.06
        )
        shape = splines(5, arch(x, [(0.08, top + 0.4), (0.07, top + 0.22), (0, top + 0.16)]))
        pen.paint(shape, "window", (90, 96, 120), 0.8, 0)
    wall = [(-0.7, 1.0), (-0.7, 0.2)]
    for i in range(6):
        a = -0.7 + 0.14 * i * 1.66
        wall += [(a, 0.08), (a + 0.12, 0.08), (a + 0.12, 0.2), (a + 0.23, 0.2)]
    pen.paint(as_points([*wall[:-1], (0.7, 0.2), (0.7, 1.0)]), "stone", stone, 1.1, 0.04)
    shape = np.vstack([spline([(-0.24, 1.0), (-0.24, 0.62), (0, 0.44), (0.24, 0.62), (0.24, 1.0)], 6)])
    pen.paint(shape, "gate", (120, 84, 62), 1.0, 0.03)
    for _ in range(8):
        x, y = rng.uniform(-0.6, 0.6), rng.uniform(0.3, 0.9)
        if abs(x) > 0.3:
            pen.stroke(line((x, y), (x + 0.1, y), 3), 0.5)


def draw_potion(pen: ShapePen) -> None:
    color = bright_color(pen.rng)
    pen.paint(rounded(-0.2, -0.95, 0.2, -0.72), "cork", (176, 128, 84), 1.0, 0.03)
    body = splines(8, arch(0, [(0.16, -0.72), (0.16, -0.3), (0.65, 0.2), (0.6, 0.85), (0, 1.0)]))
    part = pen.paint(body, "glass", (226, 238, 242), 1.2, 0.04)
    clip = (pen.cel.parts == part).astype(np.uint8) * 255
    liquid = np.vstack([spline([(-0.8, 0.15), (-0.2, 0.22), (0.3, 0.12), (0.8, 0.2)], 8), [(0.8, 1.2), (-0.8, 1.2)]])
    pen.cel.fill(pen.put(liquid), pen.part("liquid", color), 0.14 * pen.scale, clip=clip)
    pen.cel.stroke(pen.put(liquid[:25]), 0.9, 0, 0, clip)
    pen.cel.outline(pen.put(body), 1.2)
    for _ in range(4):
        pen.cel.outline(pen.put(ellipse(pen.rng.uniform(-0.3, 0.3), pen.rng.uniform(0.3, 0.8), 0.06, 0.06, 16)), 0.7)
    pen.shine(ellipse(0.35 * pen.cel.light_x, 0.25, 0.06, 0.18, 16, turn=-0.3 * pen.cel.light_x))


def draw_guitar(pen: ShapePen) -> None:
    color = choose(pen.rng, (206, 140, 80), (150, 70, 56), bright_color(pen.rng))
    shape = spline(
        [
            (0, 0.0),
            (0.4, 0.05),
            (0.36, 0.32),
            (0.58, 0.7),
            (0.4, 1.0),
            (0, 1.05),
            (-0.4, 1.0),
            (-0.58, 0.7),
            (-0.36, 0.32),
            (-0.4, 0.05),
        ],
        8,
        closed=True,
    )
    pen.paint(shape, "body", color, 1.2, 0.1)
    pen.paint(ellipse(0, 0.42, 0.15, 0.15, 26), "hole", (70, 50, 42), 0.9, 0)
    pen.paint(box(-0.08, -1.0, 0.08, 0.3), "neck", (110, 74, 54), 1.0, 0.02)
    pen.paint(as_points([(-0.14, -1.3), (0.14, -1.3), (0.1, -1.0), (-0.1, -1.0)]), "head", color, 1.0, 0.02)
    pen.paint(box(-0.2, 0.75, 0.2, 0.82), "bridge", (80, 56, 46), 0.8, 0)
    for x in (-0.045, 0.0, 0.045):
        pen.stroke(line((x, -1.0), (x, 0.78), 8), 0.4, 0, 0)


def draw_teapot(pen: ShapePen) -> None:
    color, second = any_color(pen.rng, (0.2, 0.6), (0.7, 0.98)), bright_color(pen.rng)
    handle = [ellipse(-0.8, 0.35, 0.35, 0.4, 30), ellipse(-0.8, 0.35, 0.22, 0.27, 30)]
    pen.cel.fill([pen.put(h) for h in handle], pen.part("pot", color))
    for h in handle:
        pen.cel.outline(pen.put(h), 1.0)
    shape = splines(6, [(0.55, 0.6), (0.9, 0.3), (1.1, -0.15)], [(1.25, -0.1), (1.1, 0.5), (0.6, 0.85)])
    pen.paint(shape, "pot", color)
    pen.paint(ellipse(0, 0.42, 0.85, 0.58, 44), "pot", color, 1.2, 0.14)
    pen.paint(spline([(-0.45, -0.08), (0, -0.28), (0.45, -0.08), (0, 0.02)], 8, closed=True), "lid", second, 1.0, 0.04)
    pen.paint(ellipse(0, -0.32, 0.1, 0.1, 18), "lid", second, 0.9, 0.02)
    if chance(pen.rng, 0.6):
        pen.paint(heart(0, 0.45, 0.24), "mark", second, 0.9, 0)
    pen.shine(ellipse(0.45 * pen.cel.light_x, 0.2, 0.1, 0.18, 18, turn=-0.4 * pen.cel.light_x))


def draw_chest(pen: ShapePen) -> None:
    wood = choose(pen.rng, (150, 100, 66), (178, 124, 80), (120, 80, 60))
    gold: Rgb = (232, 192, 92)
    pen.paint(box(-0.95, 0.1, 0.95, 1.0), "wood", wood, 1.1, 0.1)
    shape = np.vstack([spline([(-1.0, 0.12), (-0.95, -0.4), (0, -0.6), (0.95, -0.4), (1.0, 0.12)], 8)])
    pen.paint(shape, "lid", shaded(wood, 0.9), 1.1, 0.08)
    for x in (-0.7, 0.7):
        pen.paint(box(x - 0.09, -0.5, x + 0.09, 1.0), "gold", gold, 0.9, 0.02)
    pen.paint(box(-1.0, 0.05, 1.0, 0.17), "gold", gold, 0.9, 0)
    pen.paint(rounded(-0.16, 0.0, 0.16, 0.36), "lock", gold, 1.0, 0.03)
    pen.ink(ellipse(0, 0.16, 0.04, 0.05, 14))
    for y in (0.42, 0.7):
        pen.stroke(line((-0.6, y), (0.6, y), 6), 0.6)


def draw_camera(pen: ShapePen) -> None:
    color = any_color(pen.rng, (0.05, 0.6), (0.2, 0.9))
    pen.paint(rounded(-0.3, -0.4, 0.3, 0.1), "top", shaded(color, 0.8), 1.0, 0.04)
    pen.paint(rounded(-1.0, -0.15, 1.0, 0.95, 8), "body", color, 1.2, 0.1)
    pen.paint(rounded(-0.95, 0.1, 0.95, 0.7, 10), "leather", shaded(color, 0.6), 0.8, 0.04)
    for r, name, c in ((0.48, "ring", STEEL), (0.38, "barrel", TIRE), (0.26, "glass", GLASS)):
        pen.paint(ellipse(0, 0.4, r, r, 40), name, c, 1.0, 0.05)
    pen.shine(ellipse(0.1 * pen.cel.light_x, 0.3, 0.06, 0.09, 14, turn=0.5))
    pen.paint(rounded(0.6, -0.28, 0.85, -0.14), "button", (206, 70, 66), 0.9, 0.02)
    pen.paint(rounded(-0.8, -0.05, -0.5, 0.06), "flash", (250, 250, 236), 0.8, 0)
