"""Backdrops: paper, panels and patterns, skies, landscapes, streets and rooms. One unit is the drawing's side."""

from collections.abc import Callable

import numpy as np

from .canvas import Canvas, Group
from .cloth import draw_band
from .curves import Points, Rng, as_points, ellipse, heart, line, spline, star
from .design import chance, choose
from .palette import Rgb, any_color, hsv, shaded

WOODS: tuple[Rgb, ...] = ((178, 130, 88), (140, 96, 66), (206, 164, 116), (112, 78, 60))
WALLS: tuple[Rgb, ...] = (
    (238, 230, 214),
    (222, 232, 238),
    (240, 222, 214),
    (226, 236, 222),
    (232, 226, 240),
    (206, 214, 226),
)
GREENS: tuple[Rgb, ...] = ((122, 176, 96), (96, 152, 92), (150, 190, 104), (84, 132, 104))


def draw_backdrop(canvas: Canvas) -> str:
    """Draw a backdrop behind everything; returns its kind, "paper" where there is none."""
    rng = canvas.rng
    kinds: dict[str, tuple[float, Callable[[Canvas], None] | None]] = {
        "paper": (5.0, None), "panel": (1.6, _panel), "pattern": (0.8, _pattern), "sky": (0.9, _sky), "hills": (0.9, _hills),
        "street": (0.7, _street), "room": (1.3, _room), "classroom": (0.5, _classroom), "night": (0.5, _night), "sea": (0.5, _sea),
        "rays": (0.5, _rays), "curtain": (0.3, _curtain), "forest": (0.5, _forest),
    }  # fmt: skip
    shares = np.array([share for share, _ in kinds.values()])
    name = list(kinds)[int(rng.choice(len(kinds), p=shares / shares.sum()))]
    drawer = kinds[name][1]
    if drawer is not None:
        before, pen = canvas.frame, canvas.pen
        canvas.frame = np.array([[canvas.size, 0.0, 0.0], [0.0, canvas.size, 0.0]])
        canvas.pen = pen * 0.8
        drawer(canvas)
        canvas.frame, canvas.pen = before, pen
    return name


def paint(
    canvas: Canvas, shape: Points, name: str, color: Rgb, weight: float = 0.9, crescent: float = 0.0, flat: bool = False
) -> int:
    """Fill and outline a shape of a backdrop; returns its part."""
    part = canvas.part(name, "backdrop" if flat else "scenery", Group.BACKDROP, color)
    canvas.fill(shape, part, crescent=crescent)
    if weight:
        canvas.outline(shape, weight)
    return part


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """A rectangle."""
    return as_points([(left, top), (right, top), (right, bottom), (left, bottom)])


def _ground(canvas: Canvas, name: str, color: Rgb, edge: Points) -> None:
    """Everything below an edge that goes from left to right."""
    shape = np.vstack([edge, [(1.1, 1.1), (-0.1, 1.1)]])
    canvas.fill(shape, canvas.part(name, "backdrop", Group.BACKDROP, color))
    canvas.stroke(edge, 0.9, 0, 0)


def _fill_all(canvas: Canvas, name: str, color: Rgb) -> None:
    canvas.fill(box(-0.1, -0.1, 1.1, 1.1), canvas.part(name, "backdrop", Group.BACKDROP, color))


def _pale(rng: Rng) -> Rgb:
    return hsv(rng.random(), rng.uniform(0.06, 0.4), rng.uniform(0.85, 1.0))


def _panel(canvas: Canvas) -> None:
    rng = canvas.rng
    kind = choose(rng, "circle", "box", "half", "whole", "heart", "slant")
    color = _pale(rng)
    if kind == "whole":
        _fill_all(canvas, "panel", color if chance(rng, 0.7) else any_color(rng, (0.2, 0.7), (0.4, 0.9)))
        return
    shape = {
        "circle": ellipse(rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.55), 0.38, 0.38, 72),
        "box": box(0.1, 0.08, 0.9, rng.uniform(0.8, 0.95)),
        "half": box(-0.05, rng.uniform(0.3, 0.6), 1.05, 1.05),
        "heart": heart(0.5, 0.48, 0.46),
        "slant": as_points(
            [(-0.05, rng.uniform(0.1, 0.5)), (1.05, rng.uniform(0.1, 0.5)), (1.05, 1.05), (-0.05, 1.05)]
        ),
    }[kind]
    paint(canvas, shape, "panel", color, 0.9 if chance(rng, 0.8) else 0.5, flat=True)
    if chance(rng, 0.3) and kind in ("circle", "box"):
        middle = shape.mean(0)
        paint(canvas, middle + (shape - middle) * 0.9, "panel.inner", _pale(rng), flat=True)


def _pattern(canvas: Canvas) -> None:
    rng = canvas.rng
    if chance(rng, 0.5):
        _fill_all(canvas, "panel", _pale(rng))
    kind, step = choose(rng, "dots", "stars", "hearts", "stripes", "checks", "petals", "bubbles"), rng.uniform(0.1, 0.2)
    color = _pale(rng) if chance(rng, 0.6) else any_color(rng)
    part = canvas.part("pattern", "backdrop", Group.BACKDROP, color)
    if kind in ("petals", "bubbles"):
        for _ in range(int(rng.integers(8, 26))):
            x, y, r = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.012, 0.05)
            shape = ellipse(x, y, r, r * (0.55 if kind == "petals" else 1.0), 24, turn=rng.uniform(0, 3))
            canvas.fill(shape, part)
            canvas.outline(shape, 0.7)
        return
    if kind == "stripes":
        for k in np.arange(-1.0, 1.2, step * 1.4):
            shape = as_points([(k, -0.05), (k + step * 0.7, -0.05), (k + step * 0.7 + 0.5, 1.05), (k + 0.5, 1.05)])
            canvas.fill(shape, part)
            canvas.stroke(shape[[0, 3]], 0.7, 0, 0)
            canvas.stroke(shape[[1, 2]], 0.7, 0, 0)
        return
    for i, y in enumerate(np.arange(0.03, 1.0, step)):
        for x in np.arange(0.03, 1.0, step) + (step / 2 if i % 2 and kind != "checks" else 0.0):
            shape = {"dots": ellipse(x, y, step * 0.2, step * 0.2, 20), "stars": star(x, y, step * 0.26), "hearts": heart(x, y, step * 0.2)}.get(kind)  # fmt: skip
            if shape is None:
                if (i + round(x / step)) % 2:
                    continue
                shape = box(x - step / 2, y - step / 2, x + step / 2, y + step / 2)
            canvas.fill(shape, part)
            canvas.outline(shape, 0.6)


def cloud(canvas: Canvas, x: float, y: float, size: float, color: Rgb = (255, 255, 255)) -> None:
    """A cloud with a flat lower side."""
    rng = canvas.rng
    bumps = [
        ellipse(x + dx * size, y - dy * size, r * size, r * size * 0.85, 24)
        for dx, dy, r in ((-0.6, 0.1, 0.3), (-0.2, 0.32, 0.4), (0.25, 0.25, 0.36), (0.62, 0.08, 0.26))
    ]
    bumps = [bump + rng.normal(0, 0.04 * size, 2) for bump in bumps]
    bumps.append(ellipse(x, y, 0.85 * size, 0.2 * size, 30, square=3))
    canvas.fill_merged(bumps, canvas.part("cloud", "scenery", Group.BACKDROP, color), 0.85, 0.03)


def tree(canvas: Canvas, x: float, y: float, size: float, color: Rgb) -> None:
    """A tree that stands at x, y."""
    rng = canvas.rng
    kind = choose(rng, "round", "round", "fir", "tall")
    high = {"tall": 1.15, "fir": 0.5}.get(kind, 0.8)
    trunk = as_points([(-0.07, -high), (0.07, -high), (0.1, 0), (-0.1, 0)]) * size + (x, y)
    paint(canvas, trunk, "trunk", choose(rng, *WOODS), crescent=0.01)
    if kind == "fir":
        for k in range(3):
            top, half = y - size * (1.3 - 0.33 * k), size * (0.24 + 0.09 * k)
            layer = np.vstack(
                [
                    [(x, top)],
                    spline(
                        [
                            (x + half, top + 0.5 * size),
                            (x + half * 0.4, top + 0.46 * size),
                            (x, top + 0.52 * size),
                            (x - half * 0.4, top + 0.46 * size),
                            (x - half, top + 0.5 * size),
                        ],
                        5,
                    ),
                ]
            )
            paint(canvas, layer, "leaves", color, crescent=0.02)
        return
    bumps = []
    for angle in np.linspace(0, 2 * np.pi, 9)[:-1] + rng.uniform(0, 1):
        bumps.append(
            ellipse(
                x + np.cos(angle) * 0.26 * size,
                y - high * size + np.sin(angle) * 0.3 * size,
                0.2 * size,
                0.2 * size,
                20,
            )
        )
    bumps.append(ellipse(x, y - high * size, 0.3 * size, 0.34 * size, 24))
    canvas.fill_merged(bumps, canvas.part("leaves", "scenery", Group.BACKDROP, color), 0.9, 0.03)
    for _ in range(3):
        at = np.array([x, y - high * size]) + rng.normal(0, 0.12 * size, 2)
        canvas.stroke(spline([at, at + (0.05 * size, 0.04 * size), at + (0.1 * size, 0.0)], 5), 0.6, 0.3, 0.3)


def _sky_color(rng: Rng) -> Rgb:
    return choose(rng, (168, 212, 244), (140, 196, 238), (250, 206, 170), (206, 196, 240), (190, 226, 232))


def _sky(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "sky", _sky_color(rng))
    for _ in range(int(rng.integers(2, 6))):
        cloud(canvas, rng.uniform(0, 1), rng.uniform(0.08, 0.7), rng.uniform(0.1, 0.24))


def _hills(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "sky", _sky_color(rng))
    if chance(rng, 0.6):
        cloud(canvas, rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.2))
    if chance(rng, 0.3):
        paint(
            canvas,
            ellipse(rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.25), 0.07, 0.07, 30),
            "sun",
            (255, 232, 140),
            flat=True,
        )
    level = rng.uniform(0.45, 0.65)
    if chance(rng, 0.5):
        peaks = np.stack([np.linspace(-0.05, 1.05, 8), level - rng.uniform(0.0, 0.26, 8)], 1)
        _ground(canvas, "mountain", choose(rng, (150, 168, 196), (132, 150, 170), (176, 182, 206)), peaks)
    for i in range(2):
        color = choose(rng, *GREENS)
        edge = spline(np.stack([np.linspace(-0.05, 1.05, 5), level + 0.12 * i + rng.normal(0, 0.04, 5)], 1), 8)
        _ground(canvas, f"hill.{i}", color, edge)
        for _ in range(int(rng.integers(0, 4))):
            at = edge[int(rng.integers(len(edge)))]
            tree(canvas, float(at[0]), float(at[1]) + 0.02, rng.uniform(0.12, 0.3), choose(rng, *GREENS))


def _forest(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "sky", choose(rng, (206, 232, 214), (220, 236, 226), (190, 214, 214)))
    level = rng.uniform(0.6, 0.75)
    _ground(canvas, "grass", choose(rng, *GREENS), line((-0.05, level), (1.05, level), 6))
    for x in np.sort(rng.uniform(0, 1, int(rng.integers(4, 8)))):
        tree(canvas, float(x), level + rng.uniform(0.0, 0.08), rng.uniform(0.35, 0.65), choose(rng, *GREENS))
    for _ in range(12):
        at = np.array([rng.uniform(0, 1), rng.uniform(level + 0.05, 1)])
        canvas.stroke(line(at, at + rng.normal(0, 0.01, 2) - (0, 0.03), 4), 0.7, 0.1, 0.8)


def house(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    """A house that stands at x, y."""
    rng = canvas.rng
    paint(canvas, box(x, y - high, x + wide, y), "wall", choose(rng, *WALLS), crescent=0.02)
    roof = as_points(
        [
            (x - 0.04 * wide, y - high),
            (x + wide * 0.5, y - high - wide * rng.uniform(0.3, 0.6)),
            (x + wide * 1.04, y - high),
        ]
    )
    if chance(rng, 0.4):
        roof = box(x - 0.03 * wide, y - high - 0.05, x + wide * 1.03, y - high)
    paint(
        canvas, roof, "roof", choose(rng, (176, 84, 68), (92, 104, 130), (120, 88, 76), (84, 120, 110)), crescent=0.01
    )
    columns, rows = max(1, int(wide / 0.09)), max(1, int(high / 0.13))
    glass = choose(rng, (176, 212, 232), (248, 232, 170))
    for i in range(columns):
        for j in range(rows):
            a, b = x + wide * (i + 0.25) / columns, y - high + high * (j + 0.2) / rows
            paint(canvas, box(a, b, a + wide * 0.5 / columns, b + high * 0.5 / rows), "window", glass, 0.75)
            canvas.stroke(
                line((a + wide * 0.25 / columns, b), (a + wide * 0.25 / columns, b + high * 0.5 / rows), 4), 0.5, 0, 0
            )


def _street(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "sky", _sky_color(rng))
    level = rng.uniform(0.7, 0.85)
    x = -0.1
    while x < 1.0:
        wide = rng.uniform(0.16, 0.32)
        house(canvas, x, level, wide, rng.uniform(0.2, 0.55))
        x += wide + rng.uniform(0.0, 0.06)
    _ground(canvas, "pavement", (206, 202, 196), line((-0.05, level), (1.05, level), 6))
    _ground(canvas, "road", (140, 142, 150), line((-0.05, level + 0.07), (1.05, level + 0.07), 6))
    if chance(rng, 0.5):
        pole = rng.uniform(0.05, 0.95)
        paint(canvas, box(pole - 0.008, 0.1, pole + 0.008, level + 0.04), "pole", (120, 116, 118), 0.8)
        for y in (0.14, 0.18):
            canvas.stroke(spline([(-0.05, y - 0.03), (pole, y), (1.05, y - 0.05)], 8), 0.6, 0, 0)


def _room(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "wall", choose(rng, *WALLS))
    level = rng.uniform(0.66, 0.85)
    wood = choose(rng, *WOODS)
    if chance(rng, 0.3):
        for x in np.arange(0.04, 1.0, rng.uniform(0.08, 0.16)):
            canvas.stroke(line((x, -0.05), (x, level), 6), 0.5, 0, 0)
    _ground(canvas, "floor", wood, line((-0.05, level), (1.05, level), 6))
    for x in np.linspace(-0.3, 1.3, 9):
        canvas.stroke(line((0.5 + (x - 0.5) * 0.8, level), (0.5 + (x - 0.5) * 1.8, 1.05), 6), 0.5, 0, 0)
    x = rng.uniform(0.02, 0.6)
    if chance(rng, 0.7):
        _window(canvas, x, rng.uniform(0.1, 0.2), rng.uniform(0.28, 0.4), rng.uniform(0.3, 0.4))
        x = (x + 0.5) % 0.75
    for _ in range(int(rng.integers(0, 3))):
        a, b = rng.uniform(0.05, 0.8), rng.uniform(0.08, 0.3)
        paint(canvas, box(a, b, a + 0.14, b + 0.1), "frame", choose(rng, *WOODS), 0.8)
        paint(canvas, box(a + 0.015, b + 0.015, a + 0.125, b + 0.085), "picture", _pale(rng), 0.6, flat=True)
    if chance(rng, 0.5):
        _shelf(canvas, x, level)
    if chance(rng, 0.35):
        sofa = any_color(rng, (0.25, 0.6), (0.5, 0.9))
        a = rng.uniform(0.0, 0.5)
        paint(canvas, ellipse(a + 0.25, level - 0.02, 0.28, 0.14, 40, square=5), "sofa", sofa, crescent=0.03)
        paint(canvas, ellipse(a + 0.25, level + 0.1, 0.3, 0.08, 40, square=6), "sofa", sofa, crescent=0.02)
    if chance(rng, 0.4):
        a = rng.choice([0.07, 0.93])
        pot = as_points(
            [(a - 0.05, level - 0.02), (a + 0.05, level - 0.02), (a + 0.035, level + 0.08), (a - 0.035, level + 0.08)]
        )
        for k in np.linspace(-1, 1, 6):
            tip = (a + 0.14 * k, level - 0.2 - 0.08 * (1 - abs(k)))
            leaf = np.vstack(
                [
                    spline([(a, level), (a + 0.05 * k - 0.015, level - 0.13), tip], 6),
                    spline([tip, (a + 0.05 * k + 0.03, level - 0.09), (a, level)], 6),
                ]
            )
            paint(canvas, leaf, "leaf", GREENS[1], 0.8)
        paint(canvas, pot, "pot", (206, 128, 92), crescent=0.02)


def _window(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    rng = canvas.rng
    paint(canvas, box(x - 0.015, y - 0.015, x + wide + 0.015, y + high + 0.015), "window.frame", (250, 248, 244))
    paint(canvas, box(x, y, x + wide, y + high), "window.glass", _sky_color(rng), 0.8, flat=True)
    clip = canvas.mask(box(x, y, x + wide, y + high))
    if chance(rng, 0.5):
        bush = ellipse(x + wide * 0.5, y + high, wide * 0.45, high * 0.3, 30)
        canvas.fill(bush, canvas.part("window.bush", "backdrop", Group.BACKDROP, GREENS[0]), clip=clip)
        canvas.outline(bush, 0.7, clip)
    frame = canvas.part("window.frame", "scenery", Group.BACKDROP, (250, 248, 244))
    for way in (
        line((x + wide / 2, y), (x + wide / 2, y + high), 4),
        line((x, y + high * 0.45), (x + wide, y + high * 0.45), 4),
    ):
        draw_band(canvas, frame, way, 0.006, weight=0.7)
    if chance(rng, 0.6):
        color = any_color(rng, (0.15, 0.5), (0.7, 0.98))
        for side in (-1, 1):
            edge = x if side < 0 else x + wide
            shape = np.vstack(
                [
                    [(edge + side * 0.05, y - 0.04)],
                    spline(
                        [
                            (edge - side * 0.1, y - 0.04),
                            (edge - side * 0.07, y + high * 0.5),
                            (edge - side * 0.01, y + high * 0.7),
                            (edge - side * 0.03, y + high + 0.05),
                        ],
                        6,
                    ),
                    [(edge + side * 0.05, y + high + 0.05)],
                ]
            )
            paint(canvas, shape, "curtain", color, crescent=0.015)
            for k in (-0.05, -0.01, 0.025):
                canvas.stroke(
                    spline(
                        [
                            (edge + side * k, y - 0.03),
                            (edge + side * (k + 0.02), y + high * 0.5),
                            (edge + side * (k + 0.03), y + high),
                        ],
                        6,
                    ),
                    0.6,
                    0.1,
                    0.2,
                )


def _shelf(canvas: Canvas, x: float, level: float) -> None:
    rng = canvas.rng
    wide, top = rng.uniform(0.2, 0.3), rng.uniform(0.25, 0.4)
    wood = choose(rng, *WOODS)
    paint(canvas, box(x, top, x + wide, level + 0.02), "shelf", wood)
    rows = int(rng.integers(2, 4))
    for i in range(rows):
        a, b = top + (level - top) * (i + 0.08) / rows, top + (level - top) * (i + 0.94) / rows
        paint(canvas, box(x + 0.012, a, x + wide - 0.012, b), "shelf.inside", shaded(wood, 0.6), 0.7)
        left = x + 0.016
        while left < x + wide - 0.05:
            thick, high = rng.uniform(0.015, 0.032), (b - a) * rng.uniform(0.55, 0.9)
            paint(
                canvas,
                box(left, b - high, left + thick, b),
                f"book.{int(rng.integers(4))}",
                any_color(rng, (0.3, 0.7), (0.5, 0.9)),
                0.65,
            )
            left += thick + (0.02 if chance(rng, 0.15) else 0.001)


def _classroom(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "wall", choose(rng, *WALLS))
    top, low = 0.12, rng.uniform(0.5, 0.62)
    paint(canvas, box(0.05, top - 0.02, 0.95, low + 0.02), "board.frame", choose(rng, *WOODS))
    paint(canvas, box(0.07, top, 0.93, low), "board", (66, 104, 84), 0.8)
    level = low + 0.12
    _ground(canvas, "floor", choose(rng, *WOODS), line((-0.05, level), (1.05, level), 6))
    desk = choose(rng, *WOODS)
    for x in (0.02, 0.62):
        top_shape = as_points(
            [(x + 0.04, level + 0.08), (x + 0.3, level + 0.08), (x + 0.34, level + 0.15), (x, level + 0.15)]
        )
        for leg in (x + 0.02, x + 0.3):
            paint(canvas, box(leg, level + 0.15, leg + 0.012, 1.05), "metal", (150, 150, 158), 0.7)
        paint(canvas, top_shape, "desk", desk)
        paint(canvas, box(x, level + 0.15, x + 0.34, level + 0.2), "desk", desk, crescent=0.01)


def _night(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "night", choose(rng, (44, 52, 96), (60, 48, 96), (36, 44, 70), (70, 84, 140)))
    moon = ellipse(rng.uniform(0.15, 0.85), rng.uniform(0.12, 0.3), 0.1, 0.1, 48)
    paint(canvas, moon, "moon", (252, 240, 190), flat=True)
    for _ in range(int(rng.integers(8, 20))):
        paint(
            canvas,
            star(rng.uniform(0, 1), rng.uniform(0, 0.7), rng.uniform(0.008, 0.022), 4 if chance(rng, 0.5) else 5, 0.4),
            "star",
            (255, 246, 206),
            0.6,
            flat=True,
        )
    if chance(rng, 0.6):
        edge, x = [(-0.05, 0.75)], -0.05
        while x < 1.05:
            y, wide = rng.uniform(0.55, 0.85), rng.uniform(0.06, 0.16)
            edge += [(x, y), (x + wide, y)]
            x += wide
        _ground(canvas, "skyline", (30, 34, 60), as_points([*edge, (1.05, 0.75)]))


def _sea(canvas: Canvas) -> None:
    rng = canvas.rng
    _fill_all(canvas, "sky", _sky_color(rng))
    level = rng.uniform(0.4, 0.6)
    cloud(canvas, rng.uniform(0.1, 0.9), level - 0.12, rng.uniform(0.12, 0.24))
    _ground(
        canvas,
        "sea",
        choose(rng, (92, 164, 206), (84, 178, 190), (70, 120, 180)),
        line((-0.05, level), (1.05, level), 6),
    )
    for _ in range(10):
        x, y = rng.uniform(0, 1), rng.uniform(level + 0.03, level + 0.22)
        canvas.stroke(spline([(x, y), (x + 0.03, y - 0.008), (x + 0.06, y)], 5), 0.6, 0.3, 0.3)
    shore = spline(np.stack([np.linspace(-0.05, 1.05, 6), level + 0.26 + rng.normal(0, 0.02, 6)], 1), 8)
    _ground(canvas, "foam", (250, 252, 252), shore)
    _ground(canvas, "sand", (240, 220, 176), shore + (0, 0.025))


def _rays(canvas: Canvas) -> None:
    rng = canvas.rng
    center = np.array([rng.uniform(0.35, 0.65), rng.uniform(0.3, 0.5)])
    colored = chance(rng, 0.6)
    if colored:
        _fill_all(canvas, "panel", _pale(rng))
    part = canvas.part("ray", "backdrop", Group.BACKDROP, _pale(rng))
    count = int(rng.integers(9, 18))
    for k in range(count):
        angle = 2 * np.pi * (k + rng.uniform(-0.1, 0.1)) / count
        a, b = (center + 1.6 * np.array([np.cos(angle + d), np.sin(angle + d)]) for d in (-0.09, 0.09))
        if colored:
            shape = np.stack([center, a, b])
            canvas.fill(shape, part)
            canvas.stroke(line(center, a, 12), 0.7, 0, 0)
            canvas.stroke(line(center, b, 12), 0.7, 0, 0)
        else:
            for t in rng.uniform(-0.15, 0.15, 3):
                way = np.array([np.cos(angle + t), np.sin(angle + t)])
                canvas.stroke(line(center + way * 1.3, center + way * rng.uniform(0.45, 0.6), 10), 0.9, 0, 0.9)


def _curtain(canvas: Canvas) -> None:
    rng = canvas.rng
    color = any_color(rng, (0.4, 0.8), (0.4, 0.8))
    _fill_all(canvas, "curtain", color)
    for x in np.arange(-0.02, 1.05, rng.uniform(0.07, 0.13)):
        way = spline([(x, -0.05), (x + rng.normal(0, 0.012), 0.5), (x + rng.normal(0, 0.02), 1.05)], 10)
        canvas.stroke(way, 0.8, 0, 0)
        part = canvas.part("curtain.fold", "backdrop", Group.BACKDROP, shaded(color, 0.82))
        canvas.fill(np.vstack([way, (way + (0.03, 0))[::-1]]), part, flat_only=True)
        canvas.stroke(way + (0.03, 0), 0.5, 0, 0)
