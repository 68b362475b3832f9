"""Palettes: reading them, and pictures in their colors."""

import contextlib
import json
import struct

import numpy as np
import pytest
from PIL import Image, ImageDraw

import paintstorch_sdk as pts
from paintstorch_sdk.errors import HintError
from paintstorch_sdk.hints.palette import MAX_COLORS, Palette
from paintstorch_sdk.imaging.metrics import ciede2000, srgb_to_lab
from support.cli import QUICK, Runner, hint_layer, line_art, save

COLORS = ((232, 160, 180), (0, 0, 128), (255, 255, 255), (128, 128, 128))
NAMES = ("skin", "sea blue", "", "gray")


def gpl():
    lines = [f"{r:3} {g:3} {b:3}\t{name}" for (r, g, b), name in zip(COLORS, NAMES, strict=True)]
    return "\n".join(["GIMP Palette", "Name: test", "Columns: 2", "# a comment", *lines, ""]).encode()


def ase():
    blocks = []
    for rgb, name in zip(COLORS, NAMES, strict=True):
        text = (name + "\0").encode("utf-16-be")
        gray = len(set(rgb)) == 1 and rgb[0] == 128
        model = (
            b"Gray" + struct.pack(">f", 128 / 255) if gray else b"RGB " + struct.pack(">3f", *(c / 255 for c in rgb))
        )
        body = struct.pack(">H", len(text) // 2) + text + model + struct.pack(">H", 0)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    group = "group\0".encode("utf-16-be")
    start = struct.pack(">HIH", 0xC001, 2 + len(group), 6) + group
    return (
        b"ASEF" + struct.pack(">2HI", 1, 0, len(blocks) + 2) + start + b"".join(blocks) + struct.pack(">HI", 0xC002, 0)
    )


def aco(names=True):
    first = b"".join(struct.pack(">5H", 0, *(c * 257 for c in rgb), 0) for rgb in COLORS)
    data = struct.pack(">2H", 1, len(COLORS)) + first
    if names:
        data += struct.pack(">2H", 2, len(COLORS))
        for rgb, name in zip(COLORS, NAMES, strict=True):
            text = (name + "\0").encode("utf-16-be")
            data += struct.pack(">5HI", 0, *(c * 257 for c in rgb), 0, len(text) // 2) + text
    return data


def as_json():
    return json.dumps({"colors": [{"color": list(c), "name": n} for c, n in zip(COLORS, NAMES, strict=True)]}).encode()


class TestRead:
    @pytest.mark.parametrize(
        ("suffix", "data"),
        [("gpl", gpl()), ("ase", ase()), ("aco", aco()), ("json", as_json())],
        ids=lambda v: str(v)[:4],
    )
    def test_files_of_other_programs(self, tmp_path, suffix, data):
        path = tmp_path / f"p.{suffix}"
        path.write_bytes(data)
        palette = Palette.of(path)
        assert palette.colors == COLORS
        assert palette.names == NAMES
        assert Palette.of(str(path)) == palette

    def test_an_adobe_color_file_without_names(self, tmp_path):
        (tmp_path / "p.aco").write_bytes(aco(names=False))
        assert Palette.of(tmp_path / "p.aco").colors == COLORS

    def test_colors(self):
        assert Palette.of("#e8a0b4, navy white") == Palette.of(["#e8a0b4", (0, 0, 128), "white", "navy"])
        assert Palette.of("navy").colors == ((0, 0, 128),)
        assert Palette.of(None) is None

    @pytest.mark.parametrize("data", [gpl(), ase(), aco(), as_json()], ids=["gpl", "ase", "aco", "json"])
    def test_no_damage_gets_through_as_another_error(self, tmp_path, data, rng):
        path = tmp_path / "p.aco"
        for _ in range(60):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), 4):
                damaged[place] = rng.integers(256)
            path.write_bytes(damaged[: rng.integers(1, len(data))])
            with contextlib.suppress(HintError):
                Palette.of(path)

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("", "expected 1 to 4096 colors, received 0"),
            ("reddish", "expected #rrggbb or a CSS name"),
            ("no.gpl", "cannot be read: No such file"),
            (5, "expected a file or colors, received 5"),
            ([(i // 256, i % 256, 0) for i in range(MAX_COLORS + 1)], "received 4097"),
        ],
        ids=["none", "a word", "a file", "a number", "many"],
    )
    def test_what_is_none(self, source, said):
        with pytest.raises(HintError, match=said):
            pts.Look(palette=source)


class TestSnap:
    def test_the_nearest_by_ciede2000(self, rng):
        palette = Palette.of([tuple(map(int, color)) for color in rng.integers(0, 256, (20, 3))])
        pixels = rng.integers(0, 256, (30, 40, 3), np.uint8)
        listed = srgb_to_lab(np.array(palette.colors, np.uint8))
        expected = ciede2000(srgb_to_lab(pixels)[:, :, None], listed).argmin(-1)
        assert np.array_equal(palette.snap(pixels), np.array(palette.colors, np.uint8)[expected])

    def test_listed_colors_stay(self):
        colors = np.array(COLORS, np.uint8)
        assert np.array_equal(Palette(COLORS).snap(colors), colors)


@pytest.fixture(scope="module")
def colorizer(tiny_bundle):
    with pts.Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as opened:
        yield opened


def boxes():
    image = Image.new("L", (160, 120), 255)
    draw = ImageDraw.Draw(image)
    for left in (10, 60, 110):
        draw.rectangle((left, 20, left + 40, 100), outline=0, width=3)
    return image


STROKES = [
    pts.Stroke([(20, 60), (40, 60)], "#e89090", 10),
    pts.Stroke([(70, 30), (90, 40)], "#101080", 8),
    pts.Stroke([(75, 80), (90, 85)], "#f0f040", 8),
]


@pytest.mark.parametrize("exact", [True, False])
def test_flats_have_listed_colors_alone(colorizer, exact):
    listed = "#e8a0b4, navy, gold, #207020"
    picture = colorizer.colorize(boxes(), STROKES, style="flat", lines="none", palette=listed, exact=exact)
    found = {tuple(color) for color in np.asarray(picture).reshape(-1, 3).tolist()}
    assert found <= {*Palette.of(listed).colors, (255, 255, 255)}
    pixels = np.asarray(picture)
    assert tuple(pixels[60, 30]) == (232, 160, 180)
    assert tuple(pixels[35, 80]) == (0, 0, 128)
    assert (pixels[5] == 255).all()  # paper stays paper, listed or not


def test_paint_has_listed_colors_in_strokes(colorizer):
    picture = np.asarray(colorizer.colorize(boxes(), STROKES, lines="none", palette=["#e8a0b4", "navy", "gold"]))
    assert tuple(picture[60, 30]) == (232, 160, 180)
    assert tuple(picture[83, 82]) == (255, 215, 0)


def test_a_white_stroke_beside_the_figure_says_paper(colorizer):
    """The network adds nothing to it."""
    picture = np.asarray(
        colorizer.colorize(boxes(), [*STROKES, pts.Stroke([(5, 8), (150, 8)], "white", 6)], lines="none")
    )
    assert (picture[:17] == 255).all()


class TestCommand:
    @pytest.fixture
    def pts(self, monkeypatch, capsys, tmp_path):
        monkeypatch.chdir(tmp_path)
        save(line_art(), tmp_path / "line.png")
        save(hint_layer(), tmp_path / "line.hints.png")
        return Runner(monkeypatch, capsys)

    def test_the_report_lists_every_color_with_its_regions(self, pts, tmp_path):
        (tmp_path / "p.gpl").write_bytes(gpl())
        arguments = (
            "colorize",
            "line.png",
            "--palette",
            "p.gpl",
            "--style",
            "flat",
            "--lines",
            "none",
            "--report",
            *QUICK,
        )
        (entry,) = json.loads(pts(*arguments, "--json").out)["colors"]
        assert entry["name"] == "line.png"
        by_color = {color["color"]: color for color in entry["colors"]}
        assert by_color["#e8a0b4"]["listed_as"] == "skin"
        with Image.open("line.colored.png") as picture:
            painted = {"#" + bytes(color).hex() for _, color in picture.getcolors()}
        assert painted == {*by_color, "#ffffff"}
        shown = pts(*arguments).out
        assert "#e8a0b4 skin" in shown

    def test_a_palette_that_is_none(self, pts):
        result = pts("colorize", "line.png", "--palette", "none.ase", *QUICK)
        assert result.code == 2
        assert result.err == "error: none.ase: cannot be read: No such file or directory\n"
