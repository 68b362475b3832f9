"""docs/performance.md, written from what is in docs/measured/: never by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from . import columns, goals, markdown, record, run, tables
from .record import Record
from .run import Run

NAME = "performance.md"
MEASURED = "measured"
NETWORK, PAPER, SCENARIO = "network", "paper", "scenarios"
PICTURE = "images/bench.webp"  # of the page that pts bench --html writes
PARTS = (NETWORK, PAPER, SCENARIO)  # runs of `pts bench`
REST, TRAINING = "rest", "training"  # what it does not measure
_TITLES = {
    NETWORK: ("The network, the bundled model", "Tensors in memory to colors in memory."),
    PAPER: ("The network at the paper's width", "The same at width 64, with random weights: they take as long."),
    SCENARIO: (
        "In use",
        "As MLPerf names them. Interactive: one more stroke on a Canvas. Offline: a folder of PNG files to PNG files. "
        "Server: Poisson arrivals, the highest rate at which 99 % are served in time.",
    ),
}


@dataclass(frozen=True)
class Measured:
    """All that was measured on one machine.

    Attributes:
        name: Of the machine and its files.
        record: What `pts bench` does not measure; None where that was not measured.
        runs: Of `pts bench`, by part.
        training: Of the training; None where that was not measured.
    """

    name: str
    record: Record | None
    runs: dict[str, Run]
    training: Record | None = None

    @property
    def latest(self) -> list[Run]:
        """The runs in the order of the report."""
        return [self.runs[part] for part in PARTS if part in self.runs]

    @property
    def records(self) -> dict[str, Record]:
        """The records in the order of the report, by what the report calls them."""
        found = {"all else": self.record, "training": self.training}
        return {title: record for title, record in found.items() if record}


def record_path(docs: Path, name: str) -> Path:
    """Where a machine's record is kept."""
    return docs / MEASURED / f"{name}.json"


def run_path(docs: Path, name: str, part: str) -> Path:
    """Where a machine's run of a part is kept."""
    return docs / MEASURED / f"{name}.{part}.json"


def load(docs: Path) -> list[Measured]:
    """What is in docs/measured/, by machine.

    Raises:
        InputError: There is nothing, or a file that is none of ours.
    """
    paths = sorted((docs / MEASURED).glob("*.json"))
    names = list(dict.fromkeys(path.name.split(".")[0] for path in paths))
    if not names:
        raise InputError(f"{docs / MEASURED}: expected records of the benchmark (*.json)")
    found = []
    for name in names:
        kept = record_path(docs, name)
        runs = {part: run.load(path) for part in PARTS if (path := run_path(docs, name, part)) in paths}
        trained = run_path(docs, name, TRAINING)
        found.append(
            Measured(
                name,
                record.load(kept) if kept in paths else None,
                runs,
                record.load(trained) if trained in paths else None,
            )
        )
    return found


def write(docs: Path) -> None:
    """Write docs/performance.md from all that is in docs/measured/.

    Raises:
        InputError: There is nothing, or a file that is none of ours.
    """
    content = text(load(docs))
    with replacing(docs / NAME) as temporary:
        temporary.write_text(content, "utf-8")


def text(machines: Sequence[Measured]) -> str:
    """The document."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench-docs` from the samples in `docs/measured/`; do not edit. Medians and percentiles with "
        "95 % bootstrap intervals over rounds; each way of running has a process of its own, all of them take turns "
        f"in every round. {markdown.WEAK} says less than it seems to: too few samples for the percentile, or a ratio "
        "that noise explains.",
        "",
        "`pts bench --html FILE` writes a page like this of a run:",
        "",
        f"![The page of a run: latency of each way, accuracy against speed, roofline, cold start, table]({PICTURE})",
    ]
    for found in machines:
        lines += ["", f"## {_title(found)}", "", *_measured_with(found)]
        for title, words, content in _sections(found):
            if content:
                lines += ["", f"### {title}", "", words, "", *content]
    return "\n".join(lines) + "\n"


def _sections(found: Measured) -> list[tuple[str, str, list[str]]]:
    first = found.latest[0] if found.latest else None
    sections = [
        (
            "Goals",
            "A goal is met or missed where the whole 95 % interval of what was measured is on one side of it.",
            goals.section(list(found.records.values()), found.latest),
        )
    ]
    for part in PARTS:
        if part in found.runs:
            title, words = _TITLES[part]
            sections.append((title, words, markdown.panels(found.runs[part], brief=False)))
    if first:
        words = (
            "The floor of a row is the fastest convolution of its precision, or the copying, whichever takes longer."
        )
        sections.append(
            ("What this machine can do", f"{words} Measured in turns with the network.", tables.ceilings(first))
        )
    if found.record:
        sections += [(title, words, content(found.record)) for title, words, content in _of_record(found.latest)]
    if found.training:
        sections.append(
            (
                "Training",
                "Samples as one worker makes them on one core, of drawn pictures that were decoded before, and steps "
                "on all threads, in bfloat16 where that is right. Our samples: crops, lines, strokes, recoloring and "
                "spread hints; the paper's: section 3.2. The adversarial step is the paper's algorithm: critic, G1 and "
                "G2, with F2 (random weights: they take as long).",
                tables.training(found.training),
            )
        )
    return sections


def _of_record(runs: Sequence[Run]) -> list[tuple[str, str, Callable[[Record], list[str]]]]:
    return [
        (
            "Where the rest goes",
            "OpenVINO's own clock for each layer; its counters slow the network a little. *Over the floor* is the time "
            "beyond what the layer's operations take at the fastest convolution of the same precision.",
            lambda found: tables.layers(found, runs),
        ),
        (
            "One more stroke",
            "`Canvas.add` and `Canvas.render`, where only the painter runs, against `Colorizer.colorize`.",
            tables.canvas,
        ),
        (
            "From line art to picture",
            "`Colorizer.colorize` with line art and a layer of hints in memory; the rest is scaling, hints, clipping, "
            "and laying the lines on top at full size.",
            tables.colorize,
        ),
        ("Starting", "Fresh processes, files in the disk's cache.", tables.startup),
    ]


def _title(found: Measured) -> str:
    """What it was measured on, in a few words."""
    environment = found.latest[0].environment if found.latest else _environment(found)
    return f"{environment.get('gpu') or environment.get('cpu')}, {environment.get('cores')} cores"


def _measured_with(found: Measured) -> list[str]:
    """Machine, software, models, and what was measured when, and how quiet it was then."""
    rows = [[name, markdown.escaped(value)] for name, value in _machine(found)]
    lines = ["|  | measured with |", "| --- | --- |", *(f"| {a} | {b} |" for a, b in rows), ""]
    taken = [
        [f"`{run.command}`", run.date, f"{run.noise.seconds:.0f} s", markdown.escaped("; ".join(columns.warnings(run)))]
        for run in found.latest
    ]
    for title, kept in found.records.items():
        facts = kept.facts
        seconds = f"{facts['noise'].get('seconds', 0):.0f} s"
        taken.append([f"`{facts['command']}` ({title})", facts["date"], seconds, _noise(facts["noise"])])
    return [*lines, *tables.table(["command", "date", "took", "disturbed by"], taken)]


def _machine(found: Measured) -> list[tuple[str, str]]:
    if found.latest:
        told = columns.machine(found.latest[0])
        rows = [(name, value) for name, value in told if name not in ("date", "command") and "model" not in name]
        models = {name: value for run in found.latest for name, value in columns.machine(run) if "model" in name}
        return [*rows, *models.items(), ("samples", f"docs/{MEASURED}/{found.name}.*")]
    environment = _environment(found)
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    return [("processor", environment["cpu"]), ("system", environment["system"]), ("versions", versions)]


def _environment(found: Measured) -> dict[str, Any]:
    """Of the first record; a machine has something that was measured."""
    return dict(next(iter(found.records.values())).facts["environment"])


def _noise(noise: dict[str, object]) -> str:
    if noise.get("others") is None:
        return "not known on this system"
    text = (
        f"load average {noise['load_before']} before; other processes had {_percent(noise['others'])} of the "
        f"processors' time, other machines {_percent(noise['steal'])}"
    )
    return text + ("; **noisy: trust the ratios more than the times**" if noise["noisy"] else "")


def _percent(share: object) -> str:
    return f"{100 * float(str(share)):.1f} %"
