"""Bad input is one line on stderr and exit code 2; nothing is written."""

import json
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import paintstorch_sdk
from paintstorch_sdk.bundle import BUNDLED, WEIGHTS
from paintstorch_sdk.errors import HintError, ImageError
from support.cli import QUICK, Runner, hint_layer, line_art, save, spawn


@pytest.fixture
def pts(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Runner(monkeypatch, capsys)


@pytest.fixture
def line(tmp_path):
    return save(line_art(), tmp_path / "line.png")


def png_header(width, height):
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def refused(result, *said):
    """One line, no traceback, exit code 2, and the line says what it should."""
    assert result.code == 2, result
    assert len(result.errors) == 1, result.err
    assert result.err.startswith("error: ")
    assert result.out == ""
    for text in said:
        assert text in result.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"hello, world", "not a picture", id="text"),
        pytest.param(b"", "empty", id="0 bytes"),
        pytest.param(png_header(50_000, 50_000), "megapixels", id="bomb"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "broken.png", id="cut after the signature"),
        pytest.param(png_header(64, 64), "damaged", id="no pixels"),
    ],
)
def test_broken_line_art(pts, tmp_path, content, said):
    broken = tmp_path / "broken.png"
    broken.write_bytes(content)
    refused(pts("colorize", broken, "-o", "out.png", *QUICK), "broken.png", said)
    assert not (tmp_path / "out.png").exists()


def test_a_large_picture_within_the_limit_is_no_warning(tmp_path):
    """Pillow warns from 89 megapixels on, on several lines."""
    (tmp_path / "large.png").write_bytes(png_header(10_000, 10_000))
    done = spawn("colorize", tmp_path / "large.png", *QUICK)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("hints", "said"),
    [
        pytest.param(hint_layer(64, 32), "aspect ratio", id="aspect"),
        pytest.param("{", "not JSON", id="malformed JSON"),
        pytest.param('{"version": 2, "strokes": []}', '"version": 1', id="version"),
        pytest.param('{"version": 1, "strokes": [{"points": [[1, NaN]], "color": "red"}]}', "stroke 0", id="NaN"),
        pytest.param('{"version": 1, "strokes": [{"points": [[1, 2]], "color": "no"}]}', "color", id="color"),
        pytest.param(None, "no such file", id="missing"),
    ],
)
def test_bad_hints(pts, line, tmp_path, hints, said):
    path = tmp_path / ("hints.json" if isinstance(hints, str) else "hints.png")
    if isinstance(hints, str):
        path.write_text(hints)
    elif hints is not None:
        hints.save(path)
    refused(pts("colorize", line, "--hints", path, *QUICK), path.name, said)


@pytest.mark.parametrize(
    "text",
    ["", "red", "1,2", "1,2 red 3 4", "1;2 red", "1,2 red wide", "1,2 mauvish", "1,nan red", "1,2 red -3", "x,1 red"],
)
def test_bad_strokes(pts, line, text):
    refused(pts("colorize", line, "--stroke", text), "--stroke")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "nonesuch"], ["nonesuch", "default"]),
        (["--backend", "caffe"], ["caffe", "openvino", "onnxruntime"]),
        (["--precision", "fp8"], ["fp8", "bf16"]),
        (["--backend", "onnxruntime", "--precision", "fp16"], ["fp16", "fp32"]),
        (["--device", "tpu", "--backend", "openvino"], ["tpu", "cpu"]),
        (["--lines", "add"], ["add", "multiply"]),
        (["--format", "gif"], ["gif", "webp"]),
        (["-o", "out.gif"], ["out.gif", ".png"]),
        (["-o", "out.png", "--format", "jpg"], ["out.png", "--format"]),
        (["-o", "line.png"], ["line.png", "input"]),
        (["-o", "line.png/out.png"], ["line.png", "cannot be written"]),
        (["-o", "line.png/out/"], ["line.png", "cannot be written"]),
        (["-o", "-", "--json"], ["stdout"]),
    ],
)
def test_bad_arguments(pts, line, arguments, said):
    refused(pts("colorize", line.name, *arguments), *said)
    assert line.read_bytes()  # still there


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonesuch.png"], ["nonesuch.png", "no such file"]),
        ([""], ["no such file"]),
        (["x" * 5000], ["no such file"]),
        (["empty"], ["empty", ".png"]),
        (["*.jpg"], ["*.jpg", "found none"]),
        (["-", "line.png"], ["stdin"]),
        (["-"], ["stdin", "nothing"]),
        (["line.hints.png"], ["line.hints.png", "hints"]),
        (["."], ["-o FOLDER"]),
        ([".", "-o", "line.png"], ["line.png", "folder"]),
        ([".", "-o", "."], ["line.png", "input"]),
        ([".", "-o", "new.png"], ["new.png", "folder"]),
        ([".", "--hints", "empty", "-o", "out"], ["empty", "hints"]),
        (["line.png", "line.jpg", "-o", "out"], ["line.png", "line.jpg", "out"]),
    ],
)
def test_bad_inputs(pts, line, tmp_path, arguments, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    save(hint_layer(), tmp_path / "line.hints.png")
    if "line.jpg" in arguments:
        save(line_art(), tmp_path / "line.jpg")
    refused(pts("colorize", *arguments), *said)


def test_corrupt_bundle(pts, line, tmp_path):
    bundle = shutil.copytree(BUNDLED / "default", tmp_path / "bundle")
    weights = bytearray((bundle / WEIGHTS).read_bytes())
    weights[len(weights) // 2] ^= 1
    (bundle / WEIGHTS).write_bytes(weights)
    refused(pts("colorize", line, "--model", bundle), WEIGHTS, "SHA-256")
    (bundle / "manifest.json").write_text("{}")
    refused(pts("colorize", line, "--model", bundle), "manifest.json", "schema")
    refused(pts("colorize", line, "--model", tmp_path), "manifest.json")


MISSING = """
import importlib.metadata, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
version = importlib.metadata.version
def hidden(name):
    if name in {hidden!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = hidden
from paintstorch_sdk.cli import main
sys.argv = ["pts", *{arguments!r}]
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("arguments", "blocked", "hidden", "said"),
    [
        (["--backend", "openvino"], ["openvino"], ["openvino"], "paintstorch-sdk[cpu]"),
        (["--backend", "onnxruntime"], ["onnxruntime"], ["onnxruntime"], "paintstorch-sdk[cpu]"),
        (["--backend", "onnxruntime"], ["onnxruntime"], [], "reinstall"),
        (
            [],
            ["openvino", "onnxruntime", "torch"],
            ["openvino", "onnxruntime", "torch", "safetensors"],
            "no backend can run here",
        ),
    ],
)
def test_missing_extra(line, arguments, blocked, hidden, said):
    code = MISSING.format(blocked=blocked, hidden=hidden, arguments=["colorize", str(line), *arguments])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize(("command", "extra"), [("import", "export"), ("export", "export")])
def test_missing_extra_of_a_command(line, command, extra):
    arguments = [command, str(line), "-o", str(line.with_suffix(".safetensors"))]
    code = MISSING.format(blocked=["torch"], hidden=["torch"], arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) == 1
    assert f"paintstorch-sdk[{extra}]" in done.stderr
    assert "torch" in done.stderr


def test_the_real_command_says_one_line_too(line):
    done = spawn("colorize", line, "--model", "nonesuch")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"error: model 'nonesuch'")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["colorize"], ["colorize", "a.png", "--nonesuch"], ["paint"], ["lineart"]])
def test_usage_errors(pts, arguments):
    result = pts(*arguments)
    assert result.code == 2
    assert "Usage: pts" in result.err
    assert "Traceback" not in result.err


def test_names_cannot_forge_lines_or_colors(pts, tmp_path):
    name = tmp_path / "two\nlines\x1b[31m.png"
    name.write_bytes(b"no picture")
    result = pts("colorize", name)
    refused(result, r"two\nlines\x1b[31m.png")


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.5])
def test_floats_that_are_no_pixels(value):
    array = np.full((32, 32), value, np.float32)
    with pytest.raises(ImageError, match=r"floats in \[0, 1\]"):
        paintstorch_sdk.colorize(array, backend="onnxruntime")


def test_points_that_are_no_numbers():
    with pytest.raises(HintError, match="x,y"):
        paintstorch_sdk.Stroke(((float("nan"), 1.0),), "red")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lineart", "-"], "-"),
        (["lineart", "nonesuch.png"], "no such file"),
        (["lineart", "line.png", "--sigma", "0"], "sigma"),
        (["lineart", "line.png", "-o", "line.png"], "input"),
        (["demo", "nonesuch"], "sylvie"),
        (["demo", "-o", "demo.gif"], "demo.gif"),
        (["demo", "--model", "nonesuch"], "nonesuch"),
        (["import", "nonesuch.pth"], "nonesuch.pth"),
        (["import", "line.png"], "line.png"),
        (["import", "line.png", "-o", "line.onnx"], ".safetensors"),
        (["export", "line.png", "-o", "bundle"], "line.png"),
        (["export", "nonesuch.safetensors", "-o", "bundle"], "nonesuch.safetensors: cannot be read"),
        (["export", "nonesuch", "-o", "bundle", "--fp16"], "expected a bundle's folder or one of: default"),
        (["export", "default", "-o", "bundle"], "default: a bundle already; add --fp16"),
        (["train", "nonesuch.toml"], "nonesuch.toml"),
    ],
)
def test_other_commands(pts, line, arguments, said):
    refused(pts(*arguments), said)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root can write")
@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--from", "default", "--data", "in", "-o"),
        ("evaluate", "default", "--data", "missing", "-o"),
        ("export", "default", "--fp16", "-o"),
        ("export", "default", "--triton"),
        ("import", "missing.pth", "-o"),
        ("bench", "--json"),
        ("bench", "--html"),
        ("data", "build", "--only", "drawer", "--limit", "1"),
        ("data", "check", "in", "--sheet"),
        ("colorize", "line.png", "-o"),
        ("lineart", "line.png", "-o"),
    ],
    ids=" ".join,
)
def test_a_place_that_cannot_be_written_is_named_before_the_work(pts, tmp_path, arguments):
    save(line_art(), tmp_path / "line.png")
    save(line_art(), tmp_path / "in" / "a.png")
    place = "/proc/there.safetensors" if arguments[0] == "import" else "/proc/there.png"
    named = "/proc" if arguments[0] in ("colorize", "lineart") else place
    refused(pts(*arguments, place), f"{named}: cannot be written")


def test_broken_pipe_is_quiet(line):
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from paintstorch_sdk.cli import main; sys.exit(main())",
            "models",
            "--json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait()
    assert process.returncode == 1


def test_one_bad_frame_of_two_names_the_frame(pts, line, tmp_path):
    """A message about the hints alone would not say which picture failed."""
    save(line_art(64, 32), tmp_path / "wide.png")
    save(hint_layer(), tmp_path / "hints" / "all.png")
    result = pts("colorize", line, "wide.png", "--hints", "hints/all.png", "-o", "out", "--json", *QUICK)
    assert result.code == 1
    assert len(result.errors) == 1
    assert "wide.png" in result.err
    assert "aspect ratio" in result.err
    assert json.loads(result.out)["errors"][0]["name"] == "wide.png"
    with Image.open("out/line.png") as image:
        assert image.size == (64, 64)


@pytest.mark.parametrize("option", ["--licenses", "--licences"])
def test_both_spellings_of_license_reach_the_builder(pts, tmp_path, option):
    refused(pts("data", "build", tmp_path / "data", option, "nonsense"), "expected permissive or all", "nonsense")
