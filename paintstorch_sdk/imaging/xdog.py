"""Line art from a colored picture, by the extended difference of Gaussians (xDoG).

Source: Winnemoeller et al. 2012; parameters of PaintsTorch (CVMP 2019, section 3.2).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

LUMA = (0.299, 0.587, 0.114)  # Rec. 601, of red, green, blue

BLOCK = 256  # columns convolved at a time, which bounds the memory


@dataclass(frozen=True, slots=True)
class XDoG:
    """Parameters of xDoG; the defaults are the paper's.

    Attributes:
        sigma: Standard deviation of the narrow Gaussian, pixels; the paper draws it from {0.3, 0.4, 0.5}.
        k: The wide Gaussian is k times as wide.
        gamma: Weight of the wide Gaussian.
        epsilon: Differences of luminance under this are full lines.
        phi: Steepness of the soft threshold; 1e9 is a hard one.
    """

    sigma: float = 0.4
    k: float = 4.5
    gamma: float = 0.95
    epsilon: float = -0.1
    phi: float = 1e9

    def __post_init__(self) -> None:
        for name, value, low in (("sigma", self.sigma, 0.05), ("k", self.k, 1.0), ("phi", self.phi, 0.0)):
            if not low < value < math.inf:
                raise InputError(f"xDoG {name}: expected more than {low:g}, received {value:g}")
        for name, value in (("gamma", self.gamma), ("epsilon", self.epsilon)):
            if not math.isfinite(value):
                raise InputError(f"xDoG {name}: expected a number, received {value:g}")
        if self.sigma * self.k > 100:
            raise InputError(f"xDoG sigma * k: expected at most 100 pixels, received {self.sigma * self.k:g}")


def xdog(picture: NDArray[np.uint8], parameters: XDoG | None = None) -> NDArray[np.uint8]:
    """Draw the lines of a picture.

    Args:
        picture: uint8 H,W,3 RGB or H,W gray.
        parameters: Parameters of xDoG; None takes the paper's.

    Returns:
        uint8 H,W: 0 on lines, 255 on paper. A picture of one color has no lines.
    """
    p = parameters or XDoG()
    gray = luminance(picture) / np.float32(255.0)
    # In place: of a picture of 67 megapixels, each of these arrays has 268 MB.
    wide = gaussian(gray, p.sigma * p.k)
    wide *= np.float32(p.gamma)
    soft = gaussian(gray, p.sigma)
    del gray
    soft -= wide
    del wide
    full = soft < p.epsilon
    soft *= np.float32(p.phi)
    np.clip(soft, -50.0, 50.0, out=soft)
    np.tanh(soft, out=soft)
    np.subtract(np.float32(1.0), soft, out=soft)
    soft[full] = 1.0
    low, high = float(soft.min()), float(soft.max())
    if high - low < 1e-6:
        return np.full(soft.shape, 255, np.uint8)
    soft -= np.float32(low)
    soft *= np.float32(255.0 / (high - low))
    levels = np.rint(soft, out=soft).astype(np.uint8)
    return np.where(levels > otsu(levels), 0, 255).astype(np.uint8)


def luminance(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Luminance float32 H,W in [0, 255] of uint8 H,W,3 RGB or H,W gray."""
    if picture.ndim == 2:
        return picture.astype(np.float32)
    gray: NDArray[np.float32] = np.matmul(picture, np.asarray(LUMA, np.float32), dtype=np.float32)
    return gray


def gaussian(gray: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur float32 H,W with a Gaussian cut at four standard deviations, mirrored at the borders."""
    radius = max(1, int(4.0 * sigma + 0.5))
    kernel = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    kernel = (kernel / (kernel[0] + 2.0 * kernel[1:].sum())).astype(np.float32)
    return _convolve_columns(_convolve_columns(gray, kernel).T, kernel).T


def _convolve_columns(gray: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convolve along the first axis with a symmetric kernel given from its center outwards."""
    radius, height = len(kernel) - 1, len(gray)
    convolved = np.empty_like(gray)
    for left in range(0, gray.shape[1], BLOCK):
        padded = np.pad(gray[:, left : left + BLOCK], ((radius, radius), (0, 0)), mode="symmetric")
        out: NDArray[np.float32] = padded[radius : radius + height] * kernel[0]
        for i in range(1, radius + 1):
            out += kernel[i] * (padded[radius - i : radius - i + height] + padded[radius + i : radius + i + height])
        convolved[:, left : left + BLOCK] = out
    return convolved


def otsu(levels: NDArray[np.uint8]) -> int:
    """Otsu's threshold: the level t for which "at most t" and "above t" differ most between the classes."""
    counts = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    below = np.cumsum(counts)
    total = below[-1]
    sums = np.cumsum(counts * np.arange(256))
    above = total - below
    valid = (below > 0) & (above > 0)
    variance = np.zeros(256)
    gap = sums[valid] / below[valid] - (sums[-1] - sums[valid]) / above[valid]
    variance[valid] = below[valid] * above[valid] * gap**2
    return int(np.argmax(variance))
