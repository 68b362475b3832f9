import math

import numpy as np
import pytest

from paintstorch_sdk.hints.raster import draw, empty_map, over

WHITE = (1.0, 1.0, 1.0)


def drawn(points, color=WHITE, radius=1.0, width=32, height=32):
    hint_map = empty_map(width, height)
    draw(hint_map, points, color, radius)
    return hint_map


def supersampled(points, radius, width=32, height=32, fine=16):
    """The share of each pixel that lies within `radius` of the polyline, by fine x fine samples."""
    y, x = (np.mgrid[0 : height * fine, 0 : width * fine] + 0.5) / fine
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    distance = np.full(x.shape, np.inf)
    for start, end in zip(xy[:1] if len(xy) == 1 else xy, xy[-1:] if len(xy) == 1 else xy[1:], strict=False):
        along = end - start
        length2 = max(along @ along, 1e-30)
        t = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length2, 0, 1)
        distance = np.minimum(distance, np.hypot(x - start[0] - t * along[0], y - start[1] - t * along[1]))
    return (distance <= radius).reshape(height, fine, width, fine).mean((1, 3))


def test_an_empty_map():
    hint_map = empty_map(7, 5)
    assert hint_map.shape == (4, 5, 7)
    assert hint_map.dtype == np.float32
    assert not hint_map.any()


class TestCoverage:
    @pytest.mark.parametrize("count", [1, 2])
    @pytest.mark.parametrize(("radius", "tolerance"), [(0.5, 0.2), (0.7, 0.15), (1.0, 0.1), (2.5, 0.1), (6.0, 0.1)])
    def test_dots_and_segments_against_supersampling(self, rng, count, radius, tolerance):
        """The coverage is a function of the distance alone, so it is near the area, not equal to it."""
        for _ in range(4):
            points = rng.uniform(7, 25, (count, 2))
            mask, area = drawn(points, radius=radius)[3], supersampled(points, radius)
            assert np.abs(mask - area).max() < tolerance
            if count == 2:
                assert mask.sum() == pytest.approx(area.sum(), rel=0.12 if radius < 1 else 0.04)

    @pytest.mark.parametrize("radius", [1.5, 3.0])
    def test_polylines_against_supersampling(self, rng, radius):
        for _ in range(3):
            points = rng.uniform(4, 28, (5, 2))
            mask, area = drawn(points, radius=radius)[3], supersampled(points, radius)
            assert np.abs(mask - area).mean() < 0.01
            assert mask.sum() == pytest.approx(area.sum(), rel=0.06)

    def test_the_formula_on_a_straight_line(self):
        """clip(radius + 1/2 - d, 0, 1), d from the pixel's center: rows of a horizontal stroke."""
        mask = drawn([(-100, 10.25), (100, 10.25)], radius=2.0)[3]
        centers = np.arange(32) + 0.5
        expected = np.clip(2.5 - np.abs(centers - 10.25), 0, 1)
        np.testing.assert_allclose(mask, np.repeat(expected[:, None], 32, 1), atol=1e-6)

    def test_x_comes_before_y(self):
        mask = drawn([(20.5, 3.5)], radius=0.5)[3]
        assert np.argwhere(mask == mask.max()).tolist() == [[3, 20]]

    def test_a_pixel_belongs_to_its_center(self):
        """A dot of radius 1/2 in the middle of a pixel fills that pixel alone."""
        mask = drawn([(8.5, 9.5)], radius=0.5)[3]
        assert mask[9, 8] == 1
        assert mask.sum() == 1

    @pytest.mark.parametrize("radius", [0.125, 0.25, 0.5, 1.0, 3.0])
    @pytest.mark.parametrize("offset", [0.0, 0.3, 0.5, 0.9])
    def test_strokes_keep_their_weight(self, radius, offset):
        """However thin, and wherever it lies between the pixels: width times length."""
        mask = drawn([(-100, 16 + offset), (100, 16 + offset)], radius=radius)[3]
        np.testing.assert_allclose(mask.sum(0), 2 * radius, rtol=1e-5)

    def test_the_thinnest_strokes_stay_visible(self):
        for radius in (0.0, 0.01, 0.1):
            mask = drawn([(-100, 16.5), (100, 16.5)], radius=radius)[3]
            np.testing.assert_allclose(mask[16], 0.25, rtol=1e-6)

    def test_a_stroke_that_crosses_itself_covers_once(self):
        mask = drawn([(4, 4), (28, 28), (28, 4), (4, 28)], radius=2)[3]
        assert mask.max() == 1
        there_and_back = drawn([(5, 5), (20, 9), (5, 5)], radius=0.25)
        np.testing.assert_allclose(there_and_back, drawn([(5, 5), (20, 9)], radius=0.25), atol=1e-6)

    def test_points_in_the_same_place(self):
        np.testing.assert_array_equal(drawn([(9, 9)] * 5, radius=3), drawn([(9, 9)], radius=3))

    def test_turned_over_diagonal_and_back(self):
        points = np.array([(3.0, 5.0), (20.0, 11.0), (8.0, 30.0)])
        mask = drawn(points, radius=1.7)[3]
        np.testing.assert_allclose(drawn(points[:, ::-1], radius=1.7)[3], mask.T, atol=1e-6)
        np.testing.assert_allclose(drawn(points[::-1], radius=1.7)[3], mask, atol=1e-6)
        np.testing.assert_allclose(drawn(points * (-1, 1) + (32, 0), radius=1.7)[3], mask[:, ::-1], atol=1e-5)

    def test_many_points(self):
        """A straight stroke in 3000 pieces is the same stroke."""
        whole = np.array([(2.0, 3.0), (29.0, 24.0)])
        pieces = whole[0] + np.linspace(0, 1, 3001)[:, None] * (whole[1] - whole[0])
        np.testing.assert_allclose(drawn(pieces, radius=1.3), drawn(whole, radius=1.3), atol=1e-5)


class TestBorders:
    @pytest.mark.parametrize(
        "points",
        [
            [(-10, 5)],
            [(42, 5), (60, 20)],
            [(5, -8), (9, -3.1)],
            [(16, 35.1)],
            [(1e9, 1e9)],
            [(-50, 10), (10, -50)],  # its bounding box covers the map
        ],
    )
    def test_outside_nothing_changes(self, points):
        hint_map = np.full((4, 32, 32), 0.5, np.float32)
        draw(hint_map, points, WHITE, 2.5)
        np.testing.assert_array_equal(hint_map, 0.5)

    def test_across_the_border_is_cut(self, rng):
        """The same stroke on a larger map, cut out."""
        points = rng.uniform(-15, 47, (12, 2))
        color = (0.5, -0.25, 1.0)
        large = drawn(points + 20, color, 3.2, 72, 72)
        np.testing.assert_allclose(drawn(points, color, 3.2), large[:, 20:52, 20:52], atol=1e-5)

    def test_a_huge_stroke_fills_the_map(self):
        hint_map = drawn([(16, 16)], (0.5, 0.0, -1.0), 1e6)
        np.testing.assert_array_equal(hint_map[3], 1)
        np.testing.assert_array_equal(hint_map[:3, 7, 9], [0.5, 0.0, -1.0])

    def test_a_map_that_is_not_square(self):
        hint_map = drawn([(39.5, 2.5)], radius=0.5, width=40, height=3)
        assert hint_map[3, 2, 39] == 1

    def test_a_view_of_a_larger_map(self):
        whole = np.zeros((4, 40, 40), np.float32)
        draw(whole[:, 4:36, 4:36], [(1, 1), (30, 20)], WHITE, 2)
        np.testing.assert_array_equal(whole[:, 4:36, 4:36], drawn([(1, 1), (30, 20)], radius=2))
        assert not whole[:, :4].any()


class TestColor:
    def test_the_range_of_a_hint_map(self, rng):
        """Colors in [-1, 1] premultiplied by a mask in [0, 1]: no color exceeds its mask."""
        hint_map = empty_map(48, 32)
        for _ in range(200):
            points = rng.uniform(-5, 50, (rng.integers(1, 6), 2))
            draw(hint_map, points, rng.choice([-1.0, 0.0, 1.0], 3), rng.uniform(0, 4))
            mask = hint_map[3]
            assert mask.min() >= 0
            assert mask.max() <= 1 + 1e-6
            assert (np.abs(hint_map[:3]) <= mask + 1e-6).all()
        assert hint_map.dtype == np.float32
        assert not hint_map[:3, hint_map[3] == 0].any()

    def test_color_is_premultiplied(self, rng):
        color = np.array([0.8, -0.4, 0.1], np.float32)
        hint_map = drawn(rng.uniform(0, 32, (4, 2)), color, 1.6)
        np.testing.assert_allclose(hint_map[:3], color[:, None, None] * hint_map[3], atol=1e-6)

    def test_the_last_stroke_lies_on_top(self):
        hint_map = drawn([(0, 16), (32, 16)], (1, -1, -1), 4)
        draw(hint_map, [(16, 0), (16, 32)], (-1, -1, 1), 2)
        np.testing.assert_array_equal(hint_map[:, 16, 16], [-1, -1, 1, 1])
        np.testing.assert_array_equal(hint_map[:, 16, 4], [1, -1, -1, 1])

    def test_mid_gray_is_told_from_no_hint_by_the_mask(self):
        hint_map = drawn([(16, 16)], (0, 0, 0), 3)
        assert not hint_map[:3].any()
        assert hint_map[3, 16, 16] == 1

    def test_draw_equals_over(self, rng):
        strokes = [(rng.uniform(0, 32, (3, 2)), rng.uniform(-1, 1, 3), rng.uniform(0.1, 4)) for _ in range(6)]
        together, laid = empty_map(32, 32), empty_map(32, 32)
        for points, color, radius in strokes:
            draw(together, points, color, radius)
            laid = over(drawn(points, color, radius), laid)
        np.testing.assert_allclose(together, laid, atol=1e-6)


class TestOver:
    def test_nothing_over_or_under(self, rng):
        hint_map = drawn(rng.uniform(0, 32, (3, 2)), (0.3, 0.2, -1), 2.2)
        np.testing.assert_array_equal(over(empty_map(32, 32), hint_map), hint_map)
        np.testing.assert_array_equal(over(hint_map, empty_map(32, 32)), hint_map)

    def test_the_order_of_nesting_does_not_matter(self, rng):
        a, b, c = (drawn(rng.uniform(0, 32, (3, 2)), rng.uniform(-1, 1, 3), 3) for _ in range(3))
        np.testing.assert_allclose(over(over(a, b), c), over(a, over(b, c)), atol=1e-6)

    def test_half_over_full(self):
        above = np.full((4, 1, 1), 0.5, np.float32)  # white at half coverage
        below = np.array([-1, -1, -1, 1], np.float32).reshape(4, 1, 1)
        np.testing.assert_array_equal(over(above, below).ravel(), [0, 0, 0, 1])

    def test_makes_a_new_map(self):
        a, b = drawn([(5, 5)]), drawn([(9, 9)])
        before = a.copy(), b.copy()
        assert over(a, b).dtype == np.float32
        np.testing.assert_array_equal(a, before[0])
        np.testing.assert_array_equal(b, before[1])


def test_a_list_of_pairs_a_flat_list_and_an_array_are_the_same():
    expected = drawn([(3, 4), (10.5, 20)], radius=math.e)
    for points in ([3, 4, 10.5, 20], np.array([[3, 4], [10.5, 20]], np.float32), ((3, 4), (10.5, 20))):
        np.testing.assert_array_equal(drawn(points, radius=math.e), expected)
