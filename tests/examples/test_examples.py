"""Every numbered script of examples/ runs, and writes what its text promises."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.examples import FOLDER

WRITTEN = {
    "01_one_picture": ["sylvie.png"],
    "02_canvas_and_strokes": ["canvas_1.png", "canvas_2.png", "canvas_3.png", "canvas_undone.png"],
    "03_folder_in_batches": ["friends.png", "harbour.png", "sylvie.png"],
    "04_export_and_fp16": ["half/fp16.png", "half/manifest.json"],
    "05_train_on_your_own_art": ["run/step-000002.png", "mymodel/manifest.json", "with_mymodel.png"],
}
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))


def test_every_script_is_tested() -> None:
    assert [script.stem for script in SCRIPTS] == [*WRITTEN]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_it_runs(script: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    for name in WRITTEN[script.stem]:
        written = tmp_path / "out" / name
        assert written.is_file(), name
        if written.suffix == ".png":
            with Image.open(written) as picture:
                picture.load()
    for manifest in (tmp_path / "out").glob("*/manifest.json"):
        Bundle.open(manifest.parent)


def test_a_stroke_changes_the_picture_and_undo_takes_it_back(tmp_path: Path) -> None:
    script = next(script for script in SCRIPTS if script.stem.startswith("02"))
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, check=True, timeout=600)
    canvas = [(tmp_path / "out" / f"canvas_{name}.png").read_bytes() for name in ("1", "2", "3", "undone")]
    assert len(set(canvas[:3])) == 3
    assert canvas[3] == canvas[1]
