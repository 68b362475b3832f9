"""Drawings whose layers are known (`pts data build`, sources "drawer" and "scenes"), for the small networks."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError

from .data.manifest import read_rows

LAYERS = {
    "lines": cv2.IMREAD_GRAYSCALE,  # uint8 H,W, 255 is paper
    "flats": cv2.IMREAD_COLOR,  # uint8 H,W,3 RGB
    "shade": cv2.IMREAD_GRAYSCALE,  # uint8 H,W, 255 is full shadow
    "parts": cv2.IMREAD_UNCHANGED,  # uint16 H,W, numbers
}
RECENT = 512  # drawings in memory, up to 2 MB each

Layers = dict[str, NDArray[Any]]  # by the names of `LAYERS`


class LayeredDrawings:
    """The drawings of a split that have all of some layers, read when they are asked for.

    Reading takes longer than cutting a crop: the last drawings that were read are kept, and every other pick is
    one of those.

    Raises:
        InputError: There is no such drawing.
    """

    def __init__(self, folder: Path, split: str, *layers: str) -> None:
        self.folder = folder
        self.layers = layers
        rows = [row for row in read_rows(folder) if row.split == split and all(getattr(row, own) for own in layers)]
        if not rows:
            raise InputError(
                f"{folder}: expected drawings with {' and '.join(layers)} of the split {split!r}; build the drawer's"
            )
        self.rows = sorted({row.flats: row for row in rows}.values(), key=lambda row: (row.source, row.base))
        _, self._first = np.unique([row.source for row in self.rows], return_index=True)
        self._counts = np.diff(np.append(self._first, len(self.rows)))
        self._recent: list[Layers] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Layers:
        """Read a drawing."""
        drawing = {own: read_picture(self.folder / getattr(self.rows[index], own), LAYERS[own]) for own in self.layers}
        return {own: layer[..., ::-1] if own == "flats" else layer for own, layer in drawing.items()}

    def pick(self, rng: np.random.Generator) -> Layers:
        """A drawing at random; a source that has four times as many gives twice as many."""
        if len(self._recent) == RECENT and rng.random() < 0.5:
            return self._recent[rng.integers(RECENT)]
        shares = np.sqrt(self._counts)
        source = rng.choice(len(shares), p=shares / shares.sum())
        drawing = self[int(self._first[source] + rng.integers(self._counts[source]))]
        if len(self._recent) < RECENT:
            self._recent.append(drawing)
        else:
            self._recent[rng.integers(RECENT)] = drawing
        return drawing


def read_picture(path: Path, flags: int) -> NDArray[Any]:
    """A picture as OpenCV reads it.

    Raises:
        InputError: It cannot be read.
    """
    image: NDArray[Any] | None = cv2.imread(str(path), flags)
    if image is None:
        raise InputError(f"{path}: expected a picture, found none that can be read; build the data set anew")
    return image
