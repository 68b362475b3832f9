"""The work of `pts export`: a checkpoint or a bundle becomes a bundle, a Triton repository, or both."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...bundle import MANIFEST, Bundle, list_models
from ...errors import CheckpointError, InputError
from ...files import check_folder
from ..console import needs, say, working
from .options import ExportOptions
from .summary import describe_additions, describe_bundle, describe_int8, show_progress

if TYPE_CHECKING:
    from paintstorch_sdk.export.engines.assembly import EngineRequest
    from paintstorch_sdk.export.fp16.proof import Example

DEFAULT_WORKING_SIZE = 512  # long side, pixels


def export_model(options: ExportOptions) -> None:
    """Write the bundle and the repository that the options ask for.

    Raises:
        PaintsTorchError: Nothing was written.
    """
    from_bundle = _is_bundle(options.source)
    _check_options(options, from_bundle)
    for place in (options.out, options.triton):
        if place is not None:  # before minutes of work
            check_folder(place, new=True)
    optimizes = options.fp16 or options.tensorrt
    adds = options.shade is not None or options.kinship is not None
    extends = optimizes or options.int8 or adds
    with needs("export", "pts export"), tempfile.TemporaryDirectory(prefix="paintstorch-") as temporary:
        examples = _load_examples(options.verify_images)
        if from_bundle:
            bundle = Bundle.open(options.source)
        else:
            assert options.out is not None
            bundle = _export_checkpoint(options, Path(temporary, "bundle") if extends else options.out, examples)
            for line in describe_bundle(bundle, options.out, options.g2):
                say(line)
        if options.shade is not None:
            from paintstorch_sdk.export.shade import add_shade

            assert options.out is not None
            last = not (optimizes or options.int8 or options.kinship)
            bundle = add_shade(bundle, options.shade, options.out if last else Path(temporary, "shaded"))
        if options.kinship is not None:
            from paintstorch_sdk.export.kinship import add_kinship

            assert options.out is not None
            last = not (optimizes or options.int8)
            bundle = add_kinship(bundle, options.kinship, options.out if last else Path(temporary, "related"))
        if options.int8:
            from paintstorch_sdk.export.int8 import add_int8

            assert options.out is not None
            with working("calibrating and proving int8"):
                place = Path(temporary, "int8") if optimizes else options.out
                bundle = add_int8(bundle, place, examples=examples)
            say(describe_int8(bundle))
        if optimizes:
            bundle = _extend_bundle(bundle, options, examples)
            for line in describe_additions(bundle):
                say(line)
        if options.triton:
            from paintstorch_sdk.export.triton import write_repository

            write_repository(bundle, options.triton)
            place = options.triton
            say(f"{place}: {bundle.name} for Triton; tritonserver --model-repository={place.resolve()}")
    if options.out:
        say(f"next: pts colorize line.png --model {options.out}")


def _is_bundle(source: str) -> bool:
    """Whether a source is a bundle, by its folder or its name; a missing one with an ending is a checkpoint."""
    path = Path(source)
    return source in list_models() or path.is_dir() or not (path.is_file() or path.suffix)


def _check_options(options: ExportOptions, from_bundle: bool) -> None:
    """Raise InputError where options contradict each other."""
    adds = options.shade is not None or options.kinship is not None
    extends = options.fp16 or options.tensorrt or options.int8 or adds
    folder = Path(options.source)
    if folder.is_dir() and not (folder / MANIFEST).is_file():
        raise InputError(f"{folder}: expected a checkpoint's file or a bundle's folder, which has a {MANIFEST}")
    if from_bundle and not extends and options.triton is None:
        raise InputError(
            f"{options.source}: a bundle already; add --fp16, --int8, --tensorrt, --shade, --kinship or --triton"
        )
    of_checkpoints = (options.name, options.license, options.working_size, options.g2)
    if from_bundle and (any(of_checkpoints) or options.confidence is not None):
        raise InputError(
            "--name, --license, --working-size, --confidence and --g2: expected a checkpoint, received a bundle"
        )
    if from_bundle and not extends and options.out:
        raise InputError(
            "--out: without --fp16, --int8, --tensorrt, --shade or --kinship there is no new bundle to make"
        )
    if (options.strip_weights or options.refit or options.compatible) and not options.tensorrt:
        raise InputError("--strip-weights, --refit and --compatible: expected --tensorrt with them")
    if options.out is None and (extends or not from_bundle):
        raise InputError("--out: expected the folder to make: -o BUNDLE")


def _load_examples(folder: Path | None) -> "list[Example]":
    from paintstorch_sdk.examples import examples
    from paintstorch_sdk.export.fp16.proof import find_examples

    return [*examples()] if folder is None else [*find_examples(folder)]


def _export_checkpoint(options: ExportOptions, place: Path, examples: "list[Example]") -> Bundle:
    """The bundle of a checkpoint, written to `place` and compared with the network."""
    from paintstorch_sdk.export.bundle_writer import write_bundle

    from ...networks.checkpoint import load

    path = Path(options.source)
    assert options.out is not None
    with working("exporting and comparing"):
        loaded = load(path)
        if not options.g2:
            loaded = replace(loaded, g2=None)
        elif loaded.g2 is None:
            raise CheckpointError(f"{path}: --g2: this checkpoint has no G2; train one with it, or leave --g2 out")
        quality = loaded.provenance.get("held_out")  # the trainer's measures
        return write_bundle(
            loaded,
            place,
            name=options.name or options.out.resolve().name,
            license=options.license or "NOASSERTION",
            working_size=options.working_size or DEFAULT_WORKING_SIZE,
            confidence=options.confidence,
            examples=examples,
            quality=quality if isinstance(quality, dict) else None,
        )


def _extend_bundle(bundle: Bundle, options: ExportOptions, examples: "list[Example]") -> Bundle:
    """The bundle with FP16 graphs, and engines if they are asked for, written to --out."""
    from paintstorch_sdk.export.extend import extend_bundle

    assert options.out is not None
    engines = _request_engines(options) if options.tensorrt else None
    with show_progress() as report:
        return extend_bundle(
            bundle, options.out, examples=examples, min_psnr=options.min_psnr, engines=engines, report=report
        )


def _request_engines(options: ExportOptions) -> "EngineRequest":
    from paintstorch_sdk.export.engines.assembly import EngineRequest

    from ...gpu.engine_key import Profile

    return EngineRequest(
        tuple(filter(None, options.target.split(","))),
        options.flavor,
        Profile.parse(options.profile) if options.profile else Profile(),
        options.workspace << 20,
        options.strip_weights,
        options.refit,
        options.compatible,
    )
