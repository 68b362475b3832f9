"""`pts study`: which model do people like best."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .tables import print_table

if TYPE_CHECKING:
    from ..serve.study.rates import Rate

study = typer.Typer(help="Ask people: a blind page for raters, then scores and tests.", no_args_is_help=True)

Ratings = Annotated[
    Path, typer.Argument(help="A study's file, or CSV with uuid;file;model;rate a line.", metavar="STUDY|CSV")
]


@study.command("serve")
def serve_study(
    folders: Annotated[
        list[str], typer.Argument(help="Pictures by model; equal names are the same drawing.", metavar="MODEL=FOLDER")
    ],
    data: Annotated[Path, typer.Option("--data", help="Where pictures and ratings are kept.", metavar="FILE")] = Path(
        "study.sqlite3"
    ),
    host: Annotated[str, typer.Option(help="Address to bind to; beyond this machine only with a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 7861,
) -> None:
    """Serve the raters' page: one picture at a time, in an order of each rater's own, rated by keys 1 to 5.

    Ratings are on disk at once; a rater who comes back goes on. Also answers
    clients of PaintsTorchAPI's study.

    \b
    pts study serve ours=out/ours published=out/published
    """
    from ..errors import InputError
    from .console import needs, say

    with needs("serve", "pts study"):
        from ..serve.server import run_app
        from ..serve.settings import Settings
        from ..serve.study.app import create_study_app
        from ..serve.study.store import Study

    pairs = {}
    for text in folders:
        model, equals, folder = text.partition("=")
        if not equals or not model or "_" in model:
            raise InputError(f"{text!r:.80}: expected MODEL=FOLDER, the model's name without underscores")
        pairs[model] = Path(folder)
    settings = Settings(folder=data.parent, host=host, port=port)
    kept = Study(data)
    say(f"study: {kept.add(pairs)} pictures in {data}")
    run_app(create_study_app(kept, settings), settings, quiet=True, started=lambda address: say(f"raters: {address}"))
    kept.close()


@study.command("report")
def report_study(
    ratings: Ratings,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the report's page here.", metavar="FILE.html")
    ] = None,
    as_json: Json = False,
) -> None:
    """Mean scores, their intervals and tests, on the terminal, as JSON or as a page."""
    from dataclasses import asdict

    from .console import needs, say, say_json

    with needs("bench", "pts study report"):
        from ..serve.study.report import analyze, render_report

    from ..files import write_file

    rates = _read(ratings)
    scores, contrasts = analyze(rates)
    if out is not None:
        write_file(out, render_report(rates))
    if as_json:
        say_json({"scores": [asdict(one) for one in scores], "contrasts": [asdict(one) for one in contrasts]})
        return

    headings = ("model", "score", "deviation", "95 % interval", "ratings")
    rows = [
        (
            one.model,
            f"{one.mean:.2f}",
            f"{one.deviation:.2f}",
            f"{one.interval[0]:.2f} to {one.interval[1]:.2f}",
            str(one.count),
        )
        for one in scores
    ]
    print_table(headings, rows, right=headings[1:])
    for two in contrasts:
        say(
            f"{two.better} over {two.worse}: {two.difference:+.2f} ({two.interval[0]:+.2f} to {two.interval[1]:+.2f}), "
            f"t = {two.t:.3f}, p = {two.p:.2g}"
        )
    if out is not None:
        say(f"report: {out}")


@study.command("export")
def export_study(
    ratings: Ratings,
    out: Annotated[str, typer.Option("--out", "-o", help="A file, or - for stdout.", metavar="FILE.csv")] = "-",
) -> None:
    """Write the ratings as CSV: uuid;file;model;rate a line, as the old service did."""
    import sys

    from ..files import write_file
    from ..serve.study.rates import write_csv

    content = write_csv(_read(ratings))
    if out == "-":
        sys.stdout.write(content)
        return
    write_file(Path(out), content)


def _read(place: Path) -> "list[Rate]":
    from ..errors import InputError
    from ..serve.study.rates import read_csv

    if not place.is_file():
        raise InputError(f"{place}: no such file; expected a study's file, or CSV")
    if place.read_bytes()[:15] != b"SQLite format 3":
        return read_csv(place)

    from ..serve.study.store import Study

    kept = Study(place)
    rates = kept.rates()
    kept.close()
    return rates
