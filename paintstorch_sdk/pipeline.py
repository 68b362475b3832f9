"""Many line arts through one backend: decoding, inference and finishing overlap, the order is kept."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PIL import Image

from .backend import Backend
from .errors import InputError, PaintsTorchError
from .gpu.lanes import GpuBackend
from .hints.model import Hints, HintSource
from .imaging.geometry import Geometry
from .imaging.images import ImageSource
from .imaging.postprocess import Lines, check_lines
from .renderer import Renderer, make_renderer

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What became of one frame: a value, or the error that it failed with."""

    index: int
    value: T | None = None
    error: PaintsTorchError | None = None


@dataclass(frozen=True)
class _Ready:
    index: int
    renderer: Renderer
    sheet: Any
    hints: Any

    def joins(self, batch: "list[_Ready]") -> bool:
        """Whether it can run together with these."""
        first = batch[0]
        return self.renderer is first.renderer and self.sheet.geometry.padded == first.sheet.geometry.padded


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
    """Color frames in batches of equal size; a frame that fails does not stop the others.

    Args:
        backend: Runs the network, in the caller's thread; on a GPU in as many threads as it has lanes, so that one
            batch is copied while another is computed.
        frames: Line art and hints of each frame; read in the caller's thread, only a little ahead of what is
            yielded. What it raises is raised after the outcomes of the frames before.
        finish: Called with a frame's number and its colored picture, in a thread of the pool; writing a
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
    renderer = make_renderer(backend.serving, reach)
    last: tuple[Renderer, Hints, Geometry, Any] | None = None

    def current() -> Renderer:
        """Around the backend that serves now: it may be another one in the middle of the frames."""
        nonlocal renderer
        serving = backend.serving
        if renderer.backend is not serving:
            renderer = make_renderer(serving, reach)
        return renderer

    def drawn(here: Renderer, hints: Hints, geometry: Geometry) -> Any:
        """Hints that stay the same from frame to frame are drawn once."""
        nonlocal last
        known = last
        if known is None or known[0] is not here or known[1] is not hints or known[2] != geometry:
            known = last = (here, hints, geometry, here.draw(hints, geometry))
        return known[3]

    def prepare(index: int, source: ImageSource, hints: HintSource) -> _Ready:
        here = current()
        sheet = here.sheet(source, size)
        return _Ready(index, here, sheet, here.prepare_hints(sheet, drawn(here, Hints.of(hints), sheet.geometry)))

    def run(ready: list[_Ready]) -> Sequence[Any]:
        here, sheets = ready[0].renderer, [r.sheet for r in ready]
        return here.paint(here.encode(sheets), sheets, [r.hints for r in ready], lines)

    def complete(ready: _Ready, painted: Future[Sequence[Any]], place: int) -> T:
        return finish(ready.index, ready.renderer.picture(ready.sheet, painted.result()[place], lines))

    pool = ThreadPoolExecutor(workers, "paintstorch")
    network: ThreadPoolExecutor | None = None  # of a GPU's lanes
    incoming = enumerate(frames)
    failure: Exception | None = None  # of the iterator of frames
    exhausted = False
    decoding: deque[tuple[int, Future[_Ready]]] = deque()
    batch: list[_Ready] = []
    done: deque[tuple[int, Future[T] | PaintsTorchError]] = deque()

    def infer() -> None:
        nonlocal network
        if not batch:
            return
        ready = batch.copy()
        batch.clear()
        painted: Future[Sequence[Any]]
        if isinstance(ready[0].renderer.backend, GpuBackend):
            network = network or ThreadPoolExecutor(len(ready[0].renderer.backend.lanes), "paintstorch-gpu")
            painted = network.submit(run, ready)
        else:
            painted = Future()
            try:
                painted.set_result(run(ready))
            except PaintsTorchError as error:
                done.extend((r.index, error) for r in ready)
                return
        for place, r in enumerate(ready):
            done.append((r.index, pool.submit(complete, r, painted, place)))

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
                if batch and not ready.joins(batch):
                    infer()
                batch.append(ready)
                if len(batch) == min(batch_size, ready.renderer.backend.max_batch or batch_size):
                    infer()
            while done and (len(done) > ahead or _is_finished(done[0][1])):
                yield _outcome(*done.popleft())
        infer()
        while done:
            yield _outcome(*done.popleft())
        if failure is not None:
            raise failure
    finally:
        for threads in (network, pool):  # those of the pool wait for the network's
            if threads is not None:
                threads.shutdown(wait=True, cancel_futures=True)


def _is_finished(result: "Future[T] | PaintsTorchError") -> bool:
    return isinstance(result, PaintsTorchError) or result.done()


def _outcome(index: int, result: "Future[T] | PaintsTorchError") -> Outcome[T]:
    if isinstance(result, PaintsTorchError):
        return Outcome(index, error=result)
    try:
        return Outcome(index, result.result())
    except PaintsTorchError as error:
        return Outcome(index, error=error)
