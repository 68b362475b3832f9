"""Choice of an engine's optimization profile for a size."""

import math
from collections.abc import Sequence

from ..errors import InputError
from .engine_key import Profile, Shape


class Profiles:
    """The optimization profiles of an engine: each takes a range of sizes, and is fastest at one.

    Args:
        profiles: The profiles, in the engine's order.
    """

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = tuple(profiles)

    @property
    def min_input_size(self) -> tuple[int, int]:
        """Smallest (width, height) of the network's input, pixels; smaller line art is padded to it."""
        smallest = min((profile.min_shape for profile in self._profiles), key=lambda shape: shape[1] * shape[2])
        return smallest[2], smallest[1]

    @property
    def max_input_size(self) -> tuple[int, int]:
        """Largest (width, height) of the network's input, pixels."""
        largest = max((profile.max_shape for profile in self._profiles), key=lambda shape: shape[1] * shape[2])
        return largest[2], largest[1]

    @property
    def max_batch(self) -> int:
        """Largest number of line arts in one run."""
        return max(profile.max_shape[0] for profile in self._profiles)

    def choose(self, shape: Shape) -> int:
        """The number of the profile for a batch, height and width: of those that take it, the one that is fastest
        at the nearest size.

        Raises:
            InputError: None takes it.
        """
        fitting = [i for i, profile in enumerate(self._profiles) if _is_within(shape, profile)]
        if not fitting:
            ranges = " or ".join(
                f"{_format_shape(p.min_shape)} to {_format_shape(p.max_shape)}" for p in self._profiles
            )
            raise InputError(
                f"line art: the engine takes {ranges} (batch x height x width), received {_format_shape(shape)}; "
                f"choose another size or batch, or build an engine for it: pts export --tensorrt --profile"
            )
        return min(fitting, key=lambda i: _log_distance(shape, self._profiles[i].opt_shape))


def _is_within(shape: Shape, profile: Profile) -> bool:
    return all(a <= b <= c for a, b, c in zip(profile.min_shape, shape, profile.max_shape, strict=True))


def _log_distance(a: Shape, b: Shape) -> float:
    return sum(abs(math.log(x / y)) for x, y in zip(a, b, strict=True))


def _format_shape(shape: Shape) -> str:
    return "x".join(map(str, shape))
