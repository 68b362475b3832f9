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

    Ctrl-C stops after the current step and saves: --resume goes on from
    there.

    \b
    pts train mine.toml
    pts train mine.toml --resume
    """
    import logging
    import sys

    from .console import needs, say

    with needs("train", "pts train"):
        from paintstorch_sdk.training.trainer import train as run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    checkpoint = run(config, resume)
    say(str(checkpoint))
    say(f"next: pts export {checkpoint} -o mymodel/")
