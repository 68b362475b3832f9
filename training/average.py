"""The mean of two networks' weights: one that was trained on, and what it began with.

    python -m paintstorch_sdk.training.average before.safetensors after.safetensors -o mean.safetensors

It keeps more of what the first knew of drawings that the second was not trained on (Wortsman et al., "Robust
fine-tuning of zero-shot models", CVPR 2022).
"""

from pathlib import Path
from typing import Annotated

import typer
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.files import replacing


def average(
    first: Annotated[Path, typer.Argument(help="Weights (safetensors).")],
    second: Annotated[Path, typer.Argument(help="Weights of the same network; their header is kept.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write (fp16).")],
) -> None:
    """Write the mean of two networks' weights.

    Raises:
        CheckpointError: A file is no safetensors, or the two are of different networks.
    """
    try:
        before, after = load_file(first), load_file(second)
        with safe_open(second, "pt") as file:
            facts = dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{first}, {second}: expected weights in two safetensors files: {error}") from error
    if {name: value.shape for name, value in before.items()} != {name: value.shape for name, value in after.items()}:
        raise CheckpointError(f"{first}, {second}: expected weights of one network, received two different ones")
    mean = {name: ((before[name].float() + after[name].float()) / 2).half().contiguous() for name in after}
    with replacing(out) as temporary:
        save_file(mean, temporary, facts)


if __name__ == "__main__":
    typer.run(average)
