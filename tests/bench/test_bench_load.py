"""The server scenario on a clock of its own: arrivals, queueing against theory, and the search for the highest rate."""

import numpy as np
import pytest
from scipy import stats

from paintstorch_sdk.bench.load import PROBES, Load, Search, draw_arrivals, serve_requests


class Machine:
    """A server whose every answer takes a known time."""

    def __init__(self, seconds):
        self.now = 0.0
        self.seconds = seconds
        self.counts = []

    def clock(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds

    def work(self, count):
        self.counts.append(count)
        self.now += self.seconds

    def serve(self, times, most=1, target=1e9):
        return serve_requests(times, self.work, most, target, self.clock, self.wait)


class TestArrivals:
    def test_they_are_poisson(self):
        gaps = np.diff([0.0, *draw_arrivals(4.0, 3000)])
        assert stats.kstest(gaps, stats.expon(scale=0.25).cdf).pvalue > 0.01

    def test_they_are_the_same_every_time_and_scale_with_the_rate(self):
        assert draw_arrivals(2.0, 50) == draw_arrivals(2.0, 50)
        assert np.allclose(np.array(draw_arrivals(1.0, 50)), 4 * np.array(draw_arrivals(4.0, 50)))
        assert draw_arrivals(2.0, 50, seed=1) != draw_arrivals(2.0, 50)


class TestServing:
    def test_latency_counts_from_the_arrival(self):
        latencies, held = Machine(2.0).serve([1.0, 1.5, 9.0])
        assert latencies == pytest.approx([2.0, 3.5, 2.0])
        assert held

    @pytest.mark.parametrize("load", [0.3, 0.7])
    def test_waiting_is_that_of_the_theory(self, load):
        """M/D/1: requests wait load / (2 (1 - load)) service times on average (Pollaczek and Khinchine)."""
        latencies, _ = Machine(1.0).serve(draw_arrivals(load, 40_000))
        assert np.mean(latencies) - 1 == pytest.approx(load / (2 * (1 - load)), rel=0.05)

    def test_what_waits_is_answered_together(self):
        machine = Machine(1.0)
        latencies, _ = machine.serve([0.0, 0.1, 0.2, 0.3, 5.0], most=3)
        assert machine.counts == [1, 3, 1]
        assert latencies == pytest.approx([1.0, 1.9, 1.8, 1.7, 1.0])

    def test_it_ends_when_the_target_is_missed(self):
        machine = Machine(1.0)
        latencies, held = machine.serve(draw_arrivals(10.0, 200), target=3.0)
        assert not held
        assert len(latencies) < 30
        assert sum(latency > 3.0 for latency in latencies) == 3  # one more than 1 % of 200

    def test_one_request_in_a_hundred_may_be_late(self):
        times = [10.0 * n for n in range(99)] + [980.5]  # the last comes while the one before it is answered
        assert Machine(1.0).serve(times, target=1.0)[1]
        assert not Machine(1.0).serve([*times[:98], 970.5, 970.9], target=1.0)[1]


class TestSearch:
    def found(self, seconds, target):
        search = Search(Load(target=target, seconds=500 * seconds), 1 / seconds)
        for _ in range(PROBES):
            search.tell(*Machine(seconds).serve(search.arrivals(), target=target))
        return search.found

    @pytest.mark.parametrize("target", [2.0, 5.0])
    def test_the_highest_rate_is_between_what_held_and_what_did_not(self, target):
        found = self.found(1.0, target)
        assert len(found.probes) == PROBES
        assert 0 < found.rate < found.failed_rate < 1.25
        assert found.failed_rate - found.rate == pytest.approx(1.25 / 2**PROBES)
        exact = [
            rate for rate in np.linspace(0.02, 1.2, 400) if Machine(1.0).serve(draw_arrivals(rate, 500), 1, target)[1]
        ]
        assert found.rate == pytest.approx(max(exact), abs=0.03)

    def test_it_scales_with_the_server(self):
        assert self.found(0.01, 0.05).rate == pytest.approx(100 * self.found(1.0, 5.0).rate)

    def test_what_is_too_slow_for_a_single_picture_holds_no_rate(self):
        found = self.found(1.0, 0.5)
        assert found.rate == 0
        assert not any(probe.held for probe in found.probes)
