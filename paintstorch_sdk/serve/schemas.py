"""The documents of the service: what clients send and receive."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..hints.model import MAX_COORDINATE, MAX_WIDTH
from ..look import MAX_STRENGTH, Light, Lines, Unhinted

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Coordinate = Annotated[float, Field(strict=True, ge=-MAX_COORDINATE, le=MAX_COORDINATE, allow_inf_nan=False)]
Pressure = Annotated[float, Field(strict=True, ge=0.0, le=1.0, allow_inf_nan=False)]
Point = tuple[Coordinate, Coordinate] | tuple[Coordinate, Coordinate, Pressure]
Format = Literal["png", "webp", "jpg", "ora", "psd"]

EXAMPLE_STROKE: dict[str, Any] = {
    "id": "s1",
    "points": [[180, 20], [235, 30]],
    "color": "#e8a0b4",
    "width": 9,
}


class Document(BaseModel):
    """A document in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DrawnStroke(Document):
    """One stroke on a drawing, in pixels of its line art.

    A point may have a third number, the pen's pressure from 0 to 1: at 0.5 the stroke has its `width`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [EXAMPLE_STROKE]})

    id: Identifier
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=20_000)]
    color: Annotated[str, Field(max_length=64)]
    width: Annotated[float, Field(strict=True, gt=0.0, lt=MAX_WIDTH, allow_inf_nan=False)] = 8.0
    index: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="Its place among the strokes, from below; left out, it comes on top."
    )


class Change(Document):
    """Strokes that go and strokes that come: add, undo, erase, recolor and import are all this.

    An id that is there already is replaced where it is; an id that is not there is removed without an error, so that
    a client may send again what was not acknowledged.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"remove": [], "add": [EXAMPLE_STROKE]}]}
    )

    remove: Annotated[tuple[Identifier, ...], Field(max_length=20_000)] = ()
    add: Annotated[tuple[DrawnStroke, ...], Field(max_length=20_000)] = ()


class DrawingLook(Document):
    """How a drawing is painted. None is the server's default."""

    model: Annotated[str, Field(max_length=100)] | None = None
    size: Annotated[int, Field(ge=32, le=4096)] | None = Field(
        default=None, description="Most pixels of the long side in the network; the picture keeps its size."
    )
    style: Annotated[str, Field(max_length=20)] | None = None
    strength: Annotated[float, Field(ge=0.0, le=MAX_STRENGTH, allow_inf_nan=False)] | None = Field(
        default=None, description="How much of the network's gradients and shade the style paint adds; 1 as painted."
    )
    light: Light | None = Field(default=None, description="The side that light comes from, above.")
    unhinted: Unhinted | None = Field(
        default=None, description="Whether regions that no stroke tells of get a guess or stay paper."
    )
    exact: bool | None = Field(default=None, description="Whether colors inside strokes are exactly the strokes'.")
    clean_paper: bool | None = Field(default=None, description="Whether paper and tint under the lines become white.")


class Settable(Document):
    """Settings of a drawing that can be changed."""

    name: Annotated[str, Field(max_length=200)] | None = None
    look: DrawingLook | None = None


class NewDrawing(Settable):
    """A drawing to be made: of line art, or of an example."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"example": "sylvie", "hints": "own"}]}
    )

    line_art: str | None = Field(default=None, description="A picture in base64; a data URI is taken, too.")
    example: Annotated[str, Field(max_length=64)] | None = None
    hints: dict[str, Any] | Literal["own"] | None = Field(
        default=None, description='A hints document of version 1; "own" takes those of the example.'
    )
    layer: str | None = Field(default=None, description="An RGBA picture of hints in base64.")


class DrawingInfo(Document):
    """A drawing as a list shows it."""

    id: str
    name: str
    width: int
    height: int
    version: int = Field(description="Grows with each change of what the picture depends on.")
    strokes: int
    has_layer: bool
    blend: Literal["multiply", "screen"] = Field(description="How the lines lie over the colors.")
    look: DrawingLook
    created: float = Field(description="Seconds since 1970.")
    changed: float = Field(description="Seconds since 1970.")


class DrawingDocument(DrawingInfo):
    """A drawing with its strokes, the last one on top."""

    stroke_list: tuple[DrawnStroke, ...]


class Changed(Document):
    """The outcome of a change."""

    version: int
    strokes: int


class ColorizeRequest(DrawingLook):
    """Line art and hints in one request."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "line_art": "iVBORw0KGgo...",
                    "hints": {"version": 1, "strokes": [{"points": [[180, 20]], "color": "#e8a0b4", "width": 9}]},
                    "format": "png",
                }
            ]
        },
    )

    line_art: str = Field(description="A picture in base64; a data URI is taken, too.")
    hints: dict[str, Any] | None = Field(default=None, description="A hints document of version 1.")
    layer: str | None = Field(default=None, description="An RGBA picture of hints in base64; strokes lie over it.")
    lines: Lines = "multiply"
    format: Format = "png"


class ModelInfo(Document):
    """A model that this server paints with."""

    name: str
    working_size: int
    sizes: tuple[int, ...]
    license: str | None
    bytes: int


class Abilities(Document):
    """Abilities of this server."""

    models: tuple[ModelInfo, ...]
    styles: tuple[str, ...]
    formats: tuple[str, ...]
    layers: tuple[str, ...]
    backend: str
    device: str
    precision: str
    version: str
    limits: dict[str, float]


class ExampleInfo(Document):
    """Line art that comes with the package."""

    name: str
    width: int
    height: int
    hints: bool


class Problem(Document):
    """An error: what kind, and one line that says what was expected, what came and what to do."""

    type: str
    message: str


class ProblemDocument(Document):
    """The answer of every error of `/v1`."""

    error: Problem
