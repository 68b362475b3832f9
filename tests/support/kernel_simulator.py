"""The CUDA kernels on the host: compiled by the host's C++ compiler, launched through a stand-in for PyCUDA.

What runs is `kernels/launcher.py` and every line of `kernels/cu`, with each block's threads and barriers; what does
not is nvcc's code, the driver and the races of real parallelism. Undefined behavior ends the process with a line
that says where.
"""

import atexit
import ctypes
import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from paintstorch_sdk.gpu import device as gpu
from paintstorch_sdk.kernels import build
from paintstorch_sdk.kernels.launcher import Kernels

HERE = Path(__file__).parent
LIBRARY = "PAINTSTORCH_HOST_KERNELS"  # names the library in processes that a test starts
CANARY = 64  # bytes before and after every buffer that nothing may write to
TYPES = {"P": ctypes.c_uint64, "Q": ctypes.c_uint64, "i": ctypes.c_int, "f": ctypes.c_float}
PTX_TYPES = {"P": "u64", "Q": "u64", "i": "u32", "f": "f32"}
OPTIONS = (
    *("-std=c++17", "-O1", "-shared", "-fPIC", "-ffp-contract=off", "-fno-strict-aliasing"),
    *("-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover=all"),
)


def compiled(source: str, *options: str) -> str:
    """The shared library of a C++ file in this folder; it lives as long as the process."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("needs a C++ compiler for the host build of the kernels: no g++ or clang++ on the path")
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = str(Path(folder) / "kernels.so")
    command = [compiler, *OPTIONS, *options, f"-I{build.SOURCES}", str(HERE / source), "-o", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@functools.cache
def library_file() -> str:
    """Where the shared library of tests/kernel_simulator.cpp is; compiled when it is first wanted."""
    return os.environ[LIBRARY] if LIBRARY in os.environ else compiled("kernel_simulator.cpp")


@functools.cache
def library() -> Any:
    """The shared library, loaded."""
    return ctypes.CDLL(library_file())


def over(name: str, *arguments: Any, out: Any) -> Any:
    """Run a pixel function over arrays; the first argument is how many."""
    keep = [np.ascontiguousarray(a) if isinstance(a, np.ndarray) else a for a in arguments]
    passed = [a.ctypes.data_as(ctypes.c_void_p) if isinstance(a, np.ndarray) else a for a in keep]
    getattr(library(), f"pixel_{name}")(*passed, out.ctypes.data_as(ctypes.c_void_p))
    return out


class Array:
    """A NumPy array that says it lies in device memory; `pitch` puts its rows further apart."""

    def __init__(self, array: Any, pitch: Any = None, offset: Any = 0) -> None:
        array = np.ascontiguousarray(array)
        self.pitch = pitch or array[0].nbytes
        self.buffer = np.full(2 * CANARY + 16 + offset + self.pitch * len(array), 0xCD, np.uint8)
        start = CANARY + offset + -(self.buffer.ctypes.data + CANARY) % 16
        strides = (self.pitch, *array.strides[1:])
        self.array = np.ndarray(array.shape, array.dtype, self.buffer, start, strides)
        self.array[...] = array
        address = self.buffer.ctypes.data + start
        self.__cuda_array_interface__ = {
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (address, False),
            "strides": strides,
            "version": 3,
        }
        self.before, self.start = self.buffer.copy(), start

    def fetch(self) -> None:
        """Bring the bytes from the device."""

    def check(self) -> None:
        """Nothing was written around the array, or between its rows."""
        after = self.buffer.copy()
        row = self.array[0].nbytes
        for y in range(len(self.array)):
            at = self.start + y * self.pitch
            after[at : at + row] = self.before[at : at + row]
        np.testing.assert_array_equal(after, self.before)


class DeviceArray(Array):
    """The same in a real GPU's memory."""

    def __init__(self, array: Any, pitch: Any = None, offset: Any = 0) -> None:
        super().__init__(array, pitch, offset)
        cuda = importlib.import_module("pycuda.driver")
        host = self.buffer.ctypes.data
        self.memory = cuda.mem_alloc(self.buffer.nbytes + 16)
        self.base = int(self.memory) + host % 16  # alike in alignment
        cuda.memcpy_htod(self.base, self.buffer)
        address = self.__cuda_array_interface__["data"][0] - host + self.base
        self.__cuda_array_interface__ = {**self.__cuda_array_interface__, "data": (address, False)}
        self.start = address - self.base

    def fetch(self) -> None:
        importlib.import_module("pycuda.driver").memcpy_dtoh(self.buffer, self.base)


class Machine:
    """Where the kernels run: this host, or a GPU.

    Attributes:
        kernels: The launcher.
    """

    def __init__(self, kernels: Any, array: Any) -> None:
        self.kernels, self.array = kernels, array

    def empty(self, shape: Any, dtype: Any, **where: Any) -> Any:
        """An array to be written, full of bytes that no result has by chance."""
        poison = np.full(int(np.prod(shape)) * np.dtype(dtype).itemsize, 0xCD, np.uint8)
        return self.array(poison.view(dtype).reshape(shape), **where)

    def read(self, array: Any) -> Any:
        """What was written, when nothing was written beside it."""
        self.kernels.synchronize()
        array.fetch()
        array.check()
        return array.array


class Allocation:
    """Device memory, poisoned, with canaries around."""

    live = 0

    def __init__(self, size: int) -> None:
        self.buffer = np.full(size + 2 * CANARY + 256, 0xCD, np.uint8)
        self.start = CANARY + -(self.buffer.ctypes.data + CANARY) % 256
        self.size = size
        Allocation.live += 1

    def __int__(self) -> Any:
        return self.buffer.ctypes.data + self.start

    def free(self) -> None:
        assert (self.buffer[: self.start] == 0xCD).all()
        assert (self.buffer[self.start + self.size :] == 0xCD).all()
        Allocation.live -= 1


class Module:
    """What the driver makes of PTX: functions that it has."""

    def __init__(self, ptx: Any) -> None:
        text = ptx.decode()
        self.entries = {
            name: re.findall(r"\.param (?:\.align \d+ )?\.(\w+)", parameters)
            for name, parameters in re.findall(r"\.entry (\w+)\((.*?)\)", text, re.DOTALL)
        }

    def get_function(self, name: str) -> Any:
        return Function(name, self.entries[name])


class Function:
    launched: set[str] = set()  # noqa: RUF012 (of all functions)
    one_at_a_time = threading.Lock()  # the simulator's fibers are

    def __init__(self, name: str, parameters: Any) -> None:
        self.name, self.parameters = name, parameters

    def prepare(self, arguments: Any) -> None:
        assert [PTX_TYPES[a] for a in arguments] == self.parameters
        self.types = [TYPES[a] for a in arguments]

    def prepared_async_call(self, grid: Any, block: Any, stream: Any, *arguments: Any) -> None:
        assert isinstance(stream, Stream)
        values: list[Any] = [
            kind(int(a) if kind is not ctypes.c_float else a) for kind, a in zip(self.types, arguments, strict=True)
        ]
        pointers = (ctypes.c_void_p * len(values))(*(ctypes.addressof(v) for v in values))
        sizes = [(ctypes.c_uint * 3)(*sides, *(1,) * (3 - len(sides))) for sides in (grid, block)]
        with Function.one_at_a_time:
            result = library().simulate(self.name.encode(), *sizes, pointers)
        assert result == 0, f"{self.name}: {('', 'no such kernel', 'its threads disagree about a barrier')[result]}"
        Function.launched.add(self.name)


def check_launched(modules: Any) -> None:
    """Every kernel of these modules was launched; skips where but a part of the tests that do ran."""
    entries = {name for module in modules for name in Module(build.ptx(module)).entries}
    launched = entries & Function.launched
    if len(launched) < len(entries) // 2:
        pytest.skip("only when the whole file runs")
    assert launched == entries


class Stream:
    made = 0

    def __init__(self, flags: Any = 0) -> None:
        Stream.made += 1
        self.handle = 4711 + Stream.made

    def synchronize(self) -> None:
        pass


class Event:
    def __init__(self, flags: Any = 0) -> None:
        self.recorded: Any = None

    def record(self, stream: Any = None) -> Any:
        assert isinstance(stream, Stream)
        self.recorded = stream
        return self

    def synchronize(self) -> Any:
        return self


class Pinned:
    """pycuda.driver.PagelockedHostAllocation."""

    live = 0

    def __init__(self, size: int) -> None:
        self.memory = np.full(size, 0xCD, np.uint8)
        self.__array_interface__ = self.memory.__array_interface__
        Pinned.live += 1

    def free(self) -> None:
        Pinned.live -= 1


def pagelocked_empty(shape: Any, dtype: Any, order: Any = "C", mem_flags: Any = 0) -> Any:
    """An array whose base is its allocation, as PyCUDA gives it."""
    assert np.dtype(dtype) == np.uint8
    return np.asarray(Pinned(int(np.prod(shape))))


class Memcpy2D:
    """pycuda.driver.Memcpy2D: rows from pinned memory to the device's, or back."""

    src_pitch = dst_pitch = width_in_bytes = height = 0

    def set_src_host(self, array: Any) -> None:
        self.source = array.ctypes.data

    def set_dst_host(self, array: Any) -> None:
        self.target = array.ctypes.data

    def set_src_device(self, address: int) -> None:
        self.source = address

    def set_dst_device(self, address: int) -> None:
        self.target = address

    def __call__(self, stream: Any) -> None:
        assert Context.depth > 0
        assert isinstance(stream, Stream)
        for row in range(self.height):
            ctypes.memmove(self.target + row * self.dst_pitch, self.source + row * self.src_pitch, self.width_in_bytes)


class Context:
    depth = 0

    def push(self) -> None:
        Context.depth += 1

    @staticmethod
    def pop() -> None:
        Context.depth -= 1

    @staticmethod
    def synchronize() -> None:
        assert Context.depth > 0

    def get_device(self) -> Any:
        return SimpleNamespace(get_attribute=lambda attribute: 2)


class Device:
    def __init__(self, number: Any) -> None:
        assert number == 0

    @staticmethod
    def count() -> Any:
        return 1

    def retain_primary_context(self) -> Any:
        return Context()

    def name(self) -> Any:
        return "Simulated GPU"

    def compute_capability(self) -> Any:
        return 8, 9


class Error(Exception):
    """pycuda.driver.Error."""


def driver() -> ModuleType:
    """A stand-in for `pycuda.driver`."""
    library()
    module = ModuleType("pycuda.driver")

    def upload(address: int, array: Any, stream: Any) -> None:
        assert Context.depth > 0
        ctypes.memmove(int(address), array.ctypes.data, array.nbytes)

    def download(array: Any, address: int, stream: Any) -> None:
        assert Context.depth > 0
        ctypes.memmove(array.ctypes.data, int(address), array.nbytes)

    def fill(address: int, value: Any, count: int, stream: Any) -> None:
        words = np.full(count, value, np.uint32)
        ctypes.memmove(int(address), words.ctypes.data, words.nbytes)

    vars(module).update(
        init=lambda: None,
        Device=Device,
        Context=Context,
        Stream=Stream,
        Error=Error,
        mem_alloc=Allocation,
        Event=Event,
        event_flags=SimpleNamespace(DISABLE_TIMING=2),
        memcpy_htod_async=upload,
        memcpy_dtoh_async=download,
        Memcpy2D=Memcpy2D,
        pagelocked_empty=pagelocked_empty,
        mem_get_info=lambda: (1 << 30, 1 << 31),
        memset_d32_async=fill,
        module_from_buffer=Module,
        device_attribute=SimpleNamespace(MULTIPROCESSOR_COUNT=16),
    )
    return module


@contextmanager
def on_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Machine on this host; all that its launcher allocated must be freed, and undamaged, at its end."""
    monkeypatch.setitem(sys.modules, "pycuda", ModuleType("pycuda"))
    monkeypatch.setitem(sys.modules, "pycuda.driver", driver())
    monkeypatch.setattr(gpu, "_contexts", {})
    live = Allocation.live
    kernels = Kernels()
    yield Machine(kernels, Array)
    monkeypatch.undo()
    kernels.close()
    assert Allocation.live == live
    assert Context.depth == 0
