"""The launcher's own part, on the simulated driver; and what it says where PyCUDA, driver or GPU are missing."""

import importlib.util
import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.gpu.device import Gpu
from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.kernels.launcher import TABLES, Kernels
from support import kernel_simulator as simulator
from support.kernel_simulator import Array


@pytest.fixture
def host(monkeypatch):
    """The launcher on the host, in the place of a GPU."""
    with simulator.on_host(monkeypatch) as machine:
        yield machine


def test_nothing_is_allocated_for_sizes_seen_before(rng, host):
    geometry = Geometry.fit(200, 100, 96)
    line_art = rng.integers(0, 256, (100, 200), dtype=np.uint8)
    layer = rng.integers(0, 256, (100, 200, 4), dtype=np.uint8)
    tensor = host.empty((1, 1, geometry.padded[1], geometry.padded[0]), np.float16)
    hint_map = host.empty((1, 4, *geometry.hint_map[::-1]), np.float16)
    out = host.empty((100, 200, 3), np.uint8)
    color = host.array(np.zeros((1, 3, geometry.padded[1], geometry.padded[0]), np.float16))
    painted = [Stroke(((20.0, 30.0), (150.0, 80.0)), "navy", 9.0)]
    live = []
    for _ in range(3):
        host.kernels.pack_line_art(host.array(line_art), geometry, tensor)
        host.kernels.pack_hints(host.array(layer), painted, geometry, hint_map)
        host.kernels.unpack_color(color, geometry, host.array(line_art), out)
        live.append(simulator.Allocation.live)
    assert live[0] == live[1] == live[2]


def test_tables_do_not_pile_up(host):
    live = simulator.Allocation.live
    for width in range(40, 40 + 2 * TABLES):
        geometry = Geometry.fit(width, 2, 33)
        out = host.empty((1, 1, geometry.padded[1], geometry.padded[0]), np.float32)
        host.kernels.pack_line_art(host.array(np.zeros((2, width), np.uint8)), geometry, out)
    assert simulator.Allocation.live <= live + TABLES + 1


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((32, 32), np.uint8), "in device memory"),
        (Array(np.zeros((31, 32), np.uint8)), "expected uint8 32,32 with 1 or 3 channels"),
        (Array(np.zeros((32, 32), np.float32)), "expected uint8 32,32"),
        (Array(np.zeros((32, 32, 4), np.uint8)), "with 1 or 3 channels"),
        (
            SimpleNamespace(__cuda_array_interface__=np.zeros((32, 32, 6), np.uint8)[..., ::2].__array_interface__),
            "rows without gaps",
        ),
    ],
)
def test_refuses_other_pictures(host, array, message):
    with pytest.raises(InputError, match=message):
        host.kernels.pack_line_art(array, Geometry.fit(32, 32, 32), host.empty((1, 1, 32, 32), np.float32))


@pytest.mark.parametrize("out", [Array(np.zeros((1, 1, 32, 64), np.float32)), Array(np.zeros((1, 1, 32, 32)))])
def test_refuses_other_tensors(host, out):
    with pytest.raises(InputError, match="out: expected float32 or float16 1,1,32,32 without gaps"):
        host.kernels.pack_line_art(host.array(np.zeros((32, 32), np.uint8)), Geometry.fit(32, 32, 32), out)


def test_errors_of_cuda_are_ours(host, monkeypatch):
    def fails(*arguments):
        raise simulator.Error("cuMemAlloc failed: out of memory\nmore")

    monkeypatch.setattr(sys.modules["pycuda.driver"], "mem_alloc", fails)
    with pytest.raises(BackendError, match=r"^CUDA failed: cuMemAlloc failed: out of memory$"):
        host.kernels.xdog(host.array(np.zeros((8, 8), np.uint8)), host.empty((8, 8), np.uint8))


def test_an_old_driver_is_named(host, monkeypatch):
    def fails(*arguments):
        raise simulator.Error("cuModuleLoadDataEx failed: the PTX was compiled with an unsupported toolchain")

    monkeypatch.setattr(sys.modules["pycuda.driver"], "module_from_buffer", fails)
    with pytest.raises(BackendError, match=r"unsupported toolchain.*update the driver"):
        host.kernels.xdog(host.array(np.zeros((8, 8), np.uint8)), host.empty((8, 8), np.uint8))


@pytest.mark.skipif(sys.platform == "win32", reason="needs mprotect")
def test_nothing_is_read_outside_the_arrays():
    environment = {**os.environ, simulator.LIBRARY: simulator.library_file()}
    script, tests = [sys.executable, "-m", "support.kernel_guards"], simulator.HERE.parent
    done = subprocess.run(script, cwd=tests, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    tripped = subprocess.run(
        [*script, "--trip"], cwd=tests, env=environment, capture_output=True, text=True, check=False
    )
    assert tripped.returncode != 0
    assert "done" not in tripped.stdout


class TestWithoutGpu:
    def test_importing_the_launcher_imports_no_pycuda(self):
        code = (
            "import sys, paintstorch_sdk.kernels.launcher; sys.exit(any(m.startswith('pycuda') for m in sys.modules))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    @pytest.mark.skipif(importlib.util.find_spec("pycuda") is not None, reason="pycuda is installed")
    def test_no_pycuda(self):
        remedy = r"pip install 'paintstorch-sdk\[gpu\]' \(in a clone: pip install -e '\.\[gpu\]'\)"
        with pytest.raises(BackendError, match=rf"^pycuda is not installed; {remedy}$"):
            Kernels()

    def test_no_driver(self, monkeypatch, tmp_path):
        """What PyCUDA's import raises where libcuda is missing."""
        (tmp_path / "pycuda").mkdir()
        (tmp_path / "pycuda" / "__init__.py").touch()
        message = "libcuda.so.1: cannot open shared object file: No such file or directory"
        code = f"import warnings; warnings.warn('Failed to import the CUDA driver'); raise ImportError({message!r})"
        (tmp_path / "pycuda" / "driver.py").write_text(code)
        for name in [name for name in sys.modules if name.partition(".")[0] == "pycuda"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(BackendError, match=r"libcuda.so.1: .*; install the NVIDIA driver$"):
            Kernels()
        for name in [name for name in sys.modules if name.partition(".")[0] == "pycuda"]:
            del sys.modules[name]

    def test_no_gpu(self, monkeypatch):
        driver = simulator.driver()

        def fails():
            raise simulator.Error("cuInit failed: no CUDA-capable device is detected")

        driver.init = fails
        monkeypatch.setitem(sys.modules, "pycuda", ModuleType("pycuda"))
        monkeypatch.setitem(sys.modules, "pycuda.driver", driver)
        with pytest.raises(BackendError, match=r"no CUDA device answers \(cuInit failed: .*\); check .* nvidia-smi$"):
            Kernels()

    def test_no_such_gpu(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pycuda", ModuleType("pycuda"))
        monkeypatch.setitem(sys.modules, "pycuda.driver", simulator.driver())
        with pytest.raises(BackendError, match="GPU 3: there are 1; see nvidia-smi -L"):
            Gpu(3)
