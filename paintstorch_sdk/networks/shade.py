"""The shade network: from line art and flats to where the shadows of cel shading lie."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLOCK = 4  # side in pixels of the blocks that the network works on
WIDTHS = (32, 64, 128, 160)  # channels at 1/4, 1/8, 1/16 and 1/32 of the line art


class BlockNet(nn.Module):
    """A U-Net on the pixels of 4x4 blocks.

    A million weights, most of them at the low resolutions, where they cost little: a twentieth of the operations of
    the painter at width 32.

    Args:
        inputs: Channels of the picture that it reads.
        outputs: Channels of each block that it gives.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.entry = nn.Sequential(_conv(inputs * BLOCK**2, WIDTHS[0], 1), nn.LeakyReLU(0.2))
        self.down = nn.ModuleList([_layer(WIDTHS[0], WIDTHS[0])])
        for narrow, wide in pairwise(WIDTHS):
            self.down.append(nn.Sequential(_layer(narrow, wide), _layer(wide, wide)))
        self.project = nn.ModuleList(_conv(WIDTHS[i + 1], WIDTHS[i], 1) for i in (2, 1, 0))
        self.up = nn.ModuleList(_layer(WIDTHS[i], WIDTHS[i]) for i in (2, 1, 0))
        self.exit = _conv(2 * WIDTHS[0], outputs, 1)

    def find_blocks(self, picture: Tensor) -> Tensor:
        """N,inputs,H,W, both sides multiples of 32, to what `exit` reads, N,channels,H/4,W/4."""
        x = entered = self.entry(F.pixel_unshuffle(picture, BLOCK))
        skipped = []
        for index, block in enumerate(self.down):
            x = block(F.avg_pool2d(x, 2) if index else x)
            skipped.append(x)
        x = self.relate(x)
        for project, block, skip in zip(self.project, self.up, reversed(skipped[:-1]), strict=True):
            x = block(F.interpolate(project(x), scale_factor=2.0, mode="nearest") + skip)
        return torch.cat([x, entered], 1)

    def relate(self, x: Tensor) -> Tensor:
        """N,C,H,W at 1/32 to the same; a network whose places have to see far has layers here."""
        return x


class ShadeNet(BlockNet):
    """Its light comes from the upper left.

    Borders of shadows are smooth, or lie along lines that hide a pixel more or less, so nothing has to be convolved at
    full resolution.
    """

    def __init__(self) -> None:
        super().__init__(4, BLOCK**2)

    def forward(self, line_art: Tensor, flats: Tensor) -> Tensor:
        """Find the shadows.

        Args:
            line_art: N,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.
            flats: N,3,H,W in [-1, 1], the colors beneath the lines without shade.

        Returns:
            N,1,H,W logits; shadow where positive.
        """
        return F.pixel_shuffle(self.exit(self.find_blocks(torch.cat([line_art, flats], 1))), BLOCK)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_conv(inputs, outputs, 3), nn.LeakyReLU(0.2))


def _conv(inputs: int, outputs: int, side: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, side, padding=side // 2)
    nn.init.kaiming_normal_(conv.weight, 0.2)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv
