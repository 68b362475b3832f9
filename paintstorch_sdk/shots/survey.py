"""The first look at a shot: the regions of every frame, and which is which from frame to frame."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, PaintsTorchError
from ..imaging.deflate import pack_lines, unpack_lines
from .files import load_lines
from .frames import Frame
from .matching import Matches, match_segments
from .order import Recent
from .segments import Segments
from .store import ShotStore, digest_file

Pixels = NDArray[np.uint8]
Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]

HELD = 12  # frames whose regions are held in memory
KEPT = 96 * 2**20  # bytes of packed line art that are held: some 200 frames of 1080p need not be decoded again


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
        kept: Bytes of packed line art that are held.

    Attributes:
        sightings: One of every frame, in order.
        readable: The places of the frames that could be read.
    """

    def __init__(self, frames: Sequence[Frame], store: ShotStore, run: Run, kept: int = KEPT) -> None:
        self._store = store
        self._recent, self._packed = Recent(self._load, HELD), dict[str, Pixels]()
        self.sightings = [*run(_identify, frames)]
        drawn = {one.digest: one for one in reversed(self.sightings) if one.error is None}  # held ones once
        looked = run(self._look, ((one, sum(map(len, self._packed.values())) < kept) for one in drawn.values()))
        found = {}
        for digest, (seen, packed) in zip(drawn, looked, strict=True):
            found[digest] = seen
            if packed is not None:
                self._packed[digest] = packed
        for place, one in enumerate(self.sightings):
            if one.error is None:
                seen = found[one.digest]
                self.sightings[place] = self._look((one, False))[0] if seen.error else replace(seen, frame=one.frame)
        self.readable = [place for place, one in enumerate(self.sightings) if one.error is None]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_recent", "_packed")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _recent=Recent(self._load, HELD), _packed={})

    def segments(self, place: int) -> Segments:
        """The regions of a frame that could be read."""
        return self._recent(place)

    def packed_lines(self, place: int) -> Pixels | None:
        """The line art of a frame in few bytes, where it is held."""
        return self._packed.get(self.sightings[place].digest)

    def lines(self, place: int, packed: Pixels | None = None) -> Pixels:
        """The line art of a frame, see `load_lines`; `packed` by another process's survey."""
        packed = self.packed_lines(place) if packed is None else packed
        return load_lines(self.sightings[place].frame.path) if packed is None else unpack_lines(packed)

    def _load(self, place: int) -> Segments:
        one = self.sightings[place]
        return self._store.segments(one.digest, lambda: Segments.find(load_lines(one.frame.path)))

    def _look(self, item: tuple[Sighting, bool]) -> tuple[Sighting, Pixels | None]:
        """Find a frame's regions; also its line art packed, where it was read and is wanted."""
        (seen, is_wanted), packed = item, None

        def find() -> Segments:
            nonlocal packed
            lines = load_lines(seen.frame.path)
            packed = pack_lines(lines) if is_wanted and lines.ndim == 2 else None
            return Segments.find(lines)

        try:
            return replace(seen, count=len(self._store.segments(seen.digest, find))), packed
        except PaintsTorchError as error:
            return Sighting(seen.frame, "", error=error), None
        except OSError as error:
            return _fail(seen.frame, error), None

    def matches(self, first: int, second: int) -> Matches:
        """How two frames match: what the first one's regions say of the second's."""
        if self.is_held(first, second):
            return Matches.of_held(self.segments(first))
        digests = self.sightings[first].digest, self.sightings[second].digest
        return self._store.matches(*digests, lambda: match_segments(self.segments(first), self.segments(second)))

    def is_held(self, first: int, second: int) -> bool:
        """Whether two frames show one drawing: their files are the same."""
        return bool(self.sightings[first].digest == self.sightings[second].digest)

    def match(self, places: tuple[int, ...]) -> None:
        """Find the matches of the last of these frames with each of the others, and keep them."""
        *firsts, second = places
        for first in firsts:
            self.matches(first, second)


def _identify(frame: Frame) -> Sighting:
    try:
        return Sighting(frame, digest_file(frame.path))
    except OSError as error:
        return _fail(frame, error)


def _fail(frame: Frame, error: OSError) -> Sighting:
    return Sighting(frame, "", error=ImageError(f"{frame.path}: cannot be read: {error.strerror or error}"))
