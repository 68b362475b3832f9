"""Regions that no stroke tells of, by what they are: the color of the region that is most like them, or paper.

A network reads the line art alone, once, and places each region among kinds of things (see `networks.kinship`). Two
regions are the more alike the nearer they lie to one another there, and a region is paper that is likelier paper than
like any region that strokes gave a color. It needs no painter, and no run after a stroke.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import Geometry
from ..imaging.packed import pack, unpack
from ..imaging.regions import Regions
from .vote import NEIGHBOR, NETWORK, PAPER, STROKE, STROKES, Votes

FEATURES = 32  # of a block of the line art: how likely it is paper, and its place among kinds of things
BLOCK = 4  # side of the blocks, pixels
SIDE = 256  # long side of the line art that the network reads: what a thing is does not hang on its details
STEP = 2  # pixels of it from one place to the next where regions are looked up
PAGED = 1.8  # added to how likely a region of the page is paper: a page that floods is worse than white cloth
LED = 2.0  # nearer: so much more like a region has to be than the one a pass leads to
SLIVER = 4  # places: smaller regions speak only where no larger one has their color


class Kinship(NamedTuple):
    """What the regions of a drawing are.

    Attributes:
        paper: float32 R, how likely each is paper.
        kinds: float32 R,D, its place among kinds of things.
        sizes: int64 R, places on which that rests, at least 1.
    """

    paper: NDArray[np.float32]
    kinds: NDArray[np.float32]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, features: NDArray[np.float32], regions: Regions, geometry: Geometry) -> "Kinship":
        """The means of the network's features over regions.

        Args:
            features: float32 `FEATURES`,H,W of its blocks; the first says how likely they are paper.
            regions: Regions of the drawing.
            geometry: How the drawing lies in what the network read.
        """
        height, width = regions.labels.shape
        rows, columns = (np.arange(STEP // 2, side, STEP) for side in geometry.working[::-1])
        y, x = (_scale(rows, geometry.working_height, height), _scale(columns, geometry.working_width, width))
        labels = np.where(regions.walls[np.ix_(y, x)], len(regions), regions.labels[np.ix_(y, x)]).ravel()
        found = features[:, rows[:, None] // BLOCK, columns // BLOCK].reshape(len(features), -1)
        sizes = np.bincount(labels, minlength=len(regions) + 1)[:-1]
        sums = np.stack([np.bincount(labels, band, len(regions) + 1)[:-1] for band in found], 1)
        hidden = sizes == 0  # too narrow for these places
        y, x = np.divmod(regions.seeds[hidden], width)
        y, x = _scale(y, height, geometry.working_height), _scale(x, width, geometry.working_width)
        sums[hidden] = features[:, y // BLOCK, x // BLOCK].T
        sizes = np.maximum(sizes, 1)
        means = (sums / sizes[:, None]).astype(np.float32)
        return cls(means[:, 0], means[:, 1:], sizes)


def _scale(places: NDArray[np.int64], side: int, other: int) -> NDArray[np.int64]:
    """Places on one side, on another."""
    return np.minimum((places + 0.5) * other / side, other - 1).astype(np.int64)


def choose_kin(kinship: Kinship, votes: Votes, regions: Regions) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The color of each region that no stroke tells of; a room has one.

    A part of the page may be one of the figure, which a gap or the drawing's border opens: there a color has to be
    likelier than paper by `PAGED`. Each region of the page is asked by itself. Where a pass led a color into a room
    without a stroke, that color stays unless a region of another one is more like it by `LED`. A region speaks for
    others where a stroke lies in it.

    Args:
        kinship: What the regions are.
        votes: Votes of the strokes; at least one gives a color, and at least one none.
        regions: Regions of the drawing.

    Returns:
        uint8 R,3: the votes' colors, and for regions without one a color that strokes gave to another, or white. And
        bool R, the regions that are paper.
    """
    count = len(regions)
    colors, paper = votes.colors.copy(), votes.reasons == PAPER
    led = _find_led(votes, regions)
    asked = paper | (votes.reasons == NETWORK) | led
    told = np.flatnonzero(~asked & (votes.leaders >= 0))
    codes, numbers = np.unique(pack(votes.colors[told]), return_inverse=True)
    spoken = np.isin(votes.reasons[told], (STROKE, STROKES))
    order = np.lexsort((-kinship.sizes[told], ~spoken, numbers))
    told, numbers, spoken = told[order], numbers[order], spoken[order]
    first = np.append(True, numbers[1:] != numbers[:-1])  # the largest of each color
    speaks = first | spoken & (kinship.sizes[told] >= SLIVER)
    told, starts = told[speaks], np.flatnonzero(first[speaks])

    rooms = np.where(paper, count + np.arange(count), regions.rooms + 2 * count * led)
    rooms, one, members = np.unique(rooms[asked], return_index=True, return_inverse=True)
    one, led = np.flatnonzero(asked)[one], led[asked][one]
    weights = kinship.sizes[asked].astype(np.float32)
    likely = kinship.paper + np.float32(PAGED) * paper
    features = np.concatenate([likely[asked, None], kinship.kinds[asked]], 1) * weights[:, None]
    bins = members[:, None] * features.shape[1] + np.arange(features.shape[1])
    means = np.bincount(bins.ravel(), features.ravel(), len(rooms) * features.shape[1]).reshape(len(rooms), -1)
    means = (means / np.bincount(members, weights, len(rooms))[:, None]).astype(np.float32)

    given, wanted = kinship.kinds[told], means[:, 1:]
    apart = (wanted**2).sum(1)[:, None] + (given**2).sum(1) - 2 * wanted @ given.T
    least = np.minimum.reduceat(apart, starts, 1)
    best, every = least.argmin(1), np.arange(len(rooms))
    blank = ~led & (-least[every, best] <= means[:, 0])
    own = np.where(led, np.searchsorted(codes, pack(votes.colors[one])), best)
    best = np.where(least[every, own] <= least[every, best] + LED, own, best)
    colors[asked] = unpack(codes)[best[members]]
    paper[asked] = blank[members]
    colors[paper] = 255
    return colors, paper


def _find_led(votes: Votes, regions: Regions) -> NDArray[np.bool_]:
    """bool R: regions of rooms without a stroke into which a pass led a color."""
    heard = np.zeros(len(regions) + 1, bool)
    heard[regions.rooms[(votes.reasons != NEIGHBOR) & (votes.leaders >= 0)]] = True
    led: NDArray[np.bool_] = (votes.reasons == NEIGHBOR) & (votes.leaders >= 0) & ~heard[regions.rooms]
    return led
