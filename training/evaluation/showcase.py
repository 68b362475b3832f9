"""Pictures to show: held-out drawings with strokes as a careful user puts them, small and at full size."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.hints.model import Hints, Stroke

from ..data.avatars import Avatars
from ..data.drawer.drawing import draw
from ..data.source import Task
from ..pictures import Entry
from .drawings import WHITE, HeldOutDrawing

ByteImage = NDArray[np.uint8]

FULL_SIZE = 1500  # pixels


def careful(drawing: HeldOutDrawing, count: int) -> Hints:
    """Short strokes deep inside the regions that are not white, in the picture's colors there.

    Large regions come first, and again once the smaller ones have theirs.

    Args:
        drawing: Any size.
        count: Strokes, at most.
    """
    picture, height, width = drawing.picture, *drawing.line_art.shape
    unit = max(height, width) / 512.0
    least = max(1.5 * unit, 1.5)
    paper = (drawing.line_art > 128).astype(np.uint8)
    number, *found, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    labels, stats = (np.asarray(array, np.int32) for array in found)
    room = np.asarray(cv2.distanceTransform(np.pad(paper, 1), cv2.DIST_L2, 5), np.float32)[1:-1, 1:-1].copy()
    room[picture.min(2) > WHITE] = 0.0
    places = [_deepest(room, labels, stats, label) for label in range(number)]
    had = np.zeros(number)
    strokes: list[Stroke] = []
    while len(strokes) < count:
        depths = np.array([depth for depth, _, _ in places])
        depths[0] = 0.0  # lines
        label = int(np.argmax(np.where(depths >= least, depths / (1.0 + had) ** 2.5, 0.0)))
        depth, x, y = places[label]
        if label == 0 or depth < least:
            break
        reach = min(0.6 * depth, 22.0 * unit)
        red, green, blue = (int(c) for c in picture[y, x])
        points = ((x - reach + 0.5, y + 0.5), (x + reach + 0.5, y + 0.5))
        strokes.append(Stroke(points, (red, green, blue), min(1.2 * depth, 9.0 * unit)))
        cv2.circle(room, (x, y), round(1.3 * depth + 6.0 * unit), 0.0, -1)
        places[label] = _deepest(room, labels, stats, label)
        had[label] += 1
    return Hints(tuple(strokes))


def _deepest(
    room: NDArray[np.float32], labels: NDArray[np.int32], stats: NDArray[np.int32], label: int
) -> tuple[float, int, int]:
    """How far the innermost point of a region is from its lines, and its x and y."""
    x, y, width, height = (int(v) for v in stats[label, :4])
    box = np.s_[y : y + height, x : x + width]
    inside = np.where(labels[box] == label, room[box], 0.0)
    at_y, at_x = divmod(int(inside.argmax()), width)
    return float(inside[at_y, at_x]), x + at_x, y + at_y


def full_size(data: Path, entries: Sequence[Entry]) -> list[HeldOutDrawing]:
    """Held-out drawings of a data set that can be drawn again at any size, with their own lines, 1500 px wide.

    Args:
        data: The folder of a data set that `pts data build` made.
        entries: Its pictures of which one is wanted; those of other sources are left out.
    """
    settings = data / "build.json"
    seed = json.loads(settings.read_text("utf-8"))["seed"] if settings.is_file() else 0
    found = []
    for entry in entries:
        name, base = f"{entry.source}/{entry.picture.stem}", entry.base.partition("/")[2]
        if entry.source == "drawer":
            drawn = draw(int(base), FULL_SIZE)
            found.append(HeldOutDrawing(name, entry, "drawn", drawn.colored, drawn.line))
            continue
        style = entry.source.removeprefix("dicebear-")
        if style == entry.source or entry.lines is None:
            continue
        source = Avatars(style, FULL_SIZE)
        task = Task(entry.source, entry.picture.stem, entry.base, "test", str(seed), {"base": base})
        made = source.draw(task)
        assert made.lines is not None
        picture, lines = np.asarray(made.color.convert("RGB")), np.asarray(made.lines.convert("L"))
        found.append(HeldOutDrawing(name, entry, "drawn", picture, lines))
    return found
