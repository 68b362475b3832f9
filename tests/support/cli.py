"""What the tests of the command line share: running it, in this process or as its own, and pictures to run it on."""

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from paintstorch_sdk import cli

# The console script beside this interpreter: what a user runs.
PTS = Path(sys.executable).with_name("pts.exe" if os.name == "nt" else "pts")
# The runtime that loads fastest; the model's own choice is tested where it matters.
QUICK = ("--backend", "onnxruntime", "--threads", "1", "--size", "64")


@dataclass(frozen=True)
class Result:
    """What a run of `pts` came to."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


class Runner:
    """Runs `pts` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setenv("COLUMNS", "80")

    def __call__(self, *args: object, stdin: bytes = b"") -> Result:
        self._monkeypatch.setattr(sys, "argv", ["pts", *map(str, args)])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        code = cli.main()
        captured = self._capsys.readouterr()
        return Result(code, captured.out, captured.err)


def spawn(*args: object, stdin: bytes = b"", **options: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run the real `pts`."""
    command = [str(PTS), *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=300, **options)


def line_art(width: int = 64, height: int = 64, shift: int = 0) -> Image.Image:
    """A drawing: a ring and a slanting line."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((8 + shift % 8, 8, width - 9, height - 9), outline=0, width=2)
    draw.line((0, shift % height, width, height // 2), fill=0, width=2)
    return image


def hint_layer(width: int = 64, height: int = 64, color: tuple[int, int, int] = (232, 160, 180)) -> Image.Image:
    """One stroke on a transparent layer."""
    layer = Image.new("RGBA", (width, height))
    ImageDraw.Draw(layer).line((width // 4, height // 2, width // 2, height // 2), fill=(*color, 255), width=6)
    return layer


def save(image: Image.Image, path: Path) -> Path:
    """Save a picture, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def unfinished(path: Path) -> Path:
    """Where a process that has ended would have been writing a file; nothing is there yet."""
    code = "import sys, pathlib; from paintstorch_sdk import files; print(files._temporary(pathlib.Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def pixels(path: Path) -> np.ndarray:
    """A picture's pixels."""
    with Image.open(path) as image:
        return np.asarray(image)


def listing(folder: str | Path) -> list[str]:
    """Names of what is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())
