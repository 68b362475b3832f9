"""Palettes: the colors of one figure, with sense or wild."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

from .curves import Rng

Rgb = tuple[int, int, int]

SKINS: tuple[Rgb, ...] = (
    (255, 240, 228), (255, 234, 220), (255, 228, 210), (254, 232, 214), (253, 222, 200), (250, 236, 230),
    (246, 210, 182), (238, 196, 162), (222, 174, 138), (198, 146, 108), (160, 110, 80), (122, 82, 60),
)  # fmt: skip
SKIN_SHARES = (5, 5, 5, 5, 4, 2, 3, 2, 2, 1, 1, 1)

NATURAL_HAIR: tuple[Rgb, ...] = (
    (44, 38, 44), (38, 40, 54), (60, 44, 40), (84, 58, 44), (112, 74, 50), (146, 98, 62), (176, 126, 80),
    (232, 202, 128), (244, 222, 160), (222, 178, 96), (168, 74, 46), (196, 92, 54), (196, 196, 204), (240, 240, 244),
)  # fmt: skip

# Clothes that go together: main, second, trim, inner.
OUTFITS: tuple[tuple[Rgb, Rgb, Rgb, Rgb], ...] = (
    ((248, 248, 250), (46, 60, 110), (206, 48, 58), (246, 240, 226)),
    ((44, 54, 92), (48, 60, 104), (214, 60, 64), (250, 250, 252)),
    ((60, 56, 62), (92, 84, 88), (196, 162, 92), (244, 240, 236)),
    ((146, 44, 54), (70, 38, 44), (228, 190, 104), (250, 238, 226)),
    ((94, 122, 92), (66, 84, 70), (228, 208, 148), (246, 240, 222)),
    ((238, 180, 188), (250, 226, 228), (180, 90, 110), (255, 250, 250)),
    ((158, 192, 226), (242, 246, 252), (70, 100, 168), (255, 255, 255)),
    ((228, 186, 92), (120, 80, 52), (64, 88, 120), (252, 244, 226)),
    ((112, 86, 142), (60, 48, 84), (232, 204, 120), (240, 232, 246)),
    ((70, 132, 138), (234, 226, 204), (214, 104, 74), (250, 248, 240)),
    ((202, 112, 70), (74, 64, 68), (240, 216, 170), (250, 240, 226)),
    ((36, 36, 42), (240, 240, 244), (186, 36, 60), (252, 252, 252)),
    ((186, 164, 138), (104, 84, 70), (150, 60, 56), (244, 236, 224)),
    ((130, 160, 120), (240, 234, 214), (200, 110, 96), (252, 250, 240)),
    ((52, 88, 132), (212, 220, 230), (240, 196, 72), (246, 246, 248)),
    ((222, 90, 96), (255, 246, 240), (60, 80, 120), (255, 252, 248)),
    ((196, 182, 222), (120, 110, 160), (250, 226, 140), (250, 248, 255)),
    ((84, 98, 74), (150, 130, 92), (60, 52, 46), (226, 216, 190)),
)  # fmt: skip

TINTS = (
    (0.78, 0.70, 0.82),
    (0.74, 0.72, 0.88),
    (0.82, 0.72, 0.74),
    (0.72, 0.66, 0.80),
    (0.70, 0.76, 0.84),
    (0.76, 0.76, 0.78),
)
SKIN_TINTS = ((0.93, 0.75, 0.73), (0.90, 0.74, 0.78), (0.94, 0.78, 0.70), (0.86, 0.72, 0.76))


@dataclass(slots=True)
class Colors:
    """The colors of one figure, RGB.

    Attributes:
        clothes: Main, second, trim and inner color.
        accent: Color of ribbons and other accessories.
        second_accent: Color of their details.
        shoes: Color of shoes and boots.
        legs: Color of socks and tights.
        inner_hair: Color of the far side of the hair, mostly the same as `hair`.
    """

    skin: Rgb
    hair: Rgb
    inner_hair: Rgb
    eyes: Rgb
    clothes: list[Rgb]
    accent: Rgb
    second_accent: Rgb
    shoes: Rgb
    legs: Rgb
    mouth: Rgb = (176, 84, 88)
    tongue: Rgb = (232, 138, 136)
    lips: Rgb = (226, 142, 138)
    metal: Rgb = (236, 204, 110)


def hsv(hue: float, saturation: float, value: float) -> Rgb:
    """An sRGB color, 0..255, from hue (any turn), saturation and value (0..1)."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0))
    return round(255 * red), round(255 * green), round(255 * blue)


def varied(color: Rgb, rng: Rng, amount: float = 1.0) -> Rgb:
    """A color near another."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in color))
    return hsv(
        hue + rng.normal(0, 0.012) * amount,
        saturation * (1 + rng.normal(0, 0.08) * amount),
        value * (1 + rng.normal(0, 0.035) * amount),
    )


def shaded(color: Sequence[int], factor: float, turn: float = 0.0) -> Rgb:
    """A darker (factor below 1) or lighter kin of a color; `turn` moves its hue."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in color))
    if factor <= 1:
        return hsv(hue + turn, saturation * (1 + 0.25 * (1 - factor)), value * factor)
    return hsv(hue + turn, saturation / factor, 1 - (1 - value) / factor)


def luminance(color: Sequence[int]) -> float:
    """0..1, of sRGB values as they are."""
    return (0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]) / 255


# Hues of the color circle by how often people choose them: green takes a third of the circle, but few color with it.
HUES = (0.0, 0.035, 0.07, 0.11, 0.15, 0.24, 0.36, 0.46, 0.53, 0.58, 0.62, 0.68, 0.75, 0.82, 0.9, 0.95)


def any_hue(rng: Rng) -> float:
    """A hue, 0..1."""
    return float(HUES[rng.integers(len(HUES))] + rng.normal(0, 0.018)) % 1.0


def any_color(
    rng: Rng, saturation: tuple[float, float] = (0.3, 0.85), value: tuple[float, float] = (0.35, 0.97)
) -> Rgb:
    """A color of any hue."""
    return hsv(any_hue(rng), rng.uniform(*saturation), rng.uniform(*value))


def make_palette(rng: Rng, sense: float, elder: bool = False) -> Colors:
    """Draw a palette.

    Args:
        rng: Source of the choices.
        sense: Probability that clothes go together and that hair and skin are what they are in anime.
        elder: Gray hair.
    """
    sensible = rng.random() < sense
    skin = varied(SKINS[rng.choice(len(SKINS), p=[s / sum(SKIN_SHARES) for s in SKIN_SHARES])], rng, 0.6)
    if not sensible and rng.random() < 0.12:
        skin = any_color(rng, (0.08, 0.4), (0.75, 0.97))
    if elder:
        hair = hsv(any_hue(rng), rng.uniform(0, 0.08), rng.uniform(0.6, 0.95))
    elif sensible and rng.random() < 0.62:
        hair = varied(NATURAL_HAIR[rng.integers(len(NATURAL_HAIR))], rng)
    elif rng.random() < 0.5:
        hair = hsv(any_hue(rng), rng.uniform(0.15, 0.5), rng.uniform(0.75, 0.98))
    else:
        hair = hsv(any_hue(rng), rng.uniform(0.4, 0.85), rng.uniform(0.35, 0.95))
    inner = hair
    if rng.random() < 0.08:
        inner = any_color(rng, (0.3, 0.7), (0.5, 0.95))
    eyes = hsv(any_hue(rng), rng.uniform(0.45, 0.9), rng.uniform(0.5, 0.95))
    if rng.random() < 0.25:
        eyes = shaded(hair, 0.9) if luminance(hair) < 0.85 else eyes
    if sensible:
        clothes = [varied(c, rng) for c in OUTFITS[rng.integers(len(OUTFITS))]]
        if rng.random() < 0.4:  # the same outfit in another hue
            turn = rng.random()
            clothes = [shaded(c, 1.0, turn) for c in clothes]
        accent = clothes[2] if rng.random() < 0.5 else any_color(rng, (0.4, 0.85), (0.5, 0.95))
    else:
        base, step = any_hue(rng), (0.5, 0.33, 0.08, 0.58)[rng.integers(4)]
        clothes = [hsv(base + i * step, rng.uniform(0.2, 0.9), rng.uniform(0.25, 1.0)) for i in range(3)]
        clothes.append(hsv(base, rng.uniform(0, 0.15), rng.uniform(0.85, 1.0)))
        accent = any_color(rng)
    legs = ((250, 250, 250), (48, 44, 52), (60, 66, 98), shaded(clothes[1], 0.7), (236, 226, 214))[rng.integers(5)]
    shoes = ((92, 58, 44), (44, 40, 46), (240, 238, 236), (150, 70, 56), clothes[2])[rng.integers(5)]
    metal = ((236, 204, 110), (214, 218, 226), (198, 146, 92))[rng.integers(3)]
    return Colors(
        skin=skin,
        hair=hair,
        inner_hair=inner,
        eyes=eyes,
        clothes=clothes,
        accent=accent,
        second_accent=any_color(rng, (0.3, 0.8), (0.6, 1.0)),
        shoes=varied(shoes, rng),
        legs=varied(legs, rng),
        metal=metal,
        lips=shaded(skin, 0.86, -0.02),
    )
