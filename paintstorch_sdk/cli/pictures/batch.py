"""Working through jobs: a progress bar where someone watches, errors by name, a summary."""

import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import typer

from ...errors import PaintsTorchError
from ...pipeline import Outcome
from ..console import error_line, plain, warning_line
from .plan import Job

T = TypeVar("T")


@dataclass
class BatchResult(Generic[T]):
    """The result of a run.

    Attributes:
        done: Finished jobs with their values, in order.
        failed: Failed jobs with their errors, in order.
        resumed: Number of pictures that were there already.
        seconds: Duration of the work, without loading the model.
    """

    resumed: int = 0
    done: list[tuple[Job, T]] = field(default_factory=list)
    failed: list[tuple[Job, PaintsTorchError]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def frames_per_second(self) -> float:
        """Pictures per second."""
        return len(self.done) / self.seconds if self.seconds > 0 else 0.0

    def summarize(self) -> dict[str, Any]:
        """The summary for --json."""
        return {
            "pictures": len(self.done),
            "resumed": self.resumed,
            "failed": len(self.failed),
            "errors": [{"name": job.name, "error": str(error)} for job, error in self.failed],
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.frames_per_second, 3),
        }

    def describe(self, out: str, how: str = "") -> str:
        """The summary for people, one line."""
        count = len(self.done)
        text = f"{count} picture{'' if count == 1 else 's'}"
        if count == 1:
            text = str(self.done[0][0].output)
            out = ""
        if count:
            text += f" in {self.seconds:.2f} s"
        if count > 1:
            text += f", {self.frames_per_second:.1f} frames/s"
        text += f" ({how})" if how and count else ""
        text += f" -> {out}" if out else ""
        text += f"; {self.resumed} already there" if self.resumed else ""
        return text + (f"; {len(self.failed)} failed" if self.failed else "")


def run_jobs(
    jobs: Sequence[Job],
    outcomes: Generator[Outcome[T]],
    *,
    single: bool,
    resumed: int = 0,
    remark: Callable[[T], str] = lambda value: "",
) -> BatchResult[T]:
    """Take the outcomes of jobs, in their order.

    Args:
        jobs: The jobs, in the outcomes' numbering.
        outcomes: A generator, which is closed.
        single: The error of the one job is the error of the run.
        resumed: Number of pictures that were there already, for the bar and the summary.
        remark: Makes a warning of a result, if it needs one.

    Raises:
        PaintsTorchError: The error of a single job.
        typer.Exit: The user interrupted it.
    """
    result: BatchResult[T] = BatchResult(resumed)
    begin = time.perf_counter()
    try:
        with closing(outcomes) as finished, Bar(len(jobs) + resumed, resumed) as bar:
            for outcome in finished:
                job = jobs[outcome.index]
                if outcome.error is None:
                    value = cast(T, outcome.value)
                    result.done.append((job, value))
                    if text := remark(value):
                        bar.warn(f"{job.name}: {text}")
                elif single:
                    raise outcome.error
                else:
                    result.failed.append((job, outcome.error))
                    bar.error(_name_error(job, outcome.error))
                bar.advance()
    except KeyboardInterrupt:
        if not single:
            error_line(f"interrupted after {len(result.done)} of {len(jobs)} pictures; --resume goes on from there")
        raise typer.Exit(130) from None
    result.seconds = time.perf_counter() - begin
    return result


def _name_error(job: Job, error: PaintsTorchError) -> str:
    return str(error) if job.name in str(error) else f"{job.name}: {error}"


class Bar:
    """A progress bar on stderr, where that is a terminal and there is more than one picture."""

    def __init__(self, total: int, completed: int) -> None:
        self._progress = None
        if total == 1 or not sys.stderr.isatty():  # rich takes as long to import as a picture to save
            return
        from rich.console import Console

        console = Console(stderr=True)
        if console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._progress = Progress(
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}", style="cyan"),
                TimeRemainingColumn(compact=True),
                TextColumn("left"),
                console=console,
                transient=True,
            )
            self._task = self._progress.add_task("", total=total, completed=completed, rate="  -.- frames/s")

    def __enter__(self) -> "Bar":
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    def advance(self) -> None:
        """One more is done."""
        if self._progress:
            self._progress.advance(self._task)
            speed = self._progress.tasks[0].speed
            if speed:
                self._progress.update(self._task, rate=f"{speed:5.1f} frames/s")

    def error(self, message: str) -> None:
        """One line above the bar."""
        self._print(f"error: {plain(message)}", "red") if self._progress else error_line(message)

    def warn(self, message: str) -> None:
        """One line above the bar, of a picture that was made."""
        self._print(f"warning: {plain(message)}", "yellow") if self._progress else warning_line(message)

    def _print(self, line: str, style: str) -> None:
        assert self._progress is not None
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True, style=style)
