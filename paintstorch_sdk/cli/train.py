"""`pts train`: train a model as a configuration file says."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[Path, typer.Argument(help="A TOML file.", metavar="CONFIG")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train a model.

    The configuration names the data, the networks and every step; unknown
    keys in it are errors.

    \b
    pts train mine.toml
    pts train mine.toml --resume
    """
    from .console import needs

    with needs("train", "pts train"):
        from paintstorch_sdk.training.config import load
        from paintstorch_sdk.training.trainer import train as run

    run(load(config), resume=resume)
