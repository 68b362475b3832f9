"""The NumPy twins against the CPU path, bit for bit: Pillow's arithmetic, whatever the sizes."""

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging import xdog as lineart
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.postprocess import color_image
from paintstorch_sdk.imaging.preprocess import line_art_tensor
from paintstorch_sdk.imaging.scaling import scaled
from paintstorch_sdk.kernels import reference
from paintstorch_sdk.kernels.tables import gaussian_table, resample_table, stroke_tables

SIDES = [1, 2, 3, 5, 7, 31, 32, 33, 63, 100, 129, 255, 300]


def picture(rng, width, height, channels=1):
    made = rng.integers(0, 256, (height, width) if channels == 1 else (height, width, channels), dtype=np.uint8)
    made[rng.random((height, width)) < 0.4] = 255
    return made


def sizes(rng, count):
    """(width, height): small, odd, and now and then very long."""
    for index in range(count):
        width, height = (int(side) for side in rng.choice(SIDES, 2))
        if index % 8 == 0:
            width, height = int(rng.integers(1000, 9000)), int(rng.integers(1, 5))
        yield (width, height) if index % 16 else (height, width)


def geometries(rng, count):
    for width, height in sizes(rng, count):
        yield Geometry.fit(width, height, int(rng.choice([32, 33, 64, 100, 150, 512])))


class TestArithmetic:
    def test_luma(self, rng):
        rgb = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
        rgb[0, :256] = np.arange(256, dtype=np.uint8)[:, None]
        np.testing.assert_array_equal(reference.luma(rgb), Image.fromarray(rgb).convert("L"))

    def test_every_premultiplied_color(self):
        color, alpha = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
        rgba = np.stack([color, color[::-1], color[:, ::-1], alpha], axis=-1)
        np.testing.assert_array_equal(reference.premultiply(rgba), Image.fromarray(rgba).convert("RGBa"))

    @pytest.mark.parametrize("factors", [(1, 1), (2, 2), (3, 1), (1, 4), (4, 4), (5, 5), (7, 3), (40, 50), (999, 2)])
    def test_reduce(self, rng, factors):
        for width, height in ((1, 1), (50, 41), (97, 203)):
            rgba = picture(rng, width, height, 4)
            expected = Image.fromarray(rgba).convert("RGBa").reduce(factors)
            np.testing.assert_array_equal(reference.reduce(reference.premultiply(rgba), *factors), expected)


class TestResize:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_any_sizes(self, rng, channels):
        for width, height in sizes(rng, 60):
            source, after = picture(rng, width, height, channels), tuple(int(side) for side in rng.choice(SIDES, 2))
            expected = np.asarray(scaled(Image.fromarray(source), after))
            np.testing.assert_array_equal(reference.resize(source, after), expected)

    def test_huge_factors(self, rng):
        for before, after in (
            ((60_000, 1), (1, 1)),
            ((1, 60_000), (3, 1)),
            ((1, 1), (3000, 2)),
            ((50_001, 2), (32, 64)),
        ):
            source = picture(rng, *before)
            np.testing.assert_array_equal(reference.resize(source, after), scaled(Image.fromarray(source), after))

    def test_is_one_call_of_pillow_where_that_goes_along_the_rows_first(self, rng):
        for after in ((50, 40), (300, 350), (100, 20)):
            source = picture(rng, 200, 100, 3)
            expected = Image.fromarray(source).resize(after, Image.Resampling.BILINEAR)
            np.testing.assert_array_equal(reference.resize(source, after), expected)

    def test_weights_of_an_output_are_one(self):
        for before, after in ((1, 1), (100, 33), (33, 100), (8192, 512), (9001, 32)):
            table = resample_table(before, after)
            assert table.shape[1] == after
            np.testing.assert_allclose(table[2:].sum(0) / 2.0**22, 1.0, atol=len(table) * 2.0**-23)
            assert (table[0] >= 0).all()
            assert (table[0] + table[1] <= before).all()


class TestPackLineArt:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_is_the_cpu_path(self, rng, channels):
        for geometry in geometries(rng, 60):
            line_art = picture(rng, geometry.width, geometry.height, channels)
            np.testing.assert_array_equal(
                reference.pack_line_art(line_art, geometry), line_art_tensor(line_art, geometry)
            )


class TestPackHints:
    @pytest.mark.parametrize("factor", [0.5, 1, 2, 3, 8])
    def test_layers_are_the_cpu_path(self, rng, factor):
        for geometry in geometries(rng, 30):
            width, height = max(1, round(geometry.width * factor)), max(1, round(geometry.height * factor))
            layer = picture(rng, width, height, 4)
            layer[..., 3] = rng.choice(np.array([0, 255, 128, 7], np.uint8), (height, width))
            expected = Hints(layer=layer).rasterize(geometry)
            np.testing.assert_array_equal(reference.pack_hints(layer, [], geometry)[0], expected)

    def test_strokes_are_the_cpu_path(self, rng):
        for geometry in geometries(rng, 40):
            long_side = max(geometry.width, geometry.height)
            strokes = []
            for _ in range(int(rng.integers(0, 6))):
                points = rng.uniform(-20, long_side + 20, (int(rng.integers(1, 6)), 2)).round(int(rng.integers(0, 3)))
                color = tuple(int(c) for c in rng.integers(0, 256, 3))
                strokes.append(Stroke(tuple(map(tuple, points.tolist())), color, float(rng.uniform(0.1, 40))))
            expected = Hints(tuple(strokes)).rasterize(geometry)
            np.testing.assert_array_equal(reference.pack_hints(None, strokes, geometry)[0], expected)

    def test_strokes_beside_the_map_cost_nothing(self):
        strokes = [Stroke(((-90.0, -90.0), (-50.0, -60.0)), "red"), Stroke(((5.0, 5.0),), "blue")]
        table, segments = stroke_tables(strokes, (0.25, 0.25), (8, 8))
        assert len(table) == len(segments) == 1
        assert table[0, 4] == 0


class TestUnpackColor:
    @pytest.mark.parametrize("channels", [0, 1, 3])
    def test_is_the_cpu_path(self, rng, channels):
        for geometry in geometries(rng, 40):
            line_art = picture(rng, geometry.width, geometry.height, channels) if channels else None
            color = np.tanh(rng.normal(0, 2, (3, geometry.padded[1], geometry.padded[0]))).astype(np.float32)
            expected = np.asarray(color_image(color, geometry, line_art))
            np.testing.assert_array_equal(reference.unpack_color(color, geometry, line_art), expected)


class TestXDoG:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_is_the_cpu_path(self, rng, channels):
        """But for pixels that the last bit of the luminance decides, whose order of sums BLAS chooses."""
        for shape in ((1, 1), (40, 61), (200, 7)):
            coarse = picture(rng, shape[1], shape[0], channels)
            lines = reference.xdog(coarse)
            assert (lines != lineart.xdog(coarse)).mean() < 0.002

    def test_gaussians(self, rng):
        p = lineart.XDoG(sigma=0.7)
        kernels, narrow, wide = gaussian_table(p)
        impulse = np.zeros((81, 81), np.float32)
        impulse[40, 40] = 1.0
        for sigma, radius, half in (
            (p.sigma, narrow, kernels[: narrow + 1]),
            (p.sigma * p.k, wide, kernels[narrow + 1 :]),
        ):
            assert len(half) == radius + 1
            np.testing.assert_allclose(lineart.gaussian(impulse, sigma)[40, 40:][: radius + 1], half * half[0])
