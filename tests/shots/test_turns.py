"""What is done for some drawings or pixels only, so that a shot is done in half the time."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from paintstorch_sdk.shots import plan
from paintstorch_sdk.shots.frames import Frame
from paintstorch_sdk.shots.segments import Segments


def find_turns(numbers, held=()):
    """The numbers of the frames at which the key is looked at; those that are held show the drawing before."""
    survey = SimpleNamespace(sightings=[SimpleNamespace(frame=Frame(number, Path("a.png"))) for number in numbers])
    pairs = [(a, b) for a, b in pairwise(range(len(numbers))) if numbers[b] not in held]
    return {numbers[place] for place in plan._find_turns(survey, range(len(numbers)), pairs)}


def test_the_key_is_looked_at_for_every_second_drawing():
    assert find_turns(range(1001, 1009)) == {1001, 1003, 1005, 1007}


def test_a_missing_frame_changes_no_other_one_s_turn():
    assert find_turns([1001, 1002, *range(1004, 1009)]) == find_turns(range(1001, 1009)) - {1003}


@pytest.mark.parametrize("held", [(), range(1002, 1013, 2)], ids=["numbered", "held"])
def test_on_twos_it_is_every_second_drawing_s_too(held):
    every = range(1001, 1013, 1 if held else 2)
    drawings = {number - 1001 >> 1 for number in find_turns(every, held)}
    assert drawings in ({0, 2, 4}, {1, 3, 5})


def test_a_shot_that_cannot_be_read_has_no_turns():
    assert plan._find_turns(SimpleNamespace(sightings=[]), [], []) == frozenset()


@pytest.mark.parametrize("width", [1, 2, 3])
def test_lines_of_a_pixel_part_regions_on_the_small_map(width):
    lines = np.full((540, 1920), 255, np.uint8)
    for x in range(60, 1860, 90):
        cv2.line(lines, (x, -1), (x + 40, 541), 0, width)
    assert len(Segments.find(lines)) == len(range(60, 1860, 90)) + 1
