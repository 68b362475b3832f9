"""The user's colors, exactly where the user put them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.regions import Regions
from .marks import Marks
from .vote import Votes

RIM = 0.8  # of a brush's radius: how far a color that differs from its region's fades into it
MAX_RIM = 24.0  # pixels of the label map
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
    count, places = len(regions), marks.places
    tops, labels = marks.top.ravel()[places], regions.labels.ravel()[places]
    keys = tops.astype(np.int64) * count + labels
    meant = np.isin(keys, votes.owned)
    places, tops, keys = places[meant], tops[meant], keys[meant]
    owners, owned = np.divmod(votes.owned, count)
    differs = np.abs(marks.colors.astype(np.int16)[owners] - votes.colors.astype(np.int16)[owned]).max(1) > 4
    if soft and differs.any():
        rims = np.isin(keys, votes.owned[differs])
        rim, by_mark = places[rims], tops[rims]
        order = np.argsort(
            by_mark.astype(np.uint16) if len(marks) < 2**16 else by_mark, kind="stable"
        )  # 16 bits: radix
        found, first = np.unique(by_mark[order], return_index=True)
        for mark, here in [*zip(found.tolist(), np.split(order, first[1:]), strict=True)][:MAX_SOFTENED]:
            _soften(picture, rim[here], mark, owned[differs & (owners == mark)], marks, regions)
    picture.reshape(-1, 3)[places] = marks.colors.take(tops, axis=0)


def _soften(
    picture: NDArray[np.uint8],
    places: NDArray[np.int64],
    mark: int,
    own: NDArray[np.int64],
    marks: Marks,
    regions: Regions,
) -> None:
    """Fade a mark's color out around these places, within its own regions."""
    rim = min(MAX_RIM, max(1.5, RIM * 0.5 * float(marks.widths[mark])))
    height, width = marks.top.shape
    y, x = np.divmod(places.astype(np.int32), np.int32(width))
    margin = int(np.ceil(rim)) + 1
    box = np.s_[
        max(0, int(y[0]) - margin) : min(height, int(y[-1]) + margin + 1),  # places are sorted
        max(0, int(x.min()) - margin) : min(width, int(x.max()) + margin + 1),
    ]
    outside = np.ones((box[0].stop - box[0].start, box[1].stop - box[1].start), np.uint8)
    outside[y - box[0].start, x - box[1].start] = 0
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    near = np.nonzero((distance > 0) & (distance < rim) & np.isin(regions.labels[box], own))
    weight = np.square(1.0 - distance[near] / rim)[:, None]
    patch = picture[box]
    under = patch[near].astype(np.float32)
    patch[near] = np.rint(under + weight * (marks.colors[mark].astype(np.float32) - under)).astype(np.uint8)
