"""Results are told from inputs, made again where anything has changed, and look as their line art says."""

import os
import socket
from pathlib import Path

import pytest
from PIL import Image

from paintstorch_sdk.cli.pictures.signature import is_whole, read_signature, sign
from paintstorch_sdk.imaging.images import save as save_picture
from support.cli import QUICK, Runner, hint_layer, line_art, listing, pixels, save

STROKE = ("--stroke", "20,30 40,30 #e8a0b4 6")


@pytest.fixture
def pts(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Runner(monkeypatch, capsys)


@pytest.fixture
def frames():
    for number in range(2):
        save(line_art(shift=number), Path(f"in/{number}.jpg"))
    return Path("in")


def resumed(result) -> int:
    assert result.code == 0, result
    return int(result.out.split("; ")[1].split()[0]) if "already there" in result.out else 0


class TestResume:
    def test_results_beside_inputs(self, pts, frames):
        assert pts("colorize", "in", "-o", "in", *QUICK).code == 0
        Path("in/1.png").unlink()
        assert resumed(pts("colorize", "in", "-o", "in", "--resume", *QUICK)) == 1
        assert listing("in") == ["0.jpg", "0.png", "1.jpg", "1.png"]

    def test_results_below_inputs_of_another_run(self, pts, frames):
        for out in ("in/v1", "in/v2"):
            assert pts("colorize", "in", "-o", out, *QUICK).code == 0
        assert listing("in/v2") == ["0.png", "1.png"]

    @pytest.mark.parametrize(
        "changed", [STROKE, ("--style", "flat"), ("--lines", "none"), ("--size", "96"), ("--clean-paper",)]
    )
    def test_another_option_is_a_reason_to_color_again(self, pts, frames, changed):
        assert pts("colorize", "in", "-o", "out", *QUICK).code == 0
        assert resumed(pts("colorize", "in", "-o", "out", "--resume", *QUICK)) == 2
        assert resumed(pts("colorize", "in", "-o", "out", "--resume", *QUICK, *changed)) == 0
        assert resumed(pts("colorize", "in", "-o", "out", "--resume", *QUICK, *changed)) == 2

    def test_hints_count_by_their_content_not_by_their_time(self, pts, frames):
        hints = save(hint_layer(), Path("in/0.hints.png"))
        command = ("colorize", "in", "-o", "out", "--resume", *QUICK)
        assert resumed(pts(*command)) == 0
        os.utime(hints)
        assert resumed(pts(*command)) == 2
        save(hint_layer(color=(1, 2, 3)), hints)
        os.utime(hints, (0, 0))
        assert resumed(pts(*command)) == 1
        hints.unlink()
        assert resumed(pts(*command)) == 1
        assert resumed(pts(*command)) == 2

    def test_line_art_that_this_program_drew_is_an_input(self, pts, frames):
        assert pts("lineart", "in", "-o", "lines").code == 0
        assert pts("colorize", "lines", "-o", "out", *QUICK).code == 0
        assert pts("lineart", "lines", "-o", "again").code == 2

    @pytest.mark.parametrize("kind", ["png", "jpg", "webp", "ora", "psd", "png-layers"])
    def test_a_cut_result_is_made_again(self, pts, frames, kind):
        command = ("colorize", "in", "-o", "out", "--format", kind, "--resume", *QUICK)
        assert pts(*command).code == 0
        cut = next(Path("out/0.layers").iterdir()) if kind == "png-layers" else Path(f"out/0.{kind}")
        cut.write_bytes(cut.read_bytes()[:-20])
        assert resumed(pts(*command)) == 1
        assert resumed(pts(*command)) == 2
        if kind == "png-layers":
            max(Path("out/0.layers").iterdir()).unlink()
            assert resumed(pts(*command)) == 1


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs a file that is no file")
def test_what_is_no_file_is_one_frame_s_error(pts, frames):
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind("in/odd.png")
        result = pts("colorize", "in", "-o", "out", *QUICK)
    assert result.code == 1
    assert result.err.startswith("error: in/odd.png: cannot be read: ")
    assert listing("out") == ["0.png", "1.png"]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_signatures(tmp_path, suffix):
    path, signature = tmp_path / f"out{suffix}", sign({"size": 512})
    save_picture(line_art().convert("RGB"), path, software=signature)
    assert read_signature(path) == signature != sign({"size": 513})
    assert is_whole(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert not is_whole(path)
    save_picture(line_art(), path)
    assert read_signature(path) is None


def test_brackets_of_a_folder_s_name(pts):
    save(line_art(), Path("proj [v2]/line.png"))
    assert pts("colorize", "proj [v2]/*.png", "-o", "out/", *QUICK).code == 0
    assert listing("out") == ["line.png"]


def test_dots_per_inch_are_kept(pts):
    line_art().save("line.png", dpi=(600, 600))
    assert pts("colorize", "line.png", "-o", "out.png", *QUICK).code == 0
    with Image.open("out.png") as image:
        assert image.info["dpi"] == pytest.approx((600, 600), abs=0.1)


def test_a_page_of_several(pts):
    line_art(shift=1).save("scan.tif", save_all=True, append_images=[line_art(48, 48)])
    first = pts("colorize", "scan.tif", "-o", "out.png", *QUICK)
    assert "warning: scan.tif: holds several pages or frames, the first was read" in first.err
    assert len(first.errors) == 1
    assert pixels(Path("out.png")).shape == (64, 64, 3)
    assert pts("colorize", "scan.tif", "--page", "2", "-o", "out.png", *QUICK).err == ""
    assert pixels(Path("out.png")).shape == (48, 48, 3)
    assert "expected a page from 1 to" in pts("colorize", "scan.tif", "--page", "3", *QUICK).err


class TestHints:
    @pytest.mark.parametrize(("picture", "hints"), [("Frame01", "frame01"), ("\u00e9", "e\u0301"), ("a", "a")])
    def test_names_that_read_alike(self, pts, picture, hints):
        save(line_art(), Path(f"in/{picture}.png"))
        save(hint_layer(), Path(f"in/{hints}.hints.png"))
        assert '"hinted": 1' in pts("colorize", "in", "-o", "out", "--json", *QUICK).out

    def test_a_stroke_outside_is_said_and_no_hints_name_the_next_step(self, pts):
        save(line_art(), Path("line.png"))
        outside = pts("colorize", "line.png", "-o", "out.png", "--stroke", "10000,2 red 4", *QUICK)
        assert outside.err == "warning: line.png: 1 of 1 strokes lie outside the picture\n"
        assert "next: give it colors, as --stroke" in pts("colorize", "line.png", "-o", "out.png", *QUICK).out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ("colorize", "wide.png", "-o", "out.jpg", *QUICK),
            "JPEG cannot hold this picture (at most 65500 pixels",
        ),
        (
            ("export", ".", "-o", "out"),
            ".: expected a checkpoint's file or a bundle's folder",
        ),
        (("lineart", "line.png", "--gamma", "nan"), "xDoG gamma: expected a number, received nan"),
    ],
)
def test_messages(pts, command, said):
    save(line_art(), Path("line.png"))
    Image.new("1", (65501, 8), 1).save("wide.png")
    result = pts(*command)
    assert result.code == 2
    assert said in result.err
    assert len(result.errors) == 1
