"""The figures of what takes long: cold starts, folders, and servers."""

from collections.abc import Sequence

from . import svg, words
from .figure import DASHES, STAGES, Figure, color, interval, shape
from .run import Row
from .svg import Scale


def cold_start(rows: Sequence[Row], width: int) -> Figure | None:
    """What the first picture in a fresh process waits for."""
    seen = {row.title: row for row in rows if row.cold_start}
    drawn = sorted(seen.values(), key=lambda row: row.cold_start.total if row.cold_start else 0.0)
    if not drawn:
        return None
    wide = width > 500
    left, right, step = (168, 78, 30) if wide else (14, 74, 46)
    totals = [row.cold_start.total for row in drawn if row.cold_start]
    limit = min(max(totals), 4 * totals[len(totals) // 2])  # what takes far longer than the others is cut
    x = Scale(0, limit, left, width - right)
    height = step * len(drawn) + 64
    parts = [svg.axis_x(x, 4, height - 58, words.duration, 7 if wide else 4), _stages(height - 14, width)]
    for index, row in enumerate(drawn):
        assert row.cold_start is not None
        y = 4 + step * index + (6.0 if wide else 22.0)
        stages = [(name, getattr(row.cold_start, name)) for name in STAGES]
        told = f"{row.title}: {words.duration(row.cold_start.total)}; " + ", ".join(
            f"{name.replace('_', ' ')} {words.duration(seconds)}" for name, seconds in stages
        )
        done, blocks = 0.0, []
        for stage, (_, seconds) in enumerate(stages):
            begin, end = (x(min(place, limit)) for place in (done, done + seconds))
            if end - begin > 1:
                blocks.append(
                    svg.element("rect", x=begin, y=y, width=end - begin - 1, height=18, class_=f"stage s{stage + 1}")
                )
            done += seconds
        name = svg.text(row.title, 8, y + 13 if wide else y - 6, "label")
        cut = f"\N{RIGHTWARDS ARROW} {words.duration(done)}" if done > limit * 1.001 else words.duration(done)
        total = svg.text(cut, x(min(done, limit)) + 6, y + 13, "value")
        parts.append(svg.group(name, *blocks, total, tip=told))
    return Figure(
        "cold-start",
        "Cold start",
        "A fresh process, its files in the disk's cache: the interpreter and this package, the runtime library, the "
        "model's files, the runtime's model, the first picture. What takes far longer than the others is cut.",
        width,
        height,
        "".join(parts),
    )


def _stages(y: float, width: int) -> str:
    """The legend of the stages, in a row."""
    names = [name.replace("_", " ") for name in STAGES]
    x, gap = 8.0, (width - 16) / (sum(map(len, names)) + 3.2 * len(names))
    parts = []
    for stage, name in enumerate(names, 1):
        parts.append(svg.element("rect", x=x, y=y - 9, width=10, height=10, class_=f"stage s{stage}"))
        parts.append(svg.text(name, x + 14, y, "tick"))
        x += min((len(name) + 3.2) * gap, 14 + len(name) * 6.2 + 14)
    return "".join(parts)


def speed(rows: Sequence[Row], width: int) -> Figure | None:
    """Pictures a second as bars, where a sample is more than one picture: folders and servers."""
    drawn = sorted(
        (row for row in rows if row.images_per_second),
        key=lambda row: -(row.images_per_second.value if row.images_per_second else 0.0),
    )
    if not drawn:
        return None
    wide = width > 500
    left, right, step = (190, 78, 32) if wide else (14, 74, 48)
    top = max(row.images_per_second.high for row in drawn if row.images_per_second)
    several = len({row.batch for row in drawn}) > 1
    x = Scale(0, top or 1.0, left, width - right)
    height = step * len(drawn) + 42
    parts = [svg.axis_x(x, 4, height - 36, words.number, 7 if wide else 4)]
    parts.append(svg.text("images/s", width - 8, height - 18, "axis", "end"))
    held = "The highest rate that held, and on to the lowest that did not."
    note = held if drawn[0].server else "The whisker is the 95 % interval. Longer is better."
    for index, row in enumerate(drawn):
        found = row.images_per_second
        assert found is not None
        y = 4 + step * index + (7.0 if wide else 23.0)
        title = row.title + (f", batch {row.batch}" if several else "")
        parts.append(
            svg.group(
                svg.text(title, 8, y + 13 if wide else y - 6, "label"),
                svg.element("rect", x=left, y=y, width=max(x(found.value) - left, 1.0), height=18, class_="block"),
                svg.line(x(found.low), y + 9, x(found.high), y + 9, "whisker ink"),
                svg.text(words.number(found.value), max(x(found.high), x(found.value)) + 7, y + 13, "value"),
                tip=f"{title}: {interval(found)} images/s",
                class_=color(row),
            )
        )
    return Figure("speed", "Images a second", note, width, height, "".join(parts))


def server(rows: Sequence[Row], width: int) -> Figure | None:
    """The rates that the server scenario tried, with the p99 that came of them."""
    drawn = [(row, row.server) for row in rows if row.server and row.server.probes]
    if not drawn:
        return None
    wide = width > 500
    left, right, height = (70, 20, 360) if wide else (58, 12, 320)
    probes = [probe for _, found in drawn for probe in found.probes]
    targets = sorted({found.target for _, found in drawn})
    x = Scale(*svg.padded([p.rate for p in probes], 0.08), left, width - right, log=True)
    y = Scale(*svg.padded([*(p.p99 for p in probes), *targets], 0.1), height - 46.0, 12.0, log=True)
    parts = [
        svg.axis_x(x, 12, height - 46, words.number, 7 if wide else 4),
        svg.axis_y(y, left, width - right, words.duration, 6),
        svg.text("requests/s, logarithmic", (left + width - right) / 2, height - 8, "axis", "middle"),
        svg.text("p99", left + 6, 24, "axis"),
    ]
    for target in targets:
        parts.append(svg.line(left, y(target), width - right, y(target), "limit"))
        parts.append(svg.text(f"target {words.duration(target)}", width - right - 4, y(target) - 6, "tick", "end"))
    for row, found in drawn:
        points = sorted(found.probes, key=lambda probe: probe.rate)
        marks = [svg.path([(x(p.rate), y(p.p99)) for p in points], "line thin", dash=DASHES.get(row.precision))]
        for p in points:
            told = (
                f"{row.title}: {words.number(p.rate)} requests/s, p99 {words.duration(p.p99)} over {p.requests} "
                f"requests, {'held' if p.held else 'did not hold'}"
            )
            kind = "mark" if p.held else "mark hollow"
            marks.append(svg.group(svg.mark(shape(row), x(p.rate), y(p.p99), kind, 5), tip=told))
        parts.append(svg.group(*marks, class_=color(row)))
    return Figure(
        "server",
        "Poisson arrivals",
        "The 99th percentile of the latency at each rate that was tried; hollow marks missed the target. What waits "
        "for others is counted from its arrival.",
        width,
        height,
        "".join(parts),
        True,
    )
