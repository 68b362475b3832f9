"""Output of the commands: results on stdout, errors and progress on stderr."""

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from ..errors import OutputError, PaintsTorchError, PaintsTorchWarning, name_install


class UnsaidError(OutputError):
    """The result could not be printed: stdout is full. All files are written."""


def open_streams() -> None:
    """Make stdin, stdout and stderr usable where they were closed: nothing comes from them, what is said is lost.

    Without that, the next file that is opened would be in their place, and a library's output would land in it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
            _closed.add(name)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names of files may be invalid text


_closed: set[str] = set()


def is_closed(name: str) -> bool:
    """Whether a stream ("stdin", "stdout") was closed when the program began."""
    return name in _closed


def show_warnings() -> None:
    """Show the package's warnings as lines of this program, each once."""
    shown: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, PaintsTorchWarning):
            default(message, category, filename, lineno, file, line)
        elif str(message) not in shown:
            shown.add(str(message))
            _write_line(f"warning: {plain(str(message))}")

    default = warnings.showwarning
    warnings.simplefilter("always", PaintsTorchWarning)
    warnings.showwarning = show


def error_line(error: Exception | str) -> None:
    """One line on stderr, whatever the message is."""
    _write_line(f"error: {plain(str(error))}")


def _write_line(line: str) -> None:
    with suppress(OSError, ValueError):  # closed or full: there is nowhere to complain
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def warning_line(text: str) -> None:
    """One line on stderr of what did not stop the work."""
    sys.stderr.write(f"warning: {plain(text)}\n")
    sys.stderr.flush()


def plain(text: str) -> str:
    """Text with line breaks and control characters escaped: names of files may hold any."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def say(line: str) -> None:
    """A line on stdout."""
    _write_out(f"{plain(line)}\n")


def say_json(document: Mapping[str, Any] | list[Any]) -> None:
    """A JSON document on stdout."""
    _write_out(json.dumps(document, indent=2) + "\n")


def _write_out(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnsaidError(f"stdout: cannot be written: {error.strerror or error}") from error


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Turn a missing optional library into one line that says what to install.

    Raises:
        PaintsTorchError: An import of another distribution failed inside the block.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").split(".")[0] == __name__.split(".")[0]:
            raise
        raise PaintsTorchError(
            f"{what} needs {error.name or error}, which cannot be imported here; {name_install(extra)}"
        ) from error


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


@contextmanager
def show_bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Progress on stderr, where that is a terminal: gives a function that begins a bar by its name.

    That returns what is told how many are done, and of how many.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    with bars:

        def begin(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield begin
