"""The operators that have to stay in fp32, found by measuring on line art."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from paintstorch_sdk.bundle import ENCODER, PAINTER, WEIGHTS
from paintstorch_sdk.imaging.metrics import psnr

from ..cost import NodeCost, half_share, node_costs
from .half import round_graph, to_half
from .proof import ProofCase, open_runner

MARGIN = 10.0  # dB above the threshold: line art that was not measured may come out worse
MAX_SHARE = 0.01  # of the operations: a larger part of the network is no candidate for fp32
MIN_HALF = 0.95  # of the operations, in fp16
REFERENCE = 512  # side in pixels at which operations are counted

Models = Mapping[str, onnx.ModelProto]


@dataclass
class Choice:
    """The result of the calibration.

    Attributes:
        full: The nodes that stay in fp32, by graph.
        psnr: dB of the worst line art with that choice.
        gains: dB that each candidate part wins when it alone stays in fp32; empty if all-fp16 was good enough.
    """

    full: dict[str, list[str]]
    psnr: float
    gains: dict[str, float] = field(default_factory=dict)


class Calibration:
    """Paints the same line art with different parts of the network in fp16.

    Args:
        folder: The folder of the bundle with the fp32 graphs.
        cases: Line art with hints; for G2, with pictures.
        graphs: Encoder and painter, or G2 alone.
    """

    def __init__(self, folder: Path, cases: Sequence[ProofCase], graphs: Sequence[str] = (ENCODER, PAINTER)) -> None:
        self.folder = folder
        self.cases = cases
        self.models: Models = {name: onnx.load(str(folder / name), load_external_data=False) for name in graphs}
        self.network = open_runner([folder / name for name in graphs])
        self.exact = [self.network(case) for case in cases]

    def paint(self, halves: Models) -> list[NDArray[np.float32]]:
        """Paint all cases with fp16 graphs, every fp16 result rounded."""
        with tempfile.TemporaryDirectory(prefix="paintstorch-") as temporary:
            # ONNX Runtime reads weights only from beside the graph, and follows no link out of there.
            Path(temporary, WEIGHTS).write_bytes((self.folder / WEIGHTS).read_bytes())
            paths = []
            for name, half in halves.items():
                paths.append(Path(temporary, name))
                paths[-1].write_bytes(round_graph(half).SerializeToString())
            network = open_runner(paths)
            return [network(case) for case in self.cases]

    def measure(self, full: Mapping[str, Sequence[str]]) -> float:
        """PSNR in dB of the worst case with these nodes in fp32; -200 where it is not a number."""
        halves = {name: to_half(model, full.get(name, ())) for name, model in self.models.items()}
        ratios = [psnr(painted, exact, peak=2.0) for painted, exact in zip(self.paint(halves), self.exact, strict=True)]
        worst = float(np.min(ratios))
        return -200.0 if np.isnan(worst) else min(worst, 200.0)

    def gains(self) -> dict[str, float]:
        """dB won by each candidate part when it alone stays in fp32."""
        base = self.measure({})
        return {label: round(self.measure({graph: nodes}) - base, 2) for graph, label, nodes in self.candidates()}

    def candidates(self) -> Iterator[tuple[str, str, list[str]]]:
        """Parts of the network small enough to stay in fp32: graph, label, nodes."""
        costs = {name: node_costs(model, 1, REFERENCE, REFERENCE) for name, model in self.models.items()}
        total = sum(c.operations for found in costs.values() for c in found)
        for graph, found in costs.items():
            parts: dict[str, list[NodeCost]] = {}
            for cost in found:
                residual = cost.operator == "Add" and cost.stage.startswith("stage")
                layer = cost.part if cost.stage == "features" else cost.stage
                parts.setdefault(f"{layer} sums" if residual else layer, []).append(cost)
            for label, part in parts.items():
                if sum(c.operations for c in part) <= MAX_SHARE * total:
                    yield graph, f"{graph.removesuffix('.onnx')} {label}", [c.name for c in part]

    def share(self, full: Mapping[str, Sequence[str]]) -> float:
        """Part of the whole network's operations that is in fp16 with these nodes in fp32."""
        costs: list[NodeCost] = []
        for name, model in self.models.items():
            costs += node_costs(to_half(model, full.get(name, ())), 1, REFERENCE, REFERENCE)
        return half_share(costs)


def choose_precision(calibration: Calibration, min_psnr: float) -> Choice:
    """Keep as little in fp32 as the threshold, with a margin, allows; nothing where all-fp16 reaches it."""
    full: dict[str, list[str]] = {name: [] for name in calibration.models}
    choice = Choice(full, calibration.measure(full))
    if choice.psnr >= min_psnr + MARGIN:
        return choice
    parts = {label: (graph, nodes) for graph, label, nodes in calibration.candidates()}
    choice.gains = calibration.gains()
    for label in sorted(parts, key=lambda name: -choice.gains[name]):
        graph, nodes = parts[label]
        trial: dict[str, list[str]] = full | {graph: full[graph] + nodes}
        if calibration.share(trial) < MIN_HALF:
            continue
        reached = calibration.measure(trial)
        if reached > choice.psnr:
            full, choice.full, choice.psnr = trial, trial, reached
        if choice.psnr >= min_psnr + MARGIN:
            break
    return choice


def summarize_choice(models: Models, halves: Models, choice: Choice) -> dict[str, Any]:
    """For the manifest: share of fp16, what is not, and the graphs' sizes."""
    costs = [c for half in halves.values() for c in node_costs(half, 1, REFERENCE, REFERENCE)]
    return {
        "share_of_operations": round(half_share(costs), 6),
        "fp32_nodes": {name: nodes for name, nodes in choice.full.items() if nodes},
        "fp32_gains_db": choice.gains,
        "nodes": {
            name: {"fp32_graph": len(models[name].graph.node), "fp16_graph": len(half.graph.node)}
            for name, half in halves.items()
        },
    }
