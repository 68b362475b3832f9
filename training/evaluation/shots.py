"""Shots beside a plain overlap and beside coloring each frame alone, on sequences with known flats.

python -m paintstorch_sdk.training.evaluation.shots FOLDER [FRAMES] [--paint | --no-alone | --strip=FILE]

FOLDER holds sequences as `pts data sequences` writes them: SEED/line/0001.png and SEED/flats/0001.png. The first
frame's flats are the one key. Segment accuracy, pixel accuracy and the intersection over union of the background are
defined as BasicPBC defines them (Dai et al., "Learning Inclusion Matching for Animation Paint Bucket Colorization",
CVPR 2024): segments are the areas that lines enclose, one is right if most of its pixels are, and lines do not count.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.shots.enlarging import Labels, enlarge_labels
from paintstorch_sdk.shots.flow import find_flow, warp
from paintstorch_sdk.shots.keys import pack, unpack
from paintstorch_sdk.shots.painters import ShadedPainter
from paintstorch_sdk.shots.segments import Segments
from paintstorch_sdk.shots.shot import Shot

from .baseline import LINE
from .flats import find_areas

Pixels = NDArray[np.uint8]

LEAST = 10  # pixels: smaller segments do not count (Acc-Thres)
REASONS = ("not in the key", "no line between", "said to be doubtful", "matched wrongly")


@dataclass(frozen=True)
class ShotScore:
    """How right the frames after a key are, each a mean over frames, 0 to 1.

    Attributes:
        segments: Share of the segments over `LEAST` pixels whose color is right.
        pixels: Share of the pixels off the lines that are.
        figure: The same of pixels that are not white.
        background: Intersection over union of the white pixels; NaN where there are none.
        last: `pixels` of the last frame.
    """

    segments: float
    pixels: float
    figure: float
    background: float
    last: float


@dataclass(frozen=True)
class Steadiness:
    """How much colors change along the flow from frame to frame, off the lines; mean levels of 255.

    Attributes:
        flicker: Where the true flats do not change.
        warping: Everywhere: the warping error, with what is uncovered.
    """

    flicker: float
    warping: float


@dataclass(frozen=True, eq=False)
class Truth:
    """A sequence: files of line art, which are read by `Shot`, and its truth.

    Attributes:
        name: Name of its folder.
        folder: Folder of its line art.
        lines: uint8 H,W of each frame.
        flats: uint8 H,W,3 of each frame.
    """

    name: str
    folder: Path
    lines: list[Pixels]
    flats: list[Pixels]


def load_sequences(folder: Path, frames: int) -> Iterator[Truth]:
    """The first frames of each sequence in a folder; the line art is copied, so that a shot has no other frames."""
    for place in sorted(path.parent for path in folder.glob("*/line")):
        with tempfile.TemporaryDirectory() as copied:
            lines, flats = [], []
            for path in sorted((place / "line").glob("*.png"))[:frames]:
                lines.append(np.asarray(Image.open(path).convert("L")))
                flats.append(np.asarray(Image.open(place / "flats" / path.name).convert("RGB")))
                Image.fromarray(lines[-1]).save(Path(copied) / path.name)
            yield Truth(place.name, Path(copied), lines, flats)


def score_frames(found: Sequence[Pixels], truth: Sequence[Pixels], lines: Sequence[Pixels]) -> ShotScore:
    """Compare flats uint8 H,W,3 of some frames with the truth, exactly."""
    rows = []
    for own, true, line in zip(found, truth, lines, strict=True):
        free = line >= LINE
        right = (own == true).all(2)
        areas = find_areas(true, line, LEAST)
        size = np.bincount(areas.ravel())[1:]
        hits = np.bincount(areas.ravel(), right.ravel())[1:]
        white, own_white = (true.min(2) == 255)[free], (own.min(2) == 255)[free]
        union = np.count_nonzero(white | own_white)
        rows.append(
            (
                np.mean(2 * hits > size) if len(size) else np.nan,
                right[free].mean(),
                right[free][~white].mean() if (~white).any() else np.nan,
                np.count_nonzero(white & own_white) / union if union else np.nan,
            )
        )
    columns = np.array(rows, np.float64).T
    means = [float(np.nanmean(column)) if np.isfinite(column).any() else float("nan") for column in columns]
    return ShotScore(means[0], means[1], means[2], means[3], float(rows[-1][1]))


def color_by_overlap(sequence: Truth, shot: Shot) -> list[Pixels]:
    """The baseline: a region takes the color that most of its pixels had in the frame before, at the same place."""
    found = [sequence.flats[0]]
    for place in range(1, len(sequence.lines)):
        labels = _enlarge(sequence, shot, place)
        free = sequence.lines[place] >= LINE
        count = int(labels.max()) + 1
        colors, number = np.unique(pack(found[-1]), return_inverse=True)
        votes = np.zeros((count, len(colors)), np.int64)
        np.add.at(votes, (labels[free], number.reshape(labels.shape)[free]), 1)
        found.append(unpack(colors)[votes.argmax(1)][labels])
    return found


def _enlarge(sequence: Truth, shot: Shot, place: int) -> Labels:
    return enlarge_labels(shot.survey.segments(place).labels, sequence.lines[place] < LINE)


def strokes_of(sequence: Truth, shot: Shot) -> Hints:
    """A dot of its true color in each region of the key frame: hints to color every frame alone with."""
    segments = shot.survey.segments(0)
    scale = sequence.lines[0].shape[0] / segments.labels.shape[0]
    dots = []
    for region in np.flatnonzero((segments.area >= 30) & ~segments.page):
        inside = np.pad((segments.labels == region) & ~segments.walls, 1).view(np.uint8)
        room = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
        y, x = np.unravel_index(int(room.argmax()), room.shape)
        at = (float(x + 0.5) * scale, float(y + 0.5) * scale)
        color = sequence.flats[0][int(at[1]), int(at[0])]
        red, green, blue = color.tolist()
        dots.append(Stroke([at], (red, green, blue), max(2.0, float(room.max()) * scale)))
    return Hints(tuple(dots))


def explain_errors(found: Sequence[Pixels], sequence: Truth, shot: Shot) -> dict[str, float]:
    """Share of the pixels off the lines that are wrong, by reason, over all frames but the key."""
    key = np.unique(pack(sequence.flats[0]))
    wrong, total = dict.fromkeys(REASONS, 0), 0
    for place in range(1, len(found)):
        true, labels = pack(sequence.flats[place]), _enlarge(sequence, shot, place)
        free = sequence.lines[place] >= LINE
        bad = (pack(found[place]) != true) & free
        colors, number = np.unique(true, return_inverse=True)
        votes = np.zeros((int(labels.max()) + 1, len(colors)), np.int64)
        np.add.at(votes, (labels[free], number.reshape(labels.shape)[free]), 1)
        coloring = shot.colorings[place]
        assert coloring is not None
        masks = (
            ~np.isin(true, key),
            colors[votes.argmax(1)][labels] != true,
            coloring.doubtful[labels],
            np.ones(true.shape, bool),
        )
        for reason, mask in zip(REASONS, masks, strict=True):
            wrong[reason] += int(np.count_nonzero(bad & mask))
            bad &= ~mask
        total += int(np.count_nonzero(free))
    return {reason: count / total for reason, count in wrong.items()}


def measure_steadiness(found: Sequence[Pixels], sequence: Truth, shot: Shot) -> Steadiness:
    """How steady pictures without lines are."""
    flicker, warping = [], []
    for place in range(1, len(found)):
        first, second = shot.survey.segments(place - 1), shot.survey.segments(place)
        size = sequence.lines[place].shape[::-1]
        flow = _enlarge_flow(first, second, size)
        before = warp(found[place - 1], flow).astype(np.float32)
        true, true_before = sequence.flats[place], warp(sequence.flats[place - 1], flow, cv2.INTER_NEAREST)
        same = (true == true_before).all(2).view(np.uint8)
        free = (np.minimum(sequence.lines[place], warp(sequence.lines[place - 1], flow)) >= 250).view(np.uint8)
        change = np.abs(found[place].astype(np.float32) - before).mean(2)
        warping.append(float(change[free.view(bool)].mean()))
        flicker.append(float(change[cv2.erode(same & free, np.ones((3, 3), np.uint8)).view(bool)].mean()))
    return Steadiness(float(np.mean(flicker)), float(np.mean(warping)))


def _enlarge_flow(first: Segments, second: Segments, size: tuple[int, ...]) -> NDArray[np.float32]:
    height, width = second.labels.shape
    flow: NDArray[np.float32] = cv2.resize(find_flow(first, second), size, interpolation=cv2.INTER_LINEAR)
    return flow * np.array([size[0] / width, size[1] / height], np.float32)


def format_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row) + " |" for row in rows]
    return "\n".join(lines)


def evaluate_flats(folder: Path, frames: int, colorizer: Colorizer | None) -> str:
    """Tables of accuracy and of what is wrong; with a colorizer also of coloring each frame alone."""
    rows: list[list[Any]] = []
    reasons: list[list[Any]] = []
    for sequence in load_sequences(folder, frames):
        with Shot(sequence.folder, {_first(sequence): sequence.flats[0]}, lines="none") as shot:
            ours = [frame.pixels for frame in shot if frame.pixels is not None]
            ways = {"shot": ours, "overlap": color_by_overlap(sequence, shot)}
            if colorizer is not None:
                hints = strokes_of(sequence, shot)
                alone = (colorizer.colorize(line, hints, style="flat", lines="none") for line in sequence.lines)
                ways["alone"] = [np.asarray(picture) for picture in alone]
            for name, found in ways.items():
                score = score_frames(found[1:], sequence.flats[1:], sequence.lines[1:])
                rows.append([sequence.name, name, *(getattr(score, one.name) for one in fields(ShotScore))])
            reasons.append([sequence.name, *explain_errors(ours, sequence, shot).values()])
    for name in dict.fromkeys(row[1] for row in rows):
        means = np.nanmean([row[2:] for row in rows if row[1] == name], 0).tolist()
        rows.append(["**mean**", name, *means])
    reasons.append(["**mean**", *np.mean([row[1:] for row in reasons], 0).tolist()])
    tables = (
        format_table(["sequence", "way", "segments", "pixels", "figure", "background IoU", "last frame"], rows),
        format_table(["sequence", *REASONS], reasons),
    )
    return "\n\n".join(tables)


def evaluate_paint(folder: Path, frames: int, colorizer: Colorizer) -> str:
    """A table of steadiness: damped, not damped, and each frame alone."""
    rows: list[list[Any]] = []
    for sequence in load_sequences(folder, frames):
        options = {"lines": "none", "style": "paint"}
        with Shot(sequence.folder, {_first(sequence): sequence.flats[0]}, colorizer=colorizer, **options) as shot:  # type: ignore[arg-type]
            single = ShadedPainter(shot.survey, shot.colorings, shot.palette, shot.look, colorizer, damped=False)
            hints = strokes_of(sequence, shot)
            places = range(len(shot))
            ways: dict[str, Callable[[int], Pixels]] = {
                "shot": lambda place: shot.painter.render(place)[0],
                "not damped": lambda place: single.render(place)[0],  # noqa: B023
                "alone": lambda place: np.asarray(colorizer.colorize(sequence.lines[place], hints, lines="none")),  # noqa: B023
            }
            for name, color in ways.items():
                steady = measure_steadiness([color(place) for place in places], sequence, shot)
                rows.append([sequence.name, name, steady.flicker, steady.warping])
    for name in ("shot", "not damped", "alone"):
        rows.append(["**mean**", name, *np.mean([row[2:] for row in rows if row[1] == name], 0).tolist()])
    return format_table(["sequence", "way", "flicker", "warping"], rows)


def _first(sequence: Truth) -> int:
    return min(int(path.stem) for path in sequence.folder.glob("*.png"))


def draw_strip(folder: Path, frames: int, path: Path) -> None:
    """A picture of the first sequence: some frames' line art above, and colored below."""
    sequences = load_sequences(folder, frames)
    sequence = next(sequences)  # its files are there until the next
    with Shot(sequence.folder, {_first(sequence): sequence.flats[0]}) as shot:
        places = np.linspace(0, frames - 1, 4).astype(int).tolist()
        colored = [frame.picture for frame in shot.color(places)]
    side = 300
    strip = Image.new("RGB", (len(places) * (side + 4) - 4, 2 * side + 4), "white")
    for column, (place, picture) in enumerate(zip(places, colored, strict=True)):
        lines = Image.fromarray(sequence.lines[place]).convert("RGB")
        for row, image in enumerate((lines, picture)):
            strip.paste(image.resize((side, side), Image.Resampling.LANCZOS), (column * (side + 4), row * (side + 4)))
    strip.save(path, quality=80)


def main() -> None:
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    folder, frames = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 24
    strip = next((one.partition("=")[2] for one in sys.argv if one.startswith("--strip=")), None)
    if strip:
        return draw_strip(folder, frames, Path(strip))
    with Colorizer() as colorizer:
        if "--paint" in sys.argv:
            sys.stdout.write(evaluate_paint(folder, frames, colorizer) + "\n")
        else:
            alone = None if "--no-alone" in sys.argv else colorizer
            sys.stdout.write(evaluate_flats(folder, frames, alone) + "\n")
    return None


if __name__ == "__main__":
    main()
