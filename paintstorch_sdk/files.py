"""Files that appear whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there when the block ends without an error.

    Nobody ever sees a half-written file under the final name, whatever kills the process. The temporary's
    name begins with a dot and ends with `.partial`; what a kill leaves of it can be deleted.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
