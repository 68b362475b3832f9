"""The charts of the report: PSNR by strokes, and the product's lead over the bucket."""

from collections.abc import Mapping

from paintstorch_sdk.bench.report.drawing import Plot, PlotArea
from paintstorch_sdk.bench.report.theme import LIGHT

from .cases import COUNTS, FEW_AND_MANY, Condition
from .goals import LEAD, NAMES
from .methods import BEFORE, BUCKET, PRODUCT, WATERSHED
from .results import Mean, Results

COLORS = {BUCKET: LIGHT["s3"], WATERSHED: LIGHT["s4"], BEFORE: LIGHT["s1"], PRODUCT: LIGHT["s7"]}
ROW = 20  # pixels of a row of the lead's chart


def plot_by_strokes(results: Results) -> list[Plot]:
    """PSNR by number of strokes, a chart for each kind of lines and strokes."""
    plots = []
    for manner in ("messy", "tidy"):
        for lines, name in NAMES.items():
            conditions = [Condition(lines, "natural", manner, n) for n in COUNTS]
            curves = {
                method: {i: mean for i, c in enumerate(conditions) if (mean := results.mean(c, method, "psnr"))}
                for method in COLORS
            }
            curves = {method: points for method, points in curves.items() if points}
            if curves:
                plots.append(_plot_curves(f"psnr-{manner}-{lines}", f"{name}, {manner} strokes", curves))
    return plots


def _plot_curves(name: str, title: str, curves: Mapping[str, Mapping[int, Mean]]) -> Plot:
    def draw(canvas: PlotArea) -> None:
        axes = canvas.axes
        for method, points in curves.items():
            color, dash = COLORS[method], "-" if method == PRODUCT else "--"
            means = list(points.values())
            lows, highs = (list(bounds) for bounds in zip(*(mean.bounds for mean in means), strict=True))
            if method == PRODUCT:
                axes.fill_between(list(points), lows, highs, color=color, alpha=0.13, linewidth=0)
            axes.plot(list(points), [mean.value for mean in means], dash, color=color, label=method)
            for place, mean in points.items():
                (mark,) = axes.plot(place, mean.value, "o", color=color, markersize=6)
                told = f"{method}, {COUNTS[place]} strokes: {mean.value:.1f} dB, n = {mean.drawings}"
                canvas.explain(mark, told)
        axes.set_xticks(range(len(COUNTS)), [str(count) for count in COUNTS])
        axes.set_xlabel("strokes")
        axes.set_ylabel("PSNR, dB")
        axes.figure.legend(loc="outside lower left", ncols=3 if canvas.wide else 2)

    return Plot(name, title, (300, 280), draw)


def plot_lead(results: Results) -> Plot | None:
    """The product's lead over the bucket with its intervals, condition by condition."""
    rows: list[tuple[str, Mean]] = []
    for manner in ("messy", "tidy", "gaps"):
        for colors in ("natural", "random"):
            for lines, name in NAMES.items():
                for strokes in FEW_AND_MANY:
                    condition = Condition(lines, colors, manner, strokes)
                    found = results.difference(condition, PRODUCT, BUCKET, "psnr")
                    if found:
                        rows.append((f"{manner}, {colors}, {name}, {strokes}", found))

    def draw(canvas: PlotArea) -> None:
        axes, color = canvas.axes, COLORS[PRODUCT]
        axes.axvline(0, color=LIGHT["muted"], linewidth=1)
        axes.axvline(LEAD, color=LIGHT["good"], linewidth=1.4, linestyle="--")
        axes.annotate("goal", (LEAD, 1), (3, 4), ("data", "axes fraction"), "offset points", fontsize=10)
        for index, (name, found) in enumerate(rows):
            axes.plot(found.bounds, [index, index], color=color, linewidth=2, alpha=0.55)
            (mark,) = axes.plot(found.value, index, "o", color=color, markersize=7)
            canvas.explain(mark, f"{name}: {found.value:+.1f} dB, n = {found.drawings}")
        axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=10.5 if canvas.wide else 8)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("dB over the bucket")

    if not rows:
        return None
    height = ROW * len(rows) + 70
    return Plot("lead", "Lead over the bucket", (height, height), draw)
