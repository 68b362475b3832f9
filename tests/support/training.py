"""Tiny data sets to train on."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def scene(seed: int, side: int = 160) -> NDArray[np.uint8]:
    """Outlined polygons of random colors on white."""
    rng = np.random.default_rng(seed)
    picture = np.full((side, side, 3), 255, np.uint8)
    for _ in range(5):
        corners = cv2.convexHull(rng.integers(0, side, (5, 2)).astype(np.int32))
        cv2.fillPoly(picture, [corners], tuple(int(c) for c in rng.integers(40, 256, 3)))
        cv2.polylines(picture, [corners], True, (0, 0, 0), 2)
    return picture


def write_data(folder: Path, trained: int = 4, tested: int = 2, side: int = 160) -> Path:
    """A data folder: the first pictures to be trained on, the others held out; the very first has its true lines.

    Every other picture shows a big circle, and is tagged "shape=round", the others "shape=sharp".
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for i in range(trained + tested):
        picture = scene(i, side)
        if i % 2 == 0:
            cv2.circle(picture, (side // 2, side // 2), side // 3, (0, 0, 0), 3)
        cv2.imwrite(str(folder / f"{i}.png"), picture[..., ::-1])
        tags = {"shape": "sharp" if i % 2 else "round", "hairColor": "#102030", "number": i}
        split = "train" if i < trained else "test"
        rows.append({"picture": f"{i}.png", "lines": None, "source": "toy", "split": split, "tags": tags})
    cv2.imwrite(str(folder / "lines.png"), np.full((side, side), 255, np.uint8))
    rows[0]["lines"] = "lines.png"
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def write_config(path: Path, data: Path, phases: list[dict[str, object]], tables: str = "", **values: object) -> Path:
    """A configuration of a tiny run into the folder of the same name; keywords are keys at the top."""
    keys = {
        "data": str(data),
        "out": str(path.with_suffix("")),
        "width": 8,
        "workers": 0,
        "threads": 1,
        "validation": 2,
        "log_every": 2,
        "save_every": 100,
        "tensorboard": False,
        **values,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    for phase in phases:
        lines += ["[[phases]]", *(f"{key} = {json.dumps(value)}" for key, value in phase.items())]
    path.write_text("\n".join([*lines, tables]), "utf-8")
    return path
