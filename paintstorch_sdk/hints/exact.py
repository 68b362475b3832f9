"""The user's colors, exactly where the user put them."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.packed import Packed, as_bytes
from ..imaging.regions import Regions
from .marks import Dab, Laid, Marks, Rim
from .meaning import lay_on
from .vote import Votes

RIM = 0.8  # of a brush's radius: how far a color that differs from its region's fades into it
MAX_RIM = 24.0  # pixels of the label map
FINE = 4.0  # pixels of a rim: a wider one is measured at a reduced size
KEPT = 2**21  # pixels of rims that are kept for the next render
WAYS = 3  # of painting a mark that are kept: its rims change with its regions' colors, and back
MAX_SOFTENED = 200  # marks with a soft rim; each takes up to 25 ms, and among more of them nobody sees it


def find_dabs(votes: Votes, marks: Marks, regions: Regions, *, soft: bool = True) -> list[Dab]:
    """Find where marks are painted: solid inside, soft at the rim, never across a line.

    Args:
        votes: A mark is painted where it lies as meant, not where it spilled into another region; one that says
            nothing, since it lies on ink, on the ink and in slits of half its width.
        marks: Marks on the label map.
        regions: Regions of the drawing.
        soft: Whether a color that differs from its region's fades into it at the rim.
    """
    if not len(votes.owned) and not len(votes.inked):
        return []
    laid = lay_on(regions, marks)
    owners, owned = np.divmod(votes.owned, len(regions))
    softened = 0
    differs = np.abs(marks.colors.astype(np.int16)[owners] - votes.colors.astype(np.int16)[owned]).max(1) > 4
    # Of each mark: its own regions, and in which it fades.
    where: dict[int, tuple[list[int], list[int]]] = {mark: ([], []) for mark in votes.inked.tolist()}
    for mark, region, fades in zip(owners.tolist(), owned.tolist(), differs.tolist(), strict=True):
        own, fading = where.setdefault(mark, ([], []))
        own.append(region)
        if fades and soft and (fading or softened < MAX_SOFTENED):
            softened += not fading
            fading.append(region)
    dabs, kept = [], 0
    for mark, (own, fading) in where.items():
        known, key = laid[mark].dabs, (tuple(own), tuple(fading))
        if key not in known:
            if len(known) == WAYS:
                known.clear()
            known[key] = _find_dab(mark, laid[mark], own, fading, float(marks.widths[mark]), regions)
        dabs.append(known[key])
        kept += sum(len(dab.rim.places) for dab in known.values() if dab.rim)
    if kept > KEPT:
        for one in laid:
            one.dabs.clear()
    return dabs


def lay_dabs(layer: Packed, dabs: list[Dab], colors: Packed) -> None:
    """Paint dabs over a color layer, in place.

    Args:
        layer: uint32 H,W of the label map's size.
        dabs: One of each mark that is painted.
        colors: uint32 M, of all marks.
    """
    flat = layer.reshape(-1)
    for dab in dabs:
        if dab.rim is not None:
            under = as_bytes(flat.take(dab.rim.places)).ravel().astype(np.float32)
            added = np.tile(as_bytes(colors)[dab.mark].astype(np.float32), len(dab.rim.places))
            added -= under
            added *= dab.rim.weights
            under += added
            flat[dab.rim.places] = np.rint(under, out=under).astype(np.uint8).view(np.uint32)
    for dab in dabs:
        flat[dab.places] = colors[dab.mark]


def _find_dab(mark: int, laid: Laid, own: list[int], fading: list[int], brush: float, regions: Regions) -> Dab:
    """A mark that is painted in its own regions, and fades out in some of them; without any, on ink and in slits."""
    places = laid.places[_are_of(laid.labels, own) if own else _find_narrow(laid.places, brush, regions)]
    rim = _find_rim(laid.places[_are_of(laid.labels, fading)], brush, fading, regions) if fading else None
    y, x = np.divmod(places if rim is None else np.concatenate([places, rim.places]), regions.labels.shape[1])
    return Dab(mark, places, rim, (int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1))


def _find_narrow(places: NDArray[np.int64], brush: float, regions: Regions) -> NDArray[np.bool_]:
    """Which places lie on lines, or between lines nearer to one another than half of a brush's width."""
    y, x = np.divmod(places, regions.labels.shape[1])
    half = 0.25 * brush
    margin = math.ceil(half)
    top, left = max(0, int(y.min()) - margin), max(0, int(x.min()) - margin)
    open_ = ~regions.walls[top : int(y.max()) + margin + 1, left : int(x.max()) + margin + 1]
    beside = _find_distance(open_.view(np.uint8), 1) < half
    narrow: NDArray[np.bool_] = (~open_ | (_find_distance(beside.view(np.uint8), 1) >= half))[y - top, x - left]
    return narrow


def _are_of(labels: NDArray[np.int32], numbers: list[int]) -> NDArray[np.bool_]:
    return labels == numbers[0] if len(numbers) == 1 else np.isin(labels, numbers)


def _find_rim(inside: NDArray[np.int64], brush: float, own: list[int], regions: Regions) -> Rim:
    """Where a mark of these places and this width fades out, within its own regions."""
    rim = min(MAX_RIM, max(1.5, RIM * 0.5 * brush))
    width = regions.labels.shape[1]
    y, x = np.divmod(inside.astype(np.int32), np.int32(width))
    margin = int(np.ceil(rim)) + 1
    top, left = max(0, int(y[0]) - margin), max(0, int(x.min()) - margin)  # places are sorted
    labels = regions.labels[top : int(y[-1]) + margin + 1, left : int(x.max()) + margin + 1]
    outside = np.ones(labels.shape, np.uint8)
    outside[y - top, x - left] = 0
    distance = _find_distance(outside, max(1, int(rim / FINE)))
    rows, columns = np.nonzero((distance < rim) & (outside > 0) & _are_of(labels, own))
    weights = np.repeat(np.square(1.0 - distance[rows, columns] / rim), 4)
    return Rim((rows + top) * width + columns + left, weights)


def _find_distance(outside: NDArray[np.uint8], factor: int) -> NDArray[np.float32]:
    """float32 h,w: pixels from each place to the nearest 0, measured on a map reduced by a factor."""
    height, width = outside.shape
    if factor > 1:
        small = cv2.resize(outside * 255, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
        outside = (small == 255).view(np.uint8)
    distance: NDArray[np.float32] = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    if factor > 1:
        distance = cv2.resize(distance * np.float32(factor), (width, height), interpolation=cv2.INTER_LINEAR)
    return distance
