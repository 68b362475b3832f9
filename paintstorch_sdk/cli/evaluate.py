"""`pts evaluate`: what a model does with held-out drawings, beside what needs no learning."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from .options import Backend, Flow, Json, Threads, argument, option, with_options

if TYPE_CHECKING:
    from paintstorch_sdk.bench.report.table import Table

WEIGHTS, DOCS = "Weights that measure", "Report"  # headings in the help


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """The options of `pts evaluate`, as they were given; `evaluation.EvaluationPlan` takes those of its own names."""

    models: list[str] = argument(
        "A checkpoint, a bundle's folder, or a bundled model; more are compared with the first.", "MODEL"
    )
    data: Path = option(Path("data"), "A data folder; its split test is used.", "--data", "-d", metavar="FOLDER")
    before: Path | None = option(
        None,
        "Another version beside it: the Python interpreter of its environment.",
        metavar="PYTHON",
    )
    places: Path | None = option(
        None, "Real drawings with places whose color is known, beside it: a folder with cases.json.", metavar="FOLDER"
    )
    count: int = option(12, "Held-out drawings of each kind of lines.", "--pictures", "-n", metavar="N", min=1)
    out: Path | None = option(
        None,
        "Write report.html, report.md, evaluation.json and pictures here.",
        "--out",
        "-o",
        metavar="FOLDER",
        panel=DOCS,
    )
    docs: Path | None = option(
        None,
        "Renew the model card and the page before and after, with their pictures, in this folder.",
        metavar="FOLDER",
        panel=DOCS,
    )
    json: Json = False
    grid: str | None = option(None, "paper: only the design of its table 2, for all models.", metavar="paper")
    fid: Path | None = option(
        None,
        "Inception weights published for FID: pt_inception-2015-12-05-6726825d.pth.",
        metavar="FILE",
        panel=WEIGHTS,
    )
    drawing: Path | None = option(
        None,
        "nsfwjs's Inception weights, converted (docs/evaluation.md), for a Frechet distance of drawings.",
        "--drawing-distance",
        metavar="FILE",
        panel=WEIGHTS,
    )
    distance_drawings: int = option(
        48, "Drawings of a Frechet distance.", "--distance-pictures", metavar="N", panel=WEIGHTS, min=2
    )
    lpips: Path | None = option(
        None, "Folder with alexnet-owt-7be5be79.pth and alex.pth.", metavar="FOLDER", panel=WEIGHTS
    )
    seed: int = option(20191217, "Seed of strokes and colors; the same seed asks the same.")
    backend: Backend = "auto"
    flow: Flow = None
    threads: Threads = None


@with_options(EvaluateOptions)
def evaluate(options: EvaluateOptions) -> None:
    """Measure a model on drawings that it never saw.

    It is run as its users run it, with xDoG lines and truly drawn ones, under
    4 to 256 strokes, beside a bucket and Krita's rule. Ctrl-C stops.

    \b
    pts evaluate default --data data/
    pts evaluate run/step-008000.safetensors -d data/ -o report/
    pts evaluate a.safetensors b.safetensors --grid paper --fid FILE
    """
    from ..errors import InputError
    from ..files import check_folder
    from .console import needs, say, say_json, show_bars

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
    plan = EvaluationPlan(**own, paper=options.grid == "paper", gallery=bool(options.out or options.docs))
    with quiet(), show_bars() as stage:
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


def _show(tables: Sequence["Table"]) -> None:
    from rich.console import Console

    from paintstorch_sdk.bench.report.terminal import print_table

    console = Console()
    for table in tables:
        print_table(table, console)
        console.print()
