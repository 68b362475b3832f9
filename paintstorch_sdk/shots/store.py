"""What a shot has found out so far, in a hidden folder of its results: nothing of it is needed, all of it saves time.

Every file is named by the digest of all that it was made from, so nothing in it is ever out of date, and several runs
may share it.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..files import write_file
from .matching import Matches
from .segments import Segments

T = TypeVar("T")

FOLDER = ".shot"
ALIGNED = 64  # bytes: where an array begins
ALGORITHM = 10  # counts up whenever segments or matches are found in another way


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
        path = self.folder / kind / f"{name}.arrays"
        with suppress(OSError, ValueError, TypeError):
            return made(*_unpack(path.read_bytes(), len(fields(made))))  # type: ignore[arg-type]
        result = find()
        write_file(path, _pack([getattr(result, one.name) for one in fields(made)]))  # type: ignore[arg-type]
        return result


def _pack(arrays: Sequence[NDArray[Any]]) -> bytes:
    """Arrays one after the other, behind a line of JSON with their kinds and shapes: .npy takes ten times as long."""
    head = json.dumps([(one.dtype.str, one.shape) for one in arrays]).encode() + b"\n"
    return b"".join(_align(part) for part in (head, *(one.tobytes() for one in arrays)))


def _unpack(content: bytes, count: int) -> list[NDArray[Any]]:
    """What `_pack` packed, read-only.

    Raises:
        ValueError, TypeError: It was something else.
    """
    head = content[: content.index(b"\n") + 1]
    arrays, place = [], len(_align(head))
    for kind, shape in json.loads(head):
        arrays.append(np.frombuffer(content, kind, math.prod(shape), place).reshape(shape))
        place += -(-arrays[-1].nbytes // ALIGNED) * ALIGNED
    if (len(arrays), place) != (count, len(content)):
        raise ValueError(f"expected {count} arrays in {place} bytes, found {len(arrays)} in {len(content)}")
    return arrays


def _align(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // ALIGNED) * ALIGNED, b"\n")


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
