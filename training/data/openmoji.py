"""OpenMoji (CC-BY-SA-4.0): outlined flat pictures, each with its true line drawing."""

import json
from pathlib import Path

from . import svg
from .picture import LONG_SIDE, SourcePicture, on_background
from .source import License, Task, choose_split, choose_tasks

NO_GROUP = {"flags", "symbols", "extras-unicode"}
NO_SUBGROUP = {"symbol-other", "brand", "interaction"}


class OpenMoji:
    """The source "openmoji", from the npm package of that name."""

    name = "openmoji"
    license = License("CC-BY-SA-4.0", "OpenMoji", "https://openmoji.org", permissive=False)

    def __init__(self, packages: Path) -> None:
        self.folder = packages / "node_modules" / "openmoji"

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """One task for each picture of something."""
        index = self.folder / "data" / "openmoji.json"
        tasks = []
        for emoji in json.loads(index.read_text("utf-8")) if index.is_file() else []:
            if emoji["group"] in NO_GROUP or emoji["subgroups"] in NO_SUBGROUP:
                continue
            base = f"openmoji/{emoji.get('skintone_base_hexcode') or emoji['hexcode']}"
            spec = {name: emoji[name] for name in ("annotation", "group", "subgroups")}
            tasks.append(Task(self.name, emoji["hexcode"], base, choose_split(base), str(seed), spec))
        return choose_tasks(tasks, count, test_count, seed)

    def draw(self, task: Task) -> SourcePicture:
        """Render one picture and its lines on white paper."""
        color, lines = (
            on_background(svg.render_svg((self.folder / kind / "svg" / f"{task.key}.svg").read_bytes(), LONG_SIDE))
            for kind in ("color", "black")
        )
        return SourcePicture(color, lines.convert("L"), tags=dict(task.spec))
