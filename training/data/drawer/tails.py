"""Tied hair: tails, braids, buns and drills, and what ties them."""

import numpy as np

from .cel import Cel, Group, piece
from .cloth import draw_bow
from .curves import Points, as_points, direction, ellipse, line, normals, resample, spline, splines
from .design import Design, chance
from .head import Head
from .locks import HairPen, Lock


def tail_places(design: Design, head: Head) -> list[tuple[float, float, float]]:
    """x, y and side of where tails begin."""
    x, v, long = head.hair_x, design.hair.volume, design.hair.length
    style = design.hair.style
    if style in ("twin tails", "drills"):
        y = -0.75 + 0.65 * long
        if head.profile:
            return [(-0.5, y, -1.0)]
        return [(x - 0.9 - v * 0.3, y, -1.0), (x + 0.9 + v * 0.3, y, 1.0)]
    if style == "ponytail":
        if head.profile:
            return [(-0.98, -0.5, -1.0)]
        return (
            [(x - 0.55, head.top * 0.78, -1.0)]
            if head.stance > 0.2 or long < 0.5
            else [(x + 0.55, head.top * 0.78, 1.0)]
        )
    if style == "side tail":
        return [(-0.35 if head.profile else x - 0.86, 0.75, -1.0)]
    return []


def behind_head(design: Design) -> bool:
    """Whether the tails lie behind the body."""
    return design.hair.style == "ponytail" or (
        design.hair.style in ("twin tails", "drills") and design.hair.length < 0.5
    )


@piece
def draw_tails(cel: Cel, design: Design, head: Head) -> None:
    """Draw tails, drills and braids."""
    hair, rng = design.hair, cel.rng
    part = cel.part("hair.tail", "hair", Group.TAIL, design.palette.hair)
    places = tail_places(design, head)
    long, spread = 1.4 + 2.2 * rng.random(), rng.uniform(0.35, 0.75)
    out = (
        rng.uniform(0.4, 1.0)
        if hair.style == "twin tails"
        else rng.uniform(0.8, 1.3)
        if hair.style == "ponytail"
        else 0.1
    )
    seeds = rng.integers(1 << 30)
    for x, y, side in places:
        if hair.style == "drills":
            _draw_drill(cel, part, (x + side * 0.15, y), 1.0 + 1.2 * hair.length, side)
            continue
        same = np.random.default_rng(seeds)  # both tails alike
        pen = HairPen(cel, design)
        count = max(4, int(same.integers(5, 9) * hair.count))
        across = np.linspace(-1, 1, count)
        for i in np.argsort(-np.abs(across)):
            u = float(across[i])
            tip = (x + side * out + u * spread * 0.8, y + long * (1 - 0.15 * abs(u)) + same.normal(0, 0.12))
            lock = Lock(
                width=spread * 0.52 * same.uniform(0.7, 1.1) * (7 / count) ** 0.5,
                bend=-side * same.uniform(0.16, 0.28) - u * 0.09,
                wave=0.06 * hair.waves * (1 + long * 0.2),
                root=0.25,
                hidden=(0.12 if u > -0.9 else 0.02, 0.12 if u < 0.9 else 0.02),
                crescent=0.08,
                inner=int(chance(rng, hair.fine)),
            )
            pen.draw((x + side * 0.05 + u * 0.05, y), tip, part, lock)
    if hair.style in ("braid", "braids"):
        sides = (-1.0, 1.0) if hair.style == "braids" and not head.profile else (-1.0,)
        for side in sides:
            _draw_braid(cel, design, head, part, side)


@piece
def draw_ties(cel: Cel, design: Design, head: Head) -> None:
    """Draw what ties the tails."""
    hair = design.hair
    for x, y, side in tail_places(design, head):
        at = (x + side * 0.1, y)
        part = cel.part("hair.tie", "cloth", Group.ACCESSORY, design.palette.accent)
        if hair.style == "ponytail" and hair.tie in ("scrunchie", "bead"):
            continue
        if hair.tie == "bow":
            draw_bow(cel, part, at, 0.32, turn=side * 0.7)
        elif hair.tie == "band":
            band = ellipse(*at, 0.11, 0.17, 24, turn=side * -0.4)
            cel.draw(band, part, 0.9, 0.04)
        elif hair.tie == "bead":
            for dx in (-0.09, 0.09):
                bead = ellipse(at[0] + dx, at[1] + dx * side * 0.4, 0.11, 0.11, 20)
                cel.draw(bead, part, 0.9, 0.04)
        else:
            angle = np.linspace(0, 2 * np.pi, 49)[:-1]
            radius = 0.17 + 0.025 * np.cos(angle * 8)
            ring = np.stack([at[0] + radius * np.cos(angle), at[1] + radius * 1.1 * np.sin(angle)], 1)
            cel.draw(ring, part, 0.9, 0.05)
            for k in np.linspace(0, 6, 6):
                a = np.array(at) + 0.06 * np.array([np.cos(k), np.sin(k)])
                cel.stroke(line(a, a + 0.08 * np.array([np.cos(k), np.sin(k)]), 4), 0.6, 0.4, 0.4)


@piece
def draw_buns(cel: Cel, design: Design, head: Head) -> None:
    """Draw buns on top of the head."""
    rng, style = cel.rng, design.hair.style
    part = cel.part("hair.bun", "hair", Group.TAIL, design.palette.hair)
    if style == "buns":
        places = [(head.hair_x - 0.82, head.top * 0.86), (head.hair_x + 0.82, head.top * 0.86)]
    else:
        places = [(head.hair_x - (0.75 if head.profile else 0.0), head.top * (0.8 if head.profile else 1.08))]
    radius = rng.uniform(0.32, 0.44)
    for x, y in places:
        bun = ellipse(x, y, radius, radius * 0.95, 30)
        cel.draw(bun, part, 1.15, 0.1)
        for k in (0.72, 0.42):
            turn = rng.uniform(0, 6)
            cel.stroke(ellipse(x, y, radius * k, radius * 0.9 * k, 30, turn=turn)[:20], 0.75, 0.4, 0.4)


def _draw_braid(cel: Cel, design: Design, head: Head, part: int, side: float) -> None:
    rng = cel.rng
    count, high = int(rng.integers(5, 9)), rng.uniform(0.26, 0.34)
    x = side * 0.95 + head.hair_x if not head.profile else -0.5
    way = spline(
        [(x, 0.75), (x + side * 0.08, 1.3), (x - side * 0.05, 1.9), (x - side * 0.12, 0.75 + high * count)], 10
    )
    knots = resample(way, 0.02)
    knots = knots[:: max(1, int(high * 0.82 / 0.02))][: count + 2]
    pen = HairPen(cel, design)
    end = knots[-1]
    for k in (-1, 0, 1):
        pen.draw(
            end, end + (0.1 * k, 0.5 - abs(k) * 0.1), part, Lock(width=0.09, root=0.6, hidden=(0.1, 0.1), crescent=0.03)
        )
    for i, knot in enumerate(knots):
        for e in (-1.0, 1.0) if i % 2 else (1.0, -1.0):
            w = 0.17 * (1 - 0.04 * i)
            strand = (
                splines(
                    6,
                    [(-e * 0.03, high * 0.62), (e * w * 0.95, high * 0.1), (e * w * 1.05, -high * 0.28)],
                    [
                        (e * w * 1.05, -high * 0.28),
                        (e * w * 0.5, -high * 0.42),
                        (-e * 0.05, -high * 0.1),
                        (-e * 0.06, high * 0.35),
                    ],
                )
                + knot
            )
            cel.draw(strand, part, 1.0, 0.06)
            way = spline([(e * w * 0.75, -high * 0.18), (e * w * 0.5, high * 0.1), (e * 0.02, high * 0.4)], 6) + knot
            cel.stroke(way, 0.55, 0.2, 0.5)
    tie = end + (0, high * 0.5)
    band = as_points([(-0.1, -0.05), (0.1, -0.05), (0.09, 0.06), (-0.09, 0.06)]) + tie
    cel.draw(band, cel.part("hair.tie", "cloth", Group.ACCESSORY, design.palette.accent), 0.9)


def _draw_drill(cel: Cel, part: int, at: tuple[float, float], long: float, side: float) -> None:
    """A ringlet: turns that get smaller downward."""
    turns = max(4, int(long / 0.3))
    way = spline([at, (at[0] + side * 0.12, at[1] + long * 0.5), (at[0] + side * 0.02, at[1] + long)], 12)
    knots = resample(way, long / turns, turns + 1)
    normal = normals(knots)
    for i in range(turns, 0, -1):
        a, b = knots[i - 1], knots[i]
        wide = 0.33 * (1 - (i - 1) / turns) ** 0.6 + 0.05
        narrow = 0.33 * (1 - i / turns) ** 0.6 + 0.03
        n = normal[i] * side
        top, low = (b - a) * -0.25, (b - a) * 0.35
        turn: Points = splines(
            8,
            [a - n * wide + top * 0.2, a + top - n * 0.02, a + n * wide + top * -0.4],
            [b + n * narrow * 1.1 + low * 0.2, b + low * 0.9, b - n * narrow + low * -0.3],
        )
        cel.draw(turn, part, 1.0, 0.07)
        ahead = direction(a - n * wide, a + n * wide)
        cel.stroke(spline([a - n * wide * 0.5 + low * 0.5, b - ahead * narrow * 0.2 + low * 0.1], 6), 0.6, 0.4, 0.5)
