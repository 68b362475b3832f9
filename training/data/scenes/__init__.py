"""Scenes: MakeHuman's people, posed, dressed and drawn in the drawer's hands, with exact layers; CC0."""

from .makehuman import MakeHuman
from .scene import draw_people
from .sequence import draw_people_sequence

__all__ = ["MakeHuman", "draw_people", "draw_people_sequence"]
