"""Heads: the contour of the face from front to three-quarter view and profile, ears, nose, mouth and what is on skin.

Units: the middle of the skull is 0, 0; half the face's width is about 0.9. Turned heads look to the right."""

import numpy as np

from .canvas import Canvas, Group
from .curves import Points, as_points, bezier, ellipse, line, mirror, spline
from .design import Design, chance
from .eyes import EyePlace, draw_brow, draw_eye
from .palette import luminance, shaded


class Head:
    """Where things are on a head: the geometry that face, hair and accessories share.

    Attributes:
        yaw: 0 front to 1 three-quarter view.
        profile: Whether it is seen from the side.
        hair_x: Middle of the skull's hair.
        face_x: Middle line of the face, at the height of the eyes.
        top: Upper end of the hair.
        half: Half width of the hair.
        eyes: For each eye its x, side (1 is outward to the right) and narrowing.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        face, eyes, volume = design.face, design.eyes, design.hair.volume
        self.yaw = design.yaw
        self.profile = design.view == "profile"
        self.back = design.view == "back"
        cropped = {"crew": 0.3, "bald": 0.0, "slick": 0.5}.get(design.hair.style, 1.0)
        self.top = -1.02 - volume * cropped
        self.half = (1.04 + 0.62 * volume * cropped) * (0.5 + 0.5 * face.width) + 0.05 * self.yaw
        self.hair_x = -0.12 * self.yaw if not self.profile else -0.14
        self.face_x = 0.24 * self.yaw if not self.profile else 0.55
        self.eyes: list[tuple[float, float, float]] = []
        if self.profile:
            self.eyes = [(0.5 * face.width + 0.04, -1.0, 0.9)]
        elif not self.back:
            near, far = self.across(-eyes.spacing), self.across(eyes.spacing)
            self.eyes = [(near, -1.0, 1 - 0.05 * self.yaw), (far, 1.0, 1 - 0.26 * self.yaw)]
        self.nose_y = 0.5 * (eyes.level + max(eyes.b, 0.16)) + 0.30 + 0.12 * (face.chin - 1.0)
        self.mouth_y = self.nose_y * 0.42 + face.chin * 0.58 - 0.03

    def across(self, x: float) -> float:
        """A place on the face's width (-1 to 1 from its middle line) as x."""
        return x * (1 - 0.1 * self.yaw) * self.design.face.width + 0.24 * self.yaw

    def contour(self) -> tuple[Points, Points]:
        """The face's two sides, from the temple down to the chin: far (right) and near."""
        face, a = self.design.face, self.yaw
        if self.profile:
            return self._profile(), self._jaw()
        w, jaw, chin, blunt = face.width, face.jaw * face.width, face.chin, face.blunt
        drop = 0.93 + 0.8 * (chin - 1.2)
        low = 0.55 + 0.5 * (chin - 1.2)

        def mix(front: tuple[float, float], turned: tuple[float, float]) -> tuple[float, float]:
            return front[0] * (1 - a) + turned[0] * a, front[1] * (1 - a) + turned[1] * a

        tip = (0.24 * a, chin)
        wide = 0.42 + blunt
        far = [
            mix((0.9 * w, -0.3), (0.93 * w, -0.3)), mix((0.915 * w, 0.12), (0.85 * w, 0.15)),
            mix((0.83 * jaw, low), (0.885 * jaw, 0.5)), mix((wide * jaw, drop), (0.14 * a + wide * jaw, drop - 0.01)),
            mix((blunt + 0.03, chin - 0.035), (0.24 + blunt + 0.01, chin - 0.025)), tip,
        ]  # fmt: skip
        near = [
            mix((-0.9 * w, -0.3), (-0.92 * w, -0.3)), mix((-0.915 * w, 0.12), (-0.9 * w, 0.1)),
            mix((-0.83 * jaw, low), (-0.77 * jaw, low)), mix((-wide * jaw, drop), (-(wide - 0.1) * jaw, drop + 0.02)),
            mix((-blunt - 0.03, chin - 0.035), (0.24 - blunt - 0.06, chin - 0.03)), tip,
        ]  # fmt: skip
        return spline(far, 12), spline(near, 12)

    def _profile(self) -> Points:
        face = self.design.face
        w, chin, y = face.width, face.chin, self.nose_y
        mouth = self.mouth_y
        out = {"none": 0.0, "dot": 0.01, "tick": 0.03, "button": 0.06, "full": 0.1, "beak": 0.2, "bridge": 0.07}.get(
            face.nose, 0.03
        )
        puff = 0.025 if face.lips else 0.0
        front = 0.8 * w
        return spline(
            [
                (front - 0.1, -0.75), (front + 0.04, -0.35), (front + 0.06, self.design.eyes.level - 0.3), (front - 0.03, self.design.eyes.level + 0.02),
                (front + 0.13 + out, y - 0.06), (front + 0.12 + out, y), (front + 0.0, y + 0.08), (front + 0.03 + puff, mouth - 0.05),
                (front - 0.03, mouth), (front + 0.0 + puff, mouth + 0.06), (front - 0.07, mouth + 0.13), (front - 0.06, chin - 0.08), (front - 0.2, chin + 0.02),
            ],
            8,
        )  # fmt: skip

    def _jaw(self) -> Points:
        face = self.design.face
        front, chin = 0.8 * face.width, face.chin
        return spline(
            [(-0.3, 0.1), (-0.26, 0.45), (-0.05, 0.76 * chin), (front - 0.55, chin - 0.06), (front - 0.2, chin + 0.02)],
            10,
        )

    def ear_places(self) -> list[tuple[float, float, float]]:
        """x, y, side of the ears that can be seen."""
        w, y = self.design.face.width, self.design.eyes.level * 0.4 + 0.22
        if self.profile:
            return [(-0.32, y, -1.0)]
        if self.yaw < 0.3:
            return [(-0.92 * w, y, -1.0), (0.92 * w, y, 1.0)]
        return [((-0.92 + 0.14 * self.yaw) * w, y, -1.0)]


def draw_face(canvas: Canvas, design: Design, head: Head) -> None:
    """Draw the head without hair: ears, face, nose, mouth and eyes."""
    skin = canvas.part("skin.face", "skin", Group.FACE, design.palette.skin)
    if head.back:
        skull = ellipse(0, 0.1, 0.88, 1.0, 40)
        canvas.fill(skull, skin)
        canvas.outline(skull)
        for side in (-1.0, 1.0):
            _draw_ear(canvas, design, -0.9 * side, 0.3, -side)
        return
    ears = head.ear_places()
    if not head.profile and head.yaw < 0.3:
        for ear in ears:
            _draw_ear(canvas, design, *ear)
    far, near = head.contour()
    skull = ellipse(0 if not head.profile else -0.05, -0.35, 0.9 * design.face.width, 0.62, 30)[15:]
    painted = canvas.fill(np.vstack([far, near[::-1], skull]), skin, crescent=0.055)
    if painted is not None:
        canvas.faces[canvas.figure] = int(np.count_nonzero(painted.mask))
    weight = canvas.style.contour
    canvas.stroke(far[0 if head.profile else 8 :], weight, 0.08, 0.05, tip=0.4)
    canvas.stroke(near[8:], weight, 0.1, 0.05, tip=0.4)
    if head.profile or head.yaw >= 0.3:
        for ear in ears:
            _draw_ear(canvas, design, *ear)
    _draw_marks(canvas, design, head)
    if head.profile:
        _draw_profile_mouth(canvas, design, head)
    else:
        _draw_nose(canvas, design, head)
        _draw_mouth(canvas, design, head)
    for x, side, narrow in head.eyes:
        eyes = design.eyes
        place = EyePlace(x, eyes.level, side, eyes.a * narrow, eyes.b, eyes.slant)
        draw_eye(canvas, design, place, "left" if side < 0 else "right", head.profile)


def draw_brows(canvas: Canvas, design: Design, head: Head) -> None:
    """Draw the brows; many hands draw them over the hair."""
    for x, side, narrow in head.eyes:
        draw_brow(canvas, design, x + 0.03 * head.yaw, side, narrow * (0.8 if head.profile else 1.0))


def _draw_ear(canvas: Canvas, design: Design, x: float, y: float, side: float) -> None:
    size = design.face.ears
    part = canvas.part("skin.ear", "skin", Group.EAR, design.palette.skin)
    if design.face.elf:
        shape = spline([(0, -0.2), (0.16, -0.3), (0.52, -0.42), (0.3, -0.02), (0.1, 0.18), (0, 0.24)], 8)
        inner = spline([(0.06, -0.14), (0.2, -0.2), (0.38, -0.3)], 6)
    else:
        shape = spline([(0, -0.22), (0.13, -0.3), (0.2, -0.08), (0.1, 0.18), (0, 0.24)], 8)
        inner = spline([(0.04, -0.16), (0.12, -0.15), (0.09, 0.04)], 6)
    if design.view == "profile":
        shape = spline(
            [(0.05, -0.2), (-0.02, -0.3), (-0.16, -0.24), (-0.17, -0.02), (-0.06, 0.2), (0.04, 0.24), (0.1, 0.05)], 8
        )
        shape, inner, side = shape * (1.1, 1), spline([(-0.0, -0.16), (-0.1, -0.14), (-0.08, 0.06)], 6) * (1.1, 1), 1.0
        if design.face.elf:
            shape = spline([(0.05, -0.15), (-0.2, -0.34), (-0.52, -0.44), (-0.24, 0.0), (-0.04, 0.22), (0.08, 0.1)], 8)
            inner = spline([(-0.02, -0.1), (-0.18, -0.22), (-0.36, -0.32)], 6)
    place = mirror(shape, side) * size + (x, y)
    canvas.fill(place, part, crescent=0.04)
    canvas.stroke(place, 1.0, 0.1, 0.15)
    canvas.stroke(mirror(inner, side) * size + (x, y), 0.7, 0.3, 0.5)
    if "earrings" in design.accessories:
        ring = ellipse(x + side * 0.05, y + 0.31 * size, 0.06, 0.07, 18)
        canvas.fill(ring, canvas.part("earring", "thing", Group.ACCESSORY, design.palette.metal), crescent=0.02)
        canvas.outline(ring, 0.7)


def _draw_marks(canvas: Canvas, design: Design, head: Head) -> None:
    """Blush, freckles, moles, scars, wrinkles and beards."""
    face, eyes, rng = design.face, design.eyes, canvas.rng
    cheeks = [(head.across(-0.5), 1.0), (head.across(0.5), 1 - 0.3 * head.yaw)]
    if head.profile:
        cheeks = [(0.36, 0.8)]
    y = eyes.level + max(eyes.b, 0.15) + 0.14
    for x, narrow in cheeks:
        if face.blush:
            canvas.add_blush((x, y), 0.24 * narrow, 0.12, 0.55 if face.blush == 1 else 1.0, [Group.FACE])
        if face.blush == 2:
            for k in range(3):
                at = x - 0.1 + 0.09 * k
                canvas.stroke(line((at + 0.03, y - 0.05), (at - 0.03, y + 0.05), 4), 0.55, 0.3, 0.3)
        if face.freckles:
            for k in range(5):
                dot = ellipse(x + 0.07 * (k - 2) * narrow, y + (0.03 if k % 2 else -0.03), 0.012, 0.012, 8)
                canvas.ink_shape(dot)
        if face.wrinkles:
            canvas.stroke(spline([(x - 0.16, y - 0.1), (x, y - 0.04), (x + 0.14, y - 0.1)], 6), 0.55, 0.4, 0.4)
    if face.wrinkles and not head.profile:
        for side in (-1, 1):
            x = head.across(side * 0.3)
            canvas.stroke(
                spline(
                    [(x, head.nose_y + 0.02), (x + side * 0.08, head.nose_y + 0.14), (x + side * 0.09, head.mouth_y)], 6
                ),
                0.6,
                0.3,
                0.6,
            )
    if face.mole:
        canvas.ink_shape(ellipse(cheeks[0][0] + 0.05, y - 0.02, 0.018, 0.018, 10))
    if face.scar:
        x, narrow = cheeks[0]
        canvas.stroke(line((x - 0.1, y - 0.14), (x + 0.12, y + 0.12), 8), 0.8, 0.3, 0.3)
        for k in (0.3, 0.6):
            at = np.array([x - 0.1 + 0.22 * k, y - 0.14 + 0.26 * k])
            canvas.stroke(line(at + (0.04, -0.05), at - (0.04, -0.05), 4), 0.6, 0.3, 0.3)
    if face.beard:
        _draw_beard(canvas, design, head)
    if rng.random() < 0.05:  # a plaster
        x, narrow = cheeks[-1]
        with canvas.moved((x, y), 0.3):
            strip = ellipse(0, 0, 0.16 * narrow, 0.055, 30, square=5)
            canvas.fill(strip, canvas.part("plaster", "thing", Group.FACE, (240, 214, 176)))
            canvas.outline(strip, 0.7)
            canvas.outline(ellipse(0, 0, 0.05 * narrow, 0.045, 20, square=5), 0.5)


def _draw_beard(canvas: Canvas, design: Design, head: Head) -> None:
    face, color = design.face, design.palette.hair
    if head.profile:
        return
    part = canvas.part("beard", "hair", Group.FACE, shaded(color, 0.96))
    x, y, chin = head.across(0) + 0.03 * head.yaw, head.mouth_y, face.chin
    if face.beard == "stubble":
        for _ in range(26):
            angle = canvas.rng.uniform(0.15, np.pi - 0.15)
            at = np.array([x + np.cos(angle) * 0.52, y - 0.04 + np.sin(angle) * (chin - y) * 0.82])
            canvas.stroke(line(at, at + (0.0, 0.035), 3), 0.5, 0.2, 0.2)
        return
    if face.beard == "beard":
        far, near = head.contour()
        outer = np.vstack([near[22:], far[22:][::-1]]) + (0, 0.03)
        inner = spline(
            [
                far[22],
                (x + 0.4, y - 0.12),
                (x + 0.2, y - 0.16),
                (x, y - 0.1),
                (x - 0.2, y - 0.16),
                (x - 0.4, y - 0.12),
                near[22],
            ],
            8,
        )
        canvas.fill(np.vstack([outer, inner]), part, crescent=0.05)
        canvas.stroke(outer, 1.1, 0.1, 0.1)
        canvas.stroke(inner, 0.8, 0.1, 0.1)
        lips = ellipse(x, y + 0.02, 0.2, 0.09, 20)
        canvas.fill(lips, canvas.part("skin.face", "skin", Group.FACE, design.palette.skin))
        canvas.outline(lips, 0.6)
    else:
        for side in (-1, 1):
            wing = np.vstack(
                [
                    spline([(0, -0.12), (0.16, -0.13), (0.34, 0.0)], 6),
                    spline([(0.34, 0.0), (0.16, -0.02), (0, -0.05)], 6),
                ]
            )
            wing = mirror(wing, side) + (x, y)
            canvas.fill(wing, part)
            canvas.outline(wing, 0.8)


def _draw_nose(canvas: Canvas, design: Design, head: Head) -> None:
    kind, a = design.face.nose, head.yaw
    x, y = head.across(0) + 0.09 * a, head.nose_y
    side = 1.0 if a > 0.1 else -canvas.light_x
    stroke = canvas.stroke
    if kind == "dot":
        stroke(line((x, y), (x + 0.01, y + 0.03), 4), 1.0, 0.2, 0.2)
    elif kind == "tick":
        stroke(spline([(x, y - 0.06), (x + side * 0.05, y + 0.02), (x - side * 0.01, y + 0.04)], 6), 0.8, 0.6, 0.2)
    elif kind == "line":
        stroke(spline([(x - side * 0.01, y - 0.12), (x + side * 0.045, y), (x, y + 0.035)], 6), 0.8, 0.8, 0.2)
    elif kind in ("bridge", "full"):
        long = 0.34 if kind == "full" or a > 0.4 else 0.2
        stroke(
            spline(
                [
                    (x - side * 0.05, y - long),
                    (x + side * 0.02, y - 0.12),
                    (x + side * 0.08, y + 0.0),
                    (x + side * 0.01, y + 0.05),
                ],
                6,
            ),
            0.85,
            0.7,
            0.2,
        )
        if kind == "full":
            stroke(
                spline([(x - side * 0.09, y - 0.03), (x - side * 0.12, y + 0.03), (x - side * 0.06, y + 0.05)], 5),
                0.6,
                0.4,
                0.4,
            )
    elif kind == "button":
        stroke(spline([(x - 0.07, y), (x, y + 0.05), (x + 0.07, y)], 6), 0.9, 0.3, 0.3)
    elif kind == "beak":
        shape = spline(
            [
                (x - side * 0.04, y - 0.26),
                (x + side * 0.1, y - 0.1),
                (x + side * 0.17, y + 0.03),
                (x + side * 0.06, y + 0.1),
                (x - side * 0.07, y + 0.06),
            ],
            8,
        )
        stroke(shape, 1.1, 0.4, 0.2)
    if kind not in ("dot", "none", "button"):
        shadow = as_points([(x, y - 0.02), (x - canvas.light_x * 0.07, y + 0.045), (x - 0.01, y + 0.065)])
        canvas.shade_shape(shadow, [Group.FACE], ["skin"])


def _draw_mouth(canvas: Canvas, design: Design, head: Head) -> None:
    face, rng, a = design.face, canvas.rng, head.yaw
    x, y = head.across(0) + 0.03 * a, head.mouth_y
    width = 0.17 * face.mouth_width
    scale = np.array([width * (1 - 0.15 * a), width]) / 0.2

    def put(points: object) -> Points:
        return as_points(points) * scale + (x, y)  # type: ignore[arg-type]

    closed = {
        "smile": [(-0.2, -0.03), (-0.08, 0.03), (0.08, 0.03), (0.2, -0.04)],
        "flat": [(-0.14, 0), (0, 0.012), (0.14, 0)],
        "small": [(-0.08, 0.0), (0, 0.004), (0.08, 0.005)],
        "frown": [(-0.16, 0.03), (0, -0.03), (0.16, 0.035)],
        "cat": [(-0.2, -0.04), (-0.12, 0.04), (0, -0.03), (0.12, 0.04), (0.2, -0.04)],
        "smirk": [(-0.16, 0.01), (0.04, 0.02), (0.16, -0.03), (0.2, -0.07)],
        "pout": [(-0.08, 0.02), (0, -0.02), (0.08, 0.02)],
    }
    if face.mouth in closed:
        way = spline(closed[face.mouth], 8)
        if face.lips:
            upper = np.vstack([way, spline([way[-1], (0.05, -0.075), (0, -0.055), (-0.05, -0.075), way[0]], 6)])
            lower = np.vstack([way, spline([way[-1], (0.08, 0.09), (-0.08, 0.09), way[0]], 6)])
            lips = canvas.part("lips", "skin", Group.MOUTH, design.palette.lips)
            for half in (upper, lower):
                canvas.fill(put(half), lips)
            canvas.stroke(put(upper[len(way) :]), 0.6, 0.2, 0.2)
            canvas.stroke(put(lower[len(way) :]), 0.6, 0.2, 0.2)
        canvas.stroke(put(way), 0.95, 0.35, 0.35)
        if not face.lips and chance(rng, 0.5):
            canvas.stroke(put(line((-0.05, 0.13), (0.05, 0.135), 4)), 0.5, 0.4, 0.4)
        return
    shapes = {
        "o": ellipse(0, 0, 0.09, 0.12, 24),
        "open": np.vstack([spline([(-0.2, -0.06), (0, -0.02), (0.2, -0.06)], 8), spline([(0.2, -0.06), (0.12, 0.13), (0, 0.18), (-0.12, 0.13), (-0.2, -0.06)], 8)]),
        "grin": np.vstack([spline([(-0.24, -0.07), (0, -0.0), (0.24, -0.07)], 8), spline([(0.24, -0.07), (0.12, 0.08), (-0.12, 0.08), (-0.24, -0.07)], 8)]),
        "shout": spline([(-0.16, -0.1), (0, -0.14), (0.16, -0.1), (0.18, 0.1), (0.08, 0.25), (-0.08, 0.25), (-0.18, 0.1)], 6, closed=True),
    }  # fmt: skip
    _fill_mouth(canvas, design, put(shapes[face.mouth]), put, face.mouth)
    if chance(rng, 0.5) and face.mouth != "shout":
        canvas.stroke(put(line((-0.05, 0.24), (0.05, 0.245), 4)), 0.5, 0.4, 0.4)


def _fill_mouth(canvas: Canvas, design: Design, shape: Points, put: object, kind: str) -> None:
    palette, rng = design.palette, canvas.rng
    place = put
    assert callable(place)
    canvas.fill(shape, canvas.part("mouth", "mouth", Group.MOUTH, palette.mouth))
    clip = canvas.mask(shape)
    white = canvas.part("teeth", "eye", Group.MOUTH, (252, 251, 248))
    if kind == "grin":
        teeth = place([(-0.24, -0.12), (0.24, -0.12), (0.2, 0.02), (0, 0.06), (-0.2, 0.02)])
        canvas.fill(teeth, white, clip=clip)
        canvas.stroke(place(spline([(-0.2, 0.02), (0, 0.06), (0.2, 0.02)], 6)), 0.5, 0.1, 0.1, clip)
    elif chance(rng, 0.7):
        low = 0.17 if kind != "shout" else 0.22
        canvas.fill(
            place(ellipse(0, low, 0.12, 0.09, 20)),
            canvas.part("tongue", "mouth", Group.MOUTH, palette.tongue),
            clip=clip,
        )
        canvas.stroke(place(spline([(-0.1, low - 0.05), (0, low - 0.085), (0.1, low - 0.05)], 6)), 0.55, 0.2, 0.2, clip)
    if kind in ("open", "shout") and design.face.fang:
        fang = place([(0.08, -0.12), (0.15, -0.12), (0.115, 0.03)])
        canvas.fill(fang, white, clip=clip)
        canvas.stroke(place([(0.08, -0.04), (0.115, 0.03), (0.14, -0.045)]), 0.6, 0, 0, clip)
    elif kind in ("open", "shout") and chance(rng, 0.25):
        teeth = place([(-0.2, -0.14), (0.2, -0.14), (0.16, -0.0), (-0.16, -0.0)])
        canvas.fill(teeth, white, clip=clip)
        canvas.stroke(place(line((-0.16, 0.0), (0.16, 0.0), 5)), 0.5, 0, 0, clip)
    canvas.outline(shape, 0.9)


def _draw_profile_mouth(canvas: Canvas, design: Design, head: Head) -> None:
    face = design.face
    front, y = 0.8 * face.width - 0.03, head.mouth_y
    if face.mouth in ("open", "o", "grin", "shout"):
        deep, high = {"open": (0.2, 0.11), "o": (0.08, 0.07), "grin": (0.22, 0.08), "shout": (0.2, 0.15)}[face.mouth]
        shape = np.vstack([spline([(front + 0.06, y - 0.04), (front - deep * 0.5, y - 0.03), (front - deep, y - 0.05)], 6), bezier((front - deep, y - 0.05), (front - deep * 0.8, y + high), (front - 0.1, y + high * 1.1), (front + 0.05, y + high * 0.8), 10)])  # fmt: skip
        clip = canvas.mask(np.vstack([head.contour()[0], head.contour()[1][::-1]]))
        canvas.fill(shape, canvas.part("mouth", "mouth", Group.MOUTH, design.palette.mouth), clip=clip)
        canvas.stroke(shape, 0.9, 0.1, 0.1, clip)
        canvas.stroke(head.contour()[0][52:84], 0.8, 0.2, 0.2)
    else:
        lift = {"smile": -0.05, "cat": -0.04, "smirk": -0.06, "frown": 0.04, "pout": 0.03}.get(face.mouth, 0.0)
        canvas.stroke(spline([(front, y), (front - 0.08, y + 0.015), (front - 0.17, y + lift)], 6), 0.9, 0.05, 0.5)
    if face.nose in ("full", "beak", "bridge"):
        x = 0.8 * face.width + 0.06
        canvas.stroke(
            spline([(x, head.nose_y - 0.03), (x - 0.04, head.nose_y + 0.01), (x - 0.01, head.nose_y + 0.05)], 5),
            0.6,
            0.3,
            0.3,
        )


def is_dark(color: tuple[int, int, int]) -> bool:
    """Whether a hand that inks black areas would ink this color."""
    return luminance(color) < 0.24
