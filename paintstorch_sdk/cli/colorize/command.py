"""`pts colorize`: line art and hints in, colored pictures out."""

import typer

from ..options import with_options
from .options import ColorizeOptions


@with_options(ColorizeOptions)
def colorize_command(options: ColorizeOptions) -> None:
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
    from .coloring import color_pictures

    raise typer.Exit(color_pictures(options))
