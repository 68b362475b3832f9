"""Poses of a skeleton: turns of bones, blended between poses, and what they do to the vertices that follow them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .mesh import Points3

Pose: TypeAlias = Mapping[str, tuple[float, float, float]]  # degrees about x, y, z, the last one first, by bone
Matrices: TypeAlias = NDArray[np.float64]  # B,3,4


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """A body's skeleton in its rest pose.

    Attributes:
        bones: Names, parents before their children.
        parents: Place of each bone's parent, -1 for the root.
        joints: float B,3: where each bone turns.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    joints: Points3

    def joint(self, bone: str) -> NDArray[np.float64]:
        """float 3: where a bone turns in the rest pose."""
        found: NDArray[np.float64] = self.joints[self.bones.index(bone)]
        return found

    def descend(self, *roots: str) -> NDArray[np.bool_]:
        """bool B: the bones and all that hang on them."""
        chosen = np.zeros(len(self.bones), bool)
        for number, (bone, parent) in enumerate(zip(self.bones, self.parents, strict=True)):
            chosen[number] = bone in roots or (parent >= 0 and chosen[parent])
        return chosen

    def move(self, pose: Pose) -> Matrices:
        """float B,3,4: what takes each bone's vertices from rest into a pose."""
        moves = np.zeros((len(self.bones), 3, 4))
        for number, (bone, parent) in enumerate(zip(self.bones, self.parents, strict=True)):
            before = moves[parent] if parent >= 0 else np.eye(3, 4)
            moves[number] = before
            if bone in pose:
                turn = Rotation.from_euler("XYZ", pose[bone], degrees=True).as_matrix()
                joint = self.joints[number]
                moves[number, :, :3] = before[:, :3] @ turn
                moves[number, :, 3] = before[:, :3] @ (joint - turn @ joint) + before[:, 3]
        return moves


def blend_poses(a: Pose, b: Pose, share: float) -> Pose:
    """The pose at a share of the way from one to another, each bone turning the shortest way."""
    bones = sorted({*a, *b})
    none = (0.0, 0.0, 0.0)
    first, last = (
        Rotation.from_euler("XYZ", [pose.get(bone, none) for bone in bones], degrees=True) for pose in (a, b)
    )
    way = (first.inv() * last).as_rotvec()
    angles = (first * Rotation.from_rotvec(way * share)).as_euler("XYZ", degrees=True)
    return {bone: (float(x), float(y), float(z)) for bone, (x, y, z) in zip(bones, angles, strict=True)}


def join_poses(poses: Sequence[Pose]) -> Pose:
    """One pose of several, a later one's bones in place of an earlier one's."""
    return {bone: turn for pose in poses for bone, turn in pose.items()}


def follow(
    vertices: Points3, normals: Points3, weights: NDArray[np.float32], moves: Matrices
) -> tuple[Points3, Points3]:
    """Vertices and their normals where the bones take them, each bone by its weight (linear blend skinning)."""
    blended = (weights @ moves.reshape(len(moves), 12).astype(np.float32)).reshape(-1, 3, 4).astype(np.float64)
    turned = np.einsum("nij,nj->ni", blended[:, :, :3], normals)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    return np.einsum("nij,nj->ni", blended[:, :, :3], vertices) + blended[:, :, 3], turned
