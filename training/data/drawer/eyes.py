"""Eyes and brows."""

import numpy as np
from numpy.typing import ArrayLike

from .cel import Cel, Group, piece
from .curves import Points, as_points, ellipse, heart, line, normals, spline, star
from .design import Design, Eyes
from .palette import luminance, shaded

# Upper and lower edge of the opening; x from the inner (-1) to the outer corner (1), y from the top (-1) down.
LIDS: dict[str, tuple[list[tuple[float, float]], list[tuple[float, float]]]] = {
    "round": (
        [(-1, 0.25), (-0.78, -0.42), (-0.25, -0.95), (0.45, -0.93), (0.93, -0.3), (1.03, 0.12)],
        [(1.03, 0.12), (0.85, 0.62), (0.4, 0.96), (-0.35, 0.98), (-0.8, 0.7), (-1, 0.25)],
    ),
    "tall": (
        [(-0.95, 0.15), (-0.82, -0.5), (-0.35, -0.98), (0.35, -1.0), (0.86, -0.5), (1.0, 0.1)],
        [(1.0, 0.1), (0.88, 0.65), (0.45, 0.98), (-0.35, 1.0), (-0.8, 0.68), (-0.95, 0.15)],
    ),
    "flat": (
        [(-1, -0.02), (-0.75, -0.52), (-0.15, -0.74), (0.5, -0.74), (0.95, -0.45), (1.08, 0.0)],
        [(1.08, 0.0), (0.9, 0.55), (0.4, 0.92), (-0.35, 0.92), (-0.8, 0.6), (-1, -0.02)],
    ),
    "droop": (
        [(-1, -0.02), (-0.75, -0.6), (-0.15, -0.93), (0.45, -0.78), (0.92, -0.18), (1.08, 0.36)],
        [(1.08, 0.36), (0.82, 0.74), (0.35, 0.95), (-0.4, 0.9), (-0.85, 0.5), (-1, -0.02)],
    ),
    "almond": (
        [(-1.08, 0.42), (-0.75, -0.15), (-0.15, -0.75), (0.45, -0.8), (0.92, -0.35), (1.15, -0.12)],
        [(1.15, -0.12), (0.8, 0.48), (0.25, 0.78), (-0.4, 0.76), (-0.82, 0.58), (-1.08, 0.42)],
    ),
    "trapezoid": (
        [(-0.98, 0.2), (-0.72, -0.38), (-0.1, -0.7), (0.6, -0.86), (1.08, -0.6), (1.05, -0.1)],
        [(1.05, -0.1), (0.86, 0.55), (0.4, 0.84), (-0.3, 0.84), (-0.78, 0.6), (-0.98, 0.2)],
    ),
    "profile": (
        [(-0.6, 0.15), (-0.68, -0.45), (-0.5, -0.95), (0.1, -0.85), (0.6, -0.4), (0.9, 0.08)],
        [(0.9, 0.08), (0.45, 0.68), (-0.05, 0.96), (-0.42, 0.95), (-0.56, 0.6), (-0.6, 0.15)],
    ),
}  # fmt: skip
LASH_PROFILE = ([0, 0.18, 0.45, 0.8, 1], [0.08, 0.32, 0.8, 1.0, 0.5])
EYE_WHITE = (252, 252, 252)


class EyePlace:
    """One eye's own frame: x from -1 (inner corner) to 1 (outer), y from -1 to 1, to units of the head."""

    def __init__(self, x: float, y: float, side: float, a: float, b: float, slant: float) -> None:
        self.x, self.y, self.side, self.a, self.b, self.slant = x, y, side, a, b, slant

    def __call__(self, points: ArrayLike) -> Points:
        p = as_points(points)
        return np.stack(
            [self.x + self.side * p[:, 0] * self.a, self.y + p[:, 1] * self.b - self.slant * p[:, 0] * self.a], 1
        )


@piece
def draw_eye(cel: Cel, design: Design, place: EyePlace, name: str, profile: bool = False) -> None:
    """Draw one eye; `name` is "left" or "right"."""
    eyes = design.eyes
    state = eyes.state
    if state == "wink":
        state = "closed" if name == "right" else "open"
    if state == "closed":
        _closed(cel, design, place)
    elif eyes.kind in ("dot", "oval"):
        _simple(cel, eyes, place)
    elif eyes.kind == "cartoon":
        _cartoon(cel, design, place, name, profile)
    else:
        if state == "half":
            place.b *= 0.68
        _anime(cel, design, place, name, profile)


def _closed(cel: Cel, design: Design, place: EyePlace) -> None:
    eyes = design.eyes
    if eyes.kind == "dot":
        place.a, place.b = 0.15, 0.1
    up = -1.0 if design.face.mouth in ("open", "smile", "cat", "grin", "shout") else 1.0
    way = place(spline([(-1, -0.25 * up), (-0.4, 0.3 * up + 0.1), (0.3, 0.35 * up + 0.1), (1.05, -0.3 * up)], 10))
    if eyes.kind in ("anime", "cartoon"):
        _lash(cel, way, eyes.lash * 0.7)
    else:
        cel.stroke(way, 1.5, 0.2, 0.2)
    for i in range(eyes.flicks):
        at = way[-1 - 2 * i]
        cel.stroke(line(at, at + (place.side * 0.09, 0.03 + 0.03 * i), 5), 1.0, 0, 0.9)
    if eyes.crease and up > 0:
        cel.stroke(way[4:-6] + (0, -0.12), 0.5, 0.4, 0.4)


def _simple(cel: Cel, eyes: Eyes, place: EyePlace) -> None:
    a, b = eyes.a, eyes.b
    if eyes.kind == "oval":
        a, b = min(a, 0.13) + 0.02, min(b * 1.1, 0.24)
    shape = ellipse(place.x, place.y, a, b, 30)
    cel.ink_shape(shape)
    if eyes.shines:
        shine = ellipse(place.x + 0.3 * a * cel.light_x, place.y - 0.35 * b, a * 0.32, b * 0.26, 16)
        cel.ink_shape(shine, value=0)
        part = cel.part("eye.white", "eye", Group.EYE, EYE_WHITE)
        cel.fill(shine, part, flat_only=True)
    for i in range(eyes.flicks):
        at = np.array([place.x + place.side * a * 0.7, place.y - b * (0.7 - 0.4 * i)])
        cel.stroke(line(at, at + (place.side * 0.1, -0.07 + 0.05 * i), 5), 0.9, 0, 0.8)


def _cartoon(cel: Cel, design: Design, place: EyePlace, name: str, profile: bool) -> None:
    eyes = design.eyes
    narrow = 0.62 if profile else 1.0
    white = ellipse(place.x, place.y, eyes.a * narrow, eyes.b, 40)
    clip = cel.mask(white)
    cel.fill(white, cel.part("eye.white", "eye", Group.EYE, EYE_WHITE))
    look = (eyes.gaze + 0.25 * design.yaw) * eyes.a
    radius = eyes.a * eyes.iris
    at = (
        place.x + look - (0.1 * eyes.a * place.side if not profile else -0.4 * eyes.a * narrow),
        place.y + 0.1 * eyes.b,
    )
    ball = ellipse(*at, radius * narrow, radius * 1.15, 28)
    if eyes.pupil == "fill" or luminance(design.palette.eyes) < 0.3:
        cel.ink_shape(ball, clip)
    else:
        cel.fill(ball, cel.part(f"iris.{name}", "iris", Group.EYE, design.palette.eyes), clip=clip)
        cel.outline(ball, 0.8, clip, rough=False)
        cel.ink_shape(ellipse(*at, radius * 0.5 * narrow, radius * 0.58, 20), clip)
    if eyes.shines:
        shine = ellipse(at[0] + radius * 0.3 * cel.light_x, at[1] - radius * 0.4, radius * 0.28, radius * 0.28, 14)
        cel.ink_shape(shine, clip, value=0)
        cel.fill(shine, cel.part("eye.white", "eye", Group.EYE, EYE_WHITE), clip=clip, flat_only=True)
    cel.outline(white, 1.1, rough=False)
    upper = white[20:]
    _lash(cel, upper if place.side > 0 else upper[::-1], eyes.lash)
    for i in range(eyes.flicks):
        angle = -0.35 - 0.4 * i
        root = np.array([place.x + place.side * np.cos(angle) * eyes.a * narrow, place.y + np.sin(angle) * eyes.b])
        cel.stroke(line(root, root + (place.side * 0.1 * np.cos(angle), 0.12 * np.sin(angle)), 4), 1.2, 0, 0.7)


def _anime(cel: Cel, design: Design, place: EyePlace, name: str, profile: bool) -> None:
    eyes, palette = design.eyes, design.palette
    top, bottom = LIDS["profile" if profile else eyes.lid]
    upper, lower = place(spline(top, 8)), place(spline(bottom, 8))
    opening = np.vstack([upper, lower[1:-1]])
    cel.fill(opening, cel.part("eye.white", "eye", Group.EYE, EYE_WHITE))
    clip = cel.mask(opening)
    tall = {"round": 1.02, "tall": 1.0, "flat": 1.0, "droop": 1.0, "almond": 1.05, "trapezoid": 0.98}[eyes.lid]
    x = eyes.gaze * place.side + (-0.02 if not profile else -0.4) + 0.1 * design.yaw * place.side
    y, rx, ry = 0.02, eyes.iris * (0.58 if profile else 1.0), tall * (1.3 if eyes.state == "half" else 1.0)
    if place.b < 0.75 * place.a:  # narrow eyes: the iris stays round and is cut by the lids
        ry = max(ry, rx * place.a / place.b * 1.08)
    iris = place(ellipse(x, y, rx, ry, 40))
    color = shaded(palette.eyes, 1.0, 0.4) if eyes.odd and name == "left" else palette.eyes
    cel.fill(iris, cel.part(f"iris.{name}", "iris", Group.EYE, color), clip=clip)
    inside = cel.mask(iris) & clip
    cel.shade_shape(place(ellipse(x, y - 0.78 * ry, rx * 1.3, 0.9 * ry, 30)), materials=["iris"], clip=inside)
    cel.light_shape(place(ellipse(x, y + 0.62 * ry, rx * 0.66, 0.3 * ry, 24)), clip=inside, value=70)
    cel.outline(iris, 0.8, clip, rough=False)
    _pupil(cel, design, place, (x, y, rx, ry), name, inside)
    cel.shade_shape(np.vstack([upper, (upper + (0, 0.26 * place.b))[::-1]]), materials=["eye"], clip=clip)
    _shines(cel, eyes, place, (x, y, rx, ry), clip)
    _lids(cel, eyes, place, upper, lower)


def _pupil(
    cel: Cel,
    design: Design,
    place: EyePlace,
    iris: tuple[float, float, float, float],
    name: str,
    inside: np.ndarray,
) -> None:
    x, y, rx, ry = iris
    kind = design.eyes.pupil
    if kind == "none":
        return
    wide, high = (0.2, 0.62) if kind == "slit" else (0.44, 0.46)
    shape = place(ellipse(x, y + 0.02, rx * wide, ry * high, 24))
    if kind in ("star", "heart", "cross"):
        sign = {"star": star(0, 0, 0.62), "heart": heart(0, 0.05, 0.5), "cross": star(0, 0, 0.7, 4, 0.25)}[kind]
        shape = place(sign * (rx, min(ry, 1.1) * 0.85) + (x, y))
    dark = shaded(design.palette.eyes, 0.38)
    cel.fill(shape, cel.part(f"pupil.{name}", "iris", Group.EYE, dark), clip=inside, flat_only=True)
    if kind in ("fill", "slit"):
        cel.ink_shape(shape, inside)
    elif kind == "ring":
        cel.outline(shape, 0.6, inside, rough=False)
        cel.outline(place(ellipse(x, y, rx * 0.72, ry * 0.74, 30)), 0.6, inside, rough=False)
    else:
        cel.outline(shape, 0.6, inside, rough=False)


def _shines(cel: Cel, eyes: Eyes, place: EyePlace, iris: tuple[float, float, float, float], clip: np.ndarray) -> None:
    x, y, rx, ry = iris
    toward = cel.light_x * place.side
    spots = [(0.46, -0.42, 0.34, 0.25), (-0.42, 0.46, 0.19, 0.13), (-0.35, -0.4, 0.14, 0.1), (0.4, 0.3, 0.1, 0.08)]
    for dx, dy, wide, high in spots[: eyes.shines]:
        spot = place(ellipse(x + dx * toward * rx, y + dy * min(ry, 1.1), wide * rx * 1.1, high * min(ry, 1.1), 20))
        cel.ink_shape(spot, clip, value=0)
        cel.outline(spot, 0.5, clip, rough=False)
        cel.light_shape(spot, clip=clip)


def _lids(cel: Cel, eyes: Eyes, place: EyePlace, upper: Points, lower: Points) -> None:
    _lash(cel, upper, eyes.lash)
    for i in range(eyes.flicks):
        at = upper[-1 - 4 * i]
        flick = spline([at, at + (place.side * 0.07, -0.01 - 0.02 * i), at + (place.side * 0.13, -0.07 - 0.03 * i)], 5)
        cel.stroke(flick, 1.0 + 5 * eyes.lash, 0, 1.0, rough=False)
    if eyes.lower == "line":
        cel.stroke(lower[4:-12], 0.7, 0.4, 0.5, rough=False)
    elif eyes.lower in ("full", "lashes"):
        cel.stroke(lower, 0.8, 0.1, 0.2, rough=False)
    if eyes.lower == "lashes":
        for k in (4, 9, 14):
            cel.stroke(line(lower[k], lower[k] + (place.side * (0.07 - 0.003 * k), 0.06), 4), 0.7, 0, 0.9, rough=False)
    if eyes.crease:
        crease = [(-0.6, -0.95), (0, -1.3), (0.6, -1.15), (0.95, -0.6)]
        top = upper[:, 1].min()
        way = place(spline(crease, 8))
        cel.stroke(
            way + (0, min(0.0, top - 0.06 - way[:, 1].min()) if way[:, 1].min() > top - 0.06 else 0.0), 0.6, 0.4, 0.4
        )


def _lash(cel: Cel, upper: Points, thickness: float) -> None:
    """Thin at the inner corner, thick outside."""
    u = np.linspace(0, 1, len(upper))
    grown = thickness * np.interp(u, *LASH_PROFILE)
    up = normals(upper)
    up *= np.sign(-up[len(up) // 2, 1]) or 1.0
    cel.ink_shape(np.vstack([upper, (upper + up * grown[:, None])[::-1]]))
    cel.stroke(upper, 0.75, 0.2, 0.2, rough=False)


def draw_brow(cel: Cel, design: Design, x: float, side: float, narrow: float) -> None:
    """Draw one brow above the eye at x."""
    eyes = design.eyes
    y = eyes.level - eyes.b - 0.17 - (0.05 if eyes.kind in ("dot", "oval", "cartoon") else 0.0)
    mood = eyes.mood
    arch = 0.04 + 0.03 * eyes.brow_shape
    way = spline([(x - side * 0.24 * narrow, y + mood * -0.5 + 0.03), (x - side * 0.02, y - arch),
        (x + side * 0.26 * narrow, y + mood * 0.4 + 0.03)], 8)  # fmt: skip
    if eyes.brow > 2.1:  # a thick brow is a shape of the hair's color, with its own outline
        half = np.interp(np.linspace(0, 1, len(way)), [0, 0.15, 0.6, 1], [0.028, 0.04, 0.034, 0.006]) * eyes.brow / 2.4
        shape = np.vstack([way - (0, 1) * half[:, None], (way + (0, 1) * half[:, None])[::-1]])
        if luminance(design.palette.hair) < 0.3:
            cel.ink_shape(shape)
            return
        cel.draw(shape, cel.part("brow", "hair", Group.EYE, design.palette.hair), 0.8)
    else:
        cel.stroke(way, eyes.brow, 0.35, 0.75)
