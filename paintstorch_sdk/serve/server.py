"""A running server: uvicorn around the application, its log, its end."""

import logging
import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from ..errors import InputError
from .app import create_app
from .guard import JsonLines, log
from .painting import ModelPool
from .schemas import DrawingLook
from .settings import Settings


def serve(settings: Settings, *, quiet: bool = False, started: Callable[[str], None] | None = None) -> None:
    """Run a server until it is told to end; what it has taken by then it finishes.

    Args:
        settings: See `Settings`.
        quiet: Log warnings alone, as text.
        started: Called with the page's address once the server answers.

    Raises:
        InputError: The address cannot be bound.
        ModelError: A model cannot be used.
        BackendError: The backend cannot run here.
    """
    painter = ModelPool(settings)
    painter.colorizer(DrawingLook())  # here, what cannot be loaded is one line; under uvicorn it is a page of its log
    run_app(create_app(settings, painter), settings, quiet=quiet, started=started)


def run_app(
    app: FastAPI, settings: Settings, *, quiet: bool = False, started: Callable[[str], None] | None = None
) -> None:
    """Run any application as `serve` runs the service."""
    listening = _bind(settings.host, settings.port)
    _log(quiet)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=settings.limits.message,
        ws_max_queue=32,
        ws_per_message_deflate=False,  # pictures are packed already
        limit_concurrency=settings.limits.sockets + 4 * settings.limits.waiting,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=round(settings.limits.seconds),
        h11_max_incomplete_event_size=64 * 2**10,
        http="h11",
        proxy_headers=False,
    )

    def announce() -> None:
        log.info("listening", extra={"address": address(settings, listening).partition("#")[0]})
        if started is not None:
            started(address(settings, listening))

    _Server(config, announce).run([listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def address(settings: Settings, listening: socket.socket) -> str:
    """The address of the page; a token stands behind the #, which browsers keep to themselves."""
    port = listening.getsockname()[1]
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    token = f"#token={settings.token}" if settings.token is not None else ""
    return f"http://{host}:{port}/{token}"


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError as error:
        raise InputError(f"{host}:{port}: cannot be bound: {error.strerror or error}; choose another --port") from error
    return listening


def _log(quiet: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s") if quiet else JsonLines())
    for logger in (log, logging.getLogger("uvicorn"), logging.getLogger("uvicorn.error")):
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING if quiet else logging.INFO)
