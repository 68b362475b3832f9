"""Animals and small monsters of simple shapes. They stand at y = 1; one unit is about half their height."""

from collections.abc import Callable

import numpy as np

from .animals import draw_eyes, draw_sitting, draw_standing
from .curves import ellipse, line, mirror, spline, splines, tube
from .design import chance, choose
from .palette import any_color, shaded
from .shapes import ShapePen, spread


def draw_creature(pen: ShapePen) -> str:
    """Draw a creature; returns its kind."""
    kinds: dict[str, Callable[[ShapePen], None]] = {
        "sitting": draw_sitting,
        "standing": draw_standing,
        "bird": _bird,
        "fish": _fish,
        "slime": _slime,
        "ghost": _ghost,
        "penguin": _penguin,
        "dinosaur": _dinosaur,
        "butterfly": _butterfly,
        "whale": _whale,
        "turtle": _turtle,
        "octopus": _octopus,
    }
    shares = np.array([4.0, 2.5, 1.2, 0.9, 0.5, 0.4, 0.7, 0.7, 0.5, 0.5, 0.5, 0.5])
    kind = list(kinds)[int(pen.rng.choice(len(kinds), p=shares / shares.sum()))]
    kinds[kind](pen)
    return kind


def _bird(pen: ShapePen) -> None:
    rng = pen.rng
    color = any_color(rng, (0.3, 0.8), (0.6, 1.0))
    for x in (-0.1, 0.14):
        pen.stroke(line((x, 0.65), (x, 0.97), 4), 1.3, 0, 0)
        for k in (-0.1, 0.0, 0.1):
            pen.stroke(line((x, 0.95), (x + k, 1.0), 3), 1.0, 0, 0)
    tail = spline([(-0.45, 0.35), (-1.1, 0.55), (-1.05, 0.75), (-0.4, 0.62)], 6, closed=True)
    pen.paint(tail, "wing", shaded(color, 0.7))
    pen.merge([ellipse(0, 0.25, 0.62, 0.5, 40), ellipse(0.3, -0.32, 0.38, 0.36, 36)], "feathers", color, 1.15, 0.1)
    pen.paint(ellipse(0.16, 0.4, 0.36, 0.28, 30), "belly", shaded(color, 1.5), 0.7, 0)
    wing = spline([(0.1, 0.05), (-0.3, -0.02), (-0.72, 0.4), (-0.35, 0.52), (0.05, 0.36)], 8, closed=True)
    pen.paint(wing, "wing", shaded(color, 0.7), 1.0, 0.06)
    for k in (0.2, 0.32, 0.44):
        pen.stroke(spline([(-0.1 - k, 0.25), (-0.2 - k * 0.8, 0.38), (-0.05 - k, 0.46)], 5), 0.7)
    shape = splines(4, [(0.62, -0.4), (0.8, -0.38), (0.95, -0.26)], [(0.95, -0.26), (0.75, -0.2), (0.64, -0.2)])
    pen.paint(shape, "beak", (246, 176, 72), 1.0, 0.02)
    pen.stroke(line((0.65, -0.29), (0.88, -0.27), 4), 0.6)
    pen.ink(ellipse(0.38, -0.4, 0.06, 0.08, 18))
    if chance(rng, 0.4):
        shape = spline([(0.2, -0.64), (0.05, -0.95), (0.3, -0.78), (0.4, -0.98), (0.4, -0.66)], 5)
        pen.paint(shape, "crest", shaded(color, 0.7))


def _fish(pen: ShapePen) -> None:
    rng = pen.rng
    color, fin = any_color(rng, (0.4, 0.9), (0.6, 1.0)), any_color(rng, (0.4, 0.9), (0.6, 1.0))
    shape = splines(6, [(-0.6, 0), (-1.1, -0.5), (-1.15, -0.1)], [(-1.15, 0.1), (-1.1, 0.5), (-0.6, 0.05)])
    pen.paint(shape, "fin", fin)
    pen.paint(spline([(-0.3, -0.42), (0.0, -0.85), (0.35, -0.6), (0.4, -0.35)], 6), "fin", fin)
    pen.paint(spline([(-0.1, 0.42), (-0.15, 0.75), (0.2, 0.6), (0.2, 0.4)], 6), "fin", fin)
    body = spline([(-0.75, 0), (-0.2, -0.48), (0.5, -0.45), (0.95, 0.0), (0.5, 0.45), (-0.2, 0.46)], 10, closed=True)
    part = pen.paint(body, "scales", color, 1.15, 0.1)
    clip = (pen.cel.parts == part).astype(np.uint8) * 255
    if chance(rng, 0.6):
        for x in (-0.35, 0.0, 0.3):
            band = spline(
                [(x - 0.07, -0.6), (x + 0.1, 0), (x - 0.07, 0.6), (x + 0.07, 0.6), (x + 0.24, 0), (x + 0.07, -0.6)],
                6,
                closed=True,
            )
            pen.cel.fill(pen.put(band), pen.part("band", shaded(color, 0.6)), clip=clip, flat_only=True)
            pen.cel.outline(pen.put(band), 0.7, clip)
    pen.stroke(spline([(0.42, -0.36), (0.34, 0.0), (0.42, 0.36)], 8), 0.9, 0.2, 0.2)
    pen.paint(spline([(0.1, 0.05), (-0.25, 0.0), (-0.25, 0.3), (0.1, 0.2)], 6, closed=True), "fin", fin, 0.9, 0.02)
    pen.paint(ellipse(0.62, -0.1, 0.12, 0.12, 24), "eye.white", (253, 253, 253), 0.9, 0)
    pen.ink(ellipse(0.65, -0.1, 0.065, 0.07, 18))
    pen.stroke(spline([(0.9, 0.12), (0.8, 0.16), (0.74, 0.12)], 5), 0.9)
    for k in range(3):
        pen.cel.outline(pen.put(ellipse(1.2 + 0.12 * k, -0.4 - 0.3 * k, 0.06 + 0.03 * k, 0.06 + 0.03 * k, 18)), 0.7)


def _slime(pen: ShapePen) -> None:
    color = any_color(pen.rng, (0.4, 0.8), (0.7, 1.0))
    shape = spline(
        [(0, -0.7), (0.3, -0.25), (0.85, 0.35), (0.9, 0.85), (0, 1.0), (-0.9, 0.85), (-0.85, 0.35), (-0.3, -0.25)],
        10,
        closed=True,
    )
    pen.paint(shape, "jelly", color, 1.2, 0.16)
    pen.shine(ellipse(0.35 * pen.cel.light_x, 0.1, 0.12, 0.2, 20, turn=0.5 * pen.cel.light_x))
    draw_eyes(pen, 0, 0.4, 0.3, 0.12)
    shape = spline([(-0.16, 0.62), (0.16, 0.62), (0.08, 0.76), (-0.08, 0.76)], 5, closed=True)
    pen.paint(shape, "mouth", (150, 60, 70), 0.9, 0)


def _ghost(pen: ShapePen) -> None:
    color = (246, 248, 252) if chance(pen.rng, 0.6) else any_color(pen.rng, (0.1, 0.4), (0.85, 1.0))
    hem = np.vstack(
        [spline([(0.7 - 0.35 * i, 0.9), (0.525 - 0.35 * i, 0.72), (0.35 - 0.35 * i, 0.9)], 5) for i in range(4)]
    )
    shape = np.vstack(
        [
            spline([(-0.7, 0.9), (-0.72, 0.0), (-0.45, -0.75), (0, -0.92), (0.45, -0.75), (0.72, 0.0), (0.7, 0.9)], 8),
            hem,
        ]
    )
    pen.paint(shape, "cloth", color, 1.2, 0.14)
    draw_eyes(pen, 0, -0.2, 0.24, 0.12)
    pen.paint(ellipse(0, 0.12, 0.1, 0.13, 22), "mouth", (120, 60, 80), 0.9, 0)
    for side in (-1, 1):
        pen.paint(ellipse(side * 0.78, 0.15, 0.2, 0.13, 22, turn=side * -0.5), "cloth", color, 1.0, 0.03)


def _penguin(pen: ShapePen) -> None:
    rng = pen.rng
    coat = choose(rng, (52, 58, 78), (70, 90, 130), any_color(rng, (0.3, 0.6), (0.3, 0.6)))
    for side in (-1, 1):
        pen.paint(ellipse(side * 0.25, 0.97, 0.2, 0.09, 20), "foot", (246, 176, 72), 0.9, 0.02)
        pen.paint(
            spline([(side * 0.5, -0.05), (side * 0.9, 0.35), (side * 0.8, 0.55), (side * 0.48, 0.4)], 6, closed=True),
            "coat",
            coat,
        )
    shape = spline(
        [(0, -0.95), (0.42, -0.7), (0.6, 0.2), (0.5, 0.85), (0, 1.0), (-0.5, 0.85), (-0.6, 0.2), (-0.42, -0.7)],
        10,
        closed=True,
    )
    pen.paint(shape, "coat", coat, 1.2, 0.1)
    pen.merge(
        [ellipse(0, 0.4, 0.4, 0.52, 36), ellipse(-0.16, -0.38, 0.2, 0.24, 26), ellipse(0.16, -0.38, 0.2, 0.24, 26)],
        "belly",
        (250, 250, 250),
        0.9,
        0.06,
    )
    draw_eyes(pen, 0, -0.42, 0.18, 0.07)
    pen.paint(spline([(-0.1, -0.28), (0.1, -0.28), (0, -0.14)], 5, closed=True), "beak", (246, 176, 72), 0.9, 0)
    if chance(rng, 0.5):
        scarf = spline([(-0.5, -0.1), (0, 0.04), (0.5, -0.1)], 8)
        pen.paint(np.vstack([scarf - (0, 0.09), (scarf + (0, 0.09))[::-1]]), "scarf", any_color(rng), 1.0, 0.04)


def _dinosaur(pen: ShapePen) -> None:
    rng = pen.rng
    color = any_color(rng, (0.3, 0.7), (0.5, 0.95))
    back = spline(
        [
            (-1.2, 0.85),
            (-0.7, 0.35),
            (-0.35, -0.1),
            (-0.15, -0.65),
            (0.2, -0.98),
            (0.75, -0.85),
            (0.85, -0.6),
            (0.5, -0.42),
            (0.3, -0.3),
            (0.38, 0.2),
            (0.3, 0.8),
        ],
        10,
    )
    for i in range(5):
        at, ahead = back[8 + 8 * i], back[12 + 8 * i]
        normal = np.array([(ahead - at)[1], -(ahead - at)[0]])
        normal = normal / (np.hypot(*normal) + 1e-9)
        pen.paint(np.stack([at, (at + ahead) / 2 + normal * 0.24, ahead]), "spike", shaded(color, 0.65), 0.9, 0)
    body = np.vstack([back, spline([(0.3, 0.8), (0.1, 0.98), (-0.3, 0.9), (-0.7, 0.85), (-1.2, 0.85)], 6)])
    pen.paint(body, "skin", color, 1.2, 0.12)
    shape = spline([(0.2, -0.15), (0.32, 0.2), (0.25, 0.75), (0.0, 0.75), (-0.05, 0.2)], 6, closed=True)
    pen.paint(shape, "belly", shaded(color, 1.6), 0.8, 0)
    for x in (-0.25, 0.12):
        pen.paint(tube(line((x, 0.6), (x, 0.95), 6), [0.19, 0.16, 0.17], 0.5, 0.4), "skin", color, 1.0, 0.05)
    pen.paint(tube(line((0.22, 0.05), (0.52, 0.2), 6), [0.1, 0.07], 0.5, 0.9), "skin", color, 0.9, 0.03)
    pen.ink(ellipse(0.42, -0.74, 0.05, 0.07, 16))
    pen.stroke(spline([(0.84, -0.6), (0.6, -0.56), (0.45, -0.62)], 5), 0.9)


def _butterfly(pen: ShapePen) -> None:
    rng = pen.rng
    color, inner = any_color(rng, (0.4, 0.9), (0.6, 1.0)), any_color(rng, (0.3, 0.8), (0.7, 1.0))
    for side in (-1.0, 1.0):
        upper = mirror(
            spline([(0.05, 0.0), (0.3, -0.75), (0.95, -0.85), (1.0, -0.3), (0.55, 0.05)], 8, closed=True), side
        )
        lower = mirror(spline([(0.05, 0.05), (0.55, 0.05), (0.85, 0.4), (0.6, 0.8), (0.25, 0.6)], 8, closed=True), side)
        for wing in (lower, upper):
            pen.paint(wing, "wing", color, 1.1, 0.05)
            middle = wing.mean(0)
            pen.paint(middle + (wing - middle) * 0.6, "wing.inner", inner, 0.8, 0)
        pen.cel.outline(pen.put(mirror(ellipse(0.72, -0.52, 0.09, 0.09, 18), side)), 0.7)
        pen.stroke(mirror(spline([(0.02, -0.4), (0.12, -0.75), (0.3, -0.95)], 6), side), 0.8, 0, 0.4)
    pen.paint(tube(line((0, -0.35), (0, 0.55), 8), [0.07, 0.08, 0.04], 1, 1), "trunk", (70, 58, 60), 1.0, 0.02)


def _whale(pen: ShapePen) -> None:
    color = any_color(pen.rng, (0.3, 0.7), (0.5, 0.9))
    tail = splines(
        6,
        [(-0.7, 0.3), (-1.0, -0.1), (-1.4, -0.3), (-1.2, 0.05)],
        [(-1.2, 0.05), (-1.45, 0.1), (-1.0, 0.3), (-0.7, 0.5)],
    )
    pen.paint(tail, "skin", color)
    body = spline(
        [(-0.95, 0.25), (-0.4, -0.3), (0.4, -0.5), (1.0, -0.1), (1.05, 0.4), (0.5, 0.75), (-0.3, 0.65)], 10, closed=True
    )
    part = pen.paint(body, "skin", color, 1.2, 0.12)
    clip = (pen.cel.parts == part).astype(np.uint8) * 255
    belly = spline([(1.2, 0.3), (0.5, 0.42), (-0.4, 0.5), (-0.4, 0.9), (1.2, 0.9)], 6, closed=True)
    pen.cel.fill(pen.put(belly), pen.part("belly", (246, 246, 244)), clip=clip)
    pen.cel.stroke(pen.put(belly[:14]), 1.0, 0.05, 0.05, clip)
    for k in (0.52, 0.6, 0.68):
        pen.cel.stroke(pen.put(line((0.1, k + 0.04), (0.85, k - 0.05), 6)), 0.6, 0.2, 0.2, clip)
    pen.ink(ellipse(0.72, 0.12, 0.045, 0.06, 16))
    pen.paint(spline([(0.2, 0.5), (-0.05, 0.85), (0.15, 0.95), (0.4, 0.6)], 6, closed=True), "skin", color, 1.0, 0.04)
    for side in (-1, 1):
        way = spline(
            [(0.45, -0.55), (0.45 + side * 0.1, -0.8), (0.45 + side * 0.3, -0.85), (0.45 + side * 0.35, -0.7)], 6
        )
        pen.stroke(way, 0.9, 0, 0.4)


def _turtle(pen: ShapePen) -> None:
    rng = pen.rng
    skin, shell = any_color(rng, (0.3, 0.6), (0.5, 0.85)), any_color(rng, (0.3, 0.7), (0.4, 0.8))
    for x in (-0.5, 0.45):
        pen.paint(tube(line((x, 0.5), (x + 0.05, 0.92), 6), [0.17, 0.15], 0.5, 0.6), "skin", skin)
    pen.paint(tube(spline([(0.6, 0.45), (0.9, 0.25), (1.05, 0.0)], 8), [0.17, 0.16, 0.22], 0, 1.0), "skin", skin)
    pen.ink(ellipse(1.12, -0.06, 0.04, 0.055, 14))
    dome = np.vstack([spline([(-0.95, 0.55), (-0.7, -0.1), (0, -0.4), (0.65, -0.1), (0.85, 0.55)], 10)])
    pen.paint(dome, "shell", shell, 1.2, 0.12)
    shape = splines(6, [(-1.0, 0.5), (0, 0.62), (0.92, 0.5)], [(0.9, 0.62), (0, 0.76), (-0.98, 0.62)])
    pen.paint(shape, "rim", shaded(shell, 0.7), 1.0, 0)
    for x in spread(3, 0.5):
        pen.paint(ellipse(x - 0.05, 0.15, 0.2, 0.22, 6), "plate", shaded(shell, 1.35), 0.8, 0.03)


def _octopus(pen: ShapePen) -> None:
    color = any_color(pen.rng, (0.4, 0.8), (0.6, 1.0))
    arms = []
    for i, x in enumerate(spread(6, 0.85)):
        way = spline([(x * 0.5, 0.2), (x * 0.8, 0.55), (x * 1.05, 0.8), (x * 1.15 + (0.1 if i % 2 else -0.1), 1.0)], 6)
        arms.append(tube(way, [0.15, 0.12, 0.07], 0.5, 1.0))
    pen.merge([*arms, ellipse(0, -0.2, 0.62, 0.66, 40)], "skin", color, 1.2, 0.12)
    draw_eyes(pen, 0, -0.05, 0.24, 0.1)
    pen.paint(ellipse(0, 0.22, 0.09, 0.08, 18), "mouth", shaded(color, 0.6), 0.9, 0)
    pen.shine(ellipse(0.25 * pen.cel.light_x, -0.5, 0.1, 0.14, 18, turn=0.4))
