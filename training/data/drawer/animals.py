"""Animals with fur, that sit or stand. They stand at y = 1; one unit is about half their height."""

import numpy as np

from .curves import Points, Rng, bezier, ellipse, line, mirror, spline, splines, tube
from .design import chance, choose
from .palette import Rgb, any_color, luminance, shaded
from .shapes import ShapePen

FURS: tuple[Rgb, ...] = (
    (246, 240, 230),
    (214, 168, 112),
    (236, 190, 122),
    (156, 112, 82),
    (108, 84, 76),
    (176, 176, 184),
    (92, 92, 102),
    (240, 214, 176),
    (224, 138, 84),
    (64, 60, 68),
    (250, 224, 196),
    (196, 150, 120),
)


BELLY: Rgb = (252, 246, 236)


def fur_color(rng: Rng) -> Rgb:
    return choose(rng, *FURS) if chance(rng, 0.75) else any_color(rng, (0.2, 0.6), (0.6, 0.98))


def draw_eyes(pen: ShapePen, x: float, y: float, apart: float, size: float) -> None:
    rng = pen.rng
    kind = choose(rng, "dot", "dot", "round", "closed", "anime")
    color = any_color(rng, (0.4, 0.8), (0.4, 0.9))
    for side in (-1, 1):
        at = x + side * apart
        if kind == "closed":
            pen.stroke(spline([(at - size, y + 0.02), (at, y - size * 0.8), (at + size, y + 0.02)], 6), 1.1, 0.2, 0.2)
            continue
        if kind == "dot":
            pen.ink(ellipse(at, y, size * 0.6, size * 0.85, 20))
            pen.cel.ink_shape(pen.put(ellipse(at + size * 0.15, y - size * 0.3, size * 0.18, size * 0.22, 12)), value=0)
            shape = pen.put(ellipse(at + size * 0.15, y - size * 0.3, size * 0.18, size * 0.22, 12))
            pen.cel.fill(shape, pen.part("eye.shine", (255, 255, 255), "eye"), flat_only=True)
            continue
        pen.cel.draw(
            pen.put(ellipse(at, y, size * 1.1, size * 1.25, 26)), pen.part("eye.white", (253, 253, 253), "eye")
        )
        iris = ellipse(at - side * size * 0.15, y + size * 0.1, size * 0.75, size * 0.95, 24)
        pen.cel.draw(pen.put(iris), pen.part("iris", color, "iris"), 0.8)
        pen.ink(ellipse(at - side * size * 0.15, y + size * 0.12, size * 0.4, size * 0.55, 18))
        shine = pen.put(ellipse(at + size * 0.12, y - size * 0.3, size * 0.25, size * 0.28, 14))
        pen.cel.ink_shape(shine, value=0)
        pen.cel.light_shape(shine)


def _ear(kind: str, side: float) -> tuple[Points, Points | None]:
    """An ear's outer and inner shape, on a head of radius 0.5 around 0, 0."""
    if kind == "cat":
        outer = splines(6, [(0.12, -0.42), (0.3, -0.72), (0.42, -0.78)], [(0.42, -0.78), (0.52, -0.5), (0.48, -0.15)])
    elif kind == "rabbit":
        outer = spline([(0.08, -0.4), (0.1, -0.9), (0.24, -1.2), (0.36, -0.95), (0.3, -0.4)], 8)
    elif kind == "round":
        outer = ellipse(0.38, -0.42, 0.19, 0.19, 24)
    elif kind == "hanging":
        outer = spline([(0.2, -0.45), (0.5, -0.4), (0.66, 0.0), (0.6, 0.32), (0.46, 0.2), (0.4, -0.15)], 8)
    else:
        outer = ellipse(0.45, -0.36, 0.3, 0.3, 28)
    middle = outer.mean(0)
    inner = None if kind == "hanging" else middle + (outer - middle) * 0.6 + (0, 0.02)
    return mirror(outer, side), None if inner is None else mirror(inner, side)


def _head(pen: ShapePen, at: tuple[float, float], scale: float, fur: Rgb, ears: str, belly: Rgb) -> None:
    """A head of fur with ears, muzzle and eyes."""
    rng = pen.rng
    head = ShapePen(pen.cel, pen.name, pen.put(at)[0], pen.scale * scale, pen.turn + rng.normal(0, 0.06), pen.group)
    for side in (-1.0, 1.0):
        outer, inner = _ear(ears, side)
        if ears != "hanging":
            head.paint(outer, "fur", fur, 1.1)
            if inner is not None:
                head.paint(inner, "ear.inside", (240, 178, 176) if luminance(fur) > 0.3 else shaded(fur, 1.5), 0.7, 0)
    cheeks = [ellipse(0, 0, 0.58, 0.5, 40)]
    if ears == "cat" and chance(rng, 0.6):
        for side in (-1.0, 1.0):
            cheeks.append(
                mirror(
                    np.vstack(
                        [spline([(0.3, 0.0), (0.68, 0.18)], 4), spline([(0.6, 0.24), (0.66, 0.32)], 3), [(0.25, 0.42)]]
                    ),
                    side,
                )
            )
    head.merge(cheeks, "fur", fur, 1.15, 0.07)
    if chance(rng, 0.35):
        patch = choose(rng, "mask", "spot", "blaze")
        color = shaded(fur, 0.7) if luminance(fur) > 0.5 else shaded(fur, 1.6)
        clip = head.cel.mask(head.put(ellipse(0, 0, 0.57, 0.49, 40)))
        shapes = {
            "mask": [ellipse(-0.26, -0.1, 0.2, 0.22, 24), ellipse(0.26, -0.1, 0.2, 0.22, 24)],
            "spot": [ellipse(-0.3, -0.15, 0.26, 0.3, 24)],
            "blaze": [spline([(-0.08, -0.52), (0.08, -0.52), (0.12, 0.0), (-0.12, 0.0)], 6, closed=True)],
        }[patch]
        for shape in shapes:
            head.cel.fill(head.put(shape), head.part("patch", color), clip=clip, flat_only=True)
            head.cel.outline(head.put(shape), 0.7, clip)
    if ears == "hanging":
        for side in (-1.0, 1.0):
            head.paint(_ear(ears, side)[0], "ear", shaded(fur, 0.75), 1.1)
    muzzle = chance(rng, 0.7)
    if muzzle:
        head.merge(
            [ellipse(-0.1, 0.2, 0.17, 0.14, 24), ellipse(0.1, 0.2, 0.17, 0.14, 24), ellipse(0, 0.12, 0.12, 0.12, 20)],
            "belly",
            belly,
            0.7,
            0,
        )
    draw_eyes(head, 0, -0.04, rng.uniform(0.22, 0.3), rng.uniform(0.07, 0.11))
    head.ink(spline([(-0.07, 0.08), (0, 0.06), (0.07, 0.08), (0, 0.15)], 5, closed=True))
    head.stroke(spline([(-0.16, 0.2), (-0.08, 0.27), (0, 0.17), (0.08, 0.27), (0.16, 0.2)], 6), 0.9, 0.2, 0.2)
    if chance(rng, 0.25):
        tongue = spline([(-0.05, 0.25), (0.05, 0.25), (0.05, 0.36), (0, 0.4), (-0.05, 0.36)], 5, closed=True)
        head.paint(tongue, "tongue", (232, 130, 132), 0.7, 0)
    if chance(rng, 0.5) and ears in ("cat", "mouse", "rabbit"):
        for side in (-1, 1):
            for k in (-0.04, 0.06):
                head.stroke(line((side * 0.3, 0.18 + k), (side * 0.68, 0.12 + k * 2.2), 5), 0.5, 0.1, 0.6)
    if chance(rng, 0.4):
        for side in (-1, 1):
            blush = ellipse(side * 0.36, 0.16, 0.09, 0.05, 20)
            head.paint(blush, "cheek", (244, 170, 164), 0.5, 0)


def draw_sitting(pen: ShapePen) -> None:
    """Cat, dog, rabbit, bear or mouse, that sits."""
    rng = pen.rng
    fur, ears = fur_color(rng), choose(rng, "cat", "cat", "rabbit", "round", "hanging", "mouse")
    belly = BELLY if luminance(fur) < 0.9 else shaded(fur, 0.85)
    tail = choose(rng, "long", "bushy", "stub")
    side = -1.0 if chance(rng, 0.5) else 1.0
    if tail == "long":
        way = spline([(side * 0.3, 0.85), (side * 0.85, 0.85), (side * 0.95, 0.35), (side * 0.78, 0.05)], 10)
        pen.paint(tube(way, [0.11, 0.1, 0.08], 0, 1.0), "fur", fur)
    elif tail == "bushy":
        shape = spline(
            [
                (side * 0.25, 0.9),
                (side * 0.8, 0.8),
                (side * 1.1, 0.2),
                (side * 0.85, -0.2),
                (side * 0.62, 0.2),
                (side * 0.3, 0.6),
            ],
            8,
            closed=True,
        )
        pen.paint(shape, "tail", shaded(fur, 0.92))
    else:
        pen.paint(ellipse(side * 0.5, 0.72, 0.16, 0.15, 20), "fur", fur)
    shape = spline(
        [(-0.3, -0.1), (0.3, -0.1), (0.5, 0.5), (0.48, 0.95), (0, 1.02), (-0.48, 0.95), (-0.5, 0.5)], 8, closed=True
    )
    pen.paint(shape, "fur", fur, 1.15, 0.1)
    if chance(rng, 0.6):
        pen.paint(ellipse(0, 0.48, 0.24, 0.36, 30), "belly", belly, 0.7, 0)
    for s in (-1, 1):
        pen.paint(ellipse(s * 0.38, 0.88, 0.22, 0.15, 26), "fur", fur, 1.0, 0.04)
        leg = tube(line((s * 0.17, 0.3), (s * 0.16, 0.92), 8), [0.11, 0.1, 0.115], 0, 0.9)
        pen.cel.fill(pen.put(leg), pen.part("fur", fur), crescent=0.04 * pen.scale)
        pen.stroke(leg[2:-2], 1.0, 0.2, 0.2)
        for k in (-0.04, 0.04):
            pen.stroke(line((s * 0.16 + k, 0.97), (s * 0.16 + k, 0.92), 3), 0.6)
    if chance(rng, 0.45):
        collar = spline([(-0.3, -0.08), (0, 0.06), (0.3, -0.08)], 8)
        pen.paint(np.vstack([collar - (0, 0.05), (collar + (0, 0.05))[::-1]]), "collar", any_color(rng), 0.8, 0)
        pen.paint(ellipse(0, 0.14, 0.08, 0.08, 18), "bell", (240, 204, 96), 0.8, 0.02)
    _head(pen, (0, -0.45), 1.0, fur, ears, belly)


def draw_standing(pen: ShapePen) -> None:
    """A four-legged animal from the side."""
    rng = pen.rng
    fur, kind = fur_color(rng), choose(rng, "dog", "cat", "horse", "sheep", "cow", "pig", "lion")
    far = shaded(fur, 0.85)
    tall = {"horse": 0.75, "pig": 0.35, "cat": 0.45}.get(kind, 0.5)
    hips, low = 1.0 - tall, 1.0
    for x in (-0.55, 0.38):
        shape = tube(line((x + 0.14, hips - 0.1), (x + 0.16, low - 0.05), 8), [0.14, 0.1, 0.1], 0, 0.6)
        pen.paint(shape, "fur.far", far, 1.0, 0.02)
    tail_end = (-1.25, hips - 0.1) if kind in ("horse", "lion", "cow") else (-1.15, hips - 0.75)
    shape = tube(
        bezier((-0.72, hips - 0.4), (-1.0, hips - 0.5), (-1.15, hips - 0.3), tail_end, 16),
        [0.07, 0.06, 0.05 if kind != "horse" else 0.12],
        0,
        1.0,
    )
    pen.paint(shape, "tail", shaded(fur, 0.8))
    trunk = [ellipse(-0.12, hips - 0.3, 0.72, 0.36, 40)]
    legs = [tube(line((x, hips - 0.15), (x, low - 0.05), 8), [0.16, 0.11, 0.11], 0, 0.6) for x in (-0.58, 0.36)]
    neck_end = (0.75, hips - (1.15 if kind == "horse" else 0.75))
    neck = tube(line((0.4, hips - 0.35), neck_end, 8), [0.28, 0.2], 0, 0.5)
    if kind == "sheep":
        wool = [
            ellipse(-0.12 + np.cos(a) * 0.62, hips - 0.32 + np.sin(a) * 0.32, 0.2, 0.19, 18)
            for a in np.linspace(0, 6.28, 13)[:-1]
        ]
        for leg in legs:
            pen.paint(leg, "leg", shaded(fur, 0.7))
        pen.merge([*trunk, *wool], "wool", BELLY if luminance(fur) < 0.5 else fur, 1.1, 0.1)
    else:
        pen.merge([*trunk, *legs, neck], "fur", fur, 1.15, 0.1)
    if kind == "cow" or (kind in ("dog", "horse") and chance(rng, 0.4)):
        clip = (pen.cel.parts == pen.part("fur", fur)).astype(np.uint8) * 255
        for x in (-0.62, -0.2, 0.2):
            spot = pen.put(
                ellipse(
                    x + rng.normal(0, 0.05),
                    hips - 0.3 + rng.normal(0, 0.15),
                    rng.uniform(0.1, 0.22),
                    rng.uniform(0.08, 0.18),
                    22,
                    turn=rng.uniform(0, 3),
                )
            )
            pen.cel.fill(spot, pen.part("spot", shaded(fur, 0.5)), clip=clip, flat_only=True)
            pen.cel.outline(spot, 0.7, clip)
    if kind == "lion" or kind == "horse":
        mane = [
            ellipse(neck_end[0] - 0.1 + np.cos(a) * 0.34, neck_end[1] - 0.05 + np.sin(a) * 0.36, 0.17, 0.17, 16)
            for a in np.linspace(1.2 if kind == "horse" else 0, 5.0 if kind == "horse" else 6.0, 9)
        ]
        pen.merge(mane, "mane", shaded(fur, 0.6), 1.0, 0.06)
    if kind in ("horse",):
        muzzle = tube(
            line((neck_end[0] - 0.08, neck_end[1] - 0.02), (neck_end[0] + 0.42, neck_end[1] + 0.3), 8),
            [0.22, 0.17, 0.15],
            0.9,
            0.9,
        )
        shape = splines(
            5,
            [
                (neck_end[0] - 0.12, neck_end[1] - 0.18),
                (neck_end[0] - 0.1, neck_end[1] - 0.45),
                (neck_end[0] + 0.02, neck_end[1] - 0.2),
            ],
        )
        pen.paint(shape, "fur", fur)
        pen.paint(muzzle, "fur", fur, 1.1, 0.06)
        pen.ink(ellipse(neck_end[0] + 0.08, neck_end[1] + 0.0, 0.04, 0.055, 16))
        pen.ink(ellipse(neck_end[0] + 0.44, neck_end[1] + 0.28, 0.02, 0.03, 10))
        way = spline(
            [
                (neck_end[0] + 0.48, neck_end[1] + 0.38),
                (neck_end[0] + 0.34, neck_end[1] + 0.38),
                (neck_end[0] + 0.26, neck_end[1] + 0.32),
            ],
            5,
        )
        pen.stroke(way, 0.8)
        return
    ears = {
        "dog": choose(rng, "hanging", "cat"),
        "cat": "cat",
        "sheep": "hanging",
        "cow": "hanging",
        "pig": "cat",
        "lion": "round",
    }[kind]
    _head(pen, (neck_end[0], neck_end[1] - 0.02), 0.72, fur if kind != "sheep" else shaded(fur, 0.75), ears, BELLY)
