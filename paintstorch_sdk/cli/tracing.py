"""The work of `pts lineart`."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from ..errors import InputError, PaintsTorchError
from ..imaging.images import ImageSource, load_line_art, save
from ..imaging.xdog import XDoG, xdog
from ..pipeline import Outcome
from .batch import Run, work
from .console import say, say_json
from .inputs import LINE_ART, STDIN, find, look
from .plan import STDOUT, Job, check, is_done, outputs, sweep

Trace = Callable[[ImageSource], Image.Image]


def by_xdog(parameters: XDoG) -> Trace:
    """Draw without a model."""
    return lambda source: Image.fromarray(xdog(load_line_art(source), parameters))


def run(
    inputs: Sequence[str],
    trace: Trace,
    *,
    workers: int,
    out: str | None,
    kind: str | None,
    resume: bool,
    as_json: bool,
) -> int:
    """Draw the lines of pictures.

    Args:
        inputs: What the user named.
        trace: Draws the lines of one; called from several threads.
        workers: How many.
        out: As in `options.Out`.
        kind: As in `options.Format`.
        resume: As in `options.Resume`.
        as_json: As in `options.Json`.

    Returns:
        The exit code: 1 where some failed.

    Raises:
        PaintsTorchError: Nothing was done.
    """
    if STDIN in inputs or out == STDOUT:
        raise InputError("lineart: expected files, folders or globs, and -o with a name, not -")
    found = find(inputs, [Path(out)] if out and look(out) == "folder" else [])
    jobs = []
    for picture, place in zip(found.found, outputs(found, out, kind, LINE_ART), strict=True):
        assert picture.path is not None
        jobs.append(Job(str(picture.path), picture.path, place))
    check(jobs)
    pending = [job for job in jobs if not (resume and is_done(job))]
    if resume:
        sweep(pending)
    drawn, resumed = _drawn(pending, trace, workers), len(jobs) - len(pending)
    came: Run[None] = work(pending, drawn, single=found.single, resumed=resumed)
    if as_json:
        say_json(came.summary())
    else:
        say(came.sentence(out or ""))
    return 1 if came.failed else 0


def _drawn(jobs: Sequence[Job], trace: Trace, workers: int) -> Generator[Outcome[None]]:
    """Draw in threads (NumPy and networks let go of the interpreter), in order, reading a little ahead."""

    def draw(job: Job) -> None:
        assert job.output is not None
        save(trace(job.source), job.output)

    with ThreadPoolExecutor(workers, "paintstorch") as pool:
        waiting: deque[tuple[int, Future[None]]] = deque()
        try:
            for index, job in enumerate(jobs):
                waiting.append((index, pool.submit(draw, job)))
                if len(waiting) > 2 * workers:
                    yield _outcome(*waiting.popleft())
            while waiting:
                yield _outcome(*waiting.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _outcome(index: int, future: Future[None]) -> Outcome[None]:
    try:
        return Outcome(index, future.result())
    except PaintsTorchError as error:
        return Outcome(index, error=error)
