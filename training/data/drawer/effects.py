"""Signs that float around heads: sparkles, hearts, notes, drops of sweat, flowers, speech balloons."""

import numpy as np

from .cel import Cel, Group, piece
from .curves import Points, as_points, ellipse, heart, line, spline, star
from .design import Design, choose
from .head import Head
from .palette import Rgb, any_color

NOTE: Rgb = (70, 66, 74)
DROP: Rgb = (176, 216, 238)


@piece
def draw_effects(cel: Cel, design: Design, head: Head) -> None:
    """Draw one kind of sign around the head."""
    rng = cel.rng
    kind = choose(rng, "sparkles", "hearts", "notes", "drops", "anger", "flowers", "bubble")
    places = [(side * rng.uniform(1.35, 1.9), rng.uniform(-1.1, 0.4)) for side in (-1, 1, -1, 1)]
    if kind == "bubble":
        _draw_bubble(cel, places[1])
        return
    if kind == "drops":
        for k in range(int(rng.integers(1, 4))):
            _draw_drop(cel, (head.hair_x - 0.8 - 0.22 * k, -0.7 + 0.3 * k), 0.14 - 0.02 * k)
        return
    if kind == "anger":
        _draw_anger(cel, (head.hair_x - 0.55, head.top * 0.62), 0.2)
        return
    color = any_color(rng, (0.3, 0.85), (0.75, 1.0))
    part = cel.part("effect", "thing", Group.PROP, NOTE if kind == "notes" else color)
    for x, y in places[: int(rng.integers(2, 5))]:
        size = rng.uniform(0.1, 0.24)
        if kind == "notes":
            _draw_note(cel, part, (x, y), size)
            continue
        shape = {
            "sparkles": star(x, y, size * 1.2, 4, 0.3),
            "hearts": heart(x, y, size),
            "flowers": _blossom((x, y), size),
        }[kind]
        cel.draw(shape, part, 0.85, 0.03)


def _blossom(at: tuple[float, float], size: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    reach = size * (0.75 + 0.35 * np.abs(np.cos(2.5 * angle)))
    return np.stack([at[0] + reach * np.cos(angle), at[1] + reach * np.sin(angle)], 1)


def _draw_note(cel: Cel, part: int, at: tuple[float, float], size: float) -> None:
    x, y = at
    stem = as_points([(0.3, 0.5), (0.3, -1.0), (0.42, -1.0), (0.42, 0.5)]) * size + at
    flag = spline([(0.36, -1.0), (0.9, -0.6), (0.8, -0.1)], 6) * size + at
    cel.draw(stem, part, 0.6)
    cel.stroke(flag, 1.4, 0, 0.5)
    ball = ellipse(x + 0.1 * size, y + 0.5 * size, 0.34 * size, 0.25 * size, 20, turn=-0.3)
    cel.draw(ball, part, 0.8)


def _draw_drop(cel: Cel, at: tuple[float, float], size: float) -> None:
    shape = (
        spline([(0, -1.5), (0.55, -0.1), (0.45, 0.6), (0, 0.9), (-0.45, 0.6), (-0.55, -0.1)], 6, closed=True) * size
        + at
    )
    cel.draw(shape, cel.part("drop", "thing", Group.PROP, DROP), 0.85, 0.03)


def _draw_anger(cel: Cel, at: tuple[float, float], size: float) -> None:
    part = cel.part("anger", "thing", Group.PROP, (222, 62, 62))
    for a in (0.25, 0.75, 1.25, 1.75):
        turn = a * np.pi
        away, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        corner = np.array(at) + away * size * 0.3
        way = spline([corner + (away + across) * size, corner + away * size * 0.2, corner + (away - across) * size], 6)
        inner = way - away * size * 0.3
        shape = np.vstack([way, inner[::-1]])
        cel.draw(shape, part, 0.8)


def _draw_bubble(cel: Cel, at: tuple[float, float]) -> None:
    """A speech balloon with a tail toward the head, and a scribble for its text."""
    rng = cel.rng
    x, y = at[0] + 0.3, at[1] - 0.2
    wide, high = rng.uniform(0.5, 0.75), rng.uniform(0.35, 0.5)
    tail = as_points(
        [(x - wide * 0.6, y + high * 0.3), (x - wide * 1.15, y + high * 1.25), (x - wide * 0.1, y + high * 0.7)]
    )
    part = cel.part("balloon", "paper", Group.PROP, (255, 255, 255))
    cel.fill_merged([ellipse(x, y, wide, high, 40), tail], part, 0.9)
    for k in (-0.25, 0.0, 0.25):
        cel.stroke(line((x - wide * 0.5, y + k * high), (x + wide * rng.uniform(0.1, 0.5), y + k * high), 8), 0.6, 0, 0)
