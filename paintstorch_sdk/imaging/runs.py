"""Sums over labeled pixels, by runs of equal ones in a row: a picture has hundreds of times fewer runs than pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of pixels of one label.

    Attributes:
        first: int64 N, where each run begins: places in the flat map of H,W+1, as of `cv2.integral` without a row.
        last: int64 N, where it ends, that place excluded.
        labels: int32 N, of each run.
        counts: int64 L, pixels of each label.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    labels: NDArray[np.int32]
    counts: NDArray[np.int64]

    @classmethod
    def find(cls, labels: NDArray[np.int32], where: NDArray[np.bool_], count: int) -> "Runs":
        """The runs of labels, int32 H,W from 0 to `count` - 1, where `where`, bool H,W, is."""
        height, width = labels.shape
        bounded = np.full((height, width + 2), -1, np.int32)
        cv2.copyTo(labels, where.view(np.uint8), bounded[:, 1:-1])
        places = np.flatnonzero(bounded[:, 1:] != bounded[:, :-1])
        row, column = np.divmod(places, width + 1)
        before, here = bounded[row, column], bounded[row, column + 1]
        first, last = places[here >= 0], places[before >= 0]
        found = here[here >= 0]
        return cls(first, last, found, np.bincount(found, last - first, count).astype(np.int64))

    def average(self, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        """float64 L,C: the mean of a picture, uint8 H,W or H,W,C, over the pixels of each label; 0 where there is none.

        Sums of the whole picture may wrap around, their differences over a run do not.
        """
        sums = cv2.integral(picture, sdepth=cv2.CV_32S)
        below = sums.shape[1]  # from a place to the one below it
        corners = np.concatenate([self.last + below, self.first + below, self.last, self.first])
        flat = sums.reshape(sums.shape[0] * below, -1)
        ends = flat.take(corners, axis=0).reshape(4, len(self.first), flat.shape[1])  # also of no run at all
        totals = ends[0] - ends[1] - ends[2] + ends[3]
        bands = [np.bincount(self.labels, band, len(self.counts)) for band in totals.T]
        means: NDArray[np.float64] = np.stack(bands, 1) / np.maximum(self.counts, 1)[:, None]
        return means
