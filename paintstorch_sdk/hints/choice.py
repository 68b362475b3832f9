"""Regions that no stroke tells of: the network chooses for them, among the strokes' colors and paper.

What a network paints where nobody told it anything is a dull mixture of what it was told elsewhere, or nearly white.
The nearest of the user's colors is what it means, and is clean: half of a coat takes the color of the other half. A
room chooses as one, since no line is between its regions.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.metrics import ciede2000, srgb_to_lab
from ..imaging.packed import pack, unpack
from ..imaging.regions import Regions
from .vote import NETWORK, PAPER, Votes

CANDIDATES = 8  # colors that are nearest in CIELAB, of which CIEDE2000 chooses
WHITE = np.full((1, 3), 255, np.uint8)
PALE = 0.5  # times the difference to paper that counts: what is not told is rather paper


def choose_colors(
    means: NDArray[np.float32], votes: Votes, regions: Regions
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The color of each region that the network decides.

    Args:
        means: float32 R,3, the network's mean color of each region, 0 to 255.
        votes: Votes of the strokes.
        regions: Regions of the drawing.

    Returns:
        uint8 R,3, meaningless where a vote decides: a color that strokes gave to another region, or white; what the
        network painted, where no stroke gave any. And bool R, the regions for which it chose paper.
    """
    colors = np.rint(means).astype(np.uint8)
    open_ = votes.reasons == NETWORK
    paper = np.zeros(len(open_), bool)
    codes = np.unique(pack(votes.colors[~open_ & (votes.reasons != PAPER)]))
    if not len(codes) or not open_.any():
        return colors, paper
    told = unpack(codes)
    colors[open_] = np.rint(_join_rooms(means[open_], regions.area[open_], regions.rooms[open_]))
    wanted, given, white = np.split(
        srgb_to_lab(np.concatenate([colors[open_], told, WHITE])).astype(np.float32), [open_.sum(), -1]
    )
    nearest = cv2.batchDistance(wanted, given, cv2.CV_32F, K=min(CANDIDATES, len(told)))[1]
    offered = np.concatenate([given[nearest], np.broadcast_to(white, (len(wanted), 1, 3))], 1)
    difference = ciede2000(wanted[:, None], offered)
    difference[:, -1] *= PALE
    best = difference.argmin(1)
    paper[open_] = best == nearest.shape[1]
    colors[open_] = told[np.take_along_axis(nearest, np.minimum(best, nearest.shape[1] - 1)[:, None], 1)[:, 0]]
    colors[paper] = 255
    return colors, paper


def _join_rooms(means: NDArray[np.float32], areas: NDArray[np.int64], rooms: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean color of each region's room, float64 K,3."""
    weights = np.maximum(areas, 1)
    sums = [np.bincount(rooms, weights * channel) for channel in means.T]
    joined: NDArray[np.float64] = np.stack(sums, 1)[rooms] / np.bincount(rooms, weights)[rooms, None]
    return joined
