"""What the tests of the evaluation share: a drawing whose every measure is known, and a data folder."""

import json
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.training.evaluation.cases import ColoringCase, Condition
from paintstorch_sdk.training.evaluation.drawings import HeldOutDrawing
from paintstorch_sdk.training.pictures import Entry
from support.training import scene

RED, BLUE, GREEN, WHITE = (200, 40, 40), (40, 60, 200), (30, 150, 60), (255, 255, 255)
SIDE = 96
LEFT, RIGHT = np.s_[:, :46], np.s_[:, 50:]  # the two regions


def two_halves(
    colors: Literal["natural", "random", "saturated"] = "natural",
    hints: Hints | None = None,
    told: tuple[bool, bool] = (True, True),
    strokes: int = 2,
) -> ColoringCase:
    """A picture red on the left and blue on the right, parted by a line 4 pixels thick."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[LEFT], picture[RIGHT] = RED, BLUE
    line_art = np.full((SIDE, SIDE), 255, np.uint8)
    line_art[:, 46:50] = 0
    regions = np.zeros((SIDE, SIDE), np.int32)
    regions[LEFT], regions[RIGHT] = 1, 2
    if hints is None:
        hints = Hints((Stroke(((10, 20), (30, 20)), RED, 8), Stroke(((60, 70), (85, 70)), BLUE, 8)))
    entry = Entry(Path("toy.png"), None, "toy", base="toy/1", license="CC0-1.0", author="nobody")
    drawing = HeldOutDrawing("toy/toy", entry, "xdog", picture, line_art)
    condition = Condition("xdog", colors, "tidy", strokes)
    return ColoringCase(drawing, condition, line_art, hints, picture, regions, np.array([False, *told]))


def data_folder(folder: Path) -> Path:
    """A data folder with a training picture and four held-out ones of two sources; one source draws its own lines."""
    rows = []
    for i in range(5):
        picture = scene(i)
        cv2.imwrite(str(folder / f"{i}.png"), picture[..., ::-1])
        row = {"picture": f"{i}.png", "lines": None, "source": f"toy-{i % 2}", "split": "test" if i else "train"}
        if i % 2:
            cv2.imwrite(str(folder / f"lines{i}.png"), np.where(picture.max(2) < 30, 0, 255).astype(np.uint8))
            row["lines"] = f"lines{i}.png"
        rows.append(row | {"license": "CC0-1.0", "author": f"artist {i}", "base": f"base-{i}"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder
