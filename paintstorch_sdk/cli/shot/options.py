"""The options of `pts shot color`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .. import options


@dataclass(frozen=True, slots=True)
class ColorOptions:
    """The options of `pts shot color`, as they were given."""

    frames: Annotated[
        str,
        typer.Argument(help="A folder, a sequence (ink.####.png, ink.1-99#.exr), or a video.", metavar="FRAMES"),
    ]
    out: Annotated[
        str,
        typer.Option("--out", "-o", help="The folder for the pictures.", rich_help_panel=options.OUTPUT, metavar="OUT"),
    ]
    key: Annotated[
        list[str], typer.Option("--key", "-k", help="A key frame; several may be given.", metavar="[NUMBER=]FILE")
    ]
    style: Annotated[
        str,
        typer.Option(
            help="flat: the keys' colors, nothing else; paint: with the model's shade.",
            rich_help_panel=options.LOOK,
            metavar="flat|paint",
        ),
    ] = "flat"
    lines: Annotated[
        str,
        typer.Option(
            help="multiply: over the colors; ink: without colored trace lines; none: the colors alone.",
            rich_help_panel=options.LOOK,
            metavar="multiply|ink|none",
        ),
    ] = "multiply"
    palette: Annotated[
        str | None,
        typer.Option(
            help="The colors that keys may have: each becomes the nearest.",
            rich_help_panel=options.LOOK,
            metavar="FILE|COLORS",
        ),
    ] = None
    video: Annotated[
        Path | None,
        typer.Option(
            "--video",
            help="Also write a video: .mov (ProRes 4444), .mp4, .mkv; rate, time code and sound of FRAMES, if a video.",
            rich_help_panel=options.OUTPUT,
            metavar="FILE",
        ),
    ] = None
    model: options.Model = "default"
    backend: options.Backend = "auto"
    size: options.Size = None
    threads: options.Threads = None
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            help="A Ray cluster to use (extra \\[cluster]): auto, HOST:PORT, or local; its machines share the folders.",
            rich_help_panel=options.OUTPUT,
            metavar="ADDRESS",
        ),
    ] = None
    json: options.Json = False
