"""Backends that keep everything on a GPU: lanes, each a stream with memory of its own, and what runs in them."""

import itertools
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.kernels.launcher import Kernels

from ..backend import Backend, Encoded, FloatTensor
from ..imaging.geometry import HINT_STEP
from .arrays import DeviceArray, borrowed
from .device import Gpu, Order
from .memory import Block, Pool

if TYPE_CHECKING:
    from .renderer import GpuRenderer

NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING: other libraries' default stream does not wait for it


class Lane:
    """A stream of a GPU, with the memory and the kernels of its work. Of one thread at a time: see `held`."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self._lock = threading.RLock()
        with gpu.current():
            self.stream = gpu.cuda.Stream(NON_BLOCKING)
            self.pool = Pool(gpu.cuda.mem_alloc, gpu.cuda.Error)
            # Pictures that callers were given: used again only after the stream of the next picture.
            self.pictures = Pool(gpu.cuda.mem_alloc, gpu.cuda.Error)
        self.kernels = Kernels(gpu, self.stream)
        self.contexts: dict[str, Any] = {}  # what a backend keeps in this lane for each of its graphs
        self._staging: dict[str, tuple[NDArray[np.uint8], Any]] = {}  # name -> pinned memory, event after its last copy
        self._scratch: Block | None = None
        self._order: Order | None = None

    @property
    def handle(self) -> int:
        """The stream as CUDA's API takes it."""
        return int(self.stream.handle)

    @contextmanager
    def held(self) -> Iterator["Lane"]:
        """Have the lane, and its GPU's context, to oneself."""
        with self._lock, self.gpu.current():
            yield self

    def try_hold(self, stack: ExitStack) -> bool:
        """Hold it for as long as the stack, if nobody else does."""
        if not self._lock.acquire(blocking=False):
            return False
        stack.callback(self._lock.release)
        stack.enter_context(self.gpu.current())
        return True

    # All below: only while it is held.

    def upload(self, name: str, array: NDArray[Any], target: DeviceArray | None = None) -> DeviceArray:
        """A copy of an array in device memory, through pinned memory, which does not stop the stream.

        Args:
            name: Name of the place in pinned memory; the next upload of this name waits until it was copied.
            array: May change when this returns.
            target: Where to, of the same size and type, its rows at any distance; None takes memory of the pool.
        """
        if target is None:
            target = self.pool.array(array.shape, array.dtype)
        staging, copied = self._pinned(name, array.nbytes)
        staging.view(array.dtype).reshape(array.shape)[...] = array
        self._copy(staging, target, up=True)
        copied.record(self.stream)
        return target

    def borrow(self, array: Any) -> DeviceArray:
        """An array of another library in the memory of this GPU; the stream waits for the one that it names.

        Raises:
            InputError: It is not an array in GPU memory.
        """
        lent = borrowed(array, self.handle)
        if lent.stream is not None:
            self.order().after(lent.stream, self.handle)
        return lent

    def download(self, array: DeviceArray) -> NDArray[Any]:
        """A copy of an array, whose rows may lie at any distance, in host memory; waits for the stream."""
        staging, copied = self._pinned("download", array.nbytes)
        self._copy(staging, array, up=False)
        copied.record(self.stream)
        copied.synchronize()
        copy: NDArray[Any] = staging.view(array.dtype).reshape(array.shape).copy()
        return copy

    def synchronize(self) -> None:
        """Wait until all that the stream was given is done."""
        self.stream.synchronize()

    def order(self) -> Order:
        """The events that make streams wait for each other."""
        if self._order is None:
            self._order = Order()
        return self._order

    def scratch(self, size: int) -> Block:
        """Memory that one run after the other uses, at least so large. It grows, and does not shrink."""
        if self._scratch is None or self._scratch.size < size:
            self._scratch = None  # it may be what makes room
            self._scratch = self.pool.take(size)
        return self._scratch

    def close(self) -> None:
        """Wait for the stream and free everything."""
        with self.held():
            self.stream.synchronize()
            for context in self.contexts.values():
                context.close()
            self.contexts.clear()
            self.kernels.close()
            for staging, _ in self._staging.values():
                staging.base.free()  # type: ignore[union-attr]
            self._staging.clear()
            self._scratch = None
            self.pool.close()
            self.pictures.close()
            if self._order is not None:
                self._order.close()
                self._order = None
            del self.kernels, self.stream  # PyCUDA destroys the stream here, where its context is current

    def _copy(self, staging: NDArray[np.uint8], array: DeviceArray, up: bool) -> None:
        """Copy pinned memory to an array or back; row by row where the array's rows lie apart."""
        cuda, row = self.gpu.cuda, array.nbytes // array.shape[0]
        if array.pitch == row:
            if up:
                cuda.memcpy_htod_async(array.address, staging, self.stream)
            else:
                cuda.memcpy_dtoh_async(staging, array.address, self.stream)
            return
        rows = cuda.Memcpy2D()
        rows.width_in_bytes, rows.height = row, array.shape[0]
        if up:
            rows.set_src_host(staging)
            rows.set_dst_device(array.address)
            rows.src_pitch, rows.dst_pitch = row, array.pitch
        else:
            rows.set_src_device(array.address)
            rows.set_dst_host(staging)
            rows.src_pitch, rows.dst_pitch = array.pitch, row
        rows(self.stream)

    def _pinned(self, name: str, size: int) -> tuple[NDArray[np.uint8], Any]:
        """Pinned memory of this size, and the event of its last copy, which is over."""
        memory, copied = self._staging.get(name, (None, None))
        if copied is not None:
            copied.synchronize()
        if memory is None or memory.nbytes < size:
            if memory is not None:
                del self._staging[name]
                memory.base.free()  # type: ignore[union-attr]
            memory = self.gpu.cuda.pagelocked_empty(1 << max(size - 1, 4095).bit_length(), np.uint8)
            self._staging[name] = memory, copied or self.gpu.cuda.Event(self.gpu.cuda.event_flags.DISABLE_TIMING)
        memory, copied = self._staging[name]
        return memory[:size], copied


@dataclass(frozen=True)
class EncodedOnGpu(Encoded):
    """Handle of line art encoded on a GPU.

    Attributes:
        lane: That it was encoded in, and is painted in: there, what is first asked for is first done.
    """

    lane: Lane


class GpuBackend(Backend):
    """A backend whose tensors stay on a GPU, in lanes. Safe to use from several threads, of which as many work at
    the same time as there are lanes.

    Attributes:
        gpu: Where it runs.
        lanes: As many as can run at the same time.
        sums: The model's partial sums; see `Bundle.partial_sums`.
        types: What the graphs read and write: "line_art", "hints", "color" and the partial sums.
    """

    device = "cuda"
    gpu: Gpu
    lanes: tuple[Lane, ...]
    types: Mapping[str, np.dtype[Any]]
    sums: Mapping[str, tuple[int, int]]

    def __init__(self) -> None:
        self._turn = itertools.count()

    def make_renderer(self, confidence: float) -> "GpuRenderer":
        from .renderer import GpuRenderer  # here: it needs this module

        return GpuRenderer(self, confidence)

    @contextmanager
    def lane(self, encoded: Encoded | None = None) -> Iterator[Lane]:
        """A lane to work in: that of something encoded, or one that is free, or the next."""
        with ExitStack() as stack:
            if isinstance(encoded, EncodedOnGpu):
                lane: Lane | None = stack.enter_context(encoded.lane.held())
            else:
                start = next(self._turn)
                lanes = [self.lanes[(start + i) % len(self.lanes)] for i in range(len(self.lanes))]
                lane = next((lane for lane in lanes if lane.try_hold(stack)), None)
                if lane is None:
                    lane = stack.enter_context(lanes[0].held())
            self.check_open()  # here, because it may have been closed while this thread waited
            assert lane is not None
            yield lane

    def encode_on(self, lane: Lane, line_art: DeviceArray) -> EncodedOnGpu:
        """`encode` without leaving the GPU: returns before it is done.

        Args:
            lane: Held.
            line_art: N,1,H,W of `types`.
        """
        n, _, height, width = line_art.shape
        sums = {
            name: lane.pool.array((n, channels, height // scale, width // scale), self.types[name])
            for name, (channels, scale) in self.sums.items()
        }
        self._run(lane, "encoder", {"line_art": line_art} | sums)
        return EncodedOnGpu(self, (n, height, width), tuple(sums.values()), lane)

    def paint_on(self, encoded: EncodedOnGpu, hints: DeviceArray) -> DeviceArray:
        """`paint` without leaving the GPU: returns N,3,H,W of `types` before it is done.

        Args:
            encoded: Its lane is held.
            hints: N,4,H/4,W/4 of `types`.
        """
        n, height, width = encoded.shape
        color = encoded.lane.pool.array((n, 3, height, width), self.types["color"])
        sums = dict(zip(self.sums, encoded.sums, strict=True))
        self._run(encoded.lane, "painter", {"hints": hints, "color": color} | sums)
        return color

    def hint_map(self, lane: Lane, shape: tuple[int, int, int]) -> DeviceArray:
        """Memory for the hint maps of line art N,H,W."""
        n, height, width = shape
        return lane.pool.array((n, 4, height // HINT_STEP, width // HINT_STEP), self.types["hints"])

    def memory(self) -> dict[str, int]:
        """Device memory of all lanes: bytes held, bytes unused, and how often the driver was asked for more."""
        pools = [pool for lane in self.lanes for pool in (lane.pool, lane.pictures)]
        return {
            "bytes": sum(pool.bytes for pool in pools),
            "unused": sum(pool.unused for pool in pools),
            "allocations": sum(pool.allocations for pool in pools),
        }

    def _encode(self, line_art: FloatTensor) -> tuple[Any, ...]:
        self.check_size(line_art.shape)
        with self.lane() as lane:
            encoded = self.encode_on(lane, lane.upload("line art", line_art.astype(self.types["line_art"], copy=False)))
            lane.synchronize()
        return lane, *encoded.sums

    def _handle(self, shape: tuple[int, int, int], sums: tuple[Any, ...]) -> EncodedOnGpu:
        return EncodedOnGpu(self, shape, sums[1:], sums[0])

    def _paint(self, encoded: Encoded, hints: FloatTensor) -> FloatTensor:
        assert isinstance(encoded, EncodedOnGpu)
        with self.lane(encoded) as lane:
            given = lane.upload("hints", hints.astype(self.types["hints"], copy=False))
            return lane.download(self.paint_on(encoded, given)).astype(np.float32, copy=False)

    def _release(self) -> None:
        for lane in self.lanes:
            lane.close()

    def check_size(self, shape: tuple[int, ...]) -> None:
        """Raise InputError where N,1,H,W is not of the sizes that it runs."""

    @abstractmethod
    def _run(self, lane: Lane, graph: str, tensors: Mapping[str, DeviceArray]) -> None:
        """Give the lane's stream the work of a graph, "encoder" or "painter", on these tensors."""
