"""Sources of pictures: a name, a license, and drawings, each drawn as a task of its own."""

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from .picture import SourcePicture, Tags

Split: TypeAlias = Literal["train", "test"]

TEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class License:
    """Under which terms a source's pictures come, and whom to credit.

    Attributes:
        name: SPDX identifier, or "public-domain".
        author: Name to credit.
        url: Address of the work.
        permissive: True where a model trained on it can be given away without the license's own conditions.
    """

    name: str
    author: str
    url: str
    permissive: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to be drawn. The same task gives the same picture, in any process, in any order.

    Attributes:
        source: The source's name, a folder of the output.
        key: Name of the picture in its source.
        base: The drawing it is derived from; all pictures of one base fall into one split.
        split: "train" or "test".
        seed: Seed of the picture's random choices.
        spec: Other facts that the source needs to draw it.
    """

    source: str
    key: str
    base: str
    split: Split
    seed: str
    spec: Tags = field(default_factory=dict)

    def rng(self) -> random.Random:
        """A generator of this picture's own; seeded by text, so that it is the same on every machine."""
        return random.Random(f"{self.seed}/{self.source}/{self.key}")


class Source(Protocol):
    """A source of pictures; it is made once per process and may keep what it has read."""

    name: str
    license: License

    def tasks(self, count: int, test_count: int, seed: int) -> list[Task]:
        """At most that many tasks of each split; fewer where the source has no more."""

    def draw(self, task: Task) -> SourcePicture | None:
        """Draw one picture; None where it is not fit for training."""


def choose_split(base: str) -> Split:
    """The split of a base drawing: a tenth, chosen by a hash of its name, is test. It depends on nothing else."""
    digest = int.from_bytes(hashlib.sha256(base.encode()).digest()[:8], "big")
    return "test" if digest < TEST_SHARE * 2**64 else "train"


def choose_tasks(tasks: list[Task], count: int, test_count: int, seed: int) -> list[Task]:
    """A choice of `count` training and `test_count` test tasks by a hash: one more drawing changes no other's luck."""
    order = sorted(tasks, key=lambda task: hashlib.sha256(f"{seed}/{task.key}".encode()).digest())
    train = [task for task in order if task.split == "train"][:count]
    return train + [task for task in order if task.split == "test"][:test_count]


def find_files(packages: Path, pattern: str) -> list[Path]:
    """Files under the packages folder that match a glob, in a stable order."""
    return sorted(path for path in packages.glob(pattern) if path.is_file())
