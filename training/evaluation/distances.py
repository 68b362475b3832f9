"""Frechet distances of whole sets of pictures, under hints as PaintsTorch draws them."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from .cases import SEED, Condition, cases
from .drawings import HeldOutDrawing
from .frechet import frechet_distance
from .inception import Extractor
from .methods import Paint
from .results import Progress

REPEATS = 3  # as in the paper
MOST_STROKES = 120
SPREAD_OF_T = 0.005  # AlacGAN: a pixel of the hint map is a hint with probability 1 - t, t from N(1, 0.005) in [0, 1]

Kind = Literal["strokes", "pixels"]
KINDS: tuple[Kind, ...] = ("strokes", "pixels")


class Distance(NamedTuple):
    """A Frechet distance between what a method made and the truth.

    Attributes:
        feature: `inception.FID` or `inception.DRAWING`.
        method: What made the pictures.
        hints: "strokes": up to 120, crossing lines; "pixels": AlacGAN's. Drawn anew for each repeat.
        mean: Over the repeats.
        deviation: Standard deviation over the repeats, of N - 1.
        drawings: Pictures on either side.
        repeats: Their number.
    """

    feature: str
    method: str
    hints: Kind
    mean: float
    deviation: float
    drawings: int
    repeats: int


def measure_distances(
    chosen: Sequence[HeldOutDrawing],
    painters: Mapping[str, Paint],
    extractors: Sequence[Extractor],
    progress: Progress = lambda done, total: None,
    *,
    seed: int = SEED,
    repeats: int = REPEATS,
    kinds: Sequence[Kind] = KINDS,
) -> list[Distance]:
    """Measure painters on drawings with colors of their own, xDoG lines, as the paper's tables do.

    Args:
        chosen: Drawings; those that are not of xDoG lines, or have no colors, are left out.
        painters: Painters by their names.
        extractors: Networks whose features are compared.
        progress: Told after each picture.
        seed: Seed of the hints; each repeat has its own.
        repeats: Number of repeats, at least 2.
        kinds: Kinds of hints.
    """
    fit = [drawing for drawing in chosen if drawing.lines == "xdog" and drawing.colored]
    if len(fit) < 2:
        return []
    total, done = len(fit) * (1 + repeats * len(kinds)), 0
    truths: list[list[np.ndarray]] = [[] for _ in extractors]
    for drawing in fit:
        for features, extract in zip(truths, extractors, strict=True):
            features.append(extract(drawing.picture))
        done += 1
        progress(done, total)
    found: dict[tuple[str, str, Kind], list[float]] = {}
    for kind in kinds:
        for repeat in range(repeats):
            made: dict[tuple[str, int], list[np.ndarray]] = {}
            for drawing in fit:
                condition = _condition(drawing, kind, seed + 1 + repeat)
                (case,) = cases(drawing, [condition], seed + 1 + repeat)
                for name, paint in painters.items():
                    picture = paint(case.line_art, case.hints)
                    for i, extract in enumerate(extractors):
                        made.setdefault((name, i), []).append(extract(picture))
                done += 1
                progress(done, total)
            for (name, i), features in made.items():
                distance = frechet_distance(np.array(features), np.array(truths[i]))
                found.setdefault((extractors[i].name, name, kind), []).append(distance)
    return [
        Distance(feature, name, kind, float(np.mean(values)), float(np.std(values, ddof=1)), len(fit), repeats)
        for (feature, name, kind), values in found.items()
    ]


def _condition(drawing: HeldOutDrawing, kind: Kind, seed: int) -> Condition:
    rng = drawing.rng(seed, 5)
    if kind == "strokes":
        return Condition("xdog", "natural", "messy", int(rng.integers(0, MOST_STROKES + 1)))
    height, width = (side // 4 for side in drawing.line_art.shape)
    share = 1.0 - min(1.0, max(0.0, float(rng.normal(1.0, SPREAD_OF_T))))
    return Condition("xdog", "natural", "pixels", int(rng.binomial(height * width, share)))
