"""Public-domain clip art of the Open Clip Art Library, less what is no drawing: flags, logos, icons, diagrams."""

import hashlib
import re
from pathlib import Path

from PIL import Image, ImageChops

from . import svg
from .picture import LONG_SIDE, WHITE, SourcePicture, is_useful, on_background, scaled_size
from .source import License, Task, choose_split, choose_tasks, find_files

FOLDER = "*/usr/share/openclipart/svg"
LEFT_OUT = re.compile(
    r"^(computer|shapes|signs_and_symbols|special|logos|geography|buttons)/"
    r"|^(transportation/(aiga|roadsigns)|recreation/games|people/stickmen)/"
    r"|roadsign|road_sign|traffic|flag|map"
)
SMALLEST = 3_000  # bytes; below that a file holds hardly more than a sign


class ClipArt:
    """The source "openclipart"."""

    name = "openclipart"
    license = License("public-domain", "the Open Clip Art Library's contributors", "https://openclipart.org")

    def __init__(self, packages: Path) -> None:
        self.folders = sorted(packages.glob(FOLDER))

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """One task for each file that its folder and size do not rule out."""
        tasks: dict[str, Task] = {}
        seen: set[bytes] = set()  # the library files many a drawing under several headings
        for folder in self.folders:
            for path in find_files(folder, "**/*.svg"):
                inside = path.relative_to(folder).as_posix()
                if LEFT_OUT.search(inside) or not SMALLEST <= path.stat().st_size <= svg.MAX_BYTES:
                    continue
                digest = hashlib.sha256(path.read_bytes()).digest()
                key = re.sub(r"[^a-z0-9]+", "-", inside[: -len(".svg")].lower()).strip("-")
                if digest in seen or key in tasks:
                    continue
                seen.add(digest)
                kin = re.sub(r"[-_ ]*\d*(_v)?\d*$", "", path.stem)  # "duck_01" and "duck_02"
                base = f"{self.name}/{path.parent.name}/{kin}"
                tasks[key] = Task(self.name, key, base, choose_split(base), str(seed), {"path": str(path)})
        return choose_tasks(list(tasks.values()), count, test_count, seed)

    def draw(self, task: Task) -> SourcePicture | None:
        """Render one file on white paper; None where it is blank, gray or only lines."""
        path = Path(str(task.spec["path"]))
        data = path.read_bytes()
        color = _render_trimmed(data)
        if min(color.size) < LONG_SIDE // 3 or not is_useful(color):
            return None
        inside = path.as_posix().split("/svg/", 1)[-1]
        return SourcePicture(
            color, author=svg.read_creator(svg.clean_svg(data)), tags={"folder": str(Path(inside).parent)}
        )


def _render_trimmed(data: bytes) -> Image.Image:
    """Render without the empty page around the drawing, but a margin of 3 %; RGB, long side `LONG_SIDE`."""
    page = on_background(svg.render_svg(data, LONG_SIDE))
    box = ImageChops.difference(page, Image.new("RGB", page.size, WHITE)).point(lambda v: 255 * (v > 6)).getbbox()
    if box is None:
        return page
    zoom = min(4.0, LONG_SIDE * 0.94 / max(box[2] - box[0], box[3] - box[1]))
    large = on_background(svg.render_svg(data, round(LONG_SIDE * zoom)))
    right, bottom = min(large.width, round(box[2] * zoom)), min(large.height, round(box[3] * zoom))
    drawing = large.crop((round(box[0] * zoom), round(box[1] * zoom), right, bottom))
    margin = round(0.03 * LONG_SIDE)
    canvas = Image.new("RGB", (drawing.width + 2 * margin, drawing.height + 2 * margin), WHITE)
    canvas.paste(drawing, (margin, margin))
    return canvas.resize(scaled_size(*canvas.size), Image.Resampling.LANCZOS)
