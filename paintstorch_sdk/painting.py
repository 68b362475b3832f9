"""The colors of a picture: votes and network together, at the drawing's size."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import BackendError
from .hints.exact import lay_marks
from .hints.flow import flow_hints, region_colors
from .hints.marks import Marks, draw_marks
from .hints.model import Hints
from .hints.palette import Palette
from .hints.vote import NETWORK, PAPER, Votes, count_votes
from .imaging.compose import Enlarger, lay_lines
from .imaging.drawing import Drawing
from .imaging.geometry import Geometry
from .imaging.regions import Regions
from .look import Look

Pixels = NDArray[np.uint8]
FloatMap = NDArray[np.float32]

WHITE = 250  # levels from which a color is paper, where it reaches the drawing's border


@dataclass(frozen=True, eq=False)
class Prepared:
    """Hints on one drawing, ready for the network and for the picture.

    Attributes:
        hint_map: float32 4,H,W, what the network sees.
        marks: The hints on the drawing's label map.
        votes: What they decided.
    """

    hint_map: FloatMap
    marks: Marks
    votes: Votes


def prepare_hints(hints: Hints, regions: Regions, geometry: Geometry, confidence: float) -> Prepared:
    """Draw hints on a drawing, let them vote, and let their colors flow.

    Args:
        hints: See `Hints`.
        regions: Of the drawing.
        geometry: Of the drawing in the network.
        confidence: Mask that the network reads where colors flowed; 0 lets none flow.

    Raises:
        HintError: The hints do not fit the drawing.
    """
    hint_map = hints.rasterize(geometry)
    marks = draw_marks(hints, regions.labels.shape[::-1], 1.0 / regions.factor)
    votes = count_votes(regions, marks)
    if confidence:
        hint_map = flow_hints(hint_map, votes, marks, regions, geometry, confidence)
    return Prepared(hint_map, marks, votes)


def to_pixels(painted: FloatMap, geometry: Geometry) -> Pixels:
    """What the network painted as uint8 h,w,3 of the working size.

    Args:
        painted: float32 3,H,W in [-1, 1], padded.
        geometry: Of the line art.

    Raises:
        BackendError: The network produced NaN.
    """
    content = painted[:, : geometry.working_height, : geometry.working_width]
    scaled = np.multiply(content, np.float32(127.5))
    scaled += np.float32(128.0)  # 127.5 to shift the range, 0.5 to round
    np.clip(scaled, 0.0, 255.0, out=scaled)
    try:
        with np.errstate(invalid="raise"):  # of the cast: NaN is no integer
            pixels = scaled.astype(np.uint8)
    except FloatingPointError as error:
        raise BackendError("the network produced NaN; try precision='fp32'") from error
    merged: Pixels = cv2.merge([*pixels])
    return merged


def paint_colors(
    painted: Pixels,
    prepared: Prepared,
    drawing: Drawing,
    regions: Regions,
    enlarger: Enlarger,
    look: Look,
    size: tuple[int, int],
) -> Pixels:
    """The colors under the lines.

    Args:
        painted: uint8 h,w,3, the network's picture at its working size.
        prepared: The hints.
        drawing: The line art, understood.
        regions: Its regions.
        enlarger: From the working size to the label map's.
        look: How the picture is finished.
        size: (width, height) of the picture.

    Returns:
        uint8 height,width,3.
    """
    palette = look.listed
    prepared = snap_colors(prepared, palette)
    marks, votes = prepared.marks, prepared.votes
    width, height = regions.labels.shape[1], regions.labels.shape[0]
    locked = look.style == "flat" and palette is not None  # nothing but listed colors
    layer: Pixels
    if look.style == "soft":
        layer = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        means = _mean_colors(painted, enlarger)
        own = _own_colors(means, votes, drawing, palette)
        # A white stroke beside the figure says paper: the network adds nothing to it.
        plain = (votes.reasons == PAPER) | (regions.outer & (own >= WHITE).all(1))
        layer = enlarger.enlarge(_paint_regions(painted, own, means, plain, prepared, enlarger, look), own)
        if locked and palette is not None and votes.rivals:
            blended = np.isin(regions.labels, [*votes.rivals])
            layer[blended] = palette.snap(layer[blended])
    if look.exact:
        lay_marks(layer, votes, marks, regions, soft=not locked)
    if (width, height) != size:
        way = cv2.INTER_NEAREST if look.style == "flat" else cv2.INTER_LINEAR
        layer = cv2.resize(layer, (width * regions.factor, height * regions.factor), interpolation=way)
        layer = np.ascontiguousarray(layer[: size[1], : size[0]])
    return layer


def snap_colors(prepared: Prepared, palette: Palette | None) -> Prepared:
    """Hints in the colors of a palette."""
    if palette is None or not len(prepared.marks):
        return prepared
    marks = replace(prepared.marks, colors=palette.snap(prepared.marks.colors))
    votes = replace(prepared.votes, colors=palette.snap(prepared.votes.colors))
    return Prepared(prepared.hint_map, marks, votes)


def list_colors(
    painted: Pixels, prepared: Prepared, drawing: Drawing, enlarger: Enlarger, palette: Palette | None
) -> dict[tuple[int, int, int], list[int]]:
    """The colors of flats and strokes, and the numbers of the regions that have each; paper is left out.

    Args: see `paint_colors`.
    """
    prepared = snap_colors(prepared, palette)
    marks, votes = prepared.marks, prepared.votes
    own = _own_colors(_mean_colors(painted, enlarger), votes, drawing, palette)
    pairs = [(own[region], region) for region in np.flatnonzero(votes.reasons != PAPER).tolist()]
    pairs += [(marks.colors[key // len(own)], key % len(own)) for key in votes.owned.tolist()]
    regions: dict[tuple[int, int, int], set[int]] = {}
    for color, region in pairs:
        regions.setdefault((int(color[0]), int(color[1]), int(color[2])), set()).add(region)
    return {color: sorted(numbers) for color, numbers in regions.items()}


def _own_colors(means: FloatMap, votes: Votes, drawing: Drawing, palette: Palette | None) -> Pixels:
    """uint8 R,3: the flat color of each region."""
    known = (votes.reasons != NETWORK)[:, None]
    own = np.where(known, votes.colors, np.rint(means).astype(np.uint8))
    if palette is not None:
        own = palette.snap(own)
    own[votes.reasons == PAPER] = 0 if drawing.inverted else 255
    return own


def _mean_colors(painted: Pixels, enlarger: Enlarger) -> FloatMap:
    """float32 R,3: what the network painted in each region, off the lines."""
    labels = enlarger.labels[enlarger.clear]
    pixels = painted[enlarger.clear]
    counts = np.bincount(labels, minlength=enlarger.regions)
    sums = [np.bincount(labels, pixels[:, channel], enlarger.regions) for channel in range(3)]
    means = np.stack(sums, 1) / np.maximum(counts, 1)[:, None]
    hidden = counts == 0  # too narrow for the working size
    means[hidden] = painted.reshape(-1, 3)[enlarger.seeds[hidden]]
    return means.astype(np.float32)


def _paint_regions(
    painted: Pixels,
    own: Pixels,
    means: FloatMap,
    plain: NDArray[np.bool_],
    prepared: Prepared,
    enlarger: Enlarger,
    look: Look,
) -> Pixels:
    """uint8 h,w,3: each region's color, and what the network adds to it."""
    votes, marks, labels = prepared.votes, prepared.marks, enlarger.labels
    colors = own[labels]
    top = None
    if votes.rivals:
        top = cv2.resize(marks.top.astype(np.float32), labels.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for region in votes.rivals:
            inside = labels == region
            colors[inside] = region_colors(votes, marks, labels, top.astype(np.int32))[inside]
    if look.style == "flat" or look.strength == 0:
        return colors
    adds = (~plain).astype(np.float32) * np.float32(look.strength)
    offset = own.astype(np.float32) - adds[:, None] * means
    if votes.rivals:
        offset[[*votes.rivals]] = -adds[[*votes.rivals], None] * means[[*votes.rivals]]
    result = offset[labels]
    if votes.rivals:
        inside = np.isin(labels, [*votes.rivals])
        result[inside] += colors[inside]
    result += adds[labels][..., None] * painted
    pixels: Pixels = cv2.convertScaleAbs(np.maximum(result, 0.0))
    return pixels


def lay_over(colors: Pixels, line_art: Pixels, drawing: Drawing, look: Look) -> Pixels:
    """The picture: the line art over its colors, uint8 H,W,3.

    Args:
        colors: uint8 H,W,3 (see `paint_colors`).
        line_art: uint8 H,W or H,W,3 of the same size.
        drawing: The same, understood.
        look: `lines` and `clean_paper` count.
    """
    if look.lines == "none":
        return colors
    lines = line_art
    if look.lines == "ink" and drawing.trace is not None:
        lines = line_art.copy()
        lines[drawing.trace] = 255
    inverted = drawing.inverted
    if look.clean_paper:
        lines, inverted = drawing.clean(lines), False
    return lay_lines(colors, lines, inverted)
