"""The work of `pts lineart`."""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import cast

from PIL import Image

from ...backend import Precision
from ...bundle import DIGEST, Bundle
from ...errors import InputError, PaintsTorchError
from ...imaging.images import ImageSource, load_line_art, save
from ...imaging.xdog import XDoG, xdog
from ...pipeline import Outcome
from ..console import say, say_json
from ..pictures.batch import BatchResult, run_jobs
from ..pictures.inputs import LINE_ART, STDIN, find_pictures, look_up
from ..pictures.plan import STDOUT, Job, check_jobs, delete_partial_files, is_done, plan_outputs
from ..pictures.signature import LINE_ART as SIGNED_LINE_ART
from ..pictures.signature import sign
from .options import LineArtOptions

METHODS = ("xdog", "g2")
MAX_WORKERS = 4  # of xDoG: each holds a picture as floats, up to 1 GB
G2_WORKERS = 2  # the network has threads of its own: one picture is decoded while another is drawn

Trace = Callable[[ImageSource], Image.Image]


def trace_pictures(options: LineArtOptions) -> int:
    """Draw the lines of the pictures that the options name.

    Returns:
        The exit code: 1 where some failed.

    Raises:
        PaintsTorchError: Nothing was done.
    """
    parameters = XDoG(options.sigma, options.k, options.gamma, options.epsilon, options.phi)
    trace, workers = _open_method(options, parameters)
    inputs, out = options.inputs, options.out
    if STDIN in inputs or out == STDOUT:
        raise InputError("lineart: expected files, folders or globs, and -o with a name, not -")
    found = find_pictures(inputs, [Path(out)] if out and look_up(out) == "folder" else [], lines_too=True)
    made_with = {"method": options.method, "xdog": asdict(parameters), "size": options.size}
    if options.method == "g2":
        made_with["model"] = Bundle.open(options.model).manifest[DIGEST]
    signature, jobs = sign(made_with, program=SIGNED_LINE_ART), []
    for picture, place in zip(found.pictures, plan_outputs(found, out, options.format, LINE_ART), strict=True):
        assert picture.path is not None
        jobs.append(Job(str(picture.path), picture.path, place, signature=signature))
    check_jobs(jobs)
    pending = [job for job in jobs if not (options.resume and is_done(job))]
    if options.resume:
        delete_partial_files(pending)
    traced, resumed = _trace_in_threads(pending, trace, workers), len(jobs) - len(pending)
    result: BatchResult[None] = run_jobs(pending, traced, single=found.single, resumed=resumed)
    if options.json:
        say_json(result.summarize())
    else:
        say(result.describe(out or ""))
    return 1 if result.failed else 0


def _open_method(options: LineArtOptions, parameters: XDoG) -> tuple[Trace, int]:
    """The function that draws one picture, and the number of threads that call it."""
    if options.method == "xdog":
        workers = min(MAX_WORKERS, os.cpu_count() or 1)
        return lambda source: Image.fromarray(xdog(load_line_art(source), parameters)), workers
    if options.method != "g2":
        raise InputError(f"--method: expected one of {', '.join(METHODS)}, received {options.method!r}")
    from ...tracer import Tracer

    tracer = Tracer(
        options.model,
        backend=options.backend,
        precision=cast(Precision, options.precision),
        device=options.device,
        size=options.size,
        threads=options.threads,
        parameters=parameters,
    )
    return tracer.trace, G2_WORKERS


def _trace_in_threads(jobs: Sequence[Job], trace: Trace, workers: int) -> Generator[Outcome[None]]:
    """Draw in threads (NumPy and networks let go of the interpreter), in order, reading a little ahead."""

    def trace_job(job: Job) -> None:
        assert job.output is not None
        save(trace(job.source), job.output, software=job.signature)

    with ThreadPoolExecutor(workers, "paintstorch") as pool:
        waiting: deque[tuple[int, Future[None]]] = deque()
        try:
            for index, job in enumerate(jobs):
                waiting.append((index, pool.submit(trace_job, job)))
                if len(waiting) > 2 * workers:
                    yield _take_outcome(*waiting.popleft())
            while waiting:
                yield _take_outcome(*waiting.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _take_outcome(index: int, future: Future[None]) -> Outcome[None]:
    try:
        return Outcome(index, future.result())
    except PaintsTorchError as error:
        return Outcome(index, error=error)
