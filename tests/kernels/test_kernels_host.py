"""The kernels' sources, built for the host, against their NumPy twins; see kernel_simulator.py."""

from ctypes import c_float, c_int, c_size_t

import numpy as np
import pytest

from paintstorch_sdk.hints.model import Stroke
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.xdog import XDoG, gaussian
from paintstorch_sdk.kernels import build, reference
from paintstorch_sdk.kernels.tables import stroke_tables
from support import kernel_simulator as simulator
from support.kernel_simulator import over

# width, height, long side: unscaled, 1x1, odd, thin either way, over one block, huge factors.
SIZES = [
    (64, 32, 64),
    (1, 1, 32),
    (33, 47, 512),
    (101, 67, 64),
    (1, 300, 32),
    (300, 1, 32),
    (9001, 2, 32),
    (3, 2001, 64),
    (257, 255, 160),
    (520, 130, 512),
    (1100, 300, 33),
]
# Layers of half the line art's size to five times: enlarged, as they are, scaled down, averaged first.
LAYERS = [(size, factor) for size in SIZES for factor in (0.5, 1, 2, 5) if size[0] * size[1] * factor**2 < 1e6]
LAYERS.append(((140, 20, 140), 3.97))  # nearly the most that is not averaged first: in three rounds
PRECISIONS = [np.float32, np.float16]


def picture(rng, width, height, channels=1):
    """Noise, and large parts of 0 and 255."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    made = rng.integers(0, 256, shape, dtype=np.uint8)
    extreme = rng.random((height, width))
    made[extreme < 0.3] = 255
    made[extreme > 0.8] = 0
    return made


def colors(rng, geometry, dtype):
    """Outputs of a tanh, with values on the edges and half-way between two levels."""
    width, height = geometry.padded
    made = np.tanh(rng.normal(0, 2, (1, 3, height, width)))
    special = [-1.0, 1.0, 0.0, 1.5, -7.0, 126.0 / 127.5, 0.5 / 127.5, -0.5 / 127.5]
    where = rng.random(made.shape) < 0.2
    made[where] = rng.choice(special, int(where.sum()))
    return made.astype(dtype)


def strokes(rng, width, height):
    """One over everything, then dots, lines and polylines, thin and thick, inside, across, outside, on pixels."""
    made = [
        Stroke(((0.0, 0.0), (width, height)), (0, 0, 0), 99999.0),
        Stroke(((width / 2, height / 2),), (255, 0, 0), 4.0),
        Stroke(((2.0, 2.0), (2.0, 2.0), (width - 2.0, 2.0)), (0, 255, 128), 8.0),
        Stroke(((-500.0, -500.0), (-400.0, -450.0)), (1, 2, 3), 5.0),
        Stroke(((-1e6, height / 3), (1e6, height / 2)), (9, 90, 200), 3.0),
        Stroke(((width / 4, height),), (255, 255, 255), 0.01),
    ]
    for _ in range(6):
        points = rng.uniform(-20, max(width, height) + 20, (int(rng.integers(1, 9)), 2))
        color = tuple(int(c) for c in rng.integers(0, 256, 3))
        made.append(Stroke(tuple(map(tuple, points.tolist())), color, float(rng.uniform(0.1, 40))))
    return made


class TestPixels:
    """Every value where there are few, random and special ones where there are many."""

    def test_luma(self, rng):
        rgb = rng.integers(0, 256, (20_000, 3), dtype=np.uint8)
        rgb[:256] = np.arange(256, dtype=np.uint8)[:, None]
        out = over("luma", c_size_t(len(rgb)), rgb, out=np.empty(len(rgb), np.uint8))
        np.testing.assert_array_equal(out, reference.luma(rgb[None])[0])

    def test_product(self):
        a, b = (side.ravel().astype(np.uint8) for side in np.meshgrid(np.arange(256), np.arange(256)))
        out = over("product", c_size_t(a.size), a, b, out=np.empty_like(a))
        np.testing.assert_array_equal(out, reference.product(a, b))

    def test_premultiply(self, rng):
        rgba = rng.integers(0, 256, (5000, 4), dtype=np.uint8)
        rgba[:100, 3], rgba[100:200, 3] = 0, 255
        out = over("premultiply", c_size_t(len(rgba)), rgba, out=np.empty_like(rgba))
        np.testing.assert_array_equal(out, reference.premultiply(rgba[None])[0])

    def test_mean8(self, rng):
        counts = np.concatenate([np.arange(1, 2000), rng.integers(1, 65_000, 2000)]).astype(np.uint32)
        for sums in (counts * 255, counts * 0, (counts * rng.uniform(0, 255, counts.size)).astype(np.uint32)):
            out = over("mean8", c_size_t(sums.size), sums, counts, out=np.empty(sums.size, np.uint8))
            np.testing.assert_array_equal(out, reference.mean8(sums.astype(np.int64), counts.astype(np.int64)))

    def test_unit(self):
        values = np.arange(256, dtype=np.uint8)
        out = over("unit", c_size_t(256), values, out=np.empty(256, np.float32))
        np.testing.assert_array_equal(out, reference.unit(values))

    def test_quantize(self, rng):
        edges = ((np.arange(-2, 258) - 0.5) / 127.5 - 1.0).astype(np.float32)
        near = [np.nextafter(edges, np.float32(way)) for way in (-9, 9)]
        values = np.concatenate([edges, *near, rng.uniform(-1.5, 1.5, 10_000), [np.inf, -np.inf, -0.0]])
        values = values.astype(np.float32)
        out = over("quantize", c_size_t(values.size), values, out=np.empty(values.size, np.uint8))
        np.testing.assert_array_equal(out, reference.quantize(values))

    def test_quantize_of_nan_is_black(self):
        out = over("quantize", c_size_t(1), np.array([np.nan], np.float32), out=np.empty(1, np.uint8))
        assert out[0] == 0

    def test_half_precision(self, rng):
        every = np.arange(65_536, dtype=np.uint16)
        wide = over("to_float", c_size_t(every.size), every, out=np.empty(every.size, np.float32))
        np.testing.assert_array_equal(wide, every.view(np.float16).astype(np.float32))
        finite = np.unique(wide[np.isfinite(wide)])
        halfway = finite[:-1] + np.diff(finite) / 2
        special = np.array([65519.996, 65520.0, 1e30, 1e-30, np.inf, -np.inf, -0.0], np.float32)
        noise = rng.normal(0, 1, 10_000).astype(np.float32)
        values = np.concatenate([finite, halfway, np.nextafter(halfway, np.float32(0)), special, noise])
        out = over("to_half", c_size_t(values.size), values, out=np.empty(values.size, np.uint16)).view(np.float16)
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(out.view(np.uint16), values.astype(np.float16).view(np.uint16))

    def test_half_precision_keeps_nan(self):
        out = over("to_half", c_size_t(1), np.array([np.nan], np.float32), out=np.empty(1, np.uint16))
        assert np.isnan(out.view(np.float16)[0])

    def test_coverage(self, rng):
        table, segments = stroke_tables(strokes(rng, 200, 120), (0.25, 0.25), (56, 32))
        assert len(table) > 5
        for stroke in table:
            out = over("coverage", c_int(56), c_int(32), stroke, segments, out=np.empty((32, 56), np.float32))
            np.testing.assert_array_equal(out, reference.coverage(stroke, segments, 56, 32))

    def test_luminance(self, rng):
        rgb = rng.integers(0, 256, (10_000, 3), dtype=np.uint8)
        out = over("luminance", c_size_t(len(rgb)), rgb, out=np.empty(len(rgb), np.float32))
        np.testing.assert_array_equal(out, reference.luminance(rgb[None])[0])

    @pytest.mark.parametrize("phi", [1e9, 10.0, 0.5])
    def test_response(self, rng, phi):
        """tanh differs between libraries in its last bits; the result is in [0, 2]."""
        p = XDoG(phi=phi)
        narrow = rng.uniform(0, 1, 5000).astype(np.float32)
        wide = (narrow / 0.95 + rng.normal(0, 0.1, 5000)).astype(np.float32)
        wide[:500] = narrow[:500] / np.float32(0.95)
        parameters = np.array([p.gamma, p.epsilon, p.phi], np.float32)
        out = over("response", c_size_t(5000), narrow, wide, parameters, out=np.empty(5000, np.float32))
        np.testing.assert_allclose(out, reference.response(narrow, wide, p), rtol=0, atol=4 * 2.0**-23)

    def test_level(self, rng):
        responses = rng.uniform(0.25, 1.75, 5000).astype(np.float32)
        low, high = float(responses.min()), float(responses.max())
        out = over("level", c_size_t(5000), responses, c_float(low), c_float(high), out=np.empty(5000, np.uint8))
        np.testing.assert_array_equal(out, reference.levels(responses))

    @pytest.mark.parametrize("size", [1, 2, 7])
    def test_mirrored(self, size):
        indices = np.arange(-50, 50, dtype=np.int32)
        out = over("mirrored", c_size_t(100), indices, c_int(size), out=np.empty(100, np.int32))
        np.testing.assert_array_equal(out, np.pad(np.arange(size), 50, mode="symmetric")[:100])


class TestPackLineArt:
    @pytest.mark.parametrize("dtype", PRECISIONS)
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("size", SIZES)
    def test_is_its_twin(self, rng, machine, size, channels, dtype):
        width, height, long_side = size
        geometry = Geometry.fit(width, height, long_side)
        line_art = picture(rng, width, height, channels)
        # Rows that begin at any address, as a crop's do.
        source = machine.array(line_art, pitch=width * channels + 5, offset=3)
        out = machine.empty((1, 1, geometry.padded[1], geometry.padded[0]), dtype)
        machine.kernels.pack_line_art(source, geometry, out)
        np.testing.assert_array_equal(machine.read(out), reference.pack_line_art(line_art, geometry, dtype))

    def test_pictures_of_falling_size_reuse_larger_buffers(self, rng, machine):
        for width, height in ((300, 200), (70, 80), (301, 40)):
            geometry = Geometry.fit(width, height, 64)
            line_art = picture(rng, width, height)
            out = machine.empty((1, 1, geometry.padded[1], geometry.padded[0]), np.float32)
            machine.kernels.pack_line_art(machine.array(line_art), geometry, out)
            np.testing.assert_array_equal(machine.read(out), reference.pack_line_art(line_art, geometry))


class TestPackHints:
    @pytest.mark.parametrize("dtype", PRECISIONS)
    @pytest.mark.parametrize(("size", "factor"), LAYERS)
    def test_is_its_twin(self, rng, machine, size, factor, dtype):
        width, height, long_side = size
        geometry = Geometry.fit(width, height, long_side)
        layer = picture(rng, max(1, round(width * factor)), max(1, round(height * factor)), 4)
        layer[..., 3] = rng.choice(np.array([0, 255, 128, 1], np.uint8), layer.shape[:2])
        painted = strokes(rng, width, height)[1:4]  # few, so that most of the layer shows
        out = machine.empty((1, 4, geometry.hint_map[1], geometry.hint_map[0]), dtype)
        machine.kernels.pack_hints(machine.array(layer, pitch=layer.shape[1] * 4 + 8, offset=4), painted, geometry, out)
        np.testing.assert_array_equal(machine.read(out), reference.pack_hints(layer, painted, geometry, dtype))

    def test_strokes_alone_and_nothing_at_all(self, rng, machine):
        geometry = Geometry.fit(300, 200, 256)
        for painted in (strokes(rng, 300, 200), []):
            out = machine.empty((1, 4, geometry.hint_map[1], geometry.hint_map[0]), np.float32)
            machine.kernels.pack_hints(None, painted, geometry, out)
            np.testing.assert_array_equal(machine.read(out), reference.pack_hints(None, painted, geometry))


class TestUnpackColor:
    @pytest.mark.parametrize("dtype", PRECISIONS)
    @pytest.mark.parametrize("channels", [0, 1, 3])
    @pytest.mark.parametrize("size", [size for size in SIZES if size[0] * size[1] < 100_000])
    def test_is_its_twin(self, rng, machine, size, channels, dtype):
        width, height, long_side = size
        geometry = Geometry.fit(width, height, long_side)
        color = colors(rng, geometry, dtype)
        line_art = picture(rng, width, height, channels) if channels else None
        out = machine.empty((height, width, 3), np.uint8, pitch=width * 3 + 7, offset=1)
        above = machine.array(line_art, pitch=width * channels + 3, offset=2) if channels else None
        machine.kernels.unpack_color(machine.array(color), geometry, above, out)
        np.testing.assert_array_equal(machine.read(out), reference.unpack_color(color[0], geometry, line_art))


class TestXDoG:
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("shape", [(90, 150), (1, 1), (3, 200), (200, 3)])
    @pytest.mark.parametrize("p", [XDoG(), XDoG(sigma=2.0, k=3.0, gamma=0.98, phi=20.0, epsilon=-0.02)])
    def test_is_its_twin(self, rng, machine, shape, channels, p):
        """But for pixels whose level is at the threshold, which tanh's last bit may move."""
        noise = rng.uniform(0, 255, (*shape, 3)).astype(np.float32)
        smooth = np.stack([gaussian(noise[..., c], 2.0) for c in range(3)], -1).astype(np.uint8)
        source = smooth if channels == 3 else smooth[..., 0]
        out = machine.empty(shape, np.uint8)
        machine.kernels.xdog(machine.array(source, pitch=shape[1] * channels + 5, offset=1), out, p)
        expected = reference.xdog(source, p)
        assert (machine.read(out) != expected).mean() < 0.005

    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_a_flat_picture_has_no_lines(self, machine, level):
        out = machine.empty((20, 30), np.uint8)
        machine.kernels.xdog(machine.array(np.full((20, 30), level, np.uint8)), out)
        assert (machine.read(out) == 255).all()


def test_every_kernel_was_launched():
    """By the tests above, when the whole file runs."""
    simulator.check_launched(build.MODULES)
