"""The adversarial stage: G1 against a critic, with G2 that draws the lines back (PaintsTorch, equations 1 to 7)."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from paintstorch_sdk.networks.checkpoint import Architecture

from .config import TrainConfig
from .content import ContentNet
from .critic import Critic
from .descent import descend_gradient, prepare_network
from .losses import compute_terms
from .penalty import critic_terms
from .state import Networks
from .team import Team


class Adversarial:
    """G1, G2 and the critic D, an optimizer each. F1 is frozen.

    Args:
        config: Configuration of the run; `adversarial` is this stage's part.
        networks: A G2 is added to them, where there is none and the configuration asks for one.
        content: F2, or None where its term has no weight.
        crop: Side of the crops, one of `critic.SIZES`.
        team: The processes that train together.
    """

    def __init__(
        self, config: TrainConfig, networks: Networks, content: ContentNet | None, crop: int, team: Team
    ) -> None:
        self.config, self.networks, self.content, self.team = config, networks, content, team
        own = config.adversarial
        width, features = networks.generator.width, networks.features
        self.critic = Critic(own.critic_width or width, features.channels, crop).to(team.device)
        features.requires_grad_(False)
        prepare_network(self.critic, config.bfloat16)
        if own.reconstruction and networks.g2 is None:
            networks.g2 = Architecture(width, features.width).build_g2().to(team.device)
        self.g2 = networks.g2 if own.reconstruction else None
        if self.g2 is not None:
            prepare_network(self.g2, config.bfloat16)

        def make_optimizer(network: torch.nn.Module) -> torch.optim.Adam:
            return torch.optim.Adam(network.parameters(), own.learning_rate, own.betas)

        self.optimizers = {"critic": make_optimizer(self.critic), "generator": make_optimizer(networks.generator)}
        if self.g2 is not None:
            self.optimizers["g2"] = make_optimizer(self.g2)

    def step(self, line_art: Tensor, hints: Tensor, target: Tensor, step: int) -> dict[str, Tensor]:
        """One step of the critic, one of G1, one of G2 with G1; gives all terms and the largest gradient's norm."""
        config, own, networks, team = self.config, self.config.adversarial, self.networks, self.team
        half = torch.autocast(line_art.device.type, torch.bfloat16, enabled=config.bfloat16)
        with half:
            features = networks.features(line_art)
            painted = networks.generator(line_art, hints, features)
        values: dict[str, Tensor] = {}
        norms: list[Tensor] = []

        def judge(picture: Tensor) -> Tensor:
            scores: Tensor = self.critic(picture, features)
            return scores

        def update(loss: Tensor, *names: str) -> None:
            norms.append(descend_gradient(loss, [self.optimizers[name] for name in names], team, own.clip))

        # 1. The critic learns to tell pictures from paintings.
        self.critic.requires_grad_(True)
        share = self._draw_shares(len(line_art), step)
        with half:
            parts = critic_terms(judge, target, painted.detach(), share, own.penalty_norm)
        update(parts.distance + own.penalty * parts.penalty + own.drift * parts.drift, "critic")
        values |= parts._asdict()
        self.critic.requires_grad_(False)

        # 2. G1 paints what has the content of the picture and what the critic takes for one.
        together = own.summed and self.g2 is not None
        with half:
            if self.content is not None:
                values["content"] = self.content.loss(painted, target)
            values["adversarial"] = -judge(painted).float().mean()
            if together:
                values["reconstruction"] = self._reconstruction_loss(painted, line_art, hints, features)
        loss = own.adversarial * values["adversarial"]
        if "content" in values:
            loss = loss + own.content * values["content"]
        if own.supervised:
            known = compute_terms(painted.float(), target, line_art, hints, config.loss.lines, team, config.loss.edges)
            loss = loss + own.supervised * config.loss.of(known)
            values |= known._asdict()
        if together:
            update(loss + own.reconstruction * values["reconstruction"], "generator", "g2")
        else:
            update(loss, "generator")

        # 3. G2 draws the lines back from what G1, as it is now, paints: its gradient reaches G1.
        if self.g2 is not None and not together:
            with half:
                painted = networks.generator(line_art, hints, features)
                values["reconstruction"] = self._reconstruction_loss(painted, line_art, hints, features)
            update(own.reconstruction * values["reconstruction"], "generator", "g2")

        return {**values, "norm": torch.stack(norms).amax()}

    def _reconstruction_loss(self, painted: Tensor, line_art: Tensor, hints: Tensor, features: Tensor) -> Tensor:
        """Mean squared difference of the lines drawn back and the lines (equation 4)."""
        assert self.g2 is not None
        return F.mse_loss(self.g2(painted, hints, features).float(), line_art)

    def _draw_shares(self, own: int, step: int) -> Tensor:
        """This process's part of the interpolation shares of a step: functions of the seed and the step alone."""
        chance = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        first = own * self.team.rank
        return torch.rand(own * self.team.size, generator=chance)[first : first + own].to(self.team.device)

    def state(self) -> dict[str, Any]:
        """State that resuming needs besides the networks that are handed on."""
        return {
            "critic": self.critic.state_dict(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
        }

    def load(self, state: dict[str, Any]) -> None:
        self.critic.load_state_dict(state["critic"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
