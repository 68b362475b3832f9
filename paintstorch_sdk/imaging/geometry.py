"""Sizes: from the line art's pixels to the network's, and back."""

from dataclasses import dataclass

from ..errors import InputError

MULTIPLE = 32  # of both sides of what the network reads: 16 for the generator, 2 * 8 for the features' pooling
SLENDER = 4  # times as long as wide: a longer drawing is a strip
LONGEST = 16  # times the working size: the long side of a strip in the network
HINT_STEP = 4  # the hint map has a quarter of the network's resolution


@dataclass(frozen=True, slots=True)
class Geometry:
    """Placement of one line art in the network's input: scaled, at the top left, padded to the right and below.

    Attributes:
        width: Width of the line art, pixels.
        height: Height of the line art, pixels.
        working_width: Width to which it is scaled, the aspect ratio kept to the nearest pixel.
        working_height: Height to which it is scaled.
        least: (width, height) of the network's input, at least.
    """

    width: int
    height: int
    working_width: int
    working_height: int
    least: tuple[int, int] = (MULTIPLE, MULTIPLE)

    @classmethod
    def fit(
        cls,
        width: int,
        height: int,
        long_side: int,
        least: tuple[int, int] = (MULTIPLE, MULTIPLE),
        most: tuple[int, int] | None = None,
    ) -> "Geometry":
        """Cap the long side: larger line art is scaled down, smaller keeps its size.

        Strips, more than `SLENDER` times as long as wide, would vanish so: their short side keeps a `SLENDER`-th of
        `long_side`, and their long one may have up to `LONGEST` times `long_side` for it (see `tiles`), where an
        engine has a limit, `SLENDER` times. Over `SLENDER` times as much as that as long as wide they become narrower
        still; cut them.

        Args:
            width: Width of the line art, pixels, at least 1.
            height: Height of the line art, pixels, at least 1.
            long_side: The most pixels that the longer side may have in the network, at least 32.
            least: (width, height) of the network's input, at least; multiples of 32. Some engines take no less.
            most: (width, height) of the network's input, at most, for strips; None is no limit. Some engines take no
                more.

        Raises:
            InputError: `long_side` is under 32.
        """
        if long_side < MULTIPLE:
            raise InputError(f"working size: expected at least {MULTIPLE} pixels, received {long_side}")
        scale = min(1.0, long_side / max(width, height))
        if max(width, height) > SLENDER * min(width, height):
            longest = long_side * (LONGEST if most is None else SLENDER)
            widened = min(1.0, long_side / SLENDER / min(width, height), longest / max(width, height))
            if most is not None:
                widened = min(widened, most[0] / width, most[1] / height)
            scale = max(scale, widened)
        return cls(width, height, max(1, round(width * scale)), max(1, round(height * scale)), least)

    @property
    def working(self) -> tuple[int, int]:
        """(width, height) of the scaled line art."""
        return self.working_width, self.working_height

    @property
    def padded(self) -> tuple[int, int]:
        """(width, height) of the network's input: the working size rounded up to multiples of 32, or `least`."""
        return max(_round_up(self.working_width), self.least[0]), max(_round_up(self.working_height), self.least[1])

    @property
    def hint_map(self) -> tuple[int, int]:
        """(width, height) of the hint map: a quarter of the padded size."""
        width, height = self.padded
        return width // HINT_STEP, height // HINT_STEP

    @property
    def to_hint_map(self) -> tuple[float, float]:
        """(x, y) factors from line-art pixels to hint-map pixels."""
        return (
            self.working_width / (self.width * HINT_STEP),
            self.working_height / (self.height * HINT_STEP),
        )


def measure_side(shape: tuple[int, ...]) -> int:
    """Pixels that what is relative to a drawing's size counts from: the long side, of strips `SLENDER` short ones.

    Args:
        shape: (height, width) first.
    """
    return min(max(shape[:2]), SLENDER * min(shape[:2]))


def check_long_side(size: int | None) -> None:
    """Raise InputError where a working size is less than the network can take; None is the model's own."""
    if size is not None and size < MULTIPLE:
        raise InputError(f"working size: expected at least {MULTIPLE} pixels, received {size}")


def _round_up(pixels: int) -> int:
    return -(-pixels // MULTIPLE) * MULTIPLE
