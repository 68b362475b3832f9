"""People into a drawing: seen by a camera, their parts, shadows and lines are laid into a cel of the drawer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ..drawer.acting import Action
from ..drawer.cel import Cel, Group, piece
from ..drawer.hair_geometry import draw_shine
from ..drawer.head import Head
from ..drawer.inking import INK_SCALE
from ..drawer.lighting import cast_shadows
from ..drawer.scene import place_figure
from .head import MIDDLE, REACH, draw_face_layer
from .lines import Seen, draw_borders, find_borders
from .person import KINDS, Person
from .raster import rasterize
from .rig import Pose

N = TypeVar("N", bound=np.generic)

FACE, SKIN, HAIR, CLOTH = (KINDS.index(kind) for kind in ("face", "skin", "hair", "cloth"))
INTRUSION = (12, 500)  # pixels at 512: smaller patches are specks, larger ones are meant
FOCUS = 3.0  # distance of the image plane, in sides of the drawing


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a person is seen from, and where it stands in the picture.

    Attributes:
        azimuth: Degrees around it: 0 is its front, 90 its left side.
        elevation: Degrees above it.
        roll: Degrees.
        radius: Half the width of its head, in sides of the drawing.
        place: The middle of its head, in sides of the drawing.
    """

    azimuth: float
    elevation: float
    roll: float
    radius: float
    place: tuple[float, float]

    @property
    def axes(self) -> NDArray[np.float64]:
        """float 3,3: right, down and away, in the axes of the world."""
        around, above, roll = np.radians((self.azimuth, self.elevation, self.roll))
        away = -np.array([np.sin(around) * np.cos(above), np.sin(above), np.cos(around) * np.cos(above)])
        right = np.cross(away, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        down = np.cross(away, right)
        cos, sin = np.cos(roll), np.sin(roll)
        return np.stack([right * cos + down * sin, down * cos - right * sin, away])


def fit_camera(person: Person, pose: Pose, camera: Camera) -> Camera:
    """The camera at such a distance that the whole person is in the picture."""
    vertices, _, head = person.pose(pose)
    middle = head[:, :3] @ person.origin + head[:, 3]
    flat = (vertices - middle) @ camera.axes[:2].T / person.unit
    low, high = flat.min(0), flat.max(0)
    radius = 0.92 / float(max(high - low))
    x, y = 0.5 - 0.5 * (low + high) * radius
    return replace(camera, radius=radius, place=(float(x), float(y)))


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A person in a pose as a camera sees it, at the scale of the ink layer.

    Attributes:
        surface: What is seen.
        rest: float32 P,3: for each pixel that is seen its place on the head at rest, in units of the head.
    """

    surface: Seen
    rest: NDArray[np.float32]


def look_at(person: Person, pose: Pose, camera: Camera, size: int, action: Action | None) -> Sight:
    """Find what is seen of a person in a picture of `size` pixels."""
    vertices, normals, head = person.pose(pose, action)
    middle = head[:, :3] @ person.origin + head[:, 3]
    axes = camera.axes
    points = (vertices - middle) @ axes.T / person.unit
    turned = normals @ axes.T
    points[:, 2] += FOCUS / camera.radius
    flat = points[:, :2] / points[:, 2:] * FOCUS * size + np.array(camera.place) * size
    if action is not None:
        flat = action.look(flat, size)
    screen = np.column_stack([flat * INK_SCALE, points[:, 2]])
    raster = rasterize(screen, person.faces, size * INK_SCALE, person.solid)
    seen, face = raster.seen, raster.face[raster.seen]
    corners = person.faces[face]

    def fill(values: NDArray[N], empty: float = 0) -> NDArray[N]:
        spread = np.full((*seen.shape, *values.shape[1:]), empty, values.dtype)
        spread[seen] = values
        return spread

    def mix(values: NDArray[np.float64]) -> NDArray[np.float32]:
        values = values.astype(np.float32)
        mixed = np.zeros((len(corners), values.shape[1]), np.float32)
        for corner in range(3):
            mixed += values[corners[:, corner]] * raster.shares[:, corner, None]
        return mixed

    normal = mix(turned)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    normal *= np.where(raster.inner[seen] & ~person.solid[face], -1, 1)[:, None]
    surface = Seen(
        seen,
        fill(person.parts[face]),
        fill(person.sheets[face]),
        fill(person.kinds[face], -1),
        raster.inner,
        fill(mix(points), 1e6),
        fill(normal),
    )
    return Sight(surface, mix(person.to_head(person.vertices)))


@piece
def draw_person(cel: Cel, person: Person, pose: Pose, camera: Camera) -> Sight:
    """Lay a person over what is in a cel."""
    size, design = cel.size, person.design
    view = look_at(person, pose, camera, size, cel.action)
    surface = view.surface
    place_figure(cel, design, camera.radius * size, camera.place[0] * size, camera.place[1] * size)
    fine = surface.seen[::INK_SCALE, ::INK_SCALE]
    whole = (slice(0, size), slice(0, size))
    cel.ink.clear_mask(surface.seen.view(np.uint8), whole)
    cel.parts[fine] = surface.parts[::INK_SCALE, ::INK_SCALE][fine]
    for layer in (cel.shade, cel.highlight, cel.blush):
        layer[fine] = 0
    _lay_face(cel, person, view)
    contour, inner = find_borders(surface, HAIR, (SKIN, FACE), CLOTH)
    slope, folds = _fold_cloth(cel, view, 2.2 * INK_SCALE * size / 512)
    _shade_form(cel, surface, design.shadow, slope)
    fine_lines = (surface.kinds == HAIR) | folds
    draw_borders(cel.ink, contour, inner | folds, cel.style.contour, fine_lines)
    _cast(cel, person, camera)
    return view


def _fold_cloth(cel: Cel, view: Sight, least: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Folds that stay on the cloth while it moves: how much each pixel is turned, and where a line goes along one.

    Lines are left out where folds are closer than `least` pixels.
    """
    rng, seen = cel.rng, view.surface.seen
    amount = float(rng.uniform(0.0, 1.0))
    along = np.array([rng.choice([-1.0, 1.0]) * 0.75, 0.6, 0.3], np.float32) * np.float32(rng.uniform(5, 8))
    ways, starts = rng.normal(0, 1.1, (6, 3)).astype(np.float32), rng.uniform(0, 6.3, 6).astype(np.float32)
    noise = np.sin(view.rest @ ways.T + starts)
    phase = np.zeros(seen.shape, np.float32)
    phase[seen] = view.rest @ along + 1.6 * noise[:, :3].sum(1)
    strength = np.zeros(seen.shape, np.float32)
    strength[seen] = np.clip(noise[:, 3:].sum(1) - 0.5 + amount, 0, 1)
    strength[view.surface.kinds != CLOTH] = 0
    down, right = np.diff(phase, axis=0, append=phase[-1:]), np.diff(phase, axis=1, append=phase[:, -1:])
    folds = np.zeros_like(seen)
    turn = np.floor(phase / (2 * np.pi))
    folds[:-1] |= turn[:-1] != turn[1:]
    folds[:, :-1] |= turn[:, :-1] != turn[:, 1:]
    folds &= (strength > 0.75) & (np.hypot(down, right) < 1 / least)
    return (-np.cos(phase) * strength * 0.35).astype(np.float32), folds


def _shade_form(cel: Cel, surface: Seen, width: float, slope: NDArray[np.float32]) -> None:
    """Shade what is turned from the light; the wider shadows are, the sooner. Folds turn cloth by a slope."""
    step = slice(None, None, INK_SCALE)
    light = np.array([cel.light[0], cel.light[1], -0.75])
    light /= np.linalg.norm(light)
    normals, kinds = surface.normals[step, step], surface.kinds[step, step]
    lit = normals @ light.astype(np.float32) + slope[step, step]
    limit = np.where(kinds == FACE, -0.4, 0.02 + 0.15 * (width - 1.0) + 0.06 * (kinds == HAIR)).astype(np.float32)
    dark = (lit < limit) & surface.seen[step, step]
    dark |= surface.inner[step, step] & (kinds == CLOTH)
    keep = np.array([part.material not in ("eye", "iris", "mouth") for part in cel.table])
    cel.shade[dark & keep[cel.parts]] = 255


def _lay_face(cel: Cel, person: Person, view: Sight) -> None:
    """Lay the drawn face onto the front of the head."""
    surface = view.surface
    front = np.zeros_like(surface.seen)
    front[surface.seen] = view.rest[:, 2] > 0.1
    front &= surface.kinds == FACE
    if not front.any():
        return
    layer = draw_face_layer(cel, person.design, cel.unit)
    side = layer.size
    scale = side / (2 * REACH)
    x, y = (np.zeros(surface.seen.shape, np.float32) - 1 for _ in range(2))
    # half-way between a projection from the front and one around the head: eyes do not run out toward the temples
    wrapped = 0.5 * view.rest[:, 0] + 0.53 * np.arctan2(view.rest[:, 0], view.rest[:, 2] + 0.2)
    x[surface.seen] = (wrapped + REACH) * scale
    y[surface.seen] = (view.rest[:, 1] - MIDDLE + REACH) * scale
    ink = cv2.remap(layer.ink.pixels, x * INK_SCALE - 0.5, y * INK_SCALE - 0.5, cv2.INTER_LINEAR)
    cel.ink.add(np.where(front, ink, 0).astype(np.uint8))
    step = slice(None, None, INK_SCALE)
    chosen = front[step, step]
    at = (
        np.clip(y[step, step][chosen], 0, side - 1).astype(int),
        np.clip(x[step, step][chosen], 0, side - 1).astype(int),
    )
    for target, source in (
        (cel.parts, layer.parts),
        (cel.shade, layer.shade),
        (cel.highlight, layer.highlight),
        (cel.blush, layer.blush),
    ):
        target[chosen] = source[at]


def _cast(cel: Cel, person: Person, camera: Camera) -> None:
    turned = abs((camera.azimuth + 180) % 360 - 180)
    if person.design.hair.shine and turned < 75:
        draw_shine(cel, person.design, Head(person.design))
    cast_shadows(cel)
    if turned < 60:
        cel.faces[cel.figure] = int(np.count_nonzero(cel.where([Group.FACE], ["skin"])) + 1)


def find_intrusions(surface: Seen, worn_below: Iterable[int], size: int) -> int:
    """How many patches there are where one of the parts that are `worn_below` pokes through the cloth around it.

    Such a patch is small, has cloth of one part all around, and lies as deep as that; a hand before a shirt does not.
    """
    step = slice(None, None, INK_SCALE)
    parts, kinds, depth = surface.parts[step, step], surface.kinds[step, step], surface.points[step, step, 2]
    largest, least = INTRUSION[1] * (size / 512) ** 2, INTRUSION[0] * (size / 512) ** 2
    found = 0
    for part in worn_below:
        count, labels, stats, _ = cv2.connectedComponentsWithStats((parts == part).astype(np.uint8), connectivity=8)
        for number in range(1, count):
            x, y, wide, high, area = stats[number]
            if not least <= area <= largest:
                continue
            window = (slice(max(0, y - 2), y + high + 2), slice(max(0, x - 2), x + wide + 2))
            inside = (labels[window] == number).astype(np.uint8)
            ring = (cv2.dilate(inside, np.ones((3, 3), np.uint8)) > 0) & (inside == 0)
            around = parts[window][ring]
            if (kinds[window][ring] == CLOTH).all() and (around == around[0]).all():
                gap = np.median(depth[window][ring]) - np.median(depth[window][inside > 0])
                found += bool(abs(gap) < 0.08)
    return found
