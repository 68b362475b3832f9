"""Several models on the same cases: runs with and without G2, or trained on other hints."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .cases import SEED, Condition
from .distances import Distance
from .drawings import HeldOutDrawing
from .goals import LINES
from .methods import BUCKET, PRODUCT, OpenModel
from .results import Mean, Progress
from .run import measure_methods

CONDITIONS = [
    Condition(lines, "natural", manner, n)
    for lines in LINES
    for manner in ("tidy", "messy", "pixels")
    for n in (16, 64)
]
COLUMNS = (("tidy", 16), ("tidy", 64), ("messy", 64), ("pixels", 64))


class Entrant(NamedTuple):
    """One model in a comparison.

    Attributes:
        name: Name of the file, folder or model.
        hints: What it was trained on, as its configuration says; "?" where it does not.
        generators: "double" where it has a G2, else "simple".
        psnr: PSNR by lines, manner and strokes.
        adherence: Median CIEDE2000 over all conditions.
    """

    name: str
    hints: str
    generators: str
    psnr: dict[tuple[str, str, int], Mean | None]
    adherence: float | None

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        psnr = {"/".join(map(str, key)): found.value for key, found in self.psnr.items() if found}
        return {**self._asdict(), "psnr": psnr}


def compare_models(
    models: Sequence[OpenModel],
    chosen: Sequence[HeldOutDrawing],
    progress: Progress = lambda done, total: None,
    *,
    seed: int = SEED,
) -> list[Entrant]:
    """Measure the products of several models, and the baseline, under a few conditions."""
    painters = {str(i): model.painters[PRODUCT] for i, model in enumerate(models)}
    results = measure_methods(chosen, painters, progress, seed=seed, wanted=CONDITIONS)
    out = []
    for key, name, hints, generators in [
        (BUCKET, BUCKET, "-", "-"),
        *((str(i), model.name, find_hints(model.provenance), find_generators(model)) for i, model in enumerate(models)),
    ]:
        psnr: dict[tuple[str, str, int], Mean | None]
        psnr = {(c.lines, c.manner, c.strokes): results.mean(c, key, "psnr") for c in CONDITIONS}
        out.append(Entrant(name, hints, generators, psnr, results.adherence(50, key, CONDITIONS)))
    return out


class Square(NamedTuple):
    """One model in the design of the paper's table 2.

    Attributes:
        name: Name of the file, folder or model.
        hints: What it was trained on: "random", "strokes", or "?".
        generators: "simple" or "double".
        distances: Its Frechet distances.
    """

    name: str
    hints: str
    generators: str
    distances: list[Distance]


def make_squares(models: Sequence[OpenModel], found: Sequence[Distance]) -> list[Square]:
    """The baseline, then the models, in the order of the paper: random before strokes, simple before double."""

    def of(method: str) -> list[Distance]:
        return [distance for distance in found if distance.method == method]

    named = [
        Square(model.name, find_hints(model.provenance), find_generators(model), of(label_model(model, models)))
        for model in models
    ]
    order = ("random", "strokes"), ("simple", "double")
    named.sort(key=lambda s: (s.hints not in order[0], s.hints != order[0][0], order[1].index(s.generators)))
    return [Square(BUCKET, "-", "-", of(BUCKET)), *named]


def label_model(model: OpenModel, among: Sequence[OpenModel]) -> str:
    """A model's name, told from others of the same name by its place, with what it was trained on."""
    same = [other for other in among if other.name == model.name]
    place = "" if len(same) == 1 else f" {same.index(model) + 1}"
    return f"{model.name}{place} ({find_hints(model.provenance)}, {find_generators(model)})"


def find_generators(model: OpenModel) -> str:
    """ "double" where a model was trained with a G2, as its configuration or the G2 in it says, else "simple"."""
    match model.provenance:
        case {"config": {"phases": [*phases], "adversarial": {"reconstruction": float() | int() as weight}}}:
            if weight and any(phase.get("stage") == "adversarial" for phase in phases):
                return "double"
    return "double" if model.about["g2"] else "simple"


def find_hints(provenance: Mapping[str, Any]) -> str:
    """ "random" or "strokes", the hints of a training configuration; "?" where it has none."""
    samples = dict(dict(provenance.get("config") or {}).get("samples") or {})
    named = samples.get("hints")
    if isinstance(named, str):
        return named
    share = samples.get("strokes")
    if isinstance(share, list | tuple) and share:
        return "strokes" if share[-1] > 0 else "random"
    return "?"
