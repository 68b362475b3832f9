"""Models to measure with: random weights take as long as trained ones. Needs what the `[export]` extra installs."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from paintstorch_sdk.bundle import Bundle
from paintstorch_sdk.examples import examples
from paintstorch_sdk.export.bundle_writer import write_bundle
from paintstorch_sdk.networks.checkpoint import Architecture, Checkpoint
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.networks.generator import Generator
from paintstorch_sdk.networks.model import load_halves
from paintstorch_sdk.networks.split import merge_networks

from .process import Opened

SEED = 20190612


def write_random_bundle(width: int, feature_width: int, folder: Path, working_size: int, threads: int) -> Opened:
    """Write a bundle of random weights to a new folder: a subject without calls."""
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    generator, features = Architecture(width, feature_width).build()
    write_bundle(
        Checkpoint(generator.eval(), features.eval()),
        folder,
        name=f"random-w{width}",
        license="Apache-2.0",
        working_size=working_size,
        examples=examples()[:1],
    )
    return Opened()


def write_one_graph(model: Path, out: Path, threads: int) -> Opened:
    """Export a bundle's networks as one graph, as PyTorch's manual tells: a subject without calls."""
    torch.set_num_threads(threads)
    whole = Whole(*merge_networks(*load_halves(Bundle.open(model))))
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
            output_names=["color"],
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
