"""Trouble in a colored shot, found in its pictures as they are now, whoever touched them last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, PaintsTorchError
from ..imaging.images import load
from ..imaging.metrics import ciede2000, srgb_to_lab
from ..look import Look
from .frames import find_frames
from .keys import find_modes, pack, unpack
from .matching import Matches
from .results import Record, read_manifest
from .segments import Segments
from .shot import Shot
from .store import digest_file

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

WEIGHTS = {  # how much the share of a picture counts that a kind of trouble covers
    "broken": 1.0,
    "wrong color": 8.0,
    "palette": 8.0,
    "paper": 8.0,
    "leak": 6.0,
    "flicker": 4.0,
    "doubtful": 2.0,
    "blink": 4.0,
    "touched": 0.02,
}
APART = 10.0  # CIEDE2000: colors that differ by more are two
STRAY = 12.0  # pixels of the small map that are another color than their region's: fewer are its rim
SEEN = 2e-4  # of a picture: smaller trouble is none
FADE = 0.85  # how much less a key helps with each frame that lies between
WORTH = 0.02  # of a picture, summed over the shot: less trouble is worth no new key


@dataclass(frozen=True, eq=False)
class Finding:
    """One kind of trouble in a frame.

    Attributes:
        kind: One of `WEIGHTS`.
        share: Share of the picture, 0 to 1.
        text: What it is, a phrase.
        regions: Where: numbers of regions, the largest first.
    """

    kind: str
    share: float
    text: str
    regions: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Checked:
    """One frame, checked.

    Attributes:
        record: What the manifest says of it.
        findings: Its trouble, the worst first.
        doubt: Share of the picture that is doubtful or flickers: what a key would settle.
    """

    record: Record
    findings: tuple[Finding, ...]
    doubt: float

    @property
    def trouble(self) -> float:
        """0 to 1."""
        return min(1.0, sum(WEIGHTS[one.kind] * one.share for one in self.findings))


@dataclass(frozen=True, eq=False)
class Observed:
    """What a picture shows.

    Attributes:
        colors: int64 R, the color of each region as 0xRRGGBB.
        share: float64 R, the share of its pixels that have it.
        seen: bool R, whether it has pixels off the lines.
    """

    colors: NDArray[np.int64]
    share: NDArray[np.float64]
    seen: Mask


class Check:
    """The check of a folder of results.

    Args:
        folder: What `ShotResults` wrote.

    Raises:
        InputError: There is no manifest, or keys that were no files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        document = read_manifest(folder)
        self.records: list[Record] = document["results"]
        self.missing: list[int] = document["missing"]
        self.shot = _open_shot(folder, document)

    def run(self) -> list[Checked]:
        """Check every frame, in order."""
        seen: list[Observed | None] = []
        for place, record in enumerate(self.records):
            seen.append(self._observe(place, record))
        return [self._check(place, record, seen) for place, record in enumerate(self.records)]

    def _observe(self, place: int, record: Record) -> Observed | None:
        if record.error or self.shot.survey.sightings[place].error is not None:
            return None
        try:
            picture = np.asarray(load(self.folder / record.output).convert("RGB"))
        except PaintsTorchError:
            return None
        return observe(picture, self.shot.survey.segments(place), exact=self._exact)

    @property
    def _exact(self) -> bool:
        return self.shot.look.style == "flat"

    def _check(self, place: int, record: Record, seen: Sequence[Observed | None]) -> Checked:
        own = seen[place]
        if own is None:
            text = record.error or f"{record.output} is gone or cannot be read"
            return Checked(record, (Finding("broken", 1.0, text),), 0.0)
        segments, coloring = self.shot.survey.segments(place), self.shot.colorings[place]
        assert coloring is not None
        weight = segments.area / segments.labels.size
        expected = pack(self.shot.palette)[coloring.colors]
        off = differ(own.colors, expected) & own.seen
        several = np.zeros(len(segments), bool)
        if (parts := coloring.parts) is not None:
            several[np.unique(segments.labels[parts >= 0])] = True
        stray = segments.area * (1.0 - own.share)  # pixels in another color than their region's
        stray[several | (stray < STRAY)] = 0.0
        found = self._find(off, own, expected, segments)
        doubtful = coloring.doubtful & ~segments.page
        found.append(("doubtful", "regions that no frame is sure of", doubtful))
        flicker = self._flickers(place, seen)
        found.append(("flicker", "colors unlike those before and after", flicker))
        findings = [_make_finding(kind, text, mask * weight) for kind, text, mask in found]
        if self._exact:
            stray /= segments.labels.size
            findings.append(_make_finding("leak", "regions with more than one color", stray * ~segments.page))
            findings.append(_make_finding("paper", "spots on the paper", stray * segments.page))
        findings += self._find_blinks(place, seen)
        if digest_file(self.folder / record.output) != record.sha256:
            findings.append(Finding("touched", 1.0, "the picture is not the one that was written"))
        kept = [one for one in findings if one.share > SEEN]
        kept.sort(key=lambda one: -WEIGHTS[one.kind] * one.share)
        return Checked(record, tuple(kept), float(weight[doubtful | flicker].sum()))

    def _find(
        self, off: Mask, own: Observed, expected: NDArray[np.int64], segments: Segments
    ) -> list[tuple[str, str, Mask]]:
        white = expected == 0xFFFFFF
        found = [("paper", "paper that got color", off & white & segments.page)]
        if not self._exact:
            return found
        listed = np.isin(own.colors, pack(self.shot.palette))
        found.append(("palette", "colors that no key has", ~listed & own.seen & ~segments.page))
        found.append(("wrong color", "regions in another color than was found for them", off & listed & ~segments.page))
        return found

    def _flickers(self, place: int, seen: Sequence[Observed | None]) -> Mask:
        """Regions whose color is neither that of the frame before nor that of the one after."""
        readable, own = self.shot.survey.readable, seen[place]
        at = readable.index(place)
        assert own is not None
        alone = np.ones(len(own.colors), bool)
        if not 0 < at < len(readable) - 1:
            return ~alone
        for other in (readable[at - 1], readable[at + 1]):
            theirs = seen[other]
            if theirs is None:
                return ~alone
            alone &= _changed(theirs, own, self.shot.survey.matches(other, place))
        return alone

    def _find_blinks(self, place: int, seen: Sequence[Observed | None]) -> list[Finding]:
        """Colors of the palette that are here alone, or missing here alone."""
        around = [seen[one] if 0 <= one < len(seen) else None for one in (place - 1, place, place + 1)]
        if any(one is None for one in around):
            return []
        sizes = [self._sizes(one, place + step) for step, one in zip((-1, 0, 1), around, strict=True) if one]
        found = []
        for color in set().union(*sizes):
            before, here, after = (size.get(color, 0.0) for size in sizes)
            name = f"#{color:06x}"
            if here > 4 * SEEN and max(before, after) < SEEN / 4:
                found.append(Finding("blink", here, f"{name} is in this frame alone"))
            elif min(before, after) > 4 * SEEN and here < SEEN / 4:
                found.append(Finding("blink", min(before, after), f"{name} is missing in this frame alone"))
        return found

    def _sizes(self, own: Observed, place: int) -> Mapping[int, float]:
        if not self._exact:
            return {}
        segments = self.shot.survey.segments(place)
        colors, number = np.unique(own.colors, return_inverse=True)
        sizes = np.bincount(number, segments.area) / segments.labels.size
        return dict(zip(colors.tolist(), sizes.tolist(), strict=True))


def suggest_key(frames: Sequence[Checked], keys: Sequence[int]) -> tuple[int, int] | None:
    """The frame where one more key would settle most, and how many frames it helps; None where none is worth it.

    Args:
        frames: In order.
        keys: Numbers of the key frames that there are.
    """
    doubt = np.array([frame.doubt for frame in frames])
    if doubt.sum() < WORTH:
        return None
    distance = np.abs(np.arange(len(frames))[:, None] - np.arange(len(frames))[None])
    helps = FADE**distance
    worth = (helps * doubt[None]).sum(1) * (doubt > 0)
    worth[[frame.record.number in keys or bool(frame.record.error) for frame in frames]] = -1.0
    best = int(worth.argmax())
    helped = (helps[best] >= 0.4) & (doubt > SEEN)
    return frames[best].record.number, int(helped.sum())


def observe(picture: Pixels, segments: Segments, exact: bool) -> Observed:
    """The colors of a picture's regions, off the lines.

    Args:
        picture: uint8 H,W,3.
        segments: Segments of its frame.
        exact: Whether regions have one exact color each; else the mean counts.
    """
    height, width = segments.labels.shape
    free = cv2.erode((~segments.walls).view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    seen = np.bincount(segments.labels[free], minlength=len(segments)) > 0
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
    labels = segments.labels[free]
    if exact:
        return Observed(*find_modes(labels, pack(small[free]), len(segments)), seen)
    count = np.maximum(np.bincount(labels, minlength=len(segments)), 1)
    means = [np.bincount(labels, small[..., channel][free], len(segments)) / count for channel in range(3)]
    return Observed(pack(np.rint(np.stack(means, 1)).astype(np.uint8)), np.ones(len(segments)), seen)


def differ(first: NDArray[np.int64], second: NDArray[np.int64]) -> Mask:
    """Whether colors 0xRRGGBB are plainly different."""
    apart = ciede2000(srgb_to_lab(unpack(first)), srgb_to_lab(unpack(second)))
    return np.asarray(apart > APART)


def _changed(first: Observed, second: Observed, matches: Matches) -> Mask:
    """Which regions of the second have another color than the one region of the first that they surely are."""
    sure = matches.weights >= 0.8
    one, other = matches.pairs[sure].T
    changed = np.zeros(len(second.colors), bool)
    both = first.seen[one] & second.seen[other]
    changed[other] = differ(first.colors[one], second.colors[other]) & both
    return changed


def _make_finding(kind: str, text: str, shares: NDArray[np.floating[Any]]) -> Finding:
    """The finding for the share of the picture that is in trouble in each region."""
    regions = np.flatnonzero(shares)
    regions = regions[np.argsort(-shares[regions], kind="stable")]
    return Finding(kind, float(shares.sum()), text, tuple(regions.tolist()))


def _open_shot(folder: Path, document: Mapping[str, Any]) -> Shot:
    keys = {int(number): key["file"] for number, key in document["keys"].items()}
    if not all(keys.values()):
        raise InputError(f"{folder}: expected a shot whose keys are files, received one with keys from memory")
    look = Look(**document["look"])
    frames = find_frames([record.source for record in document["results"]])
    return Shot(frames, keys, cache=folder, **{name: getattr(look, name) for name in document["look"]})
