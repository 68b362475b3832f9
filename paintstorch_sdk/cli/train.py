"""`pts train`: train a model as a configuration file says."""

import logging
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
    from .console import needs, say

    with needs("train", "pts train"):
        from paintstorch_sdk.training.trainer import train as run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    path = run(config, resume=resume)
    say(f"the last checkpoint is {path}")
