"""Strokes vote for regions: who decides a region's color, and why.

People draw strokes to say "this is blue", not where blue ends: strokes spill over lines, dots of blush lie on a cheek,
a blob covers more than the eye it means. So a region takes the color of the strokes that say most in it; a smaller
stroke of another color stays where it was drawn; what a stroke only spills into is not asked (`meaning`). Regions with
a wide pass between them vote together, regions without a stroke take the color of the next one that a wide enough pass
leads to, and paper without a stroke stays paper.
"""

import heapq
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ..imaging.metrics import srgb_to_lab
from ..imaging.regions import Regions
from .marks import Marks, Places
from .meaning import find_meaning

Reason = Literal["paper", "stroke", "strokes", "neighbor", "tone", "network"]
REASONS: tuple[Reason, ...] = get_args(Reason)

DOT_SAY = 0.5  # what a dot says beside a stroke that is drawn out
RIVAL = 0.4  # of the loudest color's say: another color with as much shares the region
SHADED = 0.15  # instead, for a lighter or darker shade of it that was drawn within the lines
SHADES = 18.0  # in a* and b*: colors no further apart are shades of one
MAX_RIVALS = 8  # colors that share a region; of more, the loudest
KEEP = (
    0.5  # of what the loudest color says per pixel of its regions: a region with as much from its own strokes keeps it
)
SMALLEST = np.float32(1e-6)  # pixels: no ball is smaller
LED = 0.12  # of the smaller region's ball: through as wide a pass a region without a stroke takes a color
TONED = 10  # levels under the paper: a tone
TONE_MATCH = 5  # levels: tones no further apart are one

PAPER, STROKE, STROKES, NEIGHBOR, TONE, NETWORK = range(6)  # places of `REASONS`


@dataclass(frozen=True, eq=False)
class Votes:
    """The decisions of the strokes.

    Attributes:
        reasons: int8 R, the place in `REASONS` of why each region has its color.
        colors: uint8 R,3, red, green, blue of each region; meaningless where the network decides.
        leaders: int32 R, the mark that decided, or -1.
        rivals: Marks of each color, for each region in which several colors have about the same say.
        owned: int64 K, sorted: `mark * R + region` where a mark lies as meant, not as spill.
        inked: int64 K, marks that say nothing, since they lie on ink.
        crossed: int64 2,K, marks and rooms in which a good part of a mark lies, not as meant.
        rooms: How each room was decided, with what that depends on.
    """

    reasons: NDArray[np.int8]
    colors: NDArray[np.uint8]
    leaders: NDArray[np.int32]
    rivals: dict[int, list[NDArray[np.int64]]]
    owned: NDArray[np.int64]
    inked: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    crossed: Places = field(default_factory=lambda: np.zeros((2, 0), np.int64))
    rooms: "dict[int, tuple[bytes, _Decision]]" = field(default_factory=dict)


class _Voters(NamedTuple):
    """Marks and regions of a room that have something in common.

    Attributes:
        mark: int64 K, the mark.
        region: int64 K, the region that it means.
        area: int64 K, pixels that they have in common.
        brush: int64 K, a number of the mark's color; nearly equal ones have the same.
        dot: bool K, whether it is not drawn out.
        backdrop: bool K, whether on the page it is for all of the page, and no mark beside a figure.
        clears: bool K, whether it is white and leaves paper white at the drawing's border.
        within: bool K, whether it crosses no line.
        hue: float32 K,2, its color's a* and b*.
    """

    mark: Places
    region: Places
    area: Places
    brush: Places
    dot: NDArray[np.bool_]
    backdrop: NDArray[np.bool_]
    clears: NDArray[np.bool_]
    within: NDArray[np.bool_]
    hue: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Decision:
    """The reasons and leaders of the members of a room, and the rivals in them (see `Votes`)."""

    reasons: NDArray[np.int8]
    leaders: NDArray[np.int32]
    rivals: dict[int, list[NDArray[np.int64]]]


def count_votes(regions: Regions, marks: Marks, before: Votes | None = None) -> Votes:
    """Decide the colors of regions.

    Args:
        regions: Regions of the drawing.
        marks: Marks on its label map.
        before: Votes on the same drawing: rooms in which nothing changed are not decided again.
    """
    count = len(regions)
    reasons = np.full(count, NETWORK, np.int8)
    colors = np.full((count, 3), 255, np.uint8)
    leaders = np.full(count, -1, np.int32)
    rivals: dict[int, list[NDArray[np.int64]]] = {}
    rooms: dict[int, tuple[bytes, _Decision]] = {}
    meaning = find_meaning(regions, marks)
    mark, region, area = meaning.mark, meaning.region, meaning.area
    hues = srgb_to_lab(marks.colors)[:, 1:]
    order = np.argsort(regions.rooms[region], kind="stable")
    groups, first = np.unique(regions.rooms[region][order], return_index=True)
    for group, here in zip(groups.tolist(), np.split(order, first[1:]), strict=False):
        names = mark[here]
        of_mark = meaning.brush, meaning.dot, meaning.backdrop, meaning.clears, meaning.within, hues
        voters = _Voters._make([names, region[here], area[here], *(one[names] for one in of_mark)])
        told = b"".join(one.tobytes() for one in voters)
        known = before.rooms.get(group) if before else None
        if known is None or known[0] != told:
            known = told, _decide(group, regions, voters)
        rooms[group] = known
        members = regions.members[group]
        reasons[members], leaders[members] = known[1].reasons, known[1].leaders
        rivals |= known[1].rivals
    told_regions = leaders >= 0
    colors[told_regions] = marks.colors[leaders[told_regions]]
    reasons[regions.outer & (reasons == NETWORK) & (regions.tone >= regions.sheet_tone - TONED)] = PAPER
    _lead_on(regions, reasons, colors, leaders)
    _match_tones(regions, meaning.dot, reasons, colors, leaders)
    owned = mark * count + region
    return Votes(reasons, colors, leaders, rivals, owned, meaning.inked, meaning.crossed, rooms)


def _decide(group: int, regions: Regions, voters: _Voters) -> _Decision:
    """Find the marks that lead the regions of one room."""
    members = regions.members[group]
    decision = _Decision(np.full(len(members), NETWORK, np.int8), np.full(len(members), -1, np.int32), {})
    reasons, leaders = decision.reasons, decision.leaders
    page = bool(regions.page[group])
    if page:
        if not voters.backdrop.any():
            return decision
        voters = _Voters._make(one[voters.backdrop | voters.clears] for one in voters)
    mark, region, area = voters[:3]
    if mark.size == 1:
        reasons[:], leaders[:] = STROKE if page else NEIGHBOR, mark
        reasons[members == region] = STROKE
        return decision
    counts = ~voters.dot | voters.dot.all() | voters.clears
    say = area.astype(np.float64) * np.where(counts, 1.0, DOT_SAY)
    brush, (names, voter) = np.unique(voters.brush, return_inverse=True)[1], np.unique(mark, return_inverse=True)
    total = _says(brush, say, voter)
    loudest = int(total.argmax())
    leader = names[_largest(voter, say, brush == loudest)]
    cover = total[loudest] / max(regions.area[members].sum(), 1)
    loud_in = np.unique(region[brush == loudest])
    reasons[:], leaders[:] = STROKE if page else NEIGHBOR, leader
    reasons[np.searchsorted(members, loud_in)] = STROKE
    for member in np.unique(region[counts]).tolist():
        drawn = (region == member) & counts
        local = _says(brush[drawn], say[drawn], voter[drawn], len(total))
        best = int(local.argmax())
        if best != loudest and local[best] < KEEP * cover * regions.area[member]:
            continue
        place = np.searchsorted(members, member)
        reasons[place], leaders[place] = STROKE, names[_largest(voter[drawn], say[drawn], brush[drawn] == best)]
        hue = voters.hue[np.flatnonzero(drawn & (brush == best))[0]]
        shades = drawn & voters.within & (np.hypot(*(voters.hue - hue).T) <= SHADES)
        least = np.full(len(total), RIVAL)
        least[brush[shades]] = SHADED
        shares = local >= least * local[best]
        shares[brush[drawn & voters.clears]] |= page
        loud = np.flatnonzero(shares)
        if len(loud) > 1:
            loud = loud[np.argsort(-local[loud], kind="stable")][:MAX_RIVALS]
            reasons[place] = STROKES
            decision.rivals[member] = [np.unique(mark[drawn][brush[drawn] == k]) for k in loud]
    return decision


def _says(
    brush: NDArray[np.int64], say: NDArray[np.float64], mark: NDArray[np.int64], count: int | None = None
) -> NDArray[np.float64]:
    """How much each color says: its largest mark, and a quarter of the others."""
    count = int(brush.max()) + 1 if count is None else count
    by_mark = np.bincount(mark, say)
    largest = np.zeros(count)
    np.maximum.at(largest, brush, by_mark[mark])
    total = np.bincount(brush, say, count)
    return largest + 0.25 * (total - largest)


def _largest(mark: NDArray[np.int64], say: NDArray[np.float64], among: NDArray[np.bool_]) -> int:
    return int(np.bincount(mark[among], say[among]).argmax())


def _lead_on(
    regions: Regions, reasons: NDArray[np.int8], colors: NDArray[np.uint8], leaders: NDArray[np.int32]
) -> None:
    """Lead colors on to regions without a stroke, through the widest passes first, as wide as regions are there."""
    balls = regions.radius.copy()
    ways: list[tuple[float, int, int, int]] = []

    def open_ways(sources: list[int]) -> None:
        for source in sources:
            for number, target, width in regions.leads.get(source, ()):
                if reasons[target] == NETWORK:
                    ratio = width / max(min(balls[source], balls[target]), SMALLEST)
                    if ratio >= LED:
                        heapq.heappush(ways, (-float(ratio), number, source, target))

    open_ways(np.flatnonzero(reasons != NETWORK).tolist())
    while ways:
        _, _, source, target = heapq.heappop(ways)
        if reasons[target] != NETWORK:
            continue
        reasons[target], colors[target], leaders[target] = NEIGHBOR, colors[source], leaders[source]
        balls[target] = max(balls[target], balls[source])  # a speck leads no further than what led to it
        open_ways([target])


def _match_tones(
    regions: Regions,
    dot: NDArray[np.bool_],
    reasons: NDArray[np.int8],
    colors: NDArray[np.uint8],
    leaders: NDArray[np.int32],
) -> None:
    """Regions with the tone of a colored one are of its color: who tones a drawing says what is alike."""
    tone = regions.tone.astype(np.int16)
    toned = tone < regions.sheet_tone - TONED
    if not toned.any():
        return
    told = ((reasons == STROKE) | (reasons == STROKES)) & toned
    known = np.flatnonzero(told)
    known = known[~dot[leaders[known]]]  # a dot tells of its own place alone
    for region in np.flatnonzero((reasons == NETWORK) & toned):
        alike = known[np.abs(tone[known] - tone[region]) <= TONE_MATCH]
        if alike.size:
            source = alike[regions.area[alike].argmax()]
            reasons[region], colors[region], leaders[region] = TONE, colors[source], leaders[source]
