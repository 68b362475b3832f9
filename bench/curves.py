"""The figures of single runs of the network: latency, throughput, accuracy, roofline."""

import math
from collections.abc import Sequence

import numpy as np

from . import svg, words
from .figure import DASHES, Figure, color, interval, shape
from .floor import CONVOLUTION, COPY, best
from .run import Ceiling, Row
from .svg import Labels, Scale

EQUAL = 200.0  # dB, of equal pictures
DOTS = 240  # raw samples of a row that are drawn; all of them are in the numbers


def latency(rows: Sequence[Row], width: int) -> Figure | None:
    """Every sample of each row, their density, the median with its interval, and the tails."""
    drawn = sorted((row for row in rows if row.samples and row.latency), key=lambda row: row.latency["p50"].value)
    if not drawn:
        return None
    wide = width > 500
    left, right = (168, 96) if wide else (14, 16)
    step, room = (46, 30) if wide else (66, 28)
    values = np.concatenate([row.samples.values for row in drawn if row.samples])
    scale = Scale(*svg.padded([float(values.min()), float(values.max())], 0.04), left, width - right, log=True)
    height = step * len(drawn) + 46
    parts = [svg.axis_x(scale, 8, height - 38, words.duration, 8 if wide else 5)]
    for index, row in enumerate(drawn):
        base = 8 + step * (index + 1) - 12.0
        parts.append(_distribution(row, base, scale, room, width, wide))
    return Figure(
        "latency",
        "Latency, every sample",
        "Dots are single samples, the curve is how densely they lie. The mark is the median, the bar its 95 % "
        "interval, the ticks are p90 and p99. Logarithmic: equal steps are equal ratios. Left is better.",
        width,
        height,
        "".join(parts),
    )


def _distribution(row: Row, base: float, scale: Scale, room: float, width: int, wide: bool) -> str:
    assert row.samples is not None
    values = np.sort(row.samples.values)
    logs = np.log10(values)
    spread = max(float(logs.std()), 1e-3)
    band = max(1.06 * spread * len(logs) ** -0.2, math.log10(scale.high / scale.low) / 160)
    low, high = math.log10(scale.low), math.log10(scale.high)
    grid = np.linspace(max(logs[0] - 3 * band, low), min(logs[-1] + 3 * band, high), 90)
    density = np.exp(-0.5 * ((grid[:, None] - logs) / band) ** 2).sum(axis=1)
    tops = base - room * density / density.max()
    curve = [(scale(10**x), float(y)) for x, y in zip(grid, tops, strict=True)]
    chosen = values[np.unique(np.linspace(0, len(values) - 1, DOTS).astype(int))]
    wobble = np.random.default_rng(0).uniform(2.5, 9.0, len(chosen))
    p50 = row.latency["p50"]
    ratio = words.times(row.speedup.value) if row.speedup and row.speedup.against != row.title else ""
    value = words.duration(p50.value)
    told = [f"{row.title}: median {value} [{words.duration(p50.low)}, {words.duration(p50.high)}]"]
    told += [f"{name} {words.duration(row.latency[name].value)}" for name in ("p90", "p99") if name in row.latency]
    told += [f"{len(values)} samples"] + ([f"{ratio} against {row.speedup.against}"] if ratio and row.speedup else [])
    ticks = [
        svg.line(scale(row.latency[name].value), base - 7, scale(row.latency[name].value), base + 3, "tail ink")
        for name in ("p90", "p99")
        if name in row.latency and row.latency[name].enough
    ]
    if wide:
        names = svg.text(row.title, 8, base - 2, "label")
        numbers = svg.text(value, width - 8, base - 8, "value", "end") + svg.text(
            ratio, width - 8, base + 7, "tick", "end"
        )
        hit = svg.element("rect", x=0, y=base - room - 2, width=width, height=room + 14, class_="hit")
    else:
        names = svg.text(row.title, 8, base - room - 9, "label")
        numbers = svg.text(f"{value}  {ratio}".strip(), width - 8, base - room - 9, "value", "end")
        hit = svg.element("rect", x=0, y=base - room - 22, width=width, height=room + 34, class_="hit")
    return svg.group(
        hit,
        names,
        numbers,
        svg.path([(curve[0][0], base), *curve, (curve[-1][0], base)], "area", close=True),
        svg.path(curve, "curve"),
        svg.dots([(scale(float(v)), base + float(y)) for v, y in zip(chosen, wobble, strict=True)], "dots"),
        *ticks,
        svg.line(scale(p50.low), base, scale(p50.high), base, "bar"),
        svg.mark(shape(row), scale(p50.value), base, "mark"),
        tip="; ".join(told),
        class_=f"row {color(row)}",
    )


def throughput(rows: Sequence[Row], width: int) -> Figure | None:
    """Pictures a second against the batch, where there are several batches."""
    lines: dict[str, list[Row]] = {}
    for row in rows:
        if row.images_per_second:
            lines.setdefault(row.title, []).append(row)
    batches = sorted({row.batch for points in lines.values() for row in points})
    if len(batches) < 2:
        return None
    wide = width > 500
    left, right, height = (56, 168, 380) if wide else (44, 18, 320)
    top = max(row.images_per_second.high for points in lines.values() for row in points if row.images_per_second)
    y = Scale(0, 1.06 * top, height - 44.0, 14.0)
    x = Scale(0, len(batches) - 1, left + 18.0, width - right - 12.0)
    parts = [svg.axis_y(y, left, width - right, words.number)]
    parts += [svg.text(str(batch), x(i), height - 24, "tick", "middle") for i, batch in enumerate(batches)]
    parts.append(svg.text("pictures in a batch", (left + width - right) / 2, height - 6, "axis", "middle"))
    ends = []
    for title, points in lines.items():
        points = sorted(points, key=lambda row: row.batch)
        places = [(row, x(batches.index(row.batch)), row.images_per_second) for row in points]
        drawn = [svg.path([(px, y(r.value)) for _, px, r in places if r], "line", dash=DASHES.get(points[0].precision))]
        for row, px, r in places:
            if r:
                told = f"{title}, batch {row.batch}: {interval(r)} images/s"
                whisker = svg.line(px, y(r.low), px, y(r.high), "whisker")
                drawn.append(svg.group(whisker, svg.mark(shape(row), px, y(r.value), "mark", 4.5), tip=told))
        parts.append(svg.group(*drawn, class_=color(points[0])))
        last = places[-1][2]
        ends.append((title, color(points[0]), y(last.value if last else 0)))
    if wide:
        for (title, kind, _), place in zip(ends, svg.apart([e[2] for e in ends], 15, 16, height - 48), strict=True):
            parts.append(svg.element("circle", cx=width - right + 8, cy=place, r=3.5, class_=f"key {kind}"))
            parts.append(svg.text(title, width - right + 16, place + 4, "label"))
    return Figure(
        "throughput",
        "Throughput against batch",
        "Images a second with 95 % intervals. A line that is level gains nothing from batches.",
        width,
        height,
        "".join(parts),
        not wide,
    )


def accuracy(rows: Sequence[Row], width: int) -> Figure | None:
    """How near to eager fp32 each way paints, against how fast it is."""
    drawn = [row for row in rows if row.accuracy and row.images_per_second]
    if len(drawn) < 2:
        return None
    wide = width > 500
    left, right, height = (58, 20, 380) if wide else (46, 12, 330)
    rates = [r for row in drawn if (i := row.images_per_second) for r in (i.low, i.high)]
    levels = [min(row.accuracy.psnr, EQUAL) for row in drawn if row.accuracy]
    x = Scale(*svg.padded([r for r in rates if r > 0] or [1.0], 0.12), left, width - right, log=True)
    y = Scale(min(20.0, min(levels) - 5), EQUAL, height - 46.0, 36.0)
    equal = y(EQUAL)
    parts = [
        svg.axis_x(x, 30, height - 46, words.number, 7 if wide else 4),
        svg.axis_y(y, left, width - right, lambda v: "" if v >= EQUAL else words.number(v)),
        svg.text("equal", left - 8, equal + 4, "tick", "end"),
        svg.text("images/s, logarithmic", (left + width - right) / 2, height - 8, "axis", "middle"),
        svg.text("PSNR, dB", left - 8, 12, "axis", "middle"),
    ]
    places = []
    labels = Labels(left + 4, width)
    for row in drawn:
        if row.accuracy and row.images_per_second:
            place = (x(row.images_per_second.value), y(min(row.accuracy.psnr, EQUAL)))
            places.append((row, *place))
            labels.keep_free(*place)
    for row, px, py in places:
        told = _accuracy_told(row)
        bars = svg.line(x(row.images_per_second.low), py, x(row.images_per_second.high), py, "whisker")  # type: ignore[union-attr]
        name = labels.place(row.title, px, py, "label", aside=False)
        drawing = svg.group(bars, svg.mark(shape(row), px, py, "mark", 6), tip=told, class_=color(row))
        parts += [drawing, name]
    return Figure(
        "accuracy",
        "Accuracy against speed",
        "PSNR of the colors against eager fp32 on real line art, over images a second. Up and right is better; what "
        "falls below its limit has failed and is not drawn.",
        width,
        height,
        "".join(parts),
        labels.lost > 0,
    )


def _accuracy_told(row: Row) -> str:
    found = row.accuracy
    assert found
    assert row.images_per_second
    return (
        f"{row.title}: {interval(row.images_per_second)} images/s, {words.decibels(found.psnr)}, largest difference "
        f"{found.max_difference:.1e}, CIEDE2000 mean {words.number(found.ciede2000_mean)}, p99 "
        f"{words.number(found.ciede2000_p99)}, {found.pictures} pictures"
    )


def roofline(rows: Sequence[Row], ceilings: Sequence[Ceiling], width: int) -> Figure | None:
    """Operations a second against operations for each byte, under the roofs that were measured in the same run."""
    drawn = [row for row in rows if row.floor and row.median]
    roofs = []
    for device, precision in dict.fromkeys((row.device, row.precision) for row in drawn):
        flat, slope = best(ceilings, CONVOLUTION, device, precision), best(ceilings, COPY, device, "")
        if flat and slope:
            roofs.append((device, precision, flat, slope))
    if not drawn or not roofs:
        return None
    wide = width > 500
    left, right, height = (58, 20, 400) if wide else (46, 12, 350)
    intensity = [row.floor.flops / row.floor.bytes for row in drawn if row.floor]
    speeds = [row.floor.flops / row.median for row in drawn if row.floor and row.median]
    knees = [flat.rate.value / slope.rate.value for *_, flat, slope in roofs]
    x = Scale(*svg.padded([*intensity, min(knees) / 6, max(intensity) * 3], 0.03), left, width - right, log=True)
    tops = [flat.rate.value for *_, flat, _ in roofs]
    y = Scale(min(min(speeds), min(tops)) / 2.2, max(tops) * 1.7, height - 48.0, 24.0, log=True)
    parts = [
        svg.axis_x(x, 24, height - 48, words.number, 7 if wide else 4),
        svg.axis_y(y, left, width - right, lambda v: words.number(v / 1e9), 7),
        svg.text("GFLOP/s", left - 8, 12, "axis", "middle"),
        svg.text("operations for each byte, FLOP/B", (left + width - right) / 2, height - 8, "axis", "middle"),
    ]
    for device, precision, flat, slope in roofs:
        knee = flat.rate.value / slope.rate.value
        start = max(x.low, y.low / slope.rate.value)
        points = [(start, start * slope.rate.value), (knee, flat.rate.value), (x.high, flat.rate.value)]
        where = f" on {device}" if device != "cpu" else ""
        told = (
            f"roof of {precision}{where}: {words.rate(flat.rate.value, 'FLOP/s')} by {flat.by}, convolution of "
            f"{flat.shape}; {words.rate(slope.rate.value, 'B/s')} copied"
        )
        drawing = svg.path([(x(a), y(b)) for a, b in points], "roof")
        height_of = y(flat.rate.value)
        label = svg.text(f"{precision}{where} {words.rate(flat.rate.value, 'FLOP/s')}", left + 8, height_of - 6, "tick")
        parts += [svg.line(left, height_of, x(knee), height_of, "extend"), svg.group(drawing, tip=told), label]
    labels = Labels(left + 4, width - right + 8)
    places = []
    for row in drawn:
        if row.floor and row.median:
            place = (x(row.floor.flops / row.floor.bytes), y(row.floor.flops / row.median))
            labels.keep_free(*place)
            places.append((row, *place))
    for row, px, py in sorted(places, key=lambda item: item[2]):
        assert row.floor
        assert row.median
        told = (
            f"{row.title}: {words.rate(row.floor.flops / row.median, 'FLOP/s')}, "
            f"{words.number(row.floor.flops / row.floor.bytes)} FLOP/B, {words.times(row.floor.times.value)} the floor "
            f"of {words.duration(row.floor.seconds)} ({row.floor.bound})"
        )
        parts.append(svg.group(svg.mark(shape(row), px, py, "mark", 6), tip=told, class_=color(row)))
        parts.append(labels.place(f"{row.title}, {words.percent(1 / row.floor.times.value)}", px, py, "label"))
    return Figure(
        "roofline",
        "Roofline",
        "What each way makes of this machine. The roofs are the fastest convolutions and the copying measured in the "
        "same run, the percentages how much of their own roof the ways reach.",
        width,
        height,
        "".join(parts),
        labels.lost > 0,
    )
