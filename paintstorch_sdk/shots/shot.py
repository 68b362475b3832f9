"""A shot: frames of line art that are colored alike from a few key frames."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..colorizer import Colorizer
from ..errors import InputError, PaintsTorchError
from ..imaging.deflate import unpack_map
from ..look import Look, LookOptions
from .crew import CAN_FORK, Crew
from .damping import WINDOW
from .frames import Frame, Frames, find_frames
from .keys import KeySource, color_keys
from .order import map_in_order
from .painters import FlatPainter, FramePainter, ShadedPainter
from .plan import color_regions
from .propagation import Coloring
from .store import ShotStore, digest
from .survey import KEPT, Survey

Pixels = NDArray[np.uint8]
A = TypeVar("A")
B = TypeVar("B")
FrameSource = str | os.PathLike[str] | Frames


@dataclass(frozen=True)
class ShotFrame:
    """One frame of a shot, colored.

    Attributes:
        frame: Its number and file.
        pixels: uint8 H,W,3; None where it could not be read.
        colors: The same without lines.
        coloring: The colors of its regions, and how sure they are.
        error: What is wrong with it.
    """

    frame: Frame
    pixels: Pixels | None = None
    colors: Pixels | None = None
    coloring: Coloring | None = None
    error: PaintsTorchError | None = None

    @property
    def picture(self) -> Image.Image:
        """The picture, RGB.

        Raises:
            PaintsTorchError: The frame could not be read.
        """
        if self.pixels is None:
            raise self.error or InputError(f"{self.frame.path}: has no picture")
        return Image.fromarray(self.pixels)


class Shot:
    """Frames of line art, colored alike from key frames. Iterate over it for its pictures, in order.

    Args:
        frames: A folder, a sequence as fileseq notes it ("ink.####.png"), or `Frames`.
        keys: Number of each key frame -> its strokes (anything that `Hints.of` takes), or an opaque picture: flats or
            a painted frame.
        colorizer: Colors keys that are strokes, and paints; flats from flats need none. Or what opens one: it is called
            when one is needed, and closed with the shot. None opens the default model.
        cache: A folder that keeps what was found for the next time; None keeps nothing.
        workers: Threads; None is one a core.
        processes: Whether flats are made in as many processes, too: faster from some 30 frames on, on Linux. They are
            started by this interpreter's program, so not inside of another program's. "forked" are forks of this
            process, sooner at work: where no thread is at work yet, as in a command.
        ray: Address of a Ray cluster that does the work, whose machines share the folders; None works here.
        **look: Style and finish, see `Look`; the style is "flat", the default here, or "paint".

    Raises:
        InputError: No frames, no keys, a key without a frame, or a style that shots do not have.
    """

    def __init__(
        self,
        frames: FrameSource,
        keys: Mapping[int, KeySource],
        *,
        colorizer: Colorizer | Callable[[], Colorizer] | None = None,
        cache: str | os.PathLike[str] | None = None,
        workers: int | None = None,
        processes: bool | Literal["forked"] = False,
        ray: str | None = None,
        **look: Unpack[LookOptions],
    ) -> None:
        self.frames = frames if isinstance(frames, Frames) else find_frames(os.fspath(frames))
        self.look = Look(**({"style": "flat"} | look))
        if self.look.style == "soft":
            raise InputError("style: expected flat or paint for a shot, received 'soft'")
        if not keys:
            raise InputError("keys: expected at least one key frame: strokes, flats or a colored picture")
        self.keys = dict(sorted(keys.items()))
        self._keys = {self.frames.find(number): source for number, source in self.keys.items()}
        self._open = ExitStack()
        self._colorizer = colorizer or Colorizer
        if cache is None:
            cache = self._open.enter_context(tempfile.TemporaryDirectory(prefix="paintstorch-shot-"))
        self.store = ShotStore(Path(cache).absolute())
        self.workers = workers or os.cpu_count() or 2
        self._ray = ray
        self._crew: Crew | None = None
        if processes and CAN_FORK and ray is None and min(self.workers, len(self)) > 1:
            self._crew = self._open.enter_context(Crew(self.workers, processes == "forked"))

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[ShotFrame]:
        return self.color(range(len(self)))

    def color(self, places: Sequence[int]) -> Iterator[ShotFrame]:
        """Color some of the frames, by their places in the shot, in order; a broken one does not stop the others."""
        painter = self.painter
        return map_in_order(lambda place: self._color_frame(place, painter), places, self.workers)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function`, which has to be picklable, of each item, in order: in threads, processes, or on the farm."""
        if self._ray is not None:
            from .farm import Farm

            return Farm(self._ray).map(function, items)
        if self._crew is not None and not getattr(function, "uses_gpu", False):
            return self._crew.map(function, items)
        return map_in_order(function, items, self.workers)

    @cached_property
    def survey(self) -> Survey:
        """The regions of every frame."""
        return Survey(self.frames.frames, self.store, self.map, KEPT if self._ray is None else 0)

    @cached_property
    def keyed(self) -> tuple[dict[int, Coloring], Pixels]:
        """The colors of the key frames' regions by their places, and the palette, uint8 K,3."""
        return color_keys(self._keys, self.survey, lambda: self.colorizer, self.look)

    @property
    def palette(self) -> Pixels:
        """uint8 K,3: the colors of the key frames; flats have no others."""
        return self.keyed[1]

    @cached_property
    def colorings(self) -> list[Coloring | None]:
        """The colors of every frame's regions; None where a frame could not be read."""
        return color_regions(self._keys, lambda: self.keyed[0], self.survey, self.map)

    @property
    def colorizer(self) -> Colorizer:
        """The model that paints."""
        if not isinstance(self._colorizer, Colorizer):
            self._colorizer = self._open.enter_context(self._colorizer())
        return self._colorizer

    @cached_property
    def painter(self) -> FramePainter:
        """What paints the frames."""
        if self.look.style == "flat":
            return FlatPainter(self.survey, self.colorings, self.palette, self.look)
        return ShadedPainter(self.survey, self.colorings, self.palette, self.look, self.colorizer)

    def digest_frame(self, place: int) -> str:
        """The digest of all that a frame's picture is made of; "" where the frame cannot be read."""
        if self.survey.sightings[place].error is not None:
            return ""
        at = self.survey.readable.index(place)
        reach = WINDOW if self.look.style == "paint" else 0
        around = self.survey.readable[max(0, at - reach) : at + reach + 1]
        model = ""
        if self.look.style == "paint":
            model = self.colorizer.bundle.manifest["files"]
        parts: list[object] = [model, self.look, place - around[0]]
        for one in around:
            coloring = self.colorings[one]
            assert coloring is not None
            colors = self.palette[coloring.colors]
            parts += [self.survey.sightings[one].digest, colors]
            if coloring.packed is not None:  # by their colors: numbers change with the palette
                several = unpack_map(coloring.packed)
                used = np.flatnonzero(np.bincount(several.ravel()))
                numbers = np.searchsorted(used, np.arange(used[-1] + 1)).astype(np.uint16)
                parts += [self.palette[used[1:] - 1], numbers.take(several)]
        return digest(*parts)

    def _color_frame(self, place: int, painter: FramePainter) -> ShotFrame:
        one = self.survey.sightings[place]
        if one.error is not None:
            return ShotFrame(one.frame, error=one.error)
        try:
            colors, pixels = painter.render(place)
            return ShotFrame(one.frame, pixels, colors, self.colorings[place])
        except PaintsTorchError as error:
            return ShotFrame(one.frame, error=error)

    def close(self) -> None:
        """Release what was opened."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
