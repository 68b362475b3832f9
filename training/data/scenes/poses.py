"""Poses for people: MakeHuman's clips and arms, legs, spine, neck and fingers bent at will."""

import numpy as np

from ..drawer.curves import Rng
from ..drawer.design import chance, choose
from .makehuman import MakeHuman
from .person import Person
from .rig import Pose, join_poses

CLIPS = 0.35  # share of whole figures in one of MakeHuman's poses
FINGERS = range(2, 6)
ATTEMPTS = 8
ARMS = ("down", "down", "bent", "bent", "up", "out", "hip", "front")


def choose_pose(rng: Rng, makehuman: MakeHuman, person: Person, whole: bool) -> Pose:
    """A pose in which no arm goes through the trunk."""
    pose: Pose = {}
    for _ in range(ATTEMPTS):
        if whole and chance(rng, CLIPS):
            pose = makehuman.read_clip(choose(rng, *makehuman.clips))
            pose = join_poses([{b: turn for b, turn in pose.items() if not _is_face(b)}, bend_neck(rng)])
        else:
            pose = join_poses(
                [bend_trunk(rng), bend_neck(rng), *(bend_arm(rng, side) for side in "LR"), bend_legs(rng)]
            )
        if not arms_collide(person, pose):
            break
    return pose


def vary_pose(rng: Rng, person: Person, pose: Pose, arms: bool) -> Pose:
    """Another pose that one may go over into: the head turns, and an arm or both do."""
    changed = pose
    for _ in range(ATTEMPTS):
        parts: list[Pose] = [pose, bend_neck(rng)]
        if arms:
            parts += [bend_arm(rng, side) for side in "LR" if chance(rng, 0.6)]
        changed = join_poses(parts)
        if not arms_collide(person, changed):
            break
    return changed


def bend_trunk(rng: Rng) -> Pose:
    bend = rng.normal(0, (4, 5, 3), 3)
    return {f"spine0{k}": (bend[0] / 2, bend[1] / 2, bend[2] / 2) for k in (2, 3)}


def bend_neck(rng: Rng) -> Pose:
    turn = rng.normal(0, (5, 11, 5), 3)
    return dict.fromkeys(("neck01", "neck02", "head"), (turn[0] / 3, turn[1] / 3, turn[2] / 3))


def bend_arm(rng: Rng, side: str) -> Pose:
    """One arm with its fingers; `side` is "L" or "R"."""
    mirror = 1.0 if side == "L" else -1.0
    kind = choose(rng, *ARMS)
    (forward, lift), (bend, turn) = {
        "down": (rng.normal((0, -28), (6, 4)), rng.normal((-12, 0), (8, 4))),
        "bent": (rng.normal((-8, -24), (8, 5)), rng.normal((-75, -18), (18, 12))),
        "up": (rng.normal((-15, 62), (8, 14)), rng.normal((-22, 25), (10, 14))),
        "out": (rng.normal((-14, 15), (10, 12)), rng.normal((-22, 0), (14, 8))),
        "hip": (rng.normal((22, -12), (4, 5)), rng.normal((-48, -62), (6, 6))),
        "front": (rng.normal((-42, -22), (10, 5)), rng.normal((-48, -14), (16, 10))),
    }[kind]
    pose = {
        f"upperarm01.{side}": (float(forward), 0.0, float(lift) * mirror),
        f"lowerarm01.{side}": (float(bend), 0.0, float(turn) * mirror),
        f"clavicle.{side}": (0.0, 0.0, (10.0 if lift > 30 else 0.0) * mirror),
        f"wrist.{side}": (float(rng.normal(0, 8)), float(rng.normal(0, 8)), float(rng.normal(0, 6))),
    }
    curl = rng.uniform(2, 28)
    for finger in FINGERS:
        for joint in (1, 2, 3):
            pose[f"finger{finger}-{joint}.{side}"] = (curl * 0.3, 0.0, -curl * mirror * rng.uniform(0.8, 1.1))
    return pose


def bend_legs(rng: Rng) -> Pose:
    pose: dict[str, tuple[float, float, float]] = {}
    for side, mirror in (("L", 1), ("R", -1)):
        together = rng.uniform(-7, 3)
        forward = rng.normal(-4, 7)
        pose[f"upperleg01.{side}"] = (float(forward), 0.0, float(together) * mirror)
        pose[f"lowerleg01.{side}"] = (float(max(0.0, rng.normal(6, 8))), 0.0, 0.0)
    return pose


def walk(phase: float, swing: float = 24.0) -> Pose:
    """A pose within a walk; a turn of the phase is two steps."""
    pose: dict[str, tuple[float, float, float]] = {}
    for side, shift in (("L", 0.0), ("R", np.pi)):
        angle = swing * float(np.sin(phase + shift))
        lifted = max(0.0, float(np.cos(phase + shift)))
        mirror = 1 if side == "L" else -1
        pose[f"upperleg01.{side}"] = (-angle, 0.0, -5.0 * mirror)
        pose[f"lowerleg01.{side}"] = (8.0 + 38 * lifted, 0.0, 0.0)
        pose[f"upperarm01.{side}"] = (0.8 * angle, 0.0, -29.0 * mirror)
        pose[f"lowerarm01.{side}"] = (-22.0, 0.0, 0.0)
    return pose


def arms_collide(person: Person, pose: Pose) -> bool:
    """Whether a forearm or a hand is within the trunk, the head or the other arm."""
    moves = person.rig.move(pose)
    rig = person.rig

    def at(bone: str) -> np.ndarray:
        move = moves[rig.bones.index(bone)]
        return np.asarray(move[:, :3] @ rig.joint(bone) + move[:, 3])

    hip, neck, head = at("spine05"), at("neck01"), moves[rig.bones.index("head")]
    middle = head[:, :3] @ person.origin + head[:, 3]
    wide = 0.72 * abs(float(rig.joint("upperarm01.L")[0]))
    along = (neck - hip) / np.linalg.norm(neck - hip)
    across = at("upperarm01.L") - at("upperarm01.R")
    across -= along * (across @ along)
    across /= np.linalg.norm(across)
    front = np.cross(across, along)
    hands = {}
    for side in "LR":
        elbow, wrist, tip = at(f"lowerarm01.{side}"), at(f"wrist.{side}"), at(f"finger3-2.{side}")
        points = np.vstack(
            [
                elbow + (wrist - elbow) * np.linspace(0.3, 1, 6)[:, None],
                wrist + (tip - wrist) * np.linspace(0.3, 1, 4)[:, None],
            ]
        )
        hands[side] = points
        beside = points - hip
        height = beside @ along / np.linalg.norm(neck - hip)
        inside = np.hypot(beside @ across / (wide + 0.45), (beside @ front - 0.2) / 1.5) < 1
        if (inside & (height > -0.35) & (height < 1.02)).any():
            return True
        if (np.linalg.norm(points - middle, axis=1) < 1.12 * person.unit).any():
            return True
    apart = np.linalg.norm(hands["L"][:, None] - hands["R"], axis=2)
    return bool(apart.min() < 0.75)


def _is_face(bone: str) -> bool:
    return bone.startswith(("oris", "orbi", "levator", "tongue", "jaw", "special", "temp", "risorius", "oculi", "eye"))
