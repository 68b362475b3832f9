"""The commands, run as a user runs them; the bad input is in test_cli_errors.py, the long runs in test_batch.py."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageOps

import paintstorch_sdk
from paintstorch_sdk import Colorizer, Hints, Stroke, machine
from paintstorch_sdk.backend import Availability
from paintstorch_sdk.backends.registry import BACKENDS
from paintstorch_sdk.cli.colorize import adherence
from paintstorch_sdk.cli.demo.triptych import draw_triptych
from paintstorch_sdk.examples import examples
from paintstorch_sdk.imaging.images import load_line_art
from paintstorch_sdk.sheet import Sheet
from support.cli import PTS, QUICK, Runner, hint_layer, line_art, listing, pixels, save, spawn

HEAVY = ("torch", "onnxruntime", "openvino", "tensorrt", "onnx")
COMMANDS = (
    "colorize",
    "lineart",
    "demo",
    "models",
    "doctor",
    "import",
    "export",
    "inspect",
    "cache",
    "data",
    "hints",
    "train",
    "evaluate",
)


@pytest.fixture
def pts(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return Runner(monkeypatch, capsys)


@pytest.fixture
def line(tmp_path):
    return save(line_art(), tmp_path / "line.png")


def ok(result):
    assert result.code == 0, result
    assert result.err == ""
    return result


# Starting


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        pytest.param("import paintstorch_sdk", 0.6, id="import"),
        pytest.param(
            "import sys; from paintstorch_sdk.cli import main; sys.argv = ['pts', '--help']; main()", 0.8, id="help"
        ),
    ],
)
def test_starting_is_light(code, limit):
    """CPU seconds, the best of three on cores that are busy with other things; and no runtime library is loaded."""
    code += (
        "\nimport json, sys, time\n"
        f"sys.stderr.write(json.dumps([time.process_time(), [m for m in {HEAVY} if m in sys.modules]]))"
    )
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        seconds, loaded = json.loads(done.stderr)
        assert loaded == []
        runs.append(seconds)
    assert min(runs) < limit


def test_help_lists_every_command(pts):
    shown = ok(pts("--help")).out
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_fits_80_columns(pts, command):
    shown = ok(pts(command, "--help")).out
    assert f"pts {command}" in shown
    assert max(len(text.rstrip()) for text in shown.splitlines()) <= 80


def test_no_arguments_show_the_help(pts):
    result = pts()
    assert result.code == 2
    assert "colorize" in result.out + result.err


def test_version():
    done = spawn("--version")
    assert done.returncode == 0
    assert done.stdout.decode() == f"paintstorch-sdk {paintstorch_sdk.__version__}\n".replace("\n", os.linesep)


# colorize


def test_one_picture_goes_beside_its_line_art(pts, line):
    result = ok(pts("colorize", line.name, *QUICK))
    assert result.out.startswith("line.colored.png in ")
    assert "onnxruntime cpu fp32" in result.out
    assert pixels(line.with_name("line.colored.png")).shape == (64, 64, 3)


def test_it_paints_what_the_library_paints(pts, line, tmp_path):
    """Hints from a file, strokes over them, lines and size as asked."""
    hints = save(hint_layer(), tmp_path / "hints.png")
    ok(
        pts(
            "colorize",
            line,
            "--hints",
            hints,
            "--stroke",
            "20,20 30,30 navy 5",
            "--lines",
            "none",
            "-o",
            "a.png",
            *QUICK,
        )
    )
    with Colorizer(backend="onnxruntime", size=64) as colorizer:
        wanted = Hints.of(hints).add(Stroke(((20, 20), (30, 30)), "navy", 5))
        expected = colorizer.colorize(line, wanted, lines="none")
    assert np.array_equal(pixels(tmp_path / "a.png"), np.asarray(expected))


def test_hints_of_each_frame_by_stem_and_beside(pts, tmp_path):
    """A folder of hints, companions, and one of each with a stroke on top paint the same as one by one."""
    for index in range(3):
        save(line_art(shift=5 * index), tmp_path / "in" / f"f{index}.png")
        save(hint_layer(color=(200, 70 * index, 30)), tmp_path / "hints" / f"f{index}.png")
    stroke = ("--stroke", "20,20 30,30 navy 5")
    ok(pts("colorize", "in", "--hints", "hints", "-o", "by_stem", *stroke, *QUICK))
    for path in (tmp_path / "hints").iterdir():
        shutil.copy(path, tmp_path / "in" / f"{path.stem}.hints.png")
    result = ok(pts("colorize", "in", "-o", "beside", "--json", *stroke, *QUICK))
    assert json.loads(result.out)["hinted"] == 3
    assert listing("beside") == ["f0.png", "f1.png", "f2.png"]
    with Colorizer(backend="onnxruntime", size=64) as colorizer:
        for index in range(3):
            hints = Hints.of(tmp_path / "hints" / f"f{index}.png").add(Stroke(((20, 20), (30, 30)), "navy", 5))
            expected = np.asarray(colorizer.colorize(tmp_path / "in" / f"f{index}.png", hints))
            assert np.array_equal(pixels(Path(f"by_stem/f{index}.png")), expected)
            assert np.array_equal(pixels(Path(f"beside/f{index}.png")), expected)


def test_bad_hints_of_one_frame_are_that_frames_error(pts, tmp_path):
    for index in range(3):
        save(line_art(), tmp_path / "in" / f"f{index}.png")
    Path("in/f1.hints.json").write_text("{")
    result = pts("colorize", "in", "-o", "out", "--stroke", "20,20 red", *QUICK)
    assert result.code == 1
    assert len(result.errors) == 1
    assert "f1.png" in result.err
    assert listing("out") == ["f0.png", "f2.png"]
    assert "2 pictures in " in result.out
    assert "1 failed" in result.out


def test_every_output_has_its_inputs_size(pts, tmp_path):
    sizes = {"a.png": (33, 47), "b.png": (130, 64), "sub/c.png": (64, 200), "sub/d.png": (64, 200), "e.png": (1, 1)}
    for name, size in sizes.items():
        save(Image.new("L", size, 255), tmp_path / "in" / name)
    result = pts("colorize", "in", "-o", "out", "--batch-size", "2", "-f", "webp", *QUICK)
    assert result.code == 0
    assert len(result.errors) == len(sizes)  # nothing is drawn on any
    for name, (width, height) in sizes.items():
        assert pixels((tmp_path / "out" / name).with_suffix(".webp")).shape == (height, width, 3)


def test_stdin_to_stdout(line):
    done = spawn("colorize", "-", "--stroke", "32,32 40,32 #e8a0b4 8", *QUICK, stdin=line.read_bytes())
    assert done.returncode == 0, done
    assert done.stderr == b""
    with Image.open(io.BytesIO(done.stdout)) as piped:
        assert piped.format == "PNG"
        picture = np.asarray(piped)
    done = spawn("colorize", line, "--stroke", "32,32 40,32 #e8a0b4 8", *QUICK, "-f", "webp", "-o", "-")
    with Image.open(io.BytesIO(done.stdout)) as piped:
        assert piped.format == "WEBP"
        assert piped.size == (picture.shape[1], picture.shape[0])


def test_stdin_to_a_file(pts, line, tmp_path):
    ok(pts("colorize", "-", "-o", "new.jpg", "--report", *QUICK, stdin=line.read_bytes()))
    assert pixels(tmp_path / "new.jpg").shape == (64, 64, 3)


def test_globs(pts, tmp_path):
    for name in ("a1.png", "a2.png", "b1.png"):
        save(line_art(), tmp_path / "in" / name)
    result = ok(pts("colorize", "in/a*.png", "-o", "out", "--json", *QUICK))
    assert json.loads(result.out)["pictures"] == 2
    assert listing("out") == ["a1.png", "a2.png"]


def test_json(pts, line):
    summary = json.loads(ok(pts("colorize", line, "-o", "out/", "--json", "--report", *QUICK)).out)
    assert summary["pictures"] == 1
    assert summary["failed"] == summary["resumed"] == summary["hinted"] == 0
    assert summary["errors"] == []
    assert (summary["backend"], summary["device"], summary["precision"]) == ("onnxruntime", "cpu", "fp32")
    assert len(summary["model"]["sha256"]) == 64
    assert summary["size"] == 64
    assert summary["adherence"]["median"] is None


def test_report(pts, tmp_path):
    for index in range(2):
        save(line_art(), tmp_path / "in" / f"f{index}.png")
    save(hint_layer(), tmp_path / "in" / "f0.hints.png")
    shown = ok(pts("colorize", "in", "-o", "out", "--report", *QUICK)).out
    assert "in/f0.png" in shown
    assert "CIEDE2000" in shown
    summary = json.loads(ok(pts("colorize", "in", "-o", "out", "--report", "--json", *QUICK)).out)["adherence"]
    first, second = summary["pictures"]
    assert first["median"] == pytest.approx(summary["median"], abs=0.04)
    assert first["pixels"] == summary["pixels"] > 50
    assert second == {"name": "in/f1.png", "median": None, "pixels": 0, "on_lines": 0}


def test_the_report_counts_what_lies_on_lines(pts, line):
    where = ("--stroke", "10,32 54,32 #20a020 8")  # across the ring and the slanting line
    report = json.loads(ok(pts("colorize", line, "--report", "--json", *where, *QUICK)).out)["adherence"]
    assert report["on_lines"] > 20
    assert report["median"] < 0.5
    shown = ok(pts("colorize", line, "--report", *where, *QUICK)).out
    assert "not judged, on lines" in shown


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp"])
@pytest.mark.parametrize("ground", ["white", "copy"])
def test_strokes_on_an_opaque_picture(pts, line, kind, ground):
    """White everywhere, or the line art, is no hint; what was painted over it is."""
    picture = Image.new("RGB", (64, 64), "white") if ground == "white" else line_art().convert("RGB")
    picture.paste((200, 40, 40), (22, 26, 42, 46))
    save(picture, Path(f"line.hints.{kind}"))
    report = json.loads(ok(pts("colorize", line, "--report", "--json", "--style", "flat", *QUICK)).out)["adherence"]
    assert report["median"] < (3 if kind == "jpg" else 0.5)
    assert 50 < report["pixels"] < 500
    colored = pixels(Path("line.colored.png"))
    assert (colored[2:5, 40:60] > 250).all()  # the paper around is paper


def test_translucent_hints_color_and_are_judged(pts, line):
    layer = np.zeros((64, 64, 4), np.uint8)
    layer[26:46, 22:42] = (200, 40, 40, 100)
    Image.fromarray(layer).save("line.hints.png")
    report = json.loads(ok(pts("colorize", line, "--report", "--json", *QUICK)).out)["adherence"]
    assert report["pixels"] > 100
    assert report["median"] < 1.5


def test_hints_that_hint_nothing_are_named(pts, line):
    save(line_art(), Path("line.hints.png"))
    result = pts("colorize", line, "--report", "--json", *QUICK)
    summary = json.loads(result.out)
    assert result.err.splitlines() == [f"warning: {line}: {line.with_name('line.hints.png')} holds no hint for it"]
    assert summary["adherence"]["median"] is None
    assert summary["warnings"] == [
        {"name": str(line), "warning": f"{line.with_name('line.hints.png')} holds no hint for it"}
    ]


def test_hint_files_that_are_not_taken_are_named(pts, line):
    for name in ("hints/line.png", "hints/lime.png", "in/other.hints.png"):
        save(hint_layer(), Path(name))
    save(line_art(), Path("in/line.png"))
    save(line_art(), Path("in/other.png"))
    ok(pts("colorize", "in/line.png", "--hints", "hints", *QUICK))  # one picture of several: the others have hints, too
    ok(pts("colorize", "in/line.png", *QUICK))
    Path("in/other.png").unlink()
    Path("in/line.colored.png").unlink()
    result = pts("colorize", "in/line.png", *QUICK)
    assert result.err.splitlines() == ["warning: hints not used, no picture has their name: in/other.hints.png"]
    Path("in/other.hints.png").unlink()
    result = pts("colorize", "in", "-o", "out", "--hints", "hints", "--json", *QUICK)
    assert result.code == 0
    assert result.err.splitlines() == ["warning: hints not used, no picture has their name: hints/lime.png"]
    assert json.loads(result.out)["hints_not_used"] == ["hints/lime.png"]


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (Image.new("L", (64, 64), 255), "no lines found"),
        (line_art().point(lambda v: v * 190 // 255), "paper is dark"),
        (ImageOps.invert(line_art()), "light lines on dark paper"),
    ],
    ids=["blank", "dim", "inverted"],
)
def test_what_is_unusual_of_a_drawing_is_one_line(pts, picture, said):
    save(picture, Path("line.png"))
    result = pts("colorize", "line.png", "--json", *QUICK)
    assert result.code == 0
    (warning,) = result.err.splitlines()
    assert warning.startswith(f"warning: line.png: {said}")
    (entry,) = json.loads(result.out)["warnings"]
    assert entry == {"name": "line.png", "warning": warning.removeprefix("warning: line.png: ")}


def test_strokes_outside_the_picture_are_counted(pts, line):
    result = pts("colorize", line, "--stroke", "10000,2 red 8", "--stroke", "20,30 red 8", *QUICK)
    assert result.err.splitlines() == [f"warning: {line}: 1 of 2 strokes lie outside the picture"]


def test_adherence_is_zero_where_the_picture_has_the_hints_colors():
    """Measured inside the strokes, off the lines, and in the colors alone: lines do not count as errors."""
    sheet = Sheet.load(line_art(), 64)
    hints = Hints.of(hint_layer(color=(10, 200, 90)))
    colors = np.full((64, 64, 3), (10, 200, 90), np.uint8)
    colors[:20] = (255, 0, 0)
    measured = adherence.measure_adherence(SimpleNamespace(colors=colors, sheet=sheet, hints=hints))
    assert measured.median == pytest.approx(0, abs=1e-4)
    assert measured.pixels > 50
    assert adherence.pool_adherence([measured, measured]) == (pytest.approx(0, abs=0.02), 2 * measured.pixels)
    colors[20:] = (255, 0, 0)
    far = adherence.measure_adherence(SimpleNamespace(colors=colors, sheet=sheet, hints=hints))
    assert far.median > 50
    assert adherence.pool_adherence([far, far])[0] == pytest.approx(far.median, abs=0.04)


def test_interrupted(tmp_path):
    """Ctrl-C ends a run with one line that says how to go on, and exit code 130."""
    for index in range(300):
        save(line_art(shift=index), tmp_path / "in" / f"f{index}.png")
    command = [PTS, "colorize", tmp_path / "in", "-o", tmp_path / "out", *QUICK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while not list((tmp_path / "out").glob("*.png")) and run.poll() is None:
            pass
        run.send_signal(signal.SIGINT)
        out, err = run.communicate()
    assert run.returncode == 130, (out, err)
    assert err.decode().startswith("error: interrupted after ")
    assert "--resume" in err.decode()
    assert len(err.splitlines()) == 1
    assert not list((tmp_path / "out").glob(".*"))


# The other commands


def test_lineart(pts, tmp_path):
    for name in ("in/a.png", "in/sub/b.jpg"):
        picture = Image.new("RGB", (60, 40), (250, 220, 200))
        picture.paste((40, 60, 120), (20, 10, 40, 30))
        save(picture, tmp_path / name)
    save(Image.new("RGB", (8, 8)), tmp_path / "in" / "c.png").write_bytes(b"")
    result = pts("lineart", "in", "-o", "out", "--sigma", "0.6", "-k", "3", "--json")
    assert result.code == 1
    assert "c.png" in result.err
    assert json.loads(result.out)["pictures"] == 2
    for name in ("out/a.png", "out/sub/b.png"):
        lines = pixels(tmp_path / name)
        assert lines.shape == (40, 60)
        assert {0, 255} == set(np.unique(lines))
    soft = ("in/a.png", "--epsilon", "-0.2", "--phi", "50", "--gamma", "0.9")
    one = ok(pts("lineart", *soft))
    assert one.out.startswith("in/a.lineart.png in ")
    assert json.loads(ok(pts("lineart", *soft, "--resume", "--json")).out)["resumed"] == 1
    assert json.loads(ok(pts("lineart", "in/a.png", "--resume", "--json")).out)["resumed"] == 0


def test_models(pts):
    shown = ok(pts("models")).out
    assert "default" in shown
    assert "MB" in shown
    explained = " ".join(shown.split())
    for words in ("psnr in dB", "more is better", "color difference (CIEDE2000)", "less is better"):
        assert words in explained
    (model,) = [entry for entry in json.loads(ok(pts("models", "--json")).out) if entry["model"] == "default"]
    assert {"name", "width", "bytes", "license", "working_size", "quality"} <= set(model)


def test_doctor(pts):
    shown = ok(pts("doctor")).out
    assert all(name in shown for name in (*BACKENDS, "python", "cpu"))
    assert max(len(text.rstrip()) for text in shown.splitlines()) <= 80
    found = json.loads(ok(pts("doctor", "--json")).out)
    assert [entry["backend"] for entry in found["backends"]] == list(BACKENDS)
    assert any(entry["runs"] and "cpu" in entry["devices"] for entry in found["backends"])
    assert found["models"][0]["error"] is None
    assert found["threads"] >= 1


def test_doctor_where_nothing_can_run(pts, monkeypatch):
    def probe(name):
        if name == BACKENDS[0]:
            raise OSError("libc++.so: cannot open\nsecond line")
        return Availability(name, None, (), f"{name} is not installed", "pip install 'paintstorch-sdk[cpu]'")

    monkeypatch.setattr("paintstorch_sdk.backends.registry.probe", probe)
    monkeypatch.setattr(machine, "find_version", lambda distribution: "1.0")
    result = pts("doctor")
    assert result.code == 1
    words = " ".join(result.out.split())
    assert "pip install 'paintstorch-sdk[cpu]'" in words  # not swallowed as markup
    assert "fails to load: libc++.so: cannot open" in words
    assert "second line" not in words
    assert "installed over each other" in words
    found = json.loads(pts("doctor", "--json").out)
    assert not any(entry["runs"] for entry in found["backends"])
    assert len(found["problems"]) == 1


def test_doctor_names_gpus(monkeypatch, tmp_path):
    monkeypatch.setattr(machine.shutil, "which", lambda name: "nvidia-smi")
    answer = subprocess.CompletedProcess([], 0, "NVIDIA H100 80GB HBM3, 580.95.05, 81559 MiB\n")
    monkeypatch.setattr(machine.subprocess, "run", lambda *args, **options: answer)
    assert machine.find_gpus() == ["NVIDIA H100 80GB HBM3, 81559 MiB, driver 580.95.05"]


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("model name : AMD EPYC\nflags : fpu avx512_bf16\nmodel name : other\n", ("AMD EPYC", True)),
        ("model name : Old\nflags : fpu sse2\n", ("Old", False)),
        ("processor : 0\nFeatures : fp asimd bf16\n", (None, True)),
    ],
)
def test_doctor_reads_the_processor(monkeypatch, tmp_path, cpuinfo, expected):
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "cpuinfo")
    name, flags = machine.find_processor()
    assert machine.has_bf16(flags) is expected[1]
    assert expected[0] in (name, None)


def test_demo_colors_each_example(pts, tmp_path):
    result = ok(pts("demo", "--backend", "onnxruntime"))
    assert result.out.startswith(str(tmp_path / "demo.png"))
    assert "onnxruntime cpu fp32" in result.out
    for line_art_path, _ in examples():
        ok(pts("demo", line_art_path.stem, "-o", f"{line_art_path.stem}.png", "--backend", "onnxruntime"))
        height, width, _ = pixels(tmp_path / f"{line_art_path.stem}.png").shape
        assert min(width, height) > 300


def test_the_demo_shows_strokes_that_are_as_white_as_the_paper(tmp_path):
    paper = Image.new("L", (200, 200), 255)
    paper.save(tmp_path / "paper.png")
    pages = [
        np.asarray(draw_triptych(tmp_path / "paper.png", Hints(strokes), paper.convert("RGB")))
        for strokes in ((), (Stroke([(50, 100), (150, 100)], "#ffffff", 20),))
    ]
    assert np.abs(pages[0].astype(int) - pages[1]).max() > 100


def test_the_examples_are_colored_at_their_size(tmp_path):
    folder = examples()[0][0].parent
    done = spawn("colorize", folder, "-o", tmp_path / "out", "--report", "--json")
    assert done.returncode == 0, done
    summary = json.loads(done.stdout)
    assert summary["pictures"] == summary["hinted"] == len(examples())
    assert summary["adherence"]["median"] is not None
    for path, _ in examples():
        assert pixels(tmp_path / "out" / path.name).shape[:2] == load_line_art(path).shape[:2]


def test_import_export_colorize(pts, line, tmp_path):
    """From a published checkpoint to a picture, by the commands alone."""
    import torch

    from paintstorch_sdk.networks import published
    from paintstorch_sdk.networks.features import FeatureNet
    from paintstorch_sdk.networks.generator import Generator

    torch.manual_seed(0)
    generator, features = Generator(8, 1, 3, 64), FeatureNet(8)
    state = {published._published_generator_name(name): t for name, t in generator.state_dict().items()}
    torch.save({"generator": state, "epoch": 3}, tmp_path / "published.pth")
    torch.save(
        {published._published_feature_name(name): t for name, t in features.state_dict().items()}, tmp_path / "i2v.pth"
    )
    result = ok(pts("import", "published.pth", "--features", "i2v.pth"))
    assert result.out.startswith("published.safetensors: width 8, 0.4 M parameters")
    result = ok(pts("export", "published.safetensors", "-o", "bundle", "--name", "mine", "--license", "CC0-1.0"))
    assert "mine" in result.out
    assert "width 8" in result.out
    manifest = json.loads((tmp_path / "bundle" / "manifest.json").read_text("utf-8"))
    assert manifest["license"] == "CC0-1.0"
    assert manifest["provenance"]["epoch"] == 3
    ok(pts("colorize", line, "--model", "bundle", "-o", "new.png", "--backend", "onnxruntime"))
    assert pixels(tmp_path / "new.png").shape == (64, 64, 3)


def test_train(pts, monkeypatch):
    calls = []

    def train(config, resume, console):
        calls.append((config, resume))
        return Path("runs/step-000100.safetensors")

    monkeypatch.setattr("paintstorch_sdk.training.trainer.train", train)
    result = ok(pts("train", "mine.toml", "--resume"))
    assert calls == [(Path("mine.toml"), True)]
    assert result.out.splitlines()[0] == "runs/step-000100.safetensors"


def test_the_shell_completes_commands():
    env = os.environ | {"_PTS_COMPLETE": "complete_bash", "COMP_WORDS": "pts col", "COMP_CWORD": "1"}
    assert spawn(env=env).stdout.decode().split() == ["colorize"]
