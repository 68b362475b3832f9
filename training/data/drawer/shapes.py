"""A pen for things that are made of outlined shapes: props, animals, vehicles."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .cel import Cel, Group
from .curves import Points, Rng, as_points, ellipse, line, rotate
from .palette import Rgb


class ShapePen:
    """Draws shapes in units of their own, around a place of the cel's frame.

    Args:
        cel: To draw on.
        name: Prefix of the parts' names.
        at: Where the pen's 0, 0 is, in the frame's units.
        scale: The frame's units per unit of the pen.
        turn: Radians.
        group: Group of the parts.
    """

    def __init__(
        self, cel: Cel, name: str, at: ArrayLike, scale: float, turn: float = 0.0, group: Group = Group.PROP
    ) -> None:
        self.cel, self.name, self.scale, self.turn, self.group = cel, name, scale, turn, group
        self.at = as_points(at)[0]

    @property
    def rng(self) -> Rng:
        """The cel's random numbers."""
        return self.cel.rng

    def put(self, shape: ArrayLike) -> Points:
        """The pen's units to the frame's."""
        placed: Points = rotate(as_points(shape) * self.scale, self.turn) + self.at
        return placed

    def part(self, name: str, color: Rgb, material: str = "thing") -> int:
        """The id of a part."""
        return self.cel.part(f"{self.name}.{name}", material, self.group, color)

    def paint(self, shape: Points, name: str, color: Rgb, weight: float = 1.0, crescent: float = 0.06) -> int:
        """Fill and outline a shape; returns its part."""
        part, placed = self.part(name, color), self.put(shape)
        self.cel.fill(placed, part, crescent=crescent * self.scale)
        if weight:
            self.cel.outline(placed, weight)
        return part

    def merge(
        self, shapes: Sequence[Points], name: str, color: Rgb, weight: float = 1.1, crescent: float = 0.08
    ) -> int:
        """Fill overlapping shapes as one, with one outline; returns its part."""
        part = self.part(name, color)
        self.cel.fill_merged([self.put(shape) for shape in shapes], part, weight, crescent * self.scale)
        return part

    def stroke(self, way: ArrayLike, weight: float = 0.8, start: float = 0.1, end: float = 0.1) -> None:
        """A line."""
        self.cel.stroke(self.put(way), weight, start, end)

    def ink(self, shape: Points) -> None:
        """A black shape."""
        self.cel.ink_shape(self.put(shape))

    def shine(self, shape: Points) -> None:
        """A highlight on the pen's parts."""
        self.cel.light_shape(self.put(shape), [self.group])


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """A rectangle."""
    return as_points([(left, top), (right, top), (right, bottom), (left, bottom)])


def rounded(left: float, top: float, right: float, bottom: float, square: float = 6.0) -> Points:
    """A rectangle with round corners."""
    return ellipse((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 48, square=square)


def hatch_lines(pen: ShapePen, left: float, right: float, levels: Sequence[float]) -> None:
    """Level lines, as on pages."""
    for level in levels:
        pen.stroke(line((left, level), (right, level - 0.02), 4), 0.5)


def spread(count: int, reach: float) -> np.ndarray:
    """Evenly spread numbers from -reach to reach."""
    return np.linspace(-reach, reach, count)
