"""Palettes: the colors that a production permits, from the files that its programs write."""

import colorsys
import json
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import HintError
from ..imaging.metrics import ciede2000, srgb_to_lab
from .model import Color, parse_color

Pixels = NDArray[np.uint8]

MAX_COLORS = 4096
MAX_BYTES = 16 * 2**20
SUFFIXES = (".gpl", ".ase", ".aco", ".json")

_GPL, _ASE = b"GIMP Palette", b"ASEF"
_ASE_COLOR = 1
_ACO_RGB, _ACO_HSB, _ACO_GRAY = 0, 1, 8


@dataclass(frozen=True)
class Palette:
    """Listed colors.

    Attributes:
        colors: Red, green, blue in 0..255, each listed once.
        names: Name of each color; "" where it has none.
        name: Where they came from, for messages.

    Raises:
        HintError: No colors, or too many.
    """

    colors: tuple[tuple[int, int, int], ...]
    names: tuple[str, ...] = ()
    name: str = "palette"

    def __post_init__(self) -> None:
        if not 0 < len(self.colors) <= MAX_COLORS:
            raise HintError(f"{self.name}: expected 1 to {MAX_COLORS} colors, received {len(self.colors)}")
        if len(self.names) != len(self.colors):
            object.__setattr__(self, "names", ("",) * len(self.colors))

    @classmethod
    def of(cls, source: "PaletteSource") -> "Palette | None":
        """A palette of anything that lists colors.

        Args:
            source: A palette; a file of GIMP or Krita (.gpl), Adobe (.ase, .aco) or JSON (a list of colors, or
                {"colors": [...]}); colors as text, "#e8a0b4, navy"; a sequence of colors; or None.

        Raises:
            HintError: It is none of these, or damaged.
        """
        if source is None or isinstance(source, Palette):
            return source
        if isinstance(source, os.PathLike) or (isinstance(source, str) and _names_file(source)):
            return _read_file(Path(source))
        if isinstance(source, str):
            return _collect([(color, "") for color in source.replace(",", " ").split()], "palette")
        if isinstance(source, Iterable):
            return _collect([(color, "") for color in source], "palette")
        raise HintError(f"palette: expected a file or colors, received {source!r:.60}")

    def snap(self, rgb: Pixels) -> Pixels:
        """The nearest listed color (CIEDE2000) of each color, uint8 ...,3."""
        listed = np.array(self.colors, np.uint8)
        codes = rgb.reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
        seen = np.zeros(2**24, bool)
        seen[codes] = True
        found = np.flatnonzero(seen).astype(np.uint32)
        colors = np.stack([found >> 16, found >> 8 & 255, found & 255], 1).astype(np.uint8)
        nearest = np.empty(len(found), np.int64)
        lab, chunk = srgb_to_lab(listed), max(1, 2**20 // len(listed))
        for start in range(0, len(found), chunk):
            part = srgb_to_lab(colors[start : start + chunk])
            nearest[start : start + chunk] = ciede2000(part[:, None], lab[None]).argmin(1)
        return listed[nearest[np.searchsorted(found, codes)]].reshape(rgb.shape)

    def name_of(self, color: Sequence[int]) -> str:
        """The name of a listed color; "" where it has none, or is not listed."""
        rgb = tuple(int(channel) for channel in color)
        return self.names[self.colors.index(rgb)] if rgb in self.colors else ""


PaletteSource: TypeAlias = Palette | str | os.PathLike[str] | Iterable[Color] | None


def _names_file(text: str) -> bool:
    return text.lower().endswith(SUFFIXES) or Path(text).is_file()


def _read_file(path: Path) -> Palette:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise HintError(f"{path}: expected at most {MAX_BYTES >> 20} MB of palette")
        data = path.read_bytes()
    except OSError as error:
        raise HintError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        if data.startswith(_ASE):
            items = _read_ase(data)
        elif data.lstrip(b"\xef\xbb\xbf \r\n").startswith(_GPL):
            items = _read_gpl(data.decode("utf-8-sig", "replace"))
        elif path.suffix.lower() == ".aco":
            items = _read_aco(data)
        else:
            items = _read_json(data)
    except (struct.error, ValueError, IndexError, RecursionError) as error:
        raise HintError(
            f"{path}: expected a palette of GIMP (.gpl), Adobe (.ase, .aco) or JSON; it is damaged, or none ({error})"
        ) from error
    return _collect(items, str(path))


def _collect(items: Iterable[tuple[Any, str]], name: str) -> Palette:
    """The palette of (color, name), each color once."""
    unique: dict[tuple[int, int, int], str] = {}
    for color, label in items:
        try:
            rgb = parse_color(color)
        except HintError as error:
            raise HintError(f"{name}: {error}") from error
        unique.setdefault(rgb, label)
    return Palette(tuple(unique), tuple(unique.values()), name)


def _read_gpl(text: str) -> list[tuple[Any, str]]:
    """Source: the GIMP palette format: a line of red, green, blue and a name for each color."""
    items = []
    for line in text.splitlines()[1:]:
        words = line.split(maxsplit=3)
        if not words or line.startswith("#") or not words[0].isdigit():
            continue
        red, green, blue = (int(word) for word in words[:3])
        items.append(((red, green, blue), words[3].strip() if len(words) > 3 else ""))
    return items


def _read_ase(data: bytes) -> list[tuple[Any, str]]:
    """Source: Adobe Swatch Exchange, version 1.0: blocks of a kind and a length, big-endian."""
    (blocks,) = struct.unpack_from(">I", data, 8)
    items, place = [], 12
    for _ in range(min(blocks, 4 * MAX_COLORS)):
        kind, length = struct.unpack_from(">HI", data, place)
        if kind == _ASE_COLOR:
            (letters,) = struct.unpack_from(">H", data, place + 6)
            name = data[place + 8 : place + 8 + 2 * letters].decode("utf-16-be", "replace").rstrip("\0")
            after = place + 8 + 2 * letters
            model = data[after : after + 4]
            if model == b"RGB ":
                levels = struct.unpack_from(">3f", data, after + 4)
            elif model == b"Gray":
                levels = struct.unpack_from(">f", data, after + 4) * 3
            else:
                raise ValueError(f"color {name!r:.40} is {model.decode('ascii', 'replace').strip()}, not RGB or gray")
            items.append((_to_levels(levels), name))
        place += 6 + length
    return items


def _read_aco(data: bytes) -> list[tuple[Any, str]]:
    """Source: the Adobe color file: version 1 without names, then version 2 with them, big-endian."""
    version, count = struct.unpack_from(">2H", data, 0)
    if version not in (1, 2):
        raise ValueError(f"version {version}")
    place = 4
    if version == 1 and len(data) >= 8 + 10 * count:
        second, again = struct.unpack_from(">2H", data, 4 + 10 * count)
        if (second, again) == (2, count):
            version, place = 2, 8 + 10 * count
    items = []
    for _ in range(min(count, MAX_COLORS + 1)):
        space, *values = struct.unpack_from(">5H", data, place)
        place += 10
        name = ""
        if version == 2:
            (letters,) = struct.unpack_from(">I", data, place)
            if letters > len(data):
                raise ValueError(f"a name of {letters} letters")
            name = data[place + 4 : place + 4 + 2 * letters].decode("utf-16-be", "replace").rstrip("\0")
            place += 4 + 2 * letters
        if space == _ACO_RGB:
            levels: tuple[float, ...] = tuple(value / 65535 for value in values[:3])
        elif space == _ACO_HSB:
            levels = colorsys.hsv_to_rgb(*(value / 65535 for value in values[:3]))
        elif space == _ACO_GRAY:
            levels = (min(values[0], 10_000) / 10_000,) * 3
        else:
            raise ValueError(f"color space {space}, not RGB, HSB or gray")
        items.append((_to_levels(levels), name))
    return items


def _read_json(data: bytes) -> list[tuple[Any, str]]:
    document = json.loads(data.decode("utf-8-sig"))
    if isinstance(document, Mapping):
        document = document.get("colors")
    if not isinstance(document, list):
        raise ValueError('JSON without a list of colors, or {"colors": [...]}')
    items = []
    for entry in document:
        if isinstance(entry, Mapping):
            items.append((entry.get("color"), str(entry.get("name", ""))))
        else:
            items.append((tuple(entry) if isinstance(entry, list) else entry, ""))
    return items


def _to_levels(values: Sequence[float]) -> tuple[int, ...]:
    if not all(0.0 <= value <= 1.0 for value in values):
        raise ValueError(f"levels {values} outside 0..1")
    return tuple(round(value * 255) for value in values)
