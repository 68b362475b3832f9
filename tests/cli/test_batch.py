"""A folder of frames through the real `pts`: broken frames, a kill, and going on from there."""

import json
import subprocess
import time

import pytest

from support.cli import PTS, line_art, listing, pixels, save, spawn, unfinished

FRAMES = 200
BROKEN = {"f010.png": "empty", "f050.png": "damaged", "f150.png": "not a picture"}
QUICK = ("--threads", "1", "--size", "64", "--stroke", "32,32 40,32 #e8a0b4 8")


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """200 frames of 80 x 64 pixels, of which one is empty, one cut in half, and one text."""
    folder = tmp_path_factory.mktemp("shot") / "frames"
    for index in range(FRAMES):
        save(line_art(80, 64, index), folder / f"f{index:03}.png")
    (folder / "f010.png").write_bytes(b"")
    whole = (folder / "f050.png").read_bytes()
    (folder / "f050.png").write_bytes(whole[: len(whole) // 2])
    (folder / "f150.png").write_text("This is no picture.\n")
    return folder


@pytest.fixture(scope="module")
def expected(frames):
    """Names of the pictures that come of them."""
    return sorted({path.name for path in frames.iterdir()} - set(BROKEN))


def check_errors(stderr, frames):
    """Three lines, in the order of the frames, each with the frame's name and what is wrong."""
    lines = stderr.decode().splitlines()
    assert len(lines) == len(BROKEN), stderr
    for line, (name, reason) in zip(lines, BROKEN.items(), strict=True):
        assert line.startswith(f"error: {frames / name}: ")
        assert reason in line


def test_broken_frames_are_named_and_skipped(frames, expected, tmp_path):
    done = spawn("colorize", frames, "-o", tmp_path / "out", "--json", *QUICK)
    assert done.returncode == 1, done
    check_errors(done.stderr, frames)
    assert listing(tmp_path / "out") == expected
    assert all(pixels(tmp_path / "out" / name).shape == (64, 80, 3) for name in expected)
    summary = json.loads(done.stdout)
    assert summary["pictures"] == FRAMES - len(BROKEN)
    assert summary["failed"] == len(BROKEN)
    assert [error["name"] for error in summary["errors"]] == [str(frames / name) for name in BROKEN]
    assert summary["frames_per_second"] > 0


def test_killed_and_resumed(frames, expected, tmp_path):
    """No frame is lost, none is made twice, and no half-written picture ever has a final name."""
    out = tmp_path / "out"
    command = [PTS, "colorize", frames, "-o", out, "--resume", *QUICK]
    seen = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while len(seen) < 20 and run.poll() is None:
            for path in set(out.glob("*.png")) - seen:
                assert pixels(path).shape == (64, 80, 3)
                seen.add(path)
            time.sleep(0.002)
        run.kill()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("*.png")}
    assert 20 <= len(finished) < len(expected), "it ended before it could be killed"
    assert all(pixels(path).shape == (64, 80, 3) for path in finished)
    unfinished(out / "f190.png").write_bytes(b"half of a picture")

    done = spawn(*command[1:], "--json")
    assert done.returncode == 1, done
    check_errors(done.stderr, frames)
    assert listing(out) == expected
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    summary = json.loads(done.stdout)
    assert summary["resumed"] == len(finished)
    assert summary["pictures"] == len(expected) - len(finished)

    # A frame drawn anew is colored anew; with nothing left to do, not even the model is loaded.
    for name in BROKEN:
        (out / name).write_bytes((out / "f000.png").read_bytes())
    save(line_art(80, 64, 99), frames / "f003.png")
    done = spawn(*command[1:], "--json")
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["pictures"] == 1
    done = spawn(*command[1:], "--json")
    assert json.loads(done.stdout)["resumed"] == FRAMES
    assert json.loads(done.stdout)["backend"] is None
