"""Measure this machine, keep every sample in docs/measured/, and write docs/performance.md.

    python -m paintstorch_sdk.bench.performance

Takes some ten minutes on two cores, and 8 GB of memory; wants the machine for itself.
"""

import argparse
import datetime
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paintstorch_sdk.bundle import DEFAULT, Bundle

from . import machine, record, report, rounds, run, ways
from .cases import canvas, colorize, layers, startup, training
from .measure import Measurement, Plan
from .process import Process, Subject
from .record import Entry, Record
from .report import PAPER, PARTS, REST, SCENARIO, TRAINING
from .run import SCENARIOS

EVERY = (*PARTS, REST, TRAINING)
SIZE = (512, 512)
WIDTH = 64  # of the paper
NAME = "cpu"
COMMAND = "make bench-docs"
RUNTIMES = ("onnxruntime", "openvino")  # of the canvas
# What takes longest to measure is in the first table alone.
OF_PAPER = ("eager", ways.PUBLISHED, "onnxruntime", "openvino")
IN_USE = ("openvino",)
FRAMES = 8
STEPS = 5  # times what all else may take of a round: training steps are slow


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        duration: Seconds of samples of each row of `pts bench`.
        rounds: That they are spread over, as are the samples of all else.
        seconds: Of each call of all else, in each round.
        warm_seconds: The most that its warm-up may take.
    """

    duration: float = 4.0
    rounds: int = 5
    seconds: float = 0.4
    warm_seconds: float = 4.0


def compared(part: str, effort: Effort, threads: int) -> run.Run:
    """The `pts bench` of a part.

    Args:
        part: Of `PARTS`.
        effort: How long.
        threads: Of each runtime.
    """
    cuda = machine.has_cuda()
    share = 2 if part == SCENARIO else 1  # of the effort: three scenarios in the time of one
    duration, turns = effort.duration / share, max(2, effort.rounds // share)
    options: dict[str, Any] = {"duration": f"{duration:g}", "rounds": turns, "threads": threads}
    backends: Sequence[str] = ()
    asked: dict[str, Any] = {}
    if part == PAPER:
        backends = OF_PAPER
        options |= {"width": WIDTH, "backends": ",".join(backends)}
        asked = {"models": (), "widths": (WIDTH,)}
    elif part == SCENARIO:
        backends = IN_USE
        options |= {"scenario": ",".join(SCENARIOS[1:]), "frames": FRAMES, "backends": ",".join(backends)}
        asked = {"scenarios": SCENARIOS[1:], "frames": FRAMES}
    plan = Plan(
        ways.select(backends, cuda=cuda),
        **asked,
        duration=duration,
        rounds=turns,
        threads=threads,
        cuda=cuda,
        options=options,
        command=" ".join(["pts bench", *(f"--{name} {value}" for name, value in options.items())]),
    )
    return Measurement(plan, _say).run()


def measure(name: str, command: str, effort: Effort, threads: int) -> Record:
    """What `pts bench` does not: layers, a stroke against a picture, what is around the network, and starting.

    Args:
        name: Of the record.
        command: That asks for this, for the record.
        effort: How long.
        threads: Of each runtime.
    """
    bundles: dict[str, Any] = {}

    def take() -> list[Entry]:
        with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder:
            bundled = Bundle.open(DEFAULT)
            wide = Bundle.open(_wide(Path(folder) / "wide", bundled.working_size, threads))
            models = {_title(bundle): bundle for bundle in (wide, bundled)}
            paths = {title: bundle.path for title, bundle in models.items()}
            bundles.update({title: machine.identity(bundle) for title, bundle in models.items()})
            return [
                *_taken(layers.subjects(paths, SIZE, "bf16"), effort, threads),
                *_taken(canvas.subjects(paths, RUNTIMES), effort, threads),
                *_taken(colorize.subjects(paths), effort, threads),
                *startup.take(effort.rounds, 2, _say),
            ]

    return _record(name, command, effort, threads, take, {"bundles": bundles})


def trained(name: str, command: str, effort: Effort, threads: int) -> Record:
    """The training: its samples against the steps that they feed. Arguments as those of `measure`."""
    subjects = training.subjects(STEPS * effort.seconds)
    return _record(name, command, effort, threads, lambda: _taken(subjects, effort, threads), {})


def _record(
    name: str, command: str, effort: Effort, threads: int, take: Callable[[], list[Entry]], about: dict[str, Any]
) -> Record:
    """What `take` gives, with what one must know to read it; `about` is more of that."""
    began = datetime.datetime.now(datetime.UTC)
    with machine.watched() as noise:
        entries = take()
    facts = {
        "date": began.isoformat(timespec="minutes"),
        "command": command,
        "threads": threads,
        "effort": {"rounds": effort.rounds, "seconds": effort.seconds},
        "environment": machine.environment(),
        "noise": noise,
    }
    return Record(name, facts | about, tuple(entries))


def _taken(subjects: Sequence[Subject], effort: Effort, threads: int) -> list[Entry]:
    return rounds.take(
        subjects,
        threads=threads,
        rounds=effort.rounds,
        seconds=effort.seconds,
        warm_seconds=effort.warm_seconds,
        say=_say,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m paintstorch_sdk.bench.performance", description=__doc__)
    parser.add_argument("--name", default=NAME, help="of the machine, docs/measured/NAME.json (%(default)s)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder to write to (%(default)s)")
    parser.add_argument("--only", choices=EVERY, nargs="+", default=EVERY, help="measure no more")
    parser.add_argument("--threads", type=int, default=machine.cores(), help="of each runtime (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few samples: to try it out, not to publish")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of what is there")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    effort = Effort(duration=0.5, rounds=2, seconds=0.1, warm_seconds=1) if chosen.quick else Effort()
    for part in () if chosen.report else chosen.only:
        _say(f"measuring: {part}")
        if part == REST:
            taken = measure(chosen.name, _command(chosen), effort, chosen.threads)
            record.save(taken, report.record_path(chosen.docs, chosen.name))
        elif part == TRAINING:
            taken = trained(chosen.name, _command(chosen), effort, chosen.threads)
            record.save(taken, report.run_path(chosen.docs, chosen.name, part))
        else:
            run.save(compared(part, effort, chosen.threads), report.run_path(chosen.docs, chosen.name, part))
    report.write(chosen.docs)
    _say(f"{chosen.docs / report.NAME} is written, after {time.monotonic() - began:.0f} s")
    return 0


def _command(chosen: argparse.Namespace) -> str:
    """What someone types to measure the same, without the place that it was written to."""
    options = [] if chosen.name == NAME else ["--name", chosen.name]
    options += [] if set(chosen.only) == set(EVERY) else ["--only", *chosen.only]
    options += [] if chosen.threads == machine.cores() else ["--threads", str(chosen.threads)]
    options += ["--quick"] if chosen.quick else []
    return " ".join(["python -m paintstorch_sdk.bench.performance", *options]) if options else COMMAND


def _title(bundle: Bundle) -> str:
    return f"width {bundle.width}, " + ("random weights" if bundle.name.startswith("random") else "the bundled model")


def _wide(folder: Path, working_size: int, threads: int) -> Path:
    """A bundle of the paper's width with random weights."""
    _say(f"making a model of width {WIDTH}")
    options = {"folder": folder, "width": WIDTH, "feature_width": WIDTH, "working_size": working_size}
    with Process(Subject("models", "prepare", "paintstorch_sdk.bench.models:prepare", options), threads):
        return folder


def _say(line: str) -> None:
    sys.stderr.write(f"{datetime.datetime.now():%H:%M:%S} {line}\n")


if __name__ == "__main__":
    sys.exit(main())
