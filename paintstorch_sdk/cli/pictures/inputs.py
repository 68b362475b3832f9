"""The pictures that a command reads: files, folders, globs and stdin, in their natural order."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...hints.files import TAG, is_hint_file
from ...imaging.images import SUFFIXES
from .signature import LINE_ART as SIGNED_LINE_ART
from .signature import read_signature

STDIN = "-"
COLORED = ".colored"  # NAME.colored.png is what colorize writes beside NAME.* unless told otherwise
LINE_ART = ".lineart"  # NAME.lineart.png, the same of lineart

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class InputPicture:
    """One picture.

    Attributes:
        path: The file; None is stdin.
        relative: The path below an output folder, with the ending of the input.
    """

    path: Path | None
    relative: Path


@dataclass(frozen=True)
class Inputs:
    """All pictures of a run.

    Attributes:
        pictures: The pictures, in order.
        single: True where one file, or stdin, was named: its error is then the error of the run.
    """

    pictures: tuple[InputPicture, ...]
    single: bool


def find_pictures(inputs: Sequence[str], leave_out: Sequence[Path] = (), lines_too: bool = False) -> Inputs:
    """Find the pictures of a run.

    Args:
        inputs: The names that the user gave. Folders are searched with their sub-folders for names that end like
            pictures; hidden files, hints and what this program made are passed over.
        leave_out: Places of hints and results: folders that are not searched unless they are named as
            inputs themselves, and files that are passed over.
        lines_too: Whether line art that this program drew is passed over, as what it colored is.

    Raises:
        InputError: A name that does not exist, or a folder or glob without pictures.
    """
    if STDIN in inputs:
        if len(inputs) > 1:
            raise InputError(f"inputs: expected {STDIN} (stdin) alone, received {len(inputs)} inputs")
        return Inputs((InputPicture(None, Path("stdin.png")),), True)
    skipped = {path.resolve() for path in leave_out}
    names = {path.name for path in skipped}
    found: dict[InputPicture, None] = {}  # a set that keeps the order
    for name in inputs:
        kind = look_up(name)
        if kind == "folder":
            files = [InputPicture(Path(name, f), f) for f in _walk_folder(Path(name), skipped)]
            wanted = "pictures"
        elif kind == "file":
            files = [] if is_hint_file(Path(name)) else [InputPicture(Path(name), Path(Path(name).name))]
            wanted = "line art, not the hints for it"
        elif _MAGIC.search(name):
            files = _match_glob(name, skipped)
            wanted = "pictures that match"
        else:
            raise InputError(f"{name or repr(name)}: no such file or folder")
        if kind != "file":
            files = [f for f in files if f.path is None or f.path.name not in names or f.path.resolve() not in skipped]
            # Results of earlier runs, wherever they lie.
            files = [f for f in files if f.path is None or not _is_result(f.path, lines_too)]
        if not files and (len(inputs) == 1 or kind != "file"):
            raise InputError(f"{name}: expected {wanted} ({', '.join(sorted(SUFFIXES))}), found none")
        found.update(dict.fromkeys(files))
    if not found:
        raise InputError("inputs: expected line art, received only hints for it")
    return Inputs(tuple(found), len(inputs) == 1 and look_up(inputs[0]) == "file")


def look_up(name: str | Path) -> str:
    """Kind of thing that a name stands for: "folder", "file" (or anything that can be opened), or "" for nothing."""
    try:
        mode = Path(name).stat().st_mode if name else 0
    except (OSError, ValueError):
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file" if mode else ""


def natural_key(path: Path) -> list[list[tuple[int, str]]]:
    """Key by which frame2 comes before frame10."""
    return [
        [(int(run), "") if run.isdecimal() else (-1, run) for run in re.split(r"(\d+)", part)] for part in path.parts
    ]


def _is_result(path: Path, lines_too: bool) -> bool:
    made = read_signature(path)
    return made is not None and (lines_too or not made.startswith(SIGNED_LINE_ART))


def _is_picture(path: Path) -> bool:
    ours = path.stem.lower().endswith((TAG, COLORED, LINE_ART))
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not ours


def _walk_folder(root: Path, skipped: set[Path]) -> list[Path]:
    """Pictures below a folder, relative to it."""

    def unreadable(error: OSError) -> None:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error

    files = []
    for base, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = [f for f in folders if f[0] != "." and Path(base, f).resolve() not in skipped]
        files += [Path(base, name).relative_to(root) for name in names if _is_picture(Path(name))]
    return sorted(files, key=natural_key)


def _match_glob(pattern: str, skipped: set[Path]) -> list[InputPicture]:
    """Pictures that match a glob, relative to the folder before its first wildcard."""
    parts = Path(pattern).parts
    fixed = 0  # parts before the first wildcard; "[v2]" in the name of a folder is not one
    while fixed < len(parts) - 1 and (not _MAGIC.search(parts[fixed]) or Path(*parts[: fixed + 1]).is_dir()):
        fixed += 1
    root = Path(*parts[:fixed])
    try:
        matches = sorted((path.relative_to(root) for path in root.glob(str(Path(*parts[fixed:])))), key=natural_key)
    except ValueError as error:
        raise InputError(f"{pattern}: {error}") from error
    return [
        InputPicture(root / path, path)
        for path in matches
        if _is_picture(path)
        and look_up(root / path) == "file"
        and not any(part.startswith(".") for part in path.parts)
        and not any((root / folder).resolve() in skipped for folder in path.parents[:-1])
    ]
