"""`pts train --from`: start from a model's weights, on a folder of one's own pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.networks import checkpoint, model
from paintstorch_sdk.training import config as configuration
from paintstorch_sdk.training.pictures import Pictures, read_manifest
from paintstorch_sdk.training.trainer import FINETUNE
from support.cli import Runner
from support.training import scene

TINY = """
bfloat16 = false
workers = 0
threads = 1
validation = 2
warmup_steps = 1
learning_rate = {rate}
ema = 0.0
[[phases]]
crop = 64
batch = 1
steps = 2
scale = [0.5, 1.0]
[samples]
flow = 1.0
"""


@pytest.fixture
def pts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """Twelve pictures in a folder of their own, one of them with a transparent background."""
    folder = tmp_path / "art"
    for i in range(12):
        place = folder / ("shot1" if i < 6 else "shot2")
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{i:02}.png"), scene(i)[..., ::-1])
    clear = np.zeros((40, 60, 4), np.uint8)
    clear[10:20, 10:20] = (0, 0, 255, 255)
    cv2.imwrite(str(folder / "shot1" / "00.png"), clear)
    return folder


def test_a_folder_of_pictures_needs_no_manifest(art: Path) -> None:
    trained, tested = read_manifest(art, "train"), read_manifest(art, "test")
    assert len(trained) == 11
    assert len(tested) == 1
    assert not {entry.picture for entry in trained} & {entry.picture for entry in tested}
    assert {entry.source for entry in trained} == {"shot1", "shot2"}


def test_transparent_paper_is_white(art: Path) -> None:
    entries = [entry for entry in read_manifest(art, "train") if entry.picture.name == "00.png"]
    picture, lines = Pictures(entries, 60, 0)[0]
    assert lines is None
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[15, 15].tolist() == [255, 0, 0]


def test_one_picture_is_not_enough(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), scene(0))
    with pytest.raises(InputError, match="at least two pictures of your own, found 1"):
        read_manifest(tmp_path, "train")


def test_options_count_in_place_of_the_file(tmp_path: Path) -> None:
    config = configuration.load_config(FINETUNE, data="mine", out=tmp_path)
    assert (config.start, config.data, config.out) == ("default", Path("mine"), tmp_path)


@pytest.mark.parametrize("rate", [0.0, 1e-3])
def test_training_goes_on_from_the_weights_that_are_named(
    pts: Runner, tiny_bundle, art: Path, tmp_path: Path, rate: float
) -> None:
    """With a learning rate of nothing the model stays what it was; with one it does not."""
    (tmp_path / "tiny.toml").write_text(TINY.format(rate=rate))
    done = pts("train", tmp_path / "tiny.toml", "--from", tiny_bundle.path, "--data", art, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    before = model.load_networks(tiny_bundle.path).generator.state_dict()
    after = checkpoint.load(tmp_path / "run" / "step-000002.safetensors").generator.state_dict()
    same = all(torch.equal(before[name], after[name]) for name in before)
    assert same == (rate == 0.0)


def test_neither_configuration_nor_model(pts: Runner) -> None:
    done = pts("train")
    assert done.code == 2
    assert done.errors == ["error: pts train: expected a configuration file, or --from MODEL to fine-tune it on --data"]
