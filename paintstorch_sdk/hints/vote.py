"""Strokes vote for regions: who decides a region's color, and why.

People draw strokes to say "this is blue", not where blue ends: strokes spill over lines, dots of blush lie on a cheek,
a blob covers more than the eye it means. So a region takes the color of the strokes that say most in it; a smaller
stroke of another color stays where it was drawn; a stroke that only spills into a region has no say there. Regions
with a wide pass between them vote together, regions without a stroke take the color of the next one that a wide
enough pass leads to, and paper without a stroke stays paper.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..imaging.geometry import measure_side
from ..imaging.regions import Regions
from .marks import Marks

Reason = Literal["paper", "stroke", "strokes", "neighbor", "tone", "network"]
REASONS: tuple[Reason, ...] = get_args(Reason)

SHARE = 0.3  # of a stroke: where less of it lies, it spills over
SPILL = 6.0  # times: where a stroke covers as much less of a region than of another, it spills over, too
COVERED = 0.6  # of a region: a stroke that covers as much means it, however much of the stroke lies elsewhere
HOME = 0.8  # of a stroke: where as much of it lies, it is at home
HOME_COVERED = 0.04  # of a region: one that a stroke at home covers as much of no longer means what was drawn across
PAGE_SHARE = 0.8  # of a stroke, for the page
PAGE_EXTENT = 0.08  # of the drawing's long side: a stroke for the page is at least as long
DOT = 1.5  # times its width: a stroke no longer than that is a dot
DOT_SAY = 0.5  # what a dot says beside a stroke that is drawn out
RIVAL = 0.4  # of the loudest color's say: another color with as much shares the region
MAX_RIVALS = 8  # colors that share a region; of more, the loudest
KEEP = (
    0.5  # of what the loudest color says per pixel of its regions: a region with as much from its own strokes keeps it
)
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
        keys: int64 N, the same number of each of `Marks.places`.
    """

    reasons: NDArray[np.int8]
    colors: NDArray[np.uint8]
    leaders: NDArray[np.int32]
    rivals: dict[int, list[NDArray[np.int64]]]
    owned: NDArray[np.int64]
    keys: NDArray[np.int64]


def count_votes(regions: Regions, marks: Marks) -> Votes:
    """Decide the colors of regions.

    Args:
        regions: Regions of the drawing.
        marks: Marks on its label map.
    """
    count = len(regions)
    reasons = np.full(count, NETWORK, np.int8)
    colors = np.full((count, 3), 255, np.uint8)
    leaders = np.full(count, -1, np.int32)
    owned = np.zeros(0, np.int64)
    keys = marks.top.ravel()[marks.places].astype(np.int64) * count + regions.labels.ravel()[marks.places]
    rivals: dict[int, list[NDArray[np.int64]]] = {}
    if len(marks):
        mark, region, area = _lay(regions, marks, keys)
        meant = _are_meant(mark, region, area, regions, marks)
        owned = np.sort(mark[meant] * count + region[meant])
        mark, region, area = mark[meant], region[meant], area[meant]
        brush, dots = _same_colors(marks.colors), find_dots(marks)
        order = np.argsort(regions.rooms[region], kind="stable")
        groups, first = np.unique(regions.rooms[region][order], return_index=True)
        by_room = np.argsort(regions.rooms, kind="stable")
        begins, ends = (np.searchsorted(regions.rooms[by_room], groups, side) for side in ("left", "right"))
        for group, here, begin, end in zip(groups, np.split(order, first[1:]), begins, ends, strict=False):
            votes = mark[here], region[here], area[here]
            _decide(int(group), by_room[begin:end], *votes, brush, dots, regions, marks, reasons, leaders, rivals)
        told = leaders >= 0
        colors[told] = marks.colors[leaders[told]]
    sheet = _sheet_tone(regions)
    reasons[regions.outer & (reasons == NETWORK) & (regions.tone >= sheet - TONED)] = PAPER
    _lead_on(regions, reasons, colors, leaders)
    _match_tones(regions, marks, sheet, reasons, colors, leaders)
    return Votes(reasons, colors, leaders, rivals, owned, keys)


def _lay(
    regions: Regions, marks: Marks, keys: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each mark and region that meet off the lines, and the pixels that they have in common."""
    off_lines = keys[~regions.walls.ravel()[marks.places]]
    if off_lines.size:  # else marks on lines alone
        keys = off_lines
    if len(marks) * len(regions) <= COUNTED:
        counts = np.bincount(keys)
        found = np.flatnonzero(counts)
        area = counts[found]
    else:
        found, area = np.unique(keys, return_counts=True)
    return found // len(regions), found % len(regions), area.astype(np.int64)


def _are_meant(
    mark: NDArray[np.int64],
    region: NDArray[np.int64],
    area: NDArray[np.int64],
    regions: Regions,
    marks: Marks,
) -> NDArray[np.bool_]:
    """Whether a mark means a region that it lies in, or spills into it; a room is one place."""
    groups = regions.rooms
    keys, place = np.unique(mark * len(regions) + groups[region], return_inverse=True)
    owner, group = keys // len(regions), keys % len(regions)
    common = np.bincount(place, area.astype(np.float64))
    total = np.bincount(mark, area, len(marks))
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
    covers = area >= COVERED * regions.area[region]
    by_region = meant[place] | (covers & ~(passes_by & (share < SHARE))[place])
    page = regions.page[region]
    on_page = np.bincount(mark[page], area[page], len(marks)) / np.maximum(total, 1)
    result: NDArray[np.bool_] = by_region & (~page | (on_page[mark] >= PAGE_SHARE))
    return result


def _decide(
    group: int,
    members: NDArray[np.int64],
    mark: NDArray[np.int64],
    region: NDArray[np.int64],
    area: NDArray[np.int64],
    brushes: NDArray[np.int64],
    dots: NDArray[np.bool_],
    regions: Regions,
    marks: Marks,
    reasons: NDArray[np.int8],
    leaders: NDArray[np.int32],
    rivals: dict[int, list[NDArray[np.int64]]],
) -> None:
    """Find the marks that lead the regions of one room."""
    page = bool(regions.page[group])
    if page:
        long_side = measure_side(regions.labels.shape)
        big = marks.extents[mark] >= PAGE_EXTENT * long_side
        mark, region, area = mark[big], region[big], area[big]
        if not mark.size:
            return
    if mark.size == 1:
        reasons[members], leaders[members] = STROKE if page else NEIGHBOR, mark
        reasons[region] = STROKE
        return
    dot = dots[mark]
    say = area.astype(np.float64) * np.where(dot & ~dot.all(), DOT_SAY, 1.0)
    _, brush = np.unique(brushes[mark], return_inverse=True)
    names, voter = np.unique(mark, return_inverse=True)
    total = _says(brush, say, voter)
    loudest = int(total.argmax())
    leader = names[_largest(voter, say, brush == loudest)]
    cover = total[loudest] / max(regions.area[members].sum(), 1)
    for member in members:
        own = region == member
        chosen, reason = leader, STROKE if page or (own & (brush == loudest)).any() else NEIGHBOR
        drawn = own & (~dot | dot.all())
        if drawn.any():
            local = _says(brush[drawn], say[drawn], voter[drawn], len(total))
            best = int(local.argmax())
            if best == loudest or local[best] >= KEEP * cover * regions.area[member]:
                chosen, reason = names[_largest(voter[drawn], say[drawn], brush[drawn] == best)], STROKE
                loud = np.flatnonzero(local >= RIVAL * local[best])
                if len(loud) > 1:
                    loud = loud[np.argsort(-local[loud], kind="stable")][:MAX_RIVALS]
                    reason = STROKES
                    rivals[int(member)] = [np.unique(mark[drawn][brush[drawn] == k]) for k in loud]
        reasons[member], leaders[member] = reason, chosen


def find_dots(marks: Marks) -> NDArray[np.bool_]:
    """bool M: which marks are not drawn out."""
    dots: NDArray[np.bool_] = marks.extents <= DOT * marks.widths + 1.0
    return dots


def _same_colors(colors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Number colors M,3: nearly equal ones alike."""
    unique, inverse = np.unique(colors, axis=0, return_inverse=True)
    if len(unique) > MANY:
        unique, inverse = np.unique(colors & 0xF8, axis=0, return_inverse=True)
    values = unique.astype(np.int16)
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
    """Lead colors on to regions without a stroke, through the widest passes first."""
    pairs, widths = regions.passes
    if not len(pairs):
        return
    balls = regions.radius.copy()
    usable = (widths >= LED * balls[pairs].min(1)) & ~regions.outer[pairs].any(1)
    pairs, widths = pairs[usable], widths[usable]
    while True:
        ratio = widths / np.maximum(balls[pairs].min(1), 1e-6)
        open_ = ((reasons[pairs] == NETWORK).sum(1) == 1) & (ratio >= LED)
        if not open_.any():
            return
        index = np.flatnonzero(open_)[ratio[open_].argmax()]
        a, b = pairs[index]
        source, target = (a, b) if reasons[b] == NETWORK else (b, a)
        reasons[target], colors[target], leaders[target] = NEIGHBOR, colors[source], leaders[source]
        balls[target] = max(balls[target], balls[source])  # a speck leads no further than what led to it


def _sheet_tone(regions: Regions) -> int:
    """The level of the paper: the lightest that a good part of the drawing has."""
    order = np.argsort(regions.tone)
    upper = np.cumsum(regions.area[order]) >= 0.75 * regions.area.sum()
    return int(regions.tone[order][upper.argmax()])


def _match_tones(
    regions: Regions,
    marks: Marks,
    sheet: int,
    reasons: NDArray[np.int8],
    colors: NDArray[np.uint8],
    leaders: NDArray[np.int32],
) -> None:
    """Regions with the tone of a colored one are of its color: who tones a drawing says what is alike."""
    tone = regions.tone.astype(np.int16)
    told = np.isin(reasons, (STROKE, STROKES)) & (tone < sheet - TONED)
    known = np.flatnonzero(told)
    known = known[~find_dots(marks)[leaders[known]]]  # a dot tells of its own place alone
    for region in np.flatnonzero((reasons == NETWORK) & (tone < sheet - TONED)):
        alike = known[np.abs(tone[known] - tone[region]) <= TONE_MATCH]
        if alike.size:
            source = alike[regions.area[alike].argmax()]
            reasons[region], colors[region], leaders[region] = TONE, colors[source], leaders[source]
