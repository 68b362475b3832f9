"""Strokes are bounded in number and work, and those outside the picture are named."""

import time

import numpy as np
import pytest

from paintstorch_sdk.errors import HintError, PaintsTorchWarning
from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import MAX_POINTS, MAX_STROKES, Hints, Stroke
from paintstorch_sdk.hints.raster import covers, draw, empty_map
from paintstorch_sdk.imaging.geometry import Geometry

GEOMETRY = Geometry.fit(3000, 3000, 512)


def scribble(rng, points, width, reach=3000.0):
    return Hints((Stroke([(float(x), float(y)) for x, y in rng.uniform(0, reach, (points, 2))], "red", width),))


@pytest.mark.parametrize("reach", [3000, 1e6])
def test_a_stroke_that_covers_everything_costs_nothing(rng, reach):
    hints = scribble(rng, MAX_POINTS, 99_999, reach)
    began = time.process_time()
    assert hints.rasterize(GEOMETRY)[3].min() in (0, 1)
    assert draw_marks(hints, (3000, 3000), 1.0).top.min() in (-1, 0)
    assert hints.draw(300, 300).shape == (300, 300, 4)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("width", [300, 3000])
def test_work_without_end_is_refused_at_once(rng, width):
    hints = scribble(rng, MAX_POINTS, width)
    began = time.process_time()
    for work in (lambda: hints.rasterize(GEOMETRY), lambda: draw_marks(hints, (3000, 3000), 1.0)):
        with pytest.raises(HintError, match=r"expected strokes of at most .* pixels in all"):
            work()
    assert time.process_time() - began < 5


def test_numbers_of_strokes_and_points():
    dot = Stroke([(1, 1)], "red")
    with pytest.raises(HintError, match=f"expected at most {MAX_STROKES} strokes, received {MAX_STROKES + 1}"):
        Hints((dot,) * (MAX_STROKES + 1))
    with pytest.raises(HintError, match=f"expected at most {MAX_STROKES} strokes"):
        Hints.of([dot] * 300_000)
    half = Stroke([(1, 1)] * (MAX_POINTS // 2 + 1), "red")
    with pytest.raises(HintError, match=f"expected at most {MAX_POINTS} points"):
        Hints((half,)).add(half)


def test_covering_is_as_drawing():
    rng = np.random.default_rng(5)
    for _ in range(200):
        points, radius = rng.uniform(-30, 60, (rng.integers(1, 4), 2)), rng.uniform(5, 60)
        drawn = empty_map(30, 20)
        draw(drawn, points, (1, 1, 1), radius)
        if covers(points, radius - 0.5, (30, 20)):
            assert drawn[3].min() == 1


@pytest.mark.parametrize(
    ("point", "outside"), [((10_000, 2), True), ((-20, -20), True), ((99, 5), False), ((102, 5), False)]
)
def test_strokes_outside_the_picture(recwarn, point, outside):
    Hints((Stroke([(5, 5)], "red"), Stroke([point], "red", 8))).warn_outside(100, 60)
    said = [str(warning.message) for warning in recwarn if warning.category is PaintsTorchWarning]
    expected = "hints: stroke 1 lies outside the picture (100 x 60 pixels) and had no effect"
    assert said == ([expected] if outside else [])
