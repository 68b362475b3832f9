"""Drawn characters: whose they are, and where their sprites lie among the unpacked packages."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from .source import License, find_files

RENPY_IMAGES = "*/usr/share/games/renpy/*/game/images/"
PRINCESS = "*/addons/dialogic/Example Assets/portraits/Princess/"
PRINCESS_FACE = (509, 94)  # where the faces belong on the princess's body, pixels
LILY = "*/ghost/master/assets/preset_chara/stand_large/"
SACHI = "*/contrib/img/sachi/electrichearts_*[23]A_sachi*_trans.png"  # without the strip with writing
CATS = "*/app/src/main/assets/parts/"
CAT_PARTS = ("body", "fur", "eyes", "mouth", "accessorie")  # as its file names spell it
CATS_COMPOSED = 400
LARGEST = 2048  # pixels of a sprite's long side; larger ones are made smaller


@dataclass(frozen=True, slots=True)
class Sprite:
    """One figure: files that are laid over one another, each at its place in pixels."""

    name: str
    layers: tuple[tuple[Path, int, int], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """The characters of one origin.

    Attributes:
        name: Name of the source.
        license: License of the pictures.
        find: Gives for each character the sprites that are installed in a packages folder.
        held_out: The character of the test split; "" has none.
        scenes: Globs of backdrops, below the packages folder.
        paintings: Glob of full illustrations.
        whole: Figures are never cut: they are mostly head.
    """

    name: str
    license: License
    find: Callable[[Path], dict[str, list[Sprite]]]
    held_out: str = ""
    scenes: tuple[str, ...] = ()
    paintings: str = ""
    whole: bool = False


@lru_cache(maxsize=32)
def load_sprite(sprite: Sprite) -> Image.Image:
    """An RGBA image cut to what is not transparent."""
    layers = []
    for path, left, top in sprite.layers:
        with Image.open(path) as opened:
            layers.append((opened.convert("RGBA"), (left, top)))
    image = layers[0][0]
    if len(layers) > 1:
        size = [max(layer.size[axis] + place[axis] for layer, place in layers) for axis in (0, 1)]
        image = Image.new("RGBA", (size[0], size[1]))
        for layer, place in layers:
            image.alpha_composite(layer, place)
    image = image.crop(image.getchannel("A").getbbox())
    if max(image.size) > LARGEST:
        image.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return image


def single_sprite(path: Path) -> Sprite:
    """A sprite of one file."""
    return Sprite(path.stem, ((path, 0, 0),))


def _find_each(**patterns: str) -> Callable[[Path], dict[str, list[Sprite]]]:
    """The files that match each character's glob."""
    return lambda packages: {
        name: [single_sprite(path) for path in find_files(packages, pattern)] for name, pattern in patterns.items()
    }


def _find_princess(packages: Path) -> dict[str, list[Sprite]]:
    bodies = find_files(packages, f"{PRINCESS}princess_blank.png")
    faces = [path for path in find_files(packages, f"{PRINCESS}*.png") if path not in bodies]
    return {"princess": [Sprite(face.stem, ((bodies[0], 0, 0), (face, *PRINCESS_FACE))) for face in faces if bodies]}


def _find_cats(packages: Path) -> dict[str, list[Sprite]]:
    """Some of the cats that the parts make, always the same."""
    sprites = []
    for listing in find_files(packages, f"{CATS}parts.json"):
        parts = json.loads(listing.read_text("utf-8"))
        rng = random.Random("cats")
        for _ in range(CATS_COMPOSED):
            chosen = [rng.choice([part for part in parts if part[0] == kind]) for kind in CAT_PARTS]
            layers = tuple((listing.parent / file, left, top) for _, file, left, top in chosen if file)
            sprites.append(Sprite("+".join(path.stem for path, _, _ in layers), layers))
    return {"cat": sprites}


RENPY = Cast(
    "renpy",
    License("MIT", "Tom Rothamel and the Ren'Py contributors", "https://www.renpy.org"),
    _find_each(**{name: f"{RENPY_IMAGES}{name} *.png" for name in ("eileen", "lucy", "sylvie")}),
    held_out="sylvie",
    # The demo's other backgrounds are photographs.
    scenes=tuple(f"{RENPY_IMAGES}{name}.*" for name in ("bg club", "bg lecturehall", "bg meadow", "bg uni")),
    paintings=f"{RENPY_IMAGES}concert*.png",
)
CASTS = (
    RENPY,
    Cast(
        "dialogic",
        License("MIT", "Emilio Coppola and the Dialogic contributors", "https://github.com/dialogic-godot/dialogic"),
        _find_princess,
    ),
    Cast(
        "lilynovelplayer",
        License("MIT", "lost_nd_xxx and omochi-yoichi", "https://github.com/lost-nd-xxx/LilyNovelPlayer"),
        _find_each(boy=f"{LILY}boy_0*.png", girl=f"{LILY}girl_0*.png"),
    ),
    Cast(
        "sachi",
        License("BSD-3-Clause", "Tyson Tan", "https://github.com/squishy-scsi/squishy"),
        _find_each(sachi=SACHI),
    ),
    Cast(
        "revoy-cats",
        License("CC-BY-4.0", "David Revoy", "https://github.com/agateau/cat-avatar-generator-app"),
        _find_cats,
        whole=True,
    ),
)
