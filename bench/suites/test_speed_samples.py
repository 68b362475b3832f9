"""The sample pipeline beside the training step that it feeds: it has to be the faster one."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.training.config import Phase, TrainConfig
from paintstorch_sdk.training.descent import prepare
from paintstorch_sdk.training.loading import collate, samples
from paintstorch_sdk.training.paper import PaperConfig
from paintstorch_sdk.training.pictures import Entry
from paintstorch_sdk.training.samples import SampleConfig
from paintstorch_sdk.training.state import Networks
from paintstorch_sdk.training.supervised import Supervised
from paintstorch_sdk.training.team import Team

BATCH = 4
RECIPES = {"ours": SampleConfig(spread=0.85), "paper": PaperConfig()}


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """Outlined shapes, as large as the data set's pictures; PTS_BENCH_DATA names a data folder in place of them."""
    if "PTS_BENCH_DATA" in os.environ:
        from paintstorch_sdk.training.pictures import read_manifest

        return read_manifest(Path(os.environ["PTS_BENCH_DATA"]), "train")[::200]
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for i in range(8):
        picture = np.full((512, 512, 3), 255, np.uint8)
        for _ in range(30):
            corners = cv2.convexHull(rng.integers(0, 512, (5, 2)).astype(np.int32))
            cv2.fillPoly(picture, [corners], tuple(int(c) for c in rng.integers(40, 256, 3)))
            cv2.polylines(picture, [corners], True, (0, 0, 0), 2)
        cv2.imwrite(str(folder / f"{i}.png"), picture)
    return [Entry(path, None, "shapes") for path in sorted(folder.iterdir())]


def configured(crop: int, recipe: str) -> TrainConfig:
    scale = (0.5, 1.2) if recipe == "ours" else None
    phase = Phase(crop=crop, batch=BATCH, steps=1000, scale=scale)
    return TrainConfig(Path("data"), Path("out"), (phase,), samples=RECIPES[recipe])


@pytest.mark.parametrize("recipe", ["ours", "paper"])
@pytest.mark.parametrize("crop", [128, 256, 512])
def test_samples(benchmark: BenchmarkFixture, entries: list[Entry], crop: int, recipe: str) -> None:
    """A batch by one process, its pictures decoded before: what a worker makes once its cache is full."""
    config = configured(crop, recipe)
    dataset = samples(config, config.phases[0], entries, range(4000), (0.0, 1.0))
    numbers = iter(range(4000))
    for _ in range(4 * len(entries)):
        dataset[next(numbers)]

    batch = benchmark.pedantic(lambda: collate([dataset[next(numbers)] for _ in range(BATCH)]), rounds=10)
    benchmark.extra_info["pictures"] = BATCH
    assert [tuple(t.shape) for t in batch] == [
        (BATCH, 1, crop, crop),
        (BATCH, 4, crop // 4, crop // 4),
        (BATCH, 3, crop, crop),
    ]
    assert all(bool(t.isfinite().all()) for t in batch)


@pytest.mark.parametrize("crop", [128, 256, 512])
def test_step(benchmark: BenchmarkFixture, entries: list[Entry], crop: int) -> None:
    """A supervised step at the bundled model's width, as it is trained: bfloat16 where that is right."""
    config = configured(crop, "ours")
    dataset = samples(config, config.phases[0], entries, range(BATCH), (0.0, 1.0))
    architecture = Architecture(32, 32)
    team = Team(device=torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    networks = Networks(*architecture.build(), architecture.build())
    for network in (networks.generator, networks.features):
        prepare(network.to(team.device), config.bfloat16)
    stage = Supervised(config, networks, None, team)
    line_art, hints, target = (
        t.to(team.device, memory_format=torch.channels_last) for t in collate([dataset[i] for i in range(BATCH)])
    )
    losses: list[float] = []

    def step() -> None:
        losses.append(stage.step(line_art, hints, target, len(losses))["loss"].item())

    benchmark.pedantic(step, rounds=5, warmup_rounds=2)
    benchmark.extra_info["pictures"] = BATCH
    assert losses[-1] < losses[0], "the batch is learned while it is timed"
