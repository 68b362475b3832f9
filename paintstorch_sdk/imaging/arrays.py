"""Arrays of other libraries (torch, CuPy, PyCUDA, Numba): where they lie, and those in host memory as NumPy's.

Sources: DLPack's dlpack.h (DLDeviceType), and version 3 of the CUDA array interface (numba.readthedocs.io).
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

CPU, CUDA, CUDA_HOST, CUDA_MANAGED = 1, 2, 3, 13  # DLDeviceType


class OnDevice(Protocol):
    """An array in GPU memory: of torch, CuPy, PyCUDA, Numba, or a `gpu.arrays.DeviceArray`."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]: ...


def on_device(array: object) -> bool:
    """Whether something is an array in the memory of a GPU."""
    if isinstance(array, str | bytes | np.ndarray):
        return False
    try:
        if hasattr(array, "__cuda_array_interface__"):  # torch's tensors in host memory raise AttributeError
            return True
    except Exception:  # of another library, whatever it is
        return False
    return dlpack_kind(array) in (CUDA, CUDA_MANAGED)


def borrowed_shape(array: Any) -> tuple[int, ...]:
    """The shape of an array in GPU memory, of whatever library; InputError where it tells none of two or more sides."""
    try:
        found = array.shape if hasattr(array, "shape") else array.__cuda_array_interface__["shape"]
        shape = tuple(int(side) for side in found)
    except Exception as error:  # of another library, whatever it is
        raise InputError(f"array in GPU memory: its library does not lend it ({first_line(error)})") from error
    if len(shape) < 2 or min(shape) < 1:
        raise InputError(f"array in GPU memory: expected H,W or H,W,C, received {shape}")
    return shape


def host_array(source: Any) -> NDArray[Any] | None:
    """An array of another library in host memory as NumPy's, on the same memory; None of anything else.

    Raises:
        InputError: It is an array that its library does not lend.
    """
    if isinstance(source, np.ndarray):
        return source
    try:
        if dlpack_kind(source) in (CPU, CUDA_HOST):
            return np.from_dlpack(source)
        if hasattr(source, "__array_interface__"):
            return np.asarray(source)
    except Exception as error:  # of another library, whatever it is
        raise InputError(f"{type(source).__name__}: its library does not lend it ({first_line(error)})") from error
    return None


def dlpack_kind(array: Any) -> int | None:
    """DLPack's kind of the device that an array says it is on; None where it says nothing that can be understood."""
    try:
        return int(array.__dlpack_device__()[0])
    except Exception:  # of another library, whatever it is
        return None


def first_line(error: Exception) -> str:
    """An error's message in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
