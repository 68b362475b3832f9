"""Streams that are closed, full or broken, and pipes that can be read once."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from support.cli import PTS, QUICK, line_art, pixels, save

pytestmark = pytest.mark.skipif(os.name == "nt", reason="of POSIX shells")


@pytest.fixture
def shell(tmp_path):
    save(line_art(), tmp_path / "line.png")

    def run(command: str) -> tuple[int, str, str]:
        text = command.replace("COLORIZE", f"{PTS} colorize {' '.join(QUICK)}").replace("PTS", str(PTS))
        done = subprocess.run(
            ["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 1
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_picture_is_written_whatever_is_closed(shell, tmp_path, closed):
    assert shell(f"COLORIZE line.png -o out.png {closed}")[0] == 0
    assert pixels(tmp_path / "out.png").shape == (64, 64, 3)
    assert pixels(tmp_path / "line.png").shape == (64, 64)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_stdout(shell, tmp_path):
    code, _, said = shell("COLORIZE line.png -o out.png --json >/dev/full")
    assert (code, said) == (1, "error: stdout: cannot be written: No space left on device\n")
    assert pixels(tmp_path / "out.png").shape == (64, 64, 3)
    code, _, said = shell("COLORIZE line.png -o - >/dev/full")
    assert (code, said) == (2, "error: stdout: the picture cannot be written: No space left on device\n")
    assert shell("PTS --version >/dev/full")[0] == 1
    assert shell("PTS colorize missing.png 2>/dev/full")[0] == 2


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("COLORIZE - -o out.png <&-", 2, "error: stdin is closed; expected a picture: pts colorize - < line.png\n"),
        ("COLORIZE - -o out.png </dev/null", 2, "error: stdin: expected a picture, received nothing\n"),
        ("COLORIZE line.png -o - >&-", 2, "error: stdout is closed; expected a place for the picture: -o FILE\n"),
        ("PTS colorize missing.png 2>&-", 2, ""),
        ("PTS --version >&-", 0, ""),
    ],
)
def test_what_needs_a_stream_says_so(shell, command, code, said):
    assert shell(command)[::2] == (code, said)


def test_a_reader_that_goes_away(shell):
    _, out, said = shell("COLORIZE line.png -o - | head -c 8 | wc -c")
    assert out.split()[0] == "8"
    assert said == ""


def test_a_fifo_is_read_once(shell, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe.png").write_bytes((tmp_path / "line.png").read_bytes()))
    writer.start()
    assert shell("COLORIZE pipe.png --report -o out.png")[0] == 0
    writer.join()
    assert pixels(tmp_path / "out.png").shape == (64, 64, 3)


def test_hints_from_a_pipe(shell):
    strokes = '{"version": 1, "strokes": [{"points": [[30, 30]], "color": "red"}]}'
    assert shell(f"COLORIZE line.png --hints <(echo '{strokes}') -o out.png")[0] == 0
    code, _, said = shell("COLORIZE line.png --hints <(echo '{{') -o out.png")
    assert code == 2
    assert "not JSON" in said
