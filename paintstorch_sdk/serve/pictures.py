"""Pictures and hints on their way in and out: what comes from clients is checked here, what goes to them encoded."""

import base64
import binascii
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import ImageError, InputError
from ..hints.model import Hints, Stroke
from ..imaging import drawing
from ..imaging.compose import lay_lines
from ..imaging.images import FORMATS, load_line_art, save
from ..imaging.png import encode_png
from ..layers import ora, psd
from ..layers.stack import Layer
from .errors import TooLargeError
from .schemas import DrawnStroke
from .settings import Limits

MEDIA_TYPES = {
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "ora": "image/openraster",
    "psd": "image/vnd.adobe.photoshop",
}
LAYERED = {"ora": ora.save_layers, "psd": psd.save_layers}
_PILLOW = {"png": "PNG", "webp": "WEBP", "jpg": "JPEG"}
# A pen's pressure changes the width as perfect-freehand draws it on the page: 0.4 to 1.6 of the brush.
THINNING = 0.6
_STEPS = 8  # widths that a stroke of a pen is cut into

LineArt = NDArray[np.uint8]


def strokes_of(drawn: DrawnStroke) -> tuple[Stroke, ...]:
    """A drawn stroke as the runtime's: one of the brush's width, or, of a pen with pressure, several.

    Raises:
        HintError: Its color is unknown.
    """
    if len(drawn.points[0]) == 2 or all(len(point) == 3 and point[2] == 0.5 for point in drawn.points):
        return (Stroke(tuple((point[0], point[1]) for point in drawn.points), drawn.color, drawn.width),)
    runs: list[tuple[int, list[tuple[float, float]]]] = []
    for point in drawn.points:
        step = round((point[2] if len(point) == 3 else 0.5) * _STEPS)
        place = (point[0], point[1])
        if not runs or runs[-1][0] != step:
            runs.append((step, [runs[-1][1][-1], place] if runs else [place]))
        else:
            runs[-1][1].append(place)
    return tuple(
        Stroke(tuple(points), drawn.color, drawn.width * (1.0 + THINNING * (2.0 * step / _STEPS - 1.0)))
        for step, points in runs
    )


def decode_base64(text: str, name: str) -> bytes:
    """The bytes of base64, with or without `data:...;base64,` before it.

    Raises:
        InputError: It is not base64.
    """
    head, comma, tail = text.partition(",")
    if comma and not (head.startswith("data:") and head.endswith(";base64")):
        raise InputError(f"{name}: expected base64 or data:image/png;base64,..., received {head[:40]!r}")
    try:
        data = base64.b64decode("".join((tail if comma else text).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{name}: expected a picture in base64: {error}") from error
    if not data:
        raise InputError(f"{name}: expected a picture in base64, received nothing")
    return data


def read_line_art(data: bytes, most_pixels: int) -> LineArt:
    """Line art from outside: uint8 H,W or H,W,3 on white paper.

    Raises:
        ImageError: Not a picture.
        TooLargeError: Over `most_pixels`.
    """
    check_pixels(data, most_pixels, "line art")
    return load_line_art(data)


def read_layer(data: bytes, most_pixels: int, line_art: LineArt) -> LineArt:
    """A layer of hints from outside: uint8 H,W,4, transparent where there is no hint.

    In an opaque picture, such as a copy of the line art that was painted on, hints are what differs from the line art.

    Raises:
        ImageError: Not a picture.
        HintError: It does not have the line art's aspect ratio.
        TooLargeError: Over `most_pixels`.
    """
    check_pixels(data, most_pixels, "layer")
    hints = Hints.of(data)
    check_layer(hints, line_art)
    return cast(LineArt, hints.on(line_art).layer)


def read_hints(document: Mapping[str, Any] | None, layer: LineArt | None = None) -> Hints:
    """Hints from a JSON document and a layer below it.

    Raises:
        HintError: It is not a hints document.
    """
    strokes = Hints.of(document).strokes if document is not None else ()
    return Hints(strokes, layer)


def check_pixels(data: bytes, most: int, name: str) -> None:
    """Raise TooLargeError where a picture's header claims more pixels than `most`, before any is decoded."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError(f"{name}: expected at most {most / 1e6:.0f} megapixels; scale it down") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: not a picture; expected one of {', '.join(FORMATS)}") from error
    except Exception as error:  # damaged headers make Pillow's decoders raise almost anything
        raise ImageError(f"{name}: damaged or unreadable picture") from error
    if width * height > most:
        raise TooLargeError(
            f"{name}: expected at most {most / 1e6:.0f} megapixels, received {width} x {height}; scale it down"
        )


def check_layer(hints: Hints, line_art: LineArt) -> None:
    """Raise HintError where a layer does not have the line art's aspect ratio."""
    if hints.layer is not None:
        Hints(layer=hints.layer).draw(line_art.shape[1], line_art.shape[0])


def check_strokes(hints: Hints, limits: Limits) -> None:
    """Raise TooLargeError where there are more strokes or points than a drawing may have."""
    if len(hints.strokes) > limits.strokes:
        raise TooLargeError(f"hints: expected at most {limits.strokes} strokes, received {len(hints.strokes)}")
    points = sum(len(stroke.points) for stroke in hints.strokes)
    if points > limits.points:
        raise TooLargeError(f"hints: expected at most {limits.points} points, received {points}")


def encode_line_art(line_art: LineArt) -> bytes:
    """PNG of line art or of a layer."""
    return encode_png(line_art)


def encode_clean(line_art: LineArt) -> bytes:
    """PNG of line art on white paper."""
    return encode_line_art(drawing.analyze(line_art).clean(line_art))


def encode_picture(image: Image.Image, kind: str) -> bytes:
    """A picture as a file.

    Args:
        image: RGB.
        kind: "png", "webp", or "jpg", which keeps the full resolution of its colors.

    Raises:
        OutputError: The format cannot hold it.
    """
    file = io.BytesIO()
    if kind == "jpg":
        image.save(file, "JPEG", quality=95, subsampling=0)
    else:
        save(image, file, _PILLOW[kind])
    return file.getvalue()


def encode_layers(layers: Sequence[Layer], kind: str) -> bytes:
    """A picture in layers as a file, "ora" or "psd"."""
    file = io.BytesIO()
    LAYERED[kind](file, layers)
    return file.getvalue()


def thumbnail(image: Image.Image, side: int = 320) -> bytes:
    """A small WebP of a picture."""
    small = image.convert("RGB")
    small.thumbnail((side, side))
    return encode_picture(small, "webp")


def blend_of(line_art: LineArt) -> Literal["multiply", "screen"]:
    """How the page lays the lines over the colors: light lines on dark paper shine through."""
    return "screen" if drawing.analyze(line_art).inverted else "multiply"


def blend_lines(color: Image.Image, line_art: LineArt, opacity: float) -> Image.Image:
    """A picture with its lines, 0 not at all to 1 fully, of one without."""
    inverted = blend_of(line_art) == "screen"
    paper = 0.0 if inverted else 255.0
    faded = np.rint(paper + opacity * (np.asarray(line_art, np.float32) - paper)).astype(np.uint8)
    return Image.fromarray(lay_lines(np.asarray(color), faded, inverted))


def hints_document(strokes: Iterable[DrawnStroke]) -> str:
    """The hints document of version 1 of drawn strokes, as `pts colorize` reads it."""
    return Hints(tuple(stroke for drawn in strokes for stroke in strokes_of(drawn))).to_json()


def hints_picture(hints: Hints, width: int, height: int) -> bytes:
    """PNG of hints on a transparent layer."""
    return encode_line_art(hints.draw(width, height))
