"""Facts that a server tells of itself: health, metrics, models, examples."""

import asyncio

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from ... import __version__
from .. import pictures
from ..parts import parts
from ..schemas import Abilities, DrawingLook, ExampleInfo
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
    backend, device, precision = await asyncio.to_thread(painter.describe_backend, DrawingLook())
    return Abilities(
        models=painter.models,
        styles=painter.styles,
        formats=tuple(pictures.MEDIA_TYPES),
        layers=("lines", "hints", "picture"),
        backend=backend,
        device=device,
        precision=precision,
        version=__version__,
        limits={
            "bytes": limits.body,
            "pixels": limits.pixels,
            "strokes": limits.strokes,
            "points": limits.points,
        },
    )


@router.get("/v1/examples")
async def list_examples(request: Request) -> list[ExampleInfo]:
    """Line art that comes with the package."""
    return await asyncio.to_thread(parts(request).gallery.list)


@router.get(
    "/v1/examples/{name}/thumbnail",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, 404: ERRORS[404]},
)
async def read_example_thumbnail(request: Request, name: str) -> Response:
    """A small picture of an example."""
    gallery = parts(request).gallery
    content = await asyncio.to_thread(gallery.thumbnail, name)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})
