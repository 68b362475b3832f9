"""Vehicles and things of simple shapes. They stand at y = 1; one unit is about half their height."""

from collections.abc import Callable

import numpy as np

from .curves import as_points, ellipse, line, spline, splines, tube
from .design import chance, choose
from .shapes import ShapePen, box, rounded, spread
from .things import (
    draw_camera,
    draw_castle,
    draw_chest,
    draw_gift,
    draw_guitar,
    draw_lamp,
    draw_potion,
    draw_robot,
    draw_teapot,
)
from .vehicles import (
    bright_color,
    draw_air_balloon,
    draw_bus,
    draw_car,
    draw_plane,
    draw_rocket,
    draw_ship,
    draw_train,
    draw_truck,
)

TABLETOP = ("cake", "fruit", "vase", "gift", "potion", "mushroom", "cactus", "teapot", "camera", "burger")


def draw_object(pen: ShapePen, among: tuple[str, ...] | None = None) -> str:
    """Draw a vehicle or a thing, one of those named or any; returns its kind."""
    kinds: dict[str, Callable[[ShapePen], None]] = {
        "car": draw_car,
        "bus": draw_bus,
        "truck": draw_truck,
        "train": draw_train,
        "ship": draw_ship,
        "plane": draw_plane,
        "rocket": draw_rocket,
        "balloon": draw_air_balloon,
        "cake": _cake,
        "fruit": _fruit,
        "vase": _vase,
        "lamp": draw_lamp,
        "gift": draw_gift,
        "robot": draw_robot,
        "castle": draw_castle,
        "potion": draw_potion,
        "mushroom": _mushroom,
        "cactus": _cactus,
        "guitar": draw_guitar,
        "teapot": draw_teapot,
        "chest": draw_chest,
        "camera": draw_camera,
        "burger": _burger,
    }
    kind = choose(pen.rng, *(tuple(kinds) if among is None else among))
    kinds[kind](pen)
    return kind


def draw_tabletop_object(pen: ShapePen) -> str:
    """Draw a thing that may stand on a table; returns its kind."""
    return draw_object(pen, TABLETOP)


def _cake(pen: ShapePen) -> None:
    rng = pen.rng
    sponge, cream = (236, 196, 130), choose(rng, (255, 250, 246), (250, 206, 214), (206, 160, 120), (220, 236, 206))
    pen.paint(ellipse(0, 0.85, 1.2, 0.16, 40), "plate", (240, 244, 248), 1.0, 0.03)
    shape = splines(8, [(-0.9, 0.0), (0, 0.16), (0.9, 0.0)], [(0.9, 0.75), (0, 0.95), (-0.9, 0.75)])
    pen.paint(shape, "sponge", sponge, 1.1, 0.1)
    drip = np.vstack(
        [
            spline(
                [(-0.9 + 0.3 * i, 0.2), (-0.75 + 0.3 * i, 0.42 + rng.uniform(-0.08, 0.15)), (-0.6 + 0.3 * i, 0.2)], 6
            )
            for i in range(6)
        ]
    )
    shape = np.vstack([spline([(0.9, 0.0), (0.7, -0.16), (0, -0.22), (-0.7, -0.16), (-0.9, 0.0)], 6), drip])
    pen.paint(shape, "cream", cream, 1.1, 0.05)
    for x in spread(4, 0.6):
        pen.merge(
            [ellipse(x, -0.14, 0.13, 0.1, 18), ellipse(x, -0.22, 0.08, 0.08, 16)], "swirl", (255, 252, 250), 0.9, 0.02
        )
        pen.paint(
            spline([(x - 0.1, -0.36), (x + 0.1, -0.36), (x, -0.16)], 5, closed=True), "berry", (216, 56, 62), 0.9, 0.02
        )
    if chance(rng, 0.5):
        pen.paint(box(-0.04, -0.8, 0.04, -0.25), "candle", bright_color(rng), 0.8, 0)
        pen.paint(spline([(-0.05, -0.85), (0, -1.02), (0.05, -0.85)], 4), "flame", (252, 206, 90), 0.7, 0)


def _fruit(pen: ShapePen) -> None:
    rng = pen.rng
    for i in range(int(rng.integers(1, 4))):
        x = 0.55 * (i - 0.5) if i else 0.0
        kind = choose(rng, "apple", "orange", "pear", "berry")
        color = {
            "apple": choose(rng, (206, 60, 56), (150, 190, 80)),
            "orange": (244, 160, 64),
            "pear": (206, 206, 96),
            "berry": (214, 52, 66),
        }[kind]
        if kind == "pear":
            shape = spline(
                [(x, -0.5), (x + 0.25, -0.1), (x + 0.5, 0.5), (x, 0.98), (x - 0.5, 0.5), (x - 0.25, -0.1)],
                10,
                closed=True,
            )
            pen.paint(shape, kind, color, 1.1, 0.12)
        elif kind == "berry":
            shape = spline(
                [(x, -0.1), (x + 0.45, 0.0), (x + 0.35, 0.6), (x, 1.0), (x - 0.35, 0.6), (x - 0.45, 0.0)],
                10,
                closed=True,
            )
            pen.paint(shape, kind, color, 1.1, 0.1)
            for k in range(7):
                way = line(
                    (x + rng.uniform(-0.25, 0.25), 0.15 + 0.09 * k), (x + rng.uniform(-0.2, 0.2), 0.2 + 0.09 * k), 3
                )
                pen.stroke(way, 0.6)
        else:
            shape = spline(
                [
                    (x, 0.12),
                    (x + 0.3, 0.0),
                    (x + 0.6, 0.4),
                    (x + 0.3, 0.95),
                    (x, 0.92),
                    (x - 0.3, 0.95),
                    (x - 0.6, 0.4),
                    (x - 0.3, 0.0),
                ],
                10,
                closed=True,
            )
            pen.paint(shape, kind, color, 1.1, 0.12)
        top = -0.5 if kind == "pear" else 0.05
        pen.stroke(spline([(x, top + 0.06), (x + 0.05, top - 0.25)], 6), 1.4, 0, 0)
        shape = spline(
            [(x + 0.05, top - 0.12), (x + 0.25, top - 0.32), (x + 0.45, top - 0.25), (x + 0.25, top - 0.1)],
            6,
            closed=True,
        )
        pen.paint(shape, "leaf", (112, 164, 84), 0.9, 0.02)
        pen.shine(ellipse(x + 0.25 * pen.cel.light_x, 0.3, 0.07, 0.14, 16, turn=0.3))


def _vase(pen: ShapePen) -> None:
    rng = pen.rng
    color = bright_color(rng)
    for k in range(int(rng.integers(3, 6))):
        x, y = rng.uniform(-0.7, 0.7), rng.uniform(-1.1, -0.5)
        stem = spline([(0, 0.2), (x * 0.4, -0.2), (x, y)], 8)
        pen.paint(np.vstack([stem - (0.025, 0), (stem + (0.025, 0))[::-1]]), "stem", (98, 150, 86), 0.7, 0)
        petal = bright_color(rng)
        count = int(rng.integers(5, 8))
        for i in range(count):
            a = i * 2 * np.pi / count
            shape = ellipse(x + 0.15 * np.cos(a), y + 0.15 * np.sin(a), 0.14, 0.1, 18, turn=a)
            pen.paint(shape, f"petal.{k}", petal, 0.8, 0.02)
        pen.paint(ellipse(x, y, 0.08, 0.08, 16), "middle", (246, 212, 92), 0.8, 0)
    shape = splines(
        8,
        [(-0.22, 0.1), (-0.18, 0.25), (-0.45, 0.6), (-0.28, 1.0)],
        [(0.28, 1.0), (0.45, 0.6), (0.18, 0.25), (0.22, 0.1)],
    )
    pen.paint(shape, "vase", color, 1.2, 0.1)
    pen.stroke(spline([(-0.42, 0.5), (0, 0.6), (0.42, 0.5)], 8), 0.8)
    pen.stroke(spline([(-0.43, 0.66), (0, 0.76), (0.43, 0.66)], 8), 0.8)


def _mushroom(pen: ShapePen) -> None:
    color = bright_color(pen.rng)
    shape = spline([(-0.3, 0.1), (0.3, 0.1), (0.4, 0.95), (0, 1.02), (-0.4, 0.95)], 6, closed=True)
    pen.paint(shape, "stem", (248, 238, 220), 1.1, 0.08)
    part = pen.paint(
        np.vstack(
            [
                spline([(-1.0, 0.2), (-0.8, -0.6), (0, -0.95), (0.8, -0.6), (1.0, 0.2)], 10),
                spline([(1.0, 0.2), (0, 0.38), (-1.0, 0.2)], 8),
            ]
        ),
        "cap",
        color,
        1.2,
        0.16,
    )
    clip = (pen.cel.parts == part).astype(np.uint8) * 255
    for x, y, r in ((-0.5, -0.2, 0.2), (0.1, -0.55, 0.18), (0.55, -0.1, 0.22), (0.0, 0.05, 0.14)):
        spot = pen.put(ellipse(x, y, r, r * 0.85, 24))
        pen.cel.fill(spot, pen.part("spot", (255, 252, 246)), clip=clip, flat_only=True)
        pen.cel.outline(spot, 0.8, clip)
    if chance(pen.rng, 0.5):
        for side in (-1, 1):
            pen.ink(ellipse(side * 0.14, 0.55, 0.05, 0.09, 16))


def _cactus(pen: ShapePen) -> None:
    rng = pen.rng
    green = choose(rng, (112, 164, 96), (86, 140, 100), (150, 182, 110))
    trunk = tube(line((0, 0.5), (0, -0.8), 8), [0.3, 0.32, 0.28], 0, 1.0)
    arms = [
        tube(spline([(0.2, 0.1), (0.6, 0.05), (0.65, -0.4)], 8), [0.14, 0.13, 0.12], 0, 1.0),
        tube(spline([(-0.2, 0.25), (-0.6, 0.2), (-0.62, -0.1)], 8), [0.14, 0.13, 0.12], 0, 1.0),
    ]
    pen.merge([trunk, *arms], "cactus", green, 1.2, 0.1)
    for x in (-0.1, 0.1):
        pen.stroke(spline([(x, 0.45), (x * 1.1, -0.2), (x * 0.7, -0.85)], 8), 0.6)
    pen.paint(ellipse(0, -1.08, 0.16, 0.12, 8), "flower", (238, 130, 160), 0.9, 0)
    pen.paint(as_points([(-0.55, 0.5), (0.55, 0.5), (0.4, 1.0), (-0.4, 1.0)]), "pot", (206, 128, 92), 1.1, 0.1)
    pen.paint(box(-0.6, 0.42, 0.6, 0.58), "pot", (206, 128, 92), 1.0, 0.03)


def _burger(pen: ShapePen) -> None:
    rng = pen.rng
    bun = (226, 164, 96)
    pen.paint(spline([(-0.85, 0.75), (0.85, 0.75), (0.7, 1.02), (-0.7, 1.02)], 6, closed=True), "bun", bun, 1.1, 0.06)
    pen.paint(rounded(-0.92, 0.5, 0.92, 0.78, 4), "meat", (122, 76, 56), 1.1, 0.05)
    shape = as_points(
        [(-0.9, 0.46), (0.9, 0.46), (0.7, 0.56), (0.5, 0.7), (0.3, 0.54), (-0.4, 0.54), (-0.6, 0.68), (-0.75, 0.55)]
    )
    pen.paint(shape, "cheese", (250, 208, 90), 0.9, 0)
    wave = spline([(x, 0.4 + (0.1 if i % 2 else -0.02)) for i, x in enumerate(np.linspace(1.0, -1.0, 9))], 5)
    pen.paint(np.vstack([line((-1.0, 0.3), (1.0, 0.3), 6), wave]), "lettuce", (142, 190, 84), 1.0, 0.02)
    shape = np.vstack([spline([(-0.92, 0.3), (-0.8, -0.3), (0, -0.6), (0.8, -0.3), (0.92, 0.3)], 10)])
    pen.paint(shape, "bun", bun, 1.2, 0.14)
    for _ in range(9):
        x = rng.uniform(-0.6, 0.6)
        shape = ellipse(x, -0.25 + 0.3 * x * x + rng.uniform(-0.12, 0.2), 0.05, 0.03, 14, turn=rng.uniform(0, 3))
        pen.paint(shape, "seed", (252, 238, 206), 0.6, 0)
