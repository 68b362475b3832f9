"""The parts that the routes work with."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from .gallery import Gallery
from .metrics import Metrics
from .painting import ModelPool
from .scheduler import Scheduler
from .sessions import Sessions
from .settings import Settings
from .store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the routes work with."""

    settings: Settings
    metrics: Metrics
    painter: ModelPool
    scheduler: Scheduler
    store: Store
    sessions: Sessions
    gallery: Gallery


def parts(connection: HTTPConnection) -> Parts:
    """The parts that the routes work with, of a request or a WebSocket."""
    return cast(Parts, connection.app.state.parts)
