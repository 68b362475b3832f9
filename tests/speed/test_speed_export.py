"""From a checkpoint to a verified bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from paintstorch_sdk.bench.models import write_random_bundle
from paintstorch_sdk.bundle import Bundle


def test_export(timed: Callable[..., Any], tmp_path: Path) -> None:
    def export() -> Path:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        write_random_bundle(width=4, feature_width=4, folder=folder, working_size=512, threads=1)
        return folder

    bundle = Bundle.open(timed(export, fewest=2))
    bundle.verify()
    assert bundle.width == 4
