"""Training of the shade network."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.training import shade
from paintstorch_sdk.training.data.build import build_data_set
from paintstorch_sdk.training.layered import LAYERS, LayeredDrawings


def test_it_learns_is_stopped_and_goes_on(tmp_path: Path) -> None:
    build_data_set(tmp_path / "data", packages=tmp_path, only=["drawer"], limit=8, workers=1)
    drawings = LayeredDrawings(tmp_path / "data", "train", *LAYERS)
    lines, flats, mask = shade.make_sample(drawings[0], 64, shade.np.random.default_rng(0))
    assert (lines.shape, flats.shape, mask.shape) == ((1, 64, 64), (3, 64, 64), (1, 64, 64))
    assert 0 <= mask.min() <= mask.max() <= 1
    first = tmp_path / "run"
    threads = torch.get_num_threads()
    try:
        shade.train(tmp_path / "data", first, steps=2, crop=64, batch=2, rate=1e-3, threads=1)
        before = load_file(first / "shade.safetensors")
        shade.train(tmp_path / "data", first, steps=4, crop=64, batch=2, rate=1e-3, threads=1)
        trained, second = first / "shade.safetensors", tmp_path / "second"
        shade.train(tmp_path / "data", second, steps=1, crop=64, batch=2, rate=0.0, threads=1, start=trained)
        with pytest.raises(CheckpointError, match="expected the weights of a shade network"):
            shade.train(tmp_path / "data", second, start=tmp_path / "nothing.safetensors")
    finally:
        torch.set_num_threads(threads)
    after = load_file(first / "shade.safetensors")
    assert torch.load(first / "state.pt", weights_only=True)["step"] == 4
    assert any((before[name] != after[name]).any() for name in before)
    begun = load_file(second / "shade.safetensors")
    assert all((begun[name] == after[name]).all() for name in after)


def test_a_folder_without_shade_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text('{"source": "toy", "split": "train", "picture": "0.png"}\n')
    with pytest.raises(InputError, match="expected drawings with lines and flats and shade and parts"):
        LayeredDrawings(tmp_path, "train", *LAYERS)
