"""From the network's working size to the drawing's: each pixel has colors of its own room alone."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.composition import Composition, Recipe
from paintstorch_sdk.imaging.compose import find_ways, lay_lines
from paintstorch_sdk.imaging.geometry import Geometry
from paintstorch_sdk.imaging.packed import pack, unpack
from support.figures import draw_figure, understand


def open_page(page, size):
    regions = understand(page)[1]
    return regions, find_ways(regions, Geometry.fit(page.shape[1], page.shape[0], size))


def enlarge(enlarger, colors, own):
    plan = Recipe(*enlarger.spread(pack(colors), pack(own)), [], pack(own[:0]), True)
    return unpack(Composition(enlarger, 1, enlarger.size).compose(plan, None))


def soften(enlarger, colors, own):
    packed = pack(colors)
    enlarger.soften(packed, pack(own))
    return unpack(packed)


def color_rooms(rng, regions):
    """uint8 R,3: a color for each room, far from gray."""
    return (rng.integers(0, 2, (len(regions), 3)) * 255).astype(np.uint8)[regions.rooms]


@pytest.mark.parametrize(("scale", "size"), [(1, 512), (2, 512), (3, 256), (1.3, 500)])
def test_a_pixel_has_the_color_of_its_own_room_at_every_working_size(rng, scale, size):
    """What the network paints on lines and across them does not come through: no glow."""
    regions, enlarger = open_page(draw_figure(scale), size)
    own = color_rooms(rng, regions)
    painted = own[enlarger.labels]
    painted[~enlarger.clear] = 128
    layer = enlarge(enlarger, painted, own)
    assert layer.shape == (*regions.labels.shape, 3)
    assert np.array_equal(layer, own[regions.labels])


def test_what_is_painted_within_a_room_is_enlarged_smoothly():
    page = draw_figure(2)
    regions, enlarger = open_page(page, 512)
    ramp = np.repeat(np.linspace(0, 255, 512).astype(np.uint8)[:, None], 512, 1)
    layer = enlarge(enlarger, cv2.merge([ramp] * 3), np.zeros((len(regions), 3), np.uint8))
    wanted = cv2.resize(ramp, (1024, 1024), interpolation=cv2.INTER_LINEAR)
    wide = cv2.erode((~regions.walls).astype(np.uint8), np.ones((13, 13), np.uint8)).view(bool)
    assert np.abs(layer[..., 0].astype(int) - wanted)[wide].max() <= 1


def test_a_region_too_narrow_for_the_working_size_has_its_own_color(rng):
    page = np.full((1024, 1024), 255, np.uint8)
    page[300:304, 200:800] = page[310:314, 200:800] = page[300:314, 200:204] = page[300:314, 796:800] = 0
    regions, enlarger = open_page(page, 128)
    narrow = regions.labels[307, 500]
    own = np.full((len(regions), 3), 255, np.uint8)
    own[narrow] = 200, 30, 60
    layer = enlarge(enlarger, np.full((128, 128, 3), 255, np.uint8), own)
    assert narrow != regions.labels[100, 500]
    assert (layer[304:310, 204:796] == own[narrow]).all()
    assert (layer[:280] == 255).all()


def test_means_are_those_of_the_clear_pixels(rng):
    regions, enlarger = open_page(draw_figure(1), 512)
    painted = rng.integers(0, 256, (512, 512, 3), np.uint8)
    means = enlarger.average(painted)
    for region in range(len(regions)):
        inside = enlarger.clear & (enlarger.labels == region)
        wanted = painted[inside].mean(0) if inside.any() else painted.reshape(-1, 3)[enlarger.seeds[region]]
        assert np.allclose(means[region], wanted, atol=1e-3)


def open_halves():
    """A box of two regions with a pass between them: a wall from above and one from below end at the middle."""
    page = np.full((512, 512), 255, np.uint8)
    cv2.rectangle(page, (60, 100), (450, 400), 0, 4)
    page[100:180, 254:258] = page[300:400, 254:258] = 0
    return open_page(page, 512)


def test_colors_that_meet_without_a_line_run_into_one_another():
    regions, enlarger = open_halves()
    left, right = regions.labels[250, 100], regions.labels[250, 400]
    assert left != right
    assert regions.rooms[left] == regions.rooms[right]
    own = np.full((len(regions), 3), 255, np.uint8)
    own[left], own[right] = (200, 40, 40), (40, 40, 200)
    before = own[enlarger.labels]
    colors = soften(enlarger, before, own)
    row = colors[240, 70:440, 0].astype(int)
    assert np.abs(np.diff(row)).max() < 40  # a step of 160 before
    assert (np.diff(row) <= 0).all()
    assert np.array_equal(colors[240, 70:200], before[240, 70:200])  # far from the seam
    assert (colors[:90] == 255).all()  # nothing crosses the lines of the box


def test_a_seam_is_found_anew_where_other_colors_meet():
    regions, enlarger = open_halves()
    left, right = regions.labels[250, 100], regions.labels[250, 400]
    own = np.full((len(regions), 3), 255, np.uint8)
    pictures = []
    for colors_of_sides in (((200, 40, 40), (40, 40, 200)), ((9, 9, 9), (9, 9, 9)), ((200, 40, 40), (40, 40, 200))):
        own[left], own[right] = colors_of_sides
        pictures.append(soften(enlarger, own[enlarger.labels], own))
    assert (pictures[1][240, 70:440] == 9).all()
    assert np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("inverted", [False, True])
def test_lines_are_laid_over_colors_and_rounded(rng, inverted):
    colors = rng.integers(0, 256, (64, 64, 3), np.uint8)
    lines = rng.integers(0, 256, (64, 64), np.uint8)
    exact = colors.astype(float) * lines[..., None] / 255
    if inverted:
        exact = 255 - (255.0 - colors) * (255.0 - lines[..., None]) / 255
    assert np.abs(lay_lines(colors, lines, inverted) - exact).max() <= 0.5 + 1e-6
    assert np.array_equal(lay_lines(colors, lines, inverted), lay_lines(colors, cv2.merge([lines] * 3), inverted))


def test_what_fades_around_marks_is_found_where_they_changed(rng):
    """As if it were found over all of it; where there is no mark, nothing fades."""
    enlarger = open_page(draw_figure(1), 512)[1]
    beside = np.ones((256, 256), np.uint8)
    for turn in range(24):
        beside = beside.copy()
        x, y = rng.integers(0, 256, 2)
        beside[y : y + rng.integers(1, 9), x : x + rng.integers(1, 40)] ^= 1
        if turn % 8 == 7:
            beside[:] = 1
        distance = np.minimum(cv2.distanceTransform(beside, cv2.DIST_L2, cv2.DIST_MASK_5), 6.0)
        assert np.array_equal(enlarger.fade(beside, 6.0), cv2.convertScaleAbs(distance, alpha=42.5))
