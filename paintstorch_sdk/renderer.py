"""Around the network: from line art and hints to pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .backend import Backend, Encoded, Shader
from .composition import Composition, Lines
from .errors import InputError
from .hints.explain import Region, explain_votes
from .hints.kinship import Kinship, choose_kin
from .hints.model import Hints, HintSource
from .imaging.arrays import OnDevice, host_array, on_device
from .imaging.geometry import HINT_STEP, Geometry
from .imaging.images import ImageSource
from .imaging.packed import Packed, to_image, unpack
from .imaging.tiles import Tile, cut_tiles
from .look import Look
from .painting import Prepared, find_kinship, list_colors, plan_colors, prepare_hints, to_pixels
from .sheet import Sheet

Painted = NDArray[np.float32]


@dataclass(frozen=True)
class Target:
    """Where a picture goes.

    Attributes:
        out: Array uint8 H,W,3 of the picture's size that is overwritten; None makes a new picture.
        stream: Stream of torch, CuPy or PyCUDA, or its handle, in whose order the picture is there; None waits for it.
        on_gpu: Whether it is to lie in the memory of the backend's GPU.
    """

    out: Any = None
    stream: Any = None
    on_gpu: bool = False


@dataclass(frozen=True)
class EncodedTiles(Encoded):
    """A line art too long for one run: `sums` are its encoded tiles."""

    tiles: tuple[Tile, ...]


def _along(tensor: NDArray[np.float32], start: int, stop: int) -> NDArray[np.float32]:
    """A part of N,C,H,W along its longer side."""
    return tensor[:, :, start:stop] if tensor.shape[2] >= tensor.shape[3] else tensor[..., start:stop]


class Renderer:
    """The work before and after the network, on the host. Safe to use from several threads.

    Args:
        backend: Runs the network.
        confidence: Mask that the network reads where colors flowed from strokes (see `flow`); 0 lets none flow.
    """

    def __init__(self, backend: Backend, confidence: float) -> None:
        self.backend, self.confidence = backend, confidence

    def load_sheet(self, source: ImageSource | OnDevice | Sheet, size: int, stream: Any = None) -> Sheet:
        """Read line art, at a working size (see `Sheet.load`); `stream` is that of an array on a GPU.

        A sheet was read before the backend was known: it stays as it is where the backend takes its size.
        """
        self.backend.check_open()
        least, most = self.backend.min_input_size, self.backend.max_input_size
        if isinstance(source, Sheet):
            geometry = Geometry.fit(source.geometry.width, source.geometry.height, size, least, most)
            return source if source.geometry == geometry else Sheet(source.line_art, geometry)
        if on_device(source):
            raise InputError(
                f"line art in GPU memory: expected a backend on that GPU (TensorRT, ONNX Runtime on CUDA), received "
                f"{self.backend.name} on {self.backend.device}; copy it to the host for this one"
            )
        return Sheet.load(cast(ImageSource, source), size, least, most)

    def load_hints(self, source: HintSource, sheet: Sheet, stream: Any = None, first: int = 0) -> Hints:
        """Read hints (see `Hints.of`); `stream` is that of an array on a GPU. Strokes before the `first` are known.

        Raises:
            HintError: They do not fit the line art.
        """
        hints = Hints.of(source).on(sheet.line_art)
        hints.check(sheet.geometry)
        hints.warn_outside(sheet.geometry.width, sheet.geometry.height, first)
        return hints

    def prepare_sheet(self, sheet: Sheet) -> None:
        """Find out all that `encode` and `Colored` ask of line art now, in the thread that decodes."""
        sheet.tensor, sheet.enlarger  # noqa: B018

    def prepare_hints(self, sheet: Sheet, hints: Hints, before: Prepared | None = None) -> Prepared:
        """Draw hints, let them vote, and let their colors flow; `before` are other hints on the same sheet.

        Raises:
            HintError: They do not fit the line art.
        """
        return prepare_hints(hints, sheet.regions, sheet.geometry, self.confidence, before)

    def encode(self, sheets: Sequence[Sheet]) -> Encoded:
        """Run the line encoder on sheets of one padded size; on long ones, tile by tile."""
        line_art = np.concatenate([sheet.tensor for sheet in sheets])
        count, _, height, width = line_art.shape
        tiles = cut_tiles(max(height, width))
        if len(tiles) == 1:
            return self.backend.encode(line_art)
        parts = tuple(self.backend.encode(_along(line_art, tile.start, tile.stop)) for tile in tiles)
        return EncodedTiles(self.backend, (count, height, width), parts, tiles)

    def paint(self, encoded: Encoded, prepared: Sequence[Prepared]) -> Sequence[Painted]:
        """Run the painter on what was encoded: float32 3,H,W of each."""
        hints = np.stack([one.hint_map for one in prepared])
        if not isinstance(encoded, EncodedTiles):
            return [*encoded.backend.paint(encoded, hints)]
        count, height, width = encoded.shape
        painted = np.empty((count, 3, height, width), np.float32)
        for part, tile in zip(encoded.sums, encoded.tiles, strict=True):
            of_tile = _along(hints, tile.start // HINT_STEP, tile.stop // HINT_STEP)
            kept = _along(encoded.backend.paint(part, of_tile), tile.first - tile.start, tile.last - tile.start)
            _along(painted, tile.first, tile.last)[...] = kept
        return [*painted]

    def render_on_device(
        self, encode: Callable[[], Encoded], sheet: Sheet, hints: Hints, look: Look, target: Target
    ) -> Any | None:
        """The picture, as `deliver` hands it over, if the device can make all of it; else None."""
        return None

    def deliver(self, pixels: NDArray[np.uint8], target: Target) -> Any:
        """Hand a picture over.

        Args:
            pixels: uint8 H,W,3.
            target: Where it goes.

        Returns:
            `target.out`, or a new picture: an RGB image, or, on a GPU, a `DeviceArray`.

        Raises:
            InputError: It does not fit there, or the backend cannot write there.
        """
        if target.on_gpu or target.stream is not None:
            raise InputError(
                f"out, stream: expected a backend on a GPU, and line art or out in its memory; received "
                f"{self.backend.name} on {self.backend.device}"
            )
        return Image.fromarray(pixels) if target.out is None else _write(target.out, pixels)


def _write(out: Any, pixels: NDArray[np.uint8]) -> Any:
    """`out`, with the picture in it."""
    array = host_array(out)
    if array is None or array.dtype != np.uint8 or array.shape != pixels.shape:
        received = type(out).__name__ if array is None else f"{array.dtype} {array.shape}"
        raise InputError(f"out: expected uint8 {pixels.shape}, received {received}")
    if not array.flags.writeable:
        raise InputError(f"out: expected an array to write to, received one of {type(out).__name__} that is read-only")
    array[...] = pixels
    return out


@dataclass(frozen=True)
class Colored:
    """One line art, colored.

    Attributes:
        sheet: The line art.
        hints: Its hints.
        prepared: The same, on it.
        painted: float32 3,H,W in [-1, 1], what the network made of them; or a function that gives it, called where
            the picture needs it.
        look: How the picture is finished.
        shader: Finds the shadows, and what regions are, where the model has networks for that.
        composition: The last picture of the line art, where the next is to be made from it.
    """

    sheet: Sheet
    hints: Hints
    prepared: Prepared
    painted: Painted | Callable[[], Painted]
    look: Look
    shader: Shader | None = None
    composition: Composition | None = None

    @cached_property
    def colors(self) -> NDArray[np.uint8]:
        """The colors beneath the lines, uint8 H,W,3 of the line art's size."""
        return unpack(self._compose(self.look, None))

    @cached_property
    def flats(self) -> NDArray[np.uint8]:
        """One color a region, uint8 H,W,3 of the line art's size."""
        return unpack(self._compose(replace(self.look, style="flat"), None))

    @property
    def regions(self) -> list[Region]:
        """The regions of the drawing: color, area, and why they have that color."""
        regions, votes, marks = self.sheet.regions, self.prepared.votes, self.prepared.marks
        kinship = find_kinship(votes, self.look, self._relate)
        kin = choose_kin(kinship, votes, marks, regions) if kinship else None
        return explain_votes(regions, marks, votes, kin)

    @property
    def palette(self) -> dict[tuple[int, int, int], list[int]]:
        """The colors of flats and strokes, and the numbers of the regions that have each; paper is left out."""
        sheet = self.sheet
        parts = self.prepared, sheet.drawing, sheet.regions, sheet.enlarger
        return list_colors(self._paint, *parts, self.look, self._relate)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture, uint8 H,W,3 of the line art's size."""
        return unpack(self._compose(self.look, self.sheet.choose_lines(self.look)))

    @property
    def picture(self) -> Image.Image:
        """The picture, RGB of the line art's size."""
        return to_image(self._compose(self.look, self.sheet.choose_lines(self.look)))

    def _paint(self) -> NDArray[np.uint8]:
        painted = self.painted() if callable(self.painted) else self.painted
        return to_pixels(painted, self.sheet.geometry)

    @property
    def _relate(self) -> Callable[[], Kinship | None] | None:
        return None if self.shader is None else partial(self.sheet.find_kinship, self.shader)

    def _compose(self, look: Look, lines: Lines | None) -> Packed:
        sheet = self.sheet
        mirrored = look.light == "right"
        find = None if self.shader is None else partial(sheet.find_shadows, self.shader, mirrored=mirrored)
        parts = self.prepared, sheet.drawing, sheet.regions, sheet.enlarger
        recipe = plan_colors(self._paint, *parts, look, find, self._relate)
        return (self.composition or sheet.start_composition()).compose(recipe, lines)
