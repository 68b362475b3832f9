"""Where hair begins and ends on a head, and its highlights and shadows."""

import numpy as np

from .cel import Cel, Group
from .curves import Points, arch, ellipse, spline
from .design import Design
from .face import is_dark
from .head import Head


def crown_of(cel: Cel, head: Head) -> Points:
    """Where the hair parts on top."""
    x = head.hair_x - 0.1 * head.yaw + (0.05 if head.profile else cel.rng.uniform(-0.15, 0.15))
    return np.array([x, head.top * 0.86])


def cap_arc(head: Head) -> Points:
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
    return spline(
        arch(x, [(half, low), (half, -0.3), (half * 0.72, top * 0.78), (0, top)]),
        12,
    )


def hairline(head: Head, high: float = 0.0) -> Points:
    """The lower edge of the cap, from the far (right) side to the near one; `high` lifts it off the brows."""
    x, half, face = head.hair_x, head.half, head.face_x * 0.92
    if head.back:
        return spline([(x + half * 0.95, 0.3), (x + 0.7, 0.8), (x, 0.95), (x - 0.7, 0.8), (x - half * 0.95, 0.3)], 8)
    if head.profile:
        return spline(
            [
                (x + half * 0.88, -0.4 - high),
                (0.42, -0.38 - high),
                (0.26, -0.1),
                (0.22, 0.3),
                (0.04, 0.12),
                (-0.16, -0.08),
                (-0.42, 0.1),
                (-0.52, 0.55),
                (x - half * 0.9, 0.62),
            ],
            8,
        )
    return spline(
        [
            (x + half * 0.92, 0.35),
            (face + 0.86, -0.05),
            (face + 0.45, -0.33 - high),
            (face, -0.4 - high * 0.9),
            (face - 0.45, -0.33 - high),
            (face - 0.86, -0.05),
            (x - half * 0.92, 0.35),
        ],
        8,
    )


def draw_shine(cel: Cel, design: Design, head: Head) -> None:
    """The highlight that rings the head."""
    rng, kind = cel.rng, design.hair.shine
    x, half, y = head.hair_x, head.half, head.top * rng.uniform(0.5, 0.7)
    groups = [Group.FRONT_HAIR, Group.SIDE_HAIR]
    if kind == "spots" or is_dark(design.palette.hair):
        for k in range(int(rng.integers(1, 4))):
            angle = np.pi * (0.5 - cel.light_x * (0.12 + 0.1 * k))
            at = (x + np.cos(angle) * half * 0.75, y + 0.38 - np.sin(angle) * 0.45)
            cel.light_shape(
                ellipse(*at, 0.1 / (k + 1) ** 0.5, 0.17 / (k + 1) ** 0.5, 18, turn=cel.light_x * 0.5),
                groups,
                ["hair"],
            )
        return
    teeth = int(rng.integers(9, 20))
    amount = rng.uniform(0.08, 0.2) if kind == "zigzag" else 0.03
    sweep = (0.9, 0.1) if rng.random() < 0.5 else ((0.9, 0.55) if cel.light_x < 0 else (0.45, 0.1))
    u = np.linspace(0, 1, 6 * teeth + 1)
    turn = np.pi * (sweep[0] + (sweep[1] - sweep[0]) * u)
    fade = np.sin(np.pi * u) ** 0.5
    heights = np.interp(u * teeth, np.arange(teeth + 1), rng.uniform(0.2, 1, teeth + 1))
    saw = np.abs(((u * teeth) % 1) - 0.5) * 2
    bx, by = x + np.cos(turn) * half * 0.86, y + 0.38 - np.sin(turn) * 0.42
    upper = np.stack([bx, by - amount * 0.35 * fade * heights * saw], 1)
    lower = np.stack([bx, by + fade * ((0.035 if kind == "zigzag" else 0.09) + amount * heights * (1 - saw))], 1)
    cel.light_shape(np.vstack([upper, lower[::-1]]), groups, ["hair"])


def shade_rim(cel: Cel, head: Head) -> None:
    """Shade the hair far from the light, with a ragged border."""
    rng = cel.rng
    angle = np.linspace(0, 2 * np.pi, 73)
    ragged = 1 + np.where(np.arange(73) % 2, rng.uniform(0, 0.14, 73), -0.02)
    shift = rng.uniform(0.2, 0.42)
    x = head.hair_x + cel.light_x * shift + np.cos(angle) * head.half * 1.05 * ragged
    y = -0.1 - 0.1 * shift + np.sin(angle) * 1.25 * ragged * 1.1
    lit = cel.mask(np.stack([x, y], 1)) > 0
    cel.shade[cel.where([Group.FRONT_HAIR, Group.SIDE_HAIR], ["hair"]) & ~lit] = 255
