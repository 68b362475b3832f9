"""The PaintsTorch generator (G1 and G2) and its building blocks.

Source: Hati et al., "PaintsTorch", CVMP 2019, on the generator of Ci et al. 2018 (arXiv 1808.03240).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2  # of every LeakyReLU

# Dilations of the bottlenecks of each stage, coarse to fine, and their cardinality.
STAGE4 = (32, (1,) * 20)
STAGE3 = (32, (1, 1, 2, 2, 4, 4, 2, 1))
STAGE2 = STAGE3
STAGE1 = (16, (1, 2, 4, 2, 1))


class Bottleneck(nn.Module):
    """A ResNeXt bottleneck without normalization: 1x1 down, grouped 3x3, 1x1 up, plus the input.

    Args:
        channels: C of the N,C,H,W input and output.
        cardinality: Groups of the 3x3 convolution; reduced to a divisor of C/2 where it does not fit.
        dilation: Dilation (and padding) of the 3x3 convolution.
        stride: 2 halves the resolution, as the critic does: the grouped convolution is 4x4 then, and the input
            is added after an average pooling.
    """

    def __init__(self, channels: int, cardinality: int, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        inner = channels // 2
        self.stride = stride
        self.reduce = nn.Conv2d(channels, inner, 1, bias=False)
        self.grouped = nn.Conv2d(
            inner,
            inner,
            3 if stride == 1 else 4,
            stride=stride,
            padding=dilation,
            dilation=dilation,
            groups=math.gcd(cardinality, inner),
            bias=False,
        )
        self.expand = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.reduce(x), SLOPE)
        y = F.leaky_relu(self.grouped(y), SLOPE)
        shortcut = x if self.stride == 1 else F.avg_pool2d(x, self.stride)
        added: Tensor = shortcut + self.expand(y)
        return added


class DecoderStage(nn.Module):
    """Decode one scale: entry convolution, bottlenecks, and a PixelShuffle that doubles the resolution.

    Args:
        in_channels: Channels of the concatenated input.
        channels: Channels of the bottlenecks; the output has half as many at twice the size.
        cardinality: Cardinality of the bottlenecks.
        dilations: One bottleneck for each entry.
    """

    def __init__(self, in_channels: int, channels: int, cardinality: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.entry = nn.Conv2d(in_channels, channels, 3, padding=1)
        self.body = nn.Sequential(*(Bottleneck(channels, cardinality, d) for d in dilations))
        self.upscale = nn.Conv2d(channels, 2 * channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.entry(x))

    def decode(self, entered: Tensor) -> Tensor:
        """The stage after its entry convolution: the part that the painter shares with the whole network."""
        x = self.body(F.leaky_relu(entered, SLOPE))
        # The order of the two changes nothing but the time: runtimes fuse a ReLU into the convolution before it.
        return F.pixel_shuffle(F.leaky_relu(self.upscale(x), SLOPE), 2)


class Generator(nn.Module):
    """G1 (line art, hints, features -> color), and with its channels swapped G2 (color -> line art).

    Args:
        width: Base width w; 64 in the paper, 32 in the bundled model. A multiple of 4.
        in_channels: Channels of the picture that is read: 1 for G1, 3 for G2.
        out_channels: Channels of the picture that is made: 3 for G1, 1 for G2.
        feature_channels: Channels of the local features (F1): 512 in the paper; 0 is a network without.

    Raises:
        ValueError: `width` is not a positive multiple of 4.
    """

    def __init__(
        self, width: int = 64, in_channels: int = 1, out_channels: int = 3, feature_channels: int = 512
    ) -> None:
        super().__init__()
        if width < 4 or width % 4:
            raise ValueError(f"width: expected a positive multiple of 4, received {width}")
        w = width
        self.width = width
        self.hint_stem = nn.Conv2d(4, w, 7, padding=3)
        self.enc0 = nn.Conv2d(in_channels, w // 2, 3, padding=1)
        self.enc1 = nn.Conv2d(w // 2, w, 4, stride=2, padding=1)
        self.enc2 = nn.Conv2d(w, 2 * w, 4, stride=2, padding=1)
        self.enc3 = nn.Conv2d(3 * w, 4 * w, 4, stride=2, padding=1)
        self.enc4 = nn.Conv2d(4 * w, 8 * w, 4, stride=2, padding=1)
        self.stage4 = DecoderStage(8 * w + feature_channels, 8 * w, *STAGE4)
        self.stage3 = DecoderStage(8 * w, 4 * w, *STAGE3)
        self.stage2 = DecoderStage(4 * w, 2 * w, *STAGE2)
        self.stage1 = DecoderStage(2 * w, w, *STAGE1)
        self.exit = nn.Conv2d(w, out_channels, 3, padding=1)
        self.reset_parameters()

    def forward(self, picture: Tensor, hints: Tensor, features: Tensor) -> Tensor:
        """Run the whole network.

        Args:
            picture: N,in_channels,H,W in [-1, 1] (paper is 1); H and W multiples of 16.
            hints: N,4,H/4,W/4: color in [-1, 1] premultiplied by the mask, and the mask in [0, 1].
            features: N,feature_channels,H/16,W/16 of the line art (`FeatureNet`).

        Returns:
            N,out_channels,H,W in [-1, 1].
        """
        x0 = F.leaky_relu(self.enc0(picture), SLOPE)
        x1 = F.leaky_relu(self.enc1(x0), SLOPE)
        x2 = F.leaky_relu(self.enc2(x1), SLOPE)
        h = F.leaky_relu(self.hint_stem(hints), SLOPE)
        x3 = F.leaky_relu(self.enc3(torch.cat([x2, h], 1)), SLOPE)
        x4 = F.leaky_relu(self.enc4(x3), SLOPE)
        # Runtimes are not given a concatenation with nothing.
        y = self.stage4(torch.cat([x4, features], 1) if features.shape[1] else x4)
        y = self.stage3(torch.cat([y, x3], 1))
        y = self.stage2(torch.cat([y, x2], 1))
        y = self.stage1(torch.cat([y, x1], 1))
        return torch.tanh(self.exit(torch.cat([y, x0], 1)))

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Initialize so that training starts at once.

        Kaiming normal for LeakyReLU(0.2) and zero biases; the last 1x1 of each bottleneck and the exit are
        scaled by 0.2, so that the 41 residual sums keep their variance without normalization layers; the
        convolutions before a PixelShuffle by ICNR (Aitken et al. 2017, arXiv 1707.02937), against its grid.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=SLOPE)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for module in self.modules():
            if isinstance(module, Bottleneck):
                module.expand.weight.mul_(0.2)
            elif isinstance(module, DecoderStage):
                weight = module.upscale.weight  # out = 4 sub-pixels of each shuffled channel, next to each other
                weight.copy_(weight[::4].repeat_interleave(4, 0))
        self.exit.weight.mul_(0.2)
