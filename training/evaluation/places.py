"""Real drawings, strokes as people place them, and places whose color a user knows: is the color there right?

A folder of them has cases.json: for each name the file of a line art, strokes in its pixels, and probes, each a color
and the places that should have it; white is paper that should stay paper. With it, docs/before_and_after.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.bench.report.table import Table, make_table
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import read_at_most
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab

from .methods import FILLS, Paint
from .results import Progress

ByteImage = NDArray[np.uint8]

CASES = "cases.json"
MAX_CASES = 2**22  # bytes of cases.json
ALIKE, PAPER = 14.0, 6.0  # CIEDE2000 up to which a place has its color; of paper
OFF = 110  # line art lighter than this is off the lines


@dataclass(frozen=True, eq=False)
class RealDrawing:
    """A drawing with strokes and probes.

    Attributes:
        name: Its name.
        line_art: uint8 H,W, or H,W,3 where lines are colored, on white paper.
        hints: The strokes.
        probes: Colors with their places x, y.
    """

    name: str
    line_art: ByteImage
    hints: Hints
    probes: tuple[tuple[tuple[int, int, int], tuple[tuple[int, int], ...]], ...] = ()

    @classmethod
    def read(
        cls, path: Path, hints: Hints, name: str = "", probes: Sequence[tuple[str, list[list[int]]]] = ()
    ) -> "RealDrawing":
        """Read the line art of a file."""
        known = tuple((Stroke(((0, 0),), color).rgb, tuple((x, y) for x, y in places)) for color, places in probes)
        return cls(name or path.stem, load_line_art(path), hints, known)

    @property
    def gray(self) -> ByteImage:
        """The line art, uint8 H,W."""
        return np.asarray(Image.fromarray(self.line_art).convert("L"))

    def judge(self, picture: ByteImage) -> list[tuple[bool, bool]]:
        """Of each place: whether uint8 H,W,3 has the right color there, and whether that is paper."""
        reach = max(3, round(picture.shape[1] / 160))
        gray, found = self.gray, []
        for color, places in self.probes:
            paper = min(color) == 255
            for x, y in places:
                window = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
                pixels, off = picture[window].reshape(-1, 3), gray[window].ravel() > OFF
                median = np.median(pixels[off] if off.any() else pixels, 0).astype(np.uint8)
                difference = float(ciede2000(srgb_to_lab(median), srgb_to_lab(np.array(color, np.uint8))))
                found.append((difference < (PAPER if paper else ALIKE), paper))
        return found


def read_drawings(folder: Path) -> list[RealDrawing]:
    """The drawings of a folder.

    Raises:
        InputError: No cases.json, or not as it is described above.
    """
    try:
        cases = json.loads(read_at_most(folder / CASES, MAX_CASES))
        return [
            RealDrawing.read(
                folder / case["line"],
                Hints(tuple(Stroke(s["points"], s["color"], s["width"]) for s in case["strokes"])),
                name,
                case["probes"],
            )
            for name, case in cases.items()
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{folder}: expected {CASES} with line, strokes and probes, and its drawings: {error}"
        ) from error


def paint_drawing(drawing: RealDrawing, painters: Mapping[str, Paint]) -> dict[str, ByteImage]:
    """The picture of each method; the fills see gray lines."""
    return {
        **{name: fill(drawing.gray, drawing.hints) for name, fill in FILLS.items()},
        **{name: paint(drawing.line_art, drawing.hints) for name, paint in painters.items()},
    }


def measure_places(
    drawings: Sequence[RealDrawing], painters: Mapping[str, Paint], progress: Progress = lambda done, total: None
) -> dict[str, dict[str, list[tuple[bool, bool]]]]:
    """By method and drawing: `RealDrawing.judge` of its places."""
    found: dict[str, dict[str, list[tuple[bool, bool]]]] = {}
    for done, drawing in enumerate(drawings, 1):
        for method, picture in paint_drawing(drawing, painters).items():
            found.setdefault(method, {})[drawing.name] = drawing.judge(picture)
        progress(done, len(drawings))
    return found


def make_place_table(found: Mapping[str, Mapping[str, list[tuple[bool, bool]]]]) -> Table:
    """A row for each drawing, and for paper, a column for each method."""
    rows = []
    for name in next(iter(found.values()), {}):
        shares = [[right for right, _ in places[name]] for places in found.values()]
        rows.append((name, *(f"{sum(own)} of {len(own)}" for own in shares)))
    for title, paper in (("all", None), ("paper", True)):
        kept = [
            [right for own in places.values() for right, white in own if paper is None or white == paper]
            for places in found.values()
        ]
        rows.append((title, *(f"{sum(own) / len(own):.1%}" if own else "-" for own in kept)))
    return make_table(
        ("drawing", *found),
        rows if found else [],
        title="Real drawings, places that are right",
        note=(
            f"A place is right where the median color around it, off the lines, is within CIEDE2000 {ALIKE:g} of what "
            f"a user expects there; {PAPER:g} on paper."
        ),
    )
