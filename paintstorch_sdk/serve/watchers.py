"""Clients that watch a drawing: they get all messages in order, and of each kind of picture only the newest."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

MOST_MESSAGES = 2_000  # that a client may leave unread before it is sent away


@dataclass(frozen=True, slots=True)
class PaintedPicture:
    """A painted picture on its way to the page.

    Attributes:
        kind: "preview" or "full".
        version: Version of the drawing.
        size: (width, height), pixels.
        seconds: Time from asking to having it.
        content: JPEG without lines.
    """

    kind: str
    version: int
    size: tuple[int, int]
    seconds: float
    content: bytes

    def frame(self) -> bytes:
        """One binary message: a line of JSON, then the file."""
        head = {
            "type": "picture",
            "kind": self.kind,
            "version": self.version,
            "width": self.size[0],
            "height": self.size[1],
            "milliseconds": round(1000 * self.seconds, 1),
        }
        return json.dumps(head, separators=(",", ":")).encode() + b"\n" + self.content


class Watcher:
    """The way out of one WebSocket. A slow reader misses pictures, never messages."""

    def __init__(self) -> None:
        self._messages: deque[str] = deque()
        self._pictures: dict[str, PaintedPicture] = {}
        self._wake = asyncio.Event()
        self._closed = False

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message."""
        if len(self._messages) >= MOST_MESSAGES:
            self._closed = True
        else:
            self._messages.append(json.dumps(message, separators=(",", ":")))
        self._wake.set()

    def show(self, picture: PaintedPicture) -> None:
        """Send a picture, unless a newer one comes before it could go."""
        if picture.kind == "full":
            self._pictures.pop("preview", None)
        self._pictures[picture.kind] = picture
        self._wake.set()

    def close(self) -> None:
        """End `next` once what is there was taken."""
        self._closed = True
        self._wake.set()

    async def next(self) -> str | bytes | None:
        """The next message, text or bytes; None at the end."""
        while True:
            if self._messages:
                return self._messages.popleft()
            if self._pictures:
                kind = next(iter(self._pictures))
                return self._pictures.pop(kind).frame()
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
