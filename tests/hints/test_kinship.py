"""Regions that no stroke tells of, by what they are."""

from dataclasses import replace

import numpy as np
import pytest

from paintstorch_sdk.hints.kinship import FEATURES, KINDS, TINTS, Kinship, choose_kin, weigh_tints
from paintstorch_sdk.hints.marks import Marks
from paintstorch_sdk.hints.vote import NEIGHBOR, NETWORK, PAPER, STROKE, TONE, Votes
from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.metrics import srgb_to_lab
from paintstorch_sdk.imaging.regions import find_regions
from support.drawings import draw_scene

BLUE, SKIN = (58, 123, 213), (251, 224, 205)
HAIR, FACE, NOTHING = (3.0, 0.0), (0.0, 3.0), (-9.0, -9.0)


def choose(
    *regions: tuple[int, tuple[int, int, int], tuple[float, float]],
    sizes=None,
    rooms=None,
    paper=-4.0,
    suits=0.0,
    page=(),
    border=(),
    crossed=(),
    dots=(),
):
    """What is chosen for regions of (reason, color, kind), each a room of its own unless told; tints suit all alike.

    `crossed` are pairs of regions: a stroke of the first one's color crosses the second one. `dots` are regions whose
    stroke is a dot.
    """
    reasons, colors, kinds = zip(*regions, strict=True)
    each = np.arange(len(regions))
    votes = Votes(np.array(reasons, np.int8), np.array(colors, np.uint8), each.astype("i4"), {}, np.zeros(0, np.int64))
    votes = replace(votes, crossed=np.array(crossed, np.int64).reshape(-1, 2).T)
    kinship = Kinship(
        np.full(len(regions), paper, np.float32),
        np.array(kinds, np.float32),
        np.broadcast_to(np.float32(suits), (len(regions), len(TINTS))),
        np.full(len(regions), 50) if sizes is None else np.array(sizes),
    )
    found = find_regions(analyze(np.full((16, 16), 255, np.uint8)))
    many = replace(
        found,
        rooms=each if rooms is None else np.array(rooms),
        area=np.ones_like(each),
        page=np.isin(each, page),
        outer=np.isin(each, border) | (votes.reasons == PAPER),
    )
    extents = np.where(np.isin(each, dots), 1, 9).astype(np.float32)
    marks = Marks((16, 16), [each[:0]] * len(each), votes.colors, extents, np.ones_like(extents), each, len(each))
    return choose_kin(kinship, votes, marks, many)


OPEN, PAGE = (0, 0, 0), (255, 255, 255)


def test_a_region_has_the_color_of_the_one_it_is_most_like_or_stays_paper():
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE), (PAPER, (1, 2, 3), NOTHING)
    colors, paper = choose(*told, (NETWORK, OPEN, (2.5, 0.5)), (NETWORK, OPEN, FACE), (NETWORK, OPEN, NOTHING))
    assert [tuple(color) for color in colors.tolist()] == [BLUE, SKIN, PAGE, BLUE, SKIN, PAGE]
    assert paper.tolist() == [False, False, True, False, False, True]
    assert choose(*told, (NETWORK, OPEN, FACE), paper=1.0)[1][3]


def test_a_color_that_suits_a_region_is_taken_where_the_colors_of_the_others_suit_those():
    tints = weigh_tints(srgb_to_lab(np.array([BLUE, SKIN], np.uint8)))
    assert np.allclose(tints.sum(1), 1)
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE)
    between = (1.6, 1.5)  # a little more like hair
    skinny = tints[1] - tints[0]
    for usual, color in ((9, SKIN), (-9, BLUE)):
        suits = np.stack([-skinny * usual, skinny * usual, skinny])
        colors, paper = choose(*told, (NETWORK, OPEN, between), suits=suits, paper=-9.0)
        assert tuple(colors[2].tolist()) == color
        assert not paper.any()


def test_a_part_of_the_figure_that_the_border_opens_has_its_color_where_that_is_far_likelier_than_paper():
    told = (STROKE, BLUE, HAIR), (PAPER, PAGE, NOTHING), (PAPER, PAGE, (2.0, 0.0))
    for likely, color in ((-3.0, BLUE), (-2.0, PAGE)):
        colors, paper = choose(*told, (NETWORK, OPEN, (2.0, 0.0)), rooms=(0, 1, 1, 3), paper=likely)
        assert [tuple(own) for own in colors.tolist()] == [BLUE, PAGE, color, BLUE]
        assert paper.tolist() == [False, True, color == PAGE, False]


def test_a_region_at_the_border_rather_has_a_color_that_was_told_there():
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE), (PAPER, PAGE, (1.0, 2.3))
    for where, color in (({}, PAGE), ({"border": (1,)}, SKIN), ({"border": (1,), "page": (2,)}, PAGE)):
        colors, paper = choose(*told, (NETWORK, OPEN, NOTHING), paper=-2.5, **where)
        assert tuple(colors[2].tolist()) == color
        assert paper[2] == (color == PAGE)


@pytest.mark.parametrize("way", [NEIGHBOR, TONE])
def test_a_color_that_a_pass_or_a_tone_gave_yields_to_one_that_is_much_more_alike_and_speaks_for_no_other(way):
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE)
    for kind, color in ((FACE, SKIN), ((1.5, 1.55), BLUE), (NOTHING, BLUE)):
        colors, paper = choose(*told, (way, BLUE, kind), (NETWORK, OPEN, NOTHING))
        assert [tuple(own) for own in colors.tolist()] == [BLUE, SKIN, color, PAGE]
        assert paper.tolist() == [False, False, False, True]
    colors, _ = choose(*told, (way, BLUE, FACE), (NETWORK, OPEN, FACE), rooms=(0, 1, 0, 3))
    assert [tuple(own) for own in colors.tolist()] == [BLUE, SKIN, BLUE, SKIN]


@pytest.mark.parametrize(("dots", "color"), [((), BLUE), ((2,), SKIN)])
def test_the_color_that_a_pass_led_on_from_a_dot_yields_sooner(dots, color):
    colors, _ = choose((STROKE, BLUE, HAIR), (STROKE, SKIN, FACE), (NEIGHBOR, BLUE, (1.4, 1.65)), dots=dots)
    assert tuple(colors[2].tolist()) == color


def test_a_stroke_that_crosses_a_region_makes_its_color_likelier_there():
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE)
    for kind, crossed, color in (
        ((0.2, 2.9), (), SKIN),
        ((0.2, 2.9), ((0, 2),), SKIN),  # far more like the other one
        ((1.4, 1.6), ((0, 2),), BLUE),
        ((1.4, 1.6), ((0, 1),), SKIN),
    ):
        colors, _ = choose(*told, (NETWORK, OPEN, kind), crossed=crossed, paper=-9.0)
        assert tuple(colors[2].tolist()) == color


def test_a_room_chooses_as_one_by_most_of_it():
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE)
    for sizes, color in (((9, 9, 90, 10), BLUE), ((9, 9, 10, 90), SKIN)):
        colors, _ = choose(*told, (NETWORK, OPEN, HAIR), (NETWORK, OPEN, FACE), sizes=sizes, rooms=(0, 1, 2, 2))
        assert [tuple(own) for own in colors[2:].tolist()] == [color, color]


def test_a_sliver_speaks_only_where_nothing_larger_has_its_color():
    told = (STROKE, BLUE, HAIR), (STROKE, BLUE, FACE), (STROKE, SKIN, (0.0, 2.0))
    for sizes, color in (((50, 2, 50, 9), SKIN), ((50, 50, 50, 9), BLUE), ((1, 2, 50, 9), BLUE)):
        colors, _ = choose(*told, (NETWORK, OPEN, FACE), sizes=sizes)
        assert tuple(colors[3].tolist()) == color


def test_a_region_far_larger_than_all_that_was_told_of_a_color_is_less_like_it():
    for size, color in ((100, BLUE), (5000, PAGE)):
        colors, _ = choose((STROKE, BLUE, HAIR), (NETWORK, OPEN, (2.5, 0.5)), sizes=(50, size), paper=-1.0)
        assert tuple(colors[1].tolist()) == color


def test_what_a_dot_told_of_little_is_less_like_the_rest():
    told = (STROKE, BLUE, HAIR), (STROKE, SKIN, FACE)
    between = (1.6, 1.5)  # a little more like hair
    for sizes, dots, color in (
        ((50, 50, 50), (), BLUE),
        ((50, 50, 50), (0,), SKIN),
        ((500, 50, 50), (0,), BLUE),  # a dot that means much
        ((50, 50, 50), (0, 1), BLUE),  # who tells all by dots
    ):
        colors, _ = choose(*told, (NETWORK, OPEN, between), sizes=sizes, dots=dots, paper=-9.0)
        assert tuple(colors[2].tolist()) == color


def test_many_colors_are_each_found_again():
    rng = np.random.default_rng(0)
    kinds = rng.normal(0, 3, (200, 2))
    given = rng.permutation(2**24)[:200]
    told = [(STROKE, (c >> 16, c >> 8 & 255, c & 255), tuple(k)) for c, k in zip(given.tolist(), kinds, strict=True)]
    colors, paper = choose(*told, *((NETWORK, OPEN, kind) for _, _, kind in told), paper=-0.01)
    assert colors[200:].tolist() == [list(color) for _, color, _ in told]
    assert not paper.any()


@pytest.mark.parametrize("size", [(512, 512), (300, 700)])
def test_features_are_averaged_over_regions(size):
    line_art = np.ascontiguousarray(np.resize(draw_scene(), size))
    regions = find_regions(analyze(line_art))
    geometry = Geometry.fit(*size[::-1], 256)
    width, height = (side // 4 for side in geometry.padded)
    features = np.zeros((FEATURES, height, width), np.float32)
    features[0] = 0.5
    features[1], features[2] = np.arange(width), np.arange(height)[:, None]
    kinship = Kinship.of(features, regions, geometry)
    assert np.allclose(kinship.paper, 0.5)
    assert kinship.kinds.shape == (len(regions), KINDS)
    assert kinship.suits.shape == (len(regions), len(TINTS))
    scale = max(regions.labels.shape) / max(geometry.working) * 4
    for number in np.argsort(-regions.area)[:5].tolist():
        y, x = np.nonzero((regions.labels == number) & ~regions.walls)
        assert np.allclose(kinship.kinds[number, :2] * scale, (x.mean(), y.mean()), atol=1.5 * scale)
    assert kinship.sizes.min() >= 1
