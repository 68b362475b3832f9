"""Request bodies that come as JSON or as a form with files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from ...errors import InputError
from .. import pictures
from ..schemas import ProblemDocument

Model = TypeVar("Model", bound=BaseModel)

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "description": description}
    for status, description in {
        400: "A body that cannot be read.",
        401: "No token, or the wrong one.",
        403: "A host or origin that is not allowed.",
        404: "There is none.",
        408: "Not in time.",
        413: "Larger than this server takes.",
        415: "Neither JSON nor a form.",
        422: "Not what was expected: the message says what was.",
        429: "The queue is full; Retry-After says when to come again.",
        507: "No room for another drawing.",
    }.items()
}


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A body, of either kind.

    Attributes:
        fields: Fields of the JSON document, or of the form; a form's values are text.
        files: Files of the form, by field.
    """

    fields: dict[str, Any]
    files: dict[str, bytes]


async def read(request: Request, *, files: tuple[str, ...], documents: tuple[str, ...] = ()) -> RequestBody:
    """Read a body.

    Args:
        request: Request with JSON or a form.
        files: Names of the form's files.
        documents: Names of the form's fields that hold JSON.

    Raises:
        HTTPException: Neither, or damaged.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            document = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"body: not JSON: {error}") from error
        if not isinstance(document, dict):
            raise HTTPException(422, "body: expected a JSON object")
        return RequestBody(document, {})
    if kind != "multipart/form-data":
        raise HTTPException(415, "body: expected application/json or multipart/form-data")
    fields: dict[str, Any] = {}
    contents: dict[str, bytes] = {}
    async with request.form(max_files=4, max_fields=16, max_part_size=2**24) as form:
        for name, value in form.multi_items():
            if name in fields or name in contents:
                raise HTTPException(422, f"{name[:40]!r}: expected once")
            if name in files:
                contents[name] = await value.read() if isinstance(value, UploadFile) else value.encode()
            else:
                text = (await value.read()).decode("utf-8", "replace") if isinstance(value, UploadFile) else value
                fields[name] = _parsed(name, text) if name in documents else text
    return RequestBody(fields, contents)


def validate(model: type[Model], fields: Mapping[str, Any]) -> Model:
    """The document of a body's fields.

    Raises:
        RequestValidationError: The fields are not those of such a document.
    """
    try:
        return model.model_validate_json(json.dumps(dict(fields)))
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    except (ValueError, RecursionError) as error:  # lone surrogates
        raise HTTPException(400, "body: expected valid Unicode") from error


def picture(body: RequestBody, name: str, text: str | None) -> bytes | None:
    """The bytes of a picture: of the form's file, or of the JSON document's base64."""
    if name in body.files:
        if not body.files[name]:
            raise InputError(f"{name}: expected a picture, received nothing")
        return body.files[name]
    return None if text is None else pictures.decode_base64(text, name)


def schema(model: type[BaseModel], files: tuple[str, ...]) -> dict[str, Any]:
    """OpenAPI of a body that may come as JSON or as a form."""
    document = model.model_json_schema(ref_template="#/components/schemas/{model}")
    document.pop("$defs", None)
    properties = {
        name: {"type": "string", "format": "binary"} if name in files else value
        for name, value in document["properties"].items()
    }
    form = {"type": "object", "properties": properties, "required": document.get("required", [])}
    content = {"application/json": {"schema": document}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"{name}: not JSON: {error}") from error
