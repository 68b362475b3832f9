"""The server scenario: requests that arrive at random, and the highest rate at which their p99 holds.

As MLPerf's server scenario does it (Reddi et al., "MLPerf Inference Benchmark", 2020, arXiv 1911.02549, section
III-C): Poisson arrivals from a seeded generator, latency from a request's arrival to its answer, waiting included.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .result import Probe, Server
from .timing import SEED, Clock

MISSES = 0.01  # share of the requests that may take longer than the target: p99 is the target
PROBES = 7  # halvings: the rate is known to less than 1 % of what the backend can do at all
FEWEST, MOST = 20, 2000  # requests of a probe


@dataclass(frozen=True)
class Load:
    """The demand on a server.

    Attributes:
        target: Seconds within which 99 % of the requests may take.
        seconds: Seconds that a probe may last at the rate which the backend can do at all.
        most: Requests that may be answered together.
    """

    target: float = 1.0
    seconds: float = 5.0
    most: int = 1


def draw_arrivals(rate: float, count: int, seed: int = SEED) -> list[float]:
    """Times of `count` Poisson arrivals, seconds; another rate has the same pattern, faster or slower."""
    gaps = np.random.default_rng(seed).exponential(1.0, count)
    return [float(t) for t in np.cumsum(gaps) / rate]


def serve_requests(
    times: Sequence[float],
    work: Callable[[int], None],
    most: int,
    target: float,
    clock: Clock = time.perf_counter,
    wait: Callable[[float], None] = time.sleep,
) -> tuple[list[float], bool]:
    """Answer requests in their order as they arrive; what waits is answered together.

    Args:
        times: Times of the arrivals, seconds.
        work: Answers so many requests at once.
        most: Requests at once.
        target: Seconds.
        clock: Tells the time, seconds.
        wait: Passes so many seconds.

    Returns:
        Latencies in seconds, in the order of arrival, and whether at most `MISSES` of all requests took longer than
        the target. Ends early when they did.
    """
    allowed = math.floor(MISSES * len(times))
    latencies: list[float] = []
    misses, begun = 0, clock()
    while len(latencies) < len(times):
        first = len(latencies)
        early = times[first] - (clock() - begun)
        if early > 0:
            wait(early)
        now = clock() - begun
        waiting = sum(1 for t in times[first : first + most] if t <= now)
        count = max(1, waiting)
        work(count)
        done = clock() - begun
        new = [done - t for t in times[first : first + count]]
        latencies += new
        misses += sum(latency > target for latency in new)
        if misses > allowed:
            return latencies, False
    return latencies, True


class Search:
    """The highest rate that holds, by bisection between 0 and what the backend can do at all.

    Args:
        load: What is asked.
        capacity: Requests a second that the backend answers one after the other without a pause.
    """

    def __init__(self, load: Load, capacity: float) -> None:
        self.requests = max(FEWEST, min(MOST, round(load.seconds * capacity)))
        self._target = load.target
        self._held, self._failed = 0.0, 1.25 * capacity  # beyond it a queue grows without end
        self._best: list[float] = []
        self._last: list[float] = []
        self._probes: list[Probe] = []

    def arrivals(self) -> list[float]:
        """The times of the requests that should be tried next."""
        return draw_arrivals(self._rate, self.requests)

    def tell(self, latencies: list[float], held: bool) -> None:
        """Take the outcome of them, as `serve_requests` returned it."""
        rate = self._rate
        self._probes.append(Probe(rate, len(latencies), float(np.percentile(latencies, 99)), held))
        self._last = latencies
        if held:
            self._held, self._best = rate, latencies
        else:
            self._failed = rate

    @property
    def latencies(self) -> list[float]:
        """Latencies at the highest rate that held, or at the last one tried where none did."""
        return self._best or self._last

    @property
    def found(self) -> Server:
        """The outcome so far."""
        return Server(self._target, SEED, self.requests, self._held, self._failed, tuple(self._probes))

    @property
    def _rate(self) -> float:
        return (self._held + self._failed) / 2
