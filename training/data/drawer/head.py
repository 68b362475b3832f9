"""The geometry of a head, from front to three-quarter view and profile.

Units: the middle of the skull is 0, 0; half the face's width is about 0.9. Turned heads look to the right."""

from itertools import pairwise

import numpy as np

from .curves import Points, as_points, line, spline
from .design import Design


class Head:
    """Where things are on a head: the geometry that face, hair and accessories share.

    Attributes:
        yaw: 0 front to 1 three-quarter view; `stance` is the one that decides what cannot change gradually.
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
        self.yaw, self.stance = design.yaw, design.stance
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
            mix((0.9 * w, -0.3), (0.93 * w, -0.3)),
            mix((0.915 * w, 0.12), (0.85 * w, 0.15)),
            mix((0.83 * jaw, low), (0.885 * jaw, 0.5)),
            mix((wide * jaw, drop), (0.14 * a + wide * jaw, drop - 0.01)),
            mix((blunt + 0.03, chin - 0.035), (0.24 + blunt + 0.01, chin - 0.025)),
            tip,
        ]
        near = [
            mix((-0.9 * w, -0.3), (-0.92 * w, -0.3)),
            mix((-0.915 * w, 0.12), (-0.9 * w, 0.1)),
            mix((-0.83 * jaw, low), (-0.77 * jaw, low)),
            mix((-wide * jaw, drop), (-(wide - 0.1) * jaw, drop + 0.02)),
            mix((-blunt - 0.03, chin - 0.035), (0.24 - blunt - 0.06, chin - 0.03)),
            tip,
        ]
        if face.contour == "cheeky":  # the cheeks are the widest part
            for side, points in ((1.0, far), (-1.0, near)):
                points[2] = (points[2][0] + side * 0.1 * w, points[2][1] + 0.08)
                points[3] = (points[3][0] - side * 0.03, points[3][1])
        elif face.contour == "round":
            return self._round(1.0), self._round(-1.0)
        elif face.contour == "angular":
            return _with_corners(far), _with_corners(near)
        return spline(far, 12), spline(near, 12)

    def _round(self, side: float) -> Points:
        """One side of a face that is a circle below the temples."""
        face, a = self.design.face, self.yaw
        angle = np.linspace(-0.35, 0.5 * np.pi, 61)
        middle = 0.12 * a
        x = middle + side * np.cos(angle) ** 0.85 * 0.94 * face.width * (1 - 0.05 * a)
        x += (0.24 * a - middle) * np.linspace(0, 1, 61) ** 3  # the chin lies on the face's middle line
        return np.stack([x, 0.05 + np.sin(angle) * (face.chin - 0.05)], 1)

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
                (front - 0.1, -0.75),
                (front + 0.04, -0.35),
                (front + 0.06, self.design.eyes.level - 0.3),
                (front - 0.03, self.design.eyes.level + 0.02),
                (front + 0.13 + out, y - 0.06),
                (front + 0.12 + out, y),
                (front + 0.0, y + 0.08),
                (front + 0.03 + puff, mouth - 0.05),
                (front - 0.03, mouth),
                (front + 0.0 + puff, mouth + 0.06),
                (front - 0.07, mouth + 0.13),
                (front - 0.06, chin - 0.08),
                (front - 0.2, chin + 0.02),
            ],
            8,
        )

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
        if self.stance < 0.3:
            return [(-0.92 * w, y, -1.0), (0.92 * w, y, 1.0)]
        return [((-0.92 + 0.14 * self.yaw) * w, y, -1.0)]


def _with_corners(points: list[tuple[float, float]]) -> Points:
    """A way through the points with slightly rounded corners, as many points as a spline with 12 steps has."""
    way = np.vstack([line(a, b, 13)[:-1] for a, b in pairwise(points)] + [as_points([points[-1]])])
    padded = np.vstack([way[:1].repeat(3, 0), way, way[-1:].repeat(3, 0)])
    kernel = np.hanning(9)[1:-1] / np.hanning(9).sum()
    return np.stack([np.convolve(padded[:, i], kernel, "valid") for i in range(2)], 1)
