"""The network cut in two: what depends on the lines alone, and what depends on the hints.

A convolution is linear, so conv(concat(a, b)) = conv_a(a) + conv_b(b) with the weights cut along the input
channels. The line-art half of every convolution that reads a concatenation is computed once per drawing
by the `LineEncoder`; the `Painter` adds the hint half. Equal to the whole up to the order of rounding.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .features import FeatureNet
from .generator import SLOPE, STAGE1, STAGE2, STAGE3, STAGE4, DecoderStage, Generator


class PartialSums(NamedTuple):
    """Tensors from the line encoder to the painter; w is the generator's width, all float N,C,H,W."""

    enc3: Tensor  # 4w channels at 1/8
    stage2: Tensor  # 2w at 1/4
    stage1: Tensor  # w at 1/2
    exit: Tensor  # 3 at 1
    stage4: Tensor | None  # 8w at 1/16; of the local features, where there are any


class LineEncoder(nn.Module):
    """Line art -> partial sums. Its weights are cut from a `Generator` by `split`."""

    def __init__(self, width: int, feature_width: int) -> None:
        super().__init__()
        w = width
        self.features = FeatureNet(feature_width)
        self.enc0 = nn.Conv2d(1, w // 2, 3, padding=1)
        self.enc1 = nn.Conv2d(w // 2, w, 4, stride=2, padding=1)
        self.enc2 = nn.Conv2d(w, 2 * w, 4, stride=2, padding=1)
        self.to_enc3 = nn.Conv2d(2 * w, 4 * w, 4, stride=2, padding=1)
        self.to_stage4 = nn.Conv2d(self.features.channels, 8 * w, 3, padding=1) if feature_width else None
        self.to_stage2 = nn.Conv2d(2 * w, 2 * w, 3, padding=1)
        self.to_stage1 = nn.Conv2d(w, w, 3, padding=1)
        self.to_exit = nn.Conv2d(w // 2, 3, 3, padding=1)

    def forward(self, line_art: Tensor) -> PartialSums:
        """Encode N,1,H,W line art in [-1, 1] (paper is 1); H and W multiples of 32."""
        x0 = F.leaky_relu(self.enc0(line_art), SLOPE)
        x1 = F.leaky_relu(self.enc1(x0), SLOPE)
        x2 = F.leaky_relu(self.enc2(x1), SLOPE)
        return PartialSums(
            enc3=self.to_enc3(x2),
            stage2=self.to_stage2(x2),
            stage1=self.to_stage1(x1),
            exit=self.to_exit(x0),
            stage4=self.to_stage4(self.features(line_art)) if self.to_stage4 else None,
        )


class Painter(nn.Module):
    """Hints and partial sums -> color. Its weights are cut from a `Generator` by `split`.

    Args:
        width: Width of the generator.
        features: Whether a sum of local features comes with the others.
    """

    def __init__(self, width: int, features: bool) -> None:
        super().__init__()
        w = width
        self.hint_stem = nn.Conv2d(4, w, 7, padding=3)
        self.enc3 = nn.Conv2d(w, 4 * w, 4, stride=2, padding=1, bias=False)
        self.enc4 = nn.Conv2d(4 * w, 8 * w, 4, stride=2, padding=1)
        stage4 = DecoderStage(8 * w, 8 * w, *STAGE4)
        self.stage4 = _without_entry_bias(stage4) if features else stage4
        self.stage3 = DecoderStage(8 * w, 4 * w, *STAGE3)
        self.stage2 = _without_entry_bias(DecoderStage(2 * w, 2 * w, *STAGE2))
        self.stage1 = _without_entry_bias(DecoderStage(w, w, *STAGE1))
        self.exit = nn.Conv2d(w // 2, 3, 3, padding=1, bias=False)

    def forward(
        self, hints: Tensor, enc3: Tensor, stage2: Tensor, stage1: Tensor, exit: Tensor, stage4: Tensor | None = None
    ) -> Tensor:
        """Paint N,3,H,W in [-1, 1] from N,4,H/4,W/4 hints and the `PartialSums` of the line art."""
        h = F.leaky_relu(self.hint_stem(hints), SLOPE)
        x3 = F.leaky_relu(self.enc3(h) + enc3, SLOPE)
        x4 = F.leaky_relu(self.enc4(x3), SLOPE)
        y = self.stage4.entry(x4)
        y = self.stage4.decode(y if stage4 is None else y + stage4)
        y = self.stage3(torch.cat([y, x3], 1))
        y = self.stage2.decode(self.stage2.entry(y) + stage2)
        y = self.stage1.decode(self.stage1.entry(y) + stage1)
        return torch.tanh(self.exit(y) + exit)


def _without_entry_bias(stage: DecoderStage) -> DecoderStage:
    entry = stage.entry
    stage.entry = nn.Conv2d(entry.in_channels, entry.out_channels, 3, padding=1, bias=False)
    return stage


def split_network(generator: Generator, features: FeatureNet) -> tuple[LineEncoder, Painter]:
    """Cut a G1 and its feature network into line encoder and painter, with copies of their weights.

    Raises:
        ValueError: The generator is not a G1 (1 -> 3 channels).
    """
    if (generator.enc0.in_channels, generator.exit.out_channels) != (1, 3):
        raise ValueError(
            f"expected a generator from 1 channel to 3 (G1), received one from {generator.enc0.in_channels} "
            f"to {generator.exit.out_channels}"
        )
    encoder, painter = LineEncoder(generator.width, features.width), Painter(generator.width, features.width > 0)
    for whole, part in _pair_whole_modules(generator, features, encoder, painter):
        part.load_state_dict(whole.state_dict())
    with torch.no_grad():
        for whole, lines, first, second in _pair_cut_convolutions(generator, encoder, painter):
            first.weight.copy_(whole.weight[:, : first.in_channels])
            second.weight.copy_(whole.weight[:, first.in_channels :])
            _require_bias(lines).copy_(_require_bias(whole))
    return encoder.eval(), painter.eval()


def merge_networks(encoder: LineEncoder, painter: Painter) -> tuple[Generator, FeatureNet]:
    """The inverse of `split`: a G1 and its feature network with copies of the weights of the two halves."""
    features = FeatureNet(encoder.features.width)
    generator = Generator(encoder.enc1.out_channels, 1, 3, features.channels)
    for whole, part in _pair_whole_modules(generator, features, encoder, painter):
        whole.load_state_dict(part.state_dict())
    with torch.no_grad():
        for whole, lines, first, second in _pair_cut_convolutions(generator, encoder, painter):
            whole.weight.copy_(torch.cat([first.weight, second.weight], 1))
            _require_bias(whole).copy_(_require_bias(lines))
    return generator.eval(), features.eval()


def _pair_whole_modules(
    generator: Generator, features: FeatureNet, encoder: LineEncoder, painter: Painter
) -> Iterator[tuple[nn.Module, nn.Module]]:
    """The modules that stay whole: of the network, of its halves."""
    yield features, encoder.features
    for name in ("enc0", "enc1", "enc2"):
        yield getattr(generator, name), getattr(encoder, name)
    for name in ("hint_stem", "enc4", "stage3"):
        yield getattr(generator, name), getattr(painter, name)
    for name in ("stage4", "stage2", "stage1"):
        for part in ("body", "upscale"):
            yield getattr(getattr(generator, name), part), getattr(getattr(painter, name), part)
    if not encoder.to_stage4:
        yield generator.stage4.entry, painter.stage4.entry


def _pair_cut_convolutions(
    generator: Generator, encoder: LineEncoder, painter: Painter
) -> Iterator[tuple[nn.Conv2d, nn.Conv2d, nn.Conv2d, nn.Conv2d]]:
    """The convolutions that are cut: whole, the half on lines (which keeps the bias), first and second half."""
    yield generator.enc3, encoder.to_enc3, encoder.to_enc3, painter.enc3
    for whole, lines, hints in (
        (generator.stage4.entry, encoder.to_stage4, painter.stage4.entry),
        (generator.stage2.entry, encoder.to_stage2, painter.stage2.entry),
        (generator.stage1.entry, encoder.to_stage1, painter.stage1.entry),
        (generator.exit, encoder.to_exit, painter.exit),
    ):
        if lines:
            yield whole, lines, hints, lines


def _require_bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias
