"""The convolutions of a graph that OpenVINO has read, rewritten as this processor likes them: packed, or in int8."""

import itertools
import json
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError
from ..telemetry import openvino_kept_quiet

with openvino_kept_quiet():
    from openvino import PartialShape
    from openvino import opset13 as ops

GROUPED = "GroupConvolution"
# Steps of 8 bits: activations have all, weights as many on both sides of 0.
ACTIVATION_STEPS, WEIGHT_STEPS = 256, 255


@dataclass(frozen=True)
class Quantization:
    """Which layers compute in int8, and what they read; `export.int8` finds it, a bundle's int8.json holds it.

    Attributes:
        ranges: Layer -> the lowest and the highest value that it reads, over the channel's scale.
        scales: Layer -> the scale of each channel that it reads, where not all have 1; its weights are multiplied.
        sums: Those of the layers whose rounded input is read by the residual sum beside them, too.
    """

    ranges: Mapping[str, tuple[float, float]]
    sums: frozenset[str] = frozenset()
    scales: Mapping[str, Sequence[float]] = field(default_factory=dict)

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
            scales = {name: [float(s) for s in entry["scales"]] for name, entry in layers.items() if "scales" in entry}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleError(f"{path}: expected layers with low and high ({type(error).__name__}: {error})") from error
        if not all(math.isfinite(low) and math.isfinite(high) and low <= 0 < high for low, high in ranges.values()):
            raise BundleError(f"{path}: expected ranges around 0, received others; export the model again")
        if not all(math.isfinite(scale) and scale > 0 for found in scales.values() for scale in found):
            raise BundleError(f"{path}: expected scales above 0, received others; export the model again")
        return cls(ranges, sums, scales)

    def write(self, path: Path) -> None:
        """Write it for `read`."""
        layers = {
            name: {"low": low, "high": high}
            | ({"sums": True} if name in self.sums else {})
            | ({"scales": [*self.scales[name]]} if name in self.scales else {})
            for name, (low, high) in self.ranges.items()
        }
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in layers.items())
        path.write_text(f'{{"layers": {{\n{lines}\n}}}}\n', "utf-8")


def find_convolutions(model: Any) -> Iterator[tuple[str, Any]]:
    """Each convolution by the name that its layer has in the network: painter.stage4.body.0.grouped."""
    for node in model.get_ordered_ops():
        if node.get_type_name() in ("Convolution", GROUPED):
            yield _find_weights(node).get_friendly_name().removesuffix(".weight"), node


def shuffle_in_runs(model: Any) -> None:
    """Let each PixelShuffle move whole runs of channels, in place: a fifth of the time of moving one by one.

    The convolution before it makes its channels in the order of the four pixels, not of the shuffled channels.
    """
    constants = _find_constants(model)
    names = {node.get_friendly_name(): name for name, node in find_convolutions(model)}
    for node in model.get_ordered_ops():
        if node.get_type_name() != "DepthToSpace":
            continue
        source = node
        while (made_by := source.get_friendly_name()) not in names:
            source = source.input_value(0).get_node()
        for kind in ("weight", "bias"):
            old = constants[f"{names[made_by]}.{kind}"]
            ordered = old.data.reshape(-1, 4, *old.data.shape[1:]).swapaxes(0, 1).reshape(old.data.shape)
            constant = ops.constant(np.ascontiguousarray(ordered))
            constant.set_friendly_name(old.get_friendly_name())
            old.output(0).replace(constant.output(0))
        shuffle = ops.depth_to_space(node.input_value(0), "blocks_first", 2)
        shuffle.set_friendly_name(node.get_friendly_name())
        node.output(0).replace(shuffle.output(0))


def halve_exit(model: Any) -> None:
    """Let an encoder's or a painter's exit make four pixels at once, in place, where 3 channels leave vectors idle.

    A convolution of 3 x 3 for one of 2 x 2 pixels is one of 4 x 4, with zeros, for all. Between the two graphs the sum
    `exit` has 12 channels at half the size; the painter shuffles the picture at last. All is the same within rounding.
    """
    name, node = next((name, node) for name, node in find_convolutions(model) if name.endswith("exit"))
    inner = _find_weights(node).data.astype(np.float32)
    weights = np.zeros((2, 2, *inner.shape[:2], 4, 4), np.float32)
    for row, column in itertools.product(range(2), repeat=2):
        weights[row, column, :, :, row : row + 3, column : column + 3] = inner
    constant = ops.constant(weights.reshape(-1, inner.shape[1], 4, 4))
    constant.set_friendly_name(f"{name}.weight")
    small = ops.convolution(node.input_value(0), constant, [2, 2], [1, 1], [1, 1], [1, 1])
    small.set_friendly_name(node.get_friendly_name())
    if name.startswith("painter"):
        old = model.output("color").get_node().input_value(0)
        lines = next(parameter for parameter in model.get_parameters() if parameter.get_friendly_name() == "exit")
        lines.set_partial_shape(PartialShape([-1, 4 * len(inner), -1, -1]))
        lines.validate_and_infer_types()
        new = ops.depth_to_space(ops.tanh(ops.add(small, lines)), "blocks_first", 2).output(0)
    else:
        old = model.output("exit").get_node().input_value(0)
        bias = _find_constants(model)[f"{name}.bias"].data.astype(np.float32)
        new = ops.add(small, ops.constant(np.tile(bias, 4).reshape(1, -1, 1, 1))).output(0)
    names = old.get_names()
    old.replace(new)
    old.set_names(set())
    new.set_names(names)
    model.validate_nodes_and_infer_types()


def pack_groups(model: Any, packing: Mapping[int, int], layers: Container[str] | None = None) -> None:
    """Join groups of grouped convolutions, with zero weights between them, in place; each computes what it did.

    Groups of a few channels leave vector units idle; zeros fill them, and have to be multiplied. Or groups of 2 come
    apart: channels alone keep vector units busy without zeros.

    Args:
        model: As it was read.
        packing: Channels of a group -> the channels that joined groups are to have; 1 takes groups of 2 apart. Others
            stay as they are.
        layers: Names of those that may be packed; None is all.
    """
    for name, node in [*find_convolutions(model)]:
        if node.get_type_name() != GROUPED or not (layers is None or name in layers):
            continue
        groups, outputs, inputs, *kernel = node.input_value(1).get_shape()
        joined = _find_divisor(groups, packing.get(inputs, inputs) // inputs)
        apart = packing.get(inputs) == 1 and outputs == inputs == 2
        if joined == 1 and not apart:
            continue
        weights = _find_weights(node).data.astype(np.float32)
        options = node.get_attributes()
        sizes = [options[key] for key in ("strides", "pads_begin", "pads_end", "dilations")]
        if apart:
            _take_apart(node, name, weights.reshape(groups, 2, 2, *kernel), sizes)
            continue
        single = weights.reshape(groups // joined, joined, outputs, inputs, *kernel)
        packed = np.zeros((groups // joined, joined, outputs, joined, inputs, *kernel), np.float32)
        for place in range(joined):
            packed[:, place, :, place] = single[:, place]
        packed = packed.reshape(groups // joined, joined * outputs, joined * inputs, *kernel)
        constant = ops.constant(packed[0] if groups == joined else packed)
        constant.set_friendly_name(f"{name}.weight")
        make = ops.convolution if groups == joined else ops.group_convolution
        replacement = make(node.input_value(0), constant, *sizes)
        replacement.set_friendly_name(node.get_friendly_name())
        node.output(0).replace(replacement.output(0))


def _take_apart(node: Any, name: str, weights: NDArray[np.float32], sizes: Sequence[Any]) -> None:
    """Compute groups of 2 channels as each channel's own part, and the part of the channel beside it.

    Args:
        node: The grouped convolution, which is replaced.
        name: Of its layer.
        weights: groups,2,2,kh,kw: outputs, inputs of each group.
        sizes: Strides, pads at the beginning and the end, dilations.
    """
    source, friendly = node.input_value(0), node.get_friendly_name()
    count = 2 * len(weights)
    swapping = np.eye(count, dtype=np.float32)[np.arange(count) ^ 1].reshape(count, count, 1, 1)
    swapped = ops.convolution(source, ops.constant(swapping), [1, 1], [0, 0], [0, 0], [1, 1])
    parts = []
    for part, read, inputs in (("own", source, [0, 1]), ("other", swapped, [1, 0])):
        constant = ops.constant(weights[:, [0, 1], inputs].reshape(count, 1, 1, *weights.shape[3:]))
        constant.set_friendly_name(f"{name}.{part}.weight")
        parts.append(ops.group_convolution(read, constant, *sizes))
    for part, made in zip(("swapped", "own", "other"), (swapped, *parts), strict=True):
        made.set_friendly_name(f"{part}___{friendly}")
    added = ops.add(*parts)
    added.set_friendly_name(friendly)
    node.output(0).replace(added.output(0))


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
        weights = node.input_value(1)
        shape = [*weights.get_shape()]
        kept = 2 if node.get_type_name() == GROUPED else 1  # axes of the output channels
        values = _find_weights(node).data.astype(np.float32).reshape(shape)
        scales = np.asarray(quantization.scales.get(name, [1.0]), np.float32)
        if name in quantization.scales:
            values = (values * scales.reshape(-1, 1, shape[kept], 1, 1)).reshape(shape)
            weights = ops.constant(values)
        source, shuffled = node.input_value(0), False
        # What is rounded before a PixelShuffle is fused into the convolution, and moves a quarter of the bytes.
        while source.get_node().get_type_name() == "DepthToSpace" and len(source.get_target_inputs()) == 1:
            source, shuffled = source.get_node().input_value(0), True
            scales = np.tile(scales, 4 if name in quantization.scales else 1)
        key = (source.get_node().get_friendly_name(), source.get_index())
        readers = source.get_target_inputs() if shuffled or name in quantization.sums else (node.input(0),)
        if key not in read:
            low, high = (np.asarray(limit, np.float32) for limit in spread_range(*quantization.ranges[name]))
            read[key] = _round_to(source, low, high, ACTIVATION_STEPS, scales.reshape(1, -1, 1, 1))
        for reader in readers:
            reader.replace_source_output(read[key].output(0))
        most = np.abs(values).reshape(*shape[:kept], -1).max(-1)
        largest = np.maximum(most, np.float32(1e-12)).reshape(*shape[:kept], *(1,) * (len(shape) - kept))
        node.input(1).replace_source_output(_round_to(weights, -largest, largest, WEIGHT_STEPS).output(0))


def spread_range(low: float, high: float) -> tuple[float, float]:
    """The narrowest range around another one in which 0 is one of the 256 steps."""
    if low >= 0:
        return 0.0, high
    below = min(max(round(-low / (high - low) * 255), 1), 254)  # steps under 0
    step = max(-low / below, high / (255 - below))
    return -below * step, (255 - below) * step


def _round_to(value: Any, low: NDArray[np.float32], high: NDArray[np.float32], steps: int, scales: Any = 1) -> Any:
    """A value over its scales, rounded to steps between limits."""
    read = [ops.constant(np.asarray(limit * scales, np.float32)) for limit in (low, high)]
    return ops.fake_quantize(value, *read, ops.constant(low), ops.constant(high), steps)


def _find_weights(node: Any) -> Any:
    """The constant that a convolution's weights come from."""
    source = node.input_value(1).get_node()
    while source.get_type_name() != "Constant":
        source = source.input_value(0).get_node()
    return source


def _find_constants(model: Any) -> dict[str, Any]:
    return {node.get_friendly_name(): node for node in model.get_ordered_ops() if node.get_type_name() == "Constant"}
