"""The kinship network: from line art to what its regions are, so that those of one thing can be found."""

from torch import Tensor

from ..hints.kinship import FEATURES
from .shade import BlockNet


class KinshipNet(BlockNet):
    """Two regions of one color, such as two strands of hair, lie near one another; a hand lies near a face."""

    def __init__(self) -> None:
        super().__init__(1, FEATURES)

    def forward(self, line_art: Tensor) -> Tensor:
        """N,1,H,W in [-1, 1], paper is 1, to N,`FEATURES`,H/4,W/4 (see `hints.kinship`); sides multiples of 32."""
        return self.run_blocks(line_art)
