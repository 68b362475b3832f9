"""The builder: every source's pictures, drawn in parallel; the same for the same seed; can be stopped and resumed."""

import hashlib
import io
import json
import multiprocessing
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Literal

import cv2

from paintstorch_sdk.errors import ImageError, InputError, PaintsTorchError
from paintstorch_sdk.files import check_folder, write_file

from .avatars import Avatars
from .casts import CASTS
from .clipart import ClipArt
from .credits import card_text, credits_text
from .drawings import Drawings
from .icons import Icons
from .manifest import MANIFEST, ManifestRow, read_rows, write_rows
from .openmoji import OpenMoji
from .people import People
from .picture import SourcePicture, encode_png
from .portraits import Portraits
from .source import Source, Task
from .sprites import Sprites

SETTINGS = "build.json"
SCHEMA = 2  # of the builder's output; raised when the same seed gives other pictures
QUALITY = 95  # of WebP
SAVE_EVERY = 250  # pictures between two manifests
CHUNK = 8  # tasks a worker takes at once

Licenses = Literal["permissive", "all"]
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Share:
    """Limit on the number of pictures of a source, by split."""

    train: int
    test: int


RECIPE = {
    "drawer": Share(20000, 400),
    "scenes": Share(3000, 60),
    "renpy": Share(4000, 60),
    "dialogic": Share(300, 0),
    "lilynovelplayer": Share(500, 0),
    "sachi": Share(400, 0),
    "revoy-cats": Share(600, 0),
    "dicebear-adventurer": Share(800, 15),
    "dicebear-lorelei": Share(700, 15),
    "dicebear-open-peeps": Share(450, 10),
    "dicebear-micah": Share(350, 8),
    "dicebear-toon-head": Share(350, 6),
    "dicebear-personas": Share(200, 4),
    "dicebear-big-smile": Share(150, 4),
    "dicebear-notionists": Share(0, 60),
    "dicebear-croodles": Share(0, 40),
    "openclipart": Share(2200, 30),
    "noto": Share(300, 6),
    "fluent-emoji": Share(270, 6),
    "twemoji": Share(250, 4),
    "openmoji": Share(1500, 40),
    "wesnoth": Share(2000, 40),
}


def open_sources(packages: Path, licenses: Licenses) -> dict[str, Source]:
    """The sources by name; the packages folder is where docs/data.md unpacks and installs them."""
    styles = [name.removeprefix("dicebear-") for name in RECIPE if name.startswith("dicebear-")]
    every: list[Source] = [
        Drawings(),
        People(packages),
        *(Sprites(packages, cast) for cast in CASTS),
        *(Avatars(style) for style in styles),
        ClipArt(packages),
        *(Icons(name, packages) for name in ("noto", "fluent-emoji", "twemoji")),
        OpenMoji(packages),
        Portraits(packages),
    ]
    return {source.name: source for source in every if licenses == "all" or source.license.permissive}


def build_data_set(
    out: Path,
    *,
    packages: Path,
    limit: int | None = None,
    licenses: Licenses = "permissive",
    only: Sequence[str] | None = None,
    seed: int = 0,
    workers: int = 1,
    report: Report | None = None,
) -> list[ManifestRow]:
    """Build the data set, or go on with one that was begun with the same settings.

    Pictures are drawn in a shuffled order and the manifest is written now and then, so that a set that is still
    being built can be used.

    Args:
        out: Folder of the data set.
        packages: Folder with the unpacked packages; need not be there for the drawer alone.
        limit: About how many pictures in all; None is the full recipe.
        licenses: "permissive", or "all" for GPL and CC-BY-SA sources too.
        only: Names of the sources to take; None takes all that the licenses allow.
        seed: Seed of all random choices.
        workers: Processes.
        report: Called with the numbers of pictures done and to do.

    Returns:
        The rows of the manifest.

    Raises:
        InputError: Bad arguments, a source that is not installed, or a folder that was begun with other settings.
        OutputError: The folder cannot be written.
        PaintsTorchError: A worker process died.
    """
    if licenses not in ("permissive", "all"):
        raise InputError(f"licenses: expected 'permissive' or 'all', received {licenses!r}")
    if workers < 1 or (limit is not None and limit < 1):
        raise InputError(f"expected at least one worker and one picture, received {workers} and {limit}")
    if set(only or ()) != {Drawings.name} and not packages.is_dir():
        raise InputError(
            f"{packages}: expected the folder with the unpacked packages; docs/data.md says how to fill it"
        )
    check_folder(out)
    settings: dict[str, object] = {"schema": SCHEMA, "seed": seed, "licenses": licenses, "limit": limit}
    settings["only"] = None if only is None else sorted(only)
    every = _select_sources(open_sources(packages, licenses), only)
    tasks = _make_tasks(every, limit, seed)
    _claim_folder(out, settings)
    rows = _find_finished(out, tasks)
    left = [task for task in tasks if (task.source, task.key) not in rows]
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, context, _start_worker, (packages, licenses, out)) as pool:
            for done, row in enumerate(pool.map(_draw_task, left, chunksize=CHUNK), len(tasks) - len(left) + 1):
                if row:
                    rows[row.source, row.key] = row
                if done % SAVE_EVERY == 0:
                    write_rows(out, rows.values())
                if report:
                    report(done, len(tasks))
    except BrokenProcessPool as error:
        raise PaintsTorchError(f"{out}: a worker process died (out of memory?); run again to go on") from error
    finally:
        write_rows(out, rows.values())
    result = sorted(rows.values(), key=lambda e: (e.source, e.key))
    known = {name: source.license for name, source in every.items()}
    write_file(out / "CREDITS.md", credits_text(result, known))
    write_file(out / "CARD.md", card_text(result, settings | _list_versions()))
    return result


def _select_sources(every: dict[str, Source], only: Sequence[str] | None) -> dict[str, Source]:
    unknown = sorted(set(only or ()) - set(every))
    if unknown:
        raise InputError(f"sources: expected some of {', '.join(every)}, received {', '.join(unknown)}")
    return {name: source for name, source in every.items() if only is None or name in only}


def _find_finished(out: Path, tasks: Sequence[Task]) -> dict[tuple[str, str], ManifestRow]:
    """By source and key: the rows that an earlier run left, whose task is still wanted and whose files exist."""
    if not (out / MANIFEST).is_file():
        return {}
    wanted = {(task.source, task.key) for task in tasks}
    rows = {(row.source, row.key): row for row in read_rows(out)}
    return {
        place: row
        for place, row in rows.items()
        if place in wanted and all((out / name).is_file() for name in row.files)
    }


def _claim_folder(out: Path, settings: dict[str, object]) -> None:
    """Note the settings in the folder, or compare them with those noted there."""
    path = out / SETTINGS
    if path.is_file():
        try:
            begun = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: damaged ({error!s:.100}); take another folder") from error
        if begun != settings:
            raise InputError(f"{path}: begun with other settings; expected {settings}; take another folder")
    else:
        write_file(path, json.dumps(settings) + "\n")


def _make_tasks(every: dict[str, Source], limit: int | None, seed: int) -> list[Task]:
    shares = {name: RECIPE[name] for name in every}
    if limit is not None:
        scale = min(1.0, limit / sum(share.train + share.test for share in shares.values()))
        shares = {
            n: replace(s, train=_scale_count(s.train, scale), test=_scale_count(s.test, scale))
            for n, s in shares.items()
        }
    found = {name: source.tasks(shares[name].train, shares[name].test, seed) for name, source in every.items()}
    missing = [name for name in found if not found[name]]
    if missing:
        raise InputError(
            f"sources not installed: {', '.join(missing)}; docs/data.md says how to get them, or name the others"
        )
    tasks = [task for some in found.values() for task in some]
    random.Random(f"{seed}/order").shuffle(tasks)
    return tasks


def _scale_count(count: int, scale: float) -> int:
    return max(1, round(count * scale)) if count else 0


def _list_versions() -> dict[str, object]:
    """The packages that the pixels depend on: other versions may give other files for the same seed."""
    names = (
        "pillow",
        "numpy",
        "opencv-python-headless",
        "scikit-image",
        "scipy",
        "resvg-py",
        "dicebear-core",
        "dicebear-styles",
    )
    return {name: metadata.version(name) for name in names}


_sources: dict[str, Source] = {}  # of this worker process
_out = Path()


def _start_worker(packages: Path, licenses: Licenses, out: Path) -> None:
    global _sources, _out
    _sources, _out = open_sources(packages, licenses), out
    cv2.setNumThreads(1)  # the processes are the parallel part


def _draw_task(task: Task) -> ManifestRow | None:
    """Draw one picture in a worker and write its files; None where the source has no use for it."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit  # the builder was killed: its workers must not write into a folder that another may resume
    source = _sources[task.source]
    try:
        picture = source.draw(task)
    except ImageError:
        return None
    return None if picture is None else _write_picture(task, picture, source)


def _write_picture(task: Task, picture: SourcePicture, source: Source) -> ManifestRow:
    content = io.BytesIO()
    picture.color.save(content, "WEBP", quality=QUALITY, method=2)
    path = f"pictures/{task.source}/{task.key}.webp"
    lines = None
    if picture.lines is not None:
        lines = f"lines/{task.source}/{task.key}.png"
        write_file(_out / lines, encode_png(picture.lines))
    layers = {name: f"{name}/{task.source}/{task.key}.png" for name in picture.layers}
    for name, layer in layers.items():
        write_file(_out / layer, encode_png(picture.layers[name]))
    write_file(_out / path, content.getvalue())
    return ManifestRow(
        source=task.source,
        key=task.key,
        base=task.base,
        split=task.split,
        picture=path,
        lines=lines,
        width=picture.color.width,
        height=picture.color.height,
        license=source.license.name,
        author=picture.author or source.license.author,
        sha256=hashlib.sha256(content.getvalue()).hexdigest(),
        tags=picture.tags,
        **layers,
    )
