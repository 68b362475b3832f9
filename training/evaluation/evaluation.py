"""One evaluation from beginning to end: what `pts evaluate` runs."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import torch

from paintstorch_sdk import __version__
from paintstorch_sdk.bench.report.goal import Goal, make_goal_table
from paintstorch_sdk.bench.report.table import Table
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file

from . import tables
from .cases import SEED
from .compare import Entrant, Square, compare_models, label_model, make_squares
from .distances import Distance, measure_distances
from .drawings import HeldOutDrawing
from .gallery import Section, make_sections
from .goals import LINES, find_goals
from .inception import load_drawing, load_fid
from .lpips import load_lpips
from .methods import BEFORE, BUCKET, FILLS, PRODUCT, OlderVersion, OpenModel, Paint, open_model
from .places import make_place_table, measure_places, read_drawings
from .product import Method, compare_ways, make_scene_table, open_method
from .results import Progress, Results
from .run import choose_drawings, measure_methods

Announce = Callable[[str], Progress]  # given the name of what begins, returns what is told how far it is


@dataclass(frozen=True)
class EvaluationPlan:
    """An evaluation as it was asked for.

    Attributes:
        models: The first is evaluated; the others are compared with it on the same cases.
        data: Folder with manifest.jsonl.
        before: Python interpreter of an environment with another version of the package, which is measured beside it.
        places: Folder of real drawings, see `places`.
        count: Held-out drawings of each kind of lines.
        backend: Backend of the `Colorizer`.
        flow: See `methods.open_model`.
        threads: Threads of the CPU.
        seed: Seed of strokes and colors.
        fid: File of the Inception weights published for FID.
        drawing: File of weights made by `nsfwjs`.
        lpips: Folder with the weights of LPIPS.
        distance_drawings: Pictures of a Frechet distance.
        paper: Only the design of the paper's table 2: the Frechet distances of all models in one table.
        gallery: Whether pictures are wanted.
    """

    models: Sequence[str]
    data: Path
    before: Path | None = None
    places: Path | None = None
    count: int = 12
    backend: str = "auto"
    flow: bool | None = None
    threads: int | None = None
    seed: int = SEED
    fid: Path | None = None
    drawing: Path | None = None
    lpips: Path | None = None
    distance_drawings: int = 48
    paper: bool = False
    gallery: bool = False


@dataclass
class Evaluation:
    """All that came of it.

    Attributes:
        about: The model and how it was run, JSON types.
        provenance: Provenance of the model.
        drawings: Drawings that it was measured on.
        results: Measures of the first model; empty for the paper's grid.
        scenes: `product.MEASURES` of each method, on drawings with few strokes.
        places: Of each method and real drawing, which places are right.
        goals: Goals of the default model.
        distances: Frechet distances of all models.
        entrants: All models side by side, where there are several.
        squares: All models in the paper's grid, where that was asked for.
        sections: Pictures.
    """

    about: dict[str, Any]
    provenance: dict[str, Any]
    drawings: list[HeldOutDrawing]
    results: Results = field(default_factory=Results)
    scenes: dict[str, dict[str, float]] = field(default_factory=dict)
    places: dict[str, dict[str, list[tuple[bool, bool]]]] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    distances: list[Distance] = field(default_factory=list)
    entrants: list[Entrant] = field(default_factory=list)
    squares: list[Square] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """The tables in the order in which they are read."""
        found = []
        if self.results.rows:
            found += [make_goal_table(self.goals), make_place_table(self.places), make_scene_table(self.scenes)]
            found += [
                table(self.results, lines)
                for table in (tables.make_psnr_table, tables.make_color_table)
                for lines in LINES
            ]
            found += [tables.make_artifact_table(self.results)]
        if self.squares:
            found.append(tables.make_paper_grid(self.squares))
        elif self.distances:
            found.append(tables.make_frechet_table(self.distances))
        if self.entrants:
            found.append(tables.make_model_table(self.entrants))
        if self.results.rows:
            found += [tables.make_whole_table(self.results, lines) for lines in LINES]
            found += [tables.make_source_table(self.results)]
        return [table for table in found if table.rows]

    def to_json(self) -> dict[str, Any]:
        """Everything but the pictures."""
        return {
            "written_by": f"paintstorch-sdk {__version__}",
            "about": self.about,
            "drawings": [
                {"name": d.name, "base": d.entry.base, "lines": d.lines, "license": d.entry.license}
                for d in self.drawings
            ],
            "goals": [
                {
                    "name": goal.name,
                    "reached": {"met": True, "missed": False}.get(goal.verdict),
                    "found": f"{goal.found.text} {goal.found.detail}".strip(),
                }
                for goal in self.goals
            ],
            "measures": self.results.to_json(),
            "few_strokes": self.scenes,
            "places": self.places,
            "distances": [distance._asdict() for distance in self.distances],
            "models": [entrant.to_json() for entrant in self.entrants],
            "grid": [
                square._asdict() | {"distances": [d._asdict() for d in square.distances]} for square in self.squares
            ],
        }


def evaluate(options: EvaluationPlan, announce: Announce) -> Evaluation:
    """Run an evaluation.

    Args:
        options: See `EvaluationPlan`.
        announce: Told of each part that begins.

    Raises:
        InputError: No data, or nothing held out in it.
        ModelError: A model, or weights that measure, cannot be used.
    """
    extractors = [load(path) for load, path in ((load_fid, options.fid), (load_drawing, options.drawing)) if path]
    lpips = load_lpips(options.lpips) if options.lpips else None
    if options.paper and not extractors:
        raise InputError("--grid paper: expected weights that measure: --fid FILE or --drawing-distance FILE")
    chosen = [] if options.paper else choose_drawings(options.data, options.count)
    for_distances = choose_drawings(options.data, options.distance_drawings) if extractors else []
    with ExitStack() as stack:
        models = [
            stack.enter_context(open_model(model, options.backend, options.flow, options.threads, alone=options.paper))
            for model in options.models
        ]
        first = models[0]
        shown = for_distances if options.paper else chosen
        out = Evaluation(_about(first, options, shown), first.provenance, shown)
        painters = dict(first.painters)
        if not options.paper:
            ways = {PRODUCT: open_method(first.colorizer)}
            if options.before is not None:
                older = stack.enter_context(closing(OlderVersion(options.before)))
                painters = {BEFORE: older, **painters}
                ways = {BEFORE: Method(lambda line_art, hints: older(line_art, hints, lines="none")), **ways}
            out.results = measure_methods(chosen, painters, announce("measuring"), seed=options.seed, lpips=lpips)
            out.scenes = compare_ways(ways, options.count, announce("few strokes"))
            if options.places is not None:
                out.places = measure_places(read_drawings(options.places), painters, announce("real drawings"))
            out.goals = find_goals(out.results)
            if len(models) > 1:
                out.entrants = compare_models(models, chosen, announce("comparing"), seed=options.seed)
        if extractors:
            out.distances = measure_distances(
                for_distances,
                _distance_painters(models, painters),
                extractors,
                announce("distances"),
                seed=options.seed,
            )
        if options.paper:
            out.squares = make_squares(models, out.distances)
        if options.gallery and out.results.rows:
            announce("pictures")(0, 1)
            out.sections = make_sections(out.results, chosen, painters, options.seed)
    return out


@contextmanager
def quiet() -> Iterator[None]:
    """One thread for each of OpenCV and torch, which otherwise wait for the network's threads."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])


def _distance_painters(models: Sequence[OpenModel], own: Mapping[str, Paint]) -> dict[str, Paint]:
    """The bucket beside the first model's painters, or beside one painter of each of several models."""
    if len(models) == 1:
        return {BUCKET: FILLS[BUCKET], **own}
    every = {label_model(model, models): next(iter(model.painters.values())) for model in models}
    return {BUCKET: FILLS[BUCKET], **every}


def _about(model: OpenModel, options: EvaluationPlan, chosen: Sequence[HeldOutDrawing]) -> dict[str, Any]:
    return model.about | {
        "seed": options.seed,
        "drawings": {lines: sum(d.lines == lines for d in chosen) for lines in LINES},
        "bases": len({d.entry.base for d in chosen}),
        "sources": sorted({d.entry.source for d in chosen}),
    }


def write_json(evaluation: Evaluation, path: Path) -> None:
    """Write `to_json` to a file."""
    write_file(path, json.dumps(evaluation.to_json(), indent=1) + "\n")
