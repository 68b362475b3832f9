"""`pts serve`: coloring over HTTP and WebSocket."""

from dataclasses import dataclass
from typing import Annotated

from . import options as shared
from .options import declare, option, with_options

SERVER, LIMITS = "Server", "Limits"

Port = Annotated[int, declare("0 takes a free one.", panel=SERVER, min=0, max=65535)]
Data = Annotated[
    str | None,
    declare(
        "Where drawings are kept. Default: $PAINTSTORCH_DATA, or the system's place for a user's data.",
        "--data",
        metavar="FOLDER",
        panel=SERVER,
    ),
]
Models = Annotated[
    list[str] | None,
    declare(
        "A bundled model, or a bundle's folder; repeatable, the first is the default.",
        "--model",
        "-m",
        metavar="NAME|FOLDER",
        panel=shared.MODEL,
    ),
]


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of `pts serve`, as they were given."""

    host: str = option("127.0.0.1", "Address to bind to; beyond this machine only with a token.", panel=SERVER)
    port: Port = 7860
    token: str | None = option(
        None,
        "What clients must send as a bearer token; better given in the environment, where other users of the machine "
        "do not see it.",
        metavar="TEXT",
        panel=SERVER,
        envvar="PAINTSTORCH_TOKEN",
    )
    allow_host: list[str] | None = option(
        None, "A name under which clients reach it; repeatable.", metavar="NAME", panel=SERVER
    )
    allow_origin: list[str] | None = option(
        None, "A page elsewhere that may call it (CORS); repeatable.", metavar="ORIGIN", panel=SERVER
    )
    data: Data = None
    studio: bool = option(True, "Serve the page.", "--studio/--no-studio", panel=SERVER)
    study: str | None = option(
        None, "A file of pts study, whose pictures clients of PaintsTorchAPI rate.", metavar="FILE", panel=SERVER
    )
    model: Models = None
    backend: shared.Backend = "auto"
    precision: shared.Precision = "auto"
    device: shared.Device = None
    triton: str | None = option(
        None,
        "Run the network on a Triton server with the repository of pts export --triton.",
        metavar="http://HOST:PORT",
        panel=shared.MODEL,
    )
    threads: shared.Threads = None
    tune: shared.Tune = True
    workers: int | None = option(None, "Pictures that are painted at once.", metavar="N", panel=SERVER, min=1)
    queue: int = option(64, "Pictures that may wait; more are answered 429.", panel=LIMITS, min=1)
    max_mb: int = option(32, "Megabytes of a request.", panel=LIMITS, min=1)
    max_megapixels: int = option(16, "Largest picture.", panel=LIMITS, min=1)
    max_strokes: int = option(5000, "Most strokes of a drawing.", panel=LIMITS, min=1)
    max_drawings: int = option(1000, "Drawings kept on disk.", panel=LIMITS, min=1)
    memory_mb: int = option(1024, "Memory for open drawings, 10 to 40 MB each at 512 px.", panel=LIMITS, min=1)
    timeout: float = option(30.0, "Seconds for a request to arrive, and for a picture.", panel=LIMITS, min=1.0)


@with_options(ServeOptions)
def serve(options: ServeOptions) -> None:
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
        body=options.max_mb * 2**20,
        pixels=options.max_megapixels * 10**6,
        strokes=options.max_strokes,
        drawings=options.max_drawings,
        memory=options.memory_mb * 2**20,
        waiting=options.queue,
        seconds=options.timeout,
    )
    run(
        settings(
            options.data,
            options.model,
            host=options.host,
            port=options.port,
            token=options.token or None,
            hosts=tuple(options.allow_host or ()),
            origins=tuple(options.allow_origin or ()),
            backend="triton" if options.triton else options.backend,
            precision=options.precision,
            device=options.triton or options.device,
            threads=options.threads,
            workers=options.workers,
            studio=options.studio,
            study=Path(options.study) if options.study else None,
            limits=limits,
        )
    )
