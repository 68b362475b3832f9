"""Supervised training of the generator and its feature network: one loop, resumable, for any torch device."""

import contextlib
import dataclasses
import json
import logging
import math
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Self

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.files import replacing
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.networks.generator import Bottleneck, Generator

from . import config as configuration
from .config import TrainConfig
from .evaluation import Model, draw_grid, measure, validation_samples
from .losses import terms
from .pictures import Entry, Pictures, read_manifest
from .samples import FULL_SIDE, Sample, Samples

log = logging.getLogger(__name__)

STATE = "state.pt"  # everything that resuming needs, beside the checkpoints
CACHE_BYTES = 6 * 2**30  # of decoded pictures in memory


class Float32Conv(nn.Conv2d):
    """A convolution that ignores autocast.

    PyTorch 2.13 on the CPU computes wrong weight gradients for grouped, dilated convolutions in bfloat16 with
    channels_last; in float32 they are right, and the rest of the network is twice as fast in bfloat16.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def prepare(generator: Generator, features: FeatureNet, bfloat16: bool) -> None:
    """Bring fresh networks into the layout and precision they are trained in; the names of weights stay."""
    if bfloat16:
        for module in generator.modules():
            if isinstance(module, Bottleneck):
                module.grouped.__class__ = Float32Conv
    for parameter in (*generator.parameters(), *features.parameters()):
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def train(config_path: Path, resume: bool = False) -> Path:
    """Run or resume a training.

    Args:
        config_path: TOML, see `config.TrainConfig`.
        resume: Go on from the state in the configured output folder.

    Returns:
        The last checkpoint.

    Raises:
        InputError: The configuration or the data is not what was expected.
        CheckpointError: There is no state to resume from, or it belongs to other networks.
    """
    with StopRequest() as stop:
        return _run(configuration.load(config_path), resume, stop)


def _run(config: TrainConfig, resume: bool, stop: "StopRequest") -> Path:
    config.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)

    architecture = checkpoint.Architecture(config.width, config.width)
    generator, features = architecture.build()
    average = architecture.build()  # the moving average of the weights, which becomes the model
    for network, averaged in zip((generator, features), average, strict=True):
        averaged.load_state_dict(network.state_dict())
        averaged.to(device).eval().requires_grad_(False)
    generator.to(device)
    features.to(device)
    prepare(generator, features, config.bfloat16)
    weights = [*generator.parameters(), *features.parameters()]
    averages: list[Tensor] = [*average[0].parameters(), *average[1].parameters()]
    optimizer = torch.optim.AdamW(weights, config.learning_rate, weight_decay=config.weight_decay)

    step, seen, skipped, seconds = 0, 0, 0, 0.0
    if resume:
        state = _load_state(config.out / STATE)
        generator.load_state_dict(state["generator"])
        features.load_state_dict(state["features"])
        average[0].load_state_dict(state["average_generator"])
        average[1].load_state_dict(state["average_features"])
        optimizer.load_state_dict(state["optimizer"])
        step, seen, skipped, seconds = state["step"], state["seen"], state["skipped"], state["seconds"]
        log.info("resumed at step %d, %d pictures", step, seen)

    entries = read_manifest(config.data, "train")
    held_out = validation_samples(config.data, config.validation)
    log.info("%d training pictures, %d steps", len(entries), config.steps)
    start = time.monotonic() - seconds
    sums: dict[str, float] = {}
    history = _History(config.out)

    def save() -> Path:
        """The checkpoint with its measures, a grid to look at, and the state for resuming."""
        scores = measure(Model(*average), held_out)
        provenance = {
            "step": step,
            "crops": seen,
            "skipped_steps": skipped,
            "seconds": round(time.monotonic() - start),
            "training_pictures": len(entries),
            "held_out": scores,
            "config": {
                key: value
                for key, value in dataclasses.asdict(config).items()
                if key not in ("data", "out")  # a checkpoint that is passed on tells no paths of this machine
            },
        }
        path = config.out / f"step-{step:06d}.safetensors"
        checkpoint.save(path, *average, provenance)
        draw_grid(config.out / f"step-{step:06d}.png", Model(*average), held_out)
        history.add(path.name, step, scores)
        with replacing(config.out / STATE) as temporary:
            torch.save(
                {
                    "step": step,
                    "seen": seen,
                    "skipped": skipped,
                    "seconds": time.monotonic() - start,
                    "generator": generator.state_dict(),
                    "features": features.state_dict(),
                    "average_generator": average[0].state_dict(),
                    "average_features": average[1].state_dict(),
                    "optimizer": optimizer.state_dict(),
                },
                temporary,
            )
        log.info("saved %s: %s", path.name, " ".join(f"{k} {v:.3f}" for k, v in scores.items()))
        return path

    path = config.out / f"step-{step:06d}.safetensors"
    for batch in _batches(config, entries, step):
        line_art, hints, target = (t.to(device, memory_format=torch.channels_last) for t in batch)
        rate = learning_rate(config, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(device.type, torch.bfloat16) if config.bfloat16 else contextlib.nullcontext():
            output = generator(line_art, hints, features(line_art))
        parts = terms(output.float(), target, line_art, hints, config.loss.lines)
        loss = (
            parts.l1
            + config.loss.chroma * parts.chroma
            + config.loss.gradient * parts.gradient
            + config.loss.hint * parts.hint
        )
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = float(nn.utils.clip_grad_norm_(weights, config.clip))
        # A step that is not finite would destroy the weights and the average for good: leave it out.
        if math.isfinite(norm):
            optimizer.step()
            decay = min(config.ema, (1 + step) / (10 + step))
            torch._foreach_lerp_(averages, [weight.detach() for weight in weights], 1.0 - decay)
        else:
            skipped += 1
        step, seen = step + 1, seen + len(line_art)

        for name, value in {"loss": loss, **parts._asdict(), "norm": norm}.items():
            sums[name] = sums.get(name, 0.0) + float(torch.as_tensor(value).detach()) / config.log_every
        if step % config.log_every == 0:
            elapsed = time.monotonic() - start
            values = " ".join(f"{name} {value:.4f}" for name, value in sums.items())
            log.info("step %d seen %d rate %.1e %s skipped %d %.0f s", step, seen, rate, values, skipped, elapsed)
            sums = {}
        if step % config.save_every == 0 or step == config.steps or stop.requested:
            path = save()
        if stop.requested:
            log.info("stopped at step %d; go on with --resume", step)
            break
    return path


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up over steps, then a half cosine over the run's progress from the peak to 2 % of it."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    falling = 0.5 * (1.0 + math.cos(math.pi * config.progress(step)))
    return config.learning_rate * warm * (0.02 + 0.98 * falling)


class StopRequest:
    """While entered, turns the first SIGTERM or SIGINT into a wish to stop after the current step."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        # Python lets only the main thread handle signals; a run in another one is stopped by its owner.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class _History:
    """history.json: the measures of every checkpoint of the run, in order."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "history.json"
        self.rows: list[dict[str, Any]] = json.loads(self.path.read_text()) if self.path.is_file() else []

    def add(self, name: str, step: int, scores: dict[str, float]) -> None:
        self.rows = [row for row in self.rows if row["step"] < step]
        self.rows.append({"checkpoint": name, "step": step, **scores})
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps(self.rows, indent=1))


def _batches(config: TrainConfig, entries: list[Entry], step: int) -> Iterator[list[Tensor]]:
    """The batches from a step on: each phase has a loader of its own."""
    first_step, first_number = 0, 0
    for phase in config.phases:
        numbers = range(first_number, first_number + phase.steps * phase.batch)
        ends = config.progress(first_step), config.progress(first_step + phase.steps)
        rest = numbers[max(step - first_step, 0) * phase.batch :]
        first_step, first_number = first_step + phase.steps, numbers.stop
        if not rest:
            continue
        side = min(FULL_SIDE, math.ceil(FULL_SIDE * phase.scale[1]))
        samples = Samples(
            Pictures(entries, side, CACHE_BYTES),
            config.samples,
            phase.crop,
            phase.scale,
            numbers,
            ends,
            config.seed,
        )
        log.info("phase of %d px crops, samples %d to %d", phase.crop, rest.start, rest.stop)
        yield from DataLoader(
            samples,
            batch_size=phase.batch,
            sampler=rest,
            num_workers=config.workers,
            prefetch_factor=6 if config.workers else None,
            collate_fn=collate,
            worker_init_fn=_one_thread,
        )


def collate(samples: list[Sample]) -> list[Tensor]:
    """Stack samples to line art N,1,S,S, hints N,4,S/4,S/4 and target N,3,S,S."""
    return [torch.from_numpy(np.stack(arrays)) for arrays in zip(*samples, strict=True)]


def _one_thread(_: int) -> None:
    """Workers leave the cores to the networks, and the end of the run to the main process."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _load_state(path: Path) -> dict[str, Any]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: no state to resume from: {error.strerror}") from error
    return dict(state)
