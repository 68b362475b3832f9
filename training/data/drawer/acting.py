"""Acting: poses as numbers between which frames are interpolated, what a figure does over time, and the camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .curves import Points, Rng, rotate
from .design import Design, chance, choose
from .poses import ARMS, ArmPose, LegPose, Limbs, pose_limbs

SHUT = ("half", "closed", "closed", "half")  # the drawings of a blink
TALKING = ("small", "o", "open", "o")  # mouths of speech
STRIDE = 20.0  # degrees of a thigh at either end of a step


@dataclass(frozen=True, slots=True)
class Pose:
    """What changes in a figure while it acts; the rest of its `Design` says who it is.

    The numbers are those of `Design` and `Eyes`; rise is how far it stands above its place, in units of its head.
    """

    yaw: float
    tilt: float
    lean: float
    gaze: float
    mood: float
    limbs: Limbs
    rise: float = 0.0


def find_pose(design: Design) -> Pose:
    """The pose that a design was made in."""
    return Pose(design.yaw, design.tilt, design.lean, design.eyes.gaze, design.eyes.mood, design.limbs)


def strike_pose(design: Design, pose: Pose, eyes: str | None = None, mouth: str | None = None) -> Design:
    """A design in another pose, with another state of its eyes and another mouth where they are given."""
    return replace(
        design,
        yaw=pose.yaw,
        tilt=pose.tilt,
        lean=pose.lean,
        limbs=pose.limbs,
        eyes=replace(design.eyes, gaze=pose.gaze, mood=pose.mood, state=eyes or design.eyes.state),
        face=replace(design.face, mouth=mouth or design.face.mouth),
    )


def mix_poses(a: Pose, b: Pose, share: float) -> Pose:
    """The pose at a share of the way from one to another; hands and layers of arms stay those of the first."""

    def mix(x: float, y: float) -> float:
        return x + (y - x) * share

    arms = [
        replace(p, upper=mix(p.upper, q.upper), fore=mix(p.fore, q.fore))
        for p, q in zip(a.limbs.arms, b.limbs.arms, strict=True)
    ]
    legs = [
        LegPose(mix(p.thigh, q.thigh), mix(p.shin, q.shin), mix(p.seen, q.seen))
        for p, q in zip(a.limbs.legs, b.limbs.legs, strict=True)
    ]
    numbers = {
        name: mix(getattr(a, name), getattr(b, name)) for name in ("yaw", "tilt", "lean", "gaze", "mood", "rise")
    }
    return Pose(**numbers, limbs=Limbs((arms[0], arms[1]), (legs[0], legs[1])))


def ease(share: float) -> float:
    """A share of the way, slow at both ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, slots=True)
class Actor:
    """A figure and what it does.

    Attributes:
        design: Who it is.
        keys: Frames and the poses in them, in order; between them it moves, slow at both ends.
        radius: Half its head's width, in sides of the scene.
        start, end: The middle of its head in the first and after the last frame, in sides of the scene.
        blinks: Frames in which a blink begins.
        talks: Frames from which to which it speaks.
        pace: Steps a frame; 0 stands.
        sway: How far hair and cloth swing; see `Action`.
        period: Frames of a swing.
    """

    design: Design
    keys: Sequence[tuple[int, Pose]]
    radius: float
    start: tuple[float, float]
    end: tuple[float, float]
    blinks: tuple[int, ...] = ()
    talks: tuple[int, int] = (0, 0)
    pace: float = 0.0
    sway: float = 0.0
    period: float = 24.0
    phase: float = 0.0

    def pose_at(self, frame: int) -> Pose:
        """The pose in a frame."""
        keys = self.keys
        pose = keys[-1][1]
        for (first, a), (last, b) in pairwise(keys):
            if frame < last:
                pose = mix_poses(a, b, ease((frame - first) / (last - first)))
                break
        if self.pace:
            pose = _walk(pose, 2 * np.pi * self.pace * frame + self.phase)
        return pose

    def design_at(self, frame: int) -> Design:
        """The design in the pose of a frame."""
        eyes = mouth = None
        if self.design.eyes.state in ("open", "half"):
            for first in self.blinks:
                if 0 <= frame - first < len(SHUT):
                    eyes = SHUT[frame - first]
        if self.talks[0] <= frame < self.talks[1]:
            mouth = TALKING[(frame - self.talks[0]) // 2 % len(TALKING)]
        return strike_pose(self.design, self.pose_at(frame), eyes, mouth)

    def place_at(self, frame: int, frames: int) -> tuple[float, float]:
        """The middle of its head in a frame, in sides of the scene."""
        share = frame / frames
        x, y = (a + (b - a) * share for a, b in zip(self.start, self.end, strict=True))
        return x, y - self.pose_at(frame).rise * self.radius

    def swing_at(self, frame: int) -> tuple[float, float]:
        """Phase and drag of hair and cloth in a frame; hair trails behind a head that turns or walks."""
        flip = -1.0 if self.design.flip else 1.0
        ahead = self.pose_at(frame + 1).yaw - self.pose_at(frame - 1).yaw if frame else 0.0
        drag = -0.35 * ahead - 0.6 * flip * (self.end[0] - self.start[0]) * (self.pace > 0) * 0.1 / self.radius
        return 2 * np.pi * frame / self.period + self.phase, float(np.clip(drag, -0.12, 0.12))


def _walk(pose: Pose, phase: float) -> Pose:
    """A pose within a walk to the right: legs and arms swing, the body rises with each step."""
    swing = STRIDE * np.sin(phase)
    legs = []
    for side, angle in ((-1, swing), (1, -swing)):  # degrees to the right
        lifted = max(0.0, float(np.cos(phase)) * (1 if side == -1 else -1))
        legs.append(LegPose(side * angle, side * (angle - 8 - 34 * lifted), 1.0 - 0.04 * lifted))
    near, far = (
        replace(arm, upper=side * angle * 0.9 + 6, fore=side * (angle * 0.9 + 12))
        for side, angle, arm in ((-1, -swing, pose.limbs.arms[0]), (1, swing, pose.limbs.arms[1]))
    )
    rise = 0.06 * float(np.cos(2 * phase))
    return replace(pose, limbs=Limbs((near, far), (legs[0], legs[1])), rise=rise)


def direct(
    rng: Rng, design: Design, frames: int, radius: float, place: tuple[float, float], stride: float = 0.0
) -> Actor:
    """Let a figure act: it turns, looks, gestures, blinks, speaks, breathes; its hair sways.

    Args:
        rng: Source of all choices.
        design: Who acts.
        frames: How many.
        radius: See `Actor`.
        place: The middle of its head in the middle of the sequence, in sides of the scene.
        stride: How far it walks, in sides of the scene; 0 stays where it is.
    """
    walks = stride != 0.0
    first = find_pose(design)
    if walks:
        limbs = pose_limbs("stand", [0.0] * 8)
        first = replace(first, limbs=limbs, lean=0.03)
    keys = [(0, first)]
    at = int(rng.integers(0, 6))
    while at < frames - 5 and len(keys) < 4:
        keys.append((at + 1, keys[-1][1]))  # a rest
        at += int(rng.integers(7, 13))
        keys.append((at, _next_pose(rng, design, keys[-1][1], walks)))
        at += int(rng.integers(2, 7))
    begin = int(rng.integers(0, 14))
    half = stride / 2
    return Actor(
        design,
        keys,
        radius,
        (place[0] - half, place[1]),
        (place[0] + half, place[1]),
        blinks=(int(rng.integers(1, max(2, frames - 4))),) if chance(rng, 0.75) else (),
        talks=(begin, begin + int(rng.integers(6, 14))) if chance(rng, 0.55) else (0, 0),
        pace=abs(stride) / (4.2 * radius * max(1.0, (design.heads - 1) * 0.35)) / frames if walks else 0.0,
        sway=float(rng.uniform(0.008, 0.045)),
        period=float(rng.uniform(18, 34)),
        phase=float(rng.uniform(0, 6.28)),
    )


def _next_pose(rng: Rng, design: Design, pose: Pose, walks: bool) -> Pose:
    """Another pose that one may go over into without a change of what lies before what."""
    turn = rng.normal(0, 0.28) if design.view == "turned" else 0.0
    arms = tuple(_next_arm(rng, arm) if chance(rng, 0.6) else arm for arm in pose.limbs.arms)
    return Pose(
        yaw=float(np.clip(pose.yaw + turn, 0.0, 1.0)),
        tilt=float(np.clip(pose.tilt + rng.normal(0, 0.08), -0.2, 0.2)),
        lean=float(np.clip(pose.lean + rng.normal(0, 0.025), -0.06, 0.06)),
        gaze=float(np.clip(pose.gaze + rng.normal(0, 0.15), -0.3, 0.3)),
        mood=float(np.clip(pose.mood + rng.normal(0, 0.05), -0.14, 0.14)),
        limbs=pose.limbs if walks else Limbs((arms[0], arms[1]), pose.limbs.legs),
        rise=float(rng.normal(0, 0.04)),
    )


def _next_arm(rng: Rng, arm: ArmPose) -> ArmPose:
    """Another pose of an arm that lies before or behind the same things and is bent alike."""
    bent = abs(arm.fore - arm.upper) > 55
    others = [
        other
        for pair in ARMS.values()
        for other in pair
        if other.layer == arm.layer and (arm.layer in ("front", "face") or (abs(other.fore - other.upper) > 55) == bent)
        if (other.fore > 90) == (arm.fore > 90)
        and abs(other.upper - arm.upper) < 50
        and abs(other.fore - arm.fore) < 70
    ]
    other = choose(rng, *others) if others else arm
    return replace(arm, upper=other.upper + rng.normal(0, 4), fore=other.fore + rng.normal(0, 4))


LAG = 0.8  # radians by which the sway comes later, one unit further down


@dataclass(frozen=True, slots=True)
class Action:
    """One frame's camera and sway.

    Attributes:
        seed: Seed of the sequence: what is drawn takes the same random numbers in all its frames.
        middle: What the camera looks at, in sides of the scene.
        zoom: Factor of the camera, 1 sees the whole scene.
        turn: Turn of the camera, radians.
        sway: How far hair swings, in units per unit that it hangs.
        phase: Phase of the swing, radians.
        drag: How far hair trails behind what moves, in units per unit that it hangs.
    """

    seed: int
    middle: tuple[float, float] = (0.5, 0.5)
    zoom: float = 1.0
    turn: float = 0.0
    sway: float = 0.0
    phase: float = 0.0
    drag: float = 0.0

    def look(self, pixels: Points, size: int) -> Points:
        """Pixels of the scene to pixels of the frame."""
        middle = np.array(self.middle) * size
        seen: Points = (rotate(pixels, self.turn, middle) - middle) * self.zoom + size / 2
        return seen

    def bend(self, points: Points, top: float) -> Points:
        """Points in units, those below a height moved by the swing; more, the lower they hang."""
        depth = np.maximum(points[:, 1] - top, 0.0)
        shift = depth**1.2 * (self.sway * np.sin(self.phase - LAG * depth) + self.drag)
        return points + np.stack([shift, np.zeros_like(shift)], 1)
