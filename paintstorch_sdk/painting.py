"""The colors of a picture: votes and network together, at the drawing's size."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import BackendError
from .hints.exact import lay_marks
from .hints.flow import Cells, find_cells, flow_hints, region_colors
from .hints.marks import Marks, draw_marks
from .hints.model import Hints
from .hints.palette import Palette
from .hints.vote import NETWORK, PAPER, Votes, count_votes
from .imaging.compose import Enlarger, lay_lines
from .imaging.drawing import Drawing
from .imaging.geometry import Geometry
from .imaging.regions import Regions
from .look import Look

WHITE = 250  # level from which a region's color is paper, where the region reaches the drawing's border
NEAR_WHITE = 235  # level: what the network paints in a region that it leaves white is at least as light

CLEARING = 12.0  # pixels of the working size around a stroke, over which shadows fade towards its exact color
SHADOW = (0.85, 0.78, 0.87)  # what full shadow leaves of red, green and blue: it is cooler than what it falls on

Pixels = NDArray[np.uint8]
FloatMap = NDArray[np.float32]
FindShadows = Callable[[Pixels], FloatMap]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Hints on one drawing, ready for the network and for the picture.

    Attributes:
        hints: The hints.
        drawn: float32 4,H,W, what they leave on the hint map.
        hint_map: float32 4,H,W, what the network sees.
        marks: The hints on the drawing's label map.
        votes: What they decided.
        cells: Cells of the hint map.
    """

    hints: Hints
    drawn: FloatMap
    hint_map: FloatMap
    marks: Marks
    votes: Votes
    cells: Cells


def prepare_hints(
    hints: Hints, regions: Regions, geometry: Geometry, confidence: float, before: Prepared | None = None
) -> Prepared:
    """Draw hints on a drawing, let them vote, and let their colors flow.

    Args:
        hints: See `Hints`.
        regions: Regions of the drawing.
        geometry: Geometry of the drawing in the network.
        confidence: Mask that the network reads where colors flowed; 0 lets none flow.
        before: Other hints on the same drawing: what these have in common with them is not done again.

    Raises:
        HintError: The hints do not fit the drawing.
    """
    known = before if before is not None and hints.follow(before.hints) else None
    drawn = hints.rasterize(geometry, (known.hints, known.drawn) if known else None)
    marks = draw_marks(hints, regions.labels.shape[::-1], 1.0 / regions.factor, known.marks if known else None)
    votes = count_votes(regions, marks)
    cells = find_cells(regions, geometry) if before is None else before.cells
    hint_map = flow_hints(drawn, votes, marks, cells, confidence) if confidence else drawn
    return Prepared(hints, drawn, hint_map, marks, votes, cells)


def to_pixels(painted: FloatMap, geometry: Geometry) -> Pixels:
    """The network's colors as uint8 h,w,3 of the working size.

    Args:
        painted: float32 3,H,W in [-1, 1], padded.
        geometry: Geometry of the line art.

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
    find_shadows: FindShadows | None = None,
) -> Pixels:
    """The colors under the lines.

    Args:
        painted: uint8 h,w,3, the network's picture at its working size.
        prepared: The hints.
        drawing: The line art, understood.
        regions: Its regions.
        enlarger: Enlarges from the working size to the label map's.
        look: How the picture is finished.
        size: (width, height) of the picture.
        find_shadows: Takes flats uint8 h,w,3 of the working size to float32 h,w, 1 in full shadow; without it the
            style "paint" has what the network added to its flats.

    Returns:
        uint8 height,width,3.
    """
    palette = look.listed
    prepared = snap_colors(prepared, palette)
    marks, votes = prepared.marks, prepared.votes
    width, height = regions.labels.shape[1], regions.labels.shape[0]
    dark = drawing.inverted and not look.clean_paper
    means = enlarger.average(painted)
    blank = _find_blank(means, votes, dark)
    locked = look.style == "flat" and palette is not None  # nothing but listed colors
    layer: Pixels
    if look.style == "soft":
        layer = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR)
        if dark:
            layer[blank[regions.labels]] = 0
    else:
        own = _own_colors(means, votes, blank, dark, palette)
        if not dark:  # a white stroke beside the figure says paper: nothing is added to it
            blank = blank | (regions.outer & (own >= WHITE).all(1))
        flats = _paint_flats(own, prepared, enlarger)
        if look.style == "flat":
            colors = flats
        elif find_shadows is None:
            enlarger.soften(flats, own)
            colors = _add_network(painted, means, flats, blank, prepared, enlarger, look)
        else:
            enlarger.soften(flats, own)
            colors = _add_shade(flats, find_shadows(flats), blank, prepared, enlarger, look)
        layer = enlarger.enlarge(colors, own)
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
    return replace(prepared, marks=marks, votes=votes)


def list_colors(
    painted: Pixels, prepared: Prepared, drawing: Drawing, enlarger: Enlarger, palette: Palette | None
) -> dict[tuple[int, int, int], list[int]]:
    """The colors of flats and strokes, and the numbers of the regions that have each; paper is left out.

    Args: see `paint_colors`.
    """
    prepared = snap_colors(prepared, palette)
    marks, votes = prepared.marks, prepared.votes
    means, dark = enlarger.average(painted), drawing.inverted
    own = _own_colors(means, votes, _find_blank(means, votes, dark), dark, palette)
    pairs = [(own[region], region) for region in np.flatnonzero(votes.reasons != PAPER).tolist()]
    pairs += [(marks.colors[key // len(own)], key % len(own)) for key in votes.owned.tolist()]
    regions: dict[tuple[int, int, int], set[int]] = {}
    for color, region in pairs:
        regions.setdefault((int(color[0]), int(color[1]), int(color[2])), set()).add(region)
    return {color: sorted(numbers) for color, numbers in regions.items()}


def _find_blank(means: FloatMap, votes: Votes, dark: bool) -> NDArray[np.bool_]:
    """bool R: the regions that stay paper."""
    blank: NDArray[np.bool_] = votes.reasons == PAPER
    if dark:  # the network thinks of white paper
        blank = blank | ((votes.reasons == NETWORK) & (means.min(1) >= NEAR_WHITE))
    return blank


def _own_colors(means: FloatMap, votes: Votes, blank: NDArray[np.bool_], dark: bool, palette: Palette | None) -> Pixels:
    """uint8 R,3: the flat color of each region."""
    known = (votes.reasons != NETWORK)[:, None]
    own = np.where(known, votes.colors, np.rint(means).astype(np.uint8))
    if palette is not None:
        own = palette.snap(own)
    own[blank] = 0 if dark else 255
    return own


def _paint_flats(own: Pixels, prepared: Prepared, enlarger: Enlarger) -> Pixels:
    """uint8 h,w,3: each region's color; several, blended, where strokes share it."""
    votes, marks, labels = prepared.votes, prepared.marks, enlarger.labels
    colors: Pixels = own.take(labels, axis=0)
    if votes.rivals:
        shared = np.zeros(enlarger.regions, bool)
        shared[[*votes.rivals]] = True
        top = marks.shrink(labels.shape[::-1])
        cv2.copyTo(
            region_colors(votes, marks, labels, top, enlarger.blends), shared.take(labels).view(np.uint8), colors
        )
    return colors


def _add_network(
    painted: Pixels,
    means: FloatMap,
    flats: Pixels,
    blank: NDArray[np.bool_],
    prepared: Prepared,
    enlarger: Enlarger,
    look: Look,
) -> Pixels:
    """Flats, and what the network's picture has within each region beside its mean."""
    labels = enlarger.labels
    if look.strength == 0:
        return flats
    adds = (~blank).astype(np.float32) * np.float32(look.strength)
    adds[[*prepared.votes.rivals]] = 0.0  # their gradient is the strokes' own
    change = cv2.subtract(painted, means.take(labels, axis=0), dtype=cv2.CV_32F)
    change = cv2.multiply(change, cv2.merge([adds.take(labels)] * 3))  # OpenCV: faster than NumPy's broadcasting
    result = cv2.add(change, flats, dtype=cv2.CV_32F)
    pixels: Pixels = cv2.convertScaleAbs(np.maximum(result, 0.0))
    return pixels


def _add_shade(
    flats: Pixels, shadows: FloatMap, blank: NDArray[np.bool_], prepared: Prepared, enlarger: Enlarger, look: Look
) -> Pixels:
    """Flats in light and shadow; paper has none, and strokes keep their colors."""
    if look.strength == 0:
        return flats
    shadows = cv2.multiply(shadows, np.where(blank, 0.0, look.strength).astype(np.float32).take(enlarger.labels))
    if look.exact and len(prepared.marks):
        height, width = shadows.shape
        beside = (prepared.marks.shrink((-(-width // 2), -(-height // 2))) < 0).view(np.uint8)
        distance = cv2.distanceTransform(beside, cv2.DIST_L2, cv2.DIST_MASK_5)
        fading = cv2.resize(np.minimum(distance * np.float32(2.0 / CLEARING), np.float32(1.0)), (width, height))
        shadows = cv2.multiply(shadows, fading)
    left = cv2.merge([cv2.convertScaleAbs(shadows, alpha=255.0 * (band - 1.0), beta=255.0) for band in SHADOW])
    pixels: Pixels = cv2.multiply(flats, left, scale=1 / 255)
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
