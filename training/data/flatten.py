"""Flats of pictures that come without: what one would fill their regions with.

    python -m paintstorch_sdk.training.data.flatten data flattened

Writes a data set with lines and flats alone, which the kinship network learns from: drawings of other people's hands,
beside those of the drawer and the scenes.
"""

import zlib
from collections.abc import Iterable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.images import load
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.training.linework import draw_lines

from .lab import to_lab
from .manifest import ManifestRow, read_rows, write_rows
from .picture import encode_png

Bytes = NDArray[np.uint8]

SMALLEST = 24  # pixels: smaller regions have no color
ALIKE = 12.0  # in L*a*b*, lightness counting `LIGHTNESS`: colors of one thing, in light and in shadow
LIGHTNESS = 0.35
MIXED = 0.3  # share of a region that may be of another color than its own
WHITE = (96.0, 4.0)  # least lightness, and most chroma, of paper
UNKNOWN = np.array([[[0, 0, 0], [1, 1, 1]], [[1, 1, 1], [0, 0, 0]]], np.uint8)  # no two neighbors alike: never an area
FEWEST = 3  # colors, paper's included, or a drawing teaches nothing


def find_flats(picture: Bytes, lines: Bytes) -> Bytes:
    """One color for each region of a picture, the same for those whose colors a shadow may part.

    Args:
        picture: uint8 H,W,3 RGB.
        lines: Its line art, uint8 H,W, paper is 255.

    Returns:
        uint8 H,W,3; white where the picture is, and `UNKNOWN` in regions of several colors and in tiny ones.
    """
    regions = find_regions(analyze(lines))
    lab = to_lab(picture)
    lab[..., 0] *= LIGHTNESS
    labels = np.where(regions.walls, -1, regions.labels).ravel()
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(len(regions.area) + 1))
    colors = np.zeros((len(regions.area), 3), np.uint8)
    known = np.zeros(len(regions.area), bool)
    things: list[NDArray[np.float32]] = []
    shown: list[NDArray[np.uint8]] = []
    for region in np.argsort(-regions.area, kind="stable"):
        places = order[ends[region] : ends[region + 1]]
        if len(places) < SMALLEST:
            break
        own = lab.reshape(-1, 3)[places]
        color = np.median(own, 0).astype(np.float32)
        if (np.linalg.norm(own - color, axis=1) > ALIKE).mean() > MIXED:
            continue
        known[region] = True
        if color[0] >= WHITE[0] * LIGHTNESS and np.hypot(*color[1:]) <= WHITE[1]:
            colors[region] = 255
            continue
        near = [float(np.linalg.norm(color - thing)) for thing in things]
        if not near or min(near) > ALIKE:
            things.append(color)
            shown.append(np.minimum(np.median(picture.reshape(-1, 3)[places], 0), 254).astype(np.uint8))
            near.append(0.0)
        colors[region] = shown[int(np.argmin(near))]
    height, width = lines.shape
    unknown = np.tile(UNKNOWN, (height // 2 + 1, width // 2 + 1, 1))[:height, :width]
    flats: Bytes = np.where(known[regions.labels][..., None], colors[regions.labels], unknown)
    return flats


def _flatten(task: tuple[Path, Path, ManifestRow]) -> ManifestRow | None:
    """Write a picture's lines and flats, unless it has too few colors."""
    data, out, row = task
    cv2.setNumThreads(1)
    picture = np.asarray(load(data / row.picture).convert("RGB"))
    rng = np.random.default_rng(zlib.crc32(f"{row.source}/{row.key}".encode()))
    lines = np.asarray(load(data / row.lines).convert("L")) if row.lines else draw_lines(picture, rng)
    flats = find_flats(picture, lines)
    if (np.unique(flats.reshape(-1, 3), axis=0) > UNKNOWN.max()).any(1).sum() < FEWEST:
        return None
    names = [f"{layer}/{row.source}/{row.key}.png" for layer in ("lines", "flats")]
    for name, image in zip(names, (lines, flats), strict=True):
        write_file(out / name, encode_png(Image.fromarray(image)))
    return replace(row, lines=names[0], flats=names[1], shade=None, parts=None)


def flatten(rows: Iterable[ManifestRow], data: Path, out: Path, workers: int = 1) -> list[ManifestRow]:
    """Write flats of all pictures of `data` that have none into `out`, with a manifest; pictures are not copied."""
    tasks = [(data, out, row) for row in rows if row.flats is None]
    if not tasks:
        raise InputError(f"{data}: expected pictures without flats, found none")
    with get_context("spawn").Pool(workers) as pool:
        done = [row for row in pool.imap(_flatten, tasks, chunksize=16) if row is not None]
    write_rows(out, done)
    return done


def main(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A data set.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the flats.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Write lines and flats of the pictures that have no flats."""
    typer.echo(f"{len(flatten(read_rows(data), data, out, workers))} pictures in {out}")


if __name__ == "__main__":
    typer.run(main)
