"""The work of `pts colorize`: settle what is read and written, color it, say what came of it."""

import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from PIL import Image

from ..backend import Precision
from ..bundle import WEIGHTS, Bundle
from ..colorizer import Colorizer
from ..errors import ImageError, InputError, PaintsTorchError
from ..hints.model import Hints, HintSource, Stroke
from ..imaging.images import WRITABLE, ImageSource, load_line_art, save
from ..imaging.postprocess import Lines, check_lines
from ..layers.ora import SUFFIX, save_layers
from ..pipeline import outcomes
from . import adherence
from .adherence import Adherence
from .batch import Run, work
from .companions import HintFiles
from .console import say, say_json
from .inputs import COLORED, Inputs, find, look
from .plan import FORMATS, LAYERED, Job, check, is_done, outputs, sweep
from .strokes import parse

CPU_BATCH, GPU_BATCH = 1, 4  # frames in one run of the network: a CPU gains nothing from more


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of `pts colorize`, as they were given."""

    inputs: tuple[str, ...]
    hints: str | None
    strokes: tuple[str, ...]
    lines: str
    out: str | None
    kind: str | None
    resume: bool
    as_json: bool
    report: bool
    model: str
    backend: str
    precision: str
    device: str | None
    size: int | None
    spread: int | None
    batch_size: int | None
    threads: int | None
    build: bool


def run(settings: Settings) -> int:
    """Color the pictures.

    Returns:
        The exit code: 1 where some could not be colored.

    Raises:
        PaintsTorchError: Nothing was done.
    """
    check_lines(settings.lines)
    strokes = tuple(parse(text) for text in settings.strokes)
    files = HintFiles(settings.hints)
    # A folder of results is no input, even inside one; a file of that name is, and `check` guards it.
    results = settings.out if settings.out and look(settings.out) == "folder" else None
    found = find(settings.inputs, [Path(path) for path in (results, settings.hints) if path is not None])
    places = outputs(found, settings.out, settings.kind, COLORED, FORMATS | LAYERED)
    layered = settings.kind in LAYERED or (places[0] is not None and places[0].suffix.lower() == SUFFIX)
    if layered and settings.lines == "none":
        raise InputError("--lines none: layers have the lines and the colors apart anyway; leave it out")
    if places[0] is None and (settings.as_json or settings.report):
        raise InputError("stdout: expected the picture or a report there, not both; name a file: -o")
    jobs = _jobs(found, places, files)
    bundle = Bundle.open(settings.model)
    check(jobs)
    shared = Hints.of(files.path) if files.path is not None and not files.is_folder else Hints()
    pending = [job for job in jobs if not (settings.resume and is_done(job))]
    if settings.resume:
        sweep(pending)

    brush = _Brush(pending, shared.add(*strokes), files, settings, layered)
    came: Run[Adherence | None] = Run(resumed=len(jobs))
    running: dict[str, Any] = {"backend": None, "device": None, "precision": None, "load_seconds": 0.0}
    if pending:
        begin = time.perf_counter()
        with _open(bundle, settings) as colorizer:
            backend = colorizer.backend
            running = {"backend": backend.name, "device": backend.device, "precision": backend.precision}
            running["load_seconds"] = round(time.perf_counter() - begin, 3)
            batch_size = settings.batch_size or (CPU_BATCH if backend.device == "cpu" else GPU_BATCH)
            colored = outcomes(
                backend,
                brush.frames(),
                brush.finish,
                size=colorizer.size,
                batch_size=batch_size,
                lines="none" if layered else cast(Lines, settings.lines),
                reach=colorizer.spread,
            )
            came = work(pending, colored, single=found.single, resumed=len(jobs) - len(pending))
    if places[0] is not None:
        _tell(came, running, bundle, jobs, settings)
    return 1 if came.failed else 0


class _Brush:
    """What is done with each frame before and after the network."""

    def __init__(self, jobs: Sequence[Job], shared: Hints, files: HintFiles, settings: Settings, layered: bool) -> None:
        self._jobs = jobs
        self._layered = layered
        self._shared = shared  # for every frame: the strokes, and the layer where --hints names one file
        self._per_frame = files.path is None or files.is_folder
        self._report = settings.report
        self._kind = WRITABLE.get(FORMATS.get(settings.kind or "png", ""))  # of what goes to stdout

    def frames(self) -> Iterator[tuple[ImageSource, HintSource]]:
        """Line art and hints of each job; files are left to be read by the pipeline's threads."""
        for job in self._jobs:
            yield _source(job), self._hints(job)

    def finish(self, index: int, picture: Image.Image) -> Adherence | None:
        """Measure and write a picture."""
        job = self._jobs[index]
        measured = None
        if self._report:
            measured = adherence.measure(picture, _source(job), Hints.of(self._hints(job)))
        target = job.output or io.BytesIO()
        if self._layered:
            save_layers(target, picture, load_line_art(_source(job)), self._hints(job))
        else:
            save(picture, target, None if job.output else self._kind)
        if isinstance(target, io.BytesIO):
            sys.stdout.buffer.write(target.getvalue())
            sys.stdout.buffer.flush()
        return measured

    def _hints(self, job: Job) -> HintSource:
        if job.hints is None or not self._per_frame:
            return self._shared
        strokes: tuple[Stroke, ...] = self._shared.strokes
        if strokes:
            # Hints that cannot be read fail again in the pipeline, as this one frame's error.
            with suppress(PaintsTorchError):
                return Hints.of(job.hints).add(*strokes)
        return job.hints


class _Stdin(io.BytesIO):
    name = "stdin"


def _source(job: Job) -> ImageSource:
    return _Stdin(job.source) if isinstance(job.source, bytes) else job.source


def _jobs(found: Inputs, places: Sequence[Path | None], files: HintFiles) -> list[Job]:
    jobs = []
    for picture, place in zip(found.found, places, strict=True):
        hints = files.of(picture)
        if picture.path is None:
            jobs.append(Job("stdin", _read_stdin(), place, hints))
        else:
            jobs.append(Job(str(picture.path), picture.path, place, hints))
    if files.is_folder and not any(job.hints for job in jobs):
        raise InputError(
            f"{files.path}: expected hints named like the line art (NAME.png, NAME.json), found none that match"
        )
    return jobs


def _read_stdin() -> bytes:
    if sys.stdin.isatty():
        raise InputError("stdin is a terminal; expected a picture: pts colorize - < line.png")
    data = sys.stdin.buffer.read()
    if not data:
        raise ImageError("stdin: expected a picture, received nothing")
    return data


def _open(bundle: Bundle, settings: Settings) -> Colorizer:
    return Colorizer(
        bundle,
        backend=settings.backend,
        precision=cast(Precision, settings.precision),
        device=settings.device,
        size=settings.size,
        spread=settings.spread,
        threads=settings.threads,
        build_engine=settings.build,
    )


def _tell(
    came: Run[Adherence | None],
    running: dict[str, Any],
    bundle: Bundle,
    jobs: Sequence[Job],
    settings: Settings,
) -> None:
    """The summary, for people or as JSON."""
    measures = [(job.name, value) for job, value in came.done if value is not None]
    if settings.as_json:
        model = {"name": bundle.name, "sha256": bundle.manifest["files"][WEIGHTS]["sha256"]}
        document = came.summary() | {"hinted": sum(job.hints is not None for job in jobs)}
        document |= running | {"model": model, "size": settings.size or bundle.working_size}
        if settings.report:
            document["adherence"] = adherence.summary(measures)
        say_json(document)
        return
    if settings.report and measures:
        adherence.show(measures)
    how = " ".join(running[key] or "" for key in ("backend", "device", "precision"))
    say(came.sentence(settings.out or "", how))
