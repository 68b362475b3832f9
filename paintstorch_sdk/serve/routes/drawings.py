"""`/v1/drawings`: line art that stays, with its strokes and its picture."""

import asyncio
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Body, Query, Request, Response

from ...errors import InputError
from ...hints.model import Hints
from ...look import Lines
from .. import pictures
from ..errors import NotFoundError
from ..parts import Parts, parts
from ..schemas import (
    Change,
    Changed,
    DrawingDocument,
    DrawingInfo,
    DrawingLook,
    DrawnStroke,
    Format,
    NewDrawing,
    Settable,
)
from . import bodies

router = APIRouter(prefix="/v1/drawings", tags=["drawings"])

FILES = ("line_art", "layer")
_COMMON: dict[int | str, dict[str, Any]] = {status: bodies.ERRORS[status] for status in (400, 401, 403, 404, 422)}


def _gives(*kinds: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {} for kind in kinds}}, **_COMMON}


@router.post(
    "",
    status_code=201,
    responses={status: bodies.ERRORS[status] for status in bodies.ERRORS if status != 429},
    openapi_extra=bodies.schema(NewDrawing, FILES),
)
async def create_drawing(request: Request, response: Response) -> DrawingDocument:
    """Keep line art, of a file, of base64, or of an example, to be painted again and again."""
    own = parts(request)
    body = await bodies.read(request, files=FILES, documents=("hints", "look"))
    if isinstance(own_hints := body.fields.get("hints"), str) and own_hints != "own":
        body.fields.pop("hints")
    asked = bodies.validate(NewDrawing, body.fields)
    if asked.look is not None:
        own.painter.check(asked.look)
    document = await asyncio.to_thread(_create, own, body, asked)
    response.headers["Location"] = f"/v1/drawings/{document.id}"
    return document


@router.get("")
async def list_drawings(request: Request) -> list[DrawingInfo]:
    """All drawings, the last changed first."""
    return await asyncio.to_thread(parts(request).store.list)


@router.get("/{drawing}", responses=_COMMON)
async def read_drawing(request: Request, drawing: str) -> DrawingDocument:
    """A drawing with its strokes."""
    return await asyncio.to_thread(parts(request).store.read, drawing)


@router.patch("/{drawing}", responses=_COMMON)
async def set_drawing(
    request: Request,
    drawing: str,
    asked: Annotated[Settable, Body(examples=[{"name": "Cover", "look": {"size": 768}}])],
) -> Changed:
    """Rename a drawing, or have it painted otherwise."""
    own = parts(request)
    version = await own.sessions.set(drawing, asked.name, asked.look)
    return Changed(version=version, strokes=len((await own.sessions.open(drawing)).strokes))


@router.delete("/{drawing}", status_code=204, responses=_COMMON)
async def delete_drawing(request: Request, drawing: str) -> None:
    """Delete a drawing for good."""
    await parts(request).sessions.delete(drawing)


@router.patch("/{drawing}/strokes", responses=_COMMON | {413: bodies.ERRORS[413]})
async def change_strokes(request: Request, drawing: str, change: Change) -> Changed:
    """Take strokes away and add others; answered when it is on disk."""
    own = parts(request)
    version = await own.sessions.change(drawing, change)
    return Changed(version=version, strokes=len((await own.sessions.open(drawing)).strokes))


@router.put(
    "/{drawing}/layer",
    responses=_COMMON | {413: bodies.ERRORS[413]},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def set_layer(request: Request, drawing: str) -> Changed:
    """Lay an RGBA picture of hints below the strokes."""
    own = parts(request)
    data = await request.body()
    session = await own.sessions.open(drawing)
    layer = await asyncio.to_thread(pictures.read_layer, data, own.settings.limits.pixels, session.line_art)
    return Changed(version=await own.sessions.set_layer(drawing, layer), strokes=len(session.strokes))


@router.delete("/{drawing}/layer", responses=_COMMON)
async def delete_layer(request: Request, drawing: str) -> Changed:
    """Take the layer of hints away."""
    own = parts(request)
    session = await own.sessions.open(drawing)
    return Changed(version=await own.sessions.set_layer(drawing, None), strokes=len(session.strokes))


@router.get("/{drawing}/line-art", response_class=Response, responses=_gives("image/png"))
async def read_line_art(request: Request, drawing: str, clean: Annotated[bool, Query()] = False) -> Response:
    """The line art; of a clean one paper and tint are white, and its lines dark."""
    if not clean:
        return await _stored(parts(request), drawing, "line_art")
    session = await parts(request).sessions.open(drawing)
    content = await asyncio.to_thread(pictures.encode_clean, session.line_art)
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


@router.get("/{drawing}/layer", response_class=Response, responses=_gives("image/png"))
async def read_layer(request: Request, drawing: str) -> Response:
    """The layer of hints."""
    return await _stored(parts(request), drawing, "layer")


@router.get("/{drawing}/hints", response_class=Response, responses=_gives("application/json", "image/png"))
async def read_hints(
    request: Request, drawing: str, format: Annotated[Literal["json", "png"], Query()] = "json"
) -> Response:
    """The strokes as a hints document that `pts colorize` reads, or all hints as an RGBA picture."""
    session = await parts(request).sessions.open(drawing)
    if format == "json":
        text = await asyncio.to_thread(pictures.hints_document, session.strokes)
        return Response(text, media_type="application/json")
    content = await asyncio.to_thread(pictures.hints_picture, session.snapshot.hints, *session.size)
    return Response(content, media_type="image/png")


@router.get(
    "/{drawing}/picture",
    response_class=Response,
    responses=_gives(*pictures.MEDIA_TYPES.values())
    | {status: bodies.ERRORS[status] for status in (408, 429)}
    | {304: {"description": "As it was."}},
)
async def read_picture(
    request: Request,
    drawing: str,
    format: Annotated[Format, Query()] = "png",
    lines: Annotated[Lines, Query()] = "multiply",
) -> Response:
    """The newest picture, in the line art's size."""
    own = parts(request)
    session = await own.sessions.open(drawing)
    tag = f'"{session.snapshot.version}-{format}-{lines}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    version, content = await own.sessions.picture(drawing, format, lines)
    headers = {"ETag": f'"{version}-{format}-{lines}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type=pictures.MEDIA_TYPES[format], headers=headers)


@router.get("/{drawing}/thumbnail", response_class=Response, responses=_gives("image/webp") | {429: bodies.ERRORS[429]})
async def read_thumbnail(request: Request, drawing: str) -> Response:
    """A small picture."""
    content = await parts(request).sessions.thumbnail(drawing)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private, no-cache"})


async def _stored(own: Parts, drawing: str, kind: str) -> Response:
    found = await asyncio.to_thread(own.store.picture, drawing, kind)
    if found is None:
        raise NotFoundError(f"{kind.replace('_', ' ')}: there is none; the drawing may have been deleted")
    return Response(found[0], media_type="image/png", headers={"Cache-Control": "private, no-cache"})


def _create(own: Parts, body: bodies.RequestBody, asked: NewDrawing) -> DrawingDocument:
    limits = own.settings.limits
    data = bodies.picture(body, "line_art", asked.line_art)
    if (data is None) == (asked.example is None):
        raise InputError("drawing: expected line_art, or the name of an example")
    hints = Hints()
    if asked.example is not None:
        data, hints = own.gallery.example(asked.example)
        if asked.hints != "own":
            hints = Hints()
    assert data is not None
    line_art = pictures.read_line_art(data, limits.pixels)
    layer_data = bodies.picture(body, "layer", asked.layer)
    layer = hints.layer if layer_data is None else pictures.read_layer(layer_data, limits.pixels, line_art)
    document = asked.hints if isinstance(asked.hints, dict) else None
    strokes = pictures.read_hints(document).strokes if document is not None else hints.strokes
    hints = Hints(strokes, layer)
    pictures.check_strokes(hints, limits)
    pictures.check_layer(hints, line_art)
    return own.store.create(
        name=asked.name or asked.example or "Untitled",
        size=(line_art.shape[1], line_art.shape[0]),
        line_art=pictures.encode_line_art(line_art),
        blend=pictures.blend_of(line_art),
        look=asked.look or DrawingLook(),
        strokes=[
            DrawnStroke(
                id=f"s{index}",
                points=tuple(stroke.points),
                color="#" + bytes(stroke.rgb).hex(),
                width=stroke.width,
            )
            for index, stroke in enumerate(strokes)
        ],
        layer=None if layer is None else pictures.encode_line_art(cast(pictures.LineArt, layer)),
    )
