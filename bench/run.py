"""What one `pts bench` found: every row with its raw samples, and all that one must know to believe it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from .document import decode, encode
from .timing import Interval, Samples

KIND, SCHEMA = "pts bench", 1
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99.9": 99.9}

Key = tuple[str, str, str, str, str, str, int]  # scenario, model, size, backend, device, precision, batch
Status = Literal["ok", "failed", "cannot run"]
Scenario = Literal["single-stream", "interactive", "offline", "server"]
SCENARIOS: tuple[Scenario, ...] = ("single-stream", "interactive", "offline", "server")


@dataclass(frozen=True)
class Percentile:
    """A percentile of the latency, seconds, with the bounds of its 95 % bootstrap interval.

    Attributes:
        value: Linear between the two nearest samples.
        low: Of the interval.
        high: Of the interval.
        enough: At least one sample in expectation lies above it; else it says no more than the largest sample does.
    """

    value: float
    low: float
    high: float
    enough: bool


@dataclass(frozen=True)
class Speedup:
    """How many times faster than eager fp32 on the same device, with its 95 % interval.

    Attributes:
        value: The reference's median duration over this row's; of the server scenario, this rate over its.
        low: Of the interval.
        high: Of the interval.
        significant: The interval leaves out 1.
        against: What it is compared with, as `Row.title`.
    """

    value: float
    low: float
    high: float
    significant: bool
    against: str


@dataclass(frozen=True)
class ColdStart:
    """Seconds from nothing to the first picture, in a fresh process; files in the disk's cache.

    Attributes:
        start: The interpreter, NumPy and this package.
        imports: The runtime library.
        load: The bundle, opened and verified.
        build: The runtime's model made of it.
        first_image: The first call; torch.compile compiles in it.
    """

    start: float
    imports: float
    load: float
    build: float
    first_image: float

    @property
    def total(self) -> float:
        return self.start + self.imports + self.load + self.build + self.first_image


@dataclass(frozen=True)
class WarmUp:
    """Calls before anything counted.

    Attributes:
        calls: How many.
        stable: Whether their times settled.
    """

    calls: int
    stable: bool


@dataclass(frozen=True)
class Accuracy:
    """How far the network's colors are from the reference's (eager fp32), over real line art.

    Attributes:
        pictures: How many.
        psnr: Decibels, of colors in [-1, 1], all pictures together; 200 where they are equal.
        max_difference: Of colors in [-1, 1].
        ciede2000_mean: Of the pictures as uint8.
        ciede2000_p99: Of the pictures as uint8.
        limit: What it had to hold, in words; "" where another picture is expected (the published way squashes).
    """

    pictures: int
    psnr: float
    max_difference: float
    ciede2000_mean: float
    ciede2000_p99: float
    limit: str


@dataclass(frozen=True)
class Floor:
    """The time that the machine's measured ceilings allow, for one sample of the row.

    Attributes:
        flops: Floating-point operations of a sample.
        bytes: That must cross the memory at least: weights, inputs and colors, once.
        compute_seconds: `flops` at the fastest convolution of this precision and device.
        memory_seconds: `bytes` at the rate of copying.
        seconds: The larger of the two.
        bound: Which one that is.
        times: The row's median over `seconds`: 1 is the floor.
    """

    flops: float
    bytes: float
    compute_seconds: float
    memory_seconds: float
    seconds: float
    bound: Literal["compute", "memory"]
    times: Interval


@dataclass(frozen=True)
class Probe:
    """One rate that the server scenario tried.

    Attributes:
        rate: Requests a second, Poisson arrivals.
        requests: That were served before the outcome was clear.
        p99: Of their latencies, seconds.
        held: At most 1 % of all requests took longer than the target.
    """

    rate: float
    requests: int
    p99: float
    held: bool


@dataclass(frozen=True)
class Server:
    """The highest rate of Poisson arrivals whose p99 stays within a target, by bisection.

    Attributes:
        target: Seconds.
        seed: Of the arrivals.
        requests: Of each probe.
        rate: The highest that held, requests a second; 0 where none did.
        failed_rate: The lowest that did not hold.
        probes: In the order in which they were tried.
    """

    target: float
    seed: int
    requests: int
    rate: float
    failed_rate: float
    probes: tuple[Probe, ...]


@dataclass(frozen=True)
class Row:
    """One backend in one precision, at one size and batch, in one scenario.

    Attributes:
        backend: "eager", "compiled", "published", "onnxruntime", "onnxruntime-whole", "openvino", "tensorrt", ...
        device: "cpu" or "cuda".
        precision: "fp32", "bf16" or "fp16".
        model: Name of the model, a key of `Run.models`.
        width: Of its generator.
        size: (width, height) of the pictures, pixels.
        batch: Pictures that run through the network together.
        scenario: What a sample is: single-stream, one run of the network on `batch` pictures in memory;
            interactive, one more stroke on a Canvas, to a picture in memory; offline, a folder of `pictures` files
            from PNG to PNG; server, one request from its arrival to its picture.
        how: In words.
        status: "failed" is what ran and broke, or painted wrong pixels; "cannot run" is what this machine lacks.
        reason: Why it is not "ok", one line.
        version: Of the runtime library.
        pictures: In one sample.
        samples: Raw, seconds, by round; None where the status is not "ok".
        parts: Raw, of a part of each sample: "encoder", "painter", "network", "device" (GPU events).
        latency: By the names in `PERCENTILES`; empty in the offline scenario.
        images_per_second: Pictures over the mean duration; of the server scenario, the rate that held, up to the
            one that did not.
        speedup: Against eager fp32; None where that did not run.
        cold_start: None where it never ran.
        warm_up: None where it never ran.
        peak_rss_bytes: Most memory of its process; None where the system does not say.
        peak_vram_bytes: Of its process on the GPU; None without one.
        disk_bytes: Of the model's files that it reads.
        accuracy: None where there is nothing to compare with.
        floor: None where FLOPs or ceiling are not known; and in the server and offline scenarios.
        server: Of the server scenario.
    """

    backend: str
    device: str
    precision: str
    model: str
    width: int
    size: tuple[int, int]
    batch: int
    scenario: Scenario
    how: str
    status: Status
    reason: str = ""
    version: str = ""
    pictures: int = 1
    samples: Samples | None = None
    parts: Mapping[str, Samples] = field(default_factory=dict)
    latency: Mapping[str, Percentile] = field(default_factory=dict)
    images_per_second: Interval | None = None
    speedup: Speedup | None = None
    cold_start: ColdStart | None = None
    warm_up: WarmUp | None = None
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    disk_bytes: int | None = None
    accuracy: Accuracy | None = None
    floor: Floor | None = None
    server: Server | None = None

    @property
    def title(self) -> str:
        """What ran: "openvino bf16"; the device where it is not the processor."""
        return f"{self.backend} {self.precision}" + ("" if self.device == "cpu" else f" {self.device}")

    @property
    def key(self) -> Key:
        """What tells it from every other row of a run; the same row of another run has the same key."""
        size = f"{self.size[0]}x{self.size[1]}"
        return self.scenario, self.model, size, self.backend, self.device, self.precision, self.batch

    @property
    def median(self) -> float | None:
        """Of the samples, seconds."""
        return None if self.samples is None else self.samples.median


@dataclass(frozen=True)
class Ceiling:
    """A rate that the machine reached in the same run.

    Attributes:
        what: "matrix product", "convolution" or "copy".
        by: Whose kernels: "torch", "openvino" or "numpy".
        device: "cpu" or "cuda".
        precision: "fp32", "bf16" or "fp16"; "" of copying.
        shape: In words.
        unit: "FLOP/s" or "B/s".
        rate: With its interval.
        samples: Raw, seconds of one call, by round.
    """

    what: str
    by: str
    device: str
    precision: str
    shape: str
    unit: Literal["FLOP/s", "B/s"]
    rate: Interval
    samples: Samples


@dataclass(frozen=True)
class Model:
    """A bundle that was measured.

    Attributes:
        name: Of the bundle.
        width: Of its generator.
        feature_width: Of its features.
        bytes: Of all its files.
        manifest_sha256: Its hash: the manifest holds those of all other files.
        flops: Of the line encoder and the painter for one picture of 512 x 512, where they could be counted.
        random: Its weights are random: for its speed alone.
    """

    name: str
    width: int
    feature_width: int
    bytes: int
    manifest_sha256: str
    flops: Mapping[str, float]
    random: bool


@dataclass(frozen=True)
class Noise:
    """How quiet the machine was.

    Attributes:
        seconds: That the run took.
        load_before: Load average over the last minute before it.
        others: Share of the processors' time that other processes had; None where the system does not say.
        steal: Share that other machines on the same hardware had.
        clock_mhz: Lowest and highest clock of a processor seen between rounds; empty where it is not shown.
        drift: How far apart the fastest and the slowest round of the steadiest ceiling were, relative.
        flags: What makes the run less than quiet, in words; none is quiet.
    """

    seconds: float
    load_before: float | None
    others: float | None
    steal: float | None
    clock_mhz: tuple[float, ...]
    drift: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One `pts bench` on one machine.

    Attributes:
        command: What one types for the same.
        date: ISO 8601, UTC, when it began.
        complete: False where Ctrl-C ended it: fewer rounds, or rows that are missing.
        options: As they were given, JSON types.
        threads: Of each runtime.
        affinity: Processor cores that the runtimes were held to; empty where the system cannot.
        environment: See `machine.environment`: cpu, instructions, virtual, cores, memory_bytes, gpu, system, python,
            versions, revision, flags.
        models: By name.
        noise: How quiet it was.
        ceilings: What the machine can do.
        rows: In the order in which they are shown.
    """

    command: str
    date: str
    complete: bool
    options: Mapping[str, Any]
    threads: int
    affinity: tuple[int, ...]
    environment: Mapping[str, Any]
    models: Mapping[str, Model]
    noise: Noise
    ceilings: tuple[Ceiling, ...]
    rows: tuple[Row, ...]

    def row(self, key: Key) -> Row | None:
        """The row of a key, None where there is none."""
        return next((row for row in self.rows if row.key == key), None)


def text(run: Run) -> str:
    """A run as JSON, one line for each row and each ceiling."""
    document: dict[str, Any] = {"kind": KIND, "schema": SCHEMA} | {
        f.name: encode(getattr(run, f.name)) for f in fields(run)
    }
    lists = {name: document.pop(name) for name in ("ceilings", "rows")}
    written = json.dumps(document, indent=1, allow_nan=False)[: -len("\n}")]
    for name, items in lists.items():
        lines = ",\n  ".join(json.dumps(item, allow_nan=False) for item in items)
        written += f',\n "{name}": [\n  {lines}\n ]'
    return written + "\n}\n"


def save(run: Run, path: Path) -> None:
    """Write a run as JSON.

    Raises:
        OutputError: It cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(text(run), "utf-8")


def load(path: Path) -> Run:
    """Read what `save` wrote.

    Raises:
        InputError: It is none of ours, or of another version.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document, dict) or (document.get("kind"), document.get("schema")) != (KIND, SCHEMA):
            raise ValueError(f"no {KIND!r} of schema {SCHEMA}")
        run: Run = decode(Run, document)
    except OSError as error:
        raise InputError(f"{path}: expected a file that pts bench --json wrote: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected a file that pts bench --json wrote: {error}") from error
    return run
