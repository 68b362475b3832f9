"""Which rows of two results differ by more than noise.

The rule, for each row that is ok in both results A and B:

1. The unit is the round: samples of one round share what disturbed the machine then. y is the logarithm of each
   round's median; d the difference of the means of y, with Welch's standard error and degrees of freedom.
2. An effect has to be worth a word: a margin m of 10 % (`MARGIN`), for what differs from one start of a process to the
   next, and from one hour to the next, without any change of the build (a measurement cannot see that from its
   inside). To m is added what the machine itself has drifted: the ceilings are the same kernels in both, so the median
   change of their rates is not the build's doing.
3. The hypothesis that |d| is at most m is tested one-sidedly: p = P(T > (|d| - m) / error) with Student's T.
4. With many rows some p are small by chance: Holm's step-down correction (Holm, Scand. J. Statist. 6 (1979)) keeps the
   chance of a single false alarm among all rows of a comparison under 1 % (`ALPHA`).

A row has changed where its corrected p is under `ALPHA`. Besides: a row that was ok and is not any more, and one whose
colors moved away from the reference by more than 1 dB where that is above rounding (PSNR under 90 dB). In the server
scenario, whose rates are found by bisection, a row has changed where the rate that failed in one is under the rate that
held in the other by more than the margin.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .result import Key, Result, Row
from .timing import CONFIDENCE, Interval, TimeSamples

MARGIN, ALPHA = 0.10, 0.01
DECIBELS, ROUNDING = 1.0, 90.0  # PSNR: the least drop that counts; above it differences are rounding
SAME, SLOWER, FASTER = "same", "slower", "faster"


@dataclass(frozen=True)
class RowChange:
    """One row of two results.

    Attributes:
        row: Row of the second result; of the first where the second has none.
        verdict: "same", "slower", "faster", "less accurate", "fails now", "runs now", "too few rounds", "neither runs",
            "only in A", "only in B".
        ratio: The second's duration over the first's, with its 95 % interval (Welch); None where there is none.
        p: Corrected for all rows; None where nothing was tested.
    """

    row: Row
    verdict: str
    ratio: Interval | None = None
    p: float | None = None

    @property
    def worse(self) -> bool:
        return self.verdict in (SLOWER, "fails now", "less accurate")

    @property
    def changed(self) -> bool:
        return self.worse or self.verdict in (FASTER, "runs now")


@dataclass(frozen=True)
class ResultComparison:
    """Two results.

    Attributes:
        changes: Change of each row of either.
        drift: The median change of the ceilings' durations, second over first, relative: 0.05 is 5 % slower.
        margin: The least change that counts, relative, drift included.
        warnings: What makes the comparison less than fair, in words.
    """

    changes: tuple[RowChange, ...]
    drift: float
    margin: float
    warnings: tuple[str, ...]

    @property
    def worse(self) -> bool:
        return any(change.worse for change in self.changes)


def compare_results(first: Result, second: Result) -> ResultComparison:
    """Compare two results; see the rule above."""
    shift = _drift(first, second)
    margin = math.log1p(MARGIN) + abs(shift)
    pairs = [(row, second.find_row(row.key)) for row in first.rows]
    tests = {
        after.key: measure_effect(before.samples, after.samples, margin)
        for before, after in pairs
        if after and before.samples and after.samples and not after.server
    }
    corrected = dict(zip(tests, correct_by_holm([found.p for found in tests.values()]), strict=True))
    changes = [_change(before, after, tests, corrected, margin) for before, after in pairs]
    known = {row.key for row in first.rows}
    changes += [RowChange(row, "only in B") for row in second.rows if row.key not in known]
    return ResultComparison(tuple(changes), math.expm1(shift), math.expm1(margin), tuple(_warnings(first, second)))


@dataclass(frozen=True)
class Effect:
    """The difference of one row: see the rule. `p` is not corrected."""

    ratio: Interval
    p: float


def measure_effect(before: TimeSamples, after: TimeSamples, margin: float) -> Effect:
    """Test whether durations changed by more than a margin (of the logarithm)."""
    a, b = (np.log([np.median(taken) for taken in samples.rounds]) for samples in (before, after))
    d = float(b.mean() - a.mean())
    if min(len(a), len(b)) < 2:
        return Effect(Interval(math.exp(d), 0.0, math.inf), math.nan)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    error = max(math.sqrt(va + vb), 1e-9)
    freedom = max((va + vb) ** 2 / max(va**2 / (len(a) - 1) + vb**2 / (len(b) - 1), 1e-300), 1.0)
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    ratio = Interval(math.exp(d), math.exp(d - reach), math.exp(d + reach))
    return Effect(ratio, float(stats.t.sf((abs(d) - margin) / error, freedom)))


def correct_by_holm(ps: Sequence[float]) -> list[float]:
    """p-values corrected for their number by Holm's step-down, which SciPy lacks; NaN stays NaN."""
    order = sorted((p, at) for at, p in enumerate(ps) if not math.isnan(p))
    corrected, least = [math.nan] * len(ps), 0.0
    for rank, (p, at) in enumerate(order):
        corrected[at] = least = max(least, min(1.0, (len(order) - rank) * p))
    return corrected


def _change(
    before: Row,
    after: Row | None,
    tests: dict[Key, Effect],
    corrected: dict[Key, float],
    margin: float,
) -> RowChange:
    if after is None:
        return RowChange(before, "only in A")
    if before.samples is None or after.samples is None:
        words = {(False, False): "neither runs", (True, False): "fails now", (False, True): "runs now"}
        return RowChange(after, words[before.samples is not None, after.samples is not None])
    if before.server and after.server:
        return _rates(before, after, margin)
    found, p = tests[after.key], corrected[after.key]
    verdict = SAME
    if math.isnan(p):
        return RowChange(after, "too few rounds", found.ratio)
    if p < ALPHA:
        verdict = SLOWER if found.ratio.value > 1 else FASTER
    elif _less_accurate(before, after):
        verdict = "less accurate"
    return RowChange(after, verdict, found.ratio, p)


def _rates(before: Row, after: Row, margin: float) -> RowChange:
    assert before.server
    assert after.server
    a, b, factor = before.server, after.server, math.exp(margin)
    if b.failed_rate * factor < a.rate:
        return RowChange(after, SLOWER)
    return RowChange(after, FASTER if a.failed_rate * factor < b.rate else SAME)


def _less_accurate(before: Row, after: Row) -> bool:
    if before.accuracy is None or after.accuracy is None:
        return False
    now = after.accuracy.psnr
    return now < ROUNDING and now < before.accuracy.psnr - DECIBELS


def _drift(first: Result, second: Result) -> float:
    """The median change of the ceilings' durations, as a logarithm."""
    before = {(c.what, c.by, c.device, c.precision, c.shape): c.samples.median for c in first.ceilings}
    after = {(c.what, c.by, c.device, c.precision, c.shape): c.samples.median for c in second.ceilings}
    changes = [math.log(after[key] / before[key]) for key in before.keys() & after.keys()]
    return float(np.median(changes)) if changes else 0.0


def _warnings(first: Result, second: Result) -> Iterator[str]:
    for name in ("cpu", "gpu", "cores"):
        a, b = first.environment.get(name), second.environment.get(name)
        if a != b:
            yield f"the runs were taken on different machines: {name} {a} and {b}"
    if first.threads != second.threads:
        yield f"the runs had different numbers of threads: {first.threads} and {second.threads}"
    for title, result in (("A", first), ("B", second)):
        yield from (f"run {title} was not quiet: {flag}" for flag in result.noise.flags)
        if not result.complete:
            yield f"run {title} was interrupted"
    for name in first.models.keys() & second.models.keys():
        if first.models[name].manifest_sha256 != second.models[name].manifest_sha256 and not first.models[name].random:
            yield f"model {name} is another bundle in run B"
