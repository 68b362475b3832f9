"""The Colorizer as its users have it: a picture, a stroke on a canvas, a stream of frames."""

import io

import numpy as np
import pytest
from PIL import Image
from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.bench.cases.sheet import page
from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.hints import Stroke
from paintstorch_sdk.images import save

BACKENDS = ["onnxruntime", "openvino"]
SIDE = 256
FRAMES = 6

backends = pytest.mark.parametrize("name", BACKENDS)


@backends
def test_open(benchmark: BenchmarkFixture, bundle: Bundle, name: str) -> None:
    def first() -> Image.Image:
        with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
            return colorizer.colorize(*page(SIDE, SIDE))

    picture = benchmark.pedantic(first, rounds=3, warmup_rounds=1)
    assert picture.size == (SIDE, SIDE)


@backends
def test_picture(benchmark: BenchmarkFixture, bundle: Bundle, name: str) -> None:
    line_art, hints = page(SIDE, SIDE)
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        picture = benchmark.pedantic(colorizer.colorize, (line_art, hints), rounds=10, warmup_rounds=3)
        assert np.array_equal(np.asarray(picture), np.asarray(colorizer.canvas(line_art, hints).render()))


@backends
def test_stroke(benchmark: BenchmarkFixture, bundle: Bundle, name: str) -> None:
    line_art, hints = page(SIDE, SIDE)
    stroke = Stroke([(40, 40), (120, 90)], "#c04020", 8)
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        canvas = colorizer.canvas(line_art, hints)

        def render() -> Image.Image:
            canvas.add(stroke)
            return canvas.render()

        picture = benchmark.pedantic(render, rounds=10, warmup_rounds=3)
        again = colorizer.colorize(line_art, canvas.hints)
        assert np.array_equal(np.asarray(picture), np.asarray(again))


@backends
@pytest.mark.parametrize("batch", [1, 3])
def test_stream(benchmark: BenchmarkFixture, bundle: Bundle, name: str, batch: int) -> None:
    line_art, hints = page(SIDE, SIDE)
    file = io.BytesIO()
    save(Image.fromarray(line_art), file)
    frames = [file.getvalue()] * FRAMES
    with Colorizer(bundle, backend=name, size=SIDE) as colorizer:
        expected = np.asarray(colorizer.colorize(line_art, hints)).astype(int)

        def run() -> list[Image.Image]:
            return list(colorizer.stream(frames, hints, batch_size=batch))

        pictures = benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    assert len(pictures) == FRAMES
    for picture in pictures:  # a batch may be rounded in another order
        assert np.abs(np.asarray(picture).astype(int) - expected).max() <= 2
