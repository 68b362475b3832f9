"""What is on the paper: one figure or two, framed from face to whole body, before a backdrop."""

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .design import Design, make_design
from .figure import draw_figure
from .hands import Hand
from .palette import SKIN_TINTS, TINTS


@dataclass(frozen=True, slots=True)
class Look:
    """How the drawing is shaded."""

    tint: tuple[float, float, float]
    skin_tint: tuple[float, float, float]
    soft: bool


def draw_scene(canvas: Canvas, hand: Hand) -> tuple[Look, dict[str, str | int | float | bool]]:
    """Draw everything; returns the shading and what is drawn."""
    rng = canvas.rng
    design = make_design(rng, hand)
    framing = ("face", "bust", "half", "whole")[int(rng.choice(4, p=[0.14, 0.42, 0.24, 0.2]))]
    size = canvas.size
    radius, y = _frame(canvas, design, framing)
    x = size * rng.uniform(0.44, 0.56)
    flip = -1.0 if design.flip else 1.0
    canvas.frame = np.array([[radius * flip, 0, x], [0, radius, y]])
    canvas.pen = (radius / (0.2 * size)) ** 0.45
    canvas.shadow = design.shadow
    draw_figure(canvas, design)
    look = Look(TINTS[rng.integers(len(TINTS))], SKIN_TINTS[rng.integers(len(SKIN_TINTS))], design.soft)
    tags: dict[str, str | int | float | bool] = {
        "view": design.view,
        "framing": framing,
        "hair": design.hair.style,
        "top": design.outfit.top,
    }
    return look, tags


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
