"""`pts serve`: coloring over HTTP and WebSocket."""

from typing import Annotated

import typer

from . import options

SERVER, LIMITS = "Server", "Limits"

Host = Annotated[
    str, typer.Option(help="Address to bind to; beyond this machine only with a token.", rich_help_panel=SERVER)
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.", rich_help_panel=SERVER)]
Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Where drawings are kept. Default: $PAINTSTORCH_DATA, or the system's place for a user's data.",
        rich_help_panel=SERVER,
        metavar="FOLDER",
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        help="A bundled model, or a bundle's folder; repeatable, the first is the default.",
        rich_help_panel=options.MODEL,
        metavar="NAME|FOLDER",
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Pictures that are painted at once.", rich_help_panel=SERVER, metavar="N")
]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 7860,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="PAINTSTORCH_TOKEN",
            help="What clients must send as a bearer token; better given in the environment, where other users of "
            "the machine do not see it.",
            rich_help_panel=SERVER,
            metavar="TEXT",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name under which clients reach it; repeatable.", rich_help_panel=SERVER, metavar="NAME"),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A page elsewhere that may call it (CORS); repeatable.", rich_help_panel=SERVER, metavar="ORIGIN"
        ),
    ] = None,
    data: Data = None,
    studio: Annotated[
        bool, typer.Option("--studio/--no-studio", help="Serve the page.", rich_help_panel=SERVER)
    ] = True,
    study: Annotated[
        str | None,
        typer.Option(
            help="A file of pts study, whose pictures clients of PaintsTorchAPI rate.",
            rich_help_panel=SERVER,
            metavar="FILE",
        ),
    ] = None,
    model: Models = None,
    backend: options.Backend = "auto",
    precision: options.Precision = "auto",
    device: options.Device = None,
    triton: Annotated[
        str | None,
        typer.Option(
            help="Run the network on a Triton server with the repository of pts export --triton.",
            rich_help_panel=options.MODEL,
            metavar="http://HOST:PORT",
        ),
    ] = None,
    threads: options.Threads = None,
    workers: Workers = None,
    queue: Annotated[
        int, typer.Option(min=1, help="Pictures that may wait; more are answered 429.", rich_help_panel=LIMITS)
    ] = 64,
    max_mb: Annotated[int, typer.Option(min=1, help="Megabytes of a request.", rich_help_panel=LIMITS)] = 32,
    max_megapixels: Annotated[int, typer.Option(min=1, help="Largest picture.", rich_help_panel=LIMITS)] = 16,
    max_strokes: Annotated[int, typer.Option(min=1, help="Most strokes of a drawing.", rich_help_panel=LIMITS)] = 5000,
    max_drawings: Annotated[int, typer.Option(min=1, help="Drawings kept on disk.", rich_help_panel=LIMITS)] = 1000,
    memory_mb: Annotated[
        int,
        typer.Option(min=1, help="Memory for open drawings, 10 to 40 MB each at 512 px.", rich_help_panel=LIMITS),
    ] = 1024,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds for a request to arrive, and for a picture.", rich_help_panel=LIMITS)
    ] = 30.0,
) -> None:
    """Serve coloring over HTTP and WebSocket.

    The log is JSON lines on stderr, without content of pictures. On SIGTERM
    it finishes what it has taken.

    \b
    pts serve
    PAINTSTORCH_TOKEN=... pts serve --host 0.0.0.0 --allow-host paint.example
    """
    from pathlib import Path

    from .console import needs

    with needs("serve", "pts serve"):
        from ..serve.server import serve as run
        from ..serve.settings import Limits

    from .studio import settings

    limits = Limits(
        body=max_mb * 2**20,
        pixels=max_megapixels * 10**6,
        strokes=max_strokes,
        drawings=max_drawings,
        memory=memory_mb * 2**20,
        waiting=queue,
        seconds=timeout,
    )
    run(
        settings(
            data,
            model,
            host=host,
            port=port,
            token=token or None,
            hosts=tuple(allow_host or ()),
            origins=tuple(allow_origin or ()),
            backend="triton" if triton else backend,
            precision=precision,
            device=triton or device,
            threads=threads,
            workers=workers,
            studio=studio,
            study=Path(study) if study else None,
            limits=limits,
        )
    )
