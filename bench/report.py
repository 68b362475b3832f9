"""docs/performance.md, written from the records in docs/measured/: never by hand."""

from collections.abc import Callable
from pathlib import Path

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.files import replacing

from . import goals, tables
from .record import Record, load

NAME = "performance.md"
MEASURED = "measured"

_SECTIONS: tuple[tuple[str, str, Callable[[Record], list[str]]], ...] = (
    (
        "Goals",
        "A goal is met or missed where the whole 95 % interval of what was measured is on one side of it.",
        goals.section,
    ),
    (
        "The network",
        "Tensors in, tensors out, batch 1. The *published way* is how PaintsTorch's authors run it: torch eager, fp32, "
        "contiguous, the feature network and the unsplit generator in each call. *Of the ceiling* is the rate of "
        "floating-point operations against the fastest convolution of the same precision, below. A way whose pixels "
        "differ from the published way's by more than 1e-4 (fp32) or 40 dB (bf16) is a failure, however fast.",
        tables.network,
    ),
    (
        "What this machine can do",
        "The fastest of several shapes, by each library, measured in turns with the network.",
        tables.ceilings,
    ),
    (
        "Where the network's time goes",
        "OpenVINO's own clock for each layer; its counters slow the network a little.",
        tables.layers,
    ),
    (
        "One more stroke",
        "`Canvas.add` and `Canvas.render`, where only the painter runs, against `Colorizer.colorize`.",
        tables.canvas,
    ),
    (
        "From line art to picture",
        "`Colorizer.colorize` with line art and a layer of hints in memory; the rest is scaling, hints, clipping, and "
        "laying the lines on top at full size.",
        tables.colorize,
    ),
    (
        "A folder of frames",
        "PNG files decoded, coloured and written, as `pts colorize FOLDER -o OUT` does it.",
        tables.folder,
    ),
    ("Starting", "Fresh processes, files in the disk's cache.", tables.startup),
)


def write(docs: Path) -> None:
    """Write docs/performance.md from all records in docs/measured/.

    Raises:
        InputError: There are none, or a file that is none.
    """
    records = [load(path) for path in sorted((docs / MEASURED).glob("*.json"))]
    if not records:
        raise InputError(f"{docs / MEASURED}: expected records of the benchmark (*.json)")
    with replacing(docs / NAME) as temporary:
        temporary.write_text(text(records), "utf-8")


def text(records: list[Record]) -> str:
    """The document."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench-docs` from the samples in `docs/measured/`; do not edit. Times are medians with "
        "95 % bootstrap intervals over rounds; each way of running has a process of its own, all of them take turns "
        "in every round.",
    ]
    for record in records:
        lines += ["", f"## {tables.title(record)}", "", *tables.machine(record)]
        for title, words, section in _SECTIONS:
            content = section(record)
            if content:
                lines += ["", f"### {title}", "", words, "", *content]
    return "\n".join(lines) + "\n"
