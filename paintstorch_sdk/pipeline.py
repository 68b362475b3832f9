"""Many line arts through one backend: decoding, inference and finishing overlap, the order is kept."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from .backend import Backend, Shader
from .errors import InputError, PaintsTorchError
from .hints.model import Hints, HintSource
from .imaging.images import ImageSource
from .look import Look
from .painting import Prepared, asks_painter, find_kinship
from .renderer import Colored, Painted, Renderer
from .sheet import Sheet

T = TypeVar("T")
PaintedFrame = Painted | Callable[[], Painted]


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The outcome of one frame: a value, or the error that it failed with."""

    index: int
    value: T | None = None
    error: PaintsTorchError | None = None


@dataclass(frozen=True)
class _Ready:
    index: int
    renderer: Renderer
    sheet: Sheet
    hints: Hints
    prepared: Prepared
    asks_painter: bool

    def joins(self, batch: "list[_Ready]") -> bool:
        """Whether it can run together with these."""
        first = batch[0]
        return self.renderer is first.renderer and self.sheet.geometry.padded == first.sheet.geometry.padded


def color_frames(
    backend: Backend,
    frames: Iterable[tuple[ImageSource | Sheet, HintSource]],
    finish: Callable[[int, Colored], T],
    *,
    size: int,
    batch_size: int,
    confidence: float,
    look: Look,
    shader: Shader | None = None,
) -> Generator[Outcome[T]]:
    """Color frames in batches of equal size; a frame that fails does not stop the others.

    Args:
        backend: Runs the network, in the caller's thread; on a GPU in as many threads as it has lanes, so that one
            batch is copied while another is computed.
        frames: Line art, or the sheet of it, and hints of each frame; read in the caller's thread, only a little ahead
            of what is yielded. An error of it is raised after the outcomes of the frames before.
        finish: Called with a frame's number and what it became, in a thread of the pool; writing a file belongs here.
        size: Working size: the most pixels that the long side has in the network.
        batch_size: The most frames in one run of the network.
        confidence: See `Renderer`.
        look: How pictures are finished.
        shader: Finds the shadows, where the model has a network for that.

    Returns:
        A generator of one outcome for each frame, in order. Closing it ends its threads.

    Raises:
        InputError: `batch_size` is less than 1.
    """
    if batch_size < 1:
        raise InputError(f"batch size: expected at least 1, received {batch_size}")
    return _Pipeline(backend, finish, size, batch_size, confidence, look, shader).run(frames)


class _Pipeline(Generic[T]):
    """One pass over frames.

    Attributes:
        decoding: Frames whose line art is being read, in order.
        batch: Frames that wait for the network.
        done: Frames that are being finished, or have failed, in order.
    """

    def __init__(
        self,
        backend: Backend,
        finish: Callable[[int, Colored], T],
        size: int,
        batch_size: int,
        confidence: float,
        look: Look,
        shader: Shader | None,
    ) -> None:
        self.backend, self.finish_frame = backend, finish
        self.size, self.batch_size, self.confidence, self.look, self.shader = size, batch_size, confidence, look, shader
        self.renderer = backend.serving.make_renderer(confidence)
        workers = min(4, (os.cpu_count() or 2) + 1)
        self.ahead = 2 * batch_size + workers
        self.pool = ThreadPoolExecutor(workers, "paintstorch")
        self.network: ThreadPoolExecutor | None = None  # of a GPU's lanes
        self.decoding: deque[tuple[int, Future[_Ready]]] = deque()
        self.batch: list[_Ready] = []
        self.done: deque[tuple[int, Future[T] | PaintsTorchError]] = deque()

    def run(self, frames: Iterable[tuple[ImageSource | Sheet, HintSource]]) -> Generator[Outcome[T]]:
        incoming = enumerate(frames)
        failure: Exception | None = None  # of the iterator of frames
        exhausted = False
        try:
            while True:
                while not exhausted and len(self.decoding) < self.ahead:
                    try:
                        index, (source, hints) = next(incoming)
                    except StopIteration:
                        exhausted = True
                    except Exception as error:
                        exhausted, failure = True, error
                    else:
                        self.decoding.append((index, self.pool.submit(self._prepare, index, source, hints)))
                if not self.decoding:
                    break
                self._take_decoded()
                while self.done and (len(self.done) > self.ahead or _is_finished(self.done[0][1])):
                    yield _to_outcome(*self.done.popleft())
            self._run_batch()
            while self.done:
                yield _to_outcome(*self.done.popleft())
            if failure is not None:
                raise failure
        finally:
            for threads in (self.network, self.pool):  # those of the pool wait for the network's
                if threads is not None:
                    threads.shutdown(wait=True, cancel_futures=True)

    def _current_renderer(self) -> Renderer:
        """The renderer of the backend that serves now, which may change in the middle of the frames."""
        serving = self.backend.serving
        if self.renderer.backend is not serving:
            self.renderer = serving.make_renderer(self.confidence)
        return self.renderer

    def _prepare(self, index: int, source: ImageSource | Sheet, hints: HintSource) -> _Ready:
        renderer = self._current_renderer()
        sheet = renderer.load_sheet(source, self.size)
        of_frame = renderer.load_hints(hints, sheet)
        prepared = renderer.prepare_hints(sheet, of_frame)
        renderer.prepare_sheet(sheet)
        relate = None if self.shader is None else partial(sheet.find_kinship, self.shader)
        kinship = find_kinship(prepared.votes, self.look, relate)
        asks = asks_painter(prepared.votes, self.look, self.shader is not None, kinship)
        if asks:
            prepared.hint_map  # noqa: B018 - made in this thread, so that the painter need not wait for it
        return _Ready(index, renderer, sheet, of_frame, prepared, asks)

    def _take_decoded(self) -> None:
        index, future = self.decoding.popleft()
        try:
            ready = future.result()
        except PaintsTorchError as error:
            self._run_batch()
            self.done.append((index, error))
            return
        if self.batch and not ready.joins(self.batch):
            self._run_batch()
        self.batch.append(ready)
        if len(self.batch) == min(self.batch_size, ready.renderer.backend.max_batch or self.batch_size):
            self._run_batch()

    def _run_batch(self) -> None:
        if not self.batch:
            return
        batch, self.batch = self.batch, []
        painted: Future[Sequence[PaintedFrame]]
        lanes = batch[0].renderer.backend.lanes_in_parallel
        if lanes > 1:
            self.network = self.network or ThreadPoolExecutor(lanes, "paintstorch-gpu")
            painted = self.network.submit(_paint, batch)
        else:
            painted = Future()
            try:
                painted.set_result(_paint(batch))
            except PaintsTorchError as error:
                self.done.extend((ready.index, error) for ready in batch)
                return
        for place, ready in enumerate(batch):
            self.done.append((ready.index, self.pool.submit(self._finish, ready, painted, place)))

    def _finish(self, ready: _Ready, painted: "Future[Sequence[PaintedFrame]]", place: int) -> T:
        colored = Colored(ready.sheet, ready.hints, ready.prepared, painted.result()[place], self.look, self.shader)
        return self.finish_frame(ready.index, colored)


def _paint(batch: list[_Ready]) -> Sequence[PaintedFrame]:
    """What the network paints of each frame; where nothing of it shows, a function that paints it for a report."""
    asking = [ready for ready in batch if ready.asks_painter]
    painted = iter(_run_networks(asking) if asking else ())
    return [next(painted) if ready.asks_painter else partial(_paint_one, ready) for ready in batch]


def _paint_one(ready: _Ready) -> Painted:
    return _run_networks([ready])[0]


def _run_networks(batch: list[_Ready]) -> Sequence[Painted]:
    renderer = batch[0].renderer
    return renderer.paint(renderer.encode([ready.sheet for ready in batch]), [ready.prepared for ready in batch])


def _is_finished(result: Any) -> bool:
    return isinstance(result, PaintsTorchError) or result.done()


def _to_outcome(index: int, result: "Future[T] | PaintsTorchError") -> Outcome[T]:
    if isinstance(result, PaintsTorchError):
        return Outcome(index, error=result)
    try:
        return Outcome(index, result.result())
    except PaintsTorchError as error:
        return Outcome(index, error=error)
