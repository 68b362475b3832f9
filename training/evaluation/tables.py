"""The tables of an evaluation, whatever they are shown on."""

from collections.abc import Sequence
from dataclasses import replace

from paintstorch_sdk.bench.report.table import Cell, Table, make_table

from .cases import Condition
from .compare import COLUMNS, Entrant, Square
from .distances import Distance
from .drawings import Lines
from .goals import NAMES, make_mean_cell
from .inception import DRAWING, FID
from .methods import BEFORE, BUCKET, PRODUCT
from .results import Results

SAID = {FID: "FID", DRAWING: "drawing-aware"}
MANNERS, COLORS = ("messy", "tidy", "gaps", "pixels"), ("natural", "random", "saturated")  # in order of the tables
SHARES = {  # measure, and what it is the share of
    "leak": "Leak: % of the paper around figures, white in picture and truth, that got a color outside strokes",
    "regions_told": "Told: % of the regions that a hint tells of whose median color is right",
    "taken": "Taken: % of them that have another told region's color in place of their own",
    "bleeding": "Bleeding: % of the color change across lines that is lost",
}


def make_psnr_table(results: Results, lines: Lines) -> Table:
    """PSNR of all methods, and the product's lead over the bucket and over what was before."""
    others = [method for method in (BUCKET, BEFORE) if method in results.methods]
    rows: list[tuple[Cell | str, ...]] = []
    for condition, count in _conditions(results, lines):
        found = [results.mean(condition, method, "psnr") for method in results.methods]
        leads = [results.difference(condition, PRODUCT, other, "psnr") for other in others]
        cells = [make_mean_cell(lead, 1, sign=True) for lead in leads]
        rows.append((*_head(condition), f"{count}", *(_plain(f, 1) for f in found), *cells))
    return make_table(
        ("colors", "hints", "marks", "n", *results.methods, *(f"over {other} [95 %]" for other in others)),
        rows,
        title=f"PSNR, {NAMES[lines]}",
        note="Decibels over the pixels off the lines; then the product's lead on the same drawings, 95 % interval.",
        words=2,
    )


def make_color_table(results: Results, lines: Lines) -> Table:
    """Where colors lie: adherence of the product; leak, told regions and bleeding of all methods."""
    rows = []
    for condition, _ in _conditions(results, lines):
        adherence = [results.adherence(p, PRODUCT, [condition]) for p in (50, 90)]
        cells = ["-" if a is None else f"{a:.1f}" for a in adherence]
        for measure in SHARES:
            digits = 1 if measure == "leak" else 0
            cells.append("/".join(_percent(results, condition, m, measure, digits) for m in results.methods))
        rows.append((*_head(condition), *cells))
    return make_table(
        ("colors", "hints", "marks", "50 %", "90 %", "leak", "told", "taken", "bleeding"),
        rows,
        title=f"Colors in their places, {NAMES[lines]}",
        note=(
            "Adherence: CIEDE2000 between stroke and product inside strokes, median and 90th percentile over all "
            f"pixels. {'. '.join(SHARES.values())}. Each: {'/'.join(results.methods)}."
        ),
        words=2,
    )


def make_whole_table(results: Results, lines: Lines) -> Table:
    """Measures of whole pictures, lines included."""
    measures = [("psnr_whole", "PSNR", 1), ("ssim", "SSIM", 3)]
    if any(row.measured.lpips is not None for row in results.rows):
        measures.append(("lpips", "LPIPS", 3))
    rows = []
    for condition, _ in _conditions(results, lines):
        found = [results.mean(condition, m, name) for name, _, _ in measures for m in results.methods]
        digits = [digits for _, _, digits in measures for _ in results.methods]
        rows.append((*_head(condition), *(_plain(f, d) for f, d in zip(found, digits, strict=True))))
    heads = [f"{title} {m}" for _, title, _ in measures for m in results.methods]
    return make_table(
        ("colors", "hints", "marks", *heads),
        rows,
        title=f"Whole pictures, {NAMES[lines]}",
        note="Over all pixels; every method's picture has the given lines laid over it.",
        words=2,
        brief=False,
    )


def make_artifact_table(results: Results) -> Table:
    """The effect of dense and of saturated hints."""
    rows = []
    for condition in results.conditions:
        if condition.strokes < 256 or condition.manner != "tidy":
            continue
        for method in results.methods:
            cells = [_plain(results.mean(condition, method, m), 1) for m in ("psnr", "adherence")]
            row = (NAMES[condition.lines], condition.colors, method, *cells)
            rows.append((*row, _percent(results, condition, method, "blotches", 2)))
    return make_table(
        ("lines", "colors", "method", "PSNR", "adherence", "blotches"),
        rows,
        title="Dense and saturated hints",
        note=(
            "256 strokes. Blotches: % of the pixels of regions that are flat in the truth which differ by more than "
            "CIEDE2000 10 from their region's median color."
        ),
        words=3,
    )


def make_source_table(results: Results, strokes: int = 16) -> Table:
    """The same, source by source: natural colors (random where a source has none of its own)."""
    rows: list[tuple[Cell | str, ...]] = []
    for lines in NAMES:
        for source in sorted({r.source for r in results.rows if r.condition.lines == lines}):
            part = Results([row for row in results.rows if row.source == source])
            condition = Condition(lines, "natural", "messy", strokes)
            if not part.of(condition, PRODUCT):
                condition = replace(condition, colors="random")
            found = {method: part.mean(condition, method, "psnr") for method in results.methods}
            product = found[PRODUCT]
            if product is None:
                continue
            lead = make_mean_cell(part.difference(condition, PRODUCT, BUCKET, "psnr"), 1, sign=True)
            counts = f"{product.drawings}", f"{product.bases}"
            shown = (_plain(mean, 1) for mean in found.values())
            rows.append((NAMES[lines], source, condition.colors, *counts, *shown, lead))
    return make_table(
        ("lines", "source", "colors", "n", "bases", *results.methods, f"over {BUCKET} [95 %]"),
        rows,
        title=f"Source by source, {strokes} messy strokes",
        note=(
            "PSNR in decibels. Pictures of one base (a character, a haircut) are no independent evidence: intervals "
            "draw the bases anew, and a source with one base has none."
        ),
        words=3,
        brief=False,
    )


def make_frechet_table(found: Sequence[Distance]) -> Table:
    """Frechet distances."""
    rows = [
        (SAID[d.feature], d.method, d.hints, f"{d.drawings}", f"{d.repeats}", f"{d.mean:.2f}", f"{d.deviation:.2f}")
        for d in found
    ]
    return make_table(
        ("distance", "method", "hints", "n", "repeats", "mean", "deviation"),
        rows,
        title="Frechet distances",
        note=(
            "Between what a method made and the pictures, xDoG lines, natural colors, hints as PaintsTorch (up to 120 "
            "strokes) and AlacGAN (pixels) draw them, anew in each repeat: mean and standard deviation over the "
            "repeats. FID: by the published Inception weights. Drawing-aware: by nsfwjs's InceptionV3, which is not "
            "the FID of the papers. So few pictures make either too large: compare only within this table."
        ),
        words=3,
    )


def make_paper_grid(squares: Sequence[Square]) -> Table:
    """The design of the paper's table 2: models by the hints that they were trained on, with and without G2."""
    heads = {(d.feature, d.hints): f"{SAID[d.feature]}, {d.hints}" for square in squares for d in square.distances}
    rows = []
    for square in squares:
        known = {(d.feature, d.hints): f"{d.mean:.3f} ± {d.deviation:.3f}" for d in square.distances}
        rows.append((square.hints, square.generators, square.name, *(known.get(head, "-") for head in heads)))
    counts = {(d.drawings, d.repeats) for square in squares for d in square.distances}
    said = "; ".join(f"{drawings} drawings, {repeats} repeats" for drawings, repeats in sorted(counts))
    return make_table(
        ("trained on", "generators", "model", *heads.values()),
        rows,
        title="The design of the paper's table 2",
        note=(
            f"Frechet distances, mean and standard deviation over the repeats ({said}), lower is better: xDoG lines, "
            "natural colors, hints as PaintsTorch (up to 120 strokes) and AlacGAN (pixels) draw them. Simple: trained "
            "without G2; double: with it. Compare only within this table."
        ),
        words=3,
    )


def make_model_table(entrants: Sequence[Entrant]) -> Table:
    """Several models on the same cases."""
    rows = []
    for entrant in entrants:
        cells = []
        for lines in NAMES:
            cells += [_plain(entrant.psnr.get((lines, manner, n)), 1) for manner, n in COLUMNS]
        adherence = "-" if entrant.adherence is None else f"{entrant.adherence:.1f}"
        rows.append((entrant.name, entrant.hints, entrant.generators, *cells, adherence))
    heads = [f"{lines} {manner} {n}" for lines in NAMES for manner, n in COLUMNS]
    return make_table(
        ("model", "trained on", "generators", *heads, "adherence"),
        rows,
        title="Models side by side",
        note=(
            "PSNR in decibels over the pixels off the lines, natural colors, the same cases for all; then the median "
            "CIEDE2000 inside strokes. Simple: trained without G2; double: with it."
        ),
        words=3,
    )


def _conditions(results: Results, lines: Lines) -> list[tuple[Condition, int]]:
    """The conditions of a kind of lines with the number of drawings that they were measured on."""
    found = [(c, results.mean(c, PRODUCT, "psnr")) for c in results.conditions if c.lines == lines]
    return sorted(((c, mean.drawings) for c, mean in found if mean is not None), key=lambda pair: _place(pair[0]))


def _place(condition: Condition) -> tuple[int, int, int]:
    return MANNERS.index(condition.manner), COLORS.index(condition.colors), condition.strokes


def _head(condition: Condition) -> tuple[str, str, str]:
    return condition.colors, condition.manner, f"{condition.strokes}"


def _plain(found: object, digits: int) -> str:
    value = getattr(found, "value", None)
    return "-" if value is None else f"{value:.{digits}f}"


def _percent(results: Results, condition: Condition, method: str, measure: str, digits: int = 0) -> str:
    found = results.mean(condition, method, measure)
    return "-" if found is None else f"{100.0 * found.value:.{digits}f}"
