"""The shadows that models find in the true flats of held-out drawings, beside the true ones.

python -m paintstorch_sdk.training.evaluation.shadows DATA default OTHER_BUNDLE [--count 32]
"""

import sys
from itertools import groupby
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from paintstorch_sdk.bench.report import markdown
from paintstorch_sdk.bench.report.table import make_table
from paintstorch_sdk.colorizer import Colorizer

from ..layered import LAYERS, LayeredDrawings
from .product import MEASURES, find_shadows, measure_shade

SCORES = ("plain", "shade", "border")


def score_models(drawings: LayeredDrawings, models: list[str], count: int) -> dict[tuple[str, str], dict[str, float]]:
    """The means of `SCORES` of each source and model over the first held-out drawings of the source."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    colorizers = {model: Colorizer(model) for model in models}
    for source, own in groupby(range(len(drawings)), lambda index: drawings.rows[index].source):
        chosen = [drawings[index] for index in list(own)[:count]]
        for model, colorizer in colorizers.items():
            scores = []
            for lines, flats, shade in ((d["lines"], d["flats"], d["shade"]) for d in chosen):
                scores.append(measure_shade(find_shadows(colorizer, lines, flats), lines, flats, shade))
            found[source, model] = {name: float(np.mean([s[name] for s in scores if name in s])) for name in SCORES}
    return found


def main(
    data: Annotated[Path, typer.Argument(help="Data folder with the split test.")],
    models: Annotated[list[str], typer.Argument(help="Bundles with a shade network: a name, or a folder.")],
    count: Annotated[int, typer.Option(min=1, help="Drawings of each source.")] = 32,
) -> None:
    """Compare the shadows of models on held-out drawings."""
    scores = score_models(LayeredDrawings(data, "test", *LAYERS), models, count)
    rows = [(*key, *(f"{own[name]:.2f}" for name in SCORES)) for key, own in scores.items()]
    table = make_table(("drawings", "model", *(MEASURES[name] for name in SCORES)), rows)
    sys.stdout.write("\n".join(markdown.format_table(table)) + "\n")


if __name__ == "__main__":
    typer.run(main)
