"""Strokes as people make them, and the samples made of them."""

import numpy as np

from paintstorch_sdk.training import linework
from paintstorch_sdk.training.flat_samples import cut_window, make_tensors, tell_colors
from paintstorch_sdk.training.strokes import Areas, draw_strokes

RED, BLUE = (200, 40, 40), (40, 60, 200)


def two_coats() -> tuple[np.ndarray, np.ndarray]:
    """A red coat in two halves, a blue hat on top, white paper; lines around each."""
    flats = np.full((128, 128, 3), 255, np.uint8)
    lines = np.full((128, 128), 255, np.uint8)
    for (top, left, bottom, right), color in (
        ((60, 10, 120, 60), RED),
        ((60, 68, 120, 118), RED),
        ((10, 40, 40, 90), BLUE),
    ):
        lines[top - 2 : bottom + 2, left - 2 : right + 2] = 0
        lines[top:bottom, left:right] = 255
        flats[top - 1 : bottom + 1, left - 1 : right + 1] = color
    return flats, lines


def find_areas() -> tuple[Areas, np.ndarray]:
    flats, lines = two_coats()
    _, colors = np.unique(flats.reshape(-1, 3), axis=0, return_inverse=True)
    return Areas.find(colors.reshape(128, 128).astype(np.int32), lines), lines


def test_areas_are_parted_by_lines_and_by_colors() -> None:
    areas, _ = find_areas()
    sizes = areas.sizes[1:]
    assert sorted(sizes[sizes > 100].tolist()) == [1500, 3000, 3000, 128 * 128 - 2 * 54 * 64 - 54 * 34]
    colors = np.zeros((40, 40), np.int32)
    colors[:, 20:] = 1
    assert (Areas.find(colors, np.full((40, 40), 255, np.uint8)).sizes[1:] >= 700).sum() == 2


def test_strokes_are_of_many_sizes_and_some_leave_what_they_mean() -> None:
    areas, _ = find_areas()
    hat = int(areas.labels[20, 60])
    rng = np.random.default_rng(0)
    strokes = [s for _ in range(200) for s in draw_strokes(areas, np.array([hat]), RED, 4.0, rng)]
    assert len(strokes) > 220
    widths = np.array([s.width for s in strokes])
    assert widths.min() < 5
    assert widths.max() > 30
    outside = np.mean([any(not (40 <= x < 90 and 10 <= y < 40) for x, y in s.points) for s in strokes])
    assert 0.1 < outside < 0.7
    assert {len(s.points) == 1 for s in strokes} == {True, False}


def test_what_is_told_has_its_color_everywhere_and_the_rest_is_paper() -> None:
    flats, lines = two_coats()
    seen = set()
    for seed in range(30):
        told = tell_colors(flats, lines, 4.0, empty=0.1, recolor=0.0, bleach=1.0, rng=np.random.default_rng(seed))
        colors = {stroke.rgb for stroke in told.hints.strokes}
        for color, (y, x) in ((RED, (90, 30)), (RED, (90, 90)), (BLUE, (20, 60))):
            assert tuple(told.flats[y, x].tolist()) == (color if color in colors else (255, 255, 255))
        seen.add(frozenset(colors & {RED, BLUE}))
    assert frozenset() in seen
    assert {RED} in seen


def test_a_sample_has_the_hint_map_of_the_runtime() -> None:
    rng = np.random.default_rng(3)
    flats, lines = cut_window(*two_coats(), 96, rng)
    told = tell_colors(flats, lines, 6.0, empty=0.0, recolor=1.0, bleach=1.0, rng=rng)
    line_art, hints, target = make_tensors(told, 64, 0.55)
    assert (line_art.shape, hints.shape, target.shape) == ((1, 64, 64), (4, 16, 16), (3, 64, 64))
    assert line_art.dtype == hints.dtype == target.dtype == np.float32
    assert np.isclose(hints[3], 0.55).any()  # what flowed
    assert -1 <= target.min() <= target.max() <= 1


def test_varied_lines_are_still_the_same_lines_on_light_paper() -> None:
    _, lines = two_coats()
    rng = np.random.default_rng(0)
    varied = [linework.fade_lines(linework.vary_lines(lines, rng), rng) for _ in range(60)]
    ink, paper = lines == 0, lines == 255
    assert all(v[paper].mean() > 215 for v in varied)
    assert all(v[ink].mean() < v[paper].mean() - 20 for v in varied)
    assert len({v.tobytes() for v in varied}) > 30
