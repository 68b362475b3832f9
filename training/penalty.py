"""The critic's loss: Wasserstein distance with gradient penalty and drift (PaintsTorch, equations 5 to 7).

Source: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs"; the drift term is Karras et al. 2018's.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

# How the norm of the critic's gradient is taken: over all of a sample's numbers, as in the paper, or over the
# channels of each pixel, as in the code that was published with it.
NORMS = ("sample", "pixel")

Judge = Callable[[Tensor], Tensor]  # pictures N,3,H,W -> scores N


class CriticTerms(NamedTuple):
    """The terms of the critic's loss, scalars, unweighted."""

    distance: Tensor  # E[D(fake)] - E[D(real)]; minus the estimated Wasserstein distance
    penalty: Tensor
    drift: Tensor


def critic_terms(judge: Judge, real: Tensor, fake: Tensor, share: Tensor, norm: str) -> CriticTerms:
    """Judge real and painted pictures.

    Args:
        judge: The critic, its features bound.
        real: N,3,H,W in [-1, 1].
        fake: The same shape, detached from the generator.
        share: N numbers in [0, 1): the real picture's part in each interpolate.
        norm: One of `NORMS`.
    """
    scores = judge(real).float()
    distance = judge(fake).float().mean() - scores.mean()
    return CriticTerms(distance, gradient_penalty(judge, real, fake, share, norm), scores.square().mean())


def gradient_penalty(judge: Judge, real: Tensor, fake: Tensor, share: Tensor, norm: str = "sample") -> Tensor:
    """E[(|grad D(x)|_2 - 1)^2] on x = share * real + (1 - share) * fake.

    Computed in float32 even under autocast: the square of a small gradient is lost in half precision, and the
    penalty's own gradient goes through the critic twice.

    Args:
        judge: The critic, as in `critic_terms`.
        real: Real pictures, as in `critic_terms`.
        fake: Painted pictures, as in `critic_terms`.
        share: Interpolation shares, as in `critic_terms`.
        norm: "sample": the L2 norm over all numbers of a sample. "pixel": over the channels of each pixel.
    """
    with torch.autocast(real.device.type, enabled=False):
        part = share.float().view(-1, 1, 1, 1)
        between = (part * real.float() + (1.0 - part) * fake.float()).requires_grad_(True)
        # Every score depends on its own sample alone, so the gradient of their sum is each one's own.
        (gradient,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
        length = gradient.flatten(1).norm(2, 1) if norm == "sample" else _channel_norm(gradient)
        return (length - 1.0).square().mean()


def _channel_norm(gradient: Tensor) -> Tensor:
    """N,H,W; the tiny number keeps the derivative finite where a pixel has no influence at all."""
    return (gradient.square().sum(1) + 1e-12).sqrt()
