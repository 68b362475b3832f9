"""Measure this machine, keep every sample in docs/measured/, and write docs/performance.md.

    python -m paintstorch_sdk.bench.experiments.performance

Takes some ten minutes on two cores, and 8 GB of memory; wants the machine for itself.
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from paintstorch_sdk.backends.openvino import NO_BF16, probe
from paintstorch_sdk.bundle import DEFAULT, Bundle
from paintstorch_sdk.errors import PaintsTorchError
from paintstorch_sdk.machine import count_threads

from ... import machine
from ...measure import describe_model
from ...process import Process, Subject
from ...result import MeasuredModel, Result, SubjectOutcome, save
from ...rounds import time_in_rounds
from . import canvas, colorize, layers, startup, training
from .page import LIMITED, NETWORK, PAPER, PARTS, REST, SCENARIO, TRAINING, find_path, write_performance
from .page import NAME as PAGE

SIZE = (512, 512)
WIDTH = 64  # of the paper
NAME = "cpu"
COMMAND = "make bench-docs"
MODULE = "python -m paintstorch_sdk.bench.experiments.performance"
RUNTIMES = ("onnxruntime", "openvino")  # of the canvas
PTS = (sys.executable, "-c", "import sys; from paintstorch_sdk.cli import main; sys.exit(main())")
ASKED = {  # what takes longest to measure is in the first table alone
    NETWORK: (),
    LIMITED: ("--backends", "openvino", "--precision", "fp32,int8"),
    PAPER: ("--width", WIDTH, "--backends", "eager,published,onnxruntime,openvino"),
    SCENARIO: ("--scenario", "interactive,offline,server", "--frames", 8, "--backends", "openvino"),
}
STEPS = 5  # times what all else may take of a round: training steps are slow


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        duration: Seconds of samples of each row of `pts bench`.
        rounds: Rounds that they are spread over, as are the samples of all else.
        seconds: Seconds of each call of all else, in each round.
        warm_seconds: Most seconds of its warm-up.
    """

    duration: float = 4.0
    rounds: int = 5
    seconds: float = 0.4
    warm_seconds: float = 4.0


def compare_ways(part: str, effort: Effort, threads: int, path: Path) -> None:
    """Run the `pts bench` of a part, which writes its file.

    Raises:
        PaintsTorchError: It ended with an error.
    """
    share = 2 if part == SCENARIO else 1  # of the effort: three scenarios in the time of one
    rounds = max(2, effort.rounds // share)
    options: list[object] = ["--duration", f"{effort.duration / share:g}", "--rounds", rounds]
    options += ["--threads", threads, *ASKED[part]]
    limits = {NO_BF16: "1"} if part == LIMITED else {}
    command = [*PTS, "bench", *map(str, options), "--json", str(path)]
    code = subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ | limits).returncode
    if code not in (0, 1):  # 1: a row failed, and says why
        raise PaintsTorchError(f"pts bench ended with exit code {code}")


def measure_rest(command: str, effort: Effort, threads: int) -> Result:
    """Measure what `pts bench` does not: layers, a stroke against a picture, what is around the network, and starting.

    Args:
        command: Command that asks for this, for the record.
        effort: How long.
        threads: Threads of each runtime.
    """
    measured: dict[str, MeasuredModel] = {}

    def measure() -> list[SubjectOutcome]:
        with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder:
            bundled = Bundle.open(DEFAULT)
            wide = Bundle.open(_make_wide(Path(folder) / "wide", bundled.working_size, threads))
            for bundle in (wide, bundled):
                measured[bundle.name] = describe_model(bundle, random=bundle is wide)
            paths = {_title(bundle): bundle.path for bundle in (wide, bundled)}
            return [
                *_time(layers.list_subjects(paths, SIZE, probe().devices[0][1][0]), effort, threads),
                *_time(layers.list_subjects({_title(bundled): bundled.path}, SIZE, "int8"), effort, threads),
                *_time(canvas.list_subjects(paths, RUNTIMES), effort, threads),
                *_time(colorize.list_subjects(paths), effort, threads),
                *startup.time_startups(effort.rounds, 2, _say),
            ]

    return _measure(command, effort, threads, measure, measured)


def measure_training(command: str, effort: Effort, threads: int) -> Result:
    """Measure training: its samples against the steps that they feed. Arguments as those of `measure_rest`."""
    subjects = training.list_subjects(STEPS * effort.seconds)
    return _measure(command, effort, threads, lambda: _time(subjects, effort, threads), {})


def _measure(
    command: str,
    effort: Effort,
    threads: int,
    measure: Callable[[], list[SubjectOutcome]],
    models: dict[str, MeasuredModel],
) -> Result:
    """The outcomes that `measure` returns, with what one must know to read them."""
    began = datetime.datetime.now(datetime.UTC)
    with machine.watch_noise() as noise:
        outcomes = measure()
    return Result(
        command=command,
        date=began.isoformat(timespec="minutes"),
        options={"rounds": effort.rounds, "seconds": effort.seconds},
        threads=threads,
        environment=machine.describe_environment(),
        noise=machine.judge_noise(noise),
        models=models,
        outcomes=tuple(outcomes),
    )


def _time(subjects: Sequence[Subject], effort: Effort, threads: int) -> list[SubjectOutcome]:
    return time_in_rounds(
        subjects,
        threads=threads,
        rounds=effort.rounds,
        seconds=effort.seconds,
        warm_seconds=effort.warm_seconds,
        say=_say,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog=MODULE, description=__doc__)
    parser.add_argument("--name", default=NAME, help="of the machine, docs/measured/NAME.PART.json (%(default)s)")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder to write to (%(default)s)")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure no more")
    parser.add_argument("--threads", type=int, default=count_threads(), help="of each runtime (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few samples: to try it out, not to publish")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of what is there")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    effort = Effort(duration=0.5, rounds=2, seconds=0.1, warm_seconds=1) if chosen.quick else Effort()
    for part in () if chosen.report else chosen.only:
        _say(f"measuring: {part}")
        path = find_path(chosen.docs, chosen.name, part)
        if part in (REST, TRAINING):
            measure = measure_rest if part == REST else measure_training
            save(measure(_command(chosen), effort, chosen.threads), path)
        else:
            compare_ways(part, effort, chosen.threads, path)
    write_performance(chosen.docs)
    _say(f"{chosen.docs / PAGE} is written, after {time.monotonic() - began:.0f} s")
    return 0


def _command(chosen: argparse.Namespace) -> str:
    """The command that measures the same, without the place that it was written to."""
    options = [] if chosen.name == NAME else ["--name", chosen.name]
    options += [] if set(chosen.only) == set(PARTS) else ["--only", *chosen.only]
    options += [] if chosen.threads == count_threads() else ["--threads", str(chosen.threads)]
    options += ["--quick"] if chosen.quick else []
    return " ".join([MODULE, *options]) if options else COMMAND


def _title(bundle: Bundle) -> str:
    return f"width {bundle.width}, " + ("random weights" if bundle.name.startswith("random") else "the bundled model")


def _make_wide(folder: Path, working_size: int, threads: int) -> Path:
    """A bundle of the paper's width with random weights."""
    _say(f"making a model of width {WIDTH}")
    options = {"folder": folder, "width": WIDTH, "feature_width": WIDTH, "working_size": working_size}
    with Process(
        Subject("models", "write_random_bundle", "paintstorch_sdk.bench.models:write_random_bundle", options), threads
    ):
        return folder


def _say(line: str) -> None:
    sys.stderr.write(f"{datetime.datetime.now():%H:%M:%S} {line}\n")


if __name__ == "__main__":
    sys.exit(main())
