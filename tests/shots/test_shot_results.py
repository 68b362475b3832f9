"""Results of a shot on disk: nothing lost, nothing done twice."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paintstorch_sdk.errors import OutputError, PaintsTorchError, PaintsTorchWarning
from paintstorch_sdk.shots import results as module
from paintstorch_sdk.shots.results import MANIFEST, ShotResults, read_manifest, verify
from paintstorch_sdk.shots.shot import Shot
from support.moving import COLORS, write_moving

KILLED = """
import os, signal, sys
from pathlib import Path
from paintstorch_sdk.shots import results
from paintstorch_sdk.shots.results import ShotResults
from paintstorch_sdk.shots.shot import Shot
lines, key, out = sys.argv[1:]
write, count = results.save_picture, []
def save_and_die(colors, picture, path, *rest):
    count.append(path)
    if len(count) == 4:
        path.with_name(f".{path.name}.0badc0de-{os.getpid():x}-00000000.partial").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    write(colors, picture, path, *rest)
results.save_picture = save_and_die
[*ShotResults(Path(out)).color(Shot(lines, {1001: key}, cache=out, workers=1))]
"""


@pytest.fixture
def key(moving, tmp_path):
    """The flats of the first frame, as a file."""
    path = tmp_path / "flats.1001.png"
    Image.fromarray(moving[0].flats).save(path)
    return path


def color(lines, keys, out, workers=None):
    """A run: numbers that were made anew, and the records."""
    with Shot(lines, keys, cache=out, workers=workers) as shot:
        steps = [*ShotResults(out).color(shot)]
    return [step.record.number for step in steps if step.fresh and not step.record.error], steps


@pytest.fixture(scope="session")
def finished(moving, tmp_path_factory):
    """What a run has found, to be copied."""
    folder = tmp_path_factory.mktemp("finished")
    Image.fromarray(moving[0].flats).save(folder / "flats.1001.png")
    color(write_moving(folder / "lines", moving), {1001: str(folder / "flats.1001.png")}, folder / "out")
    return folder / "out"


@pytest.fixture
def done(lines, key, tmp_path, finished):
    """A finished run."""
    out = tmp_path / "out"
    shutil.copytree(finished, out)
    color(lines, {1001: str(key)}, out)
    return out


def bytes_of(out):
    return {path.name: path.read_bytes() for path in out.glob("*.png")}


def test_a_second_run_redoes_nothing(lines, key, done):
    before = {path: path.stat().st_mtime_ns for path in done.glob("*.png")}
    made, steps = color(lines, {1001: str(key)}, done)
    assert (made, len(steps)) == ([], 6)
    assert before == {path: path.stat().st_mtime_ns for path in done.glob("*.png")}
    assert verify(done) == []


def test_a_killed_run_goes_on_where_it_was(lines, key, done, tmp_path):
    out = tmp_path / "killed"
    run = subprocess.run([sys.executable, "-c", KILLED, lines, key, out], check=False, timeout=120)
    assert run.returncode == -signal.SIGKILL
    assert not (out / MANIFEST).exists()
    made, _ = color(lines, {1001: str(key)}, out)
    assert made == [1004, 1005, 1006]
    assert bytes_of(out) == bytes_of(done)
    assert verify(out) == []


def test_one_more_key_redoes_what_it_changes_and_nothing_else(lines, key, done, moving):
    other = moving[4].flats.copy()
    other[(other == COLORS["hair"]).all(2)] = (9, 9, 9)
    made, steps = color(lines, {1001: str(key), 1005: other}, done)
    assert 1005 in made
    assert 1006 in made
    assert 1001 not in made
    hair = (moving[4].parts == [*COLORS].index("hair")) & (moving[4].lines == 255)
    assert np.mean(np.array(Image.open(done / "a.1005.png"))[hair] == 9) > 0.95
    assert {step.record.number: step.record.keys for step in steps}[1005] == (1005,)


def test_changed_line_art_redoes_its_frame(lines, key, done):
    picture = np.array(Image.open(lines / "a.1006.png"))
    picture[2, 2] = 250
    Image.fromarray(picture).save(lines / "a.1006.png")
    assert "1006: line art" in verify(done)[0]
    assert color(lines, {1001: str(key)}, done)[0] == [1006]


def test_a_picture_that_changed_or_is_gone_is_made_again(lines, key, done):
    (done / "a.1002.png").unlink()
    (done / "a.1003.png").write_bytes((done / "a.1003.png").read_bytes()[:-20])
    assert [problem.split(":")[0] for problem in verify(done)] == ["1002", "1003"]
    assert color(lines, {1001: str(key)}, done)[0] == [1002, 1003]


def test_a_full_disk_stops_the_run_and_loses_nothing(lines, key, done, tmp_path, monkeypatch):
    out, saved, save = tmp_path / "full", [], module.save_picture

    def save_two(colors, picture, path, *rest):
        if len(saved) == 2:
            raise OutputError(f"{path}: cannot be written: {OSError(errno.ENOSPC, 'No space left').strerror}")
        saved.append(path)
        save(colors, picture, path, *rest)

    monkeypatch.setattr(module, "save_picture", save_two)
    with pytest.raises(OutputError, match="No space left"):
        color(lines, {1001: str(key)}, out, workers=1)
    monkeypatch.undo()
    assert color(lines, {1001: str(key)}, out)[0] == [1003, 1004, 1005, 1006]
    assert bytes_of(out) == bytes_of(done)


def test_a_broken_frame_and_a_missing_number_are_in_the_manifest(lines, key, tmp_path):
    (lines / "a.1003.png").write_bytes(b"")
    (lines / "a.1005.png").unlink()
    made, _ = color(lines, {1001: str(key)}, tmp_path / "out")
    assert made == [1001, 1002, 1004, 1006]
    document = read_manifest(tmp_path / "out")
    assert document["missing"] == [1005]
    assert [record.number for record in document["results"] if record.error] == [1003]
    assert verify(tmp_path / "out")[0].startswith("1003: was not colored")


def test_what_was_found_is_never_needed(lines, key, done):
    for path in (done / ".shot").rglob("*.arrays"):
        path.write_bytes(b"damaged")
    assert color(lines, {1001: str(key)}, done)[0] == []


def test_pictures_never_overwrite_line_art(lines, key):
    with pytest.raises(OutputError, match="never overwritten"):
        color(lines, {1001: str(key)}, lines)


def test_the_manifest_says_what_made_each_picture(done, key):
    document = json.loads((done / MANIFEST).read_text())
    assert document["keys"]["1001"]["file"] == str(key)
    first = document["results"][0]
    assert set(first) == {"number", "source", "lines", "output", "sha256", "made", "sure", "keys", "error"}
    assert Path(done, first["output"]).exists()


def test_a_held_drawing_is_looked_at_and_painted_once(lines, key, tmp_path, monkeypatch):
    for number in (1002, 1004, 1006):
        shutil.copy(lines / f"a.{number - 1}.png", lines / f"a.{number}.png")
    saved, save = [], module.save_picture
    monkeypatch.setattr(module, "save_picture", lambda *all: saved.append(all[2].name) or save(*all))
    made, steps = color(lines, {1001: str(key)}, tmp_path / "out")
    assert made == [*range(1001, 1007)]
    assert sorted(saved) == ["a.1001.png", "a.1003.png", "a.1005.png"]
    pictures = bytes_of(tmp_path / "out")
    assert pictures["a.1003.png"] == pictures["a.1004.png"] != pictures["a.1005.png"]
    assert [step.record.output for step in steps] == sorted(pictures)
    assert verify(tmp_path / "out") == []
    assert color(lines, {1001: str(key)}, tmp_path / "out")[0] == []


def test_processes_write_what_threads_do_and_one_that_dies_ends_the_run(lines, key, done, tmp_path):
    out = tmp_path / "crew"
    (lines / "a.1007.png").write_bytes(b"no picture")
    hidden = np.zeros((128, 128, 2), np.uint8)  # a drawing that its alpha hides: worth a warning
    hidden[60:64, 20:90, 0] = 255
    Image.fromarray(hidden).save(lines / "a.1008.png")
    with Shot(lines, {1001: str(key)}, cache=out, workers=2, processes=True) as shot:
        with pytest.warns(PaintsTorchWarning, match="alpha was ignored"):
            steps = [*ShotResults(out).color(shot)]
        with pytest.raises(PaintsTorchError, match="run it again"):
            [*shot.map(os._exit, [3, 3])]
    assert [step.record.number for step in steps if step.record.error] == [1007]
    assert bytes_of(done).items() < bytes_of(out).items()


def test_workers_that_a_command_forks_write_the_same(lines, key, done, tmp_path):
    out = tmp_path / "forked"
    run = "from paintstorch_sdk.cli import main; from paintstorch_sdk.cli.shot import coloring; coloring.MANY = 2"
    command = [sys.executable, "-W", "error", "-c", f"{run}; main()", "shot", "color", lines, "-o", out, "--key", key]
    subprocess.run(command, check=True, timeout=120)
    assert bytes_of(done).items() <= bytes_of(out).items()
