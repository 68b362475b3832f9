"""`pts bench compare`: what noise and drift explain is no change, and a slower backend is one."""

import msgspec
import numpy as np
import pytest

from paintstorch_sdk.bench.compare import ALPHA, MARGIN, compare_results
from paintstorch_sdk.bench.result import Accuracy, Ceiling, Noise, Probe, Result, Row, Server
from paintstorch_sdk.bench.timing import Interval, TimeSamples

BACKENDS = ("eager", "published", "compiled", "onnxruntime", "openvino")


def a_row(backend, samples, **more):
    return Row(
        backend=backend,
        device="cpu",
        precision="fp32",
        model="tiny",
        width=8,
        size=(64, 64),
        batch=1,
        scenario="single-stream",
        how="",
        status="ok" if samples is not None else "failed",
        samples=samples,
        **more,
    )


def a_result(rows, ceilings=(), **environment):
    return Result(
        command="pts bench",
        date="today",
        complete=True,
        options={},
        threads=2,
        affinity=(0, 1),
        environment={"cpu": "a processor", "gpu": None, "cores": 2, **environment},
        models={},
        noise=Noise(1.0, 0.0, 0.0, 0.0, (), 0.0, ()),
        ceilings=tuple(ceilings),
        rows=tuple(rows),
    )


def weather(rng, factor=1.0, start=0.03, rounds=0.04, sample=0.03):
    """Rounds of a backend that takes a second: what differs from start to start, round to round, and call to call."""
    level = np.log(factor) + rng.normal(0, start) + rng.normal(0, rounds, (6, 1))
    return TimeSamples.of(np.exp(level + np.abs(rng.normal(0, sample, (6, 10)))))


def a_ceiling(factor=1.0, shape="128"):
    samples = TimeSamples.of([[factor, factor]] * 6)
    return Ceiling("convolution", "torch", "cpu", "fp32", shape, "FLOP/s", Interval(1, 1, 1), samples)


def verdicts(first, second):
    return {change.row.backend: change.verdict for change in compare_results(first, second).changes}


class TestNoise:
    def test_two_runs_of_one_build_are_called_the_same(self, rng):
        alarms = 0
        for _ in range(100):
            first, second = (a_result([a_row(name, weather(rng)) for name in BACKENDS]) for _ in range(2))
            alarms += any(change.changed for change in compare_results(first, second).changes)
        assert alarms <= 4  # of 100 comparisons of 5 rows each, at a level of 1 % for all of them

    def test_a_backend_that_became_slower_is_named_and_only_it(self, rng):
        for _ in range(30):
            first = a_result([a_row(name, weather(rng)) for name in BACKENDS])
            slow = dict.fromkeys(BACKENDS, 1.0) | {"openvino": 1.5}
            second = a_result([a_row(name, weather(rng, slow[name])) for name in BACKENDS])
            comparison = compare_results(first, second)
            assert [change.row.backend for change in comparison.changes if change.changed] == ["openvino"]
            assert comparison.worse

    def test_faster_is_a_change_but_no_worse(self, rng):
        first = a_result([a_row(name, weather(rng)) for name in BACKENDS])
        second = a_result([a_row(name, weather(rng, 0.6)) for name in BACKENDS])
        comparison = compare_results(first, second)
        assert {change.verdict for change in comparison.changes} == {"faster"}
        assert not comparison.worse

    def test_a_certain_change_under_the_margin_is_none(self):
        first = a_result([a_row("openvino", TimeSamples.of([[1.0, 1.0]] * 6))])
        for factor, verdict in ((1 + 0.9 * MARGIN, "same"), (1 + 1.2 * MARGIN, "slower")):
            assert verdicts(first, a_result([a_row("openvino", TimeSamples.of([[factor] * 2] * 6))])) == {
                "openvino": verdict
            }

    def test_many_rows_do_not_make_false_alarms(self, rng):
        names = [f"backend {n}" for n in range(200)]
        first, second = (a_result([a_row(name, weather(rng)) for name in names]) for _ in range(2))
        assert not compare_results(first, second).worse

    def test_samples_of_one_round_count_as_one(self, rng):
        """A thousand samples in two rounds, one of which was disturbed, prove nothing."""
        calm, disturbed = rng.normal(1.0, 0.01, 500), rng.normal(1.6, 0.01, 500)
        first = a_result([a_row("openvino", TimeSamples.of([calm, calm]))])
        assert verdicts(first, a_result([a_row("openvino", TimeSamples.of([calm, disturbed]))])) == {"openvino": "same"}


class TestDrift:
    def test_what_the_ceilings_did_too_is_the_machine(self):
        first = a_result([a_row("openvino", TimeSamples.of([[1.0] * 2] * 6))], [a_ceiling()])
        slower = [a_row("openvino", TimeSamples.of([[1.3] * 2] * 6))]
        assert verdicts(first, a_result(slower, [a_ceiling()])) == {"openvino": "slower"}
        comparison = compare_results(first, a_result(slower, [a_ceiling(1.25)]))
        assert comparison.changes[0].verdict == "same"
        assert comparison.drift == pytest.approx(0.25)
        assert comparison.margin == pytest.approx((1 + MARGIN) * 1.25 - 1)

    def test_one_ceiling_that_was_disturbed_is_no_drift(self):
        first = a_result([], [a_ceiling(shape=str(n)) for n in range(5)])
        second = a_result([], [a_ceiling(2.0 if n == 2 else 1.0, str(n)) for n in range(5)])
        assert compare_results(first, second).drift == 0


class TestRows:
    def test_rows_that_fail_or_are_missing(self):
        samples = TimeSamples.of([[1.0, 1.0]] * 3)
        first = a_result(
            [a_row("eager", samples), a_row("openvino", None), a_row("compiled", None), a_row("old", samples)]
        )
        second = a_result(
            [a_row("eager", None), a_row("openvino", samples), a_row("compiled", None), a_row("new", samples)]
        )
        assert verdicts(first, second) == {
            "eager": "fails now",
            "openvino": "runs now",
            "compiled": "neither runs",
            "old": "only in A",
            "new": "only in B",
        }
        assert compare_results(first, second).worse

    def test_one_round_tells_nothing(self):
        first, second = (a_result([a_row("eager", TimeSamples.of([[s, s]]))]) for s in (1.0, 9.0))
        assert verdicts(first, second) == {"eager": "too few rounds"}
        assert not compare_results(first, second).worse

    @pytest.mark.parametrize(
        ("before", "now", "verdict"),
        [(60.0, 50.0, "less accurate"), (60.0, 59.5, "same"), (60.0, 70.0, "same"), (150.0, 120.0, "same")],
    )
    def test_accuracy(self, before, now, verdict):
        first, second = (
            a_result([a_row("eager", TimeSamples.of([[1.0]] * 3), accuracy=Accuracy(3, psnr, 0.1, 0.1, 0.1, ""))])
            for psnr in (before, now)
        )
        assert verdicts(first, second) == {"eager": verdict}
        assert compare_results(first, second).worse == (verdict != "same")

    @pytest.mark.parametrize(("rate", "verdict"), [(10.0, "same"), (9.5, "same"), (5.0, "slower"), (20.0, "faster")])
    def test_rates_of_servers(self, rate, verdict):
        rows = [
            a_row(
                "eager",
                TimeSamples.of([[0.5]]),
                server=Server(1.0, 1, 20, held, 1.02 * held, (Probe(held, 20, 0.5, True),)),
            )
            for held in (10.0, rate)
        ]
        assert verdicts(*(a_result([row]) for row in rows)) == {"eager": verdict}

    def test_other_machines_models_and_noise_are_said(self):
        first = a_result([])
        noisy = msgspec.structs.replace(first.noise, flags=("a neighbor",))
        second = msgspec.structs.replace(a_result([], cpu="another"), noise=noisy, complete=False, threads=1)
        text = "\n".join(compare_results(first, second).warnings)
        for words in (
            "a processor and another",
            "threads: 2 and 1",
            "B was not quiet: a neighbor",
            "B was interrupted",
        ):
            assert words in text
        assert compare_results(first, first).warnings == ()

    def test_the_level_is_what_the_documentation_says(self):
        assert (MARGIN, ALPHA) == (0.10, 0.01)
