"""Strokes that flow between the lines."""

import numpy as np
import pytest
from scipy import ndimage

from paintstorch_sdk.hints import raster as strokes
from paintstorch_sdk.hints.spread import GAP, LARGE, spread, walls


def drawn(closed):
    """The walls of a line art whose cells hold lines where `closed` says."""
    return walls(np.where(np.kron(closed, np.ones((4, 4), bool)), np.float32(-1.0), np.float32(1.0)))


def two_rooms(door: int = 0, height: int = 30):
    """Two rooms of 15 by 30 cells, parted by a wall with a door of some cells, and a red stroke in the left one."""
    closed = np.zeros((height, 30), bool)
    closed[:, 15] = True
    closed[height // 2 : height // 2 + door, 15] = False
    hints = strokes.empty_map(30, height)
    strokes.draw(hints, [(5.5, 5.5)], (1.0, -1.0, 0.0), 1.5)
    return hints, drawn(closed)


def stroke_at(x, y, color=(1.0, 0.0, 0.0), size=20):
    hints = strokes.empty_map(size, size)
    strokes.draw(hints, [(x, y)], color, 1.0)
    return hints


class TestWalls:
    def test_cells_with_a_line_are_closed(self):
        line_art = np.ones((120, 121), np.float32)
        line_art[:, 60:62] = -1.0
        line_art[7, 3] = 0.2
        line_art[:, 120] = -1.0  # less than a cell: left out
        closed = walls(line_art).closed
        assert closed.shape == (30, 30)
        assert closed[:, 15].all()
        assert closed[1, 0]
        assert closed.sum() == 31

    @pytest.mark.parametrize("seed", range(5))
    def test_rooms_are_the_connected_parts_of_what_is_wide(self, seed):
        """Against scipy, on noise of many shapes."""
        rng = np.random.default_rng(seed)
        closed = ndimage.gaussian_filter(rng.normal(size=(40, 61)), rng.uniform(0.0, 2.0)) > rng.uniform(0.0, 0.3)
        found = drawn(closed)
        expected, count = ndimage.label(~ndimage.binary_dilation(closed))
        pairs = set(zip(expected.ravel().tolist(), found.rooms.ravel().tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
        assert (expected == 0).tolist() == (found.rooms == -1).tolist()
        edge = np.ones(closed.shape, bool)
        edge[1:-1, 1:-1] = False
        for room in range(count):
            inside = found.rooms == room
            assert found.large[room] == (inside.sum() > closed.size / LARGE)
            assert found.outer[room] == (inside & edge).any()

    def test_nothing_but_lines(self):
        found = drawn(np.ones((5, 7), bool))
        assert (found.rooms == -1).all()
        assert not found.large.any()
        assert not found.outer.any()


class TestSpread:
    def test_a_stroke_fills_its_room_and_no_other(self):
        hints, between = two_rooms()
        result = spread(hints, between, reach=2)
        assert (result[3, :, :15] > 0.4).all(), "however far: in a room the reach does not count"
        np.testing.assert_allclose(result[:3, 29, 0], (1.0, -1.0, 0.0), atol=1e-6)
        assert not result[:, :, 15].any(), "a wall takes no color"
        assert (result[:, :, 16:] == 1.0).all(), "paper beside it stays white"

    def test_solid_cells_and_the_given_map_stay_as_they_are(self):
        hints, between = two_rooms()
        before = hints.copy()
        result = spread(hints, between)
        np.testing.assert_array_equal(hints, before)
        solid = hints[3] >= 0.5
        np.testing.assert_array_equal(result[:, solid], hints[:, solid])
        np.testing.assert_array_equal(spread(hints, between, reach=0), hints)

    @pytest.mark.parametrize("door", [1, GAP])
    def test_a_broken_line_holds(self, door):
        hints, between = two_rooms(door)
        assert (spread(hints, between)[:, :, 17:] == 1.0).all()

    def test_through_a_door_a_color_goes_until_it_meets_another(self):
        hints, between = two_rooms(door=6)
        assert (spread(hints, between)[0, 15, 17:] > 0.9).all()
        assert (spread(hints, between)[2, :, 17:] < 0.5).all(), "not paper: the door makes it one room"
        strokes.draw(hints, [(17.0, 17.0)], (0.0, 0.0, 1.0), 2.0)
        right = spread(hints, between)[:, :, 18:]
        np.testing.assert_allclose(right[0], 0.0, atol=1e-6)

    def test_two_strokes_share_a_room_by_distance(self):
        hints = strokes.empty_map(20, 10)
        strokes.draw(hints, [(2.5, 5.5)], (1.0, 0.0, 0.0), 1.0)
        strokes.draw(hints, [(17.5, 5.5)], (0.0, 0.0, 1.0), 1.0)
        result = spread(hints, drawn(np.zeros((10, 20), bool)))
        assert (result[0, :, :9] > 0.4).all()
        assert (result[2, :, 11:] > 0.4).all()

    def test_an_inner_room_without_a_hint_is_left_to_the_network(self):
        closed = np.zeros((20, 20), bool)
        closed[5:15, 5:15] = True
        closed[6:14, 6:14] = False
        result = spread(stroke_at(2.0, 2.0), drawn(closed))
        assert not result[:, 6:14, 6:14].any()
        assert (result[0, 16:] == 1.0).all()

    @pytest.mark.parametrize(("side", "entered"), [(6, True), (14, False)])
    def test_a_gap_lets_color_into_small_rooms_alone(self, side, entered):
        """A closed square in the middle, with a gap of one cell, and a stroke outside."""
        closed = np.zeros((30, 30), bool)
        closed[8 : 10 + side, 8 : 10 + side] = True
        closed[9 : 9 + side, 9 : 9 + side] = False
        closed[8, 9 + side // 2] = False
        result = spread(stroke_at(3.0, 3.0, size=30), drawn(closed))
        assert (result[3, 9 + side // 2, 9 + side // 2] == 1.0) == entered
        assert (result[0, 28] == 1.0).all()

    def test_a_narrow_passage_is_followed_as_far_as_the_reach(self):
        closed = np.ones((20, 20), bool)
        closed[10, :] = False
        hints = stroke_at(2.5, 10.5)
        filled = spread(hints, drawn(closed), reach=5)[3, 10] == 1.0
        assert filled[4:8].all()
        assert not filled[9:].any()

    def test_a_stroke_along_a_line_fills_the_room_beside_it(self):
        closed = np.zeros((20, 20), bool)
        closed[:, 10] = True
        result = spread(stroke_at(9.5, 10.5), drawn(closed), reach=1)
        assert (result[0, :, :8] > 0.9).all()
        assert (result[:, :, 12:] == 1.0).all()

    def test_no_hints_stay_none(self):
        assert not spread(strokes.empty_map(8, 8), drawn(np.zeros((8, 8), bool))).any()
