"""Training samples: from a picture to line art, hint map and target."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints import raster
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.geometry import HINT_STEP, Geometry
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.painting import prepare_hints

from . import linework, region_colors
from .flat_samples import cut_window, make_tensors, tell_colors
from .marks import SampleMarks, Surface, draw_stroke, fill_regions, scatter_cells
from .pictures import Pictures

ByteImage = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

FULL_SIDE = 512  # long side of a picture at scale 1, pixels: where the paper's stroke sizes hold


@dataclass(frozen=True, slots=True)
class SampleConfig:
    """Settings of the samples. Pairs are values at the start and at the end of training, linear in between.

    Attributes:
        empty: Share of samples without hints (the rest of the shares is scattered cells).
        strokes: Share of samples with strokes.
        regions: Share of samples with filled regions.
        density: Lowest density of scattered cells, interpolated in its logarithm; the highest is 1.
        count: Fewest and most strokes of a sample that has them, log-uniform. At most 120 in the paper.
        thickness: Width of strokes in hint-map pixels at full scale. 1 to 4 in the paper.
        waypoints: Fewest and most points of a stroke besides its start. 1 to 5 in the paper.
        reach: Largest width of the square of a stroke, in hint-map pixels at full scale. 10 in the paper.
        crossing: Share of strokes that may cross into other regions and colors.
        soft: Share of hint maps that are resized to 0.8 and back, for soft edges.
        flow: Share of samples with strokes whose colors flow over their regions, as they do in use (see `hints.flow`).
        confidence: Mask of a color that flowed.
        faint: Share of hint maps whose mask is scaled by U(0.4, 1).
        shift: Share of samples whose colors are shifted as a whole.
        recolor: Share of samples whose hinted regions get random colors.
        bleach: Share of samples whose regions turn white where no hint tells of their color.
        beneath: Take the colors beneath the lines for the target (`linework.beneath`): the runtime lays the lines
            over them at full resolution. Else it is the picture with its lines.
        flats: Train towards flats where the data knows them (see `flat_samples`): of the settings, `empty`,
            `confidence`, `soft`, `faint`, `recolor` and `bleach` count there.
        true_lines: Share of true line drawings where the data has them; the rest is xDoG.
    """

    empty: tuple[float, float] = (0.02, 0.06)
    strokes: tuple[float, float] = (0.2, 0.75)
    regions: tuple[float, float] = (0.08, 0.08)
    density: tuple[float, float] = (0.1, 0.002)
    count: tuple[int, int] = (1, 120)
    thickness: tuple[float, float] = (1.0, 4.0)
    waypoints: tuple[int, int] = (1, 5)
    reach: float = 10.0
    crossing: float = 0.12
    soft: float = 0.3
    flow: float = 0.0
    confidence: float = 0.55
    faint: float = 0.12
    shift: float = 0.35
    recolor: float = 0.6
    bleach: float = 0.9
    beneath: bool = False
    flats: bool = False
    true_lines: float = 0.5

    def __post_init__(self) -> None:
        for name in ("crossing", "soft", "flow", "confidence", "faint", "shift", "recolor", "bleach", "true_lines"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(f"samples {name}: expected a share in 0..1, received {getattr(self, name)}")
        if not 1 <= self.count[0] <= self.count[1]:
            raise InputError(f"samples count: expected 1 <= fewest <= most, received {self.count}")
        for end in (0, 1):
            if not 0.0 <= self.empty[end] + self.strokes[end] + self.regions[end] <= 1.0:
                raise InputError("samples: expected empty + strokes + regions to be within 0..1")
            if not 0.0 < self.density[end] <= 1.0:
                raise InputError(f"samples density: expected within 0..1, received {self.density[end]}")


class Sample(NamedTuple):
    """Inputs of the networks and their target; S is the side of the crop."""

    line_art: FloatImage  # 1,S,S in [-1, 1], paper is 1
    hints: FloatImage  # 4,S/4,S/4, see `hints.raster`
    target: FloatImage  # 3,S,S RGB in [-1, 1]


class TrainingSamples(Dataset[Sample]):
    """Sample number i, a function of the seed and of i alone, so that a run can be resumed anywhere.

    Its length is where the numbers end.

    Args:
        pictures: The pictures.
        config: Settings of the samples.
        crop: Side of the crops, pixels.
        scale: Lowest and highest scale of a picture relative to a long side of 512 pixels.
        numbers: The numbers that are asked for.
        progress: Progress of training, 0 to 1, at the first and after the last of them; linear in between.
        seed: Source of all chance.
        weights: Relative frequency of each picture; None is equal.
    """

    def __init__(
        self,
        pictures: Pictures,
        config: SampleConfig,
        crop: int,
        scale: tuple[float, float],
        numbers: range,
        progress: tuple[float, float],
        seed: int,
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        self.pictures, self.config = pictures, config
        self.crop, self.scale, self.seed = crop, scale, seed
        self.numbers, self.progress = numbers, progress
        frequency = np.ones(len(pictures)) if weights is None else weights
        self._cumulative = np.cumsum(frequency) / frequency.sum()

    def __len__(self) -> int:
        return self.numbers.stop

    def __getitem__(self, number: int) -> Sample:
        rng = np.random.default_rng([self.seed, number])
        index = int(np.searchsorted(self._cumulative, rng.random(), side="right"))
        scale = math.exp(rng.uniform(*np.log(self.scale)))
        index = min(index, len(self.pictures) - 1)
        picture, lines = self.pictures[index]
        if self.config.flats and lines is not None and self.pictures.entries[index].flats is not None:
            return self._make_flat_sample(picture, lines, scale, number, rng)
        crop, line_art = self._cut_crop(picture, lines, scale, rng)
        return make_sample(crop, line_art, self.config, scale, self._progress_at(number), rng)

    def _progress_at(self, number: int) -> float:
        start, end = self.progress
        return start + (end - start) * (number - self.numbers.start) / len(self.numbers)

    def _make_flat_sample(
        self, flats: ByteImage, lines: ByteImage, scale: float, number: int, rng: np.random.Generator
    ) -> Sample:
        """A sample at most as large as the drawing: the runtime enlarges nothing."""
        config, progress = self.config, self._progress_at(number)
        side = max(self.crop, round(self.crop * max(flats.shape) / (scale * FULL_SIDE)))
        window = cut_window(flats, lines, side, rng)
        empty = config.empty[0] + (config.empty[1] - config.empty[0]) * progress
        told = tell_colors(*window, HINT_STEP * side / self.crop, empty, config.recolor, config.bleach, rng)
        line_art, hints, target = make_tensors(told, self.crop, config.confidence)
        return Sample(line_art, _blur_hints(hints, config, rng), target)

    def _cut_crop(
        self, picture: ByteImage, lines: ByteImage | None, scale: float, rng: np.random.Generator
    ) -> tuple[ByteImage, ByteImage]:
        """A random crop of a picture at a scale, on white where the picture ends, and its lines."""
        height, width = picture.shape[:2]
        factor = scale * FULL_SIDE / max(height, width)
        side = round(self.crop / factor)
        for _ in range(3):
            x = int(rng.integers(0, max(1, width - side + 1)))
            y = int(rng.integers(0, max(1, height - side + 1)))
            window = picture[y : y + side, x : x + side]
            if window.min(2).mean() < 235.0:
                break
        true_lines = lines is not None and rng.random() < self.config.true_lines
        drawn: ByteImage | None = None
        if lines is not None and true_lines:
            drawn = lines[y : y + side, x : x + side]
        elif rng.random() < 0.3:
            drawn = linework.draw_lines(window, rng)
        size = (
            min(self.crop, round(window.shape[1] * factor)),
            min(self.crop, round(window.shape[0] * factor)),
        )
        method = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_LINEAR
        left, top = (int(rng.integers(0, self.crop - s + 1)) for s in size)
        place = np.s_[top : top + size[1], left : left + size[0]]
        crop = np.full((self.crop, self.crop, 3), 255, np.uint8)
        crop[place] = cv2.resize(window, size, interpolation=method)
        if drawn is None:
            line_art = linework.draw_lines(crop, rng)
        else:
            line_art = np.full((self.crop, self.crop), 255, np.uint8)
            line_art[place] = cv2.resize(drawn, size, interpolation=method)
        if rng.random() < 0.5:
            crop, line_art = crop[:, ::-1], line_art[:, ::-1]
        return np.ascontiguousarray(crop), np.ascontiguousarray(line_art)


def make_sample(
    picture: ByteImage,
    lines: ByteImage,
    config: SampleConfig,
    scale: float,
    progress: float,
    rng: np.random.Generator,
) -> Sample:
    """Hints, recoloring and normalization of one crop.

    Regions are recolored after the hints have their places and before they take their colors: so what is
    recolored at random is always told by a hint, and what no hint tells keeps its natural color.

    Args:
        picture: uint8 S,S,3 RGB; S a multiple of 32.
        lines: uint8 S,S, paper is 255.
        config: Settings of the samples.
        scale: Scale of the picture relative to 512 pixels; strokes are scaled with it.
        progress: 0 at the start of training, 1 at its end.
        rng: Source of chance.
    """
    untouched, lines = lines, linework.vary_lines(lines, rng)
    surface = Surface(picture.astype(np.float32), lines > 128)
    marks = place_marks(surface, config, scale, progress, rng)
    hinted = _find_hinted(surface, marks)
    target = surface.picture
    if rng.random() < (config.shift if hinted.any() else 0.25 * config.shift):
        target = region_colors.shift_colors(target, rng)
    leaders = region_colors.find_leaders(surface.picture, surface.labels, hinted)
    if rng.random() < config.bleach:
        target = region_colors.bleach_regions(target, surface.labels, leaders)
    if rng.random() < config.recolor:
        target = region_colors.recolor_regions(target, surface.labels, leaders, rng)
    faded = linework.fade_lines(lines, rng)
    if marks.strokes and rng.random() < config.flow:
        hints = flow_strokes(surface, marks, target, faded, config.confidence)
    else:
        hints = paint_hints(surface, marks, target, rng)
    hints = _blur_hints(hints, config, rng)
    line_art = faded.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    if config.beneath:
        target = linework.find_colors_beneath(target, np.minimum(untouched, lines))
    return Sample(
        line_art[None],
        hints,
        np.ascontiguousarray(target.transpose(2, 0, 1)) / np.float32(127.5) - np.float32(1.0),
    )


def place_marks(
    surface: Surface, config: SampleConfig, scale: float, progress: float, rng: np.random.Generator
) -> SampleMarks:
    """Choose the kind of hints and put them down."""
    empty, drawn, regions = (
        start + (end - start) * progress for start, end in (config.empty, config.strokes, config.regions)
    )
    kind = rng.random()
    nothing = SampleMarks(np.zeros(surface.cell_labels.shape, bool))
    if kind < empty:
        return nothing
    if kind < empty + drawn:
        count = int(math.exp(rng.uniform(math.log(config.count[0]), math.log(config.count[1] + 1))))
        low, high = np.log(config.thickness)
        tidy_all = rng.random() < 0.3
        for _ in range(min(count, config.count[1])):
            nothing.strokes.append(
                draw_stroke(
                    surface,
                    thickness=math.exp(rng.uniform(low, high)) * max(scale, 0.4),
                    reach=rng.uniform(0.0, config.reach) * scale,
                    waypoints=int(rng.integers(config.waypoints[0], config.waypoints[1] + 1)),
                    tidy=tidy_all or rng.random() >= config.crossing,
                    rng=rng,
                )
            )
        return nothing
    if kind < empty + drawn + regions:
        return fill_regions(surface, int(math.exp(rng.uniform(0.0, math.log(24.0)))), rng)
    lowest = (1.0 - progress) * math.log(config.density[0]) + progress * math.log(config.density[1])
    return scatter_cells(surface, math.exp(rng.uniform(lowest, 0.0)), rng)


def paint_hints(surface: Surface, marks: SampleMarks, target: FloatImage, rng: np.random.Generator) -> FloatImage:
    """The hint map of marks in the colors of the target (float32 S,S,3 RGB in [0, 255])."""
    height, width = surface.cell_labels.shape
    hints = raster.empty_map(width, height)
    if marks.cells.any():
        colors = _cell_colors(surface, target)
        if marks.flat is not None:
            ys, xs = np.nonzero(marks.cells)
            order = rng.permutation(len(ys))
            table = np.zeros((surface.count, 3), np.float32)
            table[marks.flat[ys[order], xs[order]]] = colors[ys[order], xs[order]]  # the last of each region stays
            colors = table[marks.flat]
        hints[:3] = (colors / np.float32(127.5) - np.float32(1.0)).transpose(2, 0, 1) * marks.cells
        hints[3] = marks.cells
    for mark in marks.strokes:
        color = surface.color_at(mark.points[0], target) / np.float32(127.5) - np.float32(1.0)
        raster.draw(hints, mark.points, color, mark.radius)
    return hints


def flow_strokes(
    surface: Surface, marks: SampleMarks, target: FloatImage, line_art: ByteImage, confidence: float
) -> FloatImage:
    """The hint map of strokes as the runtime makes it: they vote for regions, and flow over them."""
    side = line_art.shape[0]
    hints = Hints(
        tuple(
            Stroke(
                tuple((float(x), float(y)) for x, y in mark.points * HINT_STEP),
                tuple(int(c) for c in np.clip(np.rint(surface.color_at(mark.points[0], target)), 0, 255)),  # type: ignore[arg-type]
                max(1e-3, 2.0 * HINT_STEP * mark.radius),
            )
            for mark in marks.strokes
        )
    )
    regions = find_regions(analyze(line_art))
    return prepare_hints(hints, regions, Geometry.fit(side, side, side), confidence).hint_map


def _blur_hints(hints: FloatImage, config: SampleConfig, rng: np.random.Generator) -> FloatImage:
    """Hints of soft and of translucent brushes, in some samples."""
    if rng.random() < config.soft:
        hints = soften_hints(hints)
    if rng.random() < config.faint:
        hints = hints * np.float32(rng.uniform(0.4, 1.0))
    return hints


def soften_hints(hints: FloatImage, scale: float = 0.8) -> FloatImage:
    """Resize a hint map to a scale (the paper's is 0.8) and back, for soft edges."""
    height, width = hints.shape[1:]
    layers = np.ascontiguousarray(hints.transpose(1, 2, 0))
    small = cv2.resize(layers, (round(scale * width), round(scale * height)), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).transpose(2, 0, 1))


def _find_hinted(surface: Surface, marks: SampleMarks) -> NDArray[np.bool_]:
    """For each region, whether a hint takes its color from it."""
    hinted = np.zeros(surface.count, bool)
    hinted[surface.cell_labels[marks.cells]] = True
    for mark in marks.strokes:
        hinted[surface.label_at(mark.points[0])] = True
    hinted[0] = False
    return hinted


def _cell_colors(surface: Surface, target: FloatImage) -> FloatImage:
    """Mean color of the paper in each map cell (of all of the cell where it is all line): H,W,3 in 0..255."""
    height, width = surface.cell_labels.shape
    paper = (surface.labels > 0).astype(np.float32)
    share = cv2.resize(paper, (width, height), interpolation=cv2.INTER_AREA)
    inked = cv2.resize(target * paper[..., None], (width, height), interpolation=cv2.INTER_AREA)
    whole = cv2.resize(target, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(np.where(share[..., None] > 0.1, inked / np.maximum(share, 0.1)[..., None], whole), np.float32)
