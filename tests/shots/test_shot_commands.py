"""`pts shot`: what a production assistant types."""

import json
import re

import numpy as np
import pytest
import typer
from PIL import Image

from paintstorch_sdk.cli import make_app
from paintstorch_sdk.shots.checking import Checked, suggest_key
from paintstorch_sdk.shots.results import Record
from support.cli import Runner
from support.moving import write_moving


@pytest.fixture
def pts(monkeypatch, capsys):
    """Runs `pts` in this process."""
    return Runner(monkeypatch, capsys)


@pytest.fixture(scope="session")
def shot(moving, tmp_path_factory):
    """A colored shot's line art, key, and the folder of its results."""
    folder = tmp_path_factory.mktemp("studio")
    lines = write_moving(folder / "lines", moving)
    Image.fromarray(moving[0].flats).save(folder / "flats.1001.png")
    return lines, folder / "flats.1001.png", folder / "out"


def test_a_shot_is_colored_checked_and_verified(pts, shot):
    lines, key, out = shot
    (lines / "a.1007.png").write_bytes(b"broken")
    result = pts("shot", "color", lines, "-o", out, "--key", key, "--json")
    document = json.loads(result.out)
    assert (result.code, document["made"], [one["number"] for one in document["failed"]]) == (1, 6, [1007])
    assert "1007" in result.err
    (lines / "a.1007.png").unlink()
    assert "0 frames" in pts("shot", "color", lines, "-o", out, "-k", key).out
    assert "6 frames, 0 problems" in pts("shot", "verify", out).out
    assert pts("shot", "check", out).code == 0

    picture = np.array(Image.open(out / "a.1004.png"))
    picture[100:110, 20:60] = (20, 200, 20)
    Image.fromarray(picture).save(out / "a.1004.png")
    result = pts("shot", "check", out, "--json")
    document = json.loads(result.out)
    assert (result.code, document["frames"][0]["number"], document["over_threshold"]) == (1, 1004, [1004])
    page = (out / "check.html").read_text()
    assert page.index("Frame 1004") < min(page.find(f"Frame {n}") % 10**9 for n in (1001, 1002, 1003, 1005, 1006))
    assert "http" not in page.split("<main>")[1]
    result = pts("shot", "verify", out)
    assert (result.code, "a.1004.png has changed" in result.out) == (1, True)


def test_what_does_not_fit_is_one_line(pts, shot, tmp_path):
    lines, key, _ = shot
    for arguments, words in (
        (("color", tmp_path / "none", "-o", tmp_path / "o", "--key", key), "no such folder"),
        (("color", lines, "-o", tmp_path / "o", "--key", "1001=none.png"), "no such file"),
        (("color", lines, "-o", tmp_path / "o", "--key", f"3={key}"), "from 1001"),
        (("check", tmp_path), "pts shot color"),
    ):
        result = pts("shot", *arguments)
        assert (result.code, len(result.errors)) == (2, 1)
        assert words in result.err


def test_the_next_key_is_where_it_settles_most():
    doubts = [0, 0, 0.01, 0.2, 0.21, 0.2, 0.01, 0, 0.05]
    frames = [Checked(Record(n, "", "", ""), (), doubt) for n, doubt in enumerate(doubts, 10)]
    assert suggest_key(frames, [10]) == (14, 6)
    assert suggest_key(frames, [10, 14])[0] in (13, 15)
    assert suggest_key([Checked(frame.record, (), 0.0) for frame in frames], [10]) is None


def test_help_is_not_eaten_as_markup(pts):
    assert "[cluster]" in " ".join(pts("shot", "color", "--help").out.split())
    root = typer.main.get_command(make_app("shot"))
    commands = [root]
    for command in commands:
        commands += getattr(command, "commands", {}).values()
        texts = [command.help or "", *(getattr(one, "help", None) or "" for one in command.params)]
        assert not re.findall(r"(?<!\\)\[[a-z#/@][^\[\]]*\]", " ".join(texts)), command.name
