"""A plot by matplotlib as SVG: text stays text, colors follow light and dark, marks say what they are."""

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from scipy import stats

from .numbers import Format
from .theme import LIGHT, format_dark_rules

WIDE, NARROW = 616, 336  # pixels
PIXELS_PER_INCH = 72  # SVG's user units are matplotlib's points
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pts",
    "path.simplify": False,
    "text.parse_math": False,
    "font.sans-serif": ["DejaVu Sans", "Segoe UI", "Roboto", "Helvetica Neue"],
    "font.size": 11,
    "text.color": LIGHT["ink"],
    "figure.facecolor": LIGHT["surface"],
    "axes.facecolor": "none",
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["muted"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": LIGHT["grid"],
    "xtick.color": LIGHT["line"],
    "ytick.color": LIGHT["line"],
    "xtick.labelcolor": LIGHT["muted"],
    "ytick.labelcolor": LIGHT["muted"],
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.labelcolor": LIGHT["ink"],
    "legend.fontsize": 11,
}


@dataclass
class PlotArea:
    """Where a plot is drawn.

    Attributes:
        axes: matplotlib's axes.
        wide: Whether it is for a screen; else for a phone.
        tips: What marks say when they are pointed at, by their ids.
    """

    axes: Axes
    wide: bool
    tips: dict[str, str] = field(default_factory=dict)

    def explain(self, artist: Artist, tip: str) -> None:
        """Let a mark say what it is."""
        name = f"tip-{len(self.tips)}"
        artist.set_gid(name)
        self.tips[name] = tip

    def add_legend(self, marks: Sequence[Artist], names: Sequence[str], columns: int) -> None:
        """Names of marks, below the plot."""
        self.axes.figure.legend(handles=marks, labels=names, loc="outside lower left", ncols=columns)

    def set_scale(
        self, axis: Literal["x", "y"], form: Format, label: str = "", *, log: bool = False, most: int = 0
    ) -> None:
        """Few round ticks on an axis whose data are drawn: on a logarithmic one, 1, 2 and 5 of each decade."""
        if log:
            self.axes.set(**{f"{axis}scale": "log"})
        chosen = self.axes.xaxis if axis == "x" else self.axes.yaxis
        low, high = self.axes.get_xlim() if axis == "x" else self.axes.get_ylim()
        most = most or (6 if self.wide or axis == "y" else 4)
        decades = np.log10(high / low) if log else 0.0
        subs = (1,) if decades > 2.3 else (1, 2, 5) if decades > 1 else (1, 2, 3, 4, 6, 8) if most > 4 else (1, 2, 4, 6)
        few = MaxNLocator(most, steps=[1, 2, 5, 10])
        chosen.set_major_locator(few if decades < 0.4 else LogLocator(subs=subs, numticks=99))
        chosen.set_minor_locator(NullLocator())
        chosen.set_major_formatter(FuncFormatter(lambda value, _: _round_tick(form(value))))
        chosen.set_label_text(label)

    def draw_density(self, values: NDArray[np.float64], base: float, color: str) -> None:
        """How densely values lie along a logarithmic axis, as a hill on a base line; y grows downwards."""
        logs = np.log10(values)
        if logs.std() < 1e-6:
            return
        grid = np.linspace(logs.min() - 0.3 * np.ptp(logs), logs.max() + 0.3 * np.ptp(logs), 90)
        density = stats.gaussian_kde(logs)(grid)
        tops = base - (0.62 if self.wide else 0.4) * density / density.max()
        self.axes.fill_between(10**grid, base, tops, color=color, alpha=0.22, linewidth=0)
        self.axes.plot(10**grid, tops, color=color, linewidth=1.4)


@dataclass(frozen=True)
class Plot:
    """A plot that can be drawn at any width.

    Attributes:
        name: Name for files and anchors.
        title: What it shows.
        height: Pixels, of the wide one and of the narrow one.
        draw: Draws it.
    """

    name: str
    title: str
    height: tuple[int, int]
    draw: Callable[[PlotArea], None]

    def render_svg(self, width: int = WIDE, standalone: bool = False) -> str:
        """The plot as an `<svg>` element; a standalone one turns dark by itself where the system is."""
        height = self.height[0 if width == WIDE else 1]
        with matplotlib.rc_context(STYLE):
            figure = _make_figure(width, height)
            canvas = PlotArea(figure.subplots(), width == WIDE)
            self.draw(canvas)
            return _finish(_save(figure, "svg"), self.title, canvas.tips, standalone)


def render_sheet(plots: Sequence[tuple[str, Plot]], footer: str, kind: str) -> bytes:
    """Plots under each other, each below its heading, as one SVG or PNG.

    Args:
        plots: Headings and plots.
        footer: Last line.
        kind: "svg" or "png"; a PNG has two pixels for each of the page's.
    """
    heights = [plot.height[0] + 40 for _, plot in plots]
    with matplotlib.rc_context(STYLE):
        figure = _make_figure(WIDE + 48, sum(heights) + 30)
        figure.supxlabel(footer, fontsize=9, color=LIGHT["muted"])
        parts = figure.subfigures(len(plots), 1, height_ratios=heights, squeeze=False)
        for part, (heading, plot) in zip(parts[:, 0], plots, strict=True):
            axes = part.subplots()
            axes.set_title(heading, pad=14)
            plot.draw(PlotArea(axes, wide=True))
        content = _save(figure, kind)
    return content if kind == "png" else _finish(content, "pts bench", {}, standalone=True).encode()


def _round_tick(words: str) -> str:
    """A number without the zeros behind its last digit: ticks are round."""
    return re.sub(r"(\.\d*?)0+(?!\d)", lambda found: found[1].rstrip("."), words)


def _make_figure(width: int, height: int) -> Figure:
    return Figure((width / PIXELS_PER_INCH, height / PIXELS_PER_INCH), layout="constrained")


def _save(figure: Figure, kind: str) -> bytes:
    content = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type")) if kind == "svg" else {}
    figure.savefig(
        content, format=kind, dpi=2 * PIXELS_PER_INCH if kind == "png" else PIXELS_PER_INCH, metadata=nothing
    )
    return content.getvalue()


def _finish(content: bytes, title: str, tips: dict[str, str], standalone: bool) -> str:
    """Make matplotlib's SVG fit to stand in a page beside others: no ids, no references, colors that CSS can change."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(content)
    known = {element.get("id"): element for element in root.iter() if element.get("id")}
    for element in root.iter():
        target = known.get(element.get(f"{{{XLINK}}}href", "").removeprefix("#"))
        if target is not None:  # a mark that is used in many places is written out in each
            place = f"translate({element.get('x', '0')} {element.get('y', '0')})"
            style = f"{target.get('style', '')};{element.get('style', '')}"
            element.tag, element.attrib = target.tag, {"d": target.get("d", ""), "transform": place, "style": style}
        element.attrib.pop("clip-path", None)
        _style_by_attributes(element)
        tip = tips.get(element.attrib.pop("id", ""))
        if tip:
            element.attrib |= {"data-tip": tip, "tabindex": "0", "role": "img", "aria-label": tip}
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag == f"{{{SVG}}}defs"]:
            parent.remove(child)
    width, height = (root.get(side, "").removesuffix("pt") for side in ("width", "height"))
    root.attrib |= {"width": width, "height": height, "role": "group", "class": "plot"}
    root.attrib.pop("version", None)
    name = ElementTree.Element(f"{{{SVG}}}title")
    name.text = title
    root.insert(0, name)
    if standalone:
        dark = ElementTree.Element(f"{{{SVG}}}style")
        dark.text = f"@media (prefers-color-scheme:dark){{{format_dark_rules()}}}"
        root.insert(1, dark)
    return ElementTree.tostring(root, "unicode")


def _style_by_attributes(element: ElementTree.Element) -> None:
    """Move colors from the element's style to attributes, over which any style sheet has its way."""
    rest = []
    for declaration in filter(None, (part.strip() for part in element.attrib.pop("style", "").split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in ("fill", "stroke") or (name.startswith(("stroke-", "fill-")) and not re.search(r"[^\w .,-]", value)):
            element.set(name, value)
        else:
            rest.append(declaration)
    if rest:
        element.set("style", ";".join(rest))
