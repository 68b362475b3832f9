"""What a shot has found out so far, in a hidden folder of its results: nothing of it is needed, all of it saves time.

Every file is named by the digest of all that it was made from, so nothing in it is ever out of date, and several runs
may share it.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..files import replacing
from .matching import Matches
from .segments import Segments

T = TypeVar("T")

FOLDER = ".shot"
ALGORITHM = 7  # counts up whenever segments or matches are found in another way


class ShotStore:
    """Segments and matches on disk.

    Args:
        folder: The folder of a shot's results.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def segments(self, lines: str, find: Callable[[], Segments]) -> Segments:
        """The segments of a frame, by the digest of its file."""
        return self._keep(digest("segments", lines), "segments", Segments, find)

    def matches(self, first: str, second: str, find: Callable[[], Matches]) -> Matches:
        """How two frames match, by the digests of their files."""
        return self._keep(digest("matches", first, second), "matches", Matches, find)

    def _keep(self, name: str, kind: str, made: type[T], find: Callable[[], T]) -> T:
        path = self.folder / kind / name[:2] / f"{name}.npy"  # one array after the other: a zip takes twice as long
        with suppress(OSError, ValueError, EOFError), path.open("rb") as file:
            return made(*(np.load(file, allow_pickle=False) for _ in fields(made)))  # type: ignore[arg-type]
        result = find()
        with replacing(path) as temporary, temporary.open("wb") as file:
            for one in fields(made):  # type: ignore[arg-type]
                np.save(file, getattr(result, one.name), allow_pickle=False)
        return result


def digest(*parts: Any) -> str:
    """The digest of JSON values and of arrays."""
    total = hashlib.sha256()
    for part in (ALGORITHM, *parts):
        if isinstance(part, np.ndarray):
            total.update(f"{part.dtype}{part.shape}".encode())
            total.update(np.ascontiguousarray(part).tobytes())
        else:
            total.update(json.dumps(part, sort_keys=True, default=str).encode() + b"\n")
    return total.hexdigest()[:32]


def digest_file(path: Path) -> str:
    """The digest of a file's bytes.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
