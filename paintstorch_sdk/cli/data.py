"""`pts data`: build the openly licensed training set, or look at a folder of one's own."""

import os
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
    from rich.console import Console
    from rich.progress import Progress

    from ..errors import InputError
    from .console import needs, say

    if licenses not in ("permissive", "all"):
        raise InputError(f"licenses: expected permissive or all, received {licenses!r}")
    with needs("train", "pts data build"):
        from paintstorch_sdk.training.data.build import build_data_set as run

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("pictures")
        entries = run(
            out,
            packages=packages,
            limit=limit,
            licenses="all" if licenses == "all" else "permissive",
            only=only,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
            report=lambda done, total: progress.update(task, completed=done, total=total),
        )
    say(f"{len(entries)} pictures in {out}; licenses and authors in {out / 'CREDITS.md'}")


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
