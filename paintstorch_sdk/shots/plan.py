"""The colors of every region of a shot, from its key frames: forward, backward, and from memory."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise

import numpy as np

from .propagation import Coloring, carry, guess, merge
from .survey import Run, Survey

FORGOTTEN = 1e-4  # of the picture: so large an area that has become doubtful is worth a look at the key frame itself
EVERY = 2  # drawings: the key is looked at for one of them
PATIENCE = 8  # frames without a look at the key: the next ones are expected to need none
SAME = 0.2  # of a match: such a pair is one region still
REMEMBERED = 0.8  # times: what a look at the key says, beside what frame after frame say


def color_regions(
    key_places: Collection[int], read_keys: Callable[[], Mapping[int, Coloring]], survey: Survey, run: Run
) -> list[Coloring | None]:
    """Color the regions of every frame; the nearest key wins, unless another is surer.

    Args:
        key_places: The places of the key frames in the shot.
        read_keys: Their colorings, by place; asked for when the first frames are being matched.
        survey: Survey of the shot.
        run: Runs a function on items, here or on a farm.

    Returns:
        The coloring of each frame; None for those that could not be read.
    """
    places = survey.readable
    first, last = min(key_places), max(key_places)
    pairs = [pair for pair in pairwise(places) if not survey.is_held(*pair)]
    onward = [pair for pair in pairs if pair[0] >= first]
    back = [(b, a) for a, b in pairs if b <= last]
    looking = _Looking(first, _find_turns(survey, places, pairs))
    matched = run(survey.match, map(looking.complete, onward + back[::-1]))  # while colors are carried: the next ones
    matched = chain([*islice(matched, 1)], matched)
    keys = read_keys()
    result: list[Coloring | None] = [None] * len(survey.sightings)
    onward_of: dict[int, Coloring] = {}
    for place, coloring in _sweep(keys, survey, [place for place in places if place >= first], matched, looking):
        if place in keys:
            result[place] = coloring
        elif place < last:  # the way back has a say, too
            onward_of[place] = coloring
        else:
            result[place] = guess(coloring, survey.segments(place))
    for place, coloring in _sweep(keys, survey, [place for place in places[::-1] if place <= last], matched, looking):
        if place not in keys:
            segments = survey.segments(place)
            if place in onward_of:
                coloring = merge(onward_of.pop(place), coloring, segments.labels)
            result[place] = guess(coloring, segments)
        else:
            result[place] = coloring
    return result


def _find_turns(survey: Survey, places: Sequence[int], pairs: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The places at which the key is looked at: by the drawings' numbers, so that a missing one changes no other.

    Args:
        survey: Survey of the shot.
        places: The places of all frames.
        pairs: The places of the last frame of each drawing and of the first of the next.
    """
    drawings = [*zip([*places[:1], *(b for _, b in pairs)], [*(a for a, _ in pairs), *places[-1:]], strict=True)]
    numbers = [survey.sightings[begin].frame.number for begin, _ in drawings]
    gaps = Counter(b - a for a, b in pairwise(numbers))
    step = min(gaps, key=lambda gap: (-gaps[gap], gap)) if gaps else 1  # 2 on twos
    return frozenset(
        place for both, number in zip(drawings, numbers, strict=True) if number // step % EVERY for place in both
    )


@dataclass
class _Looking:
    """Looks back at a key, foreseen: of frames in a row most need one, or none does.

    Attributes:
        key: The place of the key frame.
        turns: The places of the frames whose turn it is.
        idle: Frames since one needed a look.
    """

    key: int
    turns: frozenset[int]
    idle: int = 0

    def complete(self, pair: tuple[int, int]) -> tuple[int, ...]:
        """The frames to match with the second of a pair, and it."""
        is_expected = pair[1] in self.turns and self.idle <= PATIENCE and self.key != pair[0]
        return (self.key, *pair) if is_expected else pair


def _sweep(
    keys: Mapping[int, Coloring], survey: Survey, places: Sequence[int], matched: Iterator[None], looking: _Looking
) -> Iterator[tuple[int, Coloring]]:
    """Carry colors from the first of these places, a key, to the last; `matched` finds the next pair's matches."""
    found = keys[places[0]]  # in the frame before
    key, asked = places[0], np.zeros(0, bool)  # regions that the key could not tell either
    for before, place in zip((places[0], *places), places, strict=False):
        held = survey.is_held(before, place)
        if not held:
            next(matched)
        if place in keys:
            found, key = keys[place], place
            looking.key, looking.idle = key, 0
            asked = np.zeros(len(found), bool)
        if held or place in keys:
            yield place, found
            continue
        segments, matches = survey.segments(place), survey.matches(before, place)
        coloring = carry(found, matches, survey.segments(before), segments)
        one, other = matches.pairs[matches.weights > SAME].T
        asked = np.bincount(other, asked[one], len(segments)) > 0
        wanted = coloring.doubtful & ~asked
        looking.idle += 1
        is_turn = place in looking.turns and before != key
        if is_turn and segments.area[wanted].sum() > FORGOTTEN * segments.labels.size:
            looking.idle = 0
            remembered = carry(keys[key], survey.matches(key, place), survey.segments(key), segments, wanted)
            sure = np.where(wanted, remembered.confidence * np.float32(REMEMBERED), np.float32(0.0))
            coloring = merge(coloring, replace(remembered, confidence=sure), segments.labels)
            asked = coloring.doubtful
        found = coloring
        yield place, found
