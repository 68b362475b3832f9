"""What the machine can do at best: rates of large products and convolutions, and of copying."""

from collections.abc import Callable
from typing import Any

import numpy as np

from paintstorch_sdk.bench.process import Opened, Subject

CASE = "ceilings"
_HERE = "paintstorch_sdk.bench.cases.ceilings"

MATRIX = 2048  # rows and columns
LAYERS = 4  # convolutions in a row: conversions at both ends count little
# (channels, side) of 3x3 convolutions at sizes that occur in the networks; the fastest is the ceiling.
CONVOLUTIONS = ((128, 128), (256, 64), (512, 32))
COPY_BYTES = 2**28
PRODUCT = "matrix product"


def subjects() -> list[Subject]:
    """The ceilings by torch's and by OpenVINO's kernels, and that of memory."""
    found = [
        Subject(CASE, f"torch {precision}", f"{_HERE}:in_torch", {"precision": precision}, {"precision": precision})
        for precision in ("fp32", "bf16")
    ]
    found += [
        Subject(
            CASE, f"openvino {precision}", f"{_HERE}:in_openvino", {"precision": precision}, {"precision": precision}
        )
        for precision in ("fp32", "bf16")
    ]
    return [*found, Subject(CASE, "copy", f"{_HERE}:copying")]


def in_torch(precision: str, threads: int) -> Opened:
    """Matrix products, and convolutions in channels_last."""
    import torch

    torch.set_num_threads(threads)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(MATRIX, MATRIX, generator=generator).to(dtype) for _ in range(2))

    def convolution(channels: int, side: int) -> Callable[[], None]:
        layers = [torch.nn.Conv2d(channels, channels, 3, padding=1) for _ in range(LAYERS)]
        network = torch.nn.Sequential(*layers).to(dtype).eval()
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        x = torch.randn(1, channels, side, side).to(dtype, memory_format=torch.channels_last)

        def call() -> None:
            with torch.inference_mode():
                network(x)

        return call

    def matrix() -> None:
        with torch.inference_mode():
            torch.mm(a, b)

    calls = {_name(c, s): convolution(c, s) for c, s in CONVOLUTIONS}
    flops = {_name(c, s): _flops(c, s) for c, s in CONVOLUTIONS} | {PRODUCT: 2 * MATRIX**3}
    return Opened({**calls, PRODUCT: matrix}, facts={"flops": flops})


def in_openvino(precision: str, threads: int) -> Opened:
    """Convolutions as OpenVINO compiles them."""
    import openvino as ov
    from openvino import opset13 as ops

    core = ov.Core()
    if precision.upper() not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError(f"this processor does not compute in {precision}")
    config = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    rng = np.random.default_rng(0)

    def convolution(channels: int, side: int) -> Callable[[], None]:
        parameter: Any = ops.parameter([1, channels, side, side], np.float32)
        node = parameter
        for _ in range(LAYERS):
            weight = rng.standard_normal((channels, channels, 3, 3), np.float32) / (3 * channels**0.5)
            node = ops.convolution(node, ops.constant(weight), [1, 1], [1, 1], [1, 1], [1, 1])
        compiled = core.compile_model(ov.Model([node], [parameter], "ceiling"), "CPU", config)
        request = compiled.create_infer_request()
        request.set_input_tensor(ov.Tensor(rng.standard_normal((1, channels, side, side), np.float32)))
        return lambda: request.infer() and None

    calls = {_name(c, s): convolution(c, s) for c, s in CONVOLUTIONS}
    return Opened(calls, facts={"flops": {_name(c, s): _flops(c, s) for c, s in CONVOLUTIONS}})


def copying(threads: int) -> Opened:
    """One thread's copy of memory that no cache holds."""
    source = np.ones(COPY_BYTES // 8)
    target = np.empty_like(source)
    return Opened({"copy": lambda: np.copyto(target, source)}, facts={"bytes": {"copy": 2 * COPY_BYTES}})


def _name(channels: int, side: int) -> str:
    return f"convolution of {channels} channels, {side} x {side}"


def _flops(channels: int, side: int) -> int:
    return LAYERS * 2 * 9 * channels * channels * side * side
