"""Errors that the service answers with a status of their own; others of `paintstorch_sdk.errors` are a 422 or a 500."""

from ..errors import PaintsTorchError


class RequestError(PaintsTorchError):
    """A request that cannot be served as it is.

    Attributes:
        status: Status of the HTTP answer.
        headers: Headers of the HTTP answer.
    """

    status = 400

    @property
    def headers(self) -> dict[str, str]:
        return {}


class UnauthorizedError(RequestError):
    """No token, or the wrong one."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class ForbiddenError(RequestError):
    """Asked from a place that is not allowed."""

    status = 403


class NotFoundError(RequestError):
    """No such drawing, example, file."""

    status = 404


class LateError(RequestError):
    """A body that did not arrive, or a picture that was not made, in time."""

    status = 408


class TooLargeError(RequestError):
    """More bytes, pixels, strokes or points than this server takes."""

    status = 413


class BusyError(RequestError):
    """The queue is full.

    Args:
        message: One line.
        after: Seconds after which it is worth trying again.
    """

    status = 429

    def __init__(self, message: str, after: float) -> None:
        super().__init__(message)
        self.after = max(1, round(after))

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.after)}


class FullError(RequestError):
    """No room for another drawing."""

    status = 507
