"""TensorRT engines: their keys, and finding the right one in a bundle.

An engine runs code on the machine that loads it, and runs only where it was built for: it is loaded from a
bundle that the user names, if its hash is the manifest's and every part of its key fits. Nothing is rebuilt
behind the user's back: an engine that does not fit is an error that names the command.
"""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..bundle import G2, WEIGHTS, Bundle, sha256
from ..bundle import HALF as HALF  # the graphs that engines are built from
from ..errors import BackendError, BundleError, InputError
from ..imaging.geometry import MULTIPLE

HALF_G2 = {G2: "g2.fp16.onnx"}  # that no engines are built from
FLAVORS = {"tensorrt": "tensorrt", "rtx": "tensorrt_rtx"}  # flavor -> Python module
STRIPPED = "stripped"  # of an engine without weights
# Levels of engines that run on more GPUs than the one they were built on, by TensorRT's names (TensorRT alone).
COMPATIBLE = {"ampere+": "AMPERE_PLUS", "same-capability": "SAME_COMPUTE_CAPABILITY"}
TARGETS = ("sm75", "sm80", "sm86", "sm89", "sm120", "sm121")  # that TensorRT-RTX builds for without the GPU

Shape = tuple[int, int, int]  # batch, height and width of the line art in the network


@dataclass(frozen=True)
class Profile:
    """Range of sizes that an engine takes, and the size at which it is fastest."""

    min_shape: Shape = (1, 256, 256)
    opt_shape: Shape = (1, 512, 512)
    max_shape: Shape = (8, 1088, 1920)

    def __post_init__(self) -> None:
        for shape in (self.min_shape, self.opt_shape, self.max_shape):
            if shape[0] < 1 or any(side < MULTIPLE or side % MULTIPLE for side in shape[1:]):
                raise InputError(
                    f"profile: expected a batch of 1 or more and sides of a multiple of {MULTIPLE}, received {self}"
                )
        if not all(a <= b <= c for a, b, c in zip(self.min_shape, self.opt_shape, self.max_shape, strict=True)):
            raise InputError(f"profile: expected least <= optimum <= most in every dimension, received {self}")

    @classmethod
    def parse(cls, text: str) -> "Profile":
        """Read `1x256x256,1x512x512,8x1088x1920`: batch, height, width of least, optimum and most.

        Raises:
            InputError: It is not that.
        """
        try:
            shapes = [tuple(int(n) for n in part.lower().split("x")) for part in text.split(",")]
            if len(shapes) != 3 or any(len(shape) != 3 for shape in shapes):
                raise ValueError(text)
        except ValueError:
            raise InputError(
                f"profile: expected least, optimum and most as NxHxW,NxHxW,NxHxW, received {text!r}"
            ) from None
        return cls(*((n, height, width) for n, height, width in shapes))

    def check(self, shape: Shape) -> None:
        """Raise InputError where a batch, height and width of line art is not within the range."""
        if not all(a <= b <= c for a, b, c in zip(self.min_shape, shape, self.max_shape, strict=True)):
            least, received, most = ("x".join(map(str, one)) for one in (self.min_shape, shape, self.max_shape))
            raise InputError(
                f"line art: the engine takes {least} to {most} (batch x height x width), received {received}; choose "
                f"another size or batch, or build an engine for it: pts export --tensorrt --profile"
            )

    def __str__(self) -> str:
        return ",".join("x".join(map(str, shape)) for shape in (self.min_shape, self.opt_shape, self.max_shape))


@dataclass(frozen=True)
class EngineKey:
    """The build settings and inputs that an engine depends on.

    Attributes:
        graph: "encoder" or "painter".
        onnx_sha256: SHA-256 of the graph that it was built from.
        weights_sha256: SHA-256 of the weights; empty where it has none, and fits all.
        flavor: "tensorrt" or "rtx".
        version: Version of that library.
        target: Compute capability: "sm89".
        system: Operating system and processor: "linux-x86_64".
        precision: "fp16".
        profile: Optimization profile, in the form that `Profile.parse` reads.
        workspace: Limit of scratch memory, bytes.
        flags: Other build settings, joined by commas: "stripped" has no weights, "ampere+" and "same-capability"
            run on more GPUs than the target.
    """

    graph: str
    onnx_sha256: str
    weights_sha256: str
    flavor: str
    version: str
    target: str
    system: str
    precision: str
    profile: str
    workspace: int
    flags: str = ""

    @property
    def stripped(self) -> bool:
        """Whether it has no weights, and cannot run before it was refitted."""
        return STRIPPED in self.flags.split(",")

    def runs_on(self, target: str) -> bool:
        """Whether it runs on a GPU of that compute capability."""
        ampere = "ampere+" in self.flags.split(",") and int(target.removeprefix("sm")) >= 80
        return self.target == target or ampere

    @property
    def digest(self) -> str:
        """Hash of all of it, in hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

    @property
    def file(self) -> str:
        """Name of the engine in a bundle."""
        parts = (self.graph, self.precision, f"{self.flavor}-{self.version}", self.target, self.system)
        return ".".join([*parts, *filter(None, self.flags.split(",")), "engine"])


def this_system() -> str:
    """Operating system and processor, as in keys."""
    return f"{platform.system().lower()}-{platform.machine().lower()}"


def list_engines(bundle: Bundle) -> list[Mapping[str, Any]]:
    """The engines that a bundle's manifest lists.

    Raises:
        BundleError: The list is malformed.
    """
    found = bundle.manifest.get("engines", [])
    try:
        for entry in found:
            EngineKey(**entry["key"])
            name, digest = entry["file"], entry["sha256"]
            if not isinstance(digest, str) or Path(name).name != name or not name.endswith(".engine"):
                raise ValueError(f"{name!r:.100}")
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{bundle.path}: its list of engines is malformed ({type(error).__name__}: {error}); export it again"
        ) from error
    return list(found)


def verify_engine(bundle: Bundle, entry: Mapping[str, Any]) -> Path:
    """The file of one of a bundle's `entries`, after comparing it with the manifest.

    Raises:
        BundleError: It is missing or was changed.
    """
    path, key = bundle.file(entry["file"]), EngineKey(**entry["key"])
    try:
        found = sha256(path)
    except OSError as error:
        raise BundleError(f"{path}: missing from the bundle: {error.strerror}") from error
    if found != entry["sha256"]:
        raise BundleError(
            f"{path}: expected SHA-256 {entry['sha256'][:12]}..., received {found[:12]}...: the engine is damaged or "
            f"was changed, and will not be loaded; {_build_command(bundle, key.flavor, key.target)}"
        )
    return path


def engine_file(bundle: Bundle, graph: str, *, flavor: str, version: str, target: str) -> Path:
    """The engine of a bundle that runs here, verified.

    Args:
        bundle: The model.
        graph: "encoder" or "painter".
        flavor: "tensorrt" or "rtx".
        version: Version of the installed library.
        target: Compute capability of the GPU: "sm89".

    Raises:
        BackendError: None fits: what there is, what is needed, and the command that builds it, or that refits one
            without weights.
        BundleError: It is missing or was changed.
    """
    wanted = {
        "graph": graph,
        "onnx_sha256": _listed_hash(bundle, HALF[f"{graph}.onnx"]),
        "weights_sha256": _listed_hash(bundle, WEIGHTS),
        "flavor": flavor,
        "version": version,
        "target": target,
        "system": this_system(),
    }
    differences, stripped = [], False
    for entry in list_engines(bundle):
        key = EngineKey(**entry["key"])
        wrong = {name: value for name, value in asdict(key).items() if name in wanted and value != wanted[name]}
        if key.runs_on(target):
            wrong.pop("target", None)
        if key.stripped:
            wrong.pop("weights_sha256", None)
        if not wrong and not key.stripped:
            return verify_engine(bundle, entry)
        stripped = stripped or not wrong
        if wrong and "graph" not in wrong:
            differences.append(", ".join(f"{name} {value:.20}" for name, value in wrong.items()))
    if stripped:
        raise BackendError(
            f"{bundle.path}: its {graph} engine for {target} has no weights; put them in: pts export {bundle.path} "
            f"-o NEW --tensorrt --refit --flavor {flavor} --target {target}"
        )
    there = f"it has engines with {' | '.join(differences)}" if differences else "it has none"
    raise BackendError(
        f"{bundle.path}: no {graph} engine for {flavor} {version} on {target}, {wanted['system']}: {there}; "
        f"{_build_command(bundle, flavor, target)}"
    )


def _listed_hash(bundle: Bundle, file: str) -> str:
    return str(bundle.manifest["files"].get(file, {}).get("sha256", "none"))


def _build_command(bundle: Bundle, flavor: str, target: str) -> str:
    return f"build it: pts export {bundle.path} -o NEW --tensorrt --flavor {flavor} --target {target}"
