"""Output of the commands: results on stdout, errors and progress on stderr."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import PaintsTorchError


def error_line(error: Exception | str) -> None:
    """One line on stderr, whatever the message is."""
    sys.stderr.write(f"error: {plain(str(error))}\n")
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
    sys.stdout.write(f"{plain(line)}\n")


def say_json(document: Mapping[str, Any] | list[Any]) -> None:
    """A JSON document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


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
            f"{what} needs {error.name or error}, which cannot be imported here; pip install 'paintstorch-sdk[{extra}]'"
        ) from error


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner on stderr, where that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(what) if console.is_terminal else _do_nothing():
        yield


@contextmanager
def _do_nothing() -> Iterator[None]:
    yield
