"""What is timed, on small pictures, and the report that is made of it."""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from paintstorch_sdk.bench.cases import ceilings as ceilings_case
from paintstorch_sdk.bench.cases import sheet
from paintstorch_sdk.bench.experiments.performance import __main__ as performance
from paintstorch_sdk.bench.experiments.performance import canvas, colorize, layers, startup, training
from paintstorch_sdk.bench.experiments.performance import page as report
from paintstorch_sdk.bench.experiments.performance.goals import find_goals, judge_goal
from paintstorch_sdk.bench.experiments.performance.page import MeasuredMachine
from paintstorch_sdk.bench.experiments.performance.tables import find_ceiling
from paintstorch_sdk.bench.report import markdown, numbers
from paintstorch_sdk.bench.report.goal import make_goal_table, summarize_goals
from paintstorch_sdk.bench.report.table import make_cell
from paintstorch_sdk.bench.result import MeasuredModel, Noise, Result, SubjectOutcome, save
from paintstorch_sdk.bench.timing import Interval, TimeSamples
from paintstorch_sdk.errors import InputError, PaintsTorchError
from support.bench_runs import a_result, a_row, ceilings

DOCS = Path(__file__).parent.parent.parent / "docs"
SIZE = (96, 64)


class TestCases:
    """Each opens in this process, with a small model and small pictures."""

    def test_pages_are_of_the_size_that_is_asked_for(self):
        line_art, hints = sheet.make_page(*SIZE)
        assert line_art.shape == hints.layer.shape[:2] == SIZE[::-1]
        assert line_art.min() < 128 < line_art.max()
        assert hints.layer[..., 3].max() > 128
        tensor, hint_map = sheet.make_tensors(*SIZE)
        assert tensor.shape == (1, 1, 64, 96)
        assert hint_map.shape == (1, 4, 16, 24)

    def test_layers_are_all_of_a_stage(self, tiny_bundle):
        opened = _open(layers.list_subjects({"bundled": tiny_bundle.path}, SIZE, "fp32")[0])
        parts = opened.calls[layers.CALL]()
        stages = {name.split("/", 1)[1] for name in parts if name.startswith(layers.STAGE)}
        for graph in ("encoder", "painter"):
            assert {f"{graph}/{stage}" for stage in opened.facts["flops"][graph]} <= stages
        by_stage, by_kind = (
            sum(seconds for name, seconds in parts.items() if name.startswith(axis))
            for axis in (layers.STAGE, layers.KIND)
        )
        assert by_stage == pytest.approx(by_kind)

    def test_canvas_and_picture(self, tiny_bundle):
        opened = canvas.open_canvas(tiny_bundle.path, "onnxruntime", threads=1, side=64)
        for _ in range(45):
            opened.calls[canvas.STROKE]()
        opened.calls[canvas.ONE_SHOT]()
        assert opened.facts["precision"] == "fp32"

    def test_the_network_is_a_part_of_a_picture(self, tiny_bundle):
        opened = colorize.open_colorizer(tiny_bundle.path, threads=1, sizes=((64, 48),))
        parts = opened.calls["64 x 48"]()
        assert parts[colorize.NETWORK] > 0

    def test_ceilings(self, monkeypatch):
        monkeypatch.setattr(ceilings_case, "MATRIX", 16)
        monkeypatch.setattr(ceilings_case, "CONVOLUTIONS", ((8, 8), (16, 4)))
        monkeypatch.setattr(ceilings_case, "COPY_BYTES", 2**12)
        for subject in ceilings_case.list_subjects(("fp32", "bf16"), ("torch", "openvino")):
            if subject.facts.get("precision") == "bf16" and "openvino" in subject.name:
                continue  # not on every processor
            opened = _open(subject)
            for call in opened.calls.values():
                assert call() is None
            assert set(opened.calls) == set(opened.facts.get("flops", opened.facts.get("bytes")))

    @pytest.mark.parametrize("recipe", ["ours", "paper"])
    def test_samples_are_made_anew(self, recipe):
        opened = training.open_samples(recipe, threads=1, crop=64, batch=2)
        for _ in range(3):
            opened.calls[training.CALL]()

    @pytest.mark.parametrize("stage", ["supervised", "adversarial"])
    def test_steps_learn(self, stage):
        """A step raises where what it learns by heart is not learned."""
        opened = training.open_step(stage, threads=1, crop=64, batch=2, width=8)
        for _ in range(training.LEARNED):
            opened.calls[training.CALL]()

    def test_the_training_has_both_recipes_and_both_stages(self):
        found = training.list_subjects(seconds=2.0)
        assert [subject.name for subject in found] == [
            training.OURS,
            training.PAPER,
            training.SUPERVISED,
            training.ADVERSARIAL,
        ]
        assert all(callable(getattr(training, subject.opener.partition(":")[2])) for subject in found)

    def test_importing_loads_no_runtime(self):
        parts = startup._import()
        assert parts[startup.PROCESS] > parts[startup.IMPORT_CALL] > 0
        assert {"paintstorch_sdk", "numpy", "PIL"} <= set(startup.import_shares())

    def test_a_command_that_fails_says_how(self):
        with pytest.raises(startup.StartupError, match=r"ended with 1: ValueError: no"):
            startup._run([startup.sys.executable, "-c", "raise ValueError('no')"])


def _open(subject):
    import importlib

    module, _, function = subject.opener.partition(":")
    return getattr(importlib.import_module(module), function)(**subject.options, threads=1)


def _outcome(case, subject, facts=None, **samples):
    named = {name.replace("__", "/").replace("_", " "): TimeSamples.of(rounds) for name, rounds in samples.items()}
    return SubjectOutcome(case, subject, named, facts or {})


def a_rest(**changes):
    """Round numbers: 2 GFLOP in 0.1 s."""
    flops = {"encoder": {"enc0": 10**9}, "painter": {"exit": 10**9}}
    outcomes = (
        _outcome(startup.CASE, startup.PYTHON, process=[[0.02]]),
        _outcome(
            startup.CASE,
            startup.IMPORT,
            {"milliseconds_by_package": {"numpy": 60.0}},
            process=[[0.2]],
            **{"import": [[0.1, 0.11], [0.1]]},
        ),
        SubjectOutcome(startup.CASE, startup.SHELL, error="pts ended with 2: no"),
        _outcome(
            layers.CASE,
            "width 64",
            {"flops": flops, "precision": "bf16"},
            picture=[[0.1]],
            picture__stage__encoder__enc0=[[0.06]],
            picture__stage__painter__exit=[[0.04]],
            picture__kind__1x1=[[0.1]],
        ),
        _outcome(canvas.CASE, "width 64, openvino", {"precision": "bf16"}, one_shot=[[0.2, 0.3]], stroke=[[0.1, 0.3]]),
        _outcome(
            colorize.CASE,
            "width 32",
            {"backend": "openvino", "precision": "bf16"},
            **{"512_x_512": [[0.1]], "512_x_512__network": [[0.08]]},
        ),
    )
    values = {
        "date": "2026-01-01",
        "command": "make bench-docs",
        "threads": 2,
        "options": {"rounds": 2, "seconds": 0.5},
        "environment": a_result().environment,
        "noise": Noise(12.0, 0.1, 0.2, 0.0, (), None, ("other processes had 20% of the processors' time",)),
        "models": {"random": MeasuredModel("random", 64, 64, 10**7, "0" * 64, {}, True)},
        "outcomes": outcomes,
    }
    return Result(**{**values, **changes})


def a_training():
    """Our samples in 0.01 s, a step in 0.2 s; the others did not run."""
    facts = {"crop": 256, "batch": 2}
    outcomes = (
        _outcome(training.CASE, training.OURS, facts | {"peak_bytes": 2**28}, batch=[[0.01], [0.01]]),
        SubjectOutcome(training.CASE, training.PAPER, error="cv2 is not installed"),
        _outcome(training.CASE, training.SUPERVISED, facts | {"width": 32}, batch=[[0.2], [0.2]]),
    )
    command = "python -m paintstorch_sdk.bench.experiments.performance --only training"
    return a_rest(command=command, outcomes=outcomes)


def paper():
    """`pts bench` at the paper's width: the published way takes 0.6 s, the fastest one 0.1 s."""
    rows = [a_row(*way, width=64) for way in (("published", "fp32", 0.6, 121.0), ("openvino", "bf16", 0.1, 58.0))]
    return a_result(*rows)


def measured(**changes):
    found = {report.NETWORK: a_result(), report.PAPER: paper(), report.REST: a_rest(), report.TRAINING: a_training()}
    return MeasuredMachine("machine", {part: result for part, result in {**found, **changes}.items() if result})


class TestGoals:
    @pytest.mark.parametrize(
        ("low", "high", "at_most", "at_least"),
        [
            (0.5, 0.9, "met", "missed"),
            (1.1, 1.5, "missed", "met"),
            (0.9, 1.1, "too close to tell", "too close to tell"),
        ],
    )
    def test_verdicts(self, low, high, at_most, at_least):
        found = Interval((low + high) / 2, low, high)
        assert judge_goal("x", 1.0, found).verdict == at_most
        assert judge_goal("x", 1.0, found, at_least=True).verdict == at_least

    def test_of_a_record(self):
        verdicts = [(goal.found.value, goal.verdict) for goal in find_goals([a_rest()])]
        assert verdicts == [
            (pytest.approx(0.1), "met"),  # import
            (pytest.approx(0.8), "too close to tell"),  # a stroke, of noisy samples
            (pytest.approx(20.0), "missed"),  # pre- and postprocessing
        ]

    def test_of_runs(self):
        ratio, floor = find_goals([a_result(), paper()])  # width 32 has none
        assert ratio.found.value == pytest.approx(6.0, rel=0.05)
        assert (ratio.verdict, ratio.bound) == ("met", "at least 3.30 times")
        assert floor.found == make_cell(paper().rows[1].floor.times, unit=" times")
        assert floor.verdict == "missed"
        assert "openvino bf16" in floor.name

    def test_the_pipeline_is_to_be_faster_than_the_step(self):
        (found,) = find_goals([a_training()])
        assert (found.found.value, found.verdict) == (pytest.approx(20.0), "met")
        assert found.name == "supervised step against our samples that feed it, by one worker"

    def test_without_samples_there_are_no_goals(self):
        assert not list(find_goals([a_rest(outcomes=())]))
        assert make_goal_table([]).rows == ()

    def test_goals_are_a_table_and_a_sum(self):
        found = [
            judge_goal("one", 1.0, Interval(2.0, 1.5, 2.5), unit="s"),
            judge_goal("two", 3.0, Interval(2.0, 1.5, 2.5)),
        ]
        table = make_goal_table(found)
        assert [cell.text for cell in table.rows[0]] == ["missed", "one", "at most 1.00 s", "2.00 s"]
        assert table.rows[0][0].tone == "bad"
        assert summarize_goals(found) == "1 of 2"


class TestReport:
    def test_every_table_is_there(self):
        rate = ceilings()[1].rate.value / 1e9
        over = [numbers.format_number(1e3 * (seconds - 1 / rate)) for seconds in (0.06, 0.04)]
        shares = [numbers.format_percent(speed / rate) for speed in (1 / 0.06, 20)]
        total = numbers.format_number(1e3 * (0.1 - 2 / rate))
        text = report.format_performance([measured()])
        for line in (
            "## A processor, 2 cores",
            "| pts bench --duration 20 | 2026-01-02T03:04+00:00 | 61 s |  |",
            f"| encoder, enc0 | 60.0 | 60 % | 1.00 | 16.7 | {shares[0]} | {over[0]} |",
            f"| all | 100 |  | 2.00 | 20.0 | {shares[1]} | {total} |",
            "| 1x1 | 100 | 100 % |",
            "| width 32, openvino bf16, 512 x 512 | 100 [100, 100] | 80.0 [80.0, 80.0] | 20.0 [20.0, 20.0] | "
            "20.0 % [20.0, 20.0] |",
            "| shell to picture | failed: pts ended with 2: no |  |",
            "| our samples | 2 of 256 px | 10.0 [10.0, 10.0] | 200 [200, 200] | 256 MiB |",
            "| the paper's samples | failed: cv2 is not installed |  |  |  |",
            "| supervised step | 2 of 256 px, width 32 | 200 [200, 200] | 10.0 [10.0, 10.0] |  |",
            "| supervised step | our samples | 20.0 [20.0, 20.0] |",
            "- tensorrt fp16 cuda (batch 1): cannot run: needs a CUDA device: install a driver",
        ):
            assert line in text.splitlines(), line
        assert "other processes had 20% of the processors' time" in text
        assert "| published fp32 |" in text.partition("paper's width")[2]
        assert "| convolution, 128 channels, 128 x 128 | bf16 | openvino, cpu |" in text
        for lines in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines()}) == 1, lines

    def test_it_is_written_from_all_that_was_measured(self, tmp_path):
        for part, found in measured().results.items():
            save(found, report.find_path(tmp_path, "machine", part))
        save(a_result(), report.find_path(tmp_path, "another", report.NETWORK))
        report.write_performance(tmp_path)
        text = (tmp_path / report.NAME).read_text("utf-8")
        assert text == report.format_performance(report.load_measured(tmp_path))
        assert text.count("## A processor, 2 cores") == 2
        assert "docs/measured/another" in text.partition("docs/measured/machine")[0]

    @pytest.mark.parametrize(
        "found",
        [
            measured(network=None, paper=None),
            measured(rest=None),
            measured(network=None, rest=None, training=None),
            measured(network=None, paper=None, rest=None),
        ],
    )
    def test_a_machine_of_which_little_was_measured(self, found):
        text = report.format_performance([found])
        assert ("### Starting" in text) == (report.REST in found.results)
        assert ("### The network, the bundled" in text) == (report.NETWORK in found.results)
        assert ("### What this machine can do" in text) == bool(set(report.COMPARED) & set(found.results))
        assert ("### Training" in text) == (report.TRAINING in found.results)

    def test_the_command_writes_the_report_of_what_is_there(self, tmp_path, capsys):
        save(a_rest(), report.find_path(tmp_path, "machine", report.REST))
        assert performance.main(["--report", "--docs", str(tmp_path)]) == 0
        assert "is written" in capsys.readouterr().err
        assert (tmp_path / report.NAME).exists()

    @pytest.mark.parametrize(
        ("arguments", "command"),
        [
            ([], "make bench-docs"),
            (
                ["--quick", "--threads", "99", "--only", "rest", "network", "--name", "x"],
                f"{performance.MODULE} --name x --only rest network --threads 99 --quick",
            ),
        ],
    )
    def test_the_record_tells_the_command_that_made_it(self, tmp_path, monkeypatch, arguments, command):
        monkeypatch.setattr(performance, "measure_rest", lambda typed, effort, threads: a_rest(command=typed))
        monkeypatch.setattr(performance, "measure_training", lambda *asked: a_training())
        monkeypatch.setattr(performance, "compare_ways", lambda part, effort, threads, path: save(a_result(), path))
        performance.main([*arguments, "--docs", str(tmp_path)])
        text = (tmp_path / report.NAME).read_text("utf-8")
        assert f"| {markdown.escape_markdown(command)} (all else) |" in text

    def test_the_training_alone(self, tmp_path, monkeypatch):
        """What else was measured before stays."""
        save(a_rest(), report.find_path(tmp_path, "machine", report.REST))
        taken = []

        def time_in_rounds(subjects, **options):
            taken.extend(subjects)
            return [*a_training().outcomes]

        monkeypatch.setattr(performance, "time_in_rounds", time_in_rounds)
        performance.main(["--only", "training", "--name", "machine", "--docs", str(tmp_path)])
        assert {subject.case for subject in taken} == {training.CASE}
        text = (tmp_path / report.NAME).read_text("utf-8")
        command = markdown.escape_markdown(
            "python -m paintstorch_sdk.bench.experiments.performance --name machine --only training"
        )
        assert f"| {command} (training) |" in text
        assert "### Starting" in text
        assert "| supervised step | our samples | 20.0 [20.0, 20.0] |" in text

    def test_there_is_something_to_report(self, tmp_path):
        with pytest.raises(InputError, match="expected records"):
            report.write_performance(tmp_path)

    def test_the_ceiling_is_the_fastest_convolution_of_any_run(self):
        faster = msgspec.structs.replace(ceilings()[1], rate=Interval(5e12, 4e12, 6e12))
        results = [a_result(), a_result(ceilings=(*ceilings(), faster))]
        assert find_ceiling(results, "bf16") == 5e12
        assert find_ceiling(results, "fp16") is None

    def test_what_pts_bench_is_asked(self, monkeypatch, tmp_path):
        """The commands in the report are those that measure the same."""
        commands, limited = [], []

        def run(command, stdout, env):
            commands.append(" ".join(map(str, command[3:])))
            limited.append(env.get("PTS_NO_BF16"))
            return subprocess.CompletedProcess(command, 1 if len(commands) == 1 else 0)

        monkeypatch.setattr(performance.subprocess, "run", run)
        for part in report.COMPARED:
            performance.compare_ways(part, performance.Effort(), 2, tmp_path / part)
        network, narrow, wide, used = commands
        assert limited == [None, "1", None, None]
        assert narrow.startswith("bench --duration 4 --rounds 5 --threads 2 --backends openvino --precision fp32,int8")
        assert network == f"bench --duration 4 --rounds 5 --threads 2 --json {tmp_path / 'network'}"
        assert "--width 64 --backends eager,published,onnxruntime,openvino --json" in wide
        assert used.startswith(
            "bench --duration 2 --rounds 2 --threads 2 --scenario interactive,offline,server --frames 8"
        )
        assert "--frames 8 --backends openvino" in used

    def test_a_pts_bench_that_fails_ends_it(self, monkeypatch, tmp_path):
        monkeypatch.setattr(performance, "PTS", (sys.executable, "-c", "raise SystemExit(2)"))
        with pytest.raises(PaintsTorchError, match="exit code 2"):
            performance.compare_ways(report.NETWORK, performance.Effort(), 2, tmp_path / "x.json")


class TestSuites:
    def test_their_json_has_the_percentiles_of_the_raw_samples(self, tmp_path):
        out = tmp_path / "benchmark.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/speed/test_speed_pixels.py"]
        command += ["-k", "strokes", "--benchmark-only", f"--benchmark-json={out}"]
        done = subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        document = json.loads(out.read_text("utf-8"))
        assert len(document["benchmarks"]) == 2
        for found in document["benchmarks"]:
            taken = found["stats"]["data"]
            assert len(taken) >= 5
            for percent in (50, 90, 99, 99.9):
                assert found["stats"][f"p{percent:g}"] == pytest.approx(float(np.percentile(taken, percent)))
            assert found["extra_info"]["warm_up"]["calls"] >= 1
            assert f"{found['name']}" in done.stdout.partition("percentiles of the raw samples")[2]
        assert document["machine_info"].keys() >= {"cpu", "versions", "revision"}
        assert "node" not in document["machine_info"]


class TestDocs:
    """What is committed."""

    def test_the_page_is_generated(self):
        found = (DOCS / report.NAME).read_text("utf-8")
        # Another NumPy may draw other resamples: the intervals' bounds, and verdicts that hang on them, may move.
        assert _without_intervals(found) == _without_intervals(report.format_performance(report.load_measured(DOCS)))

    def test_nothing_private_is_in_the_records(self):
        for path in [*(DOCS / report.MEASURED).glob("*.json"), DOCS / report.NAME]:
            text = path.read_text("utf-8")
            assert not re.search(r"/(root|home|tmp|Users|work)/", text), path
            assert len(platform.node()) < 4 or platform.node() not in text, path


def _without_intervals(text):
    told = r"\[[^]]*\]|\([\d.]+\N{EN DASH}[\d.]+\)|\*\*missed\*\*|\bmet\b|too close to tell|\N{DEGREE SIGN}"
    return re.sub(told, "", text)
