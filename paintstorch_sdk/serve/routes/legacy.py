"""`POST /api/v1/colorizer`, as PaintsTorchAPI had it, so that its clients work unchanged.

Every answer has status 200; `success` says whether there is a picture. Unlike there, transparent paper is white, not
black, and an unknown model is an error, not the first model.
"""

import asyncio
import base64
import json
from typing import Any

from fastapi import APIRouter, Request
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from ...errors import InputError, PaintsTorchError
from ...hints.model import Hints
from .. import pictures
from ..painting import OneShot
from ..parts import Parts, parts
from ..problems import describe
from ..schemas import DrawingLook
from .colorize import paint_once

router = APIRouter(prefix="/api/v1", tags=["compatible with PaintsTorchAPI"])


class LegacyRequest(BaseModel):
    """Documents that clients of PaintsTorchAPI send."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sketch": "iVBORw0KGgo...", "hint": "iVBORw0KGgo...", "opacity": 1.0}]}
    )

    sketch: str = Field(description="PNG or JPEG in base64, with or without data:image/...;base64, before it.")
    hint: str = Field(description="An RGBA layer in base64, likewise.")
    opacity: float = Field(description="How strongly the lines lie over the colors, 0 to 1.")
    model: str | None = None


class LegacyAnswer(BaseModel):
    """A picture, or why there is none."""

    success: bool
    colored: str | None = Field(default=None, description="data:image/png;base64,...")
    error: str | None = None


@router.post(
    "/colorizer",
    response_model=LegacyAnswer,
    response_model_exclude_none=True,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": LegacyRequest.model_json_schema()}},
        }
    },
)
async def colorize(request: Request) -> dict[str, Any]:
    """Color a sketch; `success` is false where that cannot be done."""
    own = parts(request)
    try:
        job, opacity = await asyncio.to_thread(_read, own, await request.body())
        picture = await paint_once(own, job)
        return {"success": True, "colored": await asyncio.to_thread(_colored, picture, job, opacity)}
    except HTTPException as error:
        return {"success": False, "error": str(error.detail)}
    except Exception as error:
        if not isinstance(error, PaintsTorchError):
            raise
        return {"success": False, "error": describe(error)}


def _read(own: Parts, content: bytes) -> tuple[OneShot, float]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"body: expected JSON: {error}") from error
    if not isinstance(document, dict):
        raise InputError("body: expected a JSON object with sketch, hint and opacity")
    for name in ("sketch", "hint"):
        if not isinstance(document.get(name), str):
            raise InputError(f"{name}: expected a picture in base64")
    opacity = document.get("opacity", 1.0)
    if isinstance(opacity, bool) or not isinstance(opacity, int | float) or not 0.0 <= opacity <= 1.0:
        raise InputError("opacity: expected a number from 0 to 1")
    model = document.get("model")
    if model is not None and not isinstance(model, str):
        raise InputError("model: expected a name")
    if model is not None and model not in own.painter.bundles:
        raise InputError(f"model: expected one of {', '.join(own.painter.bundles)}")
    pixels = own.settings.limits.pixels
    line_art = pictures.read_line_art(pictures.decode_base64(document["sketch"], "sketch"), pixels)
    layer = pictures.read_layer(pictures.decode_base64(document["hint"], "hint"), pixels, line_art)
    hints = Hints(layer=layer, name="hint")
    return OneShot(line_art, hints, DrawingLook(model=model), "none"), float(opacity)


def _colored(color: Image.Image, job: OneShot, opacity: float) -> str:
    picture = pictures.blend_lines(color, job.line_art, opacity)
    return "data:image/png;base64," + base64.b64encode(pictures.encode_picture(picture, "png")).decode()
