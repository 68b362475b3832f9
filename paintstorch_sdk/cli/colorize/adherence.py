"""`pts colorize --report`: how closely the pictures follow their hints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...hints.marks import VISIBLE
from ...imaging.metrics import hint_adherence
from ...renderer import Colored

_STEP = 0.02  # CIEDE2000, the resolution of the pooled median
_BINS = 10_000


@dataclass(frozen=True)
class Adherence:
    """CIEDE2000 between the strokes' colors and one picture inside the strokes, off the lines.

    Attributes:
        median: Median over the picture; None where nothing counts.
        counts: Histogram of the differences in steps of 0.02; None where nothing counts.
        on_lines: Pixels of strokes that cannot be judged: they lie on lines, or beside them.
    """

    median: float | None
    counts: NDArray[np.uint32] | None
    on_lines: int = 0

    @property
    def pixels(self) -> int:
        """Pixels counted."""
        return 0 if self.counts is None else int(self.counts.sum())


def measure_adherence(colored: Colored) -> Adherence:
    """Compare the colors under the lines with the strokes that they come from.

    What counts is the inside of strokes: where they cover at least half of what the densest one covers.
    """
    colors = colored.colors
    layer = colored.hints.draw(colors.shape[1], colors.shape[0])
    inside = layer[..., 3] >= max(VISIBLE, int(layer[..., 3].max()) // 2)
    layer[..., 3] = inside * np.uint8(255)
    differences = hint_adherence(colors, layer, 255 - colored.sheet.drawing.ink)
    on_lines = int(np.count_nonzero(inside)) - differences.size
    if not differences.size:
        return Adherence(None, None, on_lines)
    steps = np.minimum((differences / _STEP).astype(np.int64), _BINS - 1)
    return Adherence(float(np.median(differences)), np.bincount(steps).astype(np.uint32), on_lines)


def pool_adherence(measures: Sequence[Adherence]) -> tuple[float | None, int]:
    """The median over the counted pixels of all pictures, and their number."""
    counts = np.zeros(_BINS, np.int64)
    for measured in measures:
        if measured.counts is not None:
            counts[: len(measured.counts)] += measured.counts
    pixels = int(counts.sum())
    if not pixels:
        return None, 0
    return float(np.searchsorted(counts.cumsum(), pixels / 2)) * _STEP, pixels


def summarize_adherence(measures: Sequence[tuple[str, Adherence]]) -> dict[str, Any]:
    """The measures for --json: CIEDE2000, None where there are no hints to follow."""
    median, pixels = pool_adherence([measured for _, measured in measures])
    return {
        "median": _round_median(median),
        "pixels": pixels,
        "on_lines": sum(measured.on_lines for _, measured in measures),
        "pictures": [
            {
                "name": name,
                "median": _round_median(measured.median),
                "pixels": measured.pixels,
                "on_lines": measured.on_lines,
            }
            for name, measured in measures
        ],
    }


def print_adherence(measures: Sequence[tuple[str, Adherence]]) -> None:
    """Print a table of the measures."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..console import plain

    median, pixels = pool_adherence([measured for _, measured in measures])
    on_lines = sum(measured.on_lines for _, measured in measures)
    table = Table(
        "hint adherence", box=box.SIMPLE_HEAD, show_footer=len(measures) > 1, header_style="bold", pad_edge=False
    )
    table.columns[0].footer = "all"
    table.columns[0].overflow = "fold"
    table.add_column("median CIEDE2000", _format_median(median), justify="right")
    table.add_column("pixels", f"{pixels}", justify="right")
    table.add_column("not judged, on lines", f"{on_lines}", justify="right")
    for name, measured in measures:
        row = (_format_median(measured.median), f"{measured.pixels}", f"{measured.on_lines}")
        table.add_row(Text(plain(name)), *row)
    Console().print(table)


def _round_median(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _format_median(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
