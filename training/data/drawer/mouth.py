"""Noses and mouths."""

import numpy as np

from .cel import Cel, Group, piece
from .curves import Points, as_points, bezier, ellipse, line, spline, splines
from .design import Design, chance
from .head import Head


@piece
def draw_nose(cel: Cel, design: Design, head: Head) -> None:
    kind, a = design.face.nose, head.yaw
    x, y = head.across(0) + 0.09 * a, head.nose_y
    side = 1.0 if head.stance > 0.1 else -cel.light_x
    stroke = cel.stroke
    if kind == "dot":
        stroke(line((x, y), (x + 0.01, y + 0.03), 4), 1.0, 0.2, 0.2)
    elif kind == "tick":
        stroke(spline([(x, y - 0.06), (x + side * 0.05, y + 0.02), (x - side * 0.01, y + 0.04)], 6), 0.8, 0.6, 0.2)
    elif kind == "line":
        stroke(spline([(x - side * 0.01, y - 0.12), (x + side * 0.045, y), (x, y + 0.035)], 6), 0.8, 0.8, 0.2)
    elif kind in ("bridge", "full"):
        long = 0.34 if kind == "full" or head.stance > 0.4 else 0.2
        way = spline(
            [
                (x - side * 0.05, y - long),
                (x + side * 0.02, y - 0.12),
                (x + side * 0.08, y + 0.0),
                (x + side * 0.01, y + 0.05),
            ],
            6,
        )
        stroke(way, 0.85, 0.7, 0.2)
        if kind == "full":
            way = spline([(x - side * 0.09, y - 0.03), (x - side * 0.12, y + 0.03), (x - side * 0.06, y + 0.05)], 5)
            stroke(way, 0.6, 0.4, 0.4)
    elif kind == "button":
        stroke(spline([(x - 0.07, y), (x, y + 0.05), (x + 0.07, y)], 6), 0.9, 0.3, 0.3)
    elif kind == "beak":
        shape = spline(
            [
                (x - side * 0.04, y - 0.26),
                (x + side * 0.1, y - 0.1),
                (x + side * 0.17, y + 0.03),
                (x + side * 0.06, y + 0.1),
                (x - side * 0.07, y + 0.06),
            ],
            8,
        )
        stroke(shape, 1.1, 0.4, 0.2)
    if kind not in ("dot", "none", "button"):
        shadow = as_points([(x, y - 0.02), (x - cel.light_x * 0.07, y + 0.045), (x - 0.01, y + 0.065)])
        cel.shade_shape(shadow, [Group.FACE], ["skin"])


@piece
def draw_mouth(cel: Cel, design: Design, head: Head) -> None:
    face, rng, a = design.face, cel.rng, head.yaw
    x, y = head.across(0) + 0.03 * a, head.mouth_y
    width = 0.17 * face.mouth_width
    scale = np.array([width * (1 - 0.15 * a), width]) / 0.2

    def put(points: object) -> Points:
        return as_points(points) * scale + (x, y)  # type: ignore[arg-type]

    closed = {
        "smile": [(-0.2, -0.03), (-0.08, 0.03), (0.08, 0.03), (0.2, -0.04)],
        "flat": [(-0.14, 0), (0, 0.012), (0.14, 0)],
        "small": [(-0.08, 0.0), (0, 0.004), (0.08, 0.005)],
        "frown": [(-0.16, 0.03), (0, -0.03), (0.16, 0.035)],
        "cat": [(-0.2, -0.04), (-0.12, 0.04), (0, -0.03), (0.12, 0.04), (0.2, -0.04)],
        "smirk": [(-0.16, 0.01), (0.04, 0.02), (0.16, -0.03), (0.2, -0.07)],
        "pout": [(-0.08, 0.02), (0, -0.02), (0.08, 0.02)],
    }
    if face.mouth in closed:
        way = spline(closed[face.mouth], 8)
        if face.lips:
            upper = np.vstack([way, spline([way[-1], (0.05, -0.075), (0, -0.055), (-0.05, -0.075), way[0]], 6)])
            lower = np.vstack([way, spline([way[-1], (0.08, 0.09), (-0.08, 0.09), way[0]], 6)])
            lips = cel.part("lips", "skin", Group.MOUTH, design.palette.lips)
            for half in (upper, lower):
                cel.fill(put(half), lips)
            cel.stroke(put(upper[len(way) :]), 0.6, 0.2, 0.2)
            cel.stroke(put(lower[len(way) :]), 0.6, 0.2, 0.2)
        cel.stroke(put(way), 0.95, 0.35, 0.35)
        if not face.lips and chance(rng, 0.5):
            cel.stroke(put(line((-0.05, 0.13), (0.05, 0.135), 4)), 0.5, 0.4, 0.4)
        return
    shapes = {
        "o": ellipse(0, 0, 0.09, 0.12, 24),
        "open": splines(
            8,
            [(-0.2, -0.06), (0, -0.02), (0.2, -0.06)],
            [(0.2, -0.06), (0.12, 0.13), (0, 0.18), (-0.12, 0.13), (-0.2, -0.06)],
        ),
        "grin": splines(
            8, [(-0.24, -0.07), (0, -0.0), (0.24, -0.07)], [(0.24, -0.07), (0.12, 0.08), (-0.12, 0.08), (-0.24, -0.07)]
        ),
        "shout": spline(
            [(-0.16, -0.1), (0, -0.14), (0.16, -0.1), (0.18, 0.1), (0.08, 0.25), (-0.08, 0.25), (-0.18, 0.1)],
            6,
            closed=True,
        ),
    }
    _fill_mouth(cel, design, put(shapes[face.mouth]), put, face.mouth)
    if chance(rng, 0.5) and face.mouth != "shout":
        cel.stroke(put(line((-0.05, 0.24), (0.05, 0.245), 4)), 0.5, 0.4, 0.4)


def _fill_mouth(cel: Cel, design: Design, shape: Points, put: object, kind: str) -> None:
    palette, rng = design.palette, cel.rng
    place = put
    assert callable(place)
    cel.fill(shape, cel.part("mouth", "mouth", Group.MOUTH, palette.mouth))
    clip = cel.mask(shape)
    white = cel.part("teeth", "eye", Group.MOUTH, (252, 251, 248))
    if kind == "grin":
        teeth = place([(-0.24, -0.12), (0.24, -0.12), (0.2, 0.02), (0, 0.06), (-0.2, 0.02)])
        cel.fill(teeth, white, clip=clip)
        cel.stroke(place(spline([(-0.2, 0.02), (0, 0.06), (0.2, 0.02)], 6)), 0.5, 0.1, 0.1, clip)
    elif chance(rng, 0.7):
        low = 0.17 if kind != "shout" else 0.22
        cel.fill(
            place(ellipse(0, low, 0.12, 0.09, 20)), cel.part("tongue", "mouth", Group.MOUTH, palette.tongue), clip=clip
        )
        cel.stroke(place(spline([(-0.1, low - 0.05), (0, low - 0.085), (0.1, low - 0.05)], 6)), 0.55, 0.2, 0.2, clip)
    if kind in ("open", "shout") and design.face.fang:
        fang = place([(0.08, -0.12), (0.15, -0.12), (0.115, 0.03)])
        cel.fill(fang, white, clip=clip)
        cel.stroke(place([(0.08, -0.04), (0.115, 0.03), (0.14, -0.045)]), 0.6, 0, 0, clip)
    elif kind in ("open", "shout") and chance(rng, 0.25):
        teeth = place([(-0.2, -0.14), (0.2, -0.14), (0.16, -0.0), (-0.16, -0.0)])
        cel.fill(teeth, white, clip=clip)
        cel.stroke(place(line((-0.16, 0.0), (0.16, 0.0), 5)), 0.5, 0, 0, clip)
    cel.outline(shape, 0.9)


@piece
def draw_profile_mouth(cel: Cel, design: Design, head: Head) -> None:
    face = design.face
    front, y = 0.8 * face.width - 0.03, head.mouth_y
    if face.mouth in ("open", "o", "grin", "shout"):
        deep, high = {"open": (0.2, 0.11), "o": (0.08, 0.07), "grin": (0.22, 0.08), "shout": (0.2, 0.15)}[face.mouth]
        shape = np.vstack(
            [
                spline([(front + 0.06, y - 0.04), (front - deep * 0.5, y - 0.03), (front - deep, y - 0.05)], 6),
                bezier(
                    (front - deep, y - 0.05),
                    (front - deep * 0.8, y + high),
                    (front - 0.1, y + high * 1.1),
                    (front + 0.05, y + high * 0.8),
                    10,
                ),
            ]
        )
        clip = cel.mask(np.vstack([head.contour()[0], head.contour()[1][::-1]]))
        cel.fill(shape, cel.part("mouth", "mouth", Group.MOUTH, design.palette.mouth), clip=clip)
        cel.stroke(shape, 0.9, 0.1, 0.1, clip)
        cel.stroke(head.contour()[0][52:84], 0.8, 0.2, 0.2)
    else:
        lift = {"smile": -0.05, "cat": -0.04, "smirk": -0.06, "frown": 0.04, "pout": 0.03}.get(face.mouth, 0.0)
        cel.stroke(spline([(front, y), (front - 0.08, y + 0.015), (front - 0.17, y + lift)], 6), 0.9, 0.05, 0.5)
    if face.nose in ("full", "beak", "bridge"):
        x = 0.8 * face.width + 0.06
        cel.curve(
            [(x, head.nose_y - 0.03), (x - 0.04, head.nose_y + 0.01), (x - 0.01, head.nose_y + 0.05)], 5, 0.6, 0.3, 0.3
        )
