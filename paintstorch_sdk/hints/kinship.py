"""Regions that no stroke tells of, by what they are: the color of the region that is most like them, or paper.

A network reads the line art alone, once, and places each region among kinds of things (see `networks.kinship`). Two
regions are the more alike the nearer they lie to one another there. It also says which colors suit what a region
is, as skin does a face, and that counts as much as the colors of the regions with strokes suit those: where people
are green, it does not count. A region is paper that is likelier paper than of any color. It needs no painter, and no
run after a stroke.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import Geometry
from ..imaging.metrics import srgb_to_lab
from ..imaging.packed import pack, unpack
from ..imaging.regions import Regions
from .marks import Marks
from .meaning import find_dots
from .vote import NEIGHBOR, NETWORK, PAPER, STROKE, STROKES, TONE, Votes

KINDS = 31  # numbers that say where among kinds of things something is
HUES = 6  # of the tints, in steps of 60 degrees
TINTS = np.array(
    [(lightness, 0.0, 0.0) for lightness in (10, 35, 60, 85)]
    + [
        (lightness, chroma * np.cos(hue * 2 * np.pi / HUES), chroma * np.sin(hue * 2 * np.pi / HUES))
        for chroma, steps in ((25, (30, 55, 80)), (60, (45, 65)))
        for lightness in steps
        for hue in range(HUES)
    ],
    np.float32,
)  # L*a*b*
TINT_SPREAD = 12.0  # in L*a*b*: a color is of all tints nearby
FEATURES = 1 + KINDS + len(TINTS)  # of a block of the line art: how likely it is paper, its kind, what tints suit it
BLOCK = 4  # side of the blocks, pixels
SIDE = 256  # long side of the line art that the network reads: what a thing is does not hang on its details
STEP = 2  # pixels of it from one place to the next where regions are looked up
AT_BORDER = 1.8  # added to how likely a region at the drawing's border is paper: a flood is worse than white cloth;
PAGED = 3.0  # and a region of the page
BORDERING = 1.6  # apart: no farther regions at the border, both of the page or neither, are of one thing there
LED, LED_DOT = 2.0, 1.0  # nearer: so much more like a region has to be than the one a pass leads to, or a pass to a dot
CROSSED = 2.0  # added to a color in a room that one of its strokes crosses without meaning it
DOTTED, DETAIL = 0.7, 100  # less alike is what dots alone told of, on so few places: a star, an eye
LARGER = 0.5  # less alike, for each time that a region is e times larger than twice all that was told of a color
SLIVER = 4  # places: smaller regions speak only where no larger one has their color
CORNER = 16  # places: a smaller region at the border is a corner that lines cut off, and of nothing told there


class Kinship(NamedTuple):
    """What the regions of a drawing are.

    Attributes:
        paper: float32 R, how likely each is paper.
        kinds: float32 R,D, its place among kinds of things.
        suits: float32 R,`len(TINTS)`, how well each tint suits it.
        sizes: int64 R, places on which that rests, at least 1.
    """

    paper: NDArray[np.float32]
    kinds: NDArray[np.float32]
    suits: NDArray[np.float32]
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
        here = np.ix_(y, x)
        labels = np.where(regions.walls[here], len(regions), regions.labels[here]).ravel()
        across, blocks = features.shape[2], np.ascontiguousarray(features.reshape(len(features), -1).T)
        seen = labels.astype(np.int64) * len(blocks) + (rows[:, None] // BLOCK * across + columns // BLOCK).ravel()
        pairs, counts = np.unique(seen, return_counts=True)
        end = np.searchsorted(pairs, len(regions) * len(blocks))  # those of lines come last
        labels, block = np.divmod(pairs[:end], len(blocks))
        found, first = np.unique(labels, return_index=True)
        sizes, sums = np.zeros(len(regions), np.int64), np.zeros((len(regions), len(features)), np.float32)
        if found.size:
            sizes[found] = np.add.reduceat(counts[:end], first)
            sums[found] = np.add.reduceat(blocks[block] * counts[:end, None].astype(np.float32), first)
        hidden = sizes == 0  # too narrow for these places
        y, x = np.divmod(regions.seeds[hidden], width)
        y, x = _scale(y, height, geometry.working_height), _scale(x, width, geometry.working_width)
        sums[hidden] = blocks[y // BLOCK * across + x // BLOCK]
        sizes = np.maximum(sizes, 1)
        means: NDArray[np.float32] = np.divide(sums, sizes[:, None], dtype=np.float32)
        return cls(means[:, 0], means[:, 1 : 1 + KINDS], means[:, 1 + KINDS :], sizes)


def _scale(places: NDArray[np.int64], side: int, other: int) -> NDArray[np.int64]:
    """Places on one side, on another."""
    return np.minimum((places + 0.5) * other / side, other - 1).astype(np.int64)


def weigh_tints(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each tint colors are: float32 K,3 L*a*b* to K,`len(TINTS)`, each sums to 1."""
    far = ((lab[:, None] - TINTS) ** 2).sum(2) / (2 * TINT_SPREAD**2)
    near = np.exp(far.min(1, keepdims=True) - far)
    weights: NDArray[np.float32] = (near / near.sum(1, keepdims=True)).astype(np.float32)
    return weights


class _Told(NamedTuple):
    """The regions that speak for others, sorted by color.

    Attributes:
        codes: uint32 K, the colors, packed and sorted.
        regions: int64 T, the regions.
        numbers: int64 T, the place of the color of each.
        starts: int64 K, where each color begins among the regions.
        sizes: int64 K, places of all the regions of each.
        details: bool K, whether dots alone told of each, and of little, while others were told of in other ways.
    """

    codes: NDArray[np.uint32]
    regions: NDArray[np.int64]
    numbers: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    details: NDArray[np.bool_]


class _Rooms(NamedTuple):
    """What is asked for its color: rooms, and regions at the border one by one.

    Attributes:
        regions: int64 N, a region of each.
        kinship: Means over each; `paper` with what is added to it at the border.
        bordering: bool N, whether it is a region at the border.
        led: bool N, whether a pass or its tone gave it a color.
    """

    regions: NDArray[np.int64]
    kinship: Kinship
    bordering: NDArray[np.bool_]
    led: NDArray[np.bool_]


def choose_kin(
    kinship: Kinship, votes: Votes, marks: Marks, regions: Regions
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The color of each region that no stroke tells of; a room has one.

    A region at the drawing's border that no stroke tells of is paper, or a part of the figure that a gap or the border
    opens: there a color has to be likelier than paper by `AT_BORDER`, unless it was told at the border, too. Each such
    region is asked by itself. Where a pass led a color into a room without a stroke, or its tone gave it one, that
    color stays unless a region of another one is more like it by `LED`, that of a dot by `LED_DOT`. A color of which a
    stroke crosses a room is likelier there by `CROSSED`. A region speaks for others where a stroke lies in it, and
    less loudly where that is a dot on little: who means all of a thing draws a stroke.

    Args:
        kinship: What the regions are.
        votes: Votes of the strokes; at least one gives a color, and at least one none.
        marks: The strokes.
        regions: Regions of the drawing.

    Returns:
        uint8 R,3: the votes' colors, and for regions without one a color that strokes gave to another, or white. And
        bool R, the regions that are paper.
    """
    colors, paper = votes.colors.copy(), votes.reasons == PAPER
    led = _find_led(votes, regions)
    asked = np.flatnonzero(paper | (votes.reasons == NETWORK) | led)
    dots = find_dots(marks)
    told = _find_told(kinship, votes, dots, asked)
    rooms, members = _average_rooms(kinship, regions, asked, paper, led)
    scores, every = _score_colors(rooms, told, kinship, regions), np.arange(len(rooms.regions))
    _add_crossed(scores, rooms, told, votes, marks, regions)
    best = scores.argmax(1)
    blank = ~rooms.led & (scores[every, best] <= rooms.kinship.paper)
    own = np.where(rooms.led, np.searchsorted(told.codes, pack(votes.colors[rooms.regions])), best)
    leaders = votes.leaders[rooms.regions]
    lead = np.where((leaders >= 0) & dots[leaders], np.float32(LED_DOT), np.float32(LED))
    best = np.where(scores[every, best] <= scores[every, own] + lead, own, best)
    colors[asked] = unpack(told.codes)[best[members]]
    paper[asked] = blank[members]
    colors[paper] = 255
    return colors, paper


def _find_told(kinship: Kinship, votes: Votes, dots: NDArray[np.bool_], asked: NDArray[np.int64]) -> _Told:
    """Regions with a stroke of their own, and the largest of each color whatever it has."""
    told = np.setdiff1d(np.flatnonzero(votes.leaders >= 0), asked)
    codes, numbers = np.unique(pack(votes.colors[told]), return_inverse=True)
    spoken = np.isin(votes.reasons[told], (STROKE, STROKES))
    order = np.lexsort((-kinship.sizes[told], ~spoken, numbers))
    told, numbers, spoken = told[order], numbers[order], spoken[order]
    first = np.append(True, numbers[1:] != numbers[:-1])  # the largest of each color
    speaks = first | spoken & (kinship.sizes[told] >= SLIVER)
    told, numbers, starts = told[speaks], numbers[speaks], np.flatnonzero(first[speaks])
    sizes = np.add.reduceat(kinship.sizes[told], starts)
    details = np.logical_and.reduceat(dots[votes.leaders[told]], starts) & (sizes <= DETAIL)
    return _Told(codes, told, numbers, starts, sizes, details & ~details.all())


def _average_rooms(
    kinship: Kinship, regions: Regions, asked: NDArray[np.int64], paper: NDArray[np.bool_], led: NDArray[np.bool_]
) -> tuple[_Rooms, NDArray[np.int64]]:
    """The rooms of the regions that are asked, and the place of each region's."""
    count = len(regions)
    rooms = np.where(paper, count + np.arange(count), regions.rooms + 2 * count * led)
    _, one, members = np.unique(rooms[asked], return_index=True, return_inverse=True)
    one = asked[one]
    weights = kinship.sizes[asked].astype(np.float32)
    sizes = np.bincount(members, weights, len(one))
    likely = kinship.paper + paper * (AT_BORDER + PAGED * regions.page).astype(np.float32)
    features = np.concatenate([likely[asked, None], kinship.kinds[asked], kinship.suits[asked]], 1) * weights[:, None]
    bins = members[:, None] * features.shape[1] + np.arange(features.shape[1])
    sums = np.bincount(bins.ravel(), features.ravel(), len(one) * features.shape[1]).reshape(len(one), -1)
    means: NDArray[np.float32] = (sums / sizes[:, None]).astype(np.float32)
    kinds = kinship.kinds.shape[1]
    found = Kinship(means[:, 0], means[:, 1 : 1 + kinds], means[:, 1 + kinds :], sizes.astype(np.int64))
    return _Rooms(one, found, paper[one], led[one]), members


def _score_colors(rooms: _Rooms, told: _Told, kinship: Kinship, regions: Regions) -> NDArray[np.float32]:
    """float32 N,K: how likely each room has each color, on the scale of how likely it is paper."""
    given, wanted = kinship.kinds[told.regions], rooms.kinship.kinds
    apart = (wanted**2).sum(1)[:, None] + (given**2).sum(1) - 2 * wanted @ given.T
    alike = regions.page[rooms.regions][:, None] == regions.page[told.regions]
    bordering = rooms.bordering & (rooms.kinship.sizes >= CORNER)
    apart -= np.float32(AT_BORDER) * (alike & regions.outer[told.regions] & bordering[:, None] & (apart < BORDERING))
    tints = weigh_tints(srgb_to_lab(unpack(told.codes)))
    usual = (kinship.suits[told.regions] * tints[told.numbers]).sum(1).mean()
    suits = rooms.kinship.suits @ tints.T / (1 + np.exp(-usual))
    larger = np.log(rooms.kinship.sizes[:, None] / (2 * told.sizes))
    scores: NDArray[np.float32] = suits - np.minimum.reduceat(apart, told.starts, 1)
    scores -= (LARGER * np.maximum(larger, 0) + DOTTED * told.details).astype(np.float32)
    return scores


def _add_crossed(
    scores: NDArray[np.float32], rooms: _Rooms, told: _Told, votes: Votes, marks: Marks, regions: Regions
) -> None:
    """Make the colors of strokes likelier in rooms that they cross, in place."""
    mark, room = votes.crossed
    codes = pack(marks.colors)[mark]
    place = np.minimum(np.searchsorted(told.codes, codes), len(told.codes) - 1)
    known = told.codes[place] == codes
    wanted = np.zeros((len(regions), len(told.codes)), bool)
    wanted[room[known], place[known]] = True
    scores += np.float32(CROSSED) * wanted[regions.rooms[rooms.regions]]


def _find_led(votes: Votes, regions: Regions) -> NDArray[np.bool_]:
    """bool R: regions of rooms without a stroke into which a pass led a color, or that have one by their tone."""
    heard, told = np.zeros(len(regions) + 1, bool), votes.leaders >= 0
    led: NDArray[np.bool_] = np.isin(votes.reasons, (NEIGHBOR, TONE))
    heard[regions.rooms[told & ~led]] = True
    led &= told & ~heard[regions.rooms]
    return led
