"""The data builder, on a packages folder made up here: one sprite each, a scene, clip art and icons."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.training.data.build import build_data_set
from paintstorch_sdk.training.data.casts import CASTS, load_sprite
from paintstorch_sdk.training.data.clipart import ClipArt
from paintstorch_sdk.training.data.icons import Icons
from paintstorch_sdk.training.data.manifest import MANIFEST, ManifestRow, read_rows
from paintstorch_sdk.training.data.source import choose_split
from paintstorch_sdk.training.data.sprite_colors import recolor_sprite
from paintstorch_sdk.training.data.sprites import Sprites
from paintstorch_sdk.training.pictures import read_manifest

FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" stroke="#000" stroke-width="2">'
    '<rect x="5" y="5" width="25" height="30" fill="{first}"/><circle cx="40" cy="20" r="14" fill="{second}"/>'
    '<path d="M10 10 L50 30 M10 20 L30 8"/><!-- {padding} --></svg>'
)
ONLY = ["renpy", "openclipart", "noto", "dicebear-micah"]


def _sprite(path: Path, hair: str) -> None:
    figure = Image.new("RGBA", (120, 300))
    pen = ImageDraw.Draw(figure)
    pen.rectangle((30, 100, 90, 299), fill="#4060a0", outline="black", width=3)
    pen.ellipse((20, 10, 100, 110), fill=hair, outline="black", width=3)
    pen.ellipse((38, 40, 82, 100), fill="#fde8d8", outline="black", width=2)
    figure.save(path)


Rows = list[ManifestRow]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packages")
    images = root / "renpy-demo/usr/share/games/renpy/demo/game/images"
    images.mkdir(parents=True)
    _sprite(images / "eileen happy.png", "#e06070")
    _sprite(images / "sylvie green normal.png", "#408050")
    Image.linear_gradient("L").resize((320, 180)).convert("RGB").save(images / "bg club.jpg")
    art = root / "openclipart-svg/usr/share/openclipart/svg/animals"
    art.mkdir(parents=True)
    for i in range(6):
        name = "abcdef"[i] * 3
        text = FIGURE.format(first=f"#{3 * i}09040", second="#e0c020", padding="x" * 3000)
        (art / f"{name}_01.svg").write_text(text)
    icons = root / "node_modules/@iconify-json/noto"
    icons.mkdir(parents=True)
    body = '<rect x="2" y="2" width="8" height="12" fill="#c02030"/><circle cx="11" cy="9" r="4" fill="#2050c0"/>'
    some = {f"thing{i}": {"body": body} for i in range(30)} | {"flag-x": {"body": body}}
    (icons / "icons.json").write_text(json.dumps({"icons": some, "width": 16, "height": 16}))
    info = {"license": {"spdx": "Apache-2.0"}, "author": {"name": "N", "url": "https://example.org"}}
    (icons / "info.json").write_text(json.dumps(info))
    return root


@pytest.fixture(scope="module")
def make(packages: Path) -> Callable[..., Rows]:
    def run(out: Path, seed: int = 1, workers: int = 1) -> Rows:
        return build_data_set(out, packages=packages, limit=24, only=ONLY, seed=seed, workers=workers)

    return run


@pytest.fixture(scope="module")
def built(make: Callable[..., Rows], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    out = tmp_path_factory.mktemp("built")
    return out, make(out)


def test_every_entry_has_its_files(built: tuple[Path, Rows]) -> None:
    out, entries = built
    assert {entry.source for entry in entries} == set(ONLY)
    assert read_rows(out) == entries
    for entry in entries:
        assert hashlib.sha256((out / entry.picture).read_bytes()).hexdigest() == entry.sha256
        with Image.open(out / entry.picture) as picture:
            assert picture.mode == "RGB"
            assert picture.size == (entry.width, entry.height)
            assert max(picture.size) == 512
        if entry.lines:
            with Image.open(out / entry.lines) as lines:
                assert (lines.mode, lines.size) == ("L", (entry.width, entry.height))
    listed = {out / path for entry in entries for path in (entry.picture, entry.lines) if path}
    assert {path for path in out.rglob("*") if path.suffix in (".webp", ".png")} == listed


def test_a_base_drawing_is_in_one_split(built: tuple[Path, Rows]) -> None:
    splits: dict[str, set[str]] = {}
    for entry in built[1]:
        splits.setdefault(entry.base, set()).add(entry.split)
    assert all(len(some) == 1 for some in splits.values())
    sprites = [entry for entry in built[1] if entry.source == "renpy"]
    for entry in sprites:
        names = f"{entry.tags.get('sprite')} {entry.tags.get('second')}"
        assert ("sylvie" in names) == (entry.split == "test")
    assert {entry.split for entry in sprites} == {"train", "test"}


def test_the_same_seed_gives_the_same_files(
    built: tuple[Path, Rows], make: Callable[..., Rows], tmp_path: Path
) -> None:
    assert make(tmp_path / "again", workers=2) == built[1]
    assert (tmp_path / "again/CARD.md").read_text() == (built[0] / "CARD.md").read_text()


def test_a_build_resumes(built: tuple[Path, Rows], make: Callable[..., Rows]) -> None:
    out, entries = built
    kept, lost = out / entries[0].picture, out / entries[-1].picture
    before = kept.stat().st_mtime_ns
    lost.unlink()
    assert make(out) == entries
    assert lost.is_file()
    assert kept.stat().st_mtime_ns == before


def test_other_settings_need_another_folder(built: tuple[Path, Rows], make: Callable[..., Rows]) -> None:
    with pytest.raises(InputError, match="other settings"):
        make(built[0], seed=2)


def test_credits_name_license_and_author(built: tuple[Path, Rows]) -> None:
    text = (built[0] / "CREDITS.md").read_text()
    assert "Micah Lanier" in text
    assert "CC-BY-4.0" in text
    assert "Apache-2.0" in text


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not installed: renpy"):
        build_data_set(tmp_path / "out", packages=tmp_path, only=["renpy"])
    with pytest.raises(InputError, match="received wesnoth"):
        build_data_set(tmp_path / "out", packages=tmp_path, only=["wesnoth"])
    assert not (tmp_path / "out").exists()


def test_clip_art_is_trimmed_and_not_squashed(packages: Path) -> None:
    source = ClipArt(packages)
    picture = source.draw(source.tasks(6, 6, 0)[0])
    assert picture is not None
    assert picture.color.width == 512
    assert picture.color.width / picture.color.height == pytest.approx(51 / 32, rel=0.05)
    pixels = np.asarray(picture.color)
    assert (pixels[[0, -1]] == 255).all()
    assert (pixels[:, [0, -1]] == 255).all()


def test_figures_are_put_together_from_parts(tmp_path: Path) -> None:
    parts = tmp_path / "cats/app/src/main/assets/parts"
    parts.mkdir(parents=True)
    colors = {"body": "#800000", "fur": "#008000", "eyes": "#000080", "mouth": "#808000", "accessorie": "#008080"}
    for name, color in colors.items():
        Image.new("RGBA", (8, 8), color).save(parts / f"{name}_1.png")
    places = [[name, f"{name}_1.png", 10 if name == "eyes" else 0, 0] for name in colors]
    (parts / "parts.json").write_text(json.dumps([*places, ["body", "body_1.png", 0, 20]]))
    cast = next(cast for cast in CASTS if cast.name == "revoy-cats")
    cats = cast.find(tmp_path)["cat"]
    assert cats == cast.find(tmp_path)["cat"]
    seen = {load_sprite(cat).size for cat in cats[:20]}
    assert seen == {(18, 8), (18, 28)}


def test_flags_are_no_icons(packages: Path) -> None:
    keys = [task.key for task in Icons("noto", packages).tasks(100, 100, 0)]
    assert len(keys) == 30
    assert "flag-x" not in keys


def test_sprites_keep_their_alpha_and_their_lines(packages: Path) -> None:
    source = Sprites(packages)
    task = source.tasks(1, 0, 0)[0]
    sprite = load_sprite(source.sprites["eileen"][0])
    changed = recolor_sprite(sprite, task.rng())
    before, after = np.asarray(sprite), np.asarray(changed)
    assert (after[..., 3] == before[..., 3]).all()
    line = (before[..., :3].max(axis=2) == 0) & (before[..., 3] == 255)
    assert after[line][:, :3].max() < 24
    assert (after[..., :3] != before[..., :3]).any()


def test_a_tenth_of_the_bases_is_test() -> None:
    share = sum(choose_split(f"base {i}") == "test" for i in range(2000)) / 2000
    assert 0.08 < share < 0.12


ROW = {"source": "toy", "split": "train", "picture": "0.png"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "expected a JSON object, received '{broken'"),
        ("[" * 100_000, "expected a JSON object"),
        ("[]", "expected the keys author, base"),
        ('{"split": "train", "picture": "0.png"}', "expected the keys author, base"),
        (json.dumps(ROW | {"color": "red"}), "expected the keys author, base"),
        (json.dumps(ROW | {"picture": 7}), "picture: received 7"),
        (json.dumps(ROW | {"width": True}), "width: received True"),
        (json.dumps(ROW | {"tags": []}), r"tags: received \[\]"),
        (json.dumps(ROW | {"split": "validation"}), "split: expected train or test, received 'validation'"),
    ],
)
def test_a_damaged_manifest_is_one_line_that_names_file_and_line(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps(ROW) + "\n" + line + "\n")
    with pytest.raises(InputError, match=rf"manifest\.jsonl, line 2: {said}") as caught:
        read_manifest(tmp_path, "train")
    assert "\n" not in str(caught.value)


def test_a_manifest_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match=r"manifest\.jsonl: expected a data set's manifest: not UTF-8"):
        read_manifest(tmp_path, "train")
