"""The pictures of a data folder: what its manifest lists, decoded on demand and kept in memory."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError

ByteImage = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest.

    Attributes:
        picture: File of the coloured picture.
        lines: File of its true line drawing, or None.
        source: Name of the source, such as "openmoji".
    """

    picture: Path
    lines: Path | None
    source: str


def read_manifest(folder: Path, split: str) -> list[Entry]:
    """The entries of a split ("train" or "test"), in the order of the manifest.

    Raises:
        InputError: No manifest, or nothing of this split in it.
    """
    path = folder / "manifest.jsonl"
    if not path.is_file():
        raise InputError(f"{path}: expected the manifest of a data folder; build one with: pts data build")
    entries = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["split"] == split:
                lines = folder / row["lines"] if row.get("lines") else None
                entries.append(Entry(folder / row["picture"], lines, row["source"]))
    if not entries:
        raise InputError(f"{path}: no picture of the split {split!r}")
    return entries


class Pictures:
    """Decoded pictures, cached at a given size up to a given amount of memory.

    Args:
        entries: Of `read_manifest`.
        side: Long side that pictures are reduced to, pixels.
        cache_bytes: Pictures are kept after their first use until this much is kept.
    """

    def __init__(self, entries: list[Entry], side: int, cache_bytes: int) -> None:
        self.entries = entries
        self.side = side
        self.cache_bytes = cache_bytes
        self._cache: dict[int, tuple[ByteImage, ByteImage | None]] = {}
        self._used = 0

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> tuple[ByteImage, ByteImage | None]:
        """Picture uint8 H,W,3 RGB, and its true line drawing uint8 H,W (paper 255) where there is one."""
        if index in self._cache:
            return self._cache[index]
        entry = self.entries[index]
        picture = _reduce(_read(entry.picture, cv2.IMREAD_COLOR_RGB), self.side)
        lines: ByteImage | None = None
        if entry.lines is not None:
            height, width = picture.shape[:2]
            lines = _resize(_read(entry.lines, cv2.IMREAD_GRAYSCALE), width, height)
        size = picture.nbytes + (0 if lines is None else lines.nbytes)
        if self._used + size <= self.cache_bytes:
            self._cache[index] = (picture, lines)
            self._used += size
        return picture, lines


def _read(path: Path, flags: int) -> ByteImage:
    image = cv2.imread(str(path), flags)
    if image is None:
        raise InputError(f"{path}: cannot be decoded; build the data again")
    return image.astype(np.uint8, copy=False)


def _reduce(image: ByteImage, side: int) -> ByteImage:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return image
    return _resize(image, max(1, round(width * scale)), max(1, round(height * scale)))


def _resize(image: ByteImage, width: int, height: int) -> ByteImage:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
