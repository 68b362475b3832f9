"""The command line, `pts`: a command a file, or a folder for a large one, which imports what it needs when it runs."""

import atexit
import errno
import gc
import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module

import typer

from ..errors import PaintsTorchError
from .console import UnsaidError, error_line, open_streams, show_warnings

EXIT_UNSAID = 1  # done, but nobody could be told
EXIT_ERROR = 2  # nothing was done; 1 is for a run that some pictures failed in

# Name -> module and what it defines: a function, or commands of its own; in the order of the help.
COMMANDS = {
    "colorize": ("colorize.command", "colorize_command"),
    "lineart": ("lineart.command", "lineart_command"),
    "demo": ("demo.command", "demo"),
    "studio": ("studio", "studio"),
    "serve": ("serve", "serve"),
    "doctor": ("doctor", "doctor"),
    "tune": ("tune", "tune"),
    "import": ("importing", "import_"),
    "export": ("export.command", "export"),
    "inspect": ("inspect", "inspect_model"),
    "train": ("train", "train"),
    "evaluate": ("evaluate", "evaluate"),
    "shot": ("shot.command", "shot"),
    "study": ("study", "study"),
    "models": ("models", "models"),
    "bench": ("bench", "bench"),
    "cache": ("cache", "cache"),
    "data": ("data", "app"),
    "hints": ("hints", "app"),
}


def make_app(*commands: str) -> typer.Typer:
    """The command line with some of its commands: to import and declare all of them takes longer than many a run."""
    app = typer.Typer(
        name="pts",
        help="Color line art from a few strokes.",
        epilog="Begin with [bold]pts demo[/bold]. Every command explains itself: [bold]pts colorize --help[/bold]",
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root_options)
    for name in commands:
        module, attribute = COMMANDS[name]
        command = getattr(import_module(f".{module}", __name__), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"paintstorch-sdk {__version__}")
        raise typer.Exit


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
    gc.set_threshold(20_000)  # what is imported stays: looking through it for garbage takes a start a twentieth longer
    atexit.register(gc.freeze)  # nor is it looked through at the end, which takes a tenth
    named = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in COMMANDS else COMMANDS
    try:
        try:
            make_app(*named)(prog_name="pts")  # whatever file ran it: click would name that one in usages
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
