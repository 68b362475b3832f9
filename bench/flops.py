"""Floating-point operations of the networks, counted by torch: 2 for each multiply-add of a convolution."""

from collections import Counter

import torch
from torch.utils.flop_counter import FlopCounterMode

from paintstorch_sdk.bundle import partial_sums
from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.networks.split import LineEncoder, Painter

from .models import Whole


def count(width: int, feature_width: int, height: int, columns: int) -> dict[str, dict[str, int]]:
    """Operations for one picture of height x columns pixels.

    Returns:
        For "whole", "encoder" and "painter": those of each stage (direct child).
    """
    h, w = height, columns
    with torch.device("meta"):
        line_art, hints = torch.empty(1, 1, h, w), torch.empty(1, 4, h // 4, w // 4)
        sums = [torch.empty(1, c, h // s, w // s) for c, s in partial_sums(width).values()]
        encoder, painter = LineEncoder(width, feature_width), Painter(width)
        whole = Whole(*Architecture(width, feature_width).build())
    return {
        "whole": _stages(whole, line_art, hints),
        "encoder": _stages(encoder, line_art),
        "painter": _stages(painter, hints, *sums),
    }


@torch.inference_mode()
def _stages(module: torch.nn.Module, *inputs: torch.Tensor) -> dict[str, int]:
    counter = FlopCounterMode(display=False)
    with counter:
        module(*inputs)
    counts = {name.partition(".")[2]: sum(c.values()) for name, c in counter.get_flop_counts().items()}
    stages: Counter[str] = Counter()
    for name, layer in module.named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            stages[name.split(".")[0]] += counts[name]
    assert sum(stages.values()) == counter.get_total_flops()
    return dict(stages)
