"""The measures against independent formulas, and on pictures whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from paintstorch_sdk.training.evaluation.measures import Ruler, ssim
from support.evaluation import BLUE, GREEN, LEFT, RED, RIGHT, SIDE, WHITE, two_halves


def difference(one, other):
    return float(ciede2000(srgb_to_lab(np.array(one, np.uint8)), srgb_to_lab(np.array(other, np.uint8))))


def halves(left, right):
    """A picture of two colors, the line black."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[LEFT], image[RIGHT] = left, right
    return image


def measured(image, case=None):
    return Ruler(case or two_halves()).measure(image)[0]


class TestSsim:
    @pytest.mark.parametrize("shape", [(40, 53, 3), (11, 11, 3)])
    def test_is_scikit_images(self, rng, shape):
        skimage = pytest.importorskip("skimage.metrics")
        a = rng.integers(0, 256, shape, np.uint8)
        b = np.clip(a + rng.normal(0, 30, shape), 0, 255).astype(np.uint8)
        expected = skimage.structural_similarity(
            a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
        )
        assert ssim(a, b) == pytest.approx(expected, abs=1e-4)

    def test_known_values(self, rng):
        noise = rng.integers(0, 256, (32, 32, 3), np.uint8)
        assert ssim(noise, noise) == pytest.approx(1.0, abs=1e-6)
        # Two flat pictures: the formula's structure term is 1, its luminance term is in closed form.
        c1 = (0.01 * 255) ** 2
        flat = ssim(np.full((16, 16, 3), 100, np.uint8), np.full((16, 16, 3), 200, np.uint8))
        assert flat == pytest.approx((2 * 100 * 200 + c1) / (100**2 + 200**2 + c1), abs=1e-4)


class TestPsnr:
    def test_lines_do_not_count(self):
        image = halves(RED, BLUE)
        image[:, 46:50] = 255
        assert measured(image).psnr == 60.0
        assert measured(image).psnr_whole < 20.0

    def test_known_value(self):
        image = halves(tuple(c + 5 for c in RED), tuple(c + 5 for c in BLUE))
        assert measured(image).psnr == pytest.approx(20 * np.log10(255 / 5))


class TestAdherence:
    def test_right_on_one_stroke_and_wrong_on_the_other(self):
        case = two_halves()
        row, differences = Ruler(case).measure(halves(RED, GREEN))
        wrong = difference(BLUE, GREEN)
        assert set(np.round(differences, 3)) == {0.0, np.float32(round(wrong, 3))}
        strokes = [20 * 8, 25 * 8]  # lengths by widths, and the round ends
        share = (differences > 0).mean()
        assert share == pytest.approx(strokes[1] / sum(strokes), abs=0.03)
        assert row.adherence == pytest.approx(wrong, rel=1e-5)
        assert row.adherence_90 == pytest.approx(wrong, rel=1e-5)

    def test_white_strokes_are_no_test(self):
        case = two_halves(hints=Hints((Stroke([(20, 20)], WHITE, 10),)))
        row, differences = Ruler(case).measure(halves(RED, BLUE))
        assert row.adherence is None
        assert not differences.size


class TestRegions:
    def test_share_of_all_and_of_the_told(self):
        near = (200, 44, 44)
        assert difference(RED, near) < 10 < difference(BLUE, GREEN)
        row = measured(halves(near, GREEN), two_halves(told=(True, False)))
        assert row.regions == 0.5
        assert row.regions_told == 1.0

    def test_the_median_decides(self):
        """A third of the region in a wrong color does not make it wrong; two thirds do."""
        for rows, expected in ((SIDE // 3, 1.0), (2 * SIDE // 3, 0.5)):
            image = halves(RED, BLUE)
            image[:rows, 50:] = GREEN
            assert measured(image).regions == expected

    def test_nothing_told(self):
        row = measured(halves(RED, BLUE), two_halves(told=(False, False)))
        assert row.regions == 1.0
        assert row.regions_told is None
        assert row.bleeding is None
        assert row.blotches is None


class TestBleeding:
    def test_the_truth_does_not_bleed(self):
        assert measured(halves(RED, BLUE)).bleeding == 0.0

    def test_one_color_on_both_sides_bleeds_wholly(self):
        assert measured(halves(RED, RED)).bleeding == pytest.approx(1.0)

    def test_a_part_of_the_change(self):
        left, right = (150, 60, 90), (100, 60, 140)
        expected = 1.0 - difference(left, right) / difference(RED, BLUE)
        assert 0.2 < expected < 0.9
        assert measured(halves(left, right)).bleeding == pytest.approx(expected, abs=1e-5)

    def test_more_change_than_the_truths_is_none(self):
        assert measured(halves((0, 0, 0), (255, 255, 0))).bleeding == 0.0

    def test_half_of_the_rows(self):
        image = halves(RED, BLUE)
        image[: SIDE // 2] = RED
        assert measured(image).bleeding == pytest.approx(0.5)

    def test_only_known_sides_count(self):
        """In natural colors nobody can know a side without a hint; in random colors it is white."""
        image = halves(RED, RED)
        assert measured(image, two_halves(told=(True, False))).bleeding is None
        assert measured(image, two_halves("random", told=(True, False))).bleeding == pytest.approx(1.0)


class TestBlotches:
    def test_a_blot_in_a_flat_region(self):
        image = halves(RED, BLUE)
        image[10:30, 60:80] = GREEN
        inside = np.zeros((SIDE, SIDE), bool)
        inside[:, :44] = inside[:, 52:] = True  # not beside the line
        blot = np.zeros_like(inside)
        blot[10:30, 60:80] = True
        expected = (inside & blot).sum() / inside.sum()
        # At most 1,000 pixels of each region are looked at, evenly spread.
        assert measured(image).blotches == pytest.approx(expected, rel=0.15)
        assert measured(halves(RED, BLUE)).blotches == 0.0

    def test_a_wrong_but_even_color_is_none(self):
        assert measured(halves(GREEN, GREEN)).blotches == 0.0

    def test_regions_that_are_not_flat_in_the_truth_do_not_count(self):
        case = two_halves()
        case.truth[: SIDE // 2, :46] = GREEN
        image = halves(RED, BLUE)
        image[:30, :46] = (250, 250, 20)
        assert measured(image, case).blotches == 0.0


class TestLeak:
    def test_color_on_paper_counts_and_what_the_user_drew_there_does_not(self):
        """The right half is paper with a stroke; a quarter of it got a color."""
        case = two_halves(hints=Hints((Stroke([(60, 70), (85, 70)], BLUE, 8),)))
        case.truth[RIGHT] = 255
        assert measured(case.truth, case).leak == 0.0
        image = halves(RED, WHITE)
        image[66:74, 56:89] = BLUE
        assert measured(image, case).leak < 0.01
        image[: SIDE // 4, 50:] = GREEN
        assert measured(image, case).leak == pytest.approx(0.25, abs=0.03)

    def test_a_white_thing_is_no_paper_though_no_line_parts_it_from_the_page(self):
        case = two_halves()
        case.truth[30:70, 60:90] = 255
        assert measured(halves(RED, BLUE), case).leak is None

    def test_what_is_white_only_as_nobody_told_of_it_is_no_paper(self):
        """A sky whose other half is told: to go on with its color is what people want."""
        case = two_halves()
        case = replace(case, truth=case.truth.copy())
        case.truth[RIGHT] = 255
        assert measured(halves(RED, RED), case).leak is None

    def test_no_paper_no_leak(self):
        assert measured(halves(RED, BLUE)).leak is None


class TestTaken:
    @pytest.mark.parametrize(("right", "expected"), [(BLUE, 0.0), (RED, 0.5), (GREEN, 0.0)])
    def test_a_neighbors_color_is_told_from_another_wrong_one(self, right, expected):
        assert measured(halves(RED, right)).taken == expected
