"""`pts data`: build the openly licensed training set, draw sequences, or look at a folder of one's own."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Build or check training pictures.", no_args_is_help=True)


@app.command()
def build(
    out: Annotated[Path, typer.Argument(help="Folder to build in; a stopped build goes on.", metavar="OUT")],
    packages: Annotated[
        Path, typer.Option(help="Where docs/data.md unpacks the source packages.", metavar="FOLDER")
    ] = Path("packages"),
    limit: Annotated[int | None, typer.Option(min=1, help="About so many pictures, of the same mixture.")] = None,
    licenses: Annotated[
        str,
        typer.Option(
            "--licenses", "--licences", help="permissive leaves out copyleft sources.", metavar="permissive|all"
        ),
    ] = "permissive",
    only: Annotated[list[str] | None, typer.Option(help="Build from this source alone; repeatable.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. Default: one a core.")] = None,
) -> None:
    """Build the set that the bundled model was trained on.

    \b
    pts data build data/ --limit 500
    """
    from ..errors import InputError
    from .console import needs, say, show_bars

    if licenses not in ("permissive", "all"):
        raise InputError(f"licenses: expected permissive or all, received {licenses!r}")
    with needs("train", "pts data build"):
        from paintstorch_sdk.training.data.build import build_data_set as run

    with show_bars() as begin:
        entries = run(
            out,
            packages=packages,
            limit=limit,
            licenses="all" if licenses == "all" else "permissive",
            only=only,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
            report=begin("pictures"),
        )
    say(f"{len(entries)} pictures in {out}; licenses and authors in {out / 'CREDITS.md'}")


@app.command()
def sequences(
    out: Annotated[Path, typer.Argument(help="Folder to draw in; a stopped run goes on.", metavar="OUT")],
    limit: Annotated[int, typer.Option(min=1, help="How many sequences.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Number of the first; each has its own folder.")] = 0,
    size: Annotated[int, typer.Option(help="Height and width, pixels.")] = 512,
    frames: Annotated[int, typer.Option(help="Frames of each sequence.")] = 24,
    people: Annotated[
        bool, typer.Option("--people", help="MakeHuman's people in place of drawn characters; see docs/data.md.")
    ] = False,
    packages: Annotated[
        Path, typer.Option(help="For --people: where docs/data.md puts MakeHuman.", metavar="FOLDER")
    ] = Path("packages"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes. Default: one a core.")] = None,
) -> None:
    """Draw shots of acting characters with true lines, flats, shade and part ids for every frame.

    \b
    pts data sequences shots/ --limit 3
    pts data sequences shots/ --people --packages packages
    """
    from .console import needs, say, show_bars

    with needs("train", "pts data sequences"):
        from paintstorch_sdk.training.data.drawer import draw_sequence
        from paintstorch_sdk.training.data.drawer import write_sequences as run
        from paintstorch_sdk.training.data.scenes import draw_people_sequence

    draw = partial(draw_people_sequence, packages) if people else draw_sequence

    with show_bars() as begin:
        run(
            out,
            seed,
            seed + limit,
            size=size,
            frames=frames,
            workers=workers or os.cpu_count() or 1,
            draw=draw,
            report=begin("sequences"),
        )
    say(f"{limit} sequences in {out}; what is in them is said in each sequence.json")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Pictures, in folders or not.", metavar="FOLDER")],
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet here (PNG).", metavar="FILE")] = None,
) -> None:
    """Look at a folder before training on it: sizes, doubles, unreadable files, lines.

    \b
    pts data check my_art/ --sheet sheet.png
    """
    from .console import needs, say

    with needs("train", "pts data check"):
        from paintstorch_sdk.training.data.check import check_folder as run

    for line in run(folder, sheet).text().splitlines():
        say(line)
