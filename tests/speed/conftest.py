"""What the suites share: the bundled model in every backend, how a call is timed, and percentiles in the JSON.

Every benchmark asserts the result of what it timed; none asserts a time.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.backend import PRECISIONS, Backend, Encoded
from paintstorch_sdk.backends.registry import BACKENDS, open_backend
from paintstorch_sdk.bench import machine
from paintstorch_sdk.bench.cases.sheet import FloatTensor, make_tensors
from paintstorch_sdk.bench.timing import TimeSamples, warm_up
from paintstorch_sdk.bundle import DEFAULT, Bundle
from paintstorch_sdk.errors import BackendError

SECONDS = 1.0  # that the counted calls of a benchmark take together
FEWEST, MOST = 5, 1000  # counted calls
PERCENTILES = (50, 90, 99, 99.9)

Result = TypeVar("Result")
Timed = Callable[..., Any]


@pytest.fixture
def timed(benchmark: BenchmarkFixture) -> Timed:
    """Time a call: `timed(function, *arguments)` returns what the function returned last.

    The calls before the counted ones go on until their times settle; then as many are counted, one by one, as fit
    into `SECONDS`.
    """

    def run(function: Callable[..., Result], *arguments: Any, fewest: int = FEWEST) -> Result:
        rounds = fewest
        if benchmark.enabled:
            warm, stable = warm_up(lambda: function(*arguments), seconds=3.0)
            rounds = max(fewest, min(MOST, round(SECONDS / max(min(warm), 1e-9))))
            benchmark.extra_info["warm_up"] = {"calls": len(warm), "stable": stable}
        return benchmark.pedantic(function, arguments, rounds=rounds, iterations=1, warmup_rounds=1)  # type: ignore[no-any-return]

    return run


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The bundled model."""
    return Bundle.open(DEFAULT)


@pytest.fixture(scope="session")
def painted(bundle: Bundle) -> Iterator[Callable[[int, int, int], FloatTensor]]:
    """What the fp32 network in torch paints of `make_tensors(width, height)`, so many times over: the reference."""
    known: dict[tuple[int, int], FloatTensor] = {}
    with open_backend(bundle, "eager", "fp32", "cpu") as reference:

        def paint(width: int, height: int, batch: int) -> FloatTensor:
            if (width, height) not in known:
                line_art, hints = make_tensors(width, height)
                known[width, height] = reference.paint(reference.encode(line_art), hints)
            return known[width, height].repeat(batch, 0)

        yield paint


@pytest.fixture(
    scope="module",
    params=[(name, precision) for name in BACKENDS for precision in PRECISIONS if precision != "auto"],
    ids="-".join,
)
def backend(request: pytest.FixtureRequest, bundle: Bundle) -> Iterator[Backend]:
    """Each backend in each precision, on the best device that it has here; skipped where it has none."""
    name, precision = request.param
    try:
        opened = open_backend(bundle, name, precision)
    except BackendError as error:
        pytest.skip(str(error))
    with opened:
        yield opened


@pytest.fixture
def encode(backend: Backend) -> Callable[[FloatTensor], Encoded]:
    """The backend's `encode`, to the end: a GPU may still be at it when it returns. `paint` gives host memory."""
    if backend.device == "cpu":
        return backend.encode

    def run(line_art: FloatTensor) -> Encoded:
        encoded = backend.encode(line_art)
        _synchronize()
        return encoded

    return run


def _synchronize() -> None:
    """Wait for the GPU's primary context, which torch, ONNX Runtime and PyCUDA share."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    else:
        import pycuda.driver

        pycuda.driver.Context.synchronize()


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """The machine as `pts bench` describes it, without its name in the network."""
    machine_info.clear()
    machine_info.update(machine.describe_environment())


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: list[Any], output_json: dict[str, Any]) -> None:
    """Percentiles of the raw samples beside the plugin's own statistics."""
    for document in output_json["benchmarks"]:
        samples = TimeSamples.of([document["stats"]["data"]])
        document["stats"] |= {f"p{percent:g}": samples.percentile(percent) for percent in PERCENTILES}


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The tails, that the plugin's table does not have."""
    session = getattr(config, "_benchmarksession", None)
    measured = [bench for bench in getattr(session, "benchmarks", ()) if not bench.has_error and bench.stats.data]
    if not measured:
        return
    terminalreporter.section("percentiles of the raw samples, ms")
    width = max(len(bench.name) for bench in measured)
    heads = "".join(f"{f'p{percent:g}':>12}" for percent in PERCENTILES)
    terminalreporter.write_line(f"{'':{width}}{heads}{'samples':>10}")
    for bench in measured:
        samples = TimeSamples.of([bench.stats.data])
        values = "".join(f"{samples.percentile(percent) * 1e3:12.3f}" for percent in PERCENTILES)
        terminalreporter.write_line(f"{bench.name:{width}}{values}{len(bench.stats.data):10}")
