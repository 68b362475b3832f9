"""The only module of the service that talks to the colorizer: models, canvases, pictures, files."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import cast

import cv2
import numpy as np
from PIL import Image

from ..backend import Precision
from ..bundle import Bundle
from ..canvas import Canvas
from ..colorizer import Colorizer
from ..errors import BackendError, InputError
from ..hints.model import Hints, Stroke
from ..layers.stack import Layer
from ..look import STYLES, Lines, LookOptions
from . import pictures
from .pictures import LineArt
from .schemas import DrawingLook, ModelInfo
from .settings import Settings

SIZES = (256, 384, 512, 768, 1024)  # that clients choose from; any multiple of 32 is taken
MAX_SIZE = 2048
PREVIEW_SIZE = 192  # of the long side in the network
PREVIEW_PIXELS = 384  # of the long side of a preview
# What a canvas holds for each pixel, beside line art and the network's partial sums: paper, regions, marks, ways.
PIXEL_BYTES = 20
WORKING_BYTES = 20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a picture of a drawing is made of.

    Attributes:
        version: Version of the drawing.
        hints: Hints in pixels of the line art.
        look: How it is painted.
    """

    version: int
    hints: Hints
    look: DrawingLook


@dataclass(frozen=True, slots=True)
class OneShot:
    """Line art and hints that are painted once."""

    line_art: LineArt
    hints: Hints
    look: DrawingLook
    lines: Lines

    @property
    def options(self) -> LookOptions:
        """The look as the runtime takes it."""
        return look_options(self.look, self.lines)


class ModelPool:
    """The models of a server, loaded when they are first used. Safe to use from several threads.

    Args:
        settings: Models, backend, limits.

    Raises:
        ModelError: A model cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        bundles = [Bundle.open(model) for model in settings.models]
        self.bundles = {bundle.name: bundle for bundle in bundles}
        self.default = bundles[0].name
        self._colorizers: dict[str, Colorizer] = {}
        self._lock = threading.Lock()

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models that clients may choose from."""
        return tuple(
            ModelInfo(
                name=bundle.name,
                working_size=bundle.working_size,
                sizes=tuple(sorted({*SIZES, bundle.working_size})),
                license=str(bundle.manifest["license"]) if "license" in bundle.manifest else None,
                bytes=bundle.bytes,
            )
            for bundle in self.bundles.values()
        )

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles of the runtime, the default first."""
        return STYLES

    def check(self, look: DrawingLook) -> None:
        """Raise InputError where a look names what this server has not."""
        if look.model is not None and look.model not in self.bundles:
            raise InputError(f"model: expected one of {', '.join(self.bundles)}, received {look.model!r}")
        if look.style is not None and look.style not in self.styles:
            raise InputError(f"style: expected one of {', '.join(self.styles)}, received {look.style!r}")
        if look.size is not None and (look.size % 32 or look.size > MAX_SIZE):
            raise InputError(f"size: expected a multiple of 32 up to {MAX_SIZE}, received {look.size}")

    def colorizer(self, look: DrawingLook, size: int | None = None) -> Colorizer:
        """The colorizer of a look's model, at a working size; all sizes share one loaded network."""
        name = look.model or self.default
        with self._lock:
            loaded = self._colorizers.get(name)
            if loaded is None:
                loaded = self._colorizers[name] = Colorizer(
                    self.bundles[name],
                    backend=self._settings.backend,
                    precision=cast(Precision, self._settings.precision),
                    device=self._settings.device,
                    threads=self._settings.threads,
                )
        return loaded.with_size(size or look.size or loaded.size)

    def warm_up(self) -> None:
        """Load the default model and run it once, so that the first user does not wait for it."""
        paper = np.full((PREVIEW_PIXELS, PREVIEW_PIXELS), 255, np.uint8)
        Easel(self, paper, DrawingLook()).paint(Snapshot(0, Hints(), DrawingLook()))

    def describe_backend(self, look: DrawingLook) -> tuple[str, str, str]:
        """Name, device and precision of what runs the network."""
        backend = self.colorizer(look).backend
        return backend.name, backend.device, backend.precision

    def batch_limit(self, look: DrawingLook) -> int:
        """Pictures of one size in one run of the network: a CPU gains nothing from more than one."""
        return 1 if self.describe_backend(look)[1] == "cpu" else 4

    def paint_batch(self, jobs: Sequence[OneShot]) -> list[Image.Image | Exception]:
        """Paint line arts of one size and look; what fails is the error of that one alone."""
        first = jobs[0]
        colorizer = self.colorizer(first.look)
        if len(jobs) > 1:
            try:
                frames, hints = [job.line_art for job in jobs], iter([job.hints for job in jobs])
                return list(colorizer.stream(frames, hints, batch_size=len(jobs), **first.options))
            except Exception:  # whichever it was, each is now tried alone
                pass
        return [_attempt(partial(_paint_once, colorizer, job)) for job in jobs]

    def layers(self, job: OneShot) -> list[Layer]:
        """A one-shot in layers."""
        return self.colorizer(job.look).canvas(job.line_art, job.hints).layers(**job.options)

    def close(self) -> None:
        """Release the models."""
        with self._lock:
            for colorizer in self._colorizers.values():
                colorizer.close()
            self._colorizers.clear()


class Easel:
    """The canvases of one drawing under one model and size: the full one, and a small one for previews.

    Safe to use from several threads: one at a time paints.

    Args:
        painter: Has the models.
        line_art: uint8 H,W or H,W,3.
        look: Its model and size are this easel's.

    Attributes:
        bytes: What its canvases hold once they are there, about.
    """

    def __init__(self, painter: ModelPool, line_art: LineArt, look: DrawingLook) -> None:
        self.key = easel_key(look)
        self.line_art = line_art
        self._painter, self._look = painter, look
        self.bytes = self._count_bytes()
        self._lock = threading.Lock()
        self._small_lock = threading.Lock()

    def _count_bytes(self) -> int:
        colorizer = self._painter.colorizer(self._look)
        full, small = float(self.line_art.shape[0]) * self.line_art.shape[1], float(PREVIEW_PIXELS**2)
        working = min(full, full * (colorizer.size / max(self.line_art.shape[:2])) ** 2) + PREVIEW_SIZE**2
        sums = sum(channels / scale**2 for channels, scale in colorizer.bundle.partial_sums.values())
        number = 4 if colorizer.backend.precision == "fp32" else 2
        pixels = PIXEL_BYTES * (full + min(full, small)) + (WORKING_BYTES + number * sums) * working
        return int(self.line_art.nbytes + pixels)

    @cached_property
    def _canvas(self) -> Canvas:
        return self._painter.colorizer(self._look).canvas(self.line_art)

    @cached_property
    def _small(self) -> Canvas:
        scale = self._scale
        size = max(1, round(self.line_art.shape[1] * scale)), max(1, round(self.line_art.shape[0] * scale))
        return self._painter.colorizer(self._look, PREVIEW_SIZE).canvas(_reduced(self.line_art, size))

    @property
    def _scale(self) -> float:
        return min(1.0, PREVIEW_PIXELS / max(int(self.line_art.shape[0]), int(self.line_art.shape[1])))

    def paint(self, snapshot: Snapshot, lines: Lines = "none") -> Image.Image:
        """The full picture, RGB, of the line art's size."""
        with self._lock:
            _set_hints(self._canvas, snapshot.hints)
            return self._canvas.render(**look_options(snapshot.look, lines))

    def layers(self, snapshot: Snapshot) -> list[Layer]:
        """The full picture in layers."""
        with self._lock:
            _set_hints(self._canvas, snapshot.hints)
            return self._canvas.layers(**look_options(snapshot.look))

    def preview(self, snapshot: Snapshot, lines: Lines = "none") -> Image.Image:
        """A small picture, by default without lines: the page lays its own over it."""
        with self._small_lock:
            _set_hints(self._small, scale_hints(snapshot.hints, self._scale))
            return self._small.render(**look_options(snapshot.look, lines))


def easel_key(look: DrawingLook) -> tuple[str | None, int | None]:
    """The choices that an easel cannot change."""
    return look.model, look.size


def scale_hints(hints: Hints, factor: float) -> Hints:
    """Hints for line art that was scaled by a factor."""
    if factor == 1.0:
        return hints
    strokes = tuple(
        Stroke(tuple((x * factor, y * factor) for x, y in stroke.points), stroke.rgb, stroke.width * factor)
        for stroke in hints.strokes
    )
    return Hints(strokes, hints.layer, hints.name)


def look_options(look: DrawingLook, lines: Lines = "multiply") -> LookOptions:
    """The part of a look that the runtime takes."""
    chosen = look.model_dump(include={"style", "strength", "light", "unhinted", "exact", "clean_paper"})
    values = {**chosen, "lines": lines}
    return cast(LookOptions, {name: value for name, value in values.items() if value is not None})


def _set_hints(canvas: Canvas, hints: Hints) -> None:
    """Bring a canvas's hints up to date; the same ones keep what was prepared of them."""
    if canvas.hints is not hints:
        canvas.hints = hints


def _reduced(line_art: LineArt, size: tuple[int, int]) -> LineArt:
    """Line art for a preview: lines stay closed, for each pixel is as dark as the darkest that it stands for."""
    factor = line_art.shape[1] / size[0]
    if factor > 1.0:
        kernel = np.ones((int(np.ceil(factor)),) * 2, np.uint8)
        thicken = cv2.dilate if pictures.blend_of(line_art) == "screen" else cv2.erode
        line_art = cast(LineArt, thicken(line_art, kernel))
    return cast(LineArt, cv2.resize(line_art, size, interpolation=cv2.INTER_AREA))


def _paint_once(colorizer: Colorizer, job: OneShot) -> Image.Image:
    return colorizer.canvas(job.line_art, job.hints).render(**job.options)


def _attempt(paint: Callable[[], Image.Image]) -> Image.Image | Exception:
    try:
        return paint()
    except (InputError, BackendError) as error:
        return error
