"""Arrays in the memory of a GPU, lent and borrowed without copies: DLPack and the CUDA array interface.

Sources: DLPack's dlpack.h (struct DLManagedTensor, version 0.8 and the unversioned exchange of 1.x), and version 3 of
the CUDA array interface (numba.readthedocs.io, CUDA Array Interface).
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from ..imaging.arrays import CUDA, CUDA_MANAGED, OnDevice, dlpack_kind, first_line

__all__ = ["CUDA", "CUDA_MANAGED", "DeviceArray", "OnDevice", "borrowed", "from_capsule"]

_CODES = {"i": 0, "u": 1, "f": 2}  # DLDataTypeCode of NumPy's kinds


class DeviceArray:
    """An array in memory of a GPU, without gaps, for any library that reads the CUDA array interface or DLPack.

    Args:
        address: Address of its first element.
        shape: Its sizes.
        dtype: Type of its elements.
        owner: Kept for as long as the array; what the memory belongs to.
        strides: Strides in bytes, where there are gaps.
        stream: Handle of the stream whose work the array waits for; None where it is ready.
        order: Makes another stream, by its handle, wait for that work.
        device: DLPack's device: kind and number.
    """

    def __init__(
        self,
        address: int,
        shape: tuple[int, ...],
        dtype: Any,
        owner: Any = None,
        *,
        strides: tuple[int, ...] | None = None,
        stream: int | None = None,
        order: Callable[[int], None] | None = None,
        device: tuple[int, int] = (CUDA, 0),
    ) -> None:
        self.address, self.shape, self.dtype, self.owner = address, shape, np.dtype(dtype), owner
        self.strides, self.stream = strides, stream
        self._order, self._device = order, device

    @property
    def nbytes(self) -> int:
        """Size without gaps, bytes."""
        return int(self.dtype.itemsize * np.prod(self.shape))

    @property
    def pitch(self) -> int:
        """Bytes from one row to the next, along the first axis."""
        dense = self.nbytes // self.shape[0]
        return dense if self.strides is None or self.shape[0] == 1 else self.strides[0]

    def part(self, index: int) -> "DeviceArray":
        """The part 1,... of an array N,... without gaps."""
        size = self.nbytes // self.shape[0]
        return DeviceArray(self.address + index * size, (1, *self.shape[1:]), self.dtype, self.owner)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "data": (self.address, False),
            "strides": self.strides,
            "stream": self.stream,
            "version": 3,
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device

    def __dlpack__(
        self, *, stream: int | None = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        """A DLPack capsule; `stream` is the consumer's, which is made to wait for the array."""
        if copy or (dl_device is not None and tuple(dl_device) != self._device):
            raise BufferError("this array is given as it is: without a copy, on its own device")
        if self._order is not None and stream != -1:
            self._order(stream or 1)  # None is the legacy default stream, whose handle is 1
        return _capsule(self)

    def __repr__(self) -> str:
        return f"<array {self.shape} {self.dtype} in GPU memory>"


def borrowed(array: Any, stream: int) -> DeviceArray:
    """An array in GPU memory as ours, on the same memory.

    DLPack is asked first: its producer makes our stream wait for what it has yet to do. The CUDA array interface
    names the stream to wait for, which is the caller's part: see `DeviceArray.stream`.

    Args:
        array: Array of another library.
        stream: Handle of the stream that will use it.

    Raises:
        InputError: It is not an array in GPU memory.
    """
    if isinstance(array, DeviceArray):
        return array
    try:
        if hasattr(array, "__dlpack__") and dlpack_kind(array) in (CUDA, CUDA_MANAGED):
            return from_capsule(array.__dlpack__(stream=stream))
        interface = getattr(array, "__cuda_array_interface__", None)
        if interface is None:
            raise InputError(f"expected an array in GPU memory (torch, CuPy, PyCUDA), received {type(array).__name__}")
        strides = interface.get("strides")
        return DeviceArray(
            int(interface["data"][0]),
            tuple(int(side) for side in interface["shape"]),
            interface["typestr"],
            array,
            strides=None if strides is None else tuple(int(stride) for stride in strides),
            stream=interface.get("stream"),
        )
    except InputError:
        raise
    except Exception as error:  # of another library, whatever it is
        raise InputError(f"array in GPU memory: its library does not lend it ({first_line(error)})") from error


# DLPack's structures, and capsules of them.


class _DLDevice(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int32), ("number", ctypes.c_int32))


class _DLDataType(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class _DLTensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", _DLDevice),
        ("ndim", ctypes.c_int32),
        ("dtype", _DLDataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class _DLManagedTensor(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_DLManagedTensor))
_DLManagedTensor._fields_ = (("tensor", _DLTensor), ("context", ctypes.c_void_p), ("deleter", _Deleter))

_NAME = b"dltensor"
_api = ctypes.pythonapi
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(("PyCapsule_New", _api))
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", _api))
# By address: in a destructor the capsule has no references left, and must not be given one.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", _api))
_pointer_at = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_GetPointer", _api))
_lent: dict[int, tuple[Any, ...]] = {}  # what lent arrays need, by the address of their structure


def _give_back(managed: Any) -> None:
    _lent.pop(ctypes.addressof(managed.contents), None)


def _destroyed(capsule: int) -> None:
    if _is_valid(capsule, _NAME):  # nobody took it
        _lent.pop(int(_pointer_at(capsule, _NAME)), None)


_delete = _Deleter(_give_back)
_destroy = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(_destroyed)


def _capsule(array: DeviceArray) -> Any:
    managed = _DLManagedTensor()
    rank = len(array.shape)
    shape = (ctypes.c_int64 * max(rank, 1))(*array.shape)
    strides = None
    if array.strides is not None:
        strides = (ctypes.c_int64 * max(rank, 1))(*(stride // array.dtype.itemsize for stride in array.strides))
    managed.tensor = _DLTensor(
        array.address,
        _DLDevice(*array.__dlpack_device__()),
        rank,
        _DLDataType(_CODES[array.dtype.kind], array.dtype.itemsize * 8, 1),
        ctypes.cast(shape, ctypes.POINTER(ctypes.c_int64)),
        ctypes.cast(strides, ctypes.POINTER(ctypes.c_int64)) if strides is not None else None,
        0,
    )
    managed.deleter = _delete
    address = ctypes.addressof(managed)
    _lent[address] = (managed, shape, strides, array)
    return _new(address, _NAME, ctypes.cast(_destroy, ctypes.c_void_p))


def from_capsule(capsule: Any) -> DeviceArray:
    """The array of a DLPack capsule, which it keeps: the capsule gives the memory back when it goes.

    Raises:
        InputError: Elements that are not plain numbers.
    """
    tensor = ctypes.cast(_pointer(capsule, _NAME), ctypes.POINTER(_DLManagedTensor)).contents.tensor
    kinds = {code: kind for kind, code in _CODES.items()}
    if tensor.dtype.code not in kinds or tensor.dtype.lanes != 1 or tensor.dtype.bits % 8:
        raise InputError(f"array in GPU memory: expected plain numbers, received DLPack's type {tensor.dtype.code}")
    dtype = np.dtype(f"{kinds[tensor.dtype.code]}{tensor.dtype.bits // 8}")
    shape = tuple(tensor.shape[i] for i in range(tensor.ndim))
    strides = tuple(tensor.strides[i] * dtype.itemsize for i in range(tensor.ndim)) if tensor.strides else None
    return DeviceArray(
        int(tensor.data or 0) + tensor.byte_offset,
        shape,
        dtype,
        capsule,
        strides=strides,
        device=(tensor.device.kind, tensor.device.number),
    )
