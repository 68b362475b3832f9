"""Samples of durations, and what can honestly be said of them.

Samples come in rounds. A disturbance lasts longer than one sample, so the samples of one round are
alike and less is known than their number suggests: intervals are bootstrapped over whole rounds first, then
over the samples in each.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 1000
SEED = 20190612

Clock = Callable[[], float]
Floats = NDArray[np.float64]


class Interval(Struct, frozen=True):
    """An estimate and the bounds of its confidence interval."""

    value: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether this value lies outside of the bounds: a difference that the noise does not explain."""
        return not self.low <= value <= self.high

    def scaled(self, factor: float) -> "Interval":
        """The interval in another unit; the factor is positive."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)

    def inverse(self) -> "Interval":
        """The interval of 1 / value, of durations that are not 0."""
        return Interval(1.0 / self.value, 1.0 / self.high, 1.0 / self.low)


class TimeSamples(Struct, frozen=True):
    """Durations in seconds, in the order in which they were taken.

    Attributes:
        rounds: The samples of each round, at least one each; they need not be equally many.
    """

    rounds: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if not self.rounds or not all(self.rounds):
            raise ValueError("samples: expected at least one round with at least one sample each")

    @classmethod
    def of(cls, rounds: Sequence[Sequence[float]]) -> Self:
        """Samples of any sequences of numbers."""
        return cls(tuple(tuple(float(s) for s in r) for r in rounds))

    @property
    def values(self) -> Floats:
        """All samples, one after the other."""
        return np.concatenate([np.asarray(r, np.float64) for r in self.rounds])

    def percentile(self, percent: float) -> float:
        """The value under which `percent` of the samples lie, linear between the two nearest."""
        return float(np.percentile(self.values, percent))

    @property
    def median(self) -> float:
        return self.percentile(50)

    def interval(self, percent: float = 50) -> Interval:
        """A percentile with its bootstrap interval."""
        return self.intervals((percent,))[0]

    def intervals(self, percents: Sequence[float]) -> list[Interval]:
        """Several percentiles, each with its bootstrap interval."""
        found = _percentiles(self._resampled(), percents)
        return [_interval(self.percentile(p), row) for p, row in zip(percents, found, strict=True)]

    def mean(self) -> Interval:
        """The mean with its bootstrap interval."""
        return _interval(float(self.values.mean()), np.nanmean(self._resampled(), axis=1))

    def _resampled(self) -> Floats:
        rng = np.random.default_rng(SEED)
        return _draw(self, rng.integers(0, len(self.rounds), (RESAMPLES, len(self.rounds))), rng)


def estimate_ratio(over: TimeSamples, under: TimeSamples) -> Interval:
    """The median of one over that of the other, with its bootstrap interval.

    Rounds taken in turns are drawn in pairs: what slowed both down in one round then does not count as a
    difference between them.
    """
    rng = np.random.default_rng(SEED)
    first = rng.integers(0, len(over.rounds), (RESAMPLES, len(over.rounds)))
    paired = len(over.rounds) == len(under.rounds)
    second = first if paired else rng.integers(0, len(under.rounds), (RESAMPLES, len(under.rounds)))
    drawn = _percentiles(_draw(over, first, rng), 50) / _percentiles(_draw(under, second, rng), 50)
    return _interval(over.median / under.median, drawn)


def warm_up(
    call: Callable[[], Any],
    *,
    tolerance: float = 0.05,
    window: int = 3,
    most: int = 30,
    seconds: float = 15.0,
    clock: Clock = time.perf_counter,
) -> tuple[list[float], bool]:
    """Call until the times settle.

    Settled means that the median of the last `window` calls is within `tolerance` of the median of as many
    before them.

    Args:
        call: What is to be timed later.
        tolerance: Relative.
        window: Calls that are compared with as many before them.
        most: Calls at most.
        seconds: No further call is begun after this time.
        clock: Tells the time, seconds.

    Returns:
        The durations, seconds, and whether they settled.
    """
    taken: list[float] = []
    began = clock()
    while len(taken) < most and (not taken or clock() - began < seconds):
        taken.extend(time_calls(call, 1, clock))
        if len(taken) >= 2 * window:
            before, last = (float(np.median(part)) for part in (taken[-2 * window : -window], taken[-window:]))
            if abs(last - before) <= tolerance * before:
                return taken, True
    return taken, False


def time_calls(call: Callable[[], Any], count: int, clock: Clock = time.perf_counter) -> list[float]:
    """Time `count` calls one by one, seconds, without the garbage collector."""
    taken = []
    with garbage_collection_paused():
        for _ in range(count):
            begun = clock()
            call()
            taken.append(clock() - begun)
    return taken


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """No garbage collection inside the block; one before it."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _draw(samples: TimeSamples, chosen: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Resamples B,N, NaN where a round has fewer samples; `chosen` B,R are the rounds that each draws from."""
    lengths = np.array([len(r) for r in samples.rounds])
    table = np.full((len(lengths), lengths.max()), np.nan)
    for row, values in zip(table, samples.rounds, strict=True):
        row[: len(values)] = values
    within = (rng.random((*chosen.shape, table.shape[1])) * lengths[chosen][..., None]).astype(np.int64)
    drawn = table[chosen[..., None], within]
    drawn[np.arange(table.shape[1]) >= lengths[chosen][..., None]] = np.nan  # as many as the round has
    return np.asarray(drawn.reshape(len(chosen), -1))


def _percentiles(drawn: Floats, percents: float | Sequence[float]) -> Floats:
    """Percentiles of each resample."""
    percentile = np.nanpercentile if np.isnan(drawn).any() else np.percentile  # the first takes far longer
    return np.asarray(percentile(drawn, percents, axis=1))


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.percentile(drawn, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
    return Interval(value, min(value, float(low)), max(value, float(high)))
