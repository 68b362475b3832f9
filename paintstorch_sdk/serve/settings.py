"""The settings that a server is started with."""

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import platformdirs

from ..bundle import DEFAULT
from ..errors import InputError

FOLDER_VARIABLE = "PAINTSTORCH_DATA"
TOKEN_VARIABLE = "PAINTSTORCH_TOKEN"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request, drawing or server may take.

    Attributes:
        body: Bytes of a request.
        message: Bytes of a WebSocket message.
        pixels: Pixels of a picture.
        strokes: Strokes of a drawing.
        points: Points of all strokes of a drawing.
        drawings: Kept on disk.
        memory: Bytes of drawings that are kept open; what is over is read and encoded again when it is asked for.
        sockets: Open at once.
        waiting: Renders in the queue.
        patience: Seconds that a render may be expected to wait in the queue; nobody is let in for longer.
        seconds: Seconds in which a request's body has to arrive, and a picture to be made.
    """

    body: int = 32 * 2**20
    message: int = 4 * 2**20
    pixels: int = 2**24
    strokes: int = 5_000
    points: int = 100_000
    drawings: int = 1_000
    memory: int = 2**30
    sockets: int = 200
    waiting: int = 64
    patience: float = 10.0
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server runs.

    Attributes:
        folder: Where drawings are kept.
        host: Address to bind to.
        port: 0 takes a free one.
        token: What clients must send as a bearer token; None asks for none, which only a loopback address may.
        hosts: Names under which clients may reach the server, beside those of the loopback.
        origins: Origins of pages elsewhere that may call it (CORS).
        models: Names of bundled models, or bundles' folders; the first is the default.
        backend: As in `Colorizer`.
        precision: As in `Colorizer`.
        device: As in `Colorizer`.
        threads: As in `Colorizer`.
        workers: Renders at once; None chooses by the processor.
        examples: Line art and its hints, files, for the studio's first screen.
        studio: Whether the page is served.
        study: File of the study whose pictures clients of PaintsTorchAPI rate; None for no study.
        limits: See `Limits`.

    Raises:
        InputError: A host beyond the loopback without a token, or a number out of range.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 7860
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    models: tuple[str, ...] = (DEFAULT,)
    backend: str = "auto"
    precision: str = "auto"
    device: str | None = None
    threads: int | None = None
    workers: int | None = None
    examples: tuple[tuple[Path, Path], ...] = ()
    studio: bool = True
    study: Path | None = None
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.token is not None and (
            len(self.token) < 16 or not self.token.isascii() or not self.token.isprintable()
        ):
            raise InputError("token: expected at least 16 printable ASCII characters; take a random one")
        if self.token is None and not is_loopback(self.host):
            raise InputError(
                f"host {self.host}: expected a token for an address that others reach; set ${TOKEN_VARIABLE}, or bind "
                f"to 127.0.0.1"
            )
        if not 0 <= self.port < 2**16:
            raise InputError(f"port: expected 0 to 65535, received {self.port}")
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers: expected at least 1, received {self.workers}")
        if not self.models:
            raise InputError("models: expected at least one")

    @property
    def worker_count(self) -> int:
        """Renders at once: a CPU's cores are the network's own, a second worker only does what is around it."""
        return self.workers or min(4, max(2, (os.cpu_count() or 2) // 4))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def data_folder() -> Path:
    """Where drawings are kept: $PAINTSTORCH_DATA, or the system's place for a user's data."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    return Path(platformdirs.user_data_dir("paintstorch-sdk", appauthor=False))
