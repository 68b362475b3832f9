"""What is worn on the head: hats, ears, ribbons, glasses and the like."""

from itertools import pairwise

import numpy as np

from .cel import Cel, Group, piece
from .cloth import draw_band, draw_bow
from .curves import Points, arch, as_points, bezier, ellipse, line, mirror, rotate, spline, splines, star
from .design import Design, chance
from .hats import draw_hats
from .head import Head
from .palette import shaded


@piece
def draw_behind(cel: Cel, design: Design, head: Head) -> None:
    """Draw what is behind the head: animal ears, horns, wide brims and wings."""
    worn, x, top = design.accessories, head.hair_x, head.top
    if "cat ears" in worn:
        long = cel.rng.random() < 0.2
        for side in (-1.0, 1.0):
            outer = x + side * (0.95 if not head.profile else 0.4)
            inner_x = x + side * (0.22 if not head.profile else -0.1)
            high = top - (1.3 if long else 0.5)
            shape = splines(
                8,
                [(outer, -0.45), (outer + side * 0.17, -1.05), (outer + side * 0.05, high)],
                [(outer + side * 0.05, high), (outer - side * 0.4, top - 0.15), (inner_x, top + 0.2)],
            )
            cel.fill(shape, cel.part("animal ear", "hair", Group.TAIL, design.palette.hair), crescent=0.07)
            cel.stroke(shape[:17], 1.2, 0.1, 0.1)
            cel.stroke(shape[17:], 1.2, 0.1, 0.1)
            inside = shape.mean(0) + (shape - shape.mean(0)) * 0.58 + (0, 0.02)
            cel.draw(inside, cel.part("animal ear.inside", "thing", Group.TAIL, (244, 178, 182)), 0.8)
    if "horns" in worn:
        part = cel.part("horn", "thing", Group.TAIL, shaded(design.palette.second_accent, 0.8))
        for side in (-1.0, 1.0):
            base = np.array([x + side * 0.55, top * 0.85])
            shape = np.vstack(
                [
                    bezier(
                        base - (0.16 * side, 0),
                        base + (-0.1 * side, -0.5),
                        base + (0.3 * side, -0.7),
                        base + (0.5 * side, -0.85),
                        12,
                    ),
                    bezier(
                        base + (0.5 * side, -0.85),
                        base + (0.45 * side, -0.5),
                        base + (0.3 * side, -0.2),
                        base + (0.2 * side, 0.1),
                        12,
                    ),
                ]
            )
            cel.draw(shape, part, 1.1, 0.07)


@piece
def draw_wings(cel: Cel, design: Design, shoulder: float) -> None:
    """A pair of wings behind the back."""
    rng = cel.rng
    bat = chance(rng, 0.35)
    part = cel.part(
        "wing", "thing", Group.BEHIND, shaded(design.palette.second_accent, 0.6) if bat else (246, 246, 252)
    )
    for side in (-1.0, 1.0):
        if bat:
            ribs = as_points([(2.9, -1.2), (3.2, 0.2), (2.5, 1.1), (1.6, 1.6)])
            edge = [spline([(0.2, 0.6), (1.4, -1.4), (2.9, -1.2)], 8)]
            for a, b in pairwise(ribs):
                edge.append(spline([a, (a + b) / 2 + (-0.35, -0.1), b], 6))
            edge.append(spline([ribs[-1], (0.9, 1.3), (0.2, 1.2)], 6))
            shape = mirror(np.vstack(edge), side) + (0, shoulder)
            cel.draw(shape, part, 1.1, 0.14)
            for rib in ribs[1:]:
                way = mirror(spline([(1.4, -0.9), (rib + (1.4, -0.9)) / 2 + (0.1, -0.1), rib], 8), side) + (0, shoulder)
                cel.stroke(way, 0.8, 0.1, 0.1)
            continue
        for row, (count, long) in enumerate(((7, 2.6), (6, 1.7), (5, 1.0))):
            for i in range(count):
                u = i / (count - 1)
                start = np.array([0.3 + 1.3 * u, 0.6 - 1.1 * u - 0.1 * row])
                angle = -0.9 + 1.5 * (1 - u)
                tip = start + long * np.array([np.cos(angle), np.sin(angle)]) * (0.6 + 0.4 * u)
                way = line(start, tip, 12)
                across = np.array([-(tip - start)[1], (tip - start)[0]]) / (np.hypot(*(tip - start)) + 1e-9)
                half = 0.2 * np.sin(np.pi * np.linspace(0.12, 1, 12)) ** 0.6
                feather = np.vstack([way + across * half[:, None], (way - across * half[:, None])[::-1]])
                shape = mirror(feather, side) + (0, shoulder)
                cel.fill(shape, part, crescent=0.06)
                cel.stroke(shape, 0.9, 0.1, 0.1)


@piece
def draw_on_hair(cel: Cel, design: Design, head: Head) -> None:
    """Draw what lies on the hair."""
    worn, rng, palette = design.accessories, cel.rng, design.palette
    x, half, top, face = head.hair_x, head.half, head.top, head.face_x
    accent = cel.part("accessory", "cloth", Group.ACCESSORY, palette.accent)
    if "headband" in worn or "headphones" in worn or "maid cap" in worn:
        outer = spline(arch(x, [(half * 1.03, -0.1), (half * 0.74, top * 0.8), (0, top * 1.03)]), 10)
        inner = spline(arch(x, [(half * 0.93, -0.1), (half * 0.66, top * 0.66), (0, top * 0.86)]), 10)
        if "maid cap" in worn:
            cap = cel.part("cap", "cloth", Group.HAT, (252, 252, 252))
            bumps = [ellipse(at[0], at[1], 0.17, 0.17, 16) for at in outer[8:33:4]]
            cel.fill_merged([np.vstack([outer[8:33], inner[8:33][::-1]]), *bumps], cap, 1.0, 0.05)
            cel.stroke(inner[8:33], 0.9, 0.02, 0.02)
        else:
            cel.fill(np.vstack([outer, inner[::-1]]), accent, crescent=0.05)
            cel.stroke(outer, 1.1, 0, 0)
            cel.stroke(inner, 0.9, 0, 0)
        if "headphones" in worn:
            for side in (-1.0, 1.0) if not head.profile else (0.0,):
                at = x + side * half if side else -0.15
                for wide, high, name, color in (
                    (0.2, 0.32, "accessory", palette.accent),
                    (0.1, 0.2, "accessory.inner", palette.second_accent),
                ):
                    pad = ellipse(at, 0.15, wide * (1.5 if head.profile else 1.0), high, 30)
                    cel.draw(pad, cel.part(name, "cloth", Group.ACCESSORY, color), 1.0, 0.05)
        elif "headband" in worn and chance(rng, 0.5):
            draw_bow(cel, accent, (x + (0.55 if rng.random() < 0.5 else -0.55), top * 0.92), 0.3, ends=False)
    hat = any(name in worn for name in ("beret", "witch hat", "cap", "straw hat", "crown", "goggles", "maid cap"))
    side = -1.0 if head.profile or rng.random() < 0.5 else 1.0
    if "ribbon" in worn and not hat:
        middle = (x + float(rng.choice([-0.75, 0.75, 0.0])) if not head.profile else x - 0.6, top * 0.86)
        draw_bow(cel, accent, middle, rng.uniform(0.3, 0.5), turn=rng.uniform(-0.4, 0.4), ends=chance(rng, 0.5))
    if "flower" in worn and not hat:
        _draw_flower(cel, design, (face * 0.7 + side * 0.72, -0.42), rng.uniform(0.2, 0.3))
    if "clips" in worn:
        for k in range(int(rng.integers(1, 3))):
            center = np.array([face * 0.7 + side * 0.66, -0.32 + 0.16 * k])
            along = np.array([side * 0.17, 0.07 if rng.random() < 0.5 else -0.02])
            across = np.array([-along[1], along[0]]) * 0.22
            clip = as_points(
                [center - along + across, center + along + across, center + along - across, center - along - across]
            )
            cel.draw(clip, cel.part("clip", "thing", Group.ACCESSORY, palette.second_accent), 0.8)
    if "star" in worn:
        shape = star(face * 0.7 + side * 0.6, -0.38, 0.2)
        cel.draw(shape, cel.part("clip", "thing", Group.ACCESSORY, palette.second_accent), 0.9, 0.03)
    draw_hats(cel, design, head)


def _draw_flower(cel: Cel, design: Design, at: tuple[float, float], radius: float) -> None:
    part = cel.part("flower", "thing", Group.ACCESSORY, design.palette.second_accent)
    turn = cel.rng.uniform(0, 6)
    for k in range(5):
        angle = turn + k * 2 * np.pi / 5
        petal = ellipse(
            at[0] + radius * 0.6 * np.cos(angle),
            at[1] + radius * 0.6 * np.sin(angle),
            radius * 0.55,
            radius * 0.42,
            20,
            turn=angle,
        )
        cel.draw(petal, part, 0.85, 0.04)
    middle = ellipse(*at, radius * 0.28, radius * 0.28, 16)
    cel.draw(middle, cel.part("flower.middle", "thing", Group.ACCESSORY, (246, 214, 96)), 0.8)


@piece
def draw_on_face(cel: Cel, design: Design, head: Head) -> None:
    """Draw glasses, an eye patch or a mask, below the bangs."""
    worn, eyes = design.accessories, design.eyes
    if "eyepatch" in worn and head.eyes:
        x, side, narrow = head.eyes[0]
        patch = spline(
            [(-0.34, -0.16), (0, -0.28), (0.34, -0.16), (0.26, 0.2), (0, 0.34), (-0.26, 0.2)], 8, closed=True
        ) * (narrow, 1) + (x, eyes.level)
        part = cel.part("patch", "cloth", Group.ACCESSORY, (44, 42, 48) if cel.rng.random() < 0.5 else (248, 248, 248))
        draw_band(cel, part, line((x - 0.5 * side * -1, eyes.level - 0.35), (x + 0.9, eyes.level - 0.75), 8), 0.03)
        cel.draw(patch, part, 1.0, 0.05)
    if "mask" in worn and not head.back and not head.profile:
        far, near = head.contour()
        y = eyes.level + max(eyes.b, 0.12) + 0.16
        x = head.across(0) + 0.06 * head.yaw
        shape = splines(
            8,
            [(head.across(-0.66), y + 0.05), (x, y - 0.1), (head.across(0.62), y + 0.05)],
            [
                (head.across(0.6), head.mouth_y),
                (x + 0.2, design.face.chin - 0.02),
                (x - 0.2, design.face.chin - 0.02),
                (head.across(-0.62), head.mouth_y),
            ],
        )
        part = cel.part("mask", "cloth", Group.ACCESSORY, (244, 246, 250))
        cel.draw(shape, part, 1.0, 0.08)
        cel.stroke(
            spline([(head.across(-0.62), y + 0.2), (x, y + 0.16), (head.across(0.6), y + 0.2)], 6), 0.6, 0.1, 0.1
        )
        for way, at in ((near, head.across(-0.64)), (far, head.across(0.6))):
            cel.stroke(line((at, y + 0.08), way[10], 6), 0.7, 0.05, 0.05)
    if "glasses" in worn and head.eyes:
        _draw_glasses(cel, design, head)


def _draw_glasses(cel: Cel, design: Design, head: Head) -> None:
    rng, eyes = cel.rng, design.eyes
    square = 2.0 if rng.random() < 0.55 else 4.5
    part = cel.part("glasses", "thing", Group.ACCESSORY, design.palette.accent if rng.random() < 0.6 else (52, 48, 56))
    y = eyes.level + 0.03
    wide = max(eyes.a + 0.08, 0.28)
    high = wide * 0.92 if square == 2.0 else wide * 0.7
    if eyes.kind in ("dot", "oval"):
        wide, high = 0.3, 0.3 if square == 2.0 else 0.22
    ends = []
    for x, side, narrow in head.eyes:
        rx = min(wide, 0.48 * eyes.spacing * 2) * narrow * (0.62 if head.profile else 1.0)
        outer, inner = (ellipse(x, y, rx + d, high + d, 48, square=square) for d in (0.022, -0.022))
        cel.fill([outer, inner], part)
        cel.outline(outer, 0.7, rough=False)
        cel.outline(inner, 0.6, rough=False)
        ends.append((x - side * rx, x + side * rx, side))
    if len(ends) == 2:
        a, b = ends[0][0], ends[1][0]
        cel.stroke(spline([(a, y - 0.02), ((a + b) / 2, y - 0.06), (b, y - 0.02)], 6), 1.2, 0, 0)
    for _, x, side in ends:
        reach = 0.62 if head.profile else 0.3
        cel.stroke(line((x, y - 0.06), (x + side * reach, y - 0.1), 6), 1.1, 0, 0.1)


def tilted(points: Points, turn: float, at: tuple[float, float]) -> Points:
    """Points turned around a place."""
    return rotate(points, turn, at)
