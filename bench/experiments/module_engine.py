"""A torch module as a TensorRT engine of fixed sizes, run on torch's memory.

Bundles have their own way (export/, backends/tensorrt.py); this one is for parts of a network, which are only measured.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.export.engines.engine_builder import WORKSPACE, import_tensorrt, set_target, typed_network
from paintstorch_sdk.export.engines.monitor import Messages, make_logger
from paintstorch_sdk.export.graphs import to_onnx

VECTOR = 8  # channels of TensorRT's HWC8, which are channels-last fp16 where they divide the channels
OUTPUT = "y"


def build_engine(flavor: str, module: nn.Module, inputs: Sequence[Tensor], target: str) -> bytes:
    """Build the engine; fp16, as the module is. Channels last goes in and comes out where TensorRT can.

    Args:
        flavor: "tensorrt", which builds for the GPU that is here, or "rtx".
        module: In fp16, with one output.
        inputs: fp16 tensors of the sizes that it is for.
        target: For "rtx": a compute capability such as "sm89"; one that it does not list is the GPU that is here.

    Raises:
        BackendError: The library is not installed, or refuses the module: its own words.
    """
    trt = import_tensorrt(flavor)
    messages = Messages()
    log = make_logger(trt, messages)
    builder = trt.Builder(log)
    network = typed_network(trt, builder)
    parser = trt.OnnxParser(network, log)
    if not parser.parse(to_onnx(module, inputs, [f"x{i}" for i in range(len(inputs))], [OUTPUT]).SerializeToString()):
        reasons = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise BackendError(f"{trt.__name__} {trt.__version__} cannot read the module: {reasons:.300}")
    ends = [network.get_input(i) for i in range(network.num_inputs)]
    for value in (*ends, network.get_output(0)):
        if _is_vectored(tuple(value.shape)):
            value.allowed_formats = 1 << int(trt.TensorFormat.HWC8)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE)
    if flavor == "rtx":
        set_target(trt, config, target)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise BackendError(f"{trt.__name__} {trt.__version__} cannot build for {target}: {messages.reason}")
    return bytes(plan)


class ModuleEngine:
    """An engine at work, on torch's current stream.

    Args:
        flavor: As it was built.
        plan: The engine.

    Raises:
        BackendError: The library cannot load it here.
    """

    def __init__(self, flavor: str, plan: bytes) -> None:
        trt = import_tensorrt(flavor)
        messages = Messages()
        self._log = make_logger(trt, messages)
        self._runtime = trt.Runtime(self._log)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        self._context: Any = self._engine and self._engine.create_execution_context()
        if not self._context:
            raise BackendError(f"{trt.__name__} {trt.__version__} cannot load an engine: {messages.reason}")
        self._out: Tensor | None = None

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The module's output, in memory that the next call writes again."""
        if self._out is None:
            shape = tuple(self._engine.get_tensor_shape(OUTPUT))
            layout = torch.channels_last if _is_vectored(shape) else torch.contiguous_format
            self._out = torch.empty(shape, dtype=inputs[0].dtype, device=inputs[0].device, memory_format=layout)
        for i, given in enumerate(inputs):
            self._context.set_tensor_address(f"x{i}", _laid_out(given).data_ptr())
        self._context.set_tensor_address(OUTPUT, self._out.data_ptr())
        if not self._context.execute_async_v3(torch.cuda.current_stream().cuda_stream):
            raise BackendError("tensorrt: an engine did not run")
        return self._out


def _is_vectored(shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 and shape[1] % VECTOR == 0


def _laid_out(tensor: Tensor) -> Tensor:
    layout = torch.channels_last if _is_vectored(tuple(tensor.shape)) else torch.contiguous_format
    if not tensor.is_contiguous(memory_format=layout):
        raise BackendError(f"tensorrt: expected an input in {layout}, received strides {tensor.stride()}")
    return tensor
