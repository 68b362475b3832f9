import io
import itertools
import json
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from paintstorch_sdk.errors import HintError
from paintstorch_sdk.hints.model import MAX_JSON_BYTES, MAX_POINTS, Hints, Stroke, parse_color
from paintstorch_sdk.imaging.geometry import Geometry

RED = Stroke(((10, 20), (50, 60)), "#ff0000", 8)
BLUE = Stroke(((90, 30),), (0, 0, 255), 20)


def document(**changes):
    stroke = {"points": [[10, 20], [50, 60]], "color": "#ff0000", "width": 8}
    return {"version": 1, "strokes": [stroke | changes]}


def layer(width, height, *strokes, smooth=8):
    """Strokes drawn as an artist's program would: anti-aliased, on transparent ground."""
    big = Image.new("RGBa", (width * smooth, height * smooth))
    draw = ImageDraw.Draw(big)
    for stroke in strokes:
        ink = (*stroke.rgb, 255)
        points = [(x * smooth, y * smooth) for x, y in stroke.points]
        draw.line(points, ink, round(stroke.width * smooth))
        for x, y in points:
            draw.circle((x, y), stroke.width * smooth / 2, ink)
    return big.reduce(smooth).convert("RGBA")


class TestStroke:
    def test_values(self):
        stroke = Stroke([[1, 2], (3.5, 4)], "navy", 3)
        assert stroke.points == ((1.0, 2.0), (3.5, 4.0))
        assert stroke.rgb == (0, 0, 128)
        assert stroke.width == 3.0
        assert isinstance(stroke.width, float)

    def test_points_of_numpy_and_of_a_generator(self):
        expected = ((1.0, 2.0), (3.0, 4.0))
        assert Stroke(np.array([[1, 2], [3, 4]], np.float32), "red").points == expected
        assert Stroke(((x, x + 1) for x in (1, 3)), "red").points == expected

    def test_equal_strokes(self):
        assert Stroke([(1, 2)], "#000080") == Stroke(((1.0, 2.0),), "navy", 8.0)
        assert Stroke([(1, 2)], "navy") != Stroke([(1, 2)], "red")
        assert len({Stroke([(1, 2)], [0, 0, 128]), Stroke([(1, 2)], (0, 0, 128)), Stroke([(1, 3)], "navy")}) == 2

    @pytest.mark.parametrize(
        "points",
        [
            (),
            [],
            [[]],
            [[1]],
            [1, 2],
            [[1, 2, 3]],
            [[1, 2], [3]],
            "12",
            [["1", "2"]],
            [[True, False]],
            [[None, 1]],
            [[1j, 1]],
            [[float("nan"), 1]],
            [[1, float("inf")]],
            [[10**400, 1]],
            [[1e7, 1]],
            [[-1e7, 1]],
            np.zeros((2, 2, 2)),
            np.array([[np.nan, 0], [0, 0]]),
            None,
            5,
        ],
        ids=repr,
    )
    def test_points_that_are_none(self, points):
        with pytest.raises(HintError, match="points: expected at least one x,y pair of numbers") as caught:
            Stroke(points, "red")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("width", [0, -1, float("nan"), float("inf"), 1e6, 10**400, True, "8", None, [8]], ids=repr)
    def test_widths_that_are_none(self, width):
        with pytest.raises(HintError, match="width: expected over 0"):
            Stroke([(1, 1)], "red", width)

    @pytest.mark.parametrize(
        ("color", "rgb"),
        [
            ("#e8a0b4", (232, 160, 180)),
            ("#F00", (255, 0, 0)),
            ("navy", (0, 0, 128)),
            ("RGB(1, 2, 3)", (1, 2, 3)),
            ("hsl(120, 100%, 50%)", (0, 255, 0)),
            ("#112233ff", (17, 34, 51)),
            ((1, 2, 3), (1, 2, 3)),
            ([1, 2.0, 3], (1, 2, 3)),
            (np.array([1, 2, 255], np.uint8), (1, 2, 255)),
        ],
        ids=repr,
    )
    def test_colors(self, color, rgb):
        assert parse_color(color) == rgb
        assert all(type(c) is int for c in parse_color(color))

    @pytest.mark.parametrize(
        "color",
        [
            "",
            "reddish",
            "#12",
            "#12345g",
            "rgb(300, 0, 0)",
            "rgb(120%, 0%, 0%)",
            "#ff000080",  # not opaque: a hint's strength is its stroke's coverage
            "x" * 1000,
            (1, 2),
            (1, 2, 3, 4),
            (256, 0, 0),
            (-1, 0, 0),
            (0.5, 0, 0),
            (float("nan"), 0, 0),
            (float("inf"), 0, 0),
            (True, 0, 0),
            ("1", "2", "3"),
            None,
            7,
        ],
        ids=lambda value: f"{value!r:.20}",
    )
    def test_colors_that_are_none(self, color):
        with pytest.raises(HintError, match=r"color: expected .* received") as caught:
            parse_color(color)
        assert len(str(caught.value)) < 250


class TestSources:
    def test_nothing(self):
        assert Hints.of(None) == Hints()
        assert Hints.of([]) == Hints()

    def test_strokes(self):
        assert Hints.of(RED).strokes == (RED,)
        assert Hints.of([RED, BLUE]).strokes == (RED, BLUE)
        assert Hints.of(stroke for stroke in (RED, BLUE)).strokes == (RED, BLUE)
        hints = Hints((RED,))
        assert Hints.of(hints) is hints

    def test_layers(self, tmp_path):
        picture = layer(40, 30, RED)
        path = tmp_path / "hints.png"
        picture.save(path)
        pixels = np.asarray(picture)
        for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), picture, pixels):
            assert np.array_equal(Hints.of(source).layer, pixels)
        assert Hints.of(path).name == str(path)

    def test_json(self, tmp_path):
        path = tmp_path / "hints.JSON"
        path.write_text(json.dumps(document()), "utf-8")
        for source in (path, str(path), document()):
            assert Hints.of(source).strokes == (RED,)

    def test_json_of_an_editor_on_windows(self, tmp_path):
        path = tmp_path / "hints.json"
        path.write_text(json.dumps(document()), "utf-8-sig")
        assert Hints.of(path).strokes == (RED,)

    @pytest.mark.parametrize("source", [5, object, [1, 2], [RED, "red"], [[(1, 2)]]], ids=repr)
    def test_what_is_none(self, source):
        with pytest.raises(HintError, match="expected strokes, a JSON file or a picture, received"):
            Hints.of(source)

    def test_equal_hints(self):
        pixels = np.asarray(layer(8, 8, RED))
        assert Hints((RED,), pixels) == Hints((RED,), pixels.copy(), "other")
        assert Hints((RED,), pixels) != Hints((RED,), 255 - pixels)
        assert Hints((RED,), pixels) != Hints((RED,))
        assert Hints((RED,)) != Hints((BLUE,))
        assert Hints() != "hints"

    def test_adding_makes_new_hints(self):
        one = Hints((RED,))
        assert one.add(BLUE).strokes == (RED, BLUE)
        assert one.strokes == (RED,)


class TestJson:
    def test_round_trip(self):
        hints = Hints((RED, BLUE, Stroke([(0.25, -3)], "hsl(200, 50%, 50%)", 0.5)))
        assert Hints.of(json.loads(hints.to_json())) == hints

    def test_the_width_may_be_left_out(self):
        given = {"version": 1, "strokes": [{"points": [[1, 2]], "color": "red"}]}
        assert Hints.of(given).strokes == (Stroke([(1, 2)], "red"),)

    @pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.5, []])
    def test_other_versions(self, version):
        with pytest.raises(HintError, match=r'expected {"version": 1, .* received version'):
            Hints.of(document() | {"version": version})

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, "received version None"),
            ({"version": 1}, r"received the keys \['version'\]"),
            (document() | {"size": [1, 2]}, "received the keys .*size"),
            ({"version": 1, "strokes": None}, "expected strokes as a list of objects"),
            ({"version": 1, "strokes": {}}, "expected strokes as a list of objects"),
            ({"version": 1, "strokes": [[1, 2]]}, "expected strokes as a list of objects"),
            ({"version": 1, "strokes": [{}]}, "stroke 0: expected points, color and width, received nothing"),
            (document(colour="red"), "stroke 0: expected points, color and width, received .*colour"),
            (document(points=[[1, float("nan")]]), "stroke 0: points: expected"),
            (document(points=[["1", "2"]]), "stroke 0: points: expected"),
            (document(width="8"), "stroke 0: width: expected"),
            (document(width=True), "stroke 0: width: expected"),
            (document(color="reddish"), "stroke 0: color: expected"),
            (document(color=None), "stroke 0: color: expected"),
        ],
    )
    def test_what_is_malformed(self, given, said):
        with pytest.raises(HintError, match=said):
            Hints.of(given)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            '"hints"',
            '{"version": 1, "strokes": [{"points": [[1e400, 2]], "color": "red"}]}',
            '{"version": 1, "strokes": [{"points": [[NaN, 2]], "color": "red"}]}',
            '{"version": 1, "strokes": [{"points": [[-Infinity, 2]], "color": "red"}]}',
            '{"version": 1, "strokes": [{"points": [[1%s, 2]], "color": "red"}]}' % ("0" * 400),
            '{"version": 1, "strokes": [{"points": [[1%s, 2]], "color": "red"}]}' % ("0" * 9000),
            "[" * 100_000,
            '{"version": 1, "strokes": [{"points": ' + "[" * 200 + "1" + "]" * 200 + ', "color": "red"}]}',
        ],
        ids=lambda text: f"{text!r:.60}",
    )
    def test_hostile_files(self, tmp_path, text):
        path = tmp_path / "hints.json"
        path.write_text(text, "utf-8")
        with pytest.raises(HintError, match=r"hints\.json") as caught:
            Hints.of(path)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500

    def test_a_file_that_is_no_text(self, tmp_path):
        path = tmp_path / "hints.json"
        path.write_bytes(b"\xff\xfe\x00\x01")
        with pytest.raises(HintError, match="not JSON"):
            Hints.of(path)

    def test_a_missing_file_and_a_folder(self, tmp_path):
        with pytest.raises(HintError, match="cannot be read: No such file"):
            Hints.of(tmp_path / "none.json")
        (tmp_path / "folder.json").mkdir()
        with pytest.raises(HintError, match="cannot be read"):
            Hints.of(tmp_path / "folder.json")

    def test_a_huge_file(self, tmp_path):
        path = tmp_path / "hints.json"
        with path.open("wb") as file:
            file.truncate(MAX_JSON_BYTES + 1)
        with pytest.raises(HintError, match="expected at most 16 MB"):
            Hints.of(path)

    def test_too_many_points(self):
        stroke = {"points": [[1, 2]] * (MAX_POINTS // 2 + 1), "color": "red"}
        with pytest.raises(HintError, match="expected at most 100000 points"):
            Hints.of({"version": 1, "strokes": [stroke, stroke]})


GEOMETRY = Geometry.fit(120, 80, 512)
LARGE = Geometry.fit(1200, 800, 512)


class TestRasterize:
    def test_no_hints(self):
        hint_map = Hints().rasterize(GEOMETRY)
        assert hint_map.shape == (4, 24, 32)
        assert hint_map.dtype == np.float32
        assert not hint_map.any()

    def test_a_layer_of_one_color(self):
        pixels = np.full((80, 120, 4), (255, 0, 51, 255), np.uint8)
        hint_map = Hints(layer=pixels).rasterize(GEOMETRY)
        assert hint_map.dtype == np.float32
        inside = hint_map[:, :20, :30]
        assert np.array_equal(inside[3], np.ones((20, 30)))
        assert np.allclose(inside[:3, 0, 0], (1, -1, 51 / 127.5 - 1), atol=1e-6)
        assert not hint_map[:, 20:].any()  # what pads is no hint
        assert not hint_map[:, :, 30:].any()

    def test_values_stay_in_range(self, rng):
        pixels = rng.integers(0, 256, (80, 120, 4), np.uint8)
        hint_map = Hints((RED,), pixels).rasterize(GEOMETRY)
        assert hint_map[3].min() >= 0
        assert hint_map[3].max() <= 1
        assert (np.abs(hint_map[:3]) <= hint_map[3] + 1e-6).all()

    @pytest.mark.parametrize("scale", [0.5, 2, 3, 1.37, 0.77])
    def test_layers_of_any_size_give_the_same_map(self, scale):
        def scaled(s):
            strokes = [Stroke(np.multiply(k.points, s), k.rgb, k.width * s) for k in (RED, BLUE)]
            return Hints.of(layer(round(120 * s), round(80 * s), *strokes)).rasterize(GEOMETRY)

        difference = np.abs(scaled(scale) - scaled(1))
        assert difference.max() < 0.2
        assert difference.mean() < 0.01

    def test_a_large_layer_is_averaged_not_sampled(self):
        """A pattern finer than a pixel of the network becomes its mean."""
        pixels = np.zeros((8 * 100, 8 * 100, 4), np.uint8)
        pixels[::2, ::2] = (255, 255, 255, 255)
        hint_map = Hints(layer=pixels).rasterize(Geometry.fit(100, 100, 512))
        assert np.allclose(hint_map[:, 1:24, 1:24], 0.25, atol=0.02)

    def test_strokes_and_the_same_strokes_as_a_layer(self):
        strokes = (RED, BLUE, Stroke([(20, 70), (60, 70), (100, 50)], "#20c040", 9))
        drawn = Hints(strokes).rasterize(GEOMETRY)
        painted = Hints.of(layer(120, 80, *strokes)).rasterize(GEOMETRY)
        difference = np.abs(drawn - painted)[:, :20, :30]
        assert difference.max() < 0.35  # on the strokes' edges: coverage is defined a little differently
        assert difference.mean() < 0.02
        full = (drawn[3] > 0.999) & (painted[3] > 0.999)
        assert full.sum() > 20
        assert np.abs(drawn - painted)[:, full].max() < 0.01

    def test_strokes_follow_the_scale_of_the_line_art(self):
        small = Hints((RED, BLUE)).rasterize(Geometry.fit(120, 80, 120))
        tenfold = tuple(Stroke(np.multiply(s.points, 10), s.rgb, s.width * 10) for s in (RED, BLUE))
        assert np.allclose(Hints(tenfold).rasterize(Geometry.fit(1200, 800, 120)), small, atol=1e-5)

    def test_hidden_colors_do_not_leak(self):
        """Transparent pixels have colors, too: black from most programs, anything from some."""
        stroke = np.asarray(layer(480, 320, Stroke([(100, 100), (300, 200)], (250, 200, 30), 31)))
        maps = []
        for hidden in ((0, 0, 0), (255, 0, 255), (255, 255, 255)):
            pixels = stroke.copy()
            pixels[pixels[..., 3] == 0, :3] = hidden
            maps.append(Hints(layer=pixels).rasterize(Geometry.fit(480, 320, 128)))
        assert np.array_equal(maps[0], maps[1])
        assert np.array_equal(maps[0], maps[2])

    @pytest.mark.parametrize("size", [(480, 320), (960, 640), (60, 40)])
    def test_edges_have_no_fringes(self, size):
        """Wherever there is a hint, however weak, its color is the stroke's."""
        color = (250, 200, 30)
        scale = size[0] / 480
        stroke = Stroke([(100 * scale, 100 * scale), (300 * scale, 200 * scale)], color, 40 * scale)
        hint_map = Hints.of(layer(*size, stroke)).rasterize(Geometry.fit(480, 320, 256))
        mask = hint_map[3]
        assert ((mask > 0.1) & (mask < 0.9)).sum() > 10
        seen = mask > 0.1
        rgb = (hint_map[:3, seen] / mask[seen] + 1) * 127.5
        assert np.abs(rgb - np.reshape(color, (3, 1))).max() < 12  # 8 bits of premultiplied color

    def test_strokes_lie_over_the_layer(self):
        pixels = np.full((80, 120, 4), (0, 255, 0, 255), np.uint8)
        hint_map = Hints((Stroke([(60, 40)], "red", 30),), pixels).rasterize(GEOMETRY)
        assert np.allclose(hint_map[:, 10, 15], (1, -1, -1, 1), atol=1e-6)
        assert np.allclose(hint_map[:, 2, 2], (-1, 1, -1, 1), atol=1e-6)

    def test_strokes_outside_the_picture_are_no_error(self):
        hints = Hints((Stroke([(-500, -500), (-400, -400)], "red", 9), Stroke([(1e6, 1e6)], "red", 9)))
        assert not hints.rasterize(GEOMETRY).any()

    def test_added_one_by_one_is_the_same_as_at_once(self, rng):
        """What a Canvas relies on."""
        from paintstorch_sdk.hints.model import draw_strokes

        made = [Stroke(rng.uniform(-10, 130, (4, 2)), tuple(rng.integers(0, 256, 3)), 9) for _ in range(20)]
        pixels = rng.integers(0, 256, (80, 120, 4), np.uint8)
        step_by_step = Hints(layer=pixels).rasterize(GEOMETRY)
        for stroke in made:
            draw_strokes(step_by_step, [stroke], GEOMETRY.to_hint_map)
        assert np.array_equal(Hints(tuple(made), pixels).rasterize(GEOMETRY), step_by_step)

    @pytest.mark.parametrize("size", [(120, 81), (119, 80), (60, 40), (61, 40), (1200, 800), (1201, 800), (12, 8)])
    def test_aspect_ratios_that_fit(self, size):
        width, height = size
        Hints(layer=np.zeros((height, width, 4), np.uint8)).rasterize(GEOMETRY)

    def test_rounding_of_a_scaled_copy_fits(self):
        for width, height in itertools.product((333, 517, 1080), (64, 999, 1920)):
            geometry = Geometry.fit(width, height, 512)
            for scale in (0.25, 0.5, 0.73, 1.9):
                size = (max(1, round(height * scale)), max(1, round(width * scale)), 4)
                Hints(layer=np.zeros(size, np.uint8)).rasterize(geometry)

    @pytest.mark.parametrize("size", [(80, 120), (120, 120), (120, 90), (130, 80), (1200, 820)])
    def test_other_aspect_ratios(self, size):
        width, height = size
        hints = Hints(layer=np.zeros((height, width, 4), np.uint8), name="hints.png")
        said = rf"hints\.png: expected hints with the line art's aspect ratio \(120 x 80\), received {width} x {height}"
        with pytest.raises(HintError, match=said):
            hints.rasterize(GEOMETRY)
        with pytest.raises(HintError, match="aspect ratio"):
            hints.draw(120, 80)


class TestDraw:
    def test_a_layer_of_the_same_size_comes_back(self):
        picture = np.asarray(layer(120, 80, RED, Stroke([(90, 30)], (120, 60, 200), 20)))
        drawn = Hints.of(picture).draw(120, 80)
        assert drawn.dtype == np.uint8
        assert drawn.shape == (80, 120, 4)
        assert np.array_equal(drawn[..., 3], picture[..., 3])
        opaque = picture[..., 3] == 255
        assert np.array_equal(drawn[opaque], picture[opaque])
        edge = (picture[..., 3] > 60) & ~opaque
        assert edge.sum() > 10
        assert np.abs(drawn[edge].astype(int) - picture[edge]).max() <= 4  # colors of edges, too

    def test_drawn_strokes_as_a_layer_give_nearly_their_own_map(self):
        hints = Hints((RED, BLUE))
        again = Hints.of(hints.draw(120, 80)).rasterize(GEOMETRY)
        difference = np.abs(again - hints.rasterize(GEOMETRY))[:, :20, :30]
        assert difference.max() < 0.35
        assert difference.mean() < 0.02

    def test_colors_inside(self):
        drawn = Hints((Stroke([(60, 40)], (7, 130, 251), 30),)).draw(120, 80)
        assert drawn[40, 60].tolist() == [7, 130, 251, 255]
        assert drawn[0, 0, 3] == 0

    def test_a_layer_of_another_size(self):
        assert Hints.of(layer(60, 40, RED)).draw(120, 80).shape == (80, 120, 4)


def test_rasterizing_is_fast_enough_to_follow_a_pen():
    """50 strokes across a 4K drawing: far below one run of the network."""
    rng = np.random.default_rng(0)
    hints = Hints(tuple(Stroke(rng.uniform(0, 2160, (4, 2)), "red", 20) for _ in range(50)))
    geometry = Geometry.fit(3840, 2160, 512)
    hints.rasterize(geometry)
    begin = time.thread_time()
    hints.rasterize(geometry)
    assert time.thread_time() - begin < 0.1
