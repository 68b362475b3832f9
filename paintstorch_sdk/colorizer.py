"""The face of the runtime: line art and hints in, a colored picture out."""

import functools
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self, Unpack, overload

from PIL import Image

from .arguments import checked
from .backend import Backend, Precision
from .backends.registry import open_backend, open_shader
from .bundle import DEFAULT, Bundle, find_model
from .canvas import Canvas
from .errors import InputError
from .hints.model import Hints, HintSource
from .imaging.arrays import OnDevice
from .imaging.geometry import check_long_side
from .imaging.images import ImageSource, name_of
from .look import Look, LookOptions
from .pipeline import Outcome, color_frames
from .renderer import Colored


class Colorizer:
    """A loaded model. Safe to use from several threads.

    Args:
        model: Name of a bundled model, a bundle's folder, or an open bundle.
        backend: "auto" (the fastest that works here), "tensorrt", "openvino", "onnxruntime" or "eager".
        precision: "auto" (the fastest that the device computes well in), "fp32", "bf16", "fp16" or "int8".
        device: "cpu" or "cuda"; None takes the backend's best.
        size: The most pixels that the long side has in the network; larger line art is scaled down for the
            network alone: the picture has the line art's size, with its lines at full resolution. None takes
            the model's own.
        flow: Whether the colors of strokes flow over their regions before the network sees them; None takes the
            model's own way, the one that it was trained with, and the only one that int8 is proven on.
        threads: CPU threads of the network; None leaves it to the backend.
        cuda_graphs: Record CUDA graphs of runs that come again; None is the backend's default: TensorRT records, ONNX
            Runtime does not.
        build_engine: If TensorRT has no engine of the model, build it in the background; until then another backend
            serves.

    Raises:
        ModelError: The model cannot be used.
        BackendError: The backend cannot run here as asked.
        InputError: An argument has a value that it cannot have.
    """

    @checked
    def __init__(
        self,
        model: str | Path | Bundle = DEFAULT,
        *,
        backend: str = "auto",
        precision: Precision = "auto",
        device: str | None = None,
        size: int | None = None,
        flow: bool | None = None,
        threads: int | None = None,
        cuda_graphs: bool | None = None,
        build_engine: bool = False,
    ) -> None:
        check_long_side(size)
        self._made_with = (backend, precision, device, size, flow, threads, cuda_graphs, build_engine)
        self.bundle = Bundle.open(model)
        self.size = size or self.bundle.working_size
        self.confidence = self.bundle.confidence if flow is None else flow * (self.bundle.confidence or 1.0)
        bundle = self.bundle
        if self.confidence != bundle.confidence:
            if precision == "int8":
                raise InputError(
                    f"precision int8: expected the model's own flow, which it is proven on, received flow={flow}; "
                    f"leave flow out, or choose another precision"
                )
            bundle = bundle.without_int8()
        self._backend = open_backend(bundle, backend, precision, device, threads, cuda_graphs, build_engine)
        self.shader = open_shader(self.bundle, self._backend.name, threads)

    @property
    def backend(self) -> Backend:
        """The backend that runs the network: its name, device and precision."""
        return self._backend

    def with_size(self, size: int) -> "Colorizer":
        """The same loaded network at another working size; closing one closes both.

        Raises:
            InputError: `size` is no side of the network's input.
        """
        check_long_side(size)
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, size=size, _made_with=(*self._made_with[:3], size, *self._made_with[4:]))
        return twin

    @overload
    def colorize(
        self,
        line_art: ImageSource,
        hints: HintSource = None,
        *,
        out: None = None,
        stream: None = None,
        **look: Unpack[LookOptions],
    ) -> Image.Image: ...
    @overload
    def colorize(
        self,
        line_art: ImageSource | OnDevice,
        hints: HintSource = None,
        *,
        out: Any = None,
        stream: Any = None,
        **look: Unpack[LookOptions],
    ) -> Any: ...
    def colorize(
        self,
        line_art: ImageSource | OnDevice,
        hints: HintSource = None,
        *,
        out: Any = None,
        stream: Any = None,
        **look: Unpack[LookOptions],
    ) -> Any:
        """Color one line art.

        Args:
            line_art: Path, bytes, file, PIL image or array (see `images.load_line_art`); or an array of another
                library (torch, CuPy, PyCUDA: DLPack, the array interface, the CUDA array interface): in host memory,
                or uint8 H,W or H,W,3 in that of the backend's GPU.
            hints: Strokes, an RGBA layer, a JSON file, or None (see `Hints.of`).
            out: Where to write the picture: see `Canvas.render`.
            stream: Stream on which to make it: see `Canvas.render`.
            **look: Style and finish: `style`, `strength`, `light`, `exact`, `lines`, `clean_paper`, `palette`; see
                `Look`.

        Returns:
            RGB image of the line art's size; see `Canvas.render` for arrays on a GPU.

        Raises:
            InputError: Line art or hints that cannot be read, or do not fit each other.
        """
        Look(**look)  # before any work
        return self.canvas(line_art, hints, stream).render(out=out, stream=stream, **look)

    def canvas(self, line_art: ImageSource | OnDevice, hints: HintSource = None, stream: Any = None) -> Canvas:
        """Encode a line art once, to render it many times under changing hints; `stream` as in `colorize`."""
        return Canvas(
            self._backend.serving.make_renderer(self.confidence), line_art, hints, self.size, stream, self.shader
        )

    @checked
    def stream(
        self,
        frames: Iterable[ImageSource],
        hints: HintSource | Iterator[HintSource] = None,
        *,
        batch_size: int = 4,
        **look: Unpack[LookOptions],
    ) -> Generator[Image.Image]:
        """Color frames, lazily and in order; decoding and finishing overlap with the network.

        Args:
            frames: Line art, read a little ahead of the pictures that are taken.
            hints: Hints of all frames; or an iterator that gives each frame its own.
            batch_size: The most frames of one size that run through the network together.
            **look: See `colorize`.

        Returns:
            A generator of RGB images of the frames' sizes. Closing it ends its threads.

        Raises:
            InputError: An argument has a value that it cannot have; or, from the generator, a frame or its hints
                cannot be read, or there are fewer hints than frames: the frames before it were given.
        """
        if isinstance(frames, str | bytes):
            raise InputError(f"frames: expected several line arts, received {name_of(frames)}")
        pairs: Iterable[tuple[ImageSource, HintSource]]
        if isinstance(hints, Iterator) and not hasattr(hints, "read"):  # files are iterators, too
            pairs = _pair(frames, hints)
        else:
            same = Hints.of(hints)  # type: ignore[arg-type]
            pairs = ((frame, same) for frame in frames)
        outcomes = color_frames(
            self._backend,
            pairs,
            _take_picture,
            size=self.size,
            batch_size=batch_size,
            confidence=self.confidence,
            look=Look(**look),
            shader=self.shader,
        )
        return _yield_pictures(outcomes)

    def close(self) -> None:
        """Release the model; the Colorizer and its canvases cannot be used afterwards."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles as what it was made of: another process loads the model anew."""
        return _remake, (str(self.bundle.path), self._made_with)

    def __repr__(self) -> str:
        b = self._backend
        return f"<Colorizer {self.bundle.name} on {b.name} {b.device} {b.precision}, up to {self.size} px>"


@overload
def colorize(
    line_art: ImageSource,
    hints: HintSource = None,
    *,
    model: str | Path = DEFAULT,
    backend: str = "auto",
    precision: Precision = "auto",
    size: int | None = None,
    out: None = None,
    stream: None = None,
    **look: Unpack[LookOptions],
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
    out: Any = None,
    stream: Any = None,
    **look: Unpack[LookOptions],
) -> Any: ...
@checked
def colorize(
    line_art: ImageSource | OnDevice,
    hints: HintSource = None,
    *,
    model: str | Path = DEFAULT,
    backend: str = "auto",
    precision: Precision = "auto",
    size: int | None = None,
    out: Any = None,
    stream: Any = None,
    **look: Unpack[LookOptions],
) -> Any:
    """Color one line art; the model stays loaded for the next call.

    Arguments, result and errors are those of `Colorizer` and `Colorizer.colorize`.
    """
    colorizer = _share_colorizer(find_model(model), backend, precision, size)
    return colorizer.colorize(line_art, hints, out=out, stream=stream, **look)


def _remake(model: str, made_with: tuple[Any, ...]) -> Colorizer:
    names = ("backend", "precision", "device", "size", "flow", "threads", "cuda_graphs", "build_engine")
    return Colorizer(model, **dict(zip(names, made_with, strict=True)))


@functools.lru_cache(maxsize=4)
def _share_colorizer(model: Path, backend: str, precision: Precision, size: int | None) -> Colorizer:
    return Colorizer(model, backend=backend, precision=precision, size=size)


def _take_picture(index: int, colored: Colored) -> Image.Image:
    return colored.picture


def _yield_pictures(results: Generator[Outcome[Image.Image]]) -> Generator[Image.Image]:
    with closing(results):
        for outcome in results:
            if outcome.error is not None:
                raise outcome.error
            assert outcome.value is not None
            yield outcome.value


def _pair(frames: Iterable[ImageSource], hints: Iterator[HintSource]) -> Iterator[tuple[ImageSource, HintSource]]:
    for index, frame in enumerate(frames):
        try:
            own = next(hints)
        except StopIteration:
            raise InputError(f"hints: expected one for each frame, received {index}") from None
        yield frame, own
