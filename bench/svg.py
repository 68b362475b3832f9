"""The few parts that the plots are drawn of: elements, scales with ticks, marks, labels that keep apart."""

import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

CHARACTER = 0.56  # mean width of a character over its size, of the fonts that the style names


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element. Attributes are escaped; children are SVG (see `text` for words).

    Names: `class_` is class, other underlines are hyphens; numbers are rounded to a tenth; None is left out.
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is not None:
            name = name.rstrip("_").replace("_", "-")
            name = "viewBox" if name == "viewbox" else name
            parts.append(f'{name}="{html.escape(_short(value))}"')
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{tag}>" if children else f"<{head}/>"


def text(words: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> str:
    """Words at the baseline y."""
    return element("text", html.escape(words, quote=False), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, close: bool = False, dash: str | None = None) -> str:
    """A line through points."""
    steps = " L".join(f"{_short(x)} {_short(y)}" for x, y in points)
    return element("path", d=f"M{steps}" + ("Z" if close else ""), class_=class_, stroke_dasharray=dash)


def dots(points: Iterable[tuple[float, float]], class_: str) -> str:
    """Many small dots as one path, drawn by its round line ends."""
    return element("path", d="".join(f"M{_short(x)} {_short(y)}h0" for x, y in points), class_=class_)


def mark(shape: str, x: float, y: float, class_: str, radius: float = 5.0) -> str:
    """A circle, diamond or square of about the same area."""
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=radius, class_=class_)
    if shape == "square":
        r = 0.89 * radius
        return element("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, class_=class_)
    r = 1.25 * radius
    return path([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], class_, close=True)


def group(*children: str, tip: str | None = None, **attributes: object) -> str:
    """Children that belong together; with a tip they can be pointed at, and reached by the keyboard."""
    if tip is None:
        return element("g", *children, **attributes)
    attributes |= {"data_tip": tip, "tabindex": 0, "role": "img", "aria_label": tip}
    return element("g", *children, **attributes)


@dataclass(frozen=True)
class Scale:
    """From values to places.

    Attributes:
        low: Value at `start`.
        high: Value at `end`.
        start: Place, pixels.
        end: Place, pixels.
        log: Logarithmic; the values are positive.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, max(value, self._least)))
        return self.start + (value - low) / ((high - low) or 1.0) * (self.end - self.start)

    @property
    def _least(self) -> float:
        return 1e-300 if self.log else -math.inf

    def ticks(self, most: int = 8) -> list[float]:
        """Round values within the bounds, at most so many: 1, 2, 5 in each decade, or even steps."""
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            for digits in ((1, 2, 5), (1, 3), (1,)):
                found = [d * 10.0**e for e in range(first, last + 1) for d in digits]
                found = [value for value in found if self.low * 0.999 <= value <= self.high * 1.001]
                if len(found) <= most:
                    break
            if len(found) >= 2:
                return found[:: math.ceil(len(found) / most)]
        span = self.high - self.low
        rough = span / max(most - 1, 1) or 1.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
        count = math.floor(self.high / step + 1e-9) - math.ceil(self.low / step - 1e-9)
        return [(math.ceil(self.low / step - 1e-9) + i) * step for i in range(count + 1)]


def padded(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """Bounds of a logarithmic scale that holds positive values, with room at both ends."""
    low, high = min(values), max(values)
    room = (high / low) ** share if high > low else 1.3
    return low / room, high * room


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near to the wanted ones as keeps them `gap` apart, within bounds where they have room."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = [wanted[i] for i in order]
    for _ in range(60):
        moved = False
        for i in range(len(places) - 1):
            overlap = gap - (places[i + 1] - places[i])
            if overlap > 1e-6:
                places[i] -= overlap / 2
                places[i + 1] += overlap / 2
                moved = True
        if places and (places[0] < low or places[-1] > high) and (len(places) - 1) * gap <= high - low:
            shift = max(low - places[0], 0.0) or min(high - places[-1], 0.0)
            places = [place + shift for place in places]
            moved = True
        if not moved:
            break
    result = [0.0] * len(wanted)
    for i, place in zip(order, places, strict=True):
        result[i] = place
    return result


@dataclass
class Labels:
    """Words beside points that cover neither each other nor the marks; what finds no place is left out.

    Attributes:
        left: Of the area, pixels.
        right: Of the area, pixels.
        size: Of the letters, pixels.
        lost: Words that found no place.
    """

    left: float
    right: float
    size: float = 12.5
    lost: int = 0

    def __post_init__(self) -> None:
        self._taken: list[tuple[float, float, float, float]] = []

    def keep_free(self, x: float, y: float, radius: float = 6.0) -> None:
        """Nothing is written over this point."""
        self._taken.append((x - radius, y - radius, x + radius, y + radius))

    def place(self, words: str, x: float, y: float, class_: str, aside: bool = True) -> str:
        """Words near a point: beside it first, or above and below it."""
        beside = (("start", 10, 4), ("end", -10, 4))
        near = (("start", 8, -9), ("end", -8, -9), ("start", 8, 17), ("end", -8, 17))
        far = (("middle", 0, -12), ("middle", 0, 21), ("start", 8, -22), ("end", -8, -22), ("start", 8, 30))
        width, up, down = len(words) * self.size * CHARACTER, 0.75 * self.size, 0.25 * self.size
        for anchor, dx, dy in (*beside, *near, *far) if aside else (*near, *beside, *far):
            left = x + dx - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (left, y + dy - up, left + width, y + dy + down)
            inside = box[0] >= self.left and box[2] <= self.right
            if inside and not any(_overlap(box, other) for other in self._taken):
                self._taken.append(box)
                return text(words, x + dx, y + dy, class_, anchor)
        self.lost += 1
        return ""


def axis_x(scale: Scale, top: float, bottom: float, form: Callable[[float], str], most: int = 8) -> str:
    """Grid lines and numbers of a horizontal scale."""
    parts = []
    for value in scale.ticks(most):
        x = scale(value)
        parts += [line(x, top, x, bottom, "grid"), text(_brief(form(value)), x, bottom + 18, "tick", "middle")]
    return "".join(parts)


def axis_y(scale: Scale, left: float, right: float, form: Callable[[float], str], most: int = 6) -> str:
    """Grid lines and numbers of a vertical scale."""
    parts = []
    for value in scale.ticks(most):
        y = scale(value)
        parts += [line(left, y, right, y, "grid"), text(_brief(form(value)), left - 8, y + 4, "tick", "end")]
    return "".join(parts)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _brief(words: str) -> str:
    """Without the zeros behind a number's last digit: ticks are round."""
    return re.sub(r"(\.\d*?)0+(?!\d)", lambda found: found[1].rstrip("."), words)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
