"""The options of `pts export`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

BUNDLE, HALF, ENGINES = "Bundle", "FP16 and int8", "TensorRT"  # headings in the help


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The options of `pts export`, as they were given."""

    source: Annotated[
        str,
        typer.Argument(
            help="Checkpoint of pts train or pts import (.safetensors), or a bundle: its folder or name.",
            metavar="CHECKPOINT",
        ),
    ]
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder to make; new or empty.", metavar="BUNDLE", show_default=False),
    ] = None
    name: Annotated[
        str | None,
        typer.Option(help="The model's name. Default: the folder's.", rich_help_panel=BUNDLE, metavar="NAME"),
    ] = None
    license: Annotated[
        str | None,
        typer.Option(help="SPDX identifier of the weights' license.", rich_help_panel=BUNDLE, metavar="SPDX"),
    ] = None
    working_size: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Long side up to which the model is meant to run. Default: 512.",
            rich_help_panel=BUNDLE,
            metavar="PIXELS",
        ),
    ] = None
    confidence: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Mask that the network is to see where colors flowed; 0: none flow. Default: as in training.",
            rich_help_panel=BUNDLE,
            metavar="X",
        ),
    ] = None
    shade: Annotated[
        Path | None,
        typer.Option(
            help="Add the shade network of this file, made by python -m paintstorch_sdk.training.shade.",
            rich_help_panel=BUNDLE,
            metavar="FILE",
        ),
    ] = None
    g2: Annotated[
        bool,
        typer.Option("--g2", help="Add G2, from color to line art: pts lineart --method g2.", rich_help_panel=BUNDLE),
    ] = False
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Add graphs that compute in FP16, proven on line art.", rich_help_panel=HALF)
    ] = False
    int8: Annotated[
        bool,
        typer.Option(
            "--int8", help="Let layers compute in int8 on CPUs, proven on line art (42 dB).", rich_help_panel=HALF
        ),
    ] = False
    verify_images: Annotated[
        Path | None,
        typer.Option(
            help="Line art for the proof; NAME.hints.png or .json beside it. Default: the packaged examples.",
            rich_help_panel=HALF,
            metavar="FOLDER",
        ),
    ] = None
    min_psnr: Annotated[
        float,
        typer.Option(help="What every picture has to reach, against fp32.", rich_help_panel=HALF, metavar="DB"),
    ] = 45.0
    tensorrt: Annotated[
        bool, typer.Option("--tensorrt", help="Add TensorRT engines (and --fp16).", rich_help_panel=ENGINES)
    ] = False
    target: Annotated[
        str,
        typer.Option(
            help="GPUs to build for: current, or of sm75,sm80,sm86,sm89,sm120.",
            rich_help_panel=ENGINES,
            metavar="LIST",
        ),
    ] = "current"
    flavor: Annotated[
        str,
        typer.Option(
            help="rtx builds for GPUs that are not here; tensorrt for the one that is.",
            rich_help_panel=ENGINES,
            metavar="rtx|tensorrt",
        ),
    ] = "rtx"
    profile: Annotated[
        str | None,
        typer.Option(
            help="Batch x height x width: least, optimum, most. Default: 1x256x256,1x512x512,8x1088x1920.",
            rich_help_panel=ENGINES,
            metavar="SIZES",
        ),
    ] = None
    workspace: Annotated[
        int,
        typer.Option(min=1, help="Most scratch memory of an engine.", rich_help_panel=ENGINES, metavar="MIB"),
    ] = 4096
    strip_weights: Annotated[
        bool,
        typer.Option(
            "--strip-weights",
            help="Engines without weights: one for every model of its width. Needs the GPU.",
            rich_help_panel=ENGINES,
        ),
    ] = False
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Put the weights into engines that have none. Needs the GPU.",
            rich_help_panel=ENGINES,
        ),
    ] = False
    compatible: Annotated[
        str,
        typer.Option(
            help="tensorrt only: engines that run on more GPUs than this one.",
            rich_help_panel=ENGINES,
            metavar="ampere+|same-capability",
            show_default=False,
        ),
    ] = ""
    triton: Annotated[
        Path | None,
        typer.Option(help="Also write a model repository for Triton Inference Server.", metavar="FOLDER"),
    ] = None
