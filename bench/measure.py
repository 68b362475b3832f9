"""One `pts bench`: what is asked, block by block, as a `Run`.

A block is one scenario with one model at one size and batch: all ways of running it take turns in it, each in a
fresh process of its own. The ceilings of the machine are measured in the first block's turns.
"""

import datetime
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paintstorch_sdk.bundle import DEFAULT, Bundle
from paintstorch_sdk.errors import InputError, PaintsTorchError

from . import machine, summary
from .cases import ceilings as ceilings_case
from .cases import scenarios
from .cases.scenarios import Setting
from .floor import Work, flops, work
from .load import Load
from .process import Process, Subject, SubjectError, affinity
from .record import Entry
from .rounds import UNMEASURED, Interrupted, Say, take
from .run import Ceiling, Model, Noise, Run, Scenario
from .ways import ONE_GRAPH, PUBLISHED, PUBLISHED_SIDE, Way

CEILING_SECONDS = 0.1  # of each call in each round
# From what a run is called noisy: changes of the steadiest ceiling, load average a core, share of the highest clock.
NOISY_DRIFT, NOISY_LOAD, NOISY_CLOCK = 0.1, 0.5, 0.9


@dataclass(frozen=True)
class Plan:
    """What is asked.

    Attributes:
        ways: To put side by side; the references first, see `ways.select`.
        models: Names or folders of bundles.
        widths: Of models with random weights.
        sizes: (width, height) of the pictures.
        batches: Pictures that run through the network together.
        scenarios: Of `run.SCENARIOS`.
        duration: Seconds of samples of each row; of each rate that the server scenario tries.
        rounds: That they are spread over.
        threads: Of each runtime.
        frames: Of the folder of the offline scenario.
        target: Seconds within which 99 % of a server's answers have to be.
        cuda: Measure the ceilings of the CUDA device, too.
        disturbed: See `scenarios.Setting`.
        options: As they were given, for the record.
        command: For the record.
    """

    ways: Sequence[Way]
    models: Sequence[str] = (DEFAULT,)
    widths: Sequence[int] = ()
    sizes: Sequence[tuple[int, int]] = ((512, 512),)
    batches: Sequence[int] = (1,)
    scenarios: Sequence[Scenario] = ("single-stream",)
    duration: float = 4.0
    rounds: int = 6
    threads: int = field(default_factory=machine.cores)
    frames: int = 12
    target: float = 1.0
    cuda: bool = False
    disturbed: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    command: str = "pts bench"


@dataclass(frozen=True)
class Block:
    """What is measured in the same turns."""

    scenario: Scenario
    model: str
    size: tuple[int, int]
    batch: int

    @property
    def title(self) -> str:
        """Of the block's case."""
        return f"{self.scenario}, {self.model}, {self.size[0]} x {self.size[1]}, batch {self.batch}"


class Measurement:
    """A plan on its way to a run: whatever interrupts it, `run` is what was measured until then.

    Args:
        plan: What is asked.
        say: Told what is going on.
    """

    def __init__(self, plan: Plan, say: Say = lambda line: None) -> None:
        self._plan, self._say = plan, say
        self._models: dict[str, _Ready] = {}
        self._taken: list[tuple[Block, Entry, Way]] = []
        self._ceilings: tuple[Ceiling, ...] = ()
        self._clocks: list[float] = []
        self._throttled: set[str] = set()
        self._interrupted = False

    def run(self) -> Run:
        """Measure. Ctrl-C ends it early.

        Raises:
            ModelError: A bundle cannot be opened.
            InputError: Two models have the same name.
            PaintsTorchError: A model of random weights cannot be made: what is missing.
        """
        began = datetime.datetime.now(datetime.UTC)
        with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder, machine.watched() as noise:
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
        return Run(
            command=self._plan.command,
            date=began.isoformat(timespec="seconds"),
            complete=not self._interrupted,
            options=self._plan.options,
            threads=self._plan.threads,
            affinity=tuple(affinity(self._plan.threads)),
            environment=machine.environment(),
            models=models,
            noise=self._noise(noise),
            ceilings=self._ceilings,
            rows=rows,
        )

    def blocks(self, models: Sequence[str]) -> list[Block]:
        """In the order in which they are measured; a Canvas has no batch."""
        plan = self._plan
        found = [
            Block(scenario, model, size, 1 if scenario == "interactive" else batch)
            for model, scenario, size, batch in itertools.product(models, plan.scenarios, plan.sizes, plan.batches)
        ]
        return list(dict.fromkeys(found))

    def _prepare(self, folder: Path) -> None:
        """The models that are asked for, those of random weights among them, and their one graph."""
        for name in self._plan.models:
            bundle = Bundle.open(name)
            if bundle.name in self._models:
                raise InputError(f"models: expected different names, received {bundle.name} twice")
            self._models[bundle.name] = _Ready(bundle, _model(bundle, random=False))
        for width in self._plan.widths:
            self._say(f"making a model of width {width} with random weights")
            path = folder / f"random-w{width}"
            options = {"width": width, "feature_width": width, "folder": path, "working_size": 512}
            try:
                self._apart("prepare", options)
            except SubjectError as error:
                raise PaintsTorchError(f"a model of width {width} cannot be made: {error}") from error
            bundle = Bundle.open(path)
            self._models[bundle.name] = _Ready(bundle, _model(bundle, random=True))
        if any(way.backend == ONE_GRAPH for way in self._plan.ways):
            for number, ready in enumerate(self._models.values()):
                self._say("exporting the network as one graph, as the peers run it")
                graph = folder / f"whole{number}.onnx"
                try:
                    self._apart("write_whole", {"model": ready.bundle.path, "out": graph})
                except SubjectError as error:
                    ready.whole = f"the one graph cannot be exported: {str(error).removeprefix('write_whole: ')}"
                else:
                    ready.whole = graph

    def _apart(self, function: str, options: dict[str, Any]) -> None:
        """Run a function of `models` in a process that ends."""
        with Process(Subject("models", function, f"paintstorch_sdk.bench.models:{function}", options), self._threads):
            pass

    @property
    def _threads(self) -> int:
        return self._plan.threads

    def _measure(self, block: Block, first: bool) -> None:
        plan, setting = self._plan, self._setting(block)
        subjects = [scenarios.subject(block.title, way, setting) for way in plan.ways]
        control = self._control() if first else []
        load = Load(plan.target, plan.duration, block.batch) if block.scenario == "server" else None
        options: dict[str, Any] = {"threads": plan.threads, "rounds": plan.rounds, "say": self._say}
        options |= {"warm_seconds": max(2.0, plan.duration), "most": 1000, "between": self._look}
        entries: list[Entry] = []
        try:
            if load:
                if control:
                    self._ceilings = summary.ceilings(take(control, seconds=CEILING_SECONDS, **options))
                entries = take(subjects, seconds=0, load=load, **options)
            else:
                entries = take([*subjects, *control], seconds=plan.duration / plan.rounds, **options)
        except Interrupted as interrupted:
            entries = interrupted.entries
            raise KeyboardInterrupt from None
        finally:
            self._ceilings = self._ceilings or summary.ceilings(entries[len(subjects) :])
            measured = zip(entries, plan.ways, strict=False)
            self._taken += [(block, entry, way) for entry, way in measured if entry.error != UNMEASURED]

    def _control(self) -> list[Subject]:
        """The ceilings of what is measured."""
        ways = self._plan.ways
        libraries = {"torch"} | {way.backend for way in ways} & {"openvino"}
        return ceilings_case.subjects({way.precision for way in ways}, libraries, self._plan.cuda, CEILING_SECONDS)

    def _setting(self, block: Block) -> Setting:
        ready, plan = self._models[block.model], self._plan
        return Setting(
            block.scenario, ready.bundle.path, ready.whole, block.size, block.batch, plan.frames, plan.disturbed
        )

    def _look(self) -> None:
        """What the clocks do, before each round."""
        self._clocks += machine.clocks()
        if self._plan.cuda:
            self._throttled |= set(machine.throttled())

    def _rows(self) -> Any:
        for block, entry, way in self._taken:
            ready = self._models[block.model]
            references = {
                other.device: e for b, e, other in self._taken if b == block and other.is_reference and e.samples
            }
            yield summary.row(
                way,
                self._setting(block),
                (block.model, ready.bundle.width),
                entry,
                references.get(way.device, references.get("cpu")),
                self._work(block, way),
                self._ceilings,
            )

    def _work(self, block: Block, way: Way) -> Work | None:
        """Of one sample that is nothing but the network."""
        if block.scenario in ("offline", "server"):
            return None
        size = (PUBLISHED_SIDE, PUBLISHED_SIDE) if way.backend == PUBLISHED else block.size
        try:
            bundle = self._models[block.model].bundle
            return work(bundle, size, block.batch, way.precision, block.scenario == "interactive")
        except ImportError:
            return None

    def _noise(self, noise: Mapping[str, Any]) -> Noise:
        others, steal, before = noise["others"], noise["steal"], noise["load_before"]
        clocks = (min(self._clocks), max(self._clocks)) if self._clocks else ()
        drift = summary.drift([c for c in self._ceilings if c.device == "cpu"])
        flags = [
            f"{what} had {share:.0%} of the processors' time"
            for what, share, limit in (
                ("other processes", others, machine.NOISY_OTHERS),
                ("other machines on the same hardware", steal, machine.NOISY_STEAL),
            )
            if share is not None and share > limit
        ]
        if before is not None and before > NOISY_LOAD * machine.cores():
            flags.append(f"the load average was {before:g} before it began")
        if drift is not None and drift > NOISY_DRIFT:
            flags.append(f"even the steadiest ceiling changed by {drift:.0%} from round to round")
        if clocks and clocks[0] < NOISY_CLOCK * clocks[1]:
            flags.append(f"the clock changed between {clocks[0]:.0f} and {clocks[1]:.0f} MHz")
        flags += [f"the GPU was throttled: {reason}" for reason in sorted(self._throttled)]
        return Noise(noise["seconds"], before, others, steal, clocks, drift, tuple(flags))


@dataclass
class _Ready:
    bundle: Bundle
    model: Model
    whole: Path | str = "the one graph was not exported"


def _model(bundle: Bundle, random: bool) -> Model:
    known = machine.identity(bundle)
    try:
        operations = flops(bundle)
    except ImportError:
        operations = {}
    return Model(
        name=known["name"],
        width=known["width"],
        feature_width=known["feature_width"],
        bytes=known["bytes"],
        manifest_sha256=known["manifest_sha256"],
        flops=operations,
        random=random,
    )
