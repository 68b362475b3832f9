"""PyTorch, eager or compiled, on the CPU or CUDA: the reference that the other backends are compared with."""

import os
from typing import Any

import torch
from torch import nn

from ..backend import Availability, Backend, Encoded, FloatTensor, Precision, choose
from ..bundle import Bundle
from ..errors import BackendError, BundleError
from ..networks.model import load_halves

NAME = "eager"
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


_processes: set[int] = set()  # that have run networks: this one, and those that it was forked from


def _check_process() -> None:
    """Raise BackendError in a process that was forked from one where torch ran: its threads are not there any more.

    Whatever waits for them waits forever.
    """
    _processes.add(os.getpid())
    if len(_processes) > 1:
        raise BackendError(
            "backend eager cannot run in a process that was forked after it had run; start processes with "
            "multiprocessing.get_context('spawn'), or use backend='openvino' or 'onnxruntime'"
        )


def probe() -> Availability:
    """The devices and precisions that torch runs on here."""
    devices: list[tuple[str, tuple[Precision, ...]]] = []
    if torch.cuda.is_available():
        devices.append(("cuda", ("fp16", "bf16", "fp32")))
    devices.append(("cpu", ("fp32", "bf16")))
    reason = "" if torch.cuda.is_available() else "torch sees no CUDA device"
    remedy = "" if torch.cuda.is_available() else "install a CUDA build of torch and check nvidia-smi"
    return Availability(NAME, torch.__version__, tuple(devices), reason, remedy)


class EagerBackend(Backend):
    """The two networks in torch, with the bundle's weights.

    Args:
        compiled: Run them through torch.compile.
    """

    name = NAME

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision = "auto",
        device: str | None = None,
        threads: int | None = None,
        compiled: bool = False,
    ) -> None:
        _check_process()
        self.device, self.precision = choose(probe(), device, precision)
        if threads:
            torch.set_num_threads(threads)
        try:
            encoder, painter = load_halves(bundle)
        except BundleError as error:
            raise BackendError(str(error)) from error
        self._type = _TYPES[self.precision]
        self._encoder = self._place_module(encoder)
        self._painter = self._place_module(painter)
        if compiled:
            self._encoder.compile()
            self._painter.compile()

    def _place_module(self, module: nn.Module) -> nn.Module:
        # channels_last is what the CPU's and the tensor cores' convolutions want.
        placed: Any = module.to(torch.device(self.device), self._type).eval()  # what torch's types know of it varies
        last: nn.Module = placed.to(memory_format=torch.channels_last)
        return last

    @torch.inference_mode()
    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        _check_process()
        return tuple(self._encoder(self._to_tensor(line_art)))

    @torch.inference_mode()
    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        _check_process()
        color = self._painter(self._to_tensor(hints), *encoded.sums)
        result: FloatTensor = color.float().contiguous().cpu().numpy()
        return result

    def _to_tensor(self, array: FloatTensor) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device, self._type, memory_format=torch.channels_last)

    def _release(self) -> None:
        del self._encoder, self._painter


def open_backend(bundle: Bundle, precision: Precision, device: str | None, threads: int | None) -> EagerBackend:
    """The adapter's entry point, alike in every backend."""
    return EagerBackend(bundle, precision, device, threads)
