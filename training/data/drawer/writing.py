"""Drawings as files: many of them, in parallel; what is there already is not drawn again."""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError, PaintsTorchError

from ..manifest import write_atomically
from .drawing import Drawn, draw

LAYERS = ("line", "flats", "shade", "parts", "colored")  # written in this order: the last one says that all are there
CHUNK = 4  # drawings a worker takes at once

Report = Callable[[int, int], None]


def layer_path(folder: Path, seed: int, layer: str) -> Path:
    """Where a layer of a drawing is written."""
    return folder / f"{seed:07d}_{layer}.png"


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """The content of a PNG file: H,W or H,W,3 RGB, 8 or 16 bits."""
    _, content = cv2.imencode(".png", image if image.ndim == 2 else image[..., ::-1])
    return content.tobytes()


def write_drawings(
    folder: Path,
    first: int,
    end: int,
    *,
    size: int = 512,
    hand: int | None = None,
    workers: int = 1,
    report: Report | None = None,
) -> int:
    """Write the layers of the drawings of the seeds from `first` up to, not including, `end`.

    Files are SEED_line.png, _flats, _shade, _parts (16 bits) and _colored; each is written whole or not at all, and
    drawings whose files are there are left as they are.

    Args:
        folder: Of the files; made where it is missing.
        first: First seed.
        end: The seed after the last.
        size: Pixels.
        hand: Number of one hand for all; None lets the seeds choose.
        workers: Processes.
        report: Called with the numbers of drawings done and to do.

    Returns:
        How many drawings were drawn in this call.

    Raises:
        InputError: An empty range, no worker, or what `draw` raises.
        OutputError: The folder cannot be written.
        PaintsTorchError: A worker process died.
    """
    if not 0 <= first < end:
        raise InputError(f"seeds: expected 0 <= first < end, received {first} and {end}")
    left = [seed for seed in range(first, end) if not layer_path(folder, seed, LAYERS[-1]).is_file()]
    write_each(partial(_write_one, folder, size=size, hand=hand), left, end - first, workers, report)
    return len(left)


def write_each(
    write: Callable[[int], None], left: Sequence[int], count: int, workers: int, report: Report | None
) -> None:
    """Call `write` with each of the seeds that are left of `count`, in parallel where there are several workers.

    Raises:
        InputError: No worker.
        PaintsTorchError: A worker process died.
    """
    if workers < 1:
        raise InputError(f"workers: expected at least one, received {workers}")
    with ExitStack() as stack:
        written: Iterable[None] = map(write, left)
        if workers > 1:
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,)))
            written = pool.map(partial(_unless_orphaned, write), left, chunksize=CHUNK)
        try:
            for done, _ in enumerate(written, count - len(left) + 1):
                if report:
                    report(done, count)
        except BrokenProcessPool as error:
            raise PaintsTorchError("a worker process died (out of memory?); run again to go on") from error


def _unless_orphaned(write: Callable[[int], None], seed: int) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit  # whoever asked was killed: another may write here now
    write(seed)


def _write_one(folder: Path, seed: int, *, size: int, hand: int | None) -> None:
    drawn: Drawn = draw(seed, size, hand)
    for layer in LAYERS:
        write_atomically(layer_path(folder, seed, layer), encode_png(getattr(drawn, layer)))
