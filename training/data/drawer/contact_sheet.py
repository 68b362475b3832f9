"""A contact sheet of drawings, to look at them: rows of line drawings above rows of the pictures."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .drawing import Drawn

GAP = 4  # pixels between cells


def make_sheet(drawings: Sequence[Drawn], columns: int = 8, cell: int = 256) -> NDArray[np.uint8]:
    """uint8 H,W,3: for each row of drawings their lines, and below them the pictures, each `cell` pixels wide."""
    rows: list[NDArray[np.uint8]] = []
    for start in range(0, len(drawings), columns):
        row = drawings[start : start + columns]
        for layers in ([np.repeat(drawn.line[..., None], 3, 2) for drawn in row], [drawn.picture for drawn in row]):
            strip = np.full((cell + GAP, columns * (cell + GAP), 3), 255, np.uint8)
            for i, layer in enumerate(layers):
                left = i * (cell + GAP)
                strip[:cell, left : left + cell] = cv2.resize(layer, (cell, cell), interpolation=cv2.INTER_AREA)
            rows.append(strip)
    return np.vstack(rows)
