"""Options that several commands share, and commands whose options are the fields of a dataclass."""

import inspect
import os
from collections.abc import Callable
from dataclasses import MISSING, field, fields
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

LOOK, MODEL, OUTPUT = "Look", "Model", "Output"  # headings in the help
DECLARED = "option"  # key of a field's metadata

Options = TypeVar("Options")


def declare(help: str, *names: str, metavar: str | None = None, panel: str | None = None, **more: Any) -> Any:
    """Typer's declaration of an option, for an `Annotated` type.

    Args:
        help: What it does.
        names: Its names; the parameter's where none is given.
        metavar: What stands for its value in the help.
        panel: Heading that it stands below.
        **more: See `typer.Option`.
    """
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **more)


def option(
    default: Any, help: str, *names: str, metavar: str | None = None, panel: str | None = None, **more: Any
) -> Any:
    """A field of a dataclass of options, with its default; see `declare` and `with_options`."""
    return field(default=default, metadata={DECLARED: declare(help, *names, metavar=metavar, panel=panel, **more)})


def argument(help: str, metavar: str, default: Any = MISSING) -> Any:
    """The same of an argument; it must be given unless it has a default."""
    return field(default=default, metadata={DECLARED: typer.Argument(help=help, metavar=metavar)})


def with_options(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function that takes its options as one dataclass.

    Args:
        options: A dataclass. Its fields are made by `option` or `argument`, or typed `Annotated[TYPE, declare(...)]`.

    Returns:
        A decorator; the command keeps the function's name and help.
    """

    def decorate(function: Callable[[Options], None]) -> Callable[..., None]:
        def command(**values: Any) -> None:
            function(options(**values))

        types = get_type_hints(options, include_extras=True)
        for each in fields(options):  # type: ignore[arg-type]
            if DECLARED in each.metadata:
                types[each.name] = Annotated[types[each.name], each.metadata[DECLARED]]
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


def _heed_tuning(heeded: bool) -> bool:
    """Tell it to all that this process starts."""
    if not heeded:
        from ..backends.tuning import NO_TUNE

        os.environ[NO_TUNE] = "1"
    return heeded


Model = Annotated[
    str, declare("A bundled model, or a bundle's folder.", "--model", "-m", panel=MODEL, metavar="NAME|FOLDER")
]
Backend = Annotated[
    str,
    declare(
        "What runs it: auto is the fastest that works; pts doctor lists the others.",
        "--backend",
        panel=MODEL,
        metavar="NAME",
    ),
]
Precision = Annotated[
    str, declare("auto is the device's fastest.", "--precision", panel=MODEL, metavar="auto|fp32|bf16|fp16|int8")
]
Device = Annotated[str | None, declare("Default: the backend's best.", "--device", panel=MODEL, metavar="cpu|cuda")]
Size = Annotated[
    int | None,
    declare(
        "Most pixels of the long side in the network; the picture keeps its size. Default: the model's.",
        "--size",
        panel=MODEL,
        metavar="PIXELS",
        min=32,
    ),
]
Flow = Annotated[
    bool | None,
    declare(
        "Whether colors flow over their regions before the network sees them. Default: as the model was trained.",
        "--flow/--no-flow",
        panel=MODEL,
    ),
]
Build = Annotated[
    bool,
    declare(
        "If TensorRT has no engine of the model for this GPU, build it in the background, for this run if it lasts, "
        "and for the next; until then another backend serves.",
        "--build",
        panel=MODEL,
    ),
]
Tune = Annotated[
    bool,
    declare(
        "Whether to run the model as pts tune found it fastest here.",
        "--tune/--no-tune",
        panel=MODEL,
        callback=_heed_tuning,
    ),
]
Threads = Annotated[int | None, declare("CPU threads of the network.", "--threads", panel=MODEL, metavar="N", min=1)]
Out = Annotated[
    str | None,
    declare("A file for one picture, a folder for more, - for stdout.", "--out", "-o", panel=OUTPUT, metavar="OUT"),
]
Resume = Annotated[
    bool,
    declare(
        "Skip what is there, whole, newer than its input and hints, and made with the same options.",
        "--resume",
        panel=OUTPUT,
    ),
]
Json = Annotated[bool, declare("Print the result as JSON on stdout.", "--json", panel=OUTPUT)]
