"""`pts colorize`: line art and hints in, colored pictures out."""

from typing import Annotated

import typer

from . import options


def colorize(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders, globs, or - for stdin.", metavar="INPUTS")],
    hints: Annotated[
        str | None,
        typer.Option(
            help="RGBA picture or JSON for all, or a folder with one for each, matched by stem. Default: "
            "NAME.hints.png or NAME.hints.json beside NAME.png.",
            metavar="FILE|FOLDER",
        ),
    ] = None,
    stroke: Annotated[
        list[str] | None,
        typer.Option(
            help="A stroke over the hints, in pixels of the line art; repeatable.",
            metavar='"X,Y X,Y COLOR WIDTH"',
        ),
    ] = None,
    lines: Annotated[
        str,
        typer.Option(
            help="multiply lays the lines over the colors; none leaves them to the network.",
            metavar="multiply|none",
        ),
    ] = "multiply",
    out: options.Out = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="Default: png, or the ending of OUT. ora: lines, strokes and colors in layers, for Krita or GIMP.",
            rich_help_panel=options.OUTPUT,
            metavar="png|jpg|webp|ora",
        ),
    ] = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Measure how closely what is colored follows its hints (CIEDE2000 inside the strokes).",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    model: options.Model = "default",
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    device: options.Device = None,
    size: options.Size = None,
    spread: options.Spread = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Frames of one size in one run of the network. Default: 1 on a CPU, 4 on a GPU.",
            rich_help_panel=options.MODEL,
            metavar="N",
        ),
    ] = None,
    threads: options.Threads = None,
    build: options.Build = False,
) -> None:
    """Color line art: a picture, or thousands of frames.

    One picture goes beside its line art as NAME.colored.png, or where -o
    says. More go to the folder that -o names, with their sub-folders.
    Inputs are never overwritten. A picture that cannot be colored is named
    and skipped, and the exit code is 1 at the end; 2 means that nothing was
    done.

    \b
    pts colorize line.png --stroke "120,80 140,96 #e8a0b4 12"
    pts colorize frames/ --hints hints/ -o colored/ --resume
    pts colorize - --hints hints.json < line.png > colored.png
    """
    from .coloring import Settings, run

    settings = Settings(
        inputs=tuple(inputs),
        hints=hints,
        strokes=tuple(stroke or ()),
        lines=lines,
        out=out,
        kind=kind,
        resume=resume,
        as_json=as_json,
        report=report,
        model=model,
        backend=backend,
        precision=precision,
        device=device,
        size=size,
        spread=spread,
        batch_size=batch_size,
        threads=threads,
        build=build,
    )
    raise typer.Exit(run(settings))
