"""Sequences of people: they turn, gesture, speak and walk past one another before a camera that moves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..drawer.acting import Action, Actor, direct, ease
from ..drawer.backdrop import draw_backdrop
from ..drawer.cel import Cel
from ..drawer.curves import Rng
from ..drawer.design import Design, between, chance, choose
from ..drawer.drawing import ATTEMPTS, Drawn, check_request, develop, draw_light
from ..drawer.hands import HANDS
from ..drawer.scene import draw_look, frame_figure
from ..drawer.sequence import FRAMES, SequencePlan, calm_style, move_camera
from ..drawer.styles import draw_style
from .makehuman import MakeHuman
from .person import Person, make_person
from .poses import choose_pose, vary_pose, walk
from .rendering import Camera, draw_person
from .rig import Pose, blend_poses, join_poses
from .scene import make_person_design

KINDS = ("solo", "pair", "cross")
SHARES = (0.35, 0.3, 0.35)
WALKING = 70.0  # degrees from which a person who walks past is seen


@dataclass(frozen=True, slots=True, eq=False)
class Performer:
    """A person and what it does.

    Attributes:
        person: Who it is.
        actor: Its face, its walk, and where it is.
        poses: Frames and the poses in them, in order.
        azimuths: From where it is seen in the first and after the last frame, degrees.
        elevation: Likewise, in all frames.
    """

    person: Person
    actor: Actor
    poses: tuple[tuple[int, Pose], ...]
    azimuths: tuple[float, float]
    elevation: float

    def person_at(self, frame: int) -> Person:
        """The person with the face of a frame."""
        return replace(self.person, design=replace(self.actor.design_at(frame), yaw=0.0, stance=0.0))

    def pose_at(self, frame: int) -> Pose:
        """The pose in a frame."""
        pose = self.poses[-1][1]
        for (first, a), (last, b) in pairwise(self.poses):
            if frame < last:
                pose = blend_poses(a, b, ease((frame - first) / (last - first)))
                break
        if self.actor.pace:
            pose = join_poses([pose, walk(2 * np.pi * self.actor.pace * frame + self.actor.phase)])
        return pose

    def camera_at(self, frame: int, frames: int) -> Camera:
        """The camera in a frame."""
        first, last = self.azimuths
        azimuth = first + (last - first) * ease(frame / frames)
        return Camera(azimuth, self.elevation, 0.0, self.actor.radius, self.actor.place_at(frame, frames))


@dataclass(frozen=True, slots=True, eq=False)
class PeoplePlan(SequencePlan):
    """A sequence's plan with people in place of drawn figures.

    Attributes:
        performers: From back to front.
        stage: Holds the table of the parts, before a frame is drawn.
    """

    performers: tuple[Performer, ...]
    stage: Cel


def draw_people_sequence(
    packages: Path, seed: int, size: int = 512, hand: int | None = None, frames: int = FRAMES
) -> tuple[PeoplePlan, Iterator[Drawn]]:
    """Plan a sequence and draw its frames, as `draw_sequence` of the drawer does.

    Args:
        packages: Folder below which MakeHuman's files lie.
        seed, size, hand, frames: As for `draw_sequence`.

    Raises:
        InputError: As `draw_sequence`, or MakeHuman is not there.
    """
    check_request(seed, size, hand)
    makehuman = _open(packages)
    for attempt in range(ATTEMPTS):
        plan = _plan(makehuman, seed, attempt, hand, frames)
        _, faults = develop(_draw_cel(plan, 256, 0, plan.stage), plan.hand, plan.shading, {})
        if not faults:
            break
    return plan, _draw_frames(plan, size)


@lru_cache(maxsize=1)
def _open(packages: Path) -> MakeHuman:
    return MakeHuman(packages)


def _plan(makehuman: MakeHuman, seed: int, attempt: int, hand: int | None, frames: int) -> PeoplePlan:
    rng = np.random.default_rng([seed, attempt, 25])
    number = int(rng.integers(len(HANDS)))
    number = number if hand is None else hand
    style, light = calm_style(draw_style(rng, HANDS[number])), draw_light(rng)
    kind = KINDS[int(rng.choice(len(KINDS), p=SHARES))]
    framing = choose(rng, "bust", "half", "half", "whole")
    stage = Cel(16, style, light, rng, Action(seed))
    designs = [_make_design(rng, number) for _ in range(1 if kind == "solo" else 2)]
    radius, y = frame_figure(rng, 1.0, max(designs, key=lambda design: design.heads), framing)
    radius *= 0.8 if kind == "pair" else 0.95
    x = rng.uniform(0.26, 0.34) if kind == "pair" else rng.uniform(0.42, 0.58)
    performers = []
    for figure, design in enumerate(designs):
        stage.figure = figure
        person = make_person(makehuman, design, rng, stage.part)
        crosses = kind == "cross" and figure == 1
        right = 1.0 if chance(rng, 0.5) else -1.0
        place = (1 - x if kind == "pair" and figure else x, y + rng.uniform(-0.02, 0.03))
        size = radius * (rng.uniform(1.0, 1.25) if crosses else 1.0)
        stride = rng.uniform(0.9, 1.3) * right if crosses else 0.0
        actor = direct(rng, design, frames, size, place, stride)
        facing = -WALKING * right if crosses else float(rng.normal(0, 28))
        turn = 0.0 if crosses else float(rng.normal(0, 22)) if chance(rng, 0.6) else 0.0
        poses = _choose_poses(rng, makehuman, person, [key for key, _ in actor.keys])
        performers.append(
            Performer(person, actor, poses, (facing - turn / 2, facing + turn / 2), float(rng.normal(2, 4)))
        )
    return PeoplePlan(
        (seed, attempt),
        number,
        kind,
        frames,
        hold=int(choose(rng, 1, 1, 2)),
        actors=(),
        passer=None,
        views=move_camera(rng),
        style=style,
        shading=draw_look(rng, designs[0].soft),
        light=light,
        shadow=between(rng, HANDS[number].shadow),
        performers=tuple(performers),
        stage=stage,
    )


def _make_design(rng: Rng, hand: int) -> Design:
    design = make_person_design(rng, hand)
    if design.eyes.state in ("closed", "wink"):
        design.eyes.state = "open"
    return design


def _choose_poses(rng: Rng, makehuman: MakeHuman, person: Person, keys: list[int]) -> tuple[tuple[int, Pose], ...]:
    """A pose for each key frame; a rest keeps the one before."""
    poses = [(keys[0], choose_pose(rng, makehuman, person, whole=False))]
    for number, key in enumerate(keys[1:]):
        before = poses[-1][1]
        poses.append((key, before if number % 2 == 0 else vary_pose(rng, person, before, arms=chance(rng, 0.7))))
    return tuple(poses)


def _draw_frames(plan: PeoplePlan, size: int) -> Iterator[Drawn]:
    for frame in range(plan.frames):
        cel = _draw_cel(plan, size, frame, plan.stage)
        yield develop(cel, plan.hand, plan.shading, {"frame": frame, "kind": plan.kind})[0]


def _draw_cel(plan: PeoplePlan, size: int, frame: int, before: Cel) -> Cel:
    """Draw one frame; parts keep the ids that they have in `before`."""
    held = frame - frame % plan.hold
    view = plan.view_at(frame)
    lines = np.random.default_rng([*plan.seed, held])  # each drawing has its own irregularities
    action = Action(plan.seed[0], view.middle, view.zoom, view.turn)
    cel = Cel(size, plan.style, plan.light, lines, action, before)
    cel.rng = np.random.default_rng(plan.seed)
    cel.shadow = plan.shadow
    draw_backdrop(cel)
    for figure, performer in enumerate(plan.performers):
        cel.figure = figure
        phase, drag = performer.actor.swing_at(held)
        cel.action = replace(action, sway=performer.actor.sway, phase=phase, drag=drag)
        camera = performer.camera_at(held, plan.frames)
        draw_person(cel, performer.person_at(held), performer.pose_at(held), camera)
    cel.figure, cel.action = 0, action
    return cel
