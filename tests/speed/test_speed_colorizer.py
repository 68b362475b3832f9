"""The Colorizer as its users have it: from nothing to a picture, one picture, one stroke, a stream of frames."""

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.bench.cases.sheet import make_page
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints.model import Stroke
from support.drawings import encode_page

SIDE = 256
FRAMES = 6
COLD = f"""
import io, sys
from paintstorch_sdk import Colorizer
with Colorizer(backend=sys.argv[1], size={SIDE}) as colorizer:
    colorizer.colorize(sys.stdin.buffer.read()).save(sys.stdout.buffer, "PNG")
"""

backends = pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
everywhere = pytest.mark.parametrize("name", ["onnxruntime", "openvino", "eager"])
batches = pytest.mark.parametrize("batch", [1, 3], ids=lambda batch: f"batch{batch}")


@everywhere
def test_cold_start(timed: Callable[..., Any], bundle: Bundle, name: str) -> None:
    """A fresh process: import, model, first picture."""
    line_art = encode_page(SIDE, SIDE)

    def process() -> bytes:
        command = [sys.executable, "-c", COLD, name]
        return subprocess.run(command, input=line_art, stdout=subprocess.PIPE, check=True).stdout

    picture = np.asarray(Image.open(io.BytesIO(timed(process))))
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        _same(picture, np.asarray(colorizer.colorize(line_art)))


@everywhere
def test_open(timed: Callable[..., Any], bundle: Bundle, name: str) -> None:
    """Model and first picture, where the runtime is loaded."""

    def first() -> Image.Image:
        with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
            return colorizer.colorize(*make_page(SIDE, SIDE))

    picture = timed(first)
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        _same(np.asarray(picture), np.asarray(colorizer.colorize(*make_page(SIDE, SIDE))))


@backends
def test_picture(timed: Callable[..., Any], bundle: Bundle, name: str) -> None:
    line_art, hints = make_page(SIDE, SIDE)
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        picture = timed(colorizer.colorize, line_art, hints)
        assert np.array_equal(np.asarray(picture), np.asarray(colorizer.canvas(line_art, hints).render()))


@backends
def test_stroke(timed: Callable[..., Any], bundle: Bundle, name: str) -> None:
    """One more stroke on a canvas, always the same: its hints are what they were before."""
    line_art, hints = make_page(SIDE, SIDE)
    stroke = Stroke([(40, 40), (120, 90)], "#c04020", 8)
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        canvas = colorizer.canvas(line_art, hints)
        before = canvas.render()

        def render() -> Image.Image:
            canvas.hints = hints
            canvas.add(stroke)
            return canvas.render()

        picture = timed(render)
        again = colorizer.colorize(line_art, hints.add(stroke))
        assert np.array_equal(np.asarray(picture), np.asarray(again))
        assert not np.array_equal(np.asarray(picture), np.asarray(before))


@backends
@batches
def test_stream(timed: Callable[..., Any], bundle: Bundle, name: str, batch: int) -> None:
    line_art, hints = make_page(SIDE, SIDE)
    frames = [encode_page(SIDE, SIDE)] * FRAMES
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        expected = np.asarray(colorizer.colorize(line_art, hints))

        def run() -> list[Image.Image]:
            return list(colorizer.stream(frames, hints, batch_size=batch))

        pictures = timed(run)
    assert len(pictures) == FRAMES
    for picture in pictures:
        _same(np.asarray(picture), expected)


def _same(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], expected: object) -> None:
    """Equal but for rounding: a batch, or another thread's share of a sum, may round in another order."""
    assert np.abs(picture.astype(int) - np.asarray(expected).astype(int)).max() <= 2
