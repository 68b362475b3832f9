"""Outlined heads of DiceBear's styles (CC0 and CC-BY): parts and colors chosen at random, true lines for five."""

import json
import random
from functools import lru_cache
from importlib.resources import files
from typing import Any

from . import svg
from .backdrop import convert_hsv, draw_backdrop
from .picture import LONG_SIDE, WHITE, SourcePicture, Tags, on_background
from .shading import shade_drawing
from .source import License, Split, Task, choose_split

SKINS = ("#ffe9dc", "#fde0c8", "#fad1b0", "#f3bd94", "#e0a37a", "#c68642", "#9c6644", "#6f4a35")
HAIRS = ("#1f1b24", "#3b2a20", "#6a4a33", "#a8743f", "#e6c27a", "#f4e1a8", "#b8bcc6", "#efeef4")
DRAWN = {
    "ink",
    "stroke",
    "outline",
    "eyebrows",
    "eyes",
    "nose",
    "mouth",
    "freckles",
}  # stay as the style has them
BASE_PARTS = ("hair", "top", "head")  # the first that a style has names the base drawing
TRUE_LINES = {"adventurer", "open-peeps", "micah", "toon-head", "notionists"}
HELD_OUT = {"notionists", "croodles"}
SPDX = {"CC0 1.0": "CC0-1.0", "CC BY 4.0": "CC-BY-4.0"}
DARKER = {"toon-head": [max(0, 255 - 3 * (255 - v)) for v in range(256)]}  # its strokes are half transparent
HAIR_COLORS = {"hair", "facialHair", "top", "headContrast"}
CLOTH_COLORS = {
    *("clothes", "clothing", "shirt", "hat", "accessories", "glasses", "earring", "earrings"),
    *("body", "hairAccessories", "eyeShadow"),
}


class Avatars:
    """The source "dicebear-" + the style's name; the same drawings at any size, `side` pixels."""

    def __init__(self, style: str, side: int = LONG_SIDE) -> None:
        definition = _read_definition(style)
        meta = definition["meta"]
        self.style, self.side = style, side
        self.name = f"dicebear-{style}"
        self.license = License(
            SPDX[meta["license"]["name"]],
            f'{meta["creator"]["name"]}, "{meta["source"]["name"]}", remixed by DiceBear',
            meta["source"]["url"],
        )
        self.colors = tuple(definition["colors"])
        self.base_part = next(part for part in BASE_PARTS if part in definition["components"])
        self.bases = sorted(definition["components"][self.base_part]["variants"])

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """Endless variants, the bases of each split in turn."""
        out = []
        counts: dict[Split, int] = {"train": count, "test": test_count}
        for split, number in counts.items():
            bases = [base for base in self.bases if self._choose_split(base) == split]
            out += [self._make_task(bases[i % len(bases)], split, i, seed) for i in range(number if bases else 0)]
        return out

    def draw(self, task: Task) -> SourcePicture:
        """Draw one avatar: on paper in seven of ten cases, with synthetic shadows in half."""
        rng = task.rng()
        options = self.options(str(task.spec["base"]), rng)
        layer = svg.render_svg(_draw_avatar(self.style, options), self.side)
        tags: Tags = {"style": self.style, "base": task.spec["base"], "backdrop": "paper"}
        tags |= {name: value[0] for name, value in options.items() if name.endswith("Color")}
        lines = None
        if self.style in TRUE_LINES:
            white = {name: value for name, value in options.items() if not name.endswith("ColorFill")}
            white |= {f"{color}Color": ["#ffffff"] for color in self.colors if color not in DRAWN}
            lines = on_background(svg.render_svg(_draw_avatar(self.style, white), self.side), WHITE).convert("L")
            lines = lines.point(DARKER[self.style]) if self.style in DARKER else lines
        if self.style in HELD_OUT:
            return SourcePicture(on_background(layer, WHITE), lines, tags=tags)
        if rng.random() < 0.5 and "hairColorFill" not in options:
            layer, tags["shading"] = shade_drawing(layer, rng)
        behind, tags["backdrop"] = draw_backdrop(layer.size, rng, paper=0.7)
        return SourcePicture(on_background(layer, behind), lines, tags=tags)

    def options(self, base: str, rng: random.Random) -> dict[str, Any]:
        """DiceBear's options: the base part, and a color for everything that is not drawn in ink."""
        hair, skin = _random_hair(rng), rng.choice(SKINS)
        out: dict[str, Any] = {"seed": f"{rng.random()}", f"{self.base_part}Variant": [base]}
        for color in self.colors:
            if color in ("skin", "base"):
                out[f"{color}Color"] = [skin]
            elif color in HAIR_COLORS:
                out[f"{color}Color"] = [hair]
            elif color == "eyes" and self.style == "adventurer":
                out["eyesColor"] = [_random_hex(rng, (0.4, 0.9), (0.2, 0.75))]
            elif color == "paper":
                out["paperColor"] = ["#ffffff"]
            elif color in CLOTH_COLORS:
                out[f"{color}Color"] = [_random_hex(rng, (0.25, 0.9), (0.35, 1.0))]
        if "hair" in self.colors and rng.random() < 0.25:
            out |= {"hairColor": [hair, _random_hair(rng)], "hairColorFill": "linear"}
        out["flip"] = rng.choice(["none", "horizontal"])
        return out

    def _choose_split(self, base: str) -> Split:
        return "test" if self.style in HELD_OUT else choose_split(f"{self.name}/{base}")

    def _make_task(self, base: str, split: Split, index: int, seed: int) -> Task:
        return Task(self.name, f"{split}-{index:05d}", f"{self.name}/{base}", split, str(seed), {"base": base})


@lru_cache(maxsize=32)
def _read_definition(style: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(files("dicebear_styles").joinpath(f"{style}.json").read_text("utf-8"))
    return definition


@lru_cache(maxsize=32)
def _load_style(style: str) -> Any:
    from dicebear import Style

    return Style(_read_definition(style))


def _draw_avatar(style: str, options: dict[str, Any]) -> str:
    from dicebear import Avatar

    return str(Avatar(_load_style(style), options).to_string())


def _random_hex(rng: random.Random, saturation: tuple[float, float], value: tuple[float, float]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*convert_hsv(rng.random(), rng.uniform(*saturation), rng.uniform(*value)))


def _random_hair(rng: random.Random) -> str:
    return rng.choice(HAIRS) if rng.random() < 0.35 else _random_hex(rng, (0.25, 0.75), (0.5, 1.0))
