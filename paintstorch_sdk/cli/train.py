"""`pts train`: train a model as a configuration file says."""

from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    config: Annotated[
        Path | None, typer.Argument(help="A TOML file. With --from it may be left out.", metavar="[CONFIG]")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Start from the weights of a model: default, a bundle, a checkpoint."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The pictures: a data folder, or a folder of your own art.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where checkpoints go.")] = None,
    features: Annotated[
        str | None,
        typer.Option(help="Frozen feature network F1: Illustration2Vec's weights, or an earlier tagger.safetensors."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A key of the configuration: samples.hints=random; repeatable.", metavar="KEY=VALUE"
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train a model, or fine-tune one on your own art.

    The configuration names the data, the networks and every step; unknown
    keys in it are errors. The options count in place of its keys. Without
    a configuration, --from fine-tunes as configs/finetune.toml says.

    Ctrl-C stops after the current step and saves: --resume goes on from
    there. Several processes or machines: see docs/training.md.

    \b
    pts train mine.toml
    pts train mine.toml --resume
    pts train mine.toml --set phases.0.batch=4 --set seed=1
    torchrun --nproc-per-node 8 --no-python pts train mine.toml
    pts train --from default --data my_art/ -o runs/mine
    """
    import logging
    import os
    import sys

    from rich.console import Console
    from rich.logging import RichHandler

    from ..errors import InputError
    from .console import needs, say

    with needs("train", "pts train"):
        from paintstorch_sdk.training.trainer import FINETUNE
        from paintstorch_sdk.training.trainer import train as run

    if config is None and not start:
        raise InputError("pts train: expected a configuration file, or --from MODEL to fine-tune it on --data")
    overrides = {"start": start, "data": data, "out": out, "features": features, "settings": settings}
    given: dict[str, Any] = {key: value for key, value in overrides.items() if value is not None}
    console = Console(stderr=True)
    # Lines above the bar on a terminal, lines alone elsewhere; under torchrun the first process speaks for all.
    handler: logging.Handler = RichHandler(console=console, show_path=False, show_level=False)
    if not console.is_terminal:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])
    checkpoint = run(config or FINETUNE, resume, console, **given)
    if os.environ.get("RANK", "0") == "0":
        say(str(checkpoint))
        say(f"next: pts export {checkpoint} -o mymodel/")
