"""The mesh of a head, as the drawer's hands construct faces, and the face that is drawn on it.

Units are the drawer's: the middle of the skull is 0, 0, 0, half a face is about 0.9 wide; y points down, z forward.
"""

import numpy as np
from numpy.typing import NDArray

from ..drawer.accessories import draw_on_face
from ..drawer.acting import Action
from ..drawer.cel import Cel, Group
from ..drawer.curves import Points, spline
from ..drawer.design import Design
from ..drawer.eyes import EyePlace, draw_brow, draw_eye
from ..drawer.head import Head
from ..drawer.line_styles import LineStyle
from ..drawer.mouth import draw_mouth, draw_nose
from ..drawer.skin_marks import draw_marks
from .mesh import Faces, Points3

TOP = -1.0  # of the skull
RINGS, SPOKES = 56, 64
REACH = 1.35  # half the side of the drawn face
MIDDLE = 0.2  # height of its middle


def build_head(design: Design) -> tuple[Points3, Faces, Points3]:
    """A head without hair and ears: vertices, faces, and the vertices without nose, whose normals shade softly."""
    head = Head(design)
    chin = design.face.chin
    outline = head.contour()[0]
    # rings are closer where the outline turns
    y = TOP + (chin - TOP) * (0.5 - 0.5 * np.cos(np.linspace(0.02, np.pi, RINGS)))
    order = np.argsort(outline[:, 1])
    below = np.interp(y, outline[order, 1], outline[order, 0])
    temple, wide = -0.3, float(outline[0, 0])
    above = wide * np.sqrt(np.clip(1 - ((y - temple) / (TOP - temple)) ** 2, 0, 1))
    half = np.where(y < temple, above, below)
    mouth = head.mouth_y
    front = _side_curve(
        [
            (TOP, 0.0),
            (-0.95, 0.32),
            (-0.75, 0.66),
            (-0.35, 0.86),
            (0.1, 0.86),
            (head.nose_y - 0.1, 0.84),
            (mouth, 0.82),
            (0.5 * (mouth + chin), 0.79),
            (chin - 0.04, 0.74),
            (chin, 0.6),
        ],
        y,
    )
    back = _side_curve([(TOP, -0.1), (-0.95, -0.45), (-0.7, -0.8), (-0.25, -0.97), (0.15, -0.88), (0.42, -0.6),
        (0.68, -0.42), (0.5 * (0.68 + chin), -0.02), (chin - 0.08, 0.3), (chin, 0.5)], y)  # fmt: skip
    angle = np.linspace(-np.pi, np.pi, SPOKES, endpoint=False)  # 0 is the front
    sin, cos = np.sin(angle), np.cos(angle)
    power = 2 / 2.25
    x = half[:, None] * np.sign(sin) * np.abs(sin) ** power
    z = (0.5 * (front + back))[:, None] + (0.5 * (front - back))[:, None] * np.sign(cos) * np.abs(cos) ** power
    smooth = np.stack([x, np.broadcast_to(y[:, None], x.shape), z], 2).reshape(-1, 3)
    vertices = smooth.copy()
    out = {"none": 0.05, "dot": 0.06, "tick": 0.09, "button": 0.1, "full": 0.16, "beak": 0.26, "bridge": 0.14}
    nose = out.get(design.face.nose, 0.09)
    across, drop = smooth[:, 0], smooth[:, 1] - head.nose_y
    tall = np.where(drop < 0, 0.19, 0.06)
    bump = np.exp(-((across / 0.1) ** 2) - (drop / tall) ** 2) * nose
    lips = np.exp(-((across / 0.16) ** 2) - ((smooth[:, 1] - head.mouth_y) / 0.09) ** 2) * 0.03
    vertices[:, 2] += np.where(smooth[:, 2] > 0.3, bump + lips, 0)
    ring, spoke = np.meshgrid(np.arange(RINGS - 1), np.arange(SPOKES), indexing="ij")
    a, b = ring * SPOKES + spoke, ring * SPOKES + (spoke + 1) % SPOKES
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, a + SPOKES, b), (b, a + SPOKES, b + SPOKES))])
    middle = 0.5 * (front + back)
    ends = np.array([[0, y[0], middle[0]], [0, y[-1], middle[-1]]])
    turn, last = np.arange(SPOKES), (RINGS - 1) * SPOKES
    count = len(vertices)
    caps = [np.stack([turn, (turn + 1) % SPOKES, np.full(SPOKES, count)], 1)]
    caps.append(np.stack([last + (turn + 1) % SPOKES, last + turn, np.full(SPOKES, count + 1)], 1))
    return np.vstack([vertices, ends]), np.vstack([faces, *caps]), np.vstack([smooth, ends])


def build_ear(design: Design, side: float) -> tuple[Points3, Faces]:
    """A flat ear at one side (-1 left in the picture, 1 right)."""
    size = design.face.ears
    tall, deep = 0.26 * size, 0.16 * size
    around, rings = 20, 7
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    height = np.linspace(-1, 1, rings)
    points = []
    for level in height:
        radius = np.sqrt(max(0.0, 1 - level**2)) + 0.02
        points.append(
            np.stack([np.full(around, level * 0.07), tall * np.cos(angle) * radius, deep * np.sin(angle) * radius], 1)
        )
    vertices = np.vstack(points)
    vertices[:, 1] *= 1 - 0.25 * (vertices[:, 1] > 0)
    if design.face.elf:
        tip = np.clip(-vertices[:, 1] / tall, 0, 1) ** 1.5
        vertices += tip[:, None] * np.array([0.32, -0.16, -0.25])
    lean = 0.5  # stands off the skull
    vertices = vertices @ np.array([[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]])
    vertices += (0.93 * design.face.width, design.eyes.level * 0.4 + 0.16, -0.12)
    vertices[:, 0] *= side
    ring, spoke = np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij")
    a, b = ring * around + spoke, ring * around + (spoke + 1) % around
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, a + around, b), (b, a + around, b + around))])
    return vertices, faces[:, ::-1] if side > 0 else faces


def build_neck(radius: float, length: float, lean: float) -> tuple[Points3, Faces]:
    """A tube of some radius and length, upward from 0, 0, 0 in the world's axes; its upper end lies so far forward."""
    rows, around = 10, 28
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    share = np.linspace(0, 1, rows)[:, None]
    wide = radius * (1 + 0.25 * (1 - share) ** 3)
    tube = (wide * np.sin(angle), share * length + 0 * angle, 0.92 * wide * np.cos(angle) + lean * share)
    ring, spoke = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = ring * around + spoke, ring * around + (spoke + 1) % around
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, a + around), (b, b + around, a + around))])
    return np.stack(tube, -1).reshape(-1, 3), faces


def draw_face_layer(cel: Cel, design: Design, scale: float) -> Cel:
    """A cel of its own with the face seen from the front; its parts are of the table of `cel`.

    Args:
        cel: The drawing's.
        design: Whose face; its yaw is 0.
        scale: Pixels per unit.
    """
    side = max(64, round(2 * REACH * scale))
    style: LineStyle = cel.style
    layer = Cel(side, style, cel.light, cel.rng, cel.action, cel)
    layer.figure, layer.shadow = cel.figure, cel.shadow
    factor = side / (2 * REACH)
    layer.frame = np.array([[factor, 0, side / 2], [0, factor, side / 2 - MIDDLE * factor]])
    if cel.action is not None:
        layer.action = Action(cel.action.seed)
    # styles give widths for pictures of 512 pixels
    layer.pen = cel.pen * cel.size / side
    head = Head(design)
    sheet = np.array([[-9.0, -9], [9, -9], [9, 9], [-9, 9]])
    layer.fill(sheet, layer.part("skin.face", "skin", Group.FACE, design.palette.skin))
    draw_marks(layer, design, head)
    draw_nose(layer, design, head)
    draw_mouth(layer, design, head)
    for x, outward, narrow in head.eyes:
        eyes = design.eyes
        place = EyePlace(x, eyes.level, outward, eyes.a * narrow, eyes.b, eyes.slant)
        draw_eye(layer, design, place, "left" if outward < 0 else "right")
        draw_brow(layer, design, x, outward, narrow)
    draw_on_face(layer, design, head)
    return layer


def _side_curve(points: list[tuple[float, float]], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth at each height, of a smooth way through points (height, depth)."""
    way: Points = spline(points, 16)
    order = np.argsort(way[:, 0], kind="stable")
    return np.asarray(np.interp(y, way[order, 0], way[order, 1]), np.float64)
