"""Key frames: the colors of their regions, from flats, from a painted picture, or from strokes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..colorizer import Colorizer
from ..errors import InputError
from ..hints.flattened import is_opaque
from ..hints.model import HintSource
from ..imaging.images import load
from ..look import Look
from .enlarging import enlarge_labels, find_lines
from .files import load_lines
from .propagation import UNKNOWN, Coloring, Numbers
from .segments import Segments
from .survey import Survey

Pixels = NDArray[np.uint8]
KeySource: TypeAlias = HintSource

EXACT = 0.4  # of a region: an exact color that covers as much is its flat; else the region is painted
PART = 0.04  # of a region: a second exact color covers at least as much
CORE = 2  # pixels of the small map: what is narrower than twice that is a rim


def color_keys(
    keys: Mapping[int, KeySource], survey: Survey, colorizer: Callable[[], Colorizer], look: Look
) -> tuple[dict[int, Coloring], Pixels]:
    """The colors of the key frames' regions.

    Args:
        keys: By the places of their frames.
        survey: Survey of the shot.
        colorizer: Colors those that are strokes.
        look: Its palette is the shot's, where it has one.

    Returns:
        The colorings, and the palette that they count in, uint8 K,3.

    Raises:
        InputError: A key that cannot be read, or whose frame cannot.
    """
    found = {}
    for place, source in keys.items():
        sighting = survey.sightings[place]
        if sighting.error is not None:
            raise InputError(f"key {sighting.frame.number}: its frame cannot be read: {sighting.error}")
        lines = load_lines(sighting.frame.path)
        picture = load_picture(source)
        if picture is None:
            canvas = colorizer().canvas(lines, source)
            picture = np.asarray(canvas.render(style="flat", lines="none", palette=look.palette))
        _check_shape(picture, lines, sighting.frame.number)
        segments = survey.segments(place)
        main, small = read_key(picture, find_lines(lines, bool(segments.inverted)), segments)
        if look.listed is not None:
            main, small = look.listed.snap(main), look.listed.snap(small)
        found[place] = main, small
    codes = [pack(colors) for pair in found.values() for colors in pair]
    palette = np.unique(np.concatenate([code.ravel() for code in codes]))
    colorings = {}
    for place, (main, small) in found.items():
        numbers = (np.searchsorted(palette, pack(colors)).astype(np.int32) for colors in (main, small))
        colorings[place] = color_key(place, next(numbers), next(numbers), survey.segments(place))
    return colorings, unpack(palette)


def load_picture(source: KeySource) -> Pixels | None:
    """A key that is an opaque picture, uint8 H,W,3; None of strokes."""
    if isinstance(source, str | os.PathLike) and Path(source).suffix.lower() == ".json":
        return None
    if not isinstance(source, str | os.PathLike | bytes | Image.Image | np.ndarray):
        return None
    picture = load(source)
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("RGB"))
    layer = np.asarray(picture.convert("RGBA"))
    return layer[..., :3] if is_opaque(layer) else None


def _check_shape(picture: Pixels, lines: Pixels, number: int) -> None:
    (height, width), (own_height, own_width) = lines.shape[:2], picture.shape[:2]
    if abs(own_width * height - own_height * width) > 2 * max(width, height):
        raise InputError(
            f"key {number}: expected a picture with its frame's aspect ratio ({width} x {height}), received "
            f"{own_width} x {own_height}"
        )


def read_key(picture: Pixels, walls: NDArray[np.bool_], segments: Segments) -> tuple[Pixels, Pixels]:
    """The flat colors of a key frame's regions, and of the pixels of its small map.

    Args:
        picture: uint8 H,W,3 of the drawing's size: flats, or a painted picture.
        walls: bool H,W, its lines.
        segments: Segments of the drawing.

    Returns:
        uint8 R,3 the main color of each region; uint8 h,w,3 the color of each pixel of the small map.
    """
    height, width = walls.shape
    labels, count = enlarge_labels(segments.labels, walls), len(segments)
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
    codes = pack(picture)
    free = ~walls
    hidden = np.bincount(labels[free], minlength=count) == 0
    if hidden.any():
        free |= hidden[labels]
    main, share = find_modes(labels[free], codes[free], count)
    painted = np.flatnonzero(share < EXACT)
    for one in painted:  # a picture with shades
        main[one] = pack(np.rint(np.median(picture[free & (labels == one)], axis=0)).astype(np.uint8))
    y = ((np.arange(segments.labels.shape[0]) + 0.5) * height / segments.labels.shape[0]).astype(np.int64)
    x = ((np.arange(segments.labels.shape[1]) + 0.5) * width / segments.labels.shape[1]).astype(np.int64)
    small = codes[np.ix_(y, x)]
    small = np.where(np.isin(segments.labels, painted), main[segments.labels], small)
    return unpack(main), unpack(small)


def find_modes(
    labels: NDArray[np.integer[Any]], codes: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The most frequent color of each region.

    Args:
        labels: Integers N, the region of each pixel.
        codes: int64 N, its color, as 0xRRGGBB.
        count: How many regions there are.

    Returns:
        int64 count, white where a region has no pixel; float64 count, the share of its pixels that have it.
    """
    changes = (labels[1:] != labels[:-1]) | (codes[1:] != codes[:-1])
    ends = np.flatnonzero(np.append(changes, True)[: labels.size])  # of runs: fewer to sort than pixels
    keys, place = np.unique(labels[ends].astype(np.int64) << 24 | codes[ends], return_inverse=True)
    counts = np.bincount(place, np.diff(ends, prepend=-1))
    order = np.lexsort((-counts, keys >> 24))
    region, first = np.unique((keys >> 24)[order], return_index=True)
    total = np.bincount(keys >> 24, counts, count)
    main, share = np.full(count, 0xFFFFFF, np.int64), np.ones(count)
    main[region] = keys[order[first]] & 0xFFFFFF
    share[region] = counts[order[first]] / total[region]
    return main, share


def color_key(place: int, main: Numbers, small: Numbers, segments: Segments) -> Coloring:
    """The coloring of a key frame.

    Args:
        place: The frame's place in the shot.
        main: int32 R, the number of each region's main color in the palette.
        small: int32 h,w, the number of each pixel's, on the small map.
        segments: Segments of the frame.
    """
    parts = np.full(small.shape, UNKNOWN, np.int32)
    other = (small != main[segments.labels]) & ~segments.walls & (small >= 0)
    core = cv2.erode(other.view(np.uint8), np.ones((2 * CORE + 1, 2 * CORE + 1), np.uint8), borderValue=0)
    size = np.bincount(segments.labels[other], minlength=len(segments))
    thick = np.zeros(len(segments), bool)
    thick[np.unique(segments.labels[core.view(bool)])] = True
    for region in np.flatnonzero(thick & (size >= PART * segments.area)):
        inside = segments.labels == region
        known = inside & ~segments.walls
        _, nearest = cv2.distanceTransformWithLabels(
            (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        parts[inside] = small[known][nearest[inside] - 1]
    count = len(segments)
    coloring = Coloring.of(main, np.ones(count, np.float32), np.full(count, place, np.int32), parts)
    return replace(coloring, unlined=np.unique(segments.labels[parts >= 0]).astype(np.int32))


def pack(colors: Pixels) -> NDArray[np.int64]:
    """Colors as numbers 0xRRGGBB."""
    packed = cv2.cvtColor(np.ascontiguousarray(colors).reshape(1, -1, 3), cv2.COLOR_RGB2BGRA) if colors.size else colors
    codes: NDArray[np.int64] = packed.view("<u4").reshape(colors.shape[:-1]).astype(np.int64)
    codes &= 0xFFFFFF
    return codes


def unpack(codes: NDArray[np.int64]) -> Pixels:
    """What `pack` made, uint8 ...,3."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], -1).astype(np.uint8)
