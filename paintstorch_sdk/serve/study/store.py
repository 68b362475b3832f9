"""A study on disk: its pictures, whose models nobody sees, and the ratings that were given."""

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError, OutputError
from ...imaging.images import SUFFIXES
from ..errors import NotFoundError
from .rates import Rate, check_rate

_TABLES = """
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, model TEXT NOT NULL, file TEXT NOT NULL UNIQUE, path TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rates (
    rater TEXT NOT NULL, item TEXT NOT NULL REFERENCES items(id), rate INTEGER NOT NULL, time REAL NOT NULL,
    PRIMARY KEY (rater, item)
);
"""


@dataclass(frozen=True, slots=True)
class Item:
    """A picture of a study.

    Attributes:
        id: Opaque: it tells nothing of the model.
        model: What painted it.
        file: NAME_MODEL.png, as the old service names it.
        path: Where it is.
    """

    id: str
    model: str
    file: str
    path: Path


class Study:
    """Pictures and ratings. Safe to use from several threads.

    Args:
        place: Path of the SQLite database; made where it is not there.

    Raises:
        OutputError: It cannot be written.
    """

    def __init__(self, place: Path) -> None:
        self._lock = threading.Lock()
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(place, isolation_level=None, check_same_thread=False, timeout=10.0)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"{place}: not a study that can be written: {error}; choose another file") from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def add(self, folders: Mapping[str, Path]) -> int:
        """Take the pictures of each model's folder; those that are in already stay.

        Args:
            folders: Model -> folder.

        Returns:
            How many pictures there are now.

        Raises:
            InputError: A folder without pictures.
        """
        for model, folder in folders.items():
            pictures = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
            if not pictures:
                raise InputError(f"{folder}: expected a folder with pictures of {model}, found none")
            rows = [
                (
                    secrets.token_urlsafe(9),
                    model,
                    f"{path.stem.replace('_', '-')}_{model}{path.suffix}",
                    str(path.resolve()),
                )
                for path in pictures
            ]
            with self._lock:
                self._db.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?)", rows)
        return len(self.items())

    def items(self) -> list[Item]:
        """All pictures, by file."""
        with self._lock:
            rows = self._db.execute("SELECT id, model, file, path FROM items ORDER BY file").fetchall()
        return [Item(row[0], row[1], row[2], Path(row[3])) for row in rows]

    def item(self, name: str) -> Item:
        """A picture by its id, or by its file's name.

        Raises:
            NotFoundError: There is none.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT id, model, file, path FROM items WHERE id = ? OR file = ?", (name, name)
            ).fetchone()
        if row is None:
            raise NotFoundError("picture: there is none of this name in the study")
        return Item(row[0], row[1], row[2], Path(row[3]))

    def next(self, rater: str) -> tuple[Item | None, int, int]:
        """The picture that a rater sees next, how many they have rated, and how many there are.

        Each rater has an order of their own, the same after a pause.
        """
        items = sorted(self.items(), key=lambda item: hashlib.sha256(f"{rater}/{item.id}".encode()).digest())
        with self._lock:
            rated = {row[0] for row in self._db.execute("SELECT item FROM rates WHERE rater = ?", (rater,))}
        return next((item for item in items if item.id not in rated), None), len(rated), len(items)

    def rate(self, rater: str, name: str, rate: int) -> None:
        """Keep a rating; a second one of the same picture replaces the first.

        Raises:
            NotFoundError: There is no such picture.
            InputError: Not a rate.
        """
        item = self.item(name)
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO rates VALUES (?, ?, ?, ?)", (rater, item.id, check_rate(rate), time.time())
            )

    def rates(self) -> list[Rate]:
        """All ratings."""
        with self._lock:
            rows = self._db.execute(
                "SELECT rater, file, model, rate FROM rates JOIN items ON item = id ORDER BY rater, file"
            ).fetchall()
        return [Rate(*row) for row in rows]
