"""The kernels on a GPU, through PyCUDA, in the device's primary context, which torch and ONNX Runtime share."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.gpu.arrays import OnDevice
from paintstorch_sdk.gpu.device import Gpu, line_of
from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.xdog import XDoG

from .arrays import NOWHERE, PRECISIONS, picture, tensor
from .build import ptx
from .tables import gaussian_table, reduced_size, reduction, resample_table, stroke_tables

THREADS = 128  # kThreads in cu/block.cuh
LEVELS = 256  # kLevels in cu/xdog.cu
KINDS = {1: "gray", 3: "rgb"}  # of line art, by its channels; in the names of kernels
MAP_BLOCK = (32, 4)  # of hints_map: a warp holds 32 neighbors of a row
TABLES = 64  # that stay on the device; one is 8 bytes for each pixel of a side
# Types of the kernels' arguments: P pointer, i int, Q size, f float.
_ARGUMENTS = {
    "line_art_rows": "PQPiPi",
    "line_art_columns": "PiPiiPi",
    "line_art_direct": "PQiiPi",
    "hints_reduce": "PiiiiiPi",
    "hints_rows": "PiPiPi",
    "hints_map": "PiPiPiPPii",
    "color": "PiQPPPQPQii",
    "xdog_columns": "PQiiPiiPP",
    "xdog_rows": "PPiPiifffPP",
    "xdog_histogram": "PQPP",
    "xdog_lines": "PQPPP",
}


class Kernels:
    """The kernels on one device and stream. Belongs to one thread at a time.

    All calls return before the GPU has finished; what is on the same stream comes after. Buffers between kernels
    and tables are kept and reused: with pictures of sizes seen before, nothing is allocated.

    Args:
        gpu: None is the first one.
        stream: The pycuda.driver.Stream to work on; None makes one.

    Raises:
        BackendError: PyCUDA, the driver or the GPU is missing: which, and what to do.
    """

    def __init__(self, gpu: Gpu | None = None, stream: Any = None) -> None:
        self._gpu = gpu or Gpu()
        self._cuda = self._gpu.cuda
        self._modules: dict[str, Any] = {}
        self._functions: dict[str, Any] = {}
        self._buffers: dict[str, tuple[Any, int]] = {}
        self._tables: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        with self._gpu.current():
            self._stream = self._cuda.Stream() if stream is None else stream

    @property
    def stream(self) -> int:
        """Handle of the stream that the kernels run on."""
        return int(self._stream.handle)

    def synchronize(self) -> None:
        """Wait until all that was asked for is done."""
        with self._gpu.current():
            self._stream.synchronize()

    def pack_line_art(self, line_art: OnDevice, geometry: Geometry, out: OnDevice) -> None:
        """Line art -> the network's input (`preprocess.line_art_tensor`).

        Args:
            line_art: uint8 H,W gray or H,W,3 RGB, rows at any distance.
            geometry: Geometry of the line art.
            out: float32 or float16 1,1,H,W of the padded size; overwritten.

        Raises:
            InputError: Arrays of other shapes or types.
        """
        size = geometry.width, geometry.height
        source = picture("line art", line_art, size)
        kind = KINDS[source.shape[2]]
        width, height = geometry.padded
        target = tensor("out", out, (1, 1, height, width))
        precision = PRECISIONS[target.dtype]
        blocks = _blocks(width, 4 * THREADS) * height
        with self._gpu.current():
            if geometry.working == size:
                direct = source.pointer, source.pitch, *size, target.pointer, width
                self._launch(f"line_art_direct_{kind}_{precision}", blocks, *direct)
                return
            pitch = _round_up(geometry.working_width, 4)
            scaled = self._buffer("line art", pitch * geometry.height)
            table_x, table_y = self._axes(geometry.width, geometry.height, geometry.working)
            rows = source.pointer, source.pitch, scaled, pitch, table_x, geometry.working_width
            self._launch(f"line_art_rows_{kind}", _blocks(pitch, THREADS) * geometry.height, *rows)
            columns = scaled, pitch, table_y, *geometry.working, target.pointer, width
            self._launch(f"line_art_columns_{precision}", blocks, *columns)

    def pack_hints(self, layer: OnDevice | None, strokes: Sequence[Stroke], geometry: Geometry, out: OnDevice) -> None:
        """A layer and strokes over it -> the hint map (`Hints.rasterize`).

        Args:
            layer: uint8 H,W,4 RGBA of any size with the line art's aspect ratio, rows at multiples of 4 bytes; or None.
            strokes: Strokes in pixels of the line art, the last one on top.
            geometry: Geometry of the line art.
            out: float32 or float16 1,4,H/4,W/4 of the padded size; overwritten.

        Raises:
            InputError: Arrays of other shapes or types.
        """
        width, height = geometry.hint_map
        target = tensor("out", out, (1, 4, height, width))
        rows, segments = stroke_tables(strokes, geometry.to_hint_map, geometry.hint_map)
        with self._gpu.current():
            scaled, pitch, table = (0, 0, 0) if layer is None else self._scaled_layer(layer, geometry)
            grid = (_blocks(width, MAP_BLOCK[0]), _blocks(height, MAP_BLOCK[1]))
            self._launch(
                f"hints_map_{PRECISIONS[target.dtype]}",
                grid,
                scaled,
                pitch,
                table,
                geometry.working_height,
                self._upload("strokes", rows),
                len(rows),
                self._upload("segments", segments),
                target.pointer,
                width,
                height,
                block=MAP_BLOCK,
            )

    def unpack_color(self, color: OnDevice, geometry: Geometry, line_art: OnDevice | None, out: OnDevice) -> None:
        """The painter's output -> the picture (`postprocess.color_image`).

        Args:
            color: float32 or float16 1,3,H,W in [-1, 1] of the padded size.
            geometry: Geometry of the line art.
            line_art: uint8 H,W or H,W,3, multiplied onto the colors; None leaves the network's own lines.
            out: uint8 H,W,3 of the line art's size, rows at any distance; overwritten.

        Raises:
            InputError: Arrays of other shapes or types.
        """
        width, height = geometry.padded
        source = tensor("color", color, (1, 3, height, width))
        size = geometry.width, geometry.height
        target = picture("out", out, size, channels=(3,))
        above = NOWHERE if line_art is None else picture("line art", line_art, size)
        kind = KINDS[above.shape[2]] if above.shape else "plain"
        with self._gpu.current():
            table_x, table_y = self._axes(*geometry.working, size)
            self._launch(
                f"color_{kind}_{PRECISIONS[source.dtype]}",
                _blocks(geometry.width, THREADS) * geometry.height,
                source.pointer,
                width,
                width * height,
                table_x,
                table_y,
                above.pointer,
                above.pitch,
                target.pointer,
                target.pitch,
                geometry.width,
                geometry.height,
            )

    def xdog(self, colored: OnDevice, out: OnDevice, parameters: XDoG | None = None) -> None:
        """Draw the lines of a picture (`xdog.xdog`).

        Args:
            colored: uint8 H,W gray or H,W,3 RGB, rows at any distance.
            out: uint8 H,W without gaps; overwritten: 0 on lines, 255 on paper.
            parameters: See `XDoG`; None is the paper's.

        Raises:
            InputError: Arrays of other shapes or types.
        """
        p = parameters or XDoG()
        source = picture("picture", colored, None)
        height, width = source.shape[:2]
        kind = KINDS[source.shape[2]]
        target = picture("out", out, (width, height), channels=(1,))
        if target.pitch != width:
            raise InputError(f"out: expected rows without gaps, received rows of {target.pitch} bytes")
        pixels = width * height
        kernels, narrow_radius, wide_radius = gaussian_table(p)
        with self._gpu.current():
            narrow, wide = self._buffer("narrow", 4 * pixels), self._buffer("wide", 4 * pixels)
            responses = self._buffer("responses", 4 * pixels)
            table = self._kept(("gaussian", p.sigma, p.k), lambda: kernels)
            counts = self._buffer("histogram", 4 * (2 + LEVELS))
            # The range of the responses, as the bits of floats: lowest and highest so far; then the histogram.
            self._cuda.memset_d32_async(counts, 0x7F800000, 1, self._stream)
            self._cuda.memset_d32_async(counts + 4, 0, 1 + LEVELS, self._stream)
            blocks = _blocks(width, THREADS) * height
            radii = narrow_radius, wide_radius
            self._launch(
                f"xdog_columns_{kind}", blocks, source.pointer, source.pitch, width, height, table, *radii, narrow, wide
            )
            self._launch(
                "xdog_rows", blocks, narrow, wide, width, table, *radii, p.gamma, p.epsilon, p.phi, responses, counts
            )
            # A few blocks on every multiprocessor, each over many pixels: every block ends with 256 atomics.
            blocks = min(_blocks(pixels, LEVELS), 4 * self._gpu.multiprocessors())
            block = (LEVELS, 1)
            self._launch("xdog_histogram", blocks, responses, pixels, counts, counts + 8, block=block)
            self._launch("xdog_lines", blocks, responses, pixels, counts, counts + 8, target.pointer, block=block)

    def close(self) -> None:
        """Wait for all work, and free the buffers, tables and modules; a later call would make them anew."""
        with self._gpu.current():
            self._stream.synchronize()
            for buffer in (*(buffer for buffer, _ in self._buffers.values()), *self._tables.values()):
                buffer.free()
            self._buffers.clear()
            self._tables.clear()
            self._functions.clear()
            self._modules.clear()

    def _scaled_layer(self, layer: OnDevice, geometry: Geometry) -> tuple[int, int, int]:
        """The layer after the first pass of its resize: address, pitch in pixels, and the second pass's table."""
        source = picture("layer", layer, None, channels=(4,))
        if source.pitch % 4 or source.pointer % 4:
            raise InputError(f"layer: expected rows that begin at multiples of 4 bytes, received {source.pitch} a row")
        height, width = source.shape[:2]
        factor_x, factor_y = reduction(width, height, geometry)
        pointer, row, kind = source.pointer, source.pitch // 4, "straight"
        extents = width / factor_x, height / factor_y
        if factor_x > 1 or factor_y > 1:
            reduced = reduced_size(width, factor_x), reduced_size(height, factor_y)
            target = self._buffer("reduced layer", 4 * reduced[0] * reduced[1])
            blocks = _blocks(reduced[0], THREADS) * reduced[1]
            self._launch("hints_reduce", blocks, pointer, row, width, height, factor_x, factor_y, target, reduced[0])
            (width, height), pointer, row, kind = reduced, target, reduced[0], "premultiplied"
        pitch = _round_up(geometry.working_width, 4)
        scaled = self._buffer("layer", 4 * pitch * height)
        table_x, table_y = self._axes(width, height, geometry.working, extents)
        blocks = _blocks(pitch, THREADS) * height
        self._launch(f"hints_rows_{kind}", blocks, pointer, row, scaled, pitch, table_x, geometry.working_width)
        return scaled, pitch, table_y

    def _launch(
        self, name: str, grid: int | tuple[int, int], *args: float, block: tuple[int, int] = (THREADS, 1)
    ) -> None:
        function = self._functions.get(name) or self._load(name)
        blocks = grid if isinstance(grid, tuple) else (grid, 1)
        function.prepared_async_call(blocks, (*block, 1), self._stream, *args)

    def _load(self, name: str) -> Any:
        family = next(family for family in _ARGUMENTS if name.startswith(family))
        module = "line_art" if name.startswith("line_art") else name.partition("_")[0]
        if module not in self._modules:
            try:
                self._modules[module] = self._cuda.module_from_buffer(ptx(module))
            except self._cuda.Error as error:
                raise BackendError(
                    f"kernels: the driver cannot load {module}.ptx ({line_of(error)}); it is made for drivers of CUDA "
                    f"13 (R580 or newer): update the driver"
                ) from error
        function = self._modules[module].get_function(name)
        function.prepare(_ARGUMENTS[family])
        self._functions[name] = function
        return function

    def _buffer(self, name: str, size: int) -> int:
        """A kept buffer of at least this many bytes. Growing frees the old one, which waits for the device."""
        buffer, capacity = self._buffers.get(name, (None, 0))
        if capacity < size or buffer is None:
            if buffer is not None:
                del self._buffers[name]
                buffer.free()
            buffer = self._cuda.mem_alloc(max(size, 1))
            self._buffers[name] = buffer, size
        return int(buffer)

    def _upload(self, name: str, array: NDArray[Any]) -> int:
        """An array's address on the device, until the next of the same name; 0 for an empty one."""
        if array.size == 0:
            return 0
        address = self._buffer(name, array.nbytes)
        self._cuda.memcpy_htod_async(address, np.ascontiguousarray(array), self._stream)
        return address

    def _axes(
        self, width: int, height: int, size: tuple[int, int], extents: tuple[float, float] | None = None
    ) -> tuple[int, int]:
        x, y = extents or (float(width), float(height))
        return self._table(width, size[0], x), self._table(height, size[1], y)

    def _table(self, inputs: int, outputs: int, extent: float | None = None) -> int:
        extent = float(inputs) if extent is None else extent
        return self._kept(("axis", inputs, outputs, extent), lambda: resample_table(inputs, outputs, extent))

    def _kept(self, key: tuple[Any, ...], make: Callable[[], NDArray[Any]]) -> int:
        """The address of a table that stays on the device; the one unused for longest makes room."""
        if key not in self._tables:
            if len(self._tables) == TABLES:
                self._tables.popitem(last=False)[1].free()
            table = make()
            self._tables[key] = self._cuda.mem_alloc(table.nbytes)
            self._cuda.memcpy_htod_async(self._tables[key], table, self._stream)
        self._tables.move_to_end(key)
        return int(self._tables[key])


def _blocks(pixels: int, each: int) -> int:
    return -(-pixels // each)


def _round_up(pixels: int, multiple: int) -> int:
    return -(-pixels // multiple) * multiple
