"""InceptionV3, cut before its classes: 2048 features of a picture, for Frechet distances.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015. Names of modules are
torchvision's, so that the weights published for FID fit. torch-fidelity and clean-fid have this network, too, but need
torchvision, and neither can take another network's weights (`DRAWING`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from paintstorch_sdk.errors import CheckpointError

SIDE = 299  # pixels of the network's input
FID = "FID"
DRAWING = "drawing distance"
KIND = "inception"  # key in the metadata of a converted file

Pool = Literal["average", "max"]


class Conv(nn.Module):
    """Convolution without bias, batch normalization, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, padding: bool = True
    ) -> None:
        super().__init__()
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        around = (height // 2, width // 2) if padding else 0
        self.conv = nn.Conv2d(inputs, outputs, (height, width), stride, around, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


def _average(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class BlockA(nn.Module):
    """35 x 35."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(inputs, 64, 1)
        self.branch5x5_1 = Conv(inputs, 48, 1)
        self.branch5x5_2 = Conv(48, 64, 5)
        self.branch3x3dbl_1 = Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3)
        self.branch3x3dbl_3 = Conv(96, 96, 3)
        self.branch_pool = Conv(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_average(x))], 1)


class BlockB(nn.Module):
    """35 x 35 -> 17 x 17."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = Conv(inputs, 384, 3, 2, padding=False)
        self.branch3x3dbl_1 = Conv(inputs, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3)
        self.branch3x3dbl_3 = Conv(96, 96, 3, 2, padding=False)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class BlockC(nn.Module):
    """17 x 17."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(768, 192, 1)
        self.branch7x7_1 = Conv(768, inner, 1)
        self.branch7x7_2 = Conv(inner, inner, (1, 7))
        self.branch7x7_3 = Conv(inner, 192, (7, 1))
        self.branch7x7dbl_1 = Conv(768, inner, 1)
        self.branch7x7dbl_2 = Conv(inner, inner, (7, 1))
        self.branch7x7dbl_3 = Conv(inner, inner, (1, 7))
        self.branch7x7dbl_4 = Conv(inner, inner, (7, 1))
        self.branch7x7dbl_5 = Conv(inner, 192, (1, 7))
        self.branch_pool = Conv(768, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_average(x))], 1)


class BlockD(nn.Module):
    """17 x 17 -> 8 x 8."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3_1 = Conv(768, 192, 1)
        self.branch3x3_2 = Conv(192, 320, 3, 2, padding=False)
        self.branch7x7x3_1 = Conv(768, 192, 1)
        self.branch7x7x3_2 = Conv(192, 192, (1, 7))
        self.branch7x7x3_3 = Conv(192, 192, (7, 1))
        self.branch7x7x3_4 = Conv(192, 192, 3, 2, padding=False)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([three, seven, F.max_pool2d(x, 3, 2)], 1)


class BlockE(nn.Module):
    """8 x 8."""

    def __init__(self, inputs: int, pool: Pool = "average") -> None:
        super().__init__()
        self.branch1x1 = Conv(inputs, 320, 1)
        self.branch3x3_1 = Conv(inputs, 384, 1)
        self.branch3x3_2a = Conv(384, 384, (1, 3))
        self.branch3x3_2b = Conv(384, 384, (3, 1))
        self.branch3x3dbl_1 = Conv(inputs, 448, 1)
        self.branch3x3dbl_2 = Conv(448, 384, 3)
        self.branch3x3dbl_3a = Conv(384, 384, (1, 3))
        self.branch3x3dbl_3b = Conv(384, 384, (3, 1))
        self.branch_pool = Conv(inputs, 192, 1)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = _average(x) if self.pool == "average" else F.max_pool2d(x, 3, 1, 1)
        return torch.cat(
            [
                self.branch1x1(x),
                self.branch3x3_2a(three),
                self.branch3x3_2b(three),
                self.branch3x3dbl_3a(double),
                self.branch3x3dbl_3b(double),
                self.branch_pool(pooled),
            ],
            1,
        )


class Inception(nn.Module):
    """Pictures N,3,299,299 -> features N,2048.

    Args:
        last: Pooling in the last block: FID's network has "max" there, by an accident that everybody keeps.
    """

    def __init__(self, last: Pool = "average") -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, 2, padding=False)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3, padding=False)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3, padding=False)
        self.Mixed_5b = BlockA(192, 32)
        self.Mixed_5c = BlockA(256, 64)
        self.Mixed_5d = BlockA(288, 64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b = BlockC(128)
        self.Mixed_6c = BlockC(160)
        self.Mixed_6d = BlockC(160)
        self.Mixed_6e = BlockC(192)
        self.Mixed_7a = BlockD()
        self.Mixed_7b = BlockE(1280)
        self.Mixed_7c = BlockE(2048, last)

    def forward(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return x.mean((2, 3))


@dataclass(frozen=True)
class Extractor:
    """A network with the pictures that it wants.

    Attributes:
        name: `FID` or `DRAWING`: what a Frechet distance of its features is called.
        network: See `Inception`.
        low: What black is; white is 1.
    """

    name: str
    network: Inception
    low: float

    @torch.inference_mode()
    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        """2048 features of a picture uint8 H,W,3, laid on a white square and scaled to 299 pixels."""
        height, width = picture.shape[:2]
        side = max(height, width)
        square = np.full((side, side, 3), 255, np.uint8)
        square[:height, :width] = picture
        x = torch.from_numpy(square).permute(2, 0, 1)[None].float() / 255.0
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", align_corners=False)
        features: NDArray[np.float64] = self.network(x * (1.0 - self.low) + self.low)[0].double().numpy()
        return features


def load_fid(path: Path) -> Extractor:
    """The network of the FID, from the file published as pt_inception-2015-12-05-6726825d.pth.

    Raises:
        CheckpointError: It cannot be read, or holds another network.
    """
    return Extractor(FID, _filled(Inception("max"), path, lambda: _pickled(path)), low=-1.0)


def load_drawing(path: Path) -> Extractor:
    """A network that knows drawings, from a file made by `training.evaluation.nsfwjs`.

    Raises:
        CheckpointError: It cannot be read, or holds another network.
    """
    try:
        with safe_open(path, "pt") as file:
            converted = KIND in (file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: {_expected(DRAWING)}: {error}") from error
    if not converted:
        raise CheckpointError(f"{path}: {_expected(DRAWING)}")
    return Extractor(DRAWING, _filled(Inception(), path, lambda: load_file(path)), low=0.0)


def _expected(name: str) -> str:
    if name == FID:
        return "expected the Inception weights published for FID (pt_inception-2015-12-05-6726825d.pth)"
    return "expected weights converted by python -m paintstorch_sdk.training.evaluation.nsfwjs"


def _pickled(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor for name, tensor in state.items() if not name.startswith(("fc.", "AuxLogits."))}
    except Exception as error:  # torch raises whatever a damaged pickle makes it stumble over
        raise CheckpointError(f"{path}: {_expected(FID)}: {' '.join(str(error).split())[:200]}") from error


def _filled(network: Inception, path: Path, read: Callable[[], dict[str, Tensor]]) -> Inception:
    try:
        state = read()
        for name in [n for n in network.state_dict() if n.endswith("num_batches_tracked")]:
            state.setdefault(name, torch.zeros((), dtype=torch.long))  # older files have none
        network.load_state_dict(state)
    except (RuntimeError, SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: expected InceptionV3's weights: {' '.join(str(error).split())[:200]}"
        ) from error
    return network.eval()
