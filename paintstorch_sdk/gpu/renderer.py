"""The renderer of backends on a GPU.

The network runs in device memory, from the line art's bytes on. Regions, votes and the finish are the host's: they need
the picture that the network painted, which is small, and OpenCV. A look that needs none of them (`style="soft"` without
exact colors and without flow) is made by the kernels alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.kernels.arrays import picture

from ..backend import Encoded
from ..hints.model import Hints, HintSource
from ..imaging.arrays import OnDevice, on_device
from ..imaging.images import ImageSource, load_layer
from ..look import Look
from ..renderer import Renderer, Target
from ..sheet import Sheet
from .arrays import DeviceArray
from .device import handle
from .lanes import EncodedOnGpu, GpuBackend, Lane


class GpuRenderer(Renderer):
    """See `Renderer`; line art, hints and pictures may lie in the memory of the backend's GPU as well."""

    backend: GpuBackend

    def load_sheet(self, source: ImageSource | OnDevice | Sheet, size: int, stream: Any = None) -> Sheet:
        if on_device(source):
            source = self._fetch("line art in GPU memory", cast(OnDevice, source), (1, 3), stream)
        return super().load_sheet(source, size)

    def load_hints(self, source: HintSource, sheet: Sheet, stream: Any = None, first: int = 0) -> Hints:
        hints = Hints.of(source)
        if hints.layer is not None and not isinstance(hints.layer, np.ndarray):
            hints.check(sheet.geometry)
            layer = self._fetch(hints.name, hints.layer, (4,), stream)
            hints = replace(hints, layer=load_layer(layer))
        return super().load_hints(hints, sheet, first=first)

    def prepare_sheet(self, sheet: Sheet) -> None:
        sheet.readable, sheet.enlarger  # noqa: B018 (the kernels scale it)

    def encode(self, sheets: Sequence[Sheet]) -> EncodedOnGpu:
        width, height = sheets[0].geometry.padded
        shape = (len(sheets), 1, height, width)
        with self.backend.lane() as lane:
            self.backend.check_size(shape)
            tensor = lane.pool.array(shape, self.backend.types["line_art"])
            for index, sheet in enumerate(sheets):
                pixels = lane.upload(f"line art {index}", sheet.readable)
                lane.kernels.pack_line_art(pixels, sheet.geometry, tensor.part(index))
            return self.backend.encode_on(lane, tensor)

    def render_on_device(
        self, encode: Callable[[], Encoded], sheet: Sheet, hints: Hints, look: Look, target: Target
    ) -> Any | None:
        if not self._is_for_kernels(sheet, look):
            return None
        encoded = encode()
        assert isinstance(encoded, EncodedOnGpu)
        with self.backend.lane(encoded) as lane:
            place = self._take_place(lane, sheet.line_art.shape[:2], target)
            hint_map = self.backend.hint_map(lane, encoded.shape)
            layer = None if hints.layer is None else lane.upload("layer", hints.picture())
            lane.kernels.pack_hints(layer, hints.strokes, sheet.geometry, hint_map)
            color = self.backend.paint_on(encoded, hint_map)
            line_art = None if look.lines == "none" else lane.upload("line art 0", sheet.line_art)
            lane.kernels.unpack_color(color, sheet.geometry, line_art, place)
            if target.on_gpu:
                return _hand_over(lane, place, target)
            pixels = lane.download(place)
        return super().deliver(pixels, target)

    def deliver(self, pixels: NDArray[np.uint8], target: Target) -> Any:
        if not target.on_gpu:
            return super().deliver(pixels, target)
        with self.backend.lane() as lane:
            place = self._take_place(lane, pixels.shape[:2], target)
            return _hand_over(lane, lane.upload("picture", pixels, place), target)

    def _is_for_kernels(self, sheet: Sheet, look: Look) -> bool:
        """Whether a look needs nothing that only the host can do."""
        alone = look.style == "soft" and not look.exact and not look.clean_paper and not self.confidence
        return alone and sheet.is_plain and (look.lines != "ink" or sheet.drawing.trace is None)

    def _take_place(self, lane: Lane, size: tuple[int, ...], target: Target) -> DeviceArray:
        """Where a picture of (height, width) is written: `target.out` on the GPU, or new memory there."""
        if not target.on_gpu:
            return lane.pool.array((*size, 3), np.uint8)
        _wait(lane, target.stream)
        if target.out is None:
            return lane.pictures.array((*size, 3), np.uint8)
        place = lane.borrow(target.out)
        picture("out", place, (size[1], size[0]), channels=(3,))
        return place

    def _fetch(self, name: str, source: OnDevice, channels: tuple[int, ...], stream: Any) -> NDArray[np.uint8]:
        """A copy in host memory of a picture in that of the GPU, after what `stream` was given.

        Raises:
            InputError: It is no picture uint8 of as many channels.
        """
        with self.backend.lane() as lane:
            _wait(lane, stream)
            lent = lane.borrow(source)
            picture(name, lent, None, channels)
            pixels = lane.download(lent)
        return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels


def _wait(lane: Lane, stream: Any) -> None:
    """Make a lane wait for a caller's stream, or, where none is named, the host for all of the GPU."""
    if stream is None:
        lane.gpu.cuda.Context.synchronize()
    else:
        lane.order().after(handle(stream), lane.handle)


def _hand_over(lane: Lane, place: DeviceArray, target: Target) -> Any:
    """`target.out`, or the picture in new memory: in the order of the caller's stream, or ready."""
    if target.stream is None:
        lane.synchronize()
        return place if target.out is None else target.out
    stream, order = handle(target.stream), lane.order()
    order.after(lane.handle, stream)
    if target.out is not None:
        return target.out
    return DeviceArray(
        place.address,
        place.shape,
        place.dtype,
        place,
        stream=stream,
        order=lambda then: order.after(stream, then),
    )
