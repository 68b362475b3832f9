"""The options of `pts export`."""

from dataclasses import dataclass
from pathlib import Path

from ..options import argument, option

BUNDLE, HALF, ENGINES = "Bundle", "FP16 and int8", "TensorRT"  # headings in the help


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The options of `pts export`, as they were given."""

    source: str = argument(
        "Checkpoint of pts train or pts import (.safetensors), or a bundle: its folder or name.", "CHECKPOINT"
    )
    out: Path | None = option(
        None, "The folder to make; new or empty.", "--out", "-o", metavar="BUNDLE", show_default=False
    )
    name: str | None = option(None, "The model's name. Default: the folder's.", metavar="NAME", panel=BUNDLE)
    license: str | None = option(None, "SPDX identifier of the weights' license.", metavar="SPDX", panel=BUNDLE)
    working_size: int | None = option(
        None, "Long side up to which the model is meant to run. Default: 512.", metavar="PIXELS", panel=BUNDLE, min=32
    )
    confidence: float | None = option(
        None,
        "Mask that the network is to see where colors flowed; 0: none flow. Default: as in training.",
        metavar="X",
        panel=BUNDLE,
        min=0,
        max=1,
    )
    shade: Path | None = option(
        None,
        "Add the shade network of this file, made by python -m paintstorch_sdk.training.shade.",
        metavar="FILE",
        panel=BUNDLE,
    )
    kinship: Path | None = option(
        None,
        "Add the kinship network of this file, made by python -m paintstorch_sdk.training.kinship.",
        metavar="FILE",
        panel=BUNDLE,
    )
    g2: bool = option(False, "Add G2, from color to line art: pts lineart --method g2.", "--g2", panel=BUNDLE)
    fp16: bool = option(False, "Add graphs that compute in FP16, proven on line art.", "--fp16", panel=HALF)
    int8: bool = option(False, "Let layers compute in int8 on CPUs, proven on line art (42 dB).", "--int8", panel=HALF)
    verify_images: Path | None = option(
        None,
        "Line art for the proof; NAME.hints.png or .json beside it. Default: the packaged examples.",
        metavar="FOLDER",
        panel=HALF,
    )
    min_psnr: float = option(45.0, "What every picture has to reach, against fp32.", metavar="DB", panel=HALF)
    tensorrt: bool = option(False, "Add TensorRT engines (and --fp16).", "--tensorrt", panel=ENGINES)
    target: str = option(
        "current", "GPUs to build for: current, or of sm75,sm80,sm86,sm89,sm120.", metavar="LIST", panel=ENGINES
    )
    flavor: str = option(
        "rtx",
        "rtx builds for GPUs that are not here; tensorrt for the one that is.",
        metavar="rtx|tensorrt",
        panel=ENGINES,
    )
    profile: str | None = option(
        None,
        "Batch x height x width: least, optimum, most. Default: 1x256x256,1x512x512,8x1088x1920.",
        metavar="SIZES",
        panel=ENGINES,
    )
    workspace: int = option(4096, "Most scratch memory of an engine.", metavar="MIB", panel=ENGINES, min=1)
    strip_weights: bool = option(
        False,
        "Engines without weights: one for every model of its width. Needs the GPU.",
        "--strip-weights",
        panel=ENGINES,
    )
    refit: bool = option(False, "Put the weights into engines that have none. Needs the GPU.", "--refit", panel=ENGINES)
    compatible: str = option(
        "",
        "tensorrt only: engines that run on more GPUs than this one.",
        metavar="ampere+|same-capability",
        panel=ENGINES,
        show_default=False,
    )
    triton: Path | None = option(None, "Also write a model repository for Triton Inference Server.", metavar="FOLDER")
