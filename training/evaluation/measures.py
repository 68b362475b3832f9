"""The measures of one colored picture against the one that its hints stand for."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from paintstorch_sdk.imaging.metrics import ciede2000, hint_adherence, psnr, srgb_to_lab

from .cases import ColoringCase
from .drawings import LINE, WHITE
from .lpips import Lpips

ByteImage = NDArray[np.uint8]
Lab = NDArray[np.float32]
Labels = NDArray[np.int32]

MAX_PSNR = 60.0  # decibels: what equal pictures count, so that they do not decide a mean alone
ALIKE = 10.0  # CIEDE2000 up to which a region has the right color, or a pixel its region's
MIN_AREA = 32  # pixels of a region that counts
MOST = 1000  # pixels of a region that are looked at, evenly spread over it
EDGE = 10.0  # CIEDE2000 from which a line parts two colors
THICKEST = 12  # pixels of a line that is looked across
BESIDE = 3  # pixels from the line at which the colors are compared
LEAST_PAPER = 0.05  # of the picture: with less there is no page that could leak
TINT = 10  # steps under `WHITE` from which paper counts as colored
FLAT = 5.0  # CIEDE2000 from their median within which 95 % of the pixels of a flat region lie


class Measured(NamedTuple):
    """One picture. None where there is nothing to measure.

    Attributes:
        psnr: Decibels over the pixels off the lines, at most 60.
        psnr_whole: Decibels over all pixels, lines included, at most 60.
        ssim: Structural similarity of the whole picture, 1 is equal.
        lpips: Learned perceptual distance of the whole picture, 0 is equal; only where its weights were given.
        adherence: Median CIEDE2000 between the strokes' colors and the picture, inside strokes, off the lines;
            strokes that are white do not count.
        adherence_90: Its 90th percentile.
        regions: Share of closed regions whose median color is within CIEDE2000 10 of the truth's.
        regions_told: The same of the regions that a hint tells of.
        bleeding: Share of the color change across lines that is lost, see `bleeding`.
        blotches: Share of the pixels of told, flat regions that stand out from their region, see `blotches`.
        leak: Share of the paper that got a color: of the pixels that are white in the picture and in the truth, joined
            to the picture's border by others, in regions at the border, off lines and outside strokes; of pictures
            that have some. In random colors what no hint tells of is white in the truth alone, and no paper.
        taken: Share of the told regions that have the color of another told region in place of their own.
    """

    psnr: float
    psnr_whole: float
    ssim: float
    lpips: float | None
    adherence: float | None
    adherence_90: float | None
    regions: float | None
    regions_told: float | None
    bleeding: float | None
    blotches: float | None
    leak: float | None
    taken: float | None


class Ruler:
    """Measures pictures against one case; what depends on the truth alone is computed once."""

    def __init__(self, case: ColoringCase, lpips: Lpips | None = None) -> None:
        self._case, self._lpips = case, lpips
        self._regions = RegionPixels.find(case.regions, case.regions)
        self._medians = self._regions.medians(case.truth)
        known = case.told if case.condition.colors == "natural" else np.ones_like(case.told)
        self._edges = Edges.find(case.truth, case.drawing.line_art, case.regions, known)
        self._flat = flat(case.truth, case.regions, case.told)
        rgba = case.hints.draw(*case.truth.shape[1::-1])
        off = case.drawing.line_art > LINE
        blank = (case.truth.min(2) > WHITE) & (case.drawing.picture.min(2) > WHITE) & off
        white = cv2.connectedComponents(blank.view(np.uint8), connectivity=4)[1]
        self._paper = _at_border(case.regions) & _at_border(white) & (white > 0) & off & (rgba[..., 3] == 0)
        rgba[rgba[..., :3].min(2) > WHITE, 3] = 0  # a white stroke on white paper is no test
        self._strokes = rgba

    def measure(self, image: ByteImage) -> tuple[Measured, NDArray[np.float32]]:
        """Measure one picture.

        Args:
            image: uint8 H,W,3 RGB, what a method made of the case.

        Returns:
            The measures, and every difference that counted for hint adherence.
        """
        case, lines = self._case, self._case.drawing.line_art
        off = lines > LINE
        differences = hint_adherence(image, self._strokes, lines)
        medians = self._regions.medians(image)
        right = ciede2000(medians, self._medians) <= ALIKE
        told = case.told[self._regions.numbers]
        others = ciede2000(medians[told][:, None], self._medians[told][None]) <= ALIKE
        return (
            Measured(
                psnr=min(MAX_PSNR, psnr(image[off], case.truth[off])),
                psnr_whole=min(MAX_PSNR, psnr(image, case.truth)),
                ssim=ssim(image, case.truth),
                lpips=self._lpips(image, case.truth) if self._lpips else None,
                adherence=float(np.median(differences)) if differences.size else None,
                adherence_90=float(np.percentile(differences, 90)) if differences.size else None,
                regions=_share(right),
                regions_told=_share(right[told]),
                bleeding=self._edges.bleeding(image),
                blotches=blotches(image, self._flat),
                leak=_share(image[self._paper].min(1) <= WHITE - TINT) if self._paper.mean() >= LEAST_PAPER else None,
                taken=_share(others.any(1) & ~right[told]),
            ),
            differences,
        )


def _at_border(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """bool H,W: all pixels of labels that the border of the picture has."""
    edge = np.ones(labels.shape, bool)
    edge[1:-1, 1:-1] = False
    return np.isin(labels, np.unique(labels[edge]))


class RegionPixels(NamedTuple):
    """Regions that count.

    Attributes:
        numbers: Numbers of the regions, ascending.
        pixels: For each region, indices of its pixels in row order, at most 1,000 of them.
    """

    numbers: NDArray[np.intp]
    pixels: list[NDArray[np.intp]]

    @classmethod
    def find(cls, regions: Labels, counted: Labels) -> "RegionPixels":
        """The regions with at least 32 pixels in `counted` (int32 H,W, 0 is none), which may be smaller there."""
        ravelled = counted.ravel()
        area = np.bincount(ravelled, minlength=int(regions.max()) + 1)
        ends = np.cumsum(area)
        area[0] = 0  # lines
        numbers = np.flatnonzero(area >= MIN_AREA)
        order = np.argsort(ravelled, kind="stable")
        return cls(numbers, [order[ends[n] - area[n] : ends[n]][:: -(-area[n] // MOST)] for n in numbers])

    def colors(self, image: ByteImage) -> list[Lab]:
        """L*a*b* of the pixels of each region in uint8 H,W,3."""
        flat = image.reshape(-1, 3)
        return [srgb_to_lab(flat[pixels]) for pixels in self.pixels]

    def medians(self, image: ByteImage) -> Lab:
        """The median of each channel of L*a*b* over each region: float32 R,3."""
        return np.array([np.median(own, axis=0) for own in self.colors(image)], np.float32).reshape(-1, 3)


class Edges(NamedTuple):
    """Places where a thin line parts two colors.

    Attributes:
        before: Index of the pixel before the line, in row order.
        behind: Index of the pixel behind it.
        change: CIEDE2000 between the two in the truth, at least 10.
    """

    before: NDArray[np.intp]
    behind: NDArray[np.intp]
    change: NDArray[np.float32]

    @classmethod
    def find(cls, truth: ByteImage, line_art: ByteImage, regions: Labels, known: NDArray[np.bool_]) -> "Edges":
        """Look across each thin line, in rows and in columns, 3 pixels before and behind it.

        Args:
            truth: uint8 H,W,3 RGB.
            line_art: uint8 H,W.
            regions: int32 H,W, 0 on lines.
            known: bool of each region: whether the hints say which color it has; both sides must be known.
        """
        index = np.arange(line_art.size).reshape(line_art.shape)
        pairs = []
        for lines, places in ((line_art < LINE, index), ((line_art < LINE).T, index.T)):
            y, before, behind = _across(lines)
            pairs.append((places[y, before], places[y, behind]))
        before, behind = (np.concatenate(side) for side in zip(*pairs, strict=True))
        one, other = regions.ravel()[before], regions.ravel()[behind]
        counts = (one != other) & (one > 0) & (other > 0) & known[one] & known[other]
        before, behind = before[counts], behind[counts]
        change = _differences(truth, before, behind)
        edge = change >= EDGE
        return cls(before[edge], behind[edge], change[edge])

    def bleeding(self, image: ByteImage) -> float | None:
        """Share of the color change across lines that is lost: 0 where a picture changes at least as much as the
        truth, 1 where it does not change at all; the mean over all places, None where there is none."""
        if not self.change.size:
            return None
        kept = _differences(image, self.before, self.behind) / self.change
        return float(1.0 - np.minimum(kept, 1.0).mean())


def ssim(a: ByteImage, b: ByteImage) -> float:
    """Structural similarity, mean over pixels and channels.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment", IEEE TIP 13 (2004): a Gaussian window of
    11 x 11 pixels and standard deviation 1.5, K1 = 0.01, K2 = 0.03; windows that leave the picture do not count.

    Args:
        a: uint8 H,W,3, at least 11 x 11.
        b: The same.
    """
    options = {"channel_axis": 2, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(structural_similarity(a, b, data_range=255, **options))  # type: ignore[no-untyped-call]


def _across(lines: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows, and the columns before and behind, of all runs of line pixels in rows that are thin enough."""
    padded = np.pad(lines, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    y, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)  # in the same order: each run starts and ends once
    before, behind = start - BESIDE, end - 1 + BESIDE
    fits = (end - start <= THICKEST) & (before >= 0) & (behind < lines.shape[1])
    return y[fits], before[fits], behind[fits]


def _differences(image: ByteImage, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float32]:
    """CIEDE2000 between the pixels of uint8 H,W,3 at two lists of places."""
    flat = image.reshape(-1, 3)
    return ciede2000(srgb_to_lab(flat[one]), srgb_to_lab(flat[other])).astype(np.float32, copy=False)


def flat(truth: ByteImage, regions: Labels, told: NDArray[np.bool_]) -> RegionPixels:
    """Regions that a hint tells of and that have one color in the truth: their pixels that are not beside lines."""
    inside = cv2.erode((regions > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    found = RegionPixels.find(regions, np.where(inside & told[regions], regions, 0).astype(np.int32))
    even = [(_from_median(own) <= FLAT).mean() >= 0.95 for own in found.colors(truth)]
    return RegionPixels(
        found.numbers[even], [pixels for pixels, is_flat in zip(found.pixels, even, strict=True) if is_flat]
    )


def blotches(image: ByteImage, regions: RegionPixels) -> float | None:
    """Share of pixels that differ by more than CIEDE2000 10 from the median color of their region in the picture.

    Args:
        image: uint8 H,W,3 RGB.
        regions: Regions of `flat`: where the truth itself has next to none.
    """
    odd = [_from_median(own) > ALIKE for own in regions.colors(image)]
    return _share(np.concatenate(odd)) if odd else None


def _from_median(colors: Lab) -> NDArray[np.float32]:
    """CIEDE2000 of each of N,3 colors from the median of all."""
    return ciede2000(colors, np.median(colors, axis=0)).astype(np.float32, copy=False)


def _share(right: NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if right.size else None
