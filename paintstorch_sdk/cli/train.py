"""`pts train`: train a model as a configuration file says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .options import argument, option, with_options

OVERRIDES = ("start", "data", "out", "features", "settings")  # options that count in place of the file's keys


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """The options of `pts train`, as they were given."""

    config: Path | None = argument("A TOML file. With --from it may be left out.", "[CONFIG]", None)
    start: str | None = option(None, "Start from the weights of a model: default, a bundle, a checkpoint.", "--from")
    data: Path | None = option(None, "The pictures: a data folder, or a folder of your own art.")
    out: Path | None = option(None, "Where checkpoints go.", "--out", "-o")
    features: str | None = option(
        None, "Frozen feature network F1: Illustration2Vec's weights, or an earlier tagger.safetensors."
    )
    settings: list[str] | None = option(
        None, "A key of the configuration: samples.hints=random; repeatable.", "--set", metavar="KEY=VALUE"
    )
    resume: bool = option(False, "Go on from the last checkpoint.", "--resume")


@with_options(TrainOptions)
def train(options: TrainOptions) -> None:
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

    if options.config is None and not options.start:
        raise InputError("pts train: expected a configuration file, or --from MODEL to fine-tune it on --data")
    given: dict[str, Any] = {key: value for key in OVERRIDES if (value := getattr(options, key)) is not None}
    console = Console(stderr=True)
    # Lines above the bar on a terminal, lines alone elsewhere; under torchrun the first process speaks for all.
    handler: logging.Handler = RichHandler(console=console, show_path=False, show_level=False)
    if not console.is_terminal:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])
    checkpoint = run(options.config or FINETUNE, options.resume, console, **given)
    if os.environ.get("RANK", "0") == "0":
        say(str(checkpoint))
        say(f"next: pts export {checkpoint} -o mymodel/")
