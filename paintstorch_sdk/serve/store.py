"""Drawings on disk: one SQLite database with a write-ahead log.

What a method wrote when it returns is in the log and synced: it survives a killed process and a power cut.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .errors import FullError, NotFoundError, TooLargeError
from .schemas import Change, DrawingDocument, DrawingInfo, DrawingLook, DrawnStroke
from .settings import Limits

FILE = "drawings.sqlite3"
SCHEMA = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS drawings (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, blend TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1, look TEXT NOT NULL, created REAL NOT NULL, changed REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS pictures (
    drawing TEXT NOT NULL REFERENCES drawings(id) ON DELETE CASCADE, kind TEXT NOT NULL,
    version INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (drawing, kind)
);
CREATE TABLE IF NOT EXISTS strokes (
    drawing TEXT NOT NULL REFERENCES drawings(id) ON DELETE CASCADE, id TEXT NOT NULL, place INTEGER NOT NULL,
    color TEXT NOT NULL, width REAL NOT NULL, points TEXT NOT NULL, PRIMARY KEY (drawing, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS strokes_by_place ON strokes (drawing, place);
"""


class Store:
    """The drawings of a server. Safe to use from several threads.

    Args:
        folder: Made where it is not there.
        limits: Most drawings, strokes and points.

    Raises:
        OutputError: The folder cannot be written, or its database is of another version.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Autocommit: every transaction here is begun by hand.
            self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False, timeout=10.0)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.executescript(_TABLES)
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, SCHEMA):
                raise OutputError(
                    f"{folder / FILE}: expected version {SCHEMA}, received {version}; choose another --data"
                )
            self._db.execute(f"PRAGMA user_version={SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            if isinstance(error, OutputError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{folder}: cannot keep drawings there: {reason}; choose another --data") from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def create(
        self,
        name: str,
        size: tuple[int, int],
        line_art: bytes,
        blend: str,
        look: DrawingLook,
        strokes: Sequence[DrawnStroke] = (),
        layer: bytes | None = None,
    ) -> DrawingDocument:
        """Keep a new drawing.

        Args:
            name: Name for people.
            size: (width, height), pixels.
            line_art: PNG.
            blend: How the lines lie over the colors, "multiply" or "screen".
            look: How it is painted.
            strokes: The first ones.
            layer: PNG of hints, or None.

        Raises:
            FullError: There are as many drawings as may be.
            TooLargeError: Too many strokes or points.
        """
        self._check_strokes(len(strokes), sum(len(stroke.points) for stroke in strokes))
        drawing, now = secrets.token_urlsafe(16), time.time()
        with self._transaction() as db:
            (count,) = db.execute("SELECT count(*) FROM drawings").fetchone()
            if count >= self._limits.drawings:
                raise FullError(f"{count} drawings are kept, as many as may be; delete some")
            db.execute(
                "INSERT INTO drawings VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
                (drawing, name, *size, blend, look.model_dump_json(exclude_none=True), now, now),
            )
            db.execute("INSERT INTO pictures VALUES (?, 'line_art', 1, ?)", (drawing, line_art))
            if layer is not None:
                db.execute("INSERT INTO pictures VALUES (?, 'layer', 1, ?)", (drawing, layer))
            _write(db, drawing, {stroke.id: stroke for stroke in strokes})
        return self.read(drawing)

    def list(self) -> list[DrawingInfo]:
        """All drawings, the last changed first."""
        with self._lock:
            rows = self._db.execute(f"{_INFO} ORDER BY changed DESC").fetchall()
        return [DrawingInfo(**_info(row)) for row in rows]

    def read(self, drawing: str) -> DrawingDocument:
        """A drawing with its strokes.

        Raises:
            NotFoundError: There is none.
        """
        with self._lock:
            row = self._db.execute(f"{_INFO} WHERE d.id = ?", (drawing,)).fetchone()
            if row is None:
                raise NotFoundError("drawing: there is none with this id; it may have been deleted")
            strokes = _strokes(self._db, drawing)
        return DrawingDocument(**_info(row), stroke_list=tuple(strokes.values()))

    def picture(self, drawing: str, kind: str) -> tuple[bytes, int] | None:
        """A stored picture, "line_art", "layer" or "thumbnail", and the drawing's version that it is of."""
        with self._lock:
            row = self._db.execute(
                "SELECT content, version FROM pictures WHERE drawing = ? AND kind = ?", (drawing, kind)
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def change(self, drawing: str, change: Change) -> int:
        """Take strokes away and add others, whole or not at all.

        Returns:
            The drawing's version after it.

        Raises:
            NotFoundError: There is no such drawing.
            TooLargeError: Too many strokes or points.
        """
        with self._transaction() as db:
            self._check_exists(db, drawing)
            on_top = all(stroke.index is None for stroke in change.add)
            if on_top and not change.remove:
                self._append(db, drawing, change.add)
            else:
                strokes = applied(list(_strokes(db, drawing).values()), change)
                self._check_strokes(len(strokes), sum(len(stroke.points) for stroke in strokes))
                db.execute("DELETE FROM strokes WHERE drawing = ?", (drawing,))
                _write(db, drawing, {stroke.id: stroke for stroke in strokes})
            return _touch(db, drawing)

    def set(self, drawing: str, name: str | None = None, look: DrawingLook | None = None) -> int:
        """Rename a drawing, or change how it is painted.

        Returns:
            The drawing's version after it.

        Raises:
            NotFoundError: There is no such drawing.
        """
        with self._transaction() as db:
            self._check_exists(db, drawing)
            if name is not None:
                db.execute("UPDATE drawings SET name = ? WHERE id = ?", (name, drawing))
            if look is None:
                (version,) = db.execute("SELECT version FROM drawings WHERE id = ?", (drawing,)).fetchone()
                return int(version)
            db.execute("UPDATE drawings SET look = ? WHERE id = ?", (look.model_dump_json(exclude_none=True), drawing))
            return _touch(db, drawing)

    def set_layer(self, drawing: str, layer: bytes | None) -> int:
        """Set or remove the layer of hints; the version after it.

        Raises:
            NotFoundError: There is no such drawing.
        """
        with self._transaction() as db:
            self._check_exists(db, drawing)
            db.execute("DELETE FROM pictures WHERE drawing = ? AND kind = 'layer'", (drawing,))
            if layer is not None:
                db.execute("INSERT INTO pictures VALUES (?, 'layer', 1, ?)", (drawing, layer))
            return _touch(db, drawing)

    def set_thumbnail(self, drawing: str, version: int, content: bytes) -> None:
        """Keep the thumbnail of a version; a drawing that is gone is no error."""
        with self._transaction() as db:
            if db.execute("SELECT 1 FROM drawings WHERE id = ?", (drawing,)).fetchone():
                db.execute("INSERT OR REPLACE INTO pictures VALUES (?, 'thumbnail', ?, ?)", (drawing, version, content))

    def delete(self, drawing: str) -> None:
        """Delete a drawing.

        Raises:
            NotFoundError: There is none.
        """
        with self._transaction() as db:
            self._check_exists(db, drawing)
            db.execute("DELETE FROM drawings WHERE id = ?", (drawing,))

    def _append(self, db: sqlite3.Connection, drawing: str, added: Sequence[DrawnStroke]) -> None:
        """The usual change: strokes on top, without touching the others."""
        count, last = db.execute(
            "SELECT count(*), coalesce(max(place), -1) FROM strokes WHERE drawing = ?", (drawing,)
        ).fetchone()
        (points,) = db.execute(
            "SELECT coalesce(sum(json_array_length(points)), 0) FROM strokes WHERE drawing = ?", (drawing,)
        ).fetchone()
        self._check_strokes(count + len(added), points + sum(len(stroke.points) for stroke in added))
        for stroke in added:
            row = (stroke.color, stroke.width, _points(stroke))
            replaced = db.execute(
                "UPDATE strokes SET color = ?, width = ?, points = ? WHERE drawing = ? AND id = ?",
                (*row, drawing, stroke.id),
            )
            if not replaced.rowcount:
                last += 1
                db.execute("INSERT INTO strokes VALUES (?, ?, ?, ?, ?, ?)", (drawing, stroke.id, last, *row))

    def _check_exists(self, db: sqlite3.Connection, drawing: str) -> None:
        if db.execute("SELECT 1 FROM drawings WHERE id = ?", (drawing,)).fetchone() is None:
            raise NotFoundError("drawing: there is none with this id; it may have been deleted")

    def _check_strokes(self, strokes: int, points: int) -> None:
        if strokes > self._limits.strokes:
            raise TooLargeError(f"strokes: expected at most {self._limits.strokes} on a drawing; undo or join some")
        if points > self._limits.points:
            raise TooLargeError(f"strokes: expected at most {self._limits.points} points in all; draw simpler ones")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise OutputError(f"drawings: cannot be written: {error}; look at the disk") from error


def applied(strokes: Sequence[DrawnStroke], change: Change) -> list[DrawnStroke]:
    """Strokes after a change: see `Change`."""
    removed = set(change.remove)
    kept = [stroke for stroke in strokes if stroke.id not in removed]
    places = {stroke.id: place for place, stroke in enumerate(kept)}
    for stroke in change.add:
        plain = stroke.model_copy(update={"index": None})
        if stroke.id in places:
            kept[places[stroke.id]] = plain
        elif stroke.index is None or stroke.index >= len(kept):
            places[stroke.id] = len(kept)
            kept.append(plain)
        else:
            kept.insert(stroke.index, plain)
            places = {stroke.id: place for place, stroke in enumerate(kept)}
    return kept


_INFO = """
SELECT d.id, d.name, d.width, d.height, d.blend, d.version,
    (SELECT count(*) FROM strokes s WHERE s.drawing = d.id),
    EXISTS (SELECT 1 FROM pictures p WHERE p.drawing = d.id AND p.kind = 'layer'),
    d.look, d.created, d.changed
FROM drawings d
"""
_FIELDS = ("id", "name", "width", "height", "blend", "version", "strokes", "has_layer", "look", "created", "changed")


def _info(row: Sequence[Any]) -> dict[str, Any]:
    info = dict(zip(_FIELDS, row, strict=True))
    info["look"] = DrawingLook.model_validate_json(str(info["look"]))
    return info


def _strokes(db: sqlite3.Connection, drawing: str) -> dict[str, DrawnStroke]:
    rows = db.execute(
        "SELECT id, points, color, width FROM strokes WHERE drawing = ? ORDER BY place", (drawing,)
    ).fetchall()
    return {
        row[0]: DrawnStroke(
            id=row[0], points=tuple(tuple(point) for point in json.loads(row[1])), color=row[2], width=row[3]
        )
        for row in rows
    }


def _write(db: sqlite3.Connection, drawing: str, strokes: dict[str, DrawnStroke]) -> None:
    db.executemany(
        "INSERT INTO strokes VALUES (?, ?, ?, ?, ?, ?)",
        [(drawing, s.id, place, s.color, s.width, _points(s)) for place, s in enumerate(strokes.values())],
    )


def _touch(db: sqlite3.Connection, drawing: str) -> int:
    (version,) = db.execute(
        "UPDATE drawings SET version = version + 1, changed = ? WHERE id = ? RETURNING version", (time.time(), drawing)
    ).fetchone()
    return int(version)


def _points(stroke: DrawnStroke) -> str:
    return json.dumps(stroke.points, separators=(",", ":"))
