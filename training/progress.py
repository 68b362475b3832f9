"""Progress of a run: lines of the log, a bar on a terminal, TensorBoard."""

import importlib.util
import logging
import time
from pathlib import Path
from typing import Any, Self

import cv2
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from .config import TrainConfig
from .state import Position

log = logging.getLogger(__name__)


class Progress:
    """Means of the terms over `log_every` steps, in the log, on the bar and in TensorBoard.

    Args:
        config: Configuration of the run.
        position: Position of the run, as it moves.
        console: Console for the bar, if it is a terminal; None draws none.
        leads: True where this process speaks for all.
    """

    def __init__(self, config: TrainConfig, position: Position, console: Console | None, leads: bool) -> None:
        self.config, self.position, self.leads = config, position, leads
        self.sums: dict[str, float] = {}
        self.since, self.pictures, self.steps = time.monotonic(), 0, 0
        shown = leads and console is not None and console.is_terminal
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[speed]}"),
            console=console,
            disable=not shown,
            speed_estimate_period=300.0,
        )
        self.task = self.bar.add_task("training", total=1.0, speed="")
        self.board = _open_board(config.out / "tensorboard", position.step) if leads and config.tensorboard else None

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()
        if self.board is not None:
            self.board.close()

    def report_step(self, values: dict[str, float], pictures: int, stage: str) -> None:
        """After each step: its terms, and how many crops all processes saw."""
        self.pictures += pictures
        self.steps += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        step = self.position.step
        # In pixels and not in steps: that is what time goes by when crops grow.
        name = f"{stage} {step}/{self.config.steps}"
        self.bar.update(self.task, completed=self.config.progress(step), description=name)
        if step % self.config.log_every == 0:
            self._show_progress(step)

    def report_checkpoint(self, step: int, scores: dict[str, float], grid: Path) -> None:
        """After a checkpoint: its measures and its pictures."""
        log.info("saved step %d: %s", step, " ".join(f"{k} {v:.3f}" for k, v in scores.items()))
        if self.board is not None:
            for name, value in scores.items():
                self.board.add_scalar(f"held out/{name}", value, step)
            picture = cv2.imread(str(grid), cv2.IMREAD_COLOR_RGB)
            self.board.add_image("held out", picture, step, dataformats="HWC")
            self.board.flush()

    def _show_progress(self, step: int) -> None:
        means = {name: total / self.steps for name, total in self.sums.items()}
        speed = self.pictures / max(time.monotonic() - self.since, 1e-9)
        self.sums, self.pictures, self.steps, self.since = {}, 0, 0, time.monotonic()
        if not self.leads:
            return
        text = " ".join(f"{name} {value:.4f}" for name, value in means.items())
        seen, skipped, seconds = self.position.seen, self.position.skipped, self.position.seconds
        log.info("step %d seen %d %.1f/s %s skipped %d %.0f s", step, seen, speed, text, skipped, seconds)
        name, value = next(iter(means.items()))
        self.bar.update(self.task, speed=f"{speed:.1f} pictures/s, {name} {value:.4f}")
        if self.board is not None:
            for name, value in {**means, "pictures a second": speed, "skipped": self.position.skipped}.items():
                self.board.add_scalar(f"train/{name}", value, step)


def _open_board(folder: Path, step: int) -> Any:
    """TensorBoard's writer, or None where the package is not installed. Later events of a killed run are dropped."""
    if importlib.util.find_spec("tensorboard") is None:
        log.info("no TensorBoard: pip install tensorboard, or set tensorboard = false")
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step)
