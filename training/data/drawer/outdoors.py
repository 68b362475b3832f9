"""Backdrops under the sky."""

import numpy as np

from .cel import Cel, Group
from .curves import Rng, arch, as_points, ellipse, line, spline, splines, star
from .design import chance, choose
from .framing import GREENS, WALLS, WOODS, fill_all, fill_below, paint
from .palette import Rgb
from .shapes import box


def draw_cloud(cel: Cel, x: float, y: float, size: float, color: Rgb = (255, 255, 255)) -> None:
    """A cloud with a flat lower side."""
    rng = cel.rng
    bumps = [
        ellipse(x + dx * size, y - dy * size, r * size, r * size * 0.85, 24)
        for dx, dy, r in ((-0.6, 0.1, 0.3), (-0.2, 0.32, 0.4), (0.25, 0.25, 0.36), (0.62, 0.08, 0.26))
    ]
    bumps = [bump + rng.normal(0, 0.04 * size, 2) for bump in bumps]
    bumps.append(ellipse(x, y, 0.85 * size, 0.2 * size, 30, square=3))
    cel.fill_merged(bumps, cel.part("cloud", "scenery", Group.BACKDROP, color), 0.85, 0.03)


def draw_tree(cel: Cel, x: float, y: float, size: float, color: Rgb) -> None:
    """A tree that stands at x, y."""
    rng = cel.rng
    kind = choose(rng, "round", "round", "fir", "tall")
    high = {"tall": 1.15, "fir": 0.5}.get(kind, 0.8)
    trunk = as_points([(-0.07, -high), (0.07, -high), (0.1, 0), (-0.1, 0)]) * size + (x, y)
    paint(cel, trunk, "trunk", choose(rng, *WOODS), crescent=0.01)
    if kind == "fir":
        for k in range(3):
            top, half = y - size * (1.3 - 0.33 * k), size * (0.24 + 0.09 * k)
            layer = splines(
                5,
                [(x, top)],
                arch(x, [(-half, top + 0.5 * size), (-half * 0.4, top + 0.46 * size), (0, top + 0.52 * size)]),
            )
            paint(cel, layer, "leaves", color, crescent=0.02)
        return
    bumps = []
    for angle in np.linspace(0, 2 * np.pi, 9)[:-1] + rng.uniform(0, 1):
        shape = ellipse(
            x + np.cos(angle) * 0.26 * size, y - high * size + np.sin(angle) * 0.3 * size, 0.2 * size, 0.2 * size, 20
        )
        bumps.append(shape)
    bumps.append(ellipse(x, y - high * size, 0.3 * size, 0.34 * size, 24))
    cel.fill_merged(bumps, cel.part("leaves", "scenery", Group.BACKDROP, color), 0.9, 0.03)
    for _ in range(3):
        at = np.array([x, y - high * size]) + rng.normal(0, 0.12 * size, 2)
        cel.stroke(spline([at, at + (0.05 * size, 0.04 * size), at + (0.1 * size, 0.0)], 5), 0.6, 0.3, 0.3)


def sky_color(rng: Rng) -> Rgb:
    return choose(rng, (168, 212, 244), (140, 196, 238), (250, 206, 170), (206, 196, 240), (190, 226, 232))


def draw_sky(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "sky", sky_color(rng))
    for _ in range(int(rng.integers(2, 6))):
        draw_cloud(cel, rng.uniform(0, 1), rng.uniform(0.08, 0.7), rng.uniform(0.1, 0.24))


def draw_hills(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "sky", sky_color(rng))
    if chance(rng, 0.6):
        draw_cloud(cel, rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.2))
    if chance(rng, 0.3):
        shape = ellipse(rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.25), 0.07, 0.07, 30)
        paint(cel, shape, "sun", (255, 232, 140), flat=True)
    level = rng.uniform(0.45, 0.65)
    if chance(rng, 0.5):
        peaks = np.stack([np.linspace(-0.05, 1.05, 8), level - rng.uniform(0.0, 0.26, 8)], 1)
        fill_below(cel, "mountain", choose(rng, (150, 168, 196), (132, 150, 170), (176, 182, 206)), peaks)
    for i in range(2):
        color = choose(rng, *GREENS)
        edge = spline(np.stack([np.linspace(-0.05, 1.05, 5), level + 0.12 * i + rng.normal(0, 0.04, 5)], 1), 8)
        fill_below(cel, f"hill.{i}", color, edge)
        for _ in range(int(rng.integers(0, 4))):
            at = edge[int(rng.integers(len(edge)))]
            draw_tree(cel, float(at[0]), float(at[1]) + 0.02, rng.uniform(0.12, 0.3), choose(rng, *GREENS))


def draw_forest(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "sky", choose(rng, (206, 232, 214), (220, 236, 226), (190, 214, 214)))
    level = rng.uniform(0.6, 0.75)
    fill_below(cel, "grass", choose(rng, *GREENS), line((-0.05, level), (1.05, level), 6))
    for x in np.sort(rng.uniform(0, 1, int(rng.integers(4, 8)))):
        draw_tree(cel, float(x), level + rng.uniform(0.0, 0.08), rng.uniform(0.35, 0.65), choose(rng, *GREENS))
    for _ in range(12):
        at = np.array([rng.uniform(0, 1), rng.uniform(level + 0.05, 1)])
        cel.stroke(line(at, at + rng.normal(0, 0.01, 2) - (0, 0.03), 4), 0.7, 0.1, 0.8)


def draw_house(cel: Cel, x: float, y: float, wide: float, high: float) -> None:
    """A house that stands at x, y."""
    rng = cel.rng
    paint(cel, box(x, y - high, x + wide, y), "wall", choose(rng, *WALLS), crescent=0.02)
    roof = as_points(
        [
            (x - 0.04 * wide, y - high),
            (x + wide * 0.5, y - high - wide * rng.uniform(0.3, 0.6)),
            (x + wide * 1.04, y - high),
        ]
    )
    if chance(rng, 0.4):
        roof = box(x - 0.03 * wide, y - high - 0.05, x + wide * 1.03, y - high)
    paint(cel, roof, "roof", choose(rng, (176, 84, 68), (92, 104, 130), (120, 88, 76), (84, 120, 110)), crescent=0.01)
    columns, rows = max(1, int(wide / 0.09)), max(1, int(high / 0.13))
    glass = choose(rng, (176, 212, 232), (248, 232, 170))
    for i in range(columns):
        for j in range(rows):
            a, b = x + wide * (i + 0.25) / columns, y - high + high * (j + 0.2) / rows
            paint(cel, box(a, b, a + wide * 0.5 / columns, b + high * 0.5 / rows), "window", glass, 0.75)
            cel.stroke(
                line((a + wide * 0.25 / columns, b), (a + wide * 0.25 / columns, b + high * 0.5 / rows), 4), 0.5, 0, 0
            )


def draw_street(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "sky", sky_color(rng))
    level = rng.uniform(0.7, 0.85)
    x = -0.1
    while x < 1.0:
        wide = rng.uniform(0.16, 0.32)
        draw_house(cel, x, level, wide, rng.uniform(0.2, 0.55))
        x += wide + rng.uniform(0.0, 0.06)
    fill_below(cel, "pavement", (206, 202, 196), line((-0.05, level), (1.05, level), 6))
    fill_below(cel, "road", (140, 142, 150), line((-0.05, level + 0.07), (1.05, level + 0.07), 6))
    if chance(rng, 0.5):
        pole = rng.uniform(0.05, 0.95)
        paint(cel, box(pole - 0.008, 0.1, pole + 0.008, level + 0.04), "pole", (120, 116, 118), 0.8)
        for y in (0.14, 0.18):
            cel.stroke(spline([(-0.05, y - 0.03), (pole, y), (1.05, y - 0.05)], 8), 0.6, 0, 0)


def draw_night(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "night", choose(rng, (44, 52, 96), (60, 48, 96), (36, 44, 70), (70, 84, 140)))
    moon = ellipse(rng.uniform(0.15, 0.85), rng.uniform(0.12, 0.3), 0.1, 0.1, 48)
    paint(cel, moon, "moon", (252, 240, 190), flat=True)
    for _ in range(int(rng.integers(8, 20))):
        shape = star(
            rng.uniform(0, 1), rng.uniform(0, 0.7), rng.uniform(0.008, 0.022), 4 if chance(rng, 0.5) else 5, 0.4
        )
        paint(cel, shape, "star", (255, 246, 206), 0.6, flat=True)
    if chance(rng, 0.6):
        edge, x = [(-0.05, 0.75)], -0.05
        while x < 1.05:
            y, wide = rng.uniform(0.55, 0.85), rng.uniform(0.06, 0.16)
            edge += [(x, y), (x + wide, y)]
            x += wide
        fill_below(cel, "skyline", (30, 34, 60), as_points([*edge, (1.05, 0.75)]))


def draw_sea(cel: Cel) -> None:
    rng = cel.rng
    fill_all(cel, "sky", sky_color(rng))
    level = rng.uniform(0.4, 0.6)
    draw_cloud(cel, rng.uniform(0.1, 0.9), level - 0.12, rng.uniform(0.12, 0.24))
    fill_below(
        cel, "sea", choose(rng, (92, 164, 206), (84, 178, 190), (70, 120, 180)), line((-0.05, level), (1.05, level), 6)
    )
    for _ in range(10):
        x, y = rng.uniform(0, 1), rng.uniform(level + 0.03, level + 0.22)
        cel.stroke(spline([(x, y), (x + 0.03, y - 0.008), (x + 0.06, y)], 5), 0.6, 0.3, 0.3)
    shore = spline(np.stack([np.linspace(-0.05, 1.05, 6), level + 0.26 + rng.normal(0, 0.02, 6)], 1), 8)
    fill_below(cel, "foam", (250, 252, 252), shore)
    fill_below(cel, "sand", (240, 220, 176), shore + (0, 0.025))
