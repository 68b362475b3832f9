"""A bundle with more in it: FP16 graphs, proven on line art, and TensorRT engines built from them."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from paintstorch_sdk.bundle import ENCODER, FILES, G2, INT8, PAINTER, SHADE, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.gpu.engine_key import HALF, HALF_G2

from .engines.assembly import EngineRequest, Report, add_engines, keep_engines
from .fp16.calibrate import MIN_HALF, Calibration, Models, choose_precision, summarize_choice
from .fp16.half import to_half
from .fp16.proof import (
    MIN_PSNR,
    Example,
    compare_pictures,
    load_cases,
    make_record,
    open_runner,
    paint_cases,
    require_psnr,
    write_comparison,
)

CALIBRATION_SIZE = 256  # long side in pixels of what the choice of fp32 nodes is measured on
COMPARISON = "fp16.png"  # beside the graphs: reference, fp16, heat map
COMPARISON_G2 = "g2.fp16.png"


def extend_bundle(
    source: Bundle,
    out: Path,
    *,
    examples: Sequence[Example],
    size: int | None = None,
    min_psnr: float = MIN_PSNR,
    engines: EngineRequest | None = None,
    report: Report | None = None,
) -> Bundle:
    """Copy a bundle and add FP16 graphs, and engines if they are asked for; engines that still fit stay.

    Args:
        source: Verified.
        out: The folder to make; it must not exist, or be empty.
        examples: Line art with hints, on which fp16 is calibrated and proven.
        size: Limit of its long side in the network, pixels. Default: the model's working size.
        min_psnr: dB that the worst picture has to reach.
        engines: None builds none.
        report: Told the progress of each engine: what, the part done, the seconds that may be left.

    Raises:
        ModelError: FP16 paints another picture, or too little of the network is fp16; nothing was written.
        BackendError: An engine cannot be built.
        OutputError: `out` cannot be written.
    """
    targets = engines.resolved() if engines else []  # what cannot be built here is said before the long work
    with new_folder(out) as folder:
        names = [name for name in (*FILES, G2, SHADE, INT8) if name in source.manifest["files"]]
        for name in names:
            shutil.copyfile(source.file(name), folder / name)
        manifest = dict(source.manifest)
        proof = Proof(examples, size or source.working_size, min_psnr)
        manifest["fp16"] = _add_half(folder, proof, HALF, COMPARISON)
        names += [*HALF.values(), COMPARISON]
        if source.has_g2:
            manifest["fp16"]["g2"] = _add_half(folder, proof, HALF_G2, COMPARISON_G2)
            names += [*HALF_G2.values(), COMPARISON_G2]
        manifest["files"] = {
            name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in names
        }
        listed = {entry["file"]: entry for entry in keep_engines(source, folder, manifest["files"])}
        if engines:
            listed |= {
                entry["file"]: entry for entry in add_engines(folder, manifest["files"], engines, targets, report)
            }
        manifest["engines"] = [*listed.values()]
        write_manifest(folder, manifest)
    return Bundle.open(out)


@dataclass(frozen=True)
class Proof:
    """The proof that FP16 has to pass: line art with hints, the limit of its long side in pixels, and the dB."""

    examples: Sequence[Example]
    size: int
    min_psnr: float

    def calibration(self, folder: Path, graphs: Sequence[str], size: int) -> Calibration:
        """A calibration of graphs in a folder, at a size."""
        found = load_cases(self.examples, size)
        if G2 in graphs:
            found = paint_cases(open_runner([folder / ENCODER, folder / PAINTER]), found)
        return Calibration(folder, found, graphs)


def _add_half(folder: Path, proof: Proof, names: Mapping[str, str], picture: str) -> dict[str, Any]:
    """Write FP16 graphs beside fp32 ones, and prove them; returns the record for the manifest.

    Args:
        folder: The folder with the graphs and their weights.
        proof: The proof that they have to pass.
        names: The fp32 graphs that work together -> their FP16 graphs.
        picture: The comparison to write.
    """
    calibration = proof.calibration(folder, [*names], min(proof.size, CALIBRATION_SIZE))
    choice = choose_precision(calibration, proof.min_psnr)
    models = calibration.models
    halves: Models = {name: to_half(models[name], choice.full[name]) for name in names}
    for name, half in halves.items():
        path = folder / names[name]
        path.write_bytes(half.SerializeToString(deterministic=True))
        onnx.checker.check_model(str(path), full_check=True)
    found = summarize_choice(models, halves, choice)
    if found["share_of_operations"] < MIN_HALF:
        raise ModelError(
            f"fp16: {found['share_of_operations']:.1%} of the operations are fp16, expected at least {MIN_HALF:.0%}; "
            f"nothing was written"
        )
    full_size = proof.calibration(folder, [*names], proof.size)
    rows = list(zip(full_size.cases, full_size.paint(halves), full_size.exact, strict=True))
    comparisons = [compare_pictures(case, painted, exact) for case, painted, exact in rows]
    write_comparison(folder / picture, rows, ("fp32", "fp16"))
    try:
        require_psnr(comparisons, proof.min_psnr, "fp16" if G2 not in names else "fp16 of G2")
    except ModelError:
        _keep_picture(folder, picture)
        raise
    return found | {"verification": make_record(comparisons) | {"size": proof.size, "min_psnr": proof.min_psnr}}


def _keep_picture(folder: Path, picture: str) -> None:
    """The picture that shows what went wrong, beside the folder that is not made."""
    name = folder.name.removeprefix(".").rpartition(".")[0].rpartition(".")[0]
    (folder / picture).replace(folder.with_name(f"{name}.{picture}"))
