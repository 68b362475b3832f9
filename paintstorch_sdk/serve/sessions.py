"""Drawings that are open: their strokes in memory, their canvases, and who watches them."""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakValueDictionary

from PIL import Image

from ..hints.model import Hints, Stroke
from ..imaging.images import load_layer, load_line_art
from ..look import Lines
from . import painting, pictures
from .errors import BusyError, NotFoundError
from .metrics import Metrics
from .painting import Easel, ModelPool, Snapshot
from .pictures import LineArt
from .problems import describe
from .scheduler import Scheduler, Urgency
from .schemas import Change, DrawingLook, DrawnStroke
from .settings import Limits
from .store import Store, applied
from .watchers import PaintedPicture, Watcher

# A full picture that is expected within this time comes without a preview before it.
PREVIEW_WORTH = 0.25  # seconds
# Where more renders wait, previews would only make everybody wait longer for what they stand for.
PREVIEW_QUEUE = 2
POINT_BYTES = 400  # of a point of a stroke in memory, as it was drawn and as it is painted


@dataclass(eq=False)
class Session:
    """One open drawing. Its fields change on the event loop alone; `snapshot` is read by the threads that paint.

    Attributes:
        id: Identifier of the drawing.
        line_art: uint8 H,W or H,W,3.
        strokes: As they were drawn, the last one on top.
        snapshot: What a picture is made of now.
        draft: A stroke that is being drawn: previews show it, nothing stores it.
        watchers: Who is sent pictures.
        painted: Version of the newest full picture.
        full_seconds: That a full picture took lately.
        order: Held while a change is stored, so that memory and disk agree.
    """

    id: str
    line_art: LineArt
    strokes: list[DrawnStroke]
    snapshot: Snapshot
    draft: tuple[Stroke, ...] = ()
    watchers: set[Watcher] = field(default_factory=set)
    painted: int = 0
    full_seconds: float = 0.2
    full_dirty: bool = False
    preview_dirty: bool = False
    pumps: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    flat: dict[str, tuple[DrawnStroke, tuple[Stroke, ...]]] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the line art."""
        return self.line_art.shape[1], self.line_art.shape[0]

    @property
    def bytes(self) -> int:
        """Approximate memory of line art, layer and strokes."""
        layer = cast(LineArt | None, self.snapshot.hints.layer)
        points = sum(len(stroke.points) for stroke in self.strokes)
        return self.line_art.nbytes + (0 if layer is None else layer.nbytes) + POINT_BYTES * points


class Sessions:
    """The open drawings of a server; used from one event loop.

    Args:
        store: Where drawings are kept.
        painter: Paints them.
        scheduler: Where renders wait.
        metrics: Told of what is painted.
        limits: Memory of open drawings, time for a picture.
    """

    def __init__(
        self, store: Store, painter: ModelPool, scheduler: Scheduler, metrics: Metrics, limits: Limits
    ) -> None:
        self._store, self._painter, self._scheduler = store, painter, scheduler
        self._metrics, self._limits = metrics, limits
        self._open: OrderedDict[str, Session] = OrderedDict()
        # Also those that were closed while a request still has them: a drawing never has two.
        self._alive: WeakValueDictionary[str, Session] = WeakValueDictionary()
        self._easels: OrderedDict[str, Easel] = OrderedDict()
        self._easels_lock = threading.Lock()
        self._opening: dict[str, asyncio.Lock] = {}
        self._ending = False

    async def open(self, drawing: str) -> Session:
        """A drawing, read from disk where it is not open.

        Raises:
            NotFoundError: There is none.
        """
        if (session := self._open.get(drawing)) is not None:
            self._open.move_to_end(drawing)
            return session
        lock = self._opening.setdefault(drawing, asyncio.Lock())
        try:
            async with lock:
                if (session := self._alive.get(drawing)) is None:
                    session = self._alive[drawing] = await asyncio.to_thread(self._read, drawing)
                self._open[drawing] = session
                self._evict()
        finally:
            self._opening.pop(drawing, None)
        return session

    async def change(self, drawing: str, change: Change, source: Watcher | None = None) -> int:
        """Store a change and have it painted.

        Returns:
            The drawing's version, once it is on disk.

        Raises:
            NotFoundError: There is no such drawing.
            HintError: A stroke is not valid.
            TooLargeError: Too many strokes or points.
        """
        session = await self.open(drawing)
        for stroke in change.add:
            pictures.strokes_of(stroke)
        async with session.order:
            version = await asyncio.to_thread(self._store.change, drawing, change)
            session.strokes = applied(session.strokes, change)
            self._update(session, version)
        self._metrics.strokes.inc(len(change.add))
        for watcher in session.watchers - {source}:
            watcher.tell({"type": "changed", "version": version, "change": change.model_dump(exclude_none=True)})
        return version

    async def set(self, drawing: str, name: str | None, look: DrawingLook | None, source: Watcher | None = None) -> int:
        """Rename a drawing, or have it painted otherwise; its version afterwards.

        Raises:
            NotFoundError: There is no such drawing.
            InputError: A model, size or style that this server has not.
        """
        if look is not None:
            self._painter.check(look)
        session = await self.open(drawing)
        async with session.order:
            version = await asyncio.to_thread(self._store.set, drawing, name, look)
            if look is not None:
                self._update(session, version, look=look)
        document = {"name": name, "look": look.model_dump(exclude_none=True) if look else None}
        for watcher in session.watchers - {source}:
            watcher.tell({"type": "set", "version": version, **document})
        return version

    async def set_layer(self, drawing: str, layer: LineArt | None) -> int:
        """Set or remove the layer of hints; the version afterwards.

        Raises:
            NotFoundError: There is no such drawing.
            HintError: It does not have the line art's aspect ratio.
        """
        session = await self.open(drawing)
        content = None
        if layer is not None:
            await asyncio.to_thread(pictures.check_layer, Hints(layer=layer), session.line_art)
            content = await asyncio.to_thread(pictures.encode_line_art, layer)
        async with session.order:
            version = await asyncio.to_thread(self._store.set_layer, drawing, content)
            self._update(session, version, layer=layer)
        for watcher in session.watchers:
            watcher.tell({"type": "layer", "version": version, "has_layer": layer is not None})
        return version

    async def delete(self, drawing: str) -> None:
        """Delete a drawing and send away who watches it.

        Raises:
            NotFoundError: There is none.
        """
        await asyncio.to_thread(self._store.delete, drawing)
        self._close(drawing)
        session = self._alive.pop(drawing, None)
        if session is not None:
            for watcher in session.watchers:
                watcher.tell({"type": "deleted"})

    async def picture(self, drawing: str, kind: str, lines: Lines) -> tuple[int, bytes]:
        """The newest full picture as a file, and its version.

        Raises:
            NotFoundError: There is no such drawing.
            BusyError: The queue is full.
            LateError: It took too long.
        """
        session = await self.open(drawing)
        result: tuple[int, bytes] = await self._scheduler.run(
            (drawing, kind, lines),
            Urgency.PICTURE,
            self._paint_file,
            (session, kind, lines),
            seconds=self._limits.seconds,
        )
        return result

    async def thumbnail(self, drawing: str) -> bytes:
        """A small WebP of the newest picture, kept on disk.

        Raises:
            NotFoundError: There is no such drawing.
        """
        stored = await asyncio.to_thread(self._store.picture, drawing, "thumbnail")
        session = self._open.get(drawing)
        current = session.snapshot.version if session else (await asyncio.to_thread(self._store.read, drawing)).version
        if stored is not None and stored[1] >= current:
            return stored[0]
        session = await self.open(drawing)
        version: int
        content: bytes
        version, content = await self._scheduler.run(
            (drawing, "thumbnail"), Urgency.PICTURE, self._paint_thumbnail, session, seconds=self._limits.seconds
        )
        await asyncio.to_thread(self._store.set_thumbnail, drawing, version, content)
        return content

    def watch(self, session: Session, watcher: Watcher) -> None:
        """Send pictures of a drawing to a watcher, the present one first, and without a preview before it."""
        session.watchers.add(watcher)
        session.full_dirty = True
        self._pump(session)

    def leave(self, session: Session, watcher: Watcher) -> None:
        """Send a watcher no more."""
        session.watchers.discard(watcher)
        if not session.watchers:
            session.draft = ()
        self._evict()

    def draft(self, session: Session, stroke: DrawnStroke | None) -> None:
        """Show a stroke while it is drawn.

        Raises:
            HintError: It is not a valid stroke.
        """
        session.draft = pictures.strokes_of(stroke) if stroke is not None else ()
        if session.draft:
            session.preview_dirty = True
        else:
            session.full_dirty = True  # what the draft has painted over
        self._pump(session)

    async def close(self) -> None:
        """Stop painting for watchers."""
        self._ending = True
        pumps = [pump for session in self._open.values() for pump in session.pumps.values()]
        for session in self._open.values():
            for watcher in session.watchers:
                watcher.close()
        await asyncio.gather(*pumps, return_exceptions=True)

    def _read(self, drawing: str) -> Session:
        document = self._store.read(drawing)
        stored = self._store.picture(drawing, "line_art")
        if stored is None:
            raise NotFoundError("drawing: there is none with this id; it may have been deleted")
        layer = self._store.picture(drawing, "layer")
        session = Session(
            id=drawing,
            line_art=load_line_art(stored[0]),
            strokes=list(document.stroke_list),
            snapshot=Snapshot(document.version, Hints(layer=load_layer(layer[0]) if layer else None), document.look),
        )
        session.snapshot = self._snapshot(session, document.version, session.snapshot.hints.layer, document.look)
        return session

    def _update(self, session: Session, version: int, **new: Any) -> None:
        old = session.snapshot
        layer = new.get("layer", old.hints.layer)
        session.snapshot = self._snapshot(session, version, layer, new.get("look", old.look))
        session.draft = ()
        session.full_dirty = True
        session.preview_dirty = (
            bool(session.watchers) and session.full_seconds > PREVIEW_WORTH and self._scheduler.waiting <= PREVIEW_QUEUE
        )
        self._pump(session)

    def _snapshot(self, session: Session, version: int, layer: Any, look: DrawingLook) -> Snapshot:
        known, flat = session.flat, {}
        for stroke in session.strokes:
            entry = known.get(stroke.id)
            flat[stroke.id] = entry if entry and entry[0] is stroke else (stroke, pictures.strokes_of(stroke))
        session.flat = flat
        return Snapshot(version, Hints(tuple(one for _, strokes in flat.values() for one in strokes), layer), look)

    def _pump(self, session: Session) -> None:
        """See to it that what is dirty is painted; previews and full pictures do not wait for each other."""
        if not session.watchers or self._ending:
            return
        for kind in ("preview", "full"):
            task = session.pumps.get(kind)
            if task is None or task.done():
                session.pumps[kind] = asyncio.create_task(self._paint_while_dirty(session, kind))

    async def _paint_while_dirty(self, session: Session, kind: str) -> None:
        is_full = kind == "full"
        urgency = Urgency.PICTURE if is_full else Urgency.PREVIEW
        work = self._paint_full if is_full else self._paint_preview
        while session.watchers and not self._ending and (session.full_dirty if is_full else session.preview_dirty):
            if is_full:
                session.full_dirty = False
            else:
                session.preview_dirty = False
            begin = time.perf_counter()
            try:
                version, image, content = await asyncio.shield(
                    self._scheduler.submit((session.id, kind), urgency, work, session, always=True)
                )
            except BusyError:  # the server ends
                return
            except Exception as error:
                for watcher in session.watchers:
                    watcher.tell({"type": "error", "message": describe(error)})
                continue
            if is_full:
                session.full_seconds += 0.5 * (time.perf_counter() - begin - session.full_seconds)
                session.painted = max(session.painted, version)
                session.full_dirty &= version < session.snapshot.version  # it may be of a change that came meanwhile
            elif session.painted >= version and not session.draft:
                continue  # the full picture was quicker
            for watcher in session.watchers:
                watcher.show(PaintedPicture(kind, version, image.size, time.perf_counter() - begin, content))

    def _easel(self, session: Session, look: DrawingLook) -> Easel:
        """The easel of a drawing; called from the threads that paint."""
        with self._easels_lock:
            easel = self._easels.get(session.id)
            if easel is None or easel.key != painting.easel_key(look):
                easel = self._easels[session.id] = Easel(self._painter, session.line_art, look)
            self._easels.move_to_end(session.id)
            held = sum(one.bytes for one in self._easels.values())
            while held > self._limits.memory and len(self._easels) > 1:
                held -= self._easels.popitem(last=False)[1].bytes
            self._metrics.canvases.set(len(self._easels))
        return easel

    def _paint_full(self, sessions: Sequence[Session]) -> list[tuple[int, Image.Image, bytes]]:
        (session,) = sessions
        snapshot = session.snapshot
        with self._metrics.render_seconds.labels("full").time():
            image = self._easel(session, snapshot.look).paint(snapshot)
        return [(snapshot.version, image, pictures.encode_picture(image, "jpg"))]

    def _paint_preview(self, sessions: Sequence[Session]) -> list[tuple[int, Image.Image, bytes]]:
        (session,) = sessions
        snapshot, draft = session.snapshot, session.draft
        if draft:
            snapshot = Snapshot(snapshot.version, snapshot.hints.add(*draft), snapshot.look)
        with self._metrics.render_seconds.labels("preview").time():
            image = self._easel(session, snapshot.look).preview(snapshot)
        return [(snapshot.version, image, pictures.encode_picture(image, "jpg"))]

    def _paint_file(self, asked: Sequence[tuple[Session, str, Lines]]) -> list[tuple[int, bytes]]:
        ((session, kind, lines),) = asked
        snapshot = session.snapshot
        easel = self._easel(session, snapshot.look)
        with self._metrics.render_seconds.labels("file").time():
            if kind in pictures.LAYERED:
                return [(snapshot.version, pictures.encode_layers(easel.layers(snapshot), kind))]
            return [(snapshot.version, pictures.encode_picture(easel.paint(snapshot, lines), kind))]

    def _paint_thumbnail(self, sessions: Sequence[Session]) -> list[tuple[int, bytes]]:
        (session,) = sessions
        snapshot = session.snapshot
        picture = self._easel(session, snapshot.look).paint(snapshot, "multiply")
        return [(snapshot.version, pictures.thumbnail(picture))]

    def _evict(self) -> None:
        """Close drawings that nobody watches, the longest unused first, where all together take too much memory."""
        held = sum(session.bytes for session in self._open.values())
        for session in [one for one in self._open.values() if not one.watchers][:-1]:
            if held <= self._limits.memory / 4:
                return
            held -= session.bytes
            self._close(session.id)

    def _close(self, drawing: str) -> None:
        with self._easels_lock:
            self._easels.pop(drawing, None)
        self._open.pop(drawing, None)
