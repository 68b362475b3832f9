"""`pts hints`: files of hints."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Files of hints.", no_args_is_help=True)


@app.callback()
def _hints() -> None:
    """Files of hints."""


@app.command("convert")
def convert(
    source: Annotated[str, typer.Argument(help="A file of hints of another program.", metavar="FILE")],
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="Default: NAME.hints.json or NAME.hints.png.", metavar="FILE")
    ] = None,
    line_art: Annotated[
        str | None, typer.Option(help="The line art that the hints are for: its size and its lines.", metavar="FILE")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of an OpenRaster file.", metavar="NAME")] = None,
) -> None:
    """Convert hints of other programs to ours.

    style2paints' points become strokes (JSON). A Krita colorize mask (.kra),
    a layer of an OpenRaster file, a hint picture of PaintsTorch, and strokes
    painted on white or over the line art become a transparent PNG.

    \b
    pts hints convert points.json --line-art line.png -o line.hints.json
    pts hints convert drawing.kra -o drawing.hints.png
    """
    from PIL import Image

    from ..errors import InputError
    from ..files import write_file
    from ..hints.foreign import read_hints
    from ..imaging.images import load_line_art, save
    from .console import say

    path = Path(source)
    lines = None if line_art is None else load_line_art(line_art)
    hints = read_hints(path, None if lines is None else (lines.shape[1], lines.shape[0]), layer)
    if lines is not None:
        hints = hints.on(lines)
    suffix = ".png" if hints.layer is not None else ".json"
    target = Path(out) if out else path.with_name(f"{path.stem.removesuffix('.hints')}.hints{suffix}")
    if target.suffix.lower() != suffix:
        raise InputError(f"{target}: expected a name that ends in {suffix} for these hints")
    if target.exists() and target.samefile(path):
        raise InputError(f"{target}: is the input, which is never overwritten; choose another -o")
    if hints.layer is not None:
        layer_of = Image.fromarray(hints.picture())
        save(layer_of, target)
        say(f"{target}: a layer of {layer_of.width} x {layer_of.height}")
        return
    write_file(target, hints.to_json())
    say(f"{target}: {len(hints.strokes)} strokes")
