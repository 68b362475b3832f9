"""Strokes vote for regions: who decides a region's color, and why.

People draw strokes to say "this is blue", not where blue ends: strokes spill over lines, dots of blush lie on a cheek,
a blob covers more than the eye it means. So a region takes the color of the strokes that say most in it; a smaller
stroke of another color stays where it was drawn; a stroke that only spills into a region has no say there. Where a
stroke was begun is known of strokes, not of painted layers, and is what its user aimed at. Regions
with a wide pass between them vote together, regions without a stroke take the color of the next one that a wide
enough pass leads to, and paper without a stroke stays paper.
"""

import heapq
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import measure_side
from ..imaging.metrics import srgb_to_lab
from ..imaging.regions import Regions
from .marks import Laid, Marks, Places

Reason = Literal["paper", "stroke", "strokes", "neighbor", "tone", "network"]
REASONS: tuple[Reason, ...] = get_args(Reason)

SHARE = 0.3  # of a stroke: where less of it lies, it spills over; one of which less lies off the lines means the ink
SPILL = 6.0  # times: where a stroke covers as much less of a region than of another, it spills over, too
COVERED = 0.6  # of a region: a stroke that covers as much means it, however much of the stroke lies elsewhere
HOME = 0.8  # of a stroke: where as much of it lies, it is at home
HOME_COVERED = 0.04  # of a region: one that a stroke at home covers as much of no longer means what was drawn across
BEGUN = 0.15  # of a stroke, in the room where it was begun: with less there it was begun on the wrong side
SLIPPED = 0.6  # of a stroke that was begun in another room: where less of it lies, it slipped there;
# in a room of the figure that reaches the drawing's border, where less than `HOME` lies
AIMED = 0.5  # of a stroke that was begun in a room: with as much there it is aimed at the room, and what slips in says
# nothing beside it: of strokes begun elsewhere all, of strokes begun on a line those that lie mostly elsewhere;
CROSSING = 0.2  # of a stroke that is drawn out: where as much lies that says nothing, it may have crossed a fold
LONG = 1 / 6  # strokes as long, of the drawing's long side, never slip: they are drawn across rooms on purpose
INK = 40  # levels: a color whose channels are all as low is that of lines
INKED = 0.7  # of a stroke of that color: with less off the lines, it says nothing beside one that is aimed at the room,
INK_COVERED = 0.02  # of a room: nor where it covers less: it draws a line on
PAGE_SHARE = 0.8  # of a stroke, with what of it lies on lines: as much of one that means the page lies on the page
PAGE_EXTENT = 0.08  # of the drawing's long side: a stroke for the page is at least as long,
PAGE_MARKS = 3  # or one of as many of its color on the page: who means a backdrop says so here and there,
PAGE_BEGUN = 2  # or of as many that were begun there: what slips off a figure was begun on the figure,
PAGE_FAR = 0.06  # or it is drawn out as far from all lines, of the long side
WHITE = 250  # level: a stroke of that color that is drawn out at the border among colors is for paper, however short;
APART = 0.2  # of the long side: so is a white dot as far from all colors there, while a nearer one is a star
DOT = 1.5  # times its width: a stroke no longer than that is a dot
DOT_SAY = 0.5  # what a dot says beside a stroke that is drawn out
RIVAL = 0.4  # of the loudest color's say: another color with as much shares the region
SHADED = 0.15  # instead, for a lighter or darker shade of it that was drawn within the lines
SHADES = 18.0  # in a* and b*: colors no further apart are shades of one
WITHIN = 0.98  # of a stroke: with as much where it is meant, it was drawn within the lines
MAX_RIVALS = 8  # colors that share a region; of more, the loudest
KEEP = (
    0.5  # of what the loudest color says per pixel of its regions: a region with as much from its own strokes keeps it
)
SMALLEST = np.float32(1e-6)  # pixels: no ball is smaller
LED = 0.12  # of the smaller region's ball: through as wide a pass a region without a stroke takes a color
TONED = 10  # levels under the paper: a tone
TONE_MATCH = 5  # levels: tones no further apart are one
ALIKE = 14  # levels of a channel: strokes no further apart are of one color

COUNTED = 2**22  # marks times regions: of fewer a table is counted, more are sorted
MANY = 4096  # colors of strokes: of more, the last three bits of a channel do not count

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


class _Met(NamedTuple):
    """Marks and regions that meet off the lines; a room is one place.

    Attributes:
        mark: int64 K, the mark.
        region: int64 K, the region.
        area: int64 K, pixels that they have in common.
        owner: int64 P, the mark of each pair of a mark and a room.
        group: int64 P, the room of each.
        place: int64 K, the pair that each mark and region are of.
        total: float64 M, pixels of each mark off the lines.
        ink: bool M, whether so few of a mark's pixels are that it means the ink.
    """

    mark: Places
    region: Places
    area: Places
    owner: Places
    group: Places
    place: Places
    total: NDArray[np.float64]
    ink: NDArray[np.bool_]


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
    owned, inked, crossed = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((2, 0), np.int64)
    rivals: dict[int, list[NDArray[np.int64]]] = {}
    rooms: dict[int, tuple[bytes, _Decision]] = {}
    if len(marks):
        met, origins, dots = _find_met(regions, marks), _find_origins(regions, marks), find_dots(marks)
        meant = _are_meant(met, origins, regions, marks)
        crossed = _find_crossed(met, meant, dots, regions, marks)
        mark, region, area = met.mark[meant], met.region[meant], met.area[meant]
        owned = mark * count + region
        inked = np.setdiff1d(np.flatnonzero(met.ink), mark)
        brush = _same_colors(marks.colors)
        white = marks.colors.min(1) >= WHITE
        clears = (origins >= 0) & regions.outer[origins] & white
        clears[clears & dots] = _lie_apart(
            np.flatnonzero(clears & dots), np.unique(mark[regions.outer[region] & ~white[mark]]), regions, marks
        )
        within = np.bincount(mark, area, len(marks)) >= WITHIN * marks.sizes
        on_page = np.unique(mark[regions.page[region]])
        begun_there = (origins >= 0) & regions.page[origins]
        backdrop = _find_backdrops(on_page, begun_there, within & ~dots, brush, regions, marks)
        hues = srgb_to_lab(marks.colors)[:, 1:]
        order = np.argsort(regions.rooms[region], kind="stable")
        groups, first = np.unique(regions.rooms[region][order], return_index=True)
        for group, here in zip(groups.tolist(), np.split(order, first[1:]), strict=False):
            names = mark[here]
            of_mark = brush, dots, backdrop, clears, within, hues
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
    _match_tones(regions, marks, reasons, colors, leaders)
    return Votes(reasons, colors, leaders, rivals, owned, inked, crossed, rooms)


def lay_on(regions: Regions, marks: Marks) -> list[Laid]:
    """Each mark on the regions of a drawing."""
    new = [n for n, places in enumerate(marks.places) if n not in marks.laid or marks.laid[n].places is not places]
    if new:
        own = [marks.places[number] for number in new]
        places, ends = np.concatenate(own), np.cumsum([0, *map(len, own)])
        labels = regions.labels.ravel()[places]
        keys = np.repeat(np.arange(len(new)), np.diff(ends)) * len(regions) + labels
        keys = keys[~regions.walls.ravel()[places]]
        if len(new) * len(regions) <= COUNTED:
            counts = np.bincount(keys)
            found = np.flatnonzero(counts)
            areas = counts[found]
        else:
            found, areas = np.unique(keys, return_counts=True)
        cuts = np.searchsorted(found, np.arange(len(new) + 1) * len(regions)).tolist()
        found, areas, ends = found % len(regions), areas.astype(np.int64), ends.tolist()
        for place, number in enumerate(new):
            part, cut = slice(*ends[place : place + 2]), slice(*cuts[place : place + 2])
            marks.laid[number] = Laid(own[place], labels[part], found[cut], areas[cut])
    return [marks.laid[number] for number in range(len(marks))]


def _count_areas(regions: Regions, marks: Marks) -> tuple[Places, Places, Places]:
    """Each mark and region that meet off the lines, and the pixels that they have in common."""
    laid = lay_on(regions, marks)
    if any(len(one.regions) for one in laid):
        mark = np.repeat(np.arange(len(laid)), [len(one.regions) for one in laid])
        return mark, np.concatenate([one.regions for one in laid]), np.concatenate([one.areas for one in laid])
    mark = np.repeat(np.arange(len(laid)), [len(one.labels) for one in laid])  # marks on lines alone
    keys = mark * len(regions) + np.concatenate([one.labels for one in laid])
    found, areas = np.unique(keys, return_counts=True)
    return found // len(regions), found % len(regions), areas.astype(np.int64)


def _find_met(regions: Regions, marks: Marks) -> _Met:
    mark, region, area = _count_areas(regions, marks)
    keys, place = np.unique(mark * len(regions) + regions.rooms[region], return_inverse=True)
    total = np.bincount(mark, area, len(marks)).astype(np.float64, copy=False)
    return _Met(mark, region, area, *np.divmod(keys, len(regions)), place, total, total < SHARE * marks.sizes)


def _find_origins(regions: Regions, marks: Marks) -> NDArray[np.int32]:
    """int32 M: the region in which each mark was begun, -1 where that is not known, or a line."""
    labels, walls = regions.labels.ravel()[marks.starts], regions.walls.ravel()[marks.starts]
    origins: NDArray[np.int32] = np.where((marks.starts < 0) | walls, np.int32(-1), labels)
    return origins


def _find_backdrops(
    on_page: Places,
    begun_there: NDArray[np.bool_],
    clear: NDArray[np.bool_],
    brush: NDArray[np.int64],
    regions: Regions,
    marks: Marks,
) -> NDArray[np.bool_]:
    """Whether each mark that means the page is for all of it; of others it says nothing.

    Args:
        on_page: int64 K, the marks that mean some of the page.
        begun_there: bool M, whether each was begun on the page.
        clear: bool M, whether it is drawn out and crosses no line.
        brush: int64 M, a number of its color.
        regions: Regions of the drawing.
        marks: The strokes.
    """
    side = measure_side(regions.labels.shape)
    reach = int(PAGE_FAR * side)
    backdrops: NDArray[np.bool_] = marks.extents >= PAGE_EXTENT * side
    backdrops |= np.bincount(brush[on_page], minlength=len(marks))[brush] >= PAGE_MARKS
    backdrops |= np.bincount(brush[on_page], begun_there[on_page], len(marks))[brush] >= PAGE_BEGUN
    for mark in on_page[(begun_there & clear & ~backdrops)[on_page]].tolist():
        y, x = np.divmod(marks.places[mark], regions.labels.shape[1])
        rows = slice(max(0, y.min() - reach), y.max() + reach + 1)
        backdrops[mark] = not regions.walls[rows, max(0, x.min() - reach) : x.max() + reach + 1].any()
    return backdrops


def _lie_apart(dots: Places, others: Places, regions: Regions, marks: Marks) -> NDArray[np.bool_]:
    """Whether dots lie far from other marks."""
    shape = regions.labels.shape
    if not dots.size or not others.size:
        return np.zeros(len(dots), bool)
    centers = np.array([np.mean(np.divmod(marks.places[mark], shape[1]), 1) for mark in others.tolist()])
    y, x = np.divmod(marks.starts[dots], shape[1])
    away = np.hypot(y[:, None] - centers[:, 0], x[:, None] - centers[:, 1]) - marks.extents[others] / 2
    apart: NDArray[np.bool_] = away.min(1) >= APART * measure_side(shape)
    return apart


def _are_meant(met: _Met, origins: NDArray[np.int32], regions: Regions, marks: Marks) -> NDArray[np.bool_]:
    """Whether a mark means a region that it lies in, or spills into it; a room is one place."""
    mark, region, area, owner, group, place, total, ink = met
    groups = regions.rooms
    common = np.bincount(place, area.astype(np.float64))
    whole = np.maximum(marks.sizes, 1)
    most = np.zeros(len(marks))
    np.maximum.at(most, owner, common)
    share = common / total[owner]
    covered = common / np.maximum(np.bincount(groups, regions.area, len(regions))[group], 1)
    meant: NDArray[np.bool_] = (share >= SHARE) | (common >= 0.5 * most[owner])
    last_home = np.full(len(regions), -1)
    home = (share >= HOME) & (covered >= HOME_COVERED)
    np.maximum.at(last_home, group[home], owner[home])
    passes_by = owner < last_home[group]
    meant &= (share >= 0.5) | ~passes_by
    best = np.zeros(len(marks))
    np.maximum.at(best, owner[meant], covered[meant])
    meant &= (covered * SPILL >= best[owner]) | (share >= 1.0 - SHARE)
    begun = (origins[owner] >= 0) & (groups[origins[owner]] == group) & (share >= BEGUN)
    short = marks.extents < LONG * measure_side(regions.labels.shape)
    elsewhere = np.bincount(owner[begun], minlength=len(marks))[owner] > 0
    aimed_at = np.zeros(len(regions), bool)
    inked = ((marks.colors.max(1) <= INK) & (marks.starts >= 0) & (total < INKED * whole))[owner]
    aimed_at[group[begun & (share >= AIMED) & ~inked]] = True
    aimed_at = aimed_at[group]
    on_ink = ((marks.starts >= 0) & (origins < 0))[owner]
    least = np.full(len(regions), SLIPPED)
    least[groups[regions.outer & ~regions.page]] = HOME  # a flood at the drawing's border is worse than white cloth
    slips = short[owner] & (elsewhere & aimed_at | (elsewhere | on_ink & aimed_at) & (share < least[group]))
    meant = np.where(begun, meant | (share >= 0.5) | ~passes_by, meant & ~slips)
    meant &= ~ink[owner] & ~(inked & (aimed_at | (covered < INK_COVERED)) & short[owner])
    covers = area >= COVERED * regions.area[region]
    by_region = meant[place] | (covers & ~(passes_by & (share < SHARE))[place])
    page = regions.page[region]
    on_page = np.bincount(mark[page], area[page], len(marks)) / whole
    result: NDArray[np.bool_] = by_region & (~page | (on_page[mark] >= PAGE_SHARE))
    return result


def _find_crossed(
    met: _Met, meant: NDArray[np.bool_], dots: NDArray[np.bool_], regions: Regions, marks: Marks
) -> NDArray[np.int64]:
    """See `Votes.crossed`."""
    parts = np.bincount(met.place, met.area) >= CROSSING * marks.sizes[met.owner]
    kept = parts & (np.bincount(met.place, meant) == 0) & ~dots[met.owner] & ~regions.page[met.group]
    return np.stack([met.owner, met.group])[:, kept]


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


def find_dots(marks: Marks) -> NDArray[np.bool_]:
    """bool M: which marks are not drawn out."""
    dots: NDArray[np.bool_] = marks.extents <= DOT * marks.widths + 1.0
    return dots


def _same_colors(colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number colors M,3: nearly equal ones alike."""
    codes = colors.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    unique, inverse = np.unique(codes, return_inverse=True)
    if len(unique) > MANY:
        unique, inverse = np.unique(codes & 0xF8F8F8, return_inverse=True)
    values = np.stack([unique >> 16, unique >> 8 & 255, unique & 255], 1)
    number = np.zeros(len(values), np.int64)
    open_ = np.arange(len(values))
    count = 0
    while open_.size:
        alike = np.abs(values[open_] - values[open_[0]]).max(1) <= ALIKE
        number[open_[alike]] = count
        open_ = open_[~alike]
        count += 1
    result: NDArray[np.int64] = number[inverse.ravel()]
    return result


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
    marks: Marks,
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
    known = known[~find_dots(marks)[leaders[known]]]  # a dot tells of its own place alone
    for region in np.flatnonzero((reasons == NETWORK) & toned):
        alike = known[np.abs(tone[known] - tone[region]) <= TONE_MATCH]
        if alike.size:
            source = alike[regions.area[alike].argmax()]
            reasons[region], colors[region], leaders[region] = TONE, colors[source], leaders[source]
