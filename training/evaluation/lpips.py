"""LPIPS, the learned perceptual distance of two pictures.

Source: Zhang, Isola, Efros, Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual
Metric", 2018, version 0.1 on AlexNet, which its authors report. Their package needs torchvision and downloads AlexNet.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError

ALEXNET = "alexnet-owt-7be5be79.pth"  # as torchvision publishes it
LINEAR = "alex.pth"  # as the lpips package has it, in weights/v0.1
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
LAYERS = (  # place in torchvision's `features`, inputs, outputs, kernel, stride, padding, pooled before
    (0, 3, 64, 11, 4, 2, False),
    (3, 64, 192, 5, 1, 2, True),
    (6, 192, 384, 3, 1, 1, True),
    (8, 384, 256, 3, 1, 1, False),
    (10, 256, 256, 3, 1, 1, False),
)


class Lpips(nn.Module):
    """The distance of two pictures; 0 is equal. Weights are random until they are loaded."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1))
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, s, p) for _, i, o, k, s, p, _ in LAYERS)
        self.linear = nn.ParameterList(nn.Parameter(torch.rand(1, o, 1, 1)) for _, _, o, *_ in LAYERS)
        self.eval().requires_grad_(False)

    def features(self, picture: Tensor) -> list[Tensor]:
        """The five layers' features of N,3,H,W in [-1, 1], each of length 1 at every place."""
        x = (picture - self.shift) / self.scale
        found = []
        for conv, (*_, pooled) in zip(self.convs, LAYERS, strict=True):
            x = F.relu(conv(F.max_pool2d(x, 3, 2) if pooled else x))
            found.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return found

    @torch.inference_mode()
    def forward(self, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
        """Distance of two pictures uint8 H,W,3 of one size."""
        pair = torch.from_numpy(np.stack([a, b])).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        layers = zip(self.linear, self.features(pair), strict=True)
        return float(sum(((f[:1] - f[1:]).square() * weight).sum(1).mean() for weight, f in layers))


def load_lpips(folder: Path) -> Lpips:
    """LPIPS with the published weights, from a folder that holds `ALEXNET` and `LINEAR`.

    Raises:
        CheckpointError: A file is missing, damaged, or another network's.
    """
    network = Lpips()
    trunk, linear = (_read(folder / name) for name in (ALEXNET, LINEAR))
    try:
        for conv, (place, *_) in zip(network.convs, LAYERS, strict=True):
            conv.load_state_dict({part: trunk[f"features.{place}.{part}"] for part in ("weight", "bias")})
        for index, weight in enumerate(network.linear):
            weight.copy_(linear[f"lin{index}.model.1.weight"])
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{folder}: expected the weights of LPIPS 0.1 on AlexNet: {reason}") from error
    return network


def _read(path: Path) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever a damaged pickle makes it stumble over
        raise CheckpointError(f"{path}: expected a file of weights: {' '.join(str(error).split())[:200]}") from error
    return state
