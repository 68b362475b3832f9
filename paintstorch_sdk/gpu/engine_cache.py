"""The user's cache of engines: built once, found again, bounded in size.

DIGEST.engine   the engine
DIGEST.json     its record, with the engine's SHA-256; written last, so an engine without one does not exist
DIGEST.lock     held while the engine is built, by the operating system: it ends with the process. Never deleted:
                another process may be waiting for it.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

from ..bundle import sha256
from ..errors import BundleError, InputError, OutputError
from ..files import replacing, write_file

FOLDER_VARIABLE = "PAINTSTORCH_CACHE"
LIMIT_VARIABLE = "PAINTSTORCH_CACHE_GB"
DEFAULT_LIMIT = 8 * 10**9  # bytes


@dataclass(frozen=True)
class CachedEngine:
    """An engine in the cache.

    Attributes:
        path: The engine's file.
        record: Its key and build report, with `sha256` and `bytes`.
        used: Time of the last use, seconds since 1970.
    """

    path: Path
    record: dict[str, Any]
    used: float

    @property
    def bytes(self) -> int:
        return int(self.record["bytes"])


def cache_folder() -> Path:
    """Folder of the cached engines: $PAINTSTORCH_CACHE, or the system's place for caches.

    Raises:
        OutputError: There is no home folder to have such a place in.
    """
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    try:
        folder = platformdirs.user_cache_path("paintstorch-sdk", appauthor=False) / "engines"
    except RuntimeError:  # of newer releases: no HOME, and nobody knows this user
        folder = Path("~")
    if not folder.is_absolute():  # of older ones, a "~" that could not be replaced
        raise OutputError(
            f"cache of engines: expected a home folder, this user has none; set {FOLDER_VARIABLE} to a folder"
        )
    return folder


def cache_limit() -> int:
    """Most bytes that the cache keeps: $PAINTSTORCH_CACHE_GB, or 8 GB.

    Raises:
        InputError: The variable is not a number of gigabytes.
    """
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        limit = int(float(text) * 10**9) if text else DEFAULT_LIMIT
    except (ValueError, OverflowError):
        limit = -1
    if limit < 0:
        raise InputError(f"{LIMIT_VARIABLE}: expected gigabytes, 0 or more, received {text!r}")
    return limit


class Cache:
    """Engines on this machine, each under the digest of all that it depends on.

    Args:
        folder: Default: `cache_folder`.
        limit: Limit of the cache, bytes; the engines unused for longest go first. Default: `cache_limit`.
    """

    def __init__(self, folder: Path | None = None, limit: int | None = None) -> None:
        self.folder = folder or cache_folder()
        self.limit = cache_limit() if limit is None else limit

    @contextmanager
    def engine(self, digest: str, make: Callable[[], tuple[bytes, dict[str, Any]]]) -> Iterator[CachedEngine]:
        """The engine of a digest, made if there is none; it is there for as long as the block runs.

        When several processes want the same engine, one makes it and the others wait.

        Args:
            digest: Digest of the engine's key.
            make: Builds it: the engine and its record (JSON types).

        Raises:
            BundleError: The engine was changed since it was built.
            OutputError: The folder cannot be written.
        """
        with self._hold_lock(digest):
            entry = self._read_engine(digest)
            if entry is None:
                self._delete_partial_files(digest)
                engine, record = make()
                self._write_engine(digest, engine, record)
                entry = self._read_engine(digest)
                assert entry is not None
            elif sha256(entry.path) != entry.record["sha256"]:
                raise BundleError(
                    f"{entry.path}: not the engine that was built: its SHA-256 differs; pts cache clear deletes it, "
                    f"and the next export builds it again"
                )
            with suppress(OSError):
                os.utime(entry.path)
            yield entry
        self._shrink_to_limit(keep=digest)

    def entries(self) -> list[CachedEngine]:
        """All engines, the most recently used first."""
        digests = [path.stem for path in self.folder.glob("[!.]*.json")]
        found = [entry for digest in digests if (entry := self._read_engine(digest))]
        return sorted(found, key=lambda entry: -entry.used)

    def clear(self) -> int:
        """Delete every engine that nobody is building or copying; returns how many bytes that were."""
        return sum(self._delete_engine(entry) for entry in self.entries())

    def _read_engine(self, digest: str) -> CachedEngine | None:
        path = self.folder / f"{digest}.engine"
        try:
            record = json.loads(path.with_suffix(".json").read_text("utf-8"))
            used = path.stat().st_mtime
            if not isinstance(record["sha256"], str) or not isinstance(record["bytes"], int):
                raise TypeError("sha256 or bytes")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleError(
                f"{path.with_suffix('.json')}: not the record of an engine ({type(error).__name__}: {error}); delete it"
            ) from error
        return CachedEngine(path, record, used)

    def _write_engine(self, digest: str, engine: bytes, record: dict[str, Any]) -> None:
        path = self.folder / f"{digest}.engine"
        with replacing(path) as temporary:
            temporary.write_bytes(engine)
            record = record | {"sha256": sha256(temporary), "bytes": len(engine)}
        write_file(path.with_suffix(".json"), json.dumps(record, indent=2) + "\n")

    def _delete_partial_files(self, digest: str) -> None:
        """Delete what a killed build left; called with the lock held."""
        for path in self.folder.glob(f".{digest}.*.partial"):
            with suppress(OSError):
                path.unlink()

    def _shrink_to_limit(self, keep: str) -> None:
        entries = self.entries()
        total = sum(entry.bytes for entry in entries)
        for entry in reversed(entries):
            if total <= self.limit:
                return
            if entry.path.stem != keep:
                total -= self._delete_engine(entry)

    def _delete_engine(self, entry: CachedEngine) -> int:
        """Delete an engine unless it is in use; returns the bytes that are free now."""
        try:
            lock = self._hold_lock(entry.path.stem, wait=False)
        except Timeout:
            return 0
        with lock, suppress(OSError):
            entry.path.with_suffix(".json").unlink()
            entry.path.unlink()
        return entry.bytes

    def _hold_lock(self, digest: str, wait: bool = True) -> AbstractContextManager[object]:
        """Hold the lock of a digest until the returned context ends.

        Raises:
            Timeout: Another process holds it; only without `wait`.
            OutputError: The folder cannot be written.
        """
        path = self.folder / f"{digest}.lock"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return FileLock(path).acquire(blocking=wait)
        except Timeout:
            raise
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be written: {error.strerror}; choose another folder with {FOLDER_VARIABLE}"
            ) from error
