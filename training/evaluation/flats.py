"""Flats by votes beside what other tools fill: a bucket, and Krita's rule, on drawings with known flats.

python -m paintstorch_sdk.training.evaluation.flats [COUNT]
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.bench.report import markdown
from paintstorch_sdk.bench.report.table import make_table
from paintstorch_sdk.hints.flow import region_colors
from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.hints.vote import count_votes
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from paintstorch_sdk.imaging.regions import find_regions

from ..data.drawer.drawing import draw
from ..data.drawings import SEEDS
from .baseline import LINE, fill_by_bucket, fill_by_watershed
from .cases import with_gaps

ByteImage = NDArray[np.uint8]
Labels = NDArray[np.int32]
Fill = Callable[[ByteImage, Hints], ByteImage]

MIN_AREA = 120  # pixels: smaller areas do not count
MIN_STROKED = 400  # pixels: smaller areas get no stroke from a user
UNSEEN = SEEDS // 2  # the first scene's number: half-way to the next data set's drawings, where no set has any
ALIKE = 10.0  # CIEDE2000 up to which a color is right


@dataclass(frozen=True, eq=False)
class Scene:
    """A drawing with known flats, and a user's strokes on it.

    Attributes:
        line_art: uint8 H,W.
        flats: uint8 H,W,3, the truth.
        areas: int32 H,W: connected areas of one color off the lines, from 1 on; 0 is a line, or too small.
        told: The numbers of the areas that a stroke was begun in.
        hints: The strokes.
    """

    line_art: ByteImage
    flats: ByteImage
    areas: Labels
    told: tuple[int, ...]
    hints: Hints


@dataclass(frozen=True)
class FlatsScore:
    """How right flats are.

    Attributes:
        areas: Share of the told areas whose median color is right.
        pixels: Share of their pixels that are.
        paper: Share of the paper's pixels that are white.
    """

    areas: float
    pixels: float
    paper: float


def draw_scene(seed: int, messy: bool = True, gaps: bool = False, size: int = 512) -> tuple[Scene, ByteImage]:
    """A scene of the drawer (see `data.drawer`) that no data set has, with a stroke in each area of some size.

    Args:
        seed: Seed of drawing and strokes.
        messy: Whether strokes are drawn without regard to where an area ends; others stay inside.
        gaps: Whether lines are cut through in places.
        size: Height and width, pixels.

    Returns:
        The scene, and its shadows, uint8 H,W, 255 in full shadow.
    """
    drawn = draw(UNSEEN + seed, size)
    rng = np.random.default_rng([seed, messy, gaps])
    areas = find_areas(drawn.flats, drawn.line)
    strokes, told = [], []
    for number in range(1, int(areas.max()) + 1):
        inside = areas == number
        color = drawn.flats[inside][0]
        if np.count_nonzero(inside) < MIN_STROKED or color.min() == 255:
            continue
        strokes.append(_draw_stroke(inside, tuple(color.tolist()), messy, rng))
        told.append(number)
    line_art = with_gaps(drawn.line, rng) if gaps else drawn.line
    return Scene(line_art, drawn.flats, areas, tuple(told), Hints(tuple(strokes))), drawn.shade


def find_areas(flats: ByteImage, line: ByteImage, least: int = MIN_AREA) -> Labels:
    """Connected areas of one color, off the lines, of at least so many pixels; numbered from 1 on."""
    key = flats.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    areas = np.zeros(key.shape, np.int32)
    count = 0
    for value in np.unique(key):
        mask = ((key == value) & (line >= LINE)).astype(np.uint8)
        _, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for part in np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= least) + 1:
            count += 1
            areas[parts == part] = count
    return areas


def _draw_stroke(
    inside: NDArray[np.bool_], color: tuple[int, int, int], messy: bool, rng: np.random.Generator
) -> Stroke:
    """A stroke from the widest place of an area on, as long as about half of the area is across."""
    room = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    widest = float(room.max())
    places = np.argwhere(room >= 0.8 * widest)
    y, x = places[rng.integers(len(places))].astype(float)
    width = float(np.clip(rng.uniform(0.5, 1.2) * widest, 3, 24)) if messy else max(1.0, 0.5 * widest)
    angle = rng.uniform(0, 2 * np.pi)
    points = [(x, y)]
    for _ in range(4):
        angle += rng.normal(0, 0.5)
        step = rng.uniform(0.3, 1.0) * widest
        x, y = x + step * np.cos(angle), y + step * np.sin(angle)
        row, column = int(np.clip(y, 0, inside.shape[0] - 1)), int(np.clip(x, 0, inside.shape[1] - 1))
        if room[row, column] < (1 if messy else 0.5 * width + 1):
            if messy:
                points.append((x, y))  # ends where it has gone over the line
            break
        points.append((x, y))
    return Stroke(tuple(points), color, width)


def fill_by_votes(line_art: ByteImage, hints: Hints) -> ByteImage:
    """This package's flats, without the network: what it would decide stays white."""
    regions = find_regions(analyze(line_art))
    marks = draw_marks(hints, regions.labels.shape[::-1], 1.0 / regions.factor)
    return region_colors(count_votes(regions, marks), marks, regions.labels, marks.top)


FILLS: dict[str, Fill] = {"votes": fill_by_votes, "bucket": fill_by_bucket, "watershed": fill_by_watershed}


def score_flats(filled: ByteImage, scene: Scene) -> FlatsScore:
    """Measure flats uint8 H,W,3 against the truth."""
    right = ciede2000(srgb_to_lab(filled), srgb_to_lab(scene.flats)) <= ALIKE
    shares, counted = [], np.zeros(right.shape, bool)
    for number in scene.told:
        inside = scene.areas == number
        shares.append(np.mean(right[inside]) > 0.5)
        counted |= inside
    paper = (scene.flats.min(2) == 255) & (scene.areas > 0)
    white = filled.min(2) == 255
    return FlatsScore(
        float(np.mean(shares)) if shares else 1.0,
        float(np.mean(right[counted])) if shares else 1.0,
        float(np.mean(white[paper])) if paper.any() else 1.0,
    )


def compare_fills(scenes: Iterable[Scene]) -> dict[str, FlatsScore]:
    """The mean scores of each of `FILLS`."""
    scores: dict[str, list[FlatsScore]] = {name: [] for name in FILLS}
    for scene in scenes:
        for name, fill in FILLS.items():
            scores[name].append(score_flats(fill(scene.line_art, scene.hints), scene))
    return {
        name: FlatsScore(
            *(float(np.mean([getattr(s, field) for s in found])) for field in ("areas", "pixels", "paper"))
        )
        for name, found in scores.items()
    }


def format_table(results: dict[str, dict[str, FlatsScore]]) -> str:
    """A table in Markdown: a row for each condition and way to fill."""
    rows = [
        (condition, name, f"{s.areas:.1%}", f"{s.pixels:.1%}", f"{s.paper:.1%}")
        for condition, scores in results.items()
        for name, s in scores.items()
    ]
    headings = ("strokes", "filled by", "areas right", "pixels right", "paper white")
    return "\n".join(markdown.format_table(make_table(headings, rows, words=2)))


CONDITIONS = {"tidy": (False, False), "messy": (True, False), "messy, lines with gaps": (True, True)}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    results = {
        name: compare_fills(draw_scene(seed, messy, gaps)[0] for seed in range(count))
        for name, (messy, gaps) in CONDITIONS.items()
    }
    sys.stdout.write(format_table(results) + "\n")


if __name__ == "__main__":
    main()
