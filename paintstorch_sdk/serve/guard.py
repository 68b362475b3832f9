"""Checks in front of every route: who may ask, how much, and for how long.

Without a token the server is for this machine alone, and the danger is other pages in the same browser: the names under
which it is reached are checked (DNS rebinding), and the origin of all that changes something.
"""

import asyncio
import base64
import hmac
import json
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import ForbiddenError, RequestError, UnauthorizedError
from .metrics import Metrics
from .problems import problem
from .settings import Settings, is_loopback

LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
PROTOCOL = "pts.v1"  # of the WebSocket
TOKEN_PROTOCOL = "pts.token."  # a second protocol that carries the token, which browsers cannot send as a header
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
# The page, its files, and what a load balancer asks.
PUBLIC = ("/healthz", "/readyz", "/studio/", "/favicon.ico")

# The one style sheet that is not a file: vanilla-colorful writes it into its shadow tree. Pinned by a test.
PICKER_STYLE = "sha256-I/BcSf79PEn5SD9ob8aupUkHyFwnKqY/qf8Co29iLMs="
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{PICKER_STYLE}'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

log = logging.getLogger("paintstorch_sdk.serve")


class Guard:
    """Middleware: checks before a request, limits while it is read, headers and a log line after it.

    Args:
        app: What is guarded.
        settings: Token, hosts, origins, limits.
        metrics: Told of every answer.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except RequestError as error:
            if scope["type"] == "websocket":
                await receive()  # the handshake; closed before it is accepted, it is answered 403
                await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
                self._note(scope, 403, 0.0)
                return
            await self._answer(scope, receive, send, problem(error))
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send, self._app)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp) -> None:
        begin = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            try:
                await send(message)
            except Exception as error:  # of the connection, not of the application
                raise _GoneError from error

        body = _Body(scope, receive, self._settings.limits.body, self._settings.limits.seconds)
        try:
            await app(scope, body.receive, sending)
        except _GoneError:
            pass
        except Exception:
            log.exception("failed", extra={"route": _route(scope)})
            if not status:
                with suppress(_GoneError):
                    await problem(None)(scope, body.receive, sending)
        self._note(scope, status, time.perf_counter() - begin)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope.get("method", "WEBSOCKET"), _route(scope)
        if method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"):
            method = "OTHER"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        level = logging.DEBUG if route in ("/healthz", "/readyz", "/metrics", "/studio") else logging.INFO
        log.log(
            level,
            "request",
            extra={"method": method, "route": route, "status": status, "milliseconds": round(1000 * seconds, 1)},
        )

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        settings = self._settings
        host = headers.get("host", "")
        if settings.token is None or settings.hosts:
            allowed = LOOPBACK_NAMES | set(settings.hosts)
            if is_loopback(settings.host):
                allowed |= {settings.host}
            if _hostname(host) not in allowed:
                raise ForbiddenError("host: this name is not one of this server's; start it with --allow-host NAME")
        origin = headers.get("origin")
        if (
            origin is not None
            and (scope["type"] == "websocket" or scope["method"] not in SAFE)
            and urlsplit(origin).netloc != host
            and origin not in settings.origins
        ):
            raise ForbiddenError("origin: pages from elsewhere may not do this; start the server with --allow-origin")
        if settings.token is not None and not _is_public(scope):
            given = _token(scope, headers)
            if given is None or not hmac.compare_digest(given.encode(), settings.token.encode()):
                raise UnauthorizedError("token: expected this server's bearer token")


class _GoneError(Exception):
    """The client went, or broke the protocol, before it was answered."""


class _Body:
    """Counts and times a request's body while it is read."""

    def __init__(self, scope: Scope, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._most, self._seconds = receive, most, seconds
        self._deadline = time.monotonic() + seconds
        self._count = 0
        self._complete = False
        length = Headers(scope=scope).get("content-length", "0")
        self._too_large = length.isdigit() and int(length) > most

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()  # waits for the client to go
        if self._too_large:
            raise self._refusal()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._deadline - time.monotonic()))
        except TimeoutError as error:
            raise HTTPException(408, f"body: expected within {self._seconds:g} s") from error
        if message["type"] == "http.request":
            self._count += len(message.get("body", b""))
            if self._count > self._most:
                self._too_large = True
                raise self._refusal()
            self._complete = not message.get("more_body", False)
        return message

    def _refusal(self) -> HTTPException:
        return HTTPException(413, f"body: expected at most {self._most / 2**20:g} MB")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    _PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        document |= {key: value for key, value in vars(record).items() if key not in self._PLAIN}
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str)


def _is_public(scope: Scope) -> bool:
    path = str(scope["path"])
    return scope["type"] == "http" and (path == "/" or path.startswith(PUBLIC))


def _token(scope: Scope, headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    protocols: Iterable[str] = scope.get("subprotocols", ())
    for protocol in protocols:
        if protocol.startswith(TOKEN_PROTOCOL):
            coded = protocol.removeprefix(TOKEN_PROTOCOL)
            with suppress(ValueError):
                return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    return None


def _hostname(host: str) -> str:
    with suppress(ValueError):
        return urlsplit(f"//{host}").hostname or ""
    return ""


def _route(scope: Scope) -> str:
    """The route's own path, never what a client wrote."""
    if scope["path"].startswith("/studio/"):
        return "/studio"
    return str(getattr(scope.get("route"), "path", "unmatched"))
