"""Hair: what lies behind the head, and cap, side locks and bangs in front of it. Tails are in tails.py."""

import numpy as np

from .canvas import Canvas, Group
from .curves import Points, as_points, bezier, ellipse, spline, tufts
from .design import Design, chance
from .face import Head, is_dark
from .locks import HairPen, Lock
from .palette import shaded

SIDE_LENGTHS = {
    "bob": (0.9, 1.4), "long": (1.0, 2.4), "wavy": (1.1, 2.2), "half up": (0.9, 2.0), "twin tails": (0.7, 1.7), "ponytail": (0.6, 1.4),
    "side tail": (0.7, 1.6), "buns": (0.7, 1.5), "braids": (0.6, 1.2), "braid": (0.7, 1.6), "drills": (0.7, 1.2), "bun": (0.35, 0.6),
}  # fmt: skip
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


def hair_parts(canvas: Canvas, design: Design) -> tuple[int, int, int]:
    """Ids of back hair, side locks and front hair."""
    palette = design.palette
    return (
        canvas.part("hair.back", "hair", Group.BACK_HAIR, palette.inner_hair),
        canvas.part("hair.side", "hair", Group.SIDE_HAIR, palette.hair),
        canvas.part("hair.front", "hair", Group.FRONT_HAIR, palette.hair),
    )


def draw_back_hair(canvas: Canvas, design: Design, head: Head) -> None:
    """Draw what hangs behind the neck."""
    hair, rng = design.hair, canvas.rng
    part = hair_parts(canvas, design)[0]
    if hair.style == "bald":
        return
    if hair.style == "curly":
        _draw_curls(canvas, design, head, part, front=False)
        return
    pen = HairPen(canvas, design)
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
    _back_mass(canvas, part, x, volume, long, wide)
    if hair.style in TIED:
        if not head.back:
            _shade_inside(canvas, x, long)
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
        _shade_inside(canvas, x, long)


def _back_mass(canvas: Canvas, part: int, x: float, volume: float, long: float, wide: float) -> None:
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
    canvas.fill(mass, part)
    canvas.stroke(mass, 1.1, 0.05, 0.05)
    canvas.fill(crown, part)


def _shade_inside(canvas: Canvas, x: float, long: float) -> None:
    """The hair behind neck and face lies in shadow, with a jagged lower edge."""
    rng = canvas.rng
    across = np.linspace(-1.15, 1.15, 19)
    teeth = np.array([0.28 if i % 2 else -0.1 for i in range(19)]) * rng.uniform(0.6, 1.2, 19)
    down = min(long * 0.9, 1.9) + teeth - 0.5 * np.abs(across)
    shape = np.vstack([[(x - 1.0, 0.0)], np.stack([across + x, down], 1), [(x + 1.0, 0.0)]])
    canvas.shade_shape(shape, [Group.BACK_HAIR])


def draw_front_hair(canvas: Canvas, design: Design, head: Head) -> None:
    """Draw cap, side locks, bangs and highlights."""
    hair = design.hair
    _, side, front = hair_parts(canvas, design)
    if hair.style == "bald":
        _draw_bald(canvas, design, head, side)
        return
    if hair.style == "curly":
        _draw_curls(canvas, design, head, front, front=True)
        return
    pen = HairPen(canvas, design)
    if hair.style in ("crew", "undercut"):
        _draw_crew(canvas, design, head, front, undercut=hair.style == "undercut")
        if hair.style == "crew":
            return
    else:
        _draw_cap(canvas, design, head, pen, front)
    if hair.style != "slick" and hair.style != "undercut":
        _draw_side_locks(design, head, pen, side)
    if not head.back:
        _draw_bangs(design, head, pen, front)
    _draw_strays(canvas, design, head, pen, front)
    if hair.shine:
        _draw_shine(canvas, design, head)
    if canvas.rng.random() < 0.4:
        _shade_rim(canvas, head)


def crown_of(canvas: Canvas, head: Head) -> Points:
    """Where the hair parts on top."""
    x = head.hair_x - 0.1 * head.yaw + (0.05 if head.profile else canvas.rng.uniform(-0.15, 0.15))
    return np.array([x, head.top * 0.86])


def _cap_arc(head: Head) -> Points:
    x, half, top = head.hair_x, head.half, head.top
    low = 0.25
    if head.profile:
        return spline(
            [
                (x - half * 0.98, 0.5),
                (x - half * 1.05, -0.1),
                (x - half * 0.84, top * 0.72),
                (x - 0.05, top),
                (x + half * 0.66, top * 0.78),
                (x + half * 0.9, -0.42),
            ],
            12,
        )
    return spline([(x - half, low), (x - half, -0.3), (x - half * 0.72, top * 0.78), (x, top), (x + half * 0.72, top * 0.78), (x + half, -0.3), (x + half, low)], 12)  # fmt: skip


def _hairline(head: Head, high: float = 0.0) -> Points:
    """The lower edge of the cap, from the far (right) side to the near one; `high` lifts it off the brows."""
    x, half, face = head.hair_x, head.half, head.face_x * 0.92
    if head.back:
        return spline([(x + half * 0.95, 0.3), (x + 0.7, 0.8), (x, 0.95), (x - 0.7, 0.8), (x - half * 0.95, 0.3)], 8)
    if head.profile:
        return spline([(x + half * 0.88, -0.4 - high), (0.42, -0.38 - high), (0.26, -0.1), (0.22, 0.3), (0.04, 0.12), (-0.16, -0.08), (-0.42, 0.1), (-0.52, 0.55), (x - half * 0.9, 0.62)], 8)  # fmt: skip
    return spline([(x + half * 0.92, 0.35), (face + 0.86, -0.05), (face + 0.45, -0.33 - high), (face, -0.4 - high * 0.9), (face - 0.45, -0.33 - high), (face - 0.86, -0.05), (x - half * 0.92, 0.35)], 8)  # fmt: skip


def _draw_cap(canvas: Canvas, design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, rng = design.hair, canvas.rng
    arc = _cap_arc(head)
    low = _hairline(head, 0.18 if hair.bangs == "none" else 0.0)
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
        canvas.fill(np.vstack([rim, low]), part, crescent=0.14)
        for edge in edges:
            canvas.stroke(edge[:9], canvas.style.contour, 0.12, 0.05)
            canvas.stroke(edge[8:], canvas.style.contour, 0.05, 0.12)
            if rng.random() < 0.75:  # the valley goes on inward
                inward = edge[-1] + (as_points((head.hair_x, -0.25))[0] - edge[-1]) * rng.uniform(0.15, 0.4)
                canvas.stroke(
                    bezier(edge[-3], edge[-1], (edge[-1] + inward) / 2 + rng.normal(0, 0.02, 2), inward, 10),
                    0.8,
                    0.05,
                    0.8,
                )
    else:
        canvas.fill(np.vstack([arc, low]), part, crescent=0.16)
        canvas.stroke(arc, canvas.style.contour * 1.05, 0.05, 0.05)
    if hair.bangs == "none" and not head.back:
        canvas.stroke(low, 0.9, 0.1, 0.1)
        _draw_combed(canvas, head, low)
    else:
        canvas.stroke(low, 0.8, 0.1, 0.1)
    crown = crown_of(canvas, head)
    for _ in range(int(3 + hair.fine * 9)):
        angle = rng.uniform(0.1, np.pi - 0.1)
        end = crown + (np.cos(angle) * head.half * 0.93, 0.0)
        end[1] = np.sin(angle) * head.top * 0.45 - 0.1
        way = bezier(crown, crown + (np.cos(angle) * 0.5 * head.half, 0.0), end + (0, -0.3), end, 20)
        a = int(rng.integers(1, 8))
        canvas.stroke(way[a : a + int(rng.integers(7, 12))], 0.65, 0.5, 0.5)


def _draw_combed(canvas: Canvas, head: Head, low: Points) -> None:
    """Lines of hair that is combed back from the hairline."""
    rng = canvas.rng
    middle = as_points((head.hair_x - (0.3 if head.profile else 0.0), head.top * 0.8))[0]
    for k in np.linspace(0.1, 0.9, int(rng.integers(5, 10))):
        start = low[int(k * (len(low) - 1))]
        end = start + (middle - start) * rng.uniform(0.3, 0.75)
        canvas.stroke(bezier(start, start + (0, -0.12), end + (0, 0.1), end, 12), 0.65, 0.1, 0.7)


def _draw_crew(canvas: Canvas, design: Design, head: Head, part: int, undercut: bool) -> None:
    rng = canvas.rng
    arc, low = _cap_arc(head), _hairline(head, 0.14)
    color = shaded(design.palette.hair, 0.84) if undercut else design.palette.hair
    name = "hair.shaved" if undercut else "hair.front"
    canvas.fill(np.vstack([arc, low]), canvas.part(name, "hair", Group.FRONT_HAIR, color), crescent=0.16)
    canvas.stroke(arc, canvas.style.contour, 0.05, 0.05)
    canvas.stroke(low, 0.8, 0.05, 0.05)
    for _ in range(int(rng.integers(14, 30))):
        angle = rng.uniform(0.1, np.pi - 0.1)
        at = np.array(
            [
                head.hair_x + np.cos(angle) * head.half * rng.uniform(0.6, 0.95),
                -0.25 + np.sin(angle) * head.top * rng.uniform(0.5, 0.8),
            ]
        )
        canvas.stroke(np.stack([at, at + (np.cos(angle) * 0.05, -0.06)]), 0.5, 0.3, 0.6)
    if undercut and part:
        top = canvas.part("hair.front", "hair", Group.FRONT_HAIR, design.palette.hair)
        x, half = head.hair_x, head.half
        crest = spline([(x - half * 0.8, head.top * 0.55), (x - half * 0.55, head.top * 0.95), (x, head.top * 1.1), (x + half * 0.6, head.top * 0.92), (x + half * 0.82, head.top * 0.45), (x + 0.3, head.top * 0.5), (x - 0.3, head.top * 0.5)], 8, closed=True)  # fmt: skip
        canvas.fill(crest, top, crescent=0.12)
        canvas.outline(crest, 1.0)


def _draw_bald(canvas: Canvas, design: Design, head: Head, part: int) -> None:
    x = head.hair_x * 0.6
    dome = spline([(x - 0.9, -0.2), (x - 0.72, -0.85), (x, -1.1), (x + 0.72, -0.85), (x + 0.9, -0.2)], 10) * (
        design.face.width,
        1,
    )
    if head.profile:
        dome = spline([(-0.95, 0.35), (-1.0, -0.3), (-0.6, -0.95), (0.0, -1.08), (0.6, -0.85), (0.76, -0.5)], 10)
    skin = canvas.part("skin.face", "skin", Group.FACE, design.palette.skin)
    closing = [(0.6, -0.2), (-0.2, 0.6)] if head.profile else [(0.7, 0.0), (-0.7, 0.0)]
    canvas.fill(np.vstack([dome, closing]), skin, flat_only=True)
    canvas.stroke(dome, canvas.style.contour, 0.02, 0.02)
    shine = ellipse(x + 0.3 * canvas.light_x, -0.78, 0.16, 0.07, 20, turn=0.3 * canvas.light_x)
    canvas.light_shape(shine, [Group.FACE])
    if design.age == "elder" and not head.profile:
        for side in (-1.0, 1.0):
            base = spline([(0.86, -0.35), (0.98, -0.05), (0.98, 0.3), (0.9, 0.5)], 6) * (side, 1) + (x, 0)
            edges = tufts(
                base[::3] if side > 0 else base[::-3], canvas.rng.uniform(0.08, 0.18, len(base[::3]) - 1), 0.0
            )
            patch = np.vstack(
                [*edges, as_points([(x + side * 0.8, 0.3), (x + side * 0.76, -0.2)][:: 1 if side > 0 else -1])]
            )
            canvas.fill(patch, part, crescent=0.05)
            canvas.outline(patch, 1.0)


def _draw_curls(canvas: Canvas, design: Design, head: Head, part: int, front: bool) -> None:
    """Curly hair: bumps with one outline, and arcs within."""
    hair, rng = design.hair, canvas.rng
    x, half, top = head.hair_x, head.half * (1.0 + 0.2 * hair.length), head.top * (1.0 + 0.14 * hair.length)
    size = 0.2 + 0.14 * rng.random()
    shapes: list[Points] = []
    if front:
        arc, low = _cap_arc(head), _hairline(head)
        shapes.append(np.vstack([arc, low]))
        count = int(2.2 / size * 2)
        ways = [arc[np.linspace(0, len(arc) - 1, count).astype(int)]]
        if not head.back:
            ways.append(low[np.linspace(6, len(low) - 7, max(4, count // 2)).astype(int)] + (0, -0.03))
        for way in ways:
            for at in way:
                shapes.append(
                    ellipse(
                        *(at + rng.normal(0, 0.03, 2)), size * rng.uniform(0.8, 1.15), size * rng.uniform(0.75, 1.1), 20
                    )
                )
    else:
        long = 0.6 + 1.4 * hair.length * (not design.male)
        shapes.append(ellipse(x, 0.0, half * 0.95, -top, 40))
        for angle in np.linspace(-0.5 * np.pi - 2.4, -0.5 * np.pi + 2.4, int(3.6 / size)):
            at = (x + np.cos(angle) * half * 0.98, -0.05 + np.sin(angle) * (-top if np.sin(angle) < 0 else long))
            shapes.append(ellipse(*at, size * rng.uniform(0.9, 1.2), size * rng.uniform(0.9, 1.2), 20))
    canvas.fill_merged(shapes, part, canvas.style.contour, crescent=0.13)
    for shape in shapes[1:]:
        if rng.random() < 0.55:
            middle = shape.mean(0)
            start = int(rng.integers(20))
            curl = np.roll(middle + (shape - middle) * rng.uniform(0.45, 0.8), start, 0)[: int(rng.integers(7, 13))]
            canvas.stroke(curl, 0.7, 0.3, 0.5)
    if front and hair.shine:
        _draw_shine(canvas, design, head)


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


def _draw_bangs(design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, eyes, rng = design.hair, design.eyes, pen.rng
    kind = hair.bangs
    if kind == "none":
        return
    if head.profile:
        _draw_profile_bangs(design, head, pen, part)
        return
    wide, middle = 0.86, 0.9 * head.face_x
    count = max(4, int(rng.integers(5, 10) * hair.count))
    if kind == "blunt":
        count = int(count * 1.3)
    if kind == "swoop":
        count = max(3, count // 2 + 1)
    parting = {
        "sweep": (-0.45 if rng.random() < 0.5 else 0.45) + middle,
        "swoop": (-0.6 if rng.random() < 0.5 else 0.6) + middle,
        "part": middle + rng.normal(0, 0.05),
    }.get(kind, middle + rng.normal(0, 0.1))
    across = np.linspace(-wide, wide, count) + middle * 0.78 + rng.normal(0, 0.03, count)
    base = eyes.level - eyes.b - 0.02 + rng.uniform(-0.1, 0.08)
    if eyes.kind in ("dot", "oval", "cartoon"):
        base -= 0.08
    for i in np.argsort(-np.abs(across - parting) + rng.normal(0, 0.12, count)):
        x = float(across[i])
        away = x - parting
        side = float(np.sign(away)) or 1.0
        y = base + 0.22 * (abs(x - middle) / wide) ** 2 + rng.normal(0, 0.05)
        bend, blunt, width = -0.06 * side * min(1.0, abs(away)), 0.0, 1.12 * wide / count * rng.uniform(0.9, 1.25)
        start = np.array(
            [
                parting * 0.6 + (x - parting * 0.6) * 0.42 + head.hair_x * 0.3,
                head.top * 0.8 + 0.28 * abs(x - parting * 0.6) ** 1.6,
            ]
        )
        if kind == "blunt":
            blunt, width, bend = 0.55, 1.02 * wide / count, bend * 0.7
            y = base + 0.05 + 0.1 * (abs(x - middle) / wide) ** 3 + rng.normal(0, 0.015)
        elif kind == "sweep":
            x, bend, y = x + side * 0.16, -0.17 * side, base + 0.05 + 0.12 * abs(away) + rng.normal(0, 0.05)
            start[0] = parting * 0.85 + (x - parting) * 0.25
        elif kind == "swoop":
            x, bend, y = x + side * 0.2, -0.26 * side, base - 0.12 + 0.22 * abs(away) + rng.normal(0, 0.05)
            start = np.array([parting * 0.8 + away * 0.3, head.top * 0.74])
            width *= 1.1
        elif kind == "part":
            x, bend, y = x + side * 0.2, -0.24 * side, base - 0.1 + 0.38 * min(1.0, abs(away)) + rng.normal(0, 0.04)
            start[0] = parting + away * 0.18
        elif kind == "messy":
            x, bend, y = x + rng.normal(0, 0.1), bend + rng.normal(0, 0.09), y + 0.06 + rng.normal(0, 0.06)
        elif kind == "zigzag":
            y = base + 0.06 * (1 if i % 2 else -1) + 0.2 * (abs(x - middle) / wide) ** 2
        if abs(x - middle) < 0.8:  # tips may reach the lashes, no further
            over_eye = min(abs(x - eye_x) for eye_x, _, _ in head.eyes) < 0.22
            y = min(y, eyes.level - eyes.b * (0.55 if over_eye else -0.3))
        hide = rng.uniform(hair.reach, hair.reach + 0.3, 2)
        lock = Lock(
            width=width,
            bend=bend,
            wave=0.014 * hair.waves,
            blunt=blunt,
            hidden=(float(hide[0]), float(hide[1])),
            crescent=rng.uniform(0.03, 0.07),
            inner=int(rng.poisson(hair.fine * 1.2)),
        )
        streak = hair.streak and i == count // 2
        pen.draw(
            start,
            (x, y),
            pen.canvas.part("hair.streak", "hair", Group.FRONT_HAIR, design.palette.accent) if streak else part,
            lock,
        )


def _draw_profile_bangs(design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, eyes, rng = design.hair, design.eyes, pen.rng
    front = 0.8 * design.face.width + 0.06
    base = eyes.level - eyes.b * 0.9
    count = max(3, int(rng.integers(4, 7) * hair.count))
    for i in range(count):
        k = i / (count - 1)
        tip = np.array([front + 0.1 - 0.62 * k + rng.normal(0, 0.02), base + 0.14 * k + rng.normal(0, 0.03)])
        if abs(tip[0] - head.eyes[0][0]) < 0.2:
            tip[1] = min(tip[1], eyes.level - eyes.b * 0.55)
        start = np.array([0.2 - 0.2 * k, head.top * 0.8 + 0.1 * k])
        bend = -0.3 + 0.16 * k
        if hair.bangs in ("part", "swoop"):
            bend, tip[0] = -0.42 + 0.16 * k, tip[0] - 0.06
        blunt = 0.5 if hair.bangs == "blunt" else 0.0
        hide = rng.uniform(hair.reach, hair.reach + 0.3, 2)
        lock = Lock(width=0.5 / count * rng.uniform(0.9, 1.2), bend=bend, blunt=blunt, hidden=(float(hide[0]) * (0.3 if i == 0 else 1.0), float(hide[1])), inner=int(rng.poisson(hair.fine)))  # fmt: skip
        pen.draw(start, tip, part, lock)


def _draw_strays(canvas: Canvas, design: Design, head: Head, pen: HairPen, part: int) -> None:
    hair, rng = design.hair, canvas.rng
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


def _draw_shine(canvas: Canvas, design: Design, head: Head) -> None:
    """The highlight that rings the head."""
    rng, kind = canvas.rng, design.hair.shine
    x, half, y = head.hair_x, head.half, head.top * rng.uniform(0.5, 0.7)
    groups = [Group.FRONT_HAIR, Group.SIDE_HAIR]
    if kind == "spots" or is_dark(design.palette.hair):
        for k in range(int(rng.integers(1, 4))):
            angle = np.pi * (0.5 - canvas.light_x * (0.12 + 0.1 * k))
            at = (x + np.cos(angle) * half * 0.75, y + 0.38 - np.sin(angle) * 0.45)
            canvas.light_shape(
                ellipse(*at, 0.1 / (k + 1) ** 0.5, 0.17 / (k + 1) ** 0.5, 18, turn=canvas.light_x * 0.5),
                groups,
                ["hair"],
            )
        return
    teeth = int(rng.integers(9, 20))
    amount = rng.uniform(0.08, 0.2) if kind == "zigzag" else 0.03
    sweep = (0.9, 0.1) if rng.random() < 0.5 else ((0.9, 0.55) if canvas.light_x < 0 else (0.45, 0.1))
    u = np.linspace(0, 1, 6 * teeth + 1)
    angle = np.pi * (sweep[0] + (sweep[1] - sweep[0]) * u)
    fade = np.sin(np.pi * u) ** 0.5
    heights = np.interp(u * teeth, np.arange(teeth + 1), rng.uniform(0.2, 1, teeth + 1))
    saw = np.abs(((u * teeth) % 1) - 0.5) * 2
    bx, by = x + np.cos(angle) * half * 0.86, y + 0.38 - np.sin(angle) * 0.42
    upper = np.stack([bx, by - amount * 0.35 * fade * heights * saw], 1)
    lower = np.stack([bx, by + fade * ((0.035 if kind == "zigzag" else 0.09) + amount * heights * (1 - saw))], 1)
    canvas.light_shape(np.vstack([upper, lower[::-1]]), groups, ["hair"])


def _shade_rim(canvas: Canvas, head: Head) -> None:
    """Shade the hair far from the light, with a ragged border."""
    rng = canvas.rng
    angle = np.linspace(0, 2 * np.pi, 73)
    ragged = 1 + np.where(np.arange(73) % 2, rng.uniform(0, 0.14, 73), -0.02)
    shift = rng.uniform(0.2, 0.42)
    x = head.hair_x + canvas.light_x * shift + np.cos(angle) * head.half * 1.05 * ragged
    y = -0.1 - 0.1 * shift + np.sin(angle) * 1.25 * ragged * 1.1
    lit = canvas.mask(np.stack([x, y], 1)) > 0
    canvas.shade[canvas.where([Group.FRONT_HAIR, Group.SIDE_HAIR], ["hair"]) & ~lit] = 255
