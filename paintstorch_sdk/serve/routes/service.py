"""What a server says of itself: health, metrics, models, examples."""

import asyncio
import functools

from fastapi import APIRouter, Request, Response
from PIL import Image
from starlette.responses import JSONResponse

from ... import __version__
from ...examples import examples
from ...hints.model import Hints
from ...imaging.images import load_line_art
from .. import painting
from ..app import parts
from ..errors import NotFoundError
from ..schemas import Abilities, ExampleInfo, Look
from .bodies import ERRORS

router = APIRouter(tags=["service"])


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "Not yet, or no more."}})
async def is_ready(request: Request) -> Response:
    """Its models are loaded, and it takes requests."""
    ready = bool(request.app.state.ready)
    return JSONResponse({"status": "ready" if ready else "starting"}, 200 if ready else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def read_metrics(request: Request) -> Response:
    """Counts and times for Prometheus."""
    return Response(parts(request).metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/v1/models")
async def list_models(request: Request) -> Abilities:
    """The models, styles, formats and limits of this server; the first model is the default."""
    own = parts(request)
    painter, limits = own.painter, own.settings.limits
    backend = (await asyncio.to_thread(painter.colorizer, Look())).backend
    return Abilities(
        models=painter.models,
        styles=painter.styles,
        formats=painter.formats,
        layers=("lines", "hints", "picture"),
        backend=backend.name,
        device=backend.device,
        precision=backend.precision,
        version=__version__,
        limits={
            "bytes": limits.body,
            "pixels": limits.pixels,
            "strokes": limits.strokes,
            "points": limits.points,
        },
    )


@router.get("/v1/examples")
async def list_examples() -> list[ExampleInfo]:
    """Line art that comes with the package."""
    return [info for info, _, _ in _examples().values()]


@router.get(
    "/v1/examples/{name}/thumbnail",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, 404: ERRORS[404]},
)
async def read_example_thumbnail(name: str) -> Response:
    """A small picture of an example."""
    content = await asyncio.to_thread(_thumbnail, name)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


def example(name: str) -> tuple[bytes, Hints]:
    """The line art and the hints of an example.

    Raises:
        NotFoundError: There is none of this name.
    """
    found = _examples().get(name)
    if found is None:
        raise NotFoundError(f"example: expected one of {', '.join(_examples())}")
    _, line_art, hints = found
    return line_art, hints


@functools.cache
def _examples() -> dict[str, tuple[ExampleInfo, bytes, Hints]]:
    found = {}
    for path, hints in examples():
        line_art = path.read_bytes()
        height, width = load_line_art(line_art).shape[:2]
        info = ExampleInfo(name=path.stem, width=width, height=height, hints=True)
        found[path.stem] = (info, line_art, Hints.of(hints))
    return found


@functools.cache
def _thumbnail(name: str) -> bytes:
    line_art, _ = example(name)
    return painting.thumbnail(Image.fromarray(load_line_art(line_art)))
