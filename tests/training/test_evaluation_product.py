"""The product's measures, on ways to color whose faults are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.training.evaluation.flats import Scene
from paintstorch_sdk.training.evaluation.product import MEASURES, Method, leave_out, make_scene_table, measure
from support.figures import stroke

SHADE = np.zeros((120, 200), np.uint8)
SHADE[60:100, 20:90] = 255


@pytest.fixture
def scene():
    """Two red boxes, one of them with a stroke; a blue box without; paper."""
    line_art, flats = np.full((120, 200), 255, np.uint8), np.full((120, 200, 3), 255, np.uint8)
    areas = np.zeros((120, 200), np.int32)
    for number, (left, color) in enumerate(((20, (200, 40, 40)), (80, (200, 40, 40)), (140, (40, 40, 200))), 1):
        cv2.rectangle(line_art, (left, 20), (left + 40, 100), 0, 2)
        flats[20:101, left : left + 41] = color
        areas[23:98, left + 3 : left + 38] = number
    areas[:15] = 4
    return Scene(line_art, flats, areas, (1,), Hints((stroke("#c82828", 8, (30, 50), (50, 55)),)))


def test_the_truth_is_right_and_a_flooded_page_is_not(scene):
    truth = measure(Method(lambda *_: scene.flats), scene, SHADE)
    assert (truth["told"], truth["like"], truth["kept"], truth["paper"]) == (100, 100, 0, 100)
    assert "shade" not in truth
    flooded = measure(Method(lambda *_: np.full_like(scene.flats, (200, 40, 40))), scene, SHADE)
    assert (flooded["told"], flooded["kept"], flooded["paper"]) == (100, 0, 0)


def test_what_one_stroke_changes_far_away_and_what_a_shift_changes_is_seen(scene):
    def flood(_, hints):
        return np.full_like(scene.flats, hints.strokes[0].rgb if hints.strokes else 255)

    assert measure(Method(flood), scene, SHADE)["reach"] > 10
    assert measure(Method(flood), scene, SHADE)["flicker"] == 0
    noise = np.random.default_rng(0).integers(0, 255, scene.flats.shape, np.uint8)
    assert measure(Method(lambda *_: noise), scene, SHADE)["flicker"] > 90
    assert measure(Method(lambda *_: noise), scene, SHADE)["reach"] == 0


def test_true_shadows_are_nearer_to_the_truth_than_none(scene):
    way = Method(lambda *_: scene.flats, lambda *_: SHADE.astype(np.float32) / 255)
    scores = measure(way, scene, SHADE)
    assert scores["shade"] == 0 < scores["plain"]
    assert scores["border"] == pytest.approx(100)
    wrong = measure(replace(way, find_shadows=lambda *_: 1 - SHADE.astype(np.float32) / 255), scene, SHADE)
    assert wrong["shade"] > scores["plain"]
    rows = make_scene_table({"one": scores}).rows
    assert {row[0].text for row in rows} == set(MEASURES.values())


def test_most_areas_are_left_out(scene):
    told = replace(scene, told=(1, 2, 3), hints=Hints(scene.hints.strokes * 3))
    left = leave_out(told, np.random.default_rng(0))
    assert len(left.told) == len(left.hints.strokes) == 1
