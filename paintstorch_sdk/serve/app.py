"""The application: its parts, its routes, its start and end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from ..errors import InputError, PaintsTorchError
from .errors import RequestError
from .guard import Guard, problem
from .metrics import Metrics
from .painting import Painter
from .scheduler import Scheduler
from .sessions import Sessions
from .settings import Settings
from .store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    settings: Settings
    metrics: Metrics
    painter: Painter
    scheduler: Scheduler
    store: Store
    sessions: Sessions


def create_app(settings: Settings) -> FastAPI:
    """The application of a server.

    Args:
        settings: See `Settings`.

    Returns:
        An ASGI application; its models are loaded when it starts.

    Raises:
        ModelError: A model cannot be used.
    """
    from .. import __version__
    from .routes import colorize, drawings, legacy, service, socket, studio
    from .study.app import legacy as old_study
    from .study.store import Study

    metrics = Metrics()
    painter = Painter(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        limits = settings.limits
        store = Store(settings.folder, limits)
        scheduler = Scheduler(settings.worker_count, limits.waiting, metrics)
        sessions = Sessions(store, painter, scheduler, metrics, limits)
        app.state.parts = Parts(settings, metrics, painter, scheduler, store, sessions)
        await asyncio.to_thread(painter.warm_up)
        app.state.ready = True
        yield
        app.state.ready = False
        await sessions.close()
        await scheduler.close()
        store.close()
        painter.close()
        if app.state.study is not None:
            app.state.study.close()

    app = FastAPI(
        title="paintstorch-sdk",
        version=__version__,
        summary="Color line art from a few strokes.",
        lifespan=lifespan,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.ready = False
    app.state.study = None if settings.study is None else Study(settings.study)
    app.include_router(old_study)
    for module in (service, colorize, drawings, socket, legacy):
        app.include_router(module.router)
    if settings.studio:
        studio.mount(app)
    app.add_exception_handler(RequestError, request_error)
    app.add_exception_handler(PaintsTorchError, our_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(Guard, settings=settings, metrics=metrics)
    return app


def parts(connection: HTTPConnection) -> Parts:
    """What the routes work with, of a request or a WebSocket."""
    return cast(Parts, connection.app.state.parts)


async def request_error(request: Request, error: Exception) -> Response:
    """Answer with the error's own status."""
    return problem(error)


async def our_error(request: Request, error: Exception) -> Response:
    """Answer what is the client's to solve with 422."""
    return problem(error, 422 if isinstance(error, InputError) else 500)


async def validation_error(request: Request, error: Exception) -> Response:
    """Answer what is not as its schema says."""
    assert isinstance(error, RequestValidationError)
    return validation_problem(error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    content = {"error": {"type": "RequestError", "message": str(error.detail)}}
    return JSONResponse(content, error.status_code, dict(error.headers or {}))


def validation_problem(error: RequestValidationError) -> JSONResponse:
    """One line of a document that is not as its schema says: where, what is wrong."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    more = len(error.errors()) - 1
    message = f"{place or 'body'}: {first['msg']}" + (f" (and {more} more)" if more else "")
    return JSONResponse({"error": {"type": "ValidationError", "message": message[:500]}}, 422)
