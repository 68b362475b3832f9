"""Paper, lines, polarity, tones and trace lines of drawings of every kind."""

import cv2
import numpy as np
import pytest

from paintstorch_sdk.imaging.drawing import analyze
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.imaging.regions import find_regions
from support.drawings import assert_parted, dot_tone, draw_scene, fill_box, in_color

INK = draw_scene() < 64
PAPER = ~cv2.dilate((draw_scene() < 255).astype(np.uint8), np.ones((7, 7))).view(bool)


def assert_lines(page, share=0.98):
    """Assert that the walls are the lines, at least this share of them; returns the drawing."""
    drawing = analyze(page)
    assert drawing.walls[INK].mean() > share
    assert drawing.walls[PAPER].mean() < 1e-3
    return drawing


class TestLines:
    @pytest.mark.parametrize(
        ("side", "width"), [(512, 1), (512, 2), (512, 6), (1024, 1), (1024, 3), (2048, 1), (2048, 4), (4096, 2)]
    )
    def test_of_every_width(self, side, width):
        page = draw_scene(side, width)
        drawing = analyze(page)
        paper = ~cv2.dilate((page < 255).astype(np.uint8), np.ones((5, 5))).view(bool)
        assert drawing.walls[page < 64].mean() > 0.98
        assert drawing.walls[paper].mean() < 1e-3
        assert drawing.report == ()

    @pytest.mark.parametrize(("side", "width"), [(240, 3), (240, 8), (256, 8), (512, 40)])
    def test_all_as_wide_as_areas(self, side, width):
        """As in a coloring book for small children."""
        page = np.full((side, side), 255, np.uint8)
        cv2.rectangle(page, (side // 8, side // 8), (side * 7 // 8, side * 7 // 8), 0, width)
        regions = find_regions(analyze(page))
        assert regions.labels[0, 0] != regions.labels[side // 2, side // 2]

    def test_twelve_pixels_wide_on_ten_thousand(self):
        page = np.full((1500, 10_000), 255, np.uint8)
        cv2.rectangle(page, (300, 200), (9700, 1300), 0, 12, cv2.LINE_AA)
        drawing = analyze(page)
        assert drawing.walls[page < 64].all()
        assert not drawing.walls[page == 255].any()

    @pytest.mark.parametrize("level", [0, 60, 120, 160, 190, 210, 230])
    def test_however_pale(self, level):
        drawing = assert_lines(draw_scene(line=level))
        assert np.median(drawing.ink[INK]) > 240
        assert drawing.report == ()

    @pytest.mark.parametrize(
        "ink",
        [(230, 60, 50), (150, 200, 255), (40, 180, 60), (240, 150, 40), (240, 220, 60), (250, 190, 200), (110, 80, 60)],
        ids=["red", "pale blue", "green", "orange", "yellow", "pink", "brown"],
    )
    def test_in_pencil_of_any_color(self, ink):
        drawing = assert_lines(in_color(draw_scene(), ink))
        assert drawing.trace is None  # nothing but colored lines: they are the drawing
        assert not drawing.inverted

    def test_of_one_bit(self):
        assert_lines(np.where(draw_scene() < 128, 0, 255).astype(np.uint8))

    @pytest.mark.parametrize("quality", [20, 50, 90])
    def test_after_jpeg(self, quality):
        _, data = cv2.imencode(".jpg", draw_scene(), [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert_lines(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))

    @pytest.mark.parametrize("page", [255, 200, 0], ids=["white", "gray", "black"])
    def test_of_an_empty_page_there_are_none(self, page):
        drawing = analyze(np.full((64, 80), page, np.uint8))
        assert not drawing.walls.any()
        assert "no lines found" in drawing.report[0]


class TestPaper:
    @pytest.mark.parametrize("level", [255, 245, 235, 220, 200, 180, 166, 150])
    def test_of_every_level(self, level):
        drawing = assert_lines(draw_scene(paper=level))
        assert abs(drawing.sheet - level) <= 2
        assert any("paper is dark" in line for line in drawing.report) == (level < 230)

    @pytest.mark.parametrize("line", [60, 110])
    def test_dark_paper_under_pale_lines(self, line):
        assert_lines(draw_scene(paper=150, line=line))

    @pytest.mark.parametrize("paper", [(250, 232, 190), (235, 215, 180), (225, 235, 250)])
    def test_that_has_yellowed_is_paper(self, paper):
        drawing = assert_lines(in_color(draw_scene(), (30, 25, 20), paper))
        assert abs(drawing.sheet - max(paper)) <= 3
        assert drawing.trace is None

    @pytest.mark.parametrize("line", [0, 110])
    def test_unevenly_lit(self, line):
        light = np.linspace(0.6, 1, 512)[None] * np.linspace(0.8, 1, 512)[:, None]
        page = (draw_scene(line=line) * light).astype(np.uint8)
        drawing, regions = assert_parted(page)
        assert drawing.walls[INK].mean() > 0.98
        assert drawing.walls[PAPER].mean() < 1e-3
        assert np.ptp(regions.tone[regions.area > 500].astype(int)) <= 8  # the light is no tone

    @pytest.mark.parametrize(("noise", "line"), [(3, 0), (6, 0), (10, 0), (15, 0), (8, 150), (5, 190)])
    def test_with_noise(self, rng, noise, line):
        page = draw_scene(line=line) + rng.normal(0, noise, INK.shape)
        assert_lines(np.clip(page, 0, 255).astype(np.uint8), 0.93)
        page = draw_scene(line=line) * (225 / 255) + rng.normal(0, noise, INK.shape)  # not cut off at white
        assert_lines(np.clip(page, 0, 255).astype(np.uint8), 0.93)

    @pytest.mark.parametrize("level", [220, 180, 150])
    def test_is_white_when_cleaned(self, level):
        page = draw_scene(paper=level)
        clean = analyze(page).clean(page)
        assert clean[PAPER].min() >= 253
        assert clean[INK].max() < 110

    def test_tones_stay_when_cleaned(self):
        page = fill_box(draw_scene(paper=200), 120)
        assert abs(int(np.median(analyze(page).clean(page)[300:350, 310:330])) - 120 * 255 // 200) <= 3


class TestPolarity:
    @pytest.mark.parametrize("width", [1, 3, 6])
    def test_white_lines_on_black(self, width):
        page = 255 - draw_scene(width=width)
        drawing, _ = assert_parted(page)
        assert drawing.inverted
        assert "light lines on dark paper" in drawing.report[0]
        assert drawing.walls[page > 200].mean() > 0.98
        white = drawing.clean(page)
        assert white[5, 5] == 255
        assert white[page > 200].max() < 60

    def test_light_lines_on_dark_gray(self):
        drawing, _ = assert_parted((40 + (255 - draw_scene()) * 0.7).astype(np.uint8))
        assert drawing.inverted

    def test_white_lines_on_transparent_paper_are_seen(self):
        page = np.full((*INK.shape, 4), 255, np.uint8)
        page[..., 3] = 255 - draw_scene()
        loaded = load_line_art(page)
        assert np.array_equal(loaded, 255 - draw_scene())
        assert_parted(loaded)

    @pytest.mark.parametrize("ink", [(0, 0, 0), (190, 190, 190), (240, 150, 40), (255, 255, 0)])
    def test_other_lines_on_transparent_paper_are_on_white(self, ink):
        page = np.full((*INK.shape, 4), (*ink, 0), np.uint8)
        page[..., 3] = 255 - draw_scene()
        loaded = load_line_art(page)
        assert (loaded[5, 5] == 255).all()
        drawing, _ = assert_parted(loaded)
        assert not drawing.inverted

    def test_a_white_figure_with_black_lines_on_transparent_paper_is_on_white(self):
        page = np.full((*INK.shape, 4), 255, np.uint8)
        page[..., :3] = draw_scene()[..., None]
        page[:100, :, 3] = 0
        assert load_line_art(page)[5, 5] == 255

    @pytest.mark.parametrize("share", [0.4, 0.7])
    def test_much_black_is_not_black_paper(self, share):
        page = draw_scene()
        page[: int(512 * share)] = np.minimum(page[: int(512 * share)], 20)
        assert not analyze(page).inverted


class TestTones:
    @pytest.mark.parametrize("level", [235, 200, 170, 128, 100, 70])
    def test_gray_fills_are_no_lines(self, level):
        drawing, regions = assert_parted(fill_box(draw_scene(), level))
        inside = regions.labels[340, 312]
        assert abs(int(regions.tone[inside]) - level) <= 4
        assert not drawing.walls[335:345, 308:316].any()

    @pytest.mark.parametrize(
        "paint", [dot_tone(4, 1), dot_tone(6, 2), dot_tone(8, 3)], ids=["fine", "middle", "coarse"]
    )
    def test_dots_are_a_tone(self, paint):
        assert_parted(fill_box(draw_scene(), paint))

    def test_one_bit_checkers_are_a_tone(self):
        checkers = (np.indices((512, 512)).sum(0) % 2 * 255).astype(np.uint8)
        drawing, regions = assert_parted(fill_box(draw_scene(), checkers))
        assert 110 < regions.tone[regions.labels[340, 312]] < 150
        assert not drawing.walls[335:345, 308:316].any()

    def test_a_tone_without_a_line_around_it_is_a_region(self):
        page = draw_scene()
        page[400:480, 100:300] = 180
        _, regions = assert_parted(page)
        assert regions.labels[440, 200] != regions.labels[500, 200]

    def test_solid_ink_is_a_wall(self):
        page = draw_scene()
        cv2.circle(page, (160, 256), 40, 0, -1)
        assert analyze(page).walls[256, 160]


class TestTraceLines:
    @pytest.mark.parametrize("ink", [(255, 0, 0), (0, 0, 255), (0, 170, 0)], ids=["red", "blue", "green"])
    def test_beside_ink_bound_regions(self, ink):
        page = in_color(draw_scene(), (0, 0, 0))
        cv2.line(page, (70, 256), (250, 256), ink, 3, cv2.LINE_AA)
        drawing = analyze(page)
        assert drawing.trace is not None
        assert drawing.trace[256, 120:200].all()
        assert not (drawing.trace & (page.max(2) < 40)).any()
        assert "trace lines" in drawing.report[0]
        _, regions = assert_parted(page)
        assert regions.labels[230, 160] != regions.labels[290, 160]

    def test_none_where_all_is_ink(self):
        assert analyze(in_color(draw_scene(), (20, 10, 0))).trace is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (2000, 3), (3, 2000), (31, 33)])
def test_pages_of_any_shape(shape):
    drawing = analyze(np.full(shape, 255, np.uint8))
    assert drawing.size == shape[::-1]
    drawing = analyze(np.full((*shape, 3), (255, 250, 240), np.uint8))
    assert drawing.walls.shape == drawing.ink.shape == drawing.tone.shape == shape
