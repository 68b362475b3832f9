"""The drawer's characters as a source: drawn without any download, with their lines, flats, shade and parts."""

from PIL import Image

from .drawer import Drawn, draw
from .picture import LAYERS, LONG_SIDE, SourcePicture
from .source import License, Task, choose_split

SEEDS = 10_000_000  # drawings per seed of a data set


class Drawings:
    """The source "drawer"."""

    name = "drawer"
    license = License("CC0-1.0", "paintstorch-sdk", "https://creativecommons.org/publicdomain/zero/1.0/")

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """As many tasks as asked for: every number is another character, its hash tells its split."""
        left = {"train": count, "test": test_count}
        tasks = []
        number = 0
        while any(left.values()):
            base = f"{self.name}/{seed * SEEDS + number}"
            split = choose_split(base)
            if left[split]:
                left[split] -= 1
                spec = {"number": seed * SEEDS + number}
                tasks.append(Task(self.name, f"{number:07d}", base, split, str(seed), dict(spec)))
            number += 1
        return tasks

    def draw(self, task: Task) -> SourcePicture:
        """Draw one character with all layers; its picture has no lines, which lie apart."""
        drawn = self.make(int(task.spec["number"]))
        return SourcePicture(
            Image.fromarray(drawn.colored),
            Image.fromarray(drawn.line),
            tags=drawn.tags | task.spec,
            layers={name: Image.fromarray(getattr(drawn, name)) for name in LAYERS},
        )

    def make(self, number: int) -> Drawn:
        """The drawing of a number."""
        return draw(number, LONG_SIDE)
