"""Clothes: MakeHuman's fitted suits and shoes, and garments cut from its tight helper mesh and its skirt."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..drawer.cel import Group
from ..drawer.curves import Rng
from ..drawer.design import Design, chance, choose
from ..drawer.palette import Rgb, shaded
from .makehuman import Fitted, MakeHuman
from .mesh import Piece, Points3, cut, vertex_normals
from .rig import Rig

PartMaker = Callable[[str, str, int, Rgb], int]  # name, material, group, color to the part's id

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
        rig: Of the body.
        body: float N,3: its vertices.
        weights: float32 N,B: how they follow the bones.
        design: Whose clothes.
        rng: Of the choices.
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
        self.normals = vertex_normals(body, makehuman.faces("helper-tights"))
        self.arm = self._measure_arms()
        self.hip, self.waist = float(rig.joint("upperleg01.L")[1]), float(rig.joint("spine04")[1])
        self.ankle, self.neck = float(rig.joint("foot.L")[1]), rig.joint("neck01")
        self.trunk = 1 - weights[:, rig.descend("upperarm01.L", "upperarm01.R")].sum(1)

    def dress(self) -> list[Piece]:
        """All garments."""
        male = self.design.male
        suits = [path for path in self.makehuman.suits if path.stem.startswith("male" if male else "female")]
        if chance(self.rng, SUITS):
            self._add_suit(self.makehuman.garment(choose(self.rng, *suits)))
        else:
            self._add_bottom()
            self._add_top()
        self._add_shoes()
        return self.pieces

    def _measure_arms(self) -> NDArray[np.float64]:
        """For each vertex the share of the way from the shoulder to the wrist; below 0 on the trunk."""
        along = np.full(len(self.body), -1.0)
        for side in "LR":
            shoulder, elbow, wrist = (
                self.rig.joint(f"{bone}.{side}") for bone in ("upperarm01", "lowerarm01", "wrist")
            )
            upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
            first = (self.body - shoulder) @ ((elbow - shoulder) / upper)
            second = (self.body - elbow) @ ((wrist - elbow) / lower)
            share = (np.minimum(first, upper) + np.maximum(second, 0)) / (upper + lower)
            chosen = self.body[:, 0] * (1 if side == "L" else -1) > 0.15
            weight = self.weights[:, self.rig.descend(f"upperarm01.{side}")].sum(1)
            along[chosen] = np.where(weight > 0.3, share, np.minimum(share, 0.0) - 0.02)[chosen]
        return along

    def _tight(self, name: str, group: Group, color: Rgb, off: float) -> Piece:
        """The tight helper mesh, standing off the body by so much."""
        faces = self.makehuman.faces("helper-tights")
        part = self.make_part(name, "cloth", group, color)
        ids = np.full(len(faces), part)
        away = off * (1 - 0.5 * np.clip(self.arm, 0, 1) ** 2)[:, None]  # sleeves are narrow at the wrist
        return Piece("cloth", self.body + self.normals * away, faces, self.weights, ids, np.zeros(len(faces), np.int64))

    def _cut(self, piece: Piece, *fields: Callable[[Points3], NDArray[np.float64]]) -> Piece:
        for kept in fields:
            if len(piece.faces):
                piece = cut(piece, kept(piece.vertices))
        return piece

    def _add(self, piece: Piece) -> None:
        if len(piece.faces):
            self.pieces.append(piece)

    def _add_suit(self, garment: Fitted) -> None:
        clothes = self.design.palette.clothes
        vertices = garment.fit(self.body)
        parts = np.zeros(len(garment.faces), np.int64)
        known: dict[tuple[int, int], int] = {}
        for island in range(int(garment.islands.max()) + 1):
            chosen = garment.islands == island
            x, y, _ = vertices[garment.faces[chosen]].mean((0, 1))
            key = (round(abs(float(x))), round(float(y)))
            if key not in known:
                low = y < self.hip - 1.0
                small = chosen.sum() < 0.04 * len(chosen)
                odds = [0.1, 0.8, 0.05, 0.05] if low else [0.2, 0.1, 0.4, 0.3] if small else [0.62, 0.1, 0.13, 0.15]
                color = clothes[int(self.rng.choice(4, p=odds))]
                group = Group.BOTTOM if low else Group.SLEEVE if abs(x) > 2.5 else Group.CLOTH
                known[key] = self.make_part(f"suit.{key[0]}.{key[1]}", "cloth", group, color)
            parts[chosen] = known[key]
        self._wear(garment, vertices, parts)

    def _wear(self, garment: Fitted, vertices: Points3, parts: NDArray[np.int64]) -> None:
        shares = np.clip((self.weights[garment.anchors] * garment.shares[..., None]).sum(1), 0, None)
        shares /= np.maximum(shares.sum(1, keepdims=True), 1e-6)
        self._add(Piece("cloth", vertices, garment.faces, shares.astype(np.float32), parts, garment.islands))
        self.hidden |= garment.hidden

    def _add_shoes(self) -> None:
        garment = self.makehuman.garment(choose(self.rng, *self.makehuman.shoes))
        part = self.make_part("shoes", "cloth", Group.LEG, self.design.palette.shoes)
        vertices = garment.fit(self.body)
        parts = np.full(len(garment.faces), part)
        low = vertices[garment.faces].mean(1)[:, 1]
        if chance(self.rng, 0.7):  # soles
            sole = self.make_part("soles", "cloth", Group.LEG, choose(self.rng, (246, 244, 240), (60, 52, 50)))
            parts[low < vertices[:, 1].min() + 0.16] = sole
        self._wear(garment, vertices, parts)

    def _add_bottom(self) -> None:
        outfit, palette, rng = self.design.outfit, self.design.palette, self.rng
        leg = self.hip - self.ankle
        skirt = outfit.bottom in SKIRTS
        off_arms = self._of_body(0.5 - (1 - self.trunk))
        if outfit.legs in SOCKS and (skirt or outfit.bottom == "shorts"):
            top = self.ankle + SOCKS[outfit.legs] * leg
            socks = self._tight("socks", Group.LEG, palette.legs, 0.035)
            self._add(self._cut(socks, off_arms, lambda p: np.minimum(top, self.waist) - p[:, 1]))
        if skirt:
            self._add_skirt(rng.uniform(*SKIRTS[outfit.bottom]) * leg)
            pants = self._tight("underwear", Group.LEG, shaded(palette.clothes[3], 0.95), 0.03)
            self._add(self._cut(pants, off_arms, lambda p: self.waist - p[:, 1], lambda p: p[:, 1] - (self.hip - 0.9)))
            return
        low = self.hip - rng.uniform(0.25, 0.5) * leg if outfit.bottom == "shorts" else self.ankle + 0.1 * leg
        color = (70, 92, 140) if outfit.bottom == "jeans" else palette.clothes[1]
        trousers = self._tight("trousers", Group.BOTTOM, color, 0.09)
        self._add(self._cut(trousers, off_arms, lambda p: self.waist + 0.5 - p[:, 1], lambda p: p[:, 1] - low))
        if outfit.trim:
            hem = self._tight("trousers.hem", Group.BOTTOM, palette.clothes[2], 0.13)
            self._add(self._cut(hem, off_arms, lambda p: low + 0.3 - p[:, 1], lambda p: p[:, 1] - low + 0.02))

    def _of_body(self, values: NDArray[np.float64]) -> Callable[[Points3], NDArray[np.float64]]:
        """A number known for the body's vertices, for vertices near them."""
        used = np.unique(self.makehuman.faces("helper-tights"))
        tree = KDTree(self.body[used])

        def look_up(points: Points3) -> NDArray[np.float64]:
            if len(points) == len(values):
                return values
            distance, index = tree.query(points, k=3)
            share = 1 / (distance + 1e-3)
            found: NDArray[np.float64] = (values[used][index] * share).sum(1) / share.sum(1)
            return found

        return look_up

    def _add_skirt(self, length: float) -> None:
        palette, rng, outfit = self.design.palette, self.rng, self.design.outfit
        faces = self.makehuman.faces("helper-skirt")
        used = np.unique(faces)
        vertices = self.body.copy()
        top = float(vertices[used][:, 1].max())
        middle = vertices[used].mean(0)
        down = np.clip((top - vertices[:, 1]) / max(length, 1.0), 0, 2)
        angle = np.arctan2(vertices[:, 0] - middle[0], vertices[:, 2] - middle[2])
        flare = rng.uniform(0.1, 0.6) if outfit.bottom != "kimono" else 0.02
        pleats = int(rng.integers(12, 22)) if outfit.bottom in ("pleated", "hakama") else int(rng.integers(5, 9))
        deep = 0.1 if outfit.bottom == "pleated" else 0.13
        out = 0.06 + flare * down**1.3 + deep * np.minimum(down, 1) * np.sin(angle * pleats)
        radial = np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], 1)
        vertices += radial * out[:, None]
        base = self.make_part("skirt", "cloth", Group.BOTTOM, palette.clothes[1])
        still = np.zeros_like(self.weights)
        still[:, self.rig.bones.index("root")] = 1
        weights = (0.6 * self.weights + 0.4 * still).astype(np.float32)
        skirt = Piece("cloth", vertices, faces, weights, np.full(len(faces), base), np.zeros(len(faces), np.int64))
        hem = top - length
        skirt = self._cut(skirt, lambda p: p[:, 1] - hem)
        if outfit.trim and len(skirt.faces):
            trim = self.make_part("skirt.trim", "cloth", Group.BOTTOM, palette.clothes[2])
            band = self._cut(skirt, lambda p: hem + 0.35 - p[:, 1])
            skirt = self._cut(skirt, lambda p: p[:, 1] - hem - 0.35)
            self._add(replace(band, parts=np.full(len(band.faces), trim)))
        self._add_printed(skirt, outfit.print_on != "top")

    def _open_front(self, top: Piece, arm: Callable[[Points3], NDArray[np.float64]]) -> Piece:
        """A top that is open, or closed by a band: what is left of it, beside the band down its front."""
        rng, clothes = self.rng, self.design.palette.clothes
        wide, lean = rng.uniform(0.08, 0.5), rng.uniform(-0.03, 0.09)
        middle = float(self.neck[2])

        def beside(points: Points3) -> NDArray[np.float64]:
            half = wide + lean * (self.neck[1] - points[:, 1])
            return np.asarray(np.where(points[:, 2] > middle, np.abs(points[:, 0]) - half, 1.0))

        part = self.make_part("front", "cloth", Group.CLOTH, clothes[3] if wide > 0.2 else clothes[2])
        band = self._cut(top, lambda p: -beside(p), lambda p: 0.3 - arm(p))
        self._add(replace(band, parts=np.full(len(band.faces), part)))
        return self._cut(top, beside)

    def _add_printed(self, garment: Piece, printed: bool) -> None:
        """Add a garment, with the stripes of its print where it has one that is made of stripes."""
        outfit, clothes = self.design.outfit, self.design.palette.clothes
        if not printed or outfit.print not in STRIPED or not len(garment.faces):
            self._add(garment)
            return
        along = np.array(STRIPED[outfit.print])
        step = 0.9 * outfit.print_scale * self.rng.uniform(0.6, 1.3)
        name = f"stripes.{int(garment.parts[0])}"
        part = self.make_part(name, "cloth", Group.CLOTH, clothes[3 if self.rng.random() < 0.5 else 2])

        def wave(points: Points3) -> NDArray[np.float64]:
            return np.asarray(np.cos(points @ along * 2 * np.pi / step) - 0.25)

        self._add(self._cut(garment, lambda p: -wave(p)))
        stripes = self._cut(garment, wave)
        self._add(replace(stripes, parts=np.full(len(stripes.faces), part)))

    def _add_top(self) -> None:
        outfit, palette, rng = self.design.outfit, self.design.palette, self.rng
        clothes = palette.clothes
        off = LOOSE.get(outfit.top, 0.1) * rng.uniform(0.8, 1.3)
        skirt = outfit.bottom in SKIRTS
        hem = self.waist - 0.1 if skirt else self.hip + rng.uniform(-0.6, 0.4)
        if outfit.top == "coat":
            hem = self.hip - 2.5
        sleeve = SLEEVES.get(outfit.sleeves, 0.94)
        collar = outfit.top in COLLARED
        opening = 0.75 if collar else rng.uniform(0.75, 1.3)
        at = self.neck + np.array([0.0, 0.35 if collar else 0.15, 0.25])
        arm = self._of_body(self.arm)
        reach = np.array([1.0, rng.uniform(0.55, 1.4) if not collar else 1.0, 1.0])

        def off_neck(points: Points3) -> NDArray[np.float64]:
            away = (points - at) / reach
            inside = np.linalg.norm(away, axis=1) - opening
            return np.asarray(np.where(points[:, 1] > at[1] + 0.3, -1.0, inside))

        base = self._tight("top", Group.CLOTH, clothes[0], off)
        top = self._cut(base, off_neck, lambda p: p[:, 1] - hem)
        cuff = rng.random() < 0.45 and sleeve > 0.2
        raglan = rng.random() < 0.3 and sleeve > 0.2
        if sleeve <= 0:
            self._add_printed(self._cut(top, lambda p: 0.04 - arm(p)), outfit.print_on != "bottom")
        else:
            ends = sleeve - (0.05 if cuff else 0.0)
            whole = self._cut(top, lambda p: ends - arm(p))
            if outfit.top in FRONTS:
                whole = self._open_front(whole, arm)
            if raglan:
                part = self.make_part("sleeves", "cloth", Group.SLEEVE, clothes[3] if chance(rng, 0.6) else clothes[1])
                body = self._cut(whole, lambda p: 0.06 - arm(p))
                arms = self._cut(whole, lambda p: arm(p) - 0.06)
                self._add_printed(body, outfit.print_on != "bottom")
                self._add(replace(arms, parts=np.full(len(arms.faces), part)))
            else:
                self._add_printed(whole, outfit.print_on != "bottom")
            if cuff:
                band = self._tight("cuffs", Group.SLEEVE, clothes[2], off + 0.05)
                self._add(self._cut(band, lambda p: sleeve + 0.03 - arm(p), lambda p: arm(p) - sleeve + 0.06))
        if collar or chance(rng, 0.25):
            band = self._tight("collar", Group.COLLAR, clothes[2] if chance(rng, 0.5) else clothes[3], off + 0.07)
            wide = rng.uniform(0.25, 0.6)
            ring = self._cut(band, off_neck, lambda p: wide - off_neck(p), lambda p: -0.05 - arm(p))
            self._add(ring)
        if skirt or chance(rng, 0.3):
            belt = self._tight("belt", Group.CLOTH, palette.accent, off + 0.06)
            level = hem + (0.0 if skirt else 0.25)
            not_arms = self._of_body(0.5 - (1 - self.trunk))
            self._add(self._cut(belt, not_arms, lambda p: level + 0.32 - p[:, 1], lambda p: p[:, 1] - level + 0.04))
