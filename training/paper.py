"""Training samples exactly as in the paper: PaintsTorch (Hati et al. 2019), section 3.2.

Ours, in `samples`, differ in nearly everything; these are the yardstick.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.hints import raster as strokes
from paintstorch_sdk.imaging.xdog import XDoG, xdog

from .pictures import Pictures
from .samples import Sample, soften_hints

ByteImage = NDArray[np.uint8]
FloatImage = NDArray[np.float32]

HINTS = ("strokes", "random")


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """The numbers of the paper. Pairs are the ends of uniform distributions, both included.

    Attributes:
        hints: "strokes", or "random": the older way, single pixels.
        empty: Share of samples without hints.
        count: Strokes of a sample.
        thickness: Width of a stroke in hint-map pixels.
        waypoints: Points of a stroke, its start among them.
        reach: Width of the square around the start in which the waypoints lie, in hint-map pixels.
        soft: Scale to which maps of strokes are resized, and back, for soft edges.
        deviation: Standard deviation of t, normal around 1 and cut to 0..1: a pixel is a random hint with
            probability 1 - t.
        sigmas: Values of xDoG's sigma, one of them for each sample.
        k: Parameter k of xDoG; see `imaging.xdog.XDoG`.
        gamma: Parameter gamma of xDoG.
        epsilon: Parameter epsilon of xDoG.
        phi: Parameter phi of xDoG.
        fade: Lowest factor by which lines fade towards paper; 1 is the paper, 0.7 its published code.
    """

    hints: str = "strokes"
    empty: float = 0.5
    count: tuple[int, int] = (0, 120)
    thickness: tuple[int, int] = (1, 4)
    waypoints: tuple[int, int] = (1, 5)
    reach: tuple[int, int] = (0, 10)
    soft: float = 0.8
    deviation: float = 0.005
    sigmas: tuple[float, ...] = (0.3, 0.4, 0.5)
    k: float = 4.5
    gamma: float = 0.95
    epsilon: float = -0.1
    phi: float = 1e9
    fade: float = 1.0

    def __post_init__(self) -> None:
        if self.hints not in HINTS:
            raise InputError(f"samples hints: expected one of {', '.join(HINTS)}, received {self.hints!r}")
        for name, lowest in (("empty", 0.0), ("soft", 0.1), ("fade", 0.0)):
            if not lowest <= getattr(self, name) <= 1.0:
                raise InputError(f"samples {name}: expected a number in {lowest:g}..1, received {getattr(self, name)}")
        for name, least in (("count", 0), ("thickness", 1), ("waypoints", 1), ("reach", 0)):
            low, high = getattr(self, name)
            if not least <= low <= high:
                raise InputError(f"samples {name}: expected {least} <= low <= high, received {[low, high]}")


class PaperSamples(Dataset[Sample]):
    """Sample number i, a function of the seed and of i alone: every picture once an epoch, in a random order.

    Args:
        pictures: The pictures, unreduced.
        config: Settings of the samples.
        crop: Side of the crops, pixels: 512 in the paper.
        numbers: The numbers that are asked for; the length of the set is where they end.
        seed: Source of all chance.
    """

    def __init__(self, pictures: Pictures, config: PaperConfig, crop: int, numbers: range, seed: int) -> None:
        self.pictures, self.config, self.crop, self.numbers, self.seed = pictures, config, crop, numbers, seed
        self._epoch = -1
        self._order = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return self.numbers.stop

    def __getitem__(self, number: int) -> Sample:
        rng = np.random.default_rng([self.seed, number])
        picture, _ = self.pictures[self.index(number)]
        return make_sample(cut_square(picture, self.crop, rng), self.config, rng)

    def index(self, number: int) -> int:
        """The picture that a sample is made from."""
        epoch, place = divmod(number, len(self.pictures))
        if epoch != self._epoch:
            self._epoch, self._order = (
                epoch,
                np.random.default_rng([self.seed, epoch, 1]).permutation(len(self.pictures)),
            )
        return int(self._order[place])


def cut_square(picture: ByteImage, side: int, rng: np.random.Generator) -> ByteImage:
    """Flip uint8 H,W,3 at random, scale its short side to `side`, and cut a random square."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    height, width = picture.shape[:2]
    factor = side / min(height, width)
    size = max(side, round(width * factor)), max(side, round(height * factor))
    method = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_CUBIC
    scaled = cv2.resize(np.ascontiguousarray(picture), size, interpolation=method)
    x, y = (int(rng.integers(0, s - side + 1)) for s in size)
    return np.ascontiguousarray(scaled[y : y + side, x : x + side]).astype(np.uint8, copy=False)


def make_sample(picture: ByteImage, config: PaperConfig, rng: np.random.Generator) -> Sample:
    """Line art and hints of a crop, uint8 S,S,3 RGB, and the normalization of all three."""
    side = len(picture)
    sigma = float(rng.choice(config.sigmas))
    lines = xdog(picture, XDoG(sigma, config.k, config.gamma, config.epsilon, config.phi))
    darkness = (255.0 - lines) * rng.uniform(config.fade, 1.0)
    small = cv2.resize(picture, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
    hints = strokes.empty_map(side // 4, side // 4)
    if rng.random() >= config.empty:
        if config.hints == "random":
            draw_pixels(hints, _normalize_image(small), config, rng)
        else:
            draw_strokes(hints, _normalize_image(small), config, rng)
            hints = soften_hints(hints, config.soft)
    return Sample(
        _normalize_image(255.0 - darkness)[None],
        hints,
        np.ascontiguousarray(_normalize_image(picture).transpose(2, 0, 1)),
    )


def draw_strokes(hints: FloatImage, small: FloatImage, config: PaperConfig, rng: np.random.Generator) -> None:
    """Paint strokes on a hint map, in place, each of the color of `small` (H,W,3 in [-1, 1]) under its start."""
    height, width = small.shape[:2]
    for _ in range(int(rng.integers(config.count[0], config.count[1] + 1))):
        thickness, points, reach = (
            int(rng.integers(low, high + 1)) for low, high in (config.thickness, config.waypoints, config.reach)
        )
        start = rng.uniform(0.0, 1.0, 2) * (width, height)
        way = start + rng.uniform(-0.5, 0.5, (points, 2)) * reach
        way[0] = start
        x, y = start.astype(int)
        strokes.draw(hints, way, small[y, x], thickness / 2.0)


def draw_pixels(hints: FloatImage, small: FloatImage, config: PaperConfig, rng: np.random.Generator) -> None:
    """Make each pixel of a hint map a hint with probability 1 - t, in place."""
    t = -1.0
    while not 0.0 <= t <= 1.0:  # a truncated normal distribution, by its definition
        t = rng.normal(1.0, config.deviation)
    chosen = rng.random(small.shape[:2]) < 1.0 - t
    hints[:3, chosen] = small[chosen].T
    hints[3, chosen] = 1.0


def _normalize_image(image: NDArray[Any]) -> FloatImage:
    """0..255 -> [-1, 1]."""
    return image.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
