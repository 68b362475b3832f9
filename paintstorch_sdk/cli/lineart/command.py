"""`pts lineart`: colored pictures in, line art out."""

import typer

from ..options import with_options
from .options import LineArtOptions


@with_options(LineArtOptions)
def lineart_command(options: LineArtOptions) -> None:
    """Draw the lines of colored pictures.

    By the extended difference of Gaussians (xDoG), or by a model's G2, which
    reads the picture and its xDoG. One picture goes beside itself as
    NAME.lineart.png, or where -o says; more go to the folder that -o names,
    with their sub-folders.

    \b
    pts lineart painting.png -o line.png
    pts lineart paintings/ -o lines/ --sigma 0.5
    pts lineart paintings/ -o lines/ --method g2 --model mymodel/
    """
    from .tracing import trace_pictures

    raise typer.Exit(trace_pictures(options))
