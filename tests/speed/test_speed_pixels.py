"""What lies around the network: line art to tensor, hints to map, colors to picture."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.bench.cases.sheet import make_page
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.images import load_line_art, save
from paintstorch_sdk.imaging.postprocess import color_image
from paintstorch_sdk.imaging.preprocess import line_art_tensor
from support.drawings import encode_page

SIZES = [(512, 512), (1920, 1080)]
WORKING = 512

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
def test_decode(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    pixels = timed(load_line_art, encode_page(*size))
    assert np.array_equal(pixels, make_page(*size)[0])


@sizes
def test_line_art_tensor(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    geometry = Geometry.fit(*size, WORKING)
    tensor = timed(line_art_tensor, make_page(*size)[0], geometry)
    assert tensor.shape[2:] == geometry.padded[::-1]
    assert tensor.min() < 0 < tensor.max() == 1


@sizes
def test_layer_of_hints(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    geometry = Geometry.fit(*size, WORKING)
    hint_map = timed(make_page(*size)[1].rasterize, geometry)
    assert hint_map.shape[1:] == geometry.hint_map[::-1]
    assert 0 < hint_map[3].mean() < 1


@pytest.mark.parametrize("count", [1, 100])
def test_strokes(timed: Callable[..., Any], count: int) -> None:
    rng = np.random.default_rng(0)
    strokes = tuple(Stroke(tuple(map(tuple, rng.uniform(0, WORKING, (5, 2)))), "#3060c0", 6) for _ in range(count))
    hint_map = timed(Hints(strokes).rasterize, Geometry.fit(WORKING, WORKING, WORKING))
    inside = hint_map[3] == 1
    expected = np.array([0x30, 0x60, 0xC0]) / 127.5 - 1
    assert inside.any()
    np.testing.assert_allclose(hint_map[:3, inside].T - expected, 0, atol=1e-6)


@sizes
@pytest.mark.parametrize("lines", ["multiply", "none"])
def test_color_image(timed: Callable[..., Any], size: tuple[int, int], lines: str) -> None:
    line_art = make_page(*size)[0]
    geometry = Geometry.fit(*size, WORKING)
    color = np.zeros((3, *geometry.padded[::-1]), np.float32)
    picture = timed(color_image, color, geometry, None if lines == "none" else line_art)
    gray = np.full_like(line_art, 128) if lines == "none" else np.rint(line_art * (128 / 255)).astype(np.uint8)
    assert picture.size == size
    assert np.abs(np.asarray(picture).astype(int) - gray[..., None]).max() <= 1


@sizes
def test_encode_png(timed: Callable[..., Any], size: tuple[int, int]) -> None:
    """A flat picture with its lines on top, as PNG."""
    line_art = make_page(*size)[0]
    geometry = Geometry.fit(*size, WORKING)
    picture = color_image(np.zeros((3, *geometry.padded[::-1]), np.float32), geometry, line_art)

    def encode() -> bytes:
        file = io.BytesIO()
        save(picture, file, "PNG")
        return file.getvalue()

    with Image.open(io.BytesIO(timed(encode))) as again:
        assert np.array_equal(np.asarray(again), np.asarray(picture))
