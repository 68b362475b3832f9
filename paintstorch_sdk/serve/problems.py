"""Errors as clients see them: a kind, and one line."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ..errors import InputError, PaintsTorchError
from .errors import RequestError


def problem(error: Exception | None, status: int = 500, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to an error: its kind and one line; None is one that is not the client's to know."""
    if error is None:
        kind, message = "ServerError", "the server failed at this; its log says why"
    else:
        kind, message = type(error).__name__, " ".join(str(error).split())
    if isinstance(error, RequestError):
        status, headers = error.status, error.headers
    return JSONResponse({"error": {"type": kind, "message": message}}, status, dict(headers or {}))


def handle_problems(app: FastAPI) -> None:
    """Have an application answer errors in this way."""
    app.add_exception_handler(RequestError, request_error)
    app.add_exception_handler(PaintsTorchError, our_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, _http_error)


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


def describe(error: BaseException) -> str:
    """One line for a client: the message of an error that is meant for users, else only that there was one."""
    if isinstance(error, PaintsTorchError):
        return " ".join(str(error).split())
    return "the server failed at this; its log says why"
