"""Line art as the network needs it: its pixels, how they lie in the network's input, and that input."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .backend import Shader
from .composition import Composition, Lines
from .hints.kinship import SIDE, Kinship
from .imaging.arrays import host_array
from .imaging.compose import Enlarger, find_ways
from .imaging.drawing import DIM, Drawing, analyze
from .imaging.geometry import MULTIPLE, Geometry
from .imaging.images import ImageSource, load_line_art
from .imaging.packed import Packed, as_bytes
from .imaging.preprocess import line_art_tensor
from .imaging.regions import Regions, find_regions
from .look import Look
from .painting import choose_lines


@dataclass(frozen=True)
class Sheet:
    """One line art, ready for the network. Belongs to one thread at a time.

    Attributes:
        line_art: uint8 H,W or H,W,3 at its full size.
        geometry: How it lies in the network's input.
    """

    line_art: NDArray[np.uint8]
    geometry: Geometry
    _last: dict[str, Any] = field(default_factory=dict, repr=False)  # what was found last, with what it depends on

    @classmethod
    def load(
        cls,
        source: ImageSource,
        size: int,
        least: tuple[int, int] = (MULTIPLE, MULTIPLE),
        most: tuple[int, int] | None = None,
    ) -> "Sheet":
        """Decode line art, and settle its working size, whose long side is at most `size` pixels.

        Args:
            source: See `images.load_line_art`; or an array of another library in host memory.
            size: Most pixels of the long side in the network.
            least: (width, height) of the network's input, at least.
            most: The same, at most, for strips (see `Geometry.fit`).
        """
        array = None if isinstance(source, Image.Image | str | bytes) else host_array(source)
        line_art = load_line_art(source if array is None else array)
        return cls(line_art, Geometry.fit(line_art.shape[1], line_art.shape[0], size, least, most))

    @cached_property
    def drawing(self) -> Drawing:
        """Its paper and lines."""
        return analyze(self.line_art)

    @cached_property
    def regions(self) -> Regions:
        """The regions that its lines part."""
        return find_regions(self.drawing)

    @cached_property
    def enlarger(self) -> Enlarger:
        """The way from the working size to its own."""
        return find_ways(self.regions, self.geometry)

    @cached_property
    def tensor(self) -> NDArray[np.float32]:
        """The network's input: float32 1,1,H,W, `readable` scaled and padded."""
        return line_art_tensor(self.readable, self.geometry)

    def find_shadows(self, shader: Shader, flats: Packed, mirrored: bool = False) -> NDArray[np.uint8]:
        """uint8 h,w of the working size: 255 in full shadow.

        Args:
            shader: The shade network.
            flats: uint32 h,w of the working size.
            mirrored: Show it all mirrored, and mirror what it finds: it knows light from the left alone.
        """
        tensor, changed = self._show(flats)
        last = self._last.get("shadows")
        if changed or last is None or last[:2] != (shader, mirrored):
            self._last.pop("shadows", None)  # until they are found
            height, width = flats.shape
            line_art = self.tensor
            if mirrored:
                line_art, tensor = (np.ascontiguousarray(array[..., ::-1]) for array in (line_art, tensor))
            found = shader.find_shadows(line_art, tensor)[0]
            if mirrored:
                found = np.ascontiguousarray(found[:, ::-1])
            last = self._last["shadows"] = shader, mirrored, found[:height, :width]
        shadows: NDArray[np.uint8] = last[2]
        return shadows

    def _show(self, flats: Packed) -> tuple[NDArray[np.float32], bool]:
        """Flats as the shade network reads them, float32 1,3,H,W, and whether they are others than the last."""
        tensor, known = self._last.get("flats", (None, None))
        if tensor is None:  # what pads them is white
            tensor = np.ones((1, 3, *self.tensor.shape[2:]), np.float32)
        rows = np.arange(len(flats)) if known is None else np.flatnonzero((flats != known).any(1))
        if rows.size:
            where = np.s_[rows[0] : rows[-1] + 1, : flats.shape[1]]
            for band, levels in zip(tensor[0], cv2.split(as_bytes(flats[where])), strict=False):
                part = band[where]
                part[:] = levels
                part /= np.float32(127.5)
                part -= 1
            self._last["flats"] = tensor, flats
        return tensor, bool(rows.size)

    def find_kinship(self, shader: Shader) -> Kinship | None:
        """What its regions are, where the model has a network for that."""
        if self._last.get("kinship", (None,))[0] is not shader:
            height, width = self.line_art.shape[:2]
            geometry = Geometry.fit(width, height, SIDE)
            features = shader.find_kinship(line_art_tensor(self.readable, geometry))
            found = None if features is None else Kinship.of(features[0], self.regions, geometry)
            self._last["kinship"] = shader, found
        kinship: Kinship | None = self._last["kinship"][1]
        return kinship

    def start_composition(self) -> Composition:
        """A picture of its size, to be composed."""
        return Composition(self.enlarger, self.regions.factor, (self.geometry.width, self.geometry.height))

    def choose_lines(self, look: Look) -> Lines | None:
        """The lines over the colors of a look: the same object for the same lines."""
        key = look.lines, look.clean_paper
        if self._last.get("lines", (None,))[0] != key:
            self._last["lines"] = key, choose_lines(self.line_art, self.drawing, look)
        lines: Lines | None = self._last["lines"][1]
        return lines

    @property
    def is_plain(self) -> bool:
        """Whether the network reads it as it is: its lines are dark, its paper is nearly white."""
        return not self.drawing.inverted and self.drawing.sheet >= DIM

    @cached_property
    def readable(self) -> NDArray[np.uint8]:
        """Pixels that the network reads: dark lines on white paper, uint8 of the line art's shape."""
        return self.line_art if self.is_plain else self.drawing.clean(self.line_art)
