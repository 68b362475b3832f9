"""The command line, `pts`: a command a file, or a folder for a large one, which imports what it needs when it runs."""

import errno
import os
import sys
import warnings
from contextlib import suppress

import typer

from ..errors import PaintsTorchError
from . import bench, cache, data, doctor, evaluate, hints, importing, inspect, models, serve, studio, study, train, tune
from .colorize.command import colorize_command
from .console import UnsaidError, error_line, open_streams, show_warnings
from .demo.command import demo
from .export.command import export
from .lineart.command import lineart_command
from .shot.command import shot

EXIT_UNSAID = 1  # done, but nobody could be told
EXIT_ERROR = 2  # nothing was done; 1 is for a run that some pictures failed in

app = typer.Typer(
    name="pts",
    help="Color line art from a few strokes.",
    epilog="Begin with [bold]pts demo[/bold]. Every command explains itself: [bold]pts colorize --help[/bold]",
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("colorize")(colorize_command)
app.command("lineart")(lineart_command)
app.add_typer(shot, name="shot")
app.command("demo")(demo)
app.command("studio")(studio.studio)
app.command("serve")(serve.serve)
app.add_typer(study.study, name="study")
app.add_typer(models.models, name="models")
app.command("doctor")(doctor.doctor)
app.command("tune")(tune.tune)
app.command("import")(importing.import_)
app.command("export")(export)
app.command("inspect")(inspect.inspect_model)
app.add_typer(bench.bench, name="bench")
app.add_typer(cache.cache, name="cache")
app.add_typer(data.app, name="data")
app.add_typer(hints.app, name="hints")
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)


def _print_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"paintstorch-sdk {__version__}")
        raise typer.Exit


@app.callback()
def _root_options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Color line art from a few strokes."""


def main() -> int:
    """Run the command line; errors that are the user's to solve are one line on stderr and exit code 2."""
    # Pillow's warnings (of large pictures, of odd metadata) are about files that are checked here anyway.
    warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
    show_warnings()
    open_streams()
    try:
        try:
            app(prog_name="pts")  # whatever file ran it: click would name that one in usages
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except PaintsTorchError as error:
            error_line(error)
            code = EXIT_UNSAID if isinstance(error, UnsaidError) else EXIT_ERROR
        except MemoryError:
            error_line("out of memory; give a smaller --size or --batch-size, or smaller pictures")
            code = EXIT_ERROR
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has closed it
        code = EXIT_UNSAID
        _discard_output()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF):
            raise
        error_line(f"stdout: cannot be written: {error.strerror}")
        code = EXIT_UNSAID
        _discard_output()
    return code


def _discard_output() -> None:
    """Let the rest of the output go nowhere: Python would complain once more when it flushes at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
