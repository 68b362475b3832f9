"""`pts import`: a published checkpoint becomes one of this project."""

from pathlib import Path
from typing import Annotated

import typer


def import_(
    checkpoint: Annotated[
        Path, typer.Argument(help="Checkpoint of PaintsTorch or AlacGAN, as published (.pth).", metavar="CHECKPOINT")
    ],
    features: Annotated[
        Path | None,
        typer.Option(
            help="Illustration2Vec's weights (.pth): published checkpoints do not contain them.", metavar="FILE"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Default: CHECKPOINT.safetensors.", metavar="FILE"),
    ] = None,
) -> None:
    """Convert a published checkpoint.

    Nothing in the file is run: only tensors are read.

    \b
    pts import paintstorch.pth --features i2v.pth -o paintstorch.safetensors
    pts export paintstorch.safetensors -o paintstorch/
    pts colorize line.png --model paintstorch/
    """
    from ..errors import OutputError
    from ..files import check_place
    from .console import needs, say, working

    out = out or checkpoint.with_suffix(".safetensors")
    if out.suffix != ".safetensors":
        raise OutputError(f"{out}: expected a name that ends in .safetensors")
    check_place(out)
    with needs("export", "pts import"), working("reading the checkpoint"):
        from ..networks.checkpoint import save
        from ..networks.published import load_published

        loaded = load_published(checkpoint, features)
        save(out, loaded.generator, loaded.features, loaded.provenance, loaded.g2)
    parameters = sum(p.numel() for net in (loaded.generator, loaded.features) for p in net.parameters())
    say(f"{out}: width {loaded.architecture.width}, {parameters / 1e6:.1f} M parameters")
    say(f"next: pts export {out} -o {out.stem}/{' --g2' if loaded.g2 else ''}")
