"""Locks of hair: the strokes that all hair styles are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cel import Cel
from .curves import Points, as_points, bezier, normals, ribbon, spline
from .design import Design, chance


@dataclass(frozen=True, slots=True)
class Lock:
    """How one lock is drawn; lengths in units of the head.

    Attributes:
        width: Half width.
        bend: How far the spine bows to the right of its way, as a share of its length.
        wave: Amount of waves.
        root: Width at the root beside the width.
        blunt: Width at the tip beside the width; above 0 the tip is cut.
        hidden: Share of each side, from the root, that has no line.
        weight: Weight of the lines.
        crescent: Width of its shadow.
        inner: Number of lines within.
    """

    width: float
    bend: float = 0.0
    wave: float = 0.0
    root: float = 0.55
    blunt: float = 0.0
    hidden: tuple[float, float] = (0.3, 0.3)
    weight: float = 1.0
    crescent: float = 0.05
    inner: int = 0


class HairPen:
    """Draws locks in the way of one design."""

    def __init__(self, cel: Cel, design: Design) -> None:
        self.cel, self.design, self.rng = cel, design, cel.rng
        self.wedge = float(cel.rng.uniform(0.1, 0.55))

    def shape(self, start: ArrayLike, tip: ArrayLike, lock: Lock, steps: int = 30) -> tuple[Points, Points, Points]:
        """Spine and the two sides of a lock."""
        a, b = as_points(start)[0], as_points(tip)[0]
        way = b - a
        long = float(np.hypot(*way))
        normal = np.array([-way[1], way[0]]) / (long + 1e-9)
        if self.design.hair.angular and not lock.wave:
            knee = a + way * 0.55 + normal * lock.bend * long * 1.15
            spine = np.vstack(
                [
                    bezier(a, a + (knee - a) * 0.4, a + (knee - a) * 0.7, knee, steps // 2),
                    bezier(knee, knee + (b - knee) * 0.3, knee + (b - knee) * 0.7, b, steps - steps // 2 + 1)[1:],
                ]
            )
        else:
            spine = bezier(
                a, a + way * 0.33 + normal * lock.bend * long, a + way * 0.7 + normal * lock.bend * long * 0.8, b, steps
            )
        u = np.linspace(0, 1, steps)
        if lock.wave:
            turns = self.rng.uniform(1.0, 1.8) * max(1.0, long / 1.3)
            spine = (
                spine
                + normals(spine) * (np.sin(u * 2 * np.pi * turns + self.rng.uniform(0, 6.28)) * lock.wave * u)[:, None]
            )
        taper = 1 - (1 - lock.blunt) * u**self.design.hair.sharp
        grow = lock.root + (1 - lock.root) * np.sin(np.pi * 0.5 * np.clip(u * 1.6, 0, 1))
        left, right = ribbon(spine, lock.width * taper * grow)
        return spine, left, right

    def draw(self, start: ArrayLike, tip: ArrayLike, part: int, lock: Lock) -> tuple[Points, Points, Points]:
        """Draw a lock from its hidden root to its tip; returns spine and sides."""
        cel, rng = self.cel, self.rng
        spine, left, right = self.shape(start, tip, lock)
        count = len(spine)
        painted = cel.fill(np.vstack([left, right[::-1]]), part, crescent=lock.crescent)
        if painted is None:
            return spine, left, right
        if chance(rng, self.wedge):
            self._shade_wedge(spine, left, right, cel.table[part].group % 64)
        i, j = int(count * lock.hidden[0]), int(count * lock.hidden[1])
        cel.stroke(left[i:], lock.weight, 0.45 if i > 1 else 0.1, 0.12)
        cel.stroke(right[j:], lock.weight, 0.45 if j > 1 else 0.1, 0.12)
        if lock.blunt:
            cel.stroke(np.vstack([left[-1], right[-1]]), lock.weight, 0.1, 0.1)
        for _ in range(lock.inner):
            across = rng.uniform(-0.5, 0.5)
            a = int(count * rng.uniform(0.15, 0.55))
            b = min(count - 1, a + int(count * rng.uniform(0.2, 0.42)))
            if b - a > 4:
                cel.stroke((spine + (left - spine) * across)[a:b], lock.weight * 0.6, 0.5, 0.5)
        return spine, left, right

    def _shade_wedge(self, spine: Points, left: Points, right: Points, group: int) -> None:
        """A dark wedge along the side away from the light."""
        cel, rng, count = self.cel, self.rng, len(spine)
        edge = left if (left[count // 2, 0] - right[count // 2, 0]) * cel.light_x < 0 else right
        a = int(count * rng.uniform(0.05, 0.4))
        k = np.linspace(0, 1, count - a)[:, None]
        deep = rng.uniform(0.3, 1.2) * np.minimum(1, k * 3) * np.minimum(1, (1 - k) * 2 + 0.3)
        inner = edge[a:] + (spine - edge)[a:] * deep
        cel.shade_shape(np.vstack([edge[a:], inner[::-1]]), [group])

    def strand(self, start: ArrayLike, tip: ArrayLike, bend: float, weight: float = 0.5) -> None:
        """A single hair line."""
        a, b = as_points(start)[0], as_points(tip)[0]
        way = b - a
        normal = np.array([-way[1], way[0]])
        self.cel.stroke(spline([a, a + way * 0.5 + normal * bend, b], 10), weight, 0.6, 0.6)
