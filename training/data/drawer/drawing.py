"""One drawing with all its layers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paintstorch_sdk.errors import InputError

from .cel import Cel, Part
from .curves import Rng
from .design import chance
from .finishing import hatch_shadows, ink_blacks, lay_tones
from .hands import HANDS
from .line_styles import finish_lines
from .scene import Shading, Tags, draw_scene
from .shading import clean_parts, clean_shade, color, find_faults, ink_bare_borders, ink_over, multiplier
from .styles import draw_style

ATTEMPTS = 6  # drawings of one seed, until one has no visible fault
SMALLEST_PART = 10  # pixels at 512: smaller islands are given to their neighbors
SMALLEST, LARGEST = 128, 2048  # pixels

ByteImage = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing and its exact layers, all of one size.

    Attributes:
        line: uint8 H,W; 255 is paper, 0 the darkest line.
        line_color: RGB of the ink, 0..255.
        flats: uint8 H,W,3 RGB: one color a part, paper white.
        shade: uint8 H,W: 255 where the shadow is full, 0 in the light and on paper.
        multiply: float32 H,W,3 in 0..1: the shadow as a layer to multiply flats with.
        highlight: uint8 H,W: how much of a highlight there is.
        blush: uint8 H,W: how much blush there is.
        parts: uint16 H,W: ids of the parts, 0 is paper.
        table: The parts, by id.
        colored: uint8 H,W,3: flats with shadow, blush and highlights, without lines.
        picture: uint8 H,W,3: the same under its lines.
        light: Unit vector toward the light, x to the right, y down.
        hand: Number of the hand in `HANDS`.
        tags: What is drawn.
    """

    line: ByteImage
    line_color: tuple[int, int, int]
    flats: ByteImage
    shade: ByteImage
    multiply: NDArray[np.float32]
    highlight: ByteImage
    blush: ByteImage
    parts: NDArray[np.uint16]
    table: tuple[Part, ...]
    colored: ByteImage
    picture: ByteImage
    light: tuple[float, float]
    hand: int
    tags: Tags

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each part, by id."""
        return tuple(part.name for part in self.table)

    @property
    def materials(self) -> tuple[str, ...]:
        """The material of each part, by id."""
        return tuple(part.material for part in self.table)


def draw(seed: int, size: int = 512, hand: int | None = None, light: float | None = None) -> Drawn:
    """Draw what a seed gives: the same layers in every process.

    Args:
        seed: Seed of all choices, 0 or more.
        size: Height and width, pixels.
        hand: Number of the hand in `HANDS`; None lets the seed choose.
        light: Where the light comes from, degrees (0 is the right, 90 above); None is somewhere from the upper left,
            always: no stroke tells a network where the light is, so it has to be a habit.

    Raises:
        InputError: A seed below 0, a size out of bounds or an unknown hand.
    """
    check_request(seed, size, hand)
    for attempt in range(ATTEMPTS):
        drawn, faults = _attempt(np.random.default_rng([seed, attempt]), size, hand, light)
        if not faults:
            break
    return drawn


def check_request(seed: int, size: int, hand: int | None) -> None:
    """Refuse a seed below 0, a size out of bounds or an unknown hand, by an InputError."""
    if seed < 0:
        raise InputError(f"seed: expected 0 or more, received {seed}")
    if not SMALLEST <= size <= LARGEST:
        raise InputError(f"size: expected {SMALLEST} to {LARGEST} pixels, received {size}")
    if hand is not None and not 0 <= hand < len(HANDS):
        raise InputError(f"hand: expected 0 to {len(HANDS) - 1}, received {hand}")


def draw_light(rng: Rng, degrees: float | None = None) -> tuple[float, float]:
    """The unit vector toward a light from the upper left, or from where the degrees say."""
    angle = np.pi - rng.uniform(0.35, 1.2)
    angle = angle if degrees is None else np.deg2rad(degrees)
    return float(np.cos(angle)), -float(np.sin(angle))


def _attempt(rng: Rng, size: int, hand: int | None, degrees: float | None) -> tuple[Drawn, list[str]]:
    number = int(rng.integers(len(HANDS)))
    number = number if hand is None else hand
    style = draw_style(rng, HANDS[number])
    cel = Cel(size, style, draw_light(rng, degrees), rng)
    return develop(cel, number, *draw_scene(cel, HANDS[number]))


def develop(cel: Cel, hand: int, look: Shading, tags: Tags) -> tuple[Drawn, list[str]]:
    """The layers of a drawn cel, and the names of the rules that it breaks."""
    size, style, light = cel.size, cel.style, cel.light
    islands = clean_parts(cel.parts, max(3, round(SMALLEST_PART * (size / 512) ** 2)))
    ink_bare_borders(cel)
    if style.blacks:
        ink_blacks(cel)
    if cel.action is not None:
        pass  # hatching and tones would crawl
    elif chance(cel.rng, HANDS[hand].hatching):
        hatch_shadows(cel)
    elif chance(cel.rng, HANDS[hand].tones):
        lay_tones(cel)
    flats = np.array([part.color for part in cel.table], np.uint8)[cel.parts]
    lines = finish_lines(cel.ink.pixels, size, style, cel.ink.rng)
    shade = clean_shade(cel)
    multiply = multiplier(cel, shade, look.tint, look.skin_tint, look.soft)
    colored = color(cel, flats, multiply)
    drawn = Drawn(
        line=lines,
        line_color=style.ink,
        flats=flats,
        shade=shade,
        multiply=multiply,
        highlight=cel.highlight,
        blush=cel.blush,
        parts=cel.parts,
        table=tuple(cel.table),
        colored=colored,
        picture=ink_over(colored, lines, style.ink, style.colored),
        light=(float(light[0]), float(light[1])),
        hand=hand,
        tags={"hand": HANDS[hand].name, "light": round(float(np.degrees(np.arctan2(-light[1], light[0])))), **tags},
    )
    return drawn, find_faults(cel, islands)
