"""The engines of a bundle: built, taken from the user's cache, filled with weights, or kept from another bundle."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from paintstorch_sdk.bundle import ENCODER, PAINTER, WEIGHTS, Bundle
from paintstorch_sdk.errors import BackendError, InputError
from paintstorch_sdk.gpu.engine_cache import Cache
from paintstorch_sdk.gpu.engine_key import (
    COMPATIBLE,
    HALF,
    STRIPPED,
    EngineKey,
    Profile,
    list_engines,
    this_system,
    verify_engine,
)

from .engine_builder import WORKSPACE, build_engine, import_tensorrt, resolve_target
from .refit import refit_engine

REFITTED = "refitted"  # of an engine that was built without weights and has some now

Files = Mapping[str, Mapping[str, Any]]  # of a manifest
Report = Callable[[str, float, float], None]


@dataclass(frozen=True)
class EngineRequest:
    """The engines to add to a bundle.

    Attributes:
        targets: "current", or compute capabilities: "sm89".
        flavor: "rtx" or "tensorrt".
        profile: The sizes that they have to take.
        workspace: Limit of scratch memory, bytes.
        strip: Leave the weights out.
        refit: Put the weights into engines that were built without; nothing is built.
        compatible: "", "ampere+" or "same-capability": on more GPUs than the one it is built on, TensorRT alone.
    """

    targets: tuple[str, ...]
    flavor: str = "rtx"
    profile: Profile = field(default_factory=Profile)
    workspace: int = WORKSPACE
    strip: bool = False
    refit: bool = False
    compatible: str = ""

    def __post_init__(self) -> None:
        if not self.targets:
            raise InputError("engines: expected at least one target")
        if self.strip and self.refit:
            raise InputError("engines: expected --strip-weights or --refit, received both")
        if self.compatible and self.compatible not in COMPATIBLE:
            raise InputError(f"compatible: expected one of {', '.join(COMPATIBLE)}, received {self.compatible!r}")
        if self.compatible and self.flavor != "tensorrt":
            raise InputError(
                f"compatible: expected flavor tensorrt, received {self.flavor}: TensorRT-RTX builds for each target"
            )

    def resolved(self) -> list[str]:
        """The compute capabilities to build for, each once; what cannot be built here is said at once."""
        import_tensorrt(self.flavor)
        return list(dict.fromkeys(resolve_target(target, self.flavor) for target in self.targets))

    def key(self, name: str, target: str, files: Files) -> EngineKey:
        """The key of the engine that is wanted for a graph."""
        flags = [self.compatible] if self.compatible else []
        flags += [STRIPPED] if self.strip else [REFITTED] if self.refit else []
        return EngineKey(
            graph=name.removesuffix(".onnx"),
            onnx_sha256=files[HALF[name]]["sha256"],
            weights_sha256="" if self.strip else files[WEIGHTS]["sha256"],
            flavor=self.flavor,
            version=str(import_tensorrt(self.flavor).__version__),
            target=target,
            system=this_system(),
            precision="fp16",
            profile=str(self.profile),
            workspace=self.workspace,
            flags=",".join(flags),
        )


def add_engines(
    folder: Path, files: Files, request: EngineRequest, targets: Sequence[str], report: Report | None
) -> list[dict[str, Any]]:
    """Copy the engines that are wanted into a folder; those that are not in the cache are made.

    Args:
        folder: The folder with the FP16 graphs, their weights, and engines that were kept.
        files: The files that its manifest lists.
        request: The engines that are wanted.
        targets: The request's targets, resolved.
        report: Told the progress: what, the part done, the seconds that may be left.

    Returns:
        Their entries for the manifest.

    Raises:
        BackendError: One cannot be made.
    """
    cache, listed = Cache(), []
    for target in targets:
        for name in (ENCODER, PAINTER):
            graph, key = folder / HALF[name], request.key(name, target, files)

            def make(graph: Path = graph, key: EngineKey = key) -> tuple[bytes, dict[str, Any]]:
                if request.refit:
                    return _refit_cached(cache, graph, key)

                def progress(phase: str, done: float, left: float) -> None:
                    if report:
                        report(f"{key.graph} for {key.target}: {phase}", done, left)

                timing = cache.folder / f"timing-{key.version}-{key.target}.bin"
                built = build_engine(
                    graph, key.flavor, key.target, request.profile, key.workspace, progress, key.flags, timing
                )
                return built.plan, {"key": asdict(key)} | built.record

            with cache.engine(key.digest, make) as entry:
                shutil.copyfile(entry.path, folder / key.file)
                listed.append({"file": key.file, "digest": key.digest, **entry.record})
    return listed


def keep_engines(source: Bundle, folder: Path, files: Files) -> list[dict[str, Any]]:
    """Copy a bundle's engines that fit other graphs and weights; those without weights go into the cache, too."""
    kept = []
    for entry in list_engines(source):
        key = EngineKey(**entry["key"])
        fits = key.onnx_sha256 == files[HALF[f"{key.graph}.onnx"]]["sha256"] and (
            key.stripped or key.weights_sha256 == files[WEIGHTS]["sha256"]
        )
        if fits:
            path = verify_engine(source, entry)
            shutil.copyfile(path, folder / key.file)
            kept.append({**entry, "file": key.file})
            if key.stripped:
                with Cache().engine(key.digest, partial(_read_engine, path, entry)):
                    pass
    return kept


def _read_engine(path: Path, entry: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    return path.read_bytes(), dict(entry)


def _refit_cached(cache: Cache, graph: Path, key: EngineKey) -> tuple[bytes, dict[str, Any]]:
    flags = key.flags.replace(REFITTED, STRIPPED)
    stripped = replace(key, weights_sha256="", flags=flags)

    def missing() -> tuple[bytes, dict[str, Any]]:
        raise BackendError(
            f"refit: there is no {key.graph} engine without weights for {key.flavor} {key.version} on {key.target}, "
            f"of these graphs and sizes, in the bundle or the cache; build one: pts export BUNDLE -o NEW --tensorrt "
            f"--strip-weights --flavor {key.flavor} --target {key.target}"
        )

    with cache.engine(stripped.digest, missing) as entry:
        built = refit_engine(entry.path, entry.record, graph, key.flavor)
    return built.plan, {**built.record, "key": asdict(key)}
