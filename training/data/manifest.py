"""The list of a data set's pictures: manifest.jsonl, one JSON object a line, sorted by source and key."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import UnionType

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import read_at_most, write_file

from .picture import LAYERS, Tags
from .source import Split

MANIFEST = "manifest.jsonl"
MAX_MANIFEST = 2**29  # bytes: a million rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One picture of a data set. The builder writes every field; training needs those without a default.

    Attributes:
        source: Name of its source.
        split: "train" or "test".
        picture: The colored picture, relative to the data set's folder, with forward slashes.
        lines: The true line drawing, likewise; None where there is none.
        key: Name of the picture in its source.
        base: The drawing it is derived from.
        width: Width, pixels.
        height: Height, pixels.
        license: SPDX identifier, or "public-domain".
        author: Name to credit.
        sha256: SHA-256 of the colored picture's file.
        tags: Known facts about the picture.
        flats: The picture without shadows and lines, one color a part, where the source knows them; likewise.
        shade: The shadows, 255 in full shadow, likewise.
        parts: 16-bit ids of the parts, 0 is paper, likewise.
    """

    source: str
    split: Split
    picture: str
    lines: str | None = None
    key: str = ""
    base: str = ""
    width: int = 0
    height: int = 0
    license: str = ""
    author: str = ""
    sha256: str = ""
    tags: Tags = field(default_factory=dict)
    flats: str | None = None
    shade: str | None = None
    parts: str | None = None

    @property
    def files(self) -> list[str]:
        """All files of the picture, relative to the data set's folder."""
        named = (self.picture, self.lines, self.flats, self.shade, self.parts)
        return [name for name in named if name is not None]


_TYPES: Mapping[str, type | UnionType] = {
    "lines": str | None,
    **dict.fromkeys(LAYERS, str | None),
    "width": int,
    "height": int,
    "tags": dict,
}


def read_rows(folder: Path) -> list[ManifestRow]:
    """The manifest of the data set in a folder.

    Raises:
        InputError: There is no manifest, or a line of it is damaged.
    """
    path = folder / MANIFEST
    try:
        lines = read_at_most(path, MAX_MANIFEST).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"{path}: expected a data set's manifest: {why}; build the data set first") from error
    return [_parse_row(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def write_rows(folder: Path, rows: Iterable[ManifestRow]) -> None:
    """Write the manifest anew, at once: a reader sees the old or the new one, never half of one."""
    order = sorted(rows, key=lambda row: (row.source, row.key))
    lines = (json.dumps(asdict(row), ensure_ascii=False, sort_keys=True) for row in order)
    write_file(folder / MANIFEST, "".join(f"{line}\n" for line in lines))


def _parse_row(line: str, where: str) -> ManifestRow:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: expected a JSON object, received {line[:60]!r}") from error
    names = {f.name for f in fields(ManifestRow)}
    if not isinstance(values, dict) or not {"source", "split", "picture"} <= set(values) <= names:
        raise InputError(f"{where}: expected the keys {', '.join(sorted(names))}; build the data set anew")
    for name, value in values.items():
        if not isinstance(value, _TYPES.get(name, str)) or isinstance(value, bool):
            raise InputError(f"{where}: {name}: received {value!r:.60}; build the data set anew")
    if values["split"] not in ("train", "test"):
        raise InputError(f"{where}: split: expected train or test, received {values['split']!r:.60}")
    return ManifestRow(**values)
