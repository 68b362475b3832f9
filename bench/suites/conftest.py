"""What the suites share: small models, and an example at a small size. They show times; none is asserted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from paintstorch_sdk.backends import open_backend
from paintstorch_sdk.backends.base import Backend
from paintstorch_sdk.bench.cases.sheet import FloatTensor, tensors
from paintstorch_sdk.bench.models import prepare
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError

SIDE = 256


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Random weights at the bundled model's width."""
    folder: Path = tmp_path_factory.mktemp("models") / "random"
    prepare(width=32, feature_width=32, folder=folder, working_size=512, threads=1)
    return Bundle.open(folder)


@pytest.fixture(scope="session")
def inputs() -> tuple[FloatTensor, FloatTensor]:
    """Line art 1,1,H,W and hint map 1,4,H/4,W/4."""
    return tensors(SIDE, SIDE)


@pytest.fixture(scope="session")
def painted(bundle: Bundle, inputs: tuple[FloatTensor, FloatTensor]) -> FloatTensor:
    """What the fp32 network in torch paints of the inputs."""
    line_art, hints = inputs
    with open_backend(bundle, "eager", "fp32", "cpu") as backend:
        return backend.paint(backend.encode(line_art), hints)


@pytest.fixture(
    scope="module",
    params=[
        ("eager", "fp32"),
        ("eager", "bf16"),
        ("onnxruntime", "fp32"),
        ("openvino", "fp32"),
        ("openvino", "bf16"),
    ],
    ids="-".join,
)
def backend(request: pytest.FixtureRequest, bundle: Bundle) -> Iterator[Backend]:
    """Each backend in each precision that this processor has."""
    name, precision = request.param
    try:
        opened = open_backend(bundle, name, precision, "cpu")
    except BackendError as error:
        pytest.skip(str(error))
    with opened:
        yield opened
