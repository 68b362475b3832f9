"""The way back: G2 with the local features that it reads, as one network."""

from torch import Tensor, nn

from .features import FeatureNet
from .generator import Generator


class Drawer(nn.Module):
    """Picture -> line art. Its features are those of a rough line art of the same picture.

    Args:
        width: Width of the generator.
        feature_width: Width of the feature network, which the line encoder has too.
    """

    def __init__(self, width: int, feature_width: int) -> None:
        super().__init__()
        self.features = FeatureNet(feature_width)
        self.network = Generator(width, 3, 1, self.features.channels)

    @classmethod
    def of(cls, g2: Generator, features: FeatureNet) -> "Drawer":
        """A drawer with copies of the weights of a G2 and its feature network."""
        drawer = cls(g2.width, features.width)
        drawer.network.load_state_dict(g2.state_dict())
        drawer.features.load_state_dict(features.state_dict())
        return drawer.eval()

    def forward(self, picture: Tensor, hints: Tensor, line_art: Tensor) -> Tensor:
        """Draw the lines of a picture.

        Args:
            picture: N,3,H,W in [-1, 1]; H and W multiples of 32.
            hints: N,4,H/4,W/4: the hints that it was painted under; zeros where there were none.
            line_art: N,1,H,W in [-1, 1], paper is 1; the features are computed from it.

        Returns:
            N,1,H,W in [-1, 1], paper is 1.
        """
        drawn: Tensor = self.network(picture, hints, self.features(line_art))
        return drawn
