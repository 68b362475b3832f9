"""`pts bench --plot`: the figures as pictures of their own, in the colors of the page."""

import re
from collections.abc import Sequence
from pathlib import Path

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from . import columns, figures, svg
from .figure import WIDE, Figure
from .run import Run
from .theme import DARK, LIGHT, plain


def write(run: Run, place: Path) -> list[Path]:
    """Write the figures.

    Args:
        run: What was measured.
        place: A folder: one SVG for each figure. A name that ends in .svg or .png: all of them in one picture.

    Returns:
        The files that were written.

    Raises:
        InputError: Another ending, or a PNG without resvg-py, or nothing to draw.
        OutputError: It cannot be written.
    """
    drawn = [(title, figures.of_rows(rows, run.ceilings, WIDE)) for title, rows in columns.panels(run)]
    if not any(found for _, found in drawn):
        raise InputError("plot: expected at least one row that ran, received none")
    kind = place.suffix.lower()
    if kind not in ("", ".svg", ".png"):
        raise InputError(f"{place}: expected a folder, or a name that ends in .svg or .png")
    if kind:
        sheet = _sheet(run, drawn)
        content = _png(sheet) if kind == ".png" else _standalone(sheet).encode()
        with replacing(place) as temporary:
            temporary.write_bytes(content)
        return [place]
    written = []
    for title, found in drawn:
        for figure in found:
            path = place / f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}-{figure.name}.svg"
            with replacing(path) as temporary:
                temporary.write_text(_standalone(_sheet(run, [(title, [figure])])), "utf-8")
            written.append(path)
    return written


def _sheet(run: Run, drawn: Sequence[tuple[str, Sequence[Figure]]]) -> Figure:
    """Figures below each other, with headings and a line that tells the machine."""
    margin, y, parts = 24, 24.0, []
    for title, found in drawn:
        for figure in found:
            parts.append(svg.text(f"{figure.title} ({title})", margin, y + 14, "heading"))
            content = svg.element("g", figure.body, transform=f"translate({margin} {y + 30:.0f})")
            parts.append(content)
            y += 30 + figure.height + 30
    environment = run.environment
    machine = environment.get("gpu") or environment.get("cpu")
    machine = f"{machine}, {run.threads} threads, {run.date[:10]}, {run.command}"
    parts.append(svg.text(machine, margin, y, "tick"))
    width, height = WIDE + 2 * margin, round(y + 20)
    backdrop = svg.element("rect", x=0, y=0, width=width, height=height, class_="backdrop")
    return Figure("sheet", "pts bench", "", width, height, backdrop + "".join(parts))


def _standalone(figure: Figure) -> str:
    dark = "".join(f"{line}\n" for line in plain(DARK).splitlines() if re.search(r"#[0-9a-f]{6}", line))  # what differs
    return figure.svg(f"{plain(LIGHT)}@media (prefers-color-scheme:dark){{{dark}}}")


def _png(figure: Figure) -> bytes:
    try:
        import resvg_py
    except ImportError as error:
        raise InputError("plot: a PNG needs resvg-py: pip install resvg-py, or choose a .svg") from error
    return bytes(resvg_py.svg_to_bytes(svg_string=figure.svg(plain(LIGHT)), zoom=2))
