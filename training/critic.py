"""D, the critic of the adversarial stage: how real a picture looks, given the local features of its line art.

Source: PaintsTorch (Hati et al. 2019) after AlacGAN (Ci et al. 2018); the numbers are the published models'.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from paintstorch_sdk.networks.generator import SLOPE, Bottleneck

CARDINALITY = 8
LAST = 4  # side of the last map, which one convolution reads whole
SIZES = (64, 128, 256, 512)


class Critic(nn.Module):
    """Color N,3,S,S and features N,C,S/16,S/16 -> one score each, N. No biases in the convolutions, no normalization.

    Args:
        width: Base width; 64 in the paper. A multiple of 4.
        feature_channels: Channels of the local features (F1): 512 in the paper.
        size: Side S of the pictures. At 512 it is the published network; for smaller crops as many of the last
            bottlenecks halve the resolution as still lead to a last map of 4x4.

    Raises:
        ValueError: `width` is not a positive multiple of 4, or `size` not one of `SIZES`.
    """

    def __init__(self, width: int = 64, feature_channels: int = 512, size: int = 512) -> None:
        super().__init__()
        if width < 4 or width % 4:
            raise ValueError(f"width: expected a positive multiple of 4, received {width}")
        if size not in SIZES:
            raise ValueError(f"size: expected one of {', '.join(map(str, SIZES))}, received {size}")
        w = width
        self.size = size
        self.stem = nn.Sequential(
            nn.Conv2d(3, w, 7, padding=3, bias=False),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(w, w, 4, stride=2, padding=1, bias=False),
            nn.LeakyReLU(SLOPE),
            *_make_pair(w),
            *_make_doubling(w),
            *_make_pair(2 * w),
            *_make_doubling(2 * w),
            *_make_pair(4 * w),
        )
        halvings = int(math.log2(size // 16 // LAST))
        strides = [2 if i % 2 and i // 2 < halvings else 1 for i in range(7)]  # 1, 2, 1, 2, 1, 2, 1 at 512
        self.head = nn.Sequential(
            nn.Conv2d(4 * w + feature_channels, 8 * w, 3, padding=1, bias=False),
            nn.LeakyReLU(SLOPE),
            *(Bottleneck(8 * w, CARDINALITY, stride=stride) for stride in strides),
            nn.Conv2d(8 * w, 8 * w, LAST, bias=False),
            nn.LeakyReLU(SLOPE),
        )
        self.score = nn.Linear(8 * w, 1)
        self.reset_parameters()

    def forward(self, picture: Tensor, features: Tensor) -> Tensor:
        """Scores N, any real number; higher looks more real.

        Args:
            picture: N,3,S,S in [-1, 1].
            features: N,feature_channels,S/16,S/16 of the line art (`FeatureNet`).
        """
        x = self.head(torch.cat([self.stem(picture), features], 1))
        scores: Tensor = self.score(x.flatten(1)).squeeze(1)
        return scores

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """As `Generator.reset_parameters`: Kaiming normal, residual branches scaled by 0.2; scores start near 0."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
        for module in self.modules():
            if isinstance(module, Bottleneck):
                module.expand.weight.mul_(0.2)
        nn.init.normal_(self.score.weight, std=0.2 / math.sqrt(self.score.in_features))
        nn.init.zeros_(self.score.bias)


def _make_pair(channels: int) -> Iterator[nn.Module]:
    yield Bottleneck(channels, CARDINALITY)
    yield Bottleneck(channels, CARDINALITY, stride=2)


def _make_doubling(channels: int) -> Iterator[nn.Module]:
    yield nn.Conv2d(channels, 2 * channels, 1, bias=False)
    yield nn.LeakyReLU(SLOPE)
