"""The shade network: from line art and flats to where the shadows of cel shading lie."""

import torch
from torch import Tensor, nn

WIDTHS = (16, 32, 64, 96)  # channels at 1/2, 1/4, 1/8 and 1/16 of the line art


class ShadeNet(nn.Module):
    """A U-Net on the pixels of 2x2 blocks; its light comes from the upper left.

    Half a million weights, a seventh of the painter's operations at width 32.
    """

    def __init__(self) -> None:
        super().__init__()
        inputs = 4 * 4
        self.down = nn.ModuleList()
        for index, width in enumerate(WIDTHS):
            before = inputs if index == 0 else WIDTHS[index - 1]
            self.down.append(nn.Sequential(_conv(before, width), _conv(width, width, dilation=2 if index == 3 else 1)))
        self.up = nn.ModuleList(
            nn.Sequential(_conv(WIDTHS[index] + WIDTHS[index + 1], WIDTHS[index]), _conv(WIDTHS[index], WIDTHS[index]))
            for index in (2, 1, 0)
        )
        self.exit = nn.Conv2d(WIDTHS[0], 4, 1)

    def forward(self, line_art: Tensor, flats: Tensor) -> Tensor:
        """Find the shadows.

        Args:
            line_art: N,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.
            flats: N,3,H,W in [-1, 1], the colors beneath the lines without shade.

        Returns:
            N,1,H,W logits; shadow where positive.
        """
        x = nn.functional.pixel_unshuffle(torch.cat([line_art, flats], 1), 2)
        skipped = []
        for index, block in enumerate(self.down):
            x = block(nn.functional.avg_pool2d(x, 2) if index else x)
            skipped.append(x)
        for block, skip in zip(self.up, reversed(skipped[:-1]), strict=True):
            x = block(torch.cat([nn.functional.interpolate(x, scale_factor=2.0, mode="nearest"), skip], 1))
        return nn.functional.pixel_shuffle(self.exit(x), 2)


def _conv(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
    nn.init.kaiming_normal_(conv.weight, 0.2)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return nn.Sequential(conv, nn.LeakyReLU(0.2))
