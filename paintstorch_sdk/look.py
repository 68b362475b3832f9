"""How a picture is finished: its style, and what is exact in it."""

from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

from .errors import InputError
from .hints.palette import Palette, PaletteSource

Style = Literal["paint", "flat", "soft"]
Lines = Literal["multiply", "ink", "none"]
Light = Literal["left", "right"]
Unhinted = Literal["guess", "paper"]
STYLES: tuple[Style, ...] = get_args(Style)
LINES: tuple[Lines, ...] = get_args(Lines)
LIGHTS: tuple[Light, ...] = get_args(Light)
UNHINTED: tuple[Unhinted, ...] = get_args(Unhinted)
MAX_STRENGTH = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is finished.

    Attributes:
        style: "paint", flats with what the network adds within them; "flat", one color a region; "soft", the network
            alone, as in the paper.
        strength: How much of the network's gradients and shade "paint" adds, 0 to 2; 1 is what it painted.
        light: Where light comes from, above: the shade that "paint" adds falls to the other side.
        unhinted: What "paint" and "flat" give regions that no stroke tells of: "guess", that one of the strokes' colors
            which the network takes for theirs, or paper; "paper", paper.
        exact: Whether the colors inside strokes are exactly the strokes'.
        lines: "multiply" lays the line art over the colors, "ink" does so without colored trace lines, "none"
            leaves the colors alone.
        clean_paper: Whether paper and tint under the lines become white.
        palette: The colors that flats and strokes may have: each becomes the nearest listed one. In "paint" the
            network's gradients and shade are laid over those; "soft" has no flats. A file or colors, see `Palette.of`.

    Raises:
        InputError: A value that is not one of these.
        HintError: A palette that cannot be read.
    """

    style: Style = "paint"
    strength: float = 1.0
    light: Light = "left"
    unhinted: Unhinted = "guess"
    exact: bool = True
    lines: Lines = "multiply"
    clean_paper: bool = False
    palette: PaletteSource = None

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise InputError(f"style: expected one of {', '.join(STYLES)}, received {self.style!r}")
        if self.lines not in LINES:
            raise InputError(f"lines: expected one of {', '.join(LINES)}, received {self.lines!r}")
        if self.light not in LIGHTS:
            raise InputError(f"light: expected one of {', '.join(LIGHTS)}, received {self.light!r}")
        if self.unhinted not in UNHINTED:
            raise InputError(f"unhinted: expected one of {', '.join(UNHINTED)}, received {self.unhinted!r}")
        number = isinstance(self.strength, int | float) and not isinstance(self.strength, bool)
        if not number or not 0.0 <= self.strength <= MAX_STRENGTH:
            raise InputError(f"strength: expected a number from 0 to {MAX_STRENGTH:g}, received {self.strength!r}")
        for name in ("exact", "clean_paper"):
            value = getattr(self, name)
            if not isinstance(value, bool):  # "no" would be taken for yes
                raise InputError(f"{name}: expected True or False, received {value!r:.80}")
        object.__setattr__(self, "palette", Palette.of(self.palette))

    @property
    def listed(self) -> Palette | None:
        """The palette, read."""
        return Palette.of(self.palette)


class LookOptions(TypedDict, total=False):
    """The attributes of `Look`, as keyword arguments of whatever makes a picture."""

    style: Style
    strength: float
    light: Light
    unhinted: Unhinted
    exact: bool
    lines: Lines
    clean_paper: bool
    palette: PaletteSource
