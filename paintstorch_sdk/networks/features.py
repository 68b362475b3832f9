"""F1, the local feature network: the first six convolutions of Illustration2Vec (Saito & Matsui 2015)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Mean of Illustration2Vec's training pictures, blue, green, red, 0..255.
MEAN = (164.76139251, 167.47864617, 181.13838569)


class FeatureNet(nn.Module):
    """Local features of a line art.

    Args:
        width: Channels of the first convolution; 64 as published. The output has 8 times as many. 0 is a model
            without local features, as the bundled one.
    """

    mean: Tensor

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.width = width
        w = width
        channels = [(3, w), (w, 2 * w), (2 * w, 4 * w), (4 * w, 4 * w), (4 * w, 8 * w), (8 * w, 8 * w)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in channels if w)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.endswith("weight"):
                    nn.init.kaiming_normal_(parameter, nonlinearity="relu")
                else:
                    nn.init.zeros_(parameter)
            for parameter in [*self.parameters()][:1]:
                parameter.div_(80.0)  # the first input is in 0..255 less the mean, not of unit variance

    @property
    def channels(self) -> int:
        """Channels of the output."""
        return 8 * self.width

    def forward(self, line_art: Tensor) -> Tensor:
        """Features of a line art.

        Args:
            line_art: N,1,H,W in [-1, 1], paper is 1; H and W multiples of 32.

        Returns:
            N,8*width,H/16,W/16, not negative.
        """
        if not self.width:
            return line_art[:, :0, ::16, ::16]
        x = (F.avg_pool2d(line_art, 2) + 1.0) * 127.5 - self.mean
        for index, conv in enumerate(self.convs):
            if index in (1, 2, 4):
                x = F.max_pool2d(x, 2)
            x = F.relu(conv(x))
        return x
