"""docs/model_card.md: its tables and pictures, made from an evaluation and never typed.

What stands between `<!-- NAME: made by pts evaluate -->` and `<!-- end -->` is renewed; the words around are not.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from paintstorch_sdk.bench.report.goal import make_goal_table
from paintstorch_sdk.bench.report.markdown import format_table
from paintstorch_sdk.bench.report.table import make_table
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file

from ..pictures import Entry, read_manifest
from ..samples import FULL_SIDE
from . import tables
from .drawings import HeldOutDrawing, held_out
from .evaluation import Evaluation, EvaluationPlan
from .gallery import sheet, webp, with_hints
from .goals import LINES, find_goals
from .methods import PRODUCT, Paint, open_model
from .report import introduce
from .results import Progress
from .showcase import careful, full_size

CARD = "model_card.md"
SMALL, LARGE = "model_card_512.webp", "model_card_1500.webp"
LIMIT = 400_000  # bytes of a picture
FEW, MANY = 12, 60  # strokes
BLOCKS = ("facts", "data", "pictures", "measures")
SHOWN = (  # sources and lines of the small sheet
    ("renpy", "xdog"),
    ("dicebear-adventurer", "drawn"),
    ("dicebear-lorelei", "xdog"),
    ("dicebear-micah", "drawn"),
    ("openclipart", "xdog"),
    ("dicebear-open-peeps", "drawn"),
)
SHOWN_LARGE = ("dicebear-adventurer", "dicebear-open-peeps")
PERMISSIVE = ("CC0-1.0", "CC-BY-4.0", "MIT", "Apache-2.0", "public-domain")


def write(
    evaluation: Evaluation, folder: Path, options: EvaluationPlan, progress: Progress = lambda done, total: None
) -> None:
    """Renew the model card in a folder, and its pictures.

    Args:
        evaluation: Evaluation of one model.
        folder: Holds model_card.md.
        options: What was evaluated; the drawings come from its data folder.
        progress: Told how far it is.

    Raises:
        InputError: No model card there, or one without the marks.
        OutputError: The folder cannot be written.
    """
    path = folder / CARD
    text = check(folder)
    with open_model(options.models[0], backend=options.backend, flow=options.flow, threads=options.threads) as model:
        blocks = {
            "facts": _facts(evaluation, dict(model.bundle.manifest)),
            "data": _data(options.data),
            "measures": _measures(evaluation, options),
            "pictures": _pictures(model.painters[PRODUCT], evaluation, options.data, folder, progress),
        }
    for name, lines in blocks.items():
        text = _renewed(text, name, lines)
    write_file(path, text)


def check(folder: Path) -> str:
    """The model card of a folder as it is.

    Raises:
        InputError: None there, or one without the marks between which tables go.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(f"{path}: expected the model card whose tables are to be renewed")
    text = path.read_text("utf-8")
    for name in BLOCKS:
        if not _block(name).search(text):
            raise InputError(f"{path}: expected <!-- {name}: made by pts evaluate --> and <!-- end -->")
    return text


def _renewed(text: str, name: str, lines: list[str]) -> str:
    content = "\n".join(["", "", *lines, "", ""])
    return _block(name).sub(lambda found: f"{found[1]}{content}{found[2]}", text)


def _block(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name}: made by pts evaluate -->).*?(<!-- end -->)", re.DOTALL)


def _facts(evaluation: Evaluation, manifest: dict[str, Any]) -> list[str]:
    """Facts of the model from its bundle's manifest."""
    known = evaluation.provenance
    size = sum(int(file["bytes"]) for file in dict(manifest.get("files", {})).values())
    widths = dict(manifest.get("architecture", {}))
    feature_width = widths.get("feature_width")
    features = f"features of width {feature_width}" if feature_width else "no local features"
    rows = [
        ("license of the weights", manifest.get("license")),
        ("networks", f"generator of width {widths.get('width')}, {features}"),
        ("files", f"{size / 1e6:.1f} MB, weights in {dict(manifest.get('precisions', {})).get('stored')}"),
        ("data", known.get("data")),
        ("command", known.get("command") and f"`{known['command']}`"),
        ("hardware", known.get("hardware")),
        ("stage", known.get("stage")),
        ("training pictures", _number(known.get("training_pictures"))),
        ("steps", _number(known.get("step"))),
        ("crops seen", _number(known.get("crops", known.get("seen")))),
        ("steps left out (not finite)", _number(known.get("skipped_steps", known.get("skipped")))),
        ("time", f"{known['seconds'] / 60:,.0f} min" if known.get("seconds") else None),
        ("colors flow over regions", f"at {manifest['confidence']:g}" if manifest.get("confidence") else "not at all"),
    ]
    return format_table(make_table(["", ""], [[name, str(value)] for name, value in rows if value], words=2))


def _number(value: Any) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None


def _data(folder: Path) -> list[str]:
    """Sources with their licenses, and the pictures of each split."""
    splits = {split: read_manifest(folder, split) for split in ("train", "test")}
    licenses: dict[str, str] = {entry.source: entry.license for found in splits.values() for entry in found}
    counts = {split: Counter(entry.source for entry in found) for split, found in splits.items()}
    rows = [[s, licenses[s], *(f"{counts[split][s]:,}" for split in splits)] for s in sorted(licenses)]
    return format_table(make_table(["source", "license", "training", "held out"], rows, words=2))


def _measures(evaluation: Evaluation, options: EvaluationPlan) -> list[str]:
    results = evaluation.results
    found = [make_goal_table(find_goals(results)), tables.make_lead_table(results)]
    found += [table(results, lines) for table in (tables.make_psnr_table, tables.make_color_table) for lines in LINES]
    found += [
        tables.make_artifact_table(results),
        tables.make_frechet_table(evaluation.distances),
        tables.make_source_table(results),
    ]
    lines = [introduce(evaluation), "", "```", _command(options), "```"]
    for table in found:
        if table.rows:
            lines += ["", f"### {table.title}", "", *([table.note, ""] if table.note else []), *format_table(table)]
    return lines


def _command(options: EvaluationPlan) -> str:
    words = ["pts evaluate", Path(options.models[0]).name, "--data data", f"--pictures {options.count}", "--docs docs"]
    if options.fid:
        words.append(f"--fid {options.fid.name}")
    if options.drawing:
        words.append(f"--drawing-distance {options.drawing.name}")
    return " ".join(words)


def _pictures(paint: Paint, evaluation: Evaluation, data: Path, folder: Path, progress: Progress) -> list[str]:
    """Write both sheets; returns what the card says of them."""
    small = _chosen(evaluation, data)
    large = full_size(data, [d.entry for source in SHOWN_LARGE for d in small if d.entry.source == source])
    steps, done = 2 * (len(small) + len(large)), 0
    rows, blocks = [], []
    for drawing in [*small, *large]:
        row = []
        for count in (FEW, MANY):
            progress(done, steps)
            hints = careful(drawing, count)
            row += [with_hints(drawing.line_art, hints), paint(drawing.line_art, hints)]
            done += 1
        rows.append(row)
    if small:
        made = sheet([[*row, d.picture] for row, d in zip(rows, small, strict=False)], FULL_SIDE)
        write_file(folder / SMALL, webp(made, LIMIT))
        blocks += [
            f"![Held-out drawings at 512 px, with {FEW} and with {MANY} strokes]({SMALL})",
            "",
            f"From left to right: line art with {FEW} strokes, its picture, line art with {MANY} strokes, its picture, "
            "truth. 512 px. Strokes lie in the middle of the largest colored regions, as a careful user puts them. "
            f"Drawings, from above: {_credits(small)}.",
        ]
    if large:
        made = sheet([tiles for row in rows[len(small) :] for tiles in (row[:2], row[2:])], 1500, gap=24)
        write_file(folder / LARGE, webp(made, LIMIT))
        blocks += [
            "",
            f"![Held-out drawings at 1500 px, with {FEW} and with {MANY} strokes]({LARGE})",
            "",
            f"The same at 1500 px through `Colorizer` (the network works at {evaluation.about['working_size']} px, the "
            f"lines stay at full size), {FEW} strokes, then {MANY}: {_credits(large)}.",
        ]
    progress(steps, steps)
    return blocks


def _chosen(evaluation: Evaluation, data: Path) -> list[HeldOutDrawing]:
    """A held-out drawing of each source that is shown: the evaluation's own, else the first there is."""
    spare: dict[str, list[HeldOutDrawing]] = {}
    found = []
    for source, lines in SHOWN:
        own = [d for d in evaluation.drawings if d.entry.source == source and d.lines == lines]
        if not own:
            if lines not in spare:
                spare[lines] = held_out(data, lines, 40)  # type: ignore[arg-type]
            own = [d for d in spare[lines] if d.entry.source == source]
        found += [d for d in own if d.entry.license in PERMISSIVE][:1]
    return found


def _credits(shown: list[HeldOutDrawing]) -> str:
    return "; ".join(_credit(drawing.entry) for drawing in shown)


def _credit(entry: Entry) -> str:
    license = "public domain" if entry.license == "public-domain" else entry.license
    return f"{entry.source} ({', '.join(part for part in (entry.author, license) if part)})"
