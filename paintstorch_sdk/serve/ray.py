"""The service on Ray Serve: one-shot coloring by any number of replicas.

serve run --name paintstorch paintstorch_sdk.serve.ray:service replicas=2

Requests come in at a light deployment, which reads and checks them as `pts serve` does; replicas that hold the models
paint. The work of a replica that dies goes to another one. Drawings and the studio stay with `pts serve`: they
have a state, and belong to one process.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from ray import serve
from ray.exceptions import RayActorError

from ..bundle import DEFAULT
from ..layers.stack import Layer
from .app import create_app
from .errors import BusyError
from .painting import ModelPool, OneShot
from .schemas import DrawingLook
from .settings import TOKEN_VARIABLE, Settings

APP, PAINTERS = "paintstorch", "Painters"
TRIES = 4


class RemoteModelPool(ModelPool):
    """Has replicas paint."""

    def warm_up(self) -> None:
        """Nothing: replicas load the models when they start."""

    def describe_backend(self, look: DrawingLook) -> tuple[str, str, str]:
        return _ask("describe_backend", look)  # type: ignore[no-any-return]

    def paint_batch(self, jobs: Sequence[OneShot]) -> list[Image.Image | Exception]:
        return _ask("paint_batch", list(jobs))  # type: ignore[no-any-return]

    def layers(self, job: OneShot) -> list[Layer]:
        return _ask("layers", job)  # type: ignore[no-any-return]


class Painters:
    """One replica: the models, loaded.

    Args:
        settings: Models, backend, limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._painter = ModelPool(settings)
        self._painter.warm_up()

    def describe_backend(self, look: DrawingLook) -> tuple[str, str, str]:
        """See `ModelPool`."""
        return self._painter.describe_backend(look)

    def paint_batch(self, jobs: Sequence[OneShot]) -> list[Image.Image | Exception]:
        """See `ModelPool`."""
        return self._painter.paint_batch(jobs)

    def layers(self, job: OneShot) -> list[Layer]:
        """See `ModelPool`."""
        return self._painter.layers(job)


def service(args: dict[str, str]) -> serve.Application:
    """The application that `serve run` starts.

    Args:
        args: `replicas`, or `most` and `least` of them for autoscaling; `gpus`, of each, a fraction is enough; `model`,
            `backend`, `precision`, `threads`. The token is $PAINTSTORCH_TOKEN of who starts it.
    """
    threads = args.get("threads")
    folder = Path(tempfile.gettempdir()) / f"paintstorch-ray-{os.getpid()}"
    settings = Settings(
        folder=folder,
        token=os.environ.get(TOKEN_VARIABLE),
        backend=args.get("backend", "auto"),
        precision=args.get("precision", "auto"),
        threads=int(threads) if threads else None,
        workers=4 * int(args.get("most", args.get("replicas", "1"))),
        studio=False,
        models=(args.get("model", DEFAULT),),
    )
    scale: dict[str, Any] = {"num_replicas": int(args.get("replicas", "1"))}
    if "most" in args:
        scale = {"autoscaling_config": {"min_replicas": int(args.get("least", "1")), "max_replicas": int(args["most"])}}
    deployment = serve.deployment(name=PAINTERS, ray_actor_options={"num_gpus": float(args.get("gpus", "0"))}, **scale)
    painters = deployment(Painters).bind(settings)

    @serve.deployment(name="Service", max_ongoing_requests=500)
    @serve.ingress(lambda: create_app(settings, RemoteModelPool(settings), keep_drawings=False))
    class Service:
        def __init__(self, painters: Any) -> None:
            """Takes the handle, so that replicas are started with it."""

    return Service.bind(painters)  # type: ignore[attr-defined, no-any-return, unused-ignore]


def _ask(method: str, argument: Any) -> Any:
    """Have a replica do something; where it dies, another one."""
    handle = serve.get_deployment_handle(PAINTERS, APP)
    for _ in range(TRIES):
        try:
            return getattr(handle, method).remote(argument).result(timeout_s=60)
        except RayActorError:
            continue
    raise BusyError("the replicas that paint have died; they are started again", after=5)
