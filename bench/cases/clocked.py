"""A network that adds up the time it takes: its part of what is timed around it."""

import time
from dataclasses import replace
from typing import Any

from paintstorch_sdk.backend import Backend, Encoded, FloatTensor


class ClockedBackend(Backend):
    """Another backend, and a clock that runs while it does.

    Attributes:
        seconds: Time that the network has run since `take` was called last.
    """

    def __init__(self, backend: Backend) -> None:
        self.name, self.device, self.precision = backend.name, backend.device, backend.precision
        self._backend = backend
        self.seconds = 0.0

    def take(self) -> float:
        """The seconds so far; begins anew."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds

    def encode(self, line_art: FloatTensor) -> Encoded:
        begun = time.perf_counter()
        encoded = self._backend.encode(line_art)
        self.seconds += time.perf_counter() - begun
        return replace(encoded, backend=self)  # whoever has it paints here, too

    def paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        begun = time.perf_counter()
        color = self._backend.paint(replace(encoded, backend=self._backend), hints)
        self.seconds += time.perf_counter() - begun
        return color

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        raise NotImplementedError

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        raise NotImplementedError

    def _release(self) -> None:
        self._backend.close()
