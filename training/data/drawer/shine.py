"""Highlights and shadows of hair."""

import numpy as np

from .cel import Cel, Group
from .curves import ellipse
from .design import Design
from .face import is_dark
from .head import Head


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
