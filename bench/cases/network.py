"""The network alone, tensors in and tensors out: every way of running it on this machine's processor."""

import time
from pathlib import Path
from typing import Any

from paintstorch_sdk.backends import BACKENDS, open_backend, probe
from paintstorch_sdk.backends.base import Precision
from paintstorch_sdk.bench.process import Opened, Subject
from paintstorch_sdk.bundle import Bundle

from .sheet import FloatTensor, tensors

PUBLISHED = "published way"
CALL = "picture"
_HERE = "paintstorch_sdk.bench.cases.network"


def table(width: int) -> str:
    """Name of the table for networks of a width."""
    return f"network, width {width}"


def width(table: str) -> int:
    """The width that a table is named for."""
    return int(table.split()[-1])


def subjects(case: str, model: Path, whole: Path, size: tuple[int, int]) -> list[Subject]:
    """Every way of running a bundle on the CPU, the published one first.

    Args:
        case: Name of the table.
        model: The bundle.
        whole: The same networks as one ONNX graph.
        size: (width, height) of the pictures, multiples of 32.
    """
    common = {"size": size}
    found = [
        Subject(
            case,
            PUBLISHED,
            f"{_HERE}:published",
            {**common, "model": model},
            {**common, "precision": "fp32", "how": "torch eager, NCHW, unsplit, features in each call"},
        )
    ]
    for precision in ("fp32", "bf16"):
        found.append(
            Subject(
                case,
                f"eager {precision} NCHW",
                f"{_HERE}:eager_nchw",
                {**common, "model": model, "precision": precision},
                {**common, "precision": precision, "how": "torch eager, split"},
            )
        )
    for backend in reversed(BACKENDS):
        for precision in ("fp32", "bf16"):
            if backend == "onnxruntime" and precision == "bf16":
                continue  # its CPU provider computes in fp32 alone
            how = "torch eager, channels_last, split" if backend == "eager" else "split"
            found.append(
                Subject(
                    case,
                    f"{backend} {precision}",
                    f"{_HERE}:backend",
                    {**common, "model": model, "name": backend, "precision": precision},
                    {**common, "precision": precision, "how": how},
                )
            )
        if backend == "onnxruntime":
            found.append(
                Subject(
                    case,
                    "onnxruntime fp32, one graph",
                    f"{_HERE}:one_graph",
                    {**common, "whole": whole},
                    {**common, "precision": "fp32", "how": "unsplit, as torch.onnx.export writes it"},
                )
            )
    return found


def backend(model: Path, name: str, precision: Precision, size: tuple[int, int], threads: int) -> Opened:
    """One of the SDK's backends."""
    line_art, hints = tensors(*size)
    opened = open_backend(Bundle.open(model), name, precision, "cpu", threads)
    facts = {"version": probe(name).version}

    def picture() -> dict[str, float]:
        begun = time.perf_counter()
        encoded = opened.encode(line_art)
        between = time.perf_counter()
        opened.paint(encoded, hints)
        return {"encoder": between - begun, "painter": time.perf_counter() - between}

    return Opened({CALL: picture}, lambda: opened.paint(opened.encode(line_art), hints), facts)


def published(model: Path, size: tuple[int, int], threads: int) -> Opened:
    """The way in which PaintsTorch's authors run it: the whole network, fp32, contiguous, batch 1, each time anew."""
    import torch

    from paintstorch_sdk.bench.models import Whole, join

    torch.set_num_threads(threads)
    network = Whole(*join(Bundle.open(model)))
    line_art, hints = tensors(*size)

    def picture() -> Any:
        with torch.no_grad():
            return network(torch.from_numpy(line_art), torch.from_numpy(hints)).numpy()

    return Opened({CALL: lambda: _nothing(picture())}, picture, {"version": torch.__version__})


def eager_nchw(model: Path, precision: str, size: tuple[int, int], threads: int) -> Opened:
    """The two networks in torch as the eager backend runs them, but in torch's default memory layout."""
    import torch

    from paintstorch_sdk.bench.models import join
    from paintstorch_sdk.networks.split import split

    torch.set_num_threads(threads)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    encoder, painter = (module.to(dtype) for module in split(*join(Bundle.open(model))))
    line_art, hints = tensors(*size)

    def run() -> tuple[FloatTensor, dict[str, float]]:
        with torch.inference_mode():
            begun = time.perf_counter()
            sums = encoder(torch.from_numpy(line_art).to(dtype))
            between = time.perf_counter()
            colour: FloatTensor = painter(torch.from_numpy(hints).to(dtype), *sums).float().numpy()
            return colour, {"encoder": between - begun, "painter": time.perf_counter() - between}

    return Opened({CALL: lambda: run()[1]}, lambda: run()[0], {"version": torch.__version__})


def one_graph(whole: Path, size: tuple[int, int], threads: int) -> Opened:
    """ONNX Runtime as its manual says: one exported graph, default options."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(whole, options, providers=["CPUExecutionProvider"])
    line_art, hints = tensors(*size)

    def picture() -> Any:
        return session.run(["colour"], {"line_art": line_art, "hints": hints})[0]

    return Opened({CALL: lambda: _nothing(picture())}, picture, {"version": ort.__version__})


def _nothing(result: object) -> None:
    """Drop a result: a call that times no parts returns none."""
