"""Flats by votes against a bucket and Krita's rule, on drawings with known flats."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.training.data.drawings import Drawings
from paintstorch_sdk.training.evaluation.baseline import fill_by_bucket, fill_by_watershed
from paintstorch_sdk.training.evaluation.flats import (
    CONDITIONS,
    FILLS,
    UNSEEN,
    Scene,
    compare_fills,
    draw_scene,
    fill_by_votes,
    format_table,
    score_flats,
)
from support.figures import stroke


@pytest.fixture(scope="module", params=["messy", "messy, lines with gaps"])
def results(request):
    messy, gaps = CONDITIONS[request.param]
    return compare_fills(draw_scene(seed, messy, gaps, 384)[0] for seed in range(8))


def test_votes_beat_a_bucket_and_watershed_with_messy_strokes_and_with_gaps(results):
    ours = results["votes"]
    for name in ("bucket", "watershed"):
        assert ours.areas > results[name].areas
        assert ours.pixels > results[name].pixels
        assert ours.paper > results[name].paper
    assert ours.areas > 0.8


def two_boxes():
    line_art = np.full((100, 200), 255, np.uint8)
    cv2.rectangle(line_art, (20, 20), (90, 80), 0, 2)
    cv2.rectangle(line_art, (110, 20), (180, 80), 0, 2)
    flats = np.full((100, 200, 3), 255, np.uint8)
    flats[22:79, 22:89], flats[22:79, 112:179] = (200, 40, 40), (40, 40, 200)
    areas = np.zeros((100, 200), np.int32)
    areas[23:78, 23:88], areas[23:78, 113:178], areas[:15] = 1, 2, 3
    hints = Hints((stroke("#c82828", 8, (40, 50), (60, 55)), stroke("#2828c8", 8, (140, 50), (160, 55))))
    return Scene(line_art, flats, areas, (1, 2), hints)


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_tidy_strokes_in_closed_boxes_are_filled_by_all(fill):
    scene = two_boxes()
    score = score_flats(fill(scene.line_art, scene.hints), scene)
    assert score.areas == score.paper == 1
    assert score.pixels > 0.97


def test_a_gap_floods_a_bucket():
    scene = two_boxes()
    scene.line_art[45:52, 85:95] = 255
    assert score_flats(fill_by_bucket(scene.line_art, scene.hints), scene).paper == 0
    assert score_flats(fill_by_votes(scene.line_art, scene.hints), scene).paper == 1
    assert score_flats(fill_by_watershed(scene.line_art, scene.hints), scene).areas == 1


def test_scores_know_wrong_colors():
    scene = two_boxes()
    score = score_flats(scene.flats[:, ::-1].copy(), scene)
    assert score.areas == 0
    assert score_flats(scene.flats, scene).pixels == 1


def test_scenes_are_the_same_in_every_run():
    one, other = draw_scene(0)[0], draw_scene(0)[0]
    assert np.array_equal(one.line_art, other.line_art)
    assert one.hints == other.hints
    assert one.told == other.told
    assert not np.array_equal(draw_scene(0, gaps=True)[0].line_art, one.line_art)


def test_no_data_set_has_the_drawing_of_a_scene():
    for seed in (0, 1):
        numbers = {task.spec["number"] for task in Drawings().tasks(20_000, 400, seed)}
        assert numbers.isdisjoint(range(UNSEEN, UNSEEN + 10_000))


def test_the_table_has_a_row_for_each(results):
    table = format_table({"messy": results})
    assert table.count("| messy |") == 3
    assert "| messy | votes |" in table
