"""Many line arts through one backend: decoding, inference and finishing overlap, the order is kept."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .backends.base import Backend
from .errors import InputError, PaintsTorchError
from .geometry import HINT_STEP, Geometry
from .hints import Hints, HintSource
from .images import ImageSource, load_line_art
from .postprocess import Lines, check_lines, colour_image
from .preprocess import line_art_tensor
from .spread import spread, walls

T = TypeVar("T")


@dataclass(frozen=True)
class Sheet:
    """One line art, ready for the network.

    Attributes:
        line_art: uint8 H,W or H,W,3 at its full size.
        geometry: How it lies in the network's input.
        tensor: float32 1,1,H,W, padded.
    """

    line_art: NDArray[np.uint8]
    geometry: Geometry
    tensor: NDArray[np.float32]

    @classmethod
    def load(cls, source: ImageSource, size: int) -> "Sheet":
        """Decode line art and scale it to a working size whose long side is at most `size` pixels."""
        line_art = load_line_art(source)
        geometry = Geometry.fit(line_art.shape[1], line_art.shape[0], size)
        return cls(line_art, geometry, line_art_tensor(line_art, geometry))

    @cached_property
    def walls(self) -> NDArray[np.bool_]:
        """Which cells of the hint map hold a line, bool H/4,W/4 without the padding."""
        width, height = self.geometry.working
        return walls(self.tensor[0, 0, : _cells(height) * HINT_STEP, : _cells(width) * HINT_STEP])

    def spread(self, hint_map: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
        """A hint map whose colours have flowed up to `reach` pixels of the network's between the lines; 0 is none."""
        if not reach:
            return hint_map
        rows, columns = self.walls.shape  # not the padding: colours would flow around what the border cuts off
        result = hint_map.copy()
        result[:, :rows, :columns] = spread(hint_map[:, :rows, :columns], self.walls, reach // HINT_STEP)
        return result


def _cells(pixels: int) -> int:
    return -(-pixels // HINT_STEP)


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What became of one frame: a value, or the error that it failed with."""

    index: int
    value: T | None = None
    error: PaintsTorchError | None = None


@dataclass(frozen=True)
class _Ready:
    index: int
    sheet: Sheet
    hint_map: NDArray[np.float32]


def outcomes(
    backend: Backend,
    frames: Iterable[tuple[ImageSource, HintSource]],
    finish: Callable[[int, Image.Image], T],
    *,
    size: int,
    batch_size: int,
    lines: Lines,
    reach: int = 0,
) -> Generator[Outcome[T]]:
    """Colour frames in batches of equal size; a frame that fails does not stop the others.

    Args:
        backend: Runs the network, in the caller's thread.
        frames: Line art and hints of each frame; read in the caller's thread, only a little ahead of what is
            yielded. What it raises is raised after the outcomes of the frames before.
        finish: Called with a frame's number and its coloured picture, in a thread of the pool; writing a
            file belongs here.
        size: Working size: the most pixels that the long side has in the network.
        batch_size: The most frames in one run of the network.
        lines: See `postprocess`.
        reach: How far hints are spread before the network, in its pixels (see `spread`); 0 is not at all.

    Returns:
        A generator of one outcome for each frame, in order. Closing it ends its threads.

    Raises:
        InputError: `batch_size` or `lines` is none of its values.
    """
    if batch_size < 1:
        raise InputError(f"batch size: expected at least 1, received {batch_size}")
    check_lines(lines)
    return _outcomes(backend, frames, finish, size, batch_size, lines, reach)


def _outcomes(
    backend: Backend,
    frames: Iterable[tuple[ImageSource, HintSource]],
    finish: Callable[[int, Image.Image], T],
    size: int,
    batch_size: int,
    lines: Lines,
    reach: int,
) -> Generator[Outcome[T]]:
    workers = min(4, (os.cpu_count() or 2) + 1)
    ahead = 2 * batch_size + workers
    last_map: tuple[Hints, Geometry, NDArray[np.float32]] | None = None

    def hint_map(hints: Hints, geometry: Geometry) -> NDArray[np.float32]:
        """Hints that stay the same from frame to frame are rasterised once."""
        nonlocal last_map
        known = last_map
        if known is None or known[0] is not hints or known[1] != geometry:
            known = last_map = (hints, geometry, hints.rasterize(geometry))
        return known[2]

    def prepare(index: int, source: ImageSource, hints: HintSource) -> _Ready:
        sheet = Sheet.load(source, size)
        return _Ready(index, sheet, sheet.spread(hint_map(Hints.of(hints), sheet.geometry), reach))

    def complete(ready: _Ready, colour: NDArray[np.float32]) -> T:
        return finish(ready.index, colour_image(colour, ready.sheet.geometry, ready.sheet.line_art, lines))

    pool = ThreadPoolExecutor(workers, "paintstorch")
    incoming = enumerate(frames)
    failure: Exception | None = None  # of the iterator of frames
    exhausted = False
    decoding: deque[tuple[int, Future[_Ready]]] = deque()
    batch: list[_Ready] = []
    done: deque[tuple[int, Future[T] | PaintsTorchError]] = deque()

    def infer() -> None:
        if not batch:
            return
        ready = batch.copy()
        batch.clear()
        try:
            encoded = backend.encode(np.concatenate([r.sheet.tensor for r in ready]))
            colours = backend.paint(encoded, np.stack([r.hint_map for r in ready]))
        except PaintsTorchError as error:
            done.extend((r.index, error) for r in ready)
            return
        for r, colour in zip(ready, colours, strict=True):
            done.append((r.index, pool.submit(complete, r, colour)))

    try:
        while True:
            while not exhausted and len(decoding) < ahead:
                try:
                    index, (source, hints) = next(incoming)
                except StopIteration:
                    exhausted = True
                except Exception as error:
                    exhausted, failure = True, error
                else:
                    decoding.append((index, pool.submit(prepare, index, source, hints)))
            if not decoding:
                break
            index, future = decoding.popleft()
            try:
                ready = future.result()
            except PaintsTorchError as error:
                infer()
                done.append((index, error))
            else:
                if batch and batch[0].sheet.tensor.shape != ready.sheet.tensor.shape:
                    infer()
                batch.append(ready)
                if len(batch) == batch_size:
                    infer()
            while done and (len(done) > ahead or _is_finished(done[0][1])):
                yield _outcome(*done.popleft())
        infer()
        while done:
            yield _outcome(*done.popleft())
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_finished(result: "Future[T] | PaintsTorchError") -> bool:
    return isinstance(result, PaintsTorchError) or result.done()


def _outcome(index: int, result: "Future[T] | PaintsTorchError") -> Outcome[T]:
    if isinstance(result, PaintsTorchError):
        return Outcome(index, error=result)
    try:
        return Outcome(index, result.result())
    except PaintsTorchError as error:
        return Outcome(index, error=error)
