"""Backends by name. A backend's file, and with it its runtime library, is imported when it is first used."""

import importlib
from types import ModuleType

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.errors import BackendError, InputError

from .base import PRECISIONS, Availability, Backend, Precision

# name -> (module, what its runtime needs: for each library the distributions that provide it, the extra that
# installs it); "auto" tries in this order.
_ADAPTERS = {
    "openvino": ("ov", (("openvino",),), "cpu"),
    "onnxruntime": ("ort", (("onnxruntime", "onnxruntime-gpu"),), "cpu"),
    "eager": ("eager", (("torch",), ("safetensors",)), "export"),
}
BACKENDS = tuple(_ADAPTERS)


def probe(name: str) -> Availability:
    """Whether a backend can run here: loads its runtime library.

    Raises:
        InputError: No backend has this name.
    """
    try:
        availability: Availability = _adapter(name).probe()
    except BackendError as error:
        reason, _, remedy = str(error).partition("; ")
        return Availability(name, _version(*_ADAPTERS[name][1][0]), (), reason, remedy)
    return availability


def open_backend(
    bundle: Bundle,
    name: str = "auto",
    precision: Precision = "auto",
    device: str | None = None,
    threads: int | None = None,
) -> Backend:
    """Load a model into a backend.

    Args:
        bundle: The model.
        name: A backend's name, or "auto": ONNX Runtime on CUDA where that is there, else OpenVINO, ONNX Runtime
            on the CPU, torch: the first that can run as asked.
        precision: "auto" is the fastest that the device computes well in.
        device: "cpu" or "cuda"; None takes the backend's best.
        threads: Of the CPU; None leaves it to the runtime.

    Raises:
        InputError: No backend has this name, or no such precision.
        BackendError: It cannot run here as asked: why, and what to install.
    """
    if precision not in PRECISIONS:
        raise InputError(f"precision: expected one of {', '.join(PRECISIONS)}, received {precision!r}")
    if name != "auto":
        backend: Backend = _adapter(name).open_backend(bundle, precision, device, threads)
        return backend
    reasons = []
    for candidate, wanted in _candidates(device):
        try:
            return open_backend(bundle, candidate, precision, wanted, threads)
        except BackendError as error:
            reasons.append(str(error))
    raise BackendError("no backend can run here: " + " | ".join(reasons))


def _candidates(device: str | None) -> list[tuple[str, str | None]]:
    cuda_first = [("onnxruntime", "cuda")] if device != "cpu" and _version("onnxruntime-gpu") else []
    return [*cuda_first, *((name, device) for name in BACKENDS)]


def _adapter(name: str) -> ModuleType:
    if name not in _ADAPTERS:
        raise InputError(f"backend: expected auto or one of {', '.join(BACKENDS)}, received {name!r}")
    module, libraries, extra = _ADAPTERS[name]
    try:
        return importlib.import_module(f".{module}", __name__)
    except (ImportError, OSError) as error:  # OSError: one of the library's own libraries, on Windows
        for distributions in libraries:
            if not _version(*distributions):
                raise BackendError(
                    f"backend {name}: {distributions[0]} is not installed; pip install 'paintstorch-sdk[{extra}]'"
                ) from error
        raise BackendError(
            f"backend {name}: {libraries[0][0]} is installed but cannot be loaded ({' '.join(str(error).split())}); "
            f"reinstall it"
        ) from error


def _version(*distributions: str) -> str | None:
    """Version of the first of these distributions that is installed, without importing it."""
    import importlib.metadata as metadata  # takes a tenth of the time of importing this package

    for distribution in distributions:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None
