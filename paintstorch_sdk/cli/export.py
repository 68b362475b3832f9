"""`pts export`: a checkpoint becomes a bundle that the runtime loads."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    checkpoint: Annotated[
        Path, typer.Argument(help="Of pts train or pts import (.safetensors).", metavar="CHECKPOINT")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to make; new or empty.", metavar="BUNDLE")],
    name: Annotated[str | None, typer.Option(help="The model's name. Default: the folder's.", metavar="NAME")] = None,
    licence: Annotated[
        str, typer.Option("--licence", help="SPDX identifier of the weights' licence.", metavar="SPDX")
    ] = "NOASSERTION",
    working_size: Annotated[
        int, typer.Option(min=32, help="Long side up to which the model is meant to run.", metavar="PIXELS")
    ] = 512,
) -> None:
    """Export a checkpoint as a bundle of ONNX graphs.

    It is verified against the network on the packaged examples: a bundle
    that does not paint what the checkpoint paints is not written.

    \b
    pts export run/last.safetensors -o mymodel/ --licence Apache-2.0
    pts colorize line.png --model mymodel/
    """
    from .console import needs, say, working

    with needs("export", "pts export"), working("exporting and comparing"):
        from paintstorch_sdk.examples import examples
        from paintstorch_sdk.export.bundles import write_bundle
        from paintstorch_sdk.networks.checkpoint import load

        loaded = load(checkpoint)
        quality = loaded.provenance.get("held_out")  # the trainer's measures
        bundle = write_bundle(
            loaded,
            out,
            name=name or out.resolve().name,
            licence=licence,
            working_size=working_size,
            examples=examples(),
            quality=quality if isinstance(quality, dict) else None,
        )
    proof = bundle.manifest["verification"]
    say(
        f"{out}: {bundle.name}, width {bundle.width}, {bundle.bytes / 1e6:.1f} MB; from torch at most "
        f"{proof['max_difference']:.1e} (fp16 weights: {proof['rounding_psnr']} dB)"
    )
    say(f"next: pts colorize line.png --model {out}")
