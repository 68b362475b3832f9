"""Pictures through pipes: each is read or written once."""

import io
import sys
from pathlib import Path

from ...errors import ImageError, InputError, OutputError, PaintsTorchError
from ...imaging.formats import MAX_BYTES
from ..console import is_closed


class Pipe(io.BytesIO):
    """The content of a pipe, under its name."""

    def __init__(self, content: bytes, name: object) -> None:
        super().__init__(content)
        self.name = str(name)


class Unreadable(io.RawIOBase):
    """A source that failed when it was read: it fails in the same way again, as the error of its one frame."""

    def __init__(self, error: PaintsTorchError) -> None:
        super().__init__()
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise self._error

    def seekable(self) -> bool:
        return False


def read_once(path: Path) -> bytes:
    """The content of what can be read only once, such as a pipe.

    Raises:
        ImageError: It cannot be read, or has no end.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise ImageError(f"{path}: expected at most {MAX_BYTES >> 20} MB")
    return content


def write_stdout(content: bytes) -> None:
    """Write a picture to stdout.

    Raises:
        OutputError: It is full.
        BrokenPipeError: Whoever read it has closed it.
    """
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: the picture cannot be written: {error.strerror or error}") from error


def read_stdin() -> bytes:
    """The content of stdin.

    Raises:
        InputError: It is closed or a terminal, or nothing comes.
    """
    if is_closed("stdin"):
        raise InputError("stdin is closed; expected a picture: pts colorize - < line.png")
    if sys.stdin.isatty():
        raise InputError("stdin is a terminal; expected a picture: pts colorize - < line.png")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(f"stdin: expected at most {MAX_BYTES >> 20} MB")
    if not data:
        raise ImageError("stdin: expected a picture, received nothing")
    return data
