"""The first look at a shot: the regions of every frame, and which is which from frame to frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, PaintsTorchError
from ..imaging.deflate import pack_map, unpack_map
from .files import load_lines
from .frames import Frame
from .matching import Matches, match_segments
from .order import Recent
from .segments import Segments
from .store import ShotStore, digest_file

Pixels = NDArray[np.uint8]
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]

HELD = 12  # frames whose regions are held in memory
KEPT = 96 * 2**20  # bytes of packed line art that are held: some 500 frames of 1080p need not be decoded again


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
        self._recent, self._packed = Recent(self._load, HELD), dict[str, Pixels]()
        self.sightings = [*run(_identify, frames)]
        drawn = {one.digest: one for one in reversed(self.sightings) if one.error is None}  # held ones once
        found = dict(zip(drawn, run(self._look, [*drawn.values()]), strict=True))
        for place, one in enumerate(self.sightings):
            if one.error is None:
                seen = found[one.digest]
                self.sightings[place] = self._look(one) if seen.error else replace(seen, frame=one.frame)
        self.readable = [place for place, one in enumerate(self.sightings) if one.error is None]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_recent", "_packed")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _recent=Recent(self._load, HELD), _packed={})

    def segments(self, place: int) -> Segments:
        """The regions of a frame that could be read."""
        return self._recent(place)

    def lines(self, place: int) -> Pixels:
        """The line art of a frame, see `load_lines`."""
        one = self.sightings[place]
        packed = self._packed.get(one.digest)
        return load_lines(one.frame.path) if packed is None else unpack_map(packed).view(np.uint8)

    def _load(self, place: int) -> Segments:
        return self._find(self.sightings[place])

    def _find(self, one: Sighting) -> Segments:
        def find() -> Segments:
            lines = load_lines(one.frame.path)
            if lines.ndim == 2 and sum(map(len, self._packed.copy().values())) < KEPT:
                self._packed[one.digest] = pack_map(lines)
            return Segments.find(lines)

        return self._store.segments(one.digest, find)

    def _look(self, seen: Sighting) -> Sighting:
        try:
            return replace(seen, count=len(self._find(seen)))
        except PaintsTorchError as error:
            return Sighting(seen.frame, "", error=error)
        except OSError as error:
            return _fail(seen.frame, error)

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


def _fail(frame: Frame, error: OSError) -> Sighting:
    return Sighting(frame, "", error=ImageError(f"{frame.path}: cannot be read: {error.strerror or error}"))
