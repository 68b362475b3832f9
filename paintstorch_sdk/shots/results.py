"""The folder that a shot's pictures are written to, and what made each of them.

Nothing is done twice: a picture whose file is whole, and was made of the same lines, colors, model and settings, stays.
What made it is written beside it before the next one is begun, so a run that is killed loses the frames at work alone.
`shot.json` sums up the last run.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..errors import InputError, OutputError, PaintsTorchError
from ..files import replacing, sweep, write_file
from ..look import Look
from .files import name_output, save_picture
from .frames import Frame
from .painters import FramePainter
from .propagation import Coloring
from .shot import Shot
from .store import FOLDER, digest_file
from .survey import Survey

Pixels = NDArray[np.uint8]

MANIFEST = "shot.json"
VERSION = 1


@dataclass(frozen=True)
class Record:
    """One frame of a shot's results.

    Attributes:
        number: Number of the frame.
        source: Its line art.
        lines: Digest of that file; "" where it cannot be read.
        output: Name of its picture in the folder.
        sha256: Digest of the picture; "" where there is none.
        made: Digest of all that it was made of.
        sure: Share of the picture whose colors are not doubtful.
        keys: Numbers of the key frames that its colors came from.
        error: What is wrong with it; "" is nothing.
    """

    number: int
    source: str
    lines: str
    output: str
    sha256: str = ""
    made: str = ""
    sure: float = 0.0
    keys: tuple[int, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class ShotStep:
    """What became of one frame in a run: its record, and whether it was made now or was there already."""

    record: Record
    fresh: bool


@dataclass
class ShotResults:
    """A folder of results.

    Attributes:
        folder: Where.
    """

    folder: Path

    def color(self, shot: Shot) -> Iterator[ShotStep]:
        """Color what is not there yet, in order, and write the manifest.

        Raises:
            OutputError: Something cannot be written; what was written stays, and a rerun goes on from there.
        """
        self._check(shot)
        frames, places = shot.frames.frames, range(len(shot))
        sweep(self.folder, {name_output(frame.path) for frame in frames})
        first: dict[tuple[str, str], int] = {}  # the place of each drawing

        @cache
        def plan(place: int) -> tuple[str, Record | None, int]:
            """The digest of what a frame is made of, its record where it is there, and the place of its drawing.

            Asked for in order, while others are written.
            """
            frame, made = frames[place], shot.digest_frame(place)
            drawing = made, Path(name_output(frame.path)).suffix
            return made, self._find(frame, made), first.setdefault(drawing, place) if made else place

        def find_wanted() -> Iterator[tuple[int, str, Pixels | None]]:
            for place in places:
                made, there, drawn = plan(place)
                if there is None and drawn == place:
                    yield place, made, shot.survey.packed_lines(place)

        write = WriteFrame(self.folder.absolute(), shot.survey, shot.colorings, shot.painter, shot.look)
        written, records = shot.map(write, find_wanted()), list[Record]()
        for place in places:
            _, there, drawn = plan(place)
            if there is not None:
                records.append(there)
            elif drawn == place:
                records.append(next(written))
            else:  # held
                records.append(write.copy(records[drawn], place))
            yield ShotStep(records[place], there is None)
        self._write_manifest(shot, records)

    def _check(self, shot: Shot) -> None:
        for frame in shot.frames.frames:
            output = self.folder / name_output(frame.path)
            if output.exists() and output.resolve() == frame.path.resolve():
                raise OutputError(f"{frame.path}: is an input, which is never overwritten; choose another -o")

    def _find(self, frame: Frame, made: str) -> Record | None:
        """The record of a picture that is there already, whole, and made of the same."""
        if not made:
            return None
        with suppress(OSError, ValueError, TypeError):
            record = _read_record(json.loads(_place_record(self.folder, made, frame).read_text("utf-8")))
            if record.output == name_output(frame.path) and digest_file(self.folder / record.output) == record.sha256:
                return replace(record, source=str(frame.path))
        return None

    def _write_manifest(self, shot: Shot, records: list[Record]) -> None:
        document = {
            "version": VERSION,
            "software": f"paintstorch-sdk {__version__}",
            "frames": shot.frames.name,
            "missing": list(shot.frames.missing),
            "keys": {str(number): describe_key(source) for number, source in shot.keys.items()},
            "look": asdict(shot.look) | {"palette": shot.look.listed and [list(c) for c in shot.look.listed.colors]},
            "palette": ["#" + bytes(color).hex() for color in shot.palette.tolist()],
            "results": [asdict(record) for record in records],
        }
        write_file(self.folder / MANIFEST, json.dumps(document, indent=1) + "\n")


@dataclass(frozen=True)
class WriteFrame:
    """Colors a frame and writes its picture and its record; may be sent to another machine.

    Attributes:
        folder: Folder of the results.
        survey: Survey of the shot.
        colorings: One of each frame.
        painter: Paints them.
        look: How pictures are finished.
    """

    folder: Path
    survey: Survey
    colorings: Sequence[Coloring | None]
    painter: FramePainter
    look: Look

    @property
    def uses_gpu(self) -> bool:
        """Whether it runs a network."""
        return self.look.style == "paint"

    def __call__(self, item: tuple[int, str, Pixels | None]) -> Record:
        """Write the frame at a place; what is wrong with it is in its record.

        Args:
            item: The place, the digest of all that its picture is made of, and its line art packed, where it is known.

        Raises:
            OutputError: It cannot be written.
        """
        place, made, packed = item
        sighting, coloring = self.survey.sightings[place], self.colorings[place]
        frame = sighting.frame
        name = name_output(frame.path)
        about = frame.number, str(frame.path), sighting.digest, name
        if sighting.error is not None or coloring is None:
            return Record(*about, error=str(sighting.error))
        try:
            colors, picture = self.painter.render(place, packed)
        except PaintsTorchError as error:
            return Record(*about, error=str(error))
        segments = self.survey.segments(place)
        save_picture(
            colors, picture, self.folder / name, frame.path, self.look.lines != "none", bool(segments.inverted)
        )
        sure = float(segments.area[~coloring.doubtful].sum() / segments.area.sum())
        keys = np.unique(coloring.keys[coloring.keys >= 0]).tolist()
        numbers = tuple(self.survey.sightings[key].frame.number for key in keys)
        return self._keep(Record(*about, digest_file(self.folder / name), made, round(sure, 4), numbers), frame)

    def copy(self, record: Record, place: int) -> Record:
        """Write a frame that holds the drawing of another, whose record is given.

        Raises:
            OutputError: It cannot be written.
        """
        frame = self.survey.sightings[place].frame
        own = replace(record, number=frame.number, source=str(frame.path), output=name_output(frame.path))
        if own.error:
            return own
        with replacing(self.folder / own.output) as temporary:
            shutil.copyfile(self.folder / record.output, temporary)
        return self._keep(own, frame)

    def _keep(self, record: Record, frame: Frame) -> Record:
        write_file(_place_record(self.folder, record.made, frame), json.dumps(asdict(record)))
        return record


def _place_record(folder: Path, made: str, frame: Frame) -> Path:
    return folder / FOLDER / "frames" / f"{made}-{frame.number}.json"


def describe_key(source: object) -> dict[str, str]:
    """A key for the manifest: its file and its digest, where it is one."""
    if isinstance(source, str | Path):
        return {"file": str(Path(source).absolute()), "sha256": digest_file(Path(source))}
    return {"file": "", "sha256": ""}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder of results.

    Raises:
        InputError: There is none, or it is damaged.
    """
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']!r}")
        document["results"] = [_read_record(one) for one in document["results"]]
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected a folder that pts shot color has finished") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: expected the manifest of a shot, version {VERSION} ({error})") from error
    return dict(document)


def verify(folder: Path) -> list[str]:
    """What is not as the manifest says, a sentence each: pictures that changed or are gone, line art that changed.

    Raises:
        InputError: There is no manifest.
    """
    document = read_manifest(folder)
    problems = []
    for record in document["results"]:
        if record.error:
            problems.append(f"{record.number}: was not colored: {record.error}")
            continue
        for path, expected, what in (
            (folder / record.output, record.sha256, "picture"),
            (Path(record.source), record.lines, "line art"),
        ):
            if (found := _digest_or_none(path)) != expected:
                problems.append(f"{record.number}: {what} {path} {'is gone' if found is None else 'has changed'}")
    for number, key in document["keys"].items():
        if key["file"] and (found := _digest_or_none(Path(key["file"]))) != key["sha256"]:
            problems.append(f"{number}: key {key['file']} {'is gone' if found is None else 'has changed'}")
    return problems


def _read_record(document: Mapping[str, Any]) -> Record:
    return Record(**{**document, "keys": tuple(document["keys"])})


def _digest_or_none(path: Path) -> str | None:
    with suppress(OSError, PaintsTorchError):
        return digest_file(path)
    return None
