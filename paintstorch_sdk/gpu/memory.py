"""Memory of a GPU that is kept and used again, so that rendering allocates nothing once it has seen a size."""

import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from ..errors import BackendError
from .arrays import DeviceArray

KEEP = 1 << 30  # bytes of unused memory that a pool keeps
_LEAST = 512  # bytes of the smallest block; a power of two, and TensorRT wants 256-byte alignment


class Block:
    """A piece of memory. It goes back to its pool when the last reference to it goes, in whatever thread.

    Attributes:
        address: Address on the device.
        size: Bytes, at least as many as were asked for.
    """

    def __init__(self, address: int, size: int, back: Callable[[int, int], None]) -> None:
        self.address, self.size = address, size
        self._finalizer = weakref.finalize(self, back, address, size)
        self._finalizer.atexit = False

    def give_back(self) -> None:
        """Give it back now."""
        self._finalizer()


class Pool:
    """Blocks of device memory, for the work of one stream.

    A block that comes back may be given away again at once: what used it before is earlier in the stream's order than
    what uses it next. That is why each stream has a pool of its own.

    Args:
        allocate: Allocates bytes: `pycuda.driver.mem_alloc`, called where its context is current. Its result has
            an address, by int(), and `free`.
        error: What it raises where there is no memory left.
        keep: Most bytes of unused memory.
    """

    def __init__(self, allocate: Callable[[int], Any], error: type[Exception], keep: int = KEEP) -> None:
        self._allocate, self._error, self._keep = allocate, error, keep
        self._owned: dict[int, Any] = {}  # address -> the driver's allocation
        self._idle: OrderedDict[int, int] = OrderedDict()  # address -> size, the last used at the end
        self._returned: deque[tuple[int, int]] = deque()  # appended to by any thread, at any time: no lock is taken
        self._lock = threading.Lock()
        self.allocations = 0  # of the driver, ever
        self.bytes = 0  # held, used or not

    @property
    def unused(self) -> int:
        """Bytes that are held and not used."""
        self._collect()
        return sum(self._idle.values())

    def take(self, size: int) -> Block:
        """A block of at least this many bytes; call it inside `Gpu.current`.

        Raises:
            BackendError: There is no memory left.
        """
        rounded = _rounded(size)
        with self._lock:
            self._collect()
            # Always the lowest address: work that comes again in the same order gets the same memory, where recorded
            # graphs expect it.
            address = min((address for address, size in self._idle.items() if size == rounded), default=None)
            if address is None:
                address = self._new(rounded)
            else:
                del self._idle[address]
        return Block(address, rounded, self._back)

    def array(self, shape: tuple[int, ...], dtype: Any) -> DeviceArray:
        """An array on a block of its own, with whatever the memory held."""
        array = DeviceArray(0, shape, dtype)
        array.owner = block = self.take(array.nbytes)
        array.address = block.address
        return array

    def trim(self, keep: int = 0) -> None:
        """Free unused memory, what was used longest ago first; call it inside `Gpu.current`."""
        with self._lock:
            self._collect()
            self._trim(keep)

    def close(self) -> None:
        """Free everything; call it inside `Gpu.current`, when the stream has nothing left to do."""
        with self._lock:
            for allocation in self._owned.values():
                allocation.free()
            self._owned.clear()
            self._idle.clear()
            self._returned.clear()
            self.bytes = 0

    def _new(self, size: int) -> int:
        self._trim(max(0, self._keep - size))
        try:
            allocation = self._allocate(size)
        except self._error:
            self._trim(0)
            try:
                allocation = self._allocate(size)
            except self._error as error:
                raise BackendError(
                    f"GPU memory: no {size / 1e6:.0f} MB left beside the {self.bytes / 1e6:.0f} MB in use; take a "
                    f"smaller size or batch, or end what else runs on this GPU"
                ) from error
        self.allocations += 1
        self.bytes += size
        self._owned[int(allocation)] = allocation
        return int(allocation)

    def _trim(self, keep: int) -> None:
        unused = sum(self._idle.values())
        while self._idle and unused > keep:
            address, size = self._idle.popitem(last=False)
            self._owned.pop(address).free()
            self.bytes -= size
            unused -= size

    def _back(self, address: int, size: int) -> None:
        self._returned.append((address, size))

    def _collect(self) -> None:
        while True:
            try:
                address, size = self._returned.popleft()
            except IndexError:
                return
            if address in self._owned:  # not what a closed pool freed
                self._idle[address] = size


def _rounded(size: int) -> int:
    """Up to an eighth of a power of two: pictures of nearly the same size share their blocks."""
    step = max(_LEAST, 1 << max(0, size.bit_length() - 4))
    return max(_LEAST, -(-size // step) * step)
