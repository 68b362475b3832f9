"""A batch of training samples as one worker makes it, and the training steps that it feeds."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...process import Opened, Subject
from ...result import Result
from ...timing import Interval, estimate_ratio
from .outcomes import find_samples

if TYPE_CHECKING:
    from paintstorch_sdk.training.content import ContentNet
    from paintstorch_sdk.training.pictures import Entry

CROP, BATCH, WIDTH = 256, 2, 32  # of the bundled model's training on a CPU
OURS, PAPER = "our samples", "the paper's samples"
SUPERVISED, ADVERSARIAL = "supervised step", "adversarial step"
CALL = "batch"
PICTURES = 8
LEARNED = 6  # steps after which a batch that is repeated has to be known better
CASE = "training"
_HERE = "paintstorch_sdk.bench.experiments.performance.training"


def list_subjects(seconds: float) -> list[Subject]:
    """The samples of both recipes and the steps of both stages; a step may take so many seconds of a round."""
    facts = {"crop": CROP, "batch": BATCH}
    samples = [
        Subject(CASE, name, f"{_HERE}:open_samples", {"recipe": recipe}, facts)
        for name, recipe in ((OURS, "ours"), (PAPER, "paper"))
    ]
    steps = [
        Subject(CASE, name, f"{_HERE}:open_step", {"stage": stage}, facts | {"width": WIDTH}, seconds)
        for name, stage in ((SUPERVISED, "supervised"), (ADVERSARIAL, "adversarial"))
    ]
    return samples + steps


def compare_steps(result: Result) -> Iterator[tuple[str, str, Interval]]:
    """How many batches one worker makes in the time of a step: step, samples, and the ratio, of all that was run."""
    for step_name in (SUPERVISED, ADVERSARIAL):
        for samples_name in (OURS, PAPER):
            over, under = (find_samples(result, CASE, name, CALL) for name in (step_name, samples_name))
            if over and under:
                yield step_name, samples_name, estimate_ratio(over, under)


def open_samples(recipe: str, threads: int, crop: int = CROP, batch: int = BATCH, data: Path | None = None) -> Opened:
    """Batches by one worker, which has one core whatever the steps have; its pictures are decoded before.

    Args:
        recipe: "ours" or "paper".
        threads: Threads of the steps; not used.
        crop: Side of the crops, pixels.
        batch: How many.
        data: A data folder; None draws pictures.
    """
    import cv2

    from paintstorch_sdk.training import loading
    from paintstorch_sdk.training.config import Phase, TrainConfig
    from paintstorch_sdk.training.paper import PaperConfig
    from paintstorch_sdk.training.samples import SampleConfig

    cv2.setNumThreads(0)
    phase = Phase(crop, batch, steps=1000, scale=(0.5, 1.2) if recipe == "ours" else None)
    wanted = SampleConfig(flow=0.85) if recipe == "ours" else PaperConfig()
    config = TrainConfig(Path("data"), Path("out"), (phase,), samples=wanted)
    with _entries(data) as entries:
        dataset = loading.open_samples(config, phase, entries, range(phase.steps * batch), (0.0, 1.0))
        for index in range(len(entries)):
            dataset.pictures[index]
    numbers = iter(range(phase.steps * batch))
    shapes = [(batch, 1, crop, crop), (batch, 4, crop // 4, crop // 4), (batch, 3, crop, crop)]

    def once() -> None:
        made = loading.stack_samples([dataset[next(numbers)] for _ in range(batch)])
        if [t.shape for t in made] != shapes:
            raise RuntimeError("wrong samples: not of the networks' shapes")
        if not all(bool(t.isfinite().all()) for t in made):
            raise RuntimeError("wrong samples: not finite")

    return Opened({CALL: once}, facts={"recipe": recipe})


def open_step(
    stage: str, threads: int, crop: int = CROP, batch: int = BATCH, width: int = WIDTH, data: Path | None = None
) -> Opened:
    """Training steps on one batch, in bfloat16 where that is right; the adversarial one with G2 and F2.

    Args:
        stage: "supervised" or "adversarial".
        threads: Threads of torch.
        crop: Side of the crops, pixels.
        batch: How many.
        width: Width of all networks.
        data: A data folder; None draws pictures.
    """
    import torch

    from paintstorch_sdk.networks.checkpoint import Architecture
    from paintstorch_sdk.training import loading
    from paintstorch_sdk.training.adversarial import Adversarial
    from paintstorch_sdk.training.config import Phase, TrainConfig
    from paintstorch_sdk.training.descent import prepare_network
    from paintstorch_sdk.training.state import Networks
    from paintstorch_sdk.training.supervised import Supervised
    from paintstorch_sdk.training.team import Team

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    team = Team(device=torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    phase = Phase(crop, batch, steps=1000, scale=(0.5, 1.2), stage=stage)
    config = TrainConfig(Path("data"), Path("out"), (phase,))
    with _entries(data) as entries:
        dataset = loading.open_samples(config, phase, entries, range(batch), (0.0, 1.0))
        made = loading.stack_samples([dataset[number] for number in range(batch)])
    line_art, hints, target = (t.to(team.device, memory_format=torch.channels_last) for t in made)
    architecture = Architecture(width, width)
    networks = Networks(*architecture.build(), architecture.build())
    for network in (networks.generator, networks.features):
        prepare_network(network.to(team.device), config.bfloat16)
    running: Supervised | Adversarial = (
        Supervised(config, networks, None, team)
        if stage == "supervised"
        else Adversarial(config, networks, _content().to(team.device), crop, team)
    )
    watched = "loss" if stage == "supervised" else "reconstruction"
    losses: list[float] = []

    def once() -> None:
        losses.append(running.step(line_art, hints, target, len(losses))[watched].item())
        if not np.isfinite(losses[-1]) or (len(losses) == LEARNED and min(losses[1:]) >= losses[0]):
            raise RuntimeError(f"wrong steps: the batch is not learned; {watched}: {losses}")

    return Opened({CALL: once}, facts={"stage": stage, "device": team.device.type})


def _content() -> "ContentNet":
    """F2 with random weights: they take as long as the published ones."""
    import torch

    from paintstorch_sdk.training.content import CHANNELS, IMAGENET_MEAN, IMAGENET_STD, ContentNet

    shapes = zip(CHANNELS[1:], CHANNELS[:-1], strict=True)
    weights = [(torch.randn(o, i, 3, 3) * (2.0 / (9 * i)) ** 0.5, torch.zeros(o)) for o, i in shapes]
    return ContentNet(weights, IMAGENET_MEAN, IMAGENET_STD)


@contextmanager
def _entries(data: Path | None) -> "Iterator[list[Entry]]":
    """Pictures to train on: some of a data folder's, else outlined shapes as large as the data set's pictures."""
    import cv2

    from paintstorch_sdk.training.pictures import Entry, read_manifest

    if data is not None:
        yield read_manifest(data, "train")[::200]
        return
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory(prefix="paintstorch-bench-") as folder:
        paths = [Path(folder, f"{number}.png") for number in range(PICTURES)]
        for path in paths:
            picture = np.full((512, 512, 3), 255, np.uint8)
            for _ in range(30):
                corners = cv2.convexHull(rng.integers(0, 512, (5, 2)).astype(np.int32))
                cv2.fillPoly(picture, [corners], tuple(int(c) for c in rng.integers(40, 256, 3)))
                cv2.polylines(picture, [corners], True, (0, 0, 0), 2)
            cv2.imwrite(str(path), picture)
        yield [Entry(path, None, "shapes") for path in paths]
