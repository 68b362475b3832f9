"""From layers to pictures: flats, shadows, blush, highlights and lines laid over one another; rules that reject."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .cel import GROUPS, Cel, Group

HAIR_SHINE = 0.55  # how far a highlight takes hair to white; other materials get all of it
WARM_WHITE = (255.0, 252.0, 250.0)
BLUSH = (1.0, 0.62, 0.62)  # what a full blush multiplies skin with
SAME_COLOR = 14  # colors that differ less in every channel need no line between them
UNSHADED = ("paper", "backdrop")


def clean_parts(parts: NDArray[np.uint16], least: int) -> int:
    """Give islands smaller than `least` pixels to their neighbors, in place.

    Returns:
        How many islands there were.
    """
    small = np.zeros(parts.shape, np.uint8)
    islands = 0
    for part in np.unique(parts):
        mask = (parts == part).astype(np.uint8)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask[window], connectivity=8)
        tiny = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] < least)
        tiny = tiny[tiny > 0]
        if len(tiny) and count > 1:
            islands += len(tiny)
            lookup = np.zeros(count, bool)
            lookup[tiny] = True
            small[window][lookup[labels]] = 1
    if islands and not small.all():
        _, nearest = cv2.distanceTransformWithLabels(small, cv2.DIST_L1, 3, labelType=cv2.DIST_LABEL_PIXEL)
        values = np.zeros(int(nearest.max()) + 1, np.uint16)
        kept = small == 0
        values[nearest[kept]] = parts[kept]
        parts[...] = values[nearest]
    return islands


def ink_bare_borders(cel: Cel) -> None:
    """Draw a thin line where two colors meet and no line is near: hidden roots of locks, patches without outline."""
    colors = np.array([part.color for part in cel.table], np.int16)
    differs = (np.abs(colors[:, None] - colors).max(2) > SAME_COLOR).astype(np.uint8)  # of two parts
    border = np.zeros(cel.parts.shape, np.uint8)
    border[:, :-1] |= differs[cel.parts[:, :-1], cel.parts[:, 1:]]
    border[:-1] |= differs[cel.parts[:-1], cel.parts[1:]]
    scale = cel.size / 512
    ink = cv2.resize(cel.ink.pixels, border.shape[::-1], interpolation=cv2.INTER_AREA)
    reach = 2 * max(1, round(1.5 * scale)) + 1
    near = cv2.dilate((ink > 60).astype(np.uint8), np.ones((reach, reach), np.uint8))
    border[near > 0] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(border, connectivity=8)
    long = stats[:, cv2.CC_STAT_AREA] >= 8 * scale
    long[0] = False
    if count < 2 or not long.any():
        return
    bare = (long[labels] * np.uint8(255)).astype(np.uint8)
    fine = cv2.resize(bare, cel.ink.pixels.shape[::-1], interpolation=cv2.INTER_LINEAR)
    width = cel.style.width * cel.pen  # at 512 pixels: the border grows with the drawing, what is cut of it does not
    wide = np.ones((max(1, round(4 * scale) - 1),) * 2, np.uint8)
    soft = cv2.GaussianBlur(cv2.dilate(fine, wide), (0, 0), 0.9 * scale + 0.3).astype(np.float32)
    drawn = np.clip((soft - max(16, 160 - 25 * width)) * 5, 0, 255).astype(np.uint8)
    cel.ink.add(drawn)


def clean_shade(cel: Cel) -> NDArray[np.uint8]:
    """The shadow mask without specks, none on paper; uint8 S,S, 255 is full shadow."""
    shade = cv2.medianBlur(cel.shade, 5)
    unshaded = np.array([part.material in UNSHADED for part in cel.table])
    shade[unshaded[cel.parts]] = 0
    return np.asarray(shade, np.uint8)


def multiplier(
    cel: Cel, shade: NDArray[np.uint8], tint: Sequence[float], skin_tint: Sequence[float], soft: bool
) -> NDArray[np.float32]:
    """What flats are multiplied with, float32 S,S,3 in 0..1: 1 in the light, a tint in the shadow."""
    scale = cel.size / 512
    depth = cv2.GaussianBlur(shade.astype(np.float32) / 255, (0, 0), (5.0 if soft else 0.5) * scale)
    tints = np.empty((len(cel.table), 3), np.float32)
    for i, part in enumerate(cel.table):
        tints[i] = 1.0 if part.material in UNSHADED else skin_tint if part.material == "skin" else tint
    return np.asarray(1 - depth[..., None] * (1 - tints[cel.parts]), np.float32)


def color(cel: Cel, flats: NDArray[np.uint8], multiply: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Flats with shadows, blush and highlights, without lines; uint8 S,S,3."""
    picture = flats.astype(np.float32) * multiply
    if cel.blush.any():
        amount = cel.blush.astype(np.float32)[..., None] / 255 * 0.55
        picture *= 1 - amount * (1 - np.asarray(BLUSH, np.float32))
    if cel.highlight.any():
        strength = np.array([HAIR_SHINE if part.material == "hair" else 1.0 for part in cel.table], np.float32)
        light = cv2.GaussianBlur(cel.highlight, (0, 0), 0.5 * cel.size / 512).astype(np.float32)[..., None] / 255
        light *= strength[cel.parts][..., None]
        picture += (np.asarray(WARM_WHITE, np.float32) - picture) * light
    colored: NDArray[np.uint8] = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return colored


def ink_over(
    picture: NDArray[np.uint8], lines: NDArray[np.uint8], ink: Sequence[int], colored: bool
) -> NDArray[np.uint8]:
    """The picture under its lines; colored lines take a dark shade of the colors around them."""
    cover = (255 - lines.astype(np.float32))[..., None] / 255
    tone: NDArray[np.float32] = np.broadcast_to(np.asarray(ink, np.float32), picture.shape)
    if colored:
        around = cv2.GaussianBlur(cv2.erode(picture, np.ones((3, 3), np.uint8)), (0, 0), 2.0).astype(np.float32)
        tone = 0.45 * tone + 0.55 * around * 0.42
    return np.clip(np.rint(picture * (1 - cover) + tone * cover), 0, 255).astype(np.uint8)


MOST_ISLANDS = 90  # specks of parts, before they were given to their neighbors
LEAST_FACE = 0.16  # share of a face that other things leave to be seen
LEAST_INK = 0.004  # share of the drawing's pixels
LEAST_SUBJECT = 0.03  # share of the drawing that is neither paper nor backdrop


def find_faults(cel: Cel, islands: int) -> list[str]:
    """What is wrong with a finished drawing: nothing, or the names of the rules that it breaks.

    Args:
        cel: After all was drawn.
        islands: How many specks its parts had.
    """
    faults = []
    if islands > MOST_ISLANDS:
        faults.append("specks")
    groups = np.array([part.group for part in cel.table])
    skin = np.array([part.material == "skin" for part in cel.table])
    counts = np.bincount(cel.parts.ravel(), minlength=len(cel.table))
    for figure, area in cel.faces.items():
        shown = counts[(groups == figure * GROUPS + Group.FACE) & skin].sum()
        if shown < LEAST_FACE * area:
            faults.append("hidden face")
    if (cel.ink.pixels > 127).mean() < LEAST_INK:
        faults.append("hardly a line")
    behind = np.array([part.material in ("paper", "backdrop", "scenery") for part in cel.table])
    if counts[~behind].sum() < LEAST_SUBJECT * cel.parts.size:
        faults.append("hardly a subject")
    return faults
