"""One step of gradient descent, the same for every stage; and the precision in which networks are trained."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from paintstorch_sdk.networks.generator import Bottleneck

from .team import Team


class Float32Conv(nn.Conv2d):
    """A convolution that ignores autocast.

    PyTorch 2.13 on the CPU computes wrong weight gradients for grouped, dilated convolutions in bfloat16 with
    channels_last; in float32 they are right, and the rest of the network is twice as fast in bfloat16.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def prepare_network(network: nn.Module, bfloat16: bool) -> None:
    """Bring a fresh network into the layout and precision it is trained in; the names of its weights stay."""
    for module in network.modules():
        if bfloat16 and isinstance(module, Bottleneck):
            module.grouped.__class__ = Float32Conv
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def descend_gradient(
    loss: Tensor, optimizers: Sequence[torch.optim.Optimizer], team: Team, clip: float = 0.0
) -> Tensor:
    """Move the optimizers' weights down the gradient of a loss, averaged over the team.

    A gradient that is not finite would destroy the weights for good: nothing moves then.

    Args:
        loss: Scalar; this process's part of the batch.
        optimizers: Optimizers of all weights that are to move.
        team: The processes that take the step together.
        clip: Largest norm of the gradient of all these weights; 0 is no limit.

    Returns:
        The norm before clipping, the same in every process; not finite where nothing moved.
    """
    weights = [weight for o in optimizers for group in o.param_groups for weight in group["params"]]
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    team.average(gradients)
    norm = nn.utils.get_total_norm(gradients)
    if bool(norm.isfinite()):
        if clip > 0.0:
            nn.utils.clip_grads_with_norm_(weights, clip, norm)
        for optimizer in optimizers:
            optimizer.step()
    return norm
