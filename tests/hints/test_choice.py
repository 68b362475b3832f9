"""Regions that no stroke tells of."""

from dataclasses import replace

import numpy as np
import pytest

from paintstorch_sdk.hints.choice import choose_colors
from paintstorch_sdk.hints.vote import NEIGHBOR, NETWORK, PAPER, STROKE, Votes
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.regions import find_regions

BLUE, SKIN = (58, 123, 213), (251, 224, 205)


def vote(*decided):
    """Votes of (reason, color) for each region."""
    reasons, colors = zip(*decided, strict=True)
    nobody = np.full(len(decided), -1, np.int32)
    return Votes(np.array(reasons, np.int8), np.array(colors, np.uint8), nobody, {}, np.zeros(0, np.int64))


def choose(votes, *means, rooms=None, areas=None):
    """Each region a room of its own, of one area, unless told."""
    each = np.arange(len(means))
    regions = replace(
        find_regions(analyze(np.full((16, 16), 255, np.uint8))),
        rooms=each if rooms is None else np.array(rooms),
        area=np.ones_like(each) if areas is None else np.array(areas),
    )
    return choose_colors(np.array(means, np.float32), votes, regions)


@pytest.mark.parametrize(
    ("painted", "chosen"),
    [
        ((96, 140, 200), BLUE),  # a dull blue
        ((70, 90, 140), BLUE),
        ((236, 205, 190), SKIN),
        ((250, 250, 250), (255, 255, 255)),
        ((225, 228, 232), (255, 255, 255)),  # nearly white: nothing was meant
    ],
)
def test_the_nearest_of_the_strokes_colors_and_paper(painted, chosen):
    votes = vote((STROKE, BLUE), (NEIGHBOR, SKIN), (NETWORK, (0, 0, 0)), (PAPER, (1, 2, 3)))
    colors, paper = choose(votes, (0, 0, 0), (0, 0, 0), painted, (0, 0, 0))
    assert tuple(colors[2]) == chosen
    assert paper.tolist() == [False, False, chosen == (255, 255, 255), False]


def test_without_strokes_the_network_has_its_own_colors():
    colors, paper = choose(vote((PAPER, (0, 0, 0)), (NETWORK, (0, 0, 0))), (255, 255, 255), (90.4, 90.6, 33))
    assert tuple(colors[1]) == (90, 91, 33)
    assert not paper.any()


def test_many_colors_of_a_layer_are_chosen_from_as_few_are():
    rng = np.random.default_rng(0)
    given = rng.integers(0, 256, (300, 3))
    votes = vote(*((STROKE, color) for color in given), *((NETWORK, (0, 0, 0)) for _ in range(50)))
    painted = rng.integers(0, 200, (50, 3))
    colors, paper = choose(votes, *np.zeros((300, 3)), *painted)
    assert {tuple(color) for color in colors[300:][~paper[300:]]} <= {tuple(color) for color in given}
    near = np.abs(colors[300:].astype(int) - painted).max(1)[~paper[300:]]
    assert np.median(near) < 50


def test_a_room_chooses_as_one_by_what_was_painted_in_most_of_it():
    votes = vote((STROKE, BLUE), (NETWORK, (0, 0, 0)), (NETWORK, (0, 0, 0)), (NETWORK, (0, 0, 0)))
    painted = (0, 0, 0), (96, 140, 200), (250, 250, 250), (250, 250, 250)
    for areas, pale in (((9, 1, 9, 9), [True, True, True]), ((9, 9, 1, 9), [False, False, True])):
        colors, paper = choose(votes, *painted, rooms=(0, 1, 1, 3), areas=areas)
        assert paper[1:].tolist() == pale
        assert (colors[1] == colors[2]).all()
