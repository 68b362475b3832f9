"""The frames of a shot: numbered files, found by a folder's name or in the notation of sequences."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..errors import InputError
from ..imaging.images import SUFFIXES
from .files import DEEP

VIDEOS = frozenset((".mov", ".mp4", ".mkv", ".avi", ".webm"))
_RANGE = re.compile(r"[#@]|%0?\d*d|\$F|<UDIM>")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])-?\d+|\d+")


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        number: As its file's name tells.
        path: The file; it may be missing or broken.
    """

    number: int
    path: Path

    @property
    def name(self) -> str:
        """The file's name without folder and ending."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a shot, by their numbers.

    Attributes:
        frames: In order.
        missing: Numbers between the first and the last that there is no file of; on twos, every other one is missing.
        name: Where they came from, for messages.
    """

    frames: tuple[Frame, ...]
    missing: tuple[int, ...]
    name: str

    def __len__(self) -> int:
        return len(self.frames)

    def find(self, number: int) -> int:
        """The place of a frame in the shot.

        Raises:
            InputError: There is no frame of that number.
        """
        for place, frame in enumerate(self.frames):
            if frame.number == number:
                return place
        first, last = self.frames[0].number, self.frames[-1].number
        raise InputError(f"{self.name}: expected a frame from {first} to {last}, received {number}")


def find_frames(source: str | Path | Iterable[str | Path]) -> Frames:
    """Find the frames of a shot.

    Args:
        source: A folder with one sequence; a sequence as fileseq notes it ("ink.####.png", "ink.1001-1100#.exr",
            "ink.%04d.tif"); or files.

    Raises:
        InputError: No frames, several sequences in one folder, or files without a number.
    """
    if not isinstance(source, str | Path):
        files = [Path(one) for one in source]
        if not files:
            raise InputError("frames: expected a folder, a sequence or files, received none")
        return _collect([Frame(number_of(file), file) for file in files], f"{files[0].parent}")
    path, text = Path(source), str(source)
    if path.is_dir():
        return _collect(_list_folder(path), text)
    if _RANGE.search(path.name):
        return _find_sequence(text)
    if path.is_file():
        return _collect([Frame(number_of(path), path)], text)
    raise InputError(f"{text}: no such folder or sequence; expected a folder, or a name such as ink.####.png")


def number_of(path: Path) -> int:
    """The number of a frame's file: the last one in its name.

    Raises:
        InputError: There is no number in it.
    """
    found = _NUMBER.findall(path.stem)
    if not found:
        raise InputError(f"{path}: expected a frame's number in the name, such as ink.1001.png")
    return int(found[-1])


def _list_folder(folder: Path) -> list[Frame]:
    from fileseq.filesequence import FileSequence

    kinds = SUFFIXES | DEEP
    found = [
        s for s in FileSequence.findSequencesOnDisk(str(folder)) if s.extension().lower() in kinds and s.frameSet()
    ]
    found = [s for s in found if not s.basename().rstrip("._").endswith(".hints")]
    if not found:
        raise InputError(f"{folder}: expected numbered frames, such as ink.1001.png; found none")
    if len(found) > 1:
        names = [f"{s.basename()}#{s.extension()}" for s in found]
        several = f"found {len(found)} ({', '.join(names[:4])})"
        raise InputError(f"{folder}: expected one sequence, {several}; name one: {Path(folder, names[0])}")
    return _frames_of(found[0])


def _find_sequence(pattern: str) -> Frames:
    from fileseq.constants import PAD_STYLE_HASH1, PAD_STYLE_HASH4
    from fileseq.exceptions import FileSeqException
    from fileseq.filesequence import FileSequence

    style = PAD_STYLE_HASH1 if "##" in pattern else PAD_STYLE_HASH4
    try:
        named = FileSequence(pattern, pad_style=style)
        found = named if named.frameSet() else FileSequence.findSequenceOnDisk(pattern, pad_style=style)
    except FileSeqException as error:
        raise InputError(f"{pattern}: no frames found ({error}); expected a name such as ink.####.png") from error
    frames = _frames_of(found)
    there = [frame for frame in frames if frame.path.exists()]
    if not there:
        raise InputError(f"{pattern}: none of its {len(frames)} frames is there")
    missing = {frame.number for frame in frames} - {frame.number for frame in there}
    collected = _collect(there, pattern)
    return Frames(collected.frames, tuple(sorted(missing | {*collected.missing})), pattern)


def _frames_of(sequence: "object") -> list[Frame]:
    return [Frame(int(number), Path(sequence.frame(number))) for number in sequence.frameSet()]  # type: ignore[attr-defined]


def _collect(frames: list[Frame], name: str) -> Frames:
    frames = sorted(frames, key=lambda frame: frame.number)
    numbers = [frame.number for frame in frames]
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    if twice:
        raise InputError(f"{name}: expected one file a number, found several of {twice[0]}")
    steps = Counter(b - a for a, b in pairwise(numbers))
    step = min(steps, key=lambda one: (-steps[one], one)) if steps else 1
    expected = range(numbers[0], numbers[-1] + 1, step)
    return Frames(tuple(frames), tuple(sorted({*expected} - {*numbers})), name)
