"""Backdrops: paper, panels and patterns, skies, landscapes, streets and rooms. One unit is the drawing's side."""

from collections.abc import Callable

import numpy as np

from .cel import Cel, Group, piece
from .curves import as_points, ellipse, heart, line, star
from .design import chance, choose
from .framing import fill_all, paint, pale_color, whole_sheet
from .indoors import draw_classroom, draw_curtain, draw_room
from .outdoors import draw_forest, draw_hills, draw_night, draw_sea, draw_sky, draw_street
from .palette import any_color
from .shapes import box


@piece
def draw_backdrop(cel: Cel) -> str:
    """Draw a backdrop behind everything; returns its kind, "paper" where there is none."""
    rng = cel.rng
    kinds: dict[str, tuple[float, Callable[[Cel], None] | None]] = {
        "paper": (5.0, None),
        "panel": (1.6, _panel),
        "pattern": (0.8, _pattern),
        "sky": (0.9, draw_sky),
        "hills": (0.9, draw_hills),
        "street": (0.7, draw_street),
        "room": (1.3, draw_room),
        "classroom": (0.5, draw_classroom),
        "night": (0.5, draw_night),
        "sea": (0.5, draw_sea),
        "rays": (0.5, _rays),
        "curtain": (0.3, draw_curtain),
        "forest": (0.5, draw_forest),
    }
    shares = np.array([share for share, _ in kinds.values()])
    name = list(kinds)[int(rng.choice(len(kinds), p=shares / shares.sum()))]
    drawer = kinds[name][1]
    if drawer is not None:
        with whole_sheet(cel):
            cel.pen = 0.8
            drawer(cel)
    return name


def _panel(cel: Cel) -> None:
    rng = cel.rng
    kind = choose(rng, "circle", "box", "half", "whole", "heart", "slant")
    color = pale_color(rng)
    if kind == "whole":
        fill_all(cel, "panel", color if chance(rng, 0.7) else any_color(rng, (0.2, 0.7), (0.4, 0.9)))
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
    paint(cel, shape, "panel", color, 0.9 if chance(rng, 0.8) else 0.5, flat=True)
    if chance(rng, 0.3) and kind in ("circle", "box"):
        middle = shape.mean(0)
        paint(cel, middle + (shape - middle) * 0.9, "panel.inner", pale_color(rng), flat=True)


def _pattern(cel: Cel) -> None:
    rng = cel.rng
    if chance(rng, 0.5):
        fill_all(cel, "panel", pale_color(rng))
    kind, step = choose(rng, "dots", "stars", "hearts", "stripes", "checks", "petals", "bubbles"), rng.uniform(0.1, 0.2)
    color = pale_color(rng) if chance(rng, 0.6) else any_color(rng)
    part = cel.part("pattern", "backdrop", Group.BACKDROP, color)
    if kind in ("petals", "bubbles"):
        for _ in range(int(rng.integers(8, 26))):
            x, y, r = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.012, 0.05)
            shape = ellipse(x, y, r, r * (0.55 if kind == "petals" else 1.0), 24, turn=rng.uniform(0, 3))
            cel.draw(shape, part, 0.7)
        return
    if kind == "stripes":
        for k in np.arange(-1.0, 1.2, step * 1.4):
            shape = as_points([(k, -0.05), (k + step * 0.7, -0.05), (k + step * 0.7 + 0.5, 1.05), (k + 0.5, 1.05)])
            cel.fill(shape, part)
            cel.stroke(shape[[0, 3]], 0.7, 0, 0)
            cel.stroke(shape[[1, 2]], 0.7, 0, 0)
        return
    for i, y in enumerate(np.arange(0.03, 1.0, step)):
        for x in np.arange(0.03, 1.0, step) + (step / 2 if i % 2 and kind != "checks" else 0.0):
            marks = {
                "dots": ellipse(x, y, step * 0.2, step * 0.2, 20),
                "stars": star(x, y, step * 0.26),
                "hearts": heart(x, y, step * 0.2),
                "checks": box(x - step / 2, y - step / 2, x + step / 2, y + step / 2),
            }
            if kind == "checks" and (i + round(x / step)) % 2:
                continue
            shape = marks[kind]
            cel.draw(shape, part, 0.6)


def _rays(cel: Cel) -> None:
    rng = cel.rng
    center = np.array([rng.uniform(0.35, 0.65), rng.uniform(0.3, 0.5)])
    colored = chance(rng, 0.6)
    if colored:
        fill_all(cel, "panel", pale_color(rng))
    part = cel.part("ray", "backdrop", Group.BACKDROP, pale_color(rng))
    count = int(rng.integers(9, 18))
    for k in range(count):
        angle = 2 * np.pi * (k + rng.uniform(-0.1, 0.1)) / count
        a, b = (center + 1.6 * np.array([np.cos(angle + d), np.sin(angle + d)]) for d in (-0.09, 0.09))
        if colored:
            shape = np.stack([center, a, b])
            cel.fill(shape, part)
            cel.stroke(line(center, a, 12), 0.7, 0, 0)
            cel.stroke(line(center, b, 12), 0.7, 0, 0)
        else:
            for t in rng.uniform(-0.15, 0.15, 3):
                way = np.array([np.cos(angle + t), np.sin(angle + t)])
                cel.stroke(line(center + way * 1.3, center + way * rng.uniform(0.45, 0.6), 10), 0.9, 0, 0.9)
