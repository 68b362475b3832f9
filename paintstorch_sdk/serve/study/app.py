"""The raters' page, and the study routes of PaintsTorchAPI."""

import asyncio
import base64
import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi import Path as InPath
from pydantic import Field
from starlette.responses import FileResponse

from ...errors import InputError
from ..errors import NotFoundError
from ..guard import Guard
from ..metrics import Metrics
from ..problems import handle_problems
from ..routes.studio import Files
from ..schemas import Document, Identifier
from ..settings import Settings
from .rates import LEAST, MOST
from .store import Study

PAGE = Path(__file__).parent / "page"
legacy = APIRouter(prefix="/api/v1/study", tags=["compatible with PaintsTorchAPI"])
router = APIRouter(prefix="/v1/study", tags=["study"])


class Next(Document):
    """The picture that a rater sees next; None at the end."""

    item: str | None
    done: int
    total: int


class Rating(Document):
    """The rating of a picture."""

    rater: Identifier
    rate: Annotated[int, Field(ge=LEAST, le=MOST, strict=True)]


@legacy.get("")
async def list_files(request: Request) -> dict[str, list[str]]:
    """The pictures of the study."""
    study: Study | None = request.app.state.study
    return {"files": [] if study is None else [item.file for item in await asyncio.to_thread(study.items)]}


@legacy.get("/{file}", responses={404: {"description": "There is none."}})
async def read_illustration(request: Request, file: Annotated[str, InPath(max_length=255)]) -> dict[str, str]:
    """One picture as a data URI."""
    item = await asyncio.to_thread(_study(request).item, file)
    content = await asyncio.to_thread(item.path.read_bytes)
    return {"illustration": f"data:{_media_type(item.path)};base64,{base64.b64encode(content).decode()}"}


@legacy.post("", responses={404: {"description": "There is none."}, 422: {"description": "Not a rating."}})
async def rate_file(request: Request) -> dict[str, bool]:
    """A rating: uuid, file_name and rate, as JSON or as a form."""
    if request.headers.get("content-type", "").startswith(("multipart/", "application/x-www-form-urlencoded")):
        async with request.form(max_files=0, max_fields=8) as form:
            fields: dict[str, Any] = dict(form)
    else:
        try:
            fields = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise InputError("body: expected JSON with uuid, file_name and rate") from error
    if not isinstance(fields, dict):
        raise InputError("body: expected uuid, file_name and rate")
    rater, file, rate = (fields.get(name) for name in ("uuid", "file_name", "rate"))
    if not isinstance(rater, str) or not 0 < len(rater) <= 64 or not isinstance(file, str):
        raise InputError("body: expected uuid (up to 64 characters), file_name and rate")
    if isinstance(rate, str) and rate.isdecimal() and len(rate) == 1:
        rate = int(rate)
    await asyncio.to_thread(_study(request).rate, rater, file, rate)  # type: ignore[arg-type]
    return {"success": True}


@router.get("/next")
async def read_next(request: Request, rater: Annotated[Identifier, Query()]) -> Next:
    """The picture that a rater sees next."""
    item, done, total = await asyncio.to_thread(_study(request).next, rater)
    return Next(item=item.id if item else None, done=done, total=total)


@router.get("/items/{item}", response_class=Response, responses={404: {"description": "There is none."}})
async def read_item(request: Request, item: Identifier) -> Response:
    """A picture; nothing of it tells its model."""
    found = await asyncio.to_thread(_study(request).item, item)
    content = await asyncio.to_thread(found.path.read_bytes)
    return Response(content, media_type=_media_type(found.path), headers={"Cache-Control": "private, no-cache"})


@router.put("/items/{item}/rate", status_code=204)
async def rate_item(request: Request, item: Identifier, rating: Rating) -> None:
    """Rate a picture; again, to change one's mind."""
    await asyncio.to_thread(_study(request).rate, rating.rater, item, rating.rate)


def create_study_app(study: Study, settings: Settings) -> FastAPI:
    """The application that raters use: their page, its routes, the old service's routes."""
    app = FastAPI(title="paintstorch-sdk: study", docs_url=None, redoc_url=None)
    app.state.study = study
    app.include_router(router)
    app.include_router(legacy)

    async def page() -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/studio/survey", Files(directory=PAGE))
    handle_problems(app)
    app.add_middleware(Guard, settings=settings, metrics=Metrics())
    return app


def _study(request: Request) -> Study:
    study: Study | None = request.app.state.study
    if study is None:
        raise NotFoundError("study: this server has none; start it with --study FILE")
    return study


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
