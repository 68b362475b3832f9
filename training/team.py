"""Several processes that train as one: each takes its slice of every batch, and they average their gradients.

Plain torch.distributed, and not DistributedDataParallel or a framework around it: those average gradients in hooks
on one forward and one backward pass, while an adversarial step runs its networks several times and takes a gradient
of a gradient (the penalty). Averaging once, before each optimizer's step, is exact whatever came before.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from paintstorch_sdk.errors import InputError

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Team:
    """This process and how many there are.

    Attributes:
        rank: Number of this process; 0 logs and saves.
        size: Processes in all.
        device: The device that this process computes on.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def slice(self, numbers: Sequence[int], batch: int) -> list[int]:
        """This process's part of consecutive batches of `batch` numbers, in order.

        Raises:
            InputError: A batch cannot be shared out evenly.
        """
        if batch % self.size:
            raise InputError(f"batch: expected a multiple of the {self.size} processes, received {batch}")
        own = batch // self.size
        return [n for i, n in enumerate(numbers) if i % batch // own == self.rank]

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace tensors, in place, by their mean over the processes."""
        if self.size > 1:
            tensors = list(tensors)
            flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
            dist.all_reduce(flat)
            flat /= self.size
            parts = torch.split(flat, [tensor.numel() for tensor in tensors])
            for tensor, part in zip(tensors, parts, strict=True):
                tensor.copy_(part.view_as(tensor))

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a detached tensor over the processes."""
        value = value.detach().clone()
        self.average([value])
        return value

    def any(self, flags: Sequence[bool]) -> list[bool]:
        """For each flag, whether any process raised it."""
        if self.size == 1:
            return list(flags)
        raised = torch.tensor(flags, dtype=torch.float32, device=self.device)
        dist.all_reduce(raised, dist.ReduceOp.MAX)
        return [bool(flag) for flag in raised.tolist()]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def join_team() -> Iterator[Team]:
    """The team that torchrun started this process in, or a team of one. One CUDA device each, where there are any."""
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    device = CPU
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if size == 1:
        yield Team(device=device)
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(rank, size, device)
    finally:
        dist.destroy_process_group()
