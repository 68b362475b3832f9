"""The tables of an evaluation, whatever they are shown on."""

from collections.abc import Sequence
from dataclasses import replace

from paintstorch_sdk.bench.report.table import Cell, Table, make_table

from .cases import Condition
from .compare import COLUMNS, Entrant, Square
from .distances import Distance
from .drawings import Lines
from .goals import LEAD_AT, NAMES, make_mean_cell
from .inception import DRAWING, FID
from .methods import FILL, NETWORK, PRODUCT
from .results import Results

SAID = {FID: "FID", DRAWING: "drawing-aware"}
SHORT = {FILL: "fill", NETWORK: "network", PRODUCT: "product"}
MANNERS, COLORS = ("tidy", "messy", "gaps", "pixels"), ("natural", "random", "saturated")  # in order of the tables


def make_lead_table(results: Results) -> Table:
    """The product's lead over the baseline, the favorable kinds of hints beside the others."""
    columns = [(lines, strokes) for lines in NAMES for strokes in LEAD_AT]
    rows: list[tuple[Cell | str, ...]] = []
    for manner in ("tidy", "messy", "gaps", "pixels"):
        for colors in ("natural", "random"):
            conditions = [Condition(lines, colors, manner, strokes) for lines, strokes in columns]
            found = [results.difference(condition, PRODUCT, FILL, "psnr") for condition in conditions]
            if any(found):
                rows.append((colors, manner, *(make_mean_cell(f, 1, sign=True) for f in found)))
    return make_table(
        ("colors", "hints", *(f"{NAMES[lines].split()[0]} {strokes}" for lines, strokes in columns)),
        rows,
        title="Lead over the nearest-stroke fill",
        note=(
            "PSNR of the product less that of the fill on the same drawings, decibels, 95 % interval. Closed lines "
            "and tidy strokes, which stay in their region, tell the fill all that it needs. Messy strokes cross lines "
            "as those of PaintsTorch's training do; gaps are cut into the lines; pixels are single cells of the hint "
            "map at random."
        ),
        words=2,
    )


def make_psnr_table(results: Results, lines: Lines) -> Table:
    """PSNR of all methods, and the product's lead over the baseline."""
    methods = [m for m in (FILL, NETWORK, PRODUCT) if m in results.methods]
    rows: list[tuple[Cell | str, ...]] = []
    for condition, mean in _conditions(results, lines, "psnr"):
        found = [results.mean(condition, method, "psnr") for method in methods]
        lead = results.difference(condition, PRODUCT, FILL, "psnr")
        rows.append((*_head(condition), f"{mean}", *(_plain(f, 1) for f in found), make_mean_cell(lead, 1, sign=True)))
    return make_table(
        ("colors", "hints", "marks", "n", *(SHORT[m] for m in methods), "lead [95 %]"),
        rows,
        title=f"PSNR, {NAMES[lines]}",
        note="Decibels over the pixels off the lines. Lead: product over fill on the same drawings, 95 % interval.",
        words=2,
    )


def make_color_table(results: Results, lines: Lines) -> Table:
    """Where colors lie: adherence, regions, bleeding."""
    two = [m for m in (FILL, PRODUCT) if m in results.methods]
    three = [m for m in (FILL, NETWORK, PRODUCT) if m in results.methods]
    rows = []
    for condition, _ in _conditions(results, lines, "psnr"):
        if not condition.strokes:
            continue
        adherence = [results.adherence(p, PRODUCT, [condition]) for p in (50, 90)]
        mean = [_plain(results.mean(condition, PRODUCT, "adherence"), 1)]
        cells = [*mean, *("-" if a is None else f"{a:.1f}" for a in adherence)]
        cells += ["/".join(_percent(results, condition, m, "regions") for m in two)]
        cells += ["/".join(_percent(results, condition, m, "regions_told") for m in two)]
        cells += ["/".join(_percent(results, condition, m, "bleeding") for m in three)]
        rows.append((*_head(condition), *cells))
    return make_table(
        ("colors", "hints", "marks", "mean", "50 %", "90 %", "regions", "told", "bleeding"),
        rows,
        title=f"Colors in their places, {NAMES[lines]}",
        note=(
            "Adherence: CIEDE2000 between stroke and product inside strokes (fill has 0 by construction): mean of the "
            "drawings' medians, then median and 90th percentile over all pixels. Regions right, of all and of those "
            "told by a hint, %: fill/product. Bleeding, % of the color change across lines that is lost: "
            f"{'/'.join(SHORT[m] for m in three)}."
        ),
        words=2,
    )


def make_whole_table(results: Results, lines: Lines) -> Table:
    """Measures of whole pictures, lines included."""
    methods = [m for m in (FILL, NETWORK, PRODUCT) if m in results.methods]
    measures = [("psnr_whole", "PSNR", 1), ("ssim", "SSIM", 3)]
    if any(row.measured.lpips is not None for row in results.rows):
        measures.append(("lpips", "LPIPS", 3))
    rows = []
    for condition, _ in _conditions(results, lines, "psnr"):
        cells = [_plain(results.mean(condition, m, name), digits) for name, _, digits in measures for m in methods]
        rows.append((*_head(condition), *cells))
    heads = [f"{title} {SHORT[m]}" for _, title, _ in measures for m in methods]
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
        for method in (FILL, NETWORK, PRODUCT):
            if method in results.methods:
                cells = [_plain(results.mean(condition, method, m), 1) for m in ("psnr", "adherence")]
                row = (NAMES[condition.lines], condition.colors, SHORT[method], *cells)
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
    for lines in ("xdog", "drawn"):
        for source in sorted({r.source for r in results.rows if r.condition.lines == lines}):
            part = Results([row for row in results.rows if row.source == source])
            condition = Condition(lines, "natural", "tidy", strokes)
            if not part.of(condition, PRODUCT):
                condition = replace(condition, colors="random")
            found = part.mean(condition, PRODUCT, "psnr")
            if found is None:
                continue
            fill = part.mean(condition, FILL, "psnr")
            lead = part.difference(condition, PRODUCT, FILL, "psnr")
            rows.append(
                (
                    NAMES[condition.lines],
                    source,
                    condition.colors,
                    f"{found.drawings}",
                    f"{found.bases}",
                    _plain(fill, 1),
                    _plain(found, 1),
                    make_mean_cell(lead, 1, sign=True),
                )
            )
    return make_table(
        ("lines", "source", "colors", "n", "bases", "fill", "product", "lead [95 %]"),
        rows,
        title=f"Source by source, {strokes} tidy strokes",
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


def _conditions(results: Results, lines: Lines, measure: str) -> list[tuple[Condition, int]]:
    """The conditions of a kind of lines with the number of drawings that they were measured on."""
    found = [(c, results.mean(c, FILL, measure)) for c in results.conditions if c.lines == lines]
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
