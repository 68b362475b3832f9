"""The user's colors, exactly where the user put them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.regions import Regions
from .marks import Marks, Rim
from .vote import Votes

RIM = 0.8  # of a brush's radius: how far a color that differs from its region's fades into it
MAX_RIM = 24.0  # pixels of the label map
FINE = 4.0  # pixels of a rim: a wider one is measured at a reduced size
KEPT = 2**22  # pixels of rims that are kept for the next render
MAX_SOFTENED = 200  # marks with a soft rim; each takes up to 25 ms, and among more of them nobody sees it


def lay_marks(picture: NDArray[np.uint8], votes: Votes, marks: Marks, regions: Regions, *, soft: bool = True) -> None:
    """Paint marks over a color layer, in place: solid inside, soft at the rim, never across a line.

    Args:
        picture: uint8 H,W,3 of the label map's size.
        votes: A mark is painted where it lies as meant, not where it spilled into another region.
        marks: Marks on the label map.
        regions: Regions of the drawing.
        soft: Whether a color that differs from its region's fades into it at the rim.
    """
    if not len(votes.owned):
        return
    flat = picture.reshape(-1, 3)
    meant = np.isin(votes.keys, votes.owned)
    places, keys = marks.places[meant], votes.keys[meant]
    tops = marks.top.ravel()[places]
    owners, owned = np.divmod(votes.owned, len(regions))
    differs = np.abs(marks.colors.astype(np.int16)[owners] - votes.colors.astype(np.int16)[owned]).max(1) > 4
    if soft and differs.any():
        rims = np.isin(keys, votes.owned[differs])
        rim, by_mark = places[rims], tops[rims]
        order = np.argsort(
            by_mark.astype(np.uint16) if len(marks) < 2**16 else by_mark, kind="stable"
        )  # 16 bits: radix
        found, first = np.unique(by_mark[order], return_index=True)
        for mark, here in [*zip(found.tolist(), np.split(order, first[1:]), strict=True)][:MAX_SOFTENED]:
            own = owned[differs & (owners == mark)]
            known = marks.rims.get(mark)
            if known is None or not np.array_equal(known.own, own) or not np.array_equal(known.inside, rim[here]):
                known = _find_rim(rim[here], float(marks.widths[mark]), own, regions)
                if sum(len(rim.places) for rim in marks.rims.values()) > KEPT:
                    marks.rims.clear()
                marks.rims[mark] = known
            under = flat.take(known.places, axis=0).astype(np.float32)
            under += known.weights * (marks.colors[mark].astype(np.float32) - under)
            flat[known.places] = np.rint(under, out=under).astype(np.uint8)
    as_one = picture.reshape(-1).view("V3")  # NumPy: twice as fast as three bytes one by one
    as_one[places] = marks.colors.reshape(-1).view("V3").take(tops)


def _find_rim(inside: NDArray[np.int64], brush: float, own: NDArray[np.int64], regions: Regions) -> Rim:
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
    rows, columns = np.nonzero((distance < rim) & (outside > 0) & np.isin(labels, own))
    weights = np.square(1.0 - distance[rows, columns] / rim)[:, None]
    return Rim(inside, own, (rows + top) * width + columns + left, weights)


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
