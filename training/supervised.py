"""The supervised stage: G1, and with it F1 where that is learned, towards the pictures as they are."""

import math
from typing import Any

import torch
from torch import Tensor

from .config import TrainConfig
from .content import ContentNet
from .descent import descend_gradient
from .losses import compute_terms
from .state import Networks
from .team import Team


class Supervised:
    """One optimizer over G1 and a learned F1."""

    def __init__(self, config: TrainConfig, networks: Networks, content: ContentNet | None, team: Team) -> None:
        self.config, self.networks, self.content, self.team = config, networks, content, team
        networks.features.requires_grad_(config.learns_features)
        learned = (networks.generator, networks.features) if config.learns_features else (networks.generator,)
        weights = [weight for network in learned for weight in network.parameters()]
        self.optimizer = torch.optim.AdamW(weights, config.learning_rate, weight_decay=config.weight_decay)

    def step(self, line_art: Tensor, hints: Tensor, target: Tensor, step: int) -> dict[str, Tensor]:
        """One step; gives the terms of the loss and the norm of its gradient."""
        config, weight = self.config, self.config.loss
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        with torch.autocast(line_art.device.type, torch.bfloat16, enabled=config.bfloat16):
            output = self.networks(line_art, hints)
            content = self.content.loss(output, target) if self.content and weight.content else output.new_zeros(())
        parts = compute_terms(output.float(), target, line_art, hints, weight.lines, self.team, weight.edges)
        loss = weight.of(parts) + weight.content * content
        norm = descend_gradient(loss, [self.optimizer], self.team, config.clip)
        return {"loss": loss, **parts._asdict(), "content": content, "norm": norm}

    def state(self) -> dict[str, Any]:
        """State that resuming needs besides the networks that are handed on."""
        return {"optimizer": self.optimizer.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(state["optimizer"])


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up over steps, then a half cosine over the stage's pixels from the peak to 2 % of it."""
    warm = min(1.0, (step + 1) / max(1, config.warmup_steps))
    falling = 0.5 * (1.0 + math.cos(math.pi * config.progress(step, "supervised")))
    return config.learning_rate * warm * (0.02 + 0.98 * falling)
