"""What is on the paper: one figure or two, framed from face to whole body, before a backdrop."""

from dataclasses import dataclass

import numpy as np

from .backdrop import draw_backdrop
from .canvas import Canvas
from .design import Design, chance, make_design
from .figure import draw_figure
from .hands import Hand
from .palette import SKIN_TINTS, TINTS

FRAMINGS = ("face", "bust", "half", "whole")
SHARES = (0.14, 0.4, 0.26, 0.2)
TWO = 0.14  # share of drawings with two figures


@dataclass(frozen=True, slots=True)
class Look:
    """How the drawing is shaded."""

    tint: tuple[float, float, float]
    skin_tint: tuple[float, float, float]
    soft: bool


def draw_scene(canvas: Canvas, hand: Hand) -> tuple[Look, dict[str, str | int | float | bool]]:
    """Draw everything; returns the shading and what is drawn."""
    rng = canvas.rng
    designs = [make_design(rng, hand)]
    framing = FRAMINGS[int(rng.choice(len(FRAMINGS), p=SHARES))]
    if chance(rng, TWO):
        designs.append(make_design(rng, hand))
        framing = framing if framing != "face" else "half"
    canvas.shadow = designs[0].shadow
    backdrop = draw_backdrop(canvas)
    if len(designs) == 2:
        _draw_pair(canvas, designs, framing)
    else:
        design = designs[0]
        radius, y = _frame(canvas, design, framing)
        _draw_at(canvas, design, radius, canvas.size * rng.uniform(0.42, 0.58), y)
    design = designs[0]
    look = Look(TINTS[rng.integers(len(TINTS))], SKIN_TINTS[rng.integers(len(SKIN_TINTS))], design.soft)
    tags: dict[str, str | int | float | bool] = {
        "figures": len(designs),
        "framing": framing,
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


def _draw_at(canvas: Canvas, design: Design, radius: float, x: float, y: float) -> None:
    flip = -1.0 if design.flip else 1.0
    canvas.frame = np.array([[radius * flip, 0, x], [0, radius, y]])
    canvas.pen = (radius / (0.2 * canvas.size)) ** 0.45
    draw_figure(canvas, design)


def _draw_pair(canvas: Canvas, designs: list[Design], framing: str) -> None:
    """Two figures side by side, as tall as they are; the one in front is drawn last."""
    rng, size = canvas.rng, canvas.size
    tall = max(designs, key=lambda design: design.heads)
    radius, y = _frame(canvas, tall, framing)
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
        canvas.figure = number
        _draw_at(
            canvas, design, radius, xs[i] * size, y + below + (number * 0.25 * radius if framing != "whole" else 0.0)
        )
    canvas.figure = 0


def _frame(canvas: Canvas, design: Design, framing: str) -> tuple[float, float]:
    """Pixels per unit, and the height of the middle of the head, pixels."""
    rng, size = canvas.rng, canvas.size
    above = 1.4 + design.hair.volume + 0.3 * (design.hair.style == "spiky") + 1.2 * ("witch hat" in design.accessories)
    if framing == "face":
        radius = size * rng.uniform(0.26, 0.33)
    elif framing == "bust":
        radius = size * rng.uniform(0.16, 0.235)
    elif framing == "half":
        radius = size * rng.uniform(0.1, 0.15)
    else:
        tall = 2.3 * design.heads + above - 1.1
        radius = size * 0.95 / tall
        return radius, above * radius + size * 0.02
    return radius, above * radius + size * rng.uniform(0.0, 0.05)
