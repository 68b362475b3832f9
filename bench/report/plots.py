"""The plots of a result: latency, throughput, accuracy, roofline, cold start, servers."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from scipy import stats

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from ..floor import CONVOLUTION, COPY, find_best
from ..result import EQUAL, Ceiling, Result, Row
from .columns import Panel, make_panels
from .drawing import Canvas, Plot, render_sheet
from .numbers import (
    Format,
    format_decibels,
    format_duration,
    format_interval,
    format_number,
    format_percent,
    format_rate,
    format_ratio,
)
from .theme import LIGHT, STAGES, color_backend

MARKERS = {"fp32": "o", "bf16": "D", "fp16": "s"}
DASHES = {"fp32": "-", "bf16": "--", "fp16": ":"}
DOTS = 240  # raw samples of a row that are drawn; all of them are in the numbers
ROW = 46  # pixels of a row of a plot that has one for each way
NARROW_ROW = 60  # pixels where its name stands above it
LONGEST = 32  # letters of a name


def make_plots(panel: Panel, ceilings: Sequence[Ceiling]) -> list[Plot]:
    """The plots of a panel that it has numbers for."""
    scenario = panel.rows[0].scenario if panel.rows else ""
    single, rows = panel.first_batch, panel.rows
    makers: list[Callable[[], Plot | None]] = {
        "single-stream": [
            lambda: plot_latency(single),
            lambda: plot_accuracy(single),
            lambda: plot_throughput(rows),
            lambda: plot_roofline(single, ceilings),
            lambda: plot_cold_start(single),
        ],
        "interactive": [lambda: plot_latency(single), lambda: plot_roofline(single, ceilings)],
        "offline": [lambda: plot_speed(rows)],
        "server": [lambda: plot_server(rows), lambda: plot_speed(rows), lambda: plot_latency(single)],
    }.get(scenario, [])
    return [plot for make in makers if (plot := make())]


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
        content = render_sheet([(f"{plot.title} ({title})", plot) for title, plot in drawn], footer, kind[1:])
        with replacing(place) as temporary:
            temporary.write_bytes(content)
        return [place]
    written = []
    for title, plot in drawn:
        path = place / f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}-{plot.name}.svg"
        with replacing(path) as temporary:
            temporary.write_text(plot.render_svg(standalone=True), "utf-8")
        written.append(path)
    return written


def plot_latency(rows: Sequence[Row]) -> Plot | None:
    """Samples of each row, their density, the median with its interval, and the tails."""
    drawn = sorted((row for row in rows if row.samples and row.latency), key=lambda row: row.latency["p50"].value)

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        axes.set_xscale("log")
        for index, row in enumerate(drawn):
            _draw_distribution(canvas, row, index)
        _format_log(axes, format_duration, "x", 6 if canvas.wide else 4)
        ratios = [row.speedup for row in drawn]
        _name_rows(
            canvas,
            [row.title for row in drawn],
            [
                format_duration(row.latency["p50"].value)
                + (f", {format_ratio(ratio.value)}" if ratio and ratio.against != row.title else "")
                for row, ratio in zip(drawn, ratios, strict=True)
            ],
        )

    return (
        drawn
        and Plot(
            "latency",
            "Latency, every sample",
            "Ticks below are single samples, the curve is how densely they lie. The mark is the median, the bar its "
            "95 % interval, the strokes are p90 and p99. Logarithmic: equal steps are equal ratios. Left is better.",
            _height_of_rows(len(drawn)),
            draw,
        )
    ) or None


def _draw_distribution(canvas: Canvas, row: Row, index: int) -> None:
    assert row.samples
    axes, color, values = canvas.axes, _color(row), np.sort(row.samples.values)
    chosen = values[np.unique(np.linspace(0, len(values) - 1, DOTS).astype(int))]
    rug = np.column_stack([chosen, chosen, np.full_like(chosen, np.nan)]).ravel()
    heights = np.tile([index + 0.07, index + 0.19, np.nan], len(chosen))
    axes.plot(rug, heights, color=color, linewidth=0.9, alpha=0.45)
    logs = np.log10(values)
    if logs.std() > 1e-6:
        grid = np.linspace(logs[0] - 0.3 * np.ptp(logs), logs[-1] + 0.3 * np.ptp(logs), 90)
        density = stats.gaussian_kde(logs)(grid)
        tops = index - (0.62 if canvas.wide else 0.4) * density / density.max()
        axes.fill_between(10**grid, index, tops, color=color, alpha=0.22, linewidth=0)
        axes.plot(10**grid, tops, color=color, linewidth=1.4)
    p50 = row.latency["p50"]
    for name in ("p90", "p99"):
        if name in row.latency and row.latency[name].enough:
            axes.plot([row.latency[name].value] * 2, [index - 0.14, index + 0.05], color=LIGHT["ink"], linewidth=1.4)
    axes.plot([p50.low, p50.high], [index, index], color=color, linewidth=5, alpha=0.5, solid_capstyle="round")
    (mark,) = axes.plot(p50.value, index, **_mark(row))
    told = [f"{row.title}: median {format_interval(p50, format_duration)}"]
    told += [f"{name} {format_duration(row.latency[name].value)}" for name in ("p90", "p99") if name in row.latency]
    told += [f"{len(values)} samples"]
    if row.speedup and row.speedup.against != row.title:
        told += [f"{format_ratio(row.speedup.value)} against {row.speedup.against}"]
    canvas.explain(mark, "; ".join(told))


def plot_throughput(rows: Sequence[Row]) -> Plot | None:
    """Pictures a second against the batch, where there are several batches."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        if row.images_per_second:
            lines.setdefault(row.title, []).append(row)
    batches = sorted({row.batch for points in lines.values() for row in points})

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        for title, points in lines.items():
            points = sorted(points, key=lambda row: row.batch)
            places = [batches.index(row.batch) for row in points]
            rates = [row.images_per_second for row in points if row.images_per_second]
            axes.plot(places, [rate.value for rate in rates], color=_color(points[0]), linestyle=_dash(points[0]))
            for row, place, rate in zip(points, places, rates, strict=True):
                axes.plot([place, place], [rate.low, rate.high], color=_color(row), linewidth=1.5)
                (mark,) = axes.plot(place, rate.value, **_mark(row))
                canvas.explain(mark, f"{title}, batch {row.batch}: {format_interval(rate)} images/s")
        axes.set_xticks(range(len(batches)), [str(batch) for batch in batches])
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(_formatter(format_number))
        axes.set_xlabel("pictures in a batch")
        axes.set_ylabel("images/s")
        _add_legend(canvas, [points[0] for points in lines.values()])

    return (
        len(batches) > 1
        and Plot(
            "throughput",
            "Throughput against batch",
            "Images a second with 95 % intervals. A line that is level gains nothing from batches.",
            (380, 400),
            draw,
        )
    ) or None


def plot_accuracy(rows: Sequence[Row]) -> Plot | None:
    """How near to eager fp32 each way paints, against how fast it is."""
    drawn = [(row, row.accuracy, row.images_per_second) for row in rows if row.accuracy and row.images_per_second]

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        axes.set_xscale("log")
        for row, found, rate in drawn:
            level = min(found.psnr, EQUAL)
            axes.plot([rate.low, rate.high], [level, level], color=_color(row), linewidth=1.5)
            (mark,) = axes.plot(rate.value, level, **_mark(row, 8))
            canvas.explain(
                mark,
                f"{row.title}: {format_interval(rate)} images/s, {format_decibels(found.psnr)}, largest difference "
                f"{found.max_difference:.1e}, CIEDE2000 mean {format_number(found.ciede2000_mean)}, p99 "
                f"{format_number(found.ciede2000_p99)}, {found.pictures} pictures",
            )
        axes.margins(x=0.12)
        axes.set_ylim(min(20.0, *(found.psnr - 5 for _, found, _ in drawn)), EQUAL + 8)
        axes.yaxis.set_major_locator(FixedLocator([*range(25, 200, 25), EQUAL]))
        axes.yaxis.set_major_formatter(_formatter(lambda value: "equal" if value >= EQUAL else f"{value:g}"))
        _format_log(axes, format_number, "x", 6 if canvas.wide else 4)
        axes.set_xlabel("images/s, logarithmic")
        axes.set_ylabel("PSNR, dB")
        _add_legend(canvas, [row for row, _, _ in drawn])

    return (
        len(drawn) > 1
        and Plot(
            "accuracy",
            "Accuracy against speed",
            "PSNR of the colors against eager fp32 on real line art, over images a second. Up and right is better; "
            "what falls below its limit has failed and is not drawn.",
            (390, 400),
            draw,
        )
    ) or None


def plot_roofline(rows: Sequence[Row], ceilings: Sequence[Ceiling]) -> Plot | None:
    """Operations a second against operations for each byte, under the roofs that were measured in the same run."""
    drawn = [(row, row.floor, row.median) for row in rows if row.floor and row.median]
    roofs = []
    for device, precision in dict.fromkeys((row.device, row.precision) for row, _, _ in drawn):
        flat, slope = find_best(ceilings, CONVOLUTION, device, precision), find_best(ceilings, COPY, device, "")
        if flat and slope:
            roofs.append((device, precision, flat, slope))

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        axes.set_xscale("log")
        axes.set_yscale("log")
        intensities = [floor.flops / floor.bytes for _, floor, _ in drawn]
        knees = [flat.rate.value / slope.rate.value for *_, flat, slope in roofs]
        left, right = min(*intensities, min(knees) / 6), max(intensities) * 3
        for device, precision, flat, slope in roofs:
            knee, top = flat.rate.value / slope.rate.value, flat.rate.value
            (roof,) = axes.plot([left, knee, right], [left * slope.rate.value, top, top], color=LIGHT["muted"])
            axes.plot([left, knee], [top, top], color=LIGHT["line"], linestyle=(0, (3, 4)), linewidth=1)
            name = precision + (f" on {device}" if device != "cpu" else "")
            axes.annotate(
                f"{name} {format_rate(top, 'FLOP/s')}", (left, top), (4, 4), textcoords="offset points", fontsize=10
            )
            canvas.explain(
                roof,
                f"roof of {name}: {format_rate(top, 'FLOP/s')} by {flat.by}, convolution of {flat.shape}; "
                f"{format_rate(slope.rate.value, 'B/s')} copied",
            )
        for row, floor, median in drawn:
            (mark,) = axes.plot(floor.flops / floor.bytes, floor.flops / median, **_mark(row, 8))
            canvas.explain(
                mark,
                f"{row.title}: {format_rate(floor.flops / median, 'FLOP/s')}, "
                f"{format_number(floor.flops / floor.bytes)} FLOP/B, {format_ratio(floor.times.value)} the floor of "
                f"{format_duration(floor.seconds)} "
                f"({floor.bound})",
            )
        tops = [flat.rate.value for *_, flat, _ in roofs]
        axes.set_ylim(min(*(floor.flops / median for _, floor, median in drawn), *tops) / 2.2, max(tops) * 1.7)
        axes.set_xlim(left, right)
        _format_log(axes, format_number, "x", 6 if canvas.wide else 4)
        _format_log(axes, lambda value: format_number(value / 1e9), "y", 6)
        axes.set_xlabel("operations for each byte, FLOP/B")
        axes.set_ylabel("GFLOP/s")
        _add_legend(canvas, [row for row, _, _ in drawn], lambda row: _tell_share(row))

    return (
        (drawn and roofs)
        and Plot(
            "roofline",
            "Roofline",
            "What each way makes of this machine. The roofs are the fastest convolutions and the copying measured in "
            "the same run, the percentages how much of their own roof the ways reach.",
            (410, 440),
            draw,
        )
    ) or None


def plot_cold_start(rows: Sequence[Row]) -> Plot | None:
    """What the first picture in a fresh process waits for."""
    seen = {row.title: row.cold_start for row in rows if row.cold_start}
    drawn = sorted(seen.items(), key=lambda item: item[1].total)

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        totals = [cold.total for _, cold in drawn]
        limit = min(max(totals), 4 * totals[len(totals) // 2])
        for index, (title, cold) in enumerate(drawn):
            stages = [(name.replace("_", " "), getattr(cold, name)) for name in STAGES]
            told = ", ".join(f"{name} {format_duration(seconds)}" for name, seconds in stages)
            begin = 0.0
            for number, (_, seconds) in enumerate(stages, 1):
                width = min(begin + seconds, limit) - min(begin, limit)
                (bar,) = axes.barh(index, width, 0.42, begin, color=LIGHT[f"r{number}"], linewidth=0)
                canvas.explain(bar, f"{title}: {format_duration(cold.total)}; {told}")
                begin = min(begin + seconds, limit)
        axes.set_xlim(0, limit * 1.02)
        axes.xaxis.set_major_locator(MaxNLocator(6 if canvas.wide else 3))
        axes.xaxis.set_major_formatter(_formatter(format_duration))
        values = [
            f"\N{RIGHTWARDS ARROW} {format_duration(total)}" if total > limit * 1.001 else format_duration(total)
            for total in totals
        ]
        _name_rows(canvas, [title for title, _ in drawn], values)
        names = [name.replace("_", " ") for name in STAGES]
        marks = [Line2D([], [], color=LIGHT[f"r{n}"], marker="s", linestyle="none") for n in range(1, len(names) + 1)]
        axes.figure.legend(marks, names, loc="outside lower left", ncols=5 if canvas.wide else 3)

    low, high = _height_of_rows(len(drawn))
    return (
        drawn
        and Plot(
            "cold-start",
            "Cold start",
            "A fresh process, its files in the disk's cache: the interpreter and this package, the runtime library, "
            "the model's files, the runtime's model, the first picture. What takes far longer than the others is cut.",
            (low + 24, high + 40),
            draw,
        )
    ) or None


def plot_speed(rows: Sequence[Row]) -> Plot | None:
    """Pictures a second as bars, where a sample is more than one picture: folders and servers."""
    ran = [(row, row.images_per_second) for row in rows if row.images_per_second]
    drawn = sorted(ran, key=lambda item: -item[1].value)
    several = len({row.batch for row, _ in drawn}) > 1
    names = [row.title + (f", batch {row.batch}" if several else "") for row, _ in drawn]

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        for index, (row, rate) in enumerate(drawn):
            (bar,) = axes.barh(index, rate.value, 0.42, color=_color(row), linewidth=0)
            axes.plot([rate.low, rate.high], [index, index], color=LIGHT["ink"], linewidth=1.5)
            canvas.explain(bar, f"{names[index]}: {format_interval(rate)} images/s")
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(6 if canvas.wide else 4))
        axes.xaxis.set_major_formatter(_formatter(format_number))
        axes.set_xlabel("images/s")
        _name_rows(canvas, names, [format_number(rate.value) for _, rate in drawn])

    held = "The highest rate that held, and on to the lowest that did not."
    low, high = _height_of_rows(len(drawn))
    return (
        drawn
        and Plot(
            "speed",
            "Images a second",
            held if drawn[0][0].server else "The whisker is the 95 % interval. Longer is better.",
            (low + 16, high + 16),
            draw,
        )
    ) or None


def plot_server(rows: Sequence[Row]) -> Plot | None:
    """The rates that the server scenario tried, with the p99 that came of them."""
    drawn = [(row, row.server) for row in rows if row.server and row.server.probes]

    def draw(canvas: Canvas) -> None:
        axes = canvas.axes
        axes.set_xscale("log")
        axes.set_yscale("log")
        for target in sorted({found.target for _, found in drawn}):
            axes.axhline(target, color=LIGHT["bad"], linestyle="--", linewidth=1.4)
            axes.annotate(
                f"target {format_duration(target)}", (1, target), (0, 4), ("axes fraction", "data"), "offset points",
                ha="right", fontsize=10,
            )  # fmt: skip
        for row, found in drawn:
            points = sorted(found.probes, key=lambda probe: probe.rate)
            rates, tails = [p.rate for p in points], [p.p99 for p in points]
            axes.plot(rates, tails, color=_color(row), linestyle=_dash(row), linewidth=1.2)
            for p in points:
                (mark,) = axes.plot(p.rate, p.p99, **_mark(row, 7, hollow=not p.held))
                canvas.explain(
                    mark,
                    f"{row.title}: {format_number(p.rate)} requests/s, p99 {format_duration(p.p99)} over {p.requests} "
                    f"requests, {'held' if p.held else 'did not hold'}",
                )
        _format_log(axes, format_number, "x", 6 if canvas.wide else 4)
        _format_log(axes, format_duration, "y", 6)
        axes.set_xlabel("requests/s, logarithmic")
        axes.set_ylabel("p99")
        _add_legend(canvas, [row for row, _ in drawn])

    return (
        drawn
        and Plot(
            "server",
            "Poisson arrivals",
            "The 99th percentile of the latency at each rate that was tried; hollow marks missed the target. What "
            "waits for others is counted from its arrival.",
            (390, 400),
            draw,
        )
    ) or None


def _tell_share(row: Row) -> str:
    return f"{row.title}, {format_percent(1 / row.floor.times.value)}" if row.floor else row.title


def _color(row: Row) -> str:
    return LIGHT[color_backend(row.backend)]


def _dash(row: Row) -> str:
    return DASHES.get(row.precision, "-")


def _mark(row: Row, size: float = 7, hollow: bool = False) -> dict[str, Any]:
    """How the mark of a row is drawn: a color is a backend, a shape a precision, in every plot."""
    return {
        "marker": MARKERS.get(row.precision, "o"),
        "markersize": size,
        "linestyle": "none",
        "markerfacecolor": LIGHT["surface"] if hollow else _color(row),
        "markeredgecolor": _color(row) if hollow else LIGHT["surface"],
        "markeredgewidth": 1.2,
    }


def _add_legend(canvas: Canvas, rows: Sequence[Row], name: Callable[[Row], str] = lambda row: row.title) -> None:
    """The names of the marks, below the plot."""
    known = list({row.title: row for row in rows}.values())
    marks = [Line2D([], [], **_mark(row)) for row in known]
    columns = 3 if canvas.wide else 2
    canvas.axes.figure.legend(marks, [_shorten(name(row)) for row in known], loc="outside lower left", ncols=columns)


def _name_rows(canvas: Canvas, names: Sequence[str], values: Sequence[str]) -> None:
    """One row a way, the first one on top: its name on the left, its value on the right; above it on a phone."""
    axes, names = canvas.axes, [_shorten(name) for name in names]
    axes.grid(axis="y", visible=False)
    axes.set_ylim(len(names) - 0.6, -0.85)
    axes.set_yticks(range(len(names)), names if canvas.wide else [""] * len(names))
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"], labelsize=11.5)
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        if canvas.wide:
            axes.annotate(value, (1, index), (8, 0), ("axes fraction", "data"), "offset points", va="center")
        else:
            place = (index - 0.62, ("axes fraction", "data"))
            axes.annotate(name, (0, place[0]), xycoords=place[1], va="center")
            axes.annotate(value, (1, place[0]), xycoords=place[1], va="center", ha="right")


def _shorten(name: str) -> str:
    """A name that leaves room for what it names."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _height_of_rows(count: int) -> tuple[int, int]:
    return ROW * count + 40, NARROW_ROW * count + 40


def _formatter(form: Format) -> FuncFormatter:
    """Numbers of ticks, without the zeros behind their last digit: ticks are round."""
    return FuncFormatter(lambda value, _: re.sub(r"(\.\d*?)0+(?!\d)", lambda found: found[1].rstrip("."), form(value)))


def _format_log(axes: Axes, form: Format, axis: str, most: int) -> None:
    """Few round ticks on a logarithmic axis: 1, 2 and 5 of each decade, or even steps within one."""
    chosen, (low, high) = (axes.xaxis, axes.get_xlim()) if axis == "x" else (axes.yaxis, axes.get_ylim())
    decades = np.log10(high / low)
    subs = (1,) if decades > 2.3 else (1, 2, 5) if decades > 1 else (1, 2, 3, 4, 6, 8) if most > 4 else (1, 2, 4, 6)
    few = MaxNLocator(most, steps=[1, 2, 5, 10])
    chosen.set_major_locator(few if decades < 0.4 else LogLocator(subs=subs, numticks=99))
    chosen.set_major_formatter(_formatter(form))
    chosen.set_minor_locator(NullLocator())
