"""The loop that trains the two small networks, shade and kinship, on one core: averaged weights, resumable."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import cv2
import numpy as np
import torch
import typer
from safetensors.torch import save_file
from torch import Tensor

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.files import replacing
from paintstorch_sdk.networks.shade import BlockNet

from .descent import prepare_network
from .state import STATE

WARMUP, LOG_EVERY, SAVE_EVERY = 100, 50, 500  # steps
LEAST_RATE = 0.02  # of the learning rate, at the end of its half cosine

N = TypeVar("N", bound=BlockNet)

DataFolder = Annotated[Path, typer.Argument(help="Data folder.")]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="Where the weights go.")]
Count = Annotated[int, typer.Option(min=1)]
Rate = Annotated[float, typer.Option(min=0)]


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast a network learns.

    Attributes:
        out: Folder of the state and of the weights.
        steps: Optimizer steps, those of earlier parts included.
        batch: Crops a step.
        rate: Peak learning rate of AdamW.
        decay: Decay of the moving average of the weights, which becomes the network.
        threads: Threads of torch.
    """

    out: Path
    steps: int
    batch: int
    rate: float
    decay: float
    threads: int


def train_network(
    network: N,
    course: Course,
    name: str,
    facts: dict[str, str],
    compute_loss: Callable[[N, np.random.Generator], Tensor],
    measure: Callable[[N], str],
) -> None:
    """Train a network, or go on from OUT/state.pt, and write OUT/NAME.safetensors (fp16) every 500 steps.

    Args:
        network: The network, at its start.
        course: See `Course`.
        name: Name of the weights' file.
        facts: What its header says beside the number of steps; "drawings" is the number of those that it learns from.
        compute_loss: Makes samples by chance and gives the loss on them; chance is a function of the step alone.
        measure: Says how the averaged network does on held-out drawings.

    Raises:
        CheckpointError: The state is of another network.
    """
    averaged, state_file, step = copy.deepcopy(network), course.out / STATE, 0
    for own in (network, averaged):
        prepare_network(own, bfloat16=True)
    optimizer = torch.optim.AdamW(network.parameters(), course.rate, weight_decay=1e-4)
    parts: dict[str, Any] = {"network": network, "averaged": averaged, "optimizer": optimizer}
    if state_file.is_file():
        state = torch.load(state_file, weights_only=True)
        try:
            for key, part in parts.items():
                part.load_state_dict(state[key])
            step = state["step"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"{state_file}: expected the state of a {name} run; remove it to start anew"
            ) from error
    course.out.mkdir(parents=True, exist_ok=True)
    typer.echo(f"{facts['drawings']} drawings, from step {step}")
    losses, begun = 0.0, time.monotonic()
    while step < course.steps:
        falling = 0.5 + 0.5 * math.cos(math.pi * step / course.steps)
        for group in optimizer.param_groups:
            group["lr"] = course.rate * min(1.0, (step + 1) / WARMUP) * (LEAST_RATE + (1 - LEAST_RATE) * falling)
        loss = compute_loss(network, np.random.default_rng([7, step]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if bool(torch.isfinite(torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0))):
            optimizer.step()
        with torch.no_grad():
            keep = min(course.decay, (1 + step) / (10 + step))
            for mean, value in zip(averaged.parameters(), network.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        step += 1
        losses += float(loss.detach())
        if step % LOG_EVERY == 0:
            speed = LOG_EVERY * course.batch / (time.monotonic() - begun)
            typer.echo(f"step {step} loss {losses / LOG_EVERY:.4f} {speed:.1f} crops/s")
            losses, begun = 0.0, time.monotonic()
        if step % SAVE_EVERY == 0 or step == course.steps:
            typer.echo(f"step {step} held out: {measure(averaged.eval())}")
            with replacing(state_file) as temporary:
                torch.save({key: part.state_dict() for key, part in parts.items()} | {"step": step}, temporary)
            weights = {key: value.half().contiguous() for key, value in averaged.state_dict().items()}
            with replacing(course.out / f"{name}.safetensors") as temporary:
                save_file(weights, temporary, {"step": str(step)} | facts)
            begun = time.monotonic()


def begin_alone(threads: int) -> None:
    """Make chance repeatable and leave the other cores alone."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    cv2.setNumThreads(1)
