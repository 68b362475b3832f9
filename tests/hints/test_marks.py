"""Hints as marks on a label map."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.hints.marks import draw_marks
from paintstorch_sdk.hints.model import Hints
from support.figures import stroke


def marks_of(*strokes, layer=None, size=(200, 100), scale=1.0):
    return draw_marks(Hints(strokes, layer), size, scale)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 8, 9, 30])
def test_a_stroke_has_its_width(width):
    top = marks_of(stroke("red", width, (50, 50), (150, 50))).top
    assert abs((top[:, 100] == 0).sum() - width) <= 2  # OpenCV rounds outward
    assert abs((top[50] == 0).sum() - 100 - width) <= 3


@pytest.mark.parametrize("width", [1, 2, 5, 20])
def test_a_dot_is_round(width):
    marks = marks_of(stroke("red", width, (60, 40)))
    area = (marks.top == 0).sum()
    assert area >= 1
    assert abs(area - np.pi * width**2 / 4) <= 4 * width + 1
    y, x = np.nonzero(marks.top == 0)
    assert abs(y.mean() - 40) <= 1
    assert abs(x.mean() - 60) <= 1


def test_the_last_stroke_lies_on_top():
    marks = marks_of(stroke("red", 10, (10, 50), (190, 50)), stroke("blue", 10, (100, 10), (100, 90)))
    assert marks.top[50, 100] == 1
    assert marks.top[50, 20] == 0
    assert marks.top[5, 5] == -1
    assert marks.colors.tolist() == [[255, 0, 0], [0, 0, 255]]


@pytest.mark.parametrize("points", [[(-1e6, 50), (1e6, 50)], [(1e6, 1e6)], [(-500, -500), (700, 650)]])
def test_strokes_may_lie_outside(points):
    marks = marks_of(stroke("red", 10, *points))
    inside = len(points) > 1
    assert (marks.top == 0).any() == inside


def test_strokes_that_end_far_outside_keep_their_direction():
    near = marks_of(stroke("red", 10, (0, 0), (190, 90))).top
    far = marks_of(stroke("red", 10, (-190_000, -90_000), (950_000, 450_000))).top
    assert (near[:, 20:170] != far[:, 20:170]).mean() < 0.01


def test_strokes_far_down_a_strip():
    marks = marks_of(stroke("red", 10, (20, 5800), (80, 5810)), size=(100, 6000))
    assert marks.top[5805, 50] == 0
    assert (marks.top[:5700] == -1).all()


@pytest.mark.parametrize("width", [300, 99_000])
def test_strokes_wider_than_the_page(width):
    assert (marks_of(stroke("red", width, (100, 50))).top == 0).all()


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.0])
def test_scales(scale):
    size = (round(200 * scale), round(100 * scale))
    marks = marks_of(stroke("red", 12, (50, 50), (150, 50)), size=size, scale=scale)
    assert abs((marks.top == 0).mean() - (marks_of(stroke("red", 12, (50, 50), (150, 50))).top == 0).mean()) < 0.02
    assert marks.widths[0] == pytest.approx(max(1, 12 * scale))


class TestLayer:
    @staticmethod
    def layer(soft=False):
        layer = np.zeros((100, 200, 4), np.uint8)
        cv2.circle(layer, (50, 50), 20, (200, 60, 60, 255), -1)
        cv2.circle(layer, (150, 50), 20, (200, 60, 60, 255), -1)
        cv2.rectangle(layer, (90, 20), (110, 80), (40, 60, 200, 255), -1)
        if soft:
            layer[..., 3] = cv2.GaussianBlur(layer[..., 3], (0, 0), 4)
        return layer

    def test_each_connected_part_is_a_mark(self):
        marks = marks_of(layer=self.layer())
        assert len(marks) == 3
        assert marks.strokes == 0
        assert sorted(map(tuple, marks.colors.tolist())) == [(40, 60, 200), (200, 60, 60), (200, 60, 60)]
        assert marks.top[50, 50] != marks.top[50, 150]

    def test_strokes_lie_over_it(self):
        marks = marks_of(stroke("lime", 10, (50, 50), (150, 50)), layer=self.layer())
        assert len(marks) == 4
        assert marks.strokes == 1
        assert marks.top[50, 50] == 3

    def test_translucent_paint_counts_and_haze_does_not(self):
        layer = self.layer()
        layer[..., 3] = np.where(layer[..., 3] > 0, 60, 0)
        assert len(marks_of(layer=layer)) == 3
        layer[..., 3] = np.where(layer[..., 3] > 0, 8, 0)
        assert len(marks_of(layer=layer)) == 0

    @pytest.mark.parametrize("factor", [0.5, 2])
    def test_may_have_another_size(self, factor):
        layer = cv2.resize(self.layer(), None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        marks = marks_of(layer=layer)
        assert len(marks) == 3
        assert abs((marks.top >= 0).mean() - (self.layer()[..., 3] > 0).mean()) < 0.01

    def test_of_a_soft_brush_has_few_colors(self, rng):
        layer = self.layer(soft=True)
        layer[..., :3] = np.clip(layer[..., :3] + rng.integers(-3, 4, (100, 200, 3)), 0, 255)
        marks = marks_of(layer=layer)
        assert len({*map(tuple, marks.colors.tolist())}) <= 8

    def test_of_any_number_of_colors(self, rng):
        layer = rng.integers(0, 256, (100, 200, 4), np.uint8)
        layer[..., 3] = 255
        marks = marks_of(layer=layer)
        assert (marks.top >= 0).all()
        assert marks.top.max() < len(marks)


def test_where_strokes_were_begun():
    layer = np.zeros((100, 200, 4), np.uint8)
    layer[10:20, 10:20] = 255
    strokes = (
        stroke("red", 10, (60.7, 40.2), (90, 40)),
        stroke("red", 14, (90, 40), (120, 40)),  # of one pen
        stroke("blue", 10, (120, 40), (150, 40)),
        stroke("red", 10, (-5, 40), (20, 40)),
    )
    marks = marks_of(*strokes, layer=layer)
    assert marks.starts.tolist() == [-1, 40 * 200 + 60, -1, 40 * 200 + 120, -1]
    first = marks_of(*strokes[:1], layer=layer)
    assert draw_marks(Hints(strokes, layer), (200, 100), 1.0, first).starts.tolist() == marks.starts.tolist()
