"""A person: body, head, hair and clothes in a rest pose, as pieces that follow a skeleton."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..drawer.acting import Action
from ..drawer.cel import Group
from ..drawer.curves import Rng
from ..drawer.design import Design
from ..drawer.figure import HANGS
from .clothes import PartMaker, Wardrobe
from .hair import HairMaker
from .head import build_ear, build_head, build_neck
from .makehuman import MakeHuman
from .mesh import Faces, Piece, Points3, cut, turn_outward, vertex_normals
from .rig import Pose, Rig, follow

HEAD_HEIGHT = 2.2  # units, from the top of the skull to the chin
LEAST_HEADS = 4.6  # tall: shorter figures than these have bodies that MakeHuman does not know
KINDS = ("skin", "face", "hair", "cloth")
HAIR_GROUPS = {"cap": Group.FRONT_HAIR, "front": Group.FRONT_HAIR, "side": Group.SIDE_HAIR, "back": Group.BACK_HAIR,
    "tail": Group.TAIL}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """All meshes of a person as one.

    Attributes:
        design: Who it is.
        rig: The skeleton.
        unit: Length of a unit of the head, decimeters.
        origin: float 3: the middle of the head in the rest pose.
        vertices, normals: float N,3 in the rest pose.
        weights: float32 N,B.
        faces: int F,3.
        parts: int F: ids of parts.
        sheets: int F: lines are drawn where one sheet lies before another of the same part.
        kinds: int8 F: place in `KINDS`.
        solid: bool F: the inner side is never seen.
    """

    design: Design
    rig: Rig
    unit: float
    origin: NDArray[np.float64]
    vertices: Points3
    normals: Points3
    weights: NDArray[np.float32]
    faces: Faces
    parts: NDArray[np.int64]
    sheets: NDArray[np.int64]
    kinds: NDArray[np.int8]
    solid: NDArray[np.bool_]

    def pose(self, pose: Pose, action: Action | None = None) -> tuple[Points3, Points3, NDArray[np.float64]]:
        """Vertices and normals in a pose, and the 3,4 matrix that moves the head; hair sways as an action says."""
        moves, vertices = self.rig.move(pose), self.vertices
        if action is not None and action.sway:
            vertices = vertices.copy()
            hair = np.unique(self.faces[self.kinds == KINDS.index("hair")])
            flat = self.to_head(vertices[hair])[:, :2]
            vertices[hair, 0] += self.unit * (replace(action, drag=0.0).bend(flat, HANGS) - flat)[:, 0]
            vertices[hair, 2] -= self.unit * abs(action.drag) * np.maximum(flat[:, 1] - HANGS, 0) ** 1.2
        vertices, normals = follow(vertices, self.normals, self.weights, moves)
        return vertices, normals, moves[self.rig.bones.index("head")]

    def to_head(self, points: Points3) -> Points3:
        """Points of the rest pose in units of the head: y down."""
        return np.asarray((points - self.origin) / self.unit * (1, -1, 1), np.float64)


def make_person(makehuman: MakeHuman, design: Design, rng: Rng, make_part: PartMaker) -> Person:
    """Build a person from a design of the drawer; its parts are made by `make_part`."""
    body = makehuman.morph(_choose_targets(design, rng))
    rig = Rig(makehuman.bones, makehuman.parents, makehuman.joints(body))
    weights = makehuman.weights
    skull, neck = weights[:, rig.descend("head")].sum(1), weights[:, rig.descend("neck01")].sum(1)
    head_joint = rig.joint("head")
    chin = head_joint[1] - 0.36 * (body[makehuman.faces("body")][..., 1].max() - head_joint[1])
    floor = body[makehuman.faces("body")][..., 1].min()
    heads = max(design.heads, LEAST_HEADS)
    unit = float(np.clip((chin - floor) / (HEAD_HEIGHT * (heads - 1)), 0.92, 1.55))
    # a thinner neck, as drawn figures have
    slim = (neck * (1 - skull) * (0.2 if not design.male else 0.08))[:, None] * np.array([1.0, 0.0, 0.8])
    body = body - slim * (body - head_joint)
    chin += 0.12 * unit
    origin = np.array([0.0, chin + unit * design.face.chin, head_joint[2] + 0.26 * unit])
    wardrobe = Wardrobe(makehuman, rig, body, weights, design, rng, make_part)
    clothes = wardrobe.dress()
    skin = make_part("skin.body", "skin", Group.BODY, design.palette.skin)
    faces = makehuman.faces("body")
    faces = faces[~wardrobe.hidden[faces].all(1)]
    whole = Piece("skin", body, faces, weights, np.full(len(faces), skin), np.zeros(len(faces), np.int64), True)
    pieces = [cut(whole, 0.45 - np.maximum(skull, 0.9 * neck).astype(np.float64)), *clothes]
    pieces.append(
        _make_neck(rig, body, weights, make_part("skin.neck", "skin", Group.NECK, design.palette.skin), origin)
    )
    bone = np.zeros((1, len(rig.bones)), np.float32)
    bone[0, rig.bones.index("head")] = 1

    def place(points: Points3) -> Points3:
        return np.asarray(origin + unit * points * (1, -1, 1), np.float64)

    def on_head(kind: str, vertices: Points3, faces: Faces, part: int, solid: bool = True) -> Piece:
        placed, zero = place(vertices), np.zeros(len(faces), np.int64)
        faces = turn_outward(placed, faces) if solid else faces
        return Piece(kind, placed, faces, bone.repeat(len(vertices), 0), zero + part, zero, solid)

    vertices, faces, smooth = build_head(design)
    part = make_part("skin.face", "skin", Group.FACE, design.palette.skin)
    face = on_head("face", vertices, faces, part)
    pieces.append(replace(face, normals=vertex_normals(place(smooth), face.faces)))
    ear = make_part("skin.ear", "skin", Group.EAR, design.palette.skin)
    pieces += [on_head("skin", *build_ear(design, side), ear) for side in (-1.0, 1.0)]
    hair = HairMaker(design, rng).grow()
    names = {"cap": "front"}
    for kind, vertices, faces in hair:
        color = design.palette.inner_hair if kind == "back" else design.palette.hair
        part = make_part(f"hair.{names.get(kind, kind)}", "hair", HAIR_GROUPS[kind], color)
        lock = on_head("hair", vertices, faces, part, solid=kind == "cap")
        pieces.append(_hang(lock, rig, wardrobe, origin[1] - 1.3 * unit, unit))
    return join_pieces(design, rig, unit, origin, pieces)


def _make_neck(rig: Rig, body: Points3, weights: NDArray[np.float32], part: int, origin: NDArray[np.float64]) -> Piece:
    """A neck from the shoulders into the head: MakeHuman's has its head's jaw."""
    near = body[(np.abs(body[:, 1] - rig.joint("neck03")[1]) < 0.12) & (weights[:, rig.descend("neck01")].sum(1) > 0.5)]
    radius = 0.96 * float(np.percentile(np.abs(near[:, 0]), 90))
    foot = rig.joint("neck01") - (0, 0.35, 0.02)
    length, rise = float(origin[1] - foot[1]), float(rig.joint("head")[1] - foot[1])
    vertices, faces = build_neck(radius, length, 0.18)
    share = np.clip(vertices[:, 1] / rise, 0, 1)
    bones = ("spine01", "neck01", "neck02", "head")
    knots = np.linspace(0, 1, len(bones))
    follow = np.zeros((len(vertices), len(rig.bones)), np.float32)
    for bone, knot in zip(bones, knots, strict=True):
        follow[:, rig.bones.index(bone)] = np.clip(1 - np.abs(share - knot) / knots[1], 0, 1)
    count = np.zeros(len(faces), np.int64)
    return Piece("skin", vertices + foot, faces, follow, count + part, count, True)


def _hang(lock: Piece, rig: Rig, wardrobe: Wardrobe, level: float, unit: float) -> Piece:
    """Let long hair follow the chest below a level, and keep it outside of the body."""
    low = lock.vertices[:, 1] < level
    if not low.any():
        return lock
    weights, vertices = lock.weights.copy(), lock.vertices.copy()
    share = np.clip((level - vertices[:, 1]) / (1.2 * unit), 0, 1)
    head, chest = rig.bones.index("head"), rig.bones.index("spine01")
    weights[:, head], weights[:, chest] = 1 - share, share
    # the trunk is about an ellipse at each height
    height = wardrobe.body[:, 1]
    chosen = (wardrobe.trunk(wardrobe.tights) > 0.8) & (height > wardrobe.waist - 2.5)
    levels = np.linspace(float(height[chosen].min()), float(height[chosen].max()), 24)
    sizes = []
    for y in levels:
        near = wardrobe.body[chosen & (np.abs(height - y) < 0.3)]
        sizes.append((np.abs(near[:, 0]).max(), near[:, 2].min(), near[:, 2].max()) if len(near) else (0.5, -0.5, 0.5))
    half, back, front = (np.interp(vertices[:, 1], levels, size) for size in np.array(sizes).T)
    middle, deep = 0.5 * (front + back), 0.5 * (front - back)
    x, z = vertices[:, 0] / half, (vertices[:, 2] - middle) / deep
    distance = np.hypot(x, z)
    grow = np.where(low & (distance < 1.15), 1.15 / np.maximum(distance, 0.05), 1.0)
    ease = np.clip((level + 0.3 - vertices[:, 1]) / (0.8 * unit), 0, 1)
    grow = 1 + (grow - 1) * ease
    vertices[:, 0] = np.where(np.abs(x) < 0.7, vertices[:, 0], vertices[:, 0] * grow)
    vertices[:, 2] = middle + (vertices[:, 2] - middle) * grow
    return replace(lock, vertices=vertices, weights=weights)


def join_pieces(design: Design, rig: Rig, unit: float, origin: NDArray[np.float64], pieces: list[Piece]) -> Person:
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    normals = [p.normals if p.normals is not None else vertex_normals(p.vertices, p.faces) for p in pieces]
    counts = [len(piece.faces) for piece in pieces]
    return Person(
        design,
        rig,
        unit,
        origin,
        np.vstack([piece.vertices for piece in pieces]),
        np.vstack(normals),
        np.vstack([piece.weights for piece in pieces]),
        np.vstack([piece.faces + start for piece, start in zip(pieces, starts[:-1], strict=True)]),
        np.concatenate([piece.parts for piece in pieces]),
        np.concatenate([piece.bodies + 100 * number for number, piece in enumerate(pieces)]),
        np.repeat([KINDS.index(piece.kind) for piece in pieces], counts).astype(np.int8),
        np.repeat([piece.solid for piece in pieces], counts),
    )


def _choose_targets(design: Design, rng: Rng) -> dict[str, float]:
    """How much of each of MakeHuman's targets makes this body."""
    male = float(np.clip(rng.normal(0.85 if design.male else 0.08, 0.08), 0, 1))
    young = {"child": 0.25, "teen": 0.8, "adult": 1.0, "elder": 1.0}[design.age]
    races = dict(zip(("caucasian", "asian", "african"), rng.dirichlet([1.2, 1.2, 0.4]), strict=True))
    muscle, weight = float(rng.uniform(-0.6, 0.3)), float(rng.normal(-0.25, 0.35))
    height = float(rng.uniform(-0.3, 0.5))
    amounts: dict[str, float] = {}
    for gender, of_gender in (("female", 1 - male), ("male", male)):
        for age, of_age in (("child", 1 - young), ("young", young)):
            for race, of_race in races.items():
                amounts[f"macrodetails/{race}-{gender}-{age}"] = of_gender * of_age * of_race
            for muscles, of_muscle in (
                ("averagemuscle", 1 - abs(muscle)),
                ("maxmuscle", muscle),
                ("minmuscle", -muscle),
            ):
                for mass, of_mass in (
                    ("averageweight", 1 - abs(weight)),
                    ("maxweight", weight),
                    ("minweight", -weight),
                ):
                    name = f"{gender}-{age}-{muscles}-{mass}"
                    amount = of_gender * of_age * max(of_muscle, 0.0) * max(of_mass, 0.0)
                    amounts[f"macrodetails/universal-{name}"] = amount
                    amounts[f"macrodetails/proportions/{name}-idealproportions"] = amount
                    tall = "maxheight" if height > 0 else "minheight"
                    amounts[f"macrodetails/height/{name}-{tall}"] = amount * abs(height)
    return amounts
