"""What moves in one frame of a sequence besides the figures: the camera, and the sway of hair and cloth."""

from dataclasses import dataclass

import numpy as np

from .curves import Points, rotate

LAG = 0.8  # radians by which the sway comes later, one unit further down


@dataclass(frozen=True, slots=True)
class Action:
    """One frame's camera and sway.

    Attributes:
        seed: Of the sequence: what is drawn takes the same random numbers in all its frames.
        middle: What the camera looks at, in sides of the scene.
        zoom: Factor of the camera, 1 sees the whole scene.
        turn: Of the camera, radians.
        sway: How far hair swings, in units per unit that it hangs.
        phase: Of the swing, radians.
        drag: How far hair trails behind what moves, in units per unit that it hangs.
    """

    seed: int
    middle: tuple[float, float] = (0.5, 0.5)
    zoom: float = 1.0
    turn: float = 0.0
    sway: float = 0.0
    phase: float = 0.0
    drag: float = 0.0

    def look(self, pixels: Points, size: int) -> Points:
        """Pixels of the scene to pixels of the frame."""
        middle = np.array(self.middle) * size
        seen: Points = (rotate(pixels, self.turn, middle) - middle) * self.zoom + size / 2
        return seen

    def bend(self, points: Points, top: float) -> Points:
        """Points in units, those below a height moved by the swing; more, the lower they hang."""
        depth = np.maximum(points[:, 1] - top, 0.0)
        shift = depth**1.2 * (self.sway * np.sin(self.phase - LAG * depth) + self.drag)
        return points + np.stack([shift, np.zeros_like(shift)], 1)
