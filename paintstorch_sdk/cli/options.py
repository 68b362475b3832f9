"""Options that several commands share, spelled and explained alike."""

from typing import Annotated

import typer

MODEL, OUTPUT = "Model", "Output"  # headings in the help

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
        metavar="auto|fp32|bf16|fp16",
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
Spread = Annotated[
    int | None,
    typer.Option(
        "--spread",
        min=0,
        help="How far a hint's color flows through narrow places between the lines, in the network's pixels; where "
        "there is room it flows as far as that goes. 0: it does not flow at all. Default: the model's.",
        rich_help_panel=MODEL,
        metavar="PIXELS",
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
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help="Default: png, or the ending of OUT.",
        rich_help_panel=OUTPUT,
        metavar="png|jpg|webp",
    ),
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
    typer.Option("--resume", help="Skip what is there and newer than its input and hints.", rich_help_panel=OUTPUT),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.", rich_help_panel=OUTPUT)]
