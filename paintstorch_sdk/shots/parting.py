"""Regions with several colors, parted into regions with one, at the drawing's size."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..imaging.regions import Regions
from .propagation import Coloring, Numbers
from .segments import Segments


def part_labels(labels: Numbers, coloring: Coloring, segments: Segments) -> tuple[Numbers, Numbers, Numbers]:
    """Give each color of a region a label of its own; the main color keeps the region's.

    Args:
        labels: int32 H,W, full-size label map.
        coloring: Coloring of the frame.
        segments: The same.

    Returns:
        int32 H,W labels; int32 R' the number of each label's color; int32 R' the region that each lies in.
    """
    count = len(coloring)
    colors, parents = [*coloring.colors.tolist()], [*range(count)]
    parts = coloring.parts
    if parts is None:
        return labels, coloring.colors, np.arange(count, dtype=np.int32)
    labels = labels.copy()
    scale = labels.shape[0] / parts.shape[0], labels.shape[1] / parts.shape[1]
    for region in np.unique(segments.labels[parts >= 0]).tolist():
        rows, columns = (np.flatnonzero((segments.labels == region).any(axis)) for axis in (1, 0))
        small = np.s_[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]
        box = tuple(
            slice(round(side.start * by), round(min(side.stop, most) * by))
            for side, by, most in zip(small, scale, parts.shape, strict=True)
        )
        inside = labels[box] == region
        nearest = _widen(np.where(segments.labels[small] == region, parts[small], -1))
        for color, where in _enlarge(nearest, inside.shape):
            if color == coloring.colors[region]:
                continue
            labels[box][inside & where] = len(colors)
            colors.append(color)
            parents.append(region)
    return labels, np.array(colors, np.int32), np.array(parents, np.int32)


def part_regions(regions: Regions, labels: Numbers, parents: Numbers) -> Regions:
    """Regions with the label map of `part_labels`; a part is of the same room, paper and tone as its region."""
    count = len(regions)
    if len(parents) == count:
        return regions
    free = ~regions.walls
    area = np.bincount(labels[free], minlength=len(parents)).astype(np.int64)
    flat = labels.ravel()
    numbers, places = np.unique(flat, return_index=True)
    seeds = regions.seeds[parents]
    moved = flat[seeds] != np.arange(len(parents))
    anywhere = seeds.copy()
    anywhere[numbers] = places
    return replace(
        regions,
        labels=labels,
        area=area,
        radius=regions.radius[parents],
        seeds=np.where(moved, anywhere, seeds),
        tone=regions.tone[parents],
        outer=regions.outer[parents],
        page=regions.page[parents],
        rooms=regions.rooms[parents],
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
    best = np.argmax(says, 0)
    return [(number, best == place) for place, number in enumerate(numbers)]
