"""A whole ResNeXt bottleneck as one CUDA kernel, called from torch: an experiment (docs/gpu.md).

The kernel is cu/bottleneck.cu. nvcc makes a shared library of it, whose one function takes addresses and a stream; so
the same lines call the tests' build for the host.
"""

import ctypes
import functools
import math
import shutil
from pathlib import Path

import torch
from torch import Tensor, nn

from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.kernels.build import SOURCES, run_nvcc
from paintstorch_sdk.networks.generator import Bottleneck

from .fusion import TILES

SOURCE = Path(__file__).parent / "cu" / "bottleneck.cu"
ARCHITECTURES = (80, 86, 89, 90, 120)  # sm_75 has not this product of the tensor cores
OPTIONS = ("-std=c++17", "-Werror", "all-warnings", "-Xcompiler", "-Wall,-fPIC", f"-I{SOURCES}")
BLOCK = 8  # channels of a block of the grouped convolution's weights, in which all groups must fit

_ERRORS = {-1: "no such channels or tile were compiled"}  # others are CUDA's


class Fused(nn.Module):
    """A bottleneck that runs as one kernel. fp16 N,C,H,W in channels-last memory, in and out, on the library's device.

    Args:
        bottleneck: At stride 1; its weights are copied, rounded to fp16.
        library: File of the compiled kernel.
        tile: One of `TILES` for these channels: width and height in pixels.

    Raises:
        InputError: A bottleneck or tile that the kernel was not compiled for.
    """

    def __init__(self, bottleneck: Bottleneck, library: Path, tile: tuple[int, int]) -> None:
        super().__init__()
        channels, groups = bottleneck.reduce.in_channels, bottleneck.grouped.groups
        if bottleneck.stride != 1 or channels not in TILES or BLOCK % (channels // 2 // groups):
            raise InputError(
                f"bottleneck: expected stride 1, {', '.join(map(str, TILES))} channels and groups of 1, 2, 4 or 8, "
                f"received stride {bottleneck.stride}, {channels} channels and {groups} groups"
            )
        if tile not in TILES[channels]:
            raise InputError(f"tile: expected one of {TILES[channels]} for {channels} channels, received {tile}")
        self.library, self.tile = str(library), tile
        self.dilation = int(bottleneck.grouped.dilation[0])
        for name, packed in zip(("reduce", "grouped", "expand"), pack(bottleneck), strict=True):
            self.register_buffer(name, packed, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x + the bottleneck of x, rounded to fp16 where the unfused network rounds."""
        weights = (self.get_buffer(name) for name in ("reduce", "grouped", "expand"))
        y: Tensor = fused_bottleneck(x, *weights, self.dilation, *self.tile, self.library)
        return y


def pack(bottleneck: Bottleneck) -> tuple[Tensor, Tensor, Tensor]:
    """The three weights as the kernel's warps read them: fp16, in the order of the fragments of m16n8k16.

    The order of depth of the first and of columns of the third are such that a lane has 8 neighboring channels. The
    grouped convolution's become dense blocks of 8 x 8 channels, zero outside the groups, two taps in a product's depth.
    """
    convolutions = (bottleneck.reduce, bottleneck.grouped, bottleneck.expand)
    first, second, third = (convolution.weight.detach().half() for convolution in convolutions)
    channels, inner = bottleneck.reduce.in_channels, bottleneck.reduce.out_channels
    reduce = first.reshape(inner, channels // 32, 4, 2, 2, 2).permute(0, 1, 3, 4, 2, 5)
    expand = third.reshape(channels // 32, 4, 4, 2, inner).permute(0, 2, 1, 3, 4)
    size = second.shape[1]
    taps = second.reshape(inner // BLOCK, BLOCK, size, 9)
    dense = taps.new_zeros(inner // BLOCK, BLOCK, 10, BLOCK)  # block, output, tap, input
    for output in range(BLOCK):
        begin = output // size * size
        dense[:, output, :9, begin : begin + size] = taps[:, output].transpose(1, 2)
    return (
        _fragments(reduce.reshape(inner, channels)).reshape(-1),
        _fragments(dense.reshape(inner, 10 * BLOCK)).transpose(0, 1).reshape(-1),
        _fragments(expand.reshape(channels, inner)).reshape(-1),
    )


def _fragments(matrix: Tensor) -> Tensor:
    """A matrix (columns, depth) as fragments "b": depth / 16, columns / 8, 32 lanes, 4 numbers."""
    columns, depth = matrix.shape
    split = matrix.reshape(columns // 8, 8, depth // 16, 2, 4, 2)  # lane / 4 is the column, lane % 4 the pair of depth
    return split.permute(2, 0, 1, 4, 3, 5).reshape(depth // 16, columns // 8, 32, 4)


def compile_kernel(target: Path, architecture: int) -> None:
    """Make the shared library for GPUs of a compute capability, such as 90.

    Raises:
        BackendError: nvcc is missing, or refuses the source.
    """
    compiler = shutil.which("nvcc")
    if compiler is None:
        raise BackendError("the fused bottleneck needs nvcc, which is not on the path; install the CUDA toolkit")
    code = f"-gencode=arch=compute_{architecture},code=sm_{architecture}"
    command = [compiler, *OPTIONS, code, "-shared", "-o", str(target), str(SOURCE)]
    run_nvcc(command, f"nvcc cannot compile {SOURCE.name} for sm_{architecture}")


@torch.library.custom_op("paintstorch_bench::bottleneck", mutates_args=())
def fused_bottleneck(
    x: Tensor,
    reduce: Tensor,
    grouped: Tensor,
    expand: Tensor,
    dilation: int,
    tile_width: int,
    tile_height: int,
    library: str,
) -> Tensor:
    """Launch the kernel on the current stream; as a custom operator, so that torch.compile leaves it whole."""
    images, channels, height, width = x.shape
    if x.dtype != torch.float16 or not x.is_contiguous(memory_format=torch.channels_last):
        raise InputError(f"bottleneck: expected fp16 in channels-last memory, received {x.dtype}, strides {x.stride()}")
    if math.prod(x.shape) == 0:
        return torch.empty_like(x)
    out = torch.empty_like(x)
    pointers = [ctypes.c_void_p(tensor.data_ptr()) for tensor in (x, reduce, grouped, expand, out)]
    stream = torch.cuda.current_stream(x.device).cuda_stream if x.is_cuda else 0
    status = _function(library)(
        *(channels, tile_width, tile_height, *pointers, images, height, width, dilation, ctypes.c_void_p(stream))
    )
    if status:
        reason = _ERRORS.get(status, f"CUDA's error {status}")
        raise BackendError(f"the fused bottleneck of {channels} channels did not run: {reason}")
    return out


@fused_bottleneck.register_fake
def _(x: Tensor, *rest: object) -> Tensor:
    return torch.empty_like(x)


@functools.cache
def _function(library: str) -> "ctypes._NamedFuncPointer":
    function = ctypes.CDLL(library).bottleneck
    number, pointer = ctypes.c_int, ctypes.c_void_p
    function.argtypes = [*[number] * 3, *[pointer] * 5, *[number] * 4, pointer]
    return function
