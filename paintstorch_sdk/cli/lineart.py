"""`pts lineart`: coloured pictures in, line art out."""

from typing import Annotated

import typer

from . import options

XDOG = "xDoG"


def lineart(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="INPUTS")],
    out: options.Out = None,
    kind: options.Format = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    sigma: Annotated[float, typer.Option(help="Width of the lines, pixels.", rich_help_panel=XDOG, metavar="X")] = 0.4,
    k: Annotated[
        float,
        typer.Option("-k", "--k", help="The wide Gaussian's sigma is k times it.", rich_help_panel=XDOG, metavar="X"),
    ] = 4.5,
    gamma: Annotated[
        float, typer.Option(help="Weight of the wide Gaussian.", rich_help_panel=XDOG, metavar="X")
    ] = 0.95,
    epsilon: Annotated[
        float,
        typer.Option(help="Differences under this are full lines.", rich_help_panel=XDOG, metavar="X"),
    ] = -0.1,
    phi: Annotated[
        float,
        typer.Option(
            help="Steepness of the threshold; 1e9 is a hard one.", show_default="1e9", rich_help_panel=XDOG, metavar="X"
        ),
    ] = 1e9,
) -> None:
    """Draw the lines of coloured pictures.

    By the extended difference of Gaussians (xDoG). One picture goes beside
    itself as NAME.lineart.png, or where -o says; more go to the folder that
    -o names, with their sub-folders.

    \b
    pts lineart painting.png -o line.png
    pts lineart paintings/ -o lines/ --sigma 0.5
    """
    from paintstorch_sdk.lineart import XDoG

    from .tracing import run

    parameters = XDoG(sigma, k, gamma, epsilon, phi)
    raise typer.Exit(run(inputs, parameters, out=out, kind=kind, resume=resume, as_json=as_json))
