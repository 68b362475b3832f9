"""Where the hair begins and ends on a head."""

import numpy as np

from .cel import Cel
from .curves import Points, arch, spline
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
