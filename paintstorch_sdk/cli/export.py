"""`pts export`: a checkpoint becomes a bundle that the runtime loads, with FP16 graphs and engines if wanted."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from paintstorch_sdk.export.fp16.proof import Example

    from ..bundle import Bundle

BUNDLE, HALF, ENGINES = "Bundle", "FP16", "TensorRT"  # headings in the help


def export(
    source: Annotated[
        str,
        typer.Argument(
            help="Of pts train or pts import (.safetensors), or a bundle: its folder or name.", metavar="CHECKPOINT"
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder to make; new or empty.", metavar="BUNDLE", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="The model's name. Default: the folder's.", rich_help_panel=BUNDLE, metavar="NAME"),
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(help="SPDX identifier of the weights' license.", rich_help_panel=BUNDLE, metavar="SPDX"),
    ] = None,
    working_size: Annotated[
        int | None,
        typer.Option(
            min=32,
            help="Long side up to which the model is meant to run. Default: 512.",
            rich_help_panel=BUNDLE,
            metavar="PIXELS",
        ),
    ] = None,
    spread: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="How far hints flow through narrow places between the lines before the network; 0: not at all. "
            "Default: as in training.",
            rich_help_panel=BUNDLE,
            metavar="PIXELS",
        ),
    ] = None,
    g2: Annotated[
        bool,
        typer.Option("--g2", help="Add G2, from color to line art: pts lineart --method g2.", rich_help_panel=BUNDLE),
    ] = False,
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Add graphs that compute in FP16, proven on line art.", rich_help_panel=HALF)
    ] = False,
    verify_images: Annotated[
        Path | None,
        typer.Option(
            help="Line art for the proof; NAME.hints.png or .json beside it. Default: the packaged examples.",
            rich_help_panel=HALF,
            metavar="FOLDER",
        ),
    ] = None,
    min_psnr: Annotated[
        float,
        typer.Option(help="What every picture has to reach, against fp32.", rich_help_panel=HALF, metavar="DB"),
    ] = 45.0,
    tensorrt: Annotated[
        bool, typer.Option("--tensorrt", help="Add TensorRT engines (and --fp16).", rich_help_panel=ENGINES)
    ] = False,
    target: Annotated[
        str,
        typer.Option(
            help="GPUs to build for: current, or of sm75,sm80,sm86,sm89,sm120.",
            rich_help_panel=ENGINES,
            metavar="LIST",
        ),
    ] = "current",
    flavor: Annotated[
        str,
        typer.Option(
            help="rtx builds for GPUs that are not here; tensorrt for the one that is.",
            rich_help_panel=ENGINES,
            metavar="rtx|tensorrt",
        ),
    ] = "rtx",
    profile: Annotated[
        str | None,
        typer.Option(
            help="Batch x height x width: least, optimum, most. Default: 1x256x256,1x512x512,8x1088x1920.",
            rich_help_panel=ENGINES,
            metavar="SIZES",
        ),
    ] = None,
    workspace: Annotated[
        int,
        typer.Option(min=1, help="Most scratch memory of an engine.", rich_help_panel=ENGINES, metavar="MIB"),
    ] = 4096,
    strip_weights: Annotated[
        bool,
        typer.Option(
            "--strip-weights",
            help="Engines without weights: one for every model of its width. Needs the GPU.",
            rich_help_panel=ENGINES,
        ),
    ] = False,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Put the weights into engines that have none. Needs the GPU.",
            rich_help_panel=ENGINES,
        ),
    ] = False,
    compatible: Annotated[
        str,
        typer.Option(
            help="tensorrt only: engines that run on more GPUs than this one.",
            rich_help_panel=ENGINES,
            metavar="ampere+|same-capability",
            show_default=False,
        ),
    ] = "",
    triton: Annotated[
        Path | None,
        typer.Option(help="Also write a model repository for Triton Inference Server.", metavar="FOLDER"),
    ] = None,
) -> None:
    """Export a checkpoint as a bundle of ONNX graphs.

    It is verified against the network on the packaged examples: a bundle
    that does not paint what the checkpoint paints is not written. From a
    bundle, it makes another one with FP16 graphs and engines.

    \b
    pts export run/last.safetensors -o mymodel/ --license Apache-2.0
    pts export mymodel/ -o fast/ --tensorrt --target sm86,sm89,sm120
    pts export default -o half/ --fp16
    pts export fast/ --triton repository/
    pts colorize line.png --model mymodel/
    """
    from ..bundle import Bundle
    from ..errors import InputError
    from .console import needs, say, working

    more = fp16 or tensorrt
    exported = _is_bundle(source)
    if exported and not more and triton is None:
        raise InputError(f"{source}: a bundle already; add --fp16, --tensorrt or --triton")
    if exported and (name or license or working_size or spread is not None or g2):
        raise InputError(
            "--name, --license, --working-size, --spread and --g2: expected a checkpoint, received a bundle"
        )
    if exported and not more and out:
        raise InputError("--out: without --fp16 or --tensorrt there is no new bundle to make")
    if (strip_weights or refit or compatible) and not tensorrt:
        raise InputError("--strip-weights, --refit and --compatible: expected --tensorrt with them")
    if out is None and (more or not exported):
        raise InputError("--out: expected the folder to make: -o BUNDLE")
    with needs("export", "pts export"), tempfile.TemporaryDirectory(prefix="paintstorch-") as temporary:
        examples = _examples(verify_images)
        if exported:
            bundle = Bundle.open(source)
        elif out:
            place = Path(temporary, "bundle") if more else out
            with working("exporting and comparing"):
                bundle = _from_checkpoint(
                    Path(source), place, examples, name or out.resolve().name, license, working_size, spread, g2
                )
            proof = bundle.manifest["verification"]
            say(
                f"{out}: {bundle.name}, width {bundle.width}, {bundle.bytes / 1e6:.1f} MB; from torch at most "
                f"{proof['max_difference']:.1e} (fp16 weights: {proof['rounding_psnr']} dB)"
            )
            if g2:
                say(f"G2: at most {proof['g2_max_difference']:.1e} (fp16 weights: {proof['g2_rounding_psnr']} dB)")
        if more and out:
            from paintstorch_sdk.export.engines.assembly import EngineRequest
            from paintstorch_sdk.export.extend import extend

            from ..gpu.engine_key import Profile

            engines = None
            if tensorrt:
                engines = EngineRequest(
                    tuple(filter(None, target.split(","))),
                    flavor,
                    Profile.parse(profile) if profile else Profile(),
                    workspace << 20,
                    strip_weights,
                    refit,
                    compatible,
                )
            with _progress() as report:
                bundle = extend(bundle, out, examples=examples, min_psnr=min_psnr, engines=engines, report=report)
            for line in _summary(bundle):
                say(line)
        if triton:
            from paintstorch_sdk.export.triton import write_repository

            write_repository(bundle, triton)
            say(f"{triton}: {bundle.name} for Triton; tritonserver --model-repository={triton.resolve()}")
    if out:
        say(f"next: pts colorize line.png --model {out}")


def _is_bundle(source: str) -> bool:
    """Whether a bundle is meant, by its folder or its name, and no checkpoint; what is nothing has a file's name."""
    from ..bundle import names

    path = Path(source)
    return source in names() or path.is_dir() or not (path.is_file() or path.suffix)


def _examples(folder: Path | None) -> "list[Example]":
    from paintstorch_sdk.examples import examples
    from paintstorch_sdk.export.fp16.proof import examples_in

    return [*examples()] if folder is None else [*examples_in(folder)]


def _from_checkpoint(
    path: Path,
    out: Path,
    examples: "list[Example]",
    name: str,
    license: str | None,
    working_size: int | None,
    spread: int | None,
    g2: bool,
) -> "Bundle":
    from dataclasses import replace

    from paintstorch_sdk.export.bundle_writer import write_bundle

    from ..errors import CheckpointError
    from ..networks.checkpoint import load

    loaded = load(path)
    if not g2:
        loaded = replace(loaded, g2=None)
    elif loaded.g2 is None:
        raise CheckpointError(f"{path}: --g2: this checkpoint has no G2; train one with it, or leave --g2 out")
    quality = loaded.provenance.get("held_out")  # the trainer's measures
    return write_bundle(
        loaded,
        out,
        name=name,
        license=license or "NOASSERTION",
        working_size=working_size or 512,
        spread=spread,
        examples=examples,
        quality=quality if isinstance(quality, dict) else None,
    )


def _summary(bundle: "Bundle") -> Iterator[str]:
    """What was proven and built, one line each."""
    half = bundle.manifest["fp16"]
    for what, proven in (("fp16", half), ("fp16 of G2", half.get("g2"))):
        if not proven:
            continue
        proof = proven["verification"]
        worst = next(image for image in proof["images"] if image["image"] == proof["worst_image"])
        kept = sum(len(nodes) for nodes in proven["fp32_nodes"].values())
        yield (
            f"{what}: {proven['share_of_operations']:.1%} of the operations, {kept} nodes stay in fp32; worst of "
            f"{len(proof['images'])} pictures {worst['image']}: {worst['psnr']:.1f} dB, at most "
            f"{worst['max_difference']:.1e}, CIEDE2000 {worst['mean_ciede2000']:.2f} "
            f"(99 %: {worst['p99_ciede2000']:.2f})"
        )
    for engine in bundle.manifest["engines"]:
        layers, flags = engine["layers"], engine["key"].get("flags", "")
        yield (
            f"{engine['key']['graph']} for {engine['key']['target']}{flags and f' ({flags})'}: "
            f"{engine['bytes'] / 1e6:.1f} MB, built in {engine['seconds']:.1f} s, "
            f"{layers['output_types'].get('half', 0)} of {layers['count']} layers in fp16"
        )
    engines = sum(engine["bytes"] for engine in bundle.manifest["engines"])
    yield f"{bundle.path}: {bundle.bytes / 1e6:.1f} MB" + (f" and {engines / 1e6:.1f} MB of engines" if engines else "")


@contextmanager
def _progress() -> Iterator[Any]:
    """A line on stderr where that is a terminal: what is built, the part done, the time left."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with console.status("calibrating and proving fp16") as status:
        yield lambda what, done, left: status.update(f"{escape(what)}: {done:.0%}, about {left:.0f} s left")
