"""F1 trained as a tagger: it tells from line art alone the things that are drawn.

As Illustration2Vec (Saito & Matsui 2015) was trained, on the tags of the data set in place of its own: many labels,
cross-entropy for each. The head that reads the features is thrown away; the features are frozen afterwards.
"""

import json
import logging
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from paintstorch_sdk.errors import CheckpointError, InputError
from paintstorch_sdk.files import write_file
from paintstorch_sdk.imaging.xdog import XDoG, xdog
from paintstorch_sdk.networks import checkpoint, published
from paintstorch_sdk.networks.features import FeatureNet

from .config import TrainConfig
from .descent import descend_gradient, prepare_network
from .loading import make_loader
from .paper import PaperConfig, cut_square
from .pictures import Entry, Pictures
from .team import Team

log = logging.getLogger(__name__)

KEY = "paintstorch-tagger"  # of the JSON in the safetensors header
HIDDEN = ("color", "color")  # ends of names of tags that line art does not show


class Tagger(nn.Module):
    """Line art N,1,H,W -> logits N,tags, by the mean and the largest of each feature over the picture."""

    def __init__(self, features: FeatureNet, tags: int) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(2 * features.channels, tags)
        nn.init.zeros_(self.head.weight)

    def forward(self, line_art: Tensor) -> Tensor:
        x = self.features(line_art)
        logits: Tensor = self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))
        return logits


def train_tagger(
    path: Path,
    entries: list[Entry],
    held_out: list[Entry],
    config: TrainConfig,
    team: Team,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Train F1 and write it, with its tags and its measures.

    Args:
        path: The file to write.
        entries: The pictures that it is trained on.
        held_out: The pictures that it is measured on; may be empty.
        config: Configuration of the run, whose width F1 gets; its own part is `config.TaggerConfig`.
        team: The processes that train together.
        stopping: True once the run is to stop; asked at each step.

    Raises:
        InputError: The pictures have no tags.
        KeyboardInterrupt: Some process was to stop. Nothing is kept: this training is a short one.
    """
    own = config.tagger
    tags = choose_tags(entries, own.fewest)
    torch.manual_seed(config.seed)
    tagger = Tagger(FeatureNet(config.width), len(tags)).to(team.device)
    prepare_network(tagger, config.bfloat16)
    optimizer = torch.optim.AdamW(tagger.parameters(), own.learning_rate, weight_decay=0.01)
    numbers = range(own.steps * own.batch)
    crops = TaggedLines(entries, tags, own.crop, numbers, config.seed, shuffled=True)
    part = team.slice(numbers, own.batch)
    if team.leads:
        log.info("tagger: %d tags, %d pictures, %d steps", len(tags), len(entries), own.steps)
    for step, batch in enumerate(make_loader(crops, part, own.batch // team.size, config.workers)):
        line_art, labels = (t.to(team.device) for t in batch)
        optimizer.param_groups[0]["lr"] = own.learning_rate * 0.5 * (1.0 + math.cos(math.pi * step / own.steps))
        with torch.autocast(team.device.type, torch.bfloat16, enabled=config.bfloat16):
            logits = tagger(line_art)
        loss = F.binary_cross_entropy_with_logits(logits.float(), labels)
        norm = descend_gradient(loss, [optimizer], team, clip=1.0)
        if team.any([stopping()])[0]:
            raise KeyboardInterrupt
        if team.leads and (step + 1) % 100 == 0:
            log.info("tagger: step %d loss %.4f norm %.2f", step + 1, float(loss.detach()), float(norm))
    if team.leads:
        unseen = TaggedLines(held_out, tags, own.crop, range(len(held_out)), config.seed)
        scores = _measure_precision(tagger, unseen, config.workers, team)
        log.info("tagger: %s", " ".join(f"{name} {value:.3f}" for name, value in scores.items()))
        header = {
            "width": config.width,
            "tags": tags,
            "steps": own.steps,
            "pictures": len(entries),
            "held_out": scores,
        }
        tensors = {name: t.detach().cpu().contiguous() for name, t in tagger.state_dict().items()}
        write_file(path, serialize(tensors, metadata={KEY: json.dumps(header)}))
    team.wait()


def load_features(path: Path) -> FeatureNet:
    """F1 from a file that `train_tagger` wrote, or from Illustration2Vec's own weights (a torch pickle).

    Raises:
        CheckpointError: Neither of the two, or damaged.
    """
    if path.suffix != ".safetensors":
        return published.load_features(path)
    try:
        with safe_open(path, "pt") as file:
            width = json.loads((file.metadata() or {})[KEY])["width"]
            names = [name for name in file.keys() if name.startswith("features.")]  # noqa: SIM118
            tensors = {name.removeprefix("features."): file.get_tensor(name) for name in names}
        features = FeatureNet(checkpoint.Architecture(feature_width=width).feature_width)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: cannot be read: no such file") from error
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: expected a tagger.safetensors that pts train wrote") from error
    checkpoint.load_tensors(features, tensors, str(path))
    return features.eval()


def choose_tags(entries: Sequence[Entry], fewest: int) -> list[str]:
    """The tags to learn, in order: those that enough pictures bear, and not all of them.

    Raises:
        InputError: There is no such tag.
    """
    counts = Counter(tag for entry in entries for tag in tags_of(entry))
    tags = sorted(tag for tag, count in counts.items() if fewest <= count < len(entries))
    if not tags:
        raise InputError(
            f"features 'tagger': expected tags in the data's manifest that at least {fewest} pictures bear, received "
            "none; build a data set with tags, name a file of weights (--features), or set features = 'none'"
        )
    return tags


def tags_of(entry: Entry) -> set[str]:
    """Tags of a picture, as name=value; its source is a tag too. Colors are not, since line art has none."""
    shown = {
        f"{name}={value}"
        for name, value in entry.tags.items()
        if value not in ("", None) and not name.lower().endswith(HIDDEN)
    }
    return {f"source={entry.source}", *shown}


class TaggedLines(Dataset[tuple[NDArray[np.float32], NDArray[np.float32]]]):
    """Crop number i, a function of the seed and of i alone: line art 1,S,S in [-1, 1] by xDoG, and 0 or 1 a tag."""

    def __init__(
        self, entries: list[Entry], tags: list[str], crop: int, numbers: range, seed: int, shuffled: bool = False
    ) -> None:
        self.pictures, self.crop, self.numbers, self.seed = Pictures(entries, 2 * crop, 0), crop, numbers, seed
        self.shuffled = shuffled
        self.labels = [np.array([tag in tags_of(entry) for tag in tags], np.float32) for entry in entries]

    def __len__(self) -> int:
        return self.numbers.stop

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = np.random.default_rng([self.seed, number, 2])
        index = int(rng.integers(len(self.labels))) if self.shuffled else number
        picture = cut_square(_fit_square(self.pictures[index][0]), self.crop, rng)
        lines = xdog(picture, XDoG(float(rng.choice(PaperConfig().sigmas))))
        return lines[None].astype(np.float32) / np.float32(127.5) - np.float32(1.0), self.labels[index]


def _fit_square(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture whole, on a white square: a tag may be about any part of it."""
    height, width = picture.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    bordered = cv2.copyMakeBorder(
        picture, top, side - height - top, left, side - width - left, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    return np.asarray(bordered, np.uint8)


@torch.no_grad()
def _measure_precision(tagger: Tagger, crops: TaggedLines, workers: int, team: Team) -> dict[str, float]:
    """Mean average precision over the tags that held-out pictures bear, and what chance would have."""
    if not len(crops):
        return {}
    scores, labels = [], []
    for line_art, truth in make_loader(crops, range(len(crops)), 8, workers):
        scores.append(tagger(line_art.to(team.device)).float().cpu().numpy())
        labels.append(truth.numpy())
    score, label = np.concatenate(scores), np.concatenate(labels)
    borne = [i for i in range(label.shape[1]) if 0 < label[:, i].sum() < len(label)]
    if not borne:
        return {}
    precisions = [average_precision(score[:, i], label[:, i]) for i in borne]
    return {
        "average_precision": float(np.mean(precisions)),
        "chance": float(label[:, borne].mean()),
        "tags": len(borne),
    }


def average_precision(scores: NDArray[Any], labels: NDArray[Any]) -> float:
    """Mean, over the pictures that bear a tag, of the share that bear it among those scored as high or higher."""
    order = np.argsort(-scores, kind="stable")
    hits = labels[order] > 0.5
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())
