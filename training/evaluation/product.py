"""The product on drawings whose flats and shadows are known: what a user with few, messy strokes sees of a model.

python -m paintstorch_sdk.training.evaluation.product default OTHER_BUNDLE [--count 20]

A part of `pts evaluate`, and a command that compares bundles. The drawings are the drawer's, of numbers that no data
set has. Beside the models: a bucket and Krita's rule.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from paintstorch_sdk.bench.report import markdown
from paintstorch_sdk.bench.report.table import Table, make_table
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from paintstorch_sdk.imaging.packed import pack
from paintstorch_sdk.painting import SHADOW
from paintstorch_sdk.sheet import Sheet

from .baseline import fill_by_bucket, fill_by_watershed
from .flats import ALIKE, MIN_AREA, ByteImage, Scene, draw_scene
from .methods import BUCKET, WATERSHED, Paint
from .results import Progress

Mask = NDArray[np.bool_]

TOLD = 0.4  # share of the areas with a stroke: people leave most to the program
NEAR = 3  # pixels within which borders of shadows meet
SEEN = 2.3  # CIEDE2000: a change that is just noticed
MEASURES = {
    "told": "areas with a stroke whose color is right, %",
    "like": "areas without one whose color another stroke told, and that have it, %",
    "kept": "other areas without a stroke that stayed paper, %",
    "paper": "paper that stayed white, %",
    "reach": "pixels that one stroke changes beyond what it means and beyond 3 of its widths, %",
    "flicker": "pixels that a shift by one pixel changes, %",
    "shade": "CIEDE2000 to the shaded truth, of the true flats with the shadows found",
    "plain": "the same without shadows",
    "border": "F-measure of the borders of shadows, %",
}


@dataclass(frozen=True)
class Method:
    """A way to color: flat colors, and, where there is a network for it, shadows on flats."""

    fill: Paint
    find_shadows: Callable[[ByteImage, ByteImage], NDArray[np.float32]] | None = None


def open_method(colorizer: Colorizer) -> Method:
    """A model as a way to color."""

    def fill(line_art: ByteImage, hints: Hints) -> ByteImage:
        return np.asarray(colorizer.colorize(line_art, hints=hints, style="flat", lines="none"))

    return Method(fill, partial(find_shadows, colorizer) if colorizer.shader else None)


def find_shadows(colorizer: Colorizer, line_art: ByteImage, flats: ByteImage) -> NDArray[np.float32]:
    """The shadows that a model with a shade network finds in flats, off the page: float32 H,W in [0, 1]."""
    assert colorizer.shader is not None
    sheet = Sheet.load(line_art, max(line_art.shape))
    figure = sheet.enlarger.mask(~sheet.regions.page)
    shadows = cv2.bitwise_and(sheet.find_shadows(colorizer.shader, pack(flats)), figure)
    shares: NDArray[np.float32] = shadows.astype(np.float32) / np.float32(255)
    return shares


def leave_out(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene with strokes in `TOLD` of its areas."""
    count = max(1, round(TOLD * len(scene.told))) if scene.told else 0
    kept = sorted(rng.permutation(len(scene.told))[:count].tolist())
    strokes = tuple(scene.hints.strokes[i] for i in kept)
    return replace(scene, told=tuple(scene.told[i] for i in kept), hints=Hints(strokes))


def measure(way: Method, scene: Scene, shade: ByteImage) -> dict[str, float]:
    """`MEASURES` of one scene; what there is nothing of is left out."""
    filled = way.fill(scene.line_art, scene.hints)
    difference = ciede2000(srgb_to_lab(filled), srgb_to_lab(scene.flats))
    colors = {stroke.rgb for stroke in scene.hints.strokes}
    shares: dict[str, list[float]] = {"told": [], "like": [], "kept": []}
    for number in range(1, int(scene.areas.max()) + 1):
        inside = scene.areas == number
        color = tuple(scene.flats[inside][0].tolist())
        if number in scene.told:
            shares["told"].append(float(np.mean(difference[inside] <= ALIKE) > 0.5))
        elif color in colors:
            shares["like"].append(float(np.mean(difference[inside] <= ALIKE) > 0.5))
        elif min(color) < 255:
            shares["kept"].append(float(np.mean(filled[inside].min(1) >= 250) > 0.5))
    paper = (scene.flats.min(2) == 255) & (scene.areas > 0)
    found = {name: 100.0 * float(np.mean(values)) for name, values in shares.items() if values}
    if np.count_nonzero(paper) >= MIN_AREA:
        found["paper"] = 100.0 * float(np.mean(filled[paper].min(1) >= 250))
    if scene.hints.strokes:
        found["reach"] = _measure_reach(way, scene, filled)
    found["flicker"] = _measure_flicker(way, scene, filled)
    if way.find_shadows is not None:
        shadows = way.find_shadows(scene.line_art, scene.flats)
        found |= measure_shade(shadows, scene.line_art, scene.flats, shade)
    return found


def _measure_reach(way: Method, scene: Scene, filled: ByteImage) -> float:
    """Without the smallest stroke: what else changes?"""
    sizes = [np.count_nonzero(scene.areas == number) for number in scene.told]
    least = int(np.argmin(sizes))
    strokes = scene.hints.strokes
    without = way.fill(scene.line_art, Hints(strokes[:least] + strokes[least + 1 :]))
    stroke = strokes[least]
    near = np.zeros(scene.areas.shape, np.uint8)
    cv2.polylines(near, [np.int32(stroke.points)], False, 1, max(1, round(7 * stroke.width)))  # type: ignore[arg-type]
    meant = (scene.flats == np.array(stroke.rgb, np.uint8)).all(2) | (near > 0)
    return 100.0 * float(np.mean(_changed(filled, without) & ~meant))


def _measure_flicker(way: Method, scene: Scene, filled: ByteImage) -> float:
    """Line art and strokes a pixel to the right, the result back again."""
    line_art = np.pad(scene.line_art, ((0, 0), (1, 0)), mode="edge")[:, :-1]
    moved = [replace(s, points=tuple((x + 1, y) for x, y in s.points)) for s in scene.hints.strokes]
    shifted = way.fill(np.ascontiguousarray(line_art), Hints(tuple(moved)))
    return 100.0 * float(np.mean(_changed(filled[:, :-1], shifted[:, 1:])))


def _changed(one: ByteImage, other: ByteImage) -> Mask:
    changed: Mask = ciede2000(srgb_to_lab(one), srgb_to_lab(other)) > SEEN
    return changed


def measure_shade(
    found: NDArray[np.float32], line_art: ByteImage, flats: ByteImage, shade: ByteImage
) -> dict[str, float]:
    """Those of `MEASURES` that are of shadows; none where nothing has a color.

    Args:
        found: float32 H,W in [0, 1].
        line_art: uint8 H,W.
        flats: uint8 H,W,3, the truth.
        shade: uint8 H,W, the true shadows.
    """
    colored = (flats.min(2) < 255) & (line_art > 128)
    if not colored.any():
        return {}
    truth = _darken(flats, shade.astype(np.float32) / np.float32(255))
    scores = {
        "shade": float(ciede2000(srgb_to_lab(_darken(flats, found)), srgb_to_lab(truth))[colored].mean()),
        "plain": float(ciede2000(srgb_to_lab(flats), srgb_to_lab(truth))[colored].mean()),
    }
    ours, theirs = (_border(mask & (flats.min(2) < 255)) for mask in (found > 0.5, shade > 127))
    if theirs.any():
        precision, recall = _share_near(ours, theirs), _share_near(theirs, ours)
        scores["border"] = 200.0 * precision * recall / max(precision + recall, 1e-9)
    return scores


def _darken(flats: ByteImage, shadows: NDArray[np.float32]) -> ByteImage:
    return np.rint(flats * (1 - shadows[..., None] * (1 - np.array(SHADOW, np.float32)))).astype(np.uint8)


def _border(mask: Mask) -> Mask:
    inner = mask.astype(np.uint8)
    border: Mask = (inner - cv2.erode(inner, np.ones((3, 3), np.uint8))) > 0
    return border


def _share_near(these: Mask, those: Mask) -> float:
    """Share of a border's pixels that lie near another border."""
    reach = cv2.dilate(those.astype(np.uint8), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)) > 0
    return float(np.mean(reach[these])) if these.any() else 0.0


def compare_ways(
    ways: Mapping[str, Method], count: int, progress: Progress = lambda done, total: None, size: int = 512
) -> dict[str, dict[str, float]]:
    """The means of `MEASURES` of each way, and of a bucket and Krita's rule, over scenes."""
    ways = {BUCKET: Method(fill_by_bucket), WATERSHED: Method(fill_by_watershed), **ways}
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for seed in range(count):
        progress(seed, count)
        scene, shade = draw_scene(seed, messy=True, size=size)
        scene = leave_out(scene, np.random.default_rng(seed))
        for name, way in ways.items():
            scores[name].append(measure(way, scene, shade))
    progress(count, count)
    return {
        name: {key: float(np.mean(own)) for key in MEASURES if (own := [m[key] for m in found if key in m])}
        for name, found in scores.items()
    }


def make_scene_table(scores: Mapping[str, Mapping[str, float]]) -> Table:
    """A row for each measure, a column for each way."""
    rows = [
        (meaning, *(f"{own[key]:.2f}" if key in own else "" for own in scores.values()))
        for key, meaning in MEASURES.items()
    ]
    note = (
        f"Drawings of the drawer with known flats and shadows, messy strokes for {TOLD:.0%} of the areas: people leave "
        "most to the program."
    )
    return make_table(("", *scores), rows if scores else [], title="Few strokes, as people draw them", note=note)


def main(
    models: Annotated[list[str], typer.Argument(help="Bundles: a name, or a folder.")],
    count: Annotated[int, typer.Option(min=1)] = 20,
) -> None:
    """Compare models on drawings of the drawer."""
    ways = {model: open_method(Colorizer(model)) for model in models}
    table = make_scene_table(compare_ways(ways, count))
    sys.stdout.write("\n".join(markdown.format_table(table)) + "\n")


if __name__ == "__main__":
    typer.run(main)
