"""The face of the runtime: line art and hints in, a coloured picture out."""

import functools
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

from .backends import open_backend
from .backends.base import Backend, Precision
from .bundle import DEFAULT, Bundle
from .errors import InputError
from .geometry import MULTIPLE
from .hints import Hints, HintSource, Stroke, draw_strokes
from .images import ImageSource, name_of
from .pipeline import Outcome, Sheet, outcomes
from .postprocess import Lines, check_lines, colour_image


class Colorizer:
    """A loaded model. Safe to use from several threads.

    Args:
        model: Name of a bundled model, a bundle's folder, or an open bundle.
        backend: "auto" (the fastest that works here), "openvino", "onnxruntime" or "eager".
        precision: "auto" (the fastest that the device computes well in), "fp32", "bf16" or "fp16".
        device: "cpu" or "cuda"; None takes the backend's best.
        size: The most pixels that the long side has in the network; larger line art is scaled down for the
            network alone: the picture has the line art's size, with its lines at full resolution. None takes
            the model's own.
        spread: How far the colour of a hint flows between the lines before the network sees it, in the network's
            pixels; 0 is not at all. None takes the model's own.
        threads: CPU threads of the network; None leaves it to the backend.

    Raises:
        ModelError: The model cannot be used.
        BackendError: The backend cannot run here as asked.
        InputError: An argument is none of its values.
    """

    def __init__(
        self,
        model: str | Path | Bundle = DEFAULT,
        *,
        backend: str = "auto",
        precision: Precision = "auto",
        device: str | None = None,
        size: int | None = None,
        spread: int | None = None,
        threads: int | None = None,
    ) -> None:
        if size is not None and size < MULTIPLE:
            raise InputError(f"working size: expected at least {MULTIPLE} pixels, received {size}")
        if threads is not None and threads < 1:
            raise InputError(f"threads: expected at least 1, received {threads}")
        if spread is not None and spread < 0:
            raise InputError(f"spread: expected at least 0 pixels, received {spread}")
        self.bundle = Bundle.open(model)
        self.size = size or self.bundle.working_size
        self.spread = self.bundle.spread if spread is None else spread
        self._backend = open_backend(self.bundle, backend, precision, device, threads)

    @property
    def backend(self) -> Backend:
        """What runs the network: its name, device and precision."""
        return self._backend

    def colorize(self, line_art: ImageSource, hints: HintSource = None, *, lines: Lines = "multiply") -> Image.Image:
        """Colour one line art.

        Args:
            line_art: Path, bytes, file, PIL image or array (see `images.load_line_art`).
            hints: Strokes, an RGBA layer, a JSON file, or None (see `Hints.of`).
            lines: "multiply" lays the original lines over the colours; "none" leaves them to the network.

        Returns:
            RGB image of the line art's size.

        Raises:
            InputError: Line art or hints that cannot be read, or do not fit each other.
        """
        check_lines(lines)
        return Canvas(self, line_art, hints).render(lines)

    def canvas(self, line_art: ImageSource, hints: HintSource = None) -> "Canvas":
        """Encode a line art once, to render it many times under changing hints."""
        return Canvas(self, line_art, hints)

    def stream(
        self,
        frames: Iterable[ImageSource],
        hints: HintSource | Iterator[HintSource] = None,
        *,
        batch_size: int = 4,
        lines: Lines = "multiply",
    ) -> Generator[Image.Image]:
        """Colour frames, lazily and in order; decoding and finishing overlap with the network.

        Args:
            frames: Line art, read a little ahead of the pictures that are taken.
            hints: For all frames the same; or an iterator that gives each frame its own.
            batch_size: The most frames of one size that run through the network together.
            lines: See `colorize`.

        Returns:
            A generator of RGB images of the frames' sizes. Closing it ends its threads.

        Raises:
            InputError: An argument is none of its values; or, from the generator, a frame or its hints cannot be
                read, or there are fewer hints than frames: the frames before it were given.
        """
        if isinstance(frames, str | bytes):
            raise InputError(f"frames: expected several line arts, received {name_of(frames)}")
        if isinstance(hints, Iterator) and not hasattr(hints, "read"):  # files are iterators, too
            pairs = _paired(frames, hints)
        else:
            same = Hints.of(hints)  # type: ignore[arg-type]
            pairs = ((frame, same) for frame in frames)
        coloured = outcomes(
            self._backend, pairs, _picture, size=self.size, batch_size=batch_size, lines=lines, reach=self.spread
        )
        return _pictures(coloured)

    def close(self) -> None:
        """Release the model; the Colorizer and its canvases cannot be used afterwards."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        b = self._backend
        return f"<Colorizer {self.bundle.name} on {b.name} {b.device} {b.precision}, up to {self.size} px>"


class Canvas:
    """One line art, encoded once, and the hints on it. Belongs to one thread at a time.

    Made by `Colorizer.canvas`. While hints change only the painter runs.
    """

    def __init__(self, colorizer: Colorizer, line_art: ImageSource, hints: HintSource = None) -> None:
        self._backend = colorizer.backend
        self._spread = colorizer.spread
        self._sheet = Sheet.load(line_art, colorizer.size)
        self.hints = Hints.of(hints)
        self._encoded = self._backend.encode(self._sheet.tensor)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the line art and of the picture, pixels."""
        return self._sheet.geometry.width, self._sheet.geometry.height

    @property
    def hints(self) -> Hints:
        """The hints so far; assign to replace them."""
        return self._hints

    @hints.setter
    def hints(self, hints: HintSource) -> None:
        new = Hints.of(hints)
        self._map = new.rasterize(self._sheet.geometry)
        self._hints = new

    def add(self, *strokes: Stroke) -> None:
        """Paint strokes over the hints."""
        self._hints = self._hints.add(*strokes)
        draw_strokes(self._map, strokes, self._sheet.geometry.to_hint_map)

    def undo(self) -> None:
        """Take the last stroke back; without strokes, nothing happens."""
        self.hints = Hints(self._hints.strokes[:-1], self._hints.layer, self._hints.name)

    def render(self, lines: Lines = "multiply") -> Image.Image:
        """The picture under the present hints: an RGB image of the line art's size."""
        check_lines(lines)
        hint_map = self._sheet.spread(self._map, self._spread)
        colour = self._backend.paint(self._encoded, hint_map[np.newaxis])
        return colour_image(colour[0], self._sheet.geometry, self._sheet.line_art, lines)


def colorize(
    line_art: ImageSource,
    hints: HintSource = None,
    *,
    model: str | Path = DEFAULT,
    backend: str = "auto",
    precision: Precision = "auto",
    size: int | None = None,
    spread: int | None = None,
    lines: Lines = "multiply",
) -> Image.Image:
    """Colour one line art; the model stays loaded for the next call.

    Arguments, result and errors are those of `Colorizer` and `Colorizer.colorize`.
    """
    return _shared(str(model), backend, precision, size, spread).colorize(line_art, hints, lines=lines)


@functools.lru_cache(maxsize=4)
def _shared(model: str, backend: str, precision: Precision, size: int | None, spread: int | None) -> Colorizer:
    return Colorizer(model, backend=backend, precision=precision, size=size, spread=spread)


def _picture(index: int, image: Image.Image) -> Image.Image:
    return image


def _pictures(results: Generator[Outcome[Image.Image]]) -> Generator[Image.Image]:
    with closing(results):
        for outcome in results:
            if outcome.error is not None:
                raise outcome.error
            assert outcome.value is not None
            yield outcome.value


def _paired(frames: Iterable[ImageSource], hints: Iterator[HintSource]) -> Iterator[tuple[ImageSource, HintSource]]:
    for index, frame in enumerate(frames):
        try:
            own = next(hints)
        except StopIteration:
            raise InputError(f"hints: expected one for each frame, received {index}") from None
        yield frame, own
