"""docs/performance.md, written from what is in docs/measured/: never by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paintstorch_sdk.backends.openvino import NO_BF16
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file

from ...report.columns import describe_machine, describe_models, list_warnings, make_ceiling_table
from ...report.goal import make_goal_table
from ...report.markdown import WEAK, format_table, format_tables
from ...report.table import Table, make_table
from ...report.templates import open_templates
from ...result import Result, load
from . import tables
from .goals import find_goals

NAME, MEASURED = "performance.md", "measured"
NETWORK, LIMITED, PAPER, SCENARIO = "network", "limited", "paper", "scenarios"  # parts that `pts bench` measures
REST, TRAINING = "rest", "training"  # parts that it does not
COMPARED = (NETWORK, LIMITED, PAPER, SCENARIO)
PARTS = (*COMPARED, REST, TRAINING)


@dataclass(frozen=True)
class MeasuredMachine:
    """All that was measured on one machine.

    Attributes:
        name: Name of the machine and its files.
        results: Results by part, at least one.
    """

    name: str
    results: dict[str, Result]

    @property
    def ordered(self) -> list[Result]:
        """The results in the order of the report."""
        return [self.results[part] for part in PARTS if part in self.results]


def find_path(docs: Path, name: str, part: str) -> Path:
    """Where a machine's result of a part is kept."""
    return docs / MEASURED / f"{name}.{part}.json"


def load_measured(docs: Path) -> list[MeasuredMachine]:
    """The results in docs/measured/, by machine.

    Raises:
        InputError: There is nothing, or a file that is none of ours.
    """
    paths = sorted((docs / MEASURED).glob("*.json"))
    if not paths:
        raise InputError(f"{docs / MEASURED}: expected records of the benchmark (*.json)")
    names = dict.fromkeys(path.name.split(".")[0] for path in paths)
    found = {name: {p: load(path) for p in PARTS if (path := find_path(docs, name, p)) in paths} for name in names}
    return [MeasuredMachine(name, results) for name, results in found.items() if results]


def write_performance(docs: Path) -> None:
    """Write docs/performance.md from all that is in docs/measured/.

    Raises:
        InputError: There is nothing, or a file that is none of ours.
    """
    content = format_performance(load_measured(docs))
    write_file(docs / NAME, content)


def format_performance(machines: Sequence[MeasuredMachine]) -> str:
    """The document."""
    template = open_templates(Path(__file__).parent, escape=False).get_template("performance.md.j2")
    return template.render(machines=[_describe(found) for found in machines], weak=WEAK).rstrip() + "\n"


def _describe(found: MeasuredMachine) -> dict[str, str]:
    """The tables of a machine, in Markdown, by their places in the template; "" where nothing was measured."""
    compared = {part: found.results[part] for part in COMPARED if part in found.results}
    rest, training = found.results.get(REST), found.results.get(TRAINING)
    results = list(compared.values())
    return {
        "title": _make_title(found),
        "facts": _join(_make_fact_table(found)),
        "commands": _join(_make_command_table(found)),
        "goals": _join(make_goal_table(list(find_goals(found.ordered)), title="")),
        **{
            part: "\n".join(format_tables(compared[part], brief=False)) if part in compared else "" for part in COMPARED
        },
        "ceilings": _join(make_ceiling_table(results[0])) if results else "",
        "layers": _join(*tables.make_layer_tables(rest, results)) if rest else "",
        "canvas": _join(tables.make_canvas_table(rest)) if rest else "",
        "colorize": _join(tables.make_colorize_table(rest)) if rest else "",
        "startup": _join(tables.make_startup_table(rest)) if rest else "",
        "training": _join(*tables.make_training_tables(training)) if training else "",
    }


def _join(*found: Table) -> str:
    """Tables with rows as Markdown, each below its title and above its note."""
    parts = []
    for table in found:
        if table.rows:
            parts += [f"**{table.title}**"] if table.title else []
            parts += ["\n".join(format_table(table))]
            parts += [table.note] if table.note else []
    return "\n\n".join(parts)


def _make_title(found: MeasuredMachine) -> str:
    """The machine, in a few words."""
    environment = found.ordered[0].environment
    return f"{environment.get('gpu') or environment.get('cpu')}, {environment.get('cores')} cores"


def _make_fact_table(found: MeasuredMachine) -> Table:
    """Machine, software and models."""
    facts = [fact for fact in describe_machine(found.ordered[0]) if fact[0] not in ("date", "command")]
    facts = [fact for fact in facts if "model" not in fact[0]]
    models = {f"model {name}": text for result in found.ordered for name, text in describe_models(result).items()}
    rows = [*facts, *models.items(), ("samples", f"docs/{MEASURED}/{found.name}.*")]
    return make_table(["", "measured with"], rows, words=2)


def _make_command_table(found: MeasuredMachine) -> Table:
    """The commands, their dates, and how quiet the machine was then."""
    titles = {LIMITED: f" ({NO_BF16}=1)", REST: " (all else)", TRAINING: " (training)"}
    rows = [
        [
            f"{result.command}{titles.get(part, '')}",
            result.date,
            f"{result.noise.seconds:.0f} s",
            "; ".join(list_warnings(result)),
        ]
        for part, result in ((part, found.results[part]) for part in PARTS if part in found.results)
    ]
    return make_table(["command", "date", "took", "disturbed by"], rows, words=4)
