"""`pts bench --html`: one page with everything in it; it needs no network, no other file, and no JavaScript to be read.

Its policy forbids all else: whatever a file of somebody else's measurements contains, nothing is loaded or run but
the script of this package.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from paintstorch_sdk.files import replacing

from . import columns, figures, svg, words
from .columns import Column
from .figure import NARROW, WIDE, Figure, color, legend, shape
from .run import Row, Run, text
from .theme import DARK, LIGHT, STYLE, variables
from .timing import ratio
from .ways import PUBLISHED

_HERE = Path(__file__).parent
_METHOD = """Every way of running has a process of its own, with its threads and processor cores fixed, and warms up
until its times settle. Then all of them take turns, in a new order in each round, so that what disturbs the machine
hits them alike. Every sample is kept, tails too. Intervals are 95 % bootstrap intervals that draw whole rounds first
and samples within them second; ratios draw the rounds of both in pairs. A way whose colors are not those of eager fp32
has failed, however fast. The ceilings were measured in the same run, in turns with the rest."""


def write(run: Run, path: Path) -> None:
    """Write the page.

    Raises:
        OutputError: It cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(page(run), "utf-8")


def page(run: Run) -> str:
    """The document."""
    script = (_HERE / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    dark = variables(DARK)
    style = (
        f":root{{{variables(LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=light]{{color-scheme:light}}:root[data-theme=dark]{{color-scheme:dark;{dark}}}"
        + (_HERE / "page.css").read_text("utf-8")
        + STYLE
    )
    panels = list(columns.panels(run))
    document = text(run).replace("<", "\\u003c")  # no word of it ends the element
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(_headline(panels))}</title><style>{style}</style></head><body>",
        _head(run, panels),
        "<main>",
        _tabs(panels),
        *(_panel(index, title, rows, run) for index, (title, rows) in enumerate(panels)),
        _ceilings(run),
        _about(run),
        "</main>",
        '<footer><div class="actions"><button class="download" type="button" hidden>Download the run as JSON</button>',
        '</div><details id="samples" hidden><summary>Every sample, milliseconds</summary></details>',
        "<p>Written by <code>pts bench --html</code>. This page loads nothing and sends nothing.</p></footer>",
        '<div id="tip" role="status" aria-hidden="true"></div>',
        f'<script type="application/json" id="run">{document}</script><script>{script}</script></body></html>\n',
    ]
    return "\n".join(part for part in parts if part)


def _head(run: Run, panels: Sequence[tuple[str, Sequence[Row]]]) -> str:
    machine = run.environment.get("gpu") or run.environment.get("cpu") or "not known"
    lead = f"{machine}, {run.environment.get('cores')} cores, {run.threads} threads for each runtime. {run.date[:10]}."
    warnings = columns.warnings(run)
    banner = ""
    if warnings:
        items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
        banner = (
            '<div class="warning" role="note"><strong>This machine was not quiet: trust the ratios more than the '
            f"times.</strong><ul>{items}</ul></div>"
        )
    return (
        '<header><div class="eyebrow"><span>pts bench</span>'
        '<button id="theme" type="button" hidden>light / dark</button></div>'
        f'<h1>{_unbroken(escape(_headline(panels)))}</h1><p class="lead">{escape(lead)} '
        f"<code>{escape(run.command)}</code></p>{banner}{_tiles(panels)}</header>"
    )


def _leader(panels: Sequence[tuple[str, Sequence[Row]]]) -> Row | None:
    """The row that the page opens with: the fastest of the first panel, of its smallest batch."""
    ran = [row for row in panels[0][1] if row.images_per_second] if panels else []
    first = min((row.batch for row in ran), default=1)
    return next((row for row in ran if row.batch == first), None)


def _headline(panels: Sequence[tuple[str, Sequence[Row]]]) -> str:
    best = _leader(panels)
    if best is None or best.images_per_second is None:
        return "pts bench: nothing ran"
    size = f"{best.size[0]} x {best.size[1]}"
    if best.latency:
        headline = f"{best.title} paints {size} in {words.duration(best.latency['p50'].value)}"
    else:
        headline = f"{best.title} paints {words.number(best.images_per_second.value)} images of {size} a second"
    if best.speedup and best.speedup.against != best.title and best.speedup.significant:
        headline += f", {words.number(best.speedup.value)} times as fast as {best.speedup.against}"
    return headline


def _unbroken(words_: str) -> str:
    """No line ends between a number and its unit."""
    return re.sub(r"(?<=\d) (?=m?s\b|x )|(?<=x) (?=\d)", "&nbsp;", words_)


def _tiles(panels: Sequence[tuple[str, Sequence[Row]]]) -> str:
    best = _leader(panels)
    if best is None:
        return ""
    tiles: list[tuple[str, str, str]] = []
    for name, about in (("p50", "median"), ("p99", "99th percentile")):
        found = best.latency.get(name)
        if found:
            told = f"{words.duration(found.low)} to {words.duration(found.high)}"
            tiles.append((about, words.duration(found.value), told if found.enough else "too few samples"))
    if best.images_per_second:
        found_ = best.images_per_second
        tiles.append(
            ("images/s", words.number(found_.value), f"{words.number(found_.low)} to {words.number(found_.high)}")
        )
    if best.speedup and best.speedup.against != best.title:
        told = f"{words.number(best.speedup.low)} to {words.number(best.speedup.high)}"
        tiles.append((f"faster than {best.speedup.against}", words.times(best.speedup.value), told))
    published = next((row for row in panels[0][1] if row.backend == PUBLISHED and row.samples), None)
    if published and published.samples and best.samples and best is not published:
        against = ratio(published.samples, best.samples)
        told = f"{words.number(against.low)} to {words.number(against.high)}"
        tiles.append(("faster than the published way", words.times(against.value), told))
    if best.floor:
        share = f"{words.times(best.floor.times.value)} the floor, {best.floor.bound} bound"
        tiles.append(("of what this machine allows", words.percent(1 / best.floor.times.value), share))
    if best.accuracy:
        tiles.append(
            ("near to eager fp32", words.decibels(best.accuracy.psnr), f"{best.accuracy.pictures} pictures of line art")
        )
    if best.cold_start:
        tiles.append(("cold start", words.duration(best.cold_start.total), "process to first picture"))
    items = "".join(
        f'<div class="tile"><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(told)}</small></dd></div>'
        for name, value, told in tiles
    )
    return f'<dl class="tiles" aria-label="{escape(best.title)}">{items}</dl>'


def _tabs(panels: Sequence[tuple[str, Sequence[Row]]]) -> str:
    if len(panels) < 2:
        return ""
    buttons = "".join(
        f'<button type="button" role="tab" aria-controls="panel-{index}">{escape(title)}</button>'
        for index, (title, _) in enumerate(panels)
    )
    return f'<div class="tabs" role="tablist" aria-label="what was measured" hidden>{buttons}</div>'


def _panel(index: int, title: str, rows: Sequence[Row], run: Run) -> str:
    wide, narrow = (figures.of_rows(rows, run.ceilings, width) for width in (WIDE, NARROW))
    cards = "".join(_figure(pair, rows) for pair in zip(wide, narrow, strict=True))
    heading = f"{title[0].upper()}{title[1:]}"
    return (
        f'<section class="panel" id="panel-{index}" aria-label="{escape(title)}"><h2>{escape(heading)}</h2>'
        f'<p class="quiet">{escape(_scenario(rows))}</p><div class="grid">{cards}</div>{_table(rows)}</section>'
    )


def _scenario(rows: Sequence[Row]) -> str:
    frames = max((row.pictures for row in rows), default=0)
    target = next((row.server.target for row in rows if row.server), 0.0)
    return {
        "single-stream": "One run of the network after the other, tensors in memory to colors in memory.",
        "interactive": "One more stroke on a Canvas, whose lines were encoded before, to a picture in memory.",
        "offline": f"A folder of {frames} PNG files to a folder of PNG files, decoding and encoding included.",
        "server": f"Poisson arrivals; the highest rate at which 99 % are served within {words.duration(target)}.",
    }.get(rows[0].scenario, "")


def _figure(drawn: tuple[Figure, Figure], rows: Sequence[Row]) -> str:
    wide, narrow = drawn
    drawings = "".join(
        f'<div class="{kind}">{figure.svg()}{_legend(rows) if figure.keyed else ""}</div>'
        for kind, figure in (("wide", wide), ("narrow", narrow))
    )
    return f"<figure><h3>{escape(wide.title)}</h3>{drawings}<figcaption>{escape(wide.note)}</figcaption></figure>"


def _legend(rows: Sequence[Row]) -> str:
    items = []
    for row in legend([row for row in rows if row.samples]):
        drawing = svg.element(
            "svg",
            svg.mark(shape(row), 8.0, 8.0, "mark", 5),
            viewbox="0 0 16 16",
            width=16,
            height=16,
            class_=f"fig {color(row)}",
            aria_hidden="true",
        )
        items.append(f"<li>{drawing}{escape(row.title)}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def _table(rows: Sequence[Row]) -> str:
    shown = columns.used(rows)
    several = len({row.batch for row in rows}) > 1
    heads = [("way", "what ran")] + ([("batch", "pictures that run together")] if several else [])
    heads += [(column.heading, column.about) for column in shown]
    head = "".join(
        f'<th scope="col" aria-sort="none" title="{escape(about)}"><button type="button">{escape(name)}</button></th>'
        for name, about in heads
    )
    body = "".join(_row(row, shown, several) for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="numbers"><table class="sortable"><thead><tr>{head}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Row, shown: Sequence[Column], several: bool) -> str:
    title = f'<th scope="row" data-value="{escape(row.title)}" title="{escape(row.how)}">{escape(row.title)}</th>'
    batch = f'<td data-value="{row.batch}">{row.batch}</td>' if several else ""
    if row.status != "ok":
        kind = "failed" if row.status == "failed" else "absent"
        reason = f'<p><span class="status">{escape(row.status)}:</span> {escape(row.reason)}</p>'
        return f'<tr class="{kind}">{title}{batch}<td class="reason" colspan="{len(shown) or 1}">{reason}</td></tr>'
    return f"<tr>{title}{batch}{''.join(_cell(column, row) for column in shown)}</tr>"


def _cell(column: Column, row: Row) -> str:
    cell = column.cell(row)
    if cell is None:
        return "<td></td>"
    bounds = f"<small>{escape(cell.bounds)}</small>" if cell.bounds else ""
    weak = ' class="weak"' if cell.weak else ""
    return f'<td{weak} data-value="{cell.value!r}">{escape(cell.words)}{bounds}</td>'


def _ceilings(run: Run) -> str:
    if not run.ceilings:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(c.what)}</th><td>{escape(c.precision)}</td><td>{escape(c.by)}</td>'
        f"<td>{escape(c.device)}</td><td>{escape(c.shape)}</td><td>{escape(words.rate(c.rate.value, c.unit))}<small>"
        f" {escape(words.rate(c.rate.low, c.unit))} to {escape(words.rate(c.rate.high, c.unit))}</small></td></tr>"
        for c in run.ceilings
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("what", "precision", "by", "device", "shape", "rate"))
    return (
        '<h2>What this machine can do</h2><p class="quiet">Measured in the same run. The floor of a row is the fastest '
        "convolution of its precision, or the copying, whichever takes longer for its operations and bytes.</p>"
        f"<details><summary>{len(run.ceilings)} rates with their intervals</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="ceilings"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _about(run: Run) -> str:
    ways = [
        (row.title, f"{row.how}; version {row.version}" if row.version else row.how)
        for row in legend([row for row in run.rows if row.samples])
    ]
    return (
        f'<h2>Measured on</h2><div class="card">{_facts(columns.machine(run))}</div>'
        f'<h2>How</h2><div class="card"><p>{escape(" ".join(_METHOD.split()))}</p>{_facts(columns.noise(run))}</div>'
        f'<h2>What ran</h2><div class="card">{_facts(ways)}</div>'
    )


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f'<dl class="facts">{items}</dl>'
