"""A whole simulated GPU machine for tests: PyCUDA, cuda-bindings and TensorRT stood in for, kernels and graphs real."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from paintstorch_sdk.backends import tensorrt as trt
from paintstorch_sdk.bundle import MANIFEST, WEIGHTS, Bundle, sha256, write_manifest
from paintstorch_sdk.gpu import device as gpu
from paintstorch_sdk.gpu.arrays import CUDA, DeviceArray
from paintstorch_sdk.gpu.engine_key import HALF, EngineKey, this_system
from support import kernel_simulator, simulated_tensorrt

PROFILE = ((1, 32, 32), (1, 64, 64), (4, 256, 256))
VERSION, TARGET = "1.7", "sm89"


def with_engines(source: Bundle, folder: Path, flavor: str = "rtx", profile: Any = PROFILE, **plan: Any) -> Bundle:
    """A copy of a bundle with engines of `simulated_tensorrt`, which compute in fp32 what its graphs compute."""
    shutil.copytree(source.path, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    for name, half in HALF.items():
        shutil.copyfile(folder / name, folder / half)
        manifest["files"][half] = {"sha256": sha256(folder / half), "bytes": (folder / half).stat().st_size}
    manifest["engines"] = []
    for name, half in HALF.items():
        graph = name.removesuffix(".onnx")
        key = EngineKey(
            graph=graph,
            onnx_sha256=manifest["files"][half]["sha256"],
            weights_sha256=manifest["files"][WEIGHTS]["sha256"],
            flavor=flavor,
            version=VERSION,
            target=TARGET,
            system=this_system(),
            precision="fp16",
            profile="",
            workspace=0,
        )
        path = folder / key.file
        path.write_text(json.dumps({"onnx": str(folder / half), "profile": profile, **plan}))
        manifest["engines"].append({"file": key.file, "sha256": sha256(path), "key": asdict(key)})
    write_manifest(folder, manifest)
    return Bundle.open(folder)


@contextmanager
def machine(monkeypatch: pytest.MonkeyPatch, flavors: Sequence[str] = ("rtx",)) -> Iterator[SimpleNamespace]:
    """A machine with one GPU; at its end all memory must have been freed, undamaged."""
    driver, bindings = kernel_simulator.driver(), simulated_tensorrt.Bindings()
    modules = {"pycuda": ModuleType("pycuda"), "pycuda.driver": driver, "cuda.bindings.driver": bindings}
    modules |= {"tensorrt": simulated_tensorrt.module(VERSION), "tensorrt_rtx": simulated_tensorrt.module(VERSION)}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(gpu, "_contexts", {})
    monkeypatch.setattr(trt, "list_flavors", lambda: [*flavors])
    monkeypatch.setattr(trt, "find_version", lambda *names: VERSION)
    allocations, pinned = kernel_simulator.Allocation.live, kernel_simulator.Pinned.live
    yield SimpleNamespace(driver=driver, bindings=bindings)
    assert kernel_simulator.Allocation.live == allocations
    assert kernel_simulator.Pinned.live == pinned
    assert kernel_simulator.Context.depth == 0


def on_gpu(array: Any) -> DeviceArray:
    """A copy of an array in the simulated GPU's memory, as another library would hand it over."""
    kept = np.array(array)
    return DeviceArray(kept.ctypes.data, kept.shape, kept.dtype, kept, device=(CUDA, 0))


def fetched(array: Any) -> np.ndarray:
    """What lies there."""
    return np.array(kernel_simulator_view(array))


def kernel_simulator_view(array: Any) -> np.ndarray:
    """The simulated GPU's memory as NumPy sees it."""
    interface = {**array.__cuda_array_interface__}
    interface.pop("stream", None)
    return np.asarray(SimpleNamespace(__array_interface__=interface))
