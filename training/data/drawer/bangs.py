"""Bangs: locks over the forehead, whose tips reach the lashes and no further."""

import numpy as np

from .cel import Group
from .design import Design
from .head import Head
from .locks import HairPen, Lock


def draw_bangs(design: Design, head: Head, pen: HairPen, part: int) -> None:
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
    shift = 0.24 * 0.9 * (design.stance - design.yaw)  # of the face's middle, from here to where the stance has it
    order = -np.abs(across - parting - 0.22 * shift) + rng.normal(0, 0.12, count)
    for i in np.argsort(order):
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
        if abs(x - middle - 0.22 * shift) < 0.8:  # tips may reach the lashes, no further
            over_eye = min(abs(x - eye_x - 0.22 * shift) for eye_x, _, _ in head.eyes) < 0.22
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
            pen.cel.part("hair.streak", "hair", Group.FRONT_HAIR, design.palette.accent) if streak else part,
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
        lock = Lock(
            width=0.5 / count * rng.uniform(0.9, 1.2),
            bend=bend,
            blunt=blunt,
            hidden=(float(hide[0]) * (0.3 if i == 0 else 1.0), float(hide[1])),
            inner=int(rng.poisson(hair.fine)),
        )
        pen.draw(start, tip, part, lock)
