"""The face of the runtime: line art and hints in, a colored picture out."""

import functools
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import numpy as np
from PIL import Image

from .backend import Backend, Precision
from .backends.registry import open_backend
from .bundle import DEFAULT, Bundle
from .errors import InputError
from .gpu.arrays import OnDevice, host_array
from .gpu.device import handle
from .hints.model import Hints, HintSource, Stroke
from .imaging.geometry import check_long_side
from .imaging.images import ImageSource, name_of
from .imaging.postprocess import Lines, check_lines
from .pipeline import Outcome, outcomes
from .renderer import GpuRenderer, make_renderer
from .sheet import SheetOnGpu, is_on_gpu


class Colorizer:
    """A loaded model. Safe to use from several threads.

    Args:
        model: Name of a bundled model, a bundle's folder, or an open bundle.
        backend: "auto" (the fastest that works here), "tensorrt", "openvino", "onnxruntime" or "eager".
        precision: "auto" (the fastest that the device computes well in), "fp32", "bf16" or "fp16".
        device: "cpu" or "cuda"; None takes the backend's best.
        size: The most pixels that the long side has in the network; larger line art is scaled down for the
            network alone: the picture has the line art's size, with its lines at full resolution. None takes
            the model's own.
        spread: How far the color of a hint flows through narrow places between the lines before the network sees
            it, in the network's pixels; where there is room it flows as far as that goes; 0 is not at all. None
            takes the model's own.
        threads: CPU threads of the network; None leaves it to the backend.
        cuda_graphs: Record CUDA graphs of runs that come again; None is the backend's default: TensorRT records, ONNX
            Runtime does not.
        build_engine: If TensorRT has no engine of the model, build it in the background; until then another backend
            serves.

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
        cuda_graphs: bool | None = None,
        build_engine: bool = False,
    ) -> None:
        check_long_side(size)
        if threads is not None and threads < 1:
            raise InputError(f"threads: expected at least 1, received {threads}")
        if spread is not None and spread < 0:
            raise InputError(f"spread: expected at least 0 pixels, received {spread}")
        self.bundle = Bundle.open(model)
        self.size = size or self.bundle.working_size
        self.spread = self.bundle.spread if spread is None else spread
        self._backend = open_backend(self.bundle, backend, precision, device, threads, cuda_graphs, build_engine)

    @property
    def backend(self) -> Backend:
        """What runs the network: its name, device and precision."""
        return self._backend

    @overload
    def colorize(
        self,
        line_art: ImageSource,
        hints: HintSource = None,
        *,
        lines: Lines = "multiply",
        out: None = None,
        stream: None = None,
    ) -> Image.Image: ...
    @overload
    def colorize(
        self,
        line_art: ImageSource | OnDevice,
        hints: HintSource = None,
        *,
        lines: Lines = "multiply",
        out: Any = None,
        stream: Any = None,
    ) -> Any: ...
    def colorize(
        self,
        line_art: ImageSource | OnDevice,
        hints: HintSource = None,
        *,
        lines: Lines = "multiply",
        out: Any = None,
        stream: Any = None,
    ) -> Any:
        """Color one line art.

        Args:
            line_art: Path, bytes, file, PIL image or array (see `images.load_line_art`); or an array of another
                library (torch, CuPy, PyCUDA: DLPack, the array interface, the CUDA array interface): in host memory,
                or uint8 H,W or H,W,3 in that of the backend's GPU, which is not copied.
            hints: Strokes, an RGBA layer, a JSON file, or None (see `Hints.of`).
            lines: "multiply" lays the original lines over the colors; "none" leaves them to the network.
            out: Where to write the picture: see `Canvas.render`.
            stream: On which to make it: see `Canvas.render`.

        Returns:
            RGB image of the line art's size; see `Canvas.render` for arrays on a GPU.

        Raises:
            InputError: Line art or hints that cannot be read, or do not fit each other.
        """
        check_lines(lines)
        return Canvas(self, line_art, hints, stream).render(lines, out=out, stream=stream)

    def canvas(self, line_art: ImageSource | OnDevice, hints: HintSource = None, stream: Any = None) -> "Canvas":
        """Encode a line art once, to render it many times under changing hints; `stream` as in `colorize`."""
        return Canvas(self, line_art, hints, stream)

    def stream(
        self,
        frames: Iterable[ImageSource],
        hints: HintSource | Iterator[HintSource] = None,
        *,
        batch_size: int = 4,
        lines: Lines = "multiply",
    ) -> Generator[Image.Image]:
        """Color frames, lazily and in order; decoding and finishing overlap with the network.

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
        colored = outcomes(
            self._backend, pairs, _picture, size=self.size, batch_size=batch_size, lines=lines, reach=self.spread
        )
        return _pictures(colored)

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

    def __init__(
        self,
        colorizer: Colorizer,
        line_art: ImageSource | OnDevice,
        hints: HintSource = None,
        stream: Any = None,
    ) -> None:
        self._renderer = renderer = make_renderer(colorizer.backend.serving, colorizer.spread)
        start = None if stream is None else handle(stream)
        self._sheet = renderer.sheet(line_art, colorizer.size, start)
        self.hints = Hints.of(hints)
        if isinstance(renderer, GpuRenderer):
            self._encoded: Any = renderer.encode([self._sheet], start)
        else:
            self._encoded = renderer.encode([self._sheet])

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
        self._drawn = self._renderer.draw(new, self._sheet.geometry)
        self._hints = new

    def add(self, *strokes: Stroke) -> None:
        """Paint strokes over the hints."""
        self._hints = self._hints.add(*strokes)
        self._drawn = self._renderer.add(self._drawn, strokes, self._sheet.geometry)

    def undo(self) -> None:
        """Take the last stroke back; without strokes, nothing happens."""
        self.hints = Hints(self._hints.strokes[:-1], self._hints.layer, self._hints.name)

    @overload
    def render(self, lines: Lines = "multiply", *, out: None = None, stream: None = None) -> Image.Image: ...
    @overload
    def render(self, lines: Lines = "multiply", *, out: Any = None, stream: Any = None) -> Any: ...
    def render(self, lines: Lines = "multiply", *, out: Any = None, stream: Any = None) -> Any:
        """The picture under the present hints.

        Args:
            lines: See `Colorizer.colorize`.
            out: Array uint8 H,W,3 of the line art's size, to be overwritten: NumPy's or of another library (torch,
                CuPy, PyCUDA), in host memory or on the backend's GPU. None makes a new picture.
            stream: Of torch, CuPy or PyCUDA, or its handle: the picture is made in its order, and nothing waits on
                the host. Only for pictures on a GPU; None waits until the picture is there.

        Returns:
            `out`; without it an RGB image of the line art's size, or, where the line art is on a GPU, a
            `DeviceArray` there, which torch.as_tensor, torch.from_dlpack and cupy.asarray take without a copy.

        Raises:
            InputError: `out` has another shape or type, or lies where the backend cannot write.
        """
        check_lines(lines)
        renderer, sheet = self._renderer, self._sheet
        prepared = renderer.prepare_hints(sheet, self._drawn)
        there = out is not None and is_on_gpu(out)
        if isinstance(renderer, GpuRenderer) and (there or (out is None and isinstance(sheet, SheetOnGpu))):
            start = None if stream is None else handle(stream)
            made = renderer.paint_into(self._encoded, sheet, prepared, lines, out, start)
            return made if out is None else out
        if there or stream is not None:
            raise InputError(
                "out, stream: expected a backend on a GPU, and line art or out in its memory; received "
                f"{renderer.backend.name} on {renderer.backend.device}"
            )
        image = renderer.picture(sheet, renderer.paint(self._encoded, [sheet], [prepared], lines)[0], lines)
        return image if out is None else _written(out, image)


@overload
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
    out: None = None,
    stream: None = None,
) -> Image.Image: ...
@overload
def colorize(
    line_art: ImageSource | OnDevice,
    hints: HintSource = None,
    *,
    model: str | Path = DEFAULT,
    backend: str = "auto",
    precision: Precision = "auto",
    size: int | None = None,
    spread: int | None = None,
    lines: Lines = "multiply",
    out: Any = None,
    stream: Any = None,
) -> Any: ...
def colorize(
    line_art: ImageSource | OnDevice,
    hints: HintSource = None,
    *,
    model: str | Path = DEFAULT,
    backend: str = "auto",
    precision: Precision = "auto",
    size: int | None = None,
    spread: int | None = None,
    lines: Lines = "multiply",
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Color one line art; the model stays loaded for the next call.

    Arguments, result and errors are those of `Colorizer` and `Colorizer.colorize`.
    """
    colorizer = _shared(str(model), backend, precision, size, spread)
    return colorizer.colorize(line_art, hints, lines=lines, out=out, stream=stream)


@functools.lru_cache(maxsize=4)
def _shared(model: str, backend: str, precision: Precision, size: int | None, spread: int | None) -> Colorizer:
    return Colorizer(model, backend=backend, precision=precision, size=size, spread=spread)


def _written(out: Any, image: Image.Image) -> Any:
    """`out`, with the picture in it."""
    array = host_array(out)
    if array is None or array.dtype != np.uint8 or array.shape != (image.height, image.width, 3):
        received = type(out).__name__ if array is None else f"{array.dtype} {array.shape}"
        raise InputError(f"out: expected uint8 ({image.height}, {image.width}, 3), received {received}")
    if not array.flags.writeable:
        raise InputError(f"out: expected an array to write to, received one of {type(out).__name__} that is read-only")
    array[...] = np.asarray(image)
    return out


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
