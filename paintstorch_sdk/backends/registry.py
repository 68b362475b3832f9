"""Backends by name. A backend's file, and with it its runtime library, is imported when it is first used."""

import functools
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..backend import PRECISIONS, Availability, Backend, FloatTensor, LineDrawer, Precision, Shader
from ..bundle import KINSHIP, SHADE, Bundle
from ..errors import BackendError, BundleError, InputError, name_install
from ..hints.kinship import FEATURES

# name -> (module, what its runtime needs: for each library the distributions that provide it, the extra that
# installs it); "auto" tries in this order.
_ADAPTERS = {
    "tensorrt": ("tensorrt", (("tensorrt-rtx", "tensorrt"), ("pycuda",)), "rtx"),
    "openvino": ("openvino", (("openvino",),), "cpu"),
    "onnxruntime": ("onnxruntime", (("onnxruntime", "onnxruntime-gpu"),), "cpu"),
    "eager": ("torch_eager", (("torch",), ("safetensors",)), "export"),
    "triton": ("triton", (), ""),
}
BACKENDS = tuple(name for name in _ADAPTERS if name != "triton")  # those of this machine
MAX_THREADS = 1024  # more than any machine has; ONNX Runtime would try to start them
_SHADING = ("openvino", "onnxruntime")
_RECORD = ("tensorrt", "onnxruntime")  # those that may record CUDA graphs


def probe(name: str) -> Availability:
    """Whether a backend can run here: loads its runtime library.

    Raises:
        InputError: No backend has this name.
    """
    try:
        availability: Availability = _import_adapter(name).probe()
    except BackendError as error:
        reason, _, remedy = str(error).partition("; ")
        return Availability(name, _find_version(*_ADAPTERS[name][1][0]), (), reason, remedy)
    return availability


def open_backend(
    bundle: Bundle,
    name: str = "auto",
    precision: Precision = "auto",
    device: str | None = None,
    threads: int | None = None,
    cuda_graphs: bool | None = None,
    build_engine: bool = False,
) -> Backend:
    """Load a model into a backend.

    Args:
        bundle: The model.
        name: A backend's name, or "auto": TensorRT where it, a GPU and an engine are there, ONNX Runtime on CUDA
            where that is, else OpenVINO, ONNX Runtime on the CPU, torch: the first that can run as asked.
        precision: "auto" is the fastest that the device computes well in.
        device: "cpu" or "cuda"; None takes the backend's best.
        threads: CPU threads; None leaves them to the runtime.
        cuda_graphs: Record CUDA graphs of runs that come again; None is the backend's way: TensorRT does, ONNX Runtime
            does not.
        build_engine: If TensorRT has no engine of this model, build it in the background. Until it is there the next of
            "auto" serves.

    Raises:
        InputError: No backend has this name, or no such precision.
        BackendError: It cannot run here as asked: why, and what to install.
    """
    options = {} if cuda_graphs is None else {"cuda_graphs": cuda_graphs}
    if build_engine and name in ("auto", "tensorrt"):
        return _open_while_building(bundle, precision, device, threads, options)
    backend: Backend = _open_adapter("open_backend", bundle, name, precision, device, threads, options)
    return backend


def _open_while_building(
    bundle: Bundle, precision: Precision, device: str | None, threads: int | None, options: dict[str, bool]
) -> Backend:
    """TensorRT; or, without an engine, what serves until the engine is built."""
    try:
        return open_backend(bundle, "tensorrt", precision, device, threads, **options)
    except BackendError:
        if not probe("tensorrt").devices:  # nothing to build with, or for
            raise
    from ..gpu.background_build import BuildingBackend

    trt = _import_adapter("tensorrt")
    reasons = []
    for candidate, wanted in _list_candidates(None):
        if candidate == "tensorrt":
            continue
        try:
            meanwhile: Backend = _open_adapter("open_backend", bundle, candidate, "auto", wanted, threads, options)
        except BackendError as error:
            reasons.append(str(error))
        else:
            return BuildingBackend(meanwhile, lambda: trt.build_and_open(bundle, precision, device, **options))
    raise BackendError("nothing can serve while engines are built: " + " | ".join(reasons))


def open_drawer(
    bundle: Bundle,
    name: str = "auto",
    precision: Precision = "auto",
    device: str | None = None,
    threads: int | None = None,
) -> LineDrawer:
    """Load a model's G2 into a backend that runs it; arguments and errors are those of `open_backend`.

    Raises:
        BundleError: The model has no G2.
    """
    if not bundle.has_g2:
        raise BundleError(
            f"model {bundle.name} has no G2, the way back from color to line art: expected one that was exported with "
            f"it; pts export CHECKPOINT -o BUNDLE --g2"
        )
    drawer: LineDrawer = _open_adapter("open_drawer", bundle, name, precision, device, threads)
    return drawer


def open_shader(bundle: Bundle, name: str = "auto", threads: int | None = None) -> Shader | None:
    """A model's shade network on the CPU, opened when it is first used; None where the model has none.

    Args:
        bundle: The model.
        name: The backend of its other networks, preferred if it shades, too.
        threads: CPU threads; None leaves them to the runtime.
    """
    return _LateShader(bundle, name, threads) if bundle.has_shade else None


_GIVEN = {SHADE: {"logits": 1}, KINSHIP: {"features": FEATURES}}  # channels of what this version's networks give


class _LateShader(Shader):
    def __init__(self, bundle: Bundle, name: str, threads: int | None) -> None:
        self._bundle, self._name, self._threads = bundle, name, threads

    @functools.cached_property
    def _shader(self) -> Shader:
        shader: Shader = self._open("open_shader", SHADE)
        return shader

    @functools.cached_property
    def _relate(self) -> Callable[[FloatTensor], FloatTensor]:
        relate: Callable[[FloatTensor], FloatTensor] = self._open("open_kinship", KINSHIP)
        return relate

    def _open(self, entry: str, file: str) -> Any:
        kind, reasons = file.removesuffix(".onnx"), []
        found = {name: shape[1] for name, shape in self._bundle.manifest["graphs"][kind]["outputs"].items()}
        if found != _GIVEN[file]:
            raise BundleError(
                f"model {self._bundle.name}: expected a {kind} network that gives {_GIVEN[file]}, received {found}, "
                f"made by another version of paintstorch-sdk; add one with pts export MODEL --{kind} FILE -o OUT"
            )
        for name in sorted(_SHADING, key=lambda candidate: candidate != self._name):
            try:
                return getattr(_import_adapter(name), entry)(self._bundle, "auto", "cpu", self._threads)
            except BackendError as error:
                reasons.append(str(error))
        raise BackendError("nothing can shade here, style='flat' needs no shade: " + " | ".join(reasons))

    def find_kinship(self, line_art: FloatTensor) -> FloatTensor | None:
        return self._relate(line_art) if self._bundle.has_kinship else None

    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        return self._shader.find_logits(**inputs)


def _open_adapter(
    entry: str,
    bundle: Bundle,
    name: str,
    precision: Precision,
    device: str | None,
    threads: int | None,
    options: dict[str, bool] | None = None,
) -> Any:
    """Call an entry point of the adapter of that name, or of the first that can run."""
    if precision not in PRECISIONS:
        raise InputError(f"precision: expected one of {', '.join(PRECISIONS)}, received {precision!r}")
    if threads is not None and not 1 <= threads <= MAX_THREADS:
        raise InputError(f"threads: expected 1 to {MAX_THREADS}, received {threads}")
    if name != "auto":
        opener = getattr(_import_adapter(name), entry, None)
        if opener is None:
            raise BackendError(f"backend {name} does not run G2: expected openvino or onnxruntime")
        return opener(bundle, precision, device, threads, **(options or {} if name in _RECORD else {}))
    reasons = []
    for candidate, wanted in _list_candidates(device):
        try:
            return _open_adapter(entry, bundle, candidate, precision, wanted, threads, options)
        except BackendError as error:
            reasons.append(str(error))
    raise BackendError("no backend can run here: " + " | ".join(reasons))


def _list_candidates(device: str | None) -> list[tuple[str, str | None]]:
    first: list[tuple[str, str | None]] = []
    if device != "cpu":  # told from what is installed: to import a library that cannot run takes seconds
        if _find_version("tensorrt", "tensorrt-cu13", "tensorrt-cu12", "tensorrt-rtx") and _find_version("pycuda"):
            first.append(("tensorrt", device))
        if _find_version("onnxruntime-gpu"):
            first.append(("onnxruntime", "cuda"))
    return [*first, *((name, device) for name in BACKENDS if name != "tensorrt")]


def _import_adapter(name: str) -> ModuleType:
    if name not in _ADAPTERS:
        raise InputError(f"backend: expected auto or one of {', '.join(_ADAPTERS)}, received {name!r}")
    module, libraries, extra = _ADAPTERS[name]
    try:
        return importlib.import_module(f".{module}", __package__)
    except (ImportError, OSError) as error:  # OSError: one of the library's own libraries, on Windows
        for distributions in libraries:
            if not _find_version(*distributions):
                raise BackendError(
                    f"backend {name}: {distributions[0]} is not installed; {name_install(extra)}"
                ) from error
        raise BackendError(
            f"backend {name}: {libraries[0][0]} is installed but cannot be loaded ({' '.join(str(error).split())}); "
            f"reinstall it"
        ) from error


def _find_version(*distributions: str) -> str | None:
    from ..machine import find_version  # with importlib.metadata, a tenth of the time of importing this package

    return find_version(*distributions)
