"""People of MakeHuman as a source: posed, dressed and drawn in the hands of the drawer, with exact layers."""

from functools import cached_property
from pathlib import Path

from .drawer.drawing import Drawn
from .drawings import Drawings
from .picture import LONG_SIDE
from .scenes import MakeHuman, draw_people
from .source import License, Task


class People(Drawings):
    """The source "scenes".

    Args:
        packages: Folder below which MakeHuman's files lie.
    """

    name = "scenes"
    license = License(
        "CC0-1.0", "MakeHuman (Data Collection AB, Joel Palmius, Jonas Hauquier), drawn by paintstorch-sdk",
        "https://github.com/makehumancommunity",
    )  # fmt: skip

    def __init__(self, packages: Path) -> None:
        self.packages = packages

    @cached_property
    def makehuman(self) -> MakeHuman:
        """What is installed of MakeHuman; read when the first person is drawn."""
        return MakeHuman(self.packages)

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """As many tasks as asked for; none where MakeHuman is not installed."""
        return super().tasks(count, test_count, seed) if MakeHuman.is_installed(self.packages) else []

    def make(self, number: int) -> Drawn:
        """The picture of a number."""
        return draw_people(self.makehuman, number, LONG_SIDE)
