"""Hair as meshes: a cap on the skull, and locks that part from a crown, lie on it and hang down. Units of the head."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..drawer.curves import Rng
from ..drawer.design import Design, chance
from .mesh import Faces, Points3

LockMesh: TypeAlias = tuple[str, Points3, Faces]  # of "cap", "front", "side", "back" or "tail"

STEPS, COLUMNS = 26, 7
BARE = ("bald",)
LENGTHS: dict[str, tuple[float, float]] = {  # height below the middle of the head at which the back hair ends
    "long": (1.9, 4.2), "wavy": (1.9, 4.0), "half up": (1.8, 3.8), "drills": (1.6, 2.8), "braid": (1.6, 2.8),
    "bob": (0.85, 1.4), "tousled": (0.55, 0.85), "spiky": (0.5, 0.8), "pixie": (0.5, 0.75), "curly": (0.6, 1.1),
    "undercut": (0.35, 0.5), "slick": (0.4, 0.6), "crew": (0.3, 0.35),
}  # fmt: skip
TAILS = ("twin tails", "ponytail", "side tail", "braids", "buns", "bun")


class HairMaker:
    """Grows the hair of one design.

    Args:
        design: Whose.
        rng: Source of the choices.
    """

    def __init__(self, design: Design, rng: Rng) -> None:
        self.design, self.rng = design, rng
        hair = design.hair
        stand = 0.06 + 0.55 * hair.volume * (0.5 if hair.style in ("crew", "slick") else 1.0)
        self.middle = np.array([0.0, -0.08, -0.06])
        self.radii = np.array([0.95 * design.face.width + stand, 0.94 + stand, 0.96 + stand])
        crown = np.array([rng.uniform(-0.25, 0.25), -1.0, -0.22])
        self.crown = crown / np.linalg.norm(crown)
        self.locks: list[LockMesh] = []

    def grow(self) -> list[LockMesh]:
        """All of it: for each lock or shell what it belongs to, its vertices and its faces."""
        rng, hair = self.rng, self.design.hair
        if hair.style in BARE:
            return self.locks
        tied = hair.style in TAILS
        self._add_cap(0.6)
        if hair.style == "crew":
            return self.locks
        count = max(0.7, min(1.5, hair.count))
        if tied:
            self._add_tails()
        else:
            first, last = LENGTHS[hair.style]
            end = first + (last - first) * hair.length
            number = round(9 * count)
            flare = rng.uniform(-0.05, 0.25) + 0.2 * hair.flip
            for layer in (0, 1):
                for i in range(number + layer):
                    azimuth = np.pi + (i - (number + layer - 1) / 2) * 3.6 / number + rng.normal(0, 0.05)
                    tip = end - 0.16 * layer * min(end, 1.5) + rng.normal(0, 0.05 + 0.03 * end)
                    self._add_lock("back", azimuth, tip, 3.1 / number, 0.01 + 0.05 * layer + 0.025 * (i % 2), flare)
        self._add_sides(tied)
        self._add_bangs(count)
        if hair.ahoge:
            self._add_ahoge()
        return self.locks

    def _add_bangs(self, count: float) -> None:
        rng, hair, eyes = self.rng, self.design.hair, self.design.eyes
        if hair.bangs == "none" or (hair.style in ("slick", "buns") and chance(rng, 0.3)):
            number, tip, spread = 5, -0.35, 0.0
        else:
            number, tip, spread = round(6 * count) + 1, eyes.level - eyes.b * rng.uniform(0.35, 0.95), 0.1
        sweep = {"sweep": 0.5, "swoop": 0.7, "part": 0.0}.get(hair.bangs, rng.normal(0, 0.15)) * rng.choice([-1, 1])
        for i in range(number):
            share = 2 * i / (number - 1) - 1
            azimuth = share * 0.95 + rng.normal(0, 0.04)
            end = tip + 0.22 * share**2 + rng.normal(0, spread) - 0.18 * (hair.bangs == "part") * (abs(share) < 0.3)
            side = sweep + (0.45 * np.sign(share) if hair.bangs == "part" else 0.0)
            between = i % 2
            self._add_lock("front", azimuth, end + 0.1 * between, 2.1 / number, 0.05 + 0.035 * between, 0.0, side)

    def _add_sides(self, tied: bool) -> None:
        rng, hair = self.rng, self.design.hair
        short = hair.cropped
        end = rng.uniform(0.2, 0.5) if short else rng.uniform(0.7, 1.5)
        for side in (-1, 1):
            for i in range(2 if tied or short else 3):
                self._add_lock(
                    "side",
                    side * (1.12 + 0.2 * i),
                    end * (1 - 0.12 * i) + rng.normal(0, 0.06),
                    0.34,
                    0.055 - 0.012 * i,
                    0.03,
                )

    def _add_tails(self) -> None:
        rng, hair = self.rng, self.design.hair
        high = rng.uniform(-0.75, 0.1)
        roots = {
            "twin tails": [(-0.95, high, -0.35), (0.95, high, -0.35)],
            "braids": [(-0.75, 0.5, -0.5), (0.75, 0.5, -0.5)],
            "side tail": [(float(rng.choice([-0.95, 0.95])), high, -0.3)],
            "buns": [(-0.75, -0.8, -0.3), (0.75, -0.8, -0.3)],
        }.get(hair.style, [(0.0, high, -1.05)])
        for i in range(9):  # combed toward the roots
            self._add_lock("back", np.pi + (i - 4) * 0.42, 0.3 + 0.06 * (i % 2), 0.4, 0.01 + 0.035 * (i % 2), -0.1)
        length = rng.uniform(1.2, 3.2)
        for root in roots:
            at = self.middle + np.array(root) * self.radii / np.array([0.95, 1.0, 1.0])
            if hair.style in ("buns", "bun"):
                self._add_ball(at, rng.uniform(0.3, 0.42))
                continue
            for k in range(5):
                angle = 2 * np.pi * k / 5 + 0.3
                self._add_tail_lock(at, angle, length * rng.uniform(0.8, 1.0), hair.style == "braids")

    def _add_tail_lock(self, root: NDArray[np.float64], angle: float, length: float, tight: bool) -> None:
        t = np.linspace(0, 1, STEPS)
        outward = np.array([np.sign(root[0]) * 0.5, 0.0, -0.5 if root[2] < -0.6 else -0.1])
        swing = np.sin(np.minimum(t * 2.2, 1) * np.pi / 2)
        spread = (0.1 if tight else 0.2) * np.minimum(1, 4 * t) * (1 - 0.5 * t)
        path = root + swing[:, None] * outward + np.outer(t**1.4 * length, [0, 1, 0])
        path[:, 1] -= 0.18 * np.sin(np.minimum(4 * t, 1) * np.pi)
        path += np.stack([spread * np.cos(angle), 0 * t, spread * np.sin(angle)], 1)
        up = np.tile([np.cos(angle), 0.0, np.sin(angle)], (STEPS, 1))
        width = (0.13 if tight else 0.2) * np.minimum(1, 0.3 + 3.5 * t) * np.clip(1 - t**3.2, 0, 1) ** 0.7
        self._add_ribbon("tail", path, up, width)

    def _add_ball(self, at: NDArray[np.float64], radius: float) -> None:
        up, around = np.meshgrid(np.linspace(0, np.pi, 13), np.linspace(0, 2 * np.pi, 21), indexing="ij")
        ball = np.stack([np.sin(up) * np.sin(around), -np.cos(up), np.sin(up) * np.cos(around)], -1)
        self.locks.append(("tail", at + radius * ball.reshape(-1, 3), _grid(13, 21)))

    def _add_ahoge(self) -> None:
        t = np.linspace(0, 1, STEPS)
        root = self.middle + self.radii * self.crown * 0.98
        lean = self.rng.choice([-1.0, 1.0])
        path = root + np.stack([lean * 0.4 * t**1.5, -0.45 * np.sin(2.2 * t) + 0.02, 0.18 * t], 1)
        self._add_ribbon("front", path, np.tile([0.0, 0.0, 1.0], (STEPS, 1)), 0.07 * np.sin(np.pi * t**0.6) + 0.004)

    def _add_cap(self, low: float) -> None:
        """A shell from the crown to the hairline."""
        rows, columns = 24, 72
        azimuth = np.linspace(-np.pi, np.pi, columns)
        behind = np.clip((np.abs(azimuth) - 0.75) / 0.9, 0, 1)
        ends = -0.6 + (low + 0.6) * behind**1.1  # height of the hairline
        reach = np.array([self._reach(a, end) for a, end in zip(azimuth, ends, strict=True)])
        s = np.linspace(0, 1, rows)[:, None] * reach
        ways = self._along(azimuth)
        points = self.crown * np.cos(s)[..., None] + ways * np.sin(s)[..., None]
        self.locks.append(("cap", (self.middle + self.radii * points).reshape(-1, 3), _grid(rows, columns)))

    def _along(self, azimuth: NDArray[np.float64]) -> Points3:
        """The directions at the crown that lead to azimuths (0 is the front)."""
        way = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], -1)
        way -= (way @ self.crown)[..., None] * self.crown
        return np.asarray(way / np.linalg.norm(way, axis=-1, keepdims=True))

    def _reach(self, azimuth: float, height: float) -> float:
        """The angle from the crown at which the skull is as low as a height; at most where hair begins to hang."""
        s = np.linspace(0.1, 1.8, 120)
        way = self._along(np.array([azimuth]))[0]
        y = self.middle[1] + self.radii[1] * (self.crown[1] * np.cos(s) + way[1] * np.sin(s))
        return float(np.interp(height, y, s))

    def _add_lock(
        self, kind: str, azimuth: float, tip: float, width: float, layer: float, flare: float, sweep: float = 0.0
    ) -> None:
        """A lock from the crown over the skull, hanging down to the height `tip`."""
        rng, hair = self.rng, self.design.hair
        turn = azimuth + sweep * np.linspace(0, 1, STEPS) ** 1.5
        fall = self._reach(azimuth, tip)
        lowest = 1.62  # where hair leaves the skull
        start = 0.35 + 0.25 * rng.random()
        end = min(fall, lowest)
        hang = max(0.0, tip - (self.middle[1] + self.radii[1] * 0.25)) if fall >= lowest - 0.02 else 0.0
        on_skull = (end - start) * float(self.radii.mean())
        t = np.linspace(0, 1, STEPS)
        along = t * (on_skull + hang)
        s = start + np.minimum(along, on_skull) / on_skull * (end - start)
        ways = self._along(turn)
        direction = self.crown * np.cos(s)[:, None] + ways * np.sin(s)[:, None]
        lift = 1 + (layer + 0.02 * rng.random()) * np.minimum(1, 3.5 * t) - 0.05 * (1 - np.minimum(1, 3.5 * t))
        puff = 0.04 * np.sin(np.pi * np.minimum(1, along / on_skull)) * (kind != "back")
        path = self.middle + self.radii * direction * (lift + puff)[:, None]
        down = np.maximum(0, along - on_skull)
        outward = direction * np.array([1, 0, 1])
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
        wave = 0.12 * hair.waves * np.sin(3.2 * down + rng.uniform(0, 6)) * np.minimum(1, down)
        out = flare * down**2 * 0.35 / max(1.0, hang) + wave - 0.1 * (kind == "side") * np.minimum(1, 2 * down)
        path = path + outward * out[:, None] + np.outer(down, [0, 1, 0])
        normal = direction / self.radii
        normal[down > 0] = outward[down > 0]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        sharp = 1.0 + 1.2 * hair.sharp if kind != "front" else 0.6 + hair.sharp
        profile = np.minimum(1, 0.35 + 2.2 * t) * np.clip(1 - t**sharp, 0, 1) ** 0.8
        self._add_ribbon(kind, path, normal, width * rng.uniform(0.85, 1.15) * profile * 0.62)

    def _add_ribbon(self, kind: str, path: Points3, up: Points3, width: NDArray[np.float64]) -> None:
        """A strip along a path, bent over its length as a leaf."""
        along = np.gradient(path, axis=0)
        side = np.cross(along, up)
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        across = np.linspace(-1, 1, COLUMNS)
        arch = (1 - across**2) * 0.4 - 0.04
        points = path[:, None] + width[:, None, None] * (side[:, None] * across[:, None] + up[:, None] * arch[:, None])
        self.locks.append((kind, points.reshape(-1, 3), _grid(len(path), COLUMNS)))


def _grid(rows: int, columns: int) -> Faces:
    """Triangles between the points of a grid, row after row."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (row * columns + column).ravel()
    return np.vstack([np.stack([a, a + columns, a + 1], 1), np.stack([a + 1, a + columns, a + columns + 1], 1)])
