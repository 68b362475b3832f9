"""`pts studio`: the page that artists draw on, in the browser."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options, serve

if TYPE_CHECKING:
    from ..serve.settings import Settings


def studio(
    port: serve.Port = 7860,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.", rich_help_panel=serve.SERVER)
    ] = True,
    data: serve.Data = None,
    model: serve.Models = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    device: options.Device = None,
    threads: options.Threads = None,
    tune: options.Tune = True,
) -> None:
    """Draw in the browser: strokes in, colors before the hand is back.

    Nothing leaves this machine: the page talks to this process alone.
    Drawings are kept, and are there again the next time.
    """
    from .console import needs, say

    with needs("serve", "pts studio"):
        from ..serve.server import serve as run

    def started(address: str) -> None:
        import sys

        say(f"studio: {address}  (Ctrl-C ends it; drawings are kept)")
        sys.stdout.flush()  # it may be read through a pipe, and this process goes on
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    chosen = settings(data, model, port=port, backend=backend, precision=precision, device=device, threads=threads)
    run(chosen, quiet=True, started=started)


def settings(data: str | None, models: list[str] | None, **others: Any) -> "Settings":
    """The settings of a server; the options of `pts serve` and `pts studio` in common."""
    from pathlib import Path

    from ..bundle import DEFAULT
    from ..examples import examples
    from ..serve.settings import Settings, data_folder

    folder = Path(data) if data is not None else data_folder()
    return Settings(folder=folder, models=tuple(models or (DEFAULT,)), examples=tuple(examples()), **others)
