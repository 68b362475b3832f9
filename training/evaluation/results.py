"""Measures and their summary: means over drawings, with intervals."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from paintstorch_sdk.bench.timing import CONFIDENCE, Interval

from .cases import Condition
from .measures import Measured

RESAMPLES = 2000
SEED = 0  # of the resampling
STEP = 0.02  # of CIEDE2000, the resolution of pooled percentiles
BINS = 6000


class Painting(NamedTuple):
    """One picture that a method made.

    Attributes:
        drawing: Its name.
        source: Where the drawing comes from.
        base: What it is derived from.
        condition: Condition that it was made under.
        method: Method that made it.
        measured: Its measures.
    """

    drawing: str
    source: str
    base: str
    condition: Condition
    method: str
    measured: Measured


class Mean(Interval, frozen=True):
    """A mean over drawings and its 95 % bootstrap interval.

    The bases are drawn anew, each with all its drawings: drawings of one base are no independent evidence. With
    one base there is no interval: low and high are NaN.

    Attributes:
        drawings: Number of drawings.
        bases: Number of bases that they are derived from.
    """

    drawings: int
    bases: int

    @property
    def bounds(self) -> tuple[float, float]:
        """The bounds of the interval; twice the mean where there is none."""
        return (self.value, self.value) if self.bases < 2 else (self.low, self.high)


@dataclass
class Results:
    """All rows, and the differences that hint adherence is made of, pooled over drawings."""

    rows: list[Painting] = field(default_factory=list)
    pooled: dict[tuple[Condition, str], NDArray[np.int64]] = field(default_factory=dict)

    def add(self, row: Painting, differences: NDArray[np.float32]) -> None:
        """Add one picture with every CIEDE2000 that counted for its hint adherence."""
        self.rows.append(row)
        counts = np.bincount(np.minimum((differences / STEP).astype(np.int64), BINS - 1), minlength=BINS)
        key = row.condition, row.method
        self.pooled[key] = self.pooled.get(key, np.zeros(BINS, np.int64)) + counts

    @property
    def conditions(self) -> list[Condition]:
        """The conditions in the order in which they were measured."""
        return list(dict.fromkeys(row.condition for row in self.rows))

    @property
    def methods(self) -> list[str]:
        return list(dict.fromkeys(row.method for row in self.rows))

    def of(self, condition: Condition, method: str) -> list[Painting]:
        """The rows of one method under one condition."""
        return [row for row in self.rows if row.condition == condition and row.method == method]

    def mean(self, condition: Condition, method: str, measure: str) -> Mean | None:
        """The mean of a measure over the drawings that have it; None where none has."""
        return average([(row.base, _value(row, measure)) for row in self.of(condition, method)])

    def difference(self, condition: Condition, method: str, other: str, measure: str) -> Mean | None:
        """The mean difference of two methods on the same drawings."""
        return _paired(self.of(condition, method), self.of(condition, other), measure)

    def change(self, before: Condition, after: Condition, method: str, measure: str) -> Mean | None:
        """The mean change of a method from one condition to another, on the same drawings."""
        return _paired(self.of(after, method), self.of(before, method), measure)

    def adherence(self, percent: float, method: str, among: Iterable[Condition]) -> float | None:
        """A percentile of CIEDE2000 over all counted pixels under some conditions; None where there is none."""
        every = sum((self.pooled.get((c, method), np.zeros(BINS, np.int64)) for c in among), np.zeros(BINS, np.int64))
        total = int(every.sum())
        return float(np.searchsorted(every.cumsum(), total * percent / 100.0)) * STEP if total else None

    def to_json(self) -> list[dict[str, Any]]:
        """One object for each condition and method: means with intervals."""
        return [
            {
                **{name: getattr(condition, name) for name in Condition.__slots__},
                "method": method,
                "adherence_pooled": [self.adherence(p, method, [condition]) for p in (50, 90)],
                **{name: _rounded(self.mean(condition, method, name)) for name in Measured._fields},
            }
            for condition in self.conditions
            for method in self.methods
            if self.of(condition, method)
        ]


def average(values: Iterable[tuple[str, float | None]]) -> Mean | None:
    """Mean and interval of values, each with the base of its drawing; None where there is no value."""
    known = [(base, value) for base, value in values if value is not None]
    if not known:
        return None
    bases, index = np.unique([base for base, _ in known], return_inverse=True)
    sums, counts = np.bincount(index, [value for _, value in known]), np.bincount(index)
    mean = float(_pool(sums, counts))
    if len(bases) < 2:
        return Mean(mean, math.nan, math.nan, len(known), len(bases))
    found = stats.bootstrap(
        (sums, counts),
        _pool,
        paired=True,
        method="percentile",
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Mean(mean, float(found.low), float(found.high), len(known), len(bases))


def _pool(sums: NDArray[Any], counts: NDArray[Any], axis: int = -1) -> NDArray[np.float64]:
    """The mean of groups with these sums and counts."""
    return np.asarray(sums.sum(axis) / counts.sum(axis))


def _paired(rows: list[Painting], others: list[Painting], measure: str) -> Mean | None:
    values: dict[str, float | None] = {row.drawing: _value(row, measure) for row in others}
    differences = []
    for row in rows:
        one, other = _value(row, measure), values.get(row.drawing)
        differences.append((row.base, None if one is None or other is None else one - other))
    return average(differences)


def _value(row: Painting, measure: str) -> float | None:
    value: float | None = getattr(row.measured, measure)
    return value


def _rounded(found: Mean | None) -> dict[str, float | int | None] | None:
    if found is None:
        return None
    numbers = {name: getattr(found, name) for name in ("value", "low", "high")}
    return {n: None if np.isnan(v) else round(v, 4) for n, v in numbers.items()} | {
        "drawings": found.drawings,
        "bases": found.bases,
    }


Progress = Callable[[int, int], None]  # pictures done, and of how many
