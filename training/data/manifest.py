"""The list of a data set's pictures: manifest.jsonl, one JSON object a line, sorted by source and key."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from .picture import LAYERS, Tags
from .source import Split

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of a data set.

    Attributes:
        source: Name of its source.
        key: Name of the picture in its source.
        base: The drawing it is derived from.
        split: "train" or "test".
        picture: The coloured picture, relative to the data set's folder, with forward slashes.
        lines: The true line drawing, likewise; None where there is none.
        width: Pixels.
        height: Pixels.
        licence: SPDX identifier, or "public-domain".
        author: Whom to credit.
        sha256: Of the colour picture's file.
        tags: What is known about the picture.
        flats: The picture without shadows and lines, one color a part, where the source knows them; likewise.
        shade: The shadows, 255 in full shadow, likewise.
        parts: 16-bit ids of the parts, 0 is paper, likewise.
    """

    source: str
    key: str
    base: str
    split: Split
    picture: str
    lines: str | None
    width: int
    height: int
    licence: str
    author: str
    sha256: str
    tags: Tags = field(default_factory=dict)
    flats: str | None = None
    shade: str | None = None
    parts: str | None = None

    @property
    def files(self) -> list[str]:
        """All files of the picture, relative to the data set's folder."""
        named = (self.picture, self.lines, self.flats, self.shade, self.parts)
        return [name for name in named if name is not None]


def read_manifest(folder: Path) -> list[Entry]:
    """The entries of the data set in a folder.

    Raises:
        InputError: No manifest there, or a damaged one.
    """
    path = folder / MANIFEST
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(
            f"{path}: expected a data set's manifest: {error.strerror}; build the data set first"
        ) from error
    return [_entry(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def write_manifest(folder: Path, entries: Iterable[Entry]) -> None:
    """Write the manifest anew, at once: a reader sees the old or the new one, never half of one."""
    order = sorted(entries, key=lambda entry: (entry.source, entry.key))
    lines = (json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True) for entry in order)
    write_atomically(folder / MANIFEST, "".join(f"{line}\n" for line in lines).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; makes its folder.

    Raises:
        OutputError: It could not be written.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _entry(line: str, where: str) -> Entry:
    names = {f.name for f in fields(Entry)}
    needed = names - set(LAYERS)  # data sets of earlier versions have no layers
    try:
        values: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: expected a JSON object, received {line[:60]!r}") from error
    if not isinstance(values, dict) or not needed <= set(values) <= names:
        raise InputError(f"{where}: expected the keys {', '.join(sorted(names))}; build the data set anew")
    return Entry(**values)
