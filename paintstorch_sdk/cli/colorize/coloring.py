"""The work of `pts colorize`: plan what is read and written, color it, report the result."""

import io
import json
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from ...backend import Precision
from ...bundle import DIGEST, WEIGHTS, Bundle
from ...colorizer import Colorizer
from ...errors import InputError, PaintsTorchError, PaintsTorchWarning
from ...hints.files import HintFiles
from ...hints.model import Hints, HintSource, Stroke
from ...imaging.images import WRITABLE, ImageSource, Metadata, Page, metadata, save
from ...layers import ora, png_files, psd
from ...layers.stack import stack_layers
from ...look import Light, Lines, Look, Style, Unhinted
from ...machine import share_heap
from ...pipeline import color_frames
from ...renderer import Colored
from ...sheet import Sheet
from ..console import say, say_json, warning_line
from ..pictures.batch import BatchResult, run_jobs
from ..pictures.inputs import COLORED, Inputs, find_pictures, look_up
from ..pictures.plan import FORMATS, LAYERED, Job, check_jobs, delete_partial_files, is_done, plan_outputs
from ..pictures.signature import sign
from ..pictures.streams import Pipe, Unreadable, read_once, read_stdin, write_stdout
from .adherence import Adherence, measure_adherence, print_adherence, summarize_adherence
from .options import ColorizeOptions
from .palette import list_palette, print_palette
from .remarks import remark_on, remark_on_unused
from .strokes import parse_stroke

SAVE_LAYERS = {"ora": ora.save_layers, "psd": psd.save_layers, "png-layers": png_files.save_layers}
CPU_BATCH, GPU_BATCH = 1, 4  # frames in one run of the network: a CPU gains nothing from more


@dataclass(frozen=True)
class ColorizePlan:
    """The pictures of a run, and the hints on them.

    Attributes:
        jobs: All pictures.
        pending: Those that are not there yet.
        single: True where one picture was named: its error is then the error of the run.
        files: Finds the hint file of each picture.
        shared: Hints on every picture: the strokes, and the layer where --hints names one file.
        layers: The format in which layers are written, one of `LAYERED`; None is pictures.
        masks: Whether there is a layer for each region.
        look: How pictures are finished.
        model: The model, opened before any picture is colored.
    """

    jobs: list[Job]
    pending: list[Job]
    single: bool
    files: HintFiles
    shared: Hints
    layers: str | None
    masks: bool
    look: Look
    model: Bundle


def color_pictures(options: ColorizeOptions) -> int:
    """Color the pictures that the options name.

    Returns:
        The exit code: 1 where some could not be colored.

    Raises:
        PaintsTorchError: Nothing was done.
    """
    share_heap()
    # Said of each picture by its name, in its remark.
    warnings.filterwarnings("ignore", ".* outside the picture", PaintsTorchWarning)
    plan = _plan_run(options)
    brush = Brush(plan, options)
    result: BatchResult[Finished] = BatchResult(resumed=len(plan.jobs))
    running: dict[str, Any] = {"backend": None, "device": None, "precision": None, "load_seconds": 0.0}
    if plan.pending:
        begin = time.perf_counter()
        brush.read_ahead()
        with _open_colorizer(plan.model, options) as colorizer:
            backend = colorizer.backend
            running = {"backend": backend.name, "device": backend.device, "precision": backend.precision}
            running["load_seconds"] = round(time.perf_counter() - begin, 3)
            colored = color_frames(
                backend,
                brush.read_frames(),
                brush.finish_picture,
                size=colorizer.size,
                batch_size=options.batch_size or (CPU_BATCH if backend.device == "cpu" else GPU_BATCH),
                confidence=colorizer.confidence,
                look=plan.look,
                shader=colorizer.shader,
            )
            resumed = len(plan.jobs) - len(plan.pending)
            result = run_jobs(
                plan.pending, colored, single=plan.single, resumed=resumed, remark=lambda finished: finished.remark
            )
    sources = [job.source for job in plan.jobs if isinstance(job.source, Path)]
    unused = [] if plan.single and plan.files.is_folder else plan.files.list_unused(sources)
    if text := remark_on_unused(unused):
        warning_line(text)
    if plan.jobs[0].output is not None:
        _report_result(result, running, plan, unused, options)
    return 1 if result.failed else 0


def _plan_run(options: ColorizeOptions) -> ColorizePlan:
    """Check the options, and find what is read and where it is written; only the model is opened."""
    look = Look(
        style=cast(Style, options.style),
        strength=options.strength,
        light=cast(Light, options.light),
        unhinted=cast(Unhinted, options.unhinted),
        exact=options.exact,
        lines=cast(Lines, options.lines),
        clean_paper=options.clean_paper,
        palette=options.palette,
    )
    strokes = tuple(parse_stroke(text) for text in options.stroke or ())
    files = _find_hints(options.hints)
    # A folder of results is no input, even inside one; a file of that name is, and `check_jobs` guards it.
    results = options.out if options.out and look_up(options.out) == "folder" else None
    inputs = find_pictures(options.inputs, [Path(path) for path in (results, options.hints) if path is not None])
    places = plan_outputs(inputs, options.out, options.format, COLORED, FORMATS | LAYERED)
    layers = _choose_layers(options, places[0])
    if places[0] is None and (options.json or options.report):
        raise InputError("stdout: expected the picture or a report there, not both; name a file: -o")
    jobs = _make_jobs(inputs, places, files)
    model = Bundle.open(options.model)
    check_jobs(jobs)
    shared = _read_shared(files.path) if files.path is not None and not files.is_folder else Hints()
    shared = shared.add(*strokes)
    made_with = {
        "model": model.manifest[DIGEST],
        "look": asdict(look),
        "size": options.size,
        "flow": options.flow,
        "page": options.page,
        "layers": (layers, options.masks),
        "strokes": shared.to_json(),
        "hints": shared.layer.tobytes().hex() if isinstance(shared.layer, np.ndarray) else None,
    }
    # Before the hints are read: what changes from here on is a reason to color again.
    beside = layers == "png-layers"
    jobs = [replace(job, signature=sign(made_with, job.hints), layers=beside) for job in jobs]
    pending = [job for job in jobs if not (options.resume and is_done(job))]
    if options.resume:
        delete_partial_files(pending)
    return ColorizePlan(jobs, pending, inputs.single, files, shared, layers, options.masks, look, model)


def _choose_layers(options: ColorizeOptions, place: Path | None) -> str | None:
    """The format of layers that is asked for, by name or by the ending of the one output."""
    layers = options.format if options.format in LAYERED else None
    if layers is None and options.format is None and place is not None:
        endings = {ending: name for name, ending in LAYERED.items() if name != "png-layers"}
        layers = endings.get(place.suffix.lower())
    if layers is None:
        if options.masks:
            raise InputError(f"--masks: expected --format {', '.join(LAYERED)}, whose layers they are")
        return None
    if options.lines == "none":
        raise InputError("--lines none: layers have the lines and the colors apart anyway; leave it out")
    if layers == "psd":
        psd.import_psd_tools()
    if layers == "png-layers" and place is None:
        raise InputError("--format png-layers: expected a file or folder to write to, not stdout; name one: -o")
    return layers


def _read_shared(path: Path) -> Hints:
    """Hints of a file; a pipe, which has no ending, is JSON if it begins like that."""
    if path.is_file():
        return Hints.of(path)
    content = read_once(path)
    if not content.lstrip().startswith((b"{", b"\xef\xbb\xbf{")):
        return Hints.of(Pipe(content, path))
    try:
        return Hints.of(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {error}") from error


def _find_hints(hints: str | None) -> HintFiles:
    if hints is not None and not look_up(hints):
        raise InputError(f"{hints or repr(hints)}: no such file or folder of hints")
    return HintFiles(None if hints is None else Path(hints))


@dataclass(frozen=True)
class Finished:
    """A picture that was written.

    Attributes:
        adherence: How closely it follows its hints, where that was asked for.
        colors: Its flats and strokes, where that was asked for.
        remark: What its user should know.
    """

    adherence: Adherence | None
    colors: list[dict[str, Any]] | None
    remark: str


class Brush:
    """The work on each frame before and after the network."""

    def __init__(self, plan: ColorizePlan, options: ColorizeOptions) -> None:
        self._jobs, self._layers, self._masks, self._shared = plan.pending, plan.layers, plan.masks, plan.shared
        self._page = options.page
        self._like: dict[int, Metadata] = {}
        self._per_frame = plan.files.path is None or plan.files.is_folder
        self._report = options.report
        self._size = options.size or plan.model.working_size
        self._ahead: Future[Sheet] | None = None
        self._stdout_format = WRITABLE.get(FORMATS.get(options.format or "png", ""))

    def read_ahead(self) -> None:
        """Begin to read the picture of a run that has one, and to find its regions, while the model loads."""
        job = self._jobs[0]
        if len(self._jobs) == 1 and (isinstance(job.source, bytes) or job.source.is_file()):
            thread = ThreadPoolExecutor(1, "paintstorch-ahead")
            self._ahead = thread.submit(_prepare_sheet, self._choose_page(self._open_source(job)), self._size)
            thread.shutdown(wait=False)

    def read_frames(self) -> Iterator[tuple[ImageSource | Sheet, HintSource]]:
        """Line art and hints of each job; files are left to be read by the pipeline's threads, pipes are read here."""
        for index, job in enumerate(self._jobs):
            source: Path | BinaryIO
            try:
                source = self._open_source(job)
            except PaintsTorchError as error:
                source = cast(BinaryIO, Unreadable(error))
            if isinstance(source, io.BytesIO):
                with suppress(PaintsTorchError):  # the pipeline tells that it is not a picture
                    self._like[index] = metadata(source)
            line_art: ImageSource | Sheet = self._choose_page(source)
            if self._ahead is not None and self._ahead.exception() is None:  # or its error comes in the pipeline
                line_art = self._ahead.result()
            yield line_art, self._choose_hints(job)

    def finish_picture(self, index: int, colored: Colored) -> Finished:
        """Measure and write a picture."""
        job = self._jobs[index]
        target = job.output or io.BytesIO()
        if self._layers is not None:
            SAVE_LAYERS[self._layers](target, stack_layers(colored, self._masks), job.signature)
        else:
            like = self._like.pop(index, None) or self._read_metadata(job)
            save(colored.pixels, target, None if job.output else self._stdout_format, like, job.signature)
        if isinstance(target, io.BytesIO):
            write_stdout(target.getvalue())
        remark = remark_on(colored, job.hints)
        if not self._report:
            return Finished(None, None, remark)
        return Finished(measure_adherence(colored), list_palette(colored), remark)

    def _open_source(self, job: Job) -> Path | io.BytesIO:
        if isinstance(job.source, bytes):
            return Pipe(job.source, "stdin")
        if job.source.is_file() or not job.source.exists():
            return job.source
        return Pipe(read_once(job.source), job.source)

    def _choose_page(self, source: Path | BinaryIO) -> ImageSource:
        return Page(source, self._page) if self._page else source

    def _read_metadata(self, job: Job) -> Metadata:
        if isinstance(job.source, bytes) or not job.source.is_file():
            return Metadata()
        return metadata(self._choose_page(job.source))

    def _choose_hints(self, job: Job) -> HintSource:
        if job.hints is None or not self._per_frame:
            return self._shared
        strokes: tuple[Stroke, ...] = self._shared.strokes
        if strokes:
            # Hints that cannot be read fail again in the pipeline, as this one frame's error.
            with suppress(PaintsTorchError):
                return Hints.of(job.hints).add(*strokes)
        return job.hints


def _prepare_sheet(source: ImageSource, size: int) -> Sheet:
    sheet = Sheet.load(source, size)
    sheet.tensor, sheet.enlarger  # noqa: B018 (found with all that they need)
    return sheet


def _make_jobs(inputs: Inputs, places: Sequence[Path | None], files: HintFiles) -> list[Job]:
    jobs = []
    for picture, place in zip(inputs.pictures, places, strict=True):
        hints = files.find(picture.path, picture.relative)
        if picture.path is None:
            jobs.append(Job("stdin", read_stdin(), place, hints))
        else:
            jobs.append(Job(str(picture.path), picture.path, place, hints))
    if files.is_folder and not any(job.hints for job in jobs):
        raise InputError(
            f"{files.path}: expected hints named like the line art (NAME.png, NAME.json), found none that match"
        )
    return jobs


def _open_colorizer(model: Bundle, options: ColorizeOptions) -> Colorizer:
    return Colorizer(
        model,
        backend=options.backend,
        precision=cast(Precision, options.precision),
        device=options.device,
        size=options.size,
        flow=options.flow,
        threads=options.threads,
        build_engine=options.build,
    )


def _report_result(
    result: BatchResult[Finished],
    running: dict[str, Any],
    plan: ColorizePlan,
    unused: Sequence[Path],
    options: ColorizeOptions,
) -> None:
    """Print the summary, for people or as JSON."""
    measures = [(job.name, value.adherence) for job, value in result.done if value.adherence is not None]
    if options.json:
        model = {"name": plan.model.name, "sha256": plan.model.manifest["files"][WEIGHTS]["sha256"]}
        document = result.summarize() | {"hinted": sum(job.hints is not None for job in plan.jobs)}
        document["hints_not_used"] = [str(file) for file in unused]
        document["warnings"] = [
            {"name": job.name, "warning": value.remark} for job, value in result.done if value.remark
        ]
        document |= running | {"model": model, "size": options.size or plan.model.working_size}
        if options.report:
            document["adherence"] = summarize_adherence(measures)
            document["colors"] = [{"name": job.name, "colors": value.colors} for job, value in result.done]
        say_json(document)
        return
    if options.report and measures:
        print_adherence(measures)
        if plan.look.listed:
            print_palette([(job.name, value.colors or []) for job, value in result.done])
    how = " ".join(running[key] or "" for key in ("backend", "device", "precision"))
    say(result.describe(options.out or "", how))
    if (
        result.done
        and not plan.shared.strokes
        and plan.shared.layer is None
        and not any(job.hints for job in plan.jobs)
    ):
        say('next: give it colors, as --stroke "X,Y X,Y COLOR WIDTH" or painted on a transparent layer: --hints FILE')
