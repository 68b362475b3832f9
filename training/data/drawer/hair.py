"""Hair: what lies behind the head, and cap, side locks and bangs in front of it. Tails are in tails.py."""

import numpy as np

from .bangs import draw_bangs
from .cel import Cel, Group, piece
from .curves import as_points, bezier, ellipse, spline, tufts
from .design import Design, chance
from .hair_geometry import cap_arc, crown_of, draw_shine, hairline, shade_rim
from .head import Head
from .locks import HairPen, Lock
from .short_hair import draw_bald, draw_combed, draw_crew, draw_curls

SIDE_LENGTHS = {
    "bob": (0.9, 1.4),
    "long": (1.0, 2.4),
    "wavy": (1.1, 2.2),
    "half up": (0.9, 2.0),
    "twin tails": (0.7, 1.7),
    "ponytail": (0.6, 1.4),
    "side tail": (0.7, 1.6),
    "buns": (0.7, 1.5),
    "braids": (0.6, 1.2),
    "braid": (0.7, 1.6),
    "drills": (0.7, 1.2),
    "bun": (0.35, 0.6),
}
TIED = (
    "twin tails",
    "ponytail",
    "side tail",
    "buns",
    "braid",
    "braids",
    "drills",
    "bun",
    "bald",
    "crew",
    "slick",
    "undercut",
)


def hair_parts(cel: Cel, design: Design) -> tuple[int, int, int]:
    """Ids of back hair, side locks and front hair."""
    palette = design.palette
    return (
        cel.part("hair.back", "hair", Group.BACK_HAIR, palette.inner_hair),
        cel.part("hair.side", "hair", Group.SIDE_HAIR, palette.hair),
        cel.part("hair.front", "hair", Group.FRONT_HAIR, palette.hair),
    )


@piece
def draw_back_hair(cel: Cel, design: Design, head: Head) -> None:
    """Draw what hangs behind the neck."""
    hair, rng = design.hair, cel.rng
    part = hair_parts(cel, design)[0]
    if hair.style == "bald":
        return
    if hair.style == "curly":
        draw_curls(cel, design, head, part, front=False)
        return
    pen = HairPen(cel, design)
    x, volume = head.hair_x, hair.volume
    share = hair.length
    if hair.style in ("long", "wavy", "half up"):
        long, wide = 2.2 + 2.6 * share, rng.uniform(1.2, 1.65)
    elif hair.style == "bob":
        long, wide = 1.0 + 0.5 * share, 1.12 + volume * 0.6
    elif hair.style in TIED:
        long, wide = 0.72, 0.9
    else:
        long, wide = 0.7 + 0.4 * share, 0.92
    if head.profile:
        x -= 0.28 + 0.1 * (hair.style in ("long", "wavy"))
        wide *= 0.78
    _back_mass(cel, part, x, volume, long, wide)
    if hair.style in TIED:
        if not head.back:
            _shade_inside(cel, x, long)
        return
    count = int((rng.integers(9, 16) if long > 1.6 else rng.integers(7, 11)) * hair.count)
    across = np.linspace(-1, 1, count)
    for i in np.argsort(-np.abs(across) + rng.normal(0, 0.35, count)):
        at = float(across[i])
        tip = (
            x + at * wide * rng.uniform(0.95, 1.12),
            long * (1 - 0.1 * abs(at)) + rng.normal(0, 0.09) * (0.6 + long * 0.35),
        )
        start = (x + at * 0.82 * min(1.0, wide), -0.5 + 0.25 * rng.random())
        bend = -0.1 * np.sign(at) * abs(at) + rng.normal(0, 0.02)
        if hair.flip and hair.style in ("bob", "pixie", "tousled") and not head.profile:
            tip = (tip[0] + 0.34 * at, tip[1] - 0.12 * abs(at))
            bend = 0.2 * at
        lock = Lock(
            width=wide * 2.0 / count * rng.uniform(0.75, 1.2),
            bend=bend,
            wave=0.05 * hair.waves * (1 + long * 0.3),
            root=0.6,
            hidden=(0.35 if at > -0.8 else 0.05, 0.35 if at < 0.8 else 0.05),
            crescent=0.07,
            inner=int(chance(rng, hair.fine)) * 2,
        )
        pen.draw(start, tip, part, lock)
    if not head.back:
        _shade_inside(cel, x, long)


def _back_mass(cel: Cel, part: int, x: float, volume: float, long: float, wide: float) -> None:
    low, near = long * 0.82, wide * 0.9
    crown = ellipse(x, -0.12, 1.02 + volume * 0.5, 1.05, 30)
    crown[:, 1] = np.minimum(crown[:, 1], 0.1)
    half = [
        (1.0 + volume * 0.4, -0.1),
        (0.55 + 0.55 * near, 0.5),
        (near, max(0.8, low * 0.7)),
        (near * 0.85, low * 0.93),
    ]
    knots = [(x - a, b) for a, b in half] + [(x, low * 0.97)] + [(x + a, b) for a, b in reversed(half)]
    mass = spline(knots, 10)
    cel.fill(mass, part)
    cel.stroke(mass, 1.1, 0.05, 0.05)
    cel.fill(crown, part)


def _shade_inside(cel: Cel, x: float, long: float) -> None:
    """The hair behind neck and face lies in shadow, with a jagged lower edge."""
    rng = cel.rng
    across = np.linspace(-1.15, 1.15, 19)
    teeth = np.array([0.28 if i % 2 else -0.1 for i in range(19)]) * rng.uniform(0.6, 1.2, 19)
    down = min(long * 0.9, 1.9) + teeth - 0.5 * np.abs(across)
    shape = np.vstack([[(x - 1.0, 0.0)], np.stack([across + x, down], 1), [(x + 1.0, 0.0)]])
    cel.shade_shape(shape, [Group.BACK_HAIR])


@piece
def draw_front_hair(cel: Cel, design: Design, head: Head) -> None:
    """Draw cap, side locks, bangs and highlights."""
    hair = design.hair
    _, side, front = hair_parts(cel, design)
    if hair.style == "bald":
        draw_bald(cel, design, head, side)
        return
    if hair.style == "curly":
        draw_curls(cel, design, head, front, front=True)
        return
    pen = HairPen(cel, design)
    if hair.style in ("crew", "undercut"):
        draw_crew(cel, design, head, front, undercut=hair.style == "undercut")
        if hair.style == "crew":
            return
    else:
        _draw_cap(cel, design, head, pen, front)
    if hair.style != "slick" and hair.style != "undercut":
        _draw_side_locks(design, head, pen, side)
    if not head.back:
        draw_bangs(design, head, pen, front)
    _draw_strays(cel, design, head, pen, front)
    if hair.shine:
        draw_shine(cel, design, head)
    if cel.rng.random() < 0.4:
        shade_rim(cel, head)


def _draw_cap(cel: Cel, design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, rng = design.hair, cel.rng
    arc = cap_arc(head)
    low = hairline(head, 0.18 if hair.bangs == "none" else 0.0)
    ragged = hair.style in ("spiky", "tousled", "pixie")
    if ragged:
        reach = {"spiky": (0.3, 0.6), "tousled": (0.12, 0.26), "pixie": (0.03, 0.09)}[hair.style]
        count = max(6, int({"spiky": 11, "tousled": 13, "pixie": 12}[hair.style] * hair.count * rng.uniform(0.85, 1.2)))
        at = np.linspace(0, len(arc) - 1, count + 1)
        at[1:-1] += rng.normal(0, 1.2, count - 1)
        base = arc[np.clip(np.rint(np.sort(at)).astype(int), 0, len(arc) - 1)]
        u = np.linspace(-1, 1, count)
        lean = -u * 0.25 * reach[1] + rng.normal(0, 0.12, count) + rng.normal(0, 0.1)
        edges = tufts(base, rng.uniform(*reach, count), lean, depth=0.04, round_out=0.2 if hair.angular else 0.4)
        rim = np.vstack(edges)
        cel.fill(np.vstack([rim, low]), part, crescent=0.14)
        for edge in edges:
            cel.stroke(edge[:9], cel.style.contour, 0.12, 0.05)
            cel.stroke(edge[8:], cel.style.contour, 0.05, 0.12)
            if rng.random() < 0.75:  # the valley goes on inward
                inward = edge[-1] + (as_points((head.hair_x, -0.25))[0] - edge[-1]) * rng.uniform(0.15, 0.4)
                way = bezier(edge[-3], edge[-1], (edge[-1] + inward) / 2 + rng.normal(0, 0.02, 2), inward, 10)
                cel.stroke(way, 0.8, 0.05, 0.8)
    else:
        cel.fill(np.vstack([arc, low]), part, crescent=0.16)
        cel.stroke(arc, cel.style.contour * 1.05, 0.05, 0.05)
    if hair.bangs == "none" and not head.back:
        cel.stroke(low, 0.9, 0.1, 0.1)
        draw_combed(cel, head, low)
    else:
        cel.stroke(low, 0.8, 0.1, 0.1)
    crown = crown_of(cel, head)
    for _ in range(int(3 + hair.fine * 9)):
        angle = rng.uniform(0.1, np.pi - 0.1)
        end = crown + (np.cos(angle) * head.half * 0.93, 0.0)
        end[1] = np.sin(angle) * head.top * 0.45 - 0.1
        way = bezier(crown, crown + (np.cos(angle) * 0.5 * head.half, 0.0), end + (0, -0.3), end, 20)
        a = int(rng.integers(1, 8))
        cel.stroke(way[a : a + int(rng.integers(7, 12))], 0.65, 0.5, 0.5)


def _draw_side_locks(design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, rng = design.hair, pen.rng
    low, high = SIDE_LENGTHS.get(hair.style, (0.4, 0.85))
    long = low + (high - low) * rng.random()
    if design.male:
        long = min(long, 0.9)
    x, half, top = head.hair_x, head.half, head.top
    if head.back:
        long, sides = max(long, 1.0), [-1.0, 1.0]
    else:
        sides = [-1.0] if head.profile else [-1.0, 1.0]
    for side in sides:
        count = max(2, int(rng.integers(2, 5) * hair.count))
        for i in range(count):
            k = i / (count - 1)
            far = max(0.0, head.yaw * side)
            if head.profile:
                end = 0.2 - 0.42 * k + rng.normal(0, 0.03)
                tip = np.array(
                    [end, (0.45 + 0.4 * long) * (1 - 0.25 * abs(k - 0.3)) if hair.cropped else long * (1 - 0.2 * k)]
                )
                start = np.array([end * 0.5 + 0.05, top * 0.5])
                bend = 0.1 * (1 if k > 0.5 else -1)
            else:
                out = x * 0.6 * (1 - far) + side * (half * 0.98 - (0.2 + 0.02 * long) * k * (1 - 0.75 * far))
                reach = (
                    long * (1 - 0.28 * k * rng.uniform(0.2, 1.3))
                    if long < 1
                    else long * (1 - 0.3 * (1 - k) * rng.random())
                )
                tip = np.array([out - side * 0.1 * k * (1 - far) + rng.normal(0, 0.03), reach])
                start = np.array([x + side * half * 0.66, top * 0.55 + 0.05 * i])
                bend = -side * (0.13 + 0.03 * far)
            lock = Lock(
                width=0.17 * rng.uniform(0.8, 1.25) / max(0.8, hair.count**0.5),
                bend=bend + rng.normal(0, 0.02),
                wave=0.055 * hair.waves * max(1.0, long * 0.7),
                root=0.6,
                crescent=0.05,
                inner=int(chance(rng, hair.fine * 0.7)),
            )
            pen.draw(start, tip, part, lock)


def _draw_strays(cel: Cel, design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, rng = design.hair, cel.rng
    for _ in range(int(rng.poisson(2.5 * hair.fine))):
        side = -1.0 if rng.random() < 0.5 else 1.0
        at = np.array([head.hair_x + side * head.half * rng.uniform(0.75, 1.0), rng.uniform(-0.6, 0.2)])
        pen.strand(at, at + (side * rng.uniform(0.05, 0.3), rng.uniform(0.4, 0.9)), side * -0.2)
    if hair.ahoge and hair.style != "slick":
        x = head.hair_x
        for _ in range(int(rng.integers(1, 3))):
            side = -1.0 if rng.random() < 0.5 else 1.0
            lock = Lock(width=0.07, bend=-side * 0.35, hidden=(0.05, 0.05), crescent=0.02)
            pen.draw(
                (x, head.top + 0.06), (x + side * rng.uniform(0.2, 0.5), head.top - rng.uniform(0.15, 0.4)), part, lock
            )
