"""Regions with several colors, parted into regions with one, at the drawing's size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.regions import Regions
from ..imaging.runs import Runs
from .enlarging import Labels
from .propagation import Numbers
from .segments import Segments


def part_labels(
    labels: Labels, small: Numbers, colors: Numbers, parts: Numbers | None
) -> tuple[Labels, Numbers, Numbers]:
    """Give each color of a region a label of its own; the main color keeps the region's.

    Args:
        labels: uint8 or uint16 H,W, full-size label map.
        small: int32 h,w, the same on the small map.
        colors: int32 R, the number of each label's main color.
        parts: See `Coloring.parts`.

    Returns:
        uint8 or uint16 H,W labels; int32 R' the number of each label's color; int32 R' the label that each lies in.
    """
    numbers, parents = colors.tolist(), [*range(len(colors))]
    if parts is None:
        return labels, colors, np.arange(len(colors), dtype=np.int32)
    labels = labels.astype(np.uint16)
    scale = labels.shape[0] / parts.shape[0], labels.shape[1] / parts.shape[1]
    for region in np.flatnonzero(np.bincount(small[parts >= 0])).tolist():
        left, top, width, height = cv2.boundingRect((small == region).view(np.uint8))
        box = np.s_[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]
        large = tuple(
            slice(round(side.start * by), round(min(side.stop, most) * by))
            for side, by, most in zip(box, scale, parts.shape, strict=True)
        )
        inside = labels[large] == region
        nearest = _widen(np.where(small[box] == region, parts[box], -1))
        for color, where in _enlarge(nearest, inside.shape):
            if color == numbers[region]:
                continue
            labels[large][inside & where] = len(numbers)
            numbers.append(color)
            parents.append(region)
    return labels, np.array(numbers, np.int32), np.array(parents, np.int32)


def make_regions(segments: Segments, labels: Numbers, walls: NDArray[np.bool_], parents: Numbers) -> Regions:
    """Regions of the drawing's size with the labels of `part_labels`; parts are of their region's room and tone."""
    count, size = len(parents), labels.size
    runs = Runs.find(labels, ~walls, count)
    row, column = np.divmod(runs.first + (runs.last - runs.first) // 2, labels.shape[1] + 1)
    longest = np.argsort(runs.last - runs.first, kind="stable")
    seeds = np.zeros(count, np.int64)
    if not runs.counts.all():  # some lie in lines alone
        numbers, places = np.unique(labels, return_index=True)
        seeds[numbers] = places
    seeds[runs.labels[longest]] = (row * labels.shape[1] + column)[longest]
    scale = np.sqrt(size / segments.labels.size)
    return Regions(
        labels,
        walls,
        1,
        runs.counts,
        (segments.radius * np.float32(scale))[parents],
        seeds,
        segments.tone[parents],
        segments.outer[parents],
        (np.zeros((0, 2), np.int32), np.zeros(0, np.float32)),
        segments.page[parents],
        segments.rooms[parents],
    )


def _widen(parts: Numbers) -> Numbers:
    """Each pixel the color of the nearest that has one."""
    known = parts >= 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    widened: Numbers = parts[known][nearest - 1]
    return widened


def _enlarge(parts: Numbers, shape: tuple[int, ...]) -> list[tuple[int, NDArray[np.bool_]]]:
    """Each color and where it is on a larger map, with smooth borders."""
    numbers = np.unique(parts).tolist()
    says = [
        cv2.resize((parts == number).astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
        for number in numbers
    ]
    best, most = np.zeros(shape, np.uint16), says[0]
    for place, one in enumerate(says[1:], 1):  # as np.argmax has it, the first of equal ones, in a quarter of its time
        cv2.copyTo(np.full(shape, place, np.uint16), (one > most).view(np.uint8), best)
        most = cv2.max(most, one)
    return [(number, best == place) for place, number in enumerate(numbers)]
