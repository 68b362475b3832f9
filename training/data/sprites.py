"""Drawn figures from sprites, such as those of Ren'Py's demo games: few drawings, varied strongly."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from .backdrop import draw_backdrop
from .casts import RENPY, Cast, Sprite, load_sprite, single_sprite
from .picture import LONG_SIDE, SourcePicture, Tags, on_background
from .source import Split, Task, find_files
from .sprite_colors import recolor_sprite

PAINTING_SHARE, PAIR_SHARE = 0.12, 0.18


@dataclass(frozen=True, slots=True)
class Framing:
    """Framing of a figure: the part of it that is seen, and the shapes of canvas that suit it.

    Attributes:
        height: Range of the seen share of the figure's height, from the top.
        shape: Range of the canvas's width divided by its height.
        fill: Range of the figure's width divided by the canvas's.
        weight: Relative frequency with which it is chosen.
    """

    height: tuple[float, float]
    shape: tuple[float, float]
    fill: tuple[float, float]
    weight: float


FRAMINGS = {
    "full": Framing((1.0, 1.0), (0.55, 0.9), (0.5, 0.95), 0.38),
    "upper": Framing((0.5, 0.72), (0.75, 1.1), (0.75, 1.15), 0.37),
    "face": Framing((0.36, 0.5), (0.8, 1.15), (0.95, 1.35), 0.25),
}


class Sprites:
    """A source of the sprites of one cast."""

    def __init__(self, packages: Path, cast: Cast = RENPY) -> None:
        self.name, self.license, self.cast = cast.name, cast.license, cast
        self.sprites = cast.find(packages)
        self.scenes = [path for pattern in cast.scenes for path in find_files(packages, pattern)]
        self.paintings = [single_sprite(p) for p in find_files(packages, cast.paintings)] if cast.paintings else []

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """Endless variants: exactly the counts asked for, where the split's characters are installed."""
        train = count if any(self.figures("train")) else 0
        test = test_count if any(self.figures("test")) else 0
        return [self._make_task("train", i, seed) for i in range(train)] + [
            self._make_task("test", i, seed) for i in range(test)
        ]

    def figures(self, split: Split) -> list[list[Sprite]]:
        """The sprites of each character of a split."""
        held_out = self.cast.held_out
        return [some for name, some in self.sprites.items() if some and (name == held_out) == (split == "test")]

    def draw(self, task: Task) -> SourcePicture:
        """Draw one variant: a part of a painting, a figure, or two figures, recolored, on a backdrop."""
        rng = task.rng()
        if task.split == "train" and self.paintings and rng.random() < PAINTING_SHARE:
            return _crop_painting(rng.choice(self.paintings), rng)
        shares = [framing.weight for framing in FRAMINGS.values()]
        framing = "full" if self.cast.whole else rng.choices(list(FRAMINGS), shares)[0]
        people = 2 if rng.random() < PAIR_SHARE else 1
        size = _canvas_size(FRAMINGS[framing], people, rng)
        canvas, kind = draw_backdrop(size, rng, self.scenes if task.split == "train" else ())
        recolored = 0.93 if task.split == "train" else 0.5
        tags: Tags = {"framing": framing, "people": people, "backdrop": kind}
        for place in range(people):
            sprite = rng.choice(rng.choice(self.figures(task.split)))
            center = 0.5 if people == 1 else (0.27, 0.73)[place]
            canvas = _with_figure(canvas, sprite, FRAMINGS[framing], center, 1.0 / people**0.7, recolored, rng)
            tags["sprite" if place == 0 else "second"] = sprite.name
        return SourcePicture(canvas, tags=tags)

    def _make_task(self, split: Split, index: int, seed: int) -> Task:
        held_out = self.cast.held_out
        base = held_out if split == "test" else "+".join(name for name in self.sprites if name != held_out)
        return Task(self.name, f"{split}-{index:05d}", base, split, str(seed))


def _canvas_size(framing: Framing, people: int, rng: random.Random) -> tuple[int, int]:
    shape = rng.uniform(*framing.shape) * (1.0 if people == 1 else 1.45)
    shape = 1.0 if people == 1 and rng.random() < 0.25 else shape
    return (round(LONG_SIDE * shape), LONG_SIDE) if shape <= 1.0 else (LONG_SIDE, round(LONG_SIDE / shape))


def _with_figure(
    canvas: Image.Image,
    sprite: Sprite,
    framing: Framing,
    center: float,
    room: float,
    recolored: float,
    rng: random.Random,
) -> Image.Image:
    """Paint one figure on an RGB canvas, its middle at that share of the width, its feet on the lower border.

    `room` is the share of the usual size that it gets, `recolored` the probability of new colors.
    """
    figure = load_sprite(sprite)
    if rng.random() < recolored:
        figure = recolor_sprite(figure, rng, keep_skin=rng.random() < 0.97)
    if rng.random() < 0.5:
        figure = figure.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    figure = bend_figure(figure, rng)
    seen = rng.uniform(*framing.height)
    figure = figure.crop((0, 0, figure.width, round(figure.height * seen)))
    figure = figure.crop(figure.getchannel("A").getbbox())
    stretch = rng.uniform(0.9, 1.12)
    scale = rng.uniform(*framing.fill) * canvas.width * room / (figure.width * stretch)
    tallest = canvas.height * (rng.uniform(0.85, 0.99) if seen == 1.0 else rng.uniform(0.95, 1.3))
    scale = min(scale, tallest / figure.height)
    size = (max(8, round(figure.width * stretch * scale)), max(8, round(figure.height * scale)))
    figure = figure.resize(size, Image.Resampling.LANCZOS)
    if scale > 1.2:
        figure = figure.filter(ImageFilter.UnsharpMask(radius=1.2 * scale, percent=90, threshold=2))
    layer = Image.new("RGBA", canvas.size)
    left = round(canvas.width * center - size[0] / 2 + rng.uniform(-0.03, 0.03) * canvas.width)
    top = max(canvas.height - size[1], round(-0.06 * canvas.height))  # what does not fit is cut below, not the head
    layer.paste(figure, (left, top))
    return on_background(layer, canvas)


def bend_figure(figure: Image.Image, rng: random.Random, cells: int = 5, strength: float = 0.018) -> Image.Image:
    """Move the inner knots of a grid over an RGBA figure at random, so that two variants never share a contour."""
    columns = np.linspace(0, figure.width, cells + 1).round().astype(int)
    rows = np.linspace(0, figure.height, 2 * cells + 1).round().astype(int)
    knots = np.stack(np.meshgrid(columns, rows), axis=-1).astype(float)
    moves = np.array([[rng.gauss(0, strength), rng.gauss(0, strength)] for _ in range((2 * cells - 1) * (cells - 1))])
    knots[1:-1, 1:-1] += moves.reshape(2 * cells - 1, cells - 1, 2) * figure.width
    mesh = []
    for y in range(2 * cells):
        for x in range(cells):
            box = (int(columns[x]), int(rows[y]), int(columns[x + 1]), int(rows[y + 1]))
            corners = (knots[y, x], knots[y + 1, x], knots[y + 1, x + 1], knots[y, x + 1])
            mesh.append((box, tuple(float(v) for corner in corners for v in corner)))
    return figure.transform(figure.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)


def _crop_painting(sprite: Sprite, rng: random.Random) -> SourcePicture:
    """A part of a full illustration, recolored in half of the cases."""
    painting = load_sprite(sprite)
    shape = rng.uniform(0.7, 1.4)
    height = min(painting.height, painting.width / shape) * rng.uniform(0.38, 0.95)
    width = height * shape
    left, top = rng.uniform(0, painting.width - width), rng.uniform(0, painting.height - height)
    size = (round(LONG_SIDE * shape), LONG_SIDE) if shape <= 1.0 else (LONG_SIDE, round(LONG_SIDE / shape))
    part = painting.resize(size, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))
    if rng.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.6:
        part = recolor_sprite(part, rng)
    return SourcePicture(part.convert("RGB"), tags={"framing": "painting", "sprite": sprite.name, "backdrop": "scene"})
