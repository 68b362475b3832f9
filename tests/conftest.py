"""What the tests share. Nothing here imports torch: the runtime's tests run without it.

`make test` runs them in several processes (pytest-xdist), a file in each; `pytest` alone in one.
"""

import os
import signal

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests' networks are small: on busy cores, torch's threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["PTS_NO_TUNE"] = "1"  # what was measured on this machine is not under test
os.environ.setdefault("PTS_NO_CACHE", "1")  # nor what an earlier run compiled

import cv2
import numpy as np
import pytest
from filelock import FileLock

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.gpu.engine_cache import FOLDER_VARIABLE, Cache
from paintstorch_sdk.hints.model import Hints, Stroke

PROCESS = os.environ.get("PYTEST_XDIST_WORKER")  # among several; None is one alone
if PROCESS:
    cv2.setNumThreads(1)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same ones in every run."""
    return np.random.default_rng(20190612)


@pytest.fixture(scope="session")
def tiny_checkpoint():
    """Networks of width 8 with random weights, where the quality of pictures does not matter."""
    import torch

    from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint

    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator, features = Architecture(width=8, feature_width=8).build()
    return Checkpoint(generator.eval(), features.eval(), {"trained": False})


@pytest.fixture(scope="session")
def tiny_bundle(tiny_checkpoint, tmp_path_factory):
    """The bundle exported from `tiny_checkpoint`, once for all processes. Not to be written to: copy it."""
    from paintstorch_sdk.export.bundle_writer import write_bundle

    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if PROCESS else root) / "bundles" / "tiny"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if folder.is_dir():
            return Bundle.open(folder)
        lines = np.full((70, 100), 255, np.uint8)
        lines[::9] = lines[:, 40] = 0
        strokes = Hints((Stroke([(20, 30), (60, 40)], "#e8a0b4", 12),))
        return write_bundle(
            tiny_checkpoint,
            folder,
            name="tiny",
            license="Apache-2.0",
            working_size=256,
            examples=[(lines, strokes), (lines[:40], None)],
            quality={"example": 1.0},
        )


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The user's cache, of this test alone."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    return Cache()


@pytest.fixture(params=["host", pytest.param("gpu", marks=pytest.mark.cuda)])
def machine(request, monkeypatch):
    """The kernels' launcher on the host, in the place of a GPU; and on a GPU, where there is one."""
    from paintstorch_sdk.errors import BackendError
    from paintstorch_sdk.gpu.device import Gpu
    from paintstorch_sdk.kernels.launcher import Kernels
    from support import kernel_simulator as simulator

    if request.param == "gpu":
        try:
            gpu = Gpu()
        except BackendError as error:
            pytest.skip(f"needs a CUDA device: not yet run ({error})")
        with gpu.current():
            kernels = Kernels(gpu)
            yield simulator.Machine(kernels, simulator.DeviceArray)
            kernels.close()
        return
    with simulator.on_host(monkeypatch) as machine:
        yield machine
