"""The drawer: anime characters drawn from curves by seed, each with exact layers; what it draws is CC0."""

from .drawing import Drawn, draw
from .hands import HANDS, Hand
from .sequence import SequencePlan, draw_sequence
from .writing import write_sequences

__all__ = ["HANDS", "Drawn", "Hand", "SequencePlan", "draw", "draw_sequence", "write_sequences"]
