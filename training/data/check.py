"""A look at a folder of pictures before training on it: broken files, doubles, pictures without lines."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from paintstorch_sdk.errors import ImageError, InputError
from paintstorch_sdk.files import check_place, write_file
from paintstorch_sdk.imaging.images import SUFFIXES, load
from paintstorch_sdk.imaging.xdog import xdog

from .picture import LONG_SIDE, encode_png, on_background

SHEET_PICTURES, SHEET_COLUMNS, CELL = 48, 8, 160  # a contact sheet: pictures, columns, pixels a side
FEW_LINES, MANY_LINES = 0.003, 0.35  # share of line pixels below and above which a picture hardly teaches coloring
SMALL = 256  # pixels: a picture with a shorter side is stretched when trained on


@dataclass(slots=True)
class FolderReport:
    """Findings about a folder. Paths are relative to the folder, in order.

    Attributes:
        pictures: Every readable picture.
        unreadable: Each unreadable file with the reason.
        doubles: Groups of files with the same pixels.
        small: Pictures with a side under `SMALL` pixels.
        gray: Pictures without colors.
        few_lines: Pictures in which xDoG finds hardly a line.
        many_lines: Pictures in which xDoG finds noise.
        line_share: Mean share of line pixels; 0 without pictures.
        sizes: Smallest, median and largest long side, pixels; zeros without pictures.
    """

    pictures: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    doubles: list[list[str]] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    gray: list[str] = field(default_factory=list)
    few_lines: list[str] = field(default_factory=list)
    many_lines: list[str] = field(default_factory=list)
    line_share: float = 0.0
    sizes: tuple[int, int, int] = (0, 0, 0)

    def text(self) -> str:
        """The findings, one a line, for a terminal."""
        doubled = sum(len(group) - 1 for group in self.doubles)
        rows = [
            ("pictures", f"{len(self.pictures)}"),
            ("long side", f"{self.sizes[0]} to {self.sizes[2]} pixels, median {self.sizes[1]}"),
            ("line pixels", f"{self.line_share:.1%} on average"),
            ("unreadable", _list_some([f"{name} ({why})" for name, why in self.unreadable])),
            ("doubles", f"{doubled}" + (f": {_list_some([' = '.join(g) for g in self.doubles])}" if doubled else "")),
            (f"under {SMALL} pixels", _list_some(self.small)),
            ("without color", _list_some(self.gray)),
            ("hardly a line", _list_some(self.few_lines)),
            ("noisy lines", _list_some(self.many_lines)),
        ]
        return "\n".join(f"{name:<18}{value}" for name, value in rows)


def check_folder(folder: Path, sheet: Path | None = None) -> FolderReport:
    """Look at every picture in a folder and its folders.

    Args:
        folder: The pictures; nothing in it is changed.
        sheet: File for a contact sheet (PNG): pictures from all over the folder, each above its xDoG lines.

    Returns:
        What was found.

    Raises:
        InputError: Not a folder, or no picture file in it.
        OutputError: The contact sheet cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder of pictures")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise InputError(f"{folder}: expected pictures ({', '.join(sorted(SUFFIXES))}), found none")
    if sheet is not None:
        check_place(sheet)
    found, sides, shares = FolderReport(), [], []
    same: dict[bytes, list[str]] = defaultdict(list)
    shown = set(range(0, len(paths), max(1, -(-len(paths) // SHEET_PICTURES))))
    cells = []
    for number, path in enumerate(paths):
        name = path.relative_to(folder).as_posix()
        try:
            with path.open("rb") as file:
                picture = on_background(load(file))
        except (ImageError, OSError) as error:
            found.unreadable.append((name, str(error).removeprefix(f"{path}: ")))
            continue
        found.pictures.append(name)
        sides.append(max(picture.size))
        same[hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).digest()].append(name)
        if min(picture.size) < SMALL:
            found.small.append(name)
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        lines = xdog(np.asarray(picture))
        shares.append(float((lines == 0).mean()))
        _judge_picture(found, name, picture, shares[-1])
        if number in shown:
            cells.append((picture, Image.fromarray(lines)))
    found.doubles = [names for names in same.values() if len(names) > 1]
    if sides:
        found.line_share = float(np.mean(shares))
        found.sizes = (min(sides), int(np.median(sides)), max(sides))
    if sheet is not None:
        write_file(sheet, encode_png(contact_sheet(cells)))
    return found


def contact_sheet(cells: list[tuple[Image.Image, Image.Image]]) -> Image.Image:
    """Pictures in rows, each above its lines, scaled into squares of `CELL` pixels on gray."""
    rows = max(1, -(-len(cells) // SHEET_COLUMNS))
    sheet = Image.new("RGB", (SHEET_COLUMNS * CELL, rows * 2 * CELL), (128, 128, 128))
    for i, cell in enumerate(cells):
        row, column = divmod(i, SHEET_COLUMNS)
        for half, image in enumerate(cell):
            small = ImageOps.contain(image.convert("RGB"), (CELL - 4, CELL - 4))
            left, top = column * CELL, (2 * row + half) * CELL
            sheet.paste(small, (left + (CELL - small.width) // 2, top + (CELL - small.height) // 2))
    return sheet


def _judge_picture(found: FolderReport, name: str, picture: Image.Image, share: float) -> None:
    pixels = np.asarray(picture).astype(np.int16)
    if (pixels.max(axis=2) - pixels.min(axis=2) > 24).mean() < 0.005:
        found.gray.append(name)
    if share < FEW_LINES:
        found.few_lines.append(name)
    elif share > MANY_LINES:
        found.many_lines.append(name)


def _list_some(names: list[str], most: int = 5) -> str:
    """The first names, and how many there are."""
    if not names:
        return "none"
    return f"{len(names)}: " + ", ".join(names[:most]) + (", ..." if len(names) > most else "")
