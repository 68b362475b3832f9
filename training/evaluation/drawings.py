"""Held-out drawings: pictures of the split "test" with the lines that a method is given."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.imaging.xdog import xdog

from ..pictures import Entry, Pictures, read_manifest
from ..samples import FULL_SIDE

ByteImage = NDArray[np.uint8]
Lines = Literal["xdog", "drawn"]

LINE = 200  # line art darker than this is line
WHITE = 245  # darkest channel from which a color counts as paper
MIN_COLORED = 0.05  # share of the paper's pixels that are not white in a picture with colors to compare


@dataclass(frozen=True)
class HeldOutDrawing:
    """One held-out picture and its lines.

    Attributes:
        name: Source and file, such as "renpy/test-00003".
        entry: Entry of the manifest.
        lines: "xdog": drawn from the picture by xDoG; "drawn": the source's own line drawing.
        picture: uint8 H,W,3 RGB, the long side at most 512 pixels.
        line_art: uint8 H,W, paper is 255.
    """

    name: str
    entry: Entry
    lines: Lines
    picture: ByteImage
    line_art: ByteImage

    @property
    def colored(self) -> bool:
        """Whether there is something to color in the picture itself; else it serves in random colors only."""
        paper = self.line_art > LINE
        return bool((self.picture[paper].min(1) < WHITE).mean() >= MIN_COLORED)

    def rng(self, seed: int, *numbers: int) -> np.random.Generator:
        """Chance of this drawing's own, whatever other drawings are measured beside it."""
        return np.random.default_rng([seed, zlib.crc32(self.name.encode()), *numbers])


def held_out(folder: Path, lines: Lines, count: int) -> list[HeldOutDrawing]:
    """The first drawings of the split "test" in an order that takes the sources in turn, new bases first.

    Args:
        folder: Data folder, or one of plain pictures (`pictures.read_manifest`).
        lines: See `HeldOutDrawing`; "drawn" takes only pictures that have a line drawing.
        count: Most drawings.

    Raises:
        InputError: No data folder.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder}: expected a data folder; build one with: pts data build {folder} "
            f"--packages packages (docs/data.md says where the packages come from)"
        )
    entries = [entry for entry in read_manifest(folder, "test") if lines == "xdog" or entry.lines is not None]
    pictures = Pictures(entries, FULL_SIDE, cache_bytes=0)
    found: list[HeldOutDrawing] = []
    for index in in_turns(entries):
        if len(found) == count:
            break
        picture, drawn = pictures[index]
        entry = entries[index]
        if lines == "drawn":
            assert drawn is not None
            line_art = drawn
        else:
            line_art = xdog(picture)
        drawing = HeldOutDrawing(f"{entry.source}/{entry.picture.stem}", entry, lines, picture, line_art)
        if lines == "drawn" or drawing.colored:  # xDoG of a line drawing draws each line twice
            found.append(drawing)
    return found


def in_turns(entries: Sequence[Entry]) -> Iterator[int]:
    """Indices of all entries: each source in turn, and in a source a picture of each base before a second one.

    The order depends on names alone, not on the order or the number of the entries.
    """
    queues: dict[str, list[tuple[int, int, int]]] = {}
    for source in sorted({entry.source for entry in entries}):
        seen: dict[str, int] = {}
        own = [
            (zlib.crc32(entry.picture.name.encode()), i) for i, entry in enumerate(entries) if entry.source == source
        ]
        queue = []
        for digest, i in sorted(own):
            base = entries[i].base
            queue.append((seen.get(base, 0), digest, i))
            seen[base] = seen.get(base, 0) + 1
        queues[source] = sorted(queue, reverse=True)
    while queues:
        for source in list(queues):
            yield queues[source].pop()[2]
            if not queues[source]:
                del queues[source]
