"""The application: its parts, its routes, its start and end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from .. import __version__
from .gallery import Gallery
from .guard import Guard
from .metrics import Metrics
from .painting import ModelPool
from .parts import Parts
from .problems import handle_problems
from .routes import colorize, drawings, legacy, service, socket, studio
from .scheduler import Scheduler
from .sessions import Sessions
from .settings import Settings
from .store import Store
from .study.app import legacy as old_study
from .study.store import Study


def create_app(settings: Settings, painter: ModelPool | None = None, *, keep_drawings: bool = True) -> FastAPI:
    """The application of a server.

    Args:
        settings: See `Settings`.
        painter: Paints; None makes one of the settings' models.
        keep_drawings: Whether there are drawings; without them a server has no state, and any number may serve as one.

    Returns:
        An ASGI application; its models are loaded when it starts.

    Raises:
        ModelError: A model cannot be used.
    """
    metrics = Metrics()
    painter = painter or ModelPool(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        limits = settings.limits
        store = Store(settings.folder, limits)
        scheduler = Scheduler(settings.worker_count, limits.waiting, metrics, limits.patience)
        sessions = Sessions(store, painter, scheduler, metrics, limits)
        app.state.parts = Parts(settings, metrics, painter, scheduler, store, sessions, Gallery(settings.examples))
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
    for router in (service.router, colorize.router, legacy.router):
        app.include_router(router)
    if keep_drawings:
        app.include_router(drawings.router)
        app.include_router(socket.router)
        if settings.studio:
            studio.mount(app)
    handle_problems(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(Guard, settings=settings, metrics=metrics)
    return app
