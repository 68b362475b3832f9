"""Files that appear whole or not at all.

What is being written is called .NAME.HOST-PROCESS-RANDOM.partial, beside NAME: whoever finds one can tell whether its
process is still at work. A NAME that leaves no room for the rest is cut.
"""

import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError

ABANDONED = 24 * 3600  # seconds after which what another machine left unfinished may be deleted
_PARTIAL = re.compile(r"\.(.+)\.([0-9a-f]{8})-([0-9a-f]+)-[0-9a-f]{8}\.partial", re.DOTALL)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there when the block ends without an error.

    Nobody ever sees a half-written file under the final name, whatever kills the process; `sweep` deletes what a kill
    leaves of the temporary.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    temporary = _temporary(path)
    try:
        if not path.parent.is_dir():  # a tenth of what it takes to try to make it
            path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_at_most(path: Path, limit: int) -> bytes:
    """The content of a file that is not trusted: a device or a pipe may have no end, whatever size it claims.

    Args:
        path: The file.
        limit: Bytes.

    Raises:
        OSError: It cannot be read, or holds more.
    """
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"expected at most {limit >> 20} MB")
    return content


def write_file(path: Path, content: str | bytes) -> None:
    """Write a whole file, text as UTF-8.

    Raises:
        OutputError: The folder cannot be written, or the disk is full.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def check_place(path: Path) -> None:
    """Check, before the work, that a file can be written; makes no folder.

    Raises:
        OutputError: It cannot.
    """
    if path.is_dir():
        raise OutputError(f"{path}: expected a file's name, found a folder; choose another place")
    _check_writable(path, _absolute(path).parent)


def check_folder(path: Path, new: bool = False) -> None:
    """Check, before the work, that files can be written into a folder that there is or is not yet; makes none.

    Args:
        path: The folder.
        new: Whether it has to be new or empty, as for `new_folder`.

    Raises:
        OutputError: They cannot, or it is not.
    """
    if new and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputError(f"{path}: expected a new or empty folder; delete it or choose another name")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path}: expected a folder, found a file; choose another place")
    # What is to be new takes the place of an empty folder: the one above has to be writable.
    _check_writable(path, _absolute(path).parent if new else _absolute(path))


def _check_writable(path: Path, folder: Path) -> None:
    """Raise OutputError for `path` where nothing can be written into a folder, or the next one above that there is."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused(path, error) from error


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise OutputError(f"{path}: the working folder was deleted; go to another folder") from error


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: cannot be written: {error.strerror or error}; choose another place")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`, and move it there when the block ends without an error.

    Raises:
        OutputError: `path` exists and is not an empty folder, or cannot be written.
    """
    check_folder(path, new=True)
    path = _absolute(path)
    temporary = _temporary(path)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if path.is_dir():
            path.rmdir()
        temporary.rename(path)
    except OutputError:
        raise
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sweep(folder: Path, names: Collection[str]) -> None:
    """Delete what killed processes left unfinished of the files of these names in a folder.

    What a process of this machine is still writing stays, and what another machine may be writing stays for a day.
    """
    wanted = {_kept(folder, name) for name in names}
    with suppress(OSError):
        for file in folder.iterdir():
            match = _PARTIAL.fullmatch(file.name)
            if match and match[1] in wanted and _is_abandoned(file, host=match[2], process=int(match[3], 16)):
                with suppress(OSError):  # Windows refuses what is open
                    file.unlink()


def _temporary(path: Path) -> Path:
    owner = f"{_host()}-{os.getpid():x}-{secrets.token_hex(4)}"
    return path.with_name(f".{_kept(path.parent, path.name)}.{owner}.partial")


def _kept(folder: Path, name: str) -> str:
    """As much of a name as leaves room for the rest of its temporary's, in the bytes that the file system counts."""
    try:
        longest = os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError, AttributeError):  # no such folder yet; Windows
        longest = 255
    room = longest - len("..12345678-ffffffff-12345678.partial")
    encoded = os.fsencode(name)
    if len(encoded) <= room:
        return name
    return encoded[:room].decode("utf-8", "ignore")


@functools.cache
def _host() -> str:
    """Eight characters for this machine since it started: for all processes whose numbers are not in use twice."""
    facts = [platform.node()]
    with suppress(OSError):  # of Linux
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        facts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def _is_abandoned(file: Path, host: str, process: int) -> bool:
    if host == _host():
        return not _runs(process)
    return time.time() - file.stat().st_mtime > ABANDONED


def _runs(process: int) -> bool:
    if os.name == "nt":  # where a signal would end it; what is open cannot be deleted there anyway
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is another user's
        return True
    return True
