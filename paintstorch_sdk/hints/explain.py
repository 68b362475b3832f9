"""Why a region has its color, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..imaging.regions import Regions
from .marks import Marks
from .vote import NETWORK, PAPER, REASONS, Reason, Votes


@dataclass(frozen=True, slots=True)
class Region:
    """One region of a drawing.

    Attributes:
        number: Its number on the label map.
        area: Pixels of the label map, off the lines.
        reason: What decided: "paper", "stroke", "strokes", "neighbor", "tone" or "network".
        color: Red, green, blue; None where the painter decides.
        stroke: Place of the stroke that decided among the hints' strokes, if one did.
        why: All of that in a sentence.
    """

    number: int
    area: int
    reason: Reason
    color: tuple[int, int, int] | None
    stroke: int | None
    why: str


_WHY: dict[Reason, str] = {
    "paper": "paper: no stroke means it",
    "stroke": "{what} says most in it",
    "strokes": "several colors say about as much in it: it blends from {what} to the others",
    "neighbor": "it has no stroke of its own; a wide pass leads to {what}",
    "tone": "it has the tone of a region with {what}",
    "network": "no stroke tells of it: a network guesses which of the strokes' colors it has, or leaves it paper",
}


def explain_votes(
    regions: Regions, marks: Marks, votes: Votes, kin: tuple[NDArray[np.uint8], NDArray[np.bool_]] | None = None
) -> list[Region]:
    """The regions of a drawing, in the order of their numbers; `kin` is what `choose_kin` found, if it was asked."""
    first = len(marks) - marks.strokes
    result = []
    for number in range(len(regions)):
        code, leader = int(votes.reasons[number]), int(votes.leaders[number])
        reason = REASONS[code]
        color = None if code == NETWORK else (255, 255, 255) if code == PAPER else votes.colors[number].tolist()
        stroke = leader - first if leader >= first else None
        why = _WHY[reason]
        if kin is not None and (code in (PAPER, NETWORK) or color != kin[0][number].tolist()):
            color, stroke = kin[0][number].tolist(), None
            if not kin[1][number]:
                reason, why = "network", f"no stroke tells of it: a network finds it most like what is {_code(color)}"
            elif code == NETWORK:
                why = "no stroke tells of it: a network finds it most like paper"
        what = f"stroke {stroke}" if stroke is not None else "the layer"
        if color is not None:
            what += f" ({_code(color)})"
        result.append(
            Region(
                number,
                int(regions.area[number]),
                reason,
                None if color is None else (int(color[0]), int(color[1]), int(color[2])),
                stroke,
                why.format(what=what),
            )
        )
    return result


def _code(color: Sequence[int]) -> str:
    return f"#{bytes(color).hex()}"
