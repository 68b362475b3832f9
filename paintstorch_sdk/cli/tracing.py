"""The work of `pts lineart`."""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.images import load_line_art, save
from paintstorch_sdk.lineart import XDoG, xdog
from paintstorch_sdk.pipeline import Outcome

from .batch import Run, work
from .console import say, say_json
from .inputs import LINE_ART, STDIN, find, look
from .plan import STDOUT, Job, check, is_done, outputs, sweep


def run(
    inputs: Sequence[str],
    parameters: XDoG,
    *,
    out: str | None,
    kind: str | None,
    resume: bool,
    as_json: bool,
) -> int:
    """Draw the lines of pictures.

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
    came: Run[None] = work(pending, _drawn(pending, parameters), single=found.single, resumed=len(jobs) - len(pending))
    if as_json:
        say_json(came.summary())
    else:
        say(came.sentence(out or ""))
    return 1 if came.failed else 0


def _drawn(jobs: Sequence[Job], parameters: XDoG) -> Generator[Outcome[None]]:
    """Draw in threads (NumPy lets go of the interpreter), in order, reading a little ahead."""

    def draw(job: Job) -> None:
        assert job.output is not None
        save(Image.fromarray(xdog(load_line_art(job.source), parameters)), job.output)

    workers = os.cpu_count() or 1
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
