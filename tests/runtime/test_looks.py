"""What pictures look like with the bundled model: the paper's figures, styles, sizes, pages of any shape."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import paintstorch_sdk as pts
from paintstorch_sdk.examples.draw_figures import (
    ALONG_THE_EDGE,
    EYES,
    MESSY,
    PLAIN,
    SATURATED,
    draw_circle,
    load_sylvie,
    scale_widths,
)
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from paintstorch_sdk.look import STYLES
from support.drawings import draw_scene, in_color
from support.figures import stroke

EXAMPLES = Path(__file__).parents[2] / "examples"
Y, X = np.indices((384, 384))
FAR = np.hypot(X - 192, Y - 192)
INSIDE, OUTSIDE = FAR < 124, FAR > 136  # of the circle


@pytest.fixture(scope="module")
def colorizer():
    with pts.Colorizer(backend="onnxruntime", precision="fp32") as opened:
        yield opened


def color(colorizer, page, strokes=(), **look):
    return np.asarray(colorizer.colorize(page, strokes, **look))


def difference(pixels, wanted):
    """CIEDE2000 of pixels uint8 ...,3 and colors "#rrggbb" or uint8 ...,3."""
    if isinstance(wanted, str):
        wanted = np.array([*bytes.fromhex(wanted[1:])], np.uint8)
    return ciede2000(srgb_to_lab(pixels), srgb_to_lab(wanted))


class TestFigure11:
    """A circle without a hint, with strokes along its edge and slightly over it, and with messy strokes."""

    def test_without_a_hint_it_stays_plain(self, colorizer):
        picture = color(colorizer, draw_circle())
        assert (picture[OUTSIDE] == 255).all()
        assert srgb_to_lab(picture[INSIDE])[..., 1:].std() < 4  # of one color, whichever

    def test_strokes_along_its_edge_fill_it_and_nothing_else(self, colorizer):
        picture = color(colorizer, draw_circle(), ALONG_THE_EDGE)
        found = difference(picture[INSIDE], "#3a7bd5")
        assert np.percentile(found, 80) < 5
        assert found.max() < 16  # the shade
        assert (picture[OUTSIDE] == 255).all()
        flat = color(colorizer, draw_circle(), ALONG_THE_EDGE, style="flat")
        assert (flat[INSIDE] == [0x3A, 0x7B, 0xD5]).all()

    def test_messy_strokes_of_three_colors_give_a_gradient(self, colorizer):
        picture = color(colorizer, draw_circle(), MESSY)
        assert (picture[OUTSIDE] == 255).all()
        row = picture[200, 75:310]
        for x, wanted in ((90, "#e4572e"), (190, "#f3a712"), (290, "#2e86ab")):
            assert difference(row[x - 75], wanted) < 6
        assert np.abs(np.diff(row.astype(int), axis=0)).max() < 24  # no edge
        steps = difference(picture[:, 1:], picture[:, :-1])
        assert np.percentile(steps[INSIDE[:, 1:] & INSIDE[:, :-1]], 99.9) < 12


def test_light_from_the_right_shades_a_mirrored_drawing_as_light_from_the_left_does(colorizer):
    page = np.full((256, 320), 255, np.uint8)  # its width needs no padding, which lies to the right alone
    cv2.ellipse(page, (150, 130), (90, 70), 20, 0, 360, 0, 3)
    strokes = [pts.Stroke([(140, 120), (160, 130)], "#3a7bd5", 12)]
    mirrored = [pts.Stroke([(320 - x, y) for x, y in one.points], one.rgb, one.width) for one in strokes]
    left, right = color(colorizer, page, strokes), color(colorizer, page, strokes, light="right")
    other = color(colorizer, np.ascontiguousarray(page[:, ::-1]), mirrored)
    assert (left != right).any(2).mean() > 0.02  # there is shade, and it falls elsewhere
    assert np.mean(np.abs(right.astype(int) - other[:, ::-1]).max(2) < 8) > 0.99  # strokes are mirrored to a pixel


def test_what_no_stroke_tells_of_stays_paper_on_request(colorizer):
    page = np.full((256, 320), 255, np.uint8)
    for x in (40, 130, 220):
        cv2.circle(page, (x + 30, 128), 36, 0, 3)
    strokes = [pts.Stroke([(60, 120), (80, 136)], "#3a7bd5", 12)]
    for style in ("paint", "flat"):
        picture = color(colorizer, page, strokes, style=style, unhinted="paper", lines="none")
        assert difference(picture[128, 70], "#3a7bd5") < 1
        assert (picture[90:166, 130:] == 255).all()


def test_figure12_thin_strokes_say_what_thick_ones_do(colorizer):
    page = load_sylvie()
    thin, plain, thick = (
        color(colorizer, page, scale_widths(PLAIN, factor), style="flat").astype(int) for factor in (0.4, 1.0, 1.6)
    )
    paper = page > 250
    for other in (thin, thick):
        alike = np.abs(other - plain).max(2) <= 6
        assert alike[paper].mean() > 0.93


class TestFigure14:
    """Many strokes in saturated colors."""

    def test_the_page_stays_white(self, colorizer):
        picture = color(colorizer, load_sylvie(), SATURATED)
        for x, y in ((20, 40), (420, 60), (30, 300), (440, 400), (20, 560)):
            assert (picture[y - 8 : y + 9, x - 8 : x + 9] == 255).all()

    def test_parts_have_the_strokes_colors_and_no_others(self, colorizer):
        page = load_sylvie()
        picture = color(colorizer, page, SATURATED)
        palette = np.unique([s.rgb for s in SATURATED], axis=0).astype(np.uint8)
        colored = (page > 250) & (np.ptp(picture, axis=2) > 60)
        assert colored.mean() > 0.3
        nearest = np.min([difference(picture[colored], rgb) for rgb in palette], axis=0)
        assert np.median(nearest) < 3
        assert np.percentile(nearest, 90) < 16  # between them: gradients

    def test_strokes_are_exact(self, colorizer):
        picture = color(colorizer, load_sylvie(), SATURATED, lines="none")
        for one in SATURATED:
            x, y = (round(v) for v in one.points[0])
            found = difference(picture[y - 1 : y + 2, x - 1 : x + 2], np.array(one.rgb, np.uint8))
            assert found.min() < 1


@pytest.mark.parametrize("style", STYLES)
def test_figure15_pinkish_eyes_stay_pinkish(colorizer, style):
    picture = color(colorizer, load_sylvie(), (*PLAIN, *EYES), lines="none", style=style)
    for one in EYES:
        x, y = (round(v) for v in one.points[0])
        assert difference(picture[y - 1 : y + 2, x - 1 : x + 2], "#ff8fb3").max() < 1


class TestStyles:
    def test_flat_has_one_color_a_region(self, colorizer):
        strokes = [stroke("#3a7bd5", 14, (120, 220), (150, 300)), stroke("#b03040", 12, (320, 170), (430, 170))]
        picture = color(colorizer, draw_scene(), strokes, style="flat", lines="none")
        for x, y, wanted in ((160, 256, [0x3A, 0x7B, 0xD5]), (312, 340, [0xB0, 0x30, 0x40]), (10, 10, [255] * 3)):
            assert (picture[y - 5 : y + 6, x - 5 : x + 6] == wanted).all()
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) <= 4

    def test_strength_0_is_flat(self, colorizer):
        strokes = [stroke("#3a7bd5", 14, (120, 220), (150, 300))]
        flat = color(colorizer, draw_scene(), strokes, style="flat")
        assert np.array_equal(color(colorizer, draw_scene(), strokes, strength=0), flat)

    @pytest.mark.parametrize("style", STYLES)
    def test_ink_leaves_trace_lines_out(self, colorizer, style):
        page = in_color(draw_scene(), (0, 0, 0))
        page[254:258, 75:245] = (255, 0, 0)
        strokes = [stroke("#ffe070", 14, (120, 200), (190, 200)), stroke("#ffe070", 14, (120, 310), (190, 310))]
        with_trace = color(colorizer, page, strokes, style=style)
        without = color(colorizer, page, strokes, style=style, lines="ink")
        assert with_trace[256, 160, 1] < 60
        assert difference(without[255:257, 120:200], "#ffe070").max() < {"flat": 1, "paint": 12, "soft": 30}[style]

    @pytest.mark.parametrize("style", STYLES)
    def test_dark_paper_stays_dark_and_becomes_white_when_cleaned(self, colorizer, style):
        page = 255 - draw_scene()
        strokes = [stroke("#3a7bd5", 14, (120, 220), (150, 300))]
        picture = color(colorizer, page, strokes, style=style)
        assert picture[10, 10].max() == 0
        assert picture[page > 250].min() > 200
        assert difference(picture[256, 135], "#3a7bd5") < 1
        clean = color(colorizer, page, strokes, style=style, clean_paper=True)
        assert clean[10, 10].min() > 240
        assert clean[page > 250].max() < 110


class TestPages:
    @pytest.mark.parametrize("level", [220, 180, 150])
    def test_colors_on_dark_paper_are_those_on_white_when_cleaned(self, colorizer, level):
        strokes = [stroke("#3a7bd5", 14, (120, 220), (150, 300))]
        white = color(colorizer, draw_scene(), strokes).astype(int)
        clean = color(colorizer, draw_scene(paper=level), strokes, clean_paper=True).astype(int)
        paper = draw_scene() > 250
        assert np.abs(clean - white)[paper].mean() < 2

    @pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 2000), (2000, 3), (31, 33), (1, 900)])
    def test_of_any_shape(self, colorizer, shape):
        picture = color(colorizer, np.full(shape, 255, np.uint8), [stroke("#ff0000", 2, (0.5, 0.5))])
        assert picture.shape == (*shape, 3)

    def test_a_strip_of_a_webtoon(self, colorizer):
        """Panels of a strip that is fifteen times as long as wide keep their colors apart."""
        strip = np.full((6000, 400), 255, np.uint8)
        strokes, palette = [], ["#3a7bd5", "#b03040", "#30a060", "#f2c14e"]
        for number, top in enumerate(range(100, 5500, 500)):
            strip[[top, top + 1, top + 400, top + 401], 40:360] = 0
            strip[top : top + 402, [40, 41, 359, 360]] = 0
            strokes.append(stroke(palette[number % 4], 20, (120, top + 100), (260, top + 120)))
        picture = color(colorizer, strip, strokes)
        for number, top in enumerate(range(100, 5500, 500)):
            assert np.median(difference(picture[top + 200 : top + 390, 60:340], palette[number % 4])) < 3
            assert (picture[top + 440 : top + 470] == 255).all()

    def test_transparent_paper_with_white_lines(self, colorizer):
        page = np.full((512, 512, 4), 255, np.uint8)
        page[..., 3] = 255 - draw_scene()
        picture = color(colorizer, page, [stroke("#3a7bd5", 14, (120, 220), (150, 300))])
        assert picture[10, 10].max() == 0
        assert picture[draw_scene() == 0].min() > 200


@pytest.mark.parametrize("size", [512, 1024, None])
@pytest.mark.parametrize("name", ["friends", "harbour"])
def test_the_examples_hints_are_exact_in_every_style(name, size):
    """Median CIEDE2000 under 0.5 and 90 % under 1, inside strokes, off lines, in regions that they mean."""
    page = load_line_art(EXAMPLES / f"{name}.png")
    with pts.Colorizer(backend="onnxruntime", precision="fp32", size=size or max(page.shape[:2])) as opened:
        canvas = opened.canvas(page, EXAMPLES / f"{name}.hints.json")
        assert_exact(canvas)


REAL = Path(os.environ.get("PTS_REAL_DRAWINGS", "real"))  # a folder with drawings that may not be shipped


@pytest.mark.skipif(not (REAL / "cases.json").exists(), reason="PTS_REAL_DRAWINGS: no folder with real drawings")
@pytest.mark.parametrize("size", [512, 1024, 8192])
def test_strokes_on_real_drawings_are_exact(size):
    """The last size is over that of each: they are as large in the network as they are."""
    cases = json.loads((REAL / "cases.json").read_text())
    with pts.Colorizer(backend="onnxruntime", precision="fp32", size=size) as opened:
        for case in cases.values():
            strokes = [pts.Stroke(one["points"], one["color"], one["width"]) for one in case["strokes"]]
            assert_exact(opened.canvas(REAL / case["line"], strokes))


def assert_exact(canvas):
    """Assert it in every style; of the strokes' pixels off the lines at least 70 % lie where they mean it."""
    regions, marks, votes = canvas._sheet.regions, canvas._prepared.marks, canvas._prepared.votes
    drawn = (marks.top >= 0) & ~regions.walls
    keys = marks.top[drawn].astype(np.int64) * len(regions) + regions.labels[drawn]
    meant = np.isin(keys, votes.owned)
    assert meant.mean() > 0.7
    for style in STYLES:
        picture = np.asarray(canvas.render(style=style, lines="none"))
        found = difference(picture[drawn][meant], marks.colors[marks.top[drawn][meant]])
        assert np.median(found) < 0.5
        assert np.percentile(found, 90) < 1
