"""Options that several commands share, and commands whose options are the fields of a dataclass."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

LOOK, MODEL, OUTPUT = "Look", "Model", "Output"  # headings in the help

Options = TypeVar("Options")


def with_options(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function that takes its options as one dataclass.

    Args:
        options: A dataclass. A field is an option or argument: typed `Annotated[TYPE, typer.Option(...)]`, with its
            default.

    Returns:
        A decorator; the command keeps the function's name and help.
    """

    def decorate(function: Callable[[Options], None]) -> Callable[..., None]:
        def command(**values: Any) -> None:
            function(options(**values))

        types = get_type_hints(options, include_extras=True)
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        command.__annotations__ = types
        command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                parameter.replace(annotation=types[name], kind=inspect.Parameter.KEYWORD_ONLY)
                for name, parameter in inspect.signature(options).parameters.items()
            ]
        )
        return command

    return decorate


Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="A bundled model, or a bundle's folder.",
        rich_help_panel=MODEL,
        metavar="NAME|FOLDER",
    ),
]
Backend = Annotated[
    str,
    typer.Option(
        "--backend",
        help="What runs it: auto is the fastest that works; pts doctor lists the others.",
        rich_help_panel=MODEL,
        metavar="NAME",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        help="auto is the device's fastest.",
        rich_help_panel=MODEL,
        metavar="auto|fp32|bf16|fp16|int8",
    ),
]
Device = Annotated[
    str | None,
    typer.Option("--device", help="Default: the backend's best.", rich_help_panel=MODEL, metavar="cpu|cuda"),
]
Size = Annotated[
    int | None,
    typer.Option(
        "--size",
        min=32,
        help="Most pixels of the long side in the network; the picture keeps its size. Default: the model's.",
        rich_help_panel=MODEL,
        metavar="PIXELS",
    ),
]
Flow = Annotated[
    bool | None,
    typer.Option(
        "--flow/--no-flow",
        help="Whether colors flow over their regions before the network sees them. Default: as the model was trained.",
        rich_help_panel=MODEL,
    ),
]
Build = Annotated[
    bool,
    typer.Option(
        "--build",
        help="If TensorRT has no engine of the model for this GPU, build it in the background, for this run if it "
        "lasts, and for the next; until then another backend serves.",
        rich_help_panel=MODEL,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="CPU threads of the network.", rich_help_panel=MODEL, metavar="N"),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        help="A file for one picture, a folder for more, - for stdout.",
        rich_help_panel=OUTPUT,
        metavar="OUT",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Skip what is there, whole, newer than its input and hints, and made with the same options.",
        rich_help_panel=OUTPUT,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.", rich_help_panel=OUTPUT)]
