"""The builder: draws every source's pictures in parallel, the same for the same seed, and can be stopped and resumed."""

import hashlib
import io
import json
import multiprocessing
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from paintstorch_sdk.errors import ImageError, InputError

from .avatars import Avatars
from .clipart import ClipArt
from .credits import card_text, credits_text
from .icons import Icons
from .manifest import MANIFEST, Entry, read_manifest, write_atomically, write_manifest
from .openmoji import OpenMoji
from .picture import Picture, png
from .portraits import Portraits
from .source import Source, Task
from .sprites import Sprites

SETTINGS = "build.json"
SCHEMA = 1  # of the builder's output; raised when the same seed gives other pictures
QUALITY = 95  # of WebP
SAVE_EVERY = 250  # pictures between two manifests
CHUNK = 8  # tasks a worker takes at once

Licences = Literal["permissive", "all"]
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Share:
    """How many pictures of a source are drawn at most, by split."""

    train: int
    test: int


RECIPE = {
    "renpy": Share(4000, 60),
    "dicebear-adventurer": Share(800, 15),
    "dicebear-lorelei": Share(700, 15),
    "dicebear-open-peeps": Share(450, 10),
    "dicebear-micah": Share(350, 8),
    "dicebear-toon-head": Share(350, 6),
    "dicebear-personas": Share(200, 4),
    "dicebear-big-smile": Share(150, 4),
    "dicebear-notionists": Share(0, 60),
    "dicebear-croodles": Share(0, 40),
    "openclipart": Share(1600, 30),
    "noto": Share(300, 6),
    "fluent-emoji": Share(270, 6),
    "twemoji": Share(250, 4),
    "openmoji": Share(1500, 40),
    "wesnoth": Share(2000, 40),
}


def sources(packages: Path, licences: Licences) -> dict[str, Source]:
    """The sources by name; the packages folder is where docs/data.md unpacks and installs them."""
    styles = [name.removeprefix("dicebear-") for name in RECIPE if name.startswith("dicebear-")]
    every: list[Source] = [
        Sprites(packages),
        *(Avatars(style) for style in styles),
        ClipArt(packages),
        *(Icons(name, packages) for name in ("noto", "fluent-emoji", "twemoji")),
        OpenMoji(packages),
        Portraits(packages),
    ]
    return {source.name: source for source in every if licences == "all" or source.licence.permissive}


def build(
    out: Path,
    *,
    packages: Path,
    limit: int | None = None,
    licences: Licences = "permissive",
    seed: int = 0,
    workers: int = 1,
    report: Report | None = None,
) -> list[Entry]:
    """Build the data set, or go on with one that was begun with the same settings.

    Pictures are drawn in a shuffled order and the manifest is written now and then, so that a set that is still
    being built can be used.

    Args:
        out: Folder of the data set.
        packages: Folder with the unpacked packages.
        limit: About how many pictures in all; None is the full recipe.
        licences: "permissive", or "all" for GPL and CC-BY-SA sources too.
        seed: Of all random choices.
        workers: Processes.
        report: Called with the numbers of pictures done and to do.

    Returns:
        The entries of the manifest.

    Raises:
        InputError: Bad arguments, no sources, or a folder that was begun with other settings.
        OutputError: The folder cannot be written.
    """
    if licences not in ("permissive", "all"):
        raise InputError(f"licences: expected 'permissive' or 'all', received {licences!r}")
    if workers < 1 or (limit is not None and limit < 1):
        raise InputError(f"expected at least one worker and one picture, received {workers} and {limit}")
    if not packages.is_dir():
        raise InputError(
            f"{packages}: expected the folder with the unpacked packages; docs/data.md says how to fill it"
        )
    settings = {"schema": SCHEMA, "seed": seed, "licences": licences, "limit": limit}
    _claim(out, settings)
    every = sources(packages, licences)
    tasks = _tasks(every, limit, seed)
    entries = {(e.source, e.key): e for e in read_manifest(out)} if (out / MANIFEST).is_file() else {}
    entries = {place: e for place, e in entries.items() if (out / e.path).is_file()}
    left = [task for task in tasks if (task.source, task.key) not in entries]
    done = len(tasks) - len(left)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (packages, licences, out)) as pool:
        for entry in pool.map(_draw, left, chunksize=CHUNK):
            done += 1
            if entry:
                entries[entry.source, entry.key] = entry
            if done % SAVE_EVERY == 0:
                write_manifest(out, entries.values())
            if report:
                report(done, len(tasks))
    result = sorted(entries.values(), key=lambda e: (e.source, e.key))
    known = {name: source.licence for name, source in every.items()}
    write_manifest(out, result)
    write_atomically(out / "CREDITS.md", credits_text(result, known).encode())
    write_atomically(out / "CARD.md", card_text(result, settings).encode())
    return result


def _claim(out: Path, settings: dict[str, object]) -> None:
    """Note the settings in the folder, or compare them with those noted there."""
    path = out / SETTINGS
    if path.is_file():
        if json.loads(path.read_text("utf-8")) != settings:
            raise InputError(f"{path}: begun with other settings; expected {settings}; take another folder")
    else:
        write_atomically(path, (json.dumps(settings) + "\n").encode())


def _tasks(every: dict[str, Source], limit: int | None, seed: int) -> list[Task]:
    shares = {name: RECIPE[name] for name in every}
    if limit is not None:
        scale = min(1.0, limit / sum(share.train + share.test for share in shares.values()))
        shares = {
            n: replace(s, train=_scaled(s.train, scale), test=_scaled(s.test, scale))
            for n, s in shares.items()
        }
    tasks = [
        task
        for name, source in every.items()
        for task in source.tasks(shares[name].train, shares[name].test, seed)
    ]
    if not tasks:
        raise InputError(
            "expected at least one installed source, found none; docs/data.md says how to get them"
        )
    random.Random(f"{seed}/order").shuffle(tasks)
    return tasks


def _scaled(count: int, scale: float) -> int:
    return max(1, round(count * scale)) if count else 0


_sources: dict[str, Source] = {}  # of this worker process
_out = Path()


def _start(packages: Path, licences: Licences, out: Path) -> None:
    global _sources, _out
    _sources, _out = sources(packages, licences), out


def _draw(task: Task) -> Entry | None:
    """Draw one picture in a worker and write its files; None where the source has no use for it."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit  # the builder was killed: its workers must not write into a folder that another may resume
    source = _sources[task.source]
    try:
        picture = source.draw(task)
    except ImageError:
        return None
    return None if picture is None else _written(task, picture, source)


def _written(task: Task, picture: Picture, source: Source) -> Entry:
    content = io.BytesIO()
    picture.colour.save(content, "WEBP", quality=QUALITY, method=2)
    path = f"pictures/{task.source}/{task.key}.webp"
    lines = None
    if picture.lines is not None:
        lines = f"lines/{task.source}/{task.key}.png"
        write_atomically(_out / lines, png(picture.lines))
    write_atomically(_out / path, content.getvalue())
    return Entry(
        source=task.source,
        key=task.key,
        base=task.base,
        split=task.split,
        path=path,
        lines=lines,
        width=picture.colour.width,
        height=picture.colour.height,
        licence=source.licence.name,
        author=picture.author or source.licence.author,
        sha256=hashlib.sha256(content.getvalue()).hexdigest(),
        tags=picture.tags,
    )
