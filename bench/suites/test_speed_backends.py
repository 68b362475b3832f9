"""Encoder and painter of each backend, and that they paint what the fp32 network paints."""

from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.backends.base import Backend
from paintstorch_sdk.bench.cases.sheet import FloatTensor
from paintstorch_sdk.bench.rounds import accuracy

Inputs = tuple[FloatTensor, FloatTensor]


def test_encode(benchmark: BenchmarkFixture, backend: Backend, inputs: Inputs, painted: FloatTensor) -> None:
    line_art, hints = inputs
    encoded = benchmark.pedantic(backend.encode, (line_art,), rounds=10, warmup_rounds=3)
    accuracy(backend.paint(encoded, hints), painted, backend.precision)


def test_paint(benchmark: BenchmarkFixture, backend: Backend, inputs: Inputs, painted: FloatTensor) -> None:
    line_art, hints = inputs
    encoded = backend.encode(line_art)
    colour = benchmark.pedantic(backend.paint, (encoded, hints), rounds=10, warmup_rounds=3)
    accuracy(colour, painted, backend.precision)
