"""The colors of every region of a shot, from its key frames: forward, backward, and from memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from .propagation import Coloring, carry, guess, merge
from .survey import Run, Survey

FORGOTTEN = 1e-4  # of the picture: so large a doubtful area is worth a look at the key frame itself
REMEMBERED = 0.8  # times: what a look at the key says, beside what frame after frame say


def color_regions(keys: Mapping[int, Coloring], survey: Survey, run: Run) -> list[Coloring | None]:
    """Color the regions of every frame; the nearest key wins, unless another is surer.

    Args:
        keys: Colorings of the key frames, by their place in the shot.
        survey: Survey of the shot.
        run: Runs a function on items, here or on a farm.

    Returns:
        The coloring of each frame; None for those that could not be read.
    """
    places = survey.readable
    first, last = min(keys), max(keys)
    onward = [pair for pair in pairwise(places) if pair[0] >= first]
    back = [(b, a) for a, b in pairwise(places) if b <= last]
    for _ in run(survey.match, onward + back):
        pass
    forward = _sweep(keys, survey, [place for place in places if place >= first])
    backward = _sweep(keys, survey, [place for place in reversed(places) if place <= last])
    result: list[Coloring | None] = [None] * len(survey.sightings)
    for place in places:
        if place in keys:
            result[place] = keys[place]
            continue
        segments = survey.segments(place)
        ways = [way[place] for way in (forward, backward) if place in way]
        coloring = ways[0] if len(ways) == 1 else merge(ways[0], ways[1], segments.labels)
        result[place] = guess(coloring, segments)
    return result


def _sweep(keys: Mapping[int, Coloring], survey: Survey, places: Sequence[int]) -> dict[int, Coloring]:
    """Carry colors from the first of these places, a key, to the last."""
    found: dict[int, Coloring] = {}
    key = places[0]
    for before, place in zip((places[0], *places), places, strict=False):
        if place in keys:
            found[place], key = keys[place], place
            continue
        segments = survey.segments(place)
        coloring = carry(found[before], survey.matches(before, place), survey.segments(before), segments)
        lost = float(segments.area[coloring.doubtful].sum())
        if before != key and lost > FORGOTTEN * segments.labels.size:
            remembered = carry(keys[key], survey.matches(key, place), survey.segments(key), segments)
            remembered = replace(remembered, confidence=remembered.confidence * np.float32(REMEMBERED))
            coloring = merge(coloring, remembered, segments.labels)
        found[place] = coloring
    return found
