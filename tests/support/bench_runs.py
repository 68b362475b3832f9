"""A result of `pts bench` with known numbers, for the tests of its reports."""

import functools
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from paintstorch_sdk.bench import summary
from paintstorch_sdk.bench.floor import Work, find_floor
from paintstorch_sdk.bench.result import (
    Accuracy,
    Ceiling,
    ColdStart,
    MeasuredModel,
    Noise,
    Probe,
    Result,
    Row,
    Server,
    Speedup,
    WarmUp,
)
from paintstorch_sdk.bench.timing import Interval, TimeSamples, estimate_ratio

HOSTILE = "</script><img src=x onerror=alert(1)>|`&<!--"
# title -> (seconds, PSNR): round numbers, in no order
WAYS = {
    ("eager", "fp32"): (0.400, 200.0),
    ("published", "fp32"): (0.600, 121.0),
    ("openvino", "bf16"): (0.100, 58.0),
    ("openvino", "fp32"): (0.200, 122.0),
    ("onnxruntime", "fp32"): (0.250, 120.0),
}


def samples(seconds: float, seed: int = 0, rounds: int = 4, count: int = 12, spread: float = 0.02) -> TimeSamples:
    """Log-normal durations around a median."""
    rng = np.random.default_rng([seed, round(seconds * 1e6)])
    return TimeSamples.of((seconds * np.exp(spread * rng.standard_normal((rounds, count)))).tolist())


@functools.cache
def ceilings() -> tuple[Ceiling, ...]:
    def one(what: str, by: str, precision: str, unit: Literal["FLOP/s", "B/s"], work: float, seconds: float) -> Ceiling:
        taken = samples(seconds)
        shape = "128 channels, 128 x 128"
        return Ceiling(what, by, "cpu", precision, shape, unit, taken.interval().inverse().scaled(work), taken)

    return (
        one("convolution", "torch", "fp32", "FLOP/s", 3e9, 0.01),
        one("convolution", "openvino", "bf16", "FLOP/s", 9e9, 0.01),
        one("matrix product", "torch", "fp32", "FLOP/s", 4e9, 0.01),
        one("copy", "numpy", "", "B/s", 1e8, 0.01),
    )


@functools.cache
def measured(precision: str, seconds: float, batch: int) -> Any:
    """Samples, and what is told of them."""
    taken = samples(seconds * batch, batch)
    against = estimate_ratio(samples(0.4 * batch, batch), taken)
    least = find_floor(Work(4e10 * batch, 5e7 * batch), taken, ceilings(), "cpu", precision)
    return taken, summary.make_percentiles(taken), taken.mean().inverse().scaled(batch), against, least


def a_row(
    backend: str = "openvino",
    precision: str = "bf16",
    seconds: float = 0.1,
    psnr: float = 58.0,
    scenario: str = "single-stream",
    batch: int = 1,
    **changes: Any,
) -> Row:
    """A row that ran."""
    taken, latency, images, speedup, least = measured(precision, seconds, batch)
    values = {
        "backend": backend,
        "device": "cpu",
        "precision": precision,
        "model": "default",
        "width": 32,
        "size": (512, 512),
        "batch": batch,
        "scenario": scenario,
        "how": "encoder and painter",
        "status": "ok",
        "version": "1.2",
        "pictures": batch,
        "samples": taken,
        "latency": {} if scenario == "offline" else latency,
        "images_per_second": images,
        "speedup": Speedup(speedup.value, speedup.low, speedup.high, speedup.excludes(1.0), "eager fp32"),
        "cold_start": ColdStart(0.1, 0.2, 0.05, 0.3, 1.5 * seconds),
        "warm_up": WarmUp(6, True),
        "peak_rss_bytes": 300 * 2**20,
        "disk_bytes": 13 * 2**20,
        "accuracy": Accuracy(3, psnr, 0.0 if psnr == 200 else 10 ** (-psnr / 20), 0.1, 0.4, "at least 40 dB"),
        "floor": least,
    }
    return Row(**{**values, **changes})


def absent(backend: str, status: str, reason: str, **changes: Any) -> Row:
    """A row that did not run."""
    empty: dict[str, Any] = {
        "samples": None,
        "latency": {},
        "images_per_second": None,
        "speedup": None,
        "cold_start": None,
    }
    empty |= {"warm_up": None, "peak_rss_bytes": None, "disk_bytes": None, "accuracy": None, "floor": None}
    return a_row(backend, "fp16", status=status, reason=reason, **empty, **changes)


def rows(scenario: str = "single-stream", batches: Sequence[int] = (1, 2, 4), **changes: Any) -> list[Row]:
    """Every way in every batch."""
    return [
        a_row(backend, precision, seconds, psnr, scenario, batch, **changes)
        for batch in batches
        for (backend, precision), (seconds, psnr) in WAYS.items()
    ]


def served(target: float = 0.5) -> list[Row]:
    """Rows of the server scenario."""
    found = []
    for row in rows("server", (1,)):
        assert row.samples is not None
        seconds = row.samples.median
        probes = tuple(Probe(r / seconds, 200, seconds / (1 - r), seconds / (1 - r) <= target) for r in (0.3, 0.6, 0.9))
        held = max((p.rate for p in probes if p.held), default=0.0)
        lost = min((p.rate for p in probes if not p.held), default=1 / seconds)
        server = Server(target, 0, 200, held, lost, probes)
        found.append(msgspec.structs.replace(row, server=server, images_per_second=Interval(held, held, lost)))
    return found


def a_result(*chosen: Any, **changes: Any) -> Result:
    """A whole result; of all scenarios, where no rows are given."""
    if not chosen:
        chosen = (
            *rows(),
            absent("tensorrt", "cannot run", "needs a CUDA device: install a driver", device="cuda"),
            absent("compiled", "failed", "wrong pixels: expected at least 40 dB, received 12.3 dB"),
            *rows("interactive", (1,)),
            *rows("offline", (1, 4)),
            *served(),
        )
    values = {
        "command": "pts bench --duration 20",
        "date": "2026-01-02T03:04+00:00",
        "complete": True,
        "options": {"duration": 20.0},
        "threads": 2,
        "affinity": (0, 1, 3),
        "environment": {
            "cpu": "A processor",
            "instructions": ["avx2", "avx512_bf16"],
            "virtual": True,
            "cores": 2,
            "memory_bytes": 2**34,
            "gpu": None,
            "system": "Linux 6.1 x86_64",
            "python": "CPython 3.12",
            "versions": {"numpy": "2.0", "openvino": "2026.4"},
            "revision": "0123456789ab+",
            "flags": {"OMP_NUM_THREADS": "2"},
        },
        "models": {
            "default": MeasuredModel(
                "default", 32, 32, 13 * 2**20, "ab" * 32, {"encoder": 1e10, "painter": 3e10}, False
            )
        },
        "noise": Noise(61.0, 0.4, 0.01, 0.0, (2400.0, 3100.0), 0.012, ()),
        "ceilings": ceilings(),
        "rows": tuple(chosen),
    }
    return Result(**{**values, **changes})
