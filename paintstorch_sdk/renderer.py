"""Around the network: from sheets and hints to pictures, on the host, or on the GPU that the network runs on.

On a GPU uint8 goes in and uint8 comes out; between them nothing is on the host.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .backend import Backend, Encoded
from .errors import InputError
from .gpu.arrays import DeviceArray, OnDevice
from .gpu.lanes import EncodedOnGpu, GpuBackend, Lane
from .hints.model import Hints, Stroke, draw_strokes
from .imaging.geometry import HINT_STEP, Geometry
from .imaging.images import ImageSource
from .imaging.postprocess import Lines, color_image
from .sheet import Sheet, SheetOnGpu, is_on_gpu

LEGACY = 1  # handle of CUDA's legacy default stream


class Renderer(ABC):
    """What is done before and after the network. Safe to use from several threads.

    Args:
        backend: Runs the network.
        reach: How far hints are spread, in the network's pixels (see `spread`); 0 is not at all.
    """

    def __init__(self, backend: Backend, reach: int) -> None:
        self.backend, self.reach = backend, reach

    @abstractmethod
    def sheet(self, source: ImageSource | OnDevice, size: int, stream: int | None = None) -> Any:
        """Line art, read, at a working size (see `Sheet.load`); `stream` as in `GpuRenderer.paint_into`."""

    @abstractmethod
    def draw(self, hints: Hints, geometry: Geometry) -> Any:
        """Hints on line art; frames of one geometry may share it.

        Raises:
            HintError: They do not fit the line art.
        """

    @abstractmethod
    def add(self, drawn: Any, strokes: Sequence[Stroke], geometry: Geometry) -> Any:
        """What was drawn, with strokes over it; what was given may have changed."""

    @abstractmethod
    def prepare_hints(self, sheet: Any, drawn: Any) -> Any:
        """Hints as `paint` takes them, from what `draw` returned."""

    @abstractmethod
    def encode(self, sheets: Sequence[Any]) -> Any:
        """Run the line encoder on sheets of one padded size."""

    @abstractmethod
    def paint(self, encoded: Any, sheets: Sequence[Any], prepared: Sequence[Any], lines: Lines) -> Sequence[Any]:
        """Run the painter on what was encoded."""

    @abstractmethod
    def picture(self, sheet: Any, painted: Any, lines: Lines) -> Image.Image:
        """One of the painted as a picture of the line art's size."""


class HostRenderer(Renderer):
    """With Pillow and NumPy, for any backend."""

    def sheet(self, source: ImageSource | OnDevice, size: int, stream: int | None = None) -> Sheet:
        if is_on_gpu(source):
            raise InputError(
                f"line art in GPU memory: expected a backend on that GPU (TensorRT, ONNX Runtime on CUDA), received "
                f"{self.backend.name} on {self.backend.device}; copy it to the host for this one"
            )
        sheet = Sheet.load(cast(ImageSource, source), size, self.backend.min_input_size)
        sheet.tensor  # noqa: B018 (scaled here, in the thread that decodes)
        return sheet

    def draw(self, hints: Hints, geometry: Geometry) -> NDArray[np.float32]:
        return hints.rasterize(geometry)

    def add(self, drawn: NDArray[np.float32], strokes: Sequence[Stroke], geometry: Geometry) -> NDArray[np.float32]:
        draw_strokes(drawn, strokes, geometry.to_hint_map)
        return drawn

    def prepare_hints(self, sheet: Sheet, drawn: NDArray[np.float32]) -> NDArray[np.float32]:
        return sheet.spread(drawn, self.reach)

    def encode(self, sheets: Sequence[Sheet]) -> Encoded:
        return self.backend.encode(np.concatenate([sheet.tensor for sheet in sheets]))

    def paint(
        self, encoded: Encoded, sheets: Sequence[Sheet], prepared: Sequence[NDArray[np.float32]], lines: Lines
    ) -> Sequence[NDArray[np.float32]]:
        return [*encoded.backend.paint(encoded, np.stack(prepared))]

    def picture(self, sheet: Sheet, painted: NDArray[np.float32], lines: Lines) -> Image.Image:
        return color_image(painted, sheet.geometry, sheet.line_art, lines)


@dataclass(frozen=True)
class Drawing:
    """Encoded line art.

    Attributes:
        encoded: What the painter reads of it.
        line_art: Its pixels on the GPU, which the picture's lines are multiplied from.
        walls: What keeps colors from flowing on it; None where hints are not spread.
    """

    encoded: EncodedOnGpu
    line_art: tuple[DeviceArray, ...]
    walls: DeviceArray | None


class GpuRenderer(Renderer):
    """With the kernels, in the lane that the network runs in."""

    backend: GpuBackend

    def sheet(self, source: ImageSource | OnDevice, size: int, stream: int | None = None) -> Sheet | SheetOnGpu:
        if not is_on_gpu(source):
            return Sheet.load(cast(ImageSource, source), size, self.backend.min_input_size)
        return SheetOnGpu.borrow(cast(OnDevice, source), size, self.backend.min_input_size, stream or LEGACY)

    def draw(self, hints: Hints, geometry: Geometry) -> Hints:
        hints.check(geometry)
        return hints

    def add(self, drawn: Hints, strokes: Sequence[Stroke], geometry: Geometry) -> Hints:
        return drawn.add(*strokes)

    def prepare_hints(self, sheet: Sheet | SheetOnGpu, drawn: Hints) -> Hints:
        return drawn

    def encode(self, sheets: Sequence[Sheet | SheetOnGpu], stream: int | None = None) -> Drawing:
        """See `Renderer`.

        Args:
            sheets: Of one padded size.
            stream: Handle of the stream on which what lies on the GPU was made; None waits for all streams.
        """
        first = sheets[0].geometry
        with self.backend.lane() as lane:
            if any(isinstance(sheet, SheetOnGpu) for sheet in sheets):
                self._wait_for(lane, stream)
            shape = (len(sheets), 1, first.padded[1], first.padded[0])
            self.backend.check_size(shape)
            tensor = lane.pool.array(shape, self.backend.types["line_art"])
            pictures: list[DeviceArray] = []
            for index, sheet in enumerate(sheets):
                pictures.append(self._to_device(lane, f"line art {index}", sheet.line_art))
                lane.kernels.pack_line_art(pictures[-1], sheet.geometry, tensor.part(index))
            walls = None
            if self.reach:
                walls = lane.pool.array((len(sheets), *lane.kernels.walls_shape(first)), np.uint32)
                lane.kernels.find_walls(tensor, [sheet.geometry for sheet in sheets], walls)
            return Drawing(self.backend.encode_on(lane, tensor), tuple(pictures), walls)

    def paint(
        self,
        encoded: Drawing,
        sheets: Sequence[Sheet | SheetOnGpu],
        prepared: Sequence[Hints],
        lines: Lines,
    ) -> Sequence[NDArray[np.uint8]]:
        with self.backend.lane(encoded.encoded) as lane:
            color = self._color(lane, encoded, sheets, prepared)
            painted = []
            for index, sheet in enumerate(sheets):
                height, width = sheet.geometry.height, sheet.geometry.width
                out = lane.pool.array((height, width, 3), np.uint8)
                lane.kernels.unpack_color(color.part(index), sheet.geometry, encoded.line_art[index], out, lines)
                painted.append(out)
            return [lane.download(out) for out in painted]

    def paint_into(
        self,
        encoded: Drawing,
        sheet: Sheet | SheetOnGpu,
        prepared: Hints,
        lines: Lines,
        out: OnDevice | None,
        stream: int | None,
    ) -> DeviceArray:
        """Paint one picture into the memory of the GPU.

        Args:
            encoded: Of one sheet.
            sheet: That sheet.
            prepared: Its hints.
            lines: See `postprocess`.
            out: uint8 H,W,3 of the line art's size; None makes one.
            stream: Handle of the caller's stream: work that it was given before comes before, work that it is given
                afterwards comes after, and nothing waits on the host. None waits until the picture is there.
        """
        height, width = sheet.geometry.height, sheet.geometry.width
        with self.backend.lane(encoded.encoded) as lane:
            self._wait_for(lane, stream)
            target = lane.pool.array((height, width, 3), np.uint8) if out is None else self._to_device(lane, "out", out)
            color = self._color(lane, encoded, [sheet], [prepared])
            lane.kernels.unpack_color(color, sheet.geometry, encoded.line_art[0], target, lines)
            if stream is None:
                lane.synchronize()
                return DeviceArray(target.address, target.shape, target.dtype, target, strides=target.strides)
            order = lane.order()
            order.after(lane.handle, stream)
            return DeviceArray(
                target.address,
                target.shape,
                target.dtype,
                target,
                strides=target.strides,
                stream=stream,
                order=lambda then: order.after(stream, then),
            )

    def picture(self, sheet: Sheet | SheetOnGpu, painted: NDArray[np.uint8], lines: Lines) -> Image.Image:
        return Image.fromarray(painted)

    def _color(
        self, lane: Lane, drawing: Drawing, sheets: Sequence[Sheet | SheetOnGpu], prepared: Sequence[Hints]
    ) -> DeviceArray:
        hints = self.backend.hint_map(lane, drawing.encoded.shape)
        walls = drawing.walls if any(one.strokes or one.layer is not None for one in prepared) else None
        drawn = hints if walls is None else lane.pool.array(hints.shape, np.float32)
        for index, (sheet, one) in enumerate(zip(sheets, prepared, strict=True)):
            layer = None if one.layer is None else self._to_device(lane, f"layer {index}", one.layer)
            lane.kernels.pack_hints(layer, one.strokes, sheet.geometry, drawn.part(index))
        if walls is not None:
            lane.kernels.spread(drawn, walls, self.reach // HINT_STEP, hints)
        return self.backend.paint_on(drawing.encoded, hints)

    def _to_device(self, lane: Lane, name: str, array: Any) -> DeviceArray:
        """An array on the GPU: uploaded, or borrowed from another library once its stream is done with it."""
        return lane.upload(name, array) if isinstance(array, np.ndarray) else lane.borrow(array)

    def _wait_for(self, lane: Lane, stream: int | None) -> None:
        if stream is None:
            lane.gpu.cuda.Context.synchronize()
        else:
            lane.order().after(stream, lane.handle)


def make_renderer(backend: Backend, reach: int) -> Renderer:
    """The renderer for a backend: on its GPU where it keeps everything there, else on the host."""
    return (GpuRenderer if isinstance(backend, GpuBackend) else HostRenderer)(backend, reach)
