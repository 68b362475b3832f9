"""The sample pipeline beside the training steps that it feeds, at other sizes and on other pictures than `bench-docs`.

PTS_BENCH_DATA names a data folder in place of drawn shapes.
"""

import os
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.bench.experiments.performance import training

BATCH = 4
DATA = Path(os.environ["PTS_BENCH_DATA"]) if "PTS_BENCH_DATA" in os.environ else None


@pytest.mark.parametrize("recipe", ["ours", "paper"])
@pytest.mark.parametrize("crop", [128, 256, 512])
def test_samples(benchmark: BenchmarkFixture, crop: int, recipe: str) -> None:
    """A batch by one worker whose cache is full."""
    opened = training.open_samples(recipe, 1, crop, BATCH, DATA)
    benchmark.pedantic(opened.calls[training.CALL], rounds=10)
    benchmark.extra_info["pictures"] = BATCH


@pytest.mark.parametrize("stage", ["supervised", "adversarial"])
@pytest.mark.parametrize("crop", [128, 256, 512])
def test_step(benchmark: BenchmarkFixture, crop: int, stage: str) -> None:
    """A step at the bundled model's width, one thread."""
    opened = training.open_step(stage, 1, crop, BATCH, data=DATA)
    benchmark.pedantic(opened.calls[training.CALL], rounds=5, warmup_rounds=2)
    benchmark.extra_info["pictures"] = BATCH
