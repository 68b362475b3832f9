"""`pts shot color`, `check` and `verify`."""

from pathlib import Path
from typing import Annotated

import typer

from ..console import needs, say, say_json
from ..options import OUTPUT, Json, with_options
from .options import ColorOptions

shot = typer.Typer(help="Color a shot: many frames alike, from a few key frames.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="What pts shot color wrote.", metavar="OUT")]


@shot.command("color")
@with_options(ColorOptions)
def color_shot(options: ColorOptions) -> None:
    """Color all frames of a shot from its key frames.

    A key is a frame with strokes (.hints.json, or a transparent layer), or a
    colored picture: flats, or a painted frame. The frame's number is in its
    name, or said: 1001=FILE. Run again, it redoes only what has changed.

    \b
    pts shot color lines/ -o colored/ --key flats.1001.png
    pts shot color "ink.####.png" -o out/ --key 1001=a.png --key 1024=b.png
    """
    with needs("sequences", "pts shot"):
        from .coloring import color_frames
    raise typer.Exit(color_frames(options))


@shot.command("check")
def check_shot(
    folder: Folder,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", help="Where the page goes. Default: check.html in OUT.", rich_help_panel=OUTPUT, metavar="FILE"
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(help="Exit with 1 if a frame has more trouble, 0 to 1.", min=0.0, max=1.0, metavar="SHARE"),
    ] = 0.05,
    as_json: Json = False,
) -> None:
    """Rank the frames of a colored shot by trouble, on a page with pictures.

    Looks for doubtful regions, colors that appear or vanish, flicker, leaks,
    paper that got color, and colors that are not in the palette; and names
    the frame where one more key would help most.

    \b
    pts shot check colored/
    """
    with needs("sequences", "pts shot check"):
        from .checking import check_folder
    raise typer.Exit(check_folder(folder, page or folder / "check.html", threshold, as_json))


@shot.command("verify")
def verify_shot(folder: Folder, as_json: Json = False) -> None:
    """Check that pictures, line art and keys are still those that the manifest lists."""
    with needs("sequences", "pts shot verify"):
        from ...shots.results import read_manifest, verify
    problems = verify(folder)
    if as_json:
        say_json({"folder": str(folder), "problems": problems})
    else:
        for problem in problems:
            say(problem)
        say(f"{len(read_manifest(folder)['results'])} frames, {len(problems)} problems")
    raise typer.Exit(1 if problems else 0)
