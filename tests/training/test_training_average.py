"""The mean of two networks' weights."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.training.average import average


def test_it_lies_half_way_and_keeps_the_header_of_the_second(tmp_path: Path) -> None:
    first, second, out = (tmp_path / f"{name}.safetensors" for name in ("first", "second", "out"))
    save_file({"a": torch.tensor([1.0, 2.0])}, first, {"step": "1"})
    save_file({"a": torch.tensor([3.0, -2.0]).half()}, second, {"step": "2"})
    average(first, second, out)
    assert load_file(out)["a"].tolist() == [2.0, 0.0]
    with safe_open(out, "pt") as file:
        assert file.metadata() == {"step": "2"}


def test_other_networks_and_other_files_are_refused(tmp_path: Path) -> None:
    first, second, text = tmp_path / "first.safetensors", tmp_path / "second.safetensors", tmp_path / "text"
    save_file({"a": torch.zeros(2)}, first)
    save_file({"a": torch.zeros(3)}, second)
    text.write_text("no weights")
    with pytest.raises(CheckpointError, match="received two different ones"):
        average(first, second, tmp_path / "out")
    with pytest.raises(CheckpointError, match="expected weights in two safetensors files"):
        average(first, text, tmp_path / "out")
    assert not (tmp_path / "out").exists()
