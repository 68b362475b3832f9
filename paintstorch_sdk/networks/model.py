"""A model in torch, from whatever file holds it: a checkpoint, or a bundle's weights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..bundle import WEIGHTS, Bundle
from ..errors import BundleError
from . import checkpoint
from .checkpoint import Architecture, Checkpoint
from .generator import Generator
from .split import LineEncoder, Painter, merge_networks


def load_networks(model: str | Path) -> Checkpoint:
    """The networks of a model, in fp32 and in evaluation mode.

    Args:
        model: A checkpoint file, a bundle folder, or the name of a bundled model. A bundle's weights are
            rounded to fp16, and its provenance says what they were trained from.

    Raises:
        CheckpointError: The file is not a checkpoint.
        BundleError: No such bundle, or its weights do not fit its architecture.
    """
    path = Path(model)
    if path.is_file():
        return checkpoint.load(path)
    bundle = Bundle.open(model)
    generator, features = merge_networks(*load_halves(bundle))
    return Checkpoint(generator, features, dict(bundle.manifest.get("provenance", {})), _load_g2(bundle))


def load_halves(bundle: Bundle) -> tuple[LineEncoder, Painter]:
    """Line encoder and painter with a bundle's weights, in fp32.

    Raises:
        BundleError: The weights do not fit the architecture in the manifest.
    """
    with _checking_fit(bundle):
        tensors = load_file(bundle.file(WEIGHTS))
        encoder = LineEncoder(bundle.width, bundle.feature_width)
        painter = Painter(bundle.width, bundle.feature_width > 0)
        encoder.load_state_dict(_select_prefix(tensors, "encoder."))
        painter.load_state_dict(_select_prefix(tensors, "painter."))
    return encoder.eval(), painter.eval()


def _load_g2(bundle: Bundle) -> Generator | None:
    if not bundle.has_g2:
        return None
    with _checking_fit(bundle):
        g2 = Architecture(bundle.width, bundle.feature_width).build_g2()
        g2.load_state_dict(_select_prefix(load_file(bundle.file(WEIGHTS)), "g2."))
    return g2.eval()


def _select_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


@contextmanager
def _checking_fit(bundle: Bundle) -> Iterator[None]:
    """Weights that do not fit are a BundleError."""
    try:
        yield
    except (SafetensorError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"{bundle.path}: weights do not fit the architecture: {reason:.300}") from error
