"""Cloth: garments as parts, with folds, prints, hems, buttons and bows."""

import numpy as np
from numpy.typing import ArrayLike

from .cel import Cel, Group
from .curves import (
    Points,
    as_points,
    direction,
    ellipse,
    heart,
    length,
    line,
    normals,
    resample,
    rotate,
    spline,
    splines,
    star,
)
from .design import Design, chance, choose
from .palette import Rgb

PRINTED = ("tee", "shirt", "dress", "hoodie", "kimono", "sweater", "camisole", "maid")  # tops that may have a print


def cloth_part(cel: Cel, design: Design, name: str, group: Group, color: int | Rgb) -> int:
    """The part of a garment; its color is an index of the palette's clothes, or a color."""
    rgb = design.palette.clothes[color] if isinstance(color, int) else color
    return cel.part(name, "cloth", group, rgb)


def draw_fold(cel: Cel, part: int, at: ArrayLike, way: ArrayLike) -> None:
    """A fold line on a part, with a sliver of shadow along it."""
    rng = cel.rng
    start, along = as_points(at)[0], as_points(way)[0]
    across = np.array([-along[1], along[0]]) * rng.uniform(0.1, 0.25) * (1 if rng.random() < 0.5 else -1)
    curve = spline([start, start + along * 0.5 + across, start + along], 8)
    pixels = cel.to_pixels(curve)
    if cel.action is None and ((pixels.max(0) < 0).any() or (pixels.min(0) > cel.size).any()):
        return
    clip = (cel.parts == part).astype(np.uint8) * 255
    cel.stroke(curve, 0.75, 0.08, 0.7, clip)
    if rng.random() < 0.2:  # a fork
        fork = spline([curve[5], curve[5] + along * 0.3 - across * 0.8, start + along * 0.9 - across * 0.9], 6)
        cel.stroke(fork, 0.6, 0.08, 0.8, clip)
    if rng.random() < 0.75:
        toward = np.array([-cel.light_x * 0.6, 0.8]) * rng.uniform(0.04, 0.1)
        lower = spline([start, start + along * 0.45 + across + toward, start + along], 8)
        cel.shade_shape(np.vstack([curve, lower[::-1]]), clip=clip)


def draw_bow(cel: Cel, part: int, at: ArrayLike, size: float, turn: float = 0.0, ends: bool = True) -> None:
    """A bow of two loops and a knot, with or without hanging ends."""

    def put(points: ArrayLike, side: float = 1.0) -> Points:
        return rotate(as_points(points) * (side * size, size), turn) + as_points(at)

    rng = cel.rng
    droop, long = rng.uniform(-0.1, 0.15), rng.uniform(0.8, 1.3)
    if ends:
        for side in (-1.0, 1.0):
            end = splines(
                8,
                [(0, 0.05), (0.3, 0.6 * long), (0.42, 1.25 * long)],
                [(0.62, 1.05 * long)],
                [(0.85, 1.2 * long), (0.6, 0.5 * long), (0, -0.05)],
            )
            cel.draw(put(end, side), part, 0.8, 0.05)
    for side in (-1.0, 1.0):
        loop = splines(
            8,
            [(0, -0.12), (0.5, -0.5 + droop), (1.05, -0.55 + droop)],
            [(1.05, -0.55 + droop), (1.16, 0.02 + droop), (1.0, 0.5 + droop)],
            [(1.0, 0.5 + droop), (0.5, 0.35 + droop * 0.6), (0, 0.12)],
        )
        cel.draw(put(loop, side), part, 0.9, 0.06)
        cel.stroke(put(spline([(0.15, 0.02), (0.45, -0.12), (0.7, -0.18 + droop)], 8), side), 0.7, 0.1, 0.6)
        cel.stroke(put(spline([(0.15, 0.05), (0.4, 0.12), (0.6, 0.2 + droop)], 8), side), 0.7, 0.1, 0.6)
        cel.shade_shape(
            put([(0, -0.1), (0.45, -0.12), (0.2, 0.02), (0.45, 0.16), (0, 0.1)], side),
            clip=(cel.parts == part).astype(np.uint8) * 255,
        )
    knot = put(ellipse(0, 0, 0.2, 0.22, 20))
    cel.draw(knot, part, 0.9, 0.04)


def draw_button(cel: Cel, design: Design, at: ArrayLike, radius: float = 0.05, color: Rgb | None = None) -> None:
    """A round button."""
    x, y = as_points(at)[0]
    disk = ellipse(x, y, radius, radius, 14)
    cel.draw(disk, cel.part("button", "thing", Group.COLLAR, color or design.palette.metal), 0.65, 0.015)


def draw_band(cel: Cel, part: int, way: Points, half: float, crescent: float = 0.0, weight: float = 0.8) -> None:
    """A band of even width along a way, with lines on both sides."""
    normal = normals(way) * half
    cel.fill(np.vstack([way + normal, (way - normal)[::-1]]), part, crescent=crescent)
    cel.stroke(way + normal, weight, 0.03, 0.03)
    cel.stroke(way - normal, weight, 0.03, 0.03)


def draw_ruffle(cel: Cel, part: int, way: Points, deep: float, wide: float = 0.14) -> None:
    """A ruffle that hangs from a way (to the right of its direction)."""
    count = max(3, int(length(way) / wide))
    top = resample(way, length(way) / count, count + 1)
    normal = normals(top)
    side = 1.0 if normal[:, 1].mean() > 0 else -1.0
    hem = top + normal * side * deep
    edge = []
    for i in range(len(hem) - 1):
        bulge = (hem[i] + hem[i + 1]) / 2 + normal[i] * side * deep * 0.35
        edge.append(spline([hem[i], bulge, hem[i + 1]], 5))
    rim = np.vstack(edge)
    cel.fill(np.vstack([top, rim[::-1]]), part, crescent=0.04)
    cel.stroke(rim, 0.85, 0, 0)
    cel.stroke(top, 0.7, 0.05, 0.05)
    for i in range(1, len(hem) - 1):
        cel.stroke(line(hem[i], hem[i] + (top[i] - hem[i]) * 0.6, 4), 0.6, 0.05, 0.7)


def draw_print(
    cel: Cel, design: Design, part: int, center: ArrayLike, reach: tuple[float, float], name: str = "print"
) -> None:
    """Draw the outfit's print on a part, within a box around a center; lines and shadows of the cloth stay."""
    kind, rng = design.outfit.print, cel.rng
    place = "bottom" if name == "print.skirt" else "top"
    if kind == "none" or design.outfit.print_on not in (place, "both"):
        return
    if kind == "emblem" and name != "print":
        return
    if place == "top" and design.outfit.top not in PRINTED:
        return
    x, y = as_points(center)[0]
    clip = (cel.parts == part).astype(np.uint8) * 255
    if not clip.any():
        return
    color = design.palette.clothes[2 if design.outfit.print_scale < 1.1 else 1]
    ink = cel.part(name, "cloth", cel.table[part].group % 64, color)
    step = 0.32 * design.outfit.print_scale * (0.5 + 0.04 * design.heads)
    wide, high = reach
    if kind == "emblem":
        _draw_emblem(cel, design, ink, (x, y - high * 0.35), step * 1.2, clip)
        return
    rows = np.arange(-high, high + step, step)
    if kind in ("stripes", "plaid"):
        for i, dy in enumerate(rows):
            if i % 2 and kind == "stripes":
                continue
            half = step * (0.5 if kind == "stripes" else 0.18)
            way = spline([(x - wide, y + dy - 0.1), (x, y + dy + 0.05), (x + wide, y + dy - 0.1)], 8)
            shape = np.vstack([way - (0, half), (way + (0, half))[::-1]])
            _fill_print(cel, shape, ink, clip, (way - (0, half), way + (0, half)))
        if kind == "plaid":
            for dx in np.arange(-wide, wide + step, step * 1.1):
                way = spline([(x + dx, y - high), (x + dx * 1.03, y), (x + dx * 1.06, y + high)], 8)
                half = step * 0.12
                shape = np.vstack([way - (half, 0), (way + (half, 0))[::-1]])
                _fill_print(cel, shape, ink, clip, (way - (half, 0), way + (half, 0)))
        return
    for i, dy in enumerate(rows):
        for j, dx in enumerate(np.arange(-wide, wide + step, step) + (step / 2 if i % 2 and kind != "checks" else 0.0)):
            if kind == "checks" and (i + j) % 2:
                continue
            at = np.array([x + dx, y + dy]) + (rng.normal(0, 0.03, 2) if kind in ("stars", "flowers") else 0.0)
            pixel = cel.to_pixels(at)[0]
            if not ((pixel >= 0) & (pixel < cel.size)).all() or not clip[int(pixel[1]), int(pixel[0])]:
                continue
            radius = step * 0.26
            if kind == "dots":
                shape = ellipse(at[0], at[1], radius, radius, 18)
            elif kind == "stars":
                shape = star(at[0], at[1], radius * 1.2)
            elif kind == "checks":
                shape = as_points([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * step + at
            else:
                angle = np.linspace(0, 2 * np.pi, 30, endpoint=False)
                petal = radius * (0.75 + 0.45 * np.cos(5 * angle))
                shape = np.stack([at[0] + petal * np.cos(angle), at[1] + petal * np.sin(angle)], 1)
            cel.fill(shape, ink, clip=clip, flat_only=True)
            cel.outline(shape, 0.6, clip, rough=False)


def _fill_print(cel: Cel, shape: Points, part: int, clip: np.ndarray, edges: tuple[Points, Points]) -> None:
    cel.fill(shape, part, clip=clip, flat_only=True)
    for edge in edges:
        cel.stroke(edge, 0.6, 0, 0, clip, rough=False)


def _draw_emblem(cel: Cel, design: Design, part: int, at: tuple[float, float], size: float, clip: np.ndarray) -> None:
    rng = cel.rng
    kind = choose(rng, "star", "heart", "disk", "number", "band")
    if kind == "number":
        for dx in (-0.45, 0.45):
            shape = as_points([(-0.3, -0.7), (0.3, -0.7), (0.3, 0.7), (-0.3, 0.7)]) * size + at + (dx * size, 0)
            hole = as_points([(-0.1, -0.45), (0.1, -0.45), (0.1, 0.45), (-0.1, 0.45)]) * size + at + (dx * size, 0)
            cel.fill([shape, hole] if chance(rng, 0.5) else shape, part, clip=clip, flat_only=True)
            cel.outline(shape, 0.7, clip)
            cel.outline(hole, 0.6, clip)
        return
    shape = {
        "star": star(*at, size),
        "heart": heart(*at, size * 0.8),
        "disk": ellipse(*at, size * 0.8, size * 0.8, 30),
        "band": as_points([(-4, -0.35), (4, -0.35), (4, 0.35), (-4, 0.35)]) * size + at,
    }[kind]
    cel.fill(shape, part, clip=clip, flat_only=True)
    cel.outline(shape, 0.8, clip)
    if kind == "disk" and chance(rng, 0.6):
        inner = star(*at, size * 0.5)
        second = cel.part("print.inner", "cloth", cel.table[part].group % 64, design.palette.clothes[3])
        cel.fill(inner, second, clip=clip, flat_only=True)
        cel.outline(inner, 0.6, clip)


def ends_along(way: Points) -> tuple[Points, Points]:
    """The unit directions at the start and at the end of a way."""
    return direction(way[0], way[2]), direction(way[-3], way[-1])
