"""The machine's ceilings: rates of large products and convolutions, and of copying."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from paintstorch_sdk.telemetry import openvino_kept_quiet

from ..process import Opened, Subject

CASE = "ceilings"
PRECISIONS = ("fp32", "bf16", "fp16", "int8")
_HERE = "paintstorch_sdk.bench.cases.ceilings"

MATRIX = 2048  # rows and columns
LAYERS = 4  # convolutions in a row: conversions at both ends count little
# (channels, side) of 3x3 convolutions at sizes that occur in the networks; the fastest is the ceiling.
CONVOLUTIONS = ((128, 128), (256, 64), (512, 32))
COPY_BYTES = 2**28
PRODUCT, COPY = "matrix product", "copy"
_EIGHT = tuple(np.array(limit, np.float32) for limit in (-1, 1, -1, 1))  # range before and after rounding


def list_subjects(
    precisions: Collection[str],
    libraries: Collection[str],
    cuda: bool = False,
    seconds: float | None = None,
) -> list[Subject]:
    """The ceilings by torch's and by OpenVINO's kernels, and that of memory.

    Args:
        precisions: Those that matter, of `PRECISIONS`.
        libraries: Those that matter, of "torch" and "openvino".
        cuda: Those of the CUDA device, too.
        seconds: See `Subject`.
    """

    asked: list[tuple[str, str, str, str, dict[str, str]]] = []  # name, by, device, function, options
    for precision in [name for name in PRECISIONS if name in precisions]:
        for device in ("cpu", "cuda") if cuda else ("cpu",):
            if "torch" in libraries and precision != "int8" and (device, precision) != ("cpu", "fp16"):
                name = f"torch {precision}" + ("" if device == "cpu" else f" {device}")
                asked.append((name, "torch", device, "open_torch", {"precision": precision, "device": device}))
        if "openvino" in libraries and precision != "fp16":
            asked.append((f"openvino {precision}", "openvino", "cpu", "open_openvino", {"precision": precision}))
    if cuda:
        asked.append((f"{COPY} cuda", "torch", "cuda", "open_device_copy", {}))
    asked.append((COPY, "numpy", "cpu", "open_copy", {}))
    return [
        Subject(CASE, name, f"{_HERE}:{function}", options, {**options, "by": by, "device": device}, seconds)
        for name, by, device, function, options in asked
    ]


def open_torch(precision: str, threads: int, device: str = "cpu") -> Opened:
    """Matrix products, and convolutions in channels_last; on a GPU each call waits for its end."""
    import torch

    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32 = False
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
    wait: Callable[[], None] = torch.cuda.synchronize if device == "cuda" else lambda: None
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(MATRIX, MATRIX, generator=generator).to(device, dtype) for _ in range(2))

    def convolution(channels: int, side: int) -> Callable[[], None]:
        layers = [torch.nn.Conv2d(channels, channels, 3, padding=1) for _ in range(LAYERS)]
        network = torch.nn.Sequential(*layers).to(device, dtype).eval()
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        x = torch.randn(1, channels, side, side).to(device, dtype, memory_format=torch.channels_last)

        def call() -> None:
            with torch.inference_mode():
                network(x)
            wait()

        return call

    def matrix() -> None:
        with torch.inference_mode():
            torch.mm(a, b)
        wait()

    calls = {_name(c, s): convolution(c, s) for c, s in CONVOLUTIONS}
    flops = {_name(c, s): _flops(c, s) for c, s in CONVOLUTIONS} | {PRODUCT: 2 * MATRIX**3}
    return Opened({**calls, PRODUCT: matrix}, facts={"flops": flops})


def open_openvino(precision: str, threads: int) -> Opened:
    """Convolutions as OpenVINO compiles them."""
    with openvino_kept_quiet():
        import openvino as ov
        from openvino import opset13 as ops

    from paintstorch_sdk.backends.openvino import CORE

    if precision.upper() not in CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError(f"this processor does not compute in {precision}")
    config = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16", "int8": "f32"}[precision],
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    rng = np.random.default_rng(0)

    def convolution(channels: int, side: int) -> Callable[[], None]:
        parameter: Any = ops.parameter([1, channels, side, side], np.float32)
        node = parameter
        for _ in range(LAYERS):
            weight = rng.standard_normal((channels, channels, 3, 3), np.float32) / (3 * channels**0.5)
            kernel: Any = ops.constant(weight)
            if precision == "int8":  # OpenVINO computes in it where both have 8 bits
                node, kernel = ops.fake_quantize(node, *_EIGHT, 256), ops.fake_quantize(kernel, *_EIGHT, 255)
            node = ops.convolution(node, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
        compiled = CORE.compile_model(ov.Model([node], [parameter], "ceiling"), "CPU", config)
        request = compiled.create_infer_request()
        request.set_input_tensor(ov.Tensor(rng.standard_normal((1, channels, side, side), np.float32)))
        return lambda: request.infer() and None

    calls = {_name(c, s): convolution(c, s) for c, s in CONVOLUTIONS}
    return Opened(calls, facts={"flops": {_name(c, s): _flops(c, s) for c, s in CONVOLUTIONS}})


def open_copy(threads: int) -> Opened:
    """Copies of memory that no cache holds, a part by each thread."""
    source = np.ones(COPY_BYTES // 8)
    target = np.empty_like(source)
    pool = ThreadPoolExecutor(threads)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))

    def copy() -> None:
        list(pool.map(lambda part: np.copyto(*part), parts))

    return Opened({COPY: copy}, facts={"bytes": {COPY: 2 * COPY_BYTES}})


def open_device_copy(threads: int) -> Opened:
    """The GPU's copy within its own memory."""
    import torch

    source = torch.ones(COPY_BYTES // 8, dtype=torch.float64, device="cuda")
    target = torch.empty_like(source)

    def copy() -> None:
        target.copy_(source)
        torch.cuda.synchronize()

    return Opened({COPY: copy}, facts={"bytes": {COPY: 2 * COPY_BYTES}})


def _name(channels: int, side: int) -> str:
    return f"convolution of {channels} channels, {side} x {side}"


def _flops(channels: int, side: int) -> int:
    return LAYERS * 2 * 9 * channels * channels * side * side
