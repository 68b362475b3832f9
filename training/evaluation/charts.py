"""The charts of the report: SVG whose colors are the page's, so that they follow light and dark."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .cases import COUNTS, Condition
from .goals import LEAD, LEAD_AT, NAMES
from .methods import FILL, NETWORK, PRODUCT
from .results import Interval, Results

CLASSES = {FILL: "fill", NETWORK: "network", PRODUCT: "product"}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 400, 250, 40, 34, 26, 12  # of a line chart, SVG units


class _Scale(NamedTuple):
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def by_strokes(results: Results) -> list[str]:
    """PSNR by number of tidy strokes, a chart for each kind of lines and colors."""
    charts = []
    for colors in ("natural", "random"):
        for lines, name in NAMES.items():
            conditions = [Condition(lines, colors, "tidy", n) for n in COUNTS]
            curves = {
                method: [(i, mean) for i, c in enumerate(conditions) if (mean := results.mean(c, method, "psnr"))]
                for method in (FILL, NETWORK, PRODUCT)
            }
            curves = {method: points for method, points in curves.items() if points}
            if curves:
                charts.append(_lines(f"{name}, {colors} colors", curves))
    return charts


def _lines(title: str, curves: dict[str, list[tuple[int, Interval]]]) -> str:
    values = [v for points in curves.values() for _, mean in points for v in (mean.value, *_ends(mean))]
    low, high = 5 * math.floor(min(values) / 5), 5 * math.ceil((max(values) + 0.01) / 5)
    x = _Scale(0, len(COUNTS) - 1, LEFT + 14, WIDTH - RIGHT - 14)
    y = _Scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = [f'<text class="title" x="{LEFT}" y="15">{escape(title)}</text>']
    for level in range(low, high + 1, 5):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(level)}" y2="{y(level)}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{LEFT - 6}" y="{y(level) + 4}">{level}</text>')
    for i, count in enumerate(COUNTS):
        parts.append(f'<text class="tick" text-anchor="middle" x="{x(i)}" y="{HEIGHT - BOTTOM + 16}">{count}</text>')
    parts.append(f'<text class="tick" text-anchor="end" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}">strokes</text>')
    parts.append(f'<text class="tick" x="2" y="{TOP - 12}">dB</text>')
    for method, points in curves.items():
        name = CLASSES[method]
        if method != NETWORK and len(points) > 1:
            upper = [f"{x(i)},{y(_ends(mean)[1])}" for i, mean in points]
            lower = [f"{x(i)},{y(_ends(mean)[0])}" for i, mean in reversed(points)]
            parts.append(f'<polygon class="band {name}" points="{" ".join(upper + lower)}"/>')
        path = " ".join(f"{x(i)},{y(mean.value)}" for i, mean in points)
        parts.append(f'<polyline class="curve {name}" points="{path}"/>')
        for i, mean in points:
            tip = escape(f"{method}, {COUNTS[i]} strokes: {mean.value:.1f} dB, n = {mean.drawings}")
            dot = f'<circle class="dot {name}" cx="{x(i)}" cy="{y(mean.value)}" r="3.5">'
            parts.append(f"{dot}<title>{tip}</title></circle>")
    return _svg(parts, WIDTH, HEIGHT, title)


def lead(results: Results) -> str:
    """The product's lead over the baseline with its intervals, condition by condition."""
    rows: list[tuple[str, Interval]] = []
    for manner in ("tidy", "messy", "gaps"):
        for colors in ("natural", "random"):
            for lines, name in NAMES.items():
                for strokes in LEAD_AT:
                    condition = Condition(lines, colors, manner, strokes)
                    found = results.difference(condition, PRODUCT, FILL, "psnr")
                    if found:
                        rows.append((f"{manner}, {colors}, {name}, {strokes}", found))
    if not rows:
        return ""
    ends = [v for _, found in rows for v in (found.value, *_ends(found))]
    low, high = 2 * math.floor(min(*ends, 0.0) / 2), 2 * math.ceil(max(*ends, LEAD) / 2)
    width, left, step = 760, 250, 19
    height = len(rows) * step + 58
    x = _Scale(low, high, left, width - 16)
    parts = []
    every = 2 if high - low <= 30 else 5
    for level in range(low, high + 1, every):
        sign = "+" if level > 0 else ""
        parts.append(f'<line class="grid" x1="{x(level)}" x2="{x(level)}" y1="20" y2="{height - 32}"/>')
        parts.append(f'<text class="tick" text-anchor="middle" x="{x(level)}" y="{height - 16}">{sign}{level}</text>')
    parts.append(f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="20" y2="{height - 32}"/>')
    parts.append(f'<line class="goal" x1="{x(LEAD)}" x2="{x(LEAD)}" y1="20" y2="{height - 32}"/>')
    parts.append(f'<text class="tick" text-anchor="middle" x="{x(LEAD)}" y="13">goal</text>')
    parts.append(f'<text class="tick" text-anchor="end" x="{width - 16}" y="{height - 2}">dB over the fill</text>')
    for i, (name, found) in enumerate(rows):
        y = 32 + i * step
        start, end = _ends(found)
        parts.append(f'<text class="name" text-anchor="end" x="{left - 12}" y="{y + 4}">{escape(name)}</text>')
        parts.append(f'<line class="interval" x1="{x(start)}" x2="{x(end)}" y1="{y}" y2="{y}"/>')
        tip = escape(f"{name}: {found.value:+.1f} dB, n = {found.drawings}")
        parts.append(f'<circle class="dot product" cx="{x(found.value)}" cy="{y}" r="4"><title>{tip}</title></circle>')
    return _svg(parts, width, height, "Lead over the nearest-stroke fill")


def legend(methods: Sequence[str]) -> str:
    """The names of the curves in their colors."""
    known = [method for method in (FILL, NETWORK, PRODUCT) if method in methods]
    return "".join(f'<span class="key {CLASSES[m]}"><i></i>{escape(m)}</span>' for m in known)


def _ends(found: Interval) -> tuple[float, float]:
    return (found.value, found.value) if found.bases < 2 else (found.low, found.high)


def _svg(parts: Sequence[str], width: int, height: int, label: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
