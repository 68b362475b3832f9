"""Clothes: MakeHuman's fitted suits and shoes, and garments cut from its tight helper mesh and its skirt."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..drawer.cel import Group
from ..drawer.curves import Rng
from ..drawer.design import Design, chance, choose
from ..drawer.palette import Rgb, shaded
from .makehuman import Fitted, MakeHuman
from .mesh import Piece, Points3, cut, vertex_normals
from .rig import Rig

PartMaker: TypeAlias = Callable[[str, str, int, Rgb], int]  # name, material, group, color to the part's id
Field: TypeAlias = Callable[[Piece], NDArray[np.float64]]  # a number for each vertex of a piece

SUITS = 0.4  # share of figures in one of MakeHuman's suits
SLEEVES = {"none": 0.0, "short": 0.36, "puff": 0.3, "elbow": 0.5, "rolled": 0.6, "long": 0.94}  # shares of the arm
SOCKS = {"socks": 0.18, "knee": 0.5, "thigh": 0.78, "tights": 2.0}  # shares of the leg, from the ankle
SKIRTS = {"pleated": (0.3, 0.48), "flared": (0.32, 0.55), "long skirt": (0.7, 0.92), "hakama": (0.85, 0.95),
    "kimono": (0.85, 0.95)}  # fmt: skip
LOOSE = {"hoodie": 0.2, "sweater": 0.16, "coat": 0.18, "jacket": 0.16, "cloak": 0.2, "poncho": 0.2, "kimono": 0.14}
STRIPED = {"stripes": (0.0, 1.0, 0.0), "checks": (0.7, 0.7, 0.0), "plaid": (1.0, 0.0, 0.0), "emblem": (0.0, 0.35, 0.0)}
FRONTS = ("blazer", "gakuran", "coat", "jacket", "vest", "hoodie", "shirt", "cloak")
COLLARED = ("sailor", "shirt", "blazer", "gakuran", "maid", "coat", "jacket", "vest")


class Wardrobe:
    """Dresses one body.

    Args:
        makehuman: Where garments come from.
        rig: Rig of the body.
        body: float N,3: its vertices.
        weights: float32 N,B: how they follow the bones.
        design: Whose clothes.
        rng: Source of the choices.
        make_part: Makes parts of the drawing.
    """

    def __init__(
        self,
        makehuman: MakeHuman,
        rig: Rig,
        body: Points3,
        weights: NDArray[np.float32],
        design: Design,
        rng: Rng,
        make_part: PartMaker,
    ) -> None:
        self.makehuman, self.rig, self.body, self.weights = makehuman, rig, body, weights
        self.design, self.rng, self.make_part = design, rng, make_part
        self.hidden = np.zeros(len(body), bool)  # vertices of the body below clothes that lie close to it
        self.pieces: list[Piece] = []
        self.hip, self.waist = float(rig.joint("upperleg01.L")[1]), float(rig.joint("spine04")[1])
        self.ankle, self.neck = float(rig.joint("foot.L")[1]), rig.joint("neck01")
        self._arms = {side: rig.descend(f"upperarm01.{side}") for side in "LR"}
        faces = makehuman.faces("helper-tights")
        zero = np.zeros(len(faces), np.int64)
        self.tights = Piece("cloth", body, faces, weights, zero, zero)
        outward = vertex_normals(body, faces)
        self._outward = outward * (1 - 0.5 * np.clip(self.arm(self.tights), 0, 1) ** 2)[:, None]  # narrow at the wrist

    def dress(self) -> list[Piece]:
        """All garments."""
        kind = "male" if self.design.male else "female"
        if chance(self.rng, SUITS):
            suits = [path for path in self.makehuman.suits if path.stem.startswith(kind)]
            self._add_suit(self.makehuman.garment(choose(self.rng, *suits)))
        else:
            self._add_bottom()
            self._add_top()
        self._add_shoes()
        return self.pieces

    def trunk(self, piece: Piece) -> NDArray[np.float64]:
        """For each vertex how much it follows other bones than those of the arms."""
        return np.asarray(1 - piece.weights[:, self._arms["L"] | self._arms["R"]].sum(1), np.float64)

    def arm(self, piece: Piece) -> NDArray[np.float64]:
        """For each vertex the share of the way from the shoulder to the wrist; below 0 on the trunk."""
        along = np.full(len(piece.vertices), -1.0)
        for side, bones in self._arms.items():
            joints = (self.rig.joint(f"{bone}.{side}") for bone in ("upperarm01", "lowerarm01", "wrist"))
            shoulder, elbow, wrist = joints
            upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
            first = (piece.vertices - shoulder) @ ((elbow - shoulder) / upper)
            second = (piece.vertices - elbow) @ ((wrist - elbow) / lower)
            share = (np.minimum(first, upper) + np.maximum(second, 0)) / (upper + lower)
            chosen = piece.vertices[:, 0] * (1 if side == "L" else -1) > 0.15
            follows = piece.weights[:, bones].sum(1) > 0.3
            along[chosen] = np.where(follows, share, np.minimum(share, 0.0) - 0.02)[chosen]
        return along

    def _tight(self, name: str, group: Group, color: Rgb, off: float, *fields: Field) -> Piece:
        """The tight helper mesh, standing off the body by so much, where all fields are above 0."""
        part = self.make_part(name, "cloth", group, color)
        piece = replace(self.tights, vertices=self.body + self._outward * off, parts=self.tights.parts + part)
        return self._cut(piece, *fields)

    def _cut(self, piece: Piece, *fields: Field) -> Piece:
        for kept in fields:
            if len(piece.faces):
                piece = cut(piece, kept(piece))
        return piece

    def _split(self, piece: Piece, field: Field, name: str, group: Group, color: Rgb) -> Piece:
        """Wear as a part of its own what has a field above 0; what is left is returned."""
        part = self.make_part(name, "cloth", group, color)
        chosen = self._cut(piece, field)
        self._add(replace(chosen, parts=np.full(len(chosen.faces), part)))
        return self._cut(piece, lambda p: -field(p))

    def _add(self, piece: Piece) -> None:
        if len(piece.faces):
            self.pieces.append(piece)

    def _add_fitted(self, garment: Fitted, vertices: Points3, parts: NDArray[np.int64]) -> None:
        shares = np.clip((self.weights[garment.anchors] * garment.shares[..., None]).sum(1), 0, None)
        shares /= np.maximum(shares.sum(1, keepdims=True), 1e-6)
        self._add(Piece("cloth", vertices, garment.faces, shares.astype(np.float32), parts, garment.islands))
        self.hidden |= garment.hidden

    def _add_suit(self, garment: Fitted) -> None:
        """One of MakeHuman's suits; pieces of its pattern that mirror one another have one color."""
        clothes = self.design.palette.clothes
        vertices = garment.fit(self.body)
        parts = np.zeros(len(garment.faces), np.int64)
        known: dict[tuple[int, int], int] = {}
        for island in range(int(garment.islands.max()) + 1):
            chosen = garment.islands == island
            x, y, _ = vertices[garment.faces[chosen]].mean((0, 1))
            key = (round(abs(float(x))), round(float(y)))
            if key not in known:
                low, small = y < self.hip - 1.0, chosen.sum() < 0.04 * len(chosen)
                odds = [0.1, 0.8, 0.05, 0.05] if low else [0.2, 0.1, 0.4, 0.3] if small else [0.62, 0.1, 0.13, 0.15]
                color = clothes[int(self.rng.choice(4, p=odds))]
                group = Group.BOTTOM if low else Group.SLEEVE if abs(x) > 2.5 else Group.CLOTH
                known[key] = self.make_part(f"suit.{key[0]}.{key[1]}", "cloth", group, color)
            parts[chosen] = known[key]
        self._add_fitted(garment, vertices, parts)

    def _add_shoes(self) -> None:
        garment = self.makehuman.garment(choose(self.rng, *self.makehuman.shoes))
        vertices = garment.fit(self.body)
        part = self.make_part("shoes", "cloth", Group.LEG, self.design.palette.shoes)
        parts = np.full(len(garment.faces), part)
        if chance(self.rng, 0.7):
            sole = self.make_part("soles", "cloth", Group.LEG, choose(self.rng, (246, 244, 240), (60, 52, 50)))
            parts[vertices[garment.faces].mean(1)[:, 1] < vertices[:, 1].min() + 0.16] = sole
        self._add_fitted(garment, vertices, parts)

    def _add_bottom(self) -> None:
        outfit, palette, rng = self.design.outfit, self.design.palette, self.rng
        leg, skirt = self.hip - self.ankle, outfit.bottom in SKIRTS

        def off_arms(piece: Piece) -> NDArray[np.float64]:
            return self.trunk(piece) - 0.5

        if outfit.legs in SOCKS and (skirt or outfit.bottom == "shorts"):
            top = min(self.ankle + SOCKS[outfit.legs] * leg, self.waist)
            self._add(self._tight("socks", Group.LEG, palette.legs, 0.035, off_arms, below(top)))
        if skirt:
            self._add_skirt(rng.uniform(*SKIRTS[outfit.bottom]) * leg)
            color = shaded(palette.clothes[3], 0.95)
            ends = below(self.waist), above(self.hip - 0.9)
            self._add(self._tight("underwear", Group.LEG, color, 0.03, off_arms, *ends))
            return
        low = self.hip - rng.uniform(0.25, 0.5) * leg if outfit.bottom == "shorts" else self.ankle + 0.1 * leg
        color = (70, 92, 140) if outfit.bottom == "jeans" else palette.clothes[1]
        self._add(self._tight("trousers", Group.BOTTOM, color, 0.09, off_arms, below(self.waist + 0.5), above(low)))
        if outfit.trim:
            ends = below(low + 0.3), above(low - 0.02)
            self._add(self._tight("trousers.hem", Group.BOTTOM, palette.clothes[2], 0.13, off_arms, *ends))

    def _add_skirt(self, length: float) -> None:
        palette, rng, outfit = self.design.palette, self.rng, self.design.outfit
        faces = self.makehuman.faces("helper-skirt")
        worn = self.body[np.unique(faces)]
        top, middle = float(worn[:, 1].max()), worn.mean(0)
        down = np.clip((top - self.body[:, 1]) / max(length, 1.0), 0, 2)
        angle = np.arctan2(self.body[:, 0] - middle[0], self.body[:, 2] - middle[2])
        flare = rng.uniform(0.1, 0.6) if outfit.bottom != "kimono" else 0.02
        pleats = int(rng.integers(12, 22)) if outfit.bottom in ("pleated", "hakama") else int(rng.integers(5, 9))
        out = 0.06 + flare * down**1.3 + 0.12 * np.minimum(down, 1) * np.sin(angle * pleats)
        vertices = self.body + out[:, None] * np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], 1)
        weights = 0.6 * self.weights
        weights[:, self.rig.bones.index("root")] += 0.4
        part = self.make_part("skirt", "cloth", Group.BOTTOM, palette.clothes[1])
        zero = np.zeros(len(faces), np.int64)
        hem = top - length
        skirt = self._cut(Piece("cloth", vertices, faces, weights, zero + part, zero), above(hem))
        if outfit.trim:
            skirt = self._split(skirt, below(hem + 0.35), "skirt.trim", Group.BOTTOM, palette.clothes[2])
        self._add_printed(skirt, outfit.print_on != "top")

    def _add_top(self) -> None:
        outfit, palette, rng = self.design.outfit, self.design.palette, self.rng
        clothes = palette.clothes
        skirt, collar = outfit.bottom in SKIRTS, outfit.top in COLLARED
        sleeve = SLEEVES.get(outfit.sleeves, 0.94)
        off = LOOSE.get(outfit.top, 0.1) * rng.uniform(0.8, 1.3)
        hem = self.waist - 0.1 if skirt else self.hip + rng.uniform(-0.6, 0.4)
        hem = self.hip - 2.5 if outfit.top == "coat" else hem
        opening, deep = (0.75, 1.0) if collar else (rng.uniform(0.75, 1.3), rng.uniform(0.55, 1.4))
        at = self.neck + np.array([0.0, 0.35 if collar else 0.15, 0.25])

        def off_neck(piece: Piece) -> NDArray[np.float64]:
            away = (piece.vertices - at) / (1.0, deep, 1.0)
            return np.where(away[:, 1] * deep > 0.3, -1.0, np.linalg.norm(away, axis=1) - opening)

        cuff, own_sleeves = rng.random() < 0.45 and sleeve > 0.2, rng.random() < 0.3 and sleeve > 0.2
        end = max(0.04, sleeve - 0.05 * cuff)
        ends: tuple[Field, ...] = (off_neck, above(hem), lambda p: end - self.arm(p))
        top = self._tight("top", Group.CLOTH, clothes[0], off, *ends)
        if outfit.top in FRONTS:
            top = self._open_front(top)
        if own_sleeves:
            color = clothes[3] if chance(rng, 0.6) else clothes[1]
            top = self._split(top, lambda p: self.arm(p) - 0.06, "sleeves", Group.SLEEVE, color)
        self._add_printed(top, outfit.print_on != "bottom")
        if cuff:
            ends = lambda p: sleeve + 0.03 - self.arm(p), lambda p: self.arm(p) - sleeve + 0.06
            self._add(self._tight("cuffs", Group.SLEEVE, clothes[2], off + 0.05, *ends))
        if collar or chance(rng, 0.25):
            wide = rng.uniform(0.25, 0.6)
            color = clothes[2] if chance(rng, 0.5) else clothes[3]
            ends = off_neck, lambda p: wide - off_neck(p), lambda p: -0.05 - self.arm(p)
            self._add(self._tight("collar", Group.COLLAR, color, off + 0.07, *ends))
        if skirt or chance(rng, 0.3):
            level = hem + (0.0 if skirt else 0.25)
            ends = lambda p: self.trunk(p) - 0.5, below(level + 0.32), above(level - 0.04)
            self._add(self._tight("belt", Group.CLOTH, palette.accent, off + 0.06, *ends))

    def _open_front(self, top: Piece) -> Piece:
        """Wear a band down the front of a top; what is left of it is returned."""
        rng, clothes = self.rng, self.design.palette.clothes
        wide, lean = rng.uniform(0.08, 0.5), rng.uniform(-0.03, 0.09)

        def on_front(piece: Piece) -> NDArray[np.float64]:
            x, y, z = piece.vertices.T
            half = wide + lean * (self.neck[1] - y)
            return np.where((z > self.neck[2]) & (self.arm(piece) < 0.3), half - np.abs(x), -1.0)

        return self._split(top, on_front, "front", Group.CLOTH, clothes[3] if wide > 0.2 else clothes[2])

    def _add_printed(self, garment: Piece, printed: bool) -> None:
        """Add a garment, with the stripes of its print where it has one that is made of stripes."""
        outfit, clothes = self.design.outfit, self.design.palette.clothes
        if printed and outfit.print in STRIPED and len(garment.faces):
            along = np.array(STRIPED[outfit.print])
            step = 0.9 * outfit.print_scale * self.rng.uniform(0.6, 1.3)

            def wave(piece: Piece) -> NDArray[np.float64]:
                return np.asarray(np.cos(piece.vertices @ along * 2 * np.pi / step) - 0.25)

            color = clothes[3 if self.rng.random() < 0.5 else 2]
            garment = self._split(garment, wave, f"stripes.{int(garment.parts[0])}", Group.CLOTH, color)
        self._add(garment)


def above(height: float) -> Field:
    """How far vertices are above a height."""
    return lambda piece: piece.vertices[:, 1] - height


def below(height: float) -> Field:
    """How far vertices are below a height."""
    return lambda piece: height - piece.vertices[:, 1]
