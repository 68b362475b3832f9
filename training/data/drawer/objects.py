"""Vehicles and things of simple shapes. They stand at y = 1; one unit is about half their height."""

from collections.abc import Callable

import numpy as np

from .curves import Rng, as_points, ellipse, heart, line, spline, star, tube
from .design import chance, choose
from .palette import Rgb, any_color, hsv, shaded
from .shapes import ShapePen, box, rounded, spread

GLASS: Rgb = (186, 218, 234)
TIRE: Rgb = (64, 62, 68)
STEEL: Rgb = (196, 200, 208)


def draw_object(pen: ShapePen) -> str:
    """Draw a vehicle or a thing; returns its kind."""
    kinds: dict[str, Callable[[ShapePen], None]] = {
        "car": _car, "bus": _bus, "truck": _truck, "train": _train, "ship": _ship, "plane": _plane, "rocket": _rocket, "balloon": _air_balloon,
        "cake": _cake, "fruit": _fruit, "vase": _vase, "lamp": _lamp, "gift": _gift, "robot": _robot, "castle": _castle, "potion": _potion,
        "mushroom": _mushroom, "cactus": _cactus, "guitar": _guitar, "teapot": _teapot, "chest": _chest, "camera": _camera, "burger": _burger,
    }  # fmt: skip
    kind = choose(pen.rng, *kinds)
    kinds[kind](pen)
    return kind


def _bright(rng: Rng) -> Rgb:
    return any_color(rng, (0.4, 0.85), (0.55, 0.98))


def _wheel(pen: ShapePen, x: float, y: float, radius: float) -> None:
    pen.paint(ellipse(x, y, radius, radius, 36), "tire", TIRE, 1.1, 0.03)
    pen.paint(ellipse(x, y, radius * 0.55, radius * 0.55, 28), "rim", STEEL, 0.9, 0.02)
    pen.paint(ellipse(x, y, radius * 0.16, radius * 0.16, 16), "hub", shaded(STEEL, 0.7), 0.7, 0)
    if chance(pen.rng, 0.5):
        for k in np.linspace(0, 2 * np.pi, 6)[:-1]:
            at = np.array([np.cos(k), np.sin(k)]) * radius
            pen.stroke(line(at * 0.18 + (x, y), at * 0.5 + (x, y), 4), 0.6)


def _car(pen: ShapePen) -> None:
    rng = pen.rng
    color, high = _bright(rng), rng.uniform(-0.35, -0.05)
    cabin = spline([(-0.75, 0.25), (-0.5, high), (0.15, high - 0.05), (0.6, 0.25)], 8)
    pen.paint(cabin, "body", color, 1.1)
    for a, b in ((-0.58, -0.12), (-0.02, 0.42)):
        pen.paint(
            spline([(a, 0.22), (a + 0.12 * (a < -0.3), high + 0.12), (b - 0.14 * (b > 0.2), high + 0.1), (b, 0.22)], 4),
            "glass",
            GLASS,
            0.9,
            0.04,
        )
    pen.paint(
        spline([(-1.15, 0.75), (-1.15, 0.35), (-0.7, 0.24), (0.6, 0.24), (1.1, 0.36), (1.2, 0.75)], 8),
        "body",
        color,
        1.2,
        0.1,
    )
    pen.stroke(line((-0.06, 0.26), (-0.06, 0.72), 6), 0.8)
    pen.stroke(line((-1.1, 0.55), (1.15, 0.55), 8), 0.6)
    pen.paint(rounded(-0.2, 0.36, -0.1, 0.4), "handle", STEEL, 0.6, 0)
    pen.paint(ellipse(1.1, 0.46, 0.09, 0.08, 20), "light", (252, 236, 160), 0.9, 0)
    pen.paint(rounded(-1.17, 0.42, -1.05, 0.54), "tail light", (214, 70, 62), 0.8, 0)
    pen.paint(rounded(-1.22, 0.68, 1.24, 0.8), "bumper", STEEL, 0.9, 0.03)
    for x in (-0.68, 0.68):
        _wheel(pen, x, 0.76, 0.25)


def _bus(pen: ShapePen) -> None:
    color = _bright(pen.rng)
    pen.paint(rounded(-1.35, -0.6, 1.35, 0.8, 8), "body", color, 1.2, 0.1)
    pen.paint(box(-1.33, 0.3, 1.33, 0.42), "stripe", (250, 250, 246), 0.8, 0)
    for x in np.arange(-1.2, 0.7, 0.42):
        pen.paint(rounded(x, -0.4, x + 0.34, 0.1), "glass", GLASS, 0.9, 0.04)
    pen.paint(rounded(0.72, -0.4, 1.08, 0.74), "door", GLASS, 0.9, 0.04)
    pen.stroke(line((0.9, -0.4), (0.9, 0.74), 6), 0.8)
    for x in (-0.8, 0.5):
        _wheel(pen, x, 0.8, 0.22)


def _truck(pen: ShapePen) -> None:
    rng = pen.rng
    pen.paint(box(-1.4, -0.65, 0.35, 0.65), "cargo", (244, 242, 236) if chance(rng, 0.5) else _bright(rng), 1.1, 0.1)
    if chance(rng, 0.5):
        pen.paint(star(-0.55, 0.0, 0.35), "mark", _bright(rng), 0.9, 0)
    pen.paint(
        np.vstack([spline([(0.42, 0.65), (0.42, -0.3), (0.9, -0.3), (1.12, 0.1), (1.35, 0.2), (1.38, 0.65)], 6)]),
        "cab",
        _bright(rng),
        1.1,
        0.08,
    )
    pen.paint(as_points([(0.55, -0.18), (0.85, -0.18), (1.02, 0.12), (0.55, 0.12)]), "glass", GLASS, 0.9, 0.04)
    pen.paint(box(-1.42, 0.62, 1.4, 0.74), "frame", shaded(STEEL, 0.6), 0.9, 0)
    for x in (-1.05, -0.5, 0.85):
        _wheel(pen, x, 0.78, 0.22)


def _train(pen: ShapePen) -> None:
    rng = pen.rng
    color = _bright(rng)
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


def _ship(pen: ShapePen) -> None:
    rng = pen.rng
    hull = _bright(rng)
    if chance(rng, 0.5):
        pen.paint(box(-0.05, -1.0, 0.05, 0.4), "mast", (150, 108, 76), 0.9, 0.01)
        pen.paint(spline([(0.1, -0.95), (0.75, -0.3), (0.85, 0.3), (0.1, 0.3)], 5), "sail", (250, 246, 236), 1.1, 0.08)
        pen.paint(spline([(-0.1, -0.8), (-0.6, -0.1), (-0.7, 0.3), (-0.1, 0.3)], 5), "sail", (250, 246, 236), 1.1, 0.08)
        pen.paint(as_points([(0.05, -1.0), (0.4, -1.1), (0.05, -1.2)]), "flag", _bright(rng), 0.9, 0)
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


def _plane(pen: ShapePen) -> None:
    color = _bright(pen.rng)
    pen.paint(as_points([(-1.1, 0.0), (-1.4, -0.6), (-1.05, -0.6), (-0.7, 0.0)]), "tail", color)
    pen.paint(as_points([(0.1, 0.0), (-0.35, -0.55), (-0.1, -0.55), (0.5, 0.0)]), "wing", shaded(color, 0.8))
    pen.paint(
        spline([(-1.3, 0.02), (-0.6, -0.18), (0.7, -0.22), (1.3, 0.1), (0.8, 0.35), (-0.6, 0.26)], 8, closed=True),
        "body",
        (248, 248, 250),
        1.2,
        0.1,
    )
    pen.paint(spline([(0.85, -0.14), (1.12, 0.0), (0.85, 0.04)], 5, closed=True), "glass", GLASS, 0.9, 0)
    for x in np.arange(-0.7, 0.7, 0.22):
        pen.paint(ellipse(x, 0.0, 0.06, 0.07, 16), "glass", GLASS, 0.7, 0)
    pen.paint(as_points([(0.3, 0.15), (-0.5, 0.85), (-0.2, 0.85), (0.7, 0.15)]), "wing", color, 1.1, 0.05)
    pen.paint(rounded(-0.1, 0.5, 0.3, 0.68), "engine", STEEL, 0.9, 0.03)


def _rocket(pen: ShapePen) -> None:
    color = _bright(pen.rng)
    pen.paint(spline([(-0.2, 0.7), (0, 1.25), (0.2, 0.7)], 6), "flame", (250, 190, 80), 1.0, 0)
    for side in (-1, 1):
        pen.paint(
            spline([(side * 0.3, 0.2), (side * 0.7, 0.6), (side * 0.68, 0.95), (side * 0.25, 0.7)], 6, closed=True),
            "fin",
            color,
        )
    pen.paint(
        spline(
            [(0, -1.2), (0.35, -0.6), (0.4, 0.2), (0.25, 0.75), (-0.25, 0.75), (-0.4, 0.2), (-0.35, -0.6)],
            8,
            closed=True,
        ),
        "body",
        (248, 248, 250),
        1.2,
        0.12,
    )
    pen.paint(np.vstack([spline([(0, -1.2), (0.33, -0.65)], 6), [(-0.33, -0.65)]]), "nose", color, 1.0, 0.05)
    pen.paint(ellipse(0, -0.2, 0.18, 0.18, 28), "rim", STEEL, 1.0, 0.02)
    pen.paint(ellipse(0, -0.2, 0.12, 0.12, 24), "glass", GLASS, 0.8, 0.02)


def _air_balloon(pen: ShapePen) -> None:
    first, second = _bright(pen.rng), _bright(pen.rng)
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
    clip = (pen.canvas.parts == part).astype(np.uint8) * 255
    for a, b in ((-0.5, -0.2), (0.2, 0.5)):
        band = np.vstack(
            [
                spline([(a * 0.2, -1.25), (a * 1.7, -0.5), (a * 0.7, 0.4)], 8),
                spline([(b * 0.7, 0.4), (b * 1.7, -0.5), (b * 0.2, -1.25)], 8),
            ]
        )
        pen.canvas.fill(pen.put(band), pen.part("band", second), clip=clip, flat_only=True)
        pen.canvas.outline(pen.put(band), 0.8, clip)
    for x in (-0.25, 0.25):
        pen.stroke(line((x, 0.36), (x * 0.7, 0.66), 5), 0.8, 0, 0)
    pen.paint(
        as_points([(-0.22, 0.66), (0.22, 0.66), (0.18, 0.98), (-0.18, 0.98)]), "basket", (176, 128, 84), 1.0, 0.04
    )


def _cake(pen: ShapePen) -> None:
    rng = pen.rng
    sponge, cream = (236, 196, 130), choose(rng, (255, 250, 246), (250, 206, 214), (206, 160, 120), (220, 236, 206))
    pen.paint(ellipse(0, 0.85, 1.2, 0.16, 40), "plate", (240, 244, 248), 1.0, 0.03)
    pen.paint(
        np.vstack([spline([(-0.9, 0.0), (0, 0.16), (0.9, 0.0)], 8), spline([(0.9, 0.75), (0, 0.95), (-0.9, 0.75)], 8)]),
        "sponge",
        sponge,
        1.1,
        0.1,
    )
    drip = np.vstack(
        [
            spline(
                [(-0.9 + 0.3 * i, 0.2), (-0.75 + 0.3 * i, 0.42 + rng.uniform(-0.08, 0.15)), (-0.6 + 0.3 * i, 0.2)], 6
            )
            for i in range(6)
        ]
    )
    pen.paint(
        np.vstack([spline([(0.9, 0.0), (0.7, -0.16), (0, -0.22), (-0.7, -0.16), (-0.9, 0.0)], 6), drip]),
        "cream",
        cream,
        1.1,
        0.05,
    )
    for x in spread(4, 0.6):
        pen.merge(
            [ellipse(x, -0.14, 0.13, 0.1, 18), ellipse(x, -0.22, 0.08, 0.08, 16)], "swirl", (255, 252, 250), 0.9, 0.02
        )
        pen.paint(
            spline([(x - 0.1, -0.36), (x + 0.1, -0.36), (x, -0.16)], 5, closed=True), "berry", (216, 56, 62), 0.9, 0.02
        )
    if chance(rng, 0.5):
        pen.paint(box(-0.04, -0.8, 0.04, -0.25), "candle", _bright(rng), 0.8, 0)
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
            pen.paint(
                spline(
                    [(x, -0.5), (x + 0.25, -0.1), (x + 0.5, 0.5), (x, 0.98), (x - 0.5, 0.5), (x - 0.25, -0.1)],
                    10,
                    closed=True,
                ),
                kind,
                color,
                1.1,
                0.12,
            )
        elif kind == "berry":
            pen.paint(
                spline(
                    [(x, -0.1), (x + 0.45, 0.0), (x + 0.35, 0.6), (x, 1.0), (x - 0.35, 0.6), (x - 0.45, 0.0)],
                    10,
                    closed=True,
                ),
                kind,
                color,
                1.1,
                0.1,
            )
            for k in range(7):
                pen.stroke(
                    line(
                        (x + rng.uniform(-0.25, 0.25), 0.15 + 0.09 * k), (x + rng.uniform(-0.2, 0.2), 0.2 + 0.09 * k), 3
                    ),
                    0.6,
                )
        else:
            pen.paint(
                spline(
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
                ),
                kind,
                color,
                1.1,
                0.12,
            )
        top = -0.5 if kind == "pear" else 0.05
        pen.stroke(spline([(x, top + 0.06), (x + 0.05, top - 0.25)], 6), 1.4, 0, 0)
        pen.paint(
            spline(
                [(x + 0.05, top - 0.12), (x + 0.25, top - 0.32), (x + 0.45, top - 0.25), (x + 0.25, top - 0.1)],
                6,
                closed=True,
            ),
            "leaf",
            (112, 164, 84),
            0.9,
            0.02,
        )
        pen.shine(ellipse(x + 0.25 * pen.canvas.light_x, 0.3, 0.07, 0.14, 16, turn=0.3))


def _vase(pen: ShapePen) -> None:
    rng = pen.rng
    color = _bright(rng)
    for k in range(int(rng.integers(3, 6))):
        x, y = rng.uniform(-0.7, 0.7), rng.uniform(-1.1, -0.5)
        stem = spline([(0, 0.2), (x * 0.4, -0.2), (x, y)], 8)
        pen.paint(np.vstack([stem - (0.025, 0), (stem + (0.025, 0))[::-1]]), "stem", (98, 150, 86), 0.7, 0)
        petal = _bright(rng)
        count = int(rng.integers(5, 8))
        for i in range(count):
            a = i * 2 * np.pi / count
            pen.paint(
                ellipse(x + 0.15 * np.cos(a), y + 0.15 * np.sin(a), 0.14, 0.1, 18, turn=a),
                f"petal.{k}",
                petal,
                0.8,
                0.02,
            )
        pen.paint(ellipse(x, y, 0.08, 0.08, 16), "middle", (246, 212, 92), 0.8, 0)
    pen.paint(
        np.vstack(
            [
                spline([(-0.22, 0.1), (-0.18, 0.25), (-0.45, 0.6), (-0.28, 1.0)], 8),
                spline([(0.28, 1.0), (0.45, 0.6), (0.18, 0.25), (0.22, 0.1)], 8),
            ]
        ),
        "vase",
        color,
        1.2,
        0.1,
    )
    pen.stroke(spline([(-0.42, 0.5), (0, 0.6), (0.42, 0.5)], 8), 0.8)
    pen.stroke(spline([(-0.43, 0.66), (0, 0.76), (0.43, 0.66)], 8), 0.8)


def _lamp(pen: ShapePen) -> None:
    rng = pen.rng
    pen.paint(box(-0.05, -0.2, 0.05, 0.85), "stand", STEEL, 0.9, 0.02)
    pen.paint(ellipse(0, 0.92, 0.5, 0.1, 30), "foot", shaded(STEEL, 0.8), 1.0, 0.02)
    pen.paint(
        as_points([(-0.35, -1.0), (0.35, -1.0), (0.75, -0.15), (-0.75, -0.15)]),
        "shade",
        hsv(rng.random(), 0.3, 0.96),
        1.2,
        0.12,
    )
    pen.stroke(line((-0.71, -0.25), (0.71, -0.25), 6), 0.7)


def _gift(pen: ShapePen) -> None:
    rng = pen.rng
    color, band = _bright(rng), _bright(rng)
    pen.paint(box(-0.8, 0.0, 0.8, 1.0), "box", color, 1.1, 0.12)
    pen.paint(box(-0.9, -0.25, 0.9, 0.05), "lid", shaded(color, 0.85), 1.1, 0.05)
    pen.paint(box(-0.14, -0.25, 0.14, 1.0), "band", band, 0.9, 0)
    for side in (-1, 1):
        pen.paint(
            spline([(0, -0.28), (side * 0.3, -0.75), (side * 0.7, -0.6), (side * 0.4, -0.3)], 6, closed=True),
            "band",
            band,
            1.0,
            0.04,
        )
    pen.paint(ellipse(0, -0.32, 0.13, 0.11, 18), "band", band, 0.9, 0)


def _robot(pen: ShapePen) -> None:
    rng = pen.rng
    color, second = any_color(rng, (0.1, 0.6), (0.6, 0.95)), _bright(rng)
    for side in (-1, 1):
        pen.paint(box(side * 0.3 - 0.13, 0.5, side * 0.3 + 0.13, 0.9), "limb", shaded(STEEL, 0.8), 1.0, 0.03)
        pen.paint(rounded(side * 0.3 - 0.22, 0.84, side * 0.3 + 0.22, 1.02), "foot", color, 1.0, 0.03)
        pen.paint(
            tube(spline([(side * 0.55, -0.05), (side * 0.85, 0.2), (side * 0.8, 0.5)], 8), [0.1, 0.1], 0.5, 0.5),
            "limb",
            shaded(STEEL, 0.8),
            1.0,
            0.03,
        )
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


def _castle(pen: ShapePen) -> None:
    rng = pen.rng
    stone, roof = choose(rng, (206, 200, 196), (222, 206, 180), (178, 182, 196)), _bright(rng)
    for x, wide, top in ((-0.85, 0.24, -0.5), (0.85, 0.24, -0.5), (0.0, 0.34, -0.8)):
        pen.paint(box(x - wide, top, x + wide, 0.9), "stone", stone, 1.1, 0.06)
        pen.paint(
            as_points([(x - wide * 1.25, top), (x, top - wide * 2.0), (x + wide * 1.25, top)]), "roof", roof, 1.1, 0.06
        )
        pen.paint(
            np.vstack(
                [
                    spline(
                        [
                            (x - 0.08, top + 0.4),
                            (x - 0.07, top + 0.22),
                            (x, top + 0.16),
                            (x + 0.07, top + 0.22),
                            (x + 0.08, top + 0.4),
                        ],
                        5,
                    )
                ]
            ),
            "window",
            (90, 96, 120),
            0.8,
            0,
        )
    wall = [(-0.7, 1.0), (-0.7, 0.2)]
    for i in range(6):
        a = -0.7 + 0.14 * i * 1.66
        wall += [(a, 0.08), (a + 0.12, 0.08), (a + 0.12, 0.2), (a + 0.23, 0.2)]
    pen.paint(as_points([*wall[:-1], (0.7, 0.2), (0.7, 1.0)]), "stone", stone, 1.1, 0.04)
    pen.paint(
        np.vstack([spline([(-0.24, 1.0), (-0.24, 0.62), (0, 0.44), (0.24, 0.62), (0.24, 1.0)], 6)]),
        "gate",
        (120, 84, 62),
        1.0,
        0.03,
    )
    for _ in range(8):
        x, y = rng.uniform(-0.6, 0.6), rng.uniform(0.3, 0.9)
        if abs(x) > 0.3:
            pen.stroke(line((x, y), (x + 0.1, y), 3), 0.5)


def _potion(pen: ShapePen) -> None:
    color = _bright(pen.rng)
    pen.paint(rounded(-0.2, -0.95, 0.2, -0.72), "cork", (176, 128, 84), 1.0, 0.03)
    body = np.vstack(
        [
            spline(
                [
                    (-0.16, -0.72),
                    (-0.16, -0.3),
                    (-0.65, 0.2),
                    (-0.6, 0.85),
                    (0, 1.0),
                    (0.6, 0.85),
                    (0.65, 0.2),
                    (0.16, -0.3),
                    (0.16, -0.72),
                ],
                8,
            )
        ]
    )
    part = pen.paint(body, "glass", (226, 238, 242), 1.2, 0.04)
    clip = (pen.canvas.parts == part).astype(np.uint8) * 255
    liquid = np.vstack([spline([(-0.8, 0.15), (-0.2, 0.22), (0.3, 0.12), (0.8, 0.2)], 8), [(0.8, 1.2), (-0.8, 1.2)]])
    pen.canvas.fill(pen.put(liquid), pen.part("liquid", color), 0.14 * pen.scale, clip=clip)
    pen.canvas.stroke(pen.put(liquid[:25]), 0.9, 0, 0, clip)
    pen.canvas.outline(pen.put(body), 1.2)
    for _ in range(4):
        pen.canvas.outline(pen.put(ellipse(pen.rng.uniform(-0.3, 0.3), pen.rng.uniform(0.3, 0.8), 0.06, 0.06, 16)), 0.7)
    pen.shine(ellipse(0.35 * pen.canvas.light_x, 0.25, 0.06, 0.18, 16, turn=-0.3 * pen.canvas.light_x))


def _mushroom(pen: ShapePen) -> None:
    color = _bright(pen.rng)
    pen.paint(
        spline([(-0.3, 0.1), (0.3, 0.1), (0.4, 0.95), (0, 1.02), (-0.4, 0.95)], 6, closed=True),
        "stem",
        (248, 238, 220),
        1.1,
        0.08,
    )
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
    clip = (pen.canvas.parts == part).astype(np.uint8) * 255
    for x, y, r in ((-0.5, -0.2, 0.2), (0.1, -0.55, 0.18), (0.55, -0.1, 0.22), (0.0, 0.05, 0.14)):
        spot = pen.put(ellipse(x, y, r, r * 0.85, 24))
        pen.canvas.fill(spot, pen.part("spot", (255, 252, 246)), clip=clip, flat_only=True)
        pen.canvas.outline(spot, 0.8, clip)
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


def _guitar(pen: ShapePen) -> None:
    color = choose(pen.rng, (206, 140, 80), (150, 70, 56), _bright(pen.rng))
    pen.paint(
        spline(
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
        ),
        "body",
        color,
        1.2,
        0.1,
    )
    pen.paint(ellipse(0, 0.42, 0.15, 0.15, 26), "hole", (70, 50, 42), 0.9, 0)
    pen.paint(box(-0.08, -1.0, 0.08, 0.3), "neck", (110, 74, 54), 1.0, 0.02)
    pen.paint(as_points([(-0.14, -1.3), (0.14, -1.3), (0.1, -1.0), (-0.1, -1.0)]), "head", color, 1.0, 0.02)
    pen.paint(box(-0.2, 0.75, 0.2, 0.82), "bridge", (80, 56, 46), 0.8, 0)
    for x in (-0.045, 0.0, 0.045):
        pen.stroke(line((x, -1.0), (x, 0.78), 8), 0.4, 0, 0)


def _teapot(pen: ShapePen) -> None:
    color, second = any_color(pen.rng, (0.2, 0.6), (0.7, 0.98)), _bright(pen.rng)
    handle = [ellipse(-0.8, 0.35, 0.35, 0.4, 30), ellipse(-0.8, 0.35, 0.22, 0.27, 30)]
    pen.canvas.fill([pen.put(h) for h in handle], pen.part("pot", color))
    for h in handle:
        pen.canvas.outline(pen.put(h), 1.0)
    pen.paint(
        np.vstack(
            [spline([(0.55, 0.6), (0.9, 0.3), (1.1, -0.15)], 6), spline([(1.25, -0.1), (1.1, 0.5), (0.6, 0.85)], 6)]
        ),
        "pot",
        color,
    )
    pen.paint(ellipse(0, 0.42, 0.85, 0.58, 44), "pot", color, 1.2, 0.14)
    pen.paint(spline([(-0.45, -0.08), (0, -0.28), (0.45, -0.08), (0, 0.02)], 8, closed=True), "lid", second, 1.0, 0.04)
    pen.paint(ellipse(0, -0.32, 0.1, 0.1, 18), "lid", second, 0.9, 0.02)
    if chance(pen.rng, 0.6):
        pen.paint(heart(0, 0.45, 0.24), "mark", second, 0.9, 0)
    pen.shine(ellipse(0.45 * pen.canvas.light_x, 0.2, 0.1, 0.18, 18, turn=-0.4 * pen.canvas.light_x))


def _chest(pen: ShapePen) -> None:
    wood = choose(pen.rng, (150, 100, 66), (178, 124, 80), (120, 80, 60))
    gold: Rgb = (232, 192, 92)
    pen.paint(box(-0.95, 0.1, 0.95, 1.0), "wood", wood, 1.1, 0.1)
    pen.paint(
        np.vstack([spline([(-1.0, 0.12), (-0.95, -0.4), (0, -0.6), (0.95, -0.4), (1.0, 0.12)], 8)]),
        "lid",
        shaded(wood, 0.9),
        1.1,
        0.08,
    )
    for x in (-0.7, 0.7):
        pen.paint(box(x - 0.09, -0.5, x + 0.09, 1.0), "gold", gold, 0.9, 0.02)
    pen.paint(box(-1.0, 0.05, 1.0, 0.17), "gold", gold, 0.9, 0)
    pen.paint(rounded(-0.16, 0.0, 0.16, 0.36), "lock", gold, 1.0, 0.03)
    pen.ink(ellipse(0, 0.16, 0.04, 0.05, 14))
    for y in (0.42, 0.7):
        pen.stroke(line((-0.6, y), (0.6, y), 6), 0.6)


def _camera(pen: ShapePen) -> None:
    color = any_color(pen.rng, (0.05, 0.6), (0.2, 0.9))
    pen.paint(rounded(-0.3, -0.4, 0.3, 0.1), "top", shaded(color, 0.8), 1.0, 0.04)
    pen.paint(rounded(-1.0, -0.15, 1.0, 0.95, 8), "body", color, 1.2, 0.1)
    pen.paint(rounded(-0.95, 0.1, 0.95, 0.7, 10), "leather", shaded(color, 0.6), 0.8, 0.04)
    for r, name, c in ((0.48, "ring", STEEL), (0.38, "barrel", TIRE), (0.26, "glass", GLASS)):
        pen.paint(ellipse(0, 0.4, r, r, 40), name, c, 1.0, 0.05)
    pen.shine(ellipse(0.1 * pen.canvas.light_x, 0.3, 0.06, 0.09, 14, turn=0.5))
    pen.paint(rounded(0.6, -0.28, 0.85, -0.14), "button", (206, 70, 66), 0.9, 0.02)
    pen.paint(rounded(-0.8, -0.05, -0.5, 0.06), "flash", (250, 250, 236), 0.8, 0)


def _burger(pen: ShapePen) -> None:
    rng = pen.rng
    bun = (226, 164, 96)
    pen.paint(spline([(-0.85, 0.75), (0.85, 0.75), (0.7, 1.02), (-0.7, 1.02)], 6, closed=True), "bun", bun, 1.1, 0.06)
    pen.paint(rounded(-0.92, 0.5, 0.92, 0.78, 4), "meat", (122, 76, 56), 1.1, 0.05)
    pen.paint(
        as_points(
            [(-0.9, 0.46), (0.9, 0.46), (0.7, 0.56), (0.5, 0.7), (0.3, 0.54), (-0.4, 0.54), (-0.6, 0.68), (-0.75, 0.55)]
        ),
        "cheese",
        (250, 208, 90),
        0.9,
        0,
    )
    wave = spline([(x, 0.4 + (0.1 if i % 2 else -0.02)) for i, x in enumerate(np.linspace(1.0, -1.0, 9))], 5)
    pen.paint(np.vstack([line((-1.0, 0.3), (1.0, 0.3), 6), wave]), "lettuce", (142, 190, 84), 1.0, 0.02)
    pen.paint(
        np.vstack([spline([(-0.92, 0.3), (-0.8, -0.3), (0, -0.6), (0.8, -0.3), (0.92, 0.3)], 10)]),
        "bun",
        bun,
        1.2,
        0.14,
    )
    for _ in range(9):
        x = rng.uniform(-0.6, 0.6)
        pen.paint(
            ellipse(x, -0.25 + 0.3 * x * x + rng.uniform(-0.12, 0.2), 0.05, 0.03, 14, turn=rng.uniform(0, 3)),
            "seed",
            (252, 238, 206),
            0.6,
            0,
        )
