"""ONNX Runtime, on the CPU or on CUDA, in fp32."""

import os
from pathlib import Path
from typing import Any

import onnxruntime as ort

from paintstorch_sdk.bundle import ENCODER, PAINTER, Bundle
from paintstorch_sdk.errors import BackendError

from .base import SUMS, Availability, Backend, Encoded, FloatTensor, Precision, choose

NAME = "onnxruntime"
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def probe() -> Availability:
    """What ONNX Runtime can run on here."""
    offered = ort.get_available_providers()
    devices: list[tuple[str, tuple[Precision, ...]]] = [
        (device, ("fp32",)) for device in ("cuda", "cpu") if _PROVIDERS[device] in offered
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
        self.device, self.precision = choose(probe(), device, precision)
        options = ort.SessionOptions()
        options.log_severity_level = 3  # errors
        # Idle threads that spin take the processor from the other session, and from decoding and finishing.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads:
            options.intra_op_num_threads = threads
        self._encoder = self._session(bundle, ENCODER, options)
        self._painter = self._session(bundle, PAINTER, options)

    def _session(self, bundle: Bundle, name: str, options: ort.SessionOptions) -> ort.InferenceSession:
        wanted = _PROVIDERS[self.device]
        try:
            session = ort.InferenceSession(bundle.file(name), options, providers=[wanted])
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise BackendError(f"onnxruntime cannot load {bundle.file(name)}: {_line(error)}") from error
        if wanted not in session.get_providers():
            raise BackendError(
                f"onnxruntime was asked for {wanted} and granted {', '.join(session.get_providers())}; check that the "
                f"CUDA libraries that onnxruntime-gpu {ort.__version__} names are installed"
            )
        return session

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        if self.device == "cpu":
            return tuple(self._run(self._encoder, list(SUMS), {"line_art": line_art}))
        binding = self._encoder.io_binding()
        binding.bind_cpu_input("line_art", line_art)
        for name in SUMS:
            binding.bind_output(name, "cuda")
        self._run_bound(self._encoder, binding)
        return tuple(binding.get_outputs())  # they stay on the device

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        if self.device == "cpu":
            feeds = {"hints": hints, **dict(zip(SUMS, encoded.sums, strict=True))}
            colour: FloatTensor = self._run(self._painter, ["colour"], feeds)[0]
            return colour
        binding = self._painter.io_binding()
        binding.bind_cpu_input("hints", hints)
        for name, value in zip(SUMS, encoded.sums, strict=True):
            binding.bind_ortvalue_input(name, value)
        binding.bind_output("colour", "cpu")
        self._run_bound(self._painter, binding)
        bound: FloatTensor = binding.copy_outputs_to_cpu()[0]
        return bound

    def _run(self, session: ort.InferenceSession, outputs: list[str], feeds: dict[str, FloatTensor]) -> list[Any]:
        try:
            return list(session.run(outputs, feeds))
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise BackendError(f"onnxruntime failed: {_line(error)}") from error

    def _run_bound(self, session: ort.InferenceSession, binding: Any) -> None:
        try:
            session.run_with_iobinding(binding)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise BackendError(f"onnxruntime failed: {_line(error)}") from error

    def _release(self) -> None:
        del self._encoder, self._painter


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def open_backend(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> OrtBackend:
    """The adapter's entry point, alike in every backend."""
    return OrtBackend(bundle, precision, device, threads)
