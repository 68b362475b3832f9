"""What lies on the trunk of a garment: collars, ties, lapels, hoods, aprons, straps and plates."""

from collections.abc import Callable

import numpy as np

from .body import Body
from .canvas import Canvas, Group
from .cloth import cloth_part, draw_band, draw_bow, draw_button, draw_fold, draw_ruffle
from .curves import Points, as_points, ellipse, line, mirror, spline
from .design import Design, chance, choose
from .palette import Rgb


class Bust:
    """The upper trunk's own frame: x from the middle of the neck or chest, y below the neck, in shoulder widths."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.scale = body.shoulder_half / 1.23
        self.nw = body.neck_half

    def at(self, x: float, y: float, chest: float = 0.5) -> tuple[float, float]:
        """A place; `chest` 0 follows the neck, 1 the chest, where the figure is turned."""
        body = self.body
        return body.neck_x * (1 - chest) + body.x * chest + x * self.scale, body.neck + y * self.scale


def draw_collar(canvas: Canvas, design: Design, body: Body) -> None:
    """Draw what belongs to the top of the outfit."""
    kinds: dict[str, Callable[[Canvas, Design, Bust], None]] = {
        "sailor": _sailor, "shirt": _shirt, "blazer": _jacket, "jacket": _jacket, "coat": _jacket, "hoodie": _hood,
        "kimono": _kimono, "sweater": _turtleneck, "gakuran": _gakuran, "dress": _dress, "maid": _dress, "camisole": _straps,
        "overalls": _overalls, "armor": _armor, "vest": _vest,
    }  # fmt: skip
    kind = kinds.get(design.outfit.top)
    if kind is not None:
        kind(canvas, design, Bust(body))
    if design.outfit.apron:
        _apron(canvas, design, Bust(body))


def draw_hood(canvas: Canvas, design: Design, body: Body) -> None:
    """Draw the part of a hood that lies behind the neck."""
    x, y, s = body.neck_x, body.neck, body.shoulder_half / 1.23
    shape = spline(
        [
            (x - 0.95 * s, y + 0.55 * s),
            (x - 1.12 * s, y + 0.05),
            (x - 0.7 * s, y - 0.33 * s),
            (x, y - 0.4 * s),
            (x + 0.7 * s, y - 0.33 * s),
            (x + 1.12 * s, y + 0.05),
            (x + 0.95 * s, y + 0.55 * s),
        ],
        10,
    )
    canvas.fill(shape, cloth_part(canvas, design, "top", Group.CLOTH, 0), crescent=0.1)
    canvas.stroke(shape, 1.1, 0.1, 0.1)
    canvas.shade_shape(ellipse(x, y + 0.15, 0.75 * s, 0.42 * s), [Group.CLOTH])


def _tie(canvas: Canvas, design: Design, bust: Bust, y: float) -> None:
    kind = design.outfit.tie
    x, top = bust.at(0, y)
    part = cloth_part(canvas, design, "tie", Group.COLLAR, 2)
    if kind == "bow":
        draw_bow(canvas, part, (x, top + 0.08), canvas.rng.uniform(0.28, 0.42) * bust.scale)
    elif kind == "ribbon":
        for side in (-1, 1):
            tail = np.vstack(
                [
                    spline([(x, top), (x + side * 0.12, top + 0.4), (x + side * 0.1, top + 0.9)], 6),
                    spline([(x + side * 0.24, top + 0.85), (x + side * 0.26, top + 0.4), (x + side * 0.06, top)], 6),
                ]
            )
            canvas.fill(tail, part, crescent=0.05)
            canvas.outline(tail, 0.85)
        knot = ellipse(x, top + 0.03, 0.1, 0.11, 16)
        canvas.fill(knot, part)
        canvas.outline(knot, 0.8)
    elif kind == "tie":
        lean = bust.body.x - x
        low = 1.5 * bust.scale
        shape = as_points(
            [
                (-0.11, 0),
                (0.11, 0),
                (0.09, 0.2),
                (0.19 + lean, low),
                (lean, low + 0.2),
                (-0.19 + lean, low),
                (-0.09, 0.2),
            ]
        ) * (bust.scale**0.5, 1) + (x, top)
        canvas.fill(shape, part, crescent=0.06)
        canvas.outline(shape, 0.95)
        canvas.stroke(shape[[6, 2]], 0.8, 0.1, 0.1)
        if design.outfit.trim:
            stripe = cloth_part(canvas, design, "tie.stripe", Group.COLLAR, 3)
            clip = (canvas.parts == part).astype(np.uint8) * 255
            for k in np.arange(0.35, low, 0.32):
                band = as_points([(-0.3, k), (0.4, k + 0.25), (0.4, k + 0.36), (-0.3, k + 0.11)]) + (
                    x + lean * 0.5,
                    top,
                )
                canvas.fill(band, stripe, clip=clip, flat_only=True)
                canvas.stroke(band[:2], 0.55, 0, 0, clip)
                canvas.stroke(band[2:], 0.55, 0, 0, clip)


def _points_collar(canvas: Canvas, design: Design, bust: Bust, color: int) -> None:
    """The two points of a shirt's collar."""
    part = cloth_part(canvas, design, "collar", Group.COLLAR, color)
    nx, y, nw, s = bust.body.neck_x, bust.body.neck, bust.nw, bust.scale
    middle = bust.at(0, 0)[0]
    long = canvas.rng.uniform(0.4, 0.62) * s
    for side in (-1, 1):
        shape = np.vstack([
            spline([(nx + side * nw, y - 0.22 * s), (nx + side * nw * 1.7, y + 0.1 * s)], 4), [(middle + side * long * 0.95, y + long * 0.95)],
            [(middle + side * 0.02, y + 0.2 * s)], spline([(middle + side * 0.02, y + 0.2 * s), (nx + side * nw * 0.75, y + 0.02), (nx + side * nw, y - 0.22 * s)], 6),
        ])  # fmt: skip
        canvas.fill(shape, part, crescent=0.05)
        canvas.outline(shape, 1.0)


def _buttons(
    canvas: Canvas, design: Design, bust: Bust, start: float, step: float, count: int, x: float = -0.06
) -> None:
    for i in range(count):
        draw_button(canvas, design, bust.at(x, start + i * step, 0.6 + 0.1 * min(i, 4)), 0.05)


def _shirt(canvas: Canvas, design: Design, bust: Bust) -> None:
    a, b = bust.at(0.03, 0.16), bust.at(0.05, 2.9, 1.0)
    canvas.stroke(line(a, b, 12), 0.8, 0.05, 0.05)
    _buttons(canvas, design, bust, 0.75, 0.55, 4)
    if design.outfit.pockets:
        x, y = bust.at(0.5, 1.2, 1.0)
        pocket = as_points([(-0.2, 0), (0.2, 0), (0.2, 0.32), (0, 0.4), (-0.2, 0.32)]) * bust.scale + (x, y)
        canvas.outline(pocket, 0.7)
    _tie(canvas, design, bust, 0.2)
    _points_collar(canvas, design, bust, 3)


def _vest(canvas: Canvas, design: Design, bust: Bust) -> None:
    part = cloth_part(canvas, design, "vest", Group.COLLAR, 0)
    body = bust.body
    low = body.waist + 0.25
    neck = as_points([bust.at(-0.42, -0.02), bust.at(0, 1.1, 0.8), bust.at(0.42, -0.02)])
    left = spline(
        [
            bust.at(-0.42, -0.02),
            bust.at(-0.85, 0.25),
            bust.at(-0.8, 0.9, 0.8),
            (body.x - body.bust_half * 1.02, body.bust + 0.1),
        ],
        8,
    )
    right = spline(
        [
            bust.at(0.42, -0.02),
            bust.at(0.85, 0.25),
            bust.at(0.8, 0.9, 0.8),
            (body.x + body.bust_half * 1.02, body.bust + 0.1),
        ],
        8,
    )
    side_l, side_r = body.flank(-1, 0.05, low), body.flank(1, 0.05, low)
    side_l, side_r = side_l[side_l[:, 1] > body.bust + 0.1], side_r[side_r[:, 1] > body.bust + 0.1]
    shape = np.vstack([neck, right, side_r, side_l[::-1], left[::-1]])
    _points_collar(canvas, design, bust, 3)
    _tie(canvas, design, bust, 0.2)
    canvas.fill(shape, part, crescent=0.14)
    canvas.outline(shape, 1.0)
    if chance(canvas.rng, 0.5):
        trim = cloth_part(canvas, design, "vest.trim", Group.COLLAR, 2)
        draw_band(canvas, trim, neck, 0.05)
    else:
        canvas.stroke(line(neck[1], (body.x, low), 8), 0.8, 0, 0)
        _buttons(canvas, design, bust, 1.3, 0.5, 3, 0.05)


def _sailor(canvas: Canvas, design: Design, bust: Bust) -> None:
    body, rng, s = bust.body, canvas.rng, bust.scale
    deep, nw, y = 0.95 * s, bust.nw, body.neck
    if chance(rng, 0.6):
        at = rng.uniform(0.3, 0.5) * s
        half = nw * 1.1 * (1 - at / deep) + 0.05
        x = body.neck_x * 0.7 + body.x * 0.3
        shape = np.vstack(
            [
                spline([(x - half, y + at), (x, y + at + 0.07), (x + half, y + at)], 6),
                [(bust.at(0, 0)[0], y + deep + 0.05)],
            ]
        )
        canvas.fill(shape, cloth_part(canvas, design, "collar.inner", Group.COLLAR, 3))
        canvas.stroke(shape[:-1], 0.8, 0, 0)
    part = cloth_part(canvas, design, "collar", Group.COLLAR, 1)
    x, mx = body.neck_x, bust.at(0, 0)[0]
    wide = body.shoulder_half * 0.9
    lines = int(rng.integers(1, 3))
    for side in (-1, 1):
        outer = body.x * 0.6 + side * wide
        shape = np.vstack([
            spline([(x + side * nw * 1.05, y - 0.1), (x + side * nw * 2.4, y + 0.12 * s), (outer, body.shoulder + 0.1 * s)], 8),
            spline([(outer, body.shoulder + 0.1 * s), (outer - side * 0.1 * s, body.shoulder + 0.5 * s)], 4),
            spline([(outer - side * 0.1 * s, body.shoulder + 0.5 * s), (mx + side * 0.5 * s, body.shoulder + 0.66 * s), (mx, y + deep + 0.12)], 8),
            spline([(mx, y + deep), (x + side * nw * 0.9, y + 0.2 * s), (x + side * nw * 1.05, y - 0.1)], 8),
        ])  # fmt: skip
        canvas.fill(shape, part, crescent=0.07)
        canvas.outline(shape, 1.0)
        for k in range(lines):
            d = (0.08 + 0.06 * k) * s
            canvas.stroke(spline([(outer - side * d, body.shoulder + 0.08 * s), (outer - side * (0.1 * s + d), body.shoulder + 0.5 * s - d), (mx + side * 0.5 * s, body.shoulder + 0.64 * s - d), (mx + side * 0.06, y + deep + 0.05 - d)], 8), 0.6, 0, 0)  # fmt: skip
    bow = cloth_part(canvas, design, "tie", Group.COLLAR, 2)
    if design.outfit.tie in ("bow", "none", "tie"):
        draw_bow(canvas, bow, (mx, y + deep + 0.08), rng.uniform(0.32, 0.5) * s)
    else:
        _tie(canvas, design, bust, 0.95)


def _jacket(canvas: Canvas, design: Design, bust: Bust) -> None:
    """Blazer, jacket or coat: two fronts over the shirt, with lapels."""
    outfit, body, rng, s = design.outfit, bust.body, canvas.rng, bust.scale
    if outfit.top == "blazer":
        canvas.stroke(line(bust.at(0.02, 0.2), bust.at(0.03, 1.7, 1.0), 8), 0.8, 0.05, 0.05)
        _tie(canvas, design, bust, 0.2)
        _points_collar(canvas, design, bust, 3)
    elif outfit.top == "coat" and chance(rng, 0.5):
        _roll(canvas, design, bust, 3)
    closed = outfit.top == "blazer" or (outfit.top == "coat" and chance(rng, 0.5))
    gap = 0.05 if closed else rng.uniform(0.35, 0.6)
    low = {
        "blazer": body.hip + 0.15,
        "jacket": body.waist + 0.4,
        "coat": body.crotch + 0.35 * (body.sole - body.crotch),
    }[outfit.top]
    part = cloth_part(canvas, design, "jacket", Group.CLOTH, 0)
    lapel = cloth_part(canvas, design, "lapel", Group.COLLAR, 0 if not outfit.trim else 2)
    for side in (-1, 1):
        edge = spline(
            [
                (body.neck_x + side * bust.nw * 1.25, body.neck + 0.02),
                bust.at(side * (gap * 0.5 + 0.38), 0.8, 0.8),
                bust.at(side * gap, 1.7, 1.0),
                (body.x + side * gap * s * 1.1, low),
            ],
            10,
        )
        shoulder = body.shoulders(side)
        shoulder = shoulder[np.abs(shoulder[:, 0] - body.neck_x) > bust.nw * 1.25]
        flank = body.flank(side, 0.1 * s, low)
        if outfit.top == "coat":
            flank[:, 0] += side * np.clip((flank[:, 1] - body.waist) / 6, 0, 0.4)
        canvas.fill(np.vstack([edge, flank[::-1], shoulder[::-1]]), part, crescent=0.16)
        for way, w in ((edge, 1.1), (shoulder, 1.15), (flank[2:], 1.05)):
            canvas.stroke(way, w, 0.05, 0.08)
        canvas.stroke(line(edge[-1], flank[-1], 8), 1.05, 0, 0)
        if outfit.top == "jacket" and chance(rng, 0.5):
            canvas.stroke(line(edge[-1] + (0, -0.22), flank[-1] + (0, -0.22), 8), 0.7, 0, 0)
        fold = edge[: 20 if outfit.top != "coat" else 18]
        shape = np.vstack(
            [
                fold[:1],
                [bust.at(side * 0.62, 0.1, 0.2)],
                [bust.at(side * 0.84, 0.55, 0.5)],
                [bust.at(side * 0.64, 0.62, 0.5)],
                [bust.at(side * 0.76, 0.78, 0.6)],
                fold[::-1],
            ]
        )
        canvas.fill(shape, lapel, crescent=0.05)
        canvas.outline(shape, 0.95)
        for _ in range(3):
            draw_fold(
                canvas,
                part,
                (
                    body.x + side * body.waist_half * rng.uniform(0.6, 1.05),
                    rng.uniform(body.bust, max(body.bust + 0.3, low - 0.3)),
                ),
                (-side * rng.uniform(0.2, 0.45), rng.uniform(0.0, 0.4)),
            )
        if outfit.pockets:
            x, y = body.x + side * body.waist_half * 0.62, body.waist + 0.1
            flap = as_points([(-0.22, 0), (0.22, 0), (0.21, 0.13), (-0.21, 0.13)]) * s + (x, y)
            canvas.outline(flap, 0.75)
    if closed:
        for i in range(int(rng.integers(2, 4))):
            draw_button(canvas, design, bust.at(-gap * 0.4, 1.75 + i * 0.5, 1.0), 0.06)
            if outfit.top == "coat":
                draw_button(canvas, design, bust.at(0.4, 1.75 + i * 0.5, 1.0), 0.06)


def _hood(canvas: Canvas, design: Design, bust: Bust) -> None:
    part = cloth_part(canvas, design, "hood", Group.COLLAR, 0)
    cord = cloth_part(canvas, design, "cord", Group.COLLAR, 3)
    x, y, s, mx = bust.body.neck_x, bust.body.neck, bust.scale, bust.at(0, 0)[0]
    shape = np.vstack([
        spline([(x - 0.98 * s, y + 0.57 * s), (x - 0.72 * s, y + 0.1), (x - 0.4 * s, y + 0.17 * s), (mx, y + 0.57 * s), (x + 0.4 * s, y + 0.17 * s), (x + 0.72 * s, y + 0.1), (x + 0.98 * s, y + 0.57 * s)], 8),
        spline([(x + 0.98 * s, y + 0.57 * s), (x + 0.5 * s, y + 0.83 * s), (mx, y + 0.95 * s), (x - 0.5 * s, y + 0.83 * s), (x - 0.98 * s, y + 0.57 * s)], 8),
    ])  # fmt: skip
    canvas.fill(shape, part, crescent=0.1)
    canvas.outline(shape, 1.1)
    canvas.stroke(line((mx, y + 0.58 * s), (mx, y + 0.95 * s), 5), 0.8, 0.1, 0.1)
    for side in (-1, 1):
        way = spline(
            [
                (mx + side * 0.22 * s, y + 0.83 * s),
                (mx + side * 0.26 * s, y + 1.15 * s),
                (mx + side * 0.2 * s, y + 1.5 * s),
            ],
            8,
        )
        draw_band(canvas, cord, way, 0.04, weight=0.7)
    if design.outfit.pockets:
        body = bust.body
        pouch = as_points([(-0.5, 0), (0.5, 0), (0.75, 0.55), (0.75, 0.8), (-0.75, 0.8), (-0.75, 0.55)]) * s + (
            body.x,
            body.waist - 0.1,
        )
        canvas.outline(pouch, 0.8)
    if chance(canvas.rng, 0.4):
        canvas.stroke(line((mx, y + 0.95 * s), (bust.body.x, bust.body.hip), 10), 0.9, 0, 0.05)


def _kimono(canvas: Canvas, design: Design, bust: Bust) -> None:
    body, nw, s = bust.body, bust.nw, bust.scale
    x, y, mx = body.neck_x, body.neck, bust.at(0, 0)[0]
    part = cloth_part(canvas, design, "collar", Group.COLLAR, 1)
    for side in (1, -1):
        shape = np.vstack([
            spline([(x + side * nw * 1.2, y - 0.12), (x + side * 0.42 * s, y + 0.25 * s), (mx + side * 0.1, y + 0.8 * s), (body.x - side * 0.62 * s, body.waist)], 8),
            spline([(body.x - side * 0.78 * s, body.waist - 0.15), (mx - side * 0.06, y + 0.66 * s), (x + side * 0.24 * s, y + 0.2 * s), (x + side * nw * 0.75, y - 0.1)], 8),
        ])  # fmt: skip
        canvas.fill(shape, part, crescent=0.05)
        canvas.outline(shape, 1.0)
    sash = cloth_part(canvas, design, "sash", Group.COLLAR, 2)
    top, low, half = body.waist - 0.45 * s, body.waist + 0.3 * s, body.waist_half * 1.1
    shape = np.vstack(
        [
            spline([(body.x - half, top), (body.x, top + 0.06), (body.x + half, top)], 6),
            spline([(body.x + half * 1.04, low), (body.x, low + 0.06), (body.x - half * 1.04, low)], 6),
        ]
    )
    canvas.fill(shape, sash, crescent=0.12)
    canvas.outline(shape, 1.0)
    cord = cloth_part(canvas, design, "sash.cord", Group.COLLAR, 3)
    draw_band(canvas, cord, line((body.x - half, (top + low) / 2), (body.x + half, (top + low) / 2), 8), 0.06)
    if chance(canvas.rng, 0.4):
        draw_bow(canvas, cord, (body.x, (top + low) / 2), 0.3 * s)


def _roll(canvas: Canvas, design: Design, bust: Bust, color: int) -> None:
    rng, x, y, nw, s = canvas.rng, bust.body.neck_x, bust.body.neck, bust.nw, bust.scale
    high = rng.uniform(0.22, 0.36) * s**0.5
    shape = np.vstack(
        [
            spline([(x - nw * 1.12, y - high), (x, y - high + 0.13), (x + nw * 1.12, y - high)], 8),
            spline([(x + nw * 1.22, y + 0.06), (bust.at(0, 0)[0], y + 0.24), (x - nw * 1.22, y + 0.06)], 8),
        ]
    )
    canvas.fill(shape, cloth_part(canvas, design, "collar", Group.COLLAR, color), crescent=0.06)
    canvas.outline(shape, 1.0)
    for k in np.linspace(-0.9, 0.9, 11):
        canvas.stroke(
            spline(
                [(x + nw * 1.1 * k, y - high + 0.15 - 0.12 * k * k), (x + nw * 1.15 * k, y + 0.2 - 0.16 * k * k)], 4
            ),
            0.5,
            0.1,
            0.1,
        )


def _turtleneck(canvas: Canvas, design: Design, bust: Bust) -> None:
    rng, body, s = canvas.rng, bust.body, bust.scale
    kind = choose(rng, "roll", "roll", "crew", "vee")
    if kind == "roll":
        _roll(canvas, design, bust, 0 if chance(rng, 0.6) else 1)
    else:
        way = (
            spline([bust.at(-0.42, 0.0, 0.0), bust.at(0, 0.32), bust.at(0.42, 0.0, 0.0)], 8)
            if kind == "crew"
            else as_points([bust.at(-0.45, 0.0, 0.0), bust.at(0, 0.7), bust.at(0.45, 0.0, 0.0)])
        )
        if kind == "vee":
            inner = cloth_part(canvas, design, "collar.inner", Group.COLLAR, 3)
            canvas.fill(way, inner)
            _points_collar(canvas, design, bust, 3)
        draw_band(canvas, cloth_part(canvas, design, "collar.band", Group.COLLAR, 1 if kind == "vee" else 0), way, 0.07)
    if chance(rng, 0.35):
        for x in (-0.45, 0.45):
            way = spline([bust.at(x * 0.8, 0.45, 0.7), bust.at(x, 1.1, 1.0), (body.x + x * 0.9 * s, body.hip)], 20)
            twist = 0.05 * np.sin(np.linspace(0, 50, len(way)))
            for sign in (-1, 1):
                canvas.stroke(way + np.stack([sign * twist, 0 * twist], 1), 0.6, 0, 0)


def _gakuran(canvas: Canvas, design: Design, bust: Bust) -> None:
    x, y, nw, body = bust.body.neck_x, bust.body.neck, bust.nw, bust.body
    shape = np.vstack(
        [
            spline([(x - nw * 1.1, y - 0.26), (x, y - 0.14), (x + nw * 1.1, y - 0.26)], 8),
            spline([(x + nw * 1.18, y + 0.06), (bust.at(0, 0)[0], y + 0.22), (x - nw * 1.18, y + 0.06)], 8),
        ]
    )
    canvas.fill(shape, cloth_part(canvas, design, "collar", Group.COLLAR, 0), crescent=0.05)
    canvas.outline(shape, 1.0)
    middle = spline([bust.at(0, -0.1, 0.3), bust.at(0, 0.4, 0.7), (body.x, body.hip + 0.2)], 10)
    canvas.stroke(middle, 0.9, 0.02, 0.02)
    for i in range(5):
        draw_button(canvas, design, bust.at(0, 0.4 + 0.5 * i, min(1.0, 0.6 + 0.1 * i)), 0.065)


def _dress(canvas: Canvas, design: Design, bust: Bust) -> None:
    rng, body, s = canvas.rng, bust.body, bust.scale
    kind = choose(rng, "peter pan", "ruffle", "bow", "lace", "plain")
    if kind == "peter pan":
        part = cloth_part(canvas, design, "collar", Group.COLLAR, 3)
        x, y, nw = body.neck_x, body.neck, bust.nw
        for side in (-1.0, 1.0):
            leaf = mirror(
                spline(
                    [(0.04, 0.2), (0.3, 0.5), (0.66, 0.42), (0.74, 0.1), (nw / s * 1.1, -0.12), (nw / s * 0.8, 0.08)],
                    8,
                    closed=True,
                ),
                side,
            ) * s + (x, y + 0.06)
            canvas.fill(leaf, part, crescent=0.05)
            canvas.outline(leaf, 0.95)
        draw_bow(canvas, cloth_part(canvas, design, "tie", Group.COLLAR, 2), bust.at(0, 0.3), 0.22 * s)
    elif kind == "ruffle":
        way = spline(
            [
                bust.at(-0.55, 0.1, 0.2),
                bust.at(-0.3, 0.42),
                bust.at(0, 0.52),
                bust.at(0.3, 0.42),
                bust.at(0.55, 0.1, 0.2),
            ],
            8,
        )
        draw_ruffle(canvas, cloth_part(canvas, design, "collar", Group.COLLAR, 3), way, 0.18 * s, 0.17 * s)
    elif kind == "bow":
        draw_bow(
            canvas,
            cloth_part(canvas, design, "tie", Group.COLLAR, 2),
            bust.at(0, 0.75, 0.8),
            rng.uniform(0.25, 0.4) * s,
        )
    elif kind == "lace":
        a, b = body.bust - 0.1, body.waist - 0.1
        for k in np.linspace(0, 1, 5)[:-1]:
            y, step = a + (b - a) * k, (b - a) / 4
            for sign in (-1, 1):
                canvas.stroke(line((body.x - sign * 0.14 * s, y), (body.x + sign * 0.14 * s, y + step), 5), 0.7, 0, 0)
        for side in (-1, 1):
            canvas.stroke(
                line((body.x + side * 0.15 * s, a - 0.1), (body.x + side * 0.15 * s, b + 0.1), 8), 0.8, 0.05, 0.05
            )
    if design.outfit.sleeves == "none":
        for side in (-1, 1):
            outer = body.x * 0.6 + side * body.shoulder_half
            canvas.stroke(
                spline(
                    [
                        (outer - side * 0.24 * s, body.shoulder - 0.1),
                        (outer - side * 0.3 * s, body.shoulder + 0.3),
                        (body.x + side * body.bust_half, body.bust),
                    ],
                    6,
                ),
                0.9,
                0.05,
                0.1,
            )


def _straps(canvas: Canvas, design: Design, bust: Bust) -> None:
    part = cloth_part(canvas, design, "strap", Group.COLLAR, 0)
    body, s = bust.body, bust.scale
    for side in (-1, 1):
        way = line(
            (body.x + side * body.bust_half * 0.6, body.shoulder + 0.32 * s),
            (body.neck_x + side * bust.nw * 2.0, body.neck + 0.1),
            6,
        )
        draw_band(canvas, part, way, 0.05 * s)
    if chance(canvas.rng, 0.5):
        draw_bow(
            canvas, cloth_part(canvas, design, "tie", Group.COLLAR, 2), (body.x, body.shoulder + 0.6 * s), 0.22 * s
        )


def _overalls(canvas: Canvas, design: Design, bust: Bust) -> None:
    body, s = bust.body, bust.scale
    part = cloth_part(canvas, design, "bib", Group.COLLAR, 1)
    for side in (-1, 1):
        way = spline(
            [
                (body.neck_x + side * bust.nw * 2.1, body.neck + 0.1),
                (body.x * 0.7 + side * 0.55 * s, body.shoulder + 0.4),
                (body.x + side * 0.5 * s, body.bust + 0.15),
            ],
            8,
        )
        draw_band(canvas, part, way, 0.1 * s)
    top, low = body.bust, body.waist + 0.2
    half = body.waist_half
    bib = np.vstack(
        [
            spline([(body.x - 0.62 * s, top), (body.x, top + 0.04), (body.x + 0.62 * s, top)], 5),
            [
                (body.x + half * 0.8, low - 0.3),
                (body.x + half * 1.08, low),
                (body.x - half * 1.08, low),
                (body.x - half * 0.8, low - 0.3),
            ],
        ]
    )
    canvas.fill(bib, part, crescent=0.1)
    canvas.outline(bib, 1.0)
    pocket = as_points([(-0.3, 0), (0.3, 0), (0.28, 0.4), (-0.28, 0.4)]) * s + (body.x, top + 0.35 * s)
    canvas.outline(pocket, 0.75)
    for side in (-1, 1):
        draw_button(canvas, design, (body.x + side * 0.5 * s, top + 0.14), 0.07 * s)


def _armor(canvas: Canvas, design: Design, bust: Bust) -> None:
    body, s = bust.body, bust.scale
    metal: Rgb = design.palette.metal
    plate = canvas.part("plate", "thing", Group.COLLAR, metal)
    half = body.bust_half
    shape = spline([(body.x - half * 0.95, body.shoulder + 0.2 * s), (body.x, body.shoulder + 0.35 * s), (body.x + half * 0.95, body.shoulder + 0.2 * s), (body.x + half * 1.05, body.bust + 0.2 * s), (body.x + body.waist_half, body.waist), (body.x, body.waist + 0.25 * s), (body.x - body.waist_half, body.waist), (body.x - half * 1.05, body.bust + 0.2 * s)], 8, closed=True)  # fmt: skip
    canvas.fill(shape, plate, crescent=0.2)
    canvas.outline(shape, 1.15)
    canvas.stroke(line((body.x, body.shoulder + 0.35 * s), (body.x, body.waist + 0.25 * s), 10), 0.9, 0.05, 0.05)
    canvas.stroke(
        spline(
            [
                (body.x - half, body.bust + 0.35 * s),
                (body.x, body.bust + 0.6 * s),
                (body.x + half, body.bust + 0.35 * s),
            ],
            8,
        ),
        0.8,
        0.1,
        0.1,
    )
    canvas.light_shape(
        ellipse(
            body.x + canvas.light_x * half * 0.5, body.bust - 0.05, 0.12 * s, 0.3 * s, 20, turn=0.3 * canvas.light_x
        ),
        [Group.COLLAR],
        ["thing"],
    )
    for side in (-1, 1):
        outer = body.x * 0.6 + side * body.shoulder_half
        for k in (1, 0):
            cap = ellipse(
                outer - side * 0.02 * s,
                body.shoulder + (0.15 + 0.32 * k) * s,
                (0.52 - 0.1 * k) * s,
                0.36 * s,
                30,
                turn=side * 0.4,
            )
            canvas.fill(cap, plate, crescent=0.1)
            canvas.outline(cap, 1.1)
        canvas.stroke(
            ellipse(outer, body.shoulder + 0.15 * s, 0.36 * s, 0.22 * s, 30, turn=side * 0.4)[15:], 0.7, 0.2, 0.2
        )


def _apron(canvas: Canvas, design: Design, bust: Bust) -> None:
    body, s, rng = bust.body, bust.scale, canvas.rng
    part = cloth_part(canvas, design, "apron", Group.COLLAR, 3)
    low = body.crotch + 0.12 * (body.sole - body.crotch)
    top = body.bust - 0.05
    skirt = np.vstack([spline([(body.x - body.waist_half * 0.85, body.waist), (body.x - body.hip_half, body.hip), (body.x - body.hip_half * 0.95, low - 0.2)], 8), spline([(body.x - body.hip_half * 0.95, low - 0.2), (body.x, low + 0.15), (body.x + body.hip_half * 0.95, low - 0.2)], 8), spline([(body.x + body.hip_half * 0.95, low - 0.2), (body.x + body.hip_half, body.hip), (body.x + body.waist_half * 0.85, body.waist)], 8)])  # fmt: skip
    if design.outfit.bottom == "flared" and body.span > 3:
        draw_ruffle(canvas, part, skirt[17:34], 0.2 * s, 0.22 * s)
        canvas.fill(skirt, part, crescent=0.1)
        canvas.outline(skirt, 1.0)
    bib = as_points(
        [
            (body.x - 0.55 * s, top),
            (body.x + 0.55 * s, top),
            (body.x + body.waist_half * 0.85, body.waist + 0.03),
            (body.x - body.waist_half * 0.85, body.waist + 0.03),
        ]
    )
    canvas.fill(bib, part, crescent=0.08)
    canvas.outline(bib, 1.0)
    for side in (-1, 1):
        way = spline(
            [
                (body.x + side * 0.5 * s, top + 0.05),
                (body.x * 0.7 + side * 0.62 * s, body.shoulder + 0.1),
                (body.neck_x + side * bust.nw * 2.3, body.neck + 0.12),
            ],
            8,
        )
        if chance(rng, 0.5):
            draw_ruffle(canvas, part, way if side < 0 else way[::-1], 0.2 * s, 0.2 * s)
        draw_band(canvas, part, way, 0.09 * s)
    belt = spline(
        [
            (body.x - body.waist_half * 1.02, body.waist),
            (body.x, body.waist + 0.08),
            (body.x + body.waist_half * 1.02, body.waist),
        ],
        8,
    )
    draw_band(canvas, part, belt, 0.1 * s)


def draw_scarf(canvas: Canvas, design: Design, body: Body) -> None:
    """A scarf, wound around the neck, with an end that hangs."""
    rng, x, s = canvas.rng, body.neck_x, body.neck_half / 0.3
    y = body.neck
    part = canvas.part("scarf", "cloth", Group.ACCESSORY, design.palette.accent)
    side = 1 if rng.random() < 0.5 else -1
    end = np.vstack(
        [spline([(0.15, 0.05), (0.42, 0.75), (0.36, 1.55)], 8), spline([(0.75, 1.6), (0.8, 0.75), (0.5, 0.05)], 8)]
    ) * (side * s, s) + (x, y)
    canvas.fill(end, part, crescent=0.1)
    canvas.outline(end, 1.0)
    for k in range(5):
        at = end[len(end) // 2 - 1] * (1 - k / 4) + end[len(end) // 2] * (k / 4)
        canvas.stroke(line(at, at + (0, 0.16 * s), 4), 0.7, 0.05, 0.3)
    for i in range(2):
        low = 0.22 * (1 - i)
        ring: Points = spline(
            [
                (-0.62 + 0.05 * i, -0.15 + low),
                (-0.3, 0.05 + low * 1.2),
                (0.3, 0.05 + low * 1.2),
                (0.62 - 0.05 * i, -0.15 + low),
                (0.5, -0.35 + low),
                (0, -0.25 + low),
                (-0.5, -0.35 + low),
            ],
            10,
            closed=True,
        ) * s + (x, y)
        canvas.fill(ring, part, crescent=0.1)
        canvas.outline(ring, 1.1)
        for w in (-1, 1):
            draw_fold(canvas, part, (x + w * 0.3 * s, y + (low) * s), (-w * 0.15 * s, -0.12 * s))


def draw_choker(canvas: Canvas, design: Design, body: Body) -> None:
    """A band around the neck."""
    x, half = body.neck_x, body.neck_half
    y = body.neck - 0.1
    part = canvas.part("choker", "cloth", Group.ACCESSORY, design.palette.accent)
    way = spline([(x - half * 0.97, y - 0.05), (x, y + 0.08), (x + half * 0.97, y - 0.05)], 8)
    draw_band(canvas, part, way, 0.05)
    charm = ellipse(x, y + 0.18, 0.05, 0.06, 16)
    canvas.fill(charm, canvas.part("charm", "thing", Group.ACCESSORY, design.palette.metal))
    canvas.outline(charm, 0.7)


def draw_necklace(canvas: Canvas, design: Design, body: Body) -> None:
    """A chain with a pendant."""
    x, y, half = body.neck_x, body.neck, body.neck_half
    way = spline(
        [
            (x - half * 1.3, y + 0.02),
            (x - half * 0.7, y + 0.35),
            (x, y + 0.5),
            (x + half * 0.7, y + 0.35),
            (x + half * 1.3, y + 0.02),
        ],
        8,
    )
    canvas.stroke(way, 0.8, 0, 0)
    gem = ellipse(x, y + 0.6, 0.09, 0.11, 4 if canvas.rng.random() < 0.5 else 18)
    canvas.fill(gem, canvas.part("gem", "thing", Group.ACCESSORY, design.palette.second_accent), crescent=0.03)
    canvas.outline(gem, 0.8)
