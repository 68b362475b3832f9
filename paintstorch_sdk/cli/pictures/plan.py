"""Jobs of a run, planned before any work: one for each picture, no two onto one file, none onto an input."""

import os
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import files
from ...errors import InputError, OutputError
from ...imaging.images import WRITABLE
from ...layers import ora, png_files, psd
from ..console import is_closed
from .inputs import Inputs, look_up
from .signature import is_whole, read_signature

STDOUT = "-"
FORMATS = {"png": ".png", "jpg": ".jpg", "webp": ".webp"}
LAYERED = {"ora": ora.SUFFIX, "psd": psd.SUFFIX, "png-layers": png_files.SUFFIX}


@dataclass(frozen=True)
class Job:
    """One picture to make.

    Attributes:
        name: Name for messages.
        source: The input: a file, or what stdin held.
        output: The file to write; None is stdout.
        hints: The file of hints for it.
        signature: What the picture says of its making (see `signature`); "" is any way.
        layers: Whether the layers lie beside it as files.
    """

    name: str
    source: Path | bytes
    output: Path | None
    hints: Path | None = None
    signature: str = ""
    layers: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it reads."""
        return tuple(path for path in (self.source, self.hints) if isinstance(path, Path))


def plan_outputs(
    inputs: Inputs, out: str | None, kind: str | None, tag: str, formats: Mapping[str, str] = FORMATS
) -> list[Path | None]:
    """The place of each picture; None is stdout.

    Args:
        inputs: The pictures.
        out: The place that the user named, if any.
        kind: The format that the user named, if any: one of `formats`.
        tag: Without `out`, a single NAME.* is written beside itself as NAME{tag}.png.
        formats: Name of each format that there is -> its ending.

    Raises:
        InputError: Nothing is named for more than one picture; an unknown format, or another than the name's.
        OutputError: A file where a folder is needed, or the other way round; a picture on a terminal.
    """
    if kind is not None and kind not in formats:
        raise InputError(f"format: expected one of {', '.join(formats)}, received {kind!r}")
    suffix = formats[kind or "png"]
    writable = (*WRITABLE, *(ending for ending in formats.values() if ending not in WRITABLE))
    first = inputs.pictures[0]
    if inputs.single and (out == STDOUT or (out is None and first.path is None)):
        if is_closed("stdout"):
            raise OutputError("stdout is closed; expected a place for the picture: -o FILE")
        if sys.stdout.isatty():
            raise OutputError("stdout is a terminal, not a place for a picture; redirect it or name a file: -o")
        return [None]
    if inputs.single and out is None:
        assert first.path is not None
        return [first.path.with_name(f"{first.path.stem}{tag}{suffix}")]
    if not out or out == STDOUT:
        raise InputError(f"{len(inputs.pictures)} pictures: expected the folder to write them to: -o FOLDER")
    path = Path(out)
    is_folder = look_up(out) == "folder" or out.endswith(("/", os.sep))
    if inputs.single and path.suffix and not is_folder:
        if path.suffix.lower() not in writable:
            raise OutputError(f"{path}: expected a name that ends in {', '.join(writable)}, or a folder (ending in /)")
        if kind is not None and _normalize_suffix(path.suffix.lower()) != _normalize_suffix(suffix):
            raise InputError(f"{path}: expected a name that ends in .{kind}, as --format says; leave one out")
        return [path]
    if look_up(out) == "file":
        raise OutputError(f"{out}: expected a folder, found a file; choose another place")
    if path.suffix.lower() in writable and not is_folder:
        raise OutputError(f"{out}: expected a folder for {len(inputs.pictures)} pictures, received a picture's name")
    return [path / picture.relative.with_suffix(suffix) for picture in inputs.pictures]


def check_jobs(jobs: Sequence[Job]) -> None:
    """Check that every job has a place of its own that can be written, and make the folders.

    Args:
        jobs: All of them.

    Raises:
        OutputError: Two would write one file, one would overwrite an input, or a folder cannot be written.
    """
    sources = {_identify(path) for job in jobs for path in job.files}
    taken: dict[str, Job] = {}
    folders: dict[Path, None] = {}
    for job in jobs:
        if job.output is None:
            continue
        place = _identify(job.output)
        if place in sources:
            raise OutputError(f"{job.output}: is an input, which is never overwritten; choose another -o")
        if place in taken:
            raise OutputError(
                f"{taken[place].name} and {job.name} would both be written to {job.output}; "
                f"rename one, or write them to different folders"
            )
        taken[place] = job
        folders[job.output.parent] = None
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(prefix=".paintstorch-", dir=folder) as file:
                tells_case = not Path(file.name).with_name(Path(file.name).name.upper()).exists()
        except OSError as error:
            raise OutputError(
                f"{folder}: cannot be written: {error.strerror or error}; choose another place"
            ) from error
        if not tells_case:
            _check_case([job for job in jobs if job.output is not None and job.output.parent == folder])


def _check_case(jobs: Sequence[Job]) -> None:
    """Check that no two jobs write names that a file system without upper and lower case takes for the same."""
    taken: dict[str, Job] = {}
    for job in jobs:
        assert job.output is not None
        first = taken.setdefault(unicodedata.normalize("NFC", job.output.name).casefold(), job)
        if first is not job:
            raise OutputError(
                f"{first.name} and {job.name} would be written to {first.output} and {job.output}, which are one file "
                f"here; rename one"
            )


def is_done(job: Job) -> bool:
    """Whether a job's output exists, whole, is no older than its line art, and was made the same way."""
    if job.output is None:
        return False
    try:
        made = job.output.stat()
        drawn = job.source.stat().st_mtime_ns if isinstance(job.source, Path) else 0
    except OSError:
        return False
    if not stat.S_ISREG(made.st_mode) or not made.st_size or made.st_mtime_ns < drawn or not is_whole(job.output):
        return False
    if job.signature and read_signature(job.output) != job.signature:
        return False
    if not job.layers:
        return True
    files = png_files.list_files(job.output)
    return files is not None and all(map(is_whole, files))


def delete_partial_files(jobs: Iterable[Job]) -> None:
    """Delete the unfinished files that a killed run left of these jobs."""
    names: dict[Path, set[str]] = {}
    for job in jobs:
        if job.output is not None:
            names.setdefault(job.output.parent, set()).add(job.output.name)
    for folder, wanted in names.items():
        files.sweep(folder, wanted)


def _normalize_suffix(suffix: str) -> str:
    """The same for endings that mean the same."""
    return WRITABLE.get(suffix, suffix)


def _identify(path: Path) -> str:
    """One text for each file, however it is named."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except FileNotFoundError as error:
        raise OutputError(f"{path}: the working folder was deleted; go to another folder") from error
