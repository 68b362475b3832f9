"""Sequences as files: many of them, in parallel; what is there already is not drawn again."""

import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.files import write_file

from .cel import GROUPS, Part
from .drawing import Drawn
from .hands import HANDS
from .sequence import FPS, FRAMES, SequencePlan, draw_sequence

LAYERS = ("line", "flats", "shade", "parts", "colored")
TRUTH = "sequence.json"  # written last: it says that all is there
CHUNK = 4  # sequences a worker takes at once

Report = Callable[[int, int], None]
DrawSequence = Callable[[int, int, int | None, int], tuple[SequencePlan, Iterator[Drawn]]]  # as draw_sequence


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """The content of a PNG file: H,W or H,W,3 RGB, 8 or 16 bits."""
    _, content = cv2.imencode(".png", image if image.ndim == 2 else image[..., ::-1])
    return content.tobytes()


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


def write_sequences(
    folder: Path,
    first: int,
    end: int,
    *,
    size: int = 512,
    hand: int | None = None,
    frames: int = FRAMES,
    workers: int = 1,
    report: Report | None = None,
    draw: DrawSequence = draw_sequence,
) -> int:
    """Write the sequences of the seeds from `first` up to, not including, `end`; what is there already is left.

    A sequence is a folder `folder/SEED/` with a folder of frames for each layer, numbered from 0001:

    - `line/0001.png`: the line art, gray, 255 is paper. Each drawing is drawn anew, so its lines wobble.
    - `flats/0001.png`: one color a part, without lines and shadows, paper white, RGB.
    - `parts/0001.png`: ids of the parts, 16 bits, 0 is paper. An id means the same part in all frames, also where it
      was hidden between.
    - `shade/0001.png`: the shadow, gray, 255 where it is full, 0 in the light.
    - `colored/0001.png`: flats with shadows, blush and highlights, without lines, RGB.

    and `sequence.json`, written last: `seed`, `hand`, `kind` ("solo", "pair", "cross": a figure walks past before the
    other, "prop": a thing does), `fps`, `size`, `frames`, `hold` (so many frames show one drawing; the camera moves in
    each), `light`, `parts` (for each id its name, material, figure from back to front, RGB color; names are equal for
    the same thing in every sequence), `palette` (the colors of all parts, "#rrggbb"), and `camera` (for each frame what
    it looks at in sides of the scene, its zoom and its turn in radians).

    Args:
        folder: Folder of the sequences; made where it is missing.
        first: First seed.
        end: The seed after the last.
        size: Pixels.
        hand: Number of one hand for all; None lets the seeds choose.
        frames: Frames of each sequence.
        workers: Processes.
        report: Called with the numbers of sequences done and to do.
        draw: What draws a sequence; called as `draw_sequence` in any of the processes.

    Returns:
        How many sequences were drawn in this call.

    Raises:
        InputError: An empty range, no worker, or what `draw_sequence` raises.
        OutputError: The folder cannot be written.
        PaintsTorchError: A worker process died.
    """
    if not 0 <= first < end:
        raise InputError(f"seeds: expected 0 <= first < end, received {first} and {end}")
    left = [seed for seed in range(first, end) if not (folder / f"{seed:07d}" / TRUTH).is_file()]
    write = partial(_write_sequence, folder, size=size, hand=hand, frames=frames, draw=draw)
    write_each(write, left, end - first, workers, report)
    return len(left)


def _write_sequence(folder: Path, seed: int, *, size: int, hand: int | None, frames: int, draw: DrawSequence) -> None:
    place = folder / f"{seed:07d}"
    plan, drawings = draw(seed, size, hand, frames)
    for number, drawn in enumerate(drawings, 1):
        for layer in LAYERS:
            write_file(place / layer / f"{number:04d}.png", encode_png(getattr(drawn, layer)))
    write_file(place / TRUTH, json.dumps(_describe(plan, size, drawn.table), indent=1))


def _describe(plan: SequencePlan, size: int, table: Sequence[Part]) -> dict[str, object]:
    """The content of sequence.json."""
    return {
        "seed": plan.seed[0],
        "hand": HANDS[plan.hand].name,
        "kind": plan.kind,
        "fps": FPS,
        "size": size,
        "frames": plan.frames,
        "hold": plan.hold,
        "light": plan.light,
        "parts": [
            {"name": part.name, "material": part.material, "figure": part.group // GROUPS, "color": part.color}
            for part in table
        ],
        "palette": sorted({"#{:02x}{:02x}{:02x}".format(*part.color) for part in table}),
        "camera": [asdict(plan.view_at(frame)) for frame in range(plan.frames)],
    }
