"""The batches of a run, from any step on, made by worker processes."""

import logging
import math
import signal
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from paintstorch_sdk.errors import InputError, PaintsTorchError

from .config import Phase, TrainConfig
from .paper import PaperConfig, PaperSamples
from .pictures import Entry, Pictures
from .samples import FULL_SIDE, TrainingSamples
from .team import Team

log = logging.getLogger(__name__)

CACHE_BYTES = 6 * 2**30  # of decoded pictures in memory, of all workers together
UNREDUCED = 2**16  # pixels, a longer side than any picture's

Batch = tuple[Tensor, Tensor, Tensor]  # line art N,1,S,S, hints N,4,S/4,S/4 and target N,3,S,S


def load_batches(config: TrainConfig, entries: list[Entry], step: int, team: Team) -> Iterator[tuple[Phase, Batch]]:
    """This process's part of each batch from a step on, with its phase: line art, hints and target on its device.

    Each phase has a loader of its own. The configuration's phases count steps, not epochs.
    """
    first_step, first_number = 0, 0
    for phase in config.phases:
        numbers = range(first_number, first_number + phase.steps * phase.batch)
        ends = config.progress(first_step), config.progress(first_step + phase.steps)
        rest = numbers[max(step - first_step, 0) * phase.batch :]
        first_step, first_number = first_step + phase.steps, numbers.stop
        if not rest:
            continue
        if team.leads:
            log.info("%s phase of %d px crops, samples %d to %d", phase.stage, phase.crop, rest.start, rest.stop)
        dataset = open_samples(config, phase, entries, numbers, ends)
        made = make_loader(dataset, team.slice(rest, phase.batch), phase.batch // team.size, config.workers)
        for batch in _name_errors(made):
            line_art, hints, target = (
                t.to(team.device, memory_format=torch.channels_last, non_blocking=True) for t in batch
            )
            yield phase, (line_art, hints, target)


def _name_errors(made: Iterable[list[Tensor]]) -> Iterator[list[Tensor]]:
    """The same batches; an error of a worker process is raised as it was there, without that process's traceback.

    Raises:
        InputError: The data are not what was expected.
        PaintsTorchError: A worker process died.
    """
    try:
        yield from made
    except PaintsTorchError as error:
        text = str(error.args[0]).strip().splitlines()[-1] if error.args else ""
        raise InputError(text.split(f"{type(error).__name__}: ", 1)[-1]) from error
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise PaintsTorchError(
            f"{' '.join(str(error).split()):.200} Memory may be short: give fewer workers or smaller crops; "
            f"--resume goes on from the last checkpoint"
        ) from error


def open_samples(
    config: TrainConfig, phase: Phase, entries: list[Entry], numbers: range, ends: tuple[float, float]
) -> TrainingSamples | PaperSamples:
    """The samples of a phase: ours, or the paper's where the configuration asks for those."""
    cache = CACHE_BYTES // max(1, config.workers)  # each worker keeps its own
    if isinstance(config.samples, PaperConfig):
        return PaperSamples(Pictures(entries, UNREDUCED, cache), config.samples, phase.crop, numbers, config.seed)
    assert phase.scale is not None
    side = min(FULL_SIDE, math.ceil(FULL_SIDE * phase.scale[1]))
    pictures = Pictures(entries, side, cache, config.samples.flats)
    return TrainingSamples(pictures, config.samples, phase.crop, phase.scale, numbers, ends, config.seed)


def make_loader(dataset: Dataset[Any], numbers: Sequence[int], batch: int, workers: int) -> DataLoader[list[Tensor]]:
    """Items of a data set, tuples of arrays, in the order of `numbers`, in batches."""
    return DataLoader(
        dataset,
        batch_size=batch,
        sampler=numbers,
        num_workers=workers,
        prefetch_factor=6 if workers else None,
        collate_fn=stack_samples,
        worker_init_fn=_start_worker,
        pin_memory=torch.cuda.is_available(),
    )


def stack_samples(samples: Sequence[tuple[NDArray[np.float32], ...]]) -> list[Tensor]:
    """Stack the arrays of samples: to line art N,1,S,S, hints N,4,S/4,S/4 and target N,3,S,S, of a `Sample`."""
    return [torch.from_numpy(np.stack(arrays)) for arrays in zip(*samples, strict=True)]


def _start_worker(_: int) -> None:
    """Workers leave the cores to the networks, and the end of the run to the main process."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # often sent to all processes of a job
