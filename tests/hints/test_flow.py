"""What the network sees: strokes, and around them the colors of their regions."""

import numpy as np
import pytest

from paintstorch_sdk.hints.flow import _blend, _weigh
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.packed import unpack
from paintstorch_sdk.painting import prepare_hints
from support.figures import AT, COAT, EYES, HAIR, SKIN, draw_figure, stroke, understand

CONFIDENCE = 0.4
PLAIN = (
    stroke(HAIR, 20, (180, 95), (320, 90)),
    stroke(SKIN, 18, (230, 285), (285, 288)),
    stroke(COAT, 24, (180, 430), (200, 480)),
)


def flow(*strokes, scale=1.0, size=512, confidence=CONFIDENCE, layer=None):
    """The hint map of the figure with strokes on it, and what the strokes alone leave there."""
    page = draw_figure(scale)
    _, regions = understand(page)
    geometry = Geometry.fit(page.shape[1], page.shape[0], size)
    hints = Hints(
        tuple(stroke(s.color, s.width * scale, *((x * scale, y * scale) for x, y in s.points)) for s in strokes), layer
    )
    return prepare_hints(hints, regions, geometry, confidence).hint_map, hints.rasterize(geometry)


def at(hint_map, place):
    x, y = AT[place]
    return hint_map[:, y * hint_map.shape[1] // 512, x * hint_map.shape[2] // 512]


def color_at(hint_map, place):
    *color, mask = at(hint_map, place)
    return "#" + bytes(np.rint((np.array(color) / mask + 1) * 127.5).astype(np.uint8)).hex()


def test_colors_flow_over_their_regions_with_less_confidence():
    hint_map, strokes = flow(*PLAIN)
    assert at(strokes, "coat")[3] == 0
    for place, color in (("coat", COAT), ("hair", HAIR), ("face", SKIN)):
        assert color_at(hint_map, place) == color
    assert at(hint_map, "coat")[3] == pytest.approx(CONFIDENCE)


def test_inside_a_stroke_the_confidence_is_whole():
    hint_map, strokes = flow(*PLAIN)
    inside = strokes[3] == 1
    assert inside.any()
    np.testing.assert_array_equal(hint_map[:, inside], strokes[:, inside])


def test_paper_is_told_as_paper():
    hint_map, _ = flow(*PLAIN)
    assert color_at(hint_map, "page") == "#ffffff"
    assert at(hint_map, "page")[3] == pytest.approx(CONFIDENCE)


def test_what_the_network_decides_is_left_open():
    hint_map, _ = flow(*PLAIN)
    assert at(hint_map, "eye")[3] == 0
    assert at(hint_map, "pocket")[3] == 0


def test_what_spilled_over_is_covered_by_the_region_s_color():
    spilling = (*PLAIN, stroke(EYES, 44, (215, 212)))
    hint_map, strokes = flow(*spilling)
    below = (slice(None), 229 // 4, 215 // 4)  # inside the stroke, in the face
    assert strokes[below][3] == 1
    assert hint_map[below][3] < 1
    assert color_at(hint_map, "eye") == EYES


@pytest.mark.parametrize("scale", [0.5, 2, 3])
def test_is_alike_at_every_size(scale):
    small, _ = flow(*PLAIN)
    large, _ = flow(*PLAIN, scale=scale)
    for place in AT:
        assert at(large, place) == pytest.approx(at(small, place), abs=0.02)


def test_confidence_is_within_bounds(rng):
    for _ in range(10):
        strokes = [
            stroke(
                f"#{rng.integers(0, 2**24):06x}", float(rng.uniform(1, 60)), *map(tuple, rng.uniform(-30, 540, (3, 2)))
            )
            for _ in range(12)
        ]
        hint_map, _ = flow(*strokes)
        assert hint_map.dtype == np.float32
        assert hint_map[3].min() >= 0
        assert hint_map[3].max() <= 1
        assert (np.abs(hint_map[:3]) <= hint_map[3] + 1e-5).all()


@pytest.mark.parametrize("strokes", [(), PLAIN])
def test_nothing_flows_without_confidence_or_strokes(strokes):
    hint_map, alone = flow(*strokes, confidence=0.0)
    np.testing.assert_array_equal(hint_map, alone)
    hint_map, alone = flow()
    np.testing.assert_array_equal(hint_map, alone)


def test_nothing_flows_from_a_stroke_that_misses_the_drawing():
    assert not flow(stroke(HAIR, 20, (5000, 95), (5100, 90)))[0].any()


@pytest.mark.parametrize("alpha", [40, 100, 255])
def test_translucent_and_thin_strokes_flow_too(alpha):
    layer = np.zeros((512, 512, 4), np.uint8)
    layer[430:433, 170:230] = (0xB0, 0x30, 0x40, alpha)
    hint_map, _ = flow(layer=layer)
    assert color_at(hint_map, "coat") == COAT
    assert at(hint_map, "coat")[3] >= CONFIDENCE - 0.01


def test_padding_has_no_hints():
    page = draw_figure()[:300, :450]
    _, regions = understand(page)
    geometry = Geometry.fit(450, 300, 512)
    hint_map = prepare_hints(Hints(PLAIN), regions, geometry, CONFIDENCE).hint_map
    assert hint_map.shape[1:] == (80, 120)
    assert not hint_map[:, 75:].any()
    assert not hint_map[:, :, 113:].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (4, 1)])
def test_regions_of_a_few_pixels_are_blended_too(shape):
    drawn = np.ones(shape, np.uint8)
    assert _blend([_weigh(drawn, 1, None)], np.array([(176, 48, 64)], np.uint8), shape).shape == shape


@pytest.mark.parametrize(("other", "share"), [((255, 255, 255), 0.1), ((48, 176, 64), 0.25)])
def test_paper_and_a_color_part_sooner_than_two_colors(other, share):
    red = (176, 48, 64)
    drawn = np.zeros((1, 31), np.uint8)
    drawn[0, 0], drawn[0, 30] = 1, 2
    weights = [_weigh(drawn, number, None) for number in (1, 2)]
    levels = unpack(_blend(weights, np.array([red, other], np.uint8), drawn.shape))[0, :, 1]
    reached = np.abs(levels[10] - 48.0) / abs(other[1] - 48.0)  # a third of the way
    assert reached == pytest.approx(share, abs=0.06)
