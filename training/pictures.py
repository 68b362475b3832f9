"""The pictures of a data folder: what its manifest lists, or what lies in it, decoded on demand and kept in memory."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import ImageError, InputError
from paintstorch_sdk.imaging.images import SUFFIXES, load_line_art

from .data.manifest import MANIFEST, read_rows

ByteImage = NDArray[np.uint8]

log = logging.getLogger(__name__)

HELD_OUT = 10  # in a folder without a manifest, every tenth picture is for testing


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture to train or test on.

    Attributes:
        picture: File of the colored picture.
        lines: File of its true line drawing, or None.
        source: Name of the source, such as "openmoji".
        tags: Known facts about the picture.
        base: The drawing it is derived from: pictures of one base are no independent evidence.
        license: SPDX identifier, where the manifest has one.
        author: Name to credit, where the manifest has one.
        flats: File of its flats, or None.
    """

    picture: Path
    lines: Path | None
    source: str
    tags: Mapping[str, object] = field(default_factory=dict)
    base: str = ""
    license: str = ""
    author: str = ""
    flats: Path | None = None


def read_manifest(folder: Path, split: str) -> list[Entry]:
    """The entries of a split ("train" or "test"), in the order of the manifest.

    A folder of plain pictures needs no manifest: every tenth one, in the order of their names, is of the split
    "test", the others of "train", and each sub-folder is a source.

    Raises:
        InputError: No such folder, a damaged manifest, or nothing of this split in it.
    """
    path = folder / MANIFEST
    entries = _list_manifest(folder, split) if path.is_file() else _list_folder(folder, split)
    if not entries:
        raise InputError(f"{path}: no picture of the split {split!r}")
    return entries


def _list_manifest(folder: Path, split: str) -> list[Entry]:
    return [
        Entry(
            folder / row.picture,
            folder / row.lines if row.lines else None,
            row.source,
            row.tags,
            row.base,
            row.license,
            row.author,
            folder / row.flats if row.flats else None,
        )
        for row in read_rows(folder)
        if row.split == split
    ]


def _list_folder(folder: Path, split: str) -> list[Entry]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if len(paths) < 2:
        raise InputError(
            f"{folder}: expected a data folder (build one with: pts data build) or at least two pictures of your own, "
            f"found {len(paths)}"
        )
    tested = {path for i, path in enumerate(paths) if i % HELD_OUT == HELD_OUT // 2} or {paths[-1]}
    return [
        Entry(path, None, path.parent.relative_to(folder).as_posix())
        for path in paths
        if (path in tested) == (split == "test")
    ]


class Pictures:
    """Decoded pictures, cached at a given size up to a given amount of memory.

    Args:
        entries: The pictures, from `read_manifest`.
        side: Long side that pictures are reduced to, pixels.
        cache_bytes: Pictures are kept after their first use until this much is kept.
        flats: Give flats in place of pictures, and in full size, where they are known.
    """

    def __init__(self, entries: list[Entry], side: int, cache_bytes: int, flats: bool = False) -> None:
        self.entries = entries
        self.side = side
        self.cache_bytes = cache_bytes
        self.flats = flats
        self._cache: dict[int, tuple[ByteImage, ByteImage | None]] = {}
        self._used = 0
        self.broken: set[int] = set()  # entries that could not be read

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> tuple[ByteImage, ByteImage | None]:
        """Picture uint8 H,W,3 RGB, and its true line drawing uint8 H,W (paper 255) where there is one."""
        for step in range(len(self.entries)):
            place = (index + step) % len(self.entries)
            try:
                return self._read(place)
            except ImageError as error:  # the next one in its place, every time
                if place not in self.broken:
                    self.broken.add(place)
                    log.warning("skipped a broken picture (%d so far): %s", len(self.broken), error)
        raise InputError(f"expected pictures to train on: none of {len(self.entries)} can be read")

    def _read(self, index: int) -> tuple[ByteImage, ByteImage | None]:
        if index in self._cache:
            return self._cache[index]
        entry = self.entries[index]
        flats = entry.flats if self.flats else None
        picture = _load_rgb(flats) if flats else _fit_long_side(_load_rgb(entry.picture), self.side)
        lines: ByteImage | None = None
        if entry.lines is not None:
            height, width = picture.shape[:2]
            drawn = _load_rgb(entry.lines)
            lines = _resize_area(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False), width, height)
        size = picture.nbytes + (0 if lines is None else lines.nbytes)
        if self._used + size <= self.cache_bytes:
            self._cache[index] = (picture, lines)
            self._used += size
        return picture, lines


def _load_rgb(path: Path) -> ByteImage:
    """uint8 H,W,3 RGB; transparent pixels are on white."""
    image = load_line_art(path)
    return np.repeat(image[..., None], 3, 2) if image.ndim == 2 else image


def _fit_long_side(image: ByteImage, side: int) -> ByteImage:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return image
    return _resize_area(image, max(1, round(width * scale)), max(1, round(height * scale)))


def _resize_area(image: ByteImage, width: int, height: int) -> ByteImage:
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
