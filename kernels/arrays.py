"""Arrays in device memory, by the CUDA array interface: of torch, CuPy or PyCUDA alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.gpu.arrays import OnDevice

PRECISIONS: dict[np.dtype[Any], str] = {np.dtype(np.float32): "fp32", np.dtype(np.float16): "fp16"}


@dataclass(frozen=True)
class View:
    """Where an array lies.

    Attributes:
        pointer: Address on the device.
        shape: Its sizes.
        dtype: Type of its elements.
        pitch: Bytes from one row to the next, along the first axis.
    """

    pointer: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    pitch: int


NOWHERE = View(0, (), np.dtype(np.uint8), 0)


def picture(
    name: str, array: OnDevice | None, size: tuple[int, int] | None, channels: tuple[int, ...] = (1, 3)
) -> View:
    """The place of a picture uint8 H,W or H,W,C; its rows may lie at any distance, its pixels not.

    Args:
        name: Name of the array, for messages.
        array: The picture.
        size: (width, height) that it must have; None allows any.
        channels: As many as it may have; H,W has one.

    Raises:
        InputError: It is not such a picture.
    """
    view = _view(name, array)
    shape = view.shape if len(view.shape) == 3 else (*view.shape, 1)
    right_size = size is None or shape[:2] == (size[1], size[0])
    if view.dtype != np.uint8 or len(shape) != 3 or not right_size or shape[2] not in channels or 0 in shape:
        expected = "H,W" if size is None else f"{size[1]},{size[0]}"
        raise InputError(
            f"{name}: expected uint8 {expected} with {' or '.join(map(str, channels))} channels, received "
            f"{view.dtype} {view.shape}"
        )
    return View(view.pointer, shape, view.dtype, view.pitch)


def tensor(name: str, array: OnDevice, shape: tuple[int, ...]) -> View:
    """The place of a tensor of this shape, without gaps, aligned for vector accesses.

    Args:
        name: Name of the array, for messages.
        array: The tensor.
        shape: Its sizes; its elements are float32 or float16.

    Raises:
        InputError: It is not such a tensor.
    """
    view = _view(name, array)
    dense = view.pitch == view.dtype.itemsize * int(np.prod(view.shape[1:]))
    if view.dtype not in PRECISIONS or view.shape != shape or not dense or view.pointer % 16:
        wanted = f"{' or '.join(map(str, PRECISIONS))} {','.join(map(str, shape))}"
        raise InputError(
            f"{name}: expected {wanted} without gaps, aligned to 16 bytes, received {view.dtype} {view.shape}"
        )
    return view


def _view(name: str, array: OnDevice | None) -> View:
    interface = getattr(array, "__cuda_array_interface__", None)
    if interface is None:
        raise InputError(
            f"{name}: expected an array in device memory (torch, CuPy, PyCUDA), received {type(array).__name__}"
        )
    shape = tuple(int(side) for side in interface["shape"])
    dtype = np.dtype(interface["typestr"])
    dense = [dtype.itemsize * int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    strides = [int(stride) for stride in interface.get("strides") or dense]
    # What lies in a row must be dense. The stride of an axis of one element means nothing.
    for side, stride, wanted in zip(shape[1:], strides[1:], dense[1:], strict=True):
        if side > 1 and stride != wanted:
            raise InputError(f"{name}: expected rows without gaps, received strides {tuple(strides)} of {shape}")
    pitch = strides[0] if shape and shape[0] > 1 else dense[0] if shape else 0
    if pitch < (dense[0] if shape else 0):
        raise InputError(f"{name}: expected rows one below the other, received strides {tuple(strides)} of {shape}")
    return View(int(interface["data"][0]), shape, dtype, pitch)
