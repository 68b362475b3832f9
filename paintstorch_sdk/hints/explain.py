"""Why a region has its color, in words."""

from dataclasses import dataclass

import numpy as np

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
        color: Red, green, blue; None where the network decides.
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
    "paper": "paper: no stroke means it; kinship may find that it is a part of the figure",
    "stroke": "{what} says most in it",
    "strokes": "several colors say about as much in it: it blends from {what} to the others",
    "neighbor": "it has no stroke of its own; a wide pass leads to {what}",
    "tone": "it has the tone of a region with {what}",
    "network": "no stroke tells of it: a network guesses which of the strokes' colors it has, or leaves it paper",
}


def explain_votes(regions: Regions, marks: Marks, votes: Votes) -> list[Region]:
    """The regions of a drawing, in the order of their numbers."""
    first = len(marks) - marks.strokes
    result = []
    for number in range(len(regions)):
        code, leader = int(votes.reasons[number]), int(votes.leaders[number])
        reason = REASONS[code]
        color = None if code == NETWORK else (255, 255, 255) if code == PAPER else votes.colors[number].tolist()
        stroke = leader - first if leader >= first else None
        what = f"stroke {stroke}" if stroke is not None else "the layer"
        if color is not None and code != PAPER:
            what += " (#" + bytes(np.asarray(color, np.uint8)).hex() + ")"
        result.append(
            Region(
                number,
                int(regions.area[number]),
                reason,
                None if color is None else (int(color[0]), int(color[1]), int(color[2])),
                stroke,
                _WHY[reason].format(what=what),
            )
        )
    return result
