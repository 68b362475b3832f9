"""The configuration of a training run: frozen dataclasses read from TOML, where an unknown key is an error."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from paintstorch_sdk.errors import InputError

from .samples import SampleConfig

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the run with one size of crops.

    Attributes:
        crop: Side of the square crops, pixels; a multiple of 32.
        batch: Crops a step.
        steps: Optimiser steps.
        scale: Lowest and highest scale of a picture, relative to a long side of 512 pixels, log-uniform.
    """

    crop: int
    batch: int
    steps: int
    scale: tuple[float, float]

    def __post_init__(self) -> None:
        if self.crop < 64 or self.crop % 32:
            raise InputError(f"phase crop: expected a multiple of 32 from 64 on, received {self.crop}")
        if self.batch < 1 or self.steps < 1:
            raise InputError(f"phase: expected positive batch and steps, received {self.batch}, {self.steps}")
        if not 0.05 <= self.scale[0] <= self.scale[1] <= 4.0:
            raise InputError(f"phase scale: expected low <= high within 0.05..4, received {self.scale}")


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights of the terms of the loss; see `losses.Loss`."""

    chroma: float = 2.0
    gradient: float = 1.0
    hint: float = 1.0
    lines: float = 0.5


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole run.

    Attributes:
        data: Folder with manifest.jsonl and the pictures (`pts data build`).
        out: Folder for checkpoints, state, pictures and the log.
        width: Width of the generator and of the feature network.
        seed: Of the weights and of every sample.
        learning_rate: Peak of AdamW's; warmed up over `warmup_steps`, then a half cosine to 2 % of it.
        weight_decay: AdamW's.
        clip: Largest gradient norm; larger gradients are scaled down.
        ema: Decay of the moving average of the weights that is kept as the model.
        bfloat16: Compute all but the grouped convolutions in bfloat16 (see `trainer.prepare`).
        workers: Processes that make samples; 0 makes them in the training process.
        threads: Threads of torch; 0 is torch's own choice.
        log_every: Steps between lines of the log.
        save_every: Steps between checkpoints; each is measured on held-out pictures and drawn as a grid.
        validation: Held-out crops that are measured at a checkpoint.
        phases: In order. Progress, and with it the learning rate and the mix of hints, is the share of all
            their pixels that has been seen: a crop of 256 px counts as four of 128.
    """

    data: Path
    out: Path
    phases: tuple[Phase, ...]
    width: int = 32
    seed: int = 0
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    warmup_steps: int = 200
    clip: float = 1.0
    ema: float = 0.999
    bfloat16: bool = True
    workers: int = 1
    threads: int = 0
    log_every: int = 50
    save_every: int = 1000
    validation: int = 48
    loss: LossConfig = field(default_factory=LossConfig)
    samples: SampleConfig = field(default_factory=SampleConfig)

    def __post_init__(self) -> None:
        if not self.phases:
            raise InputError("training configuration: expected at least one [[phases]] table")

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return sum(phase.steps for phase in self.phases)

    def progress(self, step: int) -> float:
        """Share of the run's pixels that has been seen before a step, 0 to 1."""
        seen, total = 0, 0
        for phase in self.phases:
            pixels = phase.batch * phase.crop**2
            seen += min(max(step, 0), phase.steps) * pixels
            total += phase.steps * pixels
            step -= phase.steps
        return seen / total


def load(path: Path) -> TrainConfig:
    """Read a TOML file. Paths in it are relative to the current folder.

    Raises:
        InputError: Not TOML, an unknown or a missing key, or a value out of its range.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: expected TOML: {error}") from error
    table["phases"] = tuple(_build(Phase, phase, f"{path}: [[phases]]") for phase in table.get("phases", ()))
    table["loss"] = _build(LossConfig, table.get("loss", {}), f"{path}: [loss]")
    table["samples"] = _build(SampleConfig, table.get("samples", {}), f"{path}: [samples]")
    for key in ("data", "out"):
        if key in table:
            table[key] = Path(table[key])
    return _build(TrainConfig, table, str(path))


def _build(kind: type[T], table: dict[str, Any], where: str) -> T:
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}; expected one of {', '.join(known)}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from error
