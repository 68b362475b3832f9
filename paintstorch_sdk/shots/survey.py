"""The first look at a shot: the regions of every frame, and which is which from frame to frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..errors import ImageError, PaintsTorchError
from .files import load_lines
from .frames import Frame
from .matching import Matches, match_segments
from .order import Recent
from .segments import Segments
from .store import ShotStore, digest_file

Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]

HELD = 12  # frames whose regions are held in memory


@dataclass(frozen=True)
class Sighting:
    """One frame, as far as it could be read.

    Attributes:
        frame: The frame.
        digest: Digest of its file; "" where it could not be read.
        count: How many regions it has.
        error: What is wrong with it.
    """

    frame: Frame
    digest: str
    count: int = 0
    error: PaintsTorchError | None = None


class Survey:
    """The frames of a shot, looked at once.

    Args:
        frames: In order.
        store: Keeps what was found.
        run: Runs a picklable function on items, here or on a farm, its results in order.

    Attributes:
        sightings: One of every frame, in order.
        readable: The places of the frames that could be read.
    """

    def __init__(self, frames: Sequence[Frame], store: ShotStore, run: Run) -> None:
        self._store = store
        self.sightings = [*run(_identify, frames)]
        drawn = {one.digest: one for one in reversed(self.sightings) if one.error is None}  # held ones once
        found = dict(zip(drawn, run(partial(_look, store), [*drawn.values()]), strict=True))
        for place, one in enumerate(self.sightings):
            if one.error is None:
                seen = found[one.digest]
                self.sightings[place] = _look(store, one) if seen.error else replace(seen, frame=one.frame)
        self.readable = [place for place, one in enumerate(self.sightings) if one.error is None]
        self._recent = Recent(self._load, HELD)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_recent"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _recent=Recent(self._load, HELD))

    def segments(self, place: int) -> Segments:
        """The regions of a frame that could be read."""
        return self._recent(place)

    def _load(self, place: int) -> Segments:
        one = self.sightings[place]
        return self._store.segments(one.digest, lambda: Segments.find(load_lines(one.frame.path)))

    def matches(self, first: int, second: int) -> Matches:
        """How two frames match: what the first one's regions say of the second's."""
        if self.is_held(first, second):
            return Matches.of_held(self.segments(first))
        digests = self.sightings[first].digest, self.sightings[second].digest
        return self._store.matches(*digests, lambda: match_segments(self.segments(first), self.segments(second)))

    def is_held(self, first: int, second: int) -> bool:
        """Whether two frames show one drawing: their files are the same."""
        return bool(self.sightings[first].digest == self.sightings[second].digest)

    def match(self, pair: tuple[int, int]) -> None:
        """Find the matches of two frames, and keep them."""
        self.matches(*pair)


def _identify(frame: Frame) -> Sighting:
    try:
        return Sighting(frame, digest_file(frame.path))
    except OSError as error:
        return _fail(frame, error)


def _look(store: ShotStore, seen: Sighting) -> Sighting:
    frame = seen.frame
    try:
        segments = store.segments(seen.digest, lambda: Segments.find(load_lines(frame.path)))
    except PaintsTorchError as error:
        return Sighting(frame, "", error=error)
    except OSError as error:
        return _fail(frame, error)
    return replace(seen, count=len(segments))


def _fail(frame: Frame, error: OSError) -> Sighting:
    return Sighting(frame, "", error=ImageError(f"{frame.path}: cannot be read: {error.strerror or error}"))
