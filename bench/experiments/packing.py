"""Does it pay to pack groups? Grouped convolutions as denser block-diagonal ones, on every runtime of the CPU.

    python -m paintstorch_sdk.bench.experiments.packing BUNDLE [SIZE [ROUNDS]]

Groups of 1 to 8 channels leave vector units idle; zeros between them fill the units, and have to be multiplied.
One thread, and the processor's own time of it: what else runs beside it then counts little.
"""

import random
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import numpy_helper

from paintstorch_sdk.backends.openvino import CORE
from paintstorch_sdk.backends.openvino_layers import pack_groups
from paintstorch_sdk.backends.tuning import Plan
from paintstorch_sdk.bundle import ENCODER, PAINTER, Bundle

from ..timing import SEED, Interval, TimeSamples, estimate_ratio

CHANNELS = (2, 4, 8, 16, 32)  # of a group after packing
SHIPPED = "as shipped"
RUNTIMES = ("onnxruntime fp32", "openvino fp32", "openvino bf16")

Array = NDArray[np.float32]
Call = Callable[[], Array]


def pack(model: onnx.ModelProto, channels: int) -> int:
    """Join groups until each has this many input channels, in place; the weights must be loaded.

    Returns:
        How many convolutions were changed; they compute what they did.
    """
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    sources = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    changed = 0
    for node in graph.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        groups = attributes["group"].i if "group" in attributes else 1
        if node.op_type != "Conv" or groups == 1:
            continue
        weight = numpy_helper.to_array(weights[sources.get(node.input[1], node.input[1])]).astype(np.float32)
        outputs, inputs = len(weight) // groups, weight.shape[1]
        joined = min(groups, channels // inputs)
        if joined < 2 or groups % joined:
            continue
        packed = np.zeros((len(weight), inputs * joined, *weight.shape[2:]), np.float32)
        for group in range(groups):
            rows, first = slice(group * outputs, (group + 1) * outputs), group % joined * inputs
            packed[rows, first : first + inputs] = weight[rows]
        node.input[1] = f"{node.input[1]}/packed"
        graph.initializer.append(numpy_helper.from_array(packed, node.input[1]))
        attributes["group"].i = groups // joined
        changed += 1
    return changed


def runs(bundle: Bundle, size: int, runtime: str) -> dict[str, Call]:
    """Encoder and painter on one random picture: packing -> what runs them."""
    rng = np.random.default_rng(SEED)
    line_art = rng.uniform(-1, 1, (1, 1, size, size)).astype(np.float32)
    hints = rng.uniform(-1, 1, (1, 4, size // 4, size // 4)).astype(np.float32)
    found: dict[str, Call] = {}
    for channels in (0, *CHANNELS):
        encoder, painter = (onnx.load(str(bundle.file(name))) for name in (ENCODER, PAINTER))
        if channels and not pack(painter, channels):
            continue
        models = [model.SerializeToString() for model in (encoder, painter)]
        halves = [_opened(runtime, model, not channels) for model in models]

        def run(halves: list[Any] = halves) -> Array:
            sums = halves[0]({"line_art": line_art})
            color: Array = halves[1]({"hints": hints, **sums})["color"]
            return color

        found[f"{channels} channels" if channels else SHIPPED] = run
    return found


def _opened(runtime: str, model: bytes, shipped: bool) -> Callable[[dict[str, Array]], dict[str, Array]]:
    if runtime.startswith("openvino"):
        graph, precision = CORE.read_model(model), runtime.split()[1]
        if shipped:
            pack_groups(graph, Plan.usual(precision).packing)
        hint = {"fp32": "f32", "bf16": "bf16"}[precision]
        config = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}
        compiled = CORE.compile_model(graph, "CPU", config)
        return lambda feeds: {name: value for key, value in compiled(feeds).items() for name in key.names}
    options = ort.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return lambda feeds: dict(zip(names, session.run(names, feeds), strict=True))


def measure(subjects: dict[str, Call], rounds: int) -> dict[str, tuple[float, Interval]]:
    """Milliseconds of each, and what part of the shipped one's time that is, all in turns."""
    taken: dict[str, list[list[float]]] = {packing: [] for packing in subjects}
    order = random.Random(SEED)
    for run in [*subjects.values()] * 2:
        run()
    for _ in range(rounds):
        for packing in order.sample([*subjects], len(subjects)):
            start = time.process_time()
            subjects[packing]()
            taken[packing].append([time.process_time() - start])
    samples = {packing: TimeSamples.of(found) for packing, found in taken.items()}
    return {
        packing: (1e3 * found.median, estimate_ratio(found, samples[SHIPPED])) for packing, found in samples.items()
    }


def main(model: str, size: str = "512", rounds: str = "15") -> None:
    """Print a table."""
    bundle = Bundle.open(model)
    sys.stdout.write("| runtime | groups | ms | of shipped | difference |\n|---|---|---|---|---|\n")
    for runtime in RUNTIMES:
        subjects = runs(bundle, int(size), runtime)
        reference = subjects[SHIPPED]()
        for packing, (milliseconds, share) in measure(subjects, int(rounds)).items():
            difference = float(np.abs(subjects[packing]() - reference).max())
            span = f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
            sys.stdout.write(f"| {runtime} | {packing} | {milliseconds:.0f} | {span} | {difference:.0e} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
