"""Around the network: from line art and hints to pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .backend import Backend
from .errors import InputError
from .gpu.arrays import OnDevice
from .hints.model import Hints
from .imaging.images import ImageSource
from .look import Look
from .painting import Prepared, lay_over, paint_colors, prepare_hints, to_pixels
from .sheet import Sheet, is_on_gpu

Painted = NDArray[np.float32]


class Renderer:
    """What is done before and after the network, on the host. Safe to use from several threads.

    Args:
        backend: Runs the network.
        confidence: Mask that the network reads where colors flowed from strokes (see `flow`); 0 lets none flow.
    """

    def __init__(self, backend: Backend, confidence: float) -> None:
        self.backend, self.confidence = backend, confidence

    def load_sheet(self, source: ImageSource | OnDevice, size: int, stream: int | None = None) -> Sheet:
        """Read line art, at a working size (see `Sheet.load`); `stream` is that of an array on a GPU."""
        if is_on_gpu(source):
            raise InputError(
                f"line art in GPU memory: expected a backend on that GPU (TensorRT, ONNX Runtime on CUDA), received "
                f"{self.backend.name} on {self.backend.device}; copy it to the host for this one"
            )
        return Sheet.load(cast(ImageSource, source), size, self.backend.min_input_size)

    def prepare_hints(self, sheet: Sheet, hints: Hints) -> Prepared:
        """Draw hints, let them vote, and let their colors flow.

        Raises:
            HintError: They do not fit the line art.
        """
        hints.warn_outside(sheet.geometry.width, sheet.geometry.height)
        return prepare_hints(hints, sheet.regions, sheet.geometry, self.confidence)

    def encode(self, sheets: Sequence[Sheet]) -> Any:
        """Run the line encoder on sheets of one padded size."""
        return self.backend.encode(np.concatenate([sheet.tensor for sheet in sheets]))

    def paint(self, encoded: Any, prepared: Sequence[Prepared]) -> Sequence[Painted]:
        """Run the painter on what was encoded: float32 3,H,W of each."""
        return [*encoded.backend.paint(encoded, np.stack([one.hint_map for one in prepared]))]


def make_renderer(backend: Backend, confidence: float) -> Renderer:
    """The renderer for a backend."""
    return Renderer(backend, confidence)


@dataclass(frozen=True)
class Colored:
    """One line art, colored.

    Attributes:
        sheet: The line art.
        hints: Its hints.
        prepared: The same, on it.
        painted: float32 3,H,W in [-1, 1], what the network made of them.
        look: How the picture is finished.
    """

    sheet: Sheet
    hints: Hints
    prepared: Prepared
    painted: Painted
    look: Look

    @cached_property
    def colors(self) -> NDArray[np.uint8]:
        """The colors beneath the lines, uint8 H,W,3 of the line art's size."""
        return self._paint(self.look)

    @cached_property
    def flats(self) -> NDArray[np.uint8]:
        """One color a region, uint8 H,W,3 of the line art's size."""
        return self._paint(Look("flat", exact=self.look.exact))

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture, uint8 H,W,3 of the line art's size."""
        return lay_over(self.colors, self.sheet.line_art, self.sheet.drawing, self.look)

    @property
    def picture(self) -> Image.Image:
        """The picture, RGB of the line art's size."""
        return Image.fromarray(self.pixels)

    def _paint(self, look: Look) -> NDArray[np.uint8]:
        sheet = self.sheet
        size = sheet.geometry.width, sheet.geometry.height
        painted = to_pixels(self.painted, sheet.geometry)
        return paint_colors(painted, self.prepared, sheet.drawing, sheet.regions, sheet.enlarger, look, size)
