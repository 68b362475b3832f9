"""Poses: the angles of arms and legs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ArmPose:
    """An arm: degrees of upper arm and forearm from straight down, outward positive; the hand; where the forearm is."""

    upper: float
    fore: float
    hand: str = "relaxed"  # relaxed, fist, open, point, peace
    layer: str = "side"  # behind, side, front, face


@dataclass(frozen=True, slots=True)
class LegPose:
    """Degrees of thigh and shin, as of arms, and how much of the thigh's length is seen."""

    thigh: float
    shin: float
    seen: float = 1.0


REST = ArmPose(9, 5)
STAND = (LegPose(3, 2), LegPose(3, 2))
# The pose of each arm (near, far) and of the legs.
ARMS: dict[str, tuple[ArmPose, ArmPose]] = {
    "stand": (REST, ArmPose(12, 2)),
    "hip": (ArmPose(44, -46, "fist", "front"), REST),
    "hips": (ArmPose(44, -46, "fist", "front"), ArmPose(44, -46, "fist", "front")),
    "wave": (ArmPose(28, 160, "open", "face"), REST),
    "chest": (ArmPose(14, -116, "relaxed", "front"), REST),
    "think": (ArmPose(8, -152, "fist", "face"), ArmPose(12, -84, "relaxed", "front")),
    "peace": (ArmPose(26, 162, "peace", "face"), REST),
    "cheer": (ArmPose(148, 172, "fist", "face"), ArmPose(150, 168, "open", "face")),
    "point": (ArmPose(76, 84, "point"), ArmPose(42, -46, "fist", "front")),
    "hold": (ArmPose(15, -74, "fist", "front"), ArmPose(15, -70, "fist", "front")),
    "carry": (ArmPose(16, 142, "fist", "front"), REST),
    "behind": (ArmPose(17, -22, "relaxed", "behind"), ArmPose(17, -22, "relaxed", "behind")),
    "walk": (ArmPose(20, 4), ArmPose(4, -24, "fist", "front")),
    "run": (ArmPose(36, 118, "fist"), ArmPose(30, -58, "fist", "front")),
    "sit": (ArmPose(12, -30, "relaxed", "front"), ArmPose(12, -30, "relaxed", "front")),
    "jump": (ArmPose(118, 150, "open"), ArmPose(124, 140, "open")),
    "crossed": (ArmPose(16, -84, "relaxed", "front"), ArmPose(16, -80, "relaxed", "front")),
}
LEGS: dict[str, tuple[LegPose, LegPose]] = {
    "walk": (LegPose(9, 4), LegPose(-3, -8, 0.92)),
    "run": (LegPose(24, -12, 0.8), LegPose(4, -46, 0.85)),
    "sit": (LegPose(24, 2, 0.42), LegPose(20, -4, 0.42)),
    "jump": (LegPose(20, -34, 0.8), LegPose(16, -40, 0.85)),
    "hip": (LegPose(8, 2), LegPose(2, 2)),
}


@dataclass(frozen=True, slots=True)
class Limbs:
    """The pose of all limbs, near and far."""

    arms: tuple[ArmPose, ArmPose]
    legs: tuple[LegPose, LegPose]


def pose_limbs(name: str, shift: Sequence[float]) -> Limbs:
    """The limbs of a pose.

    Args:
        name: One of `ARMS`.
        shift: By how many degrees the figure differs: both bones of both arms, then of both legs.
    """
    near, far = ARMS[name]
    near_leg, far_leg = LEGS.get(name, STAND)
    return Limbs(
        (
            replace(near, upper=near.upper + shift[0], fore=near.fore + shift[1]),
            replace(far, upper=far.upper + shift[2], fore=far.fore + shift[3]),
        ),
        (
            replace(near_leg, thigh=near_leg.thigh + 0.6 * abs(shift[4]), shin=near_leg.shin + 0.4 * shift[5]),
            replace(far_leg, thigh=far_leg.thigh + 0.6 * abs(shift[6]), shin=far_leg.shin + 0.4 * shift[7]),
        ),
    )
