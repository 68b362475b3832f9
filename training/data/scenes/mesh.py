"""Triangle meshes: normals, islands, and cutting along where a number changes its sign."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Points3 = NDArray[np.float64]
Faces = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece of a figure in its rest pose.

    Attributes:
        kind: "skin", "face", "hair" or "cloth".
        vertices: float N,3.
        faces: int F,3.
        weights: float32 N,B: how much each vertex follows each bone.
        parts: int F: id of each face's part in the table of the drawing.
        bodies: int F: which sheet of the piece a face belongs to; between two of them that overlap there is a line.
        solid: Its inner side is never seen.
        normals: float N,3; None takes those of the mesh.
    """

    kind: str
    vertices: Points3
    faces: Faces
    weights: NDArray[np.float32]
    parts: NDArray[np.int64]
    bodies: NDArray[np.int64]
    solid: bool = False
    normals: Points3 | None = None


def vertex_normals(vertices: Points3, faces: Faces) -> Points3:
    """float N,3 unit normals, each the mean of its faces' by their area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for axis in range(3):
        total[:, axis] = np.bincount(faces.ravel(), normal[:, axis].repeat(3), len(vertices))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-12), np.float64)


def number_islands(faces: Faces) -> NDArray[np.int64]:
    """int F: the number of the connected part that each face belongs to."""
    count = int(faces.max()) + 1
    edges = np.vstack([faces[:, :2], faces[:, 1:]])
    links = coo_matrix((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), (count, count))
    labels = connected_components(links, directed=False)[1]
    return np.unique(labels[faces[:, 0]], return_inverse=True)[1].astype(np.int64)


def cut(piece: Piece, kept: NDArray[np.float64]) -> Piece:
    """What is left of a piece where a number, given for each vertex, is above 0; faces are cut where it is 0."""
    inside = kept[piece.faces] > 0
    count = inside.sum(1)
    whole = piece.faces[count == 3]
    new_faces, sources = [whole], [np.flatnonzero(count == 3)]
    firsts, seconds, shares = [], [], []
    total = len(piece.vertices)
    for number in (1, 2):
        crossed = np.flatnonzero(count == number)
        if not len(crossed):
            continue
        # turn each face so that its corner that differs from the others comes first
        odd = (inside[crossed] == (number == 1)).argmax(1)
        turned = piece.faces[crossed[:, None], (odd[:, None] + np.arange(3)) % 3]
        ends = []
        for other in (1, 2):
            a, b = turned[:, 0], turned[:, other]
            shares.append(kept[a] / (kept[a] - kept[b]))
            firsts.append(a)
            seconds.append(b)
            ends.append(total + np.arange(len(crossed)))
            total += len(crossed)
        if number == 1:
            new_faces.append(np.stack([turned[:, 0], *ends], 1))
            sources.append(crossed)
        else:
            new_faces += [
                np.stack([ends[0], turned[:, 1], turned[:, 2]], 1),
                np.stack([ends[0], turned[:, 2], ends[1]], 1),
            ]
            sources += [crossed, crossed]
    if firsts:
        a, b, share = np.concatenate(firsts), np.concatenate(seconds), np.concatenate(shares)[:, None]
        points = np.vstack([piece.vertices, piece.vertices[a] * (1 - share) + piece.vertices[b] * share])
        mixed = piece.weights[a] * (1 - share) + piece.weights[b] * share
        weights = np.vstack([piece.weights, mixed.astype(np.float32)])
    else:
        points, weights = piece.vertices, piece.weights
    kept_faces, source = np.vstack(new_faces), np.concatenate(sources)
    used, index = np.unique(kept_faces, return_inverse=True)
    return replace(
        piece,
        vertices=points[used],
        faces=index.reshape(-1, 3).astype(np.int64),
        weights=weights[used],
        parts=piece.parts[source],
        bodies=piece.bodies[source],
    )


def turn_outward(vertices: Points3, faces: Faces) -> Faces:
    """The faces of a closed or nearly closed mesh, turned so that their normals point out of it."""
    a, b, c = (vertices[faces[:, k]] - vertices.mean(0) for k in range(3))
    volume = (a * np.cross(b, c)).sum()
    return faces if volume > 0 else faces[:, ::-1]
