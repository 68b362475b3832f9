"""One `pts bench`: runs its plan block by block and returns a `Result`.

A block is one scenario with one model at one size and batch: all ways of running it take turns in it, each in a
fresh process of its own. The ceilings of the machine are measured in the first block's turns.
"""

import datetime
import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import structs

from paintstorch_sdk.bundle import DEFAULT, MANIFEST, Bundle, sha256
from paintstorch_sdk.errors import InputError, PaintsTorchError
from paintstorch_sdk.machine import count_threads

from . import machine, summary
from .cases import ceilings as ceilings_case
from .cases import scenarios
from .cases.scenarios import Setting
from .floor import Work, count_flops, count_work
from .load import Load
from .process import Process, Subject, SubjectError, list_cores
from .result import Ceiling, MeasuredModel, Result, Row, Scenario, SubjectOutcome
from .rounds import UNMEASURED, Interrupted, Say, time_in_rounds
from .ways import ONE_GRAPH, PUBLISHED, PUBLISHED_SIDE, Way

CEILING_SECONDS = 0.1  # of each call in each round


@dataclass(frozen=True)
class BenchPlan:
    """A measurement as it was asked for.

    Attributes:
        ways: Ways that are compared; the references first, see `ways.select_ways`.
        models: Names or folders of bundles.
        widths: Widths of models with random weights.
        sizes: (width, height) of the pictures.
        batches: Pictures that run through the network together.
        scenarios: Some of `result.SCENARIOS`.
        duration: Seconds of samples of each row; of each rate that the server scenario tries.
        rounds: Rounds that they are spread over.
        threads: Threads of each runtime.
        frames: Files in the folder of the offline scenario.
        target: Seconds within which 99 % of a server's answers have to be.
        cuda: Measure the ceilings of the CUDA device, too.
        options: Options as they were given, for the record.
        command: Command that asks for this, for the record.
    """

    ways: Sequence[Way]
    models: Sequence[str] = (DEFAULT,)
    widths: Sequence[int] = ()
    sizes: Sequence[tuple[int, int]] = ((512, 512),)
    batches: Sequence[int] = (1,)
    scenarios: Sequence[Scenario] = ("single-stream",)
    duration: float = 4.0
    rounds: int = 6
    threads: int = field(default_factory=count_threads)
    frames: int = 12
    target: float = 1.0
    cuda: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    command: str = "pts bench"


@dataclass(frozen=True)
class BenchBlock:
    """Rows that are measured in the same turns."""

    scenario: Scenario
    model: str
    size: tuple[int, int]
    batch: int

    @property
    def title(self) -> str:
        """Name of the block's case."""
        return f"{self.scenario}, {self.model}, {self.size[0]} x {self.size[1]}, batch {self.batch}"


class Measurement:
    """A plan on its way to a result: whatever interrupts it, `run` returns what was measured until then.

    Args:
        plan: What is asked.
        say: Told what is going on.
    """

    def __init__(self, plan: BenchPlan, say: Say = lambda line: None) -> None:
        self._plan, self._say = plan, say
        self._models: dict[str, _ReadyModel] = {}
        self._outcomes: list[tuple[BenchBlock, SubjectOutcome, Way]] = []
        self._ceilings: tuple[Ceiling, ...] = ()
        self._clocks: list[float] = []
        self._throttled: set[str] = set()
        self._interrupted = False

    def run(self) -> Result:
        """Measure. Ctrl-C ends it early.

        Raises:
            ModelError: A bundle cannot be opened.
            InputError: Two models have the same name.
            PaintsTorchError: A model of random weights cannot be made: what is missing.
        """
        began = datetime.datetime.now(datetime.UTC)
        with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder, machine.watch_noise() as noise:
            try:
                self._prepare(Path(folder))
                blocks = self.blocks(list(self._models))
                for number, block in enumerate(blocks):
                    self._say(f"{block.title} ({number + 1} of {len(blocks)})")
                    self._measure(block, first=number == 0)
            except KeyboardInterrupt:
                self._interrupted = True
            models = {name: ready.model for name, ready in self._models.items()}
            rows = tuple(self._rows())
            drift = summary.measure_drift([ceiling for ceiling in self._ceilings if ceiling.device == "cpu"])
        return Result(
            command=self._plan.command,
            date=began.isoformat(timespec="seconds"),
            complete=not self._interrupted,
            options=dict(self._plan.options),
            threads=self._plan.threads,
            affinity=tuple(list_cores(self._plan.threads)),
            environment=machine.describe_environment(),
            models=models,
            noise=machine.judge_noise(noise, self._clocks, drift, sorted(self._throttled)),
            ceilings=self._ceilings,
            rows=rows,
        )

    def blocks(self, models: Sequence[str]) -> list[BenchBlock]:
        """The blocks in the order in which they are measured; a Canvas has no batch."""
        plan = self._plan
        found = [
            BenchBlock(scenario, model, size, 1 if scenario == "interactive" else batch)
            for model, scenario, size, batch in itertools.product(models, plan.scenarios, plan.sizes, plan.batches)
        ]
        return list(dict.fromkeys(found))

    def _prepare(self, folder: Path) -> None:
        """The models that are asked for, those of random weights among them, and their one graph."""
        for name in self._plan.models:
            bundle = Bundle.open(name)
            if bundle.name in self._models:
                raise InputError(f"models: expected different names, received {bundle.name} twice")
            self._models[bundle.name] = _ReadyModel(bundle, describe_model(bundle, random=False))
        for width in self._plan.widths:
            self._say(f"making a model of width {width} with random weights")
            path = folder / f"random-w{width}"
            options = {"width": width, "feature_width": width, "folder": path, "working_size": 512}
            try:
                self._apart("write_random_bundle", options)
            except SubjectError as error:
                raise PaintsTorchError(f"a model of width {width} cannot be made: {error}") from error
            bundle = Bundle.open(path)
            self._models[bundle.name] = _ReadyModel(bundle, describe_model(bundle, random=True))
        if any(way.backend == ONE_GRAPH for way in self._plan.ways):
            for number, ready in enumerate(self._models.values()):
                self._say("exporting the network as one graph, as the peers run it")
                graph = folder / f"whole{number}.onnx"
                try:
                    self._apart("write_one_graph", {"model": ready.bundle.path, "out": graph})
                except SubjectError as error:
                    ready.whole = f"the one graph cannot be exported: {str(error).removeprefix('write_one_graph: ')}"
                else:
                    ready.whole = graph

    def _apart(self, function: str, options: dict[str, Any]) -> None:
        """Run a function of `models` in a process that ends."""
        subject = Subject("models", function, f"paintstorch_sdk.bench.models:{function}", options)
        with Process(subject, self._plan.threads):
            pass

    def _measure(self, block: BenchBlock, first: bool) -> None:
        plan, setting = self._plan, self._setting(block)
        subjects = [scenarios.make_subject(block.title, way, setting) for way in plan.ways]
        control = self._control() if first else []
        load = Load(plan.target, plan.duration, block.batch) if block.scenario == "server" else None
        options: dict[str, Any] = {"threads": plan.threads, "rounds": plan.rounds, "say": self._say}
        options |= {"warm_seconds": max(2.0, plan.duration), "most": 1000, "between": self._look}
        outcomes: list[SubjectOutcome] = []
        try:
            if load:
                if control:
                    self._ceilings = summary.make_ceilings(time_in_rounds(control, seconds=CEILING_SECONDS, **options))
                outcomes = time_in_rounds(subjects, seconds=0, load=load, **options)
            else:
                outcomes = time_in_rounds([*subjects, *control], seconds=plan.duration / plan.rounds, **options)
        except Interrupted as interrupted:
            outcomes = interrupted.outcomes
            raise KeyboardInterrupt from None
        finally:
            self._ceilings = self._ceilings or summary.make_ceilings(outcomes[len(subjects) :])
            measured = zip(outcomes, plan.ways, strict=False)
            for outcome, way in measured:
                if outcome.error != UNMEASURED:
                    self._outcomes.append((block, self._name_model(outcome, block.model), way))

    def _name_model(self, outcome: SubjectOutcome, name: str) -> SubjectOutcome:
        """The outcome; a model of random weights by its name, as its folder is gone when the result is read."""
        ready = self._models[name]
        error = outcome.error.replace(str(ready.bundle.path), name) if ready.model.random else outcome.error
        return structs.replace(outcome, error=error)

    def _control(self) -> list[Subject]:
        """The ceilings of what is measured."""
        ways = self._plan.ways
        libraries = {"torch"} | {way.backend for way in ways} & {"openvino"}
        return ceilings_case.list_subjects({way.precision for way in ways}, libraries, self._plan.cuda, CEILING_SECONDS)

    def _setting(self, block: BenchBlock) -> Setting:
        ready, plan = self._models[block.model], self._plan
        return Setting(block.scenario, ready.bundle.path, ready.whole, block.size, block.batch, plan.frames)

    def _look(self) -> None:
        """Read the clocks, before each round."""
        self._clocks += machine.read_clocks()
        if self._plan.cuda:
            self._throttled |= set(machine.find_throttling())

    def _rows(self) -> Iterator[Row]:
        for block, outcome, way in self._outcomes:
            ready = self._models[block.model]
            references = {
                other.device: o for b, o, other in self._outcomes if b == block and other.is_reference and o.samples
            }
            yield summary.make_row(
                way,
                self._setting(block),
                (block.model, ready.bundle.width),
                outcome,
                references.get(way.device, references.get("cpu")),
                self._work(block, way),
                self._ceilings,
            )

    def _work(self, block: BenchBlock, way: Way) -> Work | None:
        """Work of one sample that is nothing but the network."""
        if block.scenario in ("offline", "server"):
            return None
        size = (PUBLISHED_SIDE, PUBLISHED_SIDE) if way.backend == PUBLISHED else block.size
        try:
            bundle = self._models[block.model].bundle
            return count_work(bundle, size, block.batch, way.precision, block.scenario == "interactive")
        except ImportError:
            return None


@dataclass
class _ReadyModel:
    bundle: Bundle
    model: MeasuredModel
    whole: Path | str = "the one graph was not exported"


def describe_model(bundle: Bundle, random: bool) -> MeasuredModel:
    """The identity of a bundle, with its operations where onnx is installed to count them."""
    try:
        operations = count_flops(bundle)
    except ImportError:
        operations = {}
    manifest = sha256(bundle.path / MANIFEST)
    return MeasuredModel(bundle.name, bundle.width, bundle.feature_width, bundle.bytes, manifest, operations, random)
