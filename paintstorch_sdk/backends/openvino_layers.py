"""The convolutions of a graph that OpenVINO has read, rewritten as this processor likes them: packed, or in int8."""

import itertools
import json
import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError
from ..telemetry import openvino_kept_quiet

with openvino_kept_quiet():
    from openvino import opset13 as ops

GROUPED = "GroupConvolution"
# Steps of 8 bits: activations have all, weights as many on both sides of 0.
ACTIVATION_STEPS, WEIGHT_STEPS = 256, 255


@dataclass(frozen=True)
class Quantization:
    """Which layers compute in int8, and what they read; `export.int8` finds it, a bundle's int8.json holds it.

    Attributes:
        ranges: Layer -> the lowest and the highest value that it reads.
        sums: Those of the layers whose rounded input is read by the residual sum beside them, too.
    """

    ranges: Mapping[str, tuple[float, float]]
    sums: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> "Quantization":
        """Read a bundle's.

        Raises:
            BundleError: It is not one.
        """
        try:
            layers = json.loads(path.read_text("utf-8"))["layers"]
            ranges = {name: (float(entry["low"]), float(entry["high"])) for name, entry in layers.items()}
            sums = frozenset(name for name, entry in layers.items() if entry.get("sums"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleError(f"{path}: expected layers with low and high ({type(error).__name__}: {error})") from error
        if not all(math.isfinite(low) and math.isfinite(high) and low <= 0 < high for low, high in ranges.values()):
            raise BundleError(f"{path}: expected ranges around 0, received others; export the model again")
        return cls(ranges, sums)

    def write(self, path: Path) -> None:
        """Write it for `read`."""
        layers = {
            name: {"low": low, "high": high} | ({"sums": True} if name in self.sums else {})
            for name, (low, high) in self.ranges.items()
        }
        path.write_text(json.dumps({"layers": layers}, indent=1) + "\n", "utf-8")


def find_convolutions(model: Any) -> Iterator[tuple[str, Any]]:
    """Each convolution by the name that its layer has in the network: painter.stage4.body.0.grouped."""
    for node in model.get_ordered_ops():
        if node.get_type_name() in ("Convolution", GROUPED):
            yield _find_weights(node).get_friendly_name().removesuffix(".weight"), node


def shuffle_last(model: Any) -> None:
    """Let a painter's exit read what its last PixelShuffle reads, and shuffle the picture instead, in place.

    That is a fifth of the numbers to move, and 12 channels to compute where 3 leave vector units idle; 4 times the
    operations, most of them with zeros. The picture is the same within rounding.
    """
    node = dict(find_convolutions(model))["painter.exit"]
    inner = _find_weights(node).data.astype(np.float32)
    outputs, inputs = inner.shape[:2]
    weights = np.zeros((outputs, 2, 2, inputs, 2, 2, 3, 3), np.float32)
    for row, column, y, x in itertools.product(range(2), range(2), range(3), range(3)):
        (down, below), (right, beside) = divmod(row + y + 1, 2), divmod(column + x + 1, 2)
        weights[:, row, column, :, below, beside, down, right] = inner[:, :, y, x]
    constant = ops.constant(weights.reshape(4 * outputs, 4 * inputs, 3, 3))
    constant.set_friendly_name("painter.exit.weight")
    shuffle = node.input_value(0).get_node()
    small = ops.convolution(shuffle.input_value(0), constant, [1, 1], [1, 1], [1, 1], [1, 1])
    small.set_friendly_name(node.get_friendly_name())
    lines = ops.space_to_depth(model.input("exit"), "depth_first", 2)
    color = ops.depth_to_space(ops.tanh(ops.add(small, lines)), "depth_first", 2)
    old = model.output("color").get_node().input_value(0)
    names = old.get_names()
    old.replace(color.output(0))
    old.set_names(set())
    color.output(0).set_names(names)


def pack_groups(model: Any, packing: Mapping[int, int], layers: Container[str] | None = None) -> None:
    """Join groups of grouped convolutions, with zero weights between them, in place; each computes what it did.

    Groups of a few channels leave vector units idle; zeros fill them, and have to be multiplied.

    Args:
        model: As it was read.
        packing: Channels of a group -> the channels that joined groups are to have; others stay as they are.
        layers: Names of those that may be packed; None is all.
    """
    for name, node in [*find_convolutions(model)]:
        if node.get_type_name() != GROUPED or not (layers is None or name in layers):
            continue
        groups, outputs, inputs, *kernel = node.input_value(1).get_shape()
        joined = _find_divisor(groups, packing.get(inputs, inputs) // inputs)
        if joined == 1:
            continue
        weights = _find_weights(node).data.astype(np.float32)
        apart = weights.reshape(groups // joined, joined, outputs, inputs, *kernel)
        packed = np.zeros((groups // joined, joined, outputs, joined, inputs, *kernel), np.float32)
        for place in range(joined):
            packed[:, place, :, place] = apart[:, place]
        packed = packed.reshape(groups // joined, joined * outputs, joined * inputs, *kernel)
        constant = ops.constant(packed[0] if groups == joined else packed)
        constant.set_friendly_name(f"{name}.weight")
        make = ops.convolution if groups == joined else ops.group_convolution
        options = node.get_attributes()
        sizes = (options[key] for key in ("strides", "pads_begin", "pads_end", "dilations"))
        replacement = make(node.input_value(0), constant, *sizes)
        replacement.set_friendly_name(node.get_friendly_name())
        node.output(0).replace(replacement.output(0))


def _find_divisor(groups: int, wanted: int) -> int:
    """The largest divisor of a number of groups that is at most the wanted."""
    return next(count for count in range(max(1, min(wanted, groups)), 0, -1) if groups % count == 0)


def quantize_layers(model: Any, quantization: Quantization) -> None:
    """Let convolutions compute in int8, in place: OpenVINO does where what they read and their weights have 8 bits.

    Args:
        model: As it was read, or packed.
        quantization: See there; layers without a range keep their precision.
    """
    read: dict[tuple[str, int], Any] = {}
    for name, node in [*find_convolutions(model)]:
        if name not in quantization.ranges:
            continue
        source, shuffled = node.input_value(0), False
        # What is rounded before a PixelShuffle is fused into the convolution, and moves a quarter of the bytes.
        while source.get_node().get_type_name() == "DepthToSpace" and len(source.get_target_inputs()) == 1:
            source, shuffled = source.get_node().input_value(0), True
        key = (source.get_node().get_friendly_name(), source.get_index())
        readers = source.get_target_inputs() if shuffled or name in quantization.sums else (node.input(0),)
        if key not in read:
            low, high = (np.asarray(limit, np.float32) for limit in spread_range(*quantization.ranges[name]))
            read[key] = _round_to(source, low, high, ACTIVATION_STEPS)
        for reader in readers:
            reader.replace_source_output(read[key].output(0))
        weights = node.input_value(1)
        shape = [*weights.get_shape()]
        kept = 2 if node.get_type_name() == GROUPED else 1  # axes of the output channels
        values = np.abs(_find_weights(node).data.astype(np.float32)).reshape(*shape[:kept], -1).max(-1)
        largest = np.maximum(values, np.float32(1e-12)).reshape(*shape[:kept], *(1,) * (len(shape) - kept))
        node.input(1).replace_source_output(_round_to(weights, -largest, largest, WEIGHT_STEPS).output(0))


def spread_range(low: float, high: float) -> tuple[float, float]:
    """The narrowest range around another one in which 0 is one of the 256 steps."""
    if low >= 0:
        return 0.0, high
    below = min(max(round(-low / (high - low) * 255), 1), 254)  # steps under 0
    step = max(-low / below, high / (255 - below))
    return -below * step, (255 - below) * step


def _round_to(value: Any, low: NDArray[np.float32], high: NDArray[np.float32], steps: int) -> Any:
    limits = [ops.constant(limit) for limit in (low, high)]
    return ops.fake_quantize(value, *limits, *limits, steps)


def _find_weights(node: Any) -> Any:
    """The constant that a convolution's weights come from."""
    source = node.input_value(1).get_node()
    while source.get_type_name() != "Constant":
        source = source.input_value(0).get_node()
    return source
