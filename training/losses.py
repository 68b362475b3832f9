"""The supervised loss of the generator."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .team import Team

SOLID = 0.75  # mask from which a hint's color is taken at its word
EDGE = 6  # pixels from a line within which paper is beside it
NEAR = 0.3  # largest difference of a channel, on [-1, 1], between a hint and a target that agree


class Terms(NamedTuple):
    """The terms of the loss, scalars, unweighted."""

    l1: Tensor
    chroma: Tensor
    gradient: Tensor
    hint: Tensor


def compute_terms(
    output: Tensor,
    target: Tensor,
    line_art: Tensor,
    hints: Tensor,
    line_weight: float,
    team: Team | None = None,
    edge_weight: float = 0.0,
) -> Terms:
    """Compare what was painted with what should have been.

    - l1: mean absolute difference; pixels on lines count `line_weight`, since the lines are drawn over the
      result anyway, and paper within `EDGE` of a line `edge_weight` more: there colors bleed.
    - chroma: the same of each pixel's RGB less its own mean: without it the network stays gray for long.
    - gradient: mean absolute difference of horizontal and vertical first differences: crisp borders.
    - hint: mean absolute difference to the hint's own color, where a solid hint is off the lines and agrees
      with the target.

    Args:
        output: N,3,H,W in [-1, 1].
        target: N,3,H,W in [-1, 1].
        line_art: N,1,H,W in [-1, 1], paper is 1.
        hints: N,4,H/4,W/4, premultiplied color and mask.
        line_weight: Weight of pixels on lines, 0 to 1.
        team: Processes whose terms are averaged, each with its part of a batch of N times as many; None is one.
        edge_weight: Weight that is added to paper beside lines.
    """
    paper = (line_art > 0.5).float()
    weight = line_weight + (1.0 - line_weight) * paper
    if edge_weight:
        weight = weight + edge_weight * paper * F.max_pool2d(1.0 - paper, 2 * EDGE + 1, 1, EDGE)
    difference = output - target
    chroma = difference - difference.mean(1, keepdim=True)
    l1 = (difference.abs() * weight).mean()
    across = (difference[..., 1:] - difference[..., :-1]).abs().mean()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    color, mask = hint_colors(hints)
    inside = mask * paper * ((target - color).abs().amax(1, keepdim=True) < NEAR)
    count = (team or Team()).mean(3.0 * inside.sum())  # one part may hold more hints than another
    hint = ((output - color).abs() * inside).sum() / (count + (count == 0.0))
    return Terms(l1, (chroma.abs() * weight).mean(), across + down, hint)


@torch.no_grad()
def hint_colors(hints: Tensor) -> tuple[Tensor, Tensor]:
    """Colors of solid hints at the resolution of the picture, N,3,H,W in [-1, 1], and where they are, N,1,H,W."""
    mask = hints[:, 3:]
    color = hints[:, :3] / mask.clamp_min(0.01)
    both = torch.cat([color, (mask >= SOLID).float()], 1)
    large = F.interpolate(both, scale_factor=4, mode="nearest")
    return large[:, :3], large[:, 3:]
