"""`pts bench --html`: one page with everything in it; it needs no network, no other file, and no JavaScript to be read.

Its policy forbids all else: whatever a file of somebody else's measurements contains, nothing is loaded or run but
the script of this package.
"""

import re

from ..result import Result, Row, format_json
from ..timing import estimate_ratio
from ..ways import PUBLISHED
from .columns import (
    COLUMNS,
    describe_machine,
    describe_noise,
    list_warnings,
    make_ceiling_table,
    make_panels,
    make_table_of_rows,
)
from .drawing import NARROW, Plot
from .numbers import format_duration, format_number, format_percent
from .plots import make_plots
from .table import Cell, make_cell
from .templates import render_page

TILES = ("p50 [95 %], ms", "p99, ms", "images/s", "x eager fp32", "cold start", "PSNR")  # columns


def format_page(result: Result) -> str:
    """The document."""
    panels = list(make_panels(result))
    best = panels[0].best if panels else None
    machine = result.environment.get("gpu") or result.environment.get("cpu") or "not known"
    cores = result.environment.get("cores")
    ways = {
        row.title: f"{row.how}; version {row.version}" if row.version else row.how for row in result.rows if row.samples
    }
    return render_page(
        "page.html.j2",
        result=result,
        headline=_join_units(_make_headline(best)),
        lead=f"{machine}, {cores} cores, {result.threads} threads for each runtime. {result.date[:10]}.",
        warnings=list_warnings(result),
        tiles=_make_tiles(best, result),
        panels=[
            {
                "title": panel.title,
                "scenario": panel.rows[0].scenario,
                "frames": max(row.pictures for row in panel.rows),
                "target": next((format_duration(row.server.target) for row in panel.rows if row.server), ""),
                "plots": [describe_plot(plot) for plot in make_plots(panel, result.ceilings)],
                "table": make_table_of_rows(panel, brief=False),
            }
            for panel in panels
        ],
        ceilings=make_ceiling_table(result, every=True),
        machine=describe_machine(result),
        noise=describe_noise(result),
        ways=ways.items(),
        json=format_json(result).replace("<", "\\u003c"),  # no word of it ends the element
    )


def describe_plot(plot: Plot) -> dict[str, str]:
    """A plot for the template, drawn for a screen and for a phone."""
    return {"name": plot.name, "title": plot.title, "wide": plot.render_svg(), "narrow": plot.render_svg(NARROW)}


def _make_headline(best: Row | None) -> str:
    if best is None or best.images_per_second is None:
        return "pts bench: nothing ran"
    size = f"{best.size[0]} x {best.size[1]}"
    if best.latency:
        headline = f"{best.title} paints {size} in {format_duration(best.latency['p50'].value)}"
    else:
        headline = f"{best.title} paints {format_number(best.images_per_second.value)} images of {size} a second"
    if best.speedup and best.speedup.against != best.title and best.speedup.significant:
        headline += f", {format_number(best.speedup.value)} times as fast as {best.speedup.against}"
    return headline


def _join_units(words: str) -> str:
    """No line ends between a number and its unit."""
    return re.sub(r"(?<=\d) (?=m?s\b|x )|(?<=x) (?=\d)", "\N{NO-BREAK SPACE}", words)


def _make_tiles(best: Row | None, result: Result) -> list[tuple[str, Cell]]:
    """The few numbers that a reader looks for first: of the row that the page opens with."""
    if best is None:
        return []
    tiles = [(one.heading, cell) for one in COLUMNS if one.heading in TILES and (cell := one.read(best))]
    published = (row for row in result.rows if row.backend == PUBLISHED and row.key[:3] == best.key[:3])
    theirs = next((row.samples for row in published if row.batch == best.batch), None)
    if theirs and best.samples and best.backend != PUBLISHED:
        tiles.append(("x the published way", make_cell(estimate_ratio(theirs, best.samples))))
    if best.floor:
        detail = f"{format_number(best.floor.times.value)} times the floor, {best.floor.bound} bound"
        tiles.append(("of what this machine allows", Cell(format_percent(1 / best.floor.times.value), detail=detail)))
    return tiles
