"""Weights on disk: one safetensors file that carries its own architecture and history."""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from safetensors.torch import save as serialize
from torch import Tensor, nn

from ..errors import CheckpointError
from ..files import replacing
from .features import FeatureNet
from .generator import Generator

FORMAT = 1
KEY = "paintstorch"  # of the JSON in the safetensors header
MAX_WIDTH = 256  # of either network; a file that names more is damaged, and would take all memory


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes that are needed to build the networks before their weights are loaded; without F1 its width is 0."""

    width: int = 64
    feature_width: int = 64

    def __post_init__(self) -> None:
        for name, value, least, multiple in (("width", self.width, 4, 4), ("feature_width", self.feature_width, 0, 1)):
            if type(value) is not int or value % multiple or not least <= value <= MAX_WIDTH:
                raise ValueError(
                    f"{name}: expected a multiple of {multiple} from {least} to {MAX_WIDTH}, received {value!r}"
                )

    def build(self) -> tuple[Generator, FeatureNet]:
        """A G1 and its F1, freshly initialized."""
        features = FeatureNet(self.feature_width)
        return Generator(self.width, 1, 3, features.channels), features

    def build_g2(self) -> Generator:
        """The G2 that goes with them, freshly initialized."""
        return Generator(self.width, 3, 1, 8 * self.feature_width)


@dataclass(frozen=True)
class Checkpoint:
    """A trained coloring model in torch.

    Attributes:
        generator: G1.
        features: F1; of width 0 where there is none.
        provenance: Origin of the weights: data, command, time, hardware, measures (JSON types).
        g2: G2, from color to line art, of the same widths; None where there is none.
    """

    generator: Generator
    features: FeatureNet
    provenance: dict[str, Any] = field(default_factory=dict)
    g2: Generator | None = None

    @property
    def architecture(self) -> Architecture:
        return Architecture(self.generator.width, self.features.width)

    def without_features(self) -> "Checkpoint":
        """The same without F1: it paints what this one paints where F1 gives zeros alone."""
        lean = Architecture(self.generator.width, 0)
        generator, features = lean.build()
        networks = [(generator, self.generator)] + ([(lean.build_g2(), self.g2)] if self.g2 else [])
        for network, whole in networks:
            state = whole.state_dict()
            state["stage4.entry.weight"] = state["stage4.entry.weight"][:, : network.stage4.entry.in_channels]
            network.load_state_dict(state)
            network.eval()
        return replace(self, generator=generator, features=features, g2=networks[1][0] if self.g2 else None)

    @property
    def confidence(self) -> float:
        """Mask that it was trained to see where colors flowed from strokes: 0 where it was not trained on such."""
        match self.provenance:
            case {"config": {"samples": {"flow": float() | int() as share, "confidence": float() | int() as mask}}}:
                return float(mask) if share > 0 else 0.0
        return 0.0


def save(
    path: Path,
    generator: Generator,
    features: FeatureNet,
    provenance: Mapping[str, Any],
    g2: Generator | None = None,
) -> None:
    """Write a checkpoint atomically, in the precision the weights have.

    Raises:
        ValueError: `g2` is not a G2 (3 -> 1 channels) of the same widths.
        OutputError: The file cannot be written.
    """
    architecture = Architecture(generator.width, features.width)
    networks: dict[str, Generator | FeatureNet] = {"generator": generator, "features": features}
    if g2 is not None:
        _check_g2(g2, generator)
        networks["g2"] = g2
    tensors = {
        f"{network}.{name}": tensor.detach().cpu().contiguous()
        for network, module in networks.items()
        for name, tensor in module.state_dict().items()
    }
    header = {"format": FORMAT, "architecture": asdict(architecture), "provenance": dict(provenance)}
    if g2 is not None:
        header["g2"] = True  # versions that know none read the rest
    with replacing(path) as temporary:
        # safetensors' own save_file would let only its owner read the file.
        temporary.write_bytes(serialize(tensors, metadata={KEY: json.dumps(header)}))


def _check_g2(g2: Generator, generator: Generator) -> None:
    expected = (generator.width, 3, 1, generator.stage4.entry.in_channels)
    found = (g2.width, g2.enc0.in_channels, g2.exit.out_channels, g2.stage4.entry.in_channels)
    if found != expected:
        raise ValueError(
            f"g2: expected width, channels in and out, and channels into stage4 of {expected}, received {found}"
        )


def load(path: Path) -> Checkpoint:
    """Read a checkpoint written by `save`; the networks are in fp32 and in evaluation mode.

    Raises:
        CheckpointError: Not a checkpoint, of a newer format, or a tensor is missing or misshapen.
    """
    header = _read_header(path)
    try:
        architecture = Architecture(**header["architecture"])
        generator, features = architecture.build()
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: its architecture is not understood: {error}") from error
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: damaged safetensors file: {error}") from error
    load_tensors(generator, _select_prefix(tensors, "generator."), str(path))
    load_tensors(features, _select_prefix(tensors, "features."), str(path))
    g2 = None
    if header.get("g2"):
        g2 = architecture.build_g2()
        load_tensors(g2, _select_prefix(tensors, "g2."), f"{path}: G2")
        g2.eval()
    return Checkpoint(generator.eval(), features.eval(), header.get("provenance", {}), g2)


def load_weights(network: nn.Module, path: Path, kind: str) -> dict[str, str]:
    """Fill a shade or kinship network, whose file names no architecture; what the file says of itself.

    Raises:
        CheckpointError: The weights are of another network, or no safetensors.
    """
    try:
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        with safe_open(path, "pt") as file:
            facts = dict(file.metadata() or {})
    except (OSError, SafetensorError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: expected the weights of a {kind} network: {why}") from error
    return facts


def load_tensors(module: "Generator | FeatureNet", tensors: Mapping[str, Tensor], source: str) -> None:
    """Load a state dict strictly, naming the first tensor that is missing, misshapen or unknown.

    Raises:
        CheckpointError: See above; the message starts with `source`.
    """
    own = module.state_dict()
    for name, tensor in own.items():
        if name not in tensors:
            raise CheckpointError(f"{source}: tensor {name} is missing: expected shape {tuple(tensor.shape)}")
        if tensors[name].shape != tensor.shape:
            raise CheckpointError(
                f"{source}: tensor {name}: expected shape {tuple(tensor.shape)}, received {tuple(tensors[name].shape)}"
            )
        if not tensors[name].is_floating_point():
            raise CheckpointError(
                f"{source}: tensor {name}: expected floating-point numbers, received {tensors[name].dtype}"
            )
    unknown = sorted(set(tensors) - set(own))
    if unknown:
        raise CheckpointError(f"{source}: tensor {unknown[0]} belongs to no layer of the network")
    module.load_state_dict(dict(tensors))


def _select_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _read_header(path: Path) -> dict[str, Any]:
    """The JSON that `save` put beside the tensors, read without touching them."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > 2**24:
                raise ValueError("its header is too long")
            metadata = json.loads(file.read(length)).get("__metadata__", {})
            header = json.loads(metadata[KEY])
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from error
    except (struct.error, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f"{path}: expected a checkpoint of this project (safetensors); for published .pth files use pts import"
        ) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: expected checkpoint format {FORMAT}; update paintstorch-sdk to read it")
    return header
