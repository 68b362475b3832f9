"""A measurement on one machine: raw samples, and all that one must know to believe them. One schema, one file."""

import math
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import read_at_most, write_file

from .timing import Interval, TimeSamples

KIND, VERSION = "pts bench", 2
MAX_BYTES = 2**28  # of a file
EQUAL = 200.0  # decibels that stand for equality
DIGITS = 6  # significant digits of a saved number: a duration of 1 s to the microsecond
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99.9": 99.9}

Key = tuple[str, str, str, str, str, str, int]  # scenario, model, size, backend, device, precision, batch
Status = Literal["ok", "failed", "cannot run"]
Scenario = Literal["single-stream", "interactive", "offline", "server"]
SCENARIOS: tuple[Scenario, ...] = ("single-stream", "interactive", "offline", "server")


class Percentile(Interval, frozen=True):
    """Percentile of the latency in seconds, linear between the two nearest samples, with its 95 % bootstrap interval.

    Attributes:
        enough: At least one sample in expectation lies above it; else it says no more than the largest sample does.
    """

    enough: bool


class Speedup(Interval, frozen=True):
    """How many times faster than eager fp32 on the same device: the ratio of the median durations, or of the rates.

    Attributes:
        significant: The interval leaves out 1.
        against: `Row.title` of the reference.
    """

    significant: bool
    against: str


class ColdStart(Struct, frozen=True):
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


class WarmUp(Struct, frozen=True):
    """Calls before anything counted.

    Attributes:
        calls: Their number.
        stable: Whether their times settled.
    """

    calls: int
    stable: bool


class Accuracy(Struct, frozen=True):
    """How far the network's colors are from the reference's (eager fp32), over real line art.

    Attributes:
        pictures: Number of pictures.
        psnr: Decibels of all pictures together, colors in [-1, 1]; 200 where they are equal.
        max_difference: Largest difference of a color in [-1, 1].
        ciede2000_mean: Mean color difference of the pictures as uint8.
        ciede2000_p99: 99th percentile of the same.
        limit: Limit that it had to hold, in words; "" where another picture is expected (the published way squashes).
    """

    pictures: int
    psnr: float
    max_difference: float
    ciede2000_mean: float
    ciede2000_p99: float
    limit: str


class Floor(Struct, frozen=True):
    """The time that the machine's measured ceilings allow, for one sample of the row.

    Attributes:
        flops: Floating-point operations of a sample.
        bytes: Bytes that must cross the memory at least: weights, inputs and colors, once.
        compute_seconds: Time of `flops` at the fastest convolution of this precision and device.
        memory_seconds: Time of `bytes` at the rate of copying.
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


class Probe(Struct, frozen=True):
    """One rate that the server scenario tried.

    Attributes:
        rate: Requests a second, Poisson arrivals.
        requests: Number of requests that were served before the outcome was clear.
        p99: 99th percentile of their latencies, seconds.
        held: At most 1 % of all requests took longer than the target.
    """

    rate: float
    requests: int
    p99: float
    held: bool


class Server(Struct, frozen=True):
    """The highest rate of Poisson arrivals whose p99 stays within a target, by bisection.

    Attributes:
        target: Target of the p99, seconds.
        seed: Seed of the arrivals.
        requests: Requests of each probe.
        rate: Highest rate that held, requests a second; 0 where none did.
        failed_rate: Lowest rate that did not hold.
        probes: Rates in the order in which they were tried.
    """

    target: float
    seed: int
    requests: int
    rate: float
    failed_rate: float
    probes: tuple[Probe, ...]


class Row(Struct, frozen=True):
    """One backend in one precision, at one size and batch, in one scenario.

    Attributes:
        backend: "eager", "compiled", "published", "onnxruntime", "onnxruntime-whole", "openvino", "tensorrt", ...
        device: "cpu" or "cuda".
        precision: "fp32", "bf16" or "fp16".
        model: Name of the model, a key of `Result.models`.
        width: Width of its generator.
        size: (width, height) of the pictures, pixels.
        batch: Pictures that run through the network together.
        scenario: What a sample is: single-stream, one run of the network on `batch` pictures in memory;
            interactive, one more stroke on a Canvas, to a picture in memory; offline, a folder of `pictures` files
            from PNG to PNG; server, one request from its arrival to its picture.
        how: How the network is run, in words.
        status: "failed" is what ran and broke, or painted wrong pixels; "cannot run" is what this machine lacks.
        reason: Why it is not "ok", one line.
        version: Version of the runtime library.
        pictures: Pictures in one sample.
        samples: Raw durations, seconds, by round; None where the status is not "ok".
        parts: Raw durations of a part of each sample: "encoder", "painter", "network", "device" (GPU events).
        latency: Percentiles by the names in `PERCENTILES`; empty in the offline scenario.
        images_per_second: Pictures over the mean duration; of the server scenario, the rate that held, up to the
            one that did not.
        speedup: Ratio to eager fp32; None where that did not run.
        cold_start: None where it never ran.
        warm_up: None where it never ran.
        peak_rss_bytes: Most memory of its process; None where the system does not say.
        peak_vram_bytes: Most memory of its process on the GPU; None without one.
        disk_bytes: Bytes of the model's files that it reads.
        accuracy: None where there is nothing to compare with.
        floor: None where FLOPs or ceiling are not known; and in the server and offline scenarios.
        server: Outcome of the server scenario.
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
    samples: TimeSamples | None = None
    parts: dict[str, TimeSamples] = {}
    latency: dict[str, Percentile] = {}
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
        """Name of the way: "openvino bf16", and the device where it is not the processor."""
        return f"{self.backend} {self.precision}" + ("" if self.device == "cpu" else f" {self.device}")

    @property
    def key(self) -> Key:
        """Identity among the rows of a result; the same row of another result has the same key."""
        size = f"{self.size[0]}x{self.size[1]}"
        return self.scenario, self.model, size, self.backend, self.device, self.precision, self.batch

    @property
    def median(self) -> float | None:
        """Median of the samples, seconds."""
        return None if self.samples is None else self.samples.median


class SubjectOutcome(Struct, frozen=True):
    """The outcome of one subject.

    Attributes:
        case: Case that it belongs to: what was measured.
        subject: Name of what ran, unique in its case.
        samples: TimeSamples by call, or "call/part"; empty where the subject failed.
        facts: The subject's options and peak memory, and what its process told; JSON types.
        error: Why there are no samples, in one line.
        accuracy: Distance of its pixels from those of the case's reference.
        server: Outcome of the server scenario.
    """

    case: str
    subject: str
    samples: dict[str, TimeSamples] = {}
    facts: dict[str, Any] = {}
    error: str = ""
    accuracy: Accuracy | None = None
    server: Server | None = None


class Ceiling(Struct, frozen=True):
    """A rate that the machine reached during the same measurement.

    Attributes:
        what: "matrix product", "convolution" or "copy".
        by: Library whose kernels ran: "torch", "openvino" or "numpy".
        device: "cpu" or "cuda".
        precision: "fp32", "bf16" or "fp16"; "" of copying.
        shape: Shape of the operands, in words.
        unit: "FLOP/s" or "B/s".
        rate: Rate with its interval.
        samples: Raw durations of one call, seconds, by round.
    """

    what: str
    by: str
    device: str
    precision: str
    shape: str
    unit: Literal["FLOP/s", "B/s"]
    rate: Interval
    samples: TimeSamples


class MeasuredModel(Struct, frozen=True):
    """A bundle that was measured.

    Attributes:
        name: Name of the bundle.
        width: Width of its generator.
        feature_width: Width of its feature network.
        bytes: Size of all its files.
        manifest_sha256: Hash of its manifest, which holds those of all other files.
        flops: Operations of the line encoder and the painter for one picture of 512 x 512, where they were counted.
        random: Its weights are random: it is measured for its speed alone.
    """

    name: str
    width: int
    feature_width: int
    bytes: int
    manifest_sha256: str
    flops: dict[str, float]
    random: bool


class Noise(Struct, frozen=True):
    """How quiet the machine was.

    Attributes:
        seconds: Duration of the measurement.
        load_before: Load average over the last minute before it.
        others: Share of the processors' time that other processes had; None where the system does not say.
        steal: Share that other machines on the same hardware had.
        clock_mhz: Lowest and highest clock of a processor seen between rounds; empty where it is not shown.
        drift: How far apart the fastest and the slowest round of the steadiest ceiling were, relative.
        flags: What was less than quiet, in words; none is quiet.
    """

    seconds: float
    load_before: float | None
    others: float | None
    steal: float | None
    clock_mhz: tuple[float, ...]
    drift: float | None
    flags: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """All that was measured by one command on one machine.

    Attributes:
        command: Command that one types for the same.
        date: ISO 8601, UTC, when it began.
        complete: False where Ctrl-C ended it: fewer rounds, or rows that are missing.
        options: Options as they were given, JSON types.
        threads: Threads of each runtime.
        affinity: Processor cores that the runtimes were held to; empty where the system cannot.
        environment: See `machine.describe_environment`: cpu, instructions, virtual, cores, memory_bytes, gpu, system,
            python, versions, revision, flags.
        models: Models by name.
        noise: How quiet the machine was.
        ceilings: What the machine can do.
        rows: What `pts bench` compares, in the order in which they are shown.
        outcomes: What only docs/performance.md tells.
    """

    command: str
    date: str
    environment: dict[str, Any]
    noise: Noise
    threads: int
    complete: bool = True
    options: dict[str, Any] = {}
    affinity: tuple[int, ...] = ()
    models: dict[str, MeasuredModel] = {}
    ceilings: tuple[Ceiling, ...] = ()
    rows: tuple[Row, ...] = ()
    outcomes: tuple[SubjectOutcome, ...] = ()

    def find_row(self, key: Key) -> Row | None:
        """The row of a key, None where there is none."""
        return next((row for row in self.rows if row.key == key), None)


class _Header(Struct):
    kind: str = ""
    version: int = 0


def format_json(result: Result) -> str:
    """A result as JSON, one line for each ceiling, row and outcome."""
    document = {"kind": KIND, "version": VERSION} | _to_json_types(msgspec.structs.asdict(result))
    lists = {name: document.pop(name) for name in ("ceilings", "rows", "outcomes")}
    text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode()[: -len("\n}")]
    for name, items in lists.items():
        lines = ",\n  ".join(msgspec.json.encode(item).decode() for item in items)
        text += f',\n "{name}": [\n  {lines}\n ]' if items else f',\n "{name}": []'
    return text + "\n}\n"


def save(result: Result, path: Path) -> None:
    """Write a result as JSON.

    Raises:
        OutputError: It cannot be written.
    """
    write_file(path, format_json(result))


def load(path: Path) -> Result:
    """Read what `save` wrote.

    Raises:
        InputError: The file cannot be read, is damaged, or has another version of the schema.
    """
    expected = f"{path}: expected a file that pts bench --json wrote"
    try:
        content = read_at_most(path, MAX_BYTES)
        header = msgspec.json.decode(content, type=_Header)
        if (header.kind, header.version) != (KIND, VERSION):
            raise InputError(
                f"{expected}, version {VERSION}, received version {header.version} of {header.kind!r:.40}; measure anew"
            )
        return msgspec.json.decode(content, type=Result)
    except OSError as error:
        raise InputError(f"{expected}: {error.strerror}") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"{expected}: {error}") from error


def _to_json_types(value: Any) -> Any:
    """Structs and containers as JSON types, numbers to `DIGITS` digits; what is not finite is null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        return {str(key): _to_json_types(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json_types(item) for item in value]
    return value
