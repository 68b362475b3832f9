"""Model bundles: a folder with a manifest, two ONNX graphs and the one file of weights that both read.

manifest.json         what the model is, where it comes from, and the SHA-256 of every file, its own text's too
encoder.onnx          line art -> partial sums      (graphs without weights, a few KB each)
painter.onnx          partial sums + hints -> color
weights.safetensors   the weights in fp16; the graphs point into it, torch reads it directly
int8.json             which layers may compute in int8, and the ranges of what they read, in bundles that have it
shade.onnx            line art, flats -> logits of shadows, in bundles that have it
kinship.onnx          line art -> what its regions are, in bundles that have it beside shade.onnx
g2.onnx               picture -> line art, in bundles that were exported with it
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .arguments import checked
from .errors import BundleError
from .files import read_at_most
from .hub import PREFIX, HubAddress
from .imaging.geometry import HINT_STEP

SCHEMA = 1
MANIFEST = "manifest.json"
MAX_MANIFEST = 2**24  # bytes
DIGEST = "manifest_sha256"  # its entry for all its others
ENCODER = "encoder.onnx"
PAINTER = "painter.onnx"
WEIGHTS = "weights.safetensors"
FILES = (ENCODER, PAINTER, WEIGHTS)
G2 = "g2.onnx"  # where there is one
SHADE = "shade.onnx"  # where there is one
KINSHIP = "kinship.onnx"  # where there is one
INT8 = "int8.json"  # where there is one
HALF = {ENCODER: "encoder.fp16.onnx", PAINTER: "painter.fp16.onnx"}  # the graphs in fp16, where there are
DEFAULT = "default"
BUNDLED = Path(__file__).parent / "models"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Bundle:
    """A model on disk whose files were verified against its manifest.

    Attributes:
        path: The folder.
        manifest: The parsed manifest.json.
    """

    path: Path
    manifest: Mapping[str, Any]

    @classmethod
    @checked
    def open(cls, model: "str | Path | Bundle" = DEFAULT) -> "Bundle":
        """Open a bundle by the name of a bundled model, its folder or hf://owner/name[@revision], and verify it.

        Raises:
            BundleError: There is no such bundle, its schema is unknown, or a file is missing or not the one that the
                manifest describes.
        """
        if isinstance(model, Bundle):
            return model
        bundle = cls.read(find_model(model))
        bundle.verify()
        return bundle

    @classmethod
    def read(cls, path: Path) -> "Bundle":
        """Read the manifest without verifying the files.

        Raises:
            BundleError: No manifest, not one that this version understands, or changed since it was written.
        """
        try:
            manifest = json.loads(read_at_most(path / MANIFEST, MAX_MANIFEST))
        except OSError as error:
            raise BundleError(f"{path}: expected a model bundle with a {MANIFEST}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{path / MANIFEST}: not JSON: {error}") from error
        if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
            found = manifest.get("schema") if isinstance(manifest, dict) else None
            raise BundleError(
                f"{path / MANIFEST}: expected schema {SCHEMA}, received {found!r}; export the model again with this "
                f"version of paintstorch-sdk"
            )
        if manifest.get(DIGEST) != hash_manifest(manifest):
            raise BundleError(
                f"{path / MANIFEST}: not as it was written ({DIGEST} differs): the file is damaged or was changed; "
                f"install or export the model again"
            )
        bundle = cls(path, manifest)
        bundle._check_manifest()
        return bundle

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.manifest["name"])

    @property
    def working_size(self) -> int:
        """The long side in pixels up to which the model is meant to be run."""
        return int(self.manifest["working_size"])

    @property
    def confidence(self) -> float:
        """Mask that the network was trained to see where colors flowed from strokes (see `flow`); 0: they do not."""
        legacy = 1.0 if self.manifest.get("spread") else 0.0  # bundles before version 0.2 had every flowed color at 1
        return float(self.manifest.get("confidence", legacy))

    @property
    def width(self) -> int:
        """Base width of the generator."""
        return int(self.manifest["architecture"]["width"])

    @property
    def feature_width(self) -> int:
        """Base width of the feature network; 0 where there is none."""
        return int(self.manifest["architecture"]["feature_width"])

    @property
    def partial_sums(self) -> dict[str, tuple[int, int]]:
        """The tensors between its encoder and painter; see `partial_sums`."""
        return partial_sums(self.width, self.feature_width > 0)

    @property
    def has_shade(self) -> bool:
        """Whether it has a network that shades flats."""
        return SHADE in self.manifest["files"]

    @property
    def has_kinship(self) -> bool:
        """Whether it has a network that tells which regions are of one thing."""
        return KINSHIP in self.manifest["files"]

    @property
    def has_int8(self) -> bool:
        """Whether its layers may compute in int8."""
        return INT8 in self.manifest["files"]

    def without_int8(self) -> "Bundle":
        """The same model for hints that int8 is not proven on: as if its layers could not compute in it."""
        files = {name: entry for name, entry in self.manifest["files"].items() if name != INT8}
        return Bundle(self.path, {**self.manifest, "files": files})

    @property
    def has_g2(self) -> bool:
        """Whether it holds the way back too, from a picture to line art."""
        return G2 in self.manifest["files"]

    @cached_property
    def bytes(self) -> int:
        """Size of all files of the model, bytes."""
        return sum(int(entry["bytes"]) for entry in self.manifest["files"].values())

    def file(self, name: str) -> Path:
        """Path of one of the bundle's files."""
        return self.path / name

    def verify(self) -> None:
        """Compare every file with the manifest.

        Raises:
            BundleError: A file is missing or differs.
        """
        for name, entry in self.manifest["files"].items():
            try:
                found = sha256(self.path / name)
            except OSError as error:
                raise BundleError(f"{self.path / name}: missing from the bundle: {error.strerror}") from error
            if found != entry["sha256"]:
                raise BundleError(
                    f"{self.path / name}: expected SHA-256 {entry['sha256'][:12]}..., received {found[:12]}...: "
                    f"the file is damaged or was changed; install or export the model again"
                )

    def _check_manifest(self) -> None:
        where = self.path / MANIFEST
        try:
            name, files = self.manifest["name"], self.manifest["files"]
            architecture = self.manifest["architecture"]
            numbers = [architecture["width"], self.manifest["working_size"]]
            feature_width = architecture["feature_width"]
            confidence = self.manifest.get("confidence", 0)
            numbers += [entry["bytes"] for entry in files.values()]
            hashes = [entry["sha256"] for entry in files.values()]
            missing = set(FILES) - set(files)
        except (KeyError, TypeError, AttributeError) as error:
            raise BundleError(f"{where}: incomplete or malformed ({type(error).__name__}: {error})") from error
        if not isinstance(name, str) or not name or not name.isprintable():
            raise BundleError(f"{where}: expected a name of one line, received {name!r:.60}")
        if missing:
            raise BundleError(f"{where}: expected the files {', '.join(FILES)}, {', '.join(sorted(missing))} missing")
        if not all(_PLAIN_NAME.fullmatch(file) for file in files):
            raise BundleError(f"{where}: expected names of files in this folder, received {', '.join(files)!r:.100}")
        if not all(type(number) is int and number > 0 for number in numbers):
            raise BundleError(f"{where}: expected widths and sizes over 0, received {numbers}")
        if type(feature_width) is not int or feature_width < 0:
            raise BundleError(f"{where}: expected feature_width from 0 on, received {feature_width!r:.60}")
        if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
            raise BundleError(f"{where}: expected confidence from 0 to 1, received {confidence!r:.60}")
        if not all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in hashes):
            raise BundleError(f"{where}: expected a SHA-256 in hex for each file")


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a bundle's manifest, with the digest by which `Bundle.read` knows whether it was changed."""
    entries = {**manifest, DIGEST: hash_manifest(manifest)}
    (folder / MANIFEST).write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def hash_manifest(manifest: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of a manifest's entries without their digest; layout and order do not count."""
    entries = {key: value for key, value in manifest.items() if key != DIGEST}
    return hashlib.sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def find_model(model: str | Path) -> Path:
    """The folder of a model given by name, by path or by its address on the hub, from which it is fetched.

    Raises:
        BundleError: None of them; the message lists the names that exist.
        ModelError: An address on the hub, and huggingface_hub is not installed.
    """
    if isinstance(model, str) and model.startswith(PREFIX):
        address = HubAddress.parse(model)
        commit = address.fetch([MANIFEST])
        files = Bundle.read(commit).manifest["files"]
        return HubAddress(address.repository, commit.name).fetch([MANIFEST, *files])
    if isinstance(model, str) and model in list_models():
        return BUNDLED / model
    path = Path(model)
    with suppress(OSError, ValueError):  # what is no possible path
        if path.is_dir():
            return path.absolute()  # wherever the process goes after that
    known = ", ".join([*list_models(), f"{PREFIX}owner/name"])
    raise BundleError(f"model {str(model)!r:.200}: expected a bundle's folder or one of: {known}")


def list_models() -> list[str]:
    """Names of the models that come with the package."""
    folders = (manifest.parent.name for manifest in BUNDLED.glob(f"*/{MANIFEST}"))
    return sorted(name for name in folders if _PLAIN_NAME.fullmatch(name))  # not what a killed export left


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def partial_sums(width: int, features: bool = True) -> dict[str, tuple[int, int]]:
    """The tensors between encoder and painter.

    Args:
        width: Base width of the generator.
        features: Whether the encoder has local features.

    Returns:
        Name -> (channels, scale): each is N,channels,H/scale,W/scale for N,1,H,W line art.
    """
    w = width
    sums = {"enc3": (4 * w, 8), "stage2": (2 * w, 4), "stage1": (w, 2), "exit": (3, 1)}
    return sums | ({"stage4": (8 * w, 16)} if features else {})


# Name -> scale: each tensor of the graphs has 1/scale of the line art's resolution.
SCALES = {"line_art": 1, "hints": HINT_STEP, "color": 1, "picture": 1, "drawn": 1} | {
    name: scale for name, (_, scale) in partial_sums(width=1).items()
}
