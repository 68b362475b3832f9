"""`pts lineart`: colored pictures in, line art out."""

import os
from typing import TYPE_CHECKING, Annotated, cast

import typer

from . import options

if TYPE_CHECKING:
    from ..backend import Precision

XDOG, G2 = "xDoG", "G2"
METHODS = ("xdog", "g2")


def lineart(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders or globs.", metavar="INPUTS")],
    out: options.Out = None,
    kind: options.Format = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    method: Annotated[
        str, typer.Option(help="xdog needs no model; g2 is a network that was trained with one.", metavar="xdog|g2")
    ] = "xdog",
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="Exported with --g2.", rich_help_panel=G2, metavar="NAME|FOLDER", show_default=True
        ),
    ] = "default",
    backend: Annotated[
        str, typer.Option(help="What runs it.", rich_help_panel=G2, metavar="auto|openvino|onnxruntime")
    ] = "auto",
    precision: Annotated[
        str, typer.Option(help="auto is the device's fastest.", rich_help_panel=G2, metavar="auto|fp32|bf16")
    ] = "auto",
    device: Annotated[
        str | None, typer.Option(help="Default: the backend's best.", rich_help_panel=G2, metavar="cpu|cuda")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Most pixels of the long side in the network. Default: the model's.",
            rich_help_panel=G2,
            metavar="PIXELS",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the network.", rich_help_panel=G2, metavar="N")
    ] = None,
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
    from ..errors import InputError
    from ..imaging.xdog import XDoG
    from .tracing import by_xdog, run

    parameters = XDoG(sigma, k, gamma, epsilon, phi)
    if method == "xdog":
        trace, workers = by_xdog(parameters), os.cpu_count() or 1
    elif method == "g2":
        from ..tracer import Tracer

        tracer = Tracer(
            model,
            backend=backend,
            precision=cast("Precision", precision),
            device=device,
            size=size,
            threads=threads,
            parameters=parameters,
        )
        trace, workers = tracer.trace, 2  # the network has threads of its own; one decodes while the other draws
    else:
        raise InputError(f"--method: expected one of {', '.join(METHODS)}, received {method!r}")
    raise typer.Exit(run(inputs, trace, workers=workers, out=out, kind=kind, resume=resume, as_json=as_json))
