"""Measured numbers as people read them: three significant digits, the unit that fits, the interval in brackets."""

from collections.abc import Callable
from decimal import Decimal

from ..result import EQUAL
from ..timing import Interval

_BYTES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
_RATES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))

Format = Callable[[float], str]


def format_number(value: float) -> str:
    """Three significant digits, without an exponent: 0.0123, 1.23, 12.3, 123, 12300."""
    return f"{Decimal(f'{value:#.3g}'):f}" if value else "0"


def format_fixed(digits: int, sign: bool = False) -> Format:
    """A format of so many decimals: of measures whose unit has a usual precision, such as decibels."""
    return lambda value: f"{value:{'+' if sign else ''}.{digits}f}"


def format_duration(seconds: float) -> str:
    """Seconds as "71.2 ms", "1.23 s" or "85.0 µs"."""
    if seconds <= 0:
        return "0"
    if seconds >= 1:
        return f"{format_number(seconds)} s"
    return f"{format_number(seconds * 1e3)} ms" if seconds >= 1e-3 else f"{format_number(seconds * 1e6)} µs"


def format_milliseconds(seconds: float) -> str:
    """Seconds as milliseconds, without the unit: for columns."""
    return format_number(seconds * 1e3)


def format_rate(value: float, unit: str) -> str:
    """A rate with the prefix that fits: "912 GFLOP/s"."""
    factor, prefix = next(((f, p) for f, p in _RATES if abs(value) >= f), _RATES[-1])
    return f"{format_number(value / factor)} {prefix}{unit}"


def format_bytes(count: float | None) -> str:
    """Bytes as "13.2 MiB"; "" where they are not known."""
    if count is None:
        return ""
    factor, unit = next(((f, u) for f, u in _BYTES if count >= f), _BYTES[-1])
    return f"{format_number(count / factor)} {unit}"


def format_decibels(psnr: float) -> str:
    """A PSNR: "58.1 dB"; from 200 the pictures are equal."""
    return "equal" if psnr >= EQUAL else f"{psnr:.1f} dB"


def format_percent(share: float) -> str:
    """A share, to two digits: "45 %", "1.2 %"."""
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{float(f'{100 * share:.2g}'):g} %"


def format_bounds(interval: Interval, form: Format = format_number) -> str:
    """The bounds of an interval: "[70.1, 73.0]"."""
    return f"[{form(interval.low)}, {form(interval.high)}]"


def format_interval(interval: Interval, form: Format = format_number, unit: str = "") -> str:
    """A value with its unit and the bounds of its interval: "71.2 ms [70.1, 73.0]"."""
    return f"{form(interval.value)}{f' {unit}' if unit else ''} {format_bounds(interval, form)}"
