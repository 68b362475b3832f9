"""The line art that is timed: an example of this package at the size that is asked for."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paintstorch_sdk.examples import examples
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.imaging.preprocess import line_art_tensor
from paintstorch_sdk.imaging.regions import find_regions
from paintstorch_sdk.painting import prepare_hints

FloatTensor = NDArray[np.float32]

COLORS = ("#3060c0", "#c05030", "#30a050", "#f6d5c3", "#5030c0")  # of strokes in turns: one again would tell little new


def make_page(width: int, height: int, number: int = 0) -> tuple[NDArray[np.uint8], Hints]:
    """Gray line art uint8 height,width and a layer of hints of the same size, of one of the examples.

    The example is squashed: what is in a picture changes no time.
    """
    path, hints = examples()[number % len(examples())]
    whole = Image.fromarray(load_line_art(path)).convert("L")
    layer = Image.fromarray(Hints.of(hints).draw(*whole.size))
    size, bilinear = (width, height), Image.Resampling.BILINEAR
    return np.asarray(whole.resize(size, bilinear)), Hints(layer=np.asarray(layer.resize(size, bilinear)))


def make_tensors(width: int, height: int, number: int = 0) -> tuple[FloatTensor, FloatTensor]:
    """The same as line art 1,1,H,W and hint map 1,4,H/4,W/4 for a backend; sides are padded to multiples of 32.

    Colors flow as they do for the bundled model: int8 has the ranges of what it is shown, not of sparse strokes.
    """
    line_art, hints = make_page(width, height, number)
    geometry = Geometry(width, height, width, height)
    prepared = prepare_hints(hints, find_regions(analyze(line_art)), geometry, confidence=1.0)
    return line_art_tensor(line_art, geometry), prepared.hint_map[np.newaxis]


def make_batch(width: int, height: int, count: int) -> tuple[FloatTensor, FloatTensor]:
    """`make_tensors` of the examples in turn: line art count,1,H,W and hint maps count,4,H/4,W/4."""
    kinds = [make_tensors(width, height, number) for number in range(min(count, len(examples())))]
    line_art, hints = zip(*(kinds[number % len(kinds)] for number in range(count)), strict=True)
    return np.concatenate(line_art), np.concatenate(hints)
