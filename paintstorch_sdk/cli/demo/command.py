"""`pts demo`: a picture to look at."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options

DEFAULT = "sylvie"


def demo(
    example: Annotated[
        str | None, typer.Argument(help="One of the packaged examples.", metavar="[EXAMPLE]", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture to write.", metavar="FILE")] = Path("demo.png"),
    model: options.Model = "default",
    backend: options.Backend = "auto",
) -> None:
    """Color a packaged example.

    Writes line art, hints and result side by side."""
    import time

    from paintstorch_sdk.examples import examples

    from ... import Colorizer, Hints, InputError
    from ...imaging.images import save
    from ..console import say
    from .triptych import draw_triptych

    packaged = {line_art.stem: (line_art, hints) for line_art, hints in examples()}
    name = example or DEFAULT
    if name not in packaged:
        raise InputError(f"example: expected one of {', '.join(packaged)}, received {name!r}")
    line_art, hint_file = packaged[name]
    with Colorizer(model, backend=backend) as colorizer:
        hints = Hints.of(hint_file)
        begin = time.perf_counter()
        picture = colorizer.colorize(line_art, hints)
        seconds = time.perf_counter() - begin
        b = colorizer.backend
        how = f"{b.name} {b.device} {b.precision}, {colorizer.bundle.name}"
    save(draw_triptych(line_art, hints, picture), out)
    say(f"{out.resolve()}")
    say(f"{name}, {picture.width} x {picture.height}, colored in {seconds:.2f} s ({how})")
    say('next: pts colorize your.png --stroke "120,80 140,96 #e8a0b4 12"')
