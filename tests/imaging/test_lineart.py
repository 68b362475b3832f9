import math

import numpy as np
import pytest

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.imaging.xdog import XDoG, gaussian, luminance, otsu, xdog


def mirrored(index, size):
    """The index inside of an axis that goes on in mirror images: ... 1 0 | 0 1 2 | 2 1 ..."""
    index %= 2 * size
    return index if index < size else 2 * size - 1 - index


def direct_gaussian(gray, sigma):
    """The weighted mean over the square around each pixel, weights exp(-r^2 / 2 sigma^2), in float64."""
    height, width = gray.shape
    radius = max(1, int(4 * sigma + 0.5))
    offsets = [(y, x) for y in range(-radius, radius + 1) for x in range(-radius, radius + 1)]
    weights = [math.exp(-(y * y + x * x) / (2 * sigma * sigma)) for y, x in offsets]
    rows = np.array([[mirrored(i + y, height) for i in range(height)] for y, _ in offsets])
    columns = np.array([[mirrored(i + x, width) for i in range(width)] for _, x in offsets])
    out = np.zeros((height, width))
    for weight, row, column in zip(weights, rows, columns, strict=True):
        out += weight * gray[row][:, column].astype(np.float64)
    return out / sum(weights)


def brute_otsu(levels):
    best, threshold = -1.0, 0
    values = levels.ravel().astype(np.float64)
    for t in range(256):
        low, high = values[values <= t], values[values > t]
        between = len(low) * len(high) * (low.mean() - high.mean()) ** 2 if len(low) and len(high) else 0.0
        if between > best * (1 + 1e-12):
            best, threshold = between, t
    return threshold


def smooth_picture(rng, height=40, width=56):
    coarse = rng.uniform(0, 255, (height // 8, width // 8, 3))
    fine = np.kron(coarse, np.ones((8, 8, 1)))
    return np.stack([direct_gaussian(fine[..., c], 1.5) for c in range(3)], -1).round().astype(np.uint8)


class TestGaussian:
    @pytest.mark.parametrize("sigma", [0.3, 0.4, 0.5, 1.8, 2.25])
    @pytest.mark.parametrize("shape", [(17, 23), (5, 40), (1, 1), (2, 3)])
    def test_against_the_direct_formula(self, rng, sigma, shape):
        gray = rng.uniform(0, 1, shape).astype(np.float32)
        np.testing.assert_allclose(gaussian(gray, sigma), direct_gaussian(gray, sigma), rtol=0, atol=1e-6)

    def test_flat_stays_flat(self):
        np.testing.assert_allclose(gaussian(np.full((9, 9), 0.37, np.float32), 2.0), 0.37, rtol=1e-6)

    def test_an_impulse_keeps_its_sum_and_gets_its_width(self):
        gray = np.zeros((41, 41), np.float32)
        gray[20, 20] = 1
        out = gaussian(gray, 2.0).astype(np.float64)
        offsets = np.arange(-20, 21)
        assert out.sum() == pytest.approx(1.0, abs=1e-5)
        assert (out.sum(0) @ offsets**2) == pytest.approx(4.0, rel=0.01)
        np.testing.assert_array_equal(out, out.T)

    def test_leaves_its_input_alone(self, rng):
        gray = rng.uniform(0, 1, (8, 8)).astype(np.float32)
        before = gray.copy()
        assert gaussian(gray, 1.0).dtype == np.float32
        np.testing.assert_array_equal(gray, before)


class TestOtsu:
    def test_against_brute_force(self, rng):
        for _ in range(5):
            levels = np.clip(rng.normal(rng.choice([60, 180], 600), 25), 0, 255).astype(np.uint8)
            assert otsu(levels) == brute_otsu(levels)

    def test_two_levels(self):
        """Every threshold from the lower up to under the higher one is as good: the first is taken."""
        assert otsu(np.array([[30, 30, 200]], np.uint8)) == 30

    @pytest.mark.parametrize("level", [0, 7, 255])
    def test_one_level(self, level):
        assert otsu(np.full((4, 4), level, np.uint8)) == 0


class TestLuminance:
    def test_weights(self):
        primaries = np.eye(3, dtype=np.uint8)[None] * 255
        np.testing.assert_allclose(luminance(primaries), [[76.245, 149.685, 29.07]], rtol=1e-5)

    def test_gray_stays(self):
        gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
        np.testing.assert_array_equal(luminance(gray), gray)
        np.testing.assert_allclose(luminance(np.repeat(gray[..., None], 3, 2)), gray, rtol=1e-6)


def direct_difference(gray, p):
    gray = gray / 255.0
    return direct_gaussian(gray, p.sigma) - p.gamma * direct_gaussian(gray, p.sigma * p.k)


def direct_xdog(picture, p):
    difference = direct_difference(picture @ np.array([0.299, 0.587, 0.114]), p)
    soft = np.where(difference < p.epsilon, 1.0, 1 - np.tanh(np.clip(p.phi * difference, -50, 50)))
    levels = np.rint((soft - soft.min()) * 255 / np.ptp(soft)).astype(np.uint8)
    return np.where(levels > brute_otsu(levels), 0, 255)


class TestXDoG:
    @pytest.mark.parametrize("level", [0, 1, 60, 128, 254, 255])
    def test_a_flat_picture_has_no_lines(self, level):
        for shape in ((20, 30), (20, 30, 3), (1, 1)):
            lines = xdog(np.full(shape, level, np.uint8))
            assert lines.shape == shape[:2]
            assert lines.dtype == np.uint8
            np.testing.assert_array_equal(lines, 255)

    @pytest.mark.parametrize("sigma", [0.3, 0.4, 0.5])
    @pytest.mark.parametrize("dark", [40, 90])
    def test_a_step_has_a_line_on_its_dark_side(self, sigma, dark):
        """Where the wide Gaussian, which sees the light side from further away, outweighs the narrow one."""
        picture = np.full((24, 60), 255, np.uint8)
        picture[:, :30] = dark
        difference = direct_difference(picture, XDoG(sigma=sigma))
        assert np.abs(difference).min() > 1e-4  # no pixel where rounding decides
        expected = np.where(difference < 0, 0, 255)
        lines = xdog(picture, XDoG(sigma=sigma))
        np.testing.assert_array_equal(lines, expected)
        columns = np.flatnonzero((lines == 0).all(0))
        assert columns[-1] == 29  # the last dark column
        np.testing.assert_array_equal(columns, np.arange(columns[0], 30))
        assert columns[0] >= 30 - math.ceil(4 * sigma * 4.5)

    def test_a_line_on_paper_is_found(self):
        picture = np.full((31, 31, 3), 250, np.uint8)
        picture[15, 4:27] = (40, 20, 60)
        lines = xdog(picture)
        assert not lines[15, 6:25].any()
        assert (lines[:12] == 255).all()
        assert (lines[19:] == 255).all()

    @pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0])
    def test_against_the_direct_formula(self, rng, sigma):
        """Thresholds and all, in float64; where a difference is next to a threshold rounding may decide."""
        p = XDoG(sigma=sigma, gamma=0.98)
        picture = smooth_picture(rng)
        difference = direct_difference(picture @ np.array([0.299, 0.587, 0.114]), p)
        expected = direct_xdog(picture, p)
        clear = (np.abs(difference) > 1e-5) & (np.abs(difference - p.epsilon) > 1e-5)
        assert clear.mean() > 0.99
        assert 0.02 < (expected == 0).mean() < 0.9
        np.testing.assert_array_equal(xdog(picture, p)[clear], expected[clear])

    @pytest.mark.parametrize(("phi", "epsilon"), [(10.0, -0.1), (30.0, 0.04), (30.0, -0.01)])
    def test_soft_thresholds_against_the_direct_formula(self, rng, phi, epsilon):
        """A low phi gives a ramp; Otsu's threshold may then lie on a level that rounding decides."""
        p = XDoG(gamma=0.98, phi=phi, epsilon=epsilon)
        picture = smooth_picture(rng)
        expected = direct_xdog(picture, p)
        assert 0.02 < (expected == 0).mean() < 0.9
        assert (xdog(picture, p) != expected).mean() < 0.005

    def test_turns_with_the_picture(self, rng):
        picture = smooth_picture(rng)
        lines = xdog(picture)
        assert (lines == 0).any()
        np.testing.assert_array_equal(xdog(picture[:, ::-1]), lines[:, ::-1])
        np.testing.assert_array_equal(xdog(picture[::-1]), lines[::-1])
        assert (xdog(picture.transpose(1, 0, 2)) != lines.T).mean() < 0.005  # the order of rounding differs

    def test_gray_and_its_rgb(self):
        picture = np.full((20, 40), 230, np.uint8)
        picture[:, 18:22] = 20
        np.testing.assert_array_equal(xdog(np.repeat(picture[..., None], 3, 2)), xdog(picture))

    def test_leaves_its_input_alone(self, rng):
        picture = smooth_picture(rng)
        before = picture.copy()
        xdog(picture)
        np.testing.assert_array_equal(picture, before)

    def test_defaults_are_the_papers(self):
        assert XDoG() == XDoG(sigma=0.4, k=4.5, gamma=0.95, epsilon=-0.1, phi=1e9)

    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("sigma", 0.05),
            ("sigma", -1.0),
            ("sigma", math.nan),
            ("sigma", math.inf),
            ("k", 1.0),
            ("k", math.nan),
            ("phi", 0.0),
            ("phi", math.inf),
        ],
    )
    def test_refuses_parameters(self, parameter, value):
        with pytest.raises(InputError, match=f"xDoG {parameter}: expected more than .*, received {value:g}"):
            XDoG(**{parameter: value})

    def test_refuses_a_gaussian_wider_than_pictures(self):
        with pytest.raises(InputError, match=r"xDoG sigma \* k: expected at most 100 pixels, received 135"):
            XDoG(sigma=30.0)
