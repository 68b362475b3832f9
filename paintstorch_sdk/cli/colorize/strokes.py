"""The text of `--stroke`."""

from ...errors import HintError
from ...hints.model import Stroke

EXPECTED = '"X,Y X,Y COLOR WIDTH", for example "120,80 140,96 #e8a0b4 12"'


def parse_stroke(text: str) -> Stroke:
    """A stroke of waypoints, a color (#rrggbb or a CSS name) and, unless it is to be the default, a width.

    Raises:
        HintError: Not of this form.
    """
    words = text.split()
    points: list[tuple[float, float]] = []
    while words and (point := _parse_point(words[0])) is not None:
        points.append(point)
        words.pop(0)
    if not points or len(words) not in (1, 2):
        raise HintError(f"--stroke {text!r}: expected {EXPECTED}")
    try:
        return Stroke(tuple(points), words[0], *(float(word) for word in words[1:]))
    except HintError as error:
        raise HintError(f"--stroke {text!r}: {error}") from error
    except ValueError as error:
        raise HintError(f"--stroke {text!r}: expected {EXPECTED}; {words[1]!r} is no width") from error


def _parse_point(word: str) -> tuple[float, float] | None:
    x, comma, y = word.partition(",")
    try:
        return (float(x), float(y)) if comma else None
    except ValueError:
        return None
