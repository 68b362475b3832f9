"""`pts bench`: which backend, precision and batch on this machine, and is the picture still the same?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InputError
from ..files import write_file
from ..machine import count_threads
from .options import option, with_options

if TYPE_CHECKING:
    from rich.console import Console

    from paintstorch_sdk.bench.measure import BenchPlan
    from paintstorch_sdk.bench.result import Result

WORSE, INTERRUPTED = 1, 130  # exit codes
WIDTH = 150  # columns of the table where the output is no terminal
FORMS = {  # options and what forms the text of the files that they name
    "json": ("result", "format_json"),
    "csv": ("report.spreadsheet", "format_rows"),
    "markdown": ("report.markdown", "format_result"),
    "html": ("report.page", "format_page"),
}
FILES = ("json", "csv", "markdown", "html", "plot", "baseline")  # options that change no number
WHAT, HOW, OUTPUT = "What", "How", "Output"  # headings in the help

bench = typer.Typer(
    name="bench",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


File = Path | None


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """The options of `pts bench`, as they were given, and typer's own record of them."""

    context: typer.Context
    model: str = option("", "Names or folders.", "--model", "-m", metavar="NAME,..", panel=WHAT)
    width: str = option("", "Models of these widths, random weights.", metavar="N,..", panel=WHAT)
    size: str = option("512", "Pixels: 512,1024,1920x1080.", metavar="WxH,..", panel=WHAT)
    batch: str = option("1", "Pictures run together: 1,2,4,8.", metavar="N,..", panel=WHAT)
    backends: str = option("", "Default: all, and their peers.", metavar="NAME,..", panel=WHAT)
    precision: str = option("", "Default: all of each backend.", metavar="NAME,..", panel=WHAT)
    scenario: str = option(
        "single-stream", "MLPerf's: single-stream, interactive, offline, server.", metavar="NAME,..", panel=WHAT
    )
    duration: float = option(4.0, "Seconds of samples of each row.", metavar="S", panel=HOW, min=0.01)
    rounds: int = option(6, "Rounds that calls are spread over.", metavar="N", panel=HOW, min=1)
    threads: int | None = option(None, "Threads of each runtime. Default: cores.", metavar="N", panel=HOW, min=1)
    frames: int = option(12, "Files in the folder of offline.", metavar="N", panel=HOW, min=1)
    target: float = option(1000.0, "Server: p99 in milliseconds.", metavar="MS", panel=HOW, min=0.001)
    json: File = option(None, "Everything, raw samples too.", metavar="FILE", panel=OUTPUT)
    csv: File = option(None, "A line for each row.", metavar="FILE", panel=OUTPUT)
    markdown: File = option(None, "For a README.", metavar="FILE", panel=OUTPUT)
    html: File = option(None, "One page with plots.", metavar="FILE", panel=OUTPUT)
    plot: File = option(None, "Plots: a folder, or one .svg or .png.", metavar="PATH", panel=OUTPUT)
    baseline: File = option(None, "Compare with an earlier --json.", metavar="FILE", panel=OUTPUT)


@bench.callback()
@with_options(BenchOptions)
def measure(options: BenchOptions) -> None:
    """Measure what runs here, how fast, and whether the picture is still the same.

    Every backend runs in a process of its own, and all take turns in rounds.
    What cannot run here is a row with its reason. A backend that paints
    other pixels than eager fp32 has failed, however fast it is.

    Ctrl-C ends it early and keeps what was measured. The exit code is 1 if a
    row failed, or if --baseline finds one worse than before.

    \b
    pts bench
    pts bench --width 64 --backends openvino,onnxruntime --json now.json
    pts bench --scenario offline --batch 1,4 --html report.html
    pts bench compare before.json now.json
    """
    if options.context.invoked_subcommand:
        return
    _check_places(options)
    writers = _find_writers(options)
    with _needs():
        from paintstorch_sdk.bench.measure import Measurement
        from paintstorch_sdk.bench.report.terminal import print_result

    earlier = _load(options.baseline) if options.baseline else None
    plan = _make_plan(options)
    with _progress() as say:
        result = Measurement(plan, say).run()
    for write in writers:
        write(result)
    console = _console()
    print_result(result, console)
    worse = any(row.status == "failed" for row in result.rows)
    if earlier:
        worse |= _compare(earlier, result, console)
    if not result.complete:
        raise typer.Exit(INTERRUPTED)
    if worse:
        raise typer.Exit(WORSE)


@bench.command("compare")
def compare(
    first: Annotated[Path, typer.Argument(help="What pts bench --json wrote before.", metavar="A.json")],
    second: Annotated[Path, typer.Argument(help="And what it wrote later.", metavar="B.json")],
) -> None:
    """Say which rows of two runs changed beyond noise.

    The exit code is 1 if a row became slower, less accurate, or failed; 0 if
    not. What counts: a change of more than 10 percent, and what the machine's
    own ceilings drifted, at the level of 1 percent for all rows together
    (Welch's test on the rounds, Holm's correction).

    \b
    pts bench compare before.json now.json
    """
    if _compare(_load(first), _load(second), _console()):
        raise typer.Exit(WORSE)


def _compare(first: "Result", second: "Result", console: "Console") -> bool:
    with _needs():
        from paintstorch_sdk.bench.compare import compare_results
        from paintstorch_sdk.bench.report.terminal import print_comparison

    comparison = compare_results(first, second)
    print_comparison(comparison, console)
    return comparison.worse


def _load(path: Path) -> "Result":
    with _needs():
        from paintstorch_sdk.bench.result import load

    return load(path)


def _check_places(options: BenchOptions) -> None:
    """Refuse a file that cannot be written before minutes of measuring."""
    from ..files import check_place

    plot = options.plot
    folder = plot / "plot.svg" if plot and not plot.suffix else plot
    for path in (options.json, options.csv, options.markdown, options.html, folder):
        if path is not None:
            check_place(path)


def _make_plan(options: BenchOptions) -> "BenchPlan":
    with _needs():
        from paintstorch_sdk.bench import machine, ways
        from paintstorch_sdk.bench.measure import BenchPlan
        from paintstorch_sdk.bench.result import SCENARIOS

    from ..bundle import DEFAULT

    cuda = machine.has_cuda()
    models, widths = _words(options.model), _words(options.width)
    asked = {name: value for name, value in options.context.params.items() if value is not None and name not in FILES}
    asked["model"] = _name_models(options.model)
    return BenchPlan(
        ways.select_ways(_words(options.backends), _words(options.precision), cuda),
        models=models or ([] if widths else [DEFAULT]),
        widths=[_whole("width", word) for word in widths],
        sizes=[_size(word) for word in _words(options.size)],
        batches=[_whole("batch", word) for word in _words(options.batch)],
        scenarios=[_one_of("scenario", word, SCENARIOS) for word in _words(options.scenario)],
        duration=options.duration,
        rounds=options.rounds,
        threads=options.threads or count_threads(),
        frames=options.frames,
        target=options.target / 1000,
        cuda=cuda,
        options={name: value if isinstance(value, int | float) else str(value) for name, value in asked.items()},
        command=_command(options.context),
    )


def _find_writers(options: BenchOptions) -> "list[Callable[[Result], object]]":
    """Functions that write the files asked for; a missing library is named before minutes of measuring."""

    def make(path: Path, form: "Callable[[Result], str]") -> "Callable[[Result], object]":
        return lambda result: write_file(path, form(result))

    with _needs():
        if options.baseline:
            import_module("paintstorch_sdk.bench.compare")
        writers = [
            make(path, getattr(import_module(f"paintstorch_sdk.bench.{module}"), function))
            for option, (module, function) in FORMS.items()
            if (path := getattr(options, option))
        ]
        if place := options.plot:
            from paintstorch_sdk.bench.report.plots import write_plots

            writers.append(lambda result: write_plots(result, place))
        return writers


def _needs() -> AbstractContextManager[None]:
    """Turn a missing library of the extra [bench] into one line."""
    from .console import needs

    return needs("bench", "pts bench")


def _console() -> "Console":
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=max(WIDTH, console.width))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Progress on stderr: one line that changes in a terminal, else a line for each new thing."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line
        return
    with console.status("pts bench") as status:
        yield lambda line: status.update(escape(line))


def _line(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _name_models(text: str) -> str:
    """Models by their names: a record names no place on this machine."""
    return ",".join(Path(word).name for word in _words(text))


def _whole(what: str, word: str) -> int:
    if not word.isdecimal() or not 0 < int(word) <= 4096:
        raise InputError(f"{what}: expected whole numbers over 0, received {word!r}")
    return int(word)


def _size(word: str) -> tuple[int, int]:
    sides = word.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and 32 <= int(side) <= 8192 for side in sides):
        raise InputError(f"size: expected sides of 32 to 8192 pixels as 512 or 1920x1080, received {word!r}")
    return int(sides[0]), int(sides[-1])


def _one_of(what: str, word: str, known: tuple[Any, ...]) -> Any:
    if word not in known:
        raise InputError(f"{what}: expected some of {', '.join(known)}, received {word!r}")
    return word


def _command(context: typer.Context) -> str:
    """The command that gives the same numbers, without the files that they were written to."""
    words = ["pts bench"]
    for parameter in context.command.params:
        name, value = parameter.name or "", context.params.get(parameter.name or "")
        if name in (*FILES, "help") or value in (None, (), []):
            continue
        if name == "model":
            value = _name_models(value)
        if value == parameter.default:
            continue
        for item in value if isinstance(value, list | tuple) else [value]:
            words += [parameter.opts[0], f"'{item}'" if " " in str(item) else str(item)]
    return " ".join(words)
