"""The drawer: anime characters drawn from curves by seed, each with exact layers; what it draws is CC0."""

from .drawing import Drawn, draw
from .hands import HANDS, Hand
from .writing import write_drawings

__all__ = ["HANDS", "Drawn", "Hand", "draw", "write_drawings"]
