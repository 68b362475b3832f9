"""The adversarial stage: against the paper's algorithm written out here, and the paper's own configuration."""

import copy
import hashlib
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from paintstorch_sdk.errors import InputError
from paintstorch_sdk.networks import checkpoint
from paintstorch_sdk.networks.checkpoint import Architecture
from paintstorch_sdk.training import config as configuration
from paintstorch_sdk.training import content, trainer
from paintstorch_sdk.training.adversarial import Adversarial
from paintstorch_sdk.training.config import AdversarialConfig, Phase, TrainConfig
from paintstorch_sdk.training.content import ContentNet
from paintstorch_sdk.training.critic import Critic
from paintstorch_sdk.training.paper import PaperConfig
from paintstorch_sdk.training.state import Networks
from paintstorch_sdk.training.team import Team
from support.training import write_data

PAPER = Path(trainer.__file__).parent / "configs" / "paper.toml"
PHASE = Phase(crop=64, batch=2, steps=10, scale=(0.5, 1.0), stage="adversarial")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(3)


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    """Two flat pictures with a line across each, and hints."""
    line_art = torch.ones(2, 1, 64, 64)
    line_art[0, :, 20:22] = line_art[1, :, :, 40:42] = -1.0
    return line_art, torch.rand(2, 4, 16, 16), torch.rand(2, 3, 1, 1).expand(2, 3, 64, 64).contiguous()


@pytest.fixture
def f2() -> ContentNet:
    shapes = ((64, 3), (64, 64), (128, 64), (128, 128))
    weights = [(torch.randn(o, n, 3, 3) * (2.0 / (9 * n)) ** 0.5, torch.zeros(o)) for o, n in shapes]
    return ContentNet(weights, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def networks() -> Networks:
    torch.manual_seed(1)
    generator, features = Architecture(8, 8).build()
    return Networks(generator, features, Architecture(8, 8).build())


def configured(own: AdversarialConfig) -> TrainConfig:
    return TrainConfig(Path("d"), Path("o"), (PHASE,), width=8, bfloat16=False, adversarial=own)


def stage(own: AdversarialConfig, f2: ContentNet | None = None) -> Adversarial:
    made = networks()
    torch.manual_seed(2)
    return Adversarial(configured(own), made, f2, 64, Team())


@pytest.mark.parametrize("summed", [False, True])
def test_steps_are_those_of_the_papers_algorithm(
    batch: tuple[Tensor, Tensor, Tensor], f2: ContentNet, summed: bool
) -> None:
    """Two steps of equations 1 to 7 written out, one critic, one G1, one G2 step each, end with the same weights."""
    x, h, y = batch
    received = stage(AdversarialConfig(summed=summed), f2)
    for step in range(2):
        values = received.step(x, h, y, step)

    made = networks()
    g1, f = made.generator, made.features(x).detach()
    torch.manual_seed(2)
    critic, g2 = Critic(8, 64, 64), Architecture(8, 8).build_g2()
    adam_d, adam_1, adam_2 = (torch.optim.Adam(n.parameters(), 1e-4, (0.5, 0.9)) for n in (critic, g1, g2))

    def descend(loss: Tensor, *optimizers: torch.optim.Optimizer) -> None:
        for network in (critic, g1, g2):
            network.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    for step in range(2):
        fake = g1(x, h, f).detach()
        a = received._draw_shares(2, step).view(2, 1, 1, 1)
        between = (a * y + (1.0 - a) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between, f).sum(), between, create_graph=True)
        penalty = ((slope.square().sum((1, 2, 3)).sqrt() - 1.0) ** 2).mean()
        drift = (critic(y, f) ** 2).mean()
        descend(critic(fake, f).mean() - critic(y, f).mean() + 10.0 * penalty + 1e-3 * drift, adam_d)

        fake = g1(x, h, f)
        loss = ((f2(fake) - f2(y)) ** 2).mean() - 1e-4 * critic(fake, f).mean()
        back = ((g2(fake, h, f) - x) ** 2).mean()
        if summed:
            descend(loss + back, adam_1, adam_2)
        else:
            descend(loss, adam_1)
            back = ((g2(g1(x, h, f), h, f) - x) ** 2).mean()
            descend(back, adam_1, adam_2)

    torch.testing.assert_close(values["reconstruction"].detach(), back.detach(), rtol=1e-3, atol=1e-4)
    pairs = ((received.critic, critic), (received.networks.generator, g1), (received.g2, g2))
    for ours, theirs in pairs:
        assert ours is not None
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            # Adam moves a weight by its rate whatever the gradient's size: rounding may turn those near 0.
            close = (one - other).abs() < 2e-5
            assert float(close.float().mean()) > 0.97


def test_the_reconstructions_gradient_reaches_g1(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    """With no other term, G1 moves by what G2 draws back alone, and not without G2."""
    alone = AdversarialConfig(content=0.0, adversarial=0.0)
    for own, moves in ((alone, True), (replace(alone, reconstruction=0.0), False)):
        for summed in (False, True):
            received = stage(replace(own, summed=summed))
            before = [p.detach().clone() for p in received.networks.generator.parameters()]
            values = received.step(*batch, 0)
            after = received.networks.generator.parameters()
            changed = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
            assert all(changed) if moves else not any(changed)
            assert ("reconstruction" in values) == moves
            assert (received.g2 is not None) == moves


def test_f1_stays_as_it_is_and_the_critic_leaves_g1_alone(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    received = stage(AdversarialConfig(content=0.0, adversarial=0.0, reconstruction=0.0))
    before = received.networks.features.state_dict()
    critic = [p.detach().clone() for p in received.critic.parameters()]
    received.step(*batch, 0)
    assert all(torch.equal(before[k], v) for k, v in received.networks.features.state_dict().items())
    assert not all(torch.equal(a, b) for a, b in zip(critic, received.critic.parameters(), strict=True))


def test_g1_and_g2_learn_a_batch_that_is_repeated(batch: tuple[Tensor, Tensor, Tensor], f2: ContentNet) -> None:
    """Both of their losses fall, with the supervised loss beside them."""
    received = stage(AdversarialConfig(supervised=1.0, learning_rate=1e-3), f2)
    values = [{k: float(v.detach()) for k, v in received.step(*batch, step).items()} for step in range(8)]
    assert all(math.isfinite(v) for row in values for v in row.values())
    assert values[-1]["reconstruction"] < 0.5 * values[0]["reconstruction"]
    assert values[-1]["content"] < 0.8 * values[0]["content"]
    assert values[-1]["l1"] < values[0]["l1"]


def test_its_state_is_complete(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    own = AdversarialConfig(content=0.0)
    one, other = stage(own), stage(own)
    one.step(*batch, 0)
    other.networks.load(copy.deepcopy(one.networks.state()))
    resumed = Adversarial(other.config, other.networks, None, 64, Team())
    resumed.load(copy.deepcopy(one.state()))  # as if it had been on disk
    for received in (one, resumed):
        received.step(*batch, 1)
    assert one.g2 is not None
    assert resumed.g2 is not None
    for a, b in (
        (one.critic, resumed.critic),
        (one.networks.generator, resumed.networks.generator),
        (one.g2, resumed.g2),
    ):
        for p, q in zip(a.parameters(), b.parameters(), strict=True):
            torch.testing.assert_close(p, q, rtol=0, atol=0)


# the paper's configuration


def test_the_papers_numbers() -> None:
    config = configuration.load_config(PAPER)
    assert config.adversarial == AdversarialConfig(
        learning_rate=1e-4,
        betas=(0.5, 0.9),
        content=1.0,
        adversarial=1e-4,
        reconstruction=1.0,
        penalty=10.0,
        penalty_norm="sample",
        drift=1e-3,
        supervised=0.0,
        summed=False,
        clip=0.0,
    )
    assert config.samples == PaperConfig()
    assert (config.width, config.ema, config.bfloat16, config.adversarial.critic_width) == (64, 0.0, False, 0)
    assert config.phases == (Phase(crop=512, batch=32, epochs=100, stage="adversarial"),)
    assert config.counted(21_930).steps == 100 * 21_930 // 32
    assert (config.content, config.features) == ("vgg16", "tagger")


def test_the_papers_training_runs_at_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Width 64, 512 px, everything on but the batch (1, not 32): each network takes finite steps and moves."""
    data = write_data(tmp_path / "data", trained=2, tested=1, side=96)
    shapes = {0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128)}
    state = {f"features.{i}.weight": torch.randn(o, n, 3, 3) * (2.0 / (9 * n)) ** 0.5 for i, (o, n) in shapes.items()}
    state |= {f"features.{i}.bias": torch.zeros(o) for i, (o, _) in shapes.items()}
    vgg = tmp_path / content.VGG16
    torch.save(state, vgg)
    monkeypatch.setattr(content, "VGG16_HASH", hashlib.sha256(vgg.read_bytes()).hexdigest()[:8])
    text = PAPER.read_text("utf-8")
    for before, after in (
        ("batch = 32", "batch = 1"),
        ("epochs = 100", "epochs = 1"),
        ("workers = 8", "workers = 0\nthreads = 1\nvalidation = 1\nlog_every = 1\ntensorboard = false"),
    ):
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "paper.toml"
    path.write_text(text + "[tagger]\ncrop = 64\nbatch = 1\nsteps = 1\nfewest = 1\n", "utf-8")
    model = checkpoint.load(trainer.train(path, data=data, out=tmp_path / "run", content=str(vgg)))
    assert model.architecture == Architecture(64, 64)
    assert model.provenance["step"] == 2
    assert model.provenance["skipped"] == 0
    torch.manual_seed(0)
    untrained = Architecture(64, 64).build()[0]
    assert model.g2 is not None
    for network in (model.generator, model.g2):
        assert all(bool(p.isfinite().all()) for p in network.parameters())
    moved = [not torch.equal(a, b) for a, b in zip(untrained.parameters(), model.generator.parameters(), strict=True)]
    assert all(moved)
    biases = [m.bias for m in model.g2.modules() if isinstance(m, nn.Conv2d) and m.bias is not None]
    assert all(float(bias.detach().abs().max()) > 0.0 for bias in biases), "they start at 0"
    assert F.mse_loss(*(p.detach() for p in (model.generator.exit.weight, untrained.exit.weight))) < 1e-4


def test_a_crop_that_has_no_critic_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of 64, 128, 256, 512 in the adversarial stage, received 96"):
        Phase(crop=96, batch=1, steps=1, stage="adversarial")


def test_without_f2s_file_the_papers_training_does_not_start(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", side=64)
    with pytest.raises(InputError, match=r"expected vgg16-397923af\.pth"):
        trainer.train(PAPER, data=data, out=tmp_path / "run", content=str(tmp_path / "none.pth"))
    assert not (tmp_path / "run").exists()
