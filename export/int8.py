"""Int8: which layers compute in it, found by measuring on line art with messy strokes, and proven there.

A bundle's int8.json lists layers and the ranges of what they read; the weights stay the ones in fp16 that every
precision shares, and are rounded when a model is loaded. Ranges are the least and the most that was seen. OpenVINO has
one range for all channels that a convolution reads; scales, which the weights take back, make it fit each of them.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from paintstorch_sdk.backends.openvino import CORE, OpenVinoBackend, read_graph, set_sums
from paintstorch_sdk.backends.openvino_layers import Quantization, find_convolutions
from paintstorch_sdk.backends.tuning import Plan
from paintstorch_sdk.bundle import ENCODER, INT8, PAINTER, Bundle, sha256, write_manifest
from paintstorch_sdk.errors import ModelError
from paintstorch_sdk.files import new_folder
from paintstorch_sdk.hints.model import Hints, Stroke
from paintstorch_sdk.painting import prepare_hints
from paintstorch_sdk.sheet import Sheet

from .cost import node_costs
from .fp16.proof import Example, PictureDifference, ProofCase, compare_pictures, find_worst

MIN_PSNR = 42.0  # dB of the worst picture from fp32
MAX_P99 = 2.0  # CIEDE2000 that 99 % of its pixels are within
# Beyond the thresholds, in dB and as a share: line art that was not measured may come out worse.
MARGIN, MARGIN_P99 = 0.5, 0.98
CALIBRATION_SIZE = 256  # long side in pixels of what the order of layers is measured on
MESSY_STROKES = 12  # of random colors and ways over each line art
REFERENCE = 512  # side in pixels at which operations are counted

FloatTensor = NDArray[np.float32]


def add_int8(
    source: Bundle, out: Path, *, examples: Sequence[Example], size: int | None = None, min_psnr: float = MIN_PSNR
) -> Bundle:
    """Copy a bundle and add what its layers need to compute in int8.

    Args:
        source: Verified.
        out: The folder to make; it must not exist, or be empty.
        examples: Line art with hints, on which int8 is calibrated and proven.
        size: Limit of its long side in the network, pixels. Default: the model's working size.
        min_psnr: dB that the worst picture has to reach.

    Raises:
        ModelError: Int8 paints another picture; nothing was written.
        OutputError: `out` cannot be written.
    """
    size = size or source.working_size
    cases = load_messy_cases(examples, size, source.confidence)
    small = load_messy_cases(examples, min(size, CALIBRATION_SIZE), source.confidence)
    calibration = Ranges(source, cases, small)
    quantization, left_out = choose_layers(calibration, min_psnr)
    comparisons = prove(source, quantization, cases, min_psnr)
    worst = find_worst(comparisons)
    with new_folder(out) as folder:
        for name in source.manifest["files"]:
            shutil.copyfile(source.file(name), folder / name)
        quantization.write(folder / INT8)
        entry = {"sha256": sha256(folder / INT8), "bytes": (folder / INT8).stat().st_size}
        record = {
            "share_of_operations": round(calibration.share(quantization), 4),
            "in_higher_precision": left_out,
            "verification": {
                "worst_image": worst.image,
                "psnr": worst.psnr,
                "p99_ciede2000": max(c.p99_ciede2000 for c in comparisons),
                "images": [asdict(c) for c in comparisons],
                "size": size,
                "min_psnr": min_psnr,
                "max_p99": MAX_P99,
            },
        }
        write_manifest(
            folder,
            {**source.manifest, "files": {**source.manifest["files"], INT8: entry}, "int8": record},
        )
    return Bundle.open(out)


def load_messy_cases(examples: Sequence[Example], size: int, confidence: float) -> list[ProofCase]:
    """Each line art with its own hints, and with random strokes across its lines, as the network sees both."""
    cases = []
    rng = np.random.default_rng(0)
    for index, (line_art, source) in enumerate(examples):
        sheet = Sheet.load(line_art, size)
        name = Path(line_art).name if isinstance(line_art, str | Path) else f"line art {index + 1}"
        height, width = sheet.line_art.shape[:2]
        strokes = []
        for _ in range(MESSY_STROKES):
            start = rng.uniform((0, 0), (width, height))
            points = [tuple(start + step) for step in rng.normal(0, 0.06 * max(width, height), (4, 2)).cumsum(0)]
            color = "#" + bytes(rng.integers(0, 256, 3).tolist()).hex()
            strokes.append(Stroke(points, color, width=float(rng.uniform(0.005, 0.04) * max(width, height))))
        for what, hints in (("", Hints.of(source)), (", messy strokes", Hints(strokes=tuple(strokes)))):
            prepared = prepare_hints(hints.on(sheet.line_art), sheet.regions, sheet.geometry, confidence)
            hint_map = np.ascontiguousarray(prepared.hint_map[np.newaxis], np.float32)
            cases.append(ProofCase(f"{name}{what}", sheet, sheet.tensor, hint_map))
    return cases


class Ranges:
    """Paints the same line art with different layers in int8.

    Args:
        bundle: The model.
        cases: Line art with hint maps, that has to come out right.
        small: Smaller line art, for what is measured often.
    """

    def __init__(self, bundle: Bundle, cases: Sequence[ProofCase], small: Sequence[ProofCase]) -> None:
        self.bundle, self.cases, self.small = bundle, cases, small
        with OpenVinoBackend(bundle, "fp32") as backend:
            seen = [*cases, *small]
            encoded = [backend.encode(case.line_art) for case in seen]
            self.exact = {id(c): backend.paint(e, c.hint_map) for c, e in zip(seen, encoded, strict=True)}
            hints = [backend.name_inputs(e, case.hint_map) for case, e in zip(seen, encoded, strict=True)]
            channels = self._measure_channels(ENCODER, [{"line_art": case.line_art} for case in seen])
            channels |= self._measure_channels(PAINTER, hints)
        self.ranges = {n: (min(0.0, float(a.min())), max(1e-6, float(z.max()))) for n, (a, z) in channels.items()}
        self.scaled = {name: spread_channels(*limits) for name, limits in channels.items()}
        self.operations: dict[str, int] = {}
        for graph in (ENCODER, PAINTER):
            costs = node_costs(onnx.load(str(bundle.file(graph)), load_external_data=False), 1, REFERENCE, REFERENCE)
            network = graph.removesuffix(".onnx")
            self.operations |= {f"{network}.{c.part}": c.operations for c in costs if c.operator == "Conv"}

    def _measure_channels(
        self, graph: str, inputs: Sequence[Mapping[str, Any]]
    ) -> dict[str, tuple[FloatTensor, FloatTensor]]:
        """The least and the most that each layer of a graph reads in each channel."""
        import openvino as ov
        from openvino import opset13 as ops

        model = read_graph(self.bundle, graph)
        found = [*find_convolutions(model)]
        axes = ops.constant(np.array([0, 2, 3]))
        extremes = [
            reduce(node.input_value(0), axes) for _, node in found for reduce in (ops.reduce_min, ops.reduce_max)
        ]
        config = {"INFERENCE_PRECISION_HINT": "f32"}
        ranges = ov.Model(extremes, model.get_parameters(), "ranges")
        if graph == PAINTER:
            ranges = set_sums(ranges, graph, ov.Type.f32)
        compiled = CORE.compile_model(ranges, "CPU", config)
        seen = zip(*([value.copy() for value in compiled(feeds).to_tuple()] for feeds in inputs), strict=True)
        limits = [np.array(values) for values in seen]  # of each layer twice: pictures, channels
        lows, highs = (limit.min(0) for limit in limits[::2]), (limit.max(0) for limit in limits[1::2])
        return {name: (low, high) for (name, _), low, high in zip(found, lows, highs, strict=True)}

    def compare(self, quantization: Quantization, cases: Sequence[ProofCase]) -> list[PictureDifference]:
        """Each case against fp32."""
        with OpenVinoBackend(self.bundle, "int8", plan=Plan({}), quantization=quantization) as backend:
            return [
                compare_pictures(c, backend.paint(backend.encode(c.line_art), c.hint_map), self.exact[id(c)])
                for c in cases
            ]

    def measure(self, quantization: Quantization) -> float:
        """PSNR in dB of the worst of the small cases from fp32."""
        return find_worst(self.compare(quantization, self.small)).psnr

    def keeps(self, min_psnr: float, quantization: Quantization) -> bool:
        """Whether all cases are close enough, with a margin."""
        return all(
            found.psnr >= min_psnr + MARGIN and found.p99_ciede2000 <= MARGIN_P99 * MAX_P99
            for found in self.compare(quantization, self.cases)
        )

    def quantize(self, layers: Sequence[str], sums: Sequence[str] = ()) -> Quantization:
        """Layers with scales, but for those whose rounded input is summed."""
        ranges = {name: self.ranges[name] if name in sums else self.scaled[name][0] for name in layers}
        scales = {name: self.scaled[name][1] for name in layers if name not in sums}
        return Quantization(ranges, frozenset(sums), scales)

    def share(self, quantization: Quantization) -> float:
        """Part of the operations that are in int8."""
        return sum(self.operations[name] for name in quantization.ranges) / sum(self.operations.values())


def spread_channels(low: FloatTensor, high: FloatTensor) -> tuple[tuple[float, float], list[float]]:
    """One range for all channels and a scale for each, such that the scales are as small as they can be.

    Args:
        low: The least of each channel.
        high: The most of each channel.
    """
    low, high = np.minimum(low, 0), np.maximum(high, 1e-6)
    found = []
    for below in (0.0,) if not low.any() else np.geomspace(0.02, 2, 25).tolist():
        scales = np.maximum(high, -low / below) if below else high
        found.append(((1 + below) ** 2 * float((scales**2).sum()), below, scales))
    _, below, scales = min(found, key=lambda one: one[0])
    scales = np.maximum(scales, scales.max() / 256)
    return (-below, 1.0), [float(f"{scale:.4g}") for scale in scales]


def choose_layers(calibration: Ranges, min_psnr: float) -> tuple[Quantization, dict[str, float]]:
    """Keep out of int8 what costs most dB for its operations, until the worst picture is close enough.

    Then what of it does no harm is put back, because decibels do not tell which part costs the most colors. And the
    residual sums of a stage are rounded, too, where that is still close enough: what lies between its layers is half
    as large.

    Returns:
        The choice; and dB of the worst picture with each part that was left out as the only one in int8.
    """
    parts: dict[str, list[str]] = {}
    for name in calibration.ranges:
        parts.setdefault(re.sub(r"\.body\.\d+", "", name), []).append(name)
    alone = {label: calibration.measure(calibration.quantize(names)) for label, names in parts.items()}
    work = {label: sum(calibration.operations[name] for name in names) for label, names in parts.items()}
    order = sorted(parts, key=lambda label: 10 ** (-alone[label] / 10) / work[label])
    left_out: dict[str, float] = {}
    while order:
        layers = [name for label in order for name in parts[label]]
        if calibration.keeps(min_psnr, calibration.quantize(layers)):
            break
        label = order.pop()
        left_out[label] = round(alone[label], 1)
    if not order:
        raise ModelError(
            f"int8: no layer of {calibration.bundle.name} keeps {min_psnr + MARGIN:g} dB; nothing was written"
        )
    for label in [*left_out][::-1]:  # a part that was left out before the one that mattered
        trial = [*layers, *parts[label]]
        if calibration.keeps(min_psnr, calibration.quantize(trial)):
            layers = trial
            del left_out[label]
    sums: list[str] = []
    for stage in ("stage4", "stage3", "stage2", "stage1"):
        trial = sums + [name for name in layers if name.startswith(f"painter.{stage}.") and name.endswith(".reduce")]
        if calibration.keeps(min_psnr, calibration.quantize(layers, trial)):
            sums = trial
    return calibration.quantize(layers, sums), left_out


def prove(
    bundle: Bundle, quantization: Quantization, cases: Sequence[ProofCase], min_psnr: float
) -> list[PictureDifference]:
    """Compare int8 with fp32, packed as it is run.

    Raises:
        ModelError: Names the worst picture.
    """
    plan = Plan.usual("int8")
    with (
        OpenVinoBackend(bundle, "fp32") as full,
        OpenVinoBackend(bundle, "int8", plan=plan, quantization=quantization) as small,
    ):
        comparisons = [
            compare_pictures(case, *(way.paint(way.encode(case.line_art), case.hint_map) for way in (small, full)))
            for case in cases
        ]
    for found in comparisons:
        if not (found.psnr >= min_psnr and found.p99_ciede2000 <= MAX_P99):
            raise ModelError(
                f"int8: {found.image} comes out at {found.psnr:.1f} dB PSNR from fp32 and CIEDE2000 "
                f"{found.p99_ciede2000:.2f} at the 99th percentile, expected at least {min_psnr:g} and at most "
                f"{MAX_P99:g}; nothing was written; give other line art with --verify-images"
            )
    return comparisons
