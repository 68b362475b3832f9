"""What strokes mean: of the regions that a mark lies in, those that its user aimed at, and those that it spills into.

A stroke means the place where it was begun, and another where most of it lies; one that only slips or passes there has
no say. Where a stroke was begun is known of strokes, not of painted layers. Of the page it means all, or none.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import measure_side
from ..imaging.regions import Regions
from .marks import Laid, Marks, Places

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
WITHIN = 0.98  # of a stroke: with as much where it is meant, it was drawn within the lines
ALIKE = 14  # levels of a channel: strokes no further apart are of one color

COUNTED = 2**22  # marks times regions: of fewer a table is counted, more are sorted
MANY = 4096  # colors of strokes: of more, the last three bits of a channel do not count


@dataclass(frozen=True, eq=False)
class Meaning:
    """What the marks of a drawing mean.

    Attributes:
        mark: int64 K, a mark,
        region: int64 K, a region that it means,
        area: int64 K, and the pixels that they have in common.
        inked: int64, marks that mean no region, since they lie on ink.
        crossed: int64 2,N, marks and rooms in which a good part of a mark lies, not as meant.
        brush: int64 M, a number of each mark's color; nearly equal ones have the same.
        dot: bool M, whether it is not drawn out.
        backdrop: bool M, whether on the page it is for all of the page, and no mark beside a figure.
        clears: bool M, whether it is white and leaves paper white at the drawing's border.
        within: bool M, whether it crosses no line.
    """

    mark: Places
    region: Places
    area: Places
    inked: Places
    crossed: Places
    brush: NDArray[np.int64]
    dot: NDArray[np.bool_]
    backdrop: NDArray[np.bool_]
    clears: NDArray[np.bool_]
    within: NDArray[np.bool_]


def find_meaning(regions: Regions, marks: Marks) -> Meaning:
    """Find what marks mean.

    Args:
        regions: Regions of the drawing.
        marks: Marks on its label map.
    """
    met, origins, dot = _find_met(regions, marks), _find_origins(regions, marks), find_dots(marks)
    meant = _are_meant(met, origins, regions, marks)
    mark, region, area = met.mark[meant], met.region[meant], met.area[meant]
    brush = _same_colors(marks.colors)
    within = np.bincount(mark, area, len(marks)) >= WITHIN * marks.sizes
    white = marks.colors.min(1) >= WHITE
    clears = (origins >= 0) & regions.outer[origins] & white
    clears[clears & dot] = _lie_apart(
        np.flatnonzero(clears & dot), np.unique(mark[regions.outer[region] & ~white[mark]]), regions, marks
    )
    on_page = np.unique(mark[regions.page[region]])
    begun_there = (origins >= 0) & regions.page[origins]
    return Meaning(
        mark,
        region,
        area,
        inked=np.setdiff1d(np.flatnonzero(met.ink), mark),
        crossed=_find_crossed(met, meant, dot, regions, marks),
        brush=brush,
        dot=dot,
        backdrop=_find_backdrops(on_page, begun_there, within & ~dot, brush, regions, marks),
        clears=clears,
        within=within,
    )


def find_dots(marks: Marks) -> NDArray[np.bool_]:
    """bool M: which marks are not drawn out."""
    dots: NDArray[np.bool_] = marks.extents <= DOT * marks.widths + 1.0
    return dots


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


def _find_met(regions: Regions, marks: Marks) -> _Met:
    mark, region, area = _count_areas(regions, marks)
    keys, place = np.unique(mark * len(regions) + regions.rooms[region], return_inverse=True)
    total = np.bincount(mark, area, len(marks)).astype(np.float64, copy=False)
    return _Met(mark, region, area, *np.divmod(keys, len(regions)), place, total, total < SHARE * marks.sizes)


def _count_areas(regions: Regions, marks: Marks) -> tuple[Places, Places, Places]:
    """Each mark and region that meet off the lines, and the pixels that they have in common."""
    laid = lay_on(regions, marks)
    if not laid:
        return marks.starts, marks.starts, marks.starts
    if any(len(one.regions) for one in laid):
        mark = np.repeat(np.arange(len(laid)), [len(one.regions) for one in laid])
        return mark, np.concatenate([one.regions for one in laid]), np.concatenate([one.areas for one in laid])
    mark = np.repeat(np.arange(len(laid)), [len(one.labels) for one in laid])  # marks on lines alone
    keys = mark * len(regions) + np.concatenate([one.labels for one in laid])
    found, areas = np.unique(keys, return_counts=True)
    return found // len(regions), found % len(regions), areas.astype(np.int64)


def _find_origins(regions: Regions, marks: Marks) -> NDArray[np.int32]:
    """int32 M: the region in which each mark was begun, -1 where that is not known, or a line."""
    labels, walls = regions.labels.ravel()[marks.starts], regions.walls.ravel()[marks.starts]
    origins: NDArray[np.int32] = np.where((marks.starts < 0) | walls, np.int32(-1), labels)
    return origins


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
    """See `Meaning.crossed`."""
    parts = np.bincount(met.place, met.area) >= CROSSING * marks.sizes[met.owner]
    kept = parts & (np.bincount(met.place, meant) == 0) & ~dots[met.owner] & ~regions.page[met.group]
    return np.stack([met.owner, met.group])[:, kept]


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
