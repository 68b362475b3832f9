"""A picture at once, against one more stroke on a canvas whose lines were encoded before."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints.model import Stroke

from ...cases.sheet import COLORS, make_page
from ...process import Opened, Subject

ONE_SHOT, STROKE = "one shot", "stroke"
CASE = "canvas"
_HERE = "paintstorch_sdk.bench.experiments.performance.canvas"


def list_subjects(models: dict[str, Path], backends: Sequence[str]) -> list[Subject]:
    """A canvas for each model (by what it is called) and backend."""
    return [
        Subject(CASE, f"{title}, {name}", f"{_HERE}:open_canvas", {"model": model, "backend": name}, {"model": title})
        for title, model in models.items()
        for name in backends
    ]


def open_canvas(model: Path, backend: str, threads: int, side: int = 512) -> Opened:
    """`Colorizer.colorize` against `Canvas.add` and `Canvas.render`, from line art in memory to a picture in memory."""
    line_art, hints = make_page(side, side)
    colorizer = Colorizer(model, backend=backend, device="cpu", size=side, threads=threads)
    drawing = colorizer.canvas(line_art, hints)
    at_once = np.asarray(colorizer.colorize(line_art, hints))
    if not np.array_equal(np.asarray(drawing.render()), at_once):
        raise RuntimeError("wrong pixels: a canvas paints another picture than colorize")
    angles, colors = itertools.cycle(range(12)), itertools.cycle(COLORS)

    def stroke() -> None:
        start = np.array([side / 2, side / 2])
        angle = next(angles) * np.pi / 6
        end = start + 0.3 * side * np.array([np.cos(angle), np.sin(angle)])
        if len(drawing.hints.strokes) > 40:
            drawing.hints = hints
        drawing.add(Stroke((tuple(start), tuple(end)), next(colors), 6))
        drawing.render()

    def one_shot() -> None:
        colorizer.colorize(line_art, hints)

    facts = {"backend": backend, "precision": colorizer.backend.precision, "side": side}
    return Opened({ONE_SHOT: one_shot, STROKE: stroke}, facts=facts)
