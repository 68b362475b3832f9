"""Ties, scarves, chains, and the parts that several collars share."""

import numpy as np

from .body import Skeleton
from .cel import Cel, Group, piece
from .cloth import cloth_part, draw_band, draw_bow, draw_button, draw_fold
from .curves import Points, arch, as_points, ellipse, line, spline, splines
from .design import Design


class Bust:
    """The upper trunk's own frame: x from the middle of the neck or chest, y below the neck, in shoulder widths."""

    def __init__(self, body: Skeleton) -> None:
        self.body = body
        self.scale = body.shoulder_half / 1.23
        self.nw = body.neck_half

    def at(self, x: float, y: float, chest: float = 0.5) -> tuple[float, float]:
        """A place; `chest` 0 follows the neck, 1 the chest, where the figure is turned."""
        body = self.body
        return body.neck_x * (1 - chest) + body.x * chest + x * self.scale, body.neck + y * self.scale


def draw_tie(cel: Cel, design: Design, bust: Bust, y: float) -> None:
    kind = design.outfit.tie
    x, top = bust.at(0, y)
    part = cloth_part(cel, design, "tie", Group.COLLAR, 2)
    if kind == "bow":
        draw_bow(cel, part, (x, top + 0.08), cel.rng.uniform(0.28, 0.42) * bust.scale)
    elif kind == "ribbon":
        for side in (-1, 1):
            tail = splines(
                6,
                [(x, top), (x + side * 0.12, top + 0.4), (x + side * 0.1, top + 0.9)],
                [(x + side * 0.24, top + 0.85), (x + side * 0.26, top + 0.4), (x + side * 0.06, top)],
            )
            cel.draw(tail, part, 0.85, 0.05)
        knot = ellipse(x, top + 0.03, 0.1, 0.11, 16)
        cel.draw(knot, part, 0.8)
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
        cel.draw(shape, part, 0.95, 0.06)
        cel.stroke(shape[[6, 2]], 0.8, 0.1, 0.1)
        if design.outfit.trim:
            stripe = cloth_part(cel, design, "tie.stripe", Group.COLLAR, 3)
            clip = (cel.parts == part).astype(np.uint8) * 255
            for k in np.arange(0.35, low, 0.32):
                band = as_points([(-0.3, k), (0.4, k + 0.25), (0.4, k + 0.36), (-0.3, k + 0.11)]) + (
                    x + lean * 0.5,
                    top,
                )
                cel.fill(band, stripe, clip=clip, flat_only=True)
                cel.stroke(band[:2], 0.55, 0, 0, clip)
                cel.stroke(band[2:], 0.55, 0, 0, clip)


def draw_shirt_collar(cel: Cel, design: Design, bust: Bust, color: int) -> None:
    """The two points of a shirt's collar."""
    part = cloth_part(cel, design, "collar", Group.COLLAR, color)
    nx, y, nw, s = bust.body.neck_x, bust.body.neck, bust.nw, bust.scale
    middle = bust.at(0, 0)[0]
    long = cel.rng.uniform(0.4, 0.62) * s
    for side in (-1, 1):
        shape = np.vstack(
            [
                spline([(nx + side * nw, y - 0.22 * s), (nx + side * nw * 1.7, y + 0.1 * s)], 4),
                [(middle + side * long * 0.95, y + long * 0.95)],
                [(middle + side * 0.02, y + 0.2 * s)],
                spline(
                    [
                        (middle + side * 0.02, y + 0.2 * s),
                        (nx + side * nw * 0.75, y + 0.02),
                        (nx + side * nw, y - 0.22 * s),
                    ],
                    6,
                ),
            ]
        )
        cel.draw(shape, part, 1.0, 0.05)


def draw_buttons(cel: Cel, design: Design, bust: Bust, start: float, step: float, count: int, x: float = -0.06) -> None:
    for i in range(count):
        draw_button(cel, design, bust.at(x, start + i * step, 0.6 + 0.1 * min(i, 4)), 0.05)


def draw_roll(cel: Cel, design: Design, bust: Bust, color: int) -> None:
    rng, x, y, nw, s = cel.rng, bust.body.neck_x, bust.body.neck, bust.nw, bust.scale
    high = rng.uniform(0.22, 0.36) * s**0.5
    shape = splines(
        8,
        [(x - nw * 1.12, y - high), (x, y - high + 0.13), (x + nw * 1.12, y - high)],
        [(x + nw * 1.22, y + 0.06), (bust.at(0, 0)[0], y + 0.24), (x - nw * 1.22, y + 0.06)],
    )
    cel.draw(shape, cloth_part(cel, design, "collar", Group.COLLAR, color), 1.0, 0.06)
    for k in np.linspace(-0.9, 0.9, 11):
        cel.curve(
            [(x + nw * 1.1 * k, y - high + 0.15 - 0.12 * k * k), (x + nw * 1.15 * k, y + 0.2 - 0.16 * k * k)],
            4,
            0.5,
            0.1,
            0.1,
        )


@piece
def draw_scarf(cel: Cel, design: Design, body: Skeleton) -> None:
    """A scarf, wound around the neck, with an end that hangs."""
    rng, x, s = cel.rng, body.neck_x, body.neck_half / 0.3
    y = body.neck
    part = cel.part("scarf", "cloth", Group.ACCESSORY, design.palette.accent)
    side = 1 if rng.random() < 0.5 else -1
    end = np.vstack(
        [spline([(0.15, 0.05), (0.42, 0.75), (0.36, 1.55)], 8), spline([(0.75, 1.6), (0.8, 0.75), (0.5, 0.05)], 8)]
    ) * (side * s, s) + (x, y)
    cel.draw(end, part, 1.0, 0.1)
    for k in range(5):
        at = end[len(end) // 2 - 1] * (1 - k / 4) + end[len(end) // 2] * (k / 4)
        cel.stroke(line(at, at + (0, 0.16 * s), 4), 0.7, 0.05, 0.3)
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
        cel.draw(ring, part, 1.1, 0.1)
        for w in (-1, 1):
            draw_fold(cel, part, (x + w * 0.3 * s, y + (low) * s), (-w * 0.15 * s, -0.12 * s))


def draw_choker(cel: Cel, design: Design, body: Skeleton) -> None:
    """A band around the neck."""
    x, half = body.neck_x, body.neck_half
    y = body.neck - 0.1
    part = cel.part("choker", "cloth", Group.ACCESSORY, design.palette.accent)
    way = spline([(x - half * 0.97, y - 0.05), (x, y + 0.08), (x + half * 0.97, y - 0.05)], 8)
    draw_band(cel, part, way, 0.05)
    charm = ellipse(x, y + 0.18, 0.05, 0.06, 16)
    cel.draw(charm, cel.part("charm", "thing", Group.ACCESSORY, design.palette.metal), 0.7)


@piece
def draw_necklace(cel: Cel, design: Design, body: Skeleton) -> None:
    """A chain with a pendant."""
    x, y, half = body.neck_x, body.neck, body.neck_half
    way = spline(
        arch(x, [(half * 1.3, y + 0.02), (half * 0.7, y + 0.35), (0, y + 0.5)]),
        8,
    )
    cel.stroke(way, 0.8, 0, 0)
    gem = ellipse(x, y + 0.6, 0.09, 0.11, 4 if cel.rng.random() < 0.5 else 18)
    cel.draw(gem, cel.part("gem", "thing", Group.ACCESSORY, design.palette.second_accent), 0.8, 0.03)
