"""The kinship network: from line art to what its regions are, so that those of one thing can be found."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..hints.kinship import KINDS, TINTS
from .shade import WIDTHS, BlockNet

LAYERS = 3  # of attention
HEADS = 5


class KinshipNet(BlockNet):
    """Two regions of one color, such as two strands of hair, lie near one another; a hand lies near a face.

    What a hand is shows far away from it, so at 1/32 every place sees all others.
    """

    def __init__(self) -> None:
        super().__init__(1, 1 + KINDS)
        shown = self.exit.in_channels
        suits = nn.Conv2d(shown, len(TINTS), 1)
        nn.init.zeros_(suits.weight)  # at first all colors suit alike
        self.suits = nn.Sequential(nn.Conv2d(shown, shown, 1), nn.LeakyReLU(0.2), suits)
        self.place = nn.Conv2d(WIDTHS[-1], WIDTHS[-1], 3, padding=1, groups=WIDTHS[-1])
        self.around = nn.Sequential(*(_Attention(WIDTHS[-1]) for _ in range(LAYERS)))

    def forward(self, line_art: Tensor) -> Tensor:
        """N,1,H,W in [-1, 1], paper is 1, to N,`FEATURES`,H/4,W/4 (see `hints.kinship`); sides multiples of 32."""
        blocks = self.find_blocks(line_art)
        return torch.cat([self.exit(blocks), self.suits(blocks)], 1)

    def relate(self, x: Tensor) -> Tensor:
        """Let all places see one another; where they lie, a convolution tells (Chu et al. 2021)."""
        seen: Tensor = self.around((x + self.place(x)).flatten(2).transpose(1, 2))
        return seen.transpose(1, 2).reshape(x.shape)


class _Attention(nn.Module):
    """A layer of a transformer, normalized before each half: N,places,channels to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.asked = nn.Linear(channels, 3 * channels)
        self.told = nn.Linear(channels, channels)
        self.wide, self.narrow = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        heads = self.asked(self.first(x)).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        x = x + self.told(F.scaled_dot_product_attention(*heads.unbind()).transpose(1, 2).flatten(2))
        thought: Tensor = x + self.narrow(F.gelu(self.wide(self.second(x))))
        return thought
