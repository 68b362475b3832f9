"""The benchmark's statistics against NumPy and SciPy, on distributions that are known."""

import math

import numpy as np
import pytest
from scipy import stats

from paintstorch_sdk.bench import compare
from paintstorch_sdk.bench.result import PERCENTILES
from paintstorch_sdk.bench.summary import make_percentiles
from paintstorch_sdk.bench.timing import TimeSamples, estimate_ratio

DISTRIBUTIONS = {
    "normal": stats.norm(1.0, 0.1),
    "exponential": stats.expon(scale=2.0),
    "lognormal": stats.lognorm(0.4, scale=0.05),
}


class TestPercentiles:
    @pytest.mark.parametrize("name", DISTRIBUTIONS)
    def test_they_are_those_of_numpy_and_of_the_distribution(self, name):
        distribution = DISTRIBUTIONS[name]
        values = distribution.rvs(40_000, random_state=7)
        found = make_percentiles(TimeSamples.of(values.reshape(10, -1)))
        for label, percent in PERCENTILES.items():
            assert found[label].value == pytest.approx(np.percentile(values, percent), rel=1e-12)
            # Order statistics of known distributions: their spread around the quantile, 4 sigma.
            q = percent / 100
            quantile = distribution.ppf(q)
            sigma = math.sqrt(q * (1 - q) / len(values)) / distribution.pdf(quantile)
            assert abs(found[label].value - quantile) < 4 * sigma
            assert found[label].low <= found[label].value <= found[label].high
            assert found[label].enough

    @pytest.mark.parametrize("percent", [50, 90])
    def test_the_interval_is_that_of_scipys_bootstrap(self, percent):
        values = stats.lognorm(0.4).rvs(300, random_state=3)
        ours = TimeSamples.of([values]).interval(percent)
        theirs = stats.bootstrap(
            (values,),
            lambda x, axis: np.percentile(x, percent, axis=axis),
            method="percentile",
            n_resamples=4000,
            rng=np.random.default_rng(5),
        ).confidence_interval
        width = theirs.high - theirs.low
        assert ours.low == pytest.approx(theirs.low, abs=0.15 * width)
        assert ours.high == pytest.approx(theirs.high, abs=0.15 * width)

    def test_the_interval_of_the_mean_is_that_of_students_t(self, rng):
        values = rng.normal(10, 2, 400)
        ours = TimeSamples.of([values]).mean()
        low, high = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
        assert ours.value == pytest.approx(values.mean())
        assert ours.low == pytest.approx(low, abs=0.03)
        assert ours.high == pytest.approx(high, abs=0.03)

    @pytest.mark.parametrize("percent", [90, 99])
    def test_the_interval_of_a_tail_covers_it(self, percent):
        distribution, hits = stats.expon(), 0
        for seed in range(100):
            samples = TimeSamples.of([distribution.rvs(1500, random_state=seed)])
            hits += not samples.interval(percent).excludes(distribution.ppf(percent / 100))
        assert hits >= 87  # 95 are meant; under 87 happens once in a thousand such tests

    def test_percentiles_say_when_the_samples_are_too_few_for_them(self):
        found = make_percentiles(TimeSamples.of([np.linspace(1, 2, 50), np.linspace(1, 2, 50)]))
        assert [found[name].enough for name in PERCENTILES] == [True, True, True, False]
        found = make_percentiles(TimeSamples.of([np.linspace(1, 2, 99)]))
        assert [found[name].enough for name in PERCENTILES] == [True, True, False, False]

    def test_the_ratio_of_medians_covers_that_of_two_known_distributions(self):
        fast, slow, hits = stats.lognorm(0.1, scale=1), stats.lognorm(0.1, scale=1.7), 0
        for seed in range(60):
            a, b = (d.rvs((8, 12), random_state=2 * seed + n) for n, d in enumerate((slow, fast)))
            hits += not estimate_ratio(TimeSamples.of(a), TimeSamples.of(b)).excludes(1.7)
        assert hits >= 50


class TestComparison:
    def test_without_a_margin_the_test_is_welchs(self, rng):
        a, b = np.exp(rng.normal(0, 0.1, (6, 1))), np.exp(rng.normal(0.1, 0.2, (9, 1)))
        found = compare.measure_effect(TimeSamples.of(a), TimeSamples.of(b), 0.0)
        theirs = stats.ttest_ind(np.log(b[:, 0]), np.log(a[:, 0]), equal_var=False)
        assert 2 * found.p == pytest.approx(theirs.pvalue, rel=1e-6)
        low, high = theirs.confidence_interval(0.95)
        assert found.ratio.low == pytest.approx(math.exp(low), rel=1e-6)
        assert found.ratio.high == pytest.approx(math.exp(high), rel=1e-6)

    def test_holm(self):
        # Holm's own procedure by hand: 4 p-values, times 4, 3, 2, 1, never falling.
        assert compare.correct_by_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
        assert compare.correct_by_holm([0.9, 0.8]) == [1.0, 1.0]
        assert compare.correct_by_holm([]) == []
        corrected = compare.correct_by_holm([math.nan, 0.02])
        assert math.isnan(corrected[0])
        assert corrected[1] == 0.02
