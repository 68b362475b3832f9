"""Emoji of the Iconify packages: colored shapes without outlines, with gradients in some."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import svg
from .picture import LONG_SIDE, SourcePicture, is_useful, on_background
from .source import License, Task, choose_split, choose_tasks

NO_DRAWING = re.compile(
    r"flag|-button|keycap|arrow|symbol|sign$|clock|letter|^regional|^zodiac|-(medium-light|medium-dark|medium)(-|$)"
)
NO_CATEGORY = re.compile(r"symbols|flags", re.IGNORECASE)
TONE = re.compile(r"-(light|dark)(-skin-tone)?(?=-|$)|-skin-tone")


class Icons:
    """The source named as its package @iconify-json/NAME."""

    def __init__(self, name: str, packages: Path) -> None:
        self.name = name
        self.folder = packages / "node_modules" / "@iconify-json" / name
        info = _read_json(self.folder / "info.json")
        self.license = License(
            info.get("license", {}).get("spdx", "unknown"),
            info.get("author", {}).get("name", "unknown"),
            info.get("author", {}).get("url", ""),
        )

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """One task for each icon that is a picture of something; kin of all sets fall into one split."""
        categories = {
            icon: category
            for category, icons in _read_json(self.folder / "metadata.json").get("categories", {}).items()
            for icon in icons
        }
        tasks = []
        for icon in _read_json(self.folder / "icons.json").get("icons", {}):
            category = categories.get(icon, "")
            if not NO_DRAWING.search(icon) and not NO_CATEGORY.search(category):
                base = TONE.sub("", icon)
                spec = {"icon": icon, "category": category}
                tasks.append(Task(self.name, icon, f"icon/{base}", choose_split(f"icon/{base}"), str(seed), spec))
        return choose_tasks(tasks, count, test_count, seed)

    def draw(self, task: Task) -> SourcePicture | None:
        """Render one icon on white paper; None where it is blank, gray or only lines."""
        color = on_background(svg.render_svg(self._read_document(str(task.spec["icon"])), LONG_SIDE))
        return SourcePicture(color, tags=dict(task.spec)) if is_useful(color) else None

    def _read_document(self, name: str) -> str:
        icons = _read_json(self.folder / "icons.json")
        icon = icons["icons"][name]
        width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {width} {height}">{icon["body"]}</svg>'
        )


@lru_cache(maxsize=16)
def _read_json(path: Path) -> dict[str, Any]:
    """A JSON file of a package, or nothing where the package is not installed."""
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
