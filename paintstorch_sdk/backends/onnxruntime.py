"""ONNX Runtime, on the CPU or on CUDA.

Whoever asks for CUDA gets CUDA or an error: ONNX Runtime itself would fall back to the CPU in silence.
"""

import functools
import io
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import onnxruntime as ort

from ..backend import Availability, Backend, Encoded, FloatTensor, LineDrawer, Precision, Shader, choose
from ..bundle import ENCODER, G2, HALF, KINSHIP, PAINTER, SHADE, Bundle
from ..errors import BackendError
from .forks import keep_in_children

NAME = "onnxruntime"
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_PRECISIONS: dict[str, tuple[Precision, ...]] = {"cuda": ("fp16", "fp32"), "cpu": ("fp32",)}


def probe() -> Availability:
    """Devices that ONNX Runtime can run on here."""
    offered = ort.get_available_providers()
    devices: list[tuple[str, tuple[Precision, ...]]] = [
        (device, _PRECISIONS[device]) for device in ("cuda", "cpu") if _PROVIDERS[device] in offered
    ]
    if "CUDAExecutionProvider" in offered and not _cuda_device():
        devices = [entry for entry in devices if entry[0] != "cuda"]
        reason, remedy = "no CUDA device answers", "check the NVIDIA driver with nvidia-smi"
    elif "CUDAExecutionProvider" not in offered:
        reason, remedy = (
            "this onnxruntime has no CUDA",
            "pip uninstall onnxruntime, then install paintstorch-sdk[gpu]",
        )
    else:
        reason = remedy = ""
    return Availability(NAME, ort.__version__, tuple(devices), reason, remedy)


def _cuda_device() -> bool:
    return Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists() or os.name == "nt"


class OrtBackend(Backend):
    """ONNX Runtime sessions for encoder and painter."""

    name = NAME

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision = "auto",
        device: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.device, self.precision = choose_precision(bundle, precision, device)
        self._sums = [*bundle.partial_sums]
        self._encoder = open_session(find_graph(bundle, ENCODER, self.precision), self.device, threads)
        self._painter = open_session(find_graph(bundle, PAINTER, self.precision), self.device, threads)

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        if self.device == "cpu":
            return tuple(_run(self._encoder, self._sums, {"line_art": line_art}))
        binding = self._encoder.io_binding()
        binding.bind_cpu_input("line_art", line_art)
        for name in self._sums:
            binding.bind_output(name, "cuda")
        run_bound(self._encoder, binding)
        return tuple(binding.get_outputs())  # they stay on the device

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        if self.device == "cpu":
            feeds = {"hints": hints, **dict(zip(self._sums, encoded.sums, strict=True))}
            color: FloatTensor = _run(self._painter, ["color"], feeds)[0]
            return color
        binding = self._painter.io_binding()
        binding.bind_cpu_input("hints", hints)
        for name, value in zip(self._sums, encoded.sums, strict=True):
            binding.bind_ortvalue_input(name, value)
        binding.bind_output("color", "cpu")
        run_bound(self._painter, binding)
        bound: FloatTensor = binding.copy_outputs_to_cpu()[0]
        return bound

    def _release(self) -> None:
        del self._encoder, self._painter


class OrtDrawer(LineDrawer):
    """An ONNX Runtime session for G2."""

    name = NAME

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        self.device, self.precision = choose(probe(), device, "fp32" if precision == "auto" else precision)
        self._session = open_session(bundle.file(G2), self.device, threads)

    def _draw(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        drawn: FloatTensor = _run(self._session, ["drawn"], inputs)[0]
        return drawn


class OrtShader(Shader):
    """An ONNX Runtime session for the shade network."""

    def __init__(
        self, bundle: Bundle, precision: Precision = "auto", device: str | None = None, threads: int | None = None
    ) -> None:
        where, _ = choose(probe(), device, "fp32")
        self._session = open_session(bundle.file(SHADE), where, threads)

    def _shade(self, inputs: dict[str, FloatTensor]) -> FloatTensor:
        logits: FloatTensor = _run(self._session, ["logits"], inputs)[0]
        return logits


def choose_precision(bundle: Bundle, precision: Precision, device: str | None) -> tuple[str, str]:
    """Device and precision; what is not asked for is what the bundle has."""
    has_half = all(file in bundle.manifest["files"] for file in HALF.values())
    where, chosen = choose(probe(), device, precision)
    if chosen == "fp16" and not has_half:
        if precision == "fp16":
            raise BackendError(
                f"backend {NAME} in fp16: {bundle.path} has no FP16 graphs; add them: pts export {bundle.path} -o NEW "
                f"--fp16"
            )
        return where, "fp32"
    return where, chosen


def find_graph(bundle: Bundle, name: str, precision: str) -> Path:
    return bundle.file(HALF[name] if precision == "fp16" else name)


@functools.cache
def _preload_libraries() -> str:
    """Load CUDA's and cuDNN's libraries from NVIDIA's own packages, where they are; what could not be loaded."""
    said = io.StringIO()
    with redirect_stdout(said):  # it prints, and stdout may be a picture's
        if hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
    return "; ".join(line for line in said.getvalue().splitlines() if line.startswith("Failed"))


def open_session(
    path: Path, device: str, threads: int | None, provider: Mapping[str, str] | None = None
) -> ort.InferenceSession:
    """A session that runs where it was asked to.

    Args:
        path: The graph.
        device: "cpu" or "cuda".
        threads: CPU threads.
        provider: More options of the execution provider.

    Raises:
        BackendError: It cannot be loaded, or not there.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3  # errors
    # Idle threads that spin take the processor from the other session, and from decoding and finishing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads:
        options.intra_op_num_threads = threads
    wanted = _PROVIDERS[device]
    missing = _preload_libraries() if device == "cuda" else ""
    # TF32 would round what is called fp32 to 10 bits of mantissa.
    choices = {"use_tf32": "0", **(provider or {})} if device == "cuda" else {}
    try:
        session = ort.InferenceSession(_utf8(path), options, providers=[(wanted, choices)])
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise BackendError(f"onnxruntime cannot load {path}: {_line(error)}") from error
    if wanted not in session.get_providers():
        raise BackendError(
            f"onnxruntime was asked for {wanted} and granted {', '.join(session.get_providers())}"
            f"{f' ({missing:.200})' if missing else ''}; check that the CUDA libraries that onnxruntime-gpu "
            f"{ort.__version__} names are installed: pip install 'onnxruntime-gpu[cuda,cudnn]'"
        )
    return keep_in_children(session)


def _utf8(path: Path) -> str:
    """A path as ONNX Runtime reads it, which is UTF-8 whatever the locale says; in the C locale Python's own is not."""
    return os.fsencode(path).decode("utf-8", "replace") if os.name == "posix" else str(path)


def run_bound(session: ort.InferenceSession, binding: Any, options: Any = None) -> None:
    try:
        session.run_with_iobinding(binding, options)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise BackendError(f"onnxruntime failed: {_line(error)}") from error


def _run(session: ort.InferenceSession, outputs: list[str], feeds: dict[str, FloatTensor]) -> list[Any]:
    try:
        return list(session.run(outputs, feeds))
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise BackendError(f"onnxruntime failed: {_line(error)}") from error


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def open_backend(
    bundle: Bundle, precision: Precision, device: str | None, threads: int | None, cuda_graphs: bool = False
) -> Backend:
    """The adapter's entry point, alike in every backend. On CUDA without PyCUDA tensors cross the bus."""
    if choose(probe(), device, precision)[0] == "cuda":
        from ..gpu.device import Gpu  # here: nobody without a GPU loads what one needs
        from .onnxruntime_cuda import OrtGpuBackend

        try:
            Gpu()
        except BackendError:
            return OrtBackend(bundle, precision, device, threads)
        return OrtGpuBackend(bundle, precision, device, cuda_graphs)
    return OrtBackend(bundle, precision, device, threads)


def open_drawer(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OrtDrawer:
    """The entry point of adapters that draw, too."""
    return OrtDrawer(bundle, precision, device, threads)


def open_kinship(
    bundle: Bundle, precision: Precision, device: str | None, threads: int | None
) -> Callable[[FloatTensor], FloatTensor]:
    """The entry point of adapters that tell what regions are, too."""
    session = open_session(bundle.file(KINSHIP), choose(probe(), device, "fp32")[0], threads)

    def relate(line_art: FloatTensor) -> FloatTensor:
        features: FloatTensor = _run(session, ["features"], {"line_art": line_art})[0]
        return features

    return relate


def open_shader(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OrtShader:
    """The entry point of adapters that shade, too."""
    return OrtShader(bundle, precision, device, threads)
