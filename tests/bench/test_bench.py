"""The measuring itself: statistics on known distributions, processes, records. No time is asserted."""

import gc
import json
import math
import os
import platform
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from paintstorch_sdk.backend import Shader
from paintstorch_sdk.bench import machine, timing
from paintstorch_sdk.bench.accuracy import measure_accuracy
from paintstorch_sdk.bench.cases.clocked import ClockedBackend
from paintstorch_sdk.bench.experiments.performance.colorize import ClockedShader
from paintstorch_sdk.bench.experiments.performance.outcomes import divide_by_whole, subtract_part
from paintstorch_sdk.bench.measure import describe_model
from paintstorch_sdk.bench.process import WHOLE, Opened, Process, Subject, SubjectError, read_peak_bytes
from paintstorch_sdk.bench.rounds import Interrupted, time_in_rounds
from paintstorch_sdk.bench.timing import (
    Interval,
    TimeSamples,
    estimate_ratio,
    time_calls,
    warm_up,
)
from paintstorch_sdk.bundle import sha256
from paintstorch_sdk.colorizer import Colorizer
from paintstorch_sdk.errors import BackendError
from paintstorch_sdk.machine import count_threads


class Clock:
    """A clock that calls move on by what they are scripted to take."""

    def __init__(self, *durations):
        self.now = 0.0
        self.left = list(durations)

    def __call__(self):
        return self.now

    def run(self):
        self.now += self.left.pop(0) if len(self.left) > 1 else self.left[0]


class TestSamples:
    def test_percentiles_are_linear_between_the_nearest_two(self, rng):
        values = rng.exponential(size=101)
        samples = TimeSamples.of([values[:40], values[40:]])
        for percent in (0, 1, 37.3, 50, 90, 99, 100):
            place = percent / 100 * (len(values) - 1)
            low, high = np.sort(values)[[math.floor(place), math.ceil(place)]]
            assert samples.percentile(percent) == pytest.approx(low + (place % 1) * (high - low))

    @pytest.mark.parametrize("percent", [50, 90, 99])
    def test_percentiles_of_an_exponential_distribution(self, rng, percent):
        samples = TimeSamples.of([rng.exponential(2.0, 200_000)])
        assert samples.percentile(percent) == pytest.approx(-2.0 * math.log(1 - percent / 100), rel=0.02)

    def test_there_are_no_empty_rounds(self):
        for rounds in ((), ((),), ((1.0,), ())):
            with pytest.raises(ValueError, match="at least one"):
                TimeSamples.of(rounds)

    def test_parts(self):
        whole, part = TimeSamples.of([[4.0, 5.0], [6.0]]), TimeSamples.of([[1.0, 2.0], [3.0]])
        assert subtract_part(whole, part).rounds == ((3.0, 3.0), (3.0,))
        assert divide_by_whole(part, whole).rounds == ((0.25, 0.4), (0.5,))


class TestIntervals:
    def test_of_independent_samples_it_covers_the_median_as_often_as_it_says(self, rng):
        trials, median = 120, math.log(2)
        hits = sum(not TimeSamples.of([rng.exponential(size=60)]).interval().excludes(median) for _ in range(trials))
        assert 0.88 <= hits / trials <= 0.995

    def test_of_rounds_that_differ_it_covers_the_median_where_single_samples_would_not(self, rng):
        trials, by_rounds, at_once = 80, 0, 0
        for _ in range(trials):
            table = 1 + rng.normal(0, 0.1, (8, 1)) + rng.normal(0, 0.01, (8, 10))  # noise that lasts for a round
            by_rounds += not TimeSamples.of(table).interval().excludes(1.0)
            at_once += not TimeSamples.of(table.reshape(1, -1)).interval().excludes(1.0)
        assert by_rounds / trials >= 0.85
        assert at_once / trials <= 0.75

    def test_agrees_with_the_order_statistics_of_the_median(self, rng):
        values = np.sort(rng.lognormal(size=201))
        found = TimeSamples.of([values]).interval()
        # The binomial interval: P(X_(k) <= median) from 201 tosses of a coin, 95 % between ranks 87 and 115.
        assert found.value == np.median(values)
        assert values[83] <= found.low <= values[91]
        assert values[109] <= found.high <= values[117]

    def test_is_the_same_every_time(self, rng):
        samples = TimeSamples.of(rng.random((3, 5)))
        assert samples.interval() == samples.interval()

    def test_of_equal_samples_it_is_a_point(self):
        assert TimeSamples.of([[2.0] * 4, [2.0] * 7]).interval(90) == Interval(2.0, 2.0, 2.0)

    def test_rounds_of_different_lengths_count_their_samples(self):
        # One draw in four is the short round twice; all others have more samples of the long one.
        assert TimeSamples.of([[10.0], [1.0] * 50]).interval() == Interval(1.0, 1.0, 10.0)

    def test_units(self):
        interval = Interval(2.0, 1.0, 4.0)
        assert interval.scaled(1000) == Interval(2000, 1000, 4000)
        assert interval.inverse() == Interval(0.5, 0.25, 1.0)
        assert interval.excludes(4.5)
        assert not interval.excludes(4.0)


class TestRatios:
    def test_covers_a_known_ratio(self, rng):
        hits = 0
        for _ in range(100):
            slow, fast = rng.gamma(50, 3 / 50, (6, 8)), rng.gamma(50, 1 / 50, (6, 8))
            hits += not estimate_ratio(TimeSamples.of(slow), TimeSamples.of(fast)).excludes(3.0)
        assert hits >= 85

    def test_noise_that_hits_both_in_a_round_does_not_count(self, rng):
        weather = rng.uniform(1, 3, (8, 1))
        slow = TimeSamples.of(1.2 * weather * rng.normal(1, 0.005, (8, 10)))
        fast = TimeSamples.of(weather * rng.normal(1, 0.005, (8, 10)))
        assert fast.interval().high / fast.interval().low > 1.2
        found = estimate_ratio(slow, fast)
        assert 1.1 < found.low < found.value < found.high < 1.3

    def test_the_same_is_no_difference(self, rng):
        a, b = TimeSamples.of(rng.normal(1, 0.1, (6, 9))), TimeSamples.of(rng.normal(1, 0.1, (5, 9)))
        assert not estimate_ratio(a, b).excludes(1.0)


class TestSampling:
    def test_warm_up_ends_when_the_times_settle(self):
        clock = Clock(9.0, 4.0, 2.0, 1.1, 1.0)
        taken, stable = warm_up(clock.run, window=2, seconds=1e9, clock=clock)
        assert stable
        assert taken == pytest.approx([9.0, 4.0, 2.0, 1.1, 1.0, 1.0, 1.0])

    def test_warm_up_of_what_never_settles_ends_too(self):
        clock = Clock(*(1.5**n for n in range(99)))
        assert warm_up(clock.run, most=10, seconds=1e9, clock=clock)[1] is False
        assert not clock.left[:-89]

    def test_warm_up_minds_the_time(self):
        clock = Clock(4.0)
        assert warm_up(clock.run, seconds=10, clock=clock) == ([4.0, 4.0, 4.0], False)

    def test_a_sample_is_one_call(self):
        clock = Clock(3.0, 1.0, 2.0)
        assert time_calls(clock.run, 3, clock) == [3.0, 1.0, 2.0]

    def test_no_garbage_is_collected_meanwhile(self):
        seen = []
        time_calls(lambda: seen.append(gc.isenabled()), 2)
        assert seen == [False, False]
        assert gc.isenabled()


# Subjects: they are opened in other processes, which import this module.
HERE = "test_bench"
PIXELS = np.linspace(-1, 1, 48, dtype=np.float32).reshape(1, 3, 4, 4)


def flat(threads, offset=0.0):
    def call():
        return {"half": 0.5}

    facts = {"pid": os.getpid(), "threads": [threads, os.environ["OMP_NUM_THREADS"]]}
    return Opened({"call": call}, lambda: PIXELS + np.float32(offset), facts)


def refusing(threads):
    raise BackendError("backend x: expected y, received z")


def dying(threads):
    return Opened({"call": lambda: os._exit(7)})


def failing(threads):
    return Opened({"call": lambda: {"part": 1 / 0}})


class TestProcesses:
    def test_a_subject_has_its_own_process_and_threads(self):
        with Process(Subject("case", "flat", f"{HERE}:flat"), threads=3) as process:
            assert process.facts["pid"] != os.getpid()
            assert process.facts["threads"] == [3, "3"]
            taken = process.sample("call", 4)
            assert taken["half"] == [0.5] * 4
            assert len(taken[WHOLE]) == 4
            assert np.array_equal(process.result(), PIXELS)
            assert process.peak_bytes() == pytest.approx(read_peak_bytes(), rel=0.99)

    @pytest.mark.parametrize(
        ("opener", "message"),
        [
            (f"{HERE}:refusing", "^it: backend x: expected y, received z$"),
            ("paintstorch_sdk.no_such_module:x", "^it: paintstorch_sdk.no_such_module is not installed$"),
        ],
    )
    def test_what_cannot_be_opened_says_why(self, opener, message):
        with pytest.raises(SubjectError, match=message):
            Process(Subject("case", "it", opener), threads=1)

    @pytest.mark.parametrize(
        ("opener", "message"), [("dying", r"exit code 7"), ("failing", r"ZeroDivisionError: .*test_bench.py, line")]
    )
    def test_a_call_that_fails(self, opener, message):
        with (
            Process(Subject("case", "it", f"{HERE}:{opener}"), threads=1) as process,
            pytest.raises(SubjectError, match=message),
        ):
            process.sample("call", 1)


class TestRounds:
    def test_wrong_pixels_are_a_failure_however_fast(self):
        subjects = [
            Subject("one", "reference", f"{HERE}:flat", facts={"precision": "fp32"}),
            Subject("one", "bf16", f"{HERE}:flat", {"offset": 1e-3}, {"precision": "bf16"}),
            Subject("one", "wrong", f"{HERE}:flat", {"offset": 1e-3}, {"precision": "fp32"}),
            Subject("two", "another", f"{HERE}:flat", {"offset": 1.0}),
            Subject("two", "refused", f"{HERE}:refusing"),
        ]
        said = []
        outcomes = time_in_rounds(subjects, threads=1, rounds=2, seconds=1e-9, warm_seconds=0.01, say=said.append)
        assert [outcome.subject for outcome in outcomes] == [subject.name for subject in subjects]
        reference, half, wrong, another, refused = outcomes
        for outcome in (reference, half, another):
            assert not outcome.error
            assert [len(r) for r in outcome.samples["call"].rounds] == [3, 3]
            assert outcome.samples["call/half"].median == 0.5
        assert another.accuracy.max_difference == 0  # the first of its own case
        assert half.accuracy.max_difference == pytest.approx(1e-3, rel=1e-3)
        assert half.accuracy.psnr == pytest.approx(66.0, abs=0.1)
        assert wrong.error == "wrong pixels: expected at most 0.0001 apart, received 0.001 apart, 66.0 dB"
        assert refused.error == "backend x: expected y, received z"
        assert not wrong.samples
        assert not refused.samples
        assert any("wrong pixels" in line for line in said)

    def test_what_may_paint_another_picture_is_measured_all_the_same(self):
        subjects = [
            Subject("one", "reference", f"{HERE}:flat"),
            Subject("one", "other", f"{HERE}:flat", {"offset": 0.5}, {"another": True}),
        ]
        _, other = time_in_rounds(subjects, threads=1, rounds=1, seconds=1e-9, warm_seconds=0.01)
        assert not other.error
        assert other.accuracy.max_difference == pytest.approx(0.5)
        assert other.accuracy.limit == ""

    def test_what_would_not_fit_into_memory_is_not_opened(self, monkeypatch):
        left = iter([2**40, 2**20])
        monkeypatch.setattr(machine, "find_available_bytes", lambda: next(left))
        subjects = [Subject("one", name, f"{HERE}:flat") for name in ("fits", "does not")]
        fits, refused = time_in_rounds(subjects, threads=1, rounds=1, seconds=1e-9, warm_seconds=0.01)
        assert not fits.error
        assert refused.error.startswith("0.0 GiB of memory are left")
        assert refused.facts["refused"] is True

    def test_an_interrupt_keeps_what_was_measured(self):
        subjects = [Subject("one", "a", f"{HERE}:flat"), Subject("one", "b", f"{HERE}:refusing")]
        begun = []

        def between():
            if len(begun) == 2:
                raise KeyboardInterrupt
            begun.append(1)

        with pytest.raises(Interrupted) as raised:
            time_in_rounds(subjects, threads=1, rounds=9, seconds=1e-9, warm_seconds=0.01, between=between)
        measured, refused = raised.value.outcomes
        assert len(measured.samples["call"].rounds) == 2
        assert refused.facts["refused"] is True

    def test_an_interrupt_before_anything_was_measured_says_so(self):
        def interrupt(line):
            raise KeyboardInterrupt

        with pytest.raises(Interrupted) as raised:
            time_in_rounds([Subject("one", "a", f"{HERE}:flat")], threads=1, rounds=1, seconds=1e-9, say=interrupt)
        assert raised.value.outcomes[0].error == "interrupted before it was measured"

    def test_the_accuracy_is_that_of_the_colors_and_of_the_pixels(self):
        half = measure_accuracy(PIXELS * np.float32(0.999), PIXELS, "bf16")
        assert half.max_difference == pytest.approx(1e-3, rel=1e-3)
        assert half.psnr == pytest.approx(10 * math.log10(4 / np.mean((1e-3 * PIXELS) ** 2)), abs=0.01)
        assert (half.pictures, half.limit) == (1, "at least 40 dB")
        assert 0 <= half.ciede2000_mean <= half.ciede2000_p99 < 1
        same = measure_accuracy(PIXELS, PIXELS, "fp32")
        assert (same.psnr, same.max_difference, same.ciede2000_p99) == (200.0, 0.0, 0.0)

    @pytest.mark.parametrize("precision", ["fp32", "bf16", None])
    @pytest.mark.parametrize("wrong", [PIXELS[:, ::-1], PIXELS * np.nan, PIXELS[..., :2], np.zeros_like(PIXELS)])
    def test_other_pictures(self, precision, wrong):
        with pytest.raises(SubjectError, match="wrong pixels"):
            measure_accuracy(wrong, PIXELS, precision)


class TestMachine:
    def test_it_names_no_host_user_or_path(self):
        text = json.dumps(machine.describe_environment())
        for private in (platform.node(), str(Path.home()), str(Path.cwd())):
            assert len(private) < 4 or private not in text

    def test_what_it_tells(self):
        found = machine.describe_environment()
        assert found["cores"] == count_threads() >= 1
        assert {"numpy", "pillow", "paintstorch-sdk"} <= set(found["versions"])
        assert found["python"].endswith(platform.python_version())

    def test_a_bundle_is_known_by_its_manifest(self, tiny_bundle):
        found = describe_model(tiny_bundle, random=False)
        assert (found.name, found.width) == ("tiny", 8)
        assert found.manifest_sha256 == sha256(tiny_bundle.path / "manifest.json")

    def test_others_on_the_processors_are_noise(self, monkeypatch):
        ticks = iter([(100.0, 5.0, 400.0), (180.0, 5.1, 500.0)])  # busy, stolen, all
        own = iter([10.0, 60.0])
        monkeypatch.setattr(machine, "_ticks", lambda: next(ticks))
        monkeypatch.setattr(machine, "_own_seconds", lambda: next(own))
        with machine.watch_noise() as noise:
            pass
        assert noise["others"] == 0.3  # 80 seconds busy, 50 of them ours, of 100
        assert noise["steal"] == pytest.approx(0.001)
        assert "other processes had 30% of the processors' time" in machine.judge_noise(noise).flags

    def test_systems_without_proc(self, monkeypatch):
        monkeypatch.setattr(machine, "_ticks", lambda: None)
        with machine.watch_noise() as noise:
            pass
        judged = machine.judge_noise(noise | {"load_before": None})
        assert (judged.others, judged.steal, judged.flags) == (None, None, ())


def test_the_garbage_collector_stays_off_where_it_was():
    gc.disable()
    try:
        with timing.garbage_collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_clock_runs_while_lines_are_encoded_and_while_hints_are_painted(tiny_bundle):
    """Whoever calls `paint`: the colorizer asks the backend that the encoded lines name."""
    with Colorizer(tiny_bundle, backend="onnxruntime", threads=1) as colorizer:
        clocked = ClockedBackend(colorizer.backend)
        colorizer._backend = clocked
        canvas = colorizer.canvas(np.full((64, 64), 255, np.uint8))
        assert canvas._encoded is not None
        assert clocked.take() > 0.0
        canvas.render()
        assert clocked.take() > 0.0


def test_the_shade_network_counts_as_network():
    class Idle(Shader):
        def _shade(self, inputs):
            return inputs["line_art"]

    clocked = ClockedBackend(SimpleNamespace(name="", device="", precision=""))
    ClockedShader(Idle(), clocked).find_shadows(np.ones((1, 1, 64, 64), "f4"), np.ones((1, 3, 64, 64), "f4"))
    assert clocked.take() > 0.0
