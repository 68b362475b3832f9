"""A bundle with more in it: FP16 graphs, proven on line art, and TensorRT engines built from them."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import onnx

from paintstorch_sdk.bundle import ENCODER, FILES, MANIFEST, PAINTER, WEIGHTS, Bundle, sha256
from paintstorch_sdk.cache import Cache
from paintstorch_sdk.engines import HALF, EngineKey, Profile, entries, this_system, verified
from paintstorch_sdk.errors import InputError, ModelError
from paintstorch_sdk.export.calibrate import MIN_HALF, Calibration, Models, choose, summary
from paintstorch_sdk.export.engines import WORKSPACE, build, library, resolve
from paintstorch_sdk.export.half import to_half
from paintstorch_sdk.export.proof import MIN_PSNR, Example, cases, compare, record, require, side_by_side
from paintstorch_sdk.files import new_folder

GRAPHS = (ENCODER, PAINTER)
CALIBRATION_SIZE = 256  # long side in pixels of what the choice of fp32 nodes is measured on
COMPARISON = "fp16.png"  # beside the graphs: reference, fp16, heat map

Report = Callable[[str, float, float], None]


@dataclass(frozen=True)
class EngineRequest:
    """Which engines to build.

    Attributes:
        targets: "current", or compute capabilities: "sm89".
        flavour: "rtx" or "tensorrt".
        profile: The sizes that they have to take.
        workspace: Most bytes of scratch memory.
    """

    targets: tuple[str, ...]
    flavour: str = "rtx"
    profile: Profile = field(default_factory=Profile)
    workspace: int = WORKSPACE

    def __post_init__(self) -> None:
        if not self.targets:
            raise InputError("engines: expected at least one target")


def extend(
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
        size: Most pixels of its long side in the network. Default: the model's working size.
        min_psnr: dB that the worst picture has to reach.
        engines: None builds none.
        report: Told the progress of each engine: what, the part done, the seconds that may be left.

    Raises:
        ModelError: FP16 paints another picture, or too little of the network is fp16; nothing was written.
        BackendError: An engine cannot be built.
        OutputError: `out` cannot be written.
    """
    targets = _targets(engines) if engines else []  # what cannot be built here is said before the long work
    with new_folder(out) as folder:
        for name in FILES:
            shutil.copyfile(source.file(name), folder / name)
        manifest = dict(source.manifest)
        manifest["fp16"] = _add_half(folder, examples, size or source.working_size, min_psnr)
        names = (*FILES, *HALF.values(), COMPARISON)
        manifest["files"] = {
            name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in names
        }
        built = _add_engines(folder, manifest["files"], engines, targets, report) if engines else []
        manifest["engines"] = built + _keep_engines(source, folder, manifest["files"])
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return Bundle.open(out)


def _add_half(folder: Path, examples: Sequence[Example], size: int, min_psnr: float) -> dict[str, Any]:
    calibration = Calibration(folder, cases(examples, min(size, CALIBRATION_SIZE)))
    choice = choose(calibration, min_psnr)
    models = calibration.models
    halves: Models = {name: to_half(models[name], choice.full[name]) for name in GRAPHS}
    for name, half in halves.items():
        path = folder / HALF[name]
        path.write_bytes(half.SerializeToString(deterministic=True))
        onnx.checker.check_model(str(path), full_check=True)
    found = summary(models, halves, choice)
    if found["share_of_operations"] < MIN_HALF:
        raise ModelError(
            f"fp16: {found['share_of_operations']:.1%} of the operations are fp16, expected at least {MIN_HALF:.0%}; "
            f"nothing was written"
        )
    proof = Calibration(folder, cases(examples, size))
    rows = list(zip(proof.cases, proof.paint(halves), proof.exact, strict=True))
    comparisons = [compare(case, painted, exact) for case, painted, exact in rows]
    side_by_side(folder / COMPARISON, rows, ("fp32", "fp16"))
    try:
        require(comparisons, min_psnr, "fp16")
    except ModelError:
        _keep_picture(folder)
        raise
    return found | {"verification": record(comparisons) | {"size": size, "min_psnr": min_psnr}}


def _keep_picture(folder: Path) -> None:
    """The picture that shows what went wrong, beside the folder that is not made."""
    name = folder.name.removeprefix(".").rpartition(".")[0].rpartition(".")[0]
    (folder / COMPARISON).replace(folder.with_name(f"{name}.{COMPARISON}"))


def _keep_engines(source: Bundle, folder: Path, files: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Copy the source's engines that fit these graphs and weights, but those that were built anew."""
    kept = []
    for entry in entries(source):
        key = EngineKey(**entry["key"])
        of_these = (files[HALF[f"{key.graph}.onnx"]]["sha256"], files[WEIGHTS]["sha256"])
        if (key.onnx_sha256, key.weights_sha256) == of_these and not (folder / key.file).exists():
            shutil.copyfile(verified(source, entry), folder / key.file)
            kept.append({**entry, "file": key.file})
    return kept


def _targets(request: EngineRequest) -> list[str]:
    """The compute capabilities to build for, each once."""
    library(request.flavour)
    return list(dict.fromkeys(resolve(target, request.flavour) for target in request.targets))


def _add_engines(
    folder: Path,
    files: dict[str, dict[str, Any]],
    request: EngineRequest,
    targets: Sequence[str],
    report: Report | None,
) -> list[dict[str, Any]]:
    """Build the engines, or find them in the user's cache, and copy them into the bundle."""
    version = str(library(request.flavour).__version__)
    cache = Cache()
    listed = []
    for target in targets:
        for name in GRAPHS:
            graph = folder / HALF[name]
            key = EngineKey(
                graph=name.removesuffix(".onnx"),
                onnx_sha256=files[graph.name]["sha256"],
                weights_sha256=files[WEIGHTS]["sha256"],
                flavour=request.flavour,
                version=version,
                target=target,
                system=this_system(),
                precision="fp16",
                profile=str(request.profile),
                workspace=request.workspace,
            )

            def make(graph: Path = graph, key: EngineKey = key) -> tuple[bytes, dict[str, Any]]:
                def progress(phase: str, done: float, left: float) -> None:
                    if report:
                        report(f"{key.graph} for {key.target}: {phase}", done, left)

                built = build(graph, key.flavour, key.target, request.profile, key.workspace, progress)
                return built.plan, {"key": asdict(key)} | built.record

            with cache.engine(key.digest, make) as entry:
                shutil.copyfile(entry.path, folder / key.file)
                listed.append({"file": key.file, "digest": key.digest, **entry.record})
    return listed
