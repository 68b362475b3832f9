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
    count = len(regions)
    flat_top, flat_labels = marks.top.ravel(), regions.labels.ravel()
    places = np.flatnonzero(flat_top >= 0)
    keys = flat_top[places].astype(np.int64) * count + flat_labels[places]
    where = np.searchsorted(votes.owned, keys)
    meant = votes.owned[np.minimum(where, len(votes.owned) - 1)] == keys
    places = places[meant]
    tops = flat_top[places]
    differs = (
        np.abs(marks.colors.astype(np.int16)[tops] - votes.colors.astype(np.int16)[flat_labels[places]]).max(1) > 4
    )
    rims, owners = places[differs], tops[differs]
    order = np.argsort(owners, kind="stable")
    found, first = np.unique(owners[order], return_index=True)
    if len(found) and soft:
        for mark, own in [*zip(found, np.split(order, first[1:]), strict=True)][:MAX_SOFTENED]:
            _soften(picture, rims[own], int(mark), marks, regions)
    picture.reshape(-1, 3)[places] = marks.colors[tops]


def _soften(picture: NDArray[np.uint8], places: NDArray[np.int64], mark: int, marks: Marks, regions: Regions) -> None:
    rim = min(MAX_RIM, max(1.5, RIM * 0.5 * float(marks.widths[mark])))
    height, width = marks.top.shape
    y, x = np.divmod(places, width)
    margin = int(np.ceil(rim)) + 1
    box = np.s_[
        max(0, y.min() - margin) : min(height, y.max() + margin + 1),
        max(0, x.min() - margin) : min(width, x.max() + margin + 1),
    ]
    outside = np.ones((box[0].stop - box[0].start, box[1].stop - box[1].start), np.uint8)
    outside[y - box[0].start, x - box[1].start] = 0
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    own = np.unique(regions.labels.ravel()[places])
    near = (distance > 0) & (distance < rim)
    near &= np.isin(regions.labels[box], own)
    weight = np.square(1.0 - distance[near] / rim)[:, None].astype(np.float32)
    patch = picture[box]
    under = patch[near].astype(np.float32)
    patch[near] = np.rint(under + weight * (marks.colors[mark].astype(np.float32) - under)).astype(np.uint8)
