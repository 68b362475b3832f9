"""Painted portraits of the game Battle for Wesnoth (GPL-2+), recolored."""

from pathlib import Path

from PIL import Image

from .backdrop import draw_backdrop
from .picture import SourcePicture, on_background, scaled_size
from .source import License, Task, choose_split, choose_tasks, find_files
from .sprite_colors import recolor_sprite

SMALLEST = 300  # pixels, short side
VARIANTS = 6  # of one portrait


class Portraits:
    """The source "wesnoth", from the Debian packages wesnoth-*-data and its campaigns."""

    name = "wesnoth"
    license = License("GPL-2.0-or-later", "the Battle for Wesnoth project", "https://www.wesnoth.org", permissive=False)

    def __init__(self, packages: Path) -> None:
        self.packages = packages

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """Several variants of each portrait."""
        tasks = []
        for kind in ("png", "webp"):
            for path in find_files(self.packages, f"wesnoth*/**/portraits/**/*.{kind}"):
                inside = path.as_posix().split("/portraits/", 1)[-1].rsplit(".", 1)[0]
                base = f"wesnoth/{inside}"
                for i in range(VARIANTS):
                    key = f"{inside.replace('/', '-')}-{i}"
                    tasks.append(Task(self.name, key, base, choose_split(base), str(seed), {"path": str(path)}))
        return choose_tasks(tasks, count, test_count, seed)

    def draw(self, task: Task) -> SourcePicture | None:
        """Recolor one portrait (all but one variant in six) on a backdrop; None where it is too small."""
        rng = task.rng()
        with Image.open(Path(str(task.spec["path"]))) as opened:
            portrait = opened.convert("RGBA")
        portrait = portrait.crop(portrait.getchannel("A").getbbox())
        if min(portrait.size) < SMALLEST:
            return None
        if rng.random() < 1 - 1 / VARIANTS:
            portrait = recolor_sprite(portrait, rng, keep_skin=rng.random() < 0.8)
        if rng.random() < 0.5:
            portrait = portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        portrait = portrait.resize(scaled_size(*portrait.size), Image.Resampling.LANCZOS)
        canvas, kind = draw_backdrop(portrait.size, rng)
        return SourcePicture(on_background(portrait, canvas), tags={"backdrop": kind})
