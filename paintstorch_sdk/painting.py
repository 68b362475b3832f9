"""The colors of a picture: votes and network together, at the drawing's size."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from .composition import Composition, Lines, Recipe
from .errors import BackendError
from .hints.choice import choose_colors
from .hints.exact import find_dabs
from .hints.flow import Cells, blend_shared, find_cells, flow_hints
from .hints.kinship import Kinship, choose_kin
from .hints.marks import Marks, draw_marks
from .hints.model import Hints
from .hints.palette import Palette
from .hints.vote import NETWORK, PAPER, Votes, count_votes
from .imaging.compose import Enlarger, lay_lines
from .imaging.drawing import Drawing
from .imaging.geometry import Geometry
from .imaging.packed import Packed, as_bytes, pack, unpack
from .imaging.regions import Regions
from .look import Look

WHITE = 250  # level from which a region's color is paper, where the region reaches the drawing's border
NEAR_WHITE = 235  # level: what the network paints in a region that it leaves white is at least as light

CLEARING = 12.0  # pixels of the working size around a stroke, over which shadows fade towards its exact color
SHADOW = (0.85, 0.78, 0.87)  # what full shadow leaves of red, green and blue: it is cooler than what it falls on

Pixels = NDArray[np.uint8]
FloatMap = NDArray[np.float32]
FindShadows = Callable[[Packed], Pixels]
Relate = Callable[[], Kinship | None]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Hints on one drawing, ready for the network and for the picture.

    Attributes:
        hints: The hints.
        geometry: Geometry of the drawing in the network.
        confidence: Mask that the network reads where colors flowed; 0 lets none flow.
        marks: The hints on the drawing's label map.
        votes: What they decided.
        cells: Cells of the hint map.
        known: Hints that these follow, and what they left on a hint map.
    """

    hints: Hints
    geometry: Geometry
    confidence: float
    marks: Marks
    votes: Votes
    cells: Cells
    known: tuple[Hints, FloatMap] | None = None

    @cached_property
    def drawn(self) -> FloatMap:
        """float32 4,H,W, what the hints leave on the hint map; drawn when the painter is first asked.

        Raises:
            HintError: The hints do not fit the drawing.
        """
        return self.hints.rasterize(self.geometry, self.known)

    @cached_property
    def hint_map(self) -> FloatMap:
        """float32 4,H,W, what the network sees."""
        if not self.confidence:
            return self.drawn
        return flow_hints(self.drawn, self.votes, self.marks, self.cells, self.confidence)


def prepare_hints(
    hints: Hints, regions: Regions, geometry: Geometry, confidence: float, before: Prepared | None = None
) -> Prepared:
    """Draw hints on a drawing, and let them vote.

    Args:
        hints: See `Hints`.
        regions: Regions of the drawing.
        geometry: Geometry of the drawing in the network.
        confidence: See `Prepared`.
        before: Other hints on the same drawing: what these have in common with them is not done again.

    Raises:
        HintError: The hints do not fit the drawing.
    """
    known = before if before is not None and hints.follow(before.hints) else None
    marks = draw_marks(hints, regions.labels.shape[::-1], 1.0 / regions.factor, known.marks if known else None)
    votes = count_votes(regions, marks, before.votes if before else None)
    cells = find_cells(regions, geometry) if before is None else before.cells
    drawn = None if known is None else (known.hints, known.drawn) if "drawn" in vars(known) else known.known
    return Prepared(hints, geometry, confidence, marks, votes, cells, drawn)


def to_pixels(painted: FloatMap, geometry: Geometry) -> Pixels:
    """The network's colors as uint8 h,w,3 of the working size.

    Args:
        painted: float32 3,H,W in [-1, 1], padded.
        geometry: Geometry of the line art.

    Raises:
        BackendError: The network produced NaN.
    """
    if np.isnan(np.vdot(painted, painted)):
        raise BackendError("the network produced NaN; try precision='fp32'")
    bands = painted[:, : geometry.working_height, : geometry.working_width]
    pixels: Pixels = cv2.merge([cv2.convertScaleAbs(band, alpha=127.5, beta=127.5) for band in bands])  # rounds
    return pixels


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
    """The colors under the lines, uint8 height,width,3.

    Args: see `plan_colors`, but for
        painted: uint8 h,w,3, the network's picture at its working size.
        size: (width, height) of the picture.
    """
    recipe = plan_colors(lambda: painted, prepared, drawing, regions, enlarger, look, find_shadows)
    return unpack(Composition(enlarger, regions.factor, size).compose(recipe, None))


def plan_colors(
    paint: Callable[[], Pixels],
    prepared: Prepared,
    drawing: Drawing,
    regions: Regions,
    enlarger: Enlarger,
    look: Look,
    find_shadows: FindShadows | None = None,
    relate: Relate | None = None,
) -> Recipe:
    """Find the colors under the lines.

    Args:
        paint: Gives the network's picture at its working size, uint8 h,w,3; called where the look, or a region
            without a stroke, needs it.
        prepared: The hints.
        drawing: The line art, understood.
        regions: Its regions.
        enlarger: Enlarges from the working size to the label map's.
        look: How the picture is finished.
        find_shadows: Takes flats uint32 h,w of the working size to uint8 h,w, 255 in full shadow; without it the
            style "paint" has what the network added to its flats.
        relate: Gives what the regions are, if that is known: then strokes' colors pass from region to region by it, and
            the painter is not asked.
    """
    palette = look.listed
    prepared = snap_colors(prepared, palette)
    marks, votes = prepared.marks, prepared.votes
    dark = drawing.inverted and not look.clean_paper
    means = np.zeros((len(regions), 3), np.float32)
    kinship = find_kinship(votes, look, relate)
    if asks_painter(votes, look, find_shadows is not None, kinship):
        painted = paint()
        if look.style != "soft" or dark:
            means = enlarger.average(painted)
    locked = look.style == "flat" and palette is not None  # nothing but listed colors
    mend: Callable[[Pixels], None] | None = None
    if look.style == "soft":
        colors, rest = pack(painted), np.zeros(0, np.uint32)
        if dark:
            mend = partial(_fill_regions, _find_pale(means, votes), regions)
    else:
        own, blank = _own_colors(means, prepared, regions, dark, look, kinship)
        if not dark:  # a white stroke beside the figure says paper: nothing is added to it
            blank = blank | (regions.outer & (own >= WHITE).all(1))
        flats, inks = _paint_flats(own, prepared, enlarger), pack(own)
        if look.style == "paint":
            enlarger.soften(flats, inks)
            if find_shadows is None:
                flats = _add_network(painted, means, flats, blank, prepared, enlarger, look)
            elif look.strength:
                lit = blank | (regions.page & (votes.reasons != PAPER))  # a part that kinship colors is of the figure
                flats = _add_shade(flats, find_shadows(flats), lit, prepared, enlarger, look)
        colors, rest = enlarger.spread(flats, inks)
        if locked and palette is not None and votes.rivals:
            mend = partial(_snap_regions, [*votes.rivals], palette, regions)
    dabs = find_dabs(votes, marks, regions, soft=not locked) if look.exact else []
    return Recipe(colors, rest, dabs, pack(marks.colors), look.style != "flat", mend)


def find_kinship(votes: Votes, look: Look, relate: Relate | None) -> Kinship | None:
    """What regions are, where that is known and asked: strokes give colors, but not to all."""
    told = (votes.reasons != NETWORK) & (votes.reasons != PAPER)
    asked = look.unhinted == "guess" and told.any() and not told.all()
    return relate() if relate is not None and asked else None


def asks_painter(votes: Votes, look: Look, has_shader: bool, kinship: Kinship | None) -> bool:
    """Whether a picture has anything of what the painter paints: in regions without a stroke, or over its flats."""
    shows = look.style == "soft" or (look.style == "paint" and not has_shader)
    guesses = look.unhinted == "guess" and kinship is None
    return shows or (guesses and bool((votes.reasons == NETWORK).any()))


def _fill_regions(blank: NDArray[np.bool_], regions: Regions, layer: Pixels) -> None:
    """Make regions black, in place."""
    layer[blank[regions.labels], :3] = 0


def _snap_regions(numbers: list[int], palette: Palette, regions: Regions, layer: Pixels) -> None:
    """Give each pixel of some regions a color of the palette, in place."""
    blended = np.isin(regions.labels, numbers)
    layer[blended, :3] = palette.snap(np.ascontiguousarray(layer[blended, :3]))


def snap_colors(prepared: Prepared, palette: Palette | None) -> Prepared:
    """Hints in the colors of a palette."""
    if palette is None or not len(prepared.marks):
        return prepared
    marks = replace(prepared.marks, colors=palette.snap(prepared.marks.colors))
    votes = replace(prepared.votes, colors=palette.snap(prepared.votes.colors))
    return replace(prepared, marks=marks, votes=votes)


def list_colors(
    paint: Callable[[], Pixels],
    prepared: Prepared,
    drawing: Drawing,
    regions: Regions,
    enlarger: Enlarger,
    look: Look,
    relate: Relate | None = None,
) -> dict[tuple[int, int, int], list[int]]:
    """The colors of flats and strokes, and the numbers of the regions that have each; paper is left out.

    Args: see `plan_colors`.
    """
    prepared = snap_colors(prepared, look.listed)
    marks, votes = prepared.marks, prepared.votes
    kinship, means = find_kinship(votes, look, relate), np.zeros((len(regions), 3), np.float32)
    if asks_painter(votes, replace(look, style="flat"), False, kinship):
        means = enlarger.average(paint())
    own, blank = _own_colors(means, prepared, regions, drawing.inverted, look, kinship)
    pairs = [(own[region], region) for region in np.flatnonzero(~blank).tolist()]
    pairs += [(marks.colors[key // len(own)], key % len(own)) for key in votes.owned.tolist()]
    found: dict[tuple[int, int, int], set[int]] = {}
    for color, region in pairs:
        found.setdefault((int(color[0]), int(color[1]), int(color[2])), set()).add(region)
    return {color: sorted(numbers) for color, numbers in found.items()}


def _find_pale(means: FloatMap, votes: Votes) -> NDArray[np.bool_]:
    """bool R: the regions that are paper, also to the network, which thinks of white paper."""
    pale: NDArray[np.bool_] = (votes.reasons == PAPER) | ((votes.reasons == NETWORK) & (means.min(1) >= NEAR_WHITE))
    return pale


def _own_colors(
    means: FloatMap, prepared: Prepared, regions: Regions, dark: bool, look: Look, kinship: Kinship | None
) -> tuple[Pixels, NDArray[np.bool_]]:
    """uint8 R,3: the flat color of each region; bool R: which stay paper."""
    votes = prepared.votes
    if kinship:
        own, blank = choose_kin(kinship, votes, prepared.marks, regions)
    else:
        own, paper = votes.colors, votes.reasons == NETWORK
        if look.unhinted == "guess":
            chosen, paper = choose_colors(means, votes, regions)
            own = np.where((votes.reasons == NETWORK)[:, None], chosen, own)
        blank = paper | (_find_pale(means, votes) if dark else votes.reasons == PAPER)
    own = own.copy() if look.listed is None else look.listed.snap(own)
    own[blank] = 0 if dark else 255
    return own, blank


def _paint_flats(own: Pixels, prepared: Prepared, enlarger: Enlarger) -> Packed:
    """uint32 h,w: each region's color; several, blended, where strokes share it."""
    votes, marks = prepared.votes, prepared.marks
    colors = pack(own).take(enlarger.places)
    if votes.rivals:
        blend_shared(colors, votes, marks, enlarger.labels, marks.sample(*enlarger.grids[0]), enlarger.blends)
    return colors


def _add_network(
    painted: Pixels,
    means: FloatMap,
    flats: Packed,
    blank: NDArray[np.bool_],
    prepared: Prepared,
    enlarger: Enlarger,
    look: Look,
) -> Packed:
    """Flats, and what the network's picture has within each region beside its mean."""
    labels = enlarger.labels
    if look.strength == 0:
        return flats
    adds = (~blank).astype(np.float32) * np.float32(look.strength)
    adds[[*prepared.votes.rivals]] = 0.0  # their gradient is the strokes' own
    change = cv2.subtract(painted, means.take(labels, axis=0), dtype=cv2.CV_32F)
    change = cv2.multiply(change, cv2.merge([adds.take(labels)] * 3))  # OpenCV: faster than NumPy's broadcasting
    result = cv2.add(change, unpack(flats), dtype=cv2.CV_32F)
    return pack(cv2.convertScaleAbs(np.maximum(result, 0.0)))


def _add_shade(
    flats: Packed, shadows: Pixels, lit: NDArray[np.bool_], prepared: Prepared, enlarger: Enlarger, look: Look
) -> Packed:
    """Flats in light and shadow; the regions `lit`, bool R, have none, and strokes keep their colors."""
    if lit.any():
        shadows = cv2.bitwise_and(shadows, enlarger.mask(~lit))
    if look.exact and len(prepared.marks):
        beside = (prepared.marks.sample(*enlarger.grids[1]) < 0).view(np.uint8)
        fading = enlarger.fade(beside, 0.5 * CLEARING)
        shadows = cv2.multiply(shadows, cv2.resize(fading, shadows.shape[::-1]), scale=1 / 255)
    left = [cv2.convertScaleAbs(shadows, alpha=look.strength * (band - 1.0), beta=255.0) for band in SHADOW]
    shaded: Pixels = cv2.multiply(
        as_bytes(flats), cv2.merge([*left, np.full(flats.shape, 255, np.uint8)]), scale=1 / 255
    )
    return shaded.view(np.uint32)[..., 0]


def choose_lines(line_art: Pixels, drawing: Drawing, look: Look) -> Lines | None:
    """The lines that a look lays over its colors, see `lay_over`."""
    if look.lines == "none":
        return None
    lines = line_art
    if look.lines == "ink" and drawing.trace is not None:
        lines = line_art.copy()
        lines[drawing.trace] = 255
    return Lines(drawing.clean(lines), False) if look.clean_paper else Lines(lines, drawing.inverted)


def lay_over(colors: Pixels, line_art: Pixels, drawing: Drawing, look: Look) -> Pixels:
    """The picture: the line art over its colors, uint8 H,W,3.

    Args:
        colors: uint8 H,W,3 (see `paint_colors`).
        line_art: uint8 H,W or H,W,3 of the same size.
        drawing: The same, understood.
        look: `lines` and `clean_paper` count.
    """
    lines = choose_lines(line_art, drawing, look)
    return colors if lines is None else lay_lines(colors, lines.pixels, lines.inverted)
