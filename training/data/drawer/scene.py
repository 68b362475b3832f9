"""What is on the paper: one figure or two, framed from face to whole body, before a backdrop."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .backdrop import draw_backdrop
from .cel import Cel, piece
from .creatures import draw_creature
from .curves import Rng
from .design import Design, between, chance, make_design
from .figure import draw_figure
from .framing import TABLES, draw_frame, draw_table
from .hands import Hand
from .objects import draw_object
from .palette import SKIN_TINTS, TINTS
from .shapes import ShapePen

Tags: TypeAlias = dict[str, str | int | float | bool]

FRAMINGS = ("face", "bust", "half", "whole")
SHARES = (0.14, 0.4, 0.26, 0.2)
SUBJECTS = ("figure", "creature", "object")
SUBJECT_SHARES = (0.86, 0.08, 0.06)
LEANING = 0.1  # share of figures that are drawn aslant
BESIDE = 0.1  # share of whole or half figures with a creature or a thing beside them
TWO = 0.14  # share of drawings with two figures


@dataclass(frozen=True, slots=True)
class Shading:
    """How the drawing is shaded."""

    tint: tuple[float, float, float]
    skin_tint: tuple[float, float, float]
    soft: bool


def draw_scene(cel: Cel, hand: Hand) -> tuple[Shading, Tags]:
    """Draw everything; returns the shading and what is drawn."""
    rng = cel.rng
    subject = SUBJECTS[int(rng.choice(len(SUBJECTS), p=SUBJECT_SHARES))]
    if subject != "figure":
        return _draw_things(cel, hand, subject)
    designs = [make_design(rng, hand)]
    framing = FRAMINGS[int(rng.choice(len(FRAMINGS), p=SHARES))]
    if chance(rng, TWO):
        designs.append(make_design(rng, hand))
        framing = framing if framing != "face" else "half"
    cel.shadow = designs[0].shadow
    backdrop = draw_backdrop(cel)
    if len(designs) == 2:
        _draw_pair(cel, designs, framing)
    else:
        design = designs[0]
        radius, y = frame_figure(rng, cel.size, design, framing)
        x = rng.uniform(0.42, 0.58)
        beside = framing in ("half", "whole") and chance(rng, BESIDE)
        if beside:
            x = rng.uniform(0.3, 0.4)
        _draw_at(cel, design, radius, cel.size * x, y)
        if beside:
            scale = rng.uniform(0.13, 0.2)
            cel.figure = 1
            place_thing(cel, scale, 0.76, 0.96 - scale, flip=True)
            draw_thing(cel, "creature" if chance(rng, 0.7) else "object", scale)
            cel.figure = 0
    if framing in ("bust", "half") and chance(rng, TABLES):
        draw_table(cel)
    frame = draw_frame(cel)
    design = designs[0]
    look = draw_look(rng, design.soft)
    tags: Tags = {
        "subject": subject,
        "figures": len(designs),
        "framing": framing,
        "frame": frame,
        "backdrop": backdrop,
        "view": design.view,
        "age": design.age,
        "male": design.male,
        "hair": design.hair.style,
        "bangs": design.hair.bangs,
        "top": design.outfit.top,
        "bottom": design.outfit.bottom,
        "pose": design.pose,
    }
    return look, tags


def draw_look(rng: Rng, soft: bool) -> Shading:
    """The tints of shadows."""
    return Shading(TINTS[rng.integers(len(TINTS))], SKIN_TINTS[rng.integers(len(SKIN_TINTS))], soft)


def _draw_things(cel: Cel, hand: Hand, subject: str) -> tuple[Shading, Tags]:
    """One to three animals, vehicles or things."""
    rng = cel.rng
    cel.shadow = between(rng, hand.shadow)
    backdrop = draw_backdrop(cel)
    count = int(rng.choice(3, p=[0.68, 0.22, 0.1])) + 1
    scale = {1: rng.uniform(0.24, 0.34), 2: rng.uniform(0.17, 0.22), 3: rng.uniform(0.13, 0.16)}[count]
    kinds = []
    for i in range(count):
        cel.figure = i
        x, y = (i + 0.5) / count + rng.normal(0, 0.02), 0.94 - scale + rng.normal(0, 0.02) - 0.1 * (count == 1)
        place_thing(cel, scale, x, y, flip=chance(rng, 0.5))
        kinds.append(draw_thing(cel, subject, scale))
    cel.figure = 0
    return draw_look(rng, chance(rng, hand.soft)), {
        "subject": subject,
        "backdrop": backdrop,
        "kinds": " ".join(kinds),
    }


def place_thing(cel: Cel, scale: float, x: float, y: float, flip: bool) -> None:
    """Put the frame of a thing at a place in sides of the drawing; `scale` is half its height."""
    size = cel.size
    cel.frame = np.array([[-size if flip else size, 0.0, size * x], [0.0, size, size * y]])
    cel.pen = (scale / 0.2) ** 0.45


@piece
def draw_thing(cel: Cel, subject: str, scale: float) -> str:
    """Draw a "creature" or an "object" in its frame; returns its kind."""
    pen = ShapePen(cel, subject, (0.0, 0.0), scale)
    return draw_creature(pen) if subject == "creature" else draw_object(pen)


def place_figure(cel: Cel, design: Design, radius: float, x: float, y: float) -> None:
    """Put the frame of a figure, with the middle of its head at a pixel; `radius` is pixels per unit."""
    flip = -1.0 if design.flip else 1.0
    cel.frame = np.array([[radius * flip, 0, x], [0, radius, y]])
    cel.pen = (radius / (0.2 * cel.size)) ** 0.45


def _draw_at(cel: Cel, design: Design, radius: float, x: float, y: float) -> None:
    place_figure(cel, design, radius, x, y)
    turn = float(cel.rng.normal(0, 0.22)) if chance(cel.rng, LEANING) else 0.0
    with cel.moved(turn=turn, pivot=(0.0, 2.0)):
        draw_figure(cel, design)


def _draw_pair(cel: Cel, designs: list[Design], framing: str) -> None:
    """Two figures side by side, as tall as they are; the one in front is drawn last."""
    rng, size = cel.rng, cel.size
    tall = max(designs, key=lambda design: design.heads)
    radius, y = frame_figure(rng, cel.size, tall, framing)
    if framing == "bust":
        radius *= 0.82
    xs = (rng.uniform(0.24, 0.34), rng.uniform(0.66, 0.76))
    if chance(rng, 0.6):  # they look at each other
        designs[0].flip, designs[1].flip = False, True
    for number, i in enumerate((0, 1) if chance(rng, 0.5) else (1, 0)):
        design = designs[i]
        below = 2.3 * (tall.heads - design.heads) * radius
        if framing != "whole":
            below = min(below, 1.6 * radius)
        cel.figure = number
        _draw_at(cel, design, radius, xs[i] * size, y + below + (number * 0.25 * radius if framing != "whole" else 0.0))
    cel.figure = 0


def frame_figure(rng: Rng, size: float, design: Design, framing: str) -> tuple[float, float]:
    """The length of a unit, and the height of the middle of the head, in the unit of the drawing's size."""
    above = 1.4 + design.hair.volume + 0.3 * (design.hair.style == "spiky") + 1.2 * ("witch hat" in design.accessories)
    if framing == "face":
        radius, above = size * rng.uniform(0.26, 0.33), min(above, 1.75)  # high hats are cut
    elif framing == "bust":
        radius = size * rng.uniform(0.16, 0.235)
    elif framing == "half":
        radius = size * rng.uniform(0.1, 0.15)
    else:
        if design.pose in ("cheer", "jump"):
            above = max(above, 0.3 * (2.3 * design.heads - 2.3) - 0.9)
        tall = 2.3 * design.heads + above - 1.1
        radius = size * 0.95 / tall
        return radius, above * radius + size * 0.02
    return radius, above * radius + size * rng.uniform(0.0, 0.05)
