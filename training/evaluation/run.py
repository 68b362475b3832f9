"""The evaluation itself: every method on every case, the same cases for all."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .cases import SEED, ColoringCase, Condition, cases, conditions
from .drawings import HeldOutDrawing, Lines, held_out
from .lpips import Lpips
from .measures import Measured, Ruler
from .methods import FILLS, ByteImage, Paint
from .results import Painting, Progress, Results

KINDS: tuple[Lines, ...] = ("xdog", "drawn")


def choose_drawings(data: Path, count: int) -> list[HeldOutDrawing]:
    """`count` held-out drawings of each kind of lines, or as many as there are."""
    return [drawing for lines in KINDS for drawing in held_out(data, lines, count)]


def measure_methods(
    chosen: Sequence[HeldOutDrawing],
    painters: Mapping[str, Paint],
    progress: Progress = lambda done, total: None,
    *,
    seed: int = SEED,
    wanted: Sequence[Condition] | None = None,
    lpips: Lpips | None = None,
) -> Results:
    """Measure the fills and each painter on each drawing under each condition.

    Args:
        chosen: See `choose_drawings`.
        painters: Painters by their names.
        progress: Told after each drawing.
        seed: Seed of strokes and colors.
        wanted: Conditions; None is all.
        lpips: Also measures this distance where given.
    """
    results = Results()
    methods = {**FILLS, **painters}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2))  # measures one case while the network paints the next
        stack.callback(pool.shutdown, cancel_futures=True)  # Ctrl-C does not wait for what is queued
        for done, drawing in enumerate(chosen):
            progress(done, len(chosen))
            asked = conditions(drawing.lines) if wanted is None else [c for c in wanted if c.lines == drawing.lines]
            tasks = []
            for case in cases(drawing, asked, seed):
                made = {name: paint(case.line_art, case.hints) for name, paint in methods.items()}
                tasks.append((case.condition, pool.submit(_measured, case, made, lpips)))
            for condition, task in tasks:
                for name, (measured, differences) in task.result().items():
                    row = Painting(drawing.name, drawing.entry.source, drawing.entry.base, condition, name, measured)
                    results.add(row, differences)
    progress(len(chosen), len(chosen))
    return results


def _measured(
    case: ColoringCase, made: Mapping[str, ByteImage], lpips: Lpips | None
) -> dict[str, tuple[Measured, NDArray[np.float32]]]:
    ruler = Ruler(case, lpips)
    return {name: ruler.measure(image) for name, image in made.items()}
