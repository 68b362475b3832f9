"""Short hair: cropped and shaved heads, curls, and hair that is combed back."""

import numpy as np

from .cel import Cel, Group
from .curves import Points, as_points, bezier, ellipse, spline, tufts
from .design import Design
from .hair_geometry import cap_arc, draw_shine, hairline
from .head import Head
from .palette import shaded


def draw_combed(cel: Cel, head: Head, low: Points) -> None:
    """Lines of hair that is combed back from the hairline."""
    rng = cel.rng
    middle = as_points((head.hair_x - (0.3 if head.profile else 0.0), head.top * 0.8))[0]
    for k in np.linspace(0.1, 0.9, int(rng.integers(5, 10))):
        start = low[int(k * (len(low) - 1))]
        end = start + (middle - start) * rng.uniform(0.3, 0.75)
        cel.stroke(bezier(start, start + (0, -0.12), end + (0, 0.1), end, 12), 0.65, 0.1, 0.7)


def draw_crew(cel: Cel, design: Design, head: Head, part: int, undercut: bool) -> None:
    rng = cel.rng
    arc, low = cap_arc(head), hairline(head, 0.14)
    color = shaded(design.palette.hair, 0.84) if undercut else design.palette.hair
    name = "hair.shaved" if undercut else "hair.front"
    cel.fill(np.vstack([arc, low]), cel.part(name, "hair", Group.FRONT_HAIR, color), crescent=0.16)
    cel.stroke(arc, cel.style.contour, 0.05, 0.05)
    cel.stroke(low, 0.8, 0.05, 0.05)
    for _ in range(int(rng.integers(14, 30))):
        angle = rng.uniform(0.1, np.pi - 0.1)
        at = np.array(
            [
                head.hair_x + np.cos(angle) * head.half * rng.uniform(0.6, 0.95),
                -0.25 + np.sin(angle) * head.top * rng.uniform(0.5, 0.8),
            ]
        )
        cel.stroke(np.stack([at, at + (np.cos(angle) * 0.05, -0.06)]), 0.5, 0.3, 0.6)
    if undercut and part:
        top = cel.part("hair.front", "hair", Group.FRONT_HAIR, design.palette.hair)
        x, half = head.hair_x, head.half
        crest = spline(
            [
                (x - half * 0.8, head.top * 0.55),
                (x - half * 0.55, head.top * 0.95),
                (x, head.top * 1.1),
                (x + half * 0.6, head.top * 0.92),
                (x + half * 0.82, head.top * 0.45),
                (x + 0.3, head.top * 0.5),
                (x - 0.3, head.top * 0.5),
            ],
            8,
            closed=True,
        )
        cel.draw(crest, top, 1.0, 0.12)


def draw_bald(cel: Cel, design: Design, head: Head, part: int) -> None:
    x = head.hair_x * 0.6
    dome = spline([(x - 0.9, -0.2), (x - 0.72, -0.85), (x, -1.1), (x + 0.72, -0.85), (x + 0.9, -0.2)], 10) * (
        design.face.width,
        1,
    )
    if head.profile:
        dome = spline([(-0.95, 0.35), (-1.0, -0.3), (-0.6, -0.95), (0.0, -1.08), (0.6, -0.85), (0.76, -0.5)], 10)
    skin = cel.part("skin.face", "skin", Group.FACE, design.palette.skin)
    closing = [(0.6, -0.2), (-0.2, 0.6)] if head.profile else [(0.7, 0.0), (-0.7, 0.0)]
    cel.fill(np.vstack([dome, closing]), skin, flat_only=True)
    cel.stroke(dome, cel.style.contour, 0.02, 0.02)
    shine = ellipse(x + 0.3 * cel.light_x, -0.78, 0.16, 0.07, 20, turn=0.3 * cel.light_x)
    cel.light_shape(shine, [Group.FACE])
    if design.age == "elder" and not head.profile:
        for side in (-1.0, 1.0):
            base = spline([(0.86, -0.35), (0.98, -0.05), (0.98, 0.3), (0.9, 0.5)], 6) * (side, 1) + (x, 0)
            edges = tufts(base[::3] if side > 0 else base[::-3], cel.rng.uniform(0.08, 0.18, len(base[::3]) - 1), 0.0)
            patch = np.vstack(
                [*edges, as_points([(x + side * 0.8, 0.3), (x + side * 0.76, -0.2)][:: 1 if side > 0 else -1])]
            )
            cel.draw(patch, part, 1.0, 0.05)


def draw_curls(cel: Cel, design: Design, head: Head, part: int, front: bool) -> None:
    """Curly hair: bumps with one outline, and arcs within."""
    hair, rng = design.hair, cel.rng
    x, half, top = head.hair_x, head.half * (1.0 + 0.2 * hair.length), head.top * (1.0 + 0.14 * hair.length)
    size = 0.2 + 0.14 * rng.random()
    shapes: list[Points] = []
    if front:
        arc, low = cap_arc(head), hairline(head)
        shapes.append(np.vstack([arc, low]))
        count = int(2.2 / size * 2)
        ways = [arc[np.linspace(0, len(arc) - 1, count).astype(int)]]
        if not head.back:
            ways.append(low[np.linspace(6, len(low) - 7, max(4, count // 2)).astype(int)] + (0, -0.03))
        for way in ways:
            for at in way:
                x0, y0 = at + rng.normal(0, 0.03, 2)
                shapes.append(ellipse(x0, y0, size * rng.uniform(0.8, 1.15), size * rng.uniform(0.75, 1.1), 20))
    else:
        long = 0.6 + 1.4 * hair.length * (not design.male)
        shapes.append(ellipse(x, 0.0, half * 0.95, -top, 40))
        for angle in np.linspace(-0.5 * np.pi - 2.4, -0.5 * np.pi + 2.4, int(3.6 / size)):
            at = (x + np.cos(angle) * half * 0.98, -0.05 + np.sin(angle) * (-top if np.sin(angle) < 0 else long))
            shapes.append(ellipse(*at, size * rng.uniform(0.9, 1.2), size * rng.uniform(0.9, 1.2), 20))
    cel.fill_merged(shapes, part, cel.style.contour, crescent=0.13)
    for shape in shapes[1:]:
        if rng.random() < 0.55:
            middle = shape.mean(0)
            start = int(rng.integers(20))
            curl = np.roll(middle + (shape - middle) * rng.uniform(0.45, 0.8), start, 0)[: int(rng.integers(7, 13))]
            cel.stroke(curl, 0.7, 0.3, 0.5)
    if front and hair.shine:
        draw_shine(cel, design, head)
