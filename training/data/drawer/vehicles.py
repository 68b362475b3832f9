"""Vehicles. They stand at y = 1; one unit is about half their height."""

import numpy as np

from .curves import Rng, as_points, ellipse, line, spline, splines, star
from .design import chance
from .palette import Rgb, any_color, shaded
from .shapes import ShapePen, box, rounded, spread

GLASS: Rgb = (186, 218, 234)


TIRE: Rgb = (64, 62, 68)


STEEL: Rgb = (196, 200, 208)


def bright_color(rng: Rng) -> Rgb:
    return any_color(rng, (0.4, 0.85), (0.55, 0.98))


def _wheel(pen: ShapePen, x: float, y: float, radius: float) -> None:
    pen.paint(ellipse(x, y, radius, radius, 36), "tire", TIRE, 1.1, 0.03)
    pen.paint(ellipse(x, y, radius * 0.55, radius * 0.55, 28), "rim", STEEL, 0.9, 0.02)
    pen.paint(ellipse(x, y, radius * 0.16, radius * 0.16, 16), "hub", shaded(STEEL, 0.7), 0.7, 0)
    if chance(pen.rng, 0.5):
        for k in np.linspace(0, 2 * np.pi, 6)[:-1]:
            at = np.array([np.cos(k), np.sin(k)]) * radius
            pen.stroke(line(at * 0.18 + (x, y), at * 0.5 + (x, y), 4), 0.6)


def draw_car(pen: ShapePen) -> None:
    rng = pen.rng
    color, high = bright_color(rng), rng.uniform(-0.35, -0.05)
    cabin = spline([(-0.75, 0.25), (-0.5, high), (0.15, high - 0.05), (0.6, 0.25)], 8)
    pen.paint(cabin, "body", color, 1.1)
    for a, b in ((-0.58, -0.12), (-0.02, 0.42)):
        shape = spline(
            [(a, 0.22), (a + 0.12 * (a < -0.3), high + 0.12), (b - 0.14 * (b > 0.2), high + 0.1), (b, 0.22)], 4
        )
        pen.paint(shape, "glass", GLASS, 0.9, 0.04)
    shape = spline([(-1.15, 0.75), (-1.15, 0.35), (-0.7, 0.24), (0.6, 0.24), (1.1, 0.36), (1.2, 0.75)], 8)
    pen.paint(shape, "body", color, 1.2, 0.1)
    pen.stroke(line((-0.06, 0.26), (-0.06, 0.72), 6), 0.8)
    pen.stroke(line((-1.1, 0.55), (1.15, 0.55), 8), 0.6)
    pen.paint(rounded(-0.2, 0.36, -0.1, 0.4), "handle", STEEL, 0.6, 0)
    pen.paint(ellipse(1.1, 0.46, 0.09, 0.08, 20), "light", (252, 236, 160), 0.9, 0)
    pen.paint(rounded(-1.17, 0.42, -1.05, 0.54), "tail light", (214, 70, 62), 0.8, 0)
    pen.paint(rounded(-1.22, 0.68, 1.24, 0.8), "bumper", STEEL, 0.9, 0.03)
    for x in (-0.68, 0.68):
        _wheel(pen, x, 0.76, 0.25)


def draw_bus(pen: ShapePen) -> None:
    color = bright_color(pen.rng)
    pen.paint(rounded(-1.35, -0.6, 1.35, 0.8, 8), "body", color, 1.2, 0.1)
    pen.paint(box(-1.33, 0.3, 1.33, 0.42), "stripe", (250, 250, 246), 0.8, 0)
    for x in np.arange(-1.2, 0.7, 0.42):
        pen.paint(rounded(x, -0.4, x + 0.34, 0.1), "glass", GLASS, 0.9, 0.04)
    pen.paint(rounded(0.72, -0.4, 1.08, 0.74), "door", GLASS, 0.9, 0.04)
    pen.stroke(line((0.9, -0.4), (0.9, 0.74), 6), 0.8)
    for x in (-0.8, 0.5):
        _wheel(pen, x, 0.8, 0.22)


def draw_truck(pen: ShapePen) -> None:
    rng = pen.rng
    pen.paint(
        box(-1.4, -0.65, 0.35, 0.65), "cargo", (244, 242, 236) if chance(rng, 0.5) else bright_color(rng), 1.1, 0.1
    )
    if chance(rng, 0.5):
        pen.paint(star(-0.55, 0.0, 0.35), "mark", bright_color(rng), 0.9, 0)
    shape = np.vstack([spline([(0.42, 0.65), (0.42, -0.3), (0.9, -0.3), (1.12, 0.1), (1.35, 0.2), (1.38, 0.65)], 6)])
    pen.paint(shape, "cab", bright_color(rng), 1.1, 0.08)
    pen.paint(as_points([(0.55, -0.18), (0.85, -0.18), (1.02, 0.12), (0.55, 0.12)]), "glass", GLASS, 0.9, 0.04)
    pen.paint(box(-1.42, 0.62, 1.4, 0.74), "frame", shaded(STEEL, 0.6), 0.9, 0)
    for x in (-1.05, -0.5, 0.85):
        _wheel(pen, x, 0.78, 0.22)


def draw_train(pen: ShapePen) -> None:
    rng = pen.rng
    color = bright_color(rng)
    pen.paint(rounded(-0.35, -0.25, 1.05, 0.5, 3), "boiler", color, 1.1, 0.12)
    pen.paint(box(-1.15, -0.75, -0.3, 0.55), "cab", shaded(color, 0.8), 1.1, 0.08)
    pen.paint(box(-0.95, -0.55, -0.5, -0.1), "glass", GLASS, 0.9, 0.03)
    pen.paint(box(-1.25, -0.9, -0.2, -0.72), "roof", shaded(color, 0.6), 1.0, 0.03)
    pen.paint(as_points([(0.5, -0.25), (0.42, -0.75), (0.86, -0.75), (0.78, -0.25)]), "chimney", TIRE, 1.0, 0.04)
    pen.paint(ellipse(0.1, -0.3, 0.14, 0.16, 22), "dome", (226, 190, 90), 0.9, 0.03)
    pen.paint(box(-1.2, 0.5, 1.15, 0.64), "frame", TIRE, 0.9, 0)
    pen.paint(as_points([(1.1, 0.5), (1.4, 0.92), (1.0, 0.92)]), "guard", shaded(STEEL, 0.7), 0.9, 0)
    for x, r in ((-0.85, 0.26), (-0.2, 0.26), (0.35, 0.19), (0.8, 0.19)):
        _wheel(pen, x, 0.95 - r, r)
    for k in range(3):
        pen.merge(
            [
                ellipse(0.7 + 0.2 * k, -1.0 - 0.2 * k, 0.14 + 0.05 * k, 0.12 + 0.05 * k, 20),
                ellipse(0.85 + 0.2 * k, -1.05 - 0.2 * k, 0.12 + 0.04 * k, 0.1 + 0.04 * k, 20),
            ],
            "steam",
            (244, 244, 248),
            0.8,
            0.03,
        )


def draw_ship(pen: ShapePen) -> None:
    rng = pen.rng
    hull = bright_color(rng)
    if chance(rng, 0.5):
        pen.paint(box(-0.05, -1.0, 0.05, 0.4), "mast", (150, 108, 76), 0.9, 0.01)
        pen.paint(spline([(0.1, -0.95), (0.75, -0.3), (0.85, 0.3), (0.1, 0.3)], 5), "sail", (250, 246, 236), 1.1, 0.08)
        pen.paint(spline([(-0.1, -0.8), (-0.6, -0.1), (-0.7, 0.3), (-0.1, 0.3)], 5), "sail", (250, 246, 236), 1.1, 0.08)
        pen.paint(as_points([(0.05, -1.0), (0.4, -1.1), (0.05, -1.2)]), "flag", bright_color(rng), 0.9, 0)
    else:
        pen.paint(box(-0.6, -0.15, 0.6, 0.4), "cabin", (250, 250, 250), 1.0, 0.08)
        pen.paint(box(-0.35, -0.5, 0.3, -0.15), "cabin", (250, 250, 250), 1.0, 0.06)
        for x in spread(3, 0.4):
            pen.paint(ellipse(x, 0.12, 0.1, 0.1, 20), "glass", GLASS, 0.8, 0)
        pen.paint(box(-0.05, -0.95, 0.22, -0.5), "funnel", hull, 1.0, 0.04)
    pen.paint(spline([(-1.3, 0.35), (1.35, 0.28), (1.0, 0.95), (-0.95, 0.95)], 4), "hull", hull, 1.2, 0.12)
    pen.stroke(line((-1.2, 0.52), (1.2, 0.48), 8), 0.8)
    for k in spread(4, 1.2):
        pen.stroke(spline([(k - 0.3, 1.02), (k - 0.1, 0.96), (k + 0.1, 1.02)], 5), 0.8)


def draw_plane(pen: ShapePen) -> None:
    color = bright_color(pen.rng)
    pen.paint(as_points([(-1.1, 0.0), (-1.4, -0.6), (-1.05, -0.6), (-0.7, 0.0)]), "tail", color)
    pen.paint(as_points([(0.1, 0.0), (-0.35, -0.55), (-0.1, -0.55), (0.5, 0.0)]), "wing", shaded(color, 0.8))
    shape = spline([(-1.3, 0.02), (-0.6, -0.18), (0.7, -0.22), (1.3, 0.1), (0.8, 0.35), (-0.6, 0.26)], 8, closed=True)
    pen.paint(shape, "body", (248, 248, 250), 1.2, 0.1)
    pen.paint(spline([(0.85, -0.14), (1.12, 0.0), (0.85, 0.04)], 5, closed=True), "glass", GLASS, 0.9, 0)
    for x in np.arange(-0.7, 0.7, 0.22):
        pen.paint(ellipse(x, 0.0, 0.06, 0.07, 16), "glass", GLASS, 0.7, 0)
    pen.paint(as_points([(0.3, 0.15), (-0.5, 0.85), (-0.2, 0.85), (0.7, 0.15)]), "wing", color, 1.1, 0.05)
    pen.paint(rounded(-0.1, 0.5, 0.3, 0.68), "engine", STEEL, 0.9, 0.03)


def draw_rocket(pen: ShapePen) -> None:
    color = bright_color(pen.rng)
    pen.paint(spline([(-0.2, 0.7), (0, 1.25), (0.2, 0.7)], 6), "flame", (250, 190, 80), 1.0, 0)
    for side in (-1, 1):
        shape = spline([(side * 0.3, 0.2), (side * 0.7, 0.6), (side * 0.68, 0.95), (side * 0.25, 0.7)], 6, closed=True)
        pen.paint(shape, "fin", color)
    shape = spline(
        [(0, -1.2), (0.35, -0.6), (0.4, 0.2), (0.25, 0.75), (-0.25, 0.75), (-0.4, 0.2), (-0.35, -0.6)], 8, closed=True
    )
    pen.paint(shape, "body", (248, 248, 250), 1.2, 0.12)
    pen.paint(np.vstack([spline([(0, -1.2), (0.33, -0.65)], 6), [(-0.33, -0.65)]]), "nose", color, 1.0, 0.05)
    pen.paint(ellipse(0, -0.2, 0.18, 0.18, 28), "rim", STEEL, 1.0, 0.02)
    pen.paint(ellipse(0, -0.2, 0.12, 0.12, 24), "glass", GLASS, 0.8, 0.02)


def draw_air_balloon(pen: ShapePen) -> None:
    first, second = bright_color(pen.rng), bright_color(pen.rng)
    part = pen.paint(
        spline(
            [(0, -1.2), (0.75, -0.9), (0.85, -0.3), (0.3, 0.35), (-0.3, 0.35), (-0.85, -0.3), (-0.75, -0.9)],
            10,
            closed=True,
        ),
        "skin",
        first,
        1.2,
        0.16,
    )
    clip = (pen.cel.parts == part).astype(np.uint8) * 255
    for a, b in ((-0.5, -0.2), (0.2, 0.5)):
        band = splines(
            8, [(a * 0.2, -1.25), (a * 1.7, -0.5), (a * 0.7, 0.4)], [(b * 0.7, 0.4), (b * 1.7, -0.5), (b * 0.2, -1.25)]
        )
        pen.cel.fill(pen.put(band), pen.part("band", second), clip=clip, flat_only=True)
        pen.cel.outline(pen.put(band), 0.8, clip)
    for x in (-0.25, 0.25):
        pen.stroke(line((x, 0.36), (x * 0.7, 0.66), 5), 0.8, 0, 0)
    pen.paint(
        as_points([(-0.22, 0.66), (0.22, 0.66), (0.18, 0.98), (-0.18, 0.98)]), "basket", (176, 128, 84), 1.0, 0.04
    )
