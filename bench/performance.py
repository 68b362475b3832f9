"""Measure this machine, keep the samples in docs/measured/, and write docs/performance.md.

    python -m paintstorch_sdk.bench.performance

Takes about a quarter of an hour on two cores, and 8 GB of memory; wants the machine for itself.
"""

import argparse
import datetime
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paintstorch_sdk.bundle import DEFAULT, Bundle

from . import machine, record, report, rounds
from .cases import canvas, ceilings, colorize, layers, network, startup, stream
from .process import Process, Subject
from .record import Entry, Record

SIZE = (512, 512)
WIDTH = 64  # of the paper
BACKENDS = ("openvino", "onnxruntime")  # that a canvas is measured with
GROUPS = ("network", "canvas", "colorize", "folder", "startup")
NAME = "cpu"
COMMAND = "make bench-docs"


@dataclass(frozen=True)
class Model:
    """A bundle to measure with.

    Attributes:
        title: In the tables.
        width: Of its generator.
        path: Of the bundle.
        whole: The same networks as one ONNX graph.
    """

    title: str
    width: int
    path: Path
    whole: Path


@dataclass(frozen=True)
class Effort:
    """How long to measure: see `rounds.take`."""

    rounds: int = 7
    seconds: float = 1.0
    warm_seconds: float = 10.0
    frames: int = 12


def measure(
    name: str, command: str, effort: Effort, groups: Sequence[str] = GROUPS, threads: int | None = None
) -> Record:
    """Measure everything of some groups.

    Args:
        name: Of the record.
        command: That asks for this, for the record.
        effort: How long.
        groups: Of `GROUPS`.
        threads: Of each runtime; None is one for each core.
    """
    threads = threads or machine.cores()
    began = datetime.datetime.now(datetime.UTC)
    entries: list[Entry] = []

    def take(*subjects: Subject) -> None:
        entries.extend(
            rounds.take(
                subjects,
                threads=threads,
                rounds=effort.rounds,
                seconds=effort.seconds,
                warm_seconds=effort.warm_seconds,
                say=_say,
            )
        )

    with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder, machine.watched() as noise:
        wide, bundled = _models(Path(folder), threads)
        models = {model.title: model.path for model in (wide, bundled)}
        if "network" in groups:
            take(*ceilings.subjects(), *network.subjects(network.table(wide.width), wide.path, wide.whole, SIZE))
            take(*network.subjects(network.table(bundled.width), bundled.path, bundled.whole, SIZE))
            take(*layers.subjects(models, SIZE, "bf16"))
        if "canvas" in groups:
            take(*canvas.subjects(models, BACKENDS))
        if "colorize" in groups:
            take(*colorize.subjects(models))
        if "folder" in groups:
            take(*stream.subjects(models, SIZE, effort.frames))
        if "startup" in groups:
            entries.extend(startup.take(effort.rounds, 3, _say))
        bundles = {model.title: machine.identity(Bundle.open(model.path)) for model in (wide, bundled)}
    facts = {
        "date": began.isoformat(timespec="minutes"),
        "command": command,
        "threads": threads,
        "effort": {"rounds": effort.rounds, "seconds": effort.seconds},
        "environment": machine.environment(),
        "noise": noise,
        "bundles": bundles,
    }
    return Record(name, facts, tuple(entries))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.performance", description=__doc__)
    parser.add_argument("--name", default=NAME, help="of the record, docs/measured/NAME.json (%(default)s)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder to write to (%(default)s)")
    parser.add_argument("--only", choices=GROUPS, nargs="+", default=GROUPS, help="measure nothing else")
    parser.add_argument("--threads", type=int, help="of each runtime (one for each core)")
    parser.add_argument("--quick", action="store_true", help="few samples: to try it out, not to publish")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of what is there")
    chosen = parser.parse_args(arguments)
    if not chosen.report:
        effort = Effort(rounds=2, seconds=0.2, warm_seconds=3, frames=6) if chosen.quick else Effort()
        taken = measure(chosen.name, _command(chosen), effort, chosen.only, chosen.threads)
        record.save(taken, chosen.docs / "measured" / f"{chosen.name}.json")
    report.write(chosen.docs)
    _say(f"{chosen.docs / report.NAME} is written")
    return 0


def _command(chosen: argparse.Namespace) -> str:
    """What someone types to measure the same, without the place that it was written to."""
    options = [] if chosen.name == NAME else ["--name", chosen.name]
    options += [] if chosen.only == GROUPS else ["--only", *chosen.only]
    options += ["--threads", str(chosen.threads)] if chosen.threads else []
    options += ["--quick"] if chosen.quick else []
    return " ".join(["python -m paintstorch_sdk.bench.performance", *options]) if options else COMMAND


def _models(folder: Path, threads: int) -> tuple[Model, Model]:
    """The paper's width with random weights, and the bundled model; both with their one graph."""
    bundled = Bundle.open(DEFAULT)
    wide = folder / "wide"
    wide_whole, bundled_whole = folder / "wide.onnx", folder / "bundled.onnx"
    here = "paintstorch_sdk.bench.models"
    random = {"width": WIDTH, "feature_width": WIDTH, "working_size": bundled.working_size}
    for function, options in (
        ("prepare", {"folder": wide, **random}),
        ("write_whole", {"model": wide, "out": wide_whole}),
        ("write_whole", {"model": bundled.path, "out": bundled_whole}),
    ):
        _say("preparing the models")
        with Process(Subject("models", function, f"{here}:{function}", options), threads):
            pass
    return (
        Model(f"width {WIDTH}, random weights", WIDTH, wide, wide_whole),
        Model(f"width {bundled.width}, the bundled model", bundled.width, bundled.path, bundled_whole),
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{datetime.datetime.now():%H:%M:%S} {line}\n")


if __name__ == "__main__":
    sys.exit(main())
