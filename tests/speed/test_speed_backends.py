"""Encoder and painter of each backend, and that they paint what the fp32 network paints."""

from collections.abc import Callable
from typing import Any

import pytest

from paintstorch_sdk.backend import Backend, Encoded
from paintstorch_sdk.bench.accuracy import measure_accuracy
from paintstorch_sdk.bench.cases.sheet import FloatTensor, make_tensors

Painted = Callable[[int, int, int], FloatTensor]

sizes = pytest.mark.parametrize("size", [(256, 256), (512, 512)], ids=lambda size: f"{size[0]}x{size[1]}")
batches = pytest.mark.parametrize("batch", [1, 4], ids=lambda batch: f"batch{batch}")


@batches
@sizes
def test_encode(
    timed: Callable[..., Any],
    backend: Backend,
    encode: Callable[[FloatTensor], Encoded],
    painted: Painted,
    size: tuple[int, int],
    batch: int,
) -> None:
    line_art, hints = (tensor.repeat(batch, 0) for tensor in make_tensors(*size))
    encoded = timed(encode, line_art)
    measure_accuracy(backend.paint(encoded, hints), painted(*size, batch), backend.precision)


@batches
@sizes
def test_paint(
    timed: Callable[..., Any], backend: Backend, painted: Painted, size: tuple[int, int], batch: int
) -> None:
    line_art, hints = (tensor.repeat(batch, 0) for tensor in make_tensors(*size))
    color = timed(backend.paint, backend.encode(line_art), hints)
    measure_accuracy(color, painted(*size, batch), backend.precision)
