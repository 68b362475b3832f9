"""The critic and its loss, against closed forms."""

import pytest
import torch
from torch import Tensor, nn

from paintstorch_sdk.networks.generator import Bottleneck
from paintstorch_sdk.training.critic import SIZES, Critic
from paintstorch_sdk.training.descent import prepare_network
from paintstorch_sdk.training.penalty import critic_terms, gradient_penalty


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def test_the_penalty_of_a_linear_critic_is_that_of_its_weights() -> None:
    """D(x) = <w, x>: the gradient is w everywhere, so the penalty is (|w| - 1)^2, and its gradient is known."""
    w = torch.randn(3, 4, 5, requires_grad=True)
    real, fake, share = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5), torch.rand(2)
    penalty = gradient_penalty(lambda x: (x * w).sum((1, 2, 3)), real, fake, share)
    length = w.detach().norm()
    torch.testing.assert_close(penalty.detach(), (length - 1.0) ** 2)
    penalty.backward()
    torch.testing.assert_close(w.grad, 2.0 * (length - 1.0) * w.detach() / length)


def test_the_penalty_is_taken_between_real_and_fake() -> None:
    """D(x) = a |x|^2 / 2: the gradient is a x, so everything depends on where x is."""
    a = torch.tensor(0.7, requires_grad=True)
    real, fake, share = torch.randn(3, 3, 2, 2), torch.randn(3, 3, 2, 2), torch.tensor([0.0, 0.3, 1.0])
    penalty = gradient_penalty(lambda x: 0.5 * a * x.square().sum((1, 2, 3)), real, fake, share)
    part = share.view(3, 1, 1, 1)
    lengths = (part * real + (1.0 - part) * fake).flatten(1).norm(dim=1)
    torch.testing.assert_close(penalty.detach(), (0.7 * lengths - 1.0).square().mean())
    penalty.backward()
    torch.testing.assert_close(a.grad, (2.0 * (0.7 * lengths - 1.0) * lengths).mean())


def test_the_published_codes_norm_is_one_of_channels() -> None:
    w = torch.randn(3, 4, 5)
    w[:, 0, 0] = 0.0
    w.requires_grad_(True)
    penalty = gradient_penalty(
        lambda x: (x * w).sum((1, 2, 3)), torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5), torch.rand(2), "pixel"
    )
    torch.testing.assert_close(penalty.detach(), (w.detach().norm(dim=0) - 1.0).square().mean(), rtol=1e-4, atol=1e-4)
    penalty.backward()
    assert w.grad is not None
    assert bool(w.grad.isfinite().all()), "where a pixel has no influence, too"


def test_the_penalty_is_float32_under_autocast() -> None:
    judge = nn.Sequential(nn.Conv2d(3, 8, 3), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3), nn.Flatten())
    real, fake, share = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8), torch.rand(2)

    def measured() -> tuple[Tensor, Tensor]:
        judge.zero_grad()
        penalty = gradient_penalty(lambda x: judge(x).sum(1), real, fake.bfloat16(), share)
        penalty.backward()
        return penalty.detach(), next(judge.parameters()).grad

    expected = measured()
    with torch.autocast("cpu", torch.bfloat16):
        received = measured()
    assert received[0].dtype == torch.float32
    for a, b in zip(received, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_the_terms_of_the_critics_loss() -> None:
    """D(x) = mean of x: distance, penalty and drift are sums that can be done by hand."""
    real, fake = torch.full((2, 3, 2, 2), 3.0), torch.full((2, 3, 2, 2), -1.0)
    parts = critic_terms(lambda x: x.mean((1, 2, 3)), real, fake, torch.rand(2), "sample")
    assert float(parts.distance) == pytest.approx(-4.0)
    assert float(parts.drift) == pytest.approx(9.0)
    assert float(parts.penalty) == pytest.approx((12**-0.5 - 1.0) ** 2)


def test_the_critic_of_the_paper_ends_with_a_map_of_four() -> None:
    """Shapes alone (no memory): the published model at 512 px, and what changes for smaller crops."""
    with torch.device("meta"):
        for size in SIZES:
            critic = Critic(64, 512, size)
            picture, features = torch.empty(1, 3, size, size), torch.empty(1, 512, size // 16, size // 16)
            assert critic.stem(picture).shape == (1, 256, size // 16, size // 16)
            last = critic.head[:-2](torch.cat([critic.stem(picture), features], 1))
            assert last.shape == (1, 512, 4, 4)
            assert critic(picture, features).shape == (1,)
    strides = [module.stride for module in critic.head if isinstance(module, Bottleneck)]
    assert strides == [1, 2, 1, 2, 1, 2, 1]
    assert all(module.bias is None for module in critic.modules() if isinstance(module, nn.Conv2d))


@pytest.mark.parametrize(("width", "size", "message"), [(6, 64, "multiple of 4"), (8, 96, "expected one of 64")])
def test_a_critic_that_cannot_be_is_refused(width: int, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Critic(width, 8, size)


def test_the_critics_gradients_equal_those_of_plain_float32() -> None:
    """As it is trained (channels_last, bfloat16 but for grouped convolutions and the penalty) against fp32 in NCHW."""
    real, fake = torch.rand(2, 3, 64, 64) * 2.0 - 1.0, torch.rand(2, 3, 64, 64) * 2.0 - 1.0
    features, share = torch.rand(2, 64, 4, 4), torch.rand(2)

    def gradients(prepared: bool) -> dict[str, Tensor]:
        torch.manual_seed(0)
        critic = Critic(16, 64, 64)
        layout = torch.channels_last if prepared else torch.contiguous_format
        if prepared:
            prepare_network(critic, bfloat16=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=prepared):
            pictures = (picture.to(memory_format=layout) for picture in (real, fake))
            parts = critic_terms(lambda x: critic(x, features.to(memory_format=layout)), *pictures, share, "sample")
        (parts.distance + 10.0 * parts.penalty + 1e-3 * parts.drift).backward()
        return {name: p.grad for name, p in critic.named_parameters() if p.grad is not None}

    expected, received = gradients(False), gradients(True)
    assert expected.keys() == received.keys()
    for name, gradient in expected.items():
        if name != "score.bias":  # only the drift sees it, and the drift is near nothing at the start
            error = float((received[name] - gradient).norm() / gradient.norm())
            assert error < 0.2, f"{name}: relative error {error:.3f}"


def test_a_critic_learns_to_tell_two_kinds_of_pictures() -> None:
    critic = Critic(8, 8, 64)
    optimizer = torch.optim.Adam(critic.parameters(), 2e-4, (0.5, 0.9))
    features = torch.zeros(4, 8, 4, 4)
    real, fake = torch.rand(4, 3, 64, 64), -torch.rand(4, 3, 64, 64)
    for _ in range(15):
        parts = critic_terms(lambda x: critic(x, features), real, fake, torch.rand(4), "sample")
        optimizer.zero_grad()
        (parts.distance + 10.0 * parts.penalty + 1e-3 * parts.drift).backward()
        optimizer.step()
    assert parts.distance.item() < -0.1, "real pictures score higher"
