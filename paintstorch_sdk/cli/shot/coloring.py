"""The work of `pts shot color`."""

import time
from pathlib import Path
from typing import cast

import typer

from ...colorizer import Colorizer
from ...errors import InputError
from ...look import Lines, Style
from ...machine import keep_freed_memory
from ...shots.frames import VIDEOS, Frames, find_frames, number_of
from ...shots.results import Record, ShotResults
from ...shots.shot import Shot
from ...shots.store import FOLDER
from ..console import error_line, needs, say, say_json, working
from ..pictures.batch import Bar
from .options import ColorOptions

MANY = 24  # frames: processes take as long to start as a dozen take


def color_frames(options: ColorOptions) -> int:
    """Color a shot; returns the exit code.

    Raises:
        PaintsTorchError: The options do not fit, or the results cannot be written.
    """
    source, out = Path(options.frames), Path(options.out)
    is_video = source.suffix.lower() in VIDEOS and source.is_file()
    frames = _unpack(source, out) if is_video else find_frames(options.frames)
    keys = dict(_read_key(text) for text in options.key)
    begin, records, made = time.perf_counter(), [], 0
    keep_freed_memory()
    with Shot(
        frames,
        keys,
        colorizer=lambda: _open_colorizer(options),
        cache=options.out,
        style=cast(Style, options.style),
        lines=cast(Lines, options.lines),
        palette=options.palette,
        processes=len(frames) >= MANY and (is_video or "forked"),  # decoders leave threads behind
        ray=options.ray,
    ) as shot:
        with working("looking at the frames"):
            shot.colorings  # noqa: B018 - found here, with a spinner
        results = ShotResults(Path(options.out))
        try:
            with Bar(len(shot), 0) as bar:
                for step in results.color(shot):
                    records.append(step.record)
                    made += step.fresh and not step.record.error
                    if step.record.error:
                        bar.error(f"{step.record.number}: {step.record.error}")
                    bar.advance()
        except KeyboardInterrupt:
            error_line(f"interrupted after {len(records)} of {len(shot)} frames; run it again to go on from there")
            raise typer.Exit(130) from None
    if options.video:
        pictures = [out / record.output for record in records if not record.error]
        _write_video(options.video, pictures, source if is_video else None)
    _report(options, records, made, frames.missing, time.perf_counter() - begin)
    return 1 if any(record.error for record in records) else 0


def _unpack(source: Path, out: Path) -> Frames:
    with needs("video", "a video"):
        from ...shots.video import unpack_video
    with working("unpacking the video"):
        return unpack_video(source, out / FOLDER / "video")


def _write_video(path: Path, pictures: list[Path], like: Path | None) -> None:
    with needs("video", "--video"):
        from ...shots.video import write_video
    with working("writing the video"):
        write_video(pictures, path, like)


def _read_key(text: str) -> tuple[int, Path]:
    number, equals, name = text.partition("=")
    if equals and number.lstrip("-").isdecimal():
        path, at = Path(name), int(number)
    else:
        path = Path(text)
        at = number_of(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a key frame as FILE or NUMBER=FILE")
    return at, path


def _report(options: ColorOptions, records: list[Record], made: int, missing: tuple[int, ...], seconds: float) -> None:
    failed = [record for record in records if record.error]
    doubtful = sorted((r for r in records if not r.error and r.sure < 0.98), key=lambda record: record.sure)
    if options.json:
        say_json(
            {
                "frames": len(records),
                "made": made,
                "already_there": len(records) - made - len(failed),
                "failed": [{"number": record.number, "error": record.error} for record in failed],
                "missing": list(missing),
                "doubtful": [{"number": record.number, "sure": record.sure} for record in doubtful],
                "seconds": round(seconds, 3),
            }
        )
        return
    text = f"{made} frames in {seconds:.2f} s -> {options.out}"
    text += f"; {len(records) - made - len(failed)} already there" if len(records) > made + len(failed) else ""
    text += f"; {len(failed)} failed" if failed else ""
    say(text + (f"; no file of {_list(missing)}" if missing else ""))
    if doubtful:
        say(f"doubtful: {_list([record.number for record in doubtful])}; next: pts shot check {options.out}")


def _list(numbers: "list[int] | tuple[int, ...]") -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return shown + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")


def _open_colorizer(options: ColorOptions) -> Colorizer:
    return Colorizer(options.model, backend=options.backend, size=options.size, threads=options.threads)
