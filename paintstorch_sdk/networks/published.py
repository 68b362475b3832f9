"""Checkpoints published for PaintsTorch and AlacGAN (torch pickles), read without running code in them.

Their tensors are the ones of `Generator` and `FeatureNet` under other names; nothing is converted but the
precision. The width is not in such a file: it is read from the shapes.
"""

import hashlib
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from torch import Tensor

from ..errors import CheckpointError
from .checkpoint import MAX_WIDTH, Checkpoint
from .features import FeatureNet
from .generator import Generator

MAX_BYTES = 8 * 2**30  # of a file, unpacked; the published ones, with both optimizers in them, have under 1 GiB

# The key of G1's state dict, and whose files have it.
LAYOUTS = {"generator": "PaintsTorch", "state_dictG": "AlacGAN"}

# Our names -> the published ones.
GENERATOR_NAMES = (
    (re.compile(r"^hint_stem\."), "toH.0."),
    (re.compile(r"^enc(\d)\."), r"to\1.0."),
    (re.compile(r"^stage(\d)\.entry\."), r"tunnel\1.0."),
    (re.compile(r"^stage(\d)\.body\.(\d+)\.reduce\."), r"tunnel\1.2.\2.conv_reduce."),
    (re.compile(r"^stage(\d)\.body\.(\d+)\.grouped\."), r"tunnel\1.2.\2.conv_conv."),
    (re.compile(r"^stage(\d)\.body\.(\d+)\.expand\."), r"tunnel\1.2.\2.conv_expand."),
    (re.compile(r"^stage(\d)\.upscale\."), r"tunnel\1.3."),
)
FEATURE_LAYERS = (0, 3, 6, 8, 11, 13)  # the convolutions' places in the published nn.Sequential

# What torch.load raises for files that are damaged or no checkpoints: its unpickler does not wrap what it
# meets (the documentation of pickle warns of that, and random damage to checkpoints brought up most of these).
UNREADABLE = (
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
    SafetensorError,  # torch.load reads these by their ending
    zipfile.BadZipFile,
)

Network = TypeVar("Network", Generator, FeatureNet)


def load_published(path: Path, features: Path | None = None) -> Checkpoint:
    """Read a coloring model published for PaintsTorch or AlacGAN.

    Args:
        path: A torch pickle of a dict with G1's state dict under `generator` (PaintsTorch) or `state_dictG`
            (AlacGAN), or of that state dict itself. Names may begin with DataParallel's `module.`. Where there is
            a G2 beside it (`sketcher`, PaintsTorch), it is read too.
        features: Illustration2Vec's weights, a torch pickle of an nn.Sequential's state dict; layers after
            the sixth convolution are ignored. Published checkpoints do not contain them, and G1 cannot run
            without.

    Returns:
        The networks in fp32 and in evaluation mode; the provenance names the files and their SHA-256.

    Raises:
        CheckpointError: A file cannot be read, holds more than weights (nothing in it is run), or holds those
            of another network; a tensor is missing, misshapen, unknown, not floating-point or not finite.
    """
    content = _unpickle_safely(path)
    state, provenance = _generator_state(content, path)
    generator = _load_generator(state, path)
    g2 = _load_g2(content["sketcher"], generator, path) if "sketcher" in content else None
    provenance["file"] = _describe_file(path)
    channels = generator.stage4.entry.in_channels - generator.enc4.out_channels
    if features is None:
        raise CheckpointError(
            f"{path}: this network reads {channels} local features, and its file does not contain the "
            "network that makes them: name the file of Illustration2Vec's weights too"
        )
    feature_net = load_features(features, channels // 8)
    provenance["features_file"] = _describe_file(features)
    return Checkpoint(generator.eval(), feature_net, provenance, g2)


def load_features(path: Path, width: int | None = None) -> FeatureNet:
    """Read Illustration2Vec's weights.

    Args:
        path: The file, as `features` of `load_published`.
        width: Expected width of the network; None takes the file's.

    Returns:
        The network in fp32 and in evaluation mode.

    Raises:
        CheckpointError: See `load_published`.
    """
    # Layers after the sixth convolution, and what else such a file holds, are not read.
    tensors = _strip_prefix(_unpickle_safely(path), path)
    names = {own: _published_feature_name(own) for own in FeatureNet(1).state_dict()}
    used = {name: tensor for name, tensor in tensors.items() if name in names.values()}
    if width is None:
        width = _read_shape(used, "0.weight", path)[0]
        if not 1 <= width <= MAX_WIDTH:
            raise CheckpointError(f"{path}: tensor 0.weight: expected 1 to {MAX_WIDTH} channels, received {width}")
    features = FeatureNet(width)
    _load_tensors(features, used, names.__getitem__, path)
    return features.eval()


def _generator_state(content: Mapping[Any, Any], path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """G1's tensors under their published names, and what the file says of its history."""
    layout = next((key for key in LAYOUTS if key in content), None)
    if layout is None and "sketcher" in content:
        raise CheckpointError(f"{path}: expected G1 under the key generator, received only G2 (sketcher)")
    state = content if layout is None else content[layout]
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{path}: {layout}: expected a state dict, received {type(state).__name__}")
    provenance: dict[str, Any] = {"source": LAYOUTS[layout] if layout else "state dict"}
    if layout:
        provenance |= {key: content[key] for key in ("epoch", "double") if isinstance(content.get(key), bool | int)}
    return _strip_prefix(state, path), provenance


def _load_generator(state: Mapping[str, Tensor], path: Path) -> Generator:
    width = _read_shape(state, "toH.0.weight", path)[0]
    if width % 4 or not 4 <= width <= MAX_WIDTH:
        raise CheckpointError(
            f"{path}: tensor toH.0.weight: expected a width that is a multiple of 4 up to {MAX_WIDTH}, received {width}"
        )
    channels = _read_shape(state, "to0.0.weight", path)[1], _read_shape(state, "exit.weight", path)[0]
    if channels != (1, 3):
        kind = "G2, the way back (sketcher)" if channels == (3, 1) else "another network"
        raise CheckpointError(
            f"{path}: expected G1, from 1 channel (to0.0.weight) to 3 (exit.weight), received one from "
            f"{channels[0]} to {channels[1]}: {kind}"
        )
    features = _read_shape(state, "tunnel4.0.weight", path)[1] - 8 * width
    if features % 8 or not 8 <= features <= 8 * MAX_WIDTH:
        raise CheckpointError(
            f"{path}: tensor tunnel4.0.weight: expected {8 * width} input channels and those of the local "
            f"features, a multiple of 8 up to {8 * MAX_WIDTH}, received {8 * width + features}"
        )
    with torch.device("meta"):  # no memory before the shapes are known to be right
        generator = Generator(width, *channels, features)
    _load_tensors(generator, state, _published_generator_name, path)
    return generator


def _load_g2(state: Any, generator: Generator, path: Path) -> Generator:
    """The G2 that was trained with a G1; it has its widths."""
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{path}: sketcher: expected a state dict, received {type(state).__name__}")
    features = generator.stage4.entry.in_channels - generator.enc4.out_channels
    with torch.device("meta"):
        g2 = Generator(generator.width, 3, 1, features)
    _load_tensors(g2, _strip_prefix(state, path), _published_generator_name, f"{path}: sketcher")
    return g2.eval()


def _load_tensors(
    network: Network, tensors: Mapping[str, Tensor], published: Callable[[str], str], path: Path | str
) -> None:
    """Give a network its published tensors, in fp32, after checking every one of them."""
    checked: dict[str, Tensor] = {}
    for own, expected in network.state_dict().items():
        name = published(own)
        where = f"{path}: tensor {name} ({own} here)"
        if name not in tensors:
            raise CheckpointError(f"{where} is missing: expected shape {tuple(expected.shape)}")
        tensor = tensors[name]
        if tensor.shape != expected.shape:
            raise CheckpointError(f"{where}: expected shape {tuple(expected.shape)}, received {tuple(tensor.shape)}")
        if tensor.layout != torch.strided or tensor.is_meta or not tensor.is_floating_point():
            kind = " ".join(str(word) for word in (tensor.dtype, tensor.layout, tensor.device))
            raise CheckpointError(f"{where}: expected floating-point numbers, received {kind.replace('torch.', '')}")
        checked[own] = tensor.detach().to(torch.float32).contiguous()
        if not torch.isfinite(checked[own]).all():
            raise CheckpointError(f"{where}: expected finite numbers, received NaN or infinity; the file is no use")
    known = {published(own) for own in checked}
    unknown = next((name for name in tensors if name not in known), None)
    if unknown is not None:
        raise CheckpointError(f"{path}: tensor {unknown!r} belongs to no layer of the network")
    network.load_state_dict(checked, assign=True)


def _published_generator_name(own: str) -> str:
    for pattern, replacement in GENERATOR_NAMES:
        name, found = pattern.subn(replacement, own)
        if found:
            return name
    return own  # exit.weight, exit.bias


def _published_feature_name(own: str) -> str:
    _, index, kind = own.split(".")  # convs.2.weight
    return f"{FEATURE_LAYERS[int(index)]}.{kind}"


def _read_shape(state: Mapping[str, Tensor], name: str, path: Path) -> tuple[int, ...]:
    """The shape of the weight of a convolution, from which the network's size is read."""
    if name not in state:
        hint = "" if any(key.startswith("to") for key in state) else "; is this a PaintsTorch or AlacGAN file?"
        raise CheckpointError(f"{path}: tensor {name} is missing: expected the weight of a convolution{hint}")
    shape = tuple(state[name].shape)
    if len(shape) != 4:
        raise CheckpointError(
            f"{path}: tensor {name}: expected the 4 dimensions of a convolution, received shape {shape}"
        )
    return shape


def _strip_prefix(state: Mapping[Any, Any], path: Path) -> dict[str, Tensor]:
    """A state dict's tensors, without DataParallel's prefix."""
    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(
                f"{path}: expected a checkpoint (key generator or state_dictG) or a state dict of tensors, "
                f"received {type(value).__name__} under {str(name)[:60]!r}"
            )
        tensors[name] = value
    while tensors and all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return tensors


def _unpickle_safely(path: Path) -> Mapping[Any, Any]:
    """Unpickle a dict of weights on the CPU; whatever asks for code to be run is refused."""
    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):  # what a file unpacks to may be far more than it has
            with zipfile.ZipFile(path) as archive:
                size = max(size, sum(entry.file_size for entry in archive.infolist()))
        if size > MAX_BYTES:
            raise CheckpointError(
                f"{path}: expected at most {MAX_BYTES >> 30} GiB of weights, received {size / 2**30:.1f} GiB"
            )
        with warnings.catch_warnings():  # of torch, about the file's format: the errors below say it all
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UNREADABLE as error:
        code = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if code:
            raise CheckpointError(
                f"{path}: expected a checkpoint of weights alone, received one that asks for {code[1]}; it "
                "was refused, and nothing in it was run"
            ) from error
        raise CheckpointError(
            f"{path}: expected a checkpoint saved by torch, received a damaged file or one of another kind"
        ) from error
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path}: expected a dict of weights, received {type(content).__name__}")
    return content


def _describe_file(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
