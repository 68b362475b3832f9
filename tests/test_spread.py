"""Strokes that spread through closed regions."""

import numpy as np

from paintstorch_sdk import strokes
from paintstorch_sdk.spread import spread, walls


def boxed(gap: bool = False):
    """Two rooms of 15 by 30 cells, parted by a wall with or without a door, and a red stroke in the left one."""
    line_art = np.ones((120, 120), np.float32)
    line_art[:, 60:62] = -1.0
    if gap:
        line_art[56:64, 60:62] = 1.0
    hints = strokes.empty_map(30, 30)
    strokes.draw(hints, [(5.5, 5.5)], (1.0, -1.0, 0.0), 1.5)
    return hints, walls(line_art)


def test_walls_are_the_cells_with_a_line():
    _, closed = boxed()
    assert closed[:, 15].all()
    assert closed.sum() == 30


def test_a_stroke_fills_its_room_and_no_other():
    hints, closed = boxed()
    result = spread(hints, closed)
    assert (result[3, :, :15] > 0.4).all()
    np.testing.assert_allclose(result[:3, 29, 0], (1.0, -1.0, 0.0), atol=1e-6)
    assert not result[:, :, 15].any(), "a wall takes no colour"
    assert (result[:, :, 16:] == 1.0).all(), "paper beside it stays white"


def test_solid_cells_and_the_given_map_stay_as_they_are():
    hints, closed = boxed()
    before = hints.copy()
    result = spread(hints, closed)
    np.testing.assert_array_equal(hints, before)
    solid = hints[3] >= 0.5
    np.testing.assert_array_equal(result[:, solid], hints[:, solid])


def test_a_colour_goes_no_further_than_its_reach():
    hints, closed = boxed()
    result = spread(hints, closed, reach=4)
    assert result[3, 5, 10] == 1.0
    assert result[3, 5, 13] == 0.0
    np.testing.assert_array_equal(spread(hints, closed, reach=0), hints)


def test_a_door_lets_colour_through_until_it_meets_another():
    hints, closed = boxed(gap=True)
    assert spread(hints, closed)[3, :, 16:].any()
    strokes.draw(hints, [(17.0, 15.0)], (0.0, 0.0, 1.0), 2.0)
    right = spread(hints, closed)[:, :, 17:]
    np.testing.assert_allclose(right[0], 0.0, atol=1e-6)


def test_two_strokes_share_a_room_by_distance():
    hints = strokes.empty_map(20, 10)
    strokes.draw(hints, [(2.5, 5.5)], (1.0, 0.0, 0.0), 1.0)
    strokes.draw(hints, [(17.5, 5.5)], (0.0, 0.0, 1.0), 1.0)
    result = spread(hints, np.zeros((10, 20), bool))
    assert (result[0, :, :9] > 0.4).all()
    assert (result[2, :, 11:] > 0.4).all()


def test_an_inner_room_without_a_hint_is_left_to_the_network():
    hints, closed = strokes.empty_map(20, 20), np.zeros((20, 20), bool)
    closed[5:15, 5:15] = True
    closed[6:14, 6:14] = False
    strokes.draw(hints, [(2.0, 2.0)], (0.0, 0.0, 1.0), 1.0)
    result = spread(hints, closed)
    assert not result[:, 6:14, 6:14].any()
    assert (result[2, 16:] == 1.0).all()


def test_no_hints_stay_none():
    hints = strokes.empty_map(8, 8)
    assert not spread(hints, np.zeros((8, 8), bool)).any()
