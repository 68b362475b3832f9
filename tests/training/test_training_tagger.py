"""F1 as a tagger: what it learns, and the files it comes in."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.training import config as configuration
from paintstorch_sdk.training import tagger, trainer
from paintstorch_sdk.training.config import TaggerConfig, TrainConfig
from paintstorch_sdk.training.pictures import Entry, read_manifest
from paintstorch_sdk.training.team import Team
from support.training import write_config, write_data

PHASES: list[dict[str, object]] = [{"crop": 64, "batch": 2, "steps": 1, "scale": [0.3, 0.6]}]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("tagger") / "data", trained=8, tested=6, side=64)


@pytest.fixture
def config(data: Path, tmp_path: Path) -> TrainConfig:
    read = configuration.load_config(write_config(tmp_path / "run.toml", data, PHASES, bfloat16=False))
    return replace(read, tagger=TaggerConfig(crop=64, batch=8, steps=60, learning_rate=3e-3, fewest=3))


def entry(source: str, **tags: object) -> Entry:
    return Entry(Path("x.png"), None, source, tags)


def test_the_vocabulary_is_what_line_art_shows_and_many_pictures_bear() -> None:
    entries = [entry("a", mood="happy", hairColor="#123456", pose=""), entry("a", mood="happy"), entry("b", mood="sad")]
    assert tagger.choose_tags(entries, fewest=1) == ["mood=happy", "mood=sad", "source=a", "source=b"]
    assert tagger.choose_tags(entries, fewest=2) == ["mood=happy", "source=a"]
    with pytest.raises(InputError, match="at least 3 pictures bear"):
        tagger.choose_tags(entries, fewest=3)


def test_it_learns_to_tell_what_is_drawn(data: Path, config: TrainConfig, tmp_path: Path) -> None:
    """Round from sharp, in pictures it has not seen; by chance half of the answers would be right."""
    path = tmp_path / "tagger.safetensors"
    trained, held_out = read_manifest(data, "train"), read_manifest(data, "test")
    tagger.train_tagger(path, trained, held_out, config, Team())
    with safe_open(path, "pt") as file:
        header = json.loads(file.metadata()[tagger.KEY])
    assert header["tags"] == ["shape=round", "shape=sharp"]
    assert header["held_out"]["chance"] == 0.5
    assert header["held_out"]["average_precision"] > 0.9
    features = tagger.load_features(path)
    assert features.width == 8
    assert not torch.equal(features.convs[0].weight, FeatureNet(8).convs[0].weight)


def test_average_precision_by_hand() -> None:
    scores, labels = np.array([0.9, 0.8, 0.7, 0.1]), np.array([1.0, 0.0, 1.0, 0.0])
    assert tagger.average_precision(scores, labels) == pytest.approx((1.0 + 2.0 / 3.0) / 2.0)


def test_a_run_trains_its_tagger_once_and_freezes_it(data: Path, tmp_path: Path) -> None:
    table = "[tagger]\ncrop = 64\nbatch = 4\nsteps = 2\nfewest = 3\n"
    path = write_config(tmp_path / "run.toml", data, PHASES, table, features="tagger")
    model = checkpoint.load(trainer.train(path))
    first = tmp_path / "run" / "tagger.safetensors"
    before = first.stat().st_mtime_ns
    known = tagger.load_features(first)
    for name, tensor in model.features.state_dict().items():
        torch.testing.assert_close(tensor, known.state_dict()[name], rtol=0, atol=0)
    trainer.train(path)
    assert first.stat().st_mtime_ns == before
    # Another run takes it from there.
    other = write_config(tmp_path / "other.toml", data, PHASES)
    again = checkpoint.load(trainer.train(other, features=str(first)))
    for name, tensor in again.features.state_dict().items():
        torch.testing.assert_close(tensor, known.state_dict()[name], rtol=0, atol=0)


def test_illustration2vecs_own_file_gives_its_width(tmp_path: Path) -> None:
    net = FeatureNet(4)
    places = (0, 3, 6, 8, 11, 13)
    state = {
        f"{place}.{kind}": getattr(conv, kind)
        for place, conv in zip(places, net.convs, strict=True)
        for kind in ("weight", "bias")
    }
    path = tmp_path / "illust2vec.pth"
    torch.save(state | {"16.weight": torch.zeros(2, 2, 3, 3)}, path)
    read = tagger.load_features(path)
    assert read.width == 4
    line_art = torch.rand(1, 1, 32, 32)
    torch.testing.assert_close(read(line_art), net(line_art))


@pytest.mark.parametrize("name", ["nothing.safetensors", "nothing.pth"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        tagger.load_features(tmp_path / name)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, *checkpoint.Architecture(4, 4).build(), {})
    with pytest.raises(CheckpointError, match=r"expected a tagger\.safetensors"):
        tagger.load_features(path)


def test_data_without_tags_is_told(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", side=64)
    path = write_config(tmp_path / "run.toml", data, PHASES, features="tagger")
    with pytest.raises(InputError, match="features 'tagger': expected tags in the data's manifest"):
        trainer.train(path)
