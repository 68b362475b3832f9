"""Sequences: shots of a few dozen frames in which drawn characters act, with the truth of every frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from paintstorch_sdk.errors import InputError

from .acting import Action, Actor, direct, ease
from .backdrop import draw_backdrop
from .cel import Cel
from .curves import Rng
from .design import Design, between, chance, choose, make_design
from .drawing import ATTEMPTS, Drawn, check_request, develop, draw_light
from .figure import draw_figure
from .hands import HANDS
from .line_styles import LineStyle
from .scene import Shading, draw_look, draw_thing, frame_figure, place_figure, place_thing
from .styles import draw_style

FRAMES = 24
LEAST_FRAMES, MOST_FRAMES = 1, 240
FPS = 24
KINDS = ("solo", "cross", "prop", "pair")
SHARES = (0.3, 0.3, 0.15, 0.25)
CALM = ("none", "emblem")  # prints that stay in place on a body that moves
HIGH = 0.42  # what a camera looks at, in sides of the scene: heads are in its upper half
CAMERAS = ("still", "pan", "zoom", "tilt")


@dataclass(frozen=True, slots=True)
class Passer:
    """A thing or an animal that passes before the figures.

    Attributes:
        subject: "creature" or "object".
        scale: Half its height, in sides of the scene.
        start, end: Its middle in the first and after the last frame.
    """

    subject: str
    scale: float
    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A camera's place: what it looks at, in sides of the scene, its factor, and its turn in radians."""

    middle: tuple[float, float]
    zoom: float
    turn: float


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """All that is decided before the first frame of a sequence is drawn.

    Attributes:
        seed: Seed of the sequence, and the attempt that had no fault.
        hand: Number of the hand in `HANDS`.
        kind: One of `KINDS`.
        frames: How many.
        hold: Frames that show the same drawing: 1, or 2 as animation "on twos" has it; the camera moves in each.
        actors: The figures, from back to front.
        passer: What passes before them, or None.
        views: The camera in the first and in the last frame.
        style: Style of the lines.
        shading: Shading of all frames.
        light: Unit vector toward the light.
        shadow: Factor of the widths of shadows.
    """

    seed: tuple[int, int]
    hand: int
    kind: str
    frames: int
    hold: int
    actors: tuple[Actor, ...]
    passer: Passer | None
    views: tuple[Viewpoint, Viewpoint]
    style: LineStyle
    shading: Shading
    light: tuple[float, float]
    shadow: float

    def view_at(self, frame: int) -> Viewpoint:
        """The camera in a frame."""
        share = ease(frame / max(1, self.frames - 1))
        a, b = self.views
        x, y = (p + (q - p) * share for p, q in zip(a.middle, b.middle, strict=True))
        return Viewpoint((x, y), a.zoom + (b.zoom - a.zoom) * share, a.turn + (b.turn - a.turn) * share)


def draw_sequence(
    seed: int, size: int = 512, hand: int | None = None, frames: int = FRAMES
) -> tuple[SequencePlan, Iterator[Drawn]]:
    """Plan a sequence and draw its frames, one after the other: the same in every process.

    The ids in `Drawn.parts` mean the same in all frames; `names` and `materials` grow as parts come into view.

    Args:
        seed: Seed of all choices, 0 or more.
        size: Height and width, pixels.
        hand: Number of the hand in `HANDS`; None lets the seed choose.
        frames: How many.

    Returns:
        The plan, and an iterator over the frames.

    Raises:
        InputError: As `draw`, or too few frames.
    """
    check_request(seed, size, hand)
    if not LEAST_FRAMES <= frames <= MOST_FRAMES:
        raise InputError(f"frames: expected {LEAST_FRAMES} to {MOST_FRAMES}, received {frames}")
    for attempt in range(ATTEMPTS):
        plan = plan_sequence(seed, attempt, hand, frames)
        _, faults = develop(_draw_cel(plan, 256, 0, None), plan.hand, plan.shading, {})
        if not faults:
            break
    return plan, _draw_frames(plan, size)


def plan_sequence(seed: int, attempt: int, hand: int | None, frames: int) -> SequencePlan:
    """Decide who acts and how, and what the camera does."""
    rng = np.random.default_rng([seed, attempt, 24])
    number = int(rng.integers(len(HANDS)))
    number = number if hand is None else hand
    chosen = HANDS[number]
    style = calm_style(draw_style(rng, chosen))
    kind = KINDS[int(rng.choice(len(KINDS), p=SHARES))]
    framing = choose(rng, "bust", "bust", "half", "half", "whole")
    designs = [_make_actor_design(rng, number) for _ in range(1 if kind in ("solo", "prop") else 2)]
    tall = max(designs, key=lambda design: design.heads)
    radius, y = frame_figure(rng, 1.0, tall, framing)
    passer = None
    if kind == "pair":
        radius *= 0.8
        x = rng.uniform(0.24, 0.34)
        actors = [direct(rng, d, frames, radius, (p, y)) for d, p in zip(designs, (x, 1 - x), strict=True)]
    else:
        actors = [direct(rng, designs[0], frames, radius, (rng.uniform(0.42, 0.58), y))]
    if kind == "cross":
        actors.append(_direct_crossing(rng, designs[1], frames, radius, y))
    elif kind == "prop":
        scale = rng.uniform(0.14, 0.26)
        low, way = rng.uniform(0.6, 0.85), 0.62 + scale
        ends = ((0.5 - way, low), (0.5 + way, low + rng.normal(0, 0.05)))
        passer = Passer(choose(rng, "creature", "object"), scale, *(ends if chance(rng, 0.5) else ends[::-1]))
    return SequencePlan(
        (seed, attempt),
        number,
        kind,
        frames,
        hold=int(choose(rng, 1, 1, 2)),
        actors=tuple(actors),
        passer=passer,
        views=move_camera(rng),
        style=style,
        shading=draw_look(rng, designs[0].soft),
        light=draw_light(rng),
        shadow=between(rng, chosen.shadow),
    )


def calm_style(style: LineStyle) -> LineStyle:
    """A line style as animators draw with it: each line once, and steadier."""
    return replace(
        style,
        passes=1,
        guides=0.0,
        wobble=0.6 * style.wobble,
        swell=0.6 * style.swell,
        overshoot=0.3 * style.overshoot,
        gap=0.4 * style.gap,
        again=0.3 * style.again,
    )


def _make_actor_design(rng: Rng, hand: int) -> Design:
    design = make_design(rng, HANDS[hand])
    design.view = "turned" if design.view == "back" else design.view
    if design.outfit.print not in CALM:
        design.outfit.print = "none"
    if design.eyes.state in ("closed", "wink"):
        design.eyes.state = "open"
    return design


def _direct_crossing(rng: Rng, design: Design, frames: int, radius: float, y: float) -> Actor:
    """A figure that walks past, before the others."""
    right = chance(rng, 0.5)
    design.flip, design.pose = not right, "walk"
    if design.view == "turned":
        design.yaw = design.stance = max(design.yaw, float(rng.uniform(0.5, 1.0)))
    radius *= rng.uniform(1.0, 1.3)
    return direct(
        rng, design, frames, radius, (rng.uniform(0.35, 0.65), y), rng.uniform(0.9, 1.3) * (1 if right else -1)
    )


def move_camera(rng: Rng) -> tuple[Viewpoint, Viewpoint]:
    """What a camera sees in the first and in the last frame: it stands still, pans, zooms or tilts."""
    kind = choose(rng, *CAMERAS)
    zoom = 1.0 if kind == "still" and chance(rng, 0.5) else float(rng.uniform(1.05, 1.2))
    first = _keep_inside(Viewpoint((0.5, HIGH), zoom, 0.0))
    if kind == "still":
        return first, first
    if kind == "pan":
        way = rng.normal(0, 0.08, 2)
        a, b = (Viewpoint((0.5 + s * way[0], HIGH + s * way[1]), 1.2, 0.0) for s in (-1, 1))
    elif kind == "zoom":
        a, b = first, Viewpoint((0.5 + rng.normal(0, 0.04), 0.4), zoom * rng.uniform(1.12, 1.3), 0.0)
        a, b = (a, b) if chance(rng, 0.6) else (b, a)
    else:
        turn = float(rng.normal(0, 0.04))
        a, b = Viewpoint((0.5, HIGH), 1.15, -turn), Viewpoint((0.5 + rng.normal(0, 0.03), HIGH), 1.15, turn)
    return _keep_inside(a), _keep_inside(b)


def _keep_inside(view: Viewpoint) -> Viewpoint:
    """The view, moved so that it shows nothing beyond the scene."""
    half = 0.5 / view.zoom * (1 + abs(view.turn)) - 0.02
    x, y = (float(np.clip(v, half, max(half, 1 - half))) for v in view.middle)
    return Viewpoint((x, y), view.zoom, view.turn)


def _draw_frames(plan: SequencePlan, size: int) -> Iterator[Drawn]:
    cel = None
    for frame in range(plan.frames):
        cel = _draw_cel(plan, size, frame, cel)
        yield develop(cel, plan.hand, plan.shading, {"frame": frame, "kind": plan.kind})[0]


def _draw_cel(plan: SequencePlan, size: int, frame: int, before: Cel | None) -> Cel:
    """Draw one frame; `before` is the one before it."""
    held = frame - frame % plan.hold
    view = plan.view_at(frame)
    action = Action(plan.seed[0], view.middle, view.zoom, view.turn)
    lines = np.random.default_rng([*plan.seed, held])  # each drawing has its own irregularities
    cel = Cel(size, plan.style, plan.light, lines, action, before)
    cel.rng = np.random.default_rng(plan.seed)
    cel.shadow = plan.shadow
    draw_backdrop(cel)
    for figure, actor in enumerate(plan.actors):
        cel.figure = figure
        phase, drag = actor.swing_at(held)
        cel.action = replace(action, sway=actor.sway, phase=phase, drag=drag)
        x, y = actor.place_at(held, plan.frames)
        place_figure(cel, actor.design, actor.radius * size, x * size, y * size)
        draw_figure(cel, actor.design_at(held))
    cel.figure, cel.action = len(plan.actors), action
    if plan.passer is not None:
        passer, share = plan.passer, held / plan.frames
        x, y = (a + (b - a) * share for a, b in zip(passer.start, passer.end, strict=True))
        place_thing(cel, passer.scale, x, y, flip=passer.end[0] < passer.start[0])
        draw_thing(cel, passer.subject, passer.scale)
    cel.figure = 0
    return cel
