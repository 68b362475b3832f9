"""`/v1/drawings/ID/socket`: strokes in, an acknowledgment when they are on disk, pictures out.

Client                                          Server
                                                {"type": "hello", "drawing": {...}}
{"type": "change", "seq": 1, "add": [...]}      {"type": "ack", "seq": 1, "version": 2}
{"type": "draft", "stroke": {...}}              picture, kind "preview"
{"type": "set", "seq": 2, "look": {...}}        {"type": "ack", "seq": 2, "version": 3}
                                                picture, kind "full": a line of JSON, then JPEG
"""

import asyncio
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, WebSocket
from pydantic import Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from ...errors import PaintsTorchError
from ..guard import PROTOCOL, log
from ..parts import Parts, parts
from ..problems import describe
from ..schemas import Change, Document, DrawingLook, DrawnStroke
from ..sessions import Session
from ..watchers import Watcher

router = APIRouter()

Sequence_ = Annotated[int, Field(ge=0, lt=2**53)]


class ChangeMessage(Change):
    """Strokes that go and come."""

    type: Literal["change"]
    seq: Sequence_


class SetMessage(Document):
    """Another name or look."""

    type: Literal["set"]
    seq: Sequence_
    name: Annotated[str, Field(max_length=200)] | None = None
    look: DrawingLook | None = None


class DraftMessage(Document):
    """A stroke while it is drawn; None where it was given up."""

    type: Literal["draft"]
    stroke: DrawnStroke | None = None


_MESSAGE: TypeAdapter[ChangeMessage | SetMessage | DraftMessage] = TypeAdapter(
    Annotated[ChangeMessage | SetMessage | DraftMessage, Field(discriminator="type")]
)


@router.websocket("/v1/drawings/{drawing}/socket")
async def draw(socket: WebSocket, drawing: str) -> None:
    """See this module."""
    own = parts(socket)
    offered = socket.scope.get("subprotocols", [])
    try:
        session = await own.sessions.open(drawing)
    except PaintsTorchError as error:
        await socket.accept(PROTOCOL if PROTOCOL in offered else None)
        await _close(socket, 4404, str(error)[:120])
        return
    await socket.accept(PROTOCOL if PROTOCOL in offered else None)
    if own.metrics.open_sockets >= own.settings.limits.sockets:
        await _close(socket, 1013, "too many drawings are open; try again later")
        return
    watcher = Watcher()
    own.metrics.open_sockets += 1
    async with session.order:  # no change comes between what is said here and what is sent from now on
        document = await asyncio.to_thread(own.store.read, drawing)
        watcher.tell({"type": "hello", "drawing": document.model_dump(mode="json", exclude_none=True)})
        own.sessions.watch(session, watcher)
    writer = asyncio.create_task(_write(socket, watcher))
    try:
        await _read(socket, own, session, watcher)
    except WebSocketDisconnect:
        pass
    finally:
        own.metrics.open_sockets -= 1
        own.sessions.leave(session, watcher)
        watcher.close()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


async def _close(socket: WebSocket, code: int, reason: str = "") -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the client has gone, as this finds, or the writer found
        await socket.close(code, reason)


async def _write(socket: WebSocket, watcher: Watcher) -> None:
    try:
        while (message := await watcher.next()) is not None:
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)
        await socket.close(1012)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client has gone: the reader sees it, too


async def _read(socket: WebSocket, own: Parts, session: Session, watcher: Watcher) -> None:
    while socket.application_state is WebSocketState.CONNECTED:
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return
        text = received.get("text")
        if text is None or len(text) > own.settings.limits.message:
            await _close(socket, 1009 if text else 1003)
            return
        try:
            message = _MESSAGE.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            watcher.tell({"type": "refused", "seq": _sequence(text), "message": f"{place}: {first['msg']}"[:300]})
            continue
        await _handle(message, own, session, watcher)


async def _handle(
    message: ChangeMessage | SetMessage | DraftMessage, own: Parts, session: Session, watcher: Watcher
) -> None:
    try:
        if isinstance(message, DraftMessage):
            own.sessions.draft(session, message.stroke)
            return
        if isinstance(message, ChangeMessage):
            change = Change(remove=message.remove, add=message.add)
            version = await own.sessions.change(session.id, change, watcher)
        else:
            version = await own.sessions.set(session.id, message.name, message.look, watcher)
        watcher.tell({"type": "ack", "seq": message.seq, "version": version})
    except Exception as error:
        if not isinstance(error, PaintsTorchError):
            log.exception("failed", extra={"route": "socket"})
        if not isinstance(message, DraftMessage):
            watcher.tell({"type": "refused", "seq": message.seq, "message": describe(error)})


def _sequence(text: str) -> int | None:
    """The number of a message that is not as it should be, so that its sender knows which one it was."""
    try:
        found = TypeAdapter(dict[str, object]).validate_json(text).get("seq")
    except ValidationError:
        return None
    return found if type(found) is int else None
