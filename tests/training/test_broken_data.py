"""Training meets broken pictures, manifests and settings: one line, and what can go on goes on."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import Tensor

from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.training import config, loading, trainer
from paintstorch_sdk.training.pictures import Pictures, read_manifest
from support.training import write_config, write_data

PHASE: dict[str, object] = {"stage": "supervised", "steps": 2, "batch": 2, "crop": 64, "scale": [1.0, 1.0]}


def break_picture(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def test_a_broken_picture_is_named_counted_and_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_data(tmp_path / "data")
    break_picture(data / "1.png")
    pictures = Pictures(read_manifest(data, "train"), 64, 0)
    with caplog.at_level(logging.WARNING):
        shown = [pictures[i][0].tobytes() for i in range(len(pictures))] + [pictures[1][0].tobytes()]
    assert shown[1] == shown[2] == shown[-1]
    assert len(caplog.records) == 1
    assert "skipped a broken picture (1 so far): " in caplog.text
    assert "1.png: damaged or unreadable picture" in caplog.text


def test_a_run_goes_on_over_a_broken_picture(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    break_picture(data / "1.png")
    path = write_config(tmp_path / "run.toml", data, [PHASE], workers=1)
    assert trainer.train(path, False).is_file()


def test_nothing_but_broken_pictures_is_one_line(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    for number in range(4):
        break_picture(data / f"{number}.png")
    path = write_config(tmp_path / "run.toml", data, [PHASE], workers=1)
    with pytest.raises(InputError) as caught:
        trainer.train(path, False)
    assert str(caught.value) == "expected pictures to train on: none of 4 can be read"


def test_a_worker_that_was_killed_is_one_line() -> None:
    def made() -> Iterator[list[Tensor]]:
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed.\n")
        yield []

    with pytest.raises(PaintsTorchError, match=r"worker .pid 7. is killed by signal: Killed. Memory may be short"):
        next(loading._name_errors(made()))


def test_a_damaged_history_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text("[{")
    with pytest.raises(InputError, match=r"history.json: damaged .*; delete it"):
        trainer._History(tmp_path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("phases=5", "phases: expected tables"),
        ("phases=[5]", "phases: expected tables"),
        ("loss=3", "loss: expected a table"),
        ("samples=[1]", "samples: expected a table"),
        ("phases.0.steps=many", "steps: expected int, received str 'many'"),
        ("phases.0.steps=true", "steps: expected int, received bool True"),
        ("width=1.5", "width: expected int, received float 1.5"),
        ("seed=[1]", "seed: expected int, received tuple"),
    ],
)
def test_settings_of_a_wrong_type_are_named(tmp_path: Path, setting: str, said: str) -> None:
    path = write_config(tmp_path / "run.toml", write_data(tmp_path / "data"), [PHASE])
    with pytest.raises(InputError) as caught:
        config.load_config(path, [setting])
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "5",
        '{"picture": 3, "split": "train", "source": "a"}',
        '{"split": "train"}',
        "[" * 100_000,
        "\\udc00",
    ],
)
def test_a_damaged_manifest_is_one_line(tmp_path: Path, line: str) -> None:
    data = write_data(tmp_path / "data")
    with (data / "manifest.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=r"manifest\.jsonl, line 7: "):
        read_manifest(data, "train")
    (data / "manifest.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_manifest(data, "train")
