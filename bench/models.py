"""Models to measure with: random weights take as long as trained ones. Needs what the `[export]` extra installs."""

import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from paintstorch_sdk.bundle import WEIGHTS, Bundle
from paintstorch_sdk.examples import examples
from paintstorch_sdk.export.bundles import write_bundle
from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.networks.generator import Generator
from paintstorch_sdk.networks.split import LineEncoder, Painter

from .process import Opened

SEED = 20190612


def prepare(width: int, feature_width: int, folder: Path, working_size: int, threads: int) -> Opened:
    """Write a bundle of random weights to a new folder: a subject without calls."""
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    generator, features = Architecture(width, feature_width).build()
    write_bundle(
        Checkpoint(generator.eval(), features.eval()),
        folder,
        name=f"random-w{width}",
        licence="Apache-2.0",
        working_size=working_size,
        examples=examples()[:1],
    )
    return Opened()


def write_whole(model: Path, out: Path, threads: int) -> Opened:
    """Export a bundle's networks as one graph, as PyTorch's manual tells: a subject without calls."""
    torch.set_num_threads(threads)
    whole = Whole(*join(Bundle.open(model)))
    batch = torch.export.Dim("batch", min=1, max=1024)
    rows, columns = (torch.export.Dim(name, min=1, max=1024) for name in ("rows", "columns"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own deprecated calls
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            whole,
            (torch.zeros(2, 1, 64, 96), torch.zeros(2, 4, 16, 24)),
            out,
            dynamo=True,
            verbose=False,
            input_names=["line_art", "hints"],
            output_names=["colour"],
            dynamic_shapes=({0: batch, 2: 32 * rows, 3: 32 * columns}, {0: batch, 2: 8 * rows, 3: 8 * columns}),
        )
    return Opened()


class Whole(nn.Module):
    """The network as it was published: nothing is kept from one call to the next."""

    def __init__(self, generator: Generator, features: FeatureNet) -> None:
        super().__init__()
        self.generator = generator.eval()
        self.features = features.eval()

    def forward(self, line_art: Tensor, hints: Tensor) -> Tensor:
        painted: Tensor = self.generator(line_art, hints, self.features(line_art))
        return painted


@torch.no_grad()
def join(bundle: Bundle) -> tuple[Generator, FeatureNet]:
    """The whole networks of a bundle's encoder and painter: `networks.split.split` the other way."""
    tensors = load_file(bundle.file(WEIGHTS))
    encoder, painter = LineEncoder(bundle.width, bundle.feature_width), Painter(bundle.width)
    for prefix, module in (("encoder.", encoder), ("painter.", painter)):
        own = {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
        module.load_state_dict(own)
    generator, features = Architecture(bundle.width, bundle.feature_width).build()
    features.load_state_dict(encoder.features.state_dict())
    for name in ("enc0", "enc1", "enc2"):
        _copy(getattr(generator, name), getattr(encoder, name))
    for name in ("hint_stem", "enc4", "stage3"):
        _copy(getattr(generator, name), getattr(painter, name))
    for name in ("stage4", "stage2", "stage1"):
        _copy(getattr(generator, name).body, getattr(painter, name).body)
        _copy(getattr(generator, name).upscale, getattr(painter, name).upscale)
    for whole, parts, bias in (
        (generator.enc3, (encoder.to_enc3, painter.enc3), encoder.to_enc3),
        (generator.stage4.entry, (painter.stage4.entry, encoder.to_stage4), encoder.to_stage4),
        (generator.stage2.entry, (painter.stage2.entry, encoder.to_stage2), encoder.to_stage2),
        (generator.stage1.entry, (painter.stage1.entry, encoder.to_stage1), encoder.to_stage1),
        (generator.exit, (painter.exit, encoder.to_exit), encoder.to_exit),
    ):
        weight = torch.cat([part.weight for part in parts], 1)
        whole.load_state_dict({"weight": weight, "bias": bias.bias})
    return generator.eval(), features.eval()


def _copy(to: Any, source: nn.Module) -> None:
    to.load_state_dict(source.state_dict())
