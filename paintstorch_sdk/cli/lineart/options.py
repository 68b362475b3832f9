"""The options of `pts lineart`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from .. import options

XDOG, G2 = "xDoG", "G2"  # headings in the help


@dataclass(frozen=True, slots=True)
class LineArtOptions:
    """The options of `pts lineart`, as they were given."""

    inputs: Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="INPUTS")]
    out: options.Out = None
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="Default: png, or the ending of OUT.",
            rich_help_panel=options.OUTPUT,
            metavar="png|jpg|webp",
        ),
    ] = None
    resume: options.Resume = False
    json: options.Json = False
    method: Annotated[
        str, typer.Option(help="xdog needs no model; g2 is a network that was trained with one.", metavar="xdog|g2")
    ] = "xdog"
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="Exported with --g2.", rich_help_panel=G2, metavar="NAME|FOLDER", show_default=True
        ),
    ] = "default"
    backend: Annotated[
        str, typer.Option(help="What runs it.", rich_help_panel=G2, metavar="auto|openvino|onnxruntime")
    ] = "auto"
    precision: Annotated[
        str, typer.Option(help="auto is the device's fastest.", rich_help_panel=G2, metavar="auto|fp32|bf16")
    ] = "auto"
    device: Annotated[
        str | None, typer.Option(help="Default: the backend's best.", rich_help_panel=G2, metavar="cpu|cuda")
    ] = None
    size: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Most pixels of the long side in the network. Default: the model's.",
            rich_help_panel=G2,
            metavar="PIXELS",
        ),
    ] = None
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the network.", rich_help_panel=G2, metavar="N")
    ] = None
    sigma: Annotated[float, typer.Option(help="Width of the lines, pixels.", rich_help_panel=XDOG, metavar="X")] = 0.4
    k: Annotated[
        float,
        typer.Option("-k", "--k", help="The wide Gaussian's sigma is k times it.", rich_help_panel=XDOG, metavar="X"),
    ] = 4.5
    gamma: Annotated[float, typer.Option(help="Weight of the wide Gaussian.", rich_help_panel=XDOG, metavar="X")] = 0.95
    epsilon: Annotated[
        float,
        typer.Option(help="Differences under this are full lines.", rich_help_panel=XDOG, metavar="X"),
    ] = -0.1
    phi: Annotated[
        float,
        typer.Option(
            help="Steepness of the threshold; 1e9 is a hard one.", show_default="1e9", rich_help_panel=XDOG, metavar="X"
        ),
    ] = 1e9
