"""`POST /v1/colorize`: line art and hints in, a picture out."""

import asyncio
from functools import partial
from typing import Any, cast

from fastapi import APIRouter, Request, Response
from PIL import Image

from ...hints.model import Hints
from .. import pictures
from ..painting import OneShot
from ..parts import Parts, parts
from ..scheduler import Urgency
from ..schemas import ColorizeRequest, DrawingLook
from . import bodies

router = APIRouter(tags=["colorize"])

FILES = ("line_art", "layer")
_PICTURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in pictures.MEDIA_TYPES.values()}, "description": "The picture."}
}


@router.post(
    "/v1/colorize",
    response_class=Response,
    responses=_PICTURES | {status: value for status, value in bodies.ERRORS.items() if status not in (404, 507)},
    openapi_extra=bodies.schema(ColorizeRequest, FILES),
)
async def colorize(request: Request) -> Response:
    """Color line art once.

    As JSON with pictures in base64, or as a form with files. Requests of one size are painted together where that
    is quicker.
    """
    own = parts(request)
    body = await bodies.read(request, files=FILES, documents=("hints", "palette"))
    fields = body.fields | {name: "" for name in body.files if name == "line_art"}
    asked = bodies.validate(ColorizeRequest, fields)
    look = DrawingLook(**asked.model_dump(include=set(DrawingLook.model_fields)))
    own.painter.check(look)
    line_art = await asyncio.to_thread(_read_line_art, body, asked, own)
    hints = await asyncio.to_thread(_read_hints, body, asked, line_art, own)
    job = OneShot(line_art, hints, look, asked.lines)
    if asked.format in pictures.LAYERED:
        work = partial(map, own.painter.layers)
        layers = await own.scheduler.run(
            object(), Urgency.ONE_SHOT, lambda jobs: list(work(jobs)), job, seconds=own.settings.limits.seconds
        )
        content = await asyncio.to_thread(pictures.encode_layers, layers, asked.format)
    else:
        picture = await paint_once(own, job)
        content = await asyncio.to_thread(pictures.encode_picture, picture, asked.format)
    return Response(content, media_type=pictures.MEDIA_TYPES[asked.format])


async def paint_once(own: Parts, job: OneShot) -> Image.Image:
    """Paint a one-shot in the queue.

    Raises:
        BusyError: The queue is full.
        LateError: It took too long.
    """
    limit = await asyncio.to_thread(own.painter.batch_limit, job.look)
    batch_key = (job.line_art.shape[:2], job.look, job.lines)
    picture = await own.scheduler.run(
        object(),
        Urgency.ONE_SHOT,
        own.painter.paint_batch,
        job,
        batch_key=batch_key,
        batch_limit=limit,
        seconds=own.settings.limits.seconds,
    )
    return cast(Image.Image, picture)


def _read_line_art(body: bodies.RequestBody, asked: ColorizeRequest, own: Parts) -> pictures.LineArt:
    data = bodies.picture(body, "line_art", asked.line_art)
    assert data is not None
    return pictures.read_line_art(data, own.settings.limits.pixels)


def _read_hints(body: bodies.RequestBody, asked: ColorizeRequest, line_art: pictures.LineArt, own: Parts) -> Hints:
    data = bodies.picture(body, "layer", asked.layer)
    layer = None if data is None else pictures.read_layer(data, own.settings.limits.pixels, line_art)
    hints = pictures.read_hints(asked.hints, layer)
    pictures.check_strokes(hints, own.settings.limits)
    return hints
