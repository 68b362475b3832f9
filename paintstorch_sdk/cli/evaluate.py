"""`pts evaluate`: what a model does with held-out drawings, beside what needs no learning."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Backend, Flow, Json, Threads, with_options

if TYPE_CHECKING:
    from paintstorch_sdk.bench.report.table import Table

WEIGHTS, DOCS = "Weights that measure", "Report"  # headings in the help


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """The options of `pts evaluate`, as they were given; `evaluation.EvaluationPlan` takes those of its own names."""

    models: Annotated[
        list[str],
        typer.Argument(
            help="A checkpoint, a bundle's folder, or a bundled model; more are compared with the first.",
            metavar="MODEL",
        ),
    ]
    data: Annotated[
        Path, typer.Option("--data", "-d", help="A data folder; its split test is used.", metavar="FOLDER")
    ] = Path("data")
    count: Annotated[
        int, typer.Option("--pictures", "-n", min=1, help="Held-out drawings of each kind of lines.", metavar="N")
    ] = 12
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write report.html, report.md, evaluation.json and pictures here.",
            rich_help_panel=DOCS,
            metavar="FOLDER",
        ),
    ] = None
    docs: Annotated[
        Path | None,
        typer.Option(
            "--docs",
            help="Renew the model card and its pictures in this folder.",
            rich_help_panel=DOCS,
            metavar="FOLDER",
        ),
    ] = None
    json: Json = False
    grid: Annotated[
        str | None,
        typer.Option(help="paper: only the design of its table 2, for all models.", metavar="paper"),
    ] = None
    fid: Annotated[
        Path | None,
        typer.Option(
            help="Inception weights published for FID: pt_inception-2015-12-05-6726825d.pth.",
            rich_help_panel=WEIGHTS,
            metavar="FILE",
        ),
    ] = None
    drawing: Annotated[
        Path | None,
        typer.Option(
            "--drawing-distance",
            help="nsfwjs's Inception weights, converted (docs/evaluation.md), for a Frechet distance of drawings.",
            rich_help_panel=WEIGHTS,
            metavar="FILE",
        ),
    ] = None
    distance_drawings: Annotated[
        int,
        typer.Option(
            "--distance-pictures", min=2, help="Drawings of a Frechet distance.", rich_help_panel=WEIGHTS, metavar="N"
        ),
    ] = 48
    lpips: Annotated[
        Path | None,
        typer.Option(
            help="Folder with alexnet-owt-7be5be79.pth and alex.pth.", rich_help_panel=WEIGHTS, metavar="FOLDER"
        ),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of strokes and colors; the same seed asks the same.")] = 20191217
    backend: Backend = "auto"
    flow: Flow = None
    threads: Threads = None


@with_options(EvaluateOptions)
def evaluate(options: EvaluateOptions) -> None:
    """Measure a model on drawings that it never saw.

    It is run as its users run it, with xDoG lines and truly drawn ones, under
    0 to 256 strokes, beside a fill that needs no learning. Ctrl-C stops.

    \b
    pts evaluate default --data data/
    pts evaluate run/step-008000.safetensors -d data/ -o report/
    pts evaluate a.safetensors b.safetensors --grid paper --fid FILE
    """
    from ..errors import InputError
    from ..files import check_folder
    from .console import needs, say, say_json

    if options.grid not in (None, "paper"):
        raise InputError(f"--grid: expected paper, received {options.grid!r}")
    if options.docs is not None and options.grid:
        raise InputError("--docs: the model card is not made of --grid paper; leave one of them out")
    with needs("train", "pts evaluate"), needs("export", "pts evaluate"):
        from paintstorch_sdk.training.evaluation import card, report
        from paintstorch_sdk.training.evaluation.evaluation import EvaluationPlan, quiet
        from paintstorch_sdk.training.evaluation.evaluation import evaluate as run

    # Before the work, not after it.
    if options.docs is not None:
        card.check(options.docs)
    if options.out is not None:
        check_folder(options.out)
    own = {each.name: getattr(options, each.name) for each in fields(EvaluationPlan) if hasattr(options, each.name)}
    plan = EvaluationPlan(**own, paper=options.grid == "paper", gallery=options.out is not None)
    with quiet(), _progress() as stage:
        evaluation = run(plan, stage)
        if options.docs is not None:
            card.write(evaluation, options.docs, plan, stage("the model card"))
    if options.json:
        say_json(evaluation.to_json())
    else:
        _show([table for table in evaluation.tables if table.brief])
    if options.out is not None:
        for path in report.write(evaluation, options.out):
            if not options.json:
                say(f"wrote {path}")


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """A bar on stderr for each stage."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    with bars:

        def stage(name: str) -> Callable[[int, int], None]:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield stage


def _show(tables: Sequence["Table"]) -> None:
    from rich.console import Console

    from paintstorch_sdk.bench.report.terminal import print_table

    console = Console()
    for table in tables:
        print_table(table, console)
        console.print()
