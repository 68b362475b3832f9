"""Colors of the key frames carried over a shot, region by region.

Most regions have one color. Where lines leave a gap in one frame, or the key's painter changed colors without a line,
a region has several: those are carried pixel by pixel, along the flow.
"""

from dataclasses import dataclass, field, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.deflate import pack_map, unpack_map
from .flow import warp
from .matching import Matches
from .segments import Segments

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]

UNKNOWN = -1  # number of a color: none
DOUBT = 0.5  # of confidence: regions below are doubtful
GUESSED = 0.1  # confidence of a color that only the regions beside speak for
SHARE = 0.04  # of a region: a second color covers at least as much
GAP = 1.3  # times the square root of a color's pixels: where it meets another for longer, without a line, it was none
OUTSIDE = 2**16 - 1  # of a warped map of regions: no region is there
CORE = 2  # pixels of the small map: what is no wider than twice that along a border is the flow's error, no color


@dataclass(frozen=True, eq=False)
class Coloring:
    """The colors of one frame's regions.

    Attributes:
        colors: int32 R, number of each region's main color in the shot's palette; `UNKNOWN` where nothing is known.
        confidence: float32 R, 0 to 1.
        keys: int32 R, the key frame that the color came from; -1 where nothing is known.
        packed: `parts` and 1, in few bytes: thousands of frames are held at once.
        unlined: int32, numbers of the regions whose several colors no line parted in the key frame either.
    """

    colors: Numbers
    confidence: Floats
    keys: Numbers
    packed: NDArray[np.uint8] | None = None
    unlined: Numbers = field(default_factory=lambda: np.zeros(0, np.int32))

    @classmethod
    def of(cls, colors: Numbers, confidence: Floats, keys: Numbers, parts: Numbers | None) -> Self:
        """A coloring with `parts`."""
        if parts is None or not (parts >= 0).any():
            return cls(colors, confidence, keys)
        kind = np.uint8 if parts.max() < 255 else np.uint16
        return cls(colors, confidence, keys, pack_map((parts + 1).astype(kind)))

    def __len__(self) -> int:
        return len(self.colors)

    @property
    def parts(self) -> Numbers | None:
        """int32 h,w of the small map: the color of each pixel of regions with several, `UNKNOWN` elsewhere.

        None where each region has one.
        """
        if self.packed is None:
            return None
        parts: Numbers = unpack_map(self.packed).astype(np.int32)
        parts -= 1
        return parts

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """bool R."""
        return self.confidence < DOUBT

    def paint(self, labels: Numbers) -> Numbers:
        """The color of each pixel of the small map."""
        parts = self.parts
        return self.colors[labels] if parts is None else self.lay(parts, labels)

    def lay(self, parts: Numbers, labels: Numbers) -> Numbers:
        """The color of each pixel of the small map, `parts` known."""
        return np.where(parts >= 0, parts, self.colors[labels])


def carry(
    coloring: Coloring,
    matches: Matches,
    first: Segments,
    second: Segments,
    wanted: NDArray[np.bool_] | None = None,
) -> Coloring:
    """The colors of the second frame, as far as the first tells them; several a region only in those `wanted`."""
    one, other = matches.pairs.T
    weights = matches.weights * coloring.confidence[one]
    known = coloring.colors[one] >= 0
    colors, confidence, keys = _vote(one[known], other[known], weights[known], coloring, len(second))
    parts = _carry_parts(coloring, matches, first, second, wanted)
    if parts is not None:
        inside, most = parts >= 0, int(parts.max()) + 1
        codes = second.labels[inside].astype(np.int64) * most + parts[inside]
        counts = np.bincount(codes, minlength=len(second) * most).reshape(-1, most)
        mixed = counts.any(1)
        colors[mixed] = counts[mixed].argmax(1)
    unlined = np.unique(other[matches.held & np.isin(one, coloring.unlined)])
    return replace(Coloring.of(colors, confidence, keys, parts), unlined=unlined.astype(np.int32))


def _vote(
    one: Numbers, other: Numbers, weights: Floats, coloring: Coloring, count: int
) -> tuple[Numbers, Floats, Numbers]:
    colors, keys = np.full((2, count), UNKNOWN, np.int32)
    confidence = np.zeros(count, np.float32)
    if not len(one):
        return colors, confidence, keys
    palette = int(coloring.colors.max()) + 1
    ballots, place = np.unique(other.astype(np.int64) * palette + coloring.colors[one], return_inverse=True)
    says = np.bincount(place, weights)
    order = np.lexsort((-says, ballots // palette))
    region, at = np.unique((ballots // palette)[order], return_index=True)
    best = order[at]
    colors[region] = ballots[best] % palette
    confidence[region] = np.minimum(says[best], 1.0)
    order = np.lexsort((-weights, other))
    region, at = np.unique(other[order], return_index=True)
    keys[region] = coloring.keys[one[order[at]]]
    return colors, confidence, keys


def _carry_parts(
    coloring: Coloring, matches: Matches, first: Segments, second: Segments, wanted: NDArray[np.bool_] | None
) -> Numbers | None:
    """See `Coloring.parts`: regions of the second frame into which different colors flowed that belong there."""
    if first.labels.shape != second.labels.shape:
        return None
    one, other = matches.pairs[matches.held].T
    colors = coloring.colors[one]
    most = np.full(len(second), UNKNOWN)
    np.maximum.at(most, other, colors)
    least = np.full(len(second), np.iinfo(np.int32).max)
    np.minimum.at(least, other[colors >= 0], colors[colors >= 0])
    several = most > least
    before = coloring.parts
    if before is not None:
        mixed = np.bincount(first.labels[before >= 0], minlength=len(first)) > 0
        several[other[mixed[one]]] = True
    if wanted is not None:
        several &= wanted
    if not several.any():
        return None
    at = np.flatnonzero(np.stack([several, np.zeros_like(several)], 1).ravel().take(second.joined))  # off the lines
    flow = cv2.resize(matches.flow, second.labels.shape[::-1], interpolation=cv2.INTER_LINEAR)
    none = np.zeros_like(first.joined)
    known = cv2.merge([first.joined, none if before is None else (before + 1).astype(np.uint16)])
    source, part = warp(known, flow, cv2.INTER_NEAREST, outside=OUTSIDE).reshape(-1, 2).take(at, axis=0).T
    is_inside = source != OUTSIDE
    at, source, part = at[is_inside], (source[is_inside] >> 1).astype(np.int64), part[is_inside].astype(np.int32)
    came = np.where(part > 0, part - 1, coloring.colors.take(source))
    inside = second.labels.ravel().take(at)
    paired = np.zeros((len(first), len(second)), bool)
    paired[one, other] = several[other]
    belongs = paired.ravel().take(source * len(second) + inside) & (came >= 0)
    at, source, came, inside = at[belongs], source[belongs], came[belongs], inside[belongs]
    if not at.size:
        return None
    count = int(came.max()) + 1
    counts = np.bincount(inside.astype(np.int64) * count + came, minlength=len(second) * count)
    large = counts.reshape(len(second), count) >= SHARE * second.area[:, None]
    numbers = np.full(len(first), UNKNOWN, np.int32)
    numbers[coloring.unlined] = coloring.unlined
    colors_there, unlined, parts = np.full((3, *second.labels.shape), UNKNOWN, np.int32)
    colors_there.ravel()[at], unlined.ravel()[at] = came, numbers.take(source)
    for region in np.flatnonzero(large.sum(1) >= 2).tolist():
        _part(region, np.flatnonzero(large[region]), colors_there, unlined, second, parts)
    return parts if (parts >= 0).any() else None


def _part(
    region: int, large: NDArray[np.int64], came: Numbers, source: Numbers, second: Segments, parts: Numbers
) -> None:
    """Part a region, in place, where more than one of some colors has more than a rim of it.

    Colors that no line parted in the key stay; those of two regions are parted where a gap has opened in the line
    between them, not where all of that line is gone: one of them was uncovered, then. `came` is the color that flowed
    to each pixel, -1 where none did that belongs there; `source` the region that it came from, -1 where lines parted
    it.
    """
    left, top, width, height = cv2.boundingRect((second.labels == region).view(np.uint8))
    box = np.s_[top : top + height, left : left + width]
    inside = second.labels[box] == region
    colors = np.where(inside, came[box], UNKNOWN)
    cores = np.full(inside.shape, UNKNOWN, np.int32)
    around = np.ones((2 * CORE + 1, 2 * CORE + 1), np.uint8)
    found = 0
    for color in large.tolist():
        spot = (colors == color).view(np.uint8)
        core = cv2.erode(spot, around, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        if core.any():
            np.copyto(cores, np.int32(color), where=cv2.bitwise_and(cv2.dilate(core, around), spot).view(bool))
            found += 1
    if found < 2:
        return
    known = cores >= 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    filled = np.where(inside, cores[known][nearest - 1], UNKNOWN)
    before = source[box][known][nearest - 1]
    free = ~second.walls[box]
    seams: dict[int, int] = {}
    for here, beside in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        seam = inside[here] & inside[beside] & free[here] & free[beside]
        seam &= (filled[here] != filled[beside]) & ((before[here] != before[beside]) | (before[here] < 0))
        for side in (here, beside):
            for color, length in zip(*np.unique(filled[side][seam], return_counts=True), strict=True):
                seams[int(color)] = seams.get(int(color), 0) + int(length)
    for color, length in seams.items():
        if length > GAP * np.sqrt(np.count_nonzero(filled == color)):
            filled[filled == color] = UNKNOWN
    if len(np.unique(filled[filled >= 0])) >= 2:
        parts[box][filled >= 0] = filled[filled >= 0]


def merge(first: Coloring, second: Coloring, labels: Numbers) -> Coloring:
    """The surer of two colors of each region; where two keys say the same, it is surer than either."""
    better = second.confidence > first.confidence
    same = (first.colors == second.colors) & (first.colors >= 0) & (first.keys != second.keys)
    agreed = 1.0 - (1.0 - first.confidence) * (1.0 - second.confidence)
    confidence = np.where(same, agreed, np.maximum(first.confidence, second.confidence)).astype(np.float32)
    parts = None
    if first.packed is not None or second.packed is not None:
        none = np.full(labels.shape, UNKNOWN, np.int32)
        both = [none if (own := one.parts) is None else own for one in (first, second)]
        parts = np.where(better[labels], both[1], both[0])
    colors, keys = np.where(better, second.colors, first.colors), np.where(better, second.keys, first.keys)
    unlined = np.union1d(first.unlined, second.unlined).astype(np.int32)
    return replace(Coloring.of(colors, confidence, keys, parts), unlined=unlined)


def guess(coloring: Coloring, segments: Segments) -> Coloring:
    """Colors for regions that have none: of the largest region beside each, and doubtful."""
    numbers, confidence = coloring.colors.copy(), coloring.confidence.copy()
    a, b = np.concatenate([segments.neighbors, segments.neighbors[:, ::-1]]).T
    while True:
        open_ = (numbers[a] < 0) & (numbers[b] >= 0)
        if not open_.any():
            return replace(coloring, colors=numbers, confidence=confidence)
        here, beside = a[open_], b[open_]
        order = np.lexsort((-segments.area[beside], here))
        region, first = np.unique(here[order], return_index=True)
        numbers[region] = numbers[beside[order[first]]]
        confidence[region] = GUESSED
