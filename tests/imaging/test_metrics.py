import math

import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.imaging.metrics import ciede2000, hint_adherence, psnr, srgb_to_lab

# Sharma, Wu, Dalal 2005, table 1: L1 a1 b1, L2 a2 b2, CIEDE2000.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


class TestCiede2000:
    def test_published_pairs(self):
        assert len(SHARMA) == 34
        np.testing.assert_allclose(ciede2000(SHARMA[:, 0:3], SHARMA[:, 3:6]), SHARMA[:, 6], rtol=0, atol=5.001e-5)

    def test_is_symmetric(self):
        np.testing.assert_allclose(ciede2000(SHARMA[:, 3:6], SHARMA[:, 0:3]), SHARMA[:, 6], rtol=0, atol=5.001e-5)

    def test_single_precision_is_close(self, rng):
        lab1 = srgb_to_lab(rng.integers(0, 256, (5000, 3), np.uint8))
        lab2 = srgb_to_lab(rng.integers(0, 256, (5000, 3), np.uint8))
        single = ciede2000(lab1, lab2)
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, ciede2000(lab1.astype(np.float64), lab2), rtol=0, atol=1e-3)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_equal_colors_differ_by_nothing(self, rng, dtype):
        lab = rng.uniform([0, -100, -100], [100, 100, 100], (500, 3)).astype(dtype)
        assert not ciede2000(lab, lab).any()
        assert not ciede2000(np.zeros((1, 3), dtype), np.zeros((1, 3), dtype)).any()

    def test_opposite_hues_by_the_papers_convention(self):
        """Hues 90 and 270 degrees: their mean is 180, from either side, not 0."""
        up, down = [50.0, 0.0, 20.0], [50.0, 0.0, -20.0]
        c, t = 20.0, 1 - 0.17 * math.cos(math.radians(150)) + 0.24 - 0.32 * math.cos(math.radians(6))
        t -= 0.20 * math.cos(math.radians(4 * 180 - 63))
        expected = 2 * c / (1 + 0.015 * c * t)
        assert float(ciede2000(up, down)) == pytest.approx(expected, abs=1e-9)
        assert float(ciede2000(down, up)) == pytest.approx(expected, abs=1e-9)

    def test_shapes_broadcast(self, rng):
        image = rng.uniform(0, 100, (4, 5, 3))
        one = ciede2000(image, [50, 0, 0])
        assert one.shape == (4, 5)
        assert one[2, 3] == pytest.approx(float(ciede2000(image[2, 3], [50, 0, 0])))
        assert ciede2000(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)

    def test_many_pixels_equal_few(self, rng):
        """The work is done in pieces; none is lost or done twice."""
        lab1, lab2 = rng.uniform(-80, 80, (2, 40000, 3))
        np.testing.assert_array_equal(ciede2000(lab1, lab2)[-3:], ciede2000(lab1[-3:], lab2[-3:]))

    @pytest.mark.parametrize(("first", "second"), [((4, 3), (5, 3)), ((4, 2), (4, 2)), ((), ())])
    def test_refuses_other_shapes(self, first, second):
        with pytest.raises(InputError, match="Lab colors"):
            ciede2000(np.zeros(first), np.zeros(second))


class TestLab:
    @pytest.mark.parametrize(
        ("rgb", "lab"),
        [
            ((0, 0, 0), (0, 0, 0)),
            ((255, 255, 255), (100, 0, 0)),
            ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
            ((0, 255, 0), (87.7347, -86.1827, 83.1793)),
            ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
            ((119, 119, 119), (50.0344, 0, 0)),
            ((60, 60, 60), (25.3168, 0, 0)),
            ((10, 10, 10), (2.7417, 0, 0)),  # in the straight parts of both curves
        ],
    )
    def test_known_colors(self, rgb, lab):
        np.testing.assert_allclose(srgb_to_lab(np.array(rgb, np.uint8)), lab, rtol=0, atol=0.01)

    def test_grays_are_neutral_and_rise(self):
        grays = srgb_to_lab(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1))
        assert np.abs(grays[:, 1:]).max() < 1e-3
        assert (np.diff(grays[:, 0]) > 0).all()

    def test_keeps_the_shape(self):
        lab = srgb_to_lab(np.zeros((2, 0, 3), np.uint8))
        assert lab.shape == (2, 0, 3)
        assert lab.dtype == np.float32

    @pytest.mark.parametrize(
        "colors",
        [np.zeros((4, 4), np.uint8), np.zeros((4, 3), np.float32), np.uint8(3), np.zeros(4, np.uint8)],
    )
    def test_refuses_other_arrays(self, colors):
        with pytest.raises(InputError, match="expected uint8"):
            srgb_to_lab(np.asarray(colors))


class TestPsnr:
    def test_known_values(self):
        a = np.zeros((4, 4), np.uint8)
        assert psnr(a, a + 255) == pytest.approx(0.0, abs=1e-12)
        assert psnr(a, a + 1) == pytest.approx(20 * math.log10(255))
        assert psnr(np.zeros(10), np.full(10, 0.2), peak=2.0) == pytest.approx(20.0)

    def test_equal_is_infinite(self):
        assert psnr(np.ones(3, np.uint8), np.ones(3, np.uint8)) == math.inf

    def test_unsigned_numbers_do_not_wrap(self):
        assert psnr(np.array([0], np.uint8), np.array([255], np.uint8)) == psnr(
            np.array([255], np.uint8), np.array([0], np.uint8)
        )

    @pytest.mark.parametrize(("a", "b"), [((2, 3), (3, 2)), ((0,), (0,)), ((2, 2, 3), (2, 2))])
    def test_refuses_shapes(self, a, b):
        with pytest.raises(InputError, match="PSNR: expected two arrays of one shape"):
            psnr(np.zeros(a), np.zeros(b))

    @pytest.mark.parametrize("peak", [0.0, -1.0, math.inf, math.nan])
    def test_refuses_peaks(self, peak):
        with pytest.raises(InputError, match="positive peak"):
            psnr(np.zeros(2), np.ones(2), peak)


class TestHintAdherence:
    RED, BLUE = (200, 30, 30), (20, 40, 210)

    def setup_method(self):
        """An 8 x 10 picture painted red, a red stroke on the left half and a blue one on the right."""
        self.image = np.full((8, 10, 3), self.RED, np.uint8)
        self.hints = np.zeros((8, 10, 4), np.uint8)
        self.hints[2:6, 0:5] = (*self.RED, 255)
        self.hints[2:6, 5:10] = (*self.BLUE, 255)
        self.line_art = np.full((8, 10), 255, np.uint8)

    def measure(self):
        return hint_adherence(self.image, self.hints, self.line_art)

    def test_one_value_for_each_pixel_in_row_order(self):
        wrong = float(ciede2000(srgb_to_lab(np.array(self.RED, np.uint8)), srgb_to_lab(np.array(self.BLUE, np.uint8))))
        values = self.measure().reshape(4, 10)
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values[:, :5], 0)
        np.testing.assert_allclose(values[:, 5:], wrong, rtol=1e-6)

    def test_soft_edges_of_strokes_do_not_count(self):
        self.hints[2:6, 5:10, 3] = 254
        assert self.measure().shape == (20,)

    def test_lines_and_their_neighbors_do_not_count(self):
        self.line_art[3, 7] = 199
        assert self.measure().size == 40 - 9
        self.line_art[3, 7] = 200
        assert self.measure().size == 40

    def test_a_line_on_the_border(self):
        self.line_art[2, 0] = 0
        assert self.measure().size == 40 - 4

    def test_lines_do_not_reach_around_the_border(self):
        self.line_art[:, 9] = 0
        assert self.measure().size == 4 * 8

    def test_empty_without_hints(self):
        self.hints[..., 3] = 0
        assert self.measure().shape == (0,)

    def test_empty_under_lines(self):
        self.line_art[:] = 0
        assert self.measure().shape == (0,)

    def test_leaves_its_inputs_alone(self):
        before = self.image.copy(), self.hints.copy(), self.line_art.copy()
        self.measure()
        for array, copy in zip((self.image, self.hints, self.line_art), before, strict=True):
            np.testing.assert_array_equal(array, copy)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("image", np.zeros((8, 10), np.uint8), "picture: expected uint8"),
            ("image", np.zeros((8, 10, 3), np.float32), "picture: expected uint8"),
            ("hints", np.zeros((8, 10, 3), np.uint8), r"hints: expected uint8 \(8, 10, 4\), received uint8"),
            ("hints", np.zeros((4, 5, 4), np.uint8), r"hints: expected uint8 \(8, 10, 4\), received uint8"),
            ("line_art", np.zeros((8, 10, 1), np.uint8), r"line art: expected uint8 \(8, 10\)"),
            ("line_art", np.zeros((8, 10), np.float32), r"line art: expected uint8 \(8, 10\)"),
        ],
    )
    def test_refuses_other_arrays(self, name, value, message):
        setattr(self, name, value)
        with pytest.raises(InputError, match=message):
            self.measure()
