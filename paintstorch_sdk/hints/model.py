"""Color hints: strokes, or a layer painted by the user, and the hint map that the network reads."""

import json
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from ..arguments import checked
from ..errors import HintError, PaintsTorchWarning
from ..files import read_at_most
from ..imaging.arrays import OnDevice, borrowed_shape, host_array, on_device
from ..imaging.geometry import HINT_STEP, Geometry
from ..imaging.images import ImageSource, load_layer, name_of
from ..imaging.scaling import scaled
from . import raster as strokes
from .flattened import drop_line_art, is_opaque, lift_strokes
from .sketch import sketch_stroke, unmultiply

JSON_VERSION = 1
MAX_STROKES = 100_000
MAX_POINTS = 100_000  # of all strokes together
MAX_WORK = 2**28  # pixels of a map whose distance from a waypoint's segment is computed, over all strokes
MAX_JSON_BYTES = 16 * 2**20
MAX_COORDINATE = 1e6  # pixels: strokes may begin and end outside the picture
MAX_WIDTH = 1e5  # pixels

Color: TypeAlias = str | tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of a round brush, in pixels of the line art.

    Attributes:
        points: x and y of the waypoints, any sequence of pairs, kept as a tuple; (0, 0) is the picture's top left
            corner. One point is a dot.
        color: A CSS color ("#e8a0b4", "navy"), or red, green, blue in 0..255.
        width: Diameter of the brush, pixels.

    Raises:
        HintError: No points, points or a width that are not numbers in range, an unknown color.
    """

    points: Sequence[tuple[float, float]]
    color: Color = field(compare=False)
    width: float = 8.0
    rgb: tuple[int, int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        try:
            points = tuple((x, y) for x, y in self.points)
        except (TypeError, ValueError):
            points = ()
        if not points or not all(_is_number(v) and abs(v) <= MAX_COORDINATE for pair in points for v in pair):
            raise HintError(
                f"points: expected at least one x,y pair of numbers up to {MAX_COORDINATE:,.0f}, "
                f"received {_short(self.points)}"
            )
        if not _is_number(self.width) or not 0.0 < self.width < MAX_WIDTH:
            raise HintError(f"width: expected over 0 and under {MAX_WIDTH:,.0f} pixels, received {_short(self.width)}")
        object.__setattr__(self, "points", tuple((float(x), float(y)) for x, y in points))
        object.__setattr__(self, "width", float(self.width))
        object.__setattr__(self, "rgb", parse_color(self.color))

    def meets(self, width: int, height: int) -> bool:
        """Whether any of it may lie in a picture of a size."""
        if 0 <= self.points[0][0] <= width and 0 <= self.points[0][1] <= height:  # as of most
            return True
        radius, (x, y) = self.width / 2, zip(*self.points, strict=True)
        inside = max(x) + radius > 0 and max(y) + radius > 0 and min(x) - radius < width and min(y) - radius < height
        return bool(inside)


def parse_color(color: Color) -> tuple[int, int, int]:
    """Red, green, blue in 0..255 of a CSS color or a triple.

    Raises:
        HintError: Neither, or a color that is not opaque.
    """
    if isinstance(color, str):
        try:
            channels: Any = ImageColor.getrgb(color)
        except ValueError as error:
            raise HintError(f"color: expected #rrggbb or a CSS name, received {_short(color)}") from error
        if channels[3:] == (255,):
            channels = channels[:3]
    else:
        channels = color
    try:
        red, green, blue = channels
    except (TypeError, ValueError):
        red = green = blue = None
    if not all(_is_number(c) and 0 <= c <= 255 and c == int(c) for c in (red, green, blue)):
        raise HintError(
            f"color: expected an opaque color: #rrggbb, a CSS name, or red, green, blue as integers in 0..255, "
            f"received {_short(color)}"
        )
    return int(red), int(green), int(blue)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _short(value: object) -> str:
    return " ".join(repr(value).split())[:60]


@dataclass(frozen=True, eq=False)
class Hints:
    """The hints for one line art; a value, so adding makes new ones.

    Attributes:
        strokes: Painted in their order, over the layer.
        layer: uint8 H,W,4 RGBA of any size with the line art's aspect ratio; an array, or, for backends on a GPU, one
            in its memory; or None.
        name: Where they came from, for messages.
        flattened: Whether the layer was lifted from an opaque picture, which may hold the line art, too.
    """

    strokes: tuple[Stroke, ...] = ()
    layer: NDArray[np.uint8] | OnDevice | None = None
    name: str = "hints"
    flattened: bool = False

    def __post_init__(self) -> None:
        strokes = self.strokes
        if not isinstance(strokes, tuple) or not all(isinstance(stroke, Stroke) for stroke in strokes):
            raise HintError(f"strokes: expected a tuple of Stroke, received {_short(strokes)}")
        if len(strokes) > MAX_STROKES:
            raise HintError(f"{self.name}: expected at most {MAX_STROKES} strokes, received {len(strokes)}")
        points = sum(len(stroke.points) for stroke in strokes)
        if points > MAX_POINTS:
            raise HintError(f"{self.name}: expected at most {MAX_POINTS} points in all strokes, received {points}")

    @classmethod
    def of(cls, source: "HintSource") -> "Hints":
        """Hints of anything that means hints.

        Args:
            source: Hints, one or several strokes, a JSON file or its parsed content, a picture in any form that
                `images` reads (transparent where there is no hint, or opaque: see `flattened`), or None for no hints.

        Raises:
            HintError: It is none of these, or damaged.
            ImageError: A picture that cannot be read.
        """
        if source is None:
            return cls()
        if isinstance(source, Hints):
            return source
        if isinstance(source, Stroke):
            return cls((source,))
        if isinstance(source, Mapping):
            return cls._from_json(source, "hints")
        if isinstance(source, str | os.PathLike) and Path(source).suffix.lower() == ".json":
            return cls._from_file(Path(source))
        if not isinstance(source, str | os.PathLike | bytes | Image.Image | np.ndarray | tuple | list):
            if on_device(source):
                return cls(layer=cast(OnDevice, source), name="hints in GPU memory")
            if (array := host_array(source)) is not None:  # of another library
                return cls._of_picture(array)
        if isinstance(source, str | os.PathLike | bytes | Image.Image | np.ndarray) or hasattr(source, "read"):
            return cls._of_picture(cast(ImageSource, source))
        if isinstance(source, Iterable):
            items = tuple(source)
            if all(isinstance(item, Stroke) for item in items):
                return cls(items)
        raise HintError(f"hints: expected strokes, a JSON file or a picture, received {_short(source)}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hints):
            return NotImplemented
        same = self.layer is other.layer or (
            isinstance(self.layer, np.ndarray)
            and isinstance(other.layer, np.ndarray)
            and np.array_equal(self.layer, other.layer)
        )
        return same and self.strokes == other.strokes

    __hash__ = None  # type: ignore[assignment]

    @checked
    def add(self, *new: Stroke) -> "Hints":
        """These hints with more strokes on top."""
        return self.replace((*self.strokes, *new))

    def replace(self, strokes: "tuple[Stroke, ...]") -> "Hints":
        """These hints with other strokes on the same layer."""
        return replace(self, strokes=strokes)

    def on(self, line_art: NDArray[np.uint8]) -> "Hints":
        """These hints on a line art: of a flattened picture, without what is the line art itself.

        Args:
            line_art: uint8 H,W or H,W,3.

        Raises:
            HintError: The layer's aspect ratio is not the line art's.
        """
        if not self.flattened or not isinstance(self.layer, np.ndarray):
            return self
        self._check_aspect(line_art.shape[1], line_art.shape[0])
        return replace(self, layer=drop_line_art(self.layer, line_art))

    def check(self, geometry: Geometry) -> None:
        """Raise HintError unless they fit line art."""
        if self.layer is not None:
            self._check_aspect(geometry.width, geometry.height)

    def follow(self, before: "Hints") -> bool:
        """Whether they are other hints with strokes on top, or the same."""
        return self.layer is before.layer and self.strokes[: len(before.strokes)] == before.strokes

    def rasterize(
        self, geometry: Geometry, before: "tuple[Hints, NDArray[np.float32]] | None" = None
    ) -> NDArray[np.float32]:
        """The hint map of these hints on a line art.

        Args:
            geometry: Where the line art lies in the network's input.
            before: Hints that these follow, and their map: only what is new is drawn.

        Returns:
            float32 4,H,W at a quarter of the padded working size (see `strokes`).

        Raises:
            HintError: The layer's aspect ratio is not the line art's.
        """
        hint_map = self._layer_map(geometry) if before is None else before[1].copy()
        known = 0 if before is None else len(before[0].strokes)
        draw_strokes(hint_map, self.strokes[known:], geometry.to_hint_map)
        return hint_map

    @checked
    def draw(self, width: int, height: int) -> NDArray[np.uint8]:
        """The hints as an RGBA picture uint8 height,width,4 of the line art's size, to look at or to measure."""
        picture = np.zeros((height, width, 4), np.uint8)
        if self.layer is not None:
            self._check_aspect(width, height)
            layer = Image.fromarray(self.picture()).convert("RGBa")
            picture[:] = np.asarray(scaled(layer, (width, height), reducing_gap=2.0))
        for stroke in self.strokes:
            sketch_stroke(picture, np.array(stroke.points), stroke.rgb, stroke.width)
        return unmultiply(picture)

    def find_outside(self, width: int, height: int) -> list[int]:
        """The places of the strokes that lie outside a picture of a size."""
        return [number for number, stroke in enumerate(self.strokes) if not stroke.meets(width, height)]

    def warn_outside(self, width: int, height: int, first: int = 0) -> None:
        """Warn of strokes, from the `first` on, that lie outside a picture of a size."""
        outside = [number for number in self.find_outside(width, height) if number >= first]
        if outside:
            which = f"stroke {outside[0]} lies" if len(outside) == 1 else f"{len(outside)} strokes lie"
            warnings.warn(
                f"{self.name}: {which} outside the picture ({width} x {height} pixels) and had no effect",
                PaintsTorchWarning,
                stacklevel=2,
            )

    def to_json(self) -> str:
        """The strokes as a JSON document of version 1, in pixels of the line art (the layer is a picture)."""
        items = [{"points": s.points, "color": "#" + bytes(s.rgb).hex(), "width": s.width} for s in self.strokes]
        return json.dumps({"version": JSON_VERSION, "strokes": items})

    @classmethod
    def _of_picture(cls, source: ImageSource) -> "Hints":
        layer = load_layer(source)
        if is_opaque(layer):
            return cls(layer=lift_strokes(layer[..., :3]), name=name_of(source), flattened=True)
        return cls(layer=layer, name=name_of(source))

    @classmethod
    def _from_file(cls, path: Path) -> "Hints":
        try:
            # Editors on Windows write a BOM.
            document = json.loads(read_at_most(path, MAX_JSON_BYTES).decode("utf-8-sig"))
        except OSError as error:
            raise HintError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise HintError(f"{path}: not JSON: {error}") from error
        return cls._from_json(document, str(path))

    @classmethod
    def _from_json(cls, document: object, name: str) -> "Hints":
        expected = f'expected {{"version": {JSON_VERSION}, "strokes": [...]}}'
        if not isinstance(document, Mapping):
            raise HintError(f"{name}: {expected}, received {_short(document)}")
        version = document.get("version")
        if isinstance(version, bool) or version != JSON_VERSION:
            raise HintError(f"{name}: {expected}, received version {_short(version)}")
        if set(document) != {"version", "strokes"}:
            raise HintError(f"{name}: {expected}, received the keys {_short(list(document))}")
        items = document["strokes"]
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise HintError(f"{name}: expected strokes as a list of objects")
        made = []
        for index, item in enumerate(items):
            missing = {"points", "color"} - set(item)
            unknown = set(item) - {"points", "color", "width"}
            if missing or unknown:
                raise HintError(
                    f"{name}: stroke {index}: expected points, color and width, "
                    f"received {', '.join(map(str, item)) or 'nothing'}"
                )
            try:
                made.append(Stroke(item["points"], item["color"], item.get("width", 8.0)))
            except HintError as error:
                raise HintError(f"{name}: stroke {index}: {error}") from error
        return cls(tuple(made), name=name)

    def _layer_map(self, geometry: Geometry) -> NDArray[np.float32]:
        if self.layer is None:
            return strokes.empty_map(*geometry.hint_map)
        self._check_aspect(geometry.width, geometry.height)
        working = scaled(Image.fromarray(self.picture()).convert("RGBa"), geometry.working, reducing_gap=2.0)
        padded = Image.new("RGBa", geometry.padded)
        padded.paste(working, (0, 0))
        return _premultiplied_map(padded.reduce(HINT_STEP))

    def picture(self) -> NDArray[np.uint8]:
        """The layer in host memory, uint8 H,W,4.

        Raises:
            HintError: It lies on a GPU.
        """
        if not isinstance(self.layer, np.ndarray):
            raise HintError(
                f"{self.name}: expected a backend on that GPU (TensorRT, ONNX Runtime on CUDA); copy them to the host "
                f"for this one"
            )
        return self.layer

    def _check_aspect(self, width: int, height: int) -> None:
        assert self.layer is not None
        shape = self.layer.shape if isinstance(self.layer, np.ndarray) else borrowed_shape(self.layer)
        own_height, own_width = shape[:2]
        # A layer drawn on a scaled copy of the line art may be off by the rounding of one pixel.
        slack = 1.0 + 1.0 / min(own_width, own_height)
        if abs(own_width * height - own_height * width) > slack * max(width, height):
            raise HintError(
                f"{self.name}: expected hints with the line art's aspect ratio ({width} x {height}), received "
                f"{own_width} x {own_height}"
            )


HintSource: TypeAlias = Hints | Stroke | Iterable[Stroke] | Mapping[str, Any] | ImageSource | OnDevice | None


def draw_strokes(hint_map: NDArray[np.float32], new: Iterable[Stroke], scale: tuple[float, float]) -> None:
    """Paint strokes over a hint map, in place.

    Args:
        hint_map: float32 4,H,W (see `strokes`).
        new: Strokes in pixels of the line art, the last one on top.
        scale: x and y factors from line-art pixels to pixels of the map.

    Raises:
        HintError: They would take too long to draw: too many long or wide segments.
    """
    new, work = tuple(new), 0.0
    may_be_much = sum(len(stroke.points) for stroke in new) * hint_map[0].size > MAX_WORK
    for stroke in new if may_be_much else ():
        radius = 0.5 * stroke.width * (scale[0] * scale[1]) ** 0.5
        work += strokes.count_pixels(hint_map.shape[1:], np.multiply(stroke.points, scale), radius)
        if work > MAX_WORK:
            raise HintError(
                f"hints: expected strokes of at most {MAX_WORK:,} pixels in all, each segment counted as the box "
                f"around it; give fewer points to wide and long strokes"
            )
    for stroke in new:
        color = np.asarray(stroke.rgb, np.float32) / np.float32(127.5) - np.float32(1.0)
        radius = 0.5 * stroke.width * (scale[0] * scale[1]) ** 0.5
        strokes.draw(hint_map, np.multiply(stroke.points, scale), color, radius)


def _premultiplied_map(image: Image.Image) -> NDArray[np.float32]:
    """float32 4,H,W of a premultiplied RGBa picture: color * mask with color in [-1, 1], and the mask."""
    scaled = np.asarray(image).transpose(2, 0, 1).astype(np.float32) / np.float32(255.0)
    scaled[:3] = 2.0 * scaled[:3] - scaled[3]
    return scaled
