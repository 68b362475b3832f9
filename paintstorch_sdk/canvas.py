"""One line art, read once, and the hints on it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Unpack, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arguments import checked
from .backend import Encoded, Shader
from .composition import Composition
from .errors import HintError, InputError
from .hints.explain import Region
from .hints.model import Hints, HintSource, Stroke
from .imaging.arrays import OnDevice, on_device
from .imaging.images import ImageSource
from .layers.stack import Layer, stack_layers
from .look import Look, LookOptions
from .painting import Prepared
from .renderer import Colored, Painted, Renderer, Target


class Canvas:
    """One line art, read once, and the hints on it. Belongs to one thread at a time.

    Made by `Colorizer.canvas`. What depends on the lines alone is computed once, when it is first needed.

    Args:
        renderer: What is around the network.
        line_art: See `Colorizer.colorize`.
        hints: The same.
        size: Working size of the network, pixels of the long side.
        stream: Stream on which line art in GPU memory was made.
        shader: Finds the shadows, where the model has a network for that.
    """

    def __init__(
        self,
        renderer: Renderer,
        line_art: ImageSource | OnDevice,
        hints: HintSource,
        size: int,
        stream: Any = None,
        shader: Shader | None = None,
    ) -> None:
        self._renderer, self._shader = renderer, shader
        self._on_gpu = on_device(line_art)
        self._sheet = renderer.load_sheet(line_art, size, stream)
        self._hints = renderer.load_hints(hints, self._sheet, stream)
        self._made: list[Prepared] = []  # of the last hints, and of those before
        self._painted: list[tuple[NDArray[np.float32], Painted]] = []  # of the last hint maps
        self._composition: Composition | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        raise InputError("a Canvas cannot be pickled: pickle its Colorizer, the line art and the hints instead")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the line art and of the picture, pixels."""
        return self._sheet.geometry.width, self._sheet.geometry.height

    @property
    def report(self) -> tuple[str, ...]:
        """Findings on the line art that its user should know, a sentence each."""
        return self._sheet.drawing.report

    @property
    def labels(self) -> NDArray[np.int32]:
        """int32 H,W: the number of the region of each pixel; of drawings over 9 megapixels a reduced map."""
        return self._sheet.regions.labels

    @property
    def regions(self) -> Sequence[Region]:
        """The regions of the drawing under the present hints: color, area, and why they have that color by default."""
        return self._color(Look()).regions

    @property
    def hints(self) -> Hints:
        """The hints so far; assign to replace them."""
        return self._hints

    @hints.setter
    def hints(self, hints: HintSource) -> None:
        self._hints = self._renderer.load_hints(hints, self._sheet)

    @checked
    def add(self, *strokes: Stroke) -> None:
        """Paint strokes over the hints."""
        known = len(self._hints.strokes)
        self._hints = self._renderer.load_hints(self._hints.add(*strokes), self._sheet, first=known)

    @checked
    def remove(self, stroke: Stroke) -> None:
        """Take a stroke back; of several equal ones the last.

        Raises:
            HintError: It is not on the canvas.
        """
        strokes = self._hints.strokes
        for index in range(len(strokes) - 1, -1, -1):
            if strokes[index] is stroke or strokes[index] == stroke:
                self._hints = self._hints.replace(strokes[:index] + strokes[index + 1 :])
                return
        raise HintError(f"remove: expected one of the canvas's {len(strokes)} strokes, received {stroke!r:.80}")

    def undo(self) -> None:
        """Take the last stroke back; without strokes, nothing happens."""
        self._hints = self._hints.replace(self._hints.strokes[:-1])

    @overload
    def render(self, *, out: None = None, stream: None = None, **look: Unpack[LookOptions]) -> Image.Image: ...
    @overload
    def render(self, *, out: Any = None, stream: Any = None, **look: Unpack[LookOptions]) -> Any: ...
    def render(self, *, out: Any = None, stream: Any = None, **look: Unpack[LookOptions]) -> Any:
        """The picture under the present hints.

        Args:
            out: Array uint8 H,W,3 of the line art's size, to be overwritten: NumPy's or of another library (torch,
                CuPy, PyCUDA), in host memory or on the backend's GPU. None makes a new picture.
            stream: Stream of torch, CuPy or PyCUDA, or its handle: the picture is there in its order. Only for
                pictures on a GPU; None waits until the picture is there.
            **look: Style and finish, see `Look`.

        Returns:
            `out`; without it an RGB image of the line art's size, or, where the line art is on a GPU, a
            `DeviceArray` there, which torch.as_tensor, torch.from_dlpack and cupy.asarray take without a copy.

        Raises:
            InputError: `out` has another shape or type, or lies where the backend cannot write.
        """
        self._renderer.backend.check_open()
        finish, target = Look(**look), Target(out, stream, self._on_gpu if out is None else on_device(out))
        made = self._renderer.render_on_device(lambda: self._encoded, self._sheet, self._hints, finish, target)
        if made is not None:
            return made
        self._composition = self._composition or self._sheet.start_composition()
        colored = self._color(finish, self._composition)
        if out is None and stream is None and not target.on_gpu:
            return colored.picture
        return self._renderer.deliver(colored.pixels, target)

    def layers(self, *, masks: bool = False, **look: Unpack[LookOptions]) -> list[Layer]:
        """The picture in layers, from above: lines, trace lines, strokes, colors and flats (see `stack_layers`)."""
        return stack_layers(self._color(Look(**look)), masks)

    @property
    def _prepared(self) -> Prepared:
        if not self._made or self._made[-1].hints != self._hints:
            followed = [one for one in self._made if self._hints.follow(one.hints)]
            if followed and followed[-1].hints == self._hints:  # as before the last stroke
                made = followed.pop()
            else:
                before = [*self._made[-1:], *followed][-1:]
                made = self._renderer.prepare_hints(self._sheet, self._hints, *before)
            self._made = [*followed[-1:], made]
        return self._made[-1]

    @cached_property
    def _encoded(self) -> Encoded:
        return self._renderer.encode([self._sheet])

    def _paint(self) -> Painted:
        hint_map = self._prepared.hint_map
        known = [painted for seen, painted in self._painted if seen is hint_map or np.array_equal(seen, hint_map)]
        if not known:
            known = [self._renderer.paint(self._encoded, [self._prepared])[0]]
            self._painted = [*self._painted[-1:], (hint_map, known[0])]
        return known[0]

    def _color(self, look: Look, composition: Composition | None = None) -> Colored:
        return Colored(self._sheet, self._hints, self._prepared, self._paint, look, self._shader, composition)
