"""From a checkpoint to a verified bundle."""

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from paintstorch_sdk.bench.models import prepare
from paintstorch_sdk.bundle import Bundle


def test_export(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    def export() -> Path:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        prepare(width=4, feature_width=4, folder=folder, working_size=512, threads=1)
        return folder

    assert Bundle.open(benchmark.pedantic(export, rounds=2)).width == 4
