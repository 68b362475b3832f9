"""Statistics of ratings: mean opinion scores, the paper's test, and intervals that know who rated what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ...errors import InputError
from .rates import LEAST, MOST, Rate

RESAMPLES = 4000
SEED = 20190612
_BOUNDS = (2.5, 97.5)  # percentiles of a 95 % interval


@dataclass(frozen=True, slots=True)
class Score:
    """How one model was rated.

    Attributes:
        model: Its name.
        count: Ratings.
        mean: Mean opinion score, 1 to 5.
        deviation: Standard deviation of the ratings, n - 1.
        interval: 95 % of the mean; raters and pictures are drawn anew, as the next study would draw them.
        shares: Shares of the ratings 1 to 5, sum 1: a row of the heat map.
    """

    model: str
    count: int
    mean: float
    deviation: float
    interval: tuple[float, float]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Whether one model was rated better than another.

    Attributes:
        better: The one.
        worse: The other.
        difference: Difference of the mean scores.
        interval: 95 % of the difference.
        t: Statistic of the paper's one-sided test on the raters' own means, or NaN with fewer than two raters.
        p: That such a t, or a larger one, comes by chance.
        raters: Who rated both.
    """

    better: str
    worse: str
    difference: float
    interval: tuple[float, float]
    t: float
    p: float
    raters: int


def score_models(rates: Sequence[Rate]) -> list[Score]:
    """Every model's score, the best first."""
    table = _Table(rates)
    means = table.resample()
    scores = []
    for index, model in enumerate(table.models):
        values = np.array([one.rate for one in rates if one.model == model])
        scores.append(
            Score(
                model=model,
                count=len(values),
                mean=float(values.mean()),
                deviation=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
                interval=_interval(means[:, index]),
                shares=tuple(float((values == rate).mean()) for rate in range(LEAST, MOST + 1)),
            )
        )
    return sorted(scores, key=lambda score: -score.mean)


def contrast_models(rates: Sequence[Rate], better: str, worse: str) -> Contrast:
    """Compare two models.

    Raises:
        InputError: A model that was not rated.
    """
    table = _Table(rates)
    for model in (better, worse):
        if model not in table.models:
            raise InputError(f"model: expected one of {', '.join(table.models)}, received {model!r:.60}")
    one, other = table.models.index(better), table.models.index(worse)
    means = table.resample()
    own = table.rater_means()[:, [one, other]]
    own = own[~np.isnan(own).any(axis=1)]
    t = p = float("nan")
    if len(own) > 1 and own.std(axis=0).any():
        result = stats.ttest_ind(own[:, 0], own[:, 1], equal_var=False, alternative="greater")
        t, p = float(result.statistic), float(result.pvalue)
    difference = float(np.mean(table.of(better)) - np.mean(table.of(worse)))
    return Contrast(better, worse, difference, _interval(means[:, one] - means[:, other]), t, p, len(own))


class _Table:
    """Sums and counts of ratings by rater, picture and model."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        if not rates:
            raise InputError("ratings: expected some, found none")
        self._rates = rates
        self.models = sorted({one.model for one in rates})
        self._raters = sorted({one.rater for one in rates})
        subjects = sorted({_subject(one) for one in rates})
        self._sums = np.zeros((len(self._raters), len(subjects), len(self.models)))
        self._counts = np.zeros_like(self._sums)
        places = [{name: index for index, name in enumerate(names)} for names in (self._raters, subjects, self.models)]
        for one in rates:
            at = places[0][one.rater], places[1][_subject(one)], places[2][one.model]
            self._sums[at] += one.rate
            self._counts[at] += 1

    def of(self, model: str) -> list[int]:
        return [one.rate for one in self._rates if one.model == model]

    def rater_means(self) -> NDArray[np.float64]:
        """float64 raters,models; NaN where a rater saw none."""
        with np.errstate(invalid="ignore"):
            means: NDArray[np.float64] = self._sums.sum(axis=1) / self._counts.sum(axis=1)
        return means

    def resample(self) -> NDArray[np.float64]:
        """float64 RESAMPLES,models: means where raters and subjects are drawn anew (Owen's pigeonhole bootstrap)."""
        chance = np.random.default_rng(SEED)
        raters, subjects, _ = self._sums.shape
        by_rater = chance.multinomial(raters, np.full(raters, 1.0 / raters), RESAMPLES)
        by_subject = chance.multinomial(subjects, np.full(subjects, 1.0 / subjects), RESAMPLES)
        sums, counts = (
            np.einsum("br,rsm,bs->bm", by_rater, values, by_subject, optimize=True)
            for values in (self._sums, self._counts)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            means: NDArray[np.float64] = sums / counts
        return means


def _subject(one: Rate) -> str:
    """Comparisons on single pictures: models that painted the same line art are compared on it."""
    return one.file.partition("_")[0]


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, _BOUNDS)
    return float(low), float(high)
