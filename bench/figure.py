"""A figure of a report at one width, and what its colors and shapes stand for: a color is a backend, a shape a
precision, in every figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from . import svg, words
from .run import Row
from .timing import Interval

WIDE, NARROW = 616, 336  # pixels
# The order in which backends get the palette's colors; another one is gray.
COLORED = (
    *("openvino", "onnxruntime", "eager", "tensorrt"),
    *("tensorrt-rtx", "published", "onnxruntime-whole", "compiled"),
)
SHAPES = {"fp32": "circle", "bf16": "diamond", "fp16": "square"}
DASHES = {"bf16": "7 3", "fp16": "2 3"}
STAGES = ("start", "imports", "load", "build", "first_image")


@dataclass(frozen=True)
class Figure:
    """One figure at one width.

    Attributes:
        name: For files and anchors.
        title: What it shows.
        note: How to read it, a sentence or two.
        width: Pixels.
        height: Pixels.
        body: SVG elements.
        keyed: Its marks are not all named: it needs a legend.
    """

    name: str
    title: str
    note: str
    width: int
    height: int
    body: str
    keyed: bool = False

    def svg(self, style: str = "") -> str:
        """The whole picture."""
        content = (f"<style>{style}</style>" if style else "") + self.body
        return svg.element(
            "svg",
            svg.element("title", escape(self.title)),
            content,
            xmlns="http://www.w3.org/2000/svg",
            viewbox=f"0 0 {self.width} {self.height}",
            width=self.width,
            height=self.height,
            class_="fig",
            role="group",
        )


def color(row: Row) -> str:
    """The class of the row's color."""
    return f"c{COLORED.index(row.backend) + 1 if row.backend in COLORED else 0}"


def shape(row: Row) -> str:
    """The mark of the row's precision."""
    return SHAPES.get(row.precision, "circle")


def legend(rows: Sequence[Row]) -> list[Row]:
    """A row for each way, in the order of the rows."""
    return list({row.title: row for row in rows}.values())


def interval(found: Interval) -> str:
    """A value with the bounds of its interval."""
    return f"{words.number(found.value)} [{words.number(found.low)}, {words.number(found.high)}]"
