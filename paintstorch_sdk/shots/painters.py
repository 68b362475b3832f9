"""From the colors of regions to pictures: flats, and flats with what the network adds."""

from abc import ABC, abstractmethod
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..colorizer import Colorizer
from ..hints.flow import find_cells
from ..hints.marks import Marks
from ..hints.model import Hints
from ..hints.vote import PAPER, STROKE, Votes
from ..imaging.compose import lay_lines
from ..imaging.drawing import analyze
from ..imaging.packed import pack
from ..look import Look
from ..painting import Prepared, lay_over, paint_colors
from ..sheet import Sheet
from .damping import WINDOW, Damper
from .enlarging import Labels, enlarge_labels, find_lines
from .order import Recent
from .parting import make_regions, part_labels
from .propagation import Coloring
from .survey import Survey

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

HELD = 2 * WINDOW + 3  # frames that are held


class FramePainter(ABC):
    """Paints the frames of a shot; safe to use from several threads.

    Args:
        survey: Survey of the shot.
        colorings: One of each frame.
        palette: uint8 K,3, what they count in.
        look: How pictures are finished.
    """

    def __init__(self, survey: Survey, colorings: list[Coloring | None], palette: Pixels, look: Look) -> None:
        self._survey, self._colorings, self._palette, self._look = survey, colorings, palette, look

    def render(self, place: int, packed: Pixels | None = None) -> tuple[Pixels, Pixels]:
        """The colors of a frame that could be read, uint8 H,W,3, and the same under its lines, as the look says.

        `packed` is its line art, where it is known (see `Survey.packed_lines`).
        """
        lines = self._survey.lines(place, packed)
        colors = self.paint(place, lines)
        return colors, self._lay_lines(colors, lines, place)

    @abstractmethod
    def paint(self, place: int, lines: Pixels) -> Pixels:
        """The colors of a frame, uint8 H,W,3, without `lines`, its line art."""

    def _lay_lines(self, colors: Pixels, lines: Pixels, place: int) -> Pixels:
        if self._look.lines == "none":
            return colors
        if self._look.lines == "multiply" and not self._look.clean_paper:
            return lay_lines(colors, lines, bool(self._survey.segments(place).inverted))
        return lay_over(colors, lines, analyze(lines), self._look)


class FlatPainter(FramePainter):
    """One color of the palette a region, nothing else."""

    def paint(self, place: int, lines: Pixels) -> Pixels:
        """See `FramePainter`."""
        coloring = self._colorings[place]
        assert coloring is not None
        segments = self._survey.segments(place)
        parts = coloring.parts
        alone = np.zeros(len(coloring), bool)  # those that have several colors
        if parts is not None:
            alone[segments.labels[parts >= 0]] = True
        keys = np.where(alone, len(self._palette) + np.arange(len(coloring)), coloring.colors)
        _, first, number = np.unique(keys, return_index=True, return_inverse=True)
        small = number.astype(np.int32).take(segments.labels)  # regions of one color have no border between them
        labels = enlarge_labels(small, find_lines(lines, bool(segments.inverted)))
        labels, colors, _ = part_labels(labels, small, coloring.colors[first], parts)
        return pick_colors(self._palette[colors], labels)


def pick_colors(colors: Pixels, labels: Labels) -> Pixels:
    """The color, of uint8 R,3, of each label, H,W."""
    if len(colors) <= 256:
        table = np.zeros((256, 1, 3), np.uint8)
        table[: len(colors), 0] = colors
        return np.asarray(cv2.applyColorMap(labels.astype(np.uint8, copy=False), table))
    rgba = np.pad(colors, ((0, 0), (0, 1))).view(np.uint32).ravel()
    return np.asarray(cv2.cvtColor(rgba.take(labels).view(np.uint8).reshape(*labels.shape, 4), cv2.COLOR_RGBA2RGB))


class ShadedPainter(FramePainter):
    """Flats, and within them what the network adds, the same from frame to frame."""

    def __init__(
        self,
        survey: Survey,
        colorings: list[Coloring | None],
        palette: Pixels,
        look: Look,
        colorizer: Colorizer,
        damped: bool = True,
    ) -> None:
        super().__init__(survey, colorings, palette, look)
        self._colorizer = colorizer
        self._renderer = colorizer.backend.serving.make_renderer(colorizer.confidence)
        self._sheets = Recent(self._prepare, HELD)
        self._fields = Recent(self._find_field, HELD)
        self._damper = Damper(survey, colorings, self._fields) if damped else None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as what it was made of: another process loads the model anew."""
        made_of = self._survey, self._colorings, self._palette, self._look, self._colorizer
        return ShadedPainter, (*made_of, self._damper is not None)

    def paint(self, place: int, lines: Pixels) -> Pixels:
        """See `FramePainter`."""
        field = self._damper.damp(place) if self._damper else self._fields(place)
        sheet, prepared = self._sheets(place)
        if self._colorizer.shader is None:
            painted, find = np.clip((field + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8), None
        else:  # shadows are all that is added to flats
            painted, find = prepared.votes.colors[sheet.enlarger.labels], lambda flats: cv2.convertScaleAbs(field)
        size = sheet.geometry.width, sheet.geometry.height
        return paint_colors(painted, prepared, sheet.drawing, sheet.regions, sheet.enlarger, self._look, size, find)

    def _find_field(self, place: int) -> Floats:
        """What the network adds to a frame, at the working size: shadows up to 255, or its picture in [-1, 1]."""
        sheet, prepared = self._sheets(place)
        if self._colorizer.shader is not None:
            flats = pack(prepared.votes.colors).take(sheet.enlarger.places)
            shadows = sheet.find_shadows(self._colorizer.shader, flats, self._look.light == "right")
            return shadows.astype(np.float32)
        painted = self._renderer.paint(self._renderer.encode([sheet]), [prepared])[0]
        height, width = sheet.geometry.working_height, sheet.geometry.working_width
        return np.ascontiguousarray(painted[:, :height, :width].transpose(1, 2, 0), np.float32)

    def _prepare(self, place: int) -> tuple[Sheet, Prepared]:
        """A frame, its regions parted by color, and their colors as votes."""
        coloring = self._colorings[place]
        assert coloring is not None
        sheet = self._renderer.load_sheet(self._survey.lines(place), self._colorizer.size)
        segments = self._survey.segments(place)
        walls = find_lines(sheet.line_art, bool(segments.inverted))
        labels = enlarge_labels(segments.labels, walls)
        labels, colors, parents = part_labels(labels, segments.labels, coloring.colors, coloring.parts)
        regions = make_regions(segments, labels.astype(np.int32), walls, parents)
        sheet.__dict__["regions"] = regions  # in the place of what the cached property would find
        rgb = self._palette[colors]
        paper = regions.outer & (rgb.min(1) == 255)
        ones = np.ones(len(self._palette), np.float32)
        none = np.zeros(0, np.int64)
        marks = Marks(labels.shape[::-1], [none] * len(ones), self._palette, ones, ones, np.full(len(ones), -1), 0)
        votes = Votes(np.where(paper, PAPER, STROKE).astype(np.int8), rgb, colors, {}, none)
        cells = find_cells(regions, sheet.geometry)
        confidence = self._renderer.confidence or 1.0
        return sheet, Prepared(Hints(), sheet.geometry, confidence, marks, votes, cells)
