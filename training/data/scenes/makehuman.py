"""MakeHuman's CC0 people: the base mesh, its targets, skeleton, weights, clothes and poses, read from a folder."""

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError

from .mesh import Faces, Points3, number_islands

BASE = "makehuman/data/3dobjs/base.obj"
SKELETON = "makehuman/data/rigs/default.mhskel"
WEIGHTS = "makehuman/data/rigs/default_weights.mhw"
TARGETS = "makehuman/data/targets.npz"
SUITS = "base/clothes/*suit*/*.mhclo"
SHOES = "base/clothes/shoes*/*.mhclo"
POSES = "base/poses/*.bvh"
FREE = "CC0"  # what a file's own header has to say, where it says anything
TARGET_UNIT = 1e-3  # of the targets' whole numbers
GROUPS = ("body", "helper-tights", "helper-skirt")

Matrices = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A garment whose vertices hang on triangles of the base mesh.

    Attributes:
        name: Name of its file.
        faces: int F,3.
        islands: int F: which piece of the pattern a face belongs to.
        anchors: int N,3 vertices of the base mesh.
        shares: float N,3, how much of each.
        offsets: float N,3 beside them, before scaling.
        scales: For x, y and z two vertices of the base mesh and the distance between them that the offsets are for.
        hidden: bool: the vertices of the base mesh that it covers.
    """

    name: str
    faces: Faces
    islands: NDArray[np.int64]
    anchors: NDArray[np.int64]
    shares: NDArray[np.float64]
    offsets: Points3
    scales: tuple[tuple[int, int, float], ...]
    hidden: NDArray[np.bool_]

    def fit(self, body: Points3) -> Points3:
        """The garment's vertices on a body."""
        scale = [abs(body[a, axis] - body[b, axis]) / length for axis, (a, b, length) in enumerate(self.scales)]
        placed: Points3 = (body[self.anchors] * self.shares[..., None]).sum(1) + self.offsets * scale
        return placed


class MakeHuman:
    """What was found in a folder, each thing read when it is first asked for.

    Args:
        folder: Where docs/data.md puts the sources: anything below it is found by the end of its path.

    Raises:
        InputError: A file is missing, or says that its license is not CC0.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._base = self._find(BASE)[0]
        self.suits = self._find(SUITS)
        self.shoes = self._find(SHOES)
        self.clips = self._find(POSES)
        self._targets = np.load(self._find(TARGETS)[0], allow_pickle=False)
        self._unpacked: dict[str, tuple[NDArray[np.int64], Points3]] = {}

    @staticmethod
    def is_installed(folder: Path) -> bool:
        """Whether all that is needed lies below a folder."""
        needed = (BASE, SKELETON, WEIGHTS, TARGETS, SUITS, SHOES, POSES)
        return all(next(folder.glob(f"*/{pattern}"), None) for pattern in needed)

    def _find(self, pattern: str) -> list[Path]:
        paths = sorted(path for path in self.folder.glob(f"*/{pattern}") if _is_free(path))
        if not paths:
            raise InputError(
                f"{self.folder}: expected */{pattern} of MakeHuman under CC0; docs/data.md says how to get it"
            )
        return paths

    @cached_property
    def _mesh(self) -> tuple[Points3, dict[str, Faces]]:
        vertices, faces, _, groups = read_obj(self._base)
        names = np.array(groups)
        return vertices, {name: faces[names == name] for name in GROUPS}

    @property
    def vertices(self) -> Points3:
        """float N,3 of the base mesh: x to the figure's left, y up, z to the front, decimeters."""
        return self._mesh[0]

    def faces(self, group: str) -> Faces:
        """int F,3 triangles of one of `GROUPS`."""
        return self._mesh[1][group]

    def morph(self, amounts: dict[str, float]) -> Points3:
        """The base mesh's vertices, moved by so much of each target."""
        vertices = self.vertices.copy()
        for name, amount in amounts.items():
            if amount > 1e-4:
                if name not in self._unpacked:
                    index, way = (self._targets[f"targets/{name}.{array}"] for array in ("index", "vector"))
                    self._unpacked[name] = index.astype(np.int64), way * TARGET_UNIT
                index, way = self._unpacked[name]
                vertices[index] += amount * way
        return vertices

    @cached_property
    def _skeleton(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = json.loads(self._find(SKELETON)[0].read_text("utf-8"))
        return found

    @cached_property
    def bones(self) -> tuple[str, ...]:
        """Names, parents before their children."""
        parents = {name: bone["parent"] for name, bone in self._skeleton["bones"].items()}  # type: ignore[index]
        ordered: list[str] = []
        while len(ordered) < len(parents):
            ordered += [b for b in parents if b not in ordered and (parents[b] is None or parents[b] in ordered)]
        return tuple(ordered)

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """The parent's place in `bones` for each bone, -1 for the root."""
        bones = self._skeleton["bones"]
        return tuple(
            -1 if bones[name]["parent"] is None else self.bones.index(bones[name]["parent"])  # type: ignore[index]
            for name in self.bones
        )

    def joints(self, vertices: Points3) -> Points3:
        """float B,3: where each bone turns, in a body's rest pose."""
        bones, corners = self._skeleton["bones"], self._skeleton["joints"]
        return np.stack([vertices[corners[bones[name]["head"]]].mean(0) for name in self.bones])  # type: ignore[index,call-overload]

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """float32 N,B: how much each vertex follows each bone; rows sum to 1."""
        weights = np.zeros((len(self.vertices), len(self.bones)), np.float32)
        listed = json.loads(self._find(WEIGHTS)[0].read_text("utf-8"))["weights"]
        for number, bone in enumerate(self.bones):
            if pairs := listed.get(bone):
                index, share = np.array(pairs).T
                weights[index.astype(np.int64), number] = share
        weights[weights.sum(1) == 0, 0] = 1
        weights /= weights.sum(1, keepdims=True)
        return weights

    def garment(self, path: Path) -> Fitted:
        """One of `suits` or `shoes`."""
        return _read_garment(path, len(self.vertices))

    def read_clip(self, path: Path) -> dict[str, tuple[float, float, float]]:
        """The first frame of one of `clips`: degrees about x, y, z for each bone that turns."""
        return _read_bvh(path)


def read_obj(path: Path) -> tuple[Points3, Faces, Faces, list[str]]:
    """Vertices, triangles, the same triangles as numbers of texture points, and the group of each triangle."""
    vertices: list[list[float]] = []
    faces: list[tuple[int, ...]] = []
    texture: list[tuple[int, ...]] = []
    groups: list[str] = []
    group = ""
    for line in path.read_text("utf-8", "ignore").splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(number) for number in rest[:3]])
        elif kind == "g":
            group = rest[0] if rest else ""
        elif kind == "f":
            corners = [corner.split("/") for corner in rest]
            at = [int(corner[0]) - 1 for corner in corners]
            on = [int(corner[1]) - 1 if len(corner) > 1 and corner[1] else 0 for corner in corners]
            for k in range(1, len(at) - 1):
                faces.append((at[0], at[k], at[k + 1]))
                texture.append((on[0], on[k], on[k + 1]))
                groups.append(group)
    return np.array(vertices), np.array(faces, np.int64), np.array(texture, np.int64), groups


def _is_free(path: Path) -> bool:
    """Whether a file's header, where it names a license, names CC0."""
    if path.suffix == ".npz":
        return True
    with path.open(encoding="utf-8", errors="ignore") as file:
        head = file.read(2000)
    return "AGPL" not in head or FREE in head


@lru_cache(maxsize=24)
def _read_garment(path: Path, count: int) -> Fitted:
    anchors, shares, offsets, hidden = [], [], [], np.zeros(count, bool)
    scales = dict.fromkeys("xyz", (0, 1, 1.0))
    mode, mesh = "", path.with_suffix(".obj")
    for line in path.read_text("utf-8", "ignore").splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "obj_file":
            mesh = path.parent / words[1]
        elif words[0][1:] == "_scale":
            scales[words[0][0]] = (int(words[1]), int(words[2]), float(words[3]))
        elif words[0] in ("verts", "delete_verts"):
            mode = words[0]
        elif not words[0].lstrip("-").isdigit():
            continue
        elif mode == "verts":
            numbers = [float(word) for word in words]
            exact = len(words) == 1  # one vertex of the base mesh
            anchors.append([int(numbers[0])] * 3 if exact else [int(number) for number in numbers[:3]])
            shares.append([1.0, 0.0, 0.0] if exact else numbers[3:6])
            offsets.append([0.0, 0.0, 0.0] if exact else numbers[6:9])
        elif mode == "delete_verts":
            for first, last in re.findall(r"(\d+)(?:\s*-\s*(\d+))?", line):
                hidden[int(first) : int(last or first) + 1] = True
    vertices, faces, texture, _ = read_obj(mesh)
    if len(vertices) != len(anchors):
        raise InputError(
            f"{path}: expected {len(vertices)} vertices, received {len(anchors)}; fetch MakeHuman's assets anew"
        )
    islands = number_islands(texture if texture.any() else faces)
    return Fitted(
        path.stem,
        faces,
        islands,
        np.array(anchors),
        np.array(shares),
        np.array(offsets),
        tuple(scales.values()),
        hidden,
    )


@lru_cache(maxsize=32)
def _read_bvh(path: Path) -> dict[str, tuple[float, float, float]]:
    channels: list[tuple[str, str]] = []
    name = ""
    lines = path.read_text("utf-8").splitlines()
    for line in lines:
        words = line.split()
        if words and words[0] in ("ROOT", "JOINT"):
            name = words[1]
        elif words and words[0] == "CHANNELS":
            channels += [(name, channel) for channel in words[2:]]
    values = [float(word) for word in lines[-1].split()] or [float(word) for word in lines[-2].split()]
    turns: dict[str, list[float]] = {}
    for (bone, channel), value in zip(channels, values, strict=True):
        if channel.endswith("rotation"):
            turns.setdefault(bone, [0.0, 0.0, 0.0])["XYZ".index(channel[0])] = value
    return {bone: (x, y, z) for bone, (x, y, z) in turns.items() if abs(x) + abs(y) + abs(z) > 0.01}
