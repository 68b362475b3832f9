"""Backdrops of figures: paper, one color, a gradient, or a part of a painted scene."""

import colorsys
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from .picture import WHITE, Color

Size: TypeAlias = tuple[int, int]  # width, height in pixels


def draw_backdrop(
    size: Size, rng: random.Random, scenes: Sequence[Path] = (), paper: float = 0.5
) -> tuple[Image.Image, str]:
    """An RGB backdrop and its kind: "paper" with the probability given, else "color", "gradient" or "scene"."""
    if rng.random() < paper:
        return Image.new("RGB", size, WHITE), "paper"
    kind = rng.choice(["color", "gradient", "scene"] if scenes else ["color", "gradient"])
    if kind == "color":
        return Image.new("RGB", size, soft_color(rng)), kind
    if kind == "gradient":
        return draw_gradient(size, soft_color(rng), soft_color(rng), rng.random() < 0.7), kind
    return part_of(rng.choice(scenes), size, rng), kind


def soft_color(rng: random.Random) -> Color:
    """A light color of any hue, as illustrators use behind figures."""
    return convert_hsv(rng.random(), rng.uniform(0.05, 0.55), rng.uniform(0.65, 1.0))


def convert_hsv(hue: float, saturation: float, value: float) -> Color:
    """An sRGB color in 0..255 from hue, saturation and value in 0..1."""
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def draw_gradient(size: Size, first: Color, second: Color, vertical: bool = True) -> Image.Image:
    """An RGB gradient from the first color (top or left) to the second."""
    steps = np.linspace(0.0, 1.0, size[1] if vertical else size[0])[:, None]
    line = np.rint(np.asarray(first) * (1 - steps) + np.asarray(second) * steps).astype(np.uint8)
    line = line[:, None] if vertical else line[None]
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(line, (size[1], size[0], 3))))


def part_of(path: Path, size: Size, rng: random.Random) -> Image.Image:
    """A random part of a scene's file, at least half as high as the scene, in the shape asked for."""
    with Image.open(path) as opened:
        scene = opened.convert("RGB")
    scale = min(scene.width / size[0], scene.height / size[1]) * rng.uniform(0.55, 1.0)
    width, height = size[0] * scale, size[1] * scale
    left, top = rng.uniform(0, scene.width - width), rng.uniform(0, scene.height - height)
    part = scene.resize(size, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))
    return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else part
