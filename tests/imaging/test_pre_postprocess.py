import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.postprocess import color_image
from paintstorch_sdk.imaging.preprocess import line_art_tensor

SIZES = [(1, 1), (1, 7), (7, 1), (1, 500), (31, 33), (32, 32), (333, 517), (1920, 1080), (4000, 31), (2160, 3840)]


def network_of(picture, geometry):
    """What a network that copies its input would paint: float32 3,H,W of uint8 H,W,3, padded with gray."""
    width, height = geometry.padded
    color = np.zeros((3, height, width), np.float32)
    h, w = picture.shape[:2]
    color[:, :h, :w] = (picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
    return color


class TestLineArt:
    def test_every_value_at_native_size(self):
        gray = np.arange(256, dtype=np.uint8).reshape(8, 32)
        tensor = line_art_tensor(gray, Geometry.fit(32, 8, 512))
        assert tensor.shape == (1, 1, 32, 32)
        assert tensor.dtype == np.float32
        expected = gray.astype(np.float32) / np.float32(127.5) - np.float32(1)
        assert np.array_equal(tensor[0, 0, :8], expected)
        assert tensor.min() == -1
        assert tensor.max() == 1

    @pytest.mark.parametrize("size", SIZES)
    def test_padding_is_white_paper(self, size):
        geometry = Geometry.fit(*size, 512)
        tensor = line_art_tensor(np.zeros(size[::-1], np.uint8), geometry)
        width, height = geometry.working
        assert tensor.shape == (1, 1, *geometry.padded[::-1])
        assert (tensor[0, 0, :height, :width] == -1).all()
        assert (tensor[0, 0, height:] == 1).all()
        assert (tensor[0, 0, :, width:] == 1).all()

    def test_white_stays_white_at_every_scale(self):
        for size in SIZES:
            tensor = line_art_tensor(np.full(size[::-1], 255, np.uint8), Geometry.fit(*size, 96))
            assert (tensor == 1).all()

    def test_scaling_down_averages(self):
        """Lines one pixel thin at 8 times the working size fade; none is dropped, none kept whole."""
        gray = np.full((800, 800), 255, np.uint8)
        gray[:, ::8] = 0
        tensor = line_art_tensor(gray, Geometry.fit(800, 800, 100))[0, 0, 4:96, 4:96]
        assert np.allclose(tensor, 2 * (1 - 1 / 8) - 1, atol=0.02)

    def test_colored_lines_are_read_by_their_luminance(self):
        colors = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
        tensor = line_art_tensor(colors, Geometry.fit(4, 1, 512))
        luma = np.array([76, 150, 29, 9])
        assert np.array_equal(np.rint((tensor[0, 0, 0, :4] + 1) * 127.5), luma)

    def test_a_read_only_source_stays_as_it_is(self, rng):
        gray = rng.integers(0, 256, (40, 50), np.uint8)
        gray.flags.writeable = False
        tensor = line_art_tensor(gray, Geometry.fit(50, 40, 512))
        assert tensor.flags.writeable
        tensor[:] = 0


class TestColorImage:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("lines", [True, False])
    def test_the_picture_has_the_size_of_the_line_art(self, size, channels, lines):
        width, height = size
        geometry = Geometry.fit(width, height, 128)
        line_art = np.full((height, width) if channels == 1 else (height, width, 3), 255, np.uint8)
        color = np.zeros((3, *geometry.padded[::-1]), np.float32)
        image = color_image(color, geometry, line_art if lines else None)
        assert image.mode == "RGB"
        assert image.size == size

    def test_every_value_comes_back_at_native_size(self, rng):
        picture = rng.integers(0, 256, (64, 96, 3), np.uint8)
        picture[:, :, 0].flat[:256] = np.arange(256)
        geometry = Geometry.fit(96, 64, 512)
        paper = np.full((64, 96), 255, np.uint8)
        for lines in (paper, None):
            assert np.array_equal(color_image(network_of(picture, geometry), geometry, lines), picture)

    def test_values_are_rounded_to_the_nearest(self, rng):
        values = rng.uniform(-1, 1, (3, 32, 32)).astype(np.float32)
        image = color_image(values, Geometry.fit(32, 32, 512), np.full((32, 32), 255, np.uint8))
        exact = (values.astype(np.float64).transpose(1, 2, 0) + 1) * 127.5
        assert np.abs(np.asarray(image) - exact).max() <= 0.5 + 1e-4

    def test_values_beyond_the_range_are_cut(self):
        values = np.full((3, 32, 32), 1.01, np.float32)
        values[1] = -1.01
        values[2] = 1e6
        image = color_image(values, Geometry.fit(32, 32, 512), np.full((32, 32), 255, np.uint8))
        assert image.getpixel((0, 0)) == (255, 0, 255)

    @pytest.mark.parametrize("place", [(0, 0, 0), (2, 39, 39)])
    def test_what_is_no_number_is_an_error_and_no_black_pixel(self, place):
        color = np.zeros((3, 64, 64), np.float32)
        color[place] = np.nan
        with pytest.raises(BackendError, match=r"NaN.*fp32"):
            color_image(color, Geometry.fit(40, 40, 512), np.full((40, 40), 255, np.uint8))

    def test_what_pads_is_cut_off(self):
        geometry = Geometry.fit(40, 33, 512)
        color = np.full((3, *geometry.padded[::-1]), 1, np.float32)
        color[:, :33, :40] = -1
        assert not np.asarray(color_image(color, geometry, np.full((33, 40), 255, np.uint8))).any()

    def test_what_pads_does_not_bleed_in_when_scaled_up(self):
        geometry = Geometry.fit(1000, 990, 100)
        color = np.full((3, *geometry.padded[::-1]), 1, np.float32)
        width, height = geometry.working
        color[:, :height, :width] = -1
        assert not np.asarray(color_image(color, geometry, np.full((990, 1000), 255, np.uint8))).any()

    def test_the_colors_passed_in_stay(self, rng):
        color = rng.uniform(-1, 1, (3, 32, 32)).astype(np.float32)
        color.flags.writeable = False
        color_image(color, Geometry.fit(32, 32, 512), np.zeros((32, 32), np.uint8))


class TestLines:
    GEOMETRY = Geometry.fit(64, 64, 512)

    def test_gray_lines_multiply_exactly(self, rng):
        picture, lines = rng.integers(0, 256, (64, 64, 3), np.uint8), rng.integers(0, 256, (64, 64), np.uint8)
        image = color_image(network_of(picture, self.GEOMETRY), self.GEOMETRY, lines)
        assert np.array_equal(image, np.floor(picture * (lines[..., None] / 255) + 0.5))

    def test_colored_lines_keep_their_color(self, rng):
        picture, lines = rng.integers(0, 256, (64, 64, 3), np.uint8), rng.integers(0, 256, (64, 64, 3), np.uint8)
        image = color_image(network_of(picture, self.GEOMETRY), self.GEOMETRY, lines)
        assert np.array_equal(image, np.floor(picture * (lines / 255) + 0.5))
        white = np.full((64, 64, 3), 255, np.uint8)
        assert np.array_equal(color_image(network_of(white, self.GEOMETRY), self.GEOMETRY, lines), lines)

    def test_lines_are_laid_on_at_full_resolution(self):
        """One black pixel of a large drawing stays one black pixel."""
        lines = np.full((1080, 1920), 255, np.uint8)
        lines[777, 1234] = 0
        geometry = Geometry.fit(1920, 1080, 256)
        image = np.asarray(color_image(np.ones((3, *geometry.padded[::-1]), np.float32), geometry, lines))
        assert np.array_equal(image == 0, np.repeat((lines == 0)[..., None], 3, axis=2))

    def test_lines_may_be_left_to_the_network(self):
        image = color_image(np.ones((3, 64, 64), np.float32), self.GEOMETRY)
        assert image.getextrema() == ((255, 255),) * 3


def test_down_and_up_again_gives_the_picture_back():
    """A smooth picture survives the working size: nothing is shifted or cropped on the way."""
    y, x = np.mgrid[0:600, 0:901]
    smooth = np.rint(127 + 60 * np.sin(x / 90) + 60 * np.cos(y / 70)).astype(np.uint8)
    geometry = Geometry.fit(901, 600, 300)
    tensor = line_art_tensor(smooth, geometry)[0]
    image = color_image(np.repeat(tensor, 3, axis=0), geometry, np.full((600, 901), 255, np.uint8))
    difference = np.abs(np.asarray(image, np.int32) - smooth[..., None])
    assert difference.max() <= 4
    assert difference.mean() < 0.7


def test_the_line_art_of_a_pil_image_is_not_written_to():
    source = Image.new("L", (40, 40), 255)
    geometry = Geometry.fit(40, 40, 512)
    color_image(np.full((3, 64, 64), -1, np.float32), geometry, np.asarray(source))
    assert source.getextrema() == (255, 255)
