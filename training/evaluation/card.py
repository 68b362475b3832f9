"""docs/model_card.md and docs/before_and_after.md: tables and pictures made from an evaluation and never typed.

What stands between `<!-- NAME: made by pts evaluate -->` and `<!-- end -->` is renewed; the words around are not.
"""

import re
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from paintstorch_sdk.bench.report.markdown import format_table
from paintstorch_sdk.bench.report.table import make_table
from paintstorch_sdk.errors import InputError
from paintstorch_sdk.examples import examples
from paintstorch_sdk.files import write_file
from paintstorch_sdk.hints.model import Hints
from paintstorch_sdk.imaging.metrics import psnr

from ..pictures import Entry
from ..samples import FULL_SIDE
from .drawings import HeldOutDrawing, held_out
from .evaluation import Evaluation, EvaluationPlan
from .gallery import sheet, strip, webp, with_hints
from .methods import BEFORE, PRODUCT, OlderVersion, Paint, open_model
from .places import RealDrawing, make_place_table, paint_drawing, read_drawings
from .report import SHEET_TILE, introduce
from .results import Progress
from .showcase import FULL_SIZE, careful, full_size

CARD, PAGE = "model_card.md", "before_and_after.md"
SMALL, LARGE, WORST = "model_card_512.webp", "model_card_1500.webp", "model_card_worst.webp"
LIMIT = 300_000  # bytes of a picture
FEW, MANY = 12, 60  # strokes
BLOCKS = ("facts", "pictures", "measures")
SHOWN = (  # sources and lines of the small sheet
    ("renpy", "xdog"),
    ("drawer", "drawn"),
    ("scenes", "drawn"),
    ("dicebear-adventurer", "drawn"),
    ("openclipart", "xdog"),
    ("dicebear-open-peeps", "drawn"),
)
SHOWN_LARGE = ("drawer", "dicebear-adventurer")
COMPARED = 360  # pixels of a picture on the page before and after
MAY_BE_SHOWN = {  # of the page before and after: drawings whose license allows it, with their credits
    "jane": "Jane, example asset of Dialogic (MIT, Emilio Coppola and contributors): orange lines, gray tones.",
    "antonio": "Antonio, likewise.",
    "friends": "Three avatars of Notionists by Zoish, made with DiceBear (CC0-1.0).",
    "harbour": "Drawn by `examples/draw_harbour.py` (Apache-2.0).",
    "sylvie": 'Sylvie, of "The Question" (MIT, Tom Rothamel and the Ren\'Py contributors).',
}
PERMISSIVE = ("CC0-1.0", "CC-BY-4.0", "MIT", "Apache-2.0", "public-domain")


def write(
    evaluation: Evaluation, folder: Path, options: EvaluationPlan, progress: Progress = lambda done, total: None
) -> None:
    """Renew the model card in a folder, and its pictures; with real drawings, the page before and after, too.

    Args:
        evaluation: Evaluation of one model.
        folder: Holds model_card.md.
        options: What was evaluated; the drawings come from its data folder.
        progress: Told how far it is.

    Raises:
        InputError: No model card there, or one without the marks.
        OutputError: The folder cannot be written.
    """
    text = check(folder)
    with ExitStack() as stack:
        model = stack.enter_context(open_model(options.models[0], options.backend, options.flow, options.threads))
        blocks = {
            "facts": _facts(evaluation, dict(model.bundle.manifest)),
            "measures": _measures(evaluation, options),
            "pictures": _pictures(model.painters[PRODUCT], evaluation, options.data, folder, progress),
        }
        painters = dict(model.painters)
        page = folder / PAGE
        if options.places and options.before and page.is_file():
            painters = {BEFORE: stack.enter_context(closing(OlderVersion(options.before))), **painters}
            table = format_table(make_place_table(evaluation.places))
            shown = "\n".join(["", "", *table, "", *_compare(options.places, painters, folder), "", ""])
            known = page.read_text("utf-8")
            write_file(page, _block("pictures").sub(lambda found: f"{found[1]}{shown}{found[2]}", known))
    for name, lines in blocks.items():
        text = _renewed(text, name, lines)
    write_file(folder / CARD, text)


def _compare(places: Path, painters: Mapping[str, Paint], folder: Path) -> list[str]:
    """A picture of each drawing that may be shown, by every method."""
    own = [RealDrawing.read(path, Hints.of(hints)) for path, hints in examples()]
    lines = []
    for drawing in [*(d for d in read_drawings(places) if d.name in MAY_BE_SHOWN), *own]:
        made = paint_drawing(drawing, painters)
        tiles = [with_hints(drawing.gray, drawing.hints), *made.values()]
        name = f"before_{drawing.name}.webp"
        write_file(folder / "images" / name, webp(strip(tiles, COMPARED), LIMIT // 3))
        lines += [f"![{drawing.name}: strokes, {', '.join(made)}](images/{name})", "", MAY_BE_SHOWN[drawing.name], ""]
    return lines


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


def _measures(evaluation: Evaluation, options: EvaluationPlan) -> list[str]:
    found = [table for table in evaluation.tables if table.brief or table.title.startswith("Source")]
    lines = [introduce(evaluation), "", "```", _command(options), "```"]
    for table in found:
        lines += ["", f"### {table.title}", "", *([table.note, ""] if table.note else []), *format_table(table)]
    return lines


def _command(options: EvaluationPlan) -> str:
    words = ["pts evaluate", Path(options.models[0]).name, "--data data", f"--pictures {options.count}", "--docs docs"]
    if options.before:
        words.append("--before BEFORE/bin/python")
    if options.places:
        words.append(f"--places {options.places.name}")
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
        shown = sorted(zip(rows, small, strict=False), key=lambda pair: psnr(pair[0][-1], pair[1].picture))
        small = [drawing for _, drawing in shown]
        made = sheet([[*row, d.picture] for row, d in shown], FULL_SIDE)
        write_file(folder / SMALL, webp(made, LIMIT))
        blocks += [
            f"![Held-out drawings at 512 px, with {FEW} and with {MANY} strokes]({SMALL})",
            "",
            f"From left to right: line art with {FEW} strokes, its picture, line art with {MANY} strokes, its picture, "
            "truth. 512 px. Strokes lie in the middle of the largest colored regions, as a careful user puts them. "
            f"The worst first: {_credits(small)}.",
        ]
    if large:
        made = sheet([row[2:] for row in rows[len(small) :]], FULL_SIZE, gap=24)
        write_file(folder / LARGE, webp(made, LIMIT))
        blocks += [
            "",
            f"![Held-out drawings at 1500 px, with {MANY} strokes]({LARGE})",
            "",
            f"The same at 1500 px through `Colorizer` (the network works at {evaluation.about['working_size']} px, the "
            f"lines stay at full size), {MANY} strokes: {_credits(large)}.",
        ]
    progress(steps, steps)
    return blocks + _worst(evaluation, folder)


def _worst(evaluation: Evaluation, folder: Path) -> list[str]:
    """The worst cases of the evaluation, beside what the other methods made of them."""
    worst = next((section for section in evaluation.sections if section.title == "Worst"), None)
    if worst is None:
        return []
    made = sheet([[image for _, image in example.tiles] for example in worst.examples], SHEET_TILE)
    write_file(folder / WORST, webp(made, LIMIT))
    columns = ", ".join(name for name, _ in worst.examples[0].tiles)
    shown = {d.name: d for d in evaluation.drawings}
    names = [example.caption.partition(", ")[0] for example in worst.examples]
    return [
        "",
        f"![The worst drawings of the evaluation]({WORST})",
        "",
        f"The worst of the evaluation. {worst.note} From left to right: {columns}. "
        f"From above: {_credits([shown[name] for name in names])}.",
    ]


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
