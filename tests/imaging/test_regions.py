"""Regions: closed however thin their lines, with gaps closed, at any size."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.regions import LABELED, find_regions
from support.drawings import SIDE, assert_parted, draw_broken, draw_scene, part

OFFSETS = [(0, 0), (1, 0), (0.5, 0.5), (3, 2), (0.3, 0.7), (5, 6)]  # pixels


@pytest.mark.parametrize(("side", "width"), [(512, 1), (512, 2), (1024, 1), (2048, 2), (2048, 5), (4096, 2)])
def test_a_box_is_closed_wherever_it_lies(side, width):
    for shift in OFFSETS if side < 2048 else OFFSETS[:3]:
        assert_parted(draw_scene(side, width, shift=shift))


@pytest.mark.parametrize(("page", "widths"), [((2480, 3508), (2, 3, 4)), ((4961, 7016), (3, 8, 12))])
def test_boxes_on_a4_are_closed_at_300_and_600_dpi(page, widths):
    """Six boxes of each width, each at another offset from the cells of the working size."""
    for width in widths:
        paper = np.full(page[::-1], 255, np.uint8)
        boxes = [(200 + 740 * (i % 3) + i, 300 + 1500 * (i // 3) + 3 * i) for i in range(6)]
        for x, y in boxes:
            cv2.rectangle(paper, (x, y), (x + 600, y + 1200), 0, width, cv2.LINE_AA)
        regions = find_regions(analyze(paper))
        f = regions.factor
        inside = [int(regions.labels[(y + 600) // f, (x + 300) // f]) for x, y in boxes]
        assert len({*inside}) == 6
        assert not regions.outer[inside].any()
        assert regions.page[regions.labels[5, 5]]


def test_lines_of_twelve_pixels_on_ten_thousand():
    paper = np.full((7000, 10_000), 255, np.uint8)
    cv2.rectangle(paper, (1000, 1000), (9000, 6000), 0, 12, cv2.LINE_AA)
    cv2.rectangle(paper, (1500, 1500), (5000, 5000), 0, 1)
    regions = find_regions(analyze(paper))
    f = regions.factor
    assert (
        len({int(regions.rooms[regions.labels[y // f, x // f]]) for x, y in ((50, 50), (1200, 1200), (3000, 3000))})
        == 3
    )


class TestGaps:
    @pytest.mark.parametrize("gap", [2, 4, 6, 8, 10])
    def test_of_up_to_ten_pixels_are_closed(self, gap):
        assert_parted(draw_broken(0, gap, parts=4))

    @pytest.mark.parametrize(("dash", "gap"), [(1, 3), (1, 6), (3, 3), (6, 6), (10, 8), (20, 10)])
    def test_dotted_outlines_are_closed(self, dash, gap):
        assert_parted(draw_broken(dash, gap))

    def test_sketchy_outlines_are_closed(self, rng):
        assert_parted(np.minimum(draw_broken(24, 7, 2, rng), draw_broken(31, 9, 2, rng)))

    def test_grow_with_the_drawing(self):
        page = cv2.resize(draw_broken(0, 8, parts=4), (1536, 1536), interpolation=cv2.INTER_CUBIC)
        assert_parted(page)

    def test_between_large_rooms_are_doors(self):
        """What is as wide as the rooms on its sides is no gap."""
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.rectangle(page, (60, 160), (450, 350), 0, 3)
        page[175:335, 250:256] = 255
        cv2.line(page, (253, 160), (253, 190), 0, 3)
        _, regions, _ = part(page)
        assert regions.rooms[regions.labels[255, 150]] == regions.rooms[regions.labels[255, 350]]

    def test_a_lock_of_hair_is_one_region_down_to_its_tip(self):
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.polylines(page, [np.array([(200, 60), (300, 60), (252, 470)])], True, 0, 2, cv2.LINE_AA)
        _, regions, _ = part(page)
        assert regions.labels[80, 250] == regions.labels[430, 252]


class TestPage:
    def test_is_known_around_a_figure_that_is_cut_off(self):
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.ellipse(page, (256, 200), (90, 110), 0, 0, 360, 0, 3, cv2.LINE_AA)
        cv2.polylines(page, [np.array([(120, 511), (160, 330), (350, 330), (390, 511)])], False, 0, 3, cv2.LINE_AA)
        _, regions, _ = part(page)
        assert regions.page[regions.labels[20, 20]]
        assert regions.page[regions.labels[500, 500]]
        assert not regions.page[regions.labels[200, 256]]
        assert not regions.page[regions.labels[450, 256]]

    def test_ends_at_lines_that_end_just_short_of_the_border(self):
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.polylines(page, [np.array([(120, 510), (160, 330), (350, 330), (390, 510)])], False, 0, 2, cv2.LINE_AA)
        page[-1:] = 255
        _, regions, _ = part(page)
        assert not regions.page[regions.labels[450, 256]]

    def test_ends_at_lines_that_head_for_the_border_and_not_at_those_that_turn(self):
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.polylines(page, [np.array([(120, 500), (160, 330), (350, 330), (390, 502)])], False, 0, 3, cv2.LINE_AA)
        _, regions, _ = part(page)
        assert regions.labels[490, 256] != regions.labels[490, 60]
        assert not regions.page[regions.labels[450, 256]]
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.ellipse(page, (256, 330), (90, 174), 0, 0, 360, 0, 3, cv2.LINE_AA)
        _, regions, _ = part(page)
        assert regions.walls[503, 256]
        assert not regions.walls[510:, 200:312].any()

    def test_is_one_room_on_both_sides_of_a_head_just_short_of_the_border(self):
        page = np.full((SIDE, SIDE), 255, np.uint8)
        cv2.polylines(page, [np.array([(140, 511), (180, 20), (330, 20), (370, 511)])], False, 0, 3, cv2.LINE_AA)
        _, regions, _ = part(page)
        left, right = regions.labels[300, 40], regions.labels[300, 470]
        assert left != right
        assert regions.rooms[left] == regions.rooms[right]

    def test_is_all_of_an_empty_sheet(self):
        _, regions, _ = part(np.full((40, 60), 255, np.uint8))
        assert regions.page.all()
        assert len(regions) == 1


class TestMap:
    def test_covers_lines_too(self):
        _, regions = assert_parted(draw_scene())
        assert regions.labels.min() == 0
        assert regions.labels.max() == len(regions) - 1
        assert regions.area.sum() == np.count_nonzero(~regions.walls)
        for number in range(len(regions)):
            assert regions.labels.ravel()[regions.seeds[number]] == number

    def test_rooms_are_numbered_by_their_least_region(self):
        _, regions = assert_parted(draw_broken(6, 6))
        assert (regions.rooms <= np.arange(len(regions))).all()
        assert (regions.rooms[regions.rooms] == regions.rooms).all()

    def test_of_large_drawings_is_reduced_with_no_line_lost(self):
        side = 4000
        assert side * side > LABELED
        page = np.full((side, side), 255, np.uint8)
        cv2.circle(page, (2001, 1999), 1200, 0, 1)
        regions = find_regions(analyze(page))
        assert regions.factor == 2
        assert not regions.outer[regions.labels[1000, 1000]]

    def test_does_not_depend_on_speckles(self, rng):
        page = draw_scene()
        page.ravel()[rng.choice(page.size, 60, replace=False)] = 0
        assert_parted(page)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2), (3, 2000), (2000, 3), (31, 33)])
    @pytest.mark.parametrize("level", [0, 255])
    def test_of_any_shape(self, shape, level):
        page = np.full(shape, 255, np.uint8)
        page[shape[0] // 2] = level
        regions = find_regions(analyze(page))
        assert regions.labels.shape == shape
        assert 0 <= regions.labels.min() <= regions.labels.max() < len(regions)

    def test_of_nothing_but_ink(self):
        page = np.zeros((64, 64), np.uint8)
        page[:2, :2] = 255
        regions = find_regions(analyze(page))
        assert len(regions) >= 1
        assert regions.labels.max() < len(regions)
