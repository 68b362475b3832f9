"""State of a run, on disk and in memory: networks, position, and their origin."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from paintstorch_sdk.errors import CheckpointError
from paintstorch_sdk.files import replacing
from paintstorch_sdk.machine import find_revision
from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.networks.features import FeatureNet
from paintstorch_sdk.networks.generator import Generator

STATE = "state.pt"  # everything that resuming needs, beside the checkpoints

Pair = tuple[Generator, FeatureNet]


@dataclass(slots=True)
class Position:
    """Position of a run. Chance has no state of its own: samples and noise are functions of seed and position.

    Attributes:
        step: Optimizer steps, those left out included.
        seen: Crops, of all processes.
        skipped: Steps left out because a gradient was not finite.
        seconds: Duration of training, over all its parts.
    """

    step: int = 0
    seen: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Networks:
    """The networks that stages hand on.

    Attributes:
        generator: G1.
        features: F1.
        average: Moving averages of both, which become the model.
        g2: G2, once an adversarial stage has made it.
    """

    generator: Generator
    features: FeatureNet
    average: Pair
    g2: Generator | None = None

    def __call__(self, line_art: Tensor, hints: Tensor) -> Tensor:
        painted: Tensor = self.generator(line_art, hints, self.features(line_art))
        return painted

    @torch.no_grad()
    def blend(self, decay: float) -> None:
        """Move the averages towards the weights: average = decay * average + (1 - decay) * weight."""
        weights = [*self.generator.parameters(), *self.features.parameters()]
        averages: list[Tensor] = [*self.average[0].parameters(), *self.average[1].parameters()]
        torch._foreach_lerp_(averages, [weight.detach() for weight in weights], 1.0 - decay)

    def state(self) -> dict[str, Any]:
        return {
            "generator": self.generator.state_dict(),
            "features": self.features.state_dict(),
            "average_generator": self.average[0].state_dict(),
            "average_features": self.average[1].state_dict(),
            "g2": None if self.g2 is None else self.g2.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave.

        Raises:
            CheckpointError: It belongs to networks of other sizes.
        """
        try:
            self.generator.load_state_dict(state["generator"])
            self.features.load_state_dict(state["features"])
            self.average[0].load_state_dict(state["average_generator"])
            self.average[1].load_state_dict(state["average_features"])
            if state["g2"] is not None:
                self.g2 = Architecture(self.generator.width, self.features.width).build_g2()
                self.g2.load_state_dict(state["g2"])
                self.g2.to(next(self.generator.parameters()).device)
        except RuntimeError as error:
            raise CheckpointError(
                f"{STATE}: belongs to networks of another size; expected the configuration it was made with"
            ) from error


def save(
    path: Path, position: Position, networks: Networks, stage: str, own: dict[str, Any], about: dict[str, Any]
) -> None:
    """Write the state of a run atomically.

    Args:
        path: The file to write.
        position: Position of the run.
        networks: Its networks.
        stage: Name of the stage that runs.
        own: State of that stage.
        about: Configuration, revision and pictures of the run (plain types).
    """
    content = {"position": asdict(position), "networks": networks.state(), "stage": stage, "own": own, "about": about}
    with replacing(path) as temporary:
        torch.save(content, temporary)


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote.

    Raises:
        CheckpointError: There is no such file, or it is damaged or of an older version.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: no state to resume from: {error.strerror}") from error
    if not isinstance(state, dict) or "position" not in state:
        raise CheckpointError(
            f"{path}: expected the state of a run of this version; start a new run from its last checkpoint with --from"
        )
    return state


def revision() -> str:
    """Version of the package, and of its source where that is a git checkout: "0.1.0 git 040b2dc, changed"."""
    found = find_revision()
    if found is None:
        return version("paintstorch-sdk")
    head, changed = found
    return f"{version('paintstorch-sdk')} git {head}{', changed' if changed else ''}"
