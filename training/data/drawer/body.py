"""Bodies: a skeleton in head units, and skin: neck, torso, limbs and hands."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cel import Cel, Group
from .curves import Points, as_points, direction, ellipse, line, spline, tube
from .design import Design
from .poses import ArmPose, LegPose

Point = NDArray[np.float64]


class Skeleton:
    """The measures and joints of a figure, in units of its head.

    Attributes:
        span: Length from the chin to the soles.
        x: Middle of the chest; `neck_x` of the neck.
        neck, shoulder, bust, waist, hip, crotch, sole: Heights.
        neck_half, shoulder_half, bust_half, waist_half, hip_half: Half widths.
    """

    def __init__(self, design: Design) -> None:
        span = 2.3 * design.heads - 2.3
        chin, yaw, build, plump = design.face.chin, design.yaw, design.build, design.plump
        grown = design.male and design.age != "child"
        self.design, self.span = design, span
        self.sole = chin + span
        self.shoulder = chin + 0.3 + 0.027 * span
        self.neck = chin + 0.1 + 0.012 * span
        self.crotch = self.sole - span * (0.46 + 0.009 * span)
        trunk = self.crotch - self.shoulder
        self.bust, self.waist, self.hip = (self.shoulder + trunk * k for k in (0.3, 0.58, 0.86))
        narrow = {"profile": 0.7, "back": 1.0}.get(design.view, 1.0 - 0.1 * yaw)
        self.shoulder_half = (0.46 + 0.062 * span) * build * narrow
        self.neck_half = (0.15 + 0.0115 * span) * (1.22 if grown else 1.0) * plump
        self.bust_half = self.shoulder_half * (0.84 if grown else 0.8) * plump
        self.waist_half = self.shoulder_half * (0.76 if grown else 0.66) * plump**2
        self.hip_half = self.shoulder_half * (0.76 if grown else 0.84) * plump**1.5
        self.x = 0.22 * yaw + (0.16 if design.view == "profile" else 0.0) + design.lean * 3
        self.neck_x = -0.06 * yaw - (0.2 if design.view == "profile" else 0.0)
        self.arm = (0.09 + 0.0115 * span) * plump * (1.2 if grown else 1.0)
        self.wrist = (0.06 + 0.005 * span) * plump * (1.15 if grown else 1.0)
        self.palm = (0.2 + 0.025 * span) * (1.12 if grown else 1.0)
        self.leg = (0.12 + 0.024 * span) * plump
        self.knee = (0.09 + 0.0135 * span) * plump
        self.ankle = (0.07 + 0.0068 * span) * plump
        self.poses = dict(zip((-1, 1), design.limbs.arms, strict=True))
        legs = dict(zip((-1, 1), design.limbs.legs, strict=True))
        self.arms = {side: self._arm(side, pose) for side, pose in self.poses.items()}
        self.legs = {side: self._leg(side, pose) for side, pose in legs.items()}

    def _arm(self, side: int, pose: ArmPose) -> tuple[Point, Point, Point]:
        start = np.array([self.x * 0.6 + side * (self.shoulder_half - self.arm * 0.8), self.shoulder + self.arm * 0.75])
        elbow = start + _toward(pose.upper, side) * (0.172 * self.span + 0.1)
        wrist = elbow + _toward(pose.fore, side) * (0.148 * self.span + 0.06) * (0.9 if pose.layer == "front" else 1.0)
        if self.design.pose == "hold":
            wrist[0] = self.x + side * 0.18
        return start, elbow, wrist

    def _leg(self, side: int, pose: LegPose) -> tuple[Point, Point, Point]:
        long = self.sole - self.crotch - 0.02 * self.span
        start = np.array([self.x * 0.9 + side * (self.hip_half - self.leg * 0.92), self.hip + 0.02 * self.span])
        knee = start + _toward(pose.thigh, side) * (long * 0.5 + (self.crotch - self.hip)) * pose.seen
        ankle = knee + _toward(pose.shin, side) * long * 0.47
        return start, knee, ankle

    def neck_shape(self) -> Points:
        """From below the chin to between the shoulders."""
        x, half, y = self.neck_x, self.neck_half, self.neck
        top = (self.design.face.chin - 0.5) if self.design.view != "back" else 0.4
        nape = 0.2 if self.design.view == "profile" else top  # in profile it goes up to the hair
        reach = 0.82 * self.shoulder_half
        low_left, low_right = max(x - half * 2.4, self.x * 0.6 - reach), min(x + half * 2.4, self.x * 0.6 + reach)
        left = spline([(x - half, nape), (x - half * 0.96, y - 0.15), (x - half * 1.12, y), (low_left, y + 0.25)], 8)
        right = spline([(low_right, y + 0.25), (x + half * 1.12, y), (x + half * 0.96, y - 0.15), (x + half, top)], 8)
        return np.vstack([left, right])

    def shoulders(self, side: int) -> Points:
        """From the neck down the slope of the shoulder to its outer end."""
        x, outer = self.neck_x, self.x * 0.6 + side * self.shoulder_half
        return spline(
            [
                (x + side * self.neck_half * 1.06, self.neck - 0.03),
                (x + side * self.neck_half * 2.0, self.neck + 0.12),
                (outer - side * 0.1 * self.shoulder_half, self.shoulder - 0.08),
                (outer, self.shoulder + 0.22),
            ],
            10,
        )

    def flank(self, side: int, ease: float = 0.0, low: float | None = None) -> Points:
        """From the armpit to the hips; `ease` is added to the half widths, `low` the height where it ends."""
        x = self.x
        way = spline(
            [
                (x * 0.6 + side * self.shoulder_half, self.shoulder + 0.22),
                (x * 0.9 + side * (self.bust_half + ease), self.bust),
                (x + side * (self.waist_half + ease), self.waist),
                (x + side * (self.hip_half + ease), self.hip),
                (x + side * (self.hip_half + ease) * 0.98, self.crotch + 0.1),
            ],
            10,
        )
        if low is None:
            return way
        inside = way[way[:, 1] < low]
        if low > way[-1, 1]:
            return np.vstack([way, [(way[-1, 0], low)]])
        return inside if len(inside) > 3 else way[:4]

    def torso(self, ease: float = 0.0, low: float | None = None) -> Points:
        """The closed outline of the trunk."""
        left, right = self.shoulders(-1), self.shoulders(1)
        return np.vstack([left, self.flank(-1, ease, low), self.flank(1, ease, low)[::-1], right[::-1]])


def _toward(degrees: float, side: int) -> Point:
    angle = np.deg2rad(degrees)
    return np.array([side * np.sin(angle), np.cos(angle)])


def limb_spine(joints: tuple[Point, Point, Point], until: float = 1.0) -> Points:
    """A smooth way through three joints, up to a share of it."""
    a, b, c = joints
    way = spline([a, (a + b) / 2, b, (b + c) / 2, c], 10)
    return way[: max(4, int(len(way) * until))]


def draw_neck(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw the neck and the skin between the shoulders."""
    shape = body.neck_shape()
    part = cel.part("skin.neck", "skin", Group.NECK, design.palette.skin)
    cel.fill(shape, part)
    half = len(shape) // 2
    cel.stroke(shape[:half], 1.0, 0.1, 0.2)
    cel.stroke(shape[half:], 1.0, 0.2, 0.1)


def draw_torso_skin(cel: Cel, design: Design, body: Skeleton) -> None:
    """Draw the bare trunk: what open necklines and sleeveless tops show."""
    part = cel.part("skin.body", "skin", Group.BODY, design.palette.skin)
    cel.fill(body.torso(), part, crescent=0.1)
    for side in (-1, 1):
        cel.stroke(np.vstack([body.shoulders(side), body.flank(side)[1:]]), 1.1, 0.2, 0.1)
        x, y = body.neck_x, body.neck
        cel.curve(
            [
                (x + side * 0.08, y + 0.26),
                (x + side * body.neck_half * 1.4, y + 0.2),
                (x + side * body.neck_half * 2.2, y + 0.18),
            ],
            6,
            0.7,
            0.5,
            0.5,
        )


def draw_arm_skin(cel: Cel, design: Design, body: Skeleton, side: int, piece: str) -> None:
    """Draw the bare "upper" arm or forearm ("fore"), or both as one ("whole")."""
    a, b, c = body.arms[side]
    part = cel.part("skin.arm", "skin", Group.ARM, design.palette.skin)
    wide, thin = body.arm, body.wrist
    middle = wide * 0.62 + thin * 0.38
    opening = [(float(a[0] - side * wide * 0.9), float(a[1] + wide * 0.3), wide * 1.25)]
    if piece == "whole":
        shape = tube(limb_spine((a, b, c)), [wide, wide * 0.92, middle, middle * 1.02, thin], 0.9, 0.2)
        cel.fill_merged([shape], part, 1.05, 0.09, opening)
    elif piece == "upper":
        cel.fill_merged([tube(line(a, b, 14), [wide, wide * 0.95, middle], 0.9, 0.9)], part, 1.05, 0.09, opening)
    else:
        shape = tube(line(b, c, 14), [middle, middle * 1.06, thin], 0.9, 0.2)
        cel.fill_merged(
            [shape],
            part,
            1.05,
            0.09,
            [(float(b[0]), float(b[1]), middle * 1.1)] if body.poses[side].layer != "front" else [],
        )


def draw_hand(cel: Cel, design: Design, body: Skeleton, side: int, size: float | None = None) -> None:
    """Draw the hand of an arm, as its pose says."""
    pose = body.poses[side]
    _, elbow, wrist = body.arms[side]
    ahead = direction(elbow, wrist)
    glove = design.outfit.gloves
    color = design.palette.accent if glove else design.palette.skin
    part = cel.part("glove" if glove else "skin.hand", "cloth" if glove else "skin", Group.HAND, color)
    across = np.array([-ahead[1], ahead[0]]) * -side
    if pose.hand in ("open", "peace") and pose.fore > 90:
        across = -across
    HandPen(cel, part, wrist + ahead * 0.03, ahead, across, size or body.palm).draw(pose.hand)


class HandPen:
    """Draws a hand in its own frame: y along the forearm, x toward the thumb, one palm's length a unit."""

    def __init__(self, cel: Cel, part: int, at: Point, ahead: Point, across: Point, size: float) -> None:
        self.cel, self.part, self.at, self.ahead, self.across, self.size = cel, part, at, ahead, across, size

    def put(self, points: ArrayLike) -> Points:
        """The hand's units to the figure's."""
        p = as_points(points)
        placed: Points = self.at + (p[:, :1] * self.across + p[:, 1:] * self.ahead) * self.size
        return placed

    def draw(self, kind: str) -> None:
        """Draw an "open", "peace", "point", "fist" or "relaxed" hand."""
        cel, put = self.cel, self.put
        if kind in ("open", "peace", "point"):
            raised = {"open": (0, 1, 2, 3), "peace": (0, 1), "point": (0,)}[kind]
            fingers = [
                ((0.28, 0.45), (0.47, 0.98)),
                ((0.1, 0.5), (0.16, 1.16)),
                ((-0.09, 0.5), (-0.1, 1.14)),
                ((-0.26, 0.45), (-0.36, 0.98)),
            ]
            if kind != "open":
                fingers[0] = ((0.26, 0.45), (0.4, 1.1)) if kind == "peace" else ((0.2, 0.5), (0.22, 1.2))
                fingers[1] = ((0.08, 0.5), (-0.04, 1.16))
            for i in raised:
                self._finger(*fingers[i], 0.098)
            if kind == "open":
                self._finger((0.2, 0.12), (0.64, 0.5), 0.105)
            palm = [
                (-0.22, -0.14),
                (-0.36, 0.2),
                (-0.36, 0.5),
                (-0.18, 0.62),
                (0.18, 0.62),
                (0.37, 0.5),
                (0.34, 0.2),
                (0.22, -0.14),
            ]
            shape = put(spline(palm, 6))
            cel.fill(shape, self.part, crescent=0.03)
            cel.stroke(shape[:20], 0.95, 0.1, 0.3)
            cel.stroke(shape[-20:], 0.95, 0.3, 0.1)
            if kind == "open":
                cel.stroke(put(spline([(0.3, 0.12), (0.12, 0.28), (0.14, 0.48)], 6)), 0.6, 0.3, 0.6)
            else:
                for x in (-0.28, -0.1, 0.08):
                    knuckle = put(ellipse(x, 0.52, 0.1, 0.15, 18))
                    cel.draw(knuckle, self.part, 0.7)
                self._finger((0.26, 0.2), (-0.05, 0.42), 0.1)
        elif kind == "fist":
            shape = put(
                spline(
                    [
                        (-0.24, -0.12),
                        (-0.38, 0.18),
                        (-0.35, 0.52),
                        (-0.1, 0.66),
                        (0.2, 0.62),
                        (0.36, 0.42),
                        (0.32, 0.15),
                        (0.22, -0.12),
                    ],
                    8,
                )
            )
            cel.fill(shape, self.part, crescent=0.04)
            cel.stroke(shape, 0.95, 0.05, 0.05)
            for x in (-0.2, -0.02, 0.16):
                cel.stroke(put(spline([(x, 0.64), (x + 0.04, 0.48), (x + 0.02, 0.34)], 5)), 0.65, 0.1, 0.5)
            self._finger((0.26, 0.12), (0.12, 0.48), 0.1)
        else:
            self._finger((0.22, 0.1), (0.42, 0.56), 0.095)
            shape = put(
                spline(
                    [
                        (-0.22, -0.14),
                        (-0.32, 0.2),
                        (-0.32, 0.62),
                        (-0.2, 1.0),
                        (-0.02, 1.1),
                        (0.14, 1.02),
                        (0.26, 0.66),
                        (0.3, 0.3),
                        (0.22, -0.14),
                    ],
                    8,
                )
            )
            cel.fill(shape, self.part, crescent=0.04)
            cel.stroke(shape, 0.95, 0.05, 0.05)
            for x, low in ((-0.16, 0.98), (0.0, 1.08), (0.13, 0.98)):
                cel.stroke(put(spline([(x, low - 0.02), (x - 0.01, 0.8), (x - 0.01, 0.62)], 5)), 0.6, 0.05, 0.6)

    def _finger(self, a: ArrayLike, b: ArrayLike, width: float) -> None:
        shape = self.put(tube(line(a, b, 8), [width, width * 0.82], 0.0, 1.0))
        self.cel.fill(shape, self.part, crescent=0.02)
        self.cel.stroke(shape, 0.85, 0.06, 0.06)
