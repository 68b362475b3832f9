"""The plots of a result: latency, throughput, accuracy, roofline, cold start, servers.

A color is a backend, a shape a precision, in every plot; a mark says all numbers of its row.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import write_file

from ..floor import CONVOLUTION, COPY, find_best
from ..result import EQUAL, Ceiling, Result, Row
from .columns import Panel, describe_row, make_panels
from .drawing import Plot, PlotArea, render_sheet
from .numbers import format_duration, format_number, format_percent, format_rate
from .theme import LIGHT, STAGES, color_backend

MARKERS = {"fp32": "o", "bf16": "D", "fp16": "s", "int8": "v"}
DASHES = {"fp32": "-", "bf16": "--", "fp16": ":", "int8": "-."}
DOTS = 240  # raw samples of a row that are drawn; all of them are in the numbers
ROW, NARROW_ROW = 46, 60  # pixels of a row of a plot that has one for each way; on a phone its name stands above it
LONGEST = 32  # letters of a name


def make_plots(panel: Panel, ceilings: Sequence[Ceiling]) -> list[Plot]:
    """The plots of a panel that it has numbers for."""
    rows = [row for row in panel.rows if row.status == "ok"]
    single = [row for row in panel.first_batch if row.status == "ok"]
    if not rows:
        return []
    plots: dict[str, list[Plot | None]] = {
        "single-stream": [
            plot_latency(single),
            plot_accuracy(single),
            plot_throughput(rows),
            plot_roofline(single, ceilings),
            plot_cold_start(single),
        ],
        "interactive": [plot_latency(single), plot_roofline(single, ceilings)],
        "offline": [plot_speed(rows)],
        "server": [plot_server(rows), plot_speed(rows), plot_latency(single)],
    }
    return [plot for plot in plots[rows[0].scenario] if plot]


def write_plots(result: Result, place: Path) -> list[Path]:
    """Write the plots of a result.

    Args:
        result: What was measured.
        place: A folder: one SVG for each plot. A name that ends in .svg or .png: all of them in one picture.

    Returns:
        The files that were written.

    Raises:
        InputError: Another ending, or nothing to draw.
        OutputError: It cannot be written.
    """
    drawn = [(panel.title, plot) for panel in make_panels(result) for plot in make_plots(panel, result.ceilings)]
    if not drawn:
        raise InputError("plot: expected at least one row that ran, received none")
    kind = place.suffix.lower()
    if kind not in ("", ".svg", ".png"):
        raise InputError(f"{place}: expected a folder, or a name that ends in .svg or .png")
    if kind:
        machine = result.environment.get("gpu") or result.environment.get("cpu")
        footer = f"{machine}, {result.threads} threads, {result.date[:10]}, {result.command}"
        files = {place: render_sheet([(f"{plot.title} ({title})", plot) for title, plot in drawn], footer, kind[1:])}
    else:
        names = [re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title, _ in drawn]
        files = {
            place / f"{name}-{plot.name}.svg": plot.render_svg(standalone=True).encode()
            for name, (_, plot) in zip(names, drawn, strict=True)
        }
    for path, content in files.items():
        write_file(path, content)
    return list(files)


def plot_latency(rows: Sequence[Row]) -> Plot:
    """Samples of each row, their density, the median with its interval, and the tails."""
    drawn = sorted((row for row in rows if row.latency), key=lambda row: row.latency["p50"].value)

    def draw(canvas: PlotArea) -> None:
        for index, row in enumerate(drawn):
            _draw_distribution(canvas, row, index)
        canvas.set_scale("x", format_duration, log=True)
        _name_rows(canvas, [row.title for row in drawn], [_tell_latency(row) for row in drawn])

    return Plot("latency", "Latency, every sample", _height_of_rows(len(drawn)), draw)


def _draw_distribution(canvas: PlotArea, row: Row, index: int) -> None:
    assert row.samples
    axes, color, values = canvas.axes, _color(row), np.sort(row.samples.values)
    chosen = values[np.unique(np.linspace(0, len(values) - 1, DOTS).astype(int))]
    rug = np.column_stack([chosen, chosen, np.full_like(chosen, np.nan)]).ravel()  # one path, not one for each sample
    heights = np.tile([index + 0.07, index + 0.19, np.nan], len(chosen))
    axes.plot(rug, heights, color=color, linewidth=0.9, alpha=0.45)
    canvas.draw_density(values, index, color)
    p50 = row.latency["p50"]
    tails = [row.latency[name].value for name in ("p90", "p99") if row.latency[name].enough]
    axes.vlines(tails, index - 0.14, index + 0.05, color=LIGHT["ink"], linewidth=1.4)
    axes.plot([p50.low, p50.high], [index, index], color=color, linewidth=5, alpha=0.5, solid_capstyle="round")
    _draw_mark(canvas, row, p50.value, index, 7)


def plot_throughput(rows: Sequence[Row]) -> Plot | None:
    """Pictures a second against the batch, where there are several batches."""
    lines: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.batch):
        lines.setdefault(row.title, []).append(row)
    batches = sorted({row.batch for row in rows})
    if len(batches) < 2:
        return None

    def draw(canvas: PlotArea) -> None:
        for points in lines.values():
            rates = [row.images_per_second for row in points if row.images_per_second]
            places = [batches.index(row.batch) for row in points]
            color = _color(points[0])
            canvas.axes.plot(places, [rate.value for rate in rates], _dash(points[0]), color=color)
            for row, place, rate in zip(points, places, rates, strict=True):
                canvas.axes.vlines(place, rate.low, rate.high, color=color, linewidth=1.5)
                _draw_mark(canvas, row, place, rate.value, 7)
        canvas.axes.set_xticks(range(len(batches)), [str(batch) for batch in batches])
        canvas.axes.set_ylim(bottom=0)
        canvas.axes.set_xlabel("pictures in a batch")
        canvas.set_scale("y", format_number, "images/s")
        _add_legend(canvas, [points[0] for points in lines.values()])

    return Plot("throughput", "Throughput against batch", (380, 400), draw)


def plot_accuracy(rows: Sequence[Row]) -> Plot | None:
    """How near to eager fp32 each way paints, against how fast it is."""
    drawn = [(row, min(row.accuracy.psnr, EQUAL), row.images_per_second) for row in rows if row.accuracy]
    if len(drawn) < 2:
        return None

    def draw(canvas: PlotArea) -> None:
        for row, level, rate in drawn:
            assert rate
            canvas.axes.hlines(level, rate.low, rate.high, color=_color(row), linewidth=1.5)
            _draw_mark(canvas, row, rate.value, level)
        canvas.axes.margins(x=0.12)
        canvas.set_scale("x", format_number, "images/s, logarithmic", log=True)
        canvas.axes.set_ylim(min(20.0, *(level - 5 for _, level, _ in drawn)), EQUAL + 8)
        canvas.set_scale("y", lambda value: "equal" if value >= EQUAL else f"{value:g}", "PSNR, dB")
        canvas.axes.yaxis.set_major_locator(FixedLocator([*range(25, 200, 25), EQUAL]))
        _add_legend(canvas, [row for row, _, _ in drawn])

    return Plot("accuracy", "Accuracy against speed", (390, 400), draw)


def plot_roofline(rows: Sequence[Row], ceilings: Sequence[Ceiling]) -> Plot | None:
    """Operations a second against operations for each byte, under the roofs that were measured in the same run."""
    drawn = [
        (row, row.floor.flops / row.floor.bytes, row.floor.flops / row.median)
        for row in rows
        if row.floor and row.median
    ]
    kinds = dict.fromkeys((row.device, row.precision) for row, _, _ in drawn)
    pairs = [(find_best(ceilings, CONVOLUTION, *kind), find_best(ceilings, COPY, kind[0], "")) for kind in kinds]
    roofs = [(flat, slope) for flat, slope in pairs if flat and slope]
    if not roofs:
        return None

    def draw(canvas: PlotArea) -> None:
        axes = canvas.axes
        knees = [flat.rate.value / slope.rate.value for flat, slope in roofs]
        left, right = min(*(x for _, x, _ in drawn), min(knees) / 6), 3 * max(x for _, x, _ in drawn)
        for (flat, slope), knee in zip(roofs, knees, strict=True):
            top, name = flat.rate.value, flat.precision + (f" on {flat.device}" if flat.device != "cpu" else "")
            (roof,) = axes.plot([left, knee, right], [left * slope.rate.value, top, top], color=LIGHT["muted"])
            axes.plot([left, knee], [top, top], color=LIGHT["line"], linestyle=(0, (3, 4)), linewidth=1)
            label = f"{name} {format_rate(top, 'FLOP/s')}"
            axes.annotate(label, (left, top), (4, 4), textcoords="offset points", fontsize=10)
            copied = f"{format_rate(slope.rate.value, 'B/s')} copied"
            canvas.explain(roof, f"roof of {label} by {flat.by}, convolution of {flat.shape}; {copied}")
        for row, x, y in drawn:
            _draw_mark(canvas, row, x, y)
        tops = [flat.rate.value for flat, _ in roofs]
        axes.set_xlim(left, right)
        axes.set_ylim(min(*(y for _, _, y in drawn), *tops) / 2.2, max(tops) * 1.7)
        canvas.set_scale("x", format_number, "operations for each byte, FLOP/B", log=True)
        canvas.set_scale("y", lambda value: format_number(value / 1e9), "GFLOP/s", log=True)
        _add_legend(canvas, [row for row, _, _ in drawn], _tell_share)

    return Plot("roofline", "Roofline", (410, 440), draw)


def plot_cold_start(rows: Sequence[Row]) -> Plot | None:
    """The stages before the first picture in a fresh process."""
    drawn = sorted(((row.cold_start, row) for row in rows if row.cold_start), key=lambda pair: pair[0].total)
    if not drawn:
        return None

    def draw(canvas: PlotArea) -> None:
        totals = [cold.total for cold, _ in drawn]
        limit = min(max(totals), 4 * totals[len(totals) // 2])
        for index, (cold, row) in enumerate(drawn):
            begin = 0.0
            for number, stage in enumerate(STAGES, 1):
                end = min(begin + getattr(cold, stage), limit)
                (bar,) = canvas.axes.barh(index, end - begin, 0.42, begin, color=LIGHT[f"r{number}"], linewidth=0)
                canvas.explain(bar, f"{row.title}: {stage.replace('_', ' ')} {format_duration(getattr(cold, stage))}")
                begin = end
        canvas.axes.set_xlim(0, limit * 1.02)
        canvas.set_scale("x", format_duration, most=6 if canvas.wide else 3)
        cut = ["\N{RIGHTWARDS ARROW} " if total > limit * 1.001 else "" for total in totals]
        values = [mark + format_duration(total) for mark, total in zip(cut, totals, strict=True)]
        _name_rows(canvas, [row.title for _, row in drawn], values)
        marks = [Line2D([], [], color=LIGHT[f"r{n}"], marker="s", linestyle="none") for n in range(1, len(STAGES) + 1)]
        canvas.add_legend(marks, [stage.replace("_", " ") for stage in STAGES], 5 if canvas.wide else 3)

    return Plot("cold-start", "Cold start", _height_of_rows(len(drawn), 32), draw)


def plot_speed(rows: Sequence[Row]) -> Plot:
    """Pictures a second as bars, where a sample is more than one picture: folders and servers."""
    ran = [(row.images_per_second, row) for row in rows if row.images_per_second]
    drawn = sorted(ran, key=lambda pair: -pair[0].value)
    several = len({row.batch for row in rows}) > 1

    def draw(canvas: PlotArea) -> None:
        for index, (rate, row) in enumerate(drawn):
            (bar,) = canvas.axes.barh(index, rate.value, 0.42, color=_color(row), linewidth=0)
            canvas.axes.hlines(index, rate.low, rate.high, color=LIGHT["ink"], linewidth=1.5)
            canvas.explain(bar, describe_row(row))
        canvas.axes.set_xlim(left=0)
        canvas.set_scale("x", format_number, "images/s")
        names = [row.title + (f", batch {row.batch}" if several else "") for _, row in drawn]
        _name_rows(canvas, names, [format_number(rate.value) for rate, _ in drawn])

    return Plot("speed", "Images a second", _height_of_rows(len(drawn), 16), draw)


def plot_server(rows: Sequence[Row]) -> Plot | None:
    """The rates that the server scenario tried, with the p99 that came of them."""
    drawn = [(row, row.server) for row in rows if row.server and row.server.probes]
    if not drawn:
        return None

    def draw(canvas: PlotArea) -> None:
        axes = canvas.axes
        for target in sorted({found.target for _, found in drawn}):
            axes.axhline(target, color=LIGHT["bad"], linestyle="--", linewidth=1.4, label="target")
            place: Any = ("axes fraction", "data")
            axes.annotate(f"target {format_duration(target)}", (1, target), (0, 4), place, "offset points", ha="right")
        for row, found in drawn:
            points = sorted(found.probes, key=lambda probe: probe.rate)
            color = _color(row)
            axes.plot([p.rate for p in points], [p.p99 for p in points], _dash(row), color=color, linewidth=1.2)
            for p in points:
                told = f"{format_number(p.rate)} requests/s, p99 {format_duration(p.p99)} over {p.requests} requests"
                told = f"{row.title}: {told}, {'held' if p.held else 'did not hold'}"
                _draw_mark(canvas, row, p.rate, p.p99, 7, hollow=not p.held, tip=told)
        canvas.set_scale("x", format_number, "requests/s, logarithmic", log=True)
        canvas.set_scale("y", format_duration, "p99", log=True)
        _add_legend(canvas, [row for row, _ in drawn])

    return Plot("server", "Poisson arrivals", (390, 400), draw)


def _tell_latency(row: Row) -> str:
    ratio = f", {format_number(row.speedup.value)} x" if row.speedup and row.speedup.against != row.title else ""
    return format_duration(row.latency["p50"].value) + ratio


def _tell_share(row: Row) -> str:
    return f"{row.title}, {format_percent(1 / row.floor.times.value)}" if row.floor else row.title


def _color(row: Row) -> str:
    return LIGHT[color_backend(row.backend)]


def _dash(row: Row) -> str:
    return DASHES.get(row.precision, "-")


def _style_mark(row: Row, size: float = 8, hollow: bool = False) -> dict[str, Any]:
    fill, edge = (LIGHT["surface"], _color(row)) if hollow else (_color(row), LIGHT["surface"])
    style = {"markerfacecolor": fill, "markeredgecolor": edge, "markeredgewidth": 1.2, "linestyle": "none"}
    return {"marker": MARKERS.get(row.precision, "o"), "markersize": size, **style}


def _draw_mark(
    canvas: PlotArea, row: Row, x: float, y: float, size: float = 8, hollow: bool = False, tip: str = ""
) -> None:
    (mark,) = canvas.axes.plot(x, y, **_style_mark(row, size, hollow))
    canvas.explain(mark, tip or describe_row(row))


def _add_legend(canvas: PlotArea, rows: Sequence[Row], name: Callable[[Row], str] = lambda row: row.title) -> None:
    """The names of the marks, below the plot."""
    known = list({row.title: row for row in rows}.values())
    marks = [Line2D([], [], **_style_mark(row)) for row in known]
    canvas.add_legend(marks, [_shorten(name(row)) for row in known], 3 if canvas.wide else 2)


def _name_rows(canvas: PlotArea, names: Sequence[str], values: Sequence[str]) -> None:
    """One row a way, the first one on top: its name on the left, its value on the right; above it on a phone."""
    axes, place = canvas.axes, ("axes fraction", "data")
    axes.grid(axis="y", visible=False)
    axes.set_ylim(len(names) - 0.6, -0.85)
    axes.set_yticks(range(len(names)), [_shorten(name) if canvas.wide else "" for name in names])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"], labelsize=11.5)
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        if canvas.wide:
            axes.annotate(value, (1, index), (8, 0), place, "offset points", va="center")
        else:
            axes.annotate(_shorten(name), (0, index - 0.62), xycoords=place, va="center")
            axes.annotate(value, (1, index - 0.62), xycoords=place, va="center", ha="right")


def _shorten(name: str) -> str:
    """A name that leaves room for what it names."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _height_of_rows(count: int, more: int = 0) -> tuple[int, int]:
    return ROW * count + 40 + more, NARROW_ROW * count + 40 + more
